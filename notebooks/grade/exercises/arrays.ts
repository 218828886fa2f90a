/** Nested arrays of the exercises' right and wrong answers, in loops as plain as the students'. */

export type Vector = number[]
export type Matrix = number[][]
/** [C, H, W] */
export type Volume = number[][][]
/** [K, C, h, k] */
export type Filters = number[][][][]

export const vector = (n: number, value: (i: number) => number): Vector =>
  Array.from({ length: Math.max(0, n) }, (_, i) => value(i))

export const matrix = (rows: number, columns: number, cell: (i: number, j: number) => number) =>
  Array.from({ length: Math.max(0, rows) }, (_, i) => vector(columns, j => cell(i, j)))

export const zeros = (rows: number, columns: number): Matrix => matrix(rows, columns, () => 0)

/** x[i][j], and 0 outside of x. */
export const at = (x: Matrix, i: number, j: number): number => x[i]?.[j] ?? 0

export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0)

export const mean = (values: readonly number[]): number => sum(values) / values.length

export const dot = (a: Vector, b: Vector): number => sum(a.map((value, n) => value * b[n]))

export const norm = (values: readonly number[]): number => Math.sqrt(sum(values.map(v => v * v)))

export const transpose = (m: Matrix): Matrix => matrix(m[0].length, m.length, (i, j) => m[j][i])

/** Left and right exchanged. */
export const mirror = (m: Matrix): Matrix => m.map(row => row.toReversed())

/** Turned by 180°. */
export const turn = (m: Matrix): Matrix => mirror(m).toReversed()

export const scale = (m: Matrix, factor: number): Matrix => m.map(row => row.map(v => v * factor))

export const add = (a: Matrix, b: Matrix): Matrix =>
  matrix(a.length, a[0].length, (i, j) => a[i][j] + b[i][j])

export const times = (m: Matrix, v: Vector): Vector => m.map(row => dot(row, v))

/** a bᵀ */
export const outer = (a: Vector, b: Vector): Matrix => a.map(p => b.map(q => p * q))

/** Places for a window along n cells with padding on both sides. */
export const places = (n: number, window: number, stride = 1, padding = 0): number =>
  Math.floor((n + 2 * padding - window) / stride) + 1

/** exp(x) / Σ exp(x), stable. */
export function softmaxOf(x: Vector): Vector {
  const most = Math.max(...x)
  const e = x.map(value => Math.exp(value - most))
  const total = sum(e)
  return e.map(value => value / total)
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** `⌊(5 + 2·1 − 3) / 2⌋ + 1 = 3`: the size formula with its numbers in place. */
export function sizeInWords(n: number, window: number, stride = 1, padding = 0): string {
  const inside = `${n}${padding ? ` + 2·${padding}` : ''} − ${window}`
  const size = places(n, window, stride, padding)
  if (stride === 1) return `${inside} + 1 = ${size}`
  const whole = (n + 2 * padding - window) % stride === 0
  return whole ? `(${inside}) / ${stride} + 1 = ${size}` : `⌊(${inside}) / ${stride}⌋ + 1 = ${size}`
}
