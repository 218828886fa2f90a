/** The softmax view: logits, and what they turn into. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { Encoded, ViewBase } from './view.ts'

export interface SoftmaxView extends ViewBase {
  kind: 'softmax'
  data: {
    /** [N, K], exact; the probabilities follow. */
    logits: Encoded
    /** What the numbers are in the cell: decides where e^x overflows. */
    dtype: 'float32' | 'float64'
    /** Names of the K classes. */
    labels: string[] | null
    /** Names of the N rows. */
    rows: string[] | null
    /** Right class of each row; null: not known. */
    targets: (number | null)[] | null
    /** Logits are divided by it. */
    temperature: number
    /** Row shown first. */
    row: number
    /** Probabilities [N, K] to compare with; `given` is 0 where nothing is compared. NaN is a value. */
    compare: { label: string; values: Encoded; given: Encoded } | null
  }
}

/** Most classes and rows of a view. */
export const MAX_CLASSES = 1000
export const MAX_ROWS = 256
const WORDS = 500

export function readSoftmax(r: Reader): SoftmaxView['data'] {
  r.only('logits', 'dtype', 'labels', 'rows', 'targets', 'temperature', 'row', 'compare')
  const logits = r.at('logits').tensor([null, null])
  const [N, K] = logits.shape
  if (N > MAX_ROWS || K > MAX_CLASSES)
    throw new SpecError(
      `${r.path}.logits: [${N}, ${K}], at most ${MAX_ROWS} rows of ${MAX_CLASSES} classes`,
    )
  const names = (field: string, count: number): string[] | null =>
    r.at(field).nullable(l => l.list(name => name.text(WORDS), count, count))
  const temperature = r.at('temperature').number()
  if (!(temperature >= 1e-3 && temperature <= 1e3))
    throw new SpecError(`${r.path}.temperature: ${temperature}, it goes from 0.001 to 1000`)
  return {
    logits,
    dtype: r.at('dtype').oneOf('float32', 'float64'),
    labels: names('labels', K),
    rows: names('rows', N),
    targets: r.at('targets').nullable(l => l.list(t => t.nullable(k => k.integer(0, K - 1)), N, N)),
    temperature,
    row: r.at('row').integer(0, N - 1),
    compare: r.at('compare').nullable(c => {
      c.only('label', 'values', 'given')
      return {
        label: c.at('label').text(WORDS),
        values: c.at('values').tensor([N, K]),
        given: c.at('given').tensor([N, K]),
      }
    }),
  }
}
