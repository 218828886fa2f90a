// What is said beside an error, for people who come from other notebooks.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Lab, plain } from './lab.ts'

const lab = new Lab()
afterAll(() => lab.remove())

it.each([
  ['x = 5', '→ let x = … declares it'],
  ['print("hi")', '→ console.log(…) prints'],
  ['const t = True', '→ it is true here'],
  [
    '!ls -la',
    `→ a shell command: require('child_process').execSync("ls -la", { stdio: 'inherit' })`,
  ],
  ['import { a } from "nowhere-at-all/sub"', '→ npm install nowhere-at-all   in '],
  ['import { a } from "@some/where/sub"', '→ npm install @some/where   in '],
  ['const el = <b>hi</b>', '→ this is JSX'],
  ['def f(x): return x', '→ this looks like Python'],
  ['import numpy as np', '→ this looks like Python'],
  ['for i in range(3):\n  g(i)', '→ this looks like Python'],
])('%s', async (code, said) => {
  expect((await lab.run(code)).typeError).toBeDefined()
  const text = plain(lab.traceback)
  expect(text).toContain(said)
  expect(text.split('→').length).toBe(2)
})

it.each([
  'nobody + 1',
  'import { a } from "./nowhere"',
  'import { a } from "node:nowhere"',
  'const a = { if: 1, for }; b c',
  'let s: string = 5',
  'const = 5',
  'nobody.x = 1',
])('nothing for %s', async code => {
  expect((await lab.run(code)).typeError).toBeDefined()
  expect(plain(lab.traceback)).not.toContain('→')
})

it('a package that is there but has no types needs no installing', async () => {
  mkdirSync(join(lab.folder, 'node_modules/untyped'), { recursive: true })
  writeFileSync(join(lab.folder, 'node_modules/untyped/index.js'), 'exports.u = 1')
  expect(await lab.value('import { u } from "untyped"; u')).toBe(1)
})
