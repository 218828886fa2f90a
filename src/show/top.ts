/** What excites each unit of a layer most: projections beside the patches they come from. */
import type { TopActivations } from '../explain/index.ts'
import { formatCount, formatNumber } from '../spec/text.ts'
import { SPEC_VERSION, type TopView, type ViewSpec } from '../spec/view.ts'
import { Canvas, INK2 } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawPlate, greyOf, scaleOf } from './plate.ts'
import { SAVED_LIMIT, type Subject } from './subject.ts'
import { VERSION } from './version.ts'

const BINS = 40
/** Units that are shown. */
const SHOWN = 64
/** Units in the picture. */
const DRAWN = 9

export class TopSubject implements Subject {
  private readonly labels: readonly string[] | null

  constructor(
    private readonly found: TopActivations,
    private readonly options: ShowOptions,
  ) {
    this.labels = options.labels ?? found.classes
  }

  private get title(): string {
    const k = this.found.units[0]?.top.length ?? 0
    return this.options.title ?? `Top ${k} of ${this.found.layer}`
  }
  /** Units in the order shown: those with the largest values first when there are too many. */
  private get units(): TopActivations['units'] {
    const { units } = this.found
    if (units.length <= SHOWN) return units
    const strongest = [...units].sort((a, b) => b.top[0].value - a.top[0].value).slice(0, SHOWN)
    return strongest.sort((a, b) => a.unit - b.unit)
  }
  private get shape(): string {
    const { units } = this
    const all = this.found.units.length
    return units.length < all ? `the strongest ${units.length} of ${all} units` : `${all} units`
  }
  private get from(): string {
    const rule = this.found.rule ? `${this.found.rule} projections beside patches` : 'patches'
    const over = `over ${formatCount(this.found.images)} images`
    return [this.options.from, over, rule].filter(Boolean).join(' · ')
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const patch = this.found.units[0]?.top[0]?.patch.size ?? 0
    const each = patch * (this.found.units[0]?.top.length ?? 0)
    // Four letters of base64 for three bytes: a patch in bytes, a projection in bytes.
    const room = Math.max(1, Math.floor(SAVED_LIMIT / (each * 2.8 + 600)))
    const units = detail === 'live' ? this.units : this.units.slice(0, room)
    const dropped = units.length < this.units.length ? ` · ${units.length} units saved` : ''
    const view: TopView = {
      spec: SPEC_VERSION,
      kind: 'top',
      id,
      title: this.title,
      shape: this.shape,
      from: this.from + dropped,
      text: this.text(),
      producer: VERSION,
      data: {
        layer: this.found.layer,
        rule: this.found.rule,
        images: this.found.images,
        labels: this.labels ? [...this.labels] : null,
        field: this.field,
        units: units.map(({ unit, top, strongest }) => {
          const values = strongest.toTypedArray()
          const most = Math.max(0, top[0]?.value ?? 0)
          const histogram = new Array<number>(BINS).fill(0)
          for (const v of values)
            if (v >= 0) histogram[Math.min(BINS - 1, Math.floor((v / (most || 1)) * BINS))]++
          return {
            unit,
            top: top.map(t => ({
              image: t.image,
              label: t.label,
              value: t.value,
              at: t.at ? [t.at[0], t.at[1]] : null,
              inset: this.inset(t),
              patch: pack(t.patch.toTypedArray(), t.patch.shape, 'u8', [0, 1]),
              projection: t.projection
                ? pack(t.projection.toTypedArray(), t.projection.shape, 'u8')
                : null,
            })),
            histogram,
            most,
          }
        }),
      },
    }
    return view
  }

  /** What a unit can see, [h, w]; the whole image where it has no field of its own. */
  private get field(): [number, number] {
    const { field, units } = this.found
    const [, h, w] = units[0].top[0].patch.shape
    return field ? [field.size[0], field.size[1]] : [h, w]
  }
  /** Where the patch begins in the field: at the border it is clipped. */
  private inset({ at, window }: TopActivations['units'][number]['top'][number]): [number, number] {
    const { field } = this.found
    if (!field || !at) return [0, 0]
    const cut = (d: 0 | 1): number => window[d] - (field.start[d] + at[d] * field.step[d])
    return [cut(0), cut(1)]
  }

  /** `8 trouser, 1 shirt`. */
  private shared(unit: TopActivations['units'][number]): string {
    const counts = new Map<string, number>()
    for (const { label } of unit.top) {
      if (label === null) continue
      const name = this.labels?.[label] ?? `class ${label}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 3)
      .map(([name, n]) => `${n} ${name}`)
      .join(', ')
  }

  text(): string {
    const lines = this.units.slice(0, 12).map(u => {
      const range = `${formatNumber(u.top[u.top.length - 1].value, 2)} to ${formatNumber(u.top[0].value, 2)}`
      const shared = this.shared(u)
      return `${this.found.layer}, unit ${u.unit}: ${range}${shared ? `; ${shared}` : ''}.`
    })
    const more = this.units.length > 12 ? [`And ${this.units.length - 12} more units.`] : []
    return [`${this.title}  ${this.shape}  ${this.from}`, ...lines, ...more].join('\n')
  }

  picture(): Canvas {
    const units = this.units.slice(0, DRAWN)
    const k = units[0]?.top.length ?? 0
    const n = Math.ceil(Math.sqrt(k))
    const cell = Math.max(18, Math.floor(96 / n))
    const nine = n * (cell + 2)
    const paired = this.found.rule !== null
    const block = { w: nine * (paired ? 2 : 1) + (paired ? 8 : 0), h: nine + 22 }
    const across = Math.min(units.length, 3)
    const foot = this.text().split('\n').slice(1, 3).join(' ')
    const width = Math.ceil(
      Math.max(
        headWidth(this.title, this.shape, this.from),
        2 * MARGIN + across * (block.w + 20) - 20,
      ),
    )
    const down = Math.ceil(units.length / across)
    const canvas = new Canvas(width, 40 + down * (block.h + 10) + footHeight(foot, width))
    const top = drawHead(canvas, this.title, this.shape, this.from)
    units.forEach((unit, u) => {
      const x = MARGIN + (u % across) * (block.w + 20)
      const y = top + Math.floor(u / across) * (block.h + 10)
      const label = `${this.found.layer} · ${unit.unit}`
      canvas.text(label, x, y, { bold: true })
      canvas.text(this.shared(unit), x + 8 + label.length * 6, y, { colour: INK2 })
      unit.top.forEach((t, i) => {
        const place = { x: x + (i % n) * (cell + 2), y: y + 14 + Math.floor(i / n) * (cell + 2) }
        const patch = t.patch.toTypedArray()
        const at = paired ? nine + 8 : 0
        const pixel = cell / Math.max(...this.field)
        const [down, right] = this.inset(t).map(n => n * pixel)
        const side = Math.max(t.patch.shape[1], t.patch.shape[2]) * pixel
        drawPlate(canvas, {
          x: place.x + at + right,
          y: place.y + down,
          side,
          values: patch,
          shape: t.patch.shape,
          scale: greyOf(patch),
        })
        if (!t.projection) return
        const values = t.projection.toTypedArray()
        drawPlate(canvas, {
          x: place.x + right,
          y: place.y + down,
          side,
          values,
          shape: t.projection.shape,
          scale: scaleOf(values, true),
        })
      })
    })
    drawFoot(canvas, canvas.height - footHeight(foot, width), foot)
    return canvas
  }
}
