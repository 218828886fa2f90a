// Bundles the kernel: dist/front.js, dist/runner.js, and what the compiler reads. `node kernel/build.mjs [--out DIR]`
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv.includes('--out')
  ? resolve(process.argv[process.argv.indexOf('--out') + 1])
  : join(here, 'dist')
const { version, dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
await build({
  entryPoints: {
    front: join(here, 'front.ts'),
    compiler: join(here, 'compilerMain.ts'),
    runner: join(here, 'runner/main.ts'),
    cli: join(here, 'install/cli.ts'),
  },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  external: ['zeromq', 'tslab', 'typescript'],
  define: {
    __VERSION__: JSON.stringify(version),
    __TYPESCRIPT__: JSON.stringify(dependencies.typescript),
  },
  logLevel: 'warning',
})
chmodSync(join(out, 'cli.js'), 0o755)
cpSync(join(here, 'logo'), join(out, 'logo'), { recursive: true })
for (const file of ['globals.d.ts', 'light.d.ts'])
  copyFileSync(join(here, 'compiler', file), join(out, file))
console.log(`kernel ${version}: ${out}`)
