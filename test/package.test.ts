// What the build makes of the library for those who install it.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { root } from '../scripts/lib/paths.mjs'

/** In a process of its own: the bundles as Node loads them. */
const NAMES = `
const wrong = []
const seen = new Set()
let classes = 0
const look = from => {
  if (seen.has(from)) return
  seen.add(from)
  for (const [name, value] of Object.entries(from))
    if (typeof value === 'function' && /^class\\b/.test(String(value))) {
      classes++
      if (value.name !== name) wrong.push(name + ': ' + value.name)
    } else if (value && Object.getPrototypeOf(value) === Object.prototype) look(value)
}
for (const entry of ['index', 'explain', 'io', 'spec']) look(await import('./src/dist/' + entry + '.js'))
console.log(JSON.stringify({ classes, wrong }))
`

test('classes keep their names in the package', () => {
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', NAMES], {
    cwd: root,
    encoding: 'utf8',
  })
  const { classes, wrong } = JSON.parse(out) as { classes: number; wrong: string[] }
  expect(classes).toBeGreaterThan(80)
  expect(wrong).toEqual([])
})
