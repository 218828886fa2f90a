/** stdout and stderr: batched, in order, nothing lost, each text with the cell that wrote it. */
import { StringDecoder } from 'node:string_decoder'
import type { Parent } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { current } from './context.ts'

const timers = { setTimeout }
const BATCH_MS = 25
const BATCH_CHARACTERS = 1 << 16

type Name = 'stdout' | 'stderr'

export class Output {
  #name: Name = 'stdout'
  #parent: Parent | null = null
  #parts: string[] = []
  #length = 0
  #since = 0
  #waiting = false
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }

  constructor(private readonly channel: Channel) {
    for (const name of ['stdout', 'stderr'] as const) {
      const write = (data: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
        const text = typeof data === 'string' ? data : this.#decoders[name].write(Buffer.from(data))
        this.write(name, text)
        const callback = typeof encoding === 'function' ? encoding : done
        if (typeof callback === 'function') process.nextTick(callback as () => void)
        return true
      }
      // The stream's own write, with its overloads, is replaced as a whole.
      process[name].write = write as typeof process.stdout.write
    }
  }

  write(name: Name, text: string): void {
    if (!text) return
    const parent = current()
    if (name !== this.#name || parent !== this.#parent) {
      this.flush()
      this.#name = name
      this.#parent = parent
    }
    const now = performance.now()
    if (!this.#length) this.#since = now
    this.#parts.push(text)
    this.#length += text.length
    if (this.#length >= BATCH_CHARACTERS || now - this.#since > BATCH_MS) this.flush()
    else if (!this.#waiting) {
      this.#waiting = true
      timers.setTimeout(() => {
        this.#waiting = false
        this.flush()
      }, BATCH_MS)
    }
  }

  flush(): void {
    if (!this.#length) return
    const text = Buffer.from(this.#parts.join(''))
    this.#parts = []
    this.#length = 0
    this.channel.send({ t: 'stream', parent: this.#parent, name: this.#name }, [text])
  }
}
