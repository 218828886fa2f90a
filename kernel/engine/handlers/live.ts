/** Keys of live values, which only the runner knows. */
import type { FromRunner, LiveKey } from '../../pipe.ts'
import type { Completions } from '../ports.ts'
import type { Session } from '../session.ts'

type Where = NonNullable<Completions['live']>

/** A runner that computes does not answer: completion waits no longer than this, in ms. */
const PATIENCE_MS = 60

/** Questions that a runner which computes is left with at most. */
const OPEN = 20

export class Live {
  #n = 0
  readonly #open = new Map<number, (keys: LiveKey[]) => void>()

  constructor(private readonly session: Session) {}

  /** @param typed what the keys contain. @returns none when the runner is busy */
  ask({ path, form }: Where, typed: string): Promise<LiveKey[]> {
    if (this.#open.size >= OPEN) return Promise.resolve([])
    const n = ++this.#n
    return new Promise(resolve => {
      this.#open.set(n, resolve)
      this.session.runner.send({ t: 'keys', n, path, form, typed })
      this.session.host.setTimeout(() => resolve([]), PATIENCE_MS)
    })
  }

  answer({ n, keys }: FromRunner & { t: 'keys' }): void {
    this.#open.get(n)?.(keys)
    this.#open.delete(n)
  }

  /** The runner is gone. */
  lost(): void {
    for (const resolve of this.#open.values()) resolve([])
    this.#open.clear()
  }
}
