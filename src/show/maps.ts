/** Every layer of a network for one image: values, weights and fields, with other images to choose from. */
import type { Layer, LayerOp } from '../explain/layers.ts'
import type { NetworkTrace } from '../explain/trace.ts'
import { trace } from '../explain/trace.ts'
import { ImageSet } from '../data/index.ts'
import { formatCount, formatNumber, formatPercent, formatShape } from '../spec/text.ts'
import type { EventName } from '../spec/live.ts'
import {
  SPEC_VERSION,
  type Encoding,
  type MapLayer,
  type MapOp,
  type MapsView,
  type ViewSpec,
} from '../spec/view.ts'
import { tensor } from '../tensor/create.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Canvas } from './canvas.ts'
import { drawMaps } from './maps-picture.ts'
import { fitSaved } from './maps-fit.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { SAVED_LIMIT, type Outlet, type Subject } from './subject.ts'
import { termsOf } from './terms.ts'
import { extremes, flatIndex, indexOf, numbersOf, place, type Numbers } from './values.ts'
import { VERSION } from './version.ts'

/** Images to choose from that are kept. */
const INPUTS = 12

export interface Inputs {
  /** [N, C, H, W], bytes */
  images: Tensor
  labels: string[]
  current: number
}

export class MapsSubject implements Subject {
  layer: number
  pin: number[] | null
  readonly labels: readonly string[] | null
  readonly inputs: Inputs | null
  private current: NetworkTrace

  constructor(
    traced: NetworkTrace,
    private readonly options: ShowOptions,
  ) {
    this.current = traced
    const set = options.inputs
    const classes = options.labels ?? (set instanceof ImageSet ? set.classes : null)
    const outputs = traced.layers[traced.layers.length - 1].shape
    if (options.labels && options.labels.length !== outputs[0])
      throw new RangeError(`show: ${options.labels.length} labels for ${outputs[0]} outputs`)
    this.labels = classes?.length === outputs[0] ? classes : null
    this.inputs = set ? readInputs(set, traced) : null
    const asked = readPin(options.pin, traced.layers)
    this.layer = asked?.layer ?? findLayer(options.layer, traced.layers)
    this.pin = asked?.index(this.layer) ?? null
    if (this.pin) this.checkPin(this.pin)
  }

  get layers(): readonly Layer[] {
    return this.current.layers
  }
  /** The layer shown first. */
  get shown(): Layer {
    return this.layers[this.layer]
  }
  get title(): string {
    return this.options.title ?? layerTitle(this.shown)
  }
  get from(): string {
    const { inputs } = this
    const label = inputs ? inputs.labels[inputs.current] : this.current.label
    const input = label ? `image labelled ${label}` : 'one image'
    return [this.options.from ?? this.current.net.constructor.name, input].join(' · ')
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    if (detail === 'live')
      return this.write(id, pack, { values: 'f32', weights: 'f32', before: true })
    return fitSaved((plan, note) => this.write(id, pack, plan, note), this.layers, SAVED_LIMIT)
  }

  /** @param note what a saved view leaves out, in words */
  private write(id: string, pack: Packer, plan: SavePlan, note = ''): MapsView {
    const { inputs } = this
    return {
      spec: SPEC_VERSION,
      kind: 'maps',
      id,
      title: this.title,
      shape: formatShape(this.shown.shape),
      from: note ? `${this.from} · ${note}` : this.from,
      text: note ? `${this.text()}\n${note}.` : this.text(),
      producer: VERSION,
      data: {
        layers: this.layers.map((layer, n) => writeLayer(layer, n, pack, plan)),
        labels: this.labels ? [...this.labels] : null,
        inputs: inputs && {
          images: pack(numbersOf(inputs.images), inputs.images.shape, 'u8', [0, 255]),
          labels: inputs.labels,
          current: inputs.current,
        },
        layer: this.layer,
        pin: plan.shrink && plan.shrink > 1 ? null : this.pin,
      },
    }
  }

  text(): string {
    const lines = [
      [this.title, formatShape(this.shown.shape), this.from].join('  '),
      this.readout(),
    ]
    const { layers } = this
    const last = layers[layers.length - 1]
    if (last.op.op === 'softmax') lines.push(this.verdict(last))
    for (const layer of layers.slice(1))
      if (layer.op.op === 'conv2d' && layer.shape[1] > 1) {
        const values = numbersOf(layer.values)
        const { max, argmax, zeros } = extremes(values)
        lines.push(
          `${layerTitle(layer)} ${formatShape(layer.shape)}: strongest ${formatNumber(max)} at ${place(indexOf(Math.max(0, argmax), layer.shape))}; ${formatPercent(zeros / values.length, 0)} zeros.`,
        )
      }
    return lines.join('\n')
  }

  /** The line under the picture. */
  readout(): string {
    const { shown, pin } = this
    const values = numbersOf(shown.values)
    const { max, argmax } = extremes(values)
    const where = (index: readonly number[]): string =>
      shown.shape.length === 1 && this.labels && shown.shape[0] === this.labels.length
        ? this.labels[index[0]]
        : place(index)
    if (pin) {
      const value = values[flatIndex(pin, shown.shape)]
      const rank = Array.from(values).filter(v => v > value).length
      return `${shown.name}, ${where(pin)} = ${formatNumber(value)}. ${rank ? `${formatCount(rank)} of ${formatCount(values.length)} values in this layer are larger.` : 'The largest value in this layer.'}`
    }
    return `${shown.name}: ${noteOf(shown)}. The strongest value is ${formatNumber(max)}, at ${where(indexOf(Math.max(0, argmax), shown.shape))}.`
  }

  private verdict(last: Layer): string {
    const p = Array.from(numbersOf(last.values))
    const order = p.map((_, n) => n).sort((a, b) => p[b] - p[a])
    const name = (n: number): string => this.labels?.[n] ?? `class ${n}`
    return `The network says ${name(order[0])} with ${formatPercent(p[order[0]])}, then ${name(order[1])} with ${formatPercent(p[order[1]])}.`
  }

  /** Pages put the layer first. */
  pinned([layer, ...index]: number[]): { index: number[]; layer: number } {
    return { layer, index }
  }

  picture(): Canvas {
    return drawMaps(this)
  }

  handle(name: EventName, payload: unknown, view: Outlet): unknown {
    const field = (key: string): unknown =>
      typeof payload === 'object' && payload !== null && Object.hasOwn(payload, key)
        ? (payload as Record<string, unknown>)[key] // an own field of an object
        : undefined
    if (name === 'input') {
      this.choose(field('current'))
      view.changed()
      return null
    }
    if (name === 'explain') {
      const layer = field('layer')
      const index = field('index')
      if (typeof layer !== 'number' || !this.layers[layer])
        throw new RangeError(`explain: layer ${String(layer)}; there are ${this.layers.length}`)
      if (!Array.isArray(index)) throw new TypeError('explain: index is a list of numbers')
      return termsOf(this.layers, layer, index)
    }
    throw new Error(`the explorer answers input, explain and pin, not ${name}`)
  }

  /** Traces the network, as it is now, on another of the inputs. */
  private choose(which: unknown): void {
    const { inputs } = this
    if (!inputs)
      throw new Error(
        'input: no other images; show(trace(net, image), { inputs: test }) gives some',
      )
    if (
      typeof which !== 'number' ||
      !Number.isInteger(which) ||
      which < 0 ||
      which >= inputs.labels.length
    )
      throw new RangeError(`input: image ${String(which)}; there are ${inputs.labels.length}`)
    inputs.current = which
    this.current = trace(this.current.net, inputs.images.at(which))
  }

  private checkPin(pin: readonly number[]): void {
    const { shape } = this.shown
    if (
      pin.length !== shape.length ||
      pin.some((i, d) => !Number.isInteger(i) || i < 0 || i >= shape[d])
    )
      throw new RangeError(
        `show: pin [${pin.join(', ')}] lies outside ${this.shown.name} ${formatShape(shape)}`,
      )
  }
}

/** How a view is written: encodings, and what is left out. */
export interface SavePlan {
  values: Encoding
  weights: Encoding
  /** Values before the activation are kept. */
  before: boolean
  /** Layers whose weights are left out. */
  without?: ReadonlySet<number>
  /** Maps are reduced by means over squares of this many cells. */
  shrink?: number
}

function writeLayer(layer: Layer, n: number, pack: Packer, plan: SavePlan): MapLayer {
  const { shrink = 1 } = plan
  const { field } = layer
  const small = layer.shape.length === 3 && shrink > 1
  const shape = small
    ? [layer.shape[0], ...layer.shape.slice(1).map(s => Math.max(1, Math.floor(s / shrink)))]
    : [...layer.shape]
  const write = (t: Tensor): Numbers =>
    small ? means(numbersOf(t), layer.shape, shape, shrink) : numbersOf(t)
  return {
    name: layer.name,
    op: writeOp(layer.op, pack, plan, n, shrink),
    source: layer.source,
    shape,
    values: isBytes(layer)
      ? pack(write(layer.values), shape, 'u8', [0, 1])
      : pack(write(layer.values), shape, plan.values),
    before: layer.before && plan.before ? pack(write(layer.before), shape, plan.values) : null,
    activation: layer.activation,
    field: field && {
      size: [...field.size],
      step: [field.step[0] * (small ? shrink : 1), field.step[1] * (small ? shrink : 1)],
      start: [...field.start],
    },
    parameters: layer.parameters,
    note: noteOf(layer),
  }
}

/** The input's pixels came from bytes, so that bytes hold them exactly. */
function isBytes({ op, values }: Layer): boolean {
  if (op.op !== 'input') return false
  const numbers = numbersOf(values)
  for (let i = 0; i < numbers.length; i++)
    if (
      !(numbers[i] >= 0 && numbers[i] <= 1) ||
      Math.fround(Math.round(numbers[i] * 255) / 255) !== numbers[i]
    )
      return false
  return true
}

function writeOp(op: LayerOp, pack: Packer, plan: SavePlan, n: number, shrink: number): MapOp {
  if (op.op === 'input' || op.op === 'other') return op
  if (plan.without?.has(n) || (shrink > 1 && op.op !== 'softmax' && op.op !== 'linear'))
    return { op: 'other', name: op.op }
  const weights = ({ weight, bias }: { weight: Tensor; bias: Tensor | null }) => ({
    weight: pack(numbersOf(weight), weight.shape, plan.weights),
    bias: bias && pack(numbersOf(bias), bias.shape, 'f32'),
  })
  const copy = ([a, b]: readonly [number, number]): [number, number] => [a, b]
  switch (op.op) {
    case 'conv2d':
      return {
        op: op.op,
        ...weights(op),
        stride: copy(op.stride),
        padding: copy(op.padding),
        dilation: copy(op.dilation),
        groups: op.groups,
      }
    case 'linear':
      return { op: op.op, ...weights(op) }
    case 'maxPool2d':
    case 'avgPool2d':
      return {
        op: op.op,
        kernel: copy(op.kernel),
        stride: copy(op.stride),
        padding: copy(op.padding),
      }
    default:
      return { op: op.op }
  }
}

/** Means over squares of `f` cells, of each map; what is left at the edges is not read. */
function means(
  values: Numbers,
  [maps, H, W]: readonly number[],
  [, h, w]: readonly number[],
  f: number,
): Float32Array {
  const out = new Float32Array(maps * h * w)
  const [a, b] = [Math.min(f, H), Math.min(f, W)]
  for (let m = 0; m < maps; m++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        let sum = 0
        for (let p = 0; p < a; p++)
          for (let q = 0; q < b; q++) sum += values[(m * H + i * f + p) * W + j * f + q]
        out[(m * h + i) * w + j] = sum / (a * b)
      }
  return out
}

/** `conv2 after ReLU`. */
export function layerTitle(layer: Layer): string {
  return layer.activation ? `${layer.name} after ${layer.activation}` : layer.name
}

/** `5×5, padding 2 · 156 parameters`. */
export function noteOf({ op, parameters, shape }: Layer): string {
  const pair = ([a, b]: readonly number[]): string => (a === b ? String(a) : `${a}×${b}`)
  const count = parameters ? ` · ${formatCount(parameters)} parameters` : ''
  switch (op.op) {
    case 'input':
      return 'the input'
    case 'conv2d': {
      const [, , h, k] = op.weight.shape
      const said = [`${h}×${k}`]
      if (pair(op.stride) !== '1') said.push(`stride ${pair(op.stride)}`)
      if (pair(op.padding) !== '0') said.push(`padding ${pair(op.padding)}`)
      if (pair(op.dilation) !== '1') said.push(`dilation ${pair(op.dilation)}`)
      if (op.groups > 1) said.push(`${op.groups} groups`)
      return said.join(', ') + count
    }
    case 'linear':
      return `dense${count}`
    case 'maxPool2d':
    case 'avgPool2d': {
      const said = `${op.op === 'maxPool2d' ? 'max' : 'mean'} of ${op.kernel.join('×')}`
      return pair(op.stride) === pair(op.kernel) ? said : `${said}, stride ${pair(op.stride)}`
    }
    case 'softmax':
      return 'probabilities'
    case 'flatten':
      return `${formatCount(shape[0])} values in one row`
    case 'other':
      return op.name
  }
}

function findLayer(asked: ShowOptions['layer'], layers: readonly Layer[]): number {
  if (asked === undefined) {
    let found = 0
    layers.forEach((layer, n) => {
      if (layer.op.op === 'conv2d' && layer.shape[1] > 1) found = n
    })
    return found || layers.length - 1
  }
  const found = typeof asked === 'number' ? asked : layers.findIndex(layer => layer.name === asked)
  if (!layers[found])
    throw new RangeError(
      `show: no layer ${asked}; there are ${layers.map(layer => layer.name).join(', ')}`,
    )
  return found
}

/** `conv2[7, 1, 3]`, `conv2[7]` (its strongest value) or [7, 1, 3] of the layer shown. */
function readPin(
  pin: ShowOptions['pin'],
  layers: readonly Layer[],
): { layer: number | null; index: (layer: number) => number[] } | null {
  if (!pin) return null
  const complete = (index: number[], n: number): number[] => {
    const { shape, values } = layers[n]
    if (index.length !== 1 || shape.length !== 3 || !(index[0] >= 0 && index[0] < shape[0]))
      return index
    const size = shape[1] * shape[2]
    const map = Array.from(numbersOf(values)).slice(index[0] * size, (index[0] + 1) * size)
    return [index[0], ...indexOf(Math.max(0, extremes(map).argmax), shape.slice(1))]
  }
  if (typeof pin !== 'string') return { layer: null, index: n => complete([...pin], n) }
  const [, name, inside] = /^(.+)\[([\d,\s]+)\]$/.exec(pin) ?? []
  if (name === undefined)
    throw new RangeError(`show: pin ${JSON.stringify(pin)}; write 'conv2[7, 1, 3]'`)
  return { layer: findLayer(name, layers), index: n => complete(inside.split(',').map(Number), n) }
}

function readInputs(set: ImageSet | Tensor, traced: NetworkTrace): Inputs {
  const images = set instanceof ImageSet ? set.images : set
  if (!(images instanceof Tensor) || images.ndim !== 4)
    throw new TypeError('show: inputs is a data set, or images [N, C, H, W]')
  if (images.shape.slice(1).join() !== traced.input.shape.slice(1).join())
    throw new RangeError(
      `show: inputs ${formatShape(images.shape)}, the traced image is ${formatShape(traced.input.shape)}`,
    )
  const size = traced.input.size
  const bytesOf = (values: Numbers, from: number, factor: number): number[] =>
    Array.from({ length: size }, (_, i) =>
      Math.max(0, Math.min(255, Math.round(values[from + i] * factor))),
    )
  const own = bytesOf(numbersOf(traced.input), 0, 255)
  const total = Math.min(images.shape[0], INPUTS)
  const factor = images.dtype === 'uint8' ? 1 : 255
  const first = numbersOf(images.slice(0, { end: total }))
  const rows = Array.from({ length: total }, (_, n) => bytesOf(first, n * size, factor))
  const labels = Array.from({ length: total }, (_, n) =>
    set instanceof ImageSet ? set.at(n).name : `image ${n}`,
  )
  let current = rows.findIndex(row => row.every((v, i) => v === own[i]))
  if (current < 0) {
    // The traced image is not among the first: it takes the first place.
    current = 0
    rows.unshift(own)
    labels.unshift(traced.label ?? 'this image')
    if (rows.length > INPUTS) {
      rows.pop()
      labels.pop()
    }
  }
  return {
    images: images8(rows.flat(), [rows.length, ...traced.input.shape.slice(1)]),
    labels,
    current,
  }
}

function images8(values: number[], shape: number[]): Tensor {
  return tensor(Uint8Array.from(values)).reshape(shape)
}
