import { backend, type Storage } from '../backend/index.ts'
import { noteCreated, onCreate } from '../tensor/created.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { withRecorder } from './recorder.ts'
import { noGrad, record } from './tape.ts'

/**
 * One operation computed by others: they leave no trace of their own, on the tape or with a recorder, and what they made
 * on the way goes back to the heap. `forward` returns a fresh tensor, or a view of one that it made.
 * @param vjp gradients of `inputs` from that of the result, made of operations
 */
export function compose(
  op: string,
  inputs: readonly Tensor[],
  options: object | null,
  forward: () => Tensor,
  vjp: (gy: Tensor, y: Tensor) => readonly (Tensor | null)[],
): Tensor {
  const made: Storage[] = []
  const y = withRecorder(null, () => noGrad(() => onCreate(made, forward)))
  for (const s of made) if (s !== y.storage) backend(s.dtype).release(s)
  noteCreated(y.storage)
  return record(op, inputs, options, y, gy => vjp(gy, y))
}
