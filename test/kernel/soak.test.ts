// 2,000 cells in one session: nothing is lost, nothing grows without bound.
import { expect, it } from 'vitest'
import { Client } from './client.ts'
import { memory } from './support/launch.ts'

const CELLS = 2000

it('2,000 cells: every message arrives, memory and time stay', async () => {
  const k = await Client.start()
  const total = () =>
    [k.kernel.child.pid ?? 0, ...k.kernel.children()].reduce((n, pid) => n + memory(pid).pss, 0)
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
      // The types of Node are read between the first cells.
      await new Promise(r => setTimeout(r, 3000))
      first = total()
    }
  }
  expect(Number((await k.run('1')).reply.execution_count)).toBe(CELLS + 1)
  if (process.platform === 'linux') expect(total() - first).toBeLessThan(100)
  await k.stop()
}, 300_000)
