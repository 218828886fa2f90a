// 2,000 cells in one session: nothing is lost, nothing grows without bound.
import { expect, it } from 'vitest'
import { memoryOfAll } from '../../bench/lib/processes.mjs'
import { Client } from './client.ts'

const CELLS = 2000
/** Growth from the 20th cell to the last, in MB: far above what is measured, far below a leak. */
const BAR = 75
/** What counts as a leak, in bytes of a cell. */
const LEAK = 50_000

it('2,000 cells: every message arrives, memory and time stay', async () => {
  const k = await Client.start()
  const total = () => memoryOfAll(k.kernel.child.pid ?? 0)
  let first = 0
  for (let n = 1; n <= CELLS; n++) {
    const kind = n % 5
    const code =
      kind === 0
        ? `const v${n} = ${n}; v${n}`
        : kind === 1
          ? `let counter = ${n}; function next() { return counter++ }; next()`
          : kind === 2
            ? `console.log(${n}); ${n}`
            : kind === 3
              ? `await Promise.resolve(${n})`
              : `class K { m() { return ${n} } }; new K().m()`
    const r = await k.run(code)
    expect(r.reply.status).toBe('ok')
    expect(r.value).toBe(String(n))
    expect(r.messages.filter(m => m.type === 'status')).toHaveLength(2)
    if (kind === 2) expect(r.stdout).toBe(`${n}\n`)
    if (n === 20) {
      // Help reads what is otherwise read when nothing else is to do: the types of Node, with their documentation.
      const help = { code: 'process', cursor_pos: 7, detail_level: 0 }
      expect((await k.request('shell', 'inspect_request', help)).content.found).toBe(true)
      first = total()
    }
  }
  expect(Number((await k.run('1')).reply.execution_count)).toBe(CELLS + 1)
  if (process.platform === 'linux') {
    const last = total()
    expect(last - first).toBeLessThan(BAR)
    // The measure would have seen a leak.
    await k.run(
      `const leak = Array.from({ length: ${CELLS} }, (_, i) => new Array(${LEAK / 8}).fill(i + 0.5)); 0`,
    )
    expect(total() - last).toBeGreaterThan(BAR)
  }
  await k.stop()
}, 300_000)
