import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { root } from '../../scripts/lib/paths.mjs'

const out = mkdtempSync(join(tmpdir(), 'layerscope-notebooks-'))
afterAll(() => rmSync(out, { recursive: true, force: true }))
const names = readdirSync(join(root, 'notebooks/sources'))
  .filter(file => file.endsWith('.md'))
  .map(file => file.slice(0, -3))
const script = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/notebooks.mjs'), ...args], {
    encoding: 'utf8',
    cwd: root,
  })

interface Cell {
  cell_type: string
  outputs?: { output_type: string; name?: string; data?: Record<string, unknown> }[]
}

it('committed notebooks are those of their sources', () => {
  const r = script('--check')
  expect(r.status, r.stdout + r.stderr).toBe(0)
})

it.each([false, true])(
  'all notebooks run through Jupyter without an error or a word on stderr (solved: %s)',
  solved => {
    const r = script('--execute', '--to', out, ...(solved ? ['--solved'] : []))
    expect(r.status, r.stdout + r.stderr).toBe(0)
    for (const name of names) {
      const { cells } = JSON.parse(readFileSync(join(out, `${name}.ipynb`), 'utf8')) as {
        cells: Cell[]
      }
      const outputs = cells.flatMap(c => c.outputs ?? [])
      expect(outputs.filter(o => o.output_type === 'error' || o.name === 'stderr')).toEqual([])
      const views = outputs.filter(o => o.data?.['application/vnd.layerscope.view+json'])
      expect(views.length).toBeGreaterThan(0)
      for (const v of views)
        expect(Object.keys(v.data ?? {})).toEqual(
          expect.arrayContaining(['image/png', 'text/plain']),
        )
    }
  },
)
