/** Changes to a text by position, applied at once. Inserts at one position nest: what was opened first closes last. */
export class Edits {
  readonly #all: { start: number; end: number; order: number; text: string }[] = []
  #count = 0

  /** Before what stands at `at`; what is inserted first stands outermost. */
  open(at: number, text: string): void {
    this.#all.push({ start: at, end: at, order: ++this.#count, text })
  }
  /** After what ends at `at`; what is inserted first stands outermost. */
  close(at: number, text: string): void {
    this.#all.push({ start: at, end: at, order: -++this.#count, text })
  }
  replace(start: number, end: number, text: string): void {
    this.#all.push({ start, end, order: Number.MAX_SAFE_INTEGER, text })
  }
  /** Removes but for line ends. */
  blank(source: string, start: number, end: number): void {
    this.replace(start, end, source.slice(start, end).replace(/[^\n]/g, ''))
  }

  apply(source: string): string {
    const parts: string[] = []
    let at = 0
    for (const { start, end, text } of this.#sorted()) {
      parts.push(source.slice(at, start), text)
      at = end
    }
    parts.push(source.slice(at))
    return parts.join('')
  }

  /** Where in the source a position of the result stood; an inserted text stands where it was inserted. */
  origin(position: number): number {
    let shift = 0
    for (const { start, end, text } of this.#sorted()) {
      if (start + shift > position) break
      if (position < start + shift + text.length) return start
      shift += text.length - (end - start)
    }
    return position - shift
  }

  #isSorted = false
  #sorted() {
    if (!this.#isSorted) this.#all.sort((a, b) => a.start - b.start || a.order - b.order)
    this.#isSorted = true
    return this.#all
  }
}
