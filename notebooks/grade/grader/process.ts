/** One process in the sandbox: requests go in, one answer each comes out, within limits, or it ends. */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import type { Limits } from './sandbox.ts'
import { frame, Frames, Reader, TOKEN, VALUE_LIMITS, WireError } from './wire.ts'

/** What came of a request: an answer's bytes behind its token, or how the process has ended. */
export type Reply =
  | { kind: 'answer'; reader: Reader; ms: number }
  | { kind: 'timeout'; ms: number }
  | { kind: 'crashed'; why: string }

/** Of what it prints, for the report. */
const KEPT = 8192

export class Process {
  /** What it printed, the beginning. */
  printed = ''
  #printedBytes = 0
  /** How it has ended. */
  #ended: string | null = null
  #waiting: { token: Buffer; done: (reply: Reply) => void; since: number } | null = null
  readonly #toChild: Writable
  readonly #frames = new Frames(VALUE_LIMITS.bytes)
  readonly #closed: Promise<void>

  constructor(
    private readonly child: ChildProcess,
    private readonly limits: Limits,
    cleanUp: () => void,
  ) {
    const [, out, err, requests, answers] = child.stdio
    this.#toChild = requests as Writable
    this.#toChild.on('error', () => undefined)
    for (const stream of [out, err] as Readable[]) {
      stream.on('data', (piece: Buffer) => this.#print(piece))
      stream.on('error', () => undefined)
    }
    const incoming = answers as Readable
    incoming.on('data', (piece: Buffer) => this.#receive(piece))
    incoming.on('error', () => undefined)
    child.on('error', e => this.#end(`could not be started (${e.message})`))
    child.on('exit', (code, signal) => {
      this.#end(this.#wordsOf(code, signal))
      this.kill()
    })
    this.#closed = new Promise(done => {
      child.on('close', () => done())
      child.on('error', () => done())
    })
    void this.#closed.then(cleanUp)
  }

  get isAlive(): boolean {
    return this.#ended === null
  }

  /** Waits until it listens: no line of the student's has run by then. @returns null, or why it does not */
  async ready(ms: number): Promise<string | null> {
    const reply = await this.request(new Uint8Array(0), ms)
    if (reply.kind === 'answer') return null
    if (reply.kind === 'timeout') return `no answer within ${ms} ms`
    return `${reply.why}${this.printed ? `: ${this.printed.trim().slice(0, 300)}` : ''}`
  }

  /** @param body what follows the request's token */
  request(body: Uint8Array, ms: number): Promise<Reply> {
    if (this.#ended !== null) return Promise.resolve({ kind: 'crashed', why: this.#ended })
    if (this.#waiting) throw new Error('one request at a time')
    const token = randomBytes(TOKEN)
    return new Promise(resolve => {
      const since = performance.now()
      const timer = setTimeout(() => {
        this.#waiting = null
        this.#stop('took too long')
        resolve({ kind: 'timeout', ms: performance.now() - since })
      }, ms)
      this.#waiting = {
        token,
        since,
        done: reply => {
          clearTimeout(timer)
          this.#waiting = null
          resolve(reply)
        },
      }
      this.#toChild.write(frame(Buffer.concat([token, body])))
    })
  }

  #receive(piece: Buffer): void {
    if (this.#ended !== null) return
    try {
      for (const bytes of this.#frames.push(piece)) {
        const waiting = this.#waiting
        if (!waiting || bytes.length < TOKEN || !waiting.token.equals(bytes.subarray(0, TOKEN)))
          throw new WireError('an answer to nothing that was asked')
        waiting.done({
          kind: 'answer',
          reader: new Reader(bytes.subarray(TOKEN)),
          ms: performance.now() - waiting.since,
        })
      }
    } catch (e) {
      if (!(e instanceof WireError)) throw e
      this.#stop('wrote on the grader’s channel what is no answer')
    }
  }

  /** Ends it for what it did. */
  #stop(why: string): void {
    this.#end(why)
    this.kill()
  }

  #print(piece: Buffer): void {
    if (this.#printedBytes < KEPT)
      this.printed += piece.subarray(0, KEPT - this.#printedBytes).toString('utf8')
    this.#printedBytes += piece.length
    if (this.#printedBytes > this.limits.output && this.#ended === null)
      this.#stop(`printed more than ${Math.round(this.limits.output / 1024)} kB`)
  }

  #end(why: string): void {
    if (this.#ended !== null) return
    this.#ended = why
    this.#waiting?.done({ kind: 'crashed', why })
  }

  #wordsOf(code: number | null, signal: NodeJS.Signals | null): string {
    // What it printed is the student's to choose; the words change, the result does not.
    if (/heap out of memory|Array buffer allocation failed|invalid size error/.test(this.printed))
      return 'used too much memory'
    if (signal === 'SIGXCPU' || code === 152) return 'used too much processor time'
    if (signal === 'SIGKILL' || code === 137) return 'was ended by a limit of time or memory'
    if (signal) return `ended by ${signal}`
    return code === 13 || code === 0 || code === null
      ? 'ended by itself before it had answered'
      : `ended with code ${code}`
  }

  /** With everything that it started. */
  kill(): void {
    const { pid } = this.child
    if (pid !== undefined && process.platform !== 'win32')
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    this.child.kill('SIGKILL')
    // A descendant that has left the group could hold these open.
    for (const stream of this.child.stdio) stream?.destroy()
  }

  /** Ends it; its folder is gone when the promise is fulfilled. */
  async end(): Promise<void> {
    this.#ended ??= 'was ended'
    this.kill()
    await this.#closed
  }
}
