import { Tensor } from '../tensor/tensor.ts'
import { withRecorder } from './recorder.ts'
import { noGrad, record, tracks } from './tape.ts'

/** What `forward` leaves for `backward`. */
export interface OpContext {
  inputs: readonly Tensor[]
  /** Anything `forward` wants to keep. */
  saved: unknown
  output: Tensor
}

export interface OpDefinition {
  /** The result from the inputs. Computed under `noGrad`. */
  forward(context: { saved: unknown }, ...inputs: Tensor[]): Tensor
  /** Gradients of the inputs from that of the output; null where there is none. Made of operations, so it can be differentiated again. */
  backward(context: OpContext, gy: Tensor): Tensor | null | readonly (Tensor | null)[]
}

/**
 * An operation of your own, on the tape like any other.
 *
 *     const cube = defineOp('cube', {
 *       forward: (_, x) => x.mul(x).mul(x),
 *       backward: ({ inputs: [x] }, gy) => gy.mul(x).mul(x).mul(3),
 *     })
 */
export function defineOp(
  name: string,
  { forward, backward }: OpDefinition,
): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    const context = { saved: undefined as unknown }
    let y = withRecorder(null, () => noGrad(() => forward(context, ...inputs)))
    if (!(y instanceof Tensor))
      throw new TypeError(`${name}: forward returned ${typeof y}, not a Tensor`)
    if (inputs.includes(y)) y = y.detach()
    const output = y
    record(name, inputs, null, output, gy => {
      const gs = backward({ inputs, saved: context.saved, output }, gy)
      return gs === null || gs instanceof Tensor ? [gs] : gs
    })
    if (tracks(inputs) && output.node) output.node.foreign = true
    return output
  }
}
