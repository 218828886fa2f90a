/** Texts for language models of characters. */
import { empty, fromFlat, Tensor } from '../tensor/tensor.ts'
import { checkPlaces, type Dataset } from './dataset.ts'
import type { Batch } from './images.ts'

/** The characters of a text and their numbers, in the order of their code points. */
export class Vocabulary {
  readonly characters: readonly string[]
  private readonly numbers: ReadonlyMap<string, number>

  /** @param text whose characters count; a list gives them in this order, e.g. with a start and an end of one's own */
  constructor(text: string | readonly string[]) {
    const list =
      typeof text === 'string'
        ? [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
        : [...text]
    this.characters = list
    this.numbers = new Map(list.map((c, n) => [c, n]))
    if (!list.length) throw new RangeError('Vocabulary: the text is empty')
    if (this.numbers.size !== list.length)
      throw new RangeError('Vocabulary: a character stands twice in the list')
  }

  /** Number of characters. */
  get size(): number {
    return this.characters.length
  }

  /** int32 [T]. @throws RangeError naming a character that is not in the vocabulary */
  encode(text: string): Tensor {
    const out: number[] = []
    for (const c of text) {
      const n = this.numbers.get(c)
      if (n === undefined)
        throw new RangeError(
          `encode: ${JSON.stringify(c)} at ${out.length} is none of the ${this.size} characters`,
        )
      out.push(n)
    }
    return fromFlat(out, [out.length], 'int32')
  }

  /** The text of these numbers. @throws RangeError for a number that has no character */
  decode(numbers: Tensor | ArrayLike<number>): string {
    const list = numbers instanceof Tensor ? numbers.toTypedArray() : numbers
    return Array.from(list, n => {
      const c = this.characters[n]
      if (c === undefined)
        throw new RangeError(`decode: number ${n}; characters have 0 to ${this.size - 1}`)
      return c
    }).join('')
  }

  toString(): string {
    return `${this.size} characters: ${JSON.stringify(this.characters.join(''))}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

export interface WindowOptions {
  /** Characters in a window. */
  length: number
  /** From the beginning of one to the beginning of the next. Default: `length`, so that they touch. */
  stride?: number
}

/**
 * Windows of a text for `batches(…, { shuffle: true })`: x int32 [B, T] and y int32 [B, T], the same one character later.
 * @param tokens int32 [N], as from `vocabulary.encode(text)`
 * @throws RangeError when the text is shorter than a window and the character after it
 */
export function textWindows(tokens: Tensor, { length, stride = length }: WindowOptions): Dataset {
  const numbers = sequence('textWindows', tokens)
  for (const [name, n] of Object.entries({ length, stride }))
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`textWindows: ${name} ${n}; a whole number from 1`)
  const count = Math.floor((numbers.length - 1 - length) / stride) + 1
  if (count < 1)
    throw new RangeError(
      `textWindows: ${numbers.length} characters; a window of ${length} needs ${length + 1}`,
    )
  return {
    length: count,
    batch(places) {
      const starts = checkPlaces('batch', places, count).map(i => i * stride)
      return cut(numbers, starts, length)
    },
  }
}

export interface StreamOptions {
  /** Streams side by side: B. */
  size: number
  /** Characters in a batch: T. */
  length: number
}

/**
 * A text as B streams side by side, cut into batches one after the other: row b of a batch goes on in row b of the next, so
 * that a recurrent network keeps its state (backpropagation through time, truncated at T). x int32 [B, T], y the same one
 * character later. What is left over at the end of each stream is not used.
 * @param tokens int32 [N]
 * @throws RangeError when the text is too short for one batch
 */
export function textStreams(
  tokens: Tensor,
  { size, length }: StreamOptions,
): Iterable<Batch> & { readonly length: number } {
  const numbers = sequence('textStreams', tokens)
  for (const [name, n] of Object.entries({ size, length }))
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`textStreams: ${name} ${n}; a whole number from 1`)
  const each = Math.floor((numbers.length - 1) / size)
  const count = Math.floor(each / length)
  if (count < 1)
    throw new RangeError(
      `textStreams: ${numbers.length} characters; ${size} streams of ${length} need ${size * length + 1}`,
    )
  return {
    length: count,
    *[Symbol.iterator]() {
      for (let n = 0; n < count; n++)
        yield cut(
          numbers,
          Array.from({ length: size }, (_, b) => b * each + n * length),
          length,
        )
    },
  }
}

function sequence(op: string, tokens: Tensor): Int32Array {
  const numbers = tokens.toTypedArray()
  if (tokens.ndim !== 1 || !(numbers instanceof Int32Array))
    throw new RangeError(
      `${op}: ${tokens.dtype} [${tokens.shape.join(', ')}]; tokens are int32 [N], as from vocabulary.encode(text)`,
    )
  return numbers
}

function cut(numbers: Int32Array, starts: readonly number[], length: number): Batch {
  const x = empty([starts.length, length], 'int32')
  const y = empty([starts.length, length], 'int32')
  for (const [t, later] of [
    [x, 0],
    [y, 1],
  ] as const)
    // prettier-ignore
    starts.forEach((start, b) =>
      t.storage.data.set(numbers.subarray(start + later, start + later + length), b * length),
    )
  return { x, y }
}
