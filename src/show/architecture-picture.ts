/** The architecture as a still picture: the table with bars, and the receptive field's squares. */
import { mapOf } from '../spec/architecture.ts'
import { CATEGORIES } from '../spec/colour.ts'
import { formatCount, formatShape } from '../spec/text.ts'
import type { ArchitectureSubject } from './architecture.ts'
import { Canvas, DIFFERS, EDGE, INK, INK2, LINE, PIN, RULE, textWidth } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'

const BAR = 110
/** Layers that are drawn; of more the largest, in their order. */
const SHOWN = 32

export function drawArchitecture(subject: ArchitectureSubject): Canvas {
  const { name, input, layers } = subject.models[0]
  const rows = [
    { name: 'input', what: '', output: input, parameters: 0, macs: 0, sees: '1×1', left: false },
    ...layers.map(l => ({
      ...l,
      sees: l.field ? l.field.size.join('×') : 'all',
      left: l.leftover !== null,
    })),
  ]
  const kept = new Set(
    rows.length <= SHOWN
      ? rows.keys()
      : [...rows.keys()]
          .sort((a, b) => rows[b].macs + rows[b].parameters - rows[a].macs - rows[a].parameters)
          .slice(0, SHOWN),
  )
  const shown = rows.filter((_, n) => kept.has(n))
  const wide = (f: (r: (typeof rows)[number]) => string, least: number): number =>
    Math.max(least, ...shown.map(r => textWidth(f(r))))
  const shape = (r: (typeof rows)[number]): string => formatShape(r.output)
  const nameAt = MARGIN
  const whatAt = nameAt + wide(r => r.name, 30) + 16
  const shapeAt = whatAt + wide(r => r.what, 40) + 16
  const paramsAt = shapeAt + wide(shape, 50) + 16 + BAR + 70
  const macsAt = paramsAt + 16 + BAR + 80
  const seesAt = macsAt + 60
  const sentence = subject.sentence()
  const title = subject.models.length > 1 ? name : subject.title
  const width = Math.max(seesAt + MARGIN, headWidth(title, '', subject.from))
  const foot = 36 + (shown.length + 2) * (LINE + 5) + 20
  const canvas = new Canvas(width, foot + footHeight(sentence, width))
  const y0 = drawHead(canvas, title, '', subject.from)
  const head = { colour: INK2, align: 'right' } as const
  canvas.text('layer', nameAt, y0, { colour: INK2 })
  canvas.text('operation', whatAt, y0, { colour: INK2 })
  canvas.text('output', shapeAt, y0, { colour: INK2 })
  canvas.text('parameters', paramsAt, y0, head)
  canvas.text('multiplications', macsAt, y0, head)
  canvas.text('sees', seesAt, y0, head)
  const most = (key: 'parameters' | 'macs'): number => Math.max(1, ...rows.map(r => r[key]))
  const [p, m] = [most('parameters'), most('macs')]
  const line = (n: number): number => y0 + (n + 1) * (LINE + 5)
  shown.forEach((r, n) => {
    const y = line(n)
    canvas.rect(MARGIN, y - 4, width - 2 * MARGIN, 0.5, RULE)
    const pinned = subject.layer >= 0 && r.name === layers[subject.layer].name
    canvas.text(r.name, nameAt, y, { bold: true, colour: pinned ? PIN : INK })
    canvas.text(r.what, whatAt, y)
    canvas.text(shape(r), shapeAt, y, { colour: r.left ? DIFFERS : INK })
    for (const [value, of, at, space, colour] of [
      [r.parameters, p, paramsAt, 66, CATEGORIES.light[0]],
      [r.macs, m, macsAt, 76, CATEGORIES.light[1]],
    ] as const)
      if (value) {
        canvas.rect(at - space - BAR, y - 1, Math.max(1, (value / of) * BAR), 9, colour)
        canvas.text(formatCount(value), at, y, { align: 'right' })
      }
    canvas.text(r.sees, seesAt, y, { align: 'right' })
  })
  const y = line(shown.length)
  canvas.rect(MARGIN, y - 4, width - 2 * MARGIN, 1, EDGE)
  const sum = (key: 'parameters' | 'macs'): string =>
    formatCount(rows.reduce((total, r) => total + r[key], 0))
  canvas.text(shown.length < rows.length ? `all ${rows.length - 1} layers` : 'all', nameAt, y, {
    bold: true,
  })
  canvas.text(sum('parameters'), paramsAt, y, { align: 'right', bold: true })
  canvas.text(sum('macs'), macsAt, y, { align: 'right', bold: true })
  const [, H, W] = mapOf(input)
  canvas.text(`for one input of ${H}×${W}`, shapeAt, y, { colour: INK2 })
  drawFoot(canvas, foot, sentence)
  return canvas
}
