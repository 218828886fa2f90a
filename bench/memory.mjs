// Resident memory over training steps of the W3 net in one synchronous loop, as a cell runs it: the end minus steps 150 and 500.
// `node bench/memory.mjs [--steps 10000] [--loose]`: --loose calls the layers one by one, so that every intermediate has had a handle.
import { parseArgs } from 'node:util'
import { backend, crossEntropy, data, manualSeed, nn, optim } from '../src/dist/index.js'

const { values } = parseArgs({
  options: {
    loose: { type: 'boolean', default: false },
    steps: { type: 'string', default: '10000' },
  },
})
const steps = Number(values.steps)
manualSeed(1)
const layers = {
  conv1: new nn.Conv2d(1, 32, 5),
  relu1: new nn.ReLU(),
  pool1: new nn.MaxPool2d(2),
  conv2: new nn.Conv2d(32, 64, 5),
  relu2: new nn.ReLU(),
  pool2: new nn.MaxPool2d(2),
  flatten: new nn.Flatten(),
  fc1: new nn.Linear(1024, 128),
  relu3: new nn.ReLU(),
  fc2: new nn.Linear(128, 10),
}
const net = new nn.Sequential(layers)
const forward = values.loose
  ? x => Object.values(layers).reduce((y, layer) => layer.forward(y), x)
  : x => net.forward(x)
const optimizer = new optim.SGD(net.parameters(), { lr: 0.01, momentum: 0.9 })
const { train } = data.fashionMNIST()
const megabytes = () => process.memoryUsage.rss() / 2 ** 20
const at = {}
let step = 0
const began = performance.now()
training: for (let epoch = 0; ; epoch++)
  for (const { x, y } of data.batches(train, { size: 64, shuffle: true, seed: epoch })) {
    const loss = crossEntropy(forward(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    step++
    if (step === 150 || step === 500 || step % 2000 === 0 || step === steps) at[step] = megabytes()
    if (step === steps) break training
  }
console.log(
  `Node ${process.version}, ${values.loose ? 'layers one by one' : 'Sequential'}: ${((performance.now() - began) / step).toFixed(1)} ms a step`,
)
console.log(
  `resident memory, MB: ${Object.entries(at)
    .map(([s, m]) => `step ${s} ${m.toFixed(0)}`)
    .join(
      ', ',
    )}; the end minus step 150: ${(at[steps] - at[150]).toFixed(1)}, minus step 500: ${(at[steps] - at[500]).toFixed(1)}`,
)
console.log(JSON.stringify(backend().info()))
process.exit(0)
