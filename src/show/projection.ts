/** A projection stage by stage: the maps of the way forward above, the signal on its way back below. */
import { deconvnet, gradient, guidedBackprop, type Projection } from '../explain/index.ts'
import type { EventName } from '../spec/live.ts'
import { formatNumber, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type Encoding, type ProjectionView, type ViewSpec } from '../spec/view.ts'
import { Canvas, INK2 } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawBank, greyOf, scaleOf } from './plate.ts'
import { SAVED_LIMIT, type Outlet, type Subject } from './subject.ts'
import { extremes, indexOf, type Numbers } from './values.ts'
import { VERSION } from './version.ts'

/** What brought the signal to a stage, in words. */
export const STEPS = {
  keep: 'keep one, others 0',
  rectify: 'ReLU, back',
  filter: 'transposed filters',
  unpool: 'unpool by the switches',
  reshape: 'the same numbers as maps',
  other: 'its derivative',
} as const

const RULES = { deconvnet, gradient, guided: guidedBackprop } as const

interface StageNumbers {
  name: string
  step: keyof typeof STEPS
  shape: readonly number[]
  forward: Numbers
  signal: Numbers
  adjoint: readonly [number, number] | null
}

export class ProjectionSubject implements Subject {
  constructor(
    private projection: Projection,
    private readonly options: ShowOptions,
  ) {}

  private get stages(): StageNumbers[] {
    return this.projection.stages.map(({ name, step, signal, forward, adjoint }) => ({
      name,
      step,
      shape: signal.shape.length === 3 ? signal.shape : [signal.size],
      forward: forward.toTypedArray(),
      signal: signal.toTypedArray(),
      adjoint,
    }))
  }

  /** Another rule, layer or unit of the same image. */
  handle(name: EventName, payload: unknown, view: Outlet): null {
    if (name !== 'input') throw new Error(`the projection answers input and pin, not ${name}`)
    const { net, image } = this.projection
    const { rule, layer, unit, at } = readRequest(payload, this.projection)
    const found = RULES[rule](net, image, { layer, unit, at })
    this.projection = found
    view.changed()
    return null
  }

  private get title(): string {
    const { rule, layer, unit } = this.projection
    const name = rule === 'guided' ? 'guided backpropagation' : rule
    return this.options.title ?? `${name} of ${layer}, unit ${unit}`
  }
  private get from(): string {
    const value = `activation ${formatNumber(this.projection.value, 2)}`
    return [this.options.from, value].filter(Boolean).join(' · ')
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const { layer, unit, at, value, rule } = this.projection
    const { stages } = this
    const layers = [
      ...new Set(
        this.projection.net.namedParameters().map(([name]) => name.slice(0, name.lastIndexOf('.'))),
      ),
    ]
    const numbers = stages.reduce((n, s) => n + s.signal.length, 0)
    // Half precision fits for the networks of the lectures; then the maps go to bytes, and last the signals.
    const [forward, signal] = (
      detail === 'live'
        ? ['f32', 'f32']
        : numbers * 5.5 < SAVED_LIMIT
          ? ['f16', 'f16']
          : ['u8', numbers * 4.2 < SAVED_LIMIT ? 'f16' : 'u8']
    ) satisfies [Encoding, Encoding]
    const view: ProjectionView = {
      spec: SPEC_VERSION,
      kind: 'projection',
      id,
      title: this.title,
      shape: formatShape(this.projection.pixels.shape),
      text: this.text(),
      producer: VERSION,
      from: this.from,
      data: {
        unit: { layer, unit, at: at ? [at[0], at[1]] : null, value },
        rule,
        layers,
        stages: stages.map(s => ({
          ...(s.adjoint ? { adjoint: [s.adjoint[0], s.adjoint[1]] as [number, number] } : {}),
          name: s.name,
          step: s.step,
          forward: pack(s.forward, s.shape, forward),
          signal: pack(s.signal, s.shape, signal),
        })),
      },
    }
    return view
  }

  text(): string {
    const { pixels, image } = this.projection
    const { shape } = pixels
    const values = pixels.toTypedArray()
    const { argmax, argmin, max, min } = extremes(values)
    const where = (flat: number): string => {
      const [c, i, j] = indexOf(flat, shape)
      const channel = shape[0] > 1 ? `channel ${c}, ` : ''
      return `${channel}row ${i}, column ${j}`
    }
    const facts =
      argmax < 0 || (max === 0 && min === 0)
        ? ['Nothing arrives at the pixels.']
        : [
            `Strongest for it: ${where(argmax)} with ${formatNumber(max)}.`,
            `Strongest against it: ${where(argmin)} with ${formatNumber(min)}.`,
          ]
    const steps = this.stages.map(s => `${s.name} (${STEPS[s.step]})`).join(' → ')
    return [
      `${this.title}  ${formatShape(image.shape)}  ${this.from}`,
      facts.join(' '),
      `The way back: ${steps}.`,
    ].join('\n')
  }

  picture(): Canvas {
    const gap = 14
    const shown = [...this.stages].reverse()
    const side = Math.max(64, Math.min(112, Math.floor((1100 - shown.length * gap) / shown.length)))
    const foot = this.text().split('\n')[1]
    const shape = formatShape(this.projection.pixels.shape)
    const width = Math.ceil(
      Math.max(headWidth(this.title, shape, this.from), 2 * MARGIN + shown.length * (side + gap)),
    )
    const row = side + 44
    const canvas = new Canvas(width, 44 + 2 * row + 12 + footHeight(foot, width))
    const top = drawHead(canvas, this.title, shape, this.from)
    for (const [line, back] of [
      [0, false],
      [1, true],
    ] as const) {
      const y = top + line * row
      canvas.text(back ? 'back' : 'forward', MARGIN, y, { bold: true })
      shown.forEach((stage, n) => {
        const x = MARGIN + n * (side + gap)
        const values = back ? stage.signal : stage.forward
        const pixels = stage.name === 'input' && !back
        const scale = pixels ? greyOf(values) : scaleOf(values, back)
        const square = stage.shape.length === 3 ? stage.shape : asSquare(stage.shape[0])
        drawBank(canvas, { x, y: y + 24, side, values: fill(values, square), shape: square, scale })
        canvas.text(stage.name, x, y + 13, { colour: INK2 })
        if (back) canvas.text(`±${formatNumber(scale.hi, 2)}`, x, y + 28 + side, { colour: INK2 })
      })
    }
    drawFoot(canvas, canvas.height - footHeight(foot, width), foot)
    return canvas
  }
}

/** What a page asks for; what it leaves out stays as it is. A unit of null is the layer's strongest. */
function readRequest(
  payload: unknown,
  now: Projection,
): { rule: keyof typeof RULES; layer: string; unit?: number; at?: [number, number] } {
  const given = (payload ?? {}) as Record<string, unknown> // read field by field
  const { rule = now.rule, layer = now.layer, unit = now.unit, at } = given
  if (typeof rule !== 'string' || !Object.hasOwn(RULES, rule))
    throw new RangeError(`input: rule is ${Object.keys(RULES).join(', ')}`)
  if (typeof layer !== 'string') throw new TypeError('input: layer is a name')
  const count = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0 // a number, as found
  if (unit !== null && !count(unit)) throw new TypeError('input: unit is a whole number or null')
  // The same unit keeps its place, another one is looked at where it is strongest.
  const same = layer === now.layer && unit === now.unit
  const place = at ?? (same ? now.at : null)
  if (place !== null && !(Array.isArray(place) && place.length === 2 && place.every(count)))
    throw new TypeError('input: at is [row, column]')
  return {
    rule: rule as keyof typeof RULES, // one of them, as found
    layer,
    ...(unit === null ? {} : { unit }),
    ...(place === null ? {} : { at: [place[0], place[1]] }),
  }
}

/** A vector of n numbers as one nearly square map. */
function asSquare(n: number): [number, number, number] {
  const columns = Math.ceil(Math.sqrt(n))
  return [1, Math.ceil(n / columns), columns]
}

/** Numbers up to a shape's size; what is missing is NaN, which is hatched. */
function fill(values: Numbers, shape: readonly number[]): Numbers {
  const size = shape.reduce((a, b) => a * b, 1)
  return size === values.length ? values : Array.from({ length: size }, (_, i) => values[i] ?? NaN)
}
