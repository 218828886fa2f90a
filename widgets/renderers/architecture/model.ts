/** What the architecture view computes: totals, and the cells that a value can see in each layer before it. */
import { mapOf, type ArchitectureLayer, type ArchitectureView } from 'layerscope/spec'

export type ArchModel = ArchitectureView['data']['models'][number]

/** Rows and columns, both ends included; may reach into the padding. */
export interface Region {
  top: number
  bottom: number
  left: number
  right: number
}

export const sum = (layers: readonly ArchitectureLayer[], key: 'parameters' | 'macs'): number =>
  layers.reduce((n, l) => n + l[key], 0)

/** Shape [C, H, W] of the map of layer `n`; −1 is the input. */
export const mapAt = (m: ArchModel, n: number): [number, number, number] =>
  mapOf(n < 0 ? m.input : m.layers[n].output)

/** The cells of layer n − 1 that feed a region of layer `n`. */
export function before(m: ArchModel, n: number, region: Region): Region {
  const layer = m.layers[n]
  if (layer.global || layer.field === null) {
    const [, H, W] = mapAt(m, n - 1)
    return { top: 0, bottom: H - 1, left: 0, right: W - 1 }
  }
  return [...layer.windows].reverse().reduce((r, { kernel, stride, padding, dilation }) => {
    const first = (i: number, d: 0 | 1) => i * stride[d] - padding[d]
    const last = (i: number, d: 0 | 1) => first(i, d) + (kernel[d] - 1) * dilation[d]
    return {
      top: first(r.top, 0),
      bottom: last(r.bottom, 0),
      left: first(r.left, 1),
      right: last(r.right, 1),
    }
  }, region)
}

/** What a cell of layer `n` can see in every layer down to the input (index 0), itself last. */
export function seen(m: ArchModel, n: number, [i, j]: readonly [number, number]): Region[] {
  const out: Region[] = [{ top: i, bottom: i, left: j, right: j }]
  for (let k = n; k >= 0; k--) out.unshift(before(m, k, out[0]))
  return out
}

/** A region without what lies outside the map. */
export function clip(r: Region, [, H, W]: readonly [number, number, number]): Region {
  const into = (v: number, n: number) => Math.max(0, Math.min(n - 1, v))
  return {
    top: into(r.top, H),
    bottom: into(r.bottom, H),
    left: into(r.left, W),
    right: into(r.right, W),
  }
}

/** The last layer whose values see a part of the input only. */
export function lastLocal(m: ArchModel): number {
  return m.layers.findLastIndex(
    l => l.field !== null && !l.global && mapOf(l.output)[1] * mapOf(l.output)[2] > 1,
  )
}
