/** The view of what a classifier mixes up, and its reader. */
import { SpecError } from './error.ts'
import { Reader } from './read.ts'
import type { Encoded, ViewBase } from './view.ts'

/** Images of one cell, the surest first. */
export interface ConfusionExamples {
  /** Numbers in the set. */
  images: number[]
  /** Probability of what the network said. */
  probability: number[]
  /** [n, C, H, W] */
  pixels: Encoded
}

/** Counts of a test set: rows are true classes, columns what the network said. */
export interface ConfusionView extends ViewBase {
  kind: 'confusion'
  data: {
    labels: string[]
    /** [K, K] whole numbers. */
    counts: Encoded
    examples: (ConfusionExamples & { cell: [number, number] })[]
    /** The surest mistakes of all, each with its true class and what was said. */
    mistakes: (ConfusionExamples & { cells: [number, number][] }) | null
  }
}

const MAX_CLASSES = 1000
const MAX_EXAMPLES = 100
const MAX_CELLS = 2000

export function readConfusion(r: Reader): ConfusionView['data'] {
  r.only('labels', 'counts', 'examples', 'mistakes')
  const labels = r.at('labels').list(l => l.text(500), MAX_CLASSES)
  const K = labels.length
  if (K < 2) throw new SpecError(`${r.path}.labels: two classes or more`)
  const readCell = (c: Reader): [number, number] => c.pair(0, K - 1)
  return {
    labels,
    counts: r.at('counts').tensor([K, K]),
    examples: r.at('examples').list(e => {
      e.only('cell', 'images', 'probability', 'pixels')
      return { cell: readCell(e.at('cell')), ...readExamples(e) }
    }, MAX_CELLS),
    mistakes: r.at('mistakes').nullable(m => {
      m.only('cells', 'images', 'probability', 'pixels')
      const examples = readExamples(m)
      const n = examples.images.length
      return { ...examples, cells: m.at('cells').list(readCell, MAX_EXAMPLES, n) }
    }),
  }
}

function readExamples(r: Reader): ConfusionExamples {
  const images = r.at('images').list(n => n.integer(0, 1e9), MAX_EXAMPLES)
  const n = images.length
  return {
    images,
    probability: r.at('probability').list(p => p.number(), MAX_EXAMPLES, n),
    pixels: r.at('pixels').tensor([n, null, null, null]),
  }
}

/** The kernel's answer to `explain` {index: [i, j]}. @throws SpecError */
export function parseExamples(value: unknown): ConfusionExamples {
  const r = new Reader(value, 'reply', { bytes: 2 ** 22, buffers: [] })
  r.only('images', 'probability', 'pixels')
  return readExamples(r)
}
