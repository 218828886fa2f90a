// What a user waits for before anything is computed: import time, the first call of operations (their kernels are emitted and
// compiled then), and the size of the package. Fresh processes, medians over those in which nothing else took the processor
// from the call, as far as there are any. `node bench/startup.mjs [--rounds 7]`
import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const src = join(dirname(fileURLToPath(import.meta.url)), '../src')
const median = a => [...a].sort((p, q) => p - q)[a.length >> 1]

/** Each call on data made beforehand; the second call of the same tells what is left without the first's work. */
const CHILD = `
const { waited } = await import(${JSON.stringify(new URL('lib/waited.mjs', import.meta.url).href)})
waited(process.pid)
let [start, queued] = [performance.now(), waited(process.pid)]
const done = () => [performance.now() - start, waited(process.pid) - queued]
const L = await import(${JSON.stringify('file://' + join(src, 'dist/index.js'))})
const out = { import: [done()] }
const image = L.randn([2, 16, 20, 20]), rows = L.randn([64, 100]), sequence = L.randn([4, 3, 8])
const w5 = L.randn([16, 16, 5, 5]), w3 = L.randn([16, 16, 3, 3])
const rnn = L.nn.RNN ? new L.nn.RNN(8, 8) : null
const calls = {
  add: () => L.add(rows, rows), tanh: () => L.tanh(rows), 'sum along an axis': () => L.sum(rows, { dim: 0 }),
  matmul: () => L.matmul(rows, L.transpose(rows)), softmax: () => L.softmax(rows),
  'conv2d 5x5': () => L.conv2d(image, w5), 'conv2d 3x3 (Winograd)': () => L.conv2d(image, w3),
  maxPool2d: () => L.maxPool2d(image, 2), where: () => L.where(L.gt(rows, 0), rows, 0),
  'RNN layer': rnn && (() => rnn.forward(sequence)),
}
for (const [name, f] of Object.entries(calls)) {
  if (!f) continue
  const times = []
  for (let i = 0; i < 2; i++) { queued = waited(process.pid); start = performance.now(); f(); times.push(done()) }
  out[name] = times
}
console.log(JSON.stringify(out))
process.exit(0)
`
const rounds = Number(values.rounds)
/** Share of a call that its threads may have stood in the queue for a processor, and processes for each round at most. */
const DISTURBED = 0.05
const TRIES = 8
const all = {}
const enough = () => Object.values(all).every(list => list.filter(quiet).length >= rounds)
const quiet = ([[ms, queued]]) => queued <= DISTURBED * ms
for (let r = 0; r < rounds * TRIES && (r < rounds || !enough()); r++) {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', CHILD], {
    encoding: 'utf8',
  })
  if (!stdout) throw new Error(stderr)
  for (const [name, calls] of Object.entries(JSON.parse(stdout))) (all[name] ??= []).push(calls)
}
console.log(`${cpus()[0].model.trim()}, Node ${process.version}; medians of fresh processes`)
for (const [name, list] of Object.entries(all)) {
  const undisturbed = list.filter(quiet)
  const used = undisturbed.length ? undisturbed : list
  const [first, second] = [0, 1].map(i => median(used.map(calls => calls[i]?.[0] ?? 0)))
  const note = `(${used.length} processes${undisturbed.length ? '' : ', all disturbed'})`
  console.log(
    name === 'import'
      ? `import ${first.toFixed(1)} ms ${note}`
      : `first call of ${name.padEnd(22)} ${first.toFixed(1).padStart(5)} ms, second ${second.toFixed(2)} ms ${note}`,
  )
}

/** Gzip size of what the package holds, its data sets apart. */
function packed(folder) {
  const parts = []
  for (const f of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (f.isFile() && !f.name.endsWith('.map'))
      parts.push(readFileSync(join(f.parentPath ?? f.path, f.name)))
  return gzipSync(Buffer.concat(parts), { level: 9 }).length
}
console.log(`package without data: ${(packed(join(src, 'dist')) / 1000).toFixed(0)} kB gzip`)
