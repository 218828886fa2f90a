/** One map as a focusable picture: a canvas with a pixel a value and a layer for marks. */
import { CATEGORIES } from 'layerscope/spec'
import { h } from './dom.ts'
import { MarkLayer, type Box } from './reticle.ts'
import { raster, type Scale } from './scale.ts'
import { theme } from './theme.ts'

export interface TileOptions {
  rows: number
  columns: number
  label: string
  /** CSS width; the height follows. Default: fills its place. */
  width?: string
  focusable?: boolean
  onHover?: (row: number, column: number) => void
  onLeave?: (letGo: boolean) => void
  onPin?: (row: number, column: number) => void
}

export class Tile {
  readonly element: HTMLElement
  readonly #canvas = h('canvas')
  readonly #marks: MarkLayer
  #values: ArrayLike<number> = []
  #scale: Scale | null = null
  /** Cursor of the keyboard. */
  row = 0
  column = 0

  constructor(private readonly options: TileOptions) {
    const { rows, columns, label, width, focusable = true } = options
    this.#marks = new MarkLayer(columns, rows)
    this.element = h(
      'div',
      {
        class: 'ls-tile',
        role: focusable ? 'application' : 'img',
        'aria-roledescription': 'map',
        'aria-label': label,
        tabindex: focusable ? 0 : null,
        style: { width: width ?? '100%', 'aspect-ratio': `${columns} / ${rows}` },
      },
      this.#canvas,
      this.#marks.element,
    )
    if (options.onHover || options.onPin) this.#listen()
  }

  draw(values: ArrayLike<number>, s: Scale): void {
    this.#values = values
    this.#scale = s
    raster(this.#canvas, values, this.options.columns, this.options.rows, s)
  }
  /** RGB [3, rows, columns] in 0 … 1. */
  drawRgb(values: ArrayLike<number>): void {
    const { rows, columns } = this.options
    const n = rows * columns
    this.#canvas.width = columns
    this.#canvas.height = rows
    const g = this.#canvas.getContext('2d')
    if (!g || !n) return
    const image = g.createImageData(columns, rows)
    for (let i = 0; i < n; i++)
      for (let c = 0; c < 4; c++)
        image.data[4 * i + c] =
          c === 3 ? 255 : Math.round(255 * Math.max(0, Math.min(1, values[c * n + i])))
    g.putImageData(image, 0, 0)
    this.#scale = null
  }
  /** Labels in category colours: order 0 is the paper's grey, the next six have colours, the rest are grey. */
  drawClasses(labels: ArrayLike<number>, order: (label: number) => number): void {
    const { rows, columns } = this.options
    this.#canvas.width = columns
    this.#canvas.height = rows
    const g = this.#canvas.getContext('2d')
    this.#scale = null
    if (!g || !rows || !columns) return
    const image = g.createImageData(columns, rows)
    const colours = CATEGORIES[theme()]
    const grey = theme() === 'dark' ? 58 : 225
    for (let i = 0; i < rows * columns; i++) {
      const n = order(labels[i])
      const c = n >= 1 && n <= colours.length ? colours[n - 1] : [grey, grey, grey]
      image.data.set([c[0], c[1], c[2], 255], 4 * i)
    }
    g.putImageData(image, 0, 0)
  }
  redraw(): void {
    if (this.#scale) this.draw(this.#values, this.#scale)
  }
  mark(...boxes: (Box | null | undefined | false)[]): void {
    this.#marks.show(...boxes)
  }
  moveTo(row: number, column: number): void {
    this.row = Math.max(0, Math.min(this.options.rows - 1, row))
    this.column = Math.max(0, Math.min(this.options.columns - 1, column))
  }

  #listen(): void {
    const { onHover, onLeave, onPin } = this.options
    const e = this.element
    const at = (p: PointerEvent | MouseEvent) => {
      const box = e.getBoundingClientRect()
      this.moveTo(
        Math.floor(((p.clientY - box.top) / box.height) * this.options.rows),
        Math.floor(((p.clientX - box.left) / box.width) * this.options.columns),
      )
    }
    e.addEventListener('pointermove', p => {
      at(p)
      onHover?.(this.row, this.column)
    })
    e.addEventListener('pointerleave', () => onLeave?.(false))
    e.addEventListener('click', p => {
      at(p)
      onPin?.(this.row, this.column)
    })
    e.addEventListener(
      'focus',
      () => e.matches(':focus-visible') && onHover?.(this.row, this.column),
    )
    e.addEventListener('keydown', k => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
        k.key
      ]
      if (move) {
        const step = k.shiftKey ? 5 : 1
        this.moveTo(this.row + move[0] * step, this.column + move[1] * step)
        onHover?.(this.row, this.column)
      } else if (k.key === 'Enter' || k.key === ' ') onPin?.(this.row, this.column)
      else if (k.key === 'Escape') onLeave?.(true)
      else return
      k.preventDefault()
      k.stopPropagation()
    })
  }
}
