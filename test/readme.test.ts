// The README's example runs as it stands there, and does what the text below it says.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { cache, root } from '../scripts/lib/paths.mjs'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const folder = join(cache, 'test', 'readme')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('ten lines train a network and show what it saw', async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const [imports, ...lines] = code.trim().split('\n')
  expect(imports).toMatch(/^import .* from 'layerscope'$/)
  expect(lines.filter(l => l.trim() && l.trim() !== '}')).toHaveLength(10)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'example.ts')
  writeFileSync(file, `${code}export { net, train, test }\n`)
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const { net, train, test } = (await import(file)) as {
    net: { parameters(): Iterable<{ size: number }> }
    train: { length: number }
    test: { length: number }
  }
  const text = printed.mock.calls.flat().join('\n')
  printed.mockRestore()
  expect([train.length, test.length]).toEqual([10_000, 10_000])
  expect([...net.parameters()].reduce((n, p) => n + p.size, 0)).toBe(61_706)
  // Outside of a notebook `show` says the view in words: the layer it opens with, and the answer.
  expect(text).toMatch(/^conv2 after ReLU {2}\[16, 10, 10\]/)
  expect(text).toMatch(/The network says \S/)
})

it('what it points at is there', () => {
  for (const [, target] of readme.matchAll(/\]\(([^)#]+)\)/g))
    if (!/^https?:/.test(target)) expect(() => readFileSync(join(root, target))).not.toThrow()
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const [, name] of readme.matchAll(/npm (?:run )?(\w+)/g))
    expect(scripts[name], `npm run ${name}`).toBeDefined()
})
