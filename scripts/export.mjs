// `npm run export -- notebook.ipynb…`: each as one HTML file beside it, views alive, nothing fetched.  -- [--to folder]
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensurePackages } from './lib/setup.mjs'
import { fail, say, StepError } from './lib/steps.mjs'

/** npm runs scripts in the project; files are meant from where the reader stands. */
const from = process.env.INIT_CWD ?? process.cwd()

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { to: { type: 'string' } },
  })
  if (!positionals.length)
    throw new StepError('export: which notebook? npm run export -- notebooks/01-one-filter.ipynb')
  await ensurePackages()
  const { exportNotebook } = await import('./lib/export.mjs')
  for (const name of positionals) {
    const file = resolve(from, name)
    const title = basename(file).replace(/\.ipynb$/, '')
    const to = join(values.to ? resolve(from, values.to) : dirname(file), `${title}.html`)
    let notebook
    try {
      notebook = JSON.parse(readFileSync(file, 'utf8'))
    } catch (error) {
      throw new StepError(`export: ${name}: ${error.message}`)
    }
    const html = await exportNotebook(notebook, { folder: dirname(file), title }).catch(error => {
      throw new StepError(`export: ${name}: ${error.message}`)
    })
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, html)
    say(`${to} (${(statSync(to).size / 1e6).toFixed(2)} MB)`)
  }
}

main().catch(fail)
