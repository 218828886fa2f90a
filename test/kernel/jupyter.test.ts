// Jupyter's own programs with this kernel: the protocol's test suite, and nbclient.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inVenv, root } from '../../scripts/lib/paths.mjs'
import { buildKernel } from './support/launch.ts'

const python = inVenv('python')
const folder = mkdtempSync(join(tmpdir(), 'layerscope jupyter é-'))
const env = {
  ...process.env,
  JUPYTER_PATH: join(folder, 'share/jupyter'),
  JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
  JUPYTER_PLATFORM_DIRS: '0',
  LAYERSCOPE_HISTORY: join(folder, 'history.jsonl'),
}
const suite = (file: string) => join(root, 'test/kernel/suite', file)

beforeAll(() => {
  expect(existsSync(python), 'the local .venv is there: npm test makes it').toBe(true)
  buildKernel()
  const cli = join(root, 'kernel/dist/cli.js')
  const options = ['install', '--prefix', folder, '--no-snapshot']
  const node = process.env.KERNEL_NODE ? ['--node', process.env.KERNEL_NODE] : []
  const r = spawnSync(process.execPath, [cli, ...options, ...node], { encoding: 'utf8' })
  expect(r.stderr).toBe('')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const runPython = (args: string[]) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve => {
    const child = spawn(python, args, { env, cwd: folder })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (d: Buffer) => (stdout += d.toString()))
    child.stderr.on('data', (d: Buffer) => (stderr += d.toString()))
    child.on('close', code => resolve({ code, stdout, stderr }))
  })

describe('jupyter_kernel_test', () => {
  it('passes 13 of 13, none skipped', async () => {
    const { code, stderr } = await runPython([suite('test_layerscope.py')])
    expect(stderr).toMatch(/Ran 13 tests/)
    expect(stderr).not.toMatch(/skipped/)
    expect(code, stderr).toBe(0)
  })
})

interface Output {
  output_type: string
  ename?: string
  /** Files of notebooks keep a text as its lines. */
  text?: string[]
  data?: Record<string, string[]>
}

describe('nbclient', () => {
  it('runs a notebook with errors allowed: every cell that can runs', async () => {
    const { stdout, stderr } = await runPython([
      suite('run_notebook.py'),
      'let lr = 0.1\nfunction step() { return lr }',
      'lr = 0.01; step()',
      'throw new RangeError("on purpose")',
      'const wrong: number = "text"',
      'for (let i = 0; i < 3; i++) console.log(i)\nstep() * 2',
      'await new Promise(r => setTimeout(r, 50)); display({ "text/html": "<i>shown</i>" })',
    ])
    expect(stdout, stderr).not.toBe('')
    const { cells } = JSON.parse(stdout) as {
      cells: { outputs: Output[]; execution_count: number }[]
    }
    const outputs = cells.map(c => c.outputs)
    expect(cells.map(c => c.execution_count)).toEqual([1, 2, 3, 4, 5, 6])
    expect(outputs[0]).toEqual([])
    expect(outputs[1][0].data?.['text/plain']).toEqual(['0.01'])
    expect(outputs[2]).toMatchObject([{ output_type: 'error', ename: 'RangeError' }])
    expect(outputs[3]).toMatchObject([{ output_type: 'error', ename: 'TypeScriptError' }])
    const printed = outputs[4].filter(o => o.output_type === 'stream')
    expect(printed.flatMap(o => o.text).join('')).toBe('0\n1\n2\n')
    expect(outputs[4].at(-1)?.data?.['text/plain']).toEqual(['0.02'])
    expect(outputs[5][0]).toMatchObject({
      output_type: 'display_data',
      data: { 'text/html': ['<i>shown</i>'] },
    })
  })
})
