/** Which unit follows what? Properties of a text, how well each unit tells them, and how well one would by chance. */
import { Generator } from '../tensor/random.ts'
import { fromFlat, Tensor } from '../tensor/tensor.ts'
import { report, type ProgressOptions } from './progress.ts'

/** One number for each character of a text. */
export type TextProperty = (characters: readonly string[]) => ArrayLike<number | boolean>

const each =
  (f: (c: string) => boolean): TextProperty =>
  t =>
    t.map(c => Number(f(c)))
/** Counts since the last character for which `reset` holds; there it is 0. */
const since =
  (reset: (c: string, before: string) => boolean, most: number): TextProperty =>
  t => {
    let n = 0
    return t.map((c, i) => (n = reset(c, t[i - 1] ?? '\n') ? 0 : Math.min(most, n + 1)))
  }
const letter = (c: string): boolean => /\p{L}/u.test(c)
const ended = (c: string): boolean => c === ' ' || c === '\n'

/** Depth of brackets after each character, ( [ { counted alike, never below 0. */
const depth: TextProperty = t => {
  let n = 0
  return t.map(c => (n = '([{'.includes(c) ? n + 1 : ')]}'.includes(c) ? Math.max(0, n - 1) : n))
}

/**
 * Properties by name, each after the character has been read: 0/1, or a number. `inside quotation marks` takes “ ” for what
 * they say and turns " over; the mark that opens is inside, the one that closes is not.
 */
export const textProperties: Readonly<Record<string, TextProperty>> = {
  'bracket depth': depth,
  'inside brackets': t => Array.from(depth(t), n => Number(Number(n) > 0)),
  'inside quotation marks': t => {
    let inside = false
    return t.map(c => {
      if (c === '“') inside = true
      else if (c === '”') inside = false
      else if (c === '"') inside = !inside
      return Number(inside)
    })
  },
  'position in the line': since((_, before) => before === '\n', 120),
  'position in the word': since(c => !letter(c), 12),
  'position in the sentence': since((_, before) => '.?!\n'.includes(before), 150),
  'inside a word': each(letter),
  'just after a word': each(ended),
  'after punctuation': each(c => ',;:.!?—-'.includes(c)),
  vowel: each(c => 'aeiou'.includes(c.toLowerCase())),
  'capital letter': each(c => /\p{Lu}/u.test(c)),
}

export interface Logistic {
  /** P(property) = σ(weight·value + bias). */
  weight: number
  bias: number
  /** Share of characters it gets right, beside that of always saying the commoner answer. */
  accuracy: number
  baseline: number
}

export interface UnitScore {
  unit: number
  /** Pearson's correlation with the property, with its sign. */
  correlation: number
  /** Of a 0/1 property: probability that the unit is higher at a random place with it than at one without; 0.5 is chance. */
  auc: number | null
  /** Of a 0/1 property: a logistic regression on this unit alone. */
  logistic: Logistic | null
  /** Share of controls whose best unit of all followed the moved property at least as well. */
  p: number
}

export interface PropertyUnits {
  property: string
  /** Only 0 and 1 occur. */
  binary: boolean
  /** The best units, largest |correlation| first; none for a property that is the same everywhere. */
  units: UnitScore[]
  /** Largest |correlation| of any unit under each control, rising, float64 [permutations]. */
  chance: Tensor
}

export interface FindUnitsOptions extends ProgressOptions {
  /** Units kept for each property. Default 3. */
  k?: number
  /** Controls. Default 199, so that the smallest p is 0.005; 0 leaves them out (p NaN). */
  permutations?: number
  /**
   * `shift` turns the property round the text by a random number of characters, which keeps its rhythm and that of the units;
   * `shuffle` permutes it, which makes nearly everything in a text look special. Default shift.
   */
  control?: 'shift' | 'shuffle'
  /** Default 0. */
  seed?: number
}

/**
 * Searches all units for those that follow a property: correlation, AUC and a logistic fit, and as control the best
 * correlation of any unit with the property moved along the text (the maximum over units, so that looking at many units
 * is paid for).
 * Karpathy, Johnson & Fei-Fei, arXiv 1506.02078, look for such units by eye; Westfall & Young, Resampling-based multiple
 * testing, 1993, for the maximum; Harris, arXiv 2012.06862, for moving instead of shuffling.
 *
 * @param states [T, H], as `reading.values()`
 * @param properties by name: one number or truth value for each of the T characters
 * @returns for each property, in the order given
 * @throws RangeError for other lengths, fewer than 3 characters and options out of range
 */
export function findUnits(
  states: Tensor,
  properties: Readonly<Record<string, ArrayLike<number | boolean> | Tensor>>,
  options: FindUnitsOptions = {},
): PropertyUnits[] {
  const { k = 3, permutations = 199, control = 'shift', seed = 0 } = options
  const [T, H] = states.shape
  if (states.ndim !== 2 || T < 3 || H < 1)
    throw new RangeError(`findUnits: states [${states.shape.join(', ')}]; [T, H] with T from 3`)
  if (!(Number.isInteger(k) && k >= 1) || !(Number.isInteger(permutations) && permutations >= 0))
    throw new RangeError(`findUnits: k ${k}, permutations ${permutations}; whole numbers`)
  const names = Object.keys(properties)
  const unit = standardised(states)
  const generator = new Generator(seed)
  return names.map((property, n): PropertyUnits => {
    const given = properties[property]
    const y = Float64Array.from(given instanceof Tensor ? given.toTypedArray() : given, Number)
    if (y.length !== T)
      throw new RangeError(`findUnits: ${JSON.stringify(property)} has ${y.length} values for ${T} characters`) // prettier-ignore
    if (!y.every(Number.isFinite))
      throw new RangeError(`findUnits: ${JSON.stringify(property)} holds a value that is no number`)
    const binary = y.every(v => v === 0 || v === 1)
    const z = standard(y)
    if (!z) {
      report('findUnits', options, n + 1, names.length)
      return { property, binary, units: [], chance: fromFlat([], [0], 'float64') }
    }
    const r = unit.map(u => dot(u, z, 0))
    const chance = new Float64Array(permutations)
    for (let c = 0; c < permutations; c++) {
      // Moved by an eighth of the text at least, so that it does not meet itself.
      const margin = Math.max(1, Math.floor(T / 8))
      const shift = margin + generator.below(Math.max(1, T - 2 * margin + 1))
      const order = control === 'shuffle' ? generator.permutation(T) : null
      const moved = order ? Float64Array.from(order, i => z[i]) : z
      for (const u of unit) chance[c] = Math.max(chance[c], Math.abs(dot(u, moved, order ? 0 : shift))) // prettier-ignore
    }
    chance.sort()
    const best = r.map((v, i) => [v, i]).sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]) || a[1] - b[1]) // prettier-ignore
    const units = best.slice(0, k).map(([correlation, i]): UnitScore => {
      const values = column(states, i)
      const above = chance.filter(v => v >= Math.abs(correlation)).length
      return {
        unit: i,
        correlation,
        auc: binary ? auc(values, y) : null,
        logistic: binary ? logistic(values, y) : null,
        p: permutations ? (1 + above) / (1 + permutations) : NaN,
      }
    })
    report('findUnits', options, n + 1, names.length)
    return { property, binary, units, chance: fromFlat(chance, [permutations], 'float64') }
  })
}

function column(states: Tensor, i: number): Float64Array {
  const [T, H] = states.shape
  const v = states.toTypedArray()
  return Float64Array.from({ length: T }, (_, t) => v[t * H + i])
}

/** Mean 0 and length 1, so that a product of two is their correlation; null when constant. */
function standard(v: Float64Array): Float64Array | null {
  const mean = v.reduce((a, b) => a + b, 0) / v.length
  const centred = v.map(x => x - mean)
  const size = Math.sqrt(centred.reduce((a, b) => a + b * b, 0))
  return size > 1e-12 * Math.sqrt(v.length) * (Math.abs(mean) + 1e-300) && size > 0
    ? centred.map(x => x / size)
    : null
}
/** Each unit's values, standardised; a constant unit is 0 everywhere. */
const standardised = (states: Tensor): Float64Array[] =>
  Array.from({ length: states.shape[1] }, (_, i) => {
    const v = column(states, i)
    return standard(v) ?? v.fill(0)
  })

/** Σ u[t]·z[t − shift], round the end. */
function dot(u: Float64Array, z: Float64Array, shift: number): number {
  let s = 0
  const T = u.length
  for (let t = shift; t < T; t++) s += u[t] * z[t - shift]
  for (let t = 0; t < shift; t++) s += u[t] * z[t - shift + T]
  return s
}

/** Mann & Whitney's statistic as a share; ties count half. */
function auc(values: Float64Array, y: Float64Array): number {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b])
  const ones = y.reduce((a, b) => a + b, 0)
  let sum = 0
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && values[order[to]] === values[order[from]]) to++
    for (let i = from; i < to; i++) if (y[order[i]]) sum += (from + 1 + to) / 2
    from = to
  }
  return (sum - (ones * (ones + 1)) / 2) / (ones * (y.length - ones))
}

/** Newton's method with a small ridge, so that a unit that separates perfectly still gives numbers. */
function logistic(values: Float64Array, y: Float64Array): Logistic {
  const T = y.length
  const ridge = 1e-3
  let [w, b] = [0, 0]
  for (let step = 0; step < 50; step++) {
    let [gw, gb, hww, hwb, hbb] = [ridge * w, 0, ridge, 0, 1e-9]
    for (let t = 0; t < T; t++) {
      const x = values[t]
      const p = 1 / (1 + Math.exp(-(w * x + b)))
      const s = p * (1 - p)
      gw += (p - y[t]) * x
      gb += p - y[t]
      hww += s * x * x
      hwb += s * x
      hbb += s
    }
    const det = hww * hbb - hwb * hwb
    if (!(Math.abs(det) > 1e-12)) break
    const [dw, db] = [(hbb * gw - hwb * gb) / det, (hww * gb - hwb * gw) / det]
    // A step never more than doubles what has been reached, so that it cannot run away.
    const scale = Math.min(1, (1 + Math.hypot(w, b)) / (Math.hypot(dw, db) || 1))
    w -= scale * dw
    b -= scale * db
    if (Math.hypot(dw, db) < 1e-10 * (1 + Math.hypot(w, b))) break
  }
  let right = 0
  for (let t = 0; t < T; t++) if (w * values[t] + b > 0 === (y[t] === 1)) right++
  const ones = y.reduce((a, v) => a + v, 0)
  return { weight: w, bias: b, accuracy: right / T, baseline: Math.max(ones, T - ones) / T }
}
