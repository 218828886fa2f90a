/** A convolution as the stepper needs it: cells, terms, sums; recomputed when a number is typed. */
import { decode, type ConvView } from 'layerscope/spec'

export type Cell = readonly [k: number, i: number, j: number]
export interface Term {
  x: number
  w: number
  /** False where the window hangs over the padding. */
  inside: boolean
}

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
  given: (number | { error: string })[][][] | null = null
  readonly #first: {
    x: Float64Array
    w: Float64Array
    b: Float64Array
    stride: [number, number]
    padding: [number, number]
  }
  changed = false

  constructor({ data }: ConvView) {
    ;[this.C, this.H, this.W] = data.x.shape
    ;[this.K, , this.h, this.k] = data.w.shape
    this.x = Float64Array.from(decode(data.x))
    this.w = Float64Array.from(decode(data.w))
    this.b = Float64Array.from(decode(data.b))
    this.stride = [...data.stride]
    this.padding = [...data.padding]
    this.dilation = [...data.dilation]
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
    this.stride = [...this.#first.stride]
    this.padding = [...this.#first.padding]
    this.changed = false
  }
  /** Whether stride and padding are those of the cell. */
  get original(): boolean {
    return [0, 1].every(
      d => this.stride[d] === this.#first.stride[d] && this.padding[d] === this.#first.padding[d],
    )
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
  /** Products of one channel at an output cell, [h][k]. */
  terms([k, i, j]: Cell, c: number): Term[][] {
    return Array.from({ length: this.h }, (_, a) =>
      Array.from({ length: this.k }, (_, b) => {
        const [r, s] = [
          i * this.stride[0] + a * this.dilation[0],
          j * this.stride[1] + b * this.dilation[1],
        ]
        return { x: this.at(c, r, s), w: this.weight(k, c, a, b), inside: !this.isPadding(r, s) }
      }),
    )
  }
  channelSum(cell: Cell, c: number): number {
    let sum = 0
    for (const row of this.terms(cell, c)) for (const t of row) sum += t.x * t.w
    return sum
  }
  /** The output as computed here. */
  output(cell: Cell): number {
    let sum = this.b[cell[0]]
    for (let c = 0; c < this.C; c++) sum += this.channelSum(cell, c)
    return sum
  }
  /** Which windows read a cell of the padded image: output rows and columns. */
  readers(i: number, j: number): [number, number][] {
    const out: [number, number][] = []
    for (let r = 0; r < this.rows; r++)
      for (let c = 0; c < this.columns; c++) {
        const [a, b] = [i - r * this.stride[0], j - c * this.stride[1]]
        if (
          a >= 0 &&
          b >= 0 &&
          a % this.dilation[0] === 0 &&
          b % this.dilation[1] === 0 &&
          a / this.dilation[0] < this.h &&
          b / this.dilation[1] < this.k
        )
          out.push([r, c])
      }
    return out
  }
  /** Rows and columns of the padded image that no window reaches. */
  unread(i: number, j: number): boolean {
    return this.readers(i, j).length === 0
  }
}
