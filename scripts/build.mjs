// Builds library, kernel and JupyterLab extension from a checkout. `node scripts/build.mjs [src] [kernel] [widgets]`
import { rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fail, run } from './lib/steps.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** In a browser, `src/platform/browser/x.ts` stands in for `src/platform/x.ts`. */
const browserPlatform = {
  name: 'browser platform',
  setup(build) {
    build.onResolve({ filter: /\/platform\/[a-z]+\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path).replace(/platform([\\/])([a-z]+\.ts)$/, 'platform$1browser$1$2'),
    }))
  },
}

/** The library: one bundle with shared chunks for all entry points of its export map, and its declarations. */
async function buildLibrary() {
  const { build } = await import('esbuild')
  const src = join(root, 'src')
  const exports = JSON.parse(readFileSync(join(src, 'package.json'), 'utf8')).exports
  const entryPoints = Object.fromEntries(
    Object.values(exports)
      .filter(e => typeof e === 'object')
      .map(e => [e.default.replace('./dist/', '').replace(/\.js$/, ''), join(src, e.source)]),
  )
  await rm(join(src, 'dist'), { recursive: true, force: true })
  const shared = { entryPoints, bundle: true, splitting: true, format: 'esm', logLevel: 'warning' }
  await build({
    ...shared,
    outdir: join(src, 'dist'),
    platform: 'node',
    target: 'node20',
    sourcemap: true,
  })
  await build({
    ...shared,
    outdir: join(src, 'dist/browser'),
    platform: 'browser',
    target: 'es2022',
    minify: true,
    keepNames: true,
    plugins: [browserPlatform],
  })
  await run('Library declarations', process.execPath, [
    tsc,
    '-p',
    join(src, 'tsconfig.json'),
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--outDir',
    join(src, 'dist/types'),
    '--rootDir',
    src,
  ])
}

const parts = {
  src: buildLibrary,
  kernel: () => run('Kernel', process.execPath, [join(root, 'kernel/build.mjs')]),
  widgets: () => run('JupyterLab extension', process.execPath, [join(root, 'widgets/build.mjs')]),
}

/** @param {(keyof typeof parts)[]} [names] */
export async function build(names = ['src', 'kernel', 'widgets']) {
  for (const name of names) await parts[name]()
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2).filter(a => !a.startsWith('-'))
  const unknown = names.filter(n => !(n in parts))
  if (unknown.length)
    fail(`build: unknown part ${unknown.join(', ')}; parts are ${Object.keys(parts).join(', ')}`)
  await build(names.length ? names : undefined).catch(fail)
}
