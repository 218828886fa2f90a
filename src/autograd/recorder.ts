/** Recording what a piece of code computes: every operation with inputs and output, and the module it ran in. */
import { onInterrupted } from '../backend/interrupted.ts'
import type { Tensor } from '../tensor/tensor.ts'

export interface OpRecord {
  /** PyTorch's name in camelCase, e.g. `conv2d`. */
  op: string
  inputs: readonly Tensor[]
  /** Options as resolved, e.g. { stride: [2, 2], padding: [1, 1] }. */
  options: object
  output: Tensor
  /** Names of the modules it ran in, outermost first, e.g. ['features', 'conv1']. */
  path: readonly string[]
}

export interface Recorder {
  record(entry: OpRecord): void
}

const names: string[] = []

/** @internal */
export const recording = {
  current: null as Recorder | null,
  path: (): readonly string[] => [...names],
}
onInterrupted(() => {
  recording.current = null
  names.length = 0
})

/** Runs `f` while `recorder` is told of every operation (those of backward rules excepted); returns what `f` returns. */
export function withRecorder<T>(recorder: Recorder | null, f: () => T): T {
  const before = recording.current
  recording.current = recorder
  try {
    return f()
  } finally {
    recording.current = before
  }
}

/** Runs `f` inside the module called `name`. Costs nothing when nobody records. @internal */
export function inModule<T>(name: string, f: () => T): T {
  if (!recording.current) return f()
  names.push(name)
  try {
    return f()
  } finally {
    names.pop()
  }
}
