// Mutation fuzzing of the file readers: npm run fuzz -- [--files 100000] [--seed 1] [reader …]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { cache, root } from './lib/paths.mjs'
import { fail, say } from './lib/steps.mjs'

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
    },
  })
  const count = Number(values.files)
  const { build } = await import('esbuild')
  const folder = join(cache, 'fuzz')
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, 'fuzz.mjs')
  await build({
    stdin: {
      contents: `export { fuzz } from './fuzz.ts'; export { TARGETS } from './fuzz-targets.ts'`,
      resolveDir: join(root, 'test/io'),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test/io/fixtures.ts')).href) }, // prettier-ignore
  })
  const { fuzz, TARGETS } = await import(pathToFileURL(outfile).href)
  const names = positionals.length ? positionals : Object.keys(TARGETS)
  for (const name of names) {
    if (!TARGETS[name]) throw new Error(`no reader ${name}; there are ${Object.keys(TARGETS).join(', ')}`) // prettier-ignore
    const start = performance.now()
    const { files, answers, errors, slowest, most } = fuzz(
      TARGETS[name],
      count,
      Number(values.seed),
    )
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    say(
      `${name}: ${files} files in ${seconds} s; ${answers} read, ${errors} refused; slowest ${slowest.toFixed(1)} ms, most memory ${(most / 2 ** 20).toFixed(0)} MiB`,
    )
    if (slowest > 5000) throw new Error(`${name}: one file took ${slowest.toFixed(0)} ms`)
    if (most > 2 ** 29) throw new Error(`${name}: ${most} bytes`)
  }
}

main().catch(fail)
