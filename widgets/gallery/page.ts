/** What a page of the gallery is: a view, its question, and examples that are documentation and tests at once. */
import type { Tensor, View } from 'layerscope'

/** Tensors made once in Node and carried to the page with their example: trained weights, images. */
export type Given = Record<string, Tensor>

/** What a reader may try, and what stands there then. The tests do it in a browser; the page says it in words. */
export interface Stop {
  /** In words: `Press → twice`. */
  say: string
  /** A control to use first, by CSS selector in the view; `nth` of several, from 0. */
  click?: string
  focus?: string
  nth?: number
  /** Where to click, as shares of the width and height. Default: the middle. */
  at?: readonly [number, number]
  /** Keys after that, one after the other, by their names in `KeyboardEvent.key`. */
  keys?: readonly string[]
  /** Typed into the focused field after the keys, and entered. */
  type?: string
  /** What the readout (or `where`, a selector) then contains. Numbers come from the library, not from a look at the view. */
  reads: string
  where?: string
}

export interface Example {
  /** Its place in the page's address. */
  id: string
  title: string
  /** What it shows, in one or two sentences. */
  note: string
  given?: () => Given | Promise<Given>
  /** Makes the view by `show`. Its source stands under the view. */
  make: (given: Given) => View | Promise<View>
  /** Made in the page too, with the library there: the view answers as beside a kernel. */
  live?: boolean
  /** Computed with the library when the gallery is built. */
  stops?: (given: Given) => readonly Stop[]
}

/** Groups in the order of the index. */
export const GROUPS = ['Operations', 'Networks', 'Why', 'Training', 'Sequences', 'Data'] as const

export interface Page {
  title: string
  /** The view's question, as its design says it. */
  question: string
  group: (typeof GROUPS)[number]
  /** How to read the view, where its question does not say it: a few sentences. */
  read: string
  /** Keys beyond those of every view. */
  keys?: readonly (readonly [key: string, what: string])[]
  examples: readonly [Example, ...Example[]]
}
