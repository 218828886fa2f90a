/** Everything that a run's future depends on, in memory and as a file: weights, optimiser, random numbers, place in the data. */
import { noGrad } from '../autograd/tape.ts'
import { safetensors, FileError } from '../io/index.ts'
import type { StateDict } from '../nn/module.ts'
import type { TrainingPoint } from '../spec/view.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Best } from './early-stop.ts'
import type { EpochRecord } from './options.ts'

export interface RandomState {
  state: number[]
  spare: number | null
}

/** Sums over the epoch under way. */
export interface Sums {
  loss: number
  right: number
  examples: number
}

export interface Snapshot {
  /** Steps done: with the seed, the place in the data. */
  readonly step: number
  /** Of the order of the examples. */
  readonly seed: number
  readonly stepsPerEpoch: number
  /** Epochs done, with the fraction of the current one. */
  readonly epoch: number
  /** Parameters and buffers by name. */
  readonly weights: StateDict
  /** The optimiser's `stateDict()`. */
  readonly optimizer: unknown
  /** Learning rates: of the optimiser, and of its groups. */
  readonly lr: readonly number[]
  /** The schedule's `stateDict()`, where it has one. */
  readonly schedule: unknown
  readonly random: RandomState
  readonly sums: Sums
  readonly best: Best | null
  readonly history: readonly EpochRecord[]
  readonly points: readonly TrainingPoint[]
}

/** What stands for a tensor in JSON. */
const KEY = '$tensor'
const FORMAT = 'layerscope run 1'

/** The snapshot as a safetensors file: tensors under `net.`, `best.`, `optimizer.` and `schedule.`, the rest as JSON in its metadata. */
export function saveSnapshot(file: string, s: Snapshot): void {
  const tensors: StateDict = {}
  const pack = (value: unknown, path: string): unknown => {
    if (value instanceof Tensor) {
      tensors[path] = value
      return { [KEY]: path }
    }
    if (Array.isArray(value)) return value.map((v, i) => pack(v, `${path}.${i}`))
    if (value instanceof Map)
      throw new TypeError(`save: ${path} is a Map; states are lists and objects`)
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, pack(v, `${path}.${k}`)]))
    if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) }
    return value
  }
  const { step, seed, stepsPerEpoch, epoch, lr, random, sums, history, points } = s
  const json = {
    format: FORMAT,
    ...(pack(
      { step, seed, stepsPerEpoch, epoch, lr, random, sums, history, points },
      'run',
    ) as object), // an object's packing is one
    optimizer: pack(s.optimizer, 'optimizer'),
    schedule: pack(s.schedule ?? null, 'schedule'),
    best: s.best ? pack({ ...s.best, weights: null }, 'best') : null,
  }
  for (const [name, t] of Object.entries(s.weights)) tensors[`net.${name}`] = t
  for (const [name, t] of Object.entries(s.best?.weights ?? {})) tensors[`best.${name}`] = t
  safetensors.save(file, tensors, { metadata: { run: JSON.stringify(json) } })
}

/** @throws FileError when it is no file of a run, or damaged */
export function loadSnapshot(file: string): Snapshot {
  const text = safetensors.metadata(file).run
  const tensors = safetensors.load(file)
  const bad = (what: string): never => {
    throw new FileError(file, `not a run that run.save wrote: ${what}`)
  }
  if (text === undefined) return bad('it says nothing of a run')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return bad('what it says is no JSON')
  }
  const unpack = (value: unknown, depth: number): unknown => {
    if (depth > 20) return bad('nested too deeply')
    if (Array.isArray(value)) return value.map(v => unpack(v, depth + 1))
    if (!isRecord(value)) return value
    const path = value[KEY]
    if (typeof path === 'string')
      return Object.hasOwn(tensors, path) ? tensors[path] : bad(`tensor ${path} is missing`)
    if (typeof value.$number === 'string') return Number(value.$number)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v, depth + 1)]))
  }
  const all = unpack(json, 0)
  if (!isRecord(all) || all.format !== FORMAT) return bad('another format')
  const part = (prefix: string): StateDict =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, t]) => [name.slice(prefix.length), t]),
    )
  const { step, epoch, lr, random, sums, best, history, points } = all
  if (!isNumber(all.seed) || !isCount(all.stepsPerEpoch)) return bad('its order')
  if (!isCount(step) || typeof epoch !== 'number' || !(epoch >= 0))
    return bad(`step ${String(step)}`)
  if (!Array.isArray(lr) || !lr.length || !lr.every(isNumber)) return bad('its learning rates')
  if (
    !isRecord(random) ||
    !isState(random.state) ||
    !(random.spare === null || isNumber(random.spare))
  )
    return bad('its random numbers')
  if (!isRecord(sums) || ![sums.loss, sums.right, sums.examples].every(isNumber))
    return bad('its sums')
  if (!(
    best === null ||
    (isRecord(best) &&
      isNumber(best.value) &&
      isCount(best.step) &&
      isNumber(best.epoch) &&
      isCount(best.since))
  ))
    // prettier-ignore
    return bad('its best epoch')
  if (!Array.isArray(history) || !history.every(isRecord)) return bad('its epochs')
  if (!Array.isArray(points) || !points.every(isPoint)) return bad('its curve')
  const weights = part('best.')
  // Checked above, as far as anything is done with it.
  return {
    ...all,
    weights: part('net.'),
    best: best && { ...best, weights: Object.keys(weights).length ? weights : null },
  } as unknown as Snapshot
}

/** The same state in tensors of its own. */
export function copyState<T>(state: T): T {
  const copy = (value: unknown): unknown => {
    if (value instanceof Tensor) return noGrad(() => value.detach().clone())
    if (Array.isArray(value)) return value.map(copy)
    if (isRecord(value) && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copy(v)]))
    return value
  }
  return copy(state) as T // of the same shape
}

const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && !(v instanceof Tensor)
const isNumber = (v: unknown): v is number => typeof v === 'number'
const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0 // a number, as checked
const isState = (v: unknown): boolean =>
  Array.isArray(v) && v.length === 4 && v.every(n => isCount(n) && n < 2 ** 32)
const isPoint = (v: unknown): boolean =>
  isRecord(v) &&
  isNumber(v.step) &&
  isNumber(v.epoch) &&
  ['loss', 'accuracy', 'testLoss', 'testAccuracy'].every(
    k => v[k] === undefined || v[k] === null || isNumber(v[k]),
  )
