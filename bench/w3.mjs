// The LeNet training step of 28×28 images, batch 64, beside PyTorch 2 on the same CPU in the same run, interleaved.
// `node bench/w3.mjs [--python PYTHON_WITH_TORCH] [--rounds 7] [--steps 20] [--threads 2]`
import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createInterface } from 'node:readline'
import { backend, crossEntropy, manualSeed, nn, optim, randn, randint } from '../src/dist/index.js'

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.TORCH_PYTHON ?? 'python3' },
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '20' },
  },
})
const rounds = Number(values.rounds)
const steps = Number(values.steps)
const FLOPS = 1427e6

const TORCH = `
import sys, time, torch
from torch import nn
torch.manual_seed(1)
threads = int(sys.argv[1])
torch.set_num_threads(threads)
net = nn.Sequential(nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
loss_of = nn.CrossEntropyLoss()
def step():
    loss = loss_of(net(x), y); opt.zero_grad(); loss.backward(); opt.step()
for _ in range(20): step()
print(torch.__version__, torch.get_num_threads(), flush=True)
for line in sys.stdin:
    n = int(line); t = time.perf_counter()
    for _ in range(n): step()
    print((time.perf_counter() - t) / n * 1000, flush=True)
`

/** PyTorch in its own process, one line in, one line out. */
function torch(threads) {
  const child = spawn(values.python, ['-c', TORCH, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value
  return {
    ready: next(),
    time: async n => {
      child.stdin.write(`${n}\n`)
      return Number(await next())
    },
    end: () => child.stdin.end(),
  }
}

manualSeed(1)
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
const optimizer = new optim.SGD(net.parameters(), { lr: 0.01, momentum: 0.9 })
const x = randn([64, 1, 28, 28])
const y = randint(0, 10, [64])
function step() {
  const loss = crossEntropy(net.forward(x), y)
  optimizer.zeroGrad()
  loss.backward()
  optimizer.step()
  return loss
}
for (let i = 0; i < 20; i++) step()
const ours = n => {
  const t = performance.now()
  for (let i = 0; i < n; i++) step()
  return (performance.now() - t) / n
}
const median = a => [...a].sort((p, q) => p - q)[a.length >> 1]

const { threads, simd } = backend().info()
const peer = torch(threads)
const version = await peer.ready
if (!version) {
  console.error(`no PyTorch: ${values.python} -c "import torch" fails; name one with --python`)
  process.exit(1)
}
console.log(
  `${cpus()[0].model}, ${cpus().length} processors, Node ${process.version}, PyTorch ${version.split(' ')[0]} (default layout)`,
)
console.log(`threads: ours ${threads} (${simd}), PyTorch ${version.split(' ')[1]}`)
const [a, b] = [[], []]
for (let r = 0; r < rounds; r++) {
  a.push(ours(steps))
  b.push(await peer.time(steps))
}
peer.end()
console.log(
  `W3 training step: ours ${median(a).toFixed(2)} ms (${(FLOPS / median(a) / 1e6).toFixed(1)} GFLOP/s), PyTorch ${median(b).toFixed(2)} ms, ratio of medians ${(median(a) / median(b)).toFixed(2)}`,
)
process.exit(0)
