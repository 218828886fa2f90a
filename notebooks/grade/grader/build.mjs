// The two scripts of the sandbox: `run.cjs` for students' cells, `compile.cjs` for the compiler.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))

/** @param {string} out folder */
export async function buildSandbox(out) {
  await build({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    conditions: ['source'],
    define: { 'import.meta.url': '"file:///grader"' },
    external: ['typescript'],
    logLevel: 'warning',
    entryPoints: {
      run: join(here, 'child/run.ts'),
      compile: join(here, 'child/compileMain.ts'),
    },
    outdir: out,
  })
}
