/** The feature maps of a network for one input, opened down to their numbers. No page here. */
import { decode, type MapLayer, type MapsView } from 'layerscope/spec'

type Decoded = ReturnType<typeof decode>

export type Index = number[]
/** One product on the way to a value. */
export interface Term {
  /** Where the x stands in the source layer. */
  source: Index | null
  x: number
  w: number
}
/** A window of one input channel under the filter. */
export interface ChannelTerms {
  channel: number
  rows: Term[][]
  sum: number
}
export type Opened =
  | { kind: 'conv'; channels: ChannelTerms[]; bias: number; total: number }
  | { kind: 'linear'; terms: Term[]; bias: number; total: number }
  | { kind: 'max'; window: Term[][]; winner: [number, number]; total: number }
  | { kind: 'mean'; window: Term[][]; total: number }
  | { kind: 'softmax'; terms: { source: Index; x: number; e: number }[]; total: number }
  | { kind: 'given' }
  | { kind: 'closed'; why: string }

/** Terms that a value is opened into at most; beyond, nobody reads them. */
const TERMS = 200_000

export interface Box {
  x: number
  y: number
  w: number
  h: number
}

export class MapsModel {
  readonly layers: readonly MapLayer[]
  readonly #decoded = new Map<object, Decoded>()

  constructor(readonly view: MapsView) {
    this.layers = view.data.layers
  }

  #numbers(e: MapLayer['values']): Decoded {
    let d = this.#decoded.get(e)
    if (!d) this.#decoded.set(e, (d = decode(e)))
    return d
  }

  /** [channels, rows, columns]; vectors are [n, 1, 1]. */
  size(layer: number): [number, number, number] {
    const s = this.layers[layer].shape
    return s.length === 3 ? [s[0], s[1], s[2]] : [s.reduce((a, b) => a * b, 1), 1, 1]
  }
  isVector(layer: number): boolean {
    const [, H, W] = this.size(layer)
    return H * W === 1
  }
  values(layer: number, before = false): Decoded {
    const l = this.layers[layer]
    return this.#numbers(before && l.before ? l.before : l.values)
  }
  at(layer: number, index: Index, before = false): number {
    const [, H, W] = this.size(layer)
    return this.values(layer, before)[(index[0] * H + (index[1] ?? 0)) * W + (index[2] ?? 0)]
  }
  map(layer: number, channel: number, before = false): Decoded {
    const [, H, W] = this.size(layer)
    return this.values(layer, before).subarray(channel * H * W, (channel + 1) * H * W)
  }
  /** How many values of the layer are larger. */
  rank(layer: number, v: number): number {
    let n = 0
    for (const q of this.values(layer)) if (q > v) n++
    return n
  }
  strongest(layer: number): Index {
    const [, H, W] = this.size(layer)
    const v = this.values(layer)
    let best = 0
    for (let i = 1; i < v.length; i++) if (v[i] > v[best]) best = i
    return [Math.floor(best / H / W), Math.floor((best % (H * W)) / W), best % W]
  }
  zeros(layer: number): number {
    let n = 0
    for (const q of this.values(layer)) if (q <= 0) n++
    return n / Math.max(1, this.values(layer).length)
  }

  /** The layer that a layer reads with flattening looked through, and the shape it is read in. */
  #source(layer: number): number {
    let s = this.layers[layer].source
    while (s > 0 && this.layers[s].op.op === 'flatten') s = this.layers[s].source
    return s
  }
  sourceOf(layer: number): number {
    return this.#source(layer)
  }

  /** Input pixels that a value sees, clipped at the border; null when that is all of them. */
  field(layer: number, index: Index): Box | null {
    const f = this.layers[layer].field
    if (!f) return null
    const [, H, W] = this.size(0)
    const [i, j] = [index[1] ?? 0, index[2] ?? 0]
    const clip = (start: number, size: number, n: number): [number, number] => {
      const a = Math.max(0, start)
      return [a, Math.max(0, Math.min(n, start + size) - a)]
    }
    const [y, h] = clip(f.start[0] + i * f.step[0], f.size[0], H)
    const [x, w] = clip(f.start[1] + j * f.step[1], f.size[1], W)
    return { x, y, w, h }
  }

  /** What a value is made of. For a value after an activation: the sum before it. */
  open(layer: number, index: Index): Opened {
    const { op } = this.layers[layer]
    if (op.op === 'input') return { kind: 'given' }
    const s = this.#source(layer)
    const [C, H, W] = this.size(s)
    const [o, i, j] = [index[0], index[1] ?? 0, index[2] ?? 0]
    const read = (c: number, r: number, q: number): Term['source'] =>
      r < 0 || q < 0 || r >= H || q >= W ? null : [c, r, q]
    const x = (source: Index | null) => (source ? this.at(s, source) : 0)
    const terms = termsOf(op, C * H * W)
    if (terms > TERMS)
      return {
        kind: 'closed',
        why: `${terms.toLocaleString('en')} products make this value: too many to lay out here.`,
      }
    switch (op.op) {
      case 'conv2d': {
        const w = this.#numbers(op.weight)
        const [K, D, h, k] = op.weight.shape
        const group = Math.floor(o / (K / op.groups))
        const channels: ChannelTerms[] = []
        for (let c = 0; c < D; c++) {
          const rows = Array.from({ length: h }, (_, a) =>
            Array.from({ length: k }, (_, b) => {
              const source = read(
                group * D + c,
                i * op.stride[0] + a * op.dilation[0] - op.padding[0],
                j * op.stride[1] + b * op.dilation[1] - op.padding[1],
              )
              return { source, x: x(source), w: w[((o * D + c) * h + a) * k + b] }
            }),
          )
          channels.push({
            channel: group * D + c,
            rows,
            sum: rows.flat().reduce((t, q) => t + q.x * q.w, 0),
          })
        }
        const bias = op.bias ? this.#numbers(op.bias)[o] : 0
        return { kind: 'conv', channels, bias, total: channels.reduce((t, c) => t + c.sum, bias) }
      }
      case 'linear': {
        const w = this.#numbers(op.weight)
        const n = op.weight.shape[1]
        const terms = Array.from({ length: n }, (_, q) => {
          const source: Index = [Math.floor(q / (H * W)), Math.floor((q % (H * W)) / W), q % W]
          return { source, x: x(source), w: w[o * n + q] }
        })
        const bias = op.bias ? this.#numbers(op.bias)[o] : 0
        return { kind: 'linear', terms, bias, total: terms.reduce((t, q) => t + q.x * q.w, bias) }
      }
      case 'maxPool2d':
      case 'avgPool2d': {
        const window = Array.from({ length: op.kernel[0] }, (_, a) =>
          Array.from({ length: op.kernel[1] }, (_, b) => {
            const source = read(
              o,
              i * op.stride[0] + a - op.padding[0],
              j * op.stride[1] + b - op.padding[1],
            )
            return { source, x: x(source), w: 1 }
          }),
        )
        if (op.op === 'avgPool2d')
          return {
            kind: 'mean',
            window,
            total: window.flat().reduce((t, q) => t + q.x, 0) / (op.kernel[0] * op.kernel[1]),
          }
        let winner: [number, number] = [0, 0]
        let best = -Infinity
        window.forEach((row, a) =>
          row.forEach((q, b) => {
            if (q.source && q.x > best) {
              best = q.x
              winner = [a, b]
            }
          }),
        )
        return { kind: 'max', window, winner, total: best }
      }
      case 'softmax': {
        const all = Array.from({ length: C * H * W }, (_, q) => [q, 0, 0])
        const most = all.reduce((m, q) => Math.max(m, this.at(s, q)), -Infinity)
        const terms = all.map(source => ({
          source,
          x: this.at(s, source),
          e: Math.exp(this.at(s, source) - most),
        }))
        return { kind: 'softmax', terms, total: terms[o].e / terms.reduce((t, q) => t + q.e, 0) }
      }
      case 'flatten':
        return { kind: 'closed', why: 'Flattening only puts the maps one after the other.' }
      default:
        return { kind: 'closed', why: `How ${op.name} computes a value is not part of this view.` }
    }
  }
}

function termsOf(op: MapLayer['op'], all: number): number {
  switch (op.op) {
    case 'conv2d':
      return op.weight.shape.slice(1).reduce((a, b) => a * b, 1)
    case 'maxPool2d':
    case 'avgPool2d':
      return op.kernel[0] * op.kernel[1]
    case 'linear':
    case 'softmax':
      return all
    default:
      return 0
  }
}
