// A training loop on the library's pool of threads, stopped at any point, leaves the pool usable and its results the same.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client, pause } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

it('leaves the pool of compute threads usable', async () => {
  const begun =
    await k.run(`import * as ls from 'layerscope'; ls.manualSeed(1); const net = ls.lenet(); const x = ls.rand([64, 1, 28, 28])
    const y = ls.randint(0, 10, [64]); const sgd = new ls.SGD(net.parameters(), { lr: 0 })
    const first = JSON.stringify(net.forward(x).toArray()); ls.backend()`)
  expect(begun.reply.status, JSON.stringify(begun.reply)).toBe('ok')
  for (let i = 0; i < 6; i++) {
    const running = k.run(
      'for (;;) { sgd.zeroGrad(); ls.crossEntropy(net.forward(x), y).backward(); sgd.step() }',
    )
    await pause(100 + i * 37)
    if (i % 2) k.kernel.child.kill('SIGINT')
    else await k.request('control', 'interrupt_request', {})
    const { reply } = await running
    expect(reply.ename, JSON.stringify(reply)).toBe('KeyboardInterrupt')
  }
  expect((await k.run('JSON.stringify(net.forward(x).toArray()) === first')).value).toBe('true')
})
