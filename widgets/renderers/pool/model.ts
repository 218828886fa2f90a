/** Pooling and its gradient as the stepper needs them; recomputed when a number is typed. */
import { decode, type PoolView } from 'layerscope/spec'

export type Cell = readonly [c: number, i: number, j: number]

/** Window cells that may be visited while the reader types; beyond, nothing can be typed. */
const WORK = 2e7

export class PoolModel {
  readonly C: number
  readonly H: number
  readonly W: number
  readonly rows: number
  readonly columns: number
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number]
  readonly dilation: readonly [number, number]
  readonly countPad: boolean
  /** Whether all of it is computed fast enough to follow what is typed. */
  readonly editable: boolean
  readonly x: Float64Array
  /** Gradient of the output; null when only the way forward is shown. */
  g: Float64Array | null
  mode: 'max' | 'mean'
  readonly #data: PoolView['data']
  #y: ArrayLike<number> = []
  #switches: ArrayLike<number> | null = null
  #gx: Float64Array | null = null

  constructor({ data }: PoolView) {
    this.#data = data
    ;[this.C, this.H, this.W] = data.x.shape
    ;[, this.rows, this.columns] = data.output.shape
    this.kernel = data.kernel
    this.stride = data.stride
    this.padding = data.padding
    this.dilation = data.dilation
    this.countPad = data.countPad
    this.mode = data.mode
    this.editable = this.cells * data.kernel[0] * data.kernel[1] <= WORK
    this.x = Float64Array.from(decode(data.x))
    this.g = data.gradient && Float64Array.from(decode(data.gradient))
    this.compute()
  }

  reset(): void {
    this.x.set(decode(this.#data.x))
    const { gradient } = this.#data
    this.g = gradient && Float64Array.from(decode(gradient))
    this.mode = this.#data.mode
    this.compute()
  }

  get cells(): number {
    return this.C * this.rows * this.columns
  }
  cell(index: number): Cell {
    const per = this.rows * this.columns
    return [Math.floor(index / per), Math.floor((index % per) / this.columns), index % this.columns]
  }
  index([c, i, j]: Cell): number {
    return (c * this.rows + i) * this.columns + j
  }
  flat(c: number, r: number, s: number): number {
    return (c * this.H + r) * this.W + s
  }
  /** Extent of the window in cells. */
  get reach(): [number, number] {
    return [0, 1].map(d => this.dilation[d] * (this.kernel[d] - 1) + 1) as [number, number] // two axes
  }
  /** Rows and columns of x with its padding, and with what the last window hangs over. */
  get padded(): [number, number] {
    const size = [this.H, this.W]
    const count = [this.rows, this.columns]
    return [0, 1].map(d =>
      Math.max(size[d] + 2 * this.padding[d], (count[d] - 1) * this.stride[d] + this.reach[d]),
    ) as [number, number] // two axes
  }
  /** Whether a cell of the padded x is one of x. */
  inside(i: number, j: number): boolean {
    const [r, s] = [i - this.padding[0], j - this.padding[1]]
    return r >= 0 && s >= 0 && r < this.H && s < this.W
  }

  get y(): ArrayLike<number> {
    return this.#y
  }
  /** row·W + column of each window's largest value; null for means. */
  get switches(): ArrayLike<number> | null {
    return this.#switches
  }
  /** Gradient of x; null without one of the output. */
  get gx(): ArrayLike<number> | null {
    return this.#gx
  }

  /** Cells of x that a window reads, [row, column] each; those in the padding are not among them. */
  window(i: number, j: number): [number, number][] {
    const rows = this.#along(0, i)
    const columns = this.#along(1, j)
    return rows.flatMap(r => columns.map((s): [number, number] => [r, s]))
  }
  /** What a window's mean divides by. */
  divisor(i: number, j: number): number {
    if (!this.countPad) return this.#along(0, i).length * this.#along(1, j).length
    const size = (d: 0 | 1, at: number) =>
      Math.min(at * this.stride[d] + this.kernel[d], [this.H, this.W][d] + 2 * this.padding[d]) -
      at * this.stride[d]
    return size(0, i) * size(1, j)
  }
  /** Windows that read a cell of x: output rows and columns. */
  readers(r: number, s: number): [number, number][] {
    const along = (d: 0 | 1, at: number) => {
      const out: number[] = []
      for (let a = this.kernel[d] - 1; a >= 0; a--) {
        const start = at + this.padding[d] - a * this.dilation[d]
        const count = d === 0 ? this.rows : this.columns
        if (start >= 0 && start % this.stride[d] === 0 && start / this.stride[d] < count)
          out.push(start / this.stride[d])
      }
      return out
    }
    const columns = along(1, s)
    return along(0, r).flatMap(i => columns.map((j): [number, number] => [i, j]))
  }
  /** Whether several cells of a window share the largest value. */
  tie([c, i, j]: Cell): boolean {
    if (this.mode === 'mean') return false
    const y = this.#y[this.index([c, i, j])]
    return this.window(i, j).filter(([r, s]) => this.x[this.flat(c, r, s)] === y).length > 1
  }
  /** [row, column] of the value that a window takes; null for means. */
  winner(cell: Cell): [number, number] | null {
    const at = this.#switches?.[this.index(cell)]
    if (at === undefined || at < 0 || at >= this.H * this.W) return null
    return [Math.floor(at / this.W), at % this.W]
  }
  /** Output cells whose window is won by a cell of x. */
  wins(c: number, r: number, s: number): Cell[] {
    return this.readers(r, s)
      .map(([i, j]): Cell => [c, i, j])
      .filter(cell => {
        const won = this.winner(cell)
        return won !== null && won[0] === r && won[1] === s
      })
  }

  /** Everything anew, from x, the gradient and the mode. */
  compute(): void {
    const { C, H, W, rows, columns } = this
    if (!this.editable) {
      this.#y = decode(this.#data.output)
      this.#switches = this.#data.switches && decode(this.#data.switches)
      this.#gx = this.g && this.mode === 'max' ? this.#scattered(this.g) : null
      return
    }
    const y = new Float64Array(this.cells)
    const switches = this.mode === 'max' ? new Int32Array(this.cells).fill(-1) : null
    const gx = this.g && new Float64Array(C * H * W)
    const [along, across] = [
      Array.from({ length: rows }, (_, i) => this.#along(0, i)),
      Array.from({ length: columns }, (_, j) => this.#along(1, j)),
    ]
    for (let n = 0; n < this.cells; n++) {
      const [c, i, j] = this.cell(n)
      let best = -1
      let sum = 0
      search: for (const r of along[i])
        for (const s of across[j]) {
          const v = this.x[this.flat(c, r, s)]
          sum += v
          if (best < 0 || v > this.x[c * H * W + best] || Number.isNaN(v)) best = r * W + s
          if (switches && Number.isNaN(v)) break search
        }
      if (switches) {
        switches[n] = best
        y[n] = best < 0 ? -Infinity : this.x[c * H * W + best]
        if (gx && this.g && best >= 0) gx[c * H * W + best] += this.g[n]
        continue
      }
      const divisor = this.divisor(i, j)
      y[n] = sum / divisor
      if (gx && this.g)
        for (const r of along[i])
          for (const s of across[j]) gx[this.flat(c, r, s)] += this.g[n] / divisor
    }
    this.#y = y
    this.#switches = switches
    this.#gx = gx
  }

  #scattered(g: Float64Array): Float64Array {
    const gx = new Float64Array(this.C * this.H * this.W)
    for (let n = 0; n < this.cells; n++) {
      const won = this.winner(this.cell(n))
      if (won) gx[this.flat(this.cell(n)[0], ...won)] += g[n]
    }
    return gx
  }
  /** Rows (d = 0) or columns of x in window `at`. */
  #along(d: 0 | 1, at: number): number[] {
    const size = d === 0 ? this.H : this.W
    const out: number[] = []
    const from = at * this.stride[d] - this.padding[d]
    for (let a = 0; a < this.kernel[d] && from + a * this.dilation[d] < size; a++)
      if (from + a * this.dilation[d] >= 0) out.push(from + a * this.dilation[d])
    return out
  }
}
