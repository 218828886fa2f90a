// A kernel as `install` leaves it: its compiler starts from a snapshot that was made in another folder.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cache, root } from '../../scripts/lib/paths.mjs'
import { Client } from './client.ts'

const node = process.env.KERNEL_NODE ?? process.execPath
const dist = join(cache, 'kernel-with-snapshot')
const folders: string[] = []

beforeAll(() => {
  const run = (args: string[]) => {
    const r = spawnSync(node, args, { encoding: 'utf8' })
    expect(`${r.stderr}${r.status === 0 ? '' : r.stdout}`).toBe('')
  }
  run([join(root, 'kernel/build.mjs'), '--out', dist])
  const prefix = mkdtempSync(join(tmpdir(), 'layerscope-prefix-'))
  folders.push(prefix)
  run([join(dist, 'cli.js'), 'install', '--prefix', prefix])
})
afterAll(() => folders.forEach(f => rmSync(f, { recursive: true, force: true })))

async function started(files: Record<string, string> = {}): Promise<Client> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'layerscope-snapshot-')))
  folders.push(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const k = await Client.start({ dist, folder, node })
  const lines = k.kernel
    .children()
    .map(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    .filter(line => line.includes('--snapshot-blob'))
  expect(lines, 'the compiler runs from the snapshot').toHaveLength(1)
  return k
}

describe.runIf(process.platform === 'linux')('a kernel with a snapshot', () => {
  it('checks its first cell', async () => {
    const k = await started()
    expect((await k.run('const a: number = "x"')).reply.evalue).toMatch(/not assignable/)
    expect((await k.run('a')).reply.evalue).toMatch(/Cannot find name 'a'/)
    await k.stop()
  })
  it('runs its first cell, and knows nothing of the cells that the snapshot was made with', async () => {
    const k = await started()
    expect((await k.run('[1, 2].map(x => x + 1).length + Buffer.from("ab").length')).value).toBe(
      '4',
    )
    for (const name of ['warm', 'A', 'a'])
      expect((await k.run(name)).reply.evalue).toMatch(`Cannot find name '${name}'`)
    await k.stop()
  })
  it('finds files and packages of its own folder, and gives help', async () => {
    const k = await started({
      'near.ts': 'export const near: string = "near"',
      'node_modules/pack/package.json':
        '{"name":"pack","version":"1.0.0","main":"index.js","types":"index.d.ts"}',
      'node_modules/pack/index.js': 'exports.far = 7',
      'node_modules/pack/index.d.ts': 'export declare const far: number',
    })
    const r = await k.run(
      'import { near } from "./near"; import { far } from "pack"; import fs from "node:fs"; [near, far, fs.existsSync("near.ts")]',
    )
    expect(r.value).toBe("[ 'near', 7, true ]")
    const code = 'near.toUpp'
    const help = await k.request('shell', 'complete_request', { code, cursor_pos: code.length })
    expect(help.content.matches).toContain('toUpperCase')
    await k.stop()
  })
  it('follows the tsconfig and the types of its folder from the first cell on', async () => {
    const k = await started({ 'tsconfig.json': '{"compilerOptions":{"strict":false}}' })
    expect((await k.run('const s: string = null; s')).reply.status).toBe('ok')
    await k.stop()
    const typed = await started({
      'node_modules/@types/mine/package.json': '{"name":"@types/mine","version":"1.0.0"}',
      'node_modules/@types/mine/index.d.ts': 'export declare const mine: number',
      'node_modules/mine/package.json': '{"name":"mine","version":"1.0.0","main":"index.js"}',
      'node_modules/mine/index.js': 'exports.mine = 3',
    })
    const r = await typed.run('import { mine } from "mine"; const n: number = mine; n')
    expect(r.value).toBe('3')
    await typed.stop()
  })
})
