// Writes networks as ONNX and lets Python's onnx and onnxruntime check them: node scripts/check-onnx.mjs PYTHON
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cache, root } from './lib/paths.mjs'
import { fail, run } from './lib/steps.mjs'

async function main() {
  const python = process.argv[2]
  if (!python) throw new Error('usage: node scripts/check-onnx.mjs PYTHON (with onnx, onnxruntime)')
  const { build } = await import('esbuild')
  const folder = join(cache, 'onnx')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, 'write.mjs')
  await build({
    entryPoints: [join(root, 'test/io/onnx-written.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'src/index.ts')).href) },
  })
  await run('Networks as ONNX', process.execPath, [outfile, folder])
  await run('onnx and onnxruntime', python, [join(root, 'test/golden/check_onnx.py'), folder], {
    echo: true,
  })
}

main().catch(fail)
