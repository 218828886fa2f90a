// Builds library, grader, kernel and JupyterLab extension from a checkout. `node scripts/build.mjs [src] [grade] [kernel] [widgets]`
import { rm } from 'node:fs/promises'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { filesUnder, pruneDeclarations } from './lib/declarations.mjs'
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

/**
 * Shortens the names inside the bundles. Classes, and whatever a user can import, keep theirs: they show them, and they stand
 * in the traces of errors.
 */
async function shorten(dist, names) {
  const { minify } = await import('terser')
  for (const file of readdirSync(dist).filter(f => f.endsWith('.js'))) {
    const path = join(dist, file)
    const { code, map } = await minify(ownNames(readFileSync(path, 'utf8')), {
      module: true,
      ecma: 2020,
      keep_classnames: true,
      keep_fnames: new RegExp(`^(${names.join('|')})$`),
      compress: { passes: 2 },
      mangle: { reserved: names },
      sourceMap: { content: readFileSync(`${path}.map`, 'utf8'), url: `${file}.map` },
    })
    writeFileSync(path, code)
    writeFileSync(`${path}.map`, map)
  }
}

/** Settings that all bundles share. */
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

/** Writes a package's declarations into its dist/types: what it exports, and what that needs. */
async function declare(title, folder, project, exports, more = []) {
  const types = join(folder, 'dist/types')
  await run(title, process.execPath, [
    ...[tsc, '-p', project, '--noEmit', 'false', '--emitDeclarationOnly', '--declaration'],
    ...[...more, '--outDir', types, '--rootDir', folder],
  ])
  pruneDeclarations(
    types,
    Object.values(exports).flatMap(e => (e.types ? [join(folder, e.types)] : [])),
  )
}

/** The bundler writes a class that names itself as `Tensor = class _Tensor`, and then it is called so: called Tensor here. */
const ownNames = code =>
  [...code.matchAll(/\b(\w+)\s*=\s*class _\1\b/g)].reduce(
    (text, [, name]) => text.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), name),
    code,
  )

/** Names of all values that the declarations under `types` hold. */
function valuesOf(types) {
  const names = new Set()
  for (const file of filesUnder(types))
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /^export declare (?:abstract )?(?:function|class|const) (\w+)/gm,
    ))
      names.add(name)
  return [...names]
}

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
  await declare('Library declarations', src, join(src, 'tsconfig.json'), exports)
  await shorten(join(src, 'dist'), valuesOf(join(src, 'dist/types')))
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
  await declare(
    'Declarations of exercises and grader',
    folder,
    join(folder, 'tsconfig.types.json'),
    exports,
    ['--customConditions', 'null'],
  )
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
