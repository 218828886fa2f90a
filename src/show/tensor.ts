/** A tensor as tiles: rows and columns of its last two axes, the others one tile after the other. */
import type { RGB } from '../spec/colour.ts'
import { formatCount, formatNumber, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type Encoding, type TensorView, type ViewSpec } from '../spec/view.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Canvas, INK2 } from './canvas.ts'
import {
  drawBar,
  drawFoot,
  drawGrid,
  drawHead,
  footHeight,
  headWidth,
  MARGIN,
  type Scale,
} from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import type { Subject } from './subject.ts'
import {
  extremes,
  indexOf,
  numbersOf,
  place,
  reach,
  type Extremes,
  type Numbers,
} from './values.ts'
import { VERSION } from './version.ts'

/** Tiles that are kept. */
const TILES = 64
/** Numbers that are kept in all. */
const NUMBERS = 500_000
/** Cells that still get their numbers written in. */
const WRITTEN = 400

export class TensorSubject implements Subject {
  private readonly values: Numbers
  /** As shown: at least two axes, at most `TILES` tiles. */
  private readonly shape: readonly number[]
  private readonly facts: Extremes
  private readonly scale: TensorView['data']['scale']
  private readonly numbers: boolean
  private readonly title: string
  private readonly at: number[][]
  private readonly dropped: string

  constructor(
    private readonly tensor: Tensor,
    private readonly options: ShowOptions,
  ) {
    const all = numbersOf(tensor)
    if (tensor.ndim > 4)
      throw new RangeError(
        `show: a tensor ${formatShape(tensor.shape)}; up to four axes can be shown, .at(0) takes one off`,
      )
    if (all.length === 0)
      throw new RangeError(`show: a tensor ${formatShape(tensor.shape)} has no numbers`)
    const full = tensor.ndim < 2 ? [1, ...(tensor.ndim ? tensor.shape : [1])] : [...tensor.shape]
    const whole = extremes(all)
    this.scale = options.scale ?? guessScale(tensor, full, whole)
    const colour = this.scale === 'image' && full.length > 2 && full[full.length - 3] === 3
    const cut = cutTo(all, full, colour ? 3 : 2)
    this.values = cut.values
    this.shape = cut.shape
    this.dropped = cut.dropped
    this.facts = extremes(this.values)
    this.numbers =
      options.numbers ?? (whole.whole && this.values.length <= WRITTEN && this.scale !== 'image')
    this.title = options.title ?? (this.scale === 'image' ? 'image' : 'tensor')
    this.at = readCells(options.at, this.shape)
  }

  spec(id: string, pack: Packer): ViewSpec {
    const view: TensorView = {
      spec: SPEC_VERSION,
      kind: 'tensor',
      id,
      title: this.title,
      shape: formatShape(this.tensor.shape),
      text: this.text(),
      producer: VERSION,
      data: {
        values: pack(this.values, this.shape, this.encoding(), this.range()),
        scale: this.scale,
        numbers: this.numbers,
      },
    }
    const from = this.from()
    if (from) view.from = from
    if (this.at.length) view.data.at = this.at
    if (this.options.labels) view.data.labels = [...this.options.labels]
    return view
  }

  text(): string {
    const { min, max, argmax, argmin, zeros, broken } = this.facts
    const count = this.values.length
    const where = (flat: number): string => {
      const index = indexOf(flat, this.shape)
      // [N, 1, H, W] and [N, 3, H, W]: the channel is no part of a place worth saying when there is one.
      if (index.length === 4 && this.shape[1] === 1) index.splice(1, 1)
      return place(index, this.scale === 'image' ? 'image' : 'tile')
    }
    const lines = [
      [this.title, formatShape(this.tensor.shape), this.from()].filter(Boolean).join('  '),
      argmax < 0
        ? 'No value is finite.'
        : min === max
          ? `Every value is ${formatNumber(max)}.`
          : `From ${formatNumber(min)} at ${where(argmin)} to ${formatNumber(max)} at ${where(argmax)}.`,
      `${formatCount(zeros)} of ${formatCount(count)} values are 0.`,
    ]
    if (broken) lines.push(`${broken} of ${count} values are NaN or infinite.`)
    // A small matrix is best read as it stands.
    if (this.numbers && this.shape.length === 2)
      lines.push(rowsOfText(this.values, this.shape[0], this.shape[1]))
    return lines.join('\n')
  }

  picture(): Canvas {
    const [rows, columns] = this.shape.slice(-2)
    const colours = this.colours ? 3 : 1
    const tiles = this.values.length / (rows * columns * colours)
    const cell = cellSize(rows, columns, tiles, this.numbers)
    const gap = tiles > 1 ? Math.max(4, Math.min(10, cell)) : 0
    const [w, h] = [columns * cell, rows * cell]
    const across = Math.max(1, Math.min(tiles, Math.floor((760 + gap) / (w + gap))))
    const down = Math.ceil(tiles / across)
    const shape = formatShape(this.tensor.shape)
    const foot = this.text().split('\n').slice(1, 3).join(' ')
    const width = Math.ceil(
      Math.max(
        260,
        across * (w + gap) - gap + 2 * MARGIN,
        headWidth(this.title, shape, this.from()),
      ),
    )
    const bodyHeight = down * (h + gap) - gap
    const showBar = this.scale !== 'image'
    const bottom = 36 + bodyHeight + (showBar ? 26 : 12)
    const canvas = new Canvas(width, bottom + footHeight(foot, width))
    const top = drawHead(canvas, this.title, shape, this.from())
    const scale = this.gauge()
    for (let t = 0; t < tiles; t++) {
      const x = MARGIN + (t % across) * (w + gap)
      const y = top + Math.floor(t / across) * (h + gap)
      const base = t * rows * columns * colours
      const value = (i: number, j: number): number => this.values[base + i * columns + j]
      if (this.colours)
        canvas.map(x, y, rows, columns, cell, (i, j) =>
          this.rgb(base + i * columns + j, rows * columns),
        )
      else drawGrid(canvas, { x, y, rows, columns, cell, scale, value, numbers: this.numbers })
      for (const index of this.at)
        if (tileOf(index, this.shape) === t) {
          const [i, j] = index.slice(-2)
          canvas.reticle(x + j * cell, y + i * cell, cell, cell)
        }
    }
    if (showBar)
      drawBar(
        canvas,
        MARGIN,
        top + bodyHeight + 8,
        120,
        scale,
        tiles > 1 ? `one scale for all ${tiles} tiles` : '',
      )
    if (this.dropped)
      canvas.text(this.dropped, width - MARGIN, 10, { align: 'right', colour: INK2 })
    drawFoot(canvas, bottom, foot)
    return canvas
  }

  private get colours(): boolean {
    return (
      this.scale === 'image' && this.shape.length > 2 && this.shape[this.shape.length - 3] === 3
    )
  }

  private from(): string {
    return [this.options.from, this.dropped].filter(Boolean).join(' · ')
  }

  /** The range that an image's black and white stand for; of other tensors their own. */
  private range(): readonly [number, number] | undefined {
    return this.scale === 'image' ? this.imageRange() : undefined
  }

  private imageRange(): [number, number] {
    const { min, max } = this.facts
    if (this.tensor.dtype === 'uint8') return [0, 255]
    return min >= 0 && max <= 1 ? [0, 1] : [min, max]
  }

  private encoding(): Encoding {
    if (this.scale === 'image' && this.facts.broken === 0) return 'u8'
    if (this.facts.whole && reach(this.facts) < 2 ** 31 && this.values.length <= 20_000)
      return 'i32'
    return this.values.length <= 20_000 ? 'f32' : this.values.length <= 100_000 ? 'f16' : 'u8'
  }

  private gauge(): Scale {
    const { min, max } = this.facts
    if (this.scale === 'image') {
      const [lo, hi] = this.imageRange()
      return { ramp: 'grey', lo, hi }
    }
    return this.scale === 'map'
      ? { ramp: 'sequential', lo: Math.min(0, min), hi: max }
      : { ramp: 'diverging', lo: -reach(this.facts), hi: reach(this.facts) }
  }

  private rgb(at: number, plane: number): RGB {
    const [lo, hi] = this.imageRange()
    const channel = (c: number): number =>
      Math.max(
        0,
        Math.min(255, Math.round(((this.values[at + c * plane] - lo) / (hi - lo || 1)) * 255)),
      )
    return [channel(0), channel(1), channel(2)]
  }
}

/** Bytes and pictures in 0…1 are images; what has negative values or is a small table of whole numbers is signed. */
function guessScale(
  t: Tensor,
  shape: readonly number[],
  { min, max, whole }: Extremes,
): TensorView['data']['scale'] {
  const [rows, columns] = shape.slice(-2)
  const large = rows >= 8 && columns >= 8
  if (large && t.dtype === 'uint8') return 'image'
  if (min < 0) return 'signed'
  const channels = shape.length > 2 ? shape[shape.length - 3] : 0
  if (large && max <= 1 && !whole && (channels === 1 || channels === 3)) return 'image'
  return whole && t.size <= WRITTEN ? 'signed' : 'map'
}

/** The first tiles that fit, and, of tiles that are too large alone, means over squares. `unit`: axes of one tile. */
function cutTo(
  all: Numbers,
  full: readonly number[],
  unit: number,
): { values: Numbers; shape: number[]; dropped: string } {
  const shape = [...full]
  const size = shape.slice(-unit).reduce((a, b) => a * b, 1)
  const tiles = all.length / size
  const keep = Math.max(
    1,
    Math.min(
      tiles,
      unit === 2 && tiles <= 512 && all.length <= 20_000 ? tiles : TILES,
      Math.floor(NUMBERS / size),
    ),
  )
  let dropped = ''
  let values: Numbers = all
  if (keep < tiles) {
    const kept = Array.from({ length: keep * size }, (_, i) => all[i])
    values = kept
    // The leading axes become one: [keep, …tile], or [keep, 1, …tile] of images with one channel.
    shape.splice(
      0,
      shape.length - unit,
      ...(full.length === 4 && full[1] === 1 ? [keep, 1] : [keep]),
    )
    dropped = `the first ${keep} of ${tiles.toLocaleString('en')}`
  }
  if (size <= NUMBERS) return { values, shape, dropped }
  const [rows, columns] = shape.slice(-2)
  const f = Math.ceil(Math.sqrt(size / NUMBERS))
  const [h, w] = [Math.floor(rows / f), Math.floor(columns / f)]
  const planes = values.length / (rows * columns)
  const out = new Float32Array(planes * h * w)
  for (let p = 0; p < planes; p++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        let sum = 0
        for (let a = 0; a < f; a++)
          for (let b = 0; b < f; b++) sum += values[(p * rows + i * f + a) * columns + j * f + b]
        out[(p * h + i) * w + j] = sum / (f * f)
      }
  shape.splice(-2, 2, h, w)
  return { values: out, shape, dropped: [dropped, `means of ${f}×${f}`].filter(Boolean).join(', ') }
}

/** Cells as full indices; those with a null in them are no guess and are passed over. */
export function readCells(at: ShowOptions['at'], shape: readonly number[]): number[][] {
  if (!at || at.length === 0) return []
  const list = (Array.isArray(at[0]) ? at : [at]) as readonly (readonly (number | null)[] | null)[] // by its first element
  const cells: number[][] = []
  for (const cell of list) {
    if (!cell || cell.some(i => i === null)) continue
    const lead = shape.length - cell.length
    const index = [...new Array<number>(Math.max(0, lead)).fill(0), ...cell] as number[] // without nulls, see above
    const fits = lead >= 0 && index.every((i, d) => Number.isInteger(i) && i >= 0 && i < shape[d])
    if (!fits)
      throw new RangeError(
        `show: at [${cell.join(', ')}] lies outside ${formatShape(shape)}; rows and columns count from 0`,
      )
    cells.push(index)
  }
  return cells
}

function tileOf(index: readonly number[], shape: readonly number[]): number {
  return index.slice(0, -2).reduce((flat, i, d) => flat * shape[d] + i, 0)
}

function cellSize(rows: number, columns: number, tiles: number, numbers: boolean): number {
  if (numbers) return 26
  const room = tiles === 1 ? 320 : tiles <= 12 ? 112 : 64
  return Math.max(1, Math.min(26, Math.floor(room / Math.max(rows, columns))))
}

function rowsOfText(values: Numbers, rows: number, columns: number): string {
  const words = Array.from(values, v => formatNumber(v))
  const width = Math.max(...words.map(word => [...word].length))
  return Array.from({ length: rows }, (_, i) =>
    words
      .slice(i * columns, (i + 1) * columns)
      .map(word => word.padStart(width))
      .join(' '),
  ).join('\n')
}
