// Speed of the compute library beside PyTorch 2 (default layout and channels-last), onnxruntime-node and tfjs (wasm) on the
// same processor in the same run: interleaved rounds, medians.
// A round in which something else took the processor from a contender is repeated.
// `node bench/compute.mjs [--python PYTHON_WITH_TORCH] [--rounds 7] [--only W3,W5f] [--no-peers]`
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { barsOf } from './lib/bars.mjs'
import { vectorUnits } from './lib/processor.mjs'
import { waited } from './lib/waited.mjs'
import { WORKLOADS } from './lib/workloads.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const cache = join(here, '../.cache/bench')
const lib = name => join(here, 'lib', name)
const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.TORCH_PYTHON ?? 'python3' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    'no-peers': { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const only = values.only?.split(',')
const peers = !values['no-peers']
/** Milliseconds one contender computes in one round. */
const SLICE = 150
/** Share of a round that its threads may have stood in the queue for a processor, and how often a round is tried. */
const DISTURBED = 0.02
const TRIES = 25
const PEERS = {
  '@tensorflow/tfjs': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  'onnxruntime-node': '1.22.0',
}

const median = a => [...a].sort((p, q) => p - q)[a.length >> 1]

async function peakMeter() {
  mkdirSync(cache, { recursive: true })
  const outfile = join(cache, 'peak.mjs')
  await build({
    entryPoints: [lib('peak.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  })
  return (await import(outfile)).peakMeter()
}

/** The peers' packages, in a folder of their own. @returns whether they are there */
function installPeers() {
  const manifest = join(cache, 'package.json')
  if (!existsSync(manifest)) {
    writeFileSync(manifest, JSON.stringify({ private: true, dependencies: PEERS }))
    const r = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
      cwd: cache,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
      shell: process.platform === 'win32',
    })
    if (r.status !== 0) console.log('the peers of npm could not be installed; they are left out')
  }
}

/** A contender in its own process: a line in, a line out. Its first line is its name. */
async function contender(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value
  const name = await next()
  if (name === undefined) return null
  /** Milliseconds a run, or null when it cannot do this. */
  const time = async (id, count) => {
    child.stdin.write(`${id} ${count}\n`)
    const answer = await next()
    const value = Number(answer)
    return answer === undefined || !Number.isFinite(value) ? null : value
  }
  return {
    name,
    time,
    /** The same, again until nobody else took the processor; after many tries the least disturbed. */
    undisturbed: async (id, count) => {
      let best = null
      for (let i = 0; i < TRIES; i++) {
        const before = waited(child.pid)
        const ms = await time(id, count)
        if (ms === null) return null
        const share = (waited(child.pid) - before) / (ms * count)
        if (!best || share < best.share) best = { ms, share }
        if (share <= DISTURBED) break
      }
      return best
    },
    end: () => child.stdin.end(),
  }
}

const threads = Math.min(2, availableParallelism())
const counts = [...new Set([1, threads])]
const started = performance.now()
const meter = await peakMeter()
const wanted = []
for (const n of counts) wanted.push([process.execPath, [lib('ours.mjs'), String(n)]])
if (peers) {
  installPeers()
  const models = join(cache, 'models')
  mkdirSync(models, { recursive: true })
  if (!existsSync(join(models, 'W4.onnx')))
    spawnSync(values.python, [lib('ort.py'), models], { stdio: 'ignore' })
  for (const n of counts) {
    wanted.push([values.python, [lib('pytorch.py'), String(n), 'default']])
    wanted.push([values.python, [lib('pytorch.py'), String(n), 'channels-last']])
    wanted.push([process.execPath, [lib('ort.mjs'), cache, models, String(n)]])
  }
  wanted.push([process.execPath, [lib('tfjs.mjs'), cache]])
}
const all = (await Promise.all(wanted.map(w => contender(...w)))).filter(c => c)
const missing = wanted.length - all.length

const units = vectorUnits()
console.log(
  `${cpus()[0].model.trim()} (${arch()}, ${units.text}), ${cpus().length} processors, Node ${process.version}`,
)
for (const c of all) console.log(`  ${c.name}`)
if (missing)
  console.log(
    `  (${missing} contenders did not start; PyTorch is looked for in ${values.python}, --python names another)`,
  )

const peaks = []
const table = []
let disturbed = 0
let measured = 0
for (const w of WORKLOADS.filter(w => !only || only.includes(w.id))) {
  const times = new Map()
  const count = new Map()
  for (const c of all) {
    // Warm: twice, then as often as fits into a slice.
    const first = (await c.time(w.id, 1)) === null ? null : await c.time(w.id, 2)
    if (first === null) continue
    count.set(c, Math.max(1, Math.min(2000, Math.round(SLICE / first))))
    await c.time(w.id, count.get(c))
    times.set(c, [])
  }
  for (let r = 0; r < rounds; r++) {
    peaks.push(meter.run())
    for (const [c, list] of times) {
      const t = await c.undisturbed(w.id, count.get(c))
      if (t === null) continue
      measured++
      if (t.share > DISTURBED) disturbed++
      list.push(t.ms)
    }
  }
  table.push({ ...w, results: [...times].map(([c, list]) => ({ name: c.name, ms: median(list) })) })
}
for (const c of all) c.end()

const peak = median(peaks)
console.log(
  `128-bit multiply-add peak, one thread, ${meter.relaxed ? 'relaxed' : 'not relaxed'}: ${peak.toFixed(1)} GFLOP/s (median of ${peaks.length})`,
)
for (const { id, what, mflop, micro, results } of table) {
  console.log(`\n${id}  ${what}`)
  const ofTorch = n =>
    Math.min(
      ...results
        .filter(r => r.name.startsWith('PyTorch') && r.name.includes(`, ${n} thread`))
        .map(r => r.ms),
    )
  for (const { name, ms } of results) {
    const n = Number(/, (\d+) thread/.exec(name)?.[1] ?? 1)
    // A run of a small operation is a thousand of them: milliseconds are microseconds each.
    const parts = [`${ms.toFixed(micro ? 3 : 2)} ${micro ? 'µs' : 'ms'}`.padStart(11)]
    if (mflop) {
      const rate = mflop / ms
      parts.push(`${rate.toFixed(1).padStart(6)} GFLOP/s`)
      parts.push(`${((100 * rate) / peak / n).toFixed(0).padStart(4)} % of the peak`)
    }
    if (name.startsWith('layerscope') && Number.isFinite(ofTorch(n)))
      parts.push(`${(ms / ofTorch(n)).toFixed(2)} × PyTorch's best`)
    console.log(`  ${name.padEnd(42)} ${parts.join('  ')}`)
  }
  const mine = counts.map(n => results.find(r => r.name.startsWith(`layerscope, ${n} `))?.ms)
  if (mine.length === 2 && mine.every(Boolean) && !micro)
    console.log(`  two threads against one: ${(mine[0] / mine[1]).toFixed(2)} ×`)
}
console.log('\nBars')
for (const { what, value, bar, met } of barsOf({ table, peak, units }))
  console.log(`  ${met ? 'met  ' : 'UNMET'}  ${what}: ${value} (${bar})`)
console.log(
  `\n${((performance.now() - started) / 1000).toFixed(0)} s; ${disturbed} of ${measured} rounds disturbed by others`,
)
process.exit(0)
