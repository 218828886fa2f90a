// What literal shapes in types cost: processor time of a first cell with layerscope and of typical cells after it, of this
// checkout's declarations, and of another's in turn with them. `node bench/types.mjs [--against FOLDER/src] [--rounds 5]`
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({
  options: { against: { type: 'string' }, rounds: { type: 'string', default: '5' } },
})
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const kernel = join(root, 'kernel')
const out = join(kernel, 'dist/bench')
await build({
  stdin: {
    contents: ['compiler', 'node-host'].map(f => `export * from './compiler/${f}.ts'`).join('\n'),
    resolveDir: kernel,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: join(out, 'types.js'),
  external: ['typescript', 'tslab'],
  logLevel: 'warning',
})
for (const f of ['globals.d.ts', 'light.d.ts'])
  copyFileSync(join(kernel, 'compiler', f), join(out, f))
const { Compiler, nodeHost } = await import(pathToFileURL(join(out, 'types.js')).href)

const first = `import { conv2d, crossEntropy, data, maxPool2d, nn, noGrad, optim, randn, relu, tensor, zeros, type Tensor } from 'layerscope'`
const cells = [
  `const x = randn([1, 3, 32, 32]), w = randn([16, 3, 3, 3]), b = zeros([16])`,
  `const maps = maxPool2d(relu(conv2d(x, w, { bias: b, stride: 2, padding: 1 })), 2)`,
  `const score = maps.flatten(1).matmul(randn([1024, 10])).mul(0.1).add(zeros([10])).pow(2).sum()`,
  `class Net extends nn.Module {
  conv = new nn.Conv2d(1, 6, 5)
  fc = new nn.Linear(864, 10)
  forward(x: Tensor) { return this.fc.forward(maxPool2d(relu(this.conv.forward(x)), 2).flatten(1)) }
}
const net = new Net()`,
  `const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 })
const steps = (images: Tensor, y: Tensor, n: number) => {
  for (let i = 0; i < n; i++) {
    const loss = crossEntropy(net.forward(images), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
  }
}`,
  `const cell = (Wx: Tensor, Wh: Tensor, bh: Tensor, text: Tensor[]) => {
  let h = zeros([1, 64])
  for (const t of text) h = t.matmul(Wx).add(h.matmul(Wh)).add(bh).tanh()
  return h
}`,
  `noGrad(() => net.parameters().map(p => p.sub(p.mul(0.1)).abs().mean().item()))`,
]

function measure(src) {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-types-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(resolve(src), join(folder, 'node_modules/layerscope'))
    const compiler = new Compiler(nodeHost(folder))
    compiler.warm()
    while (compiler.idle());
    const time = source => {
      const t = process.cpuUsage()
      const cell = compiler.compile(source)
      const { user, system } = process.cpuUsage(t)
      const ms = (user + system) / 1000
      if ('traceback' in cell) throw new Error(cell.message)
      cell.commit()
      return ms
    }
    // The second pass has other names and shapes: what a cell costs once its operations have been seen.
    const again = cells.map(c =>
      c
        .replace(/\b(x|w|b|maps|score|Net|net|optimizer|steps|cell)\b/g, '$1_')
        .replace(/32, 32/g, '28, 28')
        .replace(/16/g, '12'),
    )
    return [time(first), ...cells.map(time), ...again.map(time)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const median = xs => [...xs].sort((a, b) => a - b)[xs.length >> 1]
const sides = [join(root, 'src'), ...(values.against ? [values.against] : [])]
const rounds = sides.map(() => [])
for (let r = 0; r < Number(values.rounds); r++)
  sides.forEach((src, i) => rounds[i].push(measure(src)))
const short = cells.map(c => c.split('\n')[0].slice(0, 34))
const names = ['import', ...short, ...short.map(c => `again: ${c}`)]
const column = r => names.map((_, i) => median(r.map(t => t[i])))
const columns = rounds.map(column)
console.log(''.padEnd(42), 'here'.padStart(10), values.against ? 'against'.padStart(10) : '')
names.forEach((n, i) =>
  console.log(n.padEnd(42), ...columns.map(c => `${c[i].toFixed(1)} ms`.padStart(10))),
)
