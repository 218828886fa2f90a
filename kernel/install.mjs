// Writes the kernelspec: `node kernel/install.mjs --prefix DIR` puts it into DIR/share/jupyter/kernels/layerscope.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * @param {string} prefix a virtual environment, or any folder Jupyter searches under share/jupyter
 * @returns {string} the kernelspec's folder
 */
export function install(prefix) {
  const front = join(here, 'dist/front.js')
  if (!existsSync(front)) throw new Error(`${front} is not built: node kernel/build.mjs`)
  const folder = join(resolve(prefix), 'share/jupyter/kernels/layerscope')
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  mkdirSync(folder, { recursive: true })
  const spec = {
    argv: [process.execPath, '--no-warnings', front, '{connection_file}'],
    display_name: 'TypeScript (Layerscope)',
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { version },
  }
  writeFileSync(join(folder, 'kernel.json'), `${JSON.stringify(spec, null, 2)}\n`)
  for (const logo of ['logo-svg.svg']) copyFileSync(join(here, 'logo', logo), join(folder, logo))
  return folder
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--prefix')
  if (at < 0 || !process.argv[at + 1]) {
    console.error('usage: node kernel/install.mjs --prefix DIR')
    process.exit(2)
  }
  try {
    console.log(`kernelspec: ${install(process.argv[at + 1])}`)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
