/** RNN, LSTM and GRU as ONNX's nodes of these names, one for each layer. */
import { noGrad } from '../../autograd/tape.ts'
import { GRU, LSTM, type RNN } from '../../nn/index.ts'
import { cat, narrow, stack } from '../../ops/views.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Graph } from './export.ts'

/** Rows of each gate: PyTorch's order to ONNX's. */
const GATES = { RNN: [0], LSTM: [0, 3, 1, 2], GRU: [1, 0, 2] } as const

/** The output of all steps, from states of zeros: [T, N, I] → [T, N, directions·H], or [N, T, …]. */
export function recurrent(g: Graph, layer: RNN | LSTM | GRU): void {
  const op = layer instanceof LSTM ? 'LSTM' : layer instanceof GRU ? 'GRU' : 'RNN'
  const H = layer.hiddenSize
  const directions = layer.bidirectional ? ['', '_reverse'] : ['']
  const rows = (t: Tensor): Tensor => cat(GATES[op].map(gate => narrow(t, 0, gate * H, H)))
  const all = (name: string) =>
    noGrad(() => stack(directions.map(d => rows(layer.weight(name + d).detach()))))
  if (g.sizes.length !== 3) g.bad('takes 3 axes: [T, N, I] or [N, T, I]')
  if (layer.batchFirst) g.node('Transpose', [], { perm: [1, 0, 2] })
  for (let k = 0; k < layer.numLayers; k++) {
    const weights = [
      ...g.weight(`W_l${k}`, all(`weight_ih_l${k}`)),
      ...g.weight(`R_l${k}`, all(`weight_hh_l${k}`)),
    ]
    if (layer.bias) {
      const both = noGrad(() => cat([all(`bias_ih_l${k}`), all(`bias_hh_l${k}`)], 1))
      weights.push(...g.weight(`B_l${k}`, both))
    }
    g.node(op, weights, {
      hidden_size: H,
      direction: layer.bidirectional ? 'bidirectional' : 'forward',
      ...(op === 'GRU' && { linear_before_reset: 1 }),
      ...('nonlinearity' in layer &&
        layer.nonlinearity === 'relu' && { activations: directions.map(() => 'Relu') }),
    })
    // [T, directions, N, H] with the directions side by side.
    if (layer.bidirectional) {
      g.node('Transpose', [], { perm: [0, 2, 1, 3] })
      g.node('Reshape', [g.store(`sides_l${k}`, [0, 0, 2 * H])])
    } else g.node('Squeeze', [g.store(`axis_l${k}`, [1])])
  }
  if (layer.batchFirst) g.node('Transpose', [], { perm: [1, 0, 2] })
  g.sizes = [g.sizes[0], g.sizes[1], H * directions.length]
}
