import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { glob } from '../../../kernel/engine/handlers/history.ts'
import { dataFolder, History, historyFile } from '../../../kernel/history.ts'

let folder: string
let file: string
const log: string[] = []
const open = (f: string | null = file) => new History(f, line => log.push(line))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-history-'))
  file = join(folder, 'sub folder', 'history.jsonl')
  log.length = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the history on disk', () => {
  it('is there in the next session, with a number of its own', async () => {
    const first = open()
    first.append(1, 'let a = "é\\n😀"', '1')
    first.append(2, 'a\nb')
    const second = open()
    second.append(1, 'c')
    expect(await second.all()).toEqual([
      { session: 1, line: 1, source: 'let a = "é\\n😀"' },
      { session: 1, line: 2, source: 'a\nb' },
      { session: 2, line: 1, source: 'c' },
    ])
    expect(second.own()).toHaveLength(1)
    expect(statSync(file).mode & 0o077).toBe(0)
  })
  it('of sessions side by side is kept whole', async () => {
    const sessions = [open(), open(), open()]
    for (let n = 1; n <= 50; n++) for (const s of sessions) s.append(n, `cell ${n}`)
    const all = await open().all()
    expect(all).toHaveLength(150)
    for (const session of [1, 2, 3])
      expect(all.filter(h => h.session === session).map(h => h.line)).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      )
  })
  it('survives lines that are none, cut ones and hostile ones', async () => {
    open().append(1, 'kept')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      `${text}{"s":1,"n":"x"}\nnull\n[]\n{"s":"a","n":1,"c":2}\n\0\0\n${text.slice(0, 20)}`,
    )
    expect((await open().all()).map(h => h.source)).toEqual(['kept'])
  })
  it('is bounded, and keeps the newest', async () => {
    const h = open()
    const big = 'x'.repeat(60_000)
    for (let n = 1; n <= 120; n++) h.append(n, `${n} ${big}`)
    expect(statSync(file).size).toBeLessThan(4.3e6)
    const all = await open().all()
    expect(all.at(-1)?.line).toBe(120)
    expect(all.length).toBeGreaterThan(20)
  })
  it('that cannot be written is said once and harms nothing', async () => {
    writeFileSync(join(folder, 'a file'), '')
    const h = open(join(folder, 'a file', 'history.jsonl'))
    h.append(1, 'a')
    h.append(2, 'b')
    expect(log.filter(l => /not kept/.test(l))).toHaveLength(1)
    expect((await h.all()).map(e => e.source)).toEqual(['a', 'b'])
  })
  it('stands where Jupyter keeps its data, and can be switched off or moved', () => {
    expect(historyFile({ LAYERSCOPE_HISTORY: 'off' })).toBeNull()
    expect(historyFile({ LAYERSCOPE_HISTORY: '/x/y' })).toBe('/x/y')
    expect(historyFile({ JUPYTER_DATA_DIR: '/j' })).toBe(join('/j', 'layerscope', 'history.jsonl'))
    expect(dataFolder({ XDG_DATA_HOME: '/d' }, 'linux')).toBe(join('/d', 'jupyter'))
    expect(dataFolder({ APPDATA: '/a' }, 'win32')).toBe(join('/a', 'jupyter'))
    expect(dataFolder({}, 'darwin')).toMatch(/Library.Jupyter$/)
  })
})

describe('search patterns', () => {
  it.each([
    ['*', 'anything\nat all', true],
    ['', '', true],
    ['', 'a', false],
    ['let *', 'let a = 1', true],
    ['let *', 'xlet a', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['[ab]*', 'bcd', true],
    ['[^ab]*', 'bcd', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[ab', '[ab', true],
    ['(.+)+$', '(.+)+$', true],
  ])('%s %s', (pattern, text, matches) => expect(glob(pattern, text)).toBe(matches))
  it('that are hostile take no longer than pattern × text', () => {
    expect(glob(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false)
  })
})
