/** A descriptor of the runner that its child processes write to. Fences keep their output in its place among the runner's own. */
import { readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

export class RawStream {
  readonly #decoder = new StringDecoder('utf8')
  readonly #mark: RegExp
  readonly #chunk = Buffer.allocUnsafe(1 << 16)
  /** Text behind the mark of fence `n`, which the runner's messages have not come to yet. */
  readonly #held: { n: number; text: string }[] = []
  /** The end of a text that may be the beginning of a mark. */
  #tail = ''
  #reached = 0

  /**
   * @param nonce what the runner's marks are known by
   * @param onText text whose turn has come
   */
  constructor(
    private readonly stream: Readable,
    private readonly nonce: string,
    private readonly onText: (text: string) => void,
  ) {
    this.#mark = new RegExp(`\\u0000${nonce}:(\\d+)\\u0000`)
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
    stream.on('end', () => this.#give(this.#tail))
  }

  /** Reads what is there already. */
  drain(): void {
    // Children write only behind a fence.
    if (this.#reached === 0 && this.#held.length === 0) return
    while (this.stream.read() !== null); // It goes through 'data'.
    const fd = this.#descriptor()
    if (fd === null) return
    for (;;) {
      try {
        const n = readSync(fd, this.#chunk, 0, this.#chunk.length, null)
        if (n === 0) return
        this.#take(this.#chunk.subarray(0, n))
        if (n < this.#chunk.length) return
      } catch {
        // Nothing there, or closed: its end is told by 'end'.
        return
      }
    }
  }

  /** The runner's messages have come to fence `n`. */
  reached(n: number): void {
    this.#reached = n
    this.drain()
    while (this.#held.length && this.#held[0].n <= n) this.#emit(this.#held.shift()!.text)
  }

  #descriptor(): number | null {
    // A pipe's handle carries its descriptor on POSIX.
    const { _handle: handle } = this.stream as { _handle?: { fd?: number } | null }
    return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : null
  }

  #take(chunk: Buffer): void {
    let text = this.#tail + this.#decoder.write(chunk)
    this.#tail = ''
    for (let found = this.#mark.exec(text); found; found = this.#mark.exec(text)) {
      this.#give(text.slice(0, found.index))
      const n = Number(found[1])
      if (n > this.#reached) this.#held.push({ n, text: '' })
      text = text.slice(found.index + found[0].length)
    }
    const at = text.lastIndexOf('\u0000')
    if (at >= 0 && text.length - at < this.nonce.length + 16) {
      this.#tail = text.slice(at)
      text = text.slice(0, at)
    }
    this.#give(text)
  }

  #give(text: string): void {
    const last = this.#held.at(-1)
    if (last) last.text += text
    else this.#emit(text)
  }
  #emit(text: string): void {
    if (text) this.onText(text)
  }
}
