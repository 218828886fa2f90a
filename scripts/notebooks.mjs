// Makes notebooks/*.ipynb from notebooks/sources/*.md.
//   node scripts/notebooks.mjs [names…]           new text; outputs of unchanged notebooks are kept
//   node scripts/notebooks.mjs --execute [names…] runs them in the project's .venv and keeps what came out
//   --solved   exercises hold their solutions      --to <folder>   default notebooks/
//   --check    writes nothing; fails when a notebook does not match its source
//   --python <path>   default the .venv's
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { fingerprint, notebook } from './lib/notebook-source.mjs'
import { inVenv, jupyterEnv, notebooks as home, root } from './lib/paths.mjs'
import { fail, run, say, StepError } from './lib/steps.mjs'

const sources = join(home, 'sources')
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    execute: { type: 'boolean', default: false },
    solved: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    to: { type: 'string', default: home },
    python: { type: 'string', default: inVenv('python') },
  },
})

const all = readdirSync(sources)
  .filter(file => file.endsWith('.md'))
  .map(file => basename(file, '.md'))
const unknown = positionals.filter(name => !all.includes(name))
if (unknown.length)
  fail(new StepError(`no notebook ${unknown.join(', ')}; there are ${all.join(', ')}`))

const measuredFile = join(sources, 'measured.json')
const measured = existsSync(measuredFile) ? JSON.parse(readFileSync(measuredFile, 'utf8')) : {}
const write = (file, nb) => writeFileSync(file, JSON.stringify(nb, null, 1) + '\n')

try {
  mkdirSync(options.to, { recursive: true })
  const stale = []
  for (const name of positionals.length ? positionals : all) {
    const source = join(sources, `${name}.md`)
    const target = join(options.to, `${name}.ipynb`)
    const nb = notebook(readFileSync(source, 'utf8'), {
      file: source,
      measured,
      solved: options.solved,
    })
    const old = existsSync(target) ? JSON.parse(readFileSync(target, 'utf8')) : null
    const same = old !== null && fingerprint(old) === fingerprint(nb)
    if (options.check) {
      if (!same) stale.push(name)
      continue
    }
    if (same && !options.execute) {
      for (const [n, cell] of nb.cells.entries())
        if (cell.cell_type === 'code') {
          cell.outputs = old.cells[n].outputs
          cell.execution_count = old.cells[n].execution_count
        }
    }
    write(target, nb)
    if (options.execute)
      await run(
        `Running ${name}`,
        options.python,
        [join(root, 'scripts/python/execute_notebook.py'), target],
        {
          env: jupyterEnv(),
          cwd: root,
          remedy: () => 'the notebook holds everything up to the cell that failed',
        },
      )
    say(`${target}${options.execute || same ? '' : ' (no outputs yet: --execute)'}`)
  }
  if (stale.length)
    throw new StepError(`notebooks that do not match their sources: ${stale.join(', ')}`, {
      remedy: `node scripts/notebooks.mjs --execute ${stale.join(' ')}`,
    })
} catch (error) {
  fail(error)
}
