// `npm run gallery`: builds the gallery and opens it.  -- [pages…] [--to folder] [--no-open]
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { cache, windows } from './lib/paths.mjs'
import { ensurePackages } from './lib/setup.mjs'
import { fail, say, StepError } from './lib/steps.mjs'

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      to: { type: 'string', default: join(cache, 'gallery') },
      open: { type: 'boolean', default: true },
    },
    allowNegative: true,
  })
  await ensurePackages()
  const { buildGallery, pageNames } = await import('./lib/gallery.mjs')
  const unknown = positionals.filter(n => !pageNames().includes(n))
  if (unknown.length)
    throw new StepError(
      `gallery: no page ${unknown.join(', ')}; there are ${pageNames().join(', ')}`,
    )
  const { folder, pages } = await buildGallery({
    to: resolve(values.to),
    only: positionals.length ? positionals : undefined,
  })
  const file = join(folder, 'index.html')
  say(`${pages.length} pages: ${pathToFileURL(file).href}`)
  if (values.open) open(file)
}

/** By the system's own means; where there is none the address above is what to open. */
function open(file) {
  const [command, ...args] = windows
    ? ['cmd', '/c', 'start', '', file]
    : process.platform === 'darwin'
      ? ['open', file]
      : ['xdg-open', file]
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

main().catch(fail)
