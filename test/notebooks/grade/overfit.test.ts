/** Exercise 5.2 on real training: the right loop passes, each wrong one is recognised. */
import { describe, expect, it, vi } from 'vitest'
import { crossEntropy, optim, type nn, type Tensor } from '../../../src/index.ts'
import { MISTAKES, overfit, RIGHT } from '../../../notebooks/grade/exercises/overfit.ts'

vi.mock('../../../notebooks/grade/exercises/views.ts', () => ({
  openStepper: () => null,
  openTurned: () => null,
  openCurve: () => null,
}))

const judge = (f: unknown) => overfit.judge({ overfit: f })

describe('exercise 5.2', () => {
  it('passes the loop that works', () => {
    const found = judge(RIGHT)
    expect(found.lines[0]).toMatch(
      /^5\.2 overfit: loss 2\.\d+ at first, 0\.\d+ after 200 steps; 20 of 20 images right\.$/,
    )
    expect(found.passed).toBe(true)
  })

  it.each(MISTAKES.map(m => [m.name, m] as const))('recognises: %s', (name, mistake) => {
    const found = judge(mistake.wrong)
    expect(found.mistake).toBe(name)
    expect(found.passed).toBe(false)
    expect(found.lines.at(-1)).toBe(mistake.hint)
    expect(found.lines.length).toBeLessThanOrEqual(3)
  })

  it('has a hint for each mistake', () => {
    expect(new Set(MISTAKES.map(m => m.hint)).size).toBe(MISTAKES.length)
  })

  it('invents nothing when the learning rate is too small or too large', () => {
    const withRate = (lr: number, steps: number) => (net: nn.Sequential, x: Tensor, y: Tensor) => {
      const optimizer = new optim.SGD(net.parameters(), { lr })
      return Array.from({ length: steps }, () => {
        const loss = crossEntropy(net.forward(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        return loss.item()
      })
    }
    for (const [lr, steps] of [
      [1e-4, 30],
      [5, 30],
    ] as const) {
      const found = judge(withRate(lr, steps))
      expect(found.passed).toBe(false)
      expect(found.mistake).toBeNull()
    }
  })

  it('says what is wrong with what came back', () => {
    expect(judge(() => undefined).lines[0]).toContain(
      'expected the loss of each step, number[], got nothing.',
    )
    expect(judge(() => [1, 'a']).lines[0]).toContain('an array of a string')
    expect(judge(() => []).lines[0]).toContain('no steps')
    expect(judge(() => new Array(201).fill(1)).lines[0]).toContain('201 steps')
    expect(
      judge((net: nn.Sequential, x: Tensor) => net.forward(x.reshape([20, 784])) && []).lines[1],
    ).toMatch(/^RangeError/)
    expect(
      judge((_: nn.Sequential, x: Tensor) => {
        x.storage.data[x.offset] = 3
        return [1]
      }).lines[0],
    ).toContain('changed x')
    expect(judge(3).lines[0]).toContain('expected a function')
  })
})
