/** `input()` and `prompt()`: questions of a cell to the reader. */
import type { ToRunner } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { current } from './context.ts'

interface Options {
  /** The answer is not shown while it is typed; default false. */
  password?: boolean
}
interface Question {
  resolve(value: string): void
  reject(reason: Error): void
}

/** How long `prompt()` waits at a time, in ms; an interrupt is noticed in between. */
const WAIT_MS = 50

export class Questions {
  #open: Question[] = []

  constructor(
    private readonly channel: Channel,
    private readonly flush: () => void,
  ) {}

  /** An answer, or the news that nobody can be asked. */
  answer(m: ToRunner & { t: 'reply' | 'refused' }): void {
    const question = this.#open.shift()
    if (m.t === 'reply') question?.resolve(m.value)
    else question?.reject(new Error(m.reason))
  }

  #ask(prompt: unknown, password: boolean, question: Question): void {
    this.flush()
    this.channel.send({ t: 'input', parent: current(), prompt: String(prompt), password })
    // An interrupted question's answer never comes: only the newest one is open.
    this.#open = [question]
  }

  /** Asks for a line of text. @throws when the client allows no input */
  readonly input = (prompt: unknown = '', { password = false }: Options = {}): Promise<string> =>
    new Promise((resolve, reject) => this.#ask(prompt, password, { resolve, reject }))

  /**
   * Asks and waits, as browsers do. An empty answer gives `otherwise`.
   * @throws when the client allows no input
   */
  readonly prompt = (message: unknown = '', otherwise: unknown = ''): string => {
    let answer: string | Error | null = null
    this.#ask(message, false, { resolve: v => (answer = v), reject: e => (answer = e) })
    const given = () => answer as string | Error | null // set by the callbacks while `wait` runs
    while (given() === null) this.channel.wait(WAIT_MS)
    const value = given()
    if (value instanceof Error) throw value
    return value || String(otherwise)
  }
}
