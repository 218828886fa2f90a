/** The runner's end of the pipe. Writing is synchronous: what is sent leaves, also from a loop that never ends. */
import fs from 'node:fs'
import { Socket } from 'node:net'
import { pack, Unpacker, type FromRunner, type Part, type ToRunner } from '../pipe.ts'
import type { Critical } from './critical.ts'
import { endWithFront } from './end.ts'

/** Node's own, whatever becomes of `fs`. */
const { readSync, writeSync } = fs

const IN = 3
const OUT = 4
/** Polling asks the system at most this often, in ms: a loop may poll at every step. */
const POLL_EVERY = 4

type Packet = [message: ToRunner, buffers: Buffer[]]

const SHORTEST_REST_MS = 0.05
const LONGEST_REST_MS = 2

const isAgain = (e: unknown) =>
  e instanceof Error && 'code' in e && (e.code === 'EAGAIN' || e.code === 'EWOULDBLOCK')

export class Channel {
  readonly #unpacker: Unpacker<ToRunner>
  readonly #chunk = Buffer.allocUnsafe(1 << 16)
  readonly #inbox: Packet[] = []
  /** What has not left yet; of the first, from `#at`. */
  #outbox: Uint8Array[] = []
  #at = 0
  #polled = 0

  constructor(
    private readonly critical: Critical,
    private readonly handle: (message: ToRunner, buffers: Buffer[]) => void,
    onEnd: () => void,
  ) {
    this.#unpacker = new Unpacker((message, buffers) => this.#inbox.push([message, buffers]))
    const socket = new Socket({ fd: IN, readable: true, writable: false })
    socket.on('data', (chunk: Buffer) => {
      this.critical.own(() => this.#unpacker.feed(chunk))
      this.#deliver()
    })
    socket.on('end', onEnd)
    socket.on('error', onEnd)
    // It writes nothing itself: it makes the descriptor one that says EAGAIN instead of blocking.
    new Socket({ fd: OUT, readable: false, writable: true }).on('error', onEnd).unref()
  }

  #deliver(): number {
    let n = 0
    for (let packet = this.#inbox.shift(); packet; packet = this.#inbox.shift(), n++)
      this.handle(packet[0], packet[1])
    return n
  }

  /** Waits while the front reads nothing: a flood is held back here. */
  send(message: FromRunner, parts: readonly Part[] = []): void {
    const data = pack(message, parts)
    this.critical.run(() => {
      this.#outbox.push(...data)
      this.#write()
    })
    // Cut short by an interrupt: the code that floods is stopped at the next turn, or what remains leaves now.
    while (this.#outbox.length) this.critical.run(() => this.#write())
  }

  #write(): void {
    // While the pipe is full: shortly at first, so that a large message is not held up; longer where nobody reads.
    let rest = SHORTEST_REST_MS
    for (let data = this.#outbox[0]; data; data = this.#outbox[0]) {
      try {
        this.#at += writeSync(OUT, data, this.#at)
        rest = SHORTEST_REST_MS
      } catch (e) {
        if (!isAgain(e)) {
          // The front is gone, and with it whoever could read this.
          if (e instanceof Error && 'code' in e && e.code === 'EPIPE') endWithFront()
          throw e
        }
        if (this.critical.leave) return this.#keep()
        this.critical.rest(rest)
        rest = Math.min(2 * rest, LONGEST_REST_MS)
      }
      if (this.#at >= data.length) {
        this.#outbox.shift()
        this.#at = 0
      }
    }
  }

  /** What stays behind is copied: its buffers are the user's, who goes on. */
  #keep(): void {
    this.#outbox = this.#outbox.map((data, i) =>
      Uint8Array.from(i ? data : data.subarray(this.#at)),
    )
    this.#at = 0
  }

  /** Handles what has arrived; how many messages. */
  poll(): number {
    const now = performance.now()
    if (now - this.#polled < POLL_EVERY) return 0
    this.#polled = now
    this.critical.run(() => this.#read())
    return this.#deliver()
  }

  #read(): void {
    for (;;) {
      let n: number
      try {
        n = readSync(IN, this.#chunk, 0, this.#chunk.length, null)
      } catch (e) {
        if (isAgain(e)) return
        throw e
      }
      if (n === 0) endWithFront()
      this.#unpacker.feed(this.#chunk.subarray(0, n))
    }
  }

  /** Waits at most `ms` for a message and handles it; how many. */
  wait(ms: number): number {
    const end = performance.now() + ms
    for (;;) {
      const n = this.poll()
      const left = end - performance.now()
      if (n > 0 || left <= 0) return n
      this.critical.rest(Math.min(5, left))
    }
  }
}
