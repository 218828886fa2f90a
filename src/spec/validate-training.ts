/** Reading training views: curves, and what is kept of a run. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type {
  TrainingBranch,
  TrainingBroken,
  TrainingPoint,
  TrainingSnapshots,
  TrainingState,
  TrainingView,
} from './view.ts'

export const MAX_POINTS = 2000
export const MAX_BRANCHES = 100
const MAX_SNAPSHOTS = 10_000
const MAX_LAYERS = 500
const WORDS = 500
/** Bins of a histogram. */
export const BINS = 41

export function readTraining(r: Reader): TrainingView['data'] {
  r.only('state', 'epochs', 'stepsPerEpoch', 'points', 'facts', 'controls', 'speed', 'history')
  const data: TrainingView['data'] = {
    state: readState(r.at('state')),
    epochs: r.at('epochs').nullable(n => n.integer(0, 1e9)),
    stepsPerEpoch: r.at('stepsPerEpoch').nullable(n => n.integer(0, 1e9)),
    points: r.at('points').list(readPoint, MAX_POINTS),
    facts: r.at('facts').list(fact => {
      const [name, value] = fact.list(word => word.text(WORDS), 2, 2)
      return [name, value]
    }, 100),
    controls: r.at('controls').list(c => c.oneOf('pause', 'step', 'epoch'), 3),
    speed: r.at('speed').nullable(n => n.number()),
  }
  const history = r.at('history').optional(readHistory)
  if (history) data.history = history
  return data
}

export function readState(r: Reader): TrainingState {
  return r.oneOf('ready', 'running', 'paused', 'done', 'stopped')
}

export function readPoint(r: Reader): TrainingPoint {
  r.only('step', 'epoch', 'loss', 'accuracy', 'testLoss', 'testAccuracy')
  const point: TrainingPoint = { step: r.at('step').number(), epoch: r.at('epoch').number() }
  for (const key of ['loss', 'accuracy', 'testLoss', 'testAccuracy'] as const) {
    const value = r.at(key).optional(v => v.nullable(n => n.number()))
    if (value !== undefined) point[key] = value
  }
  return point
}

function readHistory(r: Reader): NonNullable<TrainingView['data']['history']> {
  r.only('name', 'layers', 'images', 'snapshots', 'broken', 'branches', 'left')
  const layers = r.at('layers').list(layer => {
    layer.only('name', 'units')
    return {
      name: layer.at('name').text(WORDS),
      units: layer.at('units').nullable(n => n.integer(0, 1e9)),
    }
  }, MAX_LAYERS)
  return {
    name: r.at('name').text(WORDS),
    layers,
    images: r.at('images').integer(0, 1e9),
    snapshots: readSnapshots(r.at('snapshots'), layers.length),
    broken: r.at('broken').nullable(readBroken),
    branches: r
      .at('branches')
      .list((branch, n) => readBranch(branch, n, layers.length), MAX_BRANCHES),
    left: r.at('left').text(WORDS),
  }
}

function readSnapshots(r: Reader, layers: number): TrainingSnapshots {
  r.only('steps', 'epochs', 'heights', 'limits', 'facts')
  const steps = r.at('steps').list(n => n.integer(0, Number.MAX_SAFE_INTEGER), MAX_SNAPSHOTS)
  if (steps.some((step, n) => n > 0 && step <= steps[n - 1]))
    throw new SpecError(`${r.path}.steps: not in ascending order`)
  return {
    steps,
    epochs: r.at('epochs').list(n => n.number(), MAX_SNAPSHOTS, steps.length),
    heights: r.at('heights').tensor([steps.length, layers, 3, BINS]),
    limits: r.at('limits').tensor([steps.length, layers, 3]),
    facts: r.at('facts').tensor([steps.length, layers, 3]),
  }
}

function readBranch(r: Reader, index: number, layers: number): TrainingBranch {
  r.only('name', 'from', 'state', 'points', 'snapshots', 'broken')
  const from = r.at('from').only('run', 'step', 'epoch')
  return {
    name: r.at('name').text(WORDS),
    from: {
      run: from.at('run').integer(0, index),
      step: from.at('step').integer(0, Number.MAX_SAFE_INTEGER),
      epoch: from.at('epoch').number(),
    },
    state: readState(r.at('state')),
    points: r.at('points').list(readPoint, MAX_POINTS),
    snapshots: r.at('snapshots').nullable(s => readSnapshots(s, layers)),
    broken: r.at('broken').nullable(readBroken),
  }
}

function readBroken(r: Reader): TrainingBroken {
  r.only('step', 'epoch', 'layer')
  return {
    step: r.at('step').integer(0, Number.MAX_SAFE_INTEGER),
    epoch: r.at('epoch').number(),
    layer: r.at('layer').text(WORDS),
  }
}
