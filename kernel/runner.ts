/** The runner as the front sees it: a child process that runs cells and may die. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RunnerPort, StartRunner } from './engine/ports.ts'
import { ALSO_END, pack, Unpacker, type FromRunner, type ToRunner } from './pipe.ts'
import { RawStream } from './raw.ts'

const windows = process.platform === 'win32'
/** What its output may still bring after its end, in ms: a child of its own may hold the pipes open. */
const LAST_WORDS_MS = 500
/** A cell that an interrupt did not stop for so long is stopped by the next one, with its process. */
const STUBBORN_MS = 10_000

/** An interrupt may cut Node's own bookkeeping of asynchronous contexts; on finding that, it would abort. */
const FLAGS = ['--no-force-async-hooks-checks']

/** What V8 and Node write when memory runs out: told in words instead. */
const FATAL = /heap out of memory|allocation failed|FATAL ERROR|<--- (Last few|JS stacktrace)/i

const GARBLED =
  'The process that runs the cells was ended: something wrote to the pipe that it speaks to the kernel by (descriptor 4).'

export class Runner implements RunnerPort {
  readonly #child: ChildProcess
  readonly #to: Writable
  readonly #from: Readable
  readonly #interrupts: Writable
  readonly #on: Parameters<StartRunner>[0]
  #inbox: (() => Promise<void> | void)[] = []
  #handling = false
  #ready = false
  #interrupted = false
  #asked = 0
  /** Cells that it was given. */
  #cells = 0
  #ended = false
  #killedBecause = ''
  #fatal = ''

  constructor(on: Parameters<StartRunner>[0]) {
    this.#on = on
    const file = join(dirname(fileURLToPath(import.meta.url)), 'runner.js')
    const nonce = randomUUID()
    // A group of its own: a Ctrl-C in the terminal goes to the front, which decides.
    const argv = [...process.execArgv, ...FLAGS, file, windows ? '' : nonce]
    this.#child = spawn(process.execPath, argv, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: !windows,
      windowsHide: true,
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
    this.#from = from
    this.#interrupts = interrupts
    for (const s of [to, from, interrupts, stdout, stderr]) s.on('error', () => undefined)
    const raw = [this.#raw('stdout', stdout, nonce), this.#raw('stderr', stderr, nonce)]
    const unpacker = new Unpacker<FromRunner>((m, buffers) => {
      // What children wrote before the runner sent this.
      for (const stream of raw) stream.drain()
      if (m.t === 'fence') return raw.forEach(stream => stream.reached(m.n))
      if (m.t === 'ready') this.#begin()
      this.#inbox.push(() => on.message(m, buffers))
    })
    from.on('data', (chunk: Buffer) => {
      try {
        unpacker.feed(chunk)
      } catch {
        from.removeAllListeners('data').resume()
        this.#killedBecause = GARBLED
        this.#killGroup()
      }
      void this.#work()
    })
    this.#child.on('error', e =>
      this.#end(`The process that runs the cells could not be started: ${e.message}.`),
    )
    this.#child.on('exit', (code, signal) => {
      this.#killGroup()
      const end = () => this.#end(this.#reason(code, signal))
      this.#child.once('close', end)
      setTimeout(end, LAST_WORDS_MS).unref()
    })
  }

  /** Handles what has arrived, in order; reads no more meanwhile, so that a flood waits in the pipe and its writer with it. */
  async #work(): Promise<void> {
    if (this.#handling || !this.#inbox.length) return
    this.#handling = true
    this.#from.pause()
    for (let f = this.#inbox.shift(); f; f = this.#inbox.shift()) await f()
    this.#handling = false
    this.#from.resume()
  }

  /** What child processes and native code write past the runner's own streams. */
  #raw(name: 'stdout' | 'stderr', stream: Readable, nonce: string): RawStream {
    return new RawStream(stream, nonce, text => {
      if (name === 'stderr' && (this.#fatal || FATAL.test(text))) {
        this.#fatal = (this.#fatal + text).slice(0, 20_000)
        return
      }
      stream.pause()
      this.#inbox.push(async () => {
        await this.#on.raw(name, text)
        stream.resume()
      })
      void this.#work()
    })
  }

  #begin(): void {
    this.#ready = true
    if (this.#interrupted) this.interrupt()
  }

  #reason(code: number | null, signal: string | null): string {
    if (this.#killedBecause) return this.#killedBecause
    if (/heap out of memory|allocation failed/i.test(this.#fatal))
      return 'The cell ran out of memory and its process ended.'
    const fatal = /FATAL ERROR: ([^\n]*)/.exec(this.#fatal)?.[1]
    const why = fatal ? ` (${fatal})` : ''
    if (signal === 'SIGKILL')
      return `The process that runs the cells was ended by SIGKILL (by hand, or by the system when memory ran out)${why}.`
    if (signal) return `The process that runs the cells was ended by ${signal}${why}.`
    return `The process that runs the cells ended with exit code ${code}${code === 0 || !why ? ' (process.exit?)' : why}.`
  }

  #end(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#inbox.push(() => this.#on.end(reason))
    void this.#work()
  }

  send(m: ToRunner, buffers: readonly Uint8Array[] = []): void {
    if (m.t === 'execute') {
      this.#asked = 0
      this.#cells++
    }
    if (this.#ended) return
    const pieces = pack(m, buffers)
    this.#to.cork()
    for (const piece of pieces) this.#to.write(piece)
    this.#to.uncork()
  }

  interrupt(): void {
    if (this.#ended) return
    // Before it listens, the signal would end it.
    if (!this.#ready) {
      this.#interrupted = true
      return
    }
    const now = performance.now()
    if (this.#asked && now - this.#asked > STUBBORN_MS) {
      this.#killedBecause =
        'The cell did not stop when it was interrupted, and its process was ended.'
      return this.#killGroup()
    }
    this.#asked ||= now
    // A thread of the runner sends the signal, when it finds the right moment.
    const cells = Buffer.alloc(4)
    cells.writeUInt32LE(this.#cells)
    this.#interrupts.write(cells)
  }

  /** A process that ends with the front as the runner does, even if it cannot hear of it: the watcher ends it. */
  alsoEnd(pid: number): void {
    const word = Buffer.alloc(4)
    word.writeUInt32LE((ALSO_END | pid) >>> 0)
    if (!this.#ended) this.#interrupts.write(word)
  }

  kill(): void {
    this.#ended = true
    this.#killGroup()
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (!pid) return
    try {
      process.kill(-pid, signal)
    } catch {
      this.#child.kill(signal)
    }
  }
  /** It and all it started: they are in its group. */
  #killGroup(): void {
    if (windows) this.#child.kill('SIGKILL')
    else this.#signal('SIGKILL')
  }
}
