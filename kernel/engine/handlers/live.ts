/** Keys of live values, which only the runner knows. */
import type { FromRunner, LiveKey } from '../../pipe.ts'
import type { Completions } from '../ports.ts'
import type { Session } from '../session.ts'

type Where = NonNullable<Completions['live']>

/** A runner that computes does not answer: completion waits no longer than this, in ms. */
const PATIENCE_MS = 60

export class Live {
  #n = 0
  #open: { n: number; resolve(keys: LiveKey[]): void } | null = null

  constructor(private readonly session: Session) {}

  /** @param typed what the keys contain. @returns none when the runner is busy */
  ask({ path, form }: Where, typed: string): Promise<LiveKey[]> {
    // One that was not answered in time means that the runner computes.
    if (this.#open) return Promise.resolve([])
    const n = ++this.#n
    return new Promise(resolve => {
      this.#open = { n, resolve }
      this.session.runner.send({ t: 'keys', n, path, form, typed })
      this.session.host.setTimeout(() => resolve([]), PATIENCE_MS)
    })
  }

  answer({ n, keys }: FromRunner & { t: 'keys' }): void {
    if (this.#open?.n !== n) return
    this.#open.resolve(keys)
    this.#open = null
  }

  /** The runner is gone. */
  lost(): void {
    this.#open?.resolve([])
    this.#open = null
  }
}
