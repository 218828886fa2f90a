/** Questions of a cell to the reader. */
import type { FromRunner } from '../../pipe.ts'
import type { Session } from '../session.ts'
import { flag, text } from '../values.ts'
import type { Message } from '../wire.ts'

const same = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length &&
  a.every((f, i) => f.length === b[i].length && f.every((x, j) => x === b[i][j]))

export class Stdin {
  /** The request whose cell waits for an answer. */
  #asked: Message | null = null

  constructor(private readonly session: Session) {}

  /** The runner asks: the client that sent the cell is asked, if it allows. */
  ask(m: FromRunner & { t: 'input' }): void {
    const { executor, runner } = this.session
    const running = executor.running
    if (!running || running.header.msg_id !== m.parent?.msg_id)
      return runner.send({
        t: 'refused',
        reason: 'input() was called when its cell was no longer running: nobody can be asked',
      })
    if (!flag(running.content.allow_stdin, true))
      return runner.send({
        t: 'refused',
        reason: 'the program that runs this notebook allows no input (allow_stdin is false)',
      })
    this.#asked = running
    const { header: parent, identities } = running
    void this.session.send(
      'stdin',
      'input_request',
      { prompt: m.prompt, password: m.password },
      { parent, identities },
    )
  }

  /** An answer; one that nobody asked for, or of another client, is dropped. */
  reply(m: Message): void {
    const asked = this.#asked
    if (!asked || !same(asked.identities, m.identities))
      return this.session.host.log('dropped an input_reply: nothing was asked')
    this.#asked = null
    this.session.runner.send({ t: 'reply', value: text(m.content.value) })
  }

  /** The cell waits no longer. */
  cancel(): void {
    this.#asked = null
  }
}
