// One contender of bench/compute.mjs in its own process: reads `workload count`, answers milliseconds a run.
import { createInterface } from 'node:readline'
import {
  add,
  backend,
  conv2d,
  crossEntropy,
  manualSeed,
  matmul,
  nn,
  noGrad,
  optim,
  randint,
  randn,
  reshape,
  setBackend,
  tanh,
  zeros,
} from '../../src/dist/index.js'

const threads = Number(process.argv[2])
setBackend('wasm', { threads })
manualSeed(1)

/** Each makes its workload's run. */
const make = {
  W1() {
    const [a, b] = [randn([512, 512]), randn([512, 512])]
    return () => noGrad(() => matmul(a, b))
  },
  W3() {
    const net = new nn.Sequential([
      new nn.Conv2d(1, 32, 5),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(32, 64, 5),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(1024, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    ])
    const optimizer = new optim.SGD(net.parameters(), { lr: 0.01 })
    const [x, y] = [randn([64, 1, 28, 28]), randint(0, 10, [64])]
    return () => {
      const loss = crossEntropy(net.forward(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
  },
  W4() {
    const conv = (i, o, k, options) => [new nn.Conv2d(i, o, k, options), new nn.ReLU()]
    const net = new nn.Sequential([
      ...conv(3, 64, 11, { stride: 4, padding: 2 }),
      new nn.MaxPool2d(3, { stride: 2 }),
      ...conv(64, 192, 5, { padding: 2 }),
      new nn.MaxPool2d(3, { stride: 2 }),
      ...conv(192, 384, 3, { padding: 1 }),
      ...conv(384, 256, 3, { padding: 1 }),
      ...conv(256, 256, 3, { padding: 1 }),
      new nn.MaxPool2d(3, { stride: 2 }),
      new nn.Flatten(),
      new nn.Linear(9216, 4096),
      new nn.ReLU(),
      new nn.Linear(4096, 4096),
      new nn.ReLU(),
      new nn.Linear(4096, 1000),
    ])
    const x = randn([1, 3, 224, 224])
    return () => noGrad(() => net.forward(x))
  },
  W5f() {
    const [x, w] = [randn([8, 64, 56, 56]), randn([64, 64, 3, 3])]
    return () => noGrad(() => conv2d(x, w, { padding: 1 }))
  },
  W5b() {
    const [x, w] = [randn([8, 64, 56, 56]).requiresGrad_(), randn([64, 64, 3, 3]).requiresGrad_()]
    const g = randn([8, 64, 56, 56])
    return () => {
      x.grad = w.grad = null
      conv2d(x, w, { padding: 1 }).backward(g)
    }
  },
  W6r: () => recurrent('RNN'),
  W6l: () => recurrent('LSTM'),
  W6s() {
    const [T, N, I, H, O] = [50, 32, 64, 256, 64]
    const weight = (...shape) => {
      const w = noGrad(() => randn(shape).mul(1 / Math.sqrt(H)))
      return w.requiresGrad_()
    }
    const [U, W, b, V, c] = [weight(I, H), weight(H, H), weight(H), weight(H, O), weight(O)]
    const xs = Array.from({ length: T }, () => randn([N, I]))
    const ys = Array.from({ length: T }, () => randint(0, O, [N]))
    const optimizer = new optim.SGD([U, W, b, V, c], { lr: 0.01 })
    return () => {
      let h = zeros([N, H])
      let loss = null
      for (let t = 0; t < T; t++) {
        h = tanh(add(add(matmul(xs[t], U), matmul(h, W)), b))
        const l = crossEntropy(add(matmul(h, V), c), ys[t])
        loss = loss ? add(loss, l) : l
      }
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
  },
  add() {
    const [a, b] = [randn([4, 4]), randn([4, 4])]
    return () => {
      for (let i = 0; i < 1000; i++) add(a, b)
    }
  },
  addb() {
    const [x, b, g] = [randn([4, 4]).requiresGrad_(), randn([4, 4]), randn([4, 4])]
    return () => {
      let y = x
      for (let i = 0; i < 1000; i++) y = add(y, b)
      y.backward(g)
    }
  },
}
/** A library layer over T steps, its linear read-out, cross-entropy and an SGD step. */
function recurrent(kind) {
  const [T, N, I, H, O] = [50, 32, 64, 256, 64]
  if (!nn[kind]) return null
  const layer = new nn[kind](I, H)
  const out = new nn.Linear(H, O)
  const optimizer = new optim.SGD([...layer.parameters(), ...out.parameters()], { lr: 0.01 })
  const [x, y] = [randn([T, N, I]), randint(0, O, [T * N])]
  return () => {
    const result = layer.forward(x)
    const hidden = Array.isArray(result) ? result[0] : (result.output ?? result)
    const loss = crossEntropy(out.forward(reshape(hidden, [T * N, H])), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
  }
}

const { simd } = (add(randn([4]), 1), backend().info())
console.log(`layerscope, ${threads} ${threads > 1 ? 'threads' : 'thread'}, ${simd}`)
const runs = new Map()
for await (const line of createInterface(process.stdin)) {
  const [id, count] = line.split(' ')
  try {
    if (!runs.has(id)) runs.set(id, make[id]?.() ?? null)
    const run = runs.get(id)
    if (!run) {
      console.log('no')
      continue
    }
    const start = performance.now()
    for (let i = 0; i < Number(count); i++) run()
    console.log((performance.now() - start) / Number(count))
  } catch (error) {
    console.log(`no ${String(error.message ?? error).split('\n')[0]}`)
  }
}
process.exit(0)
