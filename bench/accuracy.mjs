// Test accuracy of the net of W3 after 5 epochs over the 10,000 committed training images, on three seeds, with the time.
// Batch 64, SGD with momentum 0.9. `node bench/accuracy.mjs [--seeds 1,2,3] [--epochs 5] [--lr 0.05]`
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { backend, crossEntropy, data, evaluate, manualSeed, nn, optim } from '../src/dist/index.js'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    epochs: { type: 'string', default: '5' },
    lr: { type: 'string', default: '0.05' },
  },
})
const epochs = Number(values.epochs)
const lr = Number(values.lr)

console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`)
const { train, test } = data.fashionMNIST()
for (const seed of values.seeds.split(',').map(Number)) {
  manualSeed(seed)
  const net = new nn.Sequential({
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
  })
  const optimizer = new optim.SGD(net.parameters(), { lr, momentum: 0.9 })
  const began = performance.now()
  for (let epoch = 0; epoch < epochs; epoch++)
    for (const { x, y } of data.batches(train, {
      size: 64,
      shuffle: true,
      seed: seed * 1000 + epoch,
    })) {
      const loss = crossEntropy(net.forward(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
  const seconds = (performance.now() - began) / 1000
  const { accuracy, loss } = evaluate(net, test)
  console.log(
    `seed ${seed}: test accuracy ${(accuracy * 100).toFixed(2)} %, test loss ${loss.toFixed(3)}, ${epochs} epochs in ${seconds.toFixed(1)} s`,
  )
}
console.log(JSON.stringify(backend().info()))
