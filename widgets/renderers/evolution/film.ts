/** Filmstrips: one canvas a unit, its snapshots side by side, never smoothed; marks in SVG over it. */
import { colour, table } from 'layerscope/spec'
import { h, reticle, theme } from '../../parts/index.ts'

export interface Strip {
  /** [T, C, h, w]; the first channel, or all three as colours. */
  values: ArrayLike<number>
  count: number
  channels: number
  rows: number
  columns: number
}

/** Space between two pictures, in CSS pixels. */
const GAP = 4

/** Paints a strip of `width` CSS pixels; pictures as large as fits, each cell of the strip one picture. @returns its height */
export function paint(canvas: HTMLCanvasElement, strip: Strip, width: number): number {
  const ratio = Math.min(2, globalThis.devicePixelRatio || 1)
  const cell = width / strip.count
  const side = Math.max(4, cell - GAP)
  const height = Math.round((side * strip.rows) / strip.columns)
  canvas.width = Math.max(1, Math.round(width * ratio))
  canvas.height = Math.max(1, Math.round(height * ratio))
  canvas.style.height = `${height}px`
  const g = canvas.getContext('2d')
  if (!g) return height
  const image = g.createImageData(canvas.width, canvas.height)
  const lut = table('diverging', theme())
  const nothing = colour('diverging', NaN, theme()) ?? [255, 0, 255]
  const { rows, columns, channels, values } = strip
  const [w, n] = [Math.round(side * ratio), rows * columns]
  for (let t = 0; t < strip.count; t++) {
    const left = Math.round((t * cell + GAP / 2) * ratio)
    const base = t * channels * n
    for (let y = 0; y < canvas.height; y++) {
      const i = Math.min(rows - 1, Math.floor((y * rows) / canvas.height))
      for (let x = 0; x < w && left + x < canvas.width; x++) {
        const v = values[base + i * columns + Math.min(columns - 1, Math.floor((x * columns) / w))]
        const at = 4 * (y * canvas.width + left + x)
        if (Number.isNaN(v)) image.data.set([...nothing, 255], at)
        else {
          const q = 3 * Math.max(0, Math.min(255, Math.round(((v + 1) / 2) * 255)))
          image.data[at] = lut[q]
          image.data[at + 1] = lut[q + 1]
          image.data[at + 2] = lut[q + 2]
          image.data[at + 3] = 255
        }
      }
    }
  }
  g.putImageData(image, 0, 0)
  return height
}

/** Over a strip: triangles where the winner changed, the reticle round the current picture, a thin box under the pointer. */
export class Marks {
  readonly element = h('svg', { class: 'ls-marks', 'aria-hidden': 'true' })
  readonly #flags = h('path', { class: 'ls-flag' })
  readonly #here = h('g')
  #cell = 1
  #height = 1
  #shown = ''

  constructor(private readonly changed: readonly boolean[]) {
    this.element.append(this.#here, this.#flags)
  }
  size(width: number, height: number): void {
    this.#cell = width / Math.max(1, this.changed.length)
    this.#height = height
    this.#shown = ''
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`)
    const flag = (n: number) => `M${(n * this.#cell - 4).toFixed(1)} -2h8l-4 6.5z`
    this.#flags.setAttribute('d', this.changed.map((c, n) => (c ? flag(n) : '')).join(''))
  }
  show(current: number | null, under: number | null): void {
    const key = `${current} ${under}`
    if (key === this.#shown) return
    this.#shown = key
    const box = (n: number, thin: boolean) =>
      reticle({ x: n * this.#cell + GAP / 2, y: 0, w: this.#cell - GAP, h: this.#height, thin })
    this.#here.replaceChildren(
      ...(under !== null && under !== current ? box(under, true) : []),
      ...(current === null ? [] : box(current, false)),
    )
  }
}
