// Bundles the kernel: dist/front.js, dist/runner.js, and what the compiler reads. `node kernel/build.mjs [--out DIR]`
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv.includes('--out')
  ? resolve(process.argv[process.argv.indexOf('--out') + 1])
  : join(here, 'dist')
const { version, dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))

mkdirSync(out, { recursive: true })
// Snapshots of the compiler stay: they know what they were made of.
for (const name of readdirSync(out))
  if (name !== 'cache') rmSync(join(out, name), { recursive: true })
const define = {
  __VERSION__: JSON.stringify(version),
  __TYPESCRIPT__: JSON.stringify(dependencies.typescript),
}
/** @type {import('esbuild').BuildOptions} */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  define,
  logLevel: 'warning',
}
await build({
  ...node,
  entryPoints: {
    front: join(here, 'front.ts'),
    compiler: join(here, 'compilerMain.ts'),
    runner: join(here, 'runner/main.ts'),
    cli: join(here, 'install/cli.ts'),
  },
  outdir: out,
  splitting: true,
  format: 'esm',
  external: ['zeromq', 'tslab', 'typescript'],
})
// A snapshot is made of one file that holds everything; TypeScript in it keeps its own comments out.
const snapshot = await build({
  ...node,
  entryPoints: [join(here, 'snapshotMain.ts')],
  format: 'cjs',
  define: { ...define, 'import.meta.url': '"file:///"' },
  alias: { 'node:module': join(here, 'snapshotStub.ts') },
  legalComments: 'none',
  minifyWhitespace: true,
  write: false,
  outfile: join(out, 'snapshot.cjs'),
})
const [{ contents }] = snapshot.outputFiles
writeFileSync(join(out, 'snapshot.cjs'), contents)
writeFileSync(join(out, 'snapshot.id'), createHash('sha256').update(contents).digest('hex'))
chmodSync(join(out, 'cli.js'), 0o755)
cpSync(join(here, 'logo'), join(out, 'logo'), { recursive: true })
for (const file of ['globals.d.ts', 'light.d.ts', 'widgets.d.ts'])
  copyFileSync(join(here, 'compiler', file), join(out, file))
console.log(`kernel ${version}: ${out}`)
