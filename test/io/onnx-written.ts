/** Writes networks as ONNX with an input and our output, for test/golden/check_onnx.py: `node … FOLDER`. */
import { join } from 'node:path'
import { manualSeed, nn, noGrad, randint, randn, type Tensor } from '../../src/index.ts'
import { npz, onnx } from '../../src/io/index.ts'

const folder = process.argv[2]
manualSeed(6)

function write(name: string, net: nn.Module, x: Tensor, input?: readonly number[]): void {
  // Running statistics that are not their first values.
  if (x.dtype === 'float32') for (let n = 0; n < 3; n++) noGrad(() => net.train().call(x))
  net.eval()
  onnx.save(join(folder, `${name}.onnx`), net, { input })
  npz.save(join(folder, `${name}.npz`), { x, y: noGrad(() => net.call(x)) })
}

write('lenet', nn.lenet(), randn([2, 1, 28, 28]))
write(
  'layers2d',
  new nn.Sequential({
    same: new nn.Conv2d(2, 6, [3, 4], { padding: 'same', groups: 2, bias: false }),
    bn: new nn.BatchNorm2d(6),
    leaky: new nn.LeakyReLU(0.2),
    pool: new nn.MaxPool2d([3, 2], { stride: 2, padding: [1, 0], ceilMode: true }),
    up: new nn.ConvTranspose2d(6, 4, 3, { stride: 2, padding: 1, outputPadding: 1, dilation: 2 }),
    lrn: new nn.LocalResponseNorm(3, { alpha: 0.1 }),
    inner: new nn.Sequential([new nn.Sigmoid(), new nn.InstanceNorm2d(4)]),
    mean: new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
    adaptive: new nn.AdaptiveAvgPool2d(1),
    flatten: new nn.Flatten(),
    drop: new nn.Dropout(0.4),
    fc: new nn.Linear(4, 6, { bias: false }),
    un: new nn.Unflatten(1, [2, -1]),
    norm: new nn.LayerNorm(3),
    head: new nn.Linear(3, 4),
    softmax: new nn.Softmax(-1),
  }),
  randn([2, 2, 11, 13]),
)
write(
  'layers1d',
  new nn.Sequential({
    conv: new nn.Conv1d(3, 5, 4, { stride: 2, padding: 1 }),
    bn: new nn.BatchNorm1d(5),
    tanh: new nn.Tanh(),
    max: new nn.MaxPool1d(3, { stride: 1, dilation: 2 }),
    up: new nn.ConvTranspose1d(5, 2, 3, { stride: 2 }),
    mean: new nn.AvgPool1d(2),
    same: new nn.Identity(),
    log: new nn.LogSoftmax(1),
  }),
  randn([2, 3, 21]),
)
write(
  'activations',
  new nn.Sequential({
    fc: new nn.Linear(4, 12),
    un: new nn.Unflatten(1, [3, 2, 2]),
    prelu: new nn.PReLU(3),
    gelu: new nn.GELU(),
    elu: new nn.ELU(0.7),
    silu: new nn.SiLU(),
    mish: new nn.Mish(),
    selu: new nn.SELU(),
    softplus: new nn.Softplus(),
    relu6: new nn.ReLU6(),
  }),
  randn([3, 4]),
)
const recurrent = (name: string, net: nn.CharRNN | nn.LSTM | nn.GRU | nn.RNN, x: Tensor): void => {
  onnx.save(join(folder, `${name}.onnx`), net)
  const y = noGrad(() => {
    if (net instanceof nn.CharRNN) return net.eval().forward(x).logits
    return (net as nn.RNN).forward(x).output
  })
  npz.save(join(folder, `${name}.npz`), { x, y })
}
recurrent('charrnn', nn.charRNN(7, { embedding: 4, hidden: 5, layers: 2 }), randint(0, 7, [6, 2]))
recurrent('lstm', new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, batchFirst: true }), randn([2, 5, 3])) // prettier-ignore
recurrent('gru', new nn.GRU(3, 4, { bidirectional: true }), randn([5, 2, 3]))
recurrent('rnn', new nn.RNN(3, 4, { nonlinearity: 'relu', bias: false }), randn([5, 2, 3]))
write(
  'embedding',
  new nn.Sequential([new nn.Embedding(7, 4), new nn.Linear(4, 3), new nn.ReLU()]),
  randint(0, 7, [2, 5]),
)
