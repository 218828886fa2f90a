/** The view of filters over training, and its reader. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { Encoded, ViewBase } from './view.ts'

/** Filters over training: the pictures of some units at the snapshots, and how far each layer still has to go. */
export interface EvolutionView extends ViewBase {
  kind: 'evolution'
  data: {
    /** Epochs of all S snapshots. */
    all: number[]
    /** Snapshots with pictures, as positions in `all`. */
    epochs: number[]
    /** Share of right answers at each of all snapshots. */
    accuracy: (number | null)[]
    rule: 'gradient' | 'deconvnet' | 'guided'
    /** How many images were looked at. */
    images: number
    labels: string[] | null
    layers: {
      name: string
      units: {
        unit: number
        /** One for each snapshot with pictures. */
        winners: {
          image: number
          label: number | null
          value: number
          at: [number, number] | null
          /** What 1 in its projection stands for. */
          limit: number
          /** Its patch among `patches`. */
          patch: number
          /** Another image won at the snapshot before (also one without pictures). */
          changed: boolean
        }[]
        /** [T, C, h, w], each from −1 to 1 of its own limit. */
        projections: Encoded
        /** [P, C, h, w], each different one once. */
        patches: Encoded
      }[]
    }[]
    /** Every layer with parameters: ‖wₜ − w_T‖ / ‖w₀ − w_T‖ at all snapshots. */
    convergence: { layer: string; left: number[]; half: number | null; convolution: boolean }[]
    /** First layer's filters at all snapshots, [S, K·C, h, w]. */
    filters: { layer: string; channels: number; values: Encoded } | null
    /** Do early layers converge first? */
    verdict: string[]
    /** What the saved view leaves out, in words. */
    left: string
  }
}

const WORDS = 500
const MAX_SNAPSHOTS = 2000
const MAX_LAYERS = 200
const MAX_UNITS = 64
const MAX_CLASSES = 1000

export function readEvolution(r: Reader): EvolutionView['data'] {
  r.only('epochs', 'accuracy', 'rule', 'images', 'labels', 'layers', 'all', 'convergence', 'filters', 'verdict', 'left') // prettier-ignore
  const all = r.at('all').list(n => n.number(), MAX_SNAPSHOTS)
  const S = all.length
  if (S < 2 || all.some((e, n) => n > 0 && e <= all[n - 1]))
    throw new SpecError(`${r.path}.all: two or more epochs in ascending order`)
  const shown = r.at('epochs').list(n => n.integer(0, S - 1), MAX_SNAPSHOTS)
  const T = shown.length
  if (T < 1 || shown.some((e, n) => n > 0 && e <= shown[n - 1]))
    throw new SpecError(`${r.path}.epochs: numbers of snapshots in ascending order`)
  return {
    all,
    epochs: shown,
    accuracy: r.at('accuracy').list(a => a.nullable(n => n.number()), MAX_SNAPSHOTS, S),
    rule: r.at('rule').oneOf('gradient', 'deconvnet', 'guided'),
    images: r.at('images').integer(0, 1e9),
    labels: r.at('labels').nullable(l => l.list(name => name.text(WORDS), MAX_CLASSES)),
    layers: r.at('layers').list(layer => {
      layer.only('name', 'units')
      return {
        name: layer.at('name').text(WORDS),
        units: layer.at('units').list(unit => readUnit(unit, T), MAX_UNITS),
      }
    }, MAX_LAYERS),
    convergence: r.at('convergence').list(layer => {
      layer.only('layer', 'left', 'half', 'convolution')
      return {
        layer: layer.at('layer').text(WORDS),
        left: layer.at('left').list(n => n.number(), MAX_SNAPSHOTS, S),
        half: layer.at('half').nullable(n => n.number()),
        convolution: layer.at('convolution').boolean(),
      }
    }, MAX_LAYERS),
    filters: r.at('filters').nullable(f => {
      f.only('layer', 'channels', 'values')
      const values = f.at('values').tensor([S, null, null, null])
      return {
        layer: f.at('layer').text(WORDS),
        channels: f.at('channels').integer(1, 1e6),
        values,
      }
    }),
    verdict: r.at('verdict').list(line => line.text(WORDS), 20),
    left: r.at('left').text(WORDS),
  }
}

function readUnit(r: Reader, T: number): EvolutionView['data']['layers'][number]['units'][number] {
  r.only('unit', 'winners', 'projections', 'patches')
  const projections = r.at('projections').tensor([T, null, null, null])
  const [, C, h, w] = projections.shape
  const patches = r.at('patches').tensor([null, C, h, w])
  return {
    unit: r.at('unit').integer(0, 1e9),
    winners: r.at('winners').list(
      winner => {
        winner.only('image', 'label', 'value', 'at', 'limit', 'patch', 'changed')
        return {
          image: winner.at('image').integer(0, 1e9),
          label: winner.at('label').nullable(n => n.integer(0, MAX_CLASSES)),
          value: winner.at('value').number(),
          at: winner.at('at').nullable(p => p.pair(0, 1e6)),
          limit: winner.at('limit').number(),
          patch: winner.at('patch').integer(0, patches.shape[0] - 1),
          changed: winner.at('changed').boolean(),
        }
      },
      MAX_SNAPSHOTS,
      T,
    ),
    projections,
    patches,
  }
}
