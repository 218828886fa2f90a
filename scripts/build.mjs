// Builds library, grader, kernel and JupyterLab extension from a checkout. `node scripts/build.mjs [src] [grade] [kernel] [widgets]`
import { rm } from 'node:fs/promises'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fail, run } from './lib/steps.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** `src/platform/x.ts` stays apart as `#platform/x`: the package's import map gives Node and browsers each their own. */
const platformApart = {
  name: 'platform apart',
  setup(build) {
    build.onResolve({ filter: /\/platform\/[a-z]+\.ts$/ }, ({ path }) => ({
      path: `#platform/${/([a-z]+)\.ts$/.exec(path)[1]}`,
      external: true,
    }))
  },
}

/** Declarations that no entry point leads to are taken away: nobody can name what they declare. */
function keepReachable(src, exports) {
  const reached = new Set()
  const visit = file => {
    if (reached.has(file) || !existsSync(file)) return
    reached.add(file)
    const named = /\b(?:from|import|module)\s*\(?\s*['"](\.[^'"]+)\.(?:ts|js)['"]/g
    for (const [, path] of readFileSync(file, 'utf8').matchAll(named))
      visit(join(dirname(file), `${path}.d.ts`))
  }
  for (const e of Object.values(exports)) if (e.types) visit(join(src, e.types))
  for (const f of readdirSync(join(src, 'dist/types'), { withFileTypes: true, recursive: true })) {
    const file = join(f.parentPath ?? f.path, f.name)
    if (f.isFile() && !reached.has(file)) rmSync(file)
  }
}

/** Settings that all bundles share. Names stay: classes show theirs. */
const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
}

/** @param {Record<string, unknown>} exports a package's export map @param {string} folder its */
const entries = (exports, folder) =>
  Object.fromEntries(
    Object.values(exports)
      .filter(e => typeof e === 'object')
      .map(e => [e.default.replace('./dist/', '').replace(/\.js$/, ''), join(folder, e.source)]),
  )

/** The library: one bundle with shared chunks for all entry points of its export map, and its declarations. */
async function buildLibrary() {
  const { build } = await import('esbuild')
  const src = join(root, 'src')
  const exports = JSON.parse(readFileSync(join(src, 'package.json'), 'utf8')).exports
  await rm(join(src, 'dist'), { recursive: true, force: true })
  await build({
    ...shared,
    entryPoints: entries(exports, src),
    outdir: join(src, 'dist'),
    splitting: true,
    platform: 'neutral',
    sourcemap: true,
    plugins: [platformApart],
  })
  for (const folder of ['platform', 'platform/browser'])
    await build({
      ...shared,
      entryPoints: readdirSync(join(src, folder))
        .filter(f => /^[a-z]+\.ts$/.test(f))
        .map(f => join(src, folder, f)),
      outdir: join(src, 'dist', folder),
      splitting: true,
      platform: folder === 'platform' ? 'node' : 'browser',
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
  keepReachable(src, exports)
}

/** Exercises, assignments and grader: bundles beside the built library, which stays a package of its own. */
async function buildGrade() {
  const { build } = await import('esbuild')
  const folder = join(root, 'notebooks/grade')
  const { exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const programs = Object.values(bin)
    .map(file => basename(file, '.js'))
    .filter(name => existsSync(join(folder, `${name}.ts`)))
  await rm(join(folder, 'dist'), { recursive: true, force: true })
  await build({
    ...shared,
    entryPoints: {
      ...entries(exports, folder),
      ...Object.fromEntries(programs.map(name => [name, join(folder, `${name}.ts`)])),
    },
    outdir: join(folder, 'dist'),
    splitting: true,
    platform: 'node',
    packages: 'external',
    sourcemap: true,
  })
  for (const name of programs) chmodSync(join(folder, 'dist', `${name}.js`), 0o755)
  const { buildSandbox } = await import('../notebooks/grade/grader/build.mjs')
  await buildSandbox(join(folder, 'dist/sandbox'))
  await run('Declarations of exercises and grader', process.execPath, [
    tsc,
    '-p',
    join(folder, 'tsconfig.types.json'),
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--customConditions',
    'null',
    '--outDir',
    join(folder, 'dist/types'),
    '--rootDir',
    folder,
  ])
  keepReachable(folder, exports)
}

const parts = {
  src: buildLibrary,
  grade: buildGrade,
  kernel: () => run('Kernel', process.execPath, [join(root, 'kernel/build.mjs')]),
  widgets: async () => {
    await run('JupyterLab extension', process.execPath, [join(root, 'widgets/build.mjs')])
    const { writeAnywidget } = await import('./lib/bundle.mjs')
    await writeAnywidget(join(root, 'widgets/dist/anywidget'))
  },
}

/** @param {(keyof typeof parts)[]} [names] */
export async function build(names = Object.keys(parts)) {
  for (const name of names) await parts[name]()
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2).filter(a => !a.startsWith('-'))
  const unknown = names.filter(n => !(n in parts))
  if (unknown.length)
    fail(`build: unknown part ${unknown.join(', ')}; parts are ${Object.keys(parts).join(', ')}`)
  await build(names.length ? names : undefined).catch(fail)
}
