/** A network's architecture, or several side by side: a line a layer, and what a value can see. */
import { gradient } from '../explain/index.ts'
import { type Architecture, architecture, type ArchitectureRow } from '../nn/architecture.ts'
import { Module } from '../nn/module.ts'
import { mapOf, type ArchitectureLayer } from '../spec/architecture.ts'
import type { EventName } from '../spec/live.ts'
import { formatCount, formatPercent, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type ArchitectureView, type ViewSpec } from '../spec/view.ts'
import { rand } from '../tensor/create.ts'
import { Generator } from '../tensor/random.ts'
import { drawArchitecture } from './architecture-picture.ts'
import type { Canvas } from './canvas.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import type { Subject } from './subject.ts'
import { numbersOf } from './values.ts'
import { VERSION } from './version.ts'

/** Random images that a field is measured on; multiplications of one pass up to which it is measured. */
const IMAGES = 12
const MEASURED_AT_ONCE = 5e6
const MEASURED = 1e9
/** Sides tried for a network that is shown without the shape of its input. */
const SIDES = [28, 32, 224, 227, 64, 96, 128, 256, 299]

export interface Model {
  name: string
  input: number[]
  layers: ArchitectureLayer[]
}

export class ArchitectureSubject implements Subject {
  readonly models: Model[]
  readonly model = 0
  readonly layer: number
  readonly at: [number, number]
  readonly measured: Float32Array | null
  private readonly nets: (Module | null)[]
  private readonly guessed: boolean

  constructor(
    things: readonly (Module | Architecture)[],
    private readonly options: ShowOptions,
  ) {
    const { labels, input } = options
    if (labels && labels.length !== things.length)
      throw new RangeError(`show: ${labels.length} labels for ${things.length} networks`)
    const found = things.map(thing =>
      thing instanceof Module ? architecture(thing, shapeFor(thing, input)) : thing,
    )
    this.guessed = input === undefined && things.some(thing => thing instanceof Module)
    this.nets = things.map(thing => (thing instanceof Module ? thing : null))
    this.models = found.map((a, n) => ({
      name: labels?.[n] ?? (things.length === 1 ? options.title : undefined) ?? a.name,
      input: a.input.slice(1),
      layers: fold(a),
    }))
    const { layers } = this.models[0]
    this.layer = findLayer(options.layer, layers)
    const [, H, W] = mapOf(this.layer < 0 ? this.models[0].input : layers[this.layer].output)
    this.at = [Math.floor(H / 2), Math.floor(W / 2)]
    const cheap = layers.reduce((n, l) => n + l.macs, 0) <= MEASURED_AT_ONCE
    this.measured = cheap ? this.tryMeasure(0, this.layer, this.at) : null
  }

  spec(id: string, pack: Packer): ViewSpec {
    const [, H, W] = mapOf(this.models[0].input)
    const view: ArchitectureView = {
      spec: SPEC_VERSION,
      kind: 'architecture',
      id,
      title: this.title,
      text: this.text(),
      producer: VERSION,
      data: {
        models: this.models,
        model: this.model,
        layer: this.layer,
        at: this.at,
        measured: this.measured && pack(this.measured, [H, W], 'u8'),
        live: this.nets.some(net => net !== null),
      },
    }
    if (this.from) view.from = this.from
    return view
  }

  get title(): string {
    return this.options.title ?? (this.models.length > 1 ? 'Architectures' : this.models[0].name)
  }
  get from(): string {
    const input = this.guessed
      ? `for an input ${formatShape(this.models[0].input)}; { input: […] } sets another`
      : ''
    return [this.options.from, input].filter(Boolean).join(' · ')
  }

  text(): string {
    return [
      [this.title, this.from].filter(Boolean).join('  '),
      ...this.models.flatMap(m => [describe(m), ...facts(m)]),
    ].join('\n')
  }
  sentence(): string {
    return [describe(this.models[0]), ...facts(this.models[0])].join(' ')
  }

  picture(): Canvas {
    return drawArchitecture(this)
  }

  handle(name: EventName, payload: unknown): unknown {
    if (name !== 'explain') throw new Error(`the architecture answers explain and pin, not ${name}`)
    const { model, layer, at } = (payload ?? {}) as Record<string, unknown> // checked below
    const place = Array.isArray(at) ? (at as unknown[]) : []
    if (typeof model !== 'number' || !this.models[model])
      throw new RangeError(`explain: model ${String(model)}; there are ${this.models.length}`)
    const { layers } = this.models[model]
    if (typeof layer !== 'number' || !layers[layer])
      throw new RangeError(`explain: layer ${String(layer)}; there are ${layers.length}`)
    const [, H, W] = mapOf(layers[layer].output)
    const [i, j] = place
    const inside = (v: unknown, n: number): v is number =>
      typeof v === 'number' && Number.isInteger(v) && v >= 0 && v < n
    if (!inside(i, H) || !inside(j, W))
      throw new RangeError(`explain: cell [${place.join(', ')}] lies outside ${H}×${W}`)
    return { values: Array.from(this.measure(model, layer, [i, j])) }
  }
  /** Pages send model, layer and cell; the user gets the layer and the cell. */
  pinned([, layer, ...index]: number[]): { index: number[]; layer: number } {
    return { layer, index }
  }

  private tryMeasure(model: number, layer: number, at: [number, number]): Float32Array | null {
    if (!this.nets[model] || layer < 0 || this.models[model].input.length !== 3) return null
    try {
      return this.measure(model, layer, at)
    } catch {
      // A network that explanations cannot run through shows its computed field only.
      return null
    }
  }
  /**
   * The largest |gradient| that the pixels got from the cell of any of its layer's maps, over random images: where it is
   * not 0, the cell sees.
   */
  private measure(model: number, layer: number, [i, j]: [number, number]): Float32Array {
    const net = this.nets[model]
    const { input, layers } = this.models[model]
    if (!net) throw new Error('explain: the network itself is needed; show(net) has it')
    const macs = layers.reduce((n, l) => n + l.macs, 0)
    if (macs > MEASURED)
      throw new RangeError(
        `explain: one pass takes ${formatCount(macs)} multiplications; fields are measured up to ${formatCount(MEASURED)}`,
      )
    const [channels, H, W] = mapOf(input)
    const maps = layers[layer].output[0]
    const out = new Float32Array(H * W)
    const generator = new Generator(1)
    for (let n = 0; n < IMAGES; n++) {
      const image = rand([1, ...input], { generator })
      const { pixels } = gradient(net, image, {
        layer: layers[layer].name,
        unit: Math.floor((n * maps) / IMAGES),
        ...(layers[layer].output.length === 3 && { at: [i, j] as const }),
      })
      const g = numbersOf(pixels)
      for (let c = 0; c < channels; c++)
        for (let p = 0; p < H * W; p++) out[p] = Math.max(out[p], Math.abs(g[c * H * W + p]))
    }
    return out
  }
}

/** `LeNet: [1, 28, 28] → [10], 61,706 parameters, 416,520 multiplications.` */
function describe({ name, input, layers }: Model): string {
  const total = (f: (l: ArchitectureLayer) => number): number =>
    layers.reduce((n, l) => n + f(l), 0)
  const output = layers.length ? layers[layers.length - 1].output : input
  return `${name}: ${formatShape(input)} → ${formatShape(output)}, ${formatCount(total(l => l.parameters))} parameters, ${formatCount(total(l => l.macs))} multiplications.`
}

/** The largest share of each, the field, and what does not fit. */
function facts({ layers }: Model): string[] {
  const said: string[] = []
  for (const [key, what] of [['parameters', 'parameters'], ['macs', 'multiplications']] as const) {
    const total = layers.reduce((n, l) => n + l[key], 0)
    if (!total) continue
    const most = layers.reduce((a, b) => (b[key] > a[key] ? b : a))
    said.push(`${most.name} has ${formatPercent(most[key] / total)} of the ${what}.`)
  } // prettier-ignore
  const last = layers.findLast(l => l.field !== null && l.output.length === 3)
  if (last?.field) said.push(`A value of ${last.name} sees ${last.field.size.join('×')} pixels.`)
  for (const l of layers)
    if (l.leftover) said.push(`${l.name}: ${l.leftover.join('×')} cells are left over.`)
  return said
}

/** Layers that work value by value (ReLU, dropout, flatten) are told with the one before. */
function fold(a: Architecture): ArchitectureLayer[] {
  const layers: ArchitectureLayer[] = []
  for (const row of a.rows) {
    const before = layers[layers.length - 1] as ArchitectureLayer | undefined
    const silent = !row.parameters && !row.macs && !row.windows.length && !row.global
    if (silent && before) {
      if (row.type !== 'Flatten' && row.type !== 'Identity') before.what += `, ${row.type}`
      continue
    }
    layers.push({
      name: row.name,
      what: what(row),
      output: row.output.slice(1),
      parameters: row.parameters,
      macs: Math.round(row.macs / (a.input[0] || 1)),
      field: row.receptiveField &&
        row.jump &&
        row.start && {
          size: [...row.receptiveField],
          jump: [...row.jump],
          start: [...row.start],
        },
      windows: row.windows.map(w => ({
        kernel: [...w.kernel],
        stride: [...w.stride],
        padding: [...w.padding],
        dilation: [...w.dilation],
      })),
      global: row.global || (row.output.length < 4 && row.macs > 0 && row.windows.length === 0),
      leftover: row.leftover && [...row.leftover],
    })
  }
  return layers
}

function what({ type, options, windows: [w] }: ArchitectureRow): string {
  const said = options.split(', ')
  if (/^Conv\dd$/.test(type))
    return said
      .slice(2)
      .map(word => word.replace(/^groups (\d+)$/, '$1 groups'))
      .join(', ')
  const pool = { Max: 'max', Avg: 'mean' }[/^(Max|Avg)Pool\dd$/.exec(type)?.[1] ?? '']
  if (pool) return [`${pool} ${w.kernel.join('×')}`, ...said.slice(1)].join(', ')
  if (type === 'Linear') return 'dense'
  return options ? `${type} ${options}` : type
}

function findLayer(asked: ShowOptions['layer'], layers: readonly ArchitectureLayer[]): number {
  if (asked === undefined)
    return layers.findLastIndex(l => l.field !== null && l.output.length >= 2 && l.output[1] > 1)
  const found = typeof asked === 'number' ? asked : layers.findIndex(l => l.name === asked)
  if (!layers[found])
    throw new RangeError(`show: no layer ${asked}; there are ${layers.map(l => l.name).join(', ')}`)
  return found
}

/** The shape given, with a batch of one; else the first that the network takes. */
function shapeFor(net: Module, given: readonly number[] | undefined): number[] {
  if (given) {
    architecture(net, withBatch(net, given))
    return withBatch(net, given)
  }
  const shapes = net.parameters().map(p => p.shape)
  const [first] = shapes
  const tried =
    first?.length === 4 || first === undefined
      ? SIDES.map(side => [1, first?.[1] ?? 1, side, side])
      : first.length === 3
        ? SIDES.map(length => [1, first[1], length])
        : [[1, first[first.length - 1]]]
  let failed: unknown
  for (const shape of tried)
    try {
      architecture(net, shape)
      return shape
    } catch (error) {
      failed = error
    }
  throw new RangeError(
    `show: the input of this ${net.constructor.name} is not known; show(net, { input: [1, 28, 28] }) says it (tried ${formatShape(tried[0])}: ${failed instanceof Error ? failed.message : String(failed)})`,
    { cause: failed },
  )
}

/** [C, H, W] gets a batch axis of 1; [N, C, H, W] becomes [1, C, H, W]. */
function withBatch(net: Module, given: readonly number[]): number[] {
  const [first] = net.parameters().map(p => p.shape.length)
  return given.length === (first ?? 4) ? [1, ...given.slice(1)] : [1, ...given]
}
