// The compiler of cells beside tslab's converter (its TypeScript 5.0.4, not strict, as it ships), in one run, in turn:
// milliseconds for a trivial cell early and late, memory, help; and loops over variables of cells against loops over locals.
// `node bench/compiler.mjs [--cells 2000]`
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { cells: { type: 'string', default: '2000' } } })
const cells = Number(values.cells)
const kernel = join(dirname(fileURLToPath(import.meta.url)), '../kernel')
const out = join(kernel, 'dist/bench')
const folder = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

await build({
  stdin: {
    contents: ['compiler/compiler', 'compiler/node-host', 'runner/variables', 'runner/modules']
      .map(f => `export * from './${f}.ts'`)
      .join('\n'),
    resolveDir: kernel,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: join(out, 'compiler.js'),
  external: ['typescript', 'tslab'],
  logLevel: 'warning',
})
for (const f of ['globals.d.ts', 'light.d.ts'])
  copyFileSync(join(kernel, 'compiler', f), join(out, f))
const { Compiler, nodeHost, Variables, CellState, runCell } = await import(
  pathToFileURL(join(out, 'compiler.js')).href
)

const sorted = xs => [...xs].sort((a, b) => a - b)
const at = (xs, p) => sorted(xs)[Math.floor((xs.length - 1) * p)]
const ms = x => `${x.toFixed(2)} ms`
const row = (name, ...columns) =>
  console.log(name.padEnd(44), ...columns.map(c => String(c).padStart(12)))
const timed = f => {
  const t = performance.now()
  f()
  return performance.now() - t
}
const megabytes = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

process.chdir(folder)
let compiler
const began = timed(() => {
  compiler = new Compiler(nodeHost(folder))
  compiler.warm()
})
const whole = timed(() => {
  while (compiler.idle());
})
const require = createRequire(join(kernel, 'x.js'))
let converter
const theirs = timed(() => {
  converter = require('tslab/dist/converter.js').createConverter({ isJS: false, isBrowser: false })
  converter.convert('', 'const warm: number = 1')
})
row('', 'ours', 'tslab')
row('ready for the first cell', ms(began), ms(theirs))
row('  the rest, between cells', ms(whole))

let declarations = ''
const ours = source => {
  const cell = compiler.compile(source)
  if ('traceback' in cell) throw new Error(cell.message)
  cell.commit()
}
const converted = source => {
  const r = converter.convert(declarations, source)
  if (r.diagnostics.length) throw new Error(r.diagnostics[0].messageText)
  declarations = r.declOutput ?? declarations
}
const cell = i => `const v${i} = ${i}; function f${i}(x: number) { return x + v${i} }; f${i}(1)`
const times = { ours: [], tslab: [], trivialOurs: [], trivialTslab: [] }
const before = megabytes()
for (let i = 0; i < cells; i++) {
  times.ours.push(timed(() => ours(cell(i))))
  // tslab's grows so slow that its last hundred stand for the rest.
  if (i < 100 || i % Math.ceil(cells / 100) === 0) times.tslab.push(timed(() => converted(cell(i))))
  if (i % 20 === 0) {
    times.trivialOurs.push(timed(() => ours('1 + 1')))
    times.trivialTslab.push(timed(() => converted('1 + 1')))
    while (compiler.idle());
  }
}
const after = megabytes()
const early = xs => xs.slice(10, 60)
row(
  'cell with a new const and function, 10th–60th',
  ms(at(early(times.ours), 0.5)),
  ms(at(early(times.tslab), 0.5)),
)
row(
  `  the last 50 of ${cells}`,
  ms(at(times.ours.slice(-50), 0.5)),
  `${ms(at(times.tslab.slice(-20), 0.5))} *`,
)
row(
  '1 + 1 among the first 400 cells',
  ms(at(times.trivialOurs.slice(0, 20), 0.5)),
  ms(at(times.trivialTslab.slice(0, 20), 0.5)),
)
row(
  '1 + 1 among the last 400, p50',
  ms(at(times.trivialOurs.slice(-20), 0.5)),
  ms(at(times.trivialTslab.slice(-20), 0.5)),
)
row('1 + 1, p95 of all', ms(at(times.trivialOurs, 0.95)), ms(at(times.trivialTslab, 0.95)))
if (globalThis.gc) row('heap growth of both, MB', (after - before).toFixed(1))
console.log('* tslab has had a tenth of the cells or fewer by then')

const help = (name, f) => {
  const xs = Array.from({ length: 40 }, () => timed(f))
  row(name, ms(at(xs, 0.5)), `p95 ${at(xs, 0.95).toFixed(1)}`)
}
help('complete members: v1.toF', () => compiler.complete('v1.toF', 6))
help('complete globals: v1', () => compiler.complete('v1', 2))
help('hover: f1', () => compiler.inspect('f1(1)', 1))

const variables = new Variables()
const modules = { require: undefined, meta: { filename: '', dirname: '' } }
const run = source => {
  const compiled = compiler.compile(source)
  if ('traceback' in compiled) throw new Error(compiled.message)
  const state = new CellState(
    {},
    () => Promise.resolve(),
    () => undefined,
  )
  const time = timed(() => runCell(compiled.code, 'cell', state, variables, modules))
  compiled.commit()
  variables.expose(compiled.code.names)
  return time
}
run('let e = 0, q = 0; const xs = new Float64Array(1000)')
const loops = [
  [
    'integers',
    'let s = 0; for (let i = 0; i < 2e7; i++) s += i % 7',
    'e = 0; for (let i = 0; i < 2e7; i++) e += i % 7',
  ],
  [
    'doubles',
    'let s = 0; for (let i = 0; i < 2e7; i++) s += i * 0.5',
    'e = 0; for (let i = 0; i < 2e7; i++) e += i * 0.5',
  ],
  [
    'while',
    'let s = 0, w = 0; while (s < 2e7) { s++; w += s & 3 }',
    'e = 0; q = 0; while (e < 2e7) { e++; q += e & 3 }',
  ],
  [
    'array',
    'const s = new Float64Array(1000); for (let k = 0; k < 2e4; k++) for (let i = 0; i < 1000; i++) s[i] = s[i] * 0.5 + i',
    'for (let k = 0; k < 2e4; k++) for (let i = 0; i < 1000; i++) xs[i] = xs[i] * 0.5 + i',
  ],
  [
    'function',
    'let s = 0; const add = (x: number) => { s += x }; for (let i = 0; i < 2e7; i++) add(i)',
    '',
  ],
]
console.log()
row('loops', 'locals', 'its own', 'an earlier’s', 'worst ratio')
for (const [name, own, earlier] of loops) {
  const t = [[], [], []]
  for (let i = 0; i < 7; i++) {
    t[0].push(run(`{ ${own} }`))
    t[1].push(run(own))
    if (earlier) t[2].push(run(earlier))
  }
  const [local, mine, other] = t.map(xs => (xs.length ? at(xs, 0.5) : NaN))
  row(
    `  ${name}`,
    ms(local),
    ms(mine),
    earlier ? ms(other) : '',
    (Math.max(mine, other || 0) / local).toFixed(2),
  )
}
converter.close()
