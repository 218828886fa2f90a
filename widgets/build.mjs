// Builds the labextension with npm alone: our sources as one ES module with a chunk for each renderer, loaded with its first
// view, then Jupyter's builder. `node widgets/build.mjs`
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))

rmSync(join(here, 'lib'), { recursive: true, force: true })
mkdirSync(join(here, 'lib/jupyterlab'), { recursive: true })
await build({
  entryPoints: [join(here, 'jupyterlab/index.ts')],
  outdir: join(here, 'lib/jupyterlab'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  conditions: ['source'],
  // JupyterLab brings these.
  external: ['@jupyterlab/*', '@lumino/*'],
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
})
console.log('compiled')

// Style sheets as one, so that nothing is fetched by name.
await build({
  entryPoints: [join(here, 'style/index.css')],
  outfile: join(here, 'lib/style.css'),
  bundle: true,
  logLevel: 'warning',
})
mkdirSync(join(here, 'lib/style'), { recursive: true })
cpSync(join(here, 'lib/style.css'), join(here, 'lib/style/index.css'))
writeFileSync(join(here, 'lib/style/index.js'), "import './index.css'\n")

const builder = join(
  dirname(require.resolve('@jupyter/builder/package.json')),
  'lib/build-labextension.js',
)
const core = join(
  dirname(require.resolve('@jupyterlab/core-meta/package.json')),
  'core.package.json',
)
const r = spawnSync(process.execPath, [builder, '--core-package-file', core, here], {
  cwd: here,
  encoding: 'utf8',
})
if (r.status !== 0) {
  console.error(r.stdout, r.stderr)
  process.exit(r.status ?? 1)
}
console.log(`labextension ${version} built`)
