/** What `show` takes beside the thing. */
import type { ImageSet } from '../data/index.ts'
import type { TextProperty } from '../explain/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** A cell of an output: [i, j], or [k, i, j] with its filter; null and cells with a null in them are passed over. */
export type CellIndex = readonly (number | null)[]

/** Values beside the output, cell by cell: nested lists (null: not compared), a tensor, or a function of x and w. */
export type Compared = readonly unknown[] | Tensor | ((...inputs: never[]) => unknown)

export interface ShowOptions {
  /** First words of the title line. Default: what it is. */
  title?: string
  /** Where it comes from: model, epoch, input. */
  from?: string

  // Tensors
  /** `image` is grey or RGB, `map` dark to bright, `signed` blue, paper, orange. Default: from the values. */
  scale?: 'image' | 'map' | 'signed'
  /** Numbers in the cells. Default: for whole numbers in at most 400 cells. */
  numbers?: boolean

  // One conv2d
  /** Cells pinned at first (also of a tensor), the first one current. Null for none. */
  at?: CellIndex | readonly CellIndex[] | null
  /** Shown beside the output where it differs. Null, or nothing but nulls: no comparison. */
  compare?: Compared | { label: string; values: Compared | null } | null
  /** What may be typed into. Default: x, w and b. */
  edit?: 'x' | 'w' | 'b' | readonly ('x' | 'w' | 'b')[]
  /** Counts this value among the outputs. */
  count?: number
  /** A function that computes the output in the kernel, from nested lists, also of what is typed in. */
  compute?: (...inputs: never[]) => unknown
  /** What the student calls them. Default x, w, b and o. */
  names?: { x?: string; w?: string; b?: string; o?: string }

  // One pooling
  /** The gradient of the output, nested lists or a tensor of its shape: shows where it goes. Default: forward only. */
  backward?: readonly unknown[] | Tensor | null

  // One softmax
  /** Right class of the row, or of each row: adds the cross-entropy and its gradient. Default: that of a traced crossEntropy. */
  target?: number | readonly number[] | Tensor | null
  /** Logits are divided by it. Default 1. */
  temperature?: number
  /** Row shown first. Default 0. */
  row?: number

  // Networks
  /** Shape of the input of a network that is shown by itself, [C, H, W]. Default: the first that it takes. */
  input?: readonly number[]
  /** Layer shown first, by name or number. Default: the last convolution. */
  layer?: string | number
  /** Value pinned at first: [c, i, j] of that layer, or `conv2[7, 1, 3]`. */
  pin?: readonly number[] | string | null
  /** Other images to choose from: a data set, or uint8 or float [N, C, H, W]. */
  inputs?: ImageSet | Tensor
  /** Names of the classes. Default: the data set's. */
  labels?: readonly string[]

  // A text that a network has read
  /** Cell or unit whose values colour the text. Default: the one that follows some property best. */
  unit?: number
  /** The memory tanh(c) of an LSTM, or the state h. Default: the memory, where there is one. */
  state?: 'h' | 'c'
  /** What cells might follow: functions of the characters, or one number for each character shown. Default: `textProperties`. */
  properties?: Readonly<Record<string, TextProperty | ArrayLike<number | boolean>>>
  /** So many characters are read first and not shown. Default 0. */
  skip?: number
}
