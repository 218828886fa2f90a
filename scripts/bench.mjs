// `npm run bench [name…] [-- options]`: the measurements under bench/, one after the other, alone on the machine.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/paths.mjs'
import { ensureBuilt, ensurePackages } from './lib/setup.mjs'
import { fail, say, StepError } from './lib/steps.mjs'

async function main() {
  const argv = process.argv.slice(2)
  const cut = argv.findIndex(a => a.startsWith('-'))
  const names = cut < 0 ? argv : argv.slice(0, cut)
  const options = cut < 0 ? [] : argv.slice(cut)
  const all = readdirSync(join(root, 'bench'))
    .filter(f => f.endsWith('.mjs') && !f.startsWith('_'))
    .map(f => f.slice(0, -4))
  const unknown = names.filter(n => !all.includes(n))
  if (unknown.length)
    throw new StepError(`bench: no ${unknown.join(', ')}; there are ${all.join(', ')}`)
  await ensurePackages()
  await ensureBuilt()
  for (const name of names.length ? names : all) {
    say(`bench/${name}.mjs`)
    const r = spawnSync(process.execPath, [join(root, 'bench', `${name}.mjs`), ...options], {
      stdio: 'inherit',
      cwd: root,
    })
    if (r.status !== 0)
      throw new StepError(`bench/${name}.mjs ended with ${r.signal ?? `status ${r.status}`}`)
  }
}

main().catch(fail)
