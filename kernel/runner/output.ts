/** stdout and stderr: in order, nothing lost, each text with the cell that wrote it; a flood in few messages. */
import { StringDecoder } from 'node:string_decoder'
import type { Parent } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { current } from './context.ts'
import type { Critical } from './critical.ts'
import { hasFrames } from './failure.ts'
import { encodeJson } from './json.ts'

const timers = { setTimeout }
/** Texts wait at most so long for others, in ms, while the loop of events turns. */
const BATCH_MS = 20
const BATCH_CHARACTERS = 1 << 16
/** So many texts leave at once, without waiting for others; one more is allowed each `EARN_MS`. */
const PROMPT = 40
const EARN_MS = 10

export type StreamName = 'stdout' | 'stderr'

export class Output {
  #name: StreamName = 'stdout'
  #parent: Parent | null = null
  #parts: string[] = []
  #characters = 0
  #since = 0
  /** When the timer that flushes was set; an interrupt may have taken it. */
  #timed = -Infinity
  #prompt = PROMPT
  #earned = 0
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }

  constructor(
    private readonly channel: Channel,
    private readonly critical: Critical,
  ) {
    for (const name of ['stdout', 'stderr'] as const) {
      const write = (data: unknown, encoding?: unknown, done?: unknown): boolean => {
        this.#take(name, data, typeof encoding === 'string' ? encoding : undefined)
        const callback = typeof encoding === 'function' ? encoding : done
        if (typeof callback === 'function') process.nextTick(callback as () => void)
        return true
      }
      // The stream's own write, with its overloads, is replaced as a whole.
      process[name].write = write as typeof process.stdout.write
    }
  }

  #take(name: StreamName, data: unknown, encoding?: string): void {
    if (typeof data === 'string') {
      const isOther = encoding !== undefined && !/^utf-?8$/i.test(encoding)
      const bytes = isOther ? Buffer.from(data, encoding as BufferEncoding) : null // Buffer checks it
      this.write(name, bytes ? this.#decode(name, bytes) : data)
    } else if (data instanceof Uint8Array) this.write(name, this.#decode(name, data))
    else throw new TypeError(`process.${name}.write: a string or bytes, not ${typeof data}`)
  }
  #decode(name: StreamName, bytes: Uint8Array): string {
    return this.#decoders[name].write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  /** Bytes that belong to a stream; a character may be split between two calls. */
  writeBytes(name: StreamName, bytes: Uint8Array): void {
    this.write(name, this.#decode(name, bytes))
  }

  write(name: StreamName, text: string): void {
    if (text) this.critical.run(() => this.#append(name, text))
  }

  #append(name: StreamName, text: string): void {
    const parent = current()
    if (name !== this.#name || parent !== this.#parent) {
      this.#send()
      this.#name = name
      this.#parent = parent
    }
    const now = performance.now()
    if (!this.#parts.length) this.#since = now
    this.#parts.push(text)
    this.#characters += text.length
    if (this.#characters >= BATCH_CHARACTERS || now - this.#since > BATCH_MS || this.#isPrompt(now))
      this.#send()
    else if (now - this.#timed > 4 * BATCH_MS) {
      this.#timed = now
      timers.setTimeout(() => {
        this.#timed = -Infinity
        this.flush()
      }, BATCH_MS)
    }
  }

  /** What a loop that never yields prints now and then is seen at once. */
  #isPrompt(now: number): boolean {
    const earned = Math.floor((now - this.#earned) / EARN_MS)
    if (earned > 0) {
      this.#prompt = Math.min(PROMPT, this.#prompt + earned)
      this.#earned = now
    }
    if (this.#prompt === 0) return false
    this.#prompt--
    return true
  }

  /** What was written so far leaves now. */
  readonly flush = (): void => {
    if (this.#parts.length) this.critical.run(() => this.#send())
  }

  #send(): void {
    if (!this.#parts.length) return
    const text = this.#parts.join('')
    const content = encodeJson({ name: this.#name, text })
    this.#parts = []
    this.#characters = 0
    this.channel.send({ t: 'stream', parent: this.#parent, framed: hasFrames(text) }, [
      content.pieces,
    ])
  }
}
