/** The runner as the front sees it: a child process that runs cells and may die. */
import { spawn, type ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pack, Unpacker, type FromRunner, type ToRunner } from './pipe.ts'

export class Runner {
  readonly #child: ChildProcess
  readonly #to: Writable
  readonly #interrupts: Writable
  #ended = false

  /**
   * @param onMessage every message of the runner, in order
   * @param onEnd it died, and why, in words
   */
  constructor(
    onMessage: (m: FromRunner, buffers: Buffer[]) => void,
    onEnd: (reason: string) => void,
  ) {
    const file = join(dirname(fileURLToPath(import.meta.url)), 'runner.js')
    // A group of its own: a Ctrl-C in the terminal goes to the front, which decides.
    this.#child = spawn(process.execPath, ['--no-warnings', file], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    })
    const [, stdout, stderr, to, from, interrupts] = this.#child.stdio as unknown as [
      null,
      Readable,
      Readable,
      Writable,
      Readable,
      Writable,
    ] // as asked for above
    this.#to = to
    this.#interrupts = interrupts
    const unpacker = new Unpacker<FromRunner>(onMessage)
    from.on('data', (chunk: Buffer) => unpacker.feed(chunk))
    // What child processes and native code write past the runner's own streams.
    for (const [name, stream] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const)
      stream.on('data', (chunk: Buffer) =>
        onMessage({ t: 'stream', parent: this.parent, name }, [chunk]),
      )
    for (const s of [to, interrupts]) s.on('error', () => undefined)
    let tail = ''
    stderr.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-2000)))
    this.#child.on('error', e => this.#end(`the runner could not be started: ${e.message}`, onEnd))
    this.#child.on('close', (code, signal) => {
      const memory = /heap out of memory|allocation failed/i.test(tail)
      this.#end(
        memory
          ? 'The cell ran out of memory and its process ended.'
          : signal
            ? `The process that runs the cells was ended by ${signal}.`
            : `The process that runs the cells ended with exit code ${code}${code === 0 ? ' (process.exit?)' : ''}.`,
        onEnd,
      )
    })
  }

  /** Parent of output that carries none. */
  parent: Record<string, unknown> | null = null

  #end(reason: string, onEnd: (reason: string) => void): void {
    if (this.#ended) return
    this.#ended = true
    onEnd(reason)
  }

  send(m: ToRunner, buffers: readonly Uint8Array[] = []): void {
    if (m.t === 'execute') this.parent = m.parent
    if (!this.#ended) this.#to.write(pack(m, buffers))
  }

  interrupt(): void {
    if (this.#ended) return
    if (process.platform !== 'win32') this.#child.kill('SIGINT')
    this.#interrupts.write('i')
  }

  kill(): void {
    this.#ended = true
    const { pid } = this.#child
    try {
      // Its children too: they are in its group.
      if (pid && process.platform !== 'win32') process.kill(-pid, 'SIGKILL')
      else this.#child.kill('SIGKILL')
    } catch {
      this.#child.kill('SIGKILL')
    }
  }
}
