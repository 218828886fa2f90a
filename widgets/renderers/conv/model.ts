/** A convolution as the stepper needs it: cells, terms, sums; recomputed when a number is typed. */
import { decode, type ConvView } from 'layerscope/spec'

export type Cell = readonly [k: number, i: number, j: number]
export interface Term {
  x: number
  w: number
  /** False where the window hangs over the padding. */
  inside: boolean
}

/** Multiplications that a whole output may take while the reader types; beyond, nothing can be typed. */
const WORK = 2e7

export class ConvModel {
  readonly x: Float64Array
  readonly w: Float64Array
  readonly b: Float64Array
  readonly C: number
  readonly H: number
  readonly W: number
  readonly K: number
  readonly h: number
  readonly k: number
  stride: [number, number]
  padding: [number, number]
  readonly dilation: [number, number]
  /** What the kernel computed for the numbers as they are (a student's function), or null. */
  given: unknown = null
  /** Something was typed since the view came. */
  changed = false
  #outputs: ArrayLike<number> | null
  readonly #first: {
    x: Float64Array
    w: Float64Array
    b: Float64Array
    stride: [number, number]
    padding: [number, number]
  }

  constructor({ data }: ConvView) {
    ;[this.C, this.H, this.W] = data.x.shape
    ;[this.K, , this.h, this.k] = data.w.shape
    this.x = Float64Array.from(decode(data.x))
    this.w = Float64Array.from(decode(data.w))
    this.b = Float64Array.from(decode(data.b))
    this.stride = [...data.stride]
    this.padding = [...data.padding]
    this.dilation = [...data.dilation]
    this.#outputs = this.editable ? null : decode(data.output)
    this.#first = {
      x: this.x.slice(),
      w: this.w.slice(),
      b: this.b.slice(),
      stride: [...data.stride],
      padding: [...data.padding],
    }
  }

  reset(): void {
    this.x.set(this.#first.x)
    this.w.set(this.#first.w)
    this.b.set(this.#first.b)
    this.place([...this.#first.stride], [...this.#first.padding])
    this.changed = false
    this.given = null
  }
  /** Other steps of the window, or another frame round x. */
  place(stride: [number, number], padding: [number, number]): void {
    this.stride = stride
    this.padding = padding
    this.#outputs = null
  }
  type(tensor: 'x' | 'w' | 'b', index: number, v: number): void {
    this[tensor][index] = v
    this.changed = true
    this.#outputs = null
  }
  /** Whether stride and padding are those of the cell. */
  get original(): boolean {
    return [0, 1].every(
      d => this.stride[d] === this.#first.stride[d] && this.padding[d] === this.#first.padding[d],
    )
  }
  /** Whether the whole output is computed fast enough to follow what is typed. */
  get editable(): boolean {
    return this.cells * this.C * this.h * this.k <= WORK
  }

  /** Extent of the window in cells. */
  get reach(): [number, number] {
    return [this.dilation[0] * (this.h - 1) + 1, this.dilation[1] * (this.k - 1) + 1]
  }
  /** (n + 2·padding − window) / stride + 1, exact. */
  exact(d: 0 | 1): number {
    return ([this.H, this.W][d] + 2 * this.padding[d] - this.reach[d]) / this.stride[d] + 1
  }
  get rows(): number {
    return Math.max(0, Math.floor(this.exact(0)))
  }
  get columns(): number {
    return Math.max(0, Math.floor(this.exact(1)))
  }
  get cells(): number {
    return this.K * this.rows * this.columns
  }
  cell(index: number): Cell {
    const per = this.rows * this.columns
    return [Math.floor(index / per), Math.floor((index % per) / this.columns), index % this.columns]
  }
  index([k, i, j]: Cell): number {
    return (k * this.rows + i) * this.columns + j
  }

  /** x at a place of the padded image. */
  at(c: number, i: number, j: number): number {
    const [r, s] = [i - this.padding[0], j - this.padding[1]]
    return r < 0 || s < 0 || r >= this.H || s >= this.W ? 0 : this.x[(c * this.H + r) * this.W + s]
  }
  isPadding(i: number, j: number): boolean {
    return (
      i < this.padding[0] ||
      j < this.padding[1] ||
      i >= this.H + this.padding[0] ||
      j >= this.W + this.padding[1]
    )
  }
  weight(k: number, c: number, a: number, b: number): number {
    return this.w[((k * this.C + c) * this.h + a) * this.k + b]
  }
  /** One product of a channel at an output cell. */
  term([k, i, j]: Cell, c: number, a: number, b: number): Term {
    const [r, s] = [
      i * this.stride[0] + a * this.dilation[0],
      j * this.stride[1] + b * this.dilation[1],
    ]
    return { x: this.at(c, r, s), w: this.weight(k, c, a, b), inside: !this.isPadding(r, s) }
  }
  channelSum([k, i, j]: Cell, c: number): number {
    const [si, sj] = [i * this.stride[0], j * this.stride[1]]
    let sum = 0
    for (let a = 0; a < this.h; a++)
      for (let b = 0; b < this.k; b++)
        sum +=
          this.at(c, si + a * this.dilation[0], sj + b * this.dilation[1]) * this.weight(k, c, a, b)
    return sum
  }
  /** One value of the output, as computed here. */
  output(cell: Cell): number {
    let sum = this.b[cell[0]]
    for (let c = 0; c < this.C; c++) sum += this.channelSum(cell, c)
    return sum
  }
  /** All values of the output, [K, rows, columns]. */
  outputs(): ArrayLike<number> {
    return (this.#outputs ??= this.editable
      ? Float64Array.from({ length: this.cells }, (_, n) => this.output(this.cell(n)))
      : new Float64Array(this.cells).fill(NaN))
  }
  /** What stands in an output cell: the student's function's answer where it drives, else the sum. */
  shown(cell: Cell): number | { error: string } {
    if (this.given === null) return this.outputs()[this.index(cell)]
    const given = [...cell].reduce<unknown>(
      (at, i) => (Array.isArray(at) ? (at[i] as unknown) : undefined), // a message: nothing is known of it
      this.given,
    )
    if (typeof given === 'number') return given
    if (typeof given === 'object' && given !== null && 'error' in given)
      return { error: String(given.error).slice(0, 500) }
    return this.outputs()[this.index(cell)]
  }

  /** Which windows read a cell of the padded image: output rows and columns. */
  readers(i: number, j: number): [number, number][] {
    const columns = this.#along(1, j)
    return this.#along(0, i).flatMap(r => columns.map((c): [number, number] => [r, c]))
  }
  /** Rows and columns of the padded image that no window reaches. */
  unread(i: number, j: number): boolean {
    return this.#along(0, i).length === 0 || this.#along(1, j).length === 0
  }
  #along(d: 0 | 1, i: number): number[] {
    const [size, places] = d === 0 ? [this.h, this.rows] : [this.k, this.columns]
    const out: number[] = []
    for (let a = size - 1; a >= 0; a--) {
      const start = i - a * this.dilation[d]
      if (start >= 0 && start % this.stride[d] === 0 && start / this.stride[d] < places)
        out.push(start / this.stride[d])
    }
    return out
  }
}
