// Measures the numbers that the lectures print: npm run measure [names…]. Needs the built library (npm run build).
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { measures } from './lib/measures.mjs'
import { notebooks, root } from './lib/paths.mjs'
import { say } from './lib/steps.mjs'

const file = join(notebooks, 'sources/measured.json')
const built = name => import(pathToFileURL(join(root, `src/dist/${name}.js`)).href)
const all = measures(await built('index'), await built('explain'))
const old = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const wanted = process.argv.slice(2)
const measured = {}
for (const [name, measure] of Object.entries(all)) {
  if (wanted.length && !wanted.includes(name) && old[name]) {
    measured[name] = old[name]
    continue
  }
  measured[name] = measure()
  say(`${name}: ${measured[name].text}`)
}
writeFileSync(file, JSON.stringify(measured, null, 1) + '\n')
