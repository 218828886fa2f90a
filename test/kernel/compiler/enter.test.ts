// A compiler that goes on in another folder: what was found out stays where it holds there, nothing else does.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Compiler } from '../../../kernel/compiler/compiler.ts'
import { installedPaths, nodeHost, type Installed } from '../../../kernel/compiler/node-host.ts'
import { root } from '../../../scripts/lib/paths.mjs'

const installed: Installed = {
  ...installedPaths(join(root, 'kernel/compiler')),
  ts: createRequire(import.meta.url)('typescript') as Installed['ts'],
  parsed: new Map(),
}
const made: string[] = []
const folder = () => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'layerscope-enter-')))
  made.push(path)
  return path
}
afterAll(() => made.forEach(f => rmSync(f, { recursive: true })))

const said = (c: Compiler, source: string): string => {
  const cell = c.compile(source)
  if ('traceback' in cell) return cell.message
  cell.commit()
  return 'ok'
}
const used = (): Compiler => {
  const c = new Compiler(nodeHost(folder(), installed))
  c.warm()
  expect(said(c, 'const kept: number = 1')).toBe('ok')
  return c
}

it('tells every error, also in a cell right after the warming', () => {
  const c = new Compiler(nodeHost(folder(), installed))
  for (let i = 0; i < 3; i++) {
    c.warm()
    expect(said(c, 'const a: number = "x"')).toMatch(/not assignable/)
  }
})
it('keeps its program where the other folder asks for the same', () => {
  const c = used()
  expect(c.enter(nodeHost(folder(), installed))).toBe(true)
  expect(said(c, 'const a: number = "x"')).toMatch(/not assignable/)
  expect(said(c, 'kept')).toMatch(/Cannot find name 'kept'/)
  expect(said(c, '[1].at(0)?.toFixed()')).toBe('ok')
})
it('finds the files of the other folder', () => {
  const c = used()
  const other = folder()
  writeFileSync(join(other, 'near.ts'), 'export const near = 1')
  c.enter(nodeHost(other, installed))
  expect(said(c, '1 + 1')).toBe('ok')
  expect(said(c, 'import { near } from "./near"; const n: string = near')).toMatch(/not assignable/)
  expect(said(c, 'import { near } from "./near"; const n: number = near')).toBe('ok')
})
it('makes a new program where the other folder has options of its own', () => {
  const c = used()
  const other = folder()
  writeFileSync(join(other, 'tsconfig.json'), '{"compilerOptions":{"strict":false}}')
  expect(c.enter(nodeHost(other, installed))).toBe(false)
  expect(said(c, 'const s: string = null')).toBe('ok')
})
it('makes a new program where something has been imported', () => {
  const c = used()
  expect(said(c, 'import fs from "node:fs"; fs.existsSync("x")')).toBe('ok')
  c.enter(nodeHost(folder(), installed))
  expect(said(c, 'const n: number = "x"')).toMatch(/not assignable/)
})
