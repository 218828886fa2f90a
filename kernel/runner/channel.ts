/** The runner's end of the pipe. Writing is synchronous: what is sent leaves, also from a loop that never ends. */
import { readSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { pack, Unpacker, type FromRunner, type ToRunner } from '../pipe.ts'

const IN = 3
const OUT = 4
/** Polling asks the system at most this often, in ms: a loop may poll at every step. */
const POLL_EVERY = 4

const isAgain = (e: unknown) =>
  e instanceof Error && 'code' in e && (e.code === 'EAGAIN' || e.code === 'EWOULDBLOCK')
const sleeper = new Int32Array(new SharedArrayBuffer(4))

export class Channel {
  readonly #unpacker: Unpacker<ToRunner>
  readonly #chunk = Buffer.allocUnsafe(1 << 16)
  #polled = 0
  #handled = 0

  constructor(handle: (message: ToRunner, buffers: Buffer[]) => void, onEnd: () => void) {
    this.#unpacker = new Unpacker((message, buffers) => {
      this.#handled++
      handle(message, buffers)
    })
    const socket = new Socket({ fd: IN, readable: true, writable: false })
    socket.on('data', (chunk: Buffer) => this.#unpacker.feed(chunk))
    socket.on('end', onEnd)
    socket.on('error', onEnd)
  }

  send(message: FromRunner, buffers: readonly Uint8Array[] = []): void {
    const data = pack(message, buffers)
    for (let at = 0; at < data.length;) {
      try {
        at += writeSync(OUT, data, at)
      } catch (e) {
        if (!isAgain(e)) throw e
        Atomics.wait(sleeper, 0, 0, 1)
      }
    }
  }

  /** Handles what has arrived; how many messages. */
  poll(): number {
    const now = performance.now()
    if (now - this.#polled < POLL_EVERY) return 0
    this.#polled = now
    const before = this.#handled
    for (;;) {
      let n: number
      try {
        n = readSync(IN, this.#chunk, 0, this.#chunk.length, null)
      } catch (e) {
        if (isAgain(e)) break
        throw e
      }
      if (n === 0) process.exit(0)
      this.#unpacker.feed(Buffer.from(this.#chunk.subarray(0, n)))
    }
    return this.#handled - before
  }

  /** Waits at most `ms` for a message and handles it; how many. */
  wait(ms: number): number {
    const end = performance.now() + ms
    for (;;) {
      const n = this.poll()
      const left = end - performance.now()
      if (n > 0 || left <= 0) return n
      Atomics.wait(sleeper, 0, 0, Math.min(5, left))
    }
  }
}
