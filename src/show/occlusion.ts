/** Occlusion: an image with a square, and what each place of the square does to the answer. */
import type { Occlusion } from '../explain/index.ts'
import { CATEGORIES } from '../spec/colour.ts'
import { formatPercent, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type OcclusionView, type ViewSpec } from '../spec/view.ts'
import { Canvas, INK2, RULE } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawPlate, greyOf, scaleOf } from './plate.ts'
import { SAVED_LIMIT, type Subject } from './subject.ts'
import type { Numbers } from './values.ts'
import { VERSION } from './version.ts'

export class OcclusionSubject implements Subject {
  private readonly probability: Numbers
  private readonly winners: Numbers
  private readonly before: Numbers

  constructor(
    private readonly maps: Occlusion,
    private readonly options: ShowOptions,
  ) {
    this.probability = maps.probability.toTypedArray()
    this.winners = maps.label.toTypedArray()
    this.before = maps.before.toTypedArray()
  }

  private name(k: number): string {
    return this.options.labels?.[k] ?? `class ${k}`
  }
  private get title(): string {
    return this.options.title ?? `Occlusion of ‘${this.name(this.maps.target)}’`
  }
  private get from(): string {
    const { size, stride, fill } = this.maps
    const square = `square ${size}×${size}, grey ${fill}${stride > 1 ? `, every ${stride} pixels` : ''}`
    return [this.options.from, square].filter(Boolean).join(' · ')
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const { maps } = this
    // Half precision keeps the three digits that the view writes; the bytes of large maps do not.
    const fine = detail === 'live' ? 'f32' : 'f16'
    const large = maps.probabilities.size * 2.7 > SAVED_LIMIT / 2
    const view: OcclusionView = {
      spec: SPEC_VERSION,
      kind: 'occlusion',
      id,
      title: this.title,
      shape: formatShape(maps.image.shape),
      from: this.from,
      text: this.text(),
      producer: VERSION,
      data: {
        image: pack(maps.image.toTypedArray(), maps.image.shape, 'u8'),
        size: maps.size,
        stride: maps.stride,
        fill: maps.fill,
        target: maps.target,
        labels: Array.from(this.before, (_, k) => this.name(k)),
        before: Array.from(this.before),
        probabilities: pack(
          maps.probabilities.toTypedArray(),
          maps.probabilities.shape,
          detail === 'saved' && large ? 'u8' : fine,
          [0, 1],
        ),
        activity: maps.activity
          ? pack(maps.activity.toTypedArray(), maps.activity.shape, fine)
          : null,
        followed: maps.layer === null ? null : `${maps.layer}, map ${maps.unit}`,
      },
    }
    return view
  }

  text(): string {
    const { target, stride } = this.maps
    const columns = this.maps.probability.shape[1]
    let worst = 0
    let changed = 0
    for (let i = 0; i < this.probability.length; i++) {
      if (this.probability[i] < this.probability[worst]) worst = i
      if (this.winners[i] !== target) changed++
    }
    const place = `row ${Math.floor(worst / columns) * stride}, column ${(worst % columns) * stride}`
    return [
      `${this.title}  ${formatShape(this.maps.image.shape)}  ${this.from}`,
      `Uncovered: ${this.name(target)} ${formatPercent(this.before[target])}. Covered at ${place}: ${formatPercent(this.probability[worst])}, and the most likely label is ${this.name(this.winners[worst])}.`,
      `${formatPercent(changed / this.probability.length, 0)} of the places change the label.`,
    ].join('\n')
  }

  picture(): Canvas {
    const [gap, side] = [16, 140]
    const { maps } = this
    const foot = this.text().split('\n').slice(1).join(' ')
    const shape = formatShape(maps.image.shape)
    const width = Math.ceil(
      Math.max(headWidth(this.title, shape, this.from), 2 * MARGIN + 4 * (side + gap)),
    )
    const canvas = new Canvas(width, 36 + side + 44 + footHeight(foot, width))
    const y = drawHead(canvas, this.title, shape, this.from)
    const at = (n: number): number => MARGIN + n * (side + gap)
    const image = maps.image.toTypedArray()
    const head = (n: number, words: string): void => canvas.text(words, at(n), y)
    head(0, 'image')
    drawPlate(canvas, {
      x: at(0),
      y: y + 12,
      side,
      values: image,
      shape: maps.image.shape,
      scale: greyOf(image),
    })
    head(1, this.name(maps.target))
    const unit = { ramp: 'sequential', lo: 0, hi: 1 } as const
    drawPlate(canvas, {
      x: at(1),
      y: y + 12,
      side,
      values: this.probability,
      shape: maps.probability.shape,
      scale: unit,
    })
    canvas.text('0 to 1, probability', at(1), y + side + 18, { colour: INK2 })
    head(2, 'most likely label')
    const [rows, columns] = maps.label.shape
    const cell = side / Math.max(rows, columns)
    const order = labelOrder(this.winners, maps.target)
    canvas.map(at(2), y + 12, rows, columns, cell, (i, j) => {
      const n = order.indexOf(this.winners[i * columns + j])
      return n <= 0 ? RULE : CATEGORIES.light[(n - 1) % CATEGORIES.light.length]
    })
    canvas.text(
      order
        .slice(0, 3)
        .map(k => this.name(k))
        .join(', '),
      at(2),
      y + side + 18,
      { colour: INK2 },
    )
    if (maps.activity) {
      const values = maps.activity.toTypedArray()
      head(3, `${maps.layer}, map ${maps.unit}`)
      drawPlate(canvas, {
        x: at(3),
        y: y + 12,
        side,
        values,
        shape: maps.activity.shape,
        scale: scaleOf(values, false),
      })
      canvas.text('its activity', at(3), y + side + 18, { colour: INK2 })
    }
    drawFoot(canvas, canvas.height - footHeight(foot, width), foot)
    return canvas
  }
}

/** Labels that win somewhere: the target first, then by how often. */
export function labelOrder(winners: Numbers, target: number): number[] {
  const counts = new Map<number, number>()
  for (let i = 0; i < winners.length; i++) counts.set(winners[i], (counts.get(winners[i]) ?? 0) + 1)
  counts.delete(target)
  return [target, ...[...counts].sort((a, b) => b[1] - a[1]).map(([k]) => k)]
}
