import { describe, expect, it } from 'vitest'
import { optim, zeros } from '../../src/index.ts'
import { expectClose, readGolden } from '../golden/golden.ts'

interface Golden {
  kind: string
  name: string
  options: never
  rates: (number | number[])[]
  measures: number[]
}
const golden = readGolden<Golden>('optim')
const sgd = () => new optim.SGD([zeros([1])], { lr: 0.1 })

describe('rates as in PyTorch', () => {
  const cases = golden.filter(g => g.kind === 'schedule')
  it.each(cases.map(c => [c.name, JSON.stringify(c.options), c] as const))(
    '%s %s',
    (name, _, c) => {
      const groups = [{ params: [zeros([1])] }, { params: [zeros([1])], lr: 0.3 }]
      const optimizer = new optim.SGD(groups, { lr: 0.1 })
      const Schedule = Reflect.get(optim, name) as new (
        o: object,
        options: never,
      ) => optim.LRSchedule
      const schedule = new Schedule(optimizer, c.options)
      c.rates.forEach((expected, t) => {
        const now = [optimizer.lr, optimizer.paramGroups[1].lr ?? NaN]
        expectClose(now, expected as number[], 1e-10, `step ${t}`)
        expect(schedule.lr).toBe(optimizer.lr)
        if (t < c.rates.length - 1) schedule.step()
      })
    },
  )

  it('SequentialLR: a warm-up, then a cosine', () => {
    const optimizer = sgd()
    const parts = [
      new optim.LinearLR(optimizer, { startFactor: 0.1, totalIters: 4 }),
      new optim.CosineAnnealingLR(optimizer, { tMax: 8 }),
    ]
    const schedule = new optim.SequentialLR(optimizer, parts, [4])
    const rates = golden
      .find(g => g.kind === 'sequential')!
      .rates.map(() => {
        const lr = optimizer.lr
        schedule.step()
        return lr
      })
    expectClose(rates, golden.find(g => g.kind === 'sequential')!.rates as number[], 1e-10, 'rates')
  })

  it.each(
    golden.filter(g => g.kind === 'plateau').map(c => [JSON.stringify(c.options), c] as const),
  )('ReduceLROnPlateau %s', (_, c) => {
    const optimizer = sgd()
    const schedule = new optim.ReduceLROnPlateau(optimizer, c.options)
    const rates = c.measures.map(m => {
      schedule.step(m)
      return optimizer.lr
    })
    expectClose(rates, c.rates as number[], 1e-10, 'rates')
  })
})

describe('schedules', () => {
  it('go on from their state', () => {
    const [a, b] = [sgd(), sgd()]
    const first = new optim.StepLR(a, { stepSize: 2 })
    for (let i = 0; i < 5; i++) first.step()
    const second = new optim.StepLR(b, { stepSize: 2 })
    second.loadStateDict(first.stateDict())
    expect(b.lr).toBe(a.lr)
    second.step()
    first.step()
    expect(b.lr).toBe(a.lr)
  })
  it('refuse what makes no sense', () => {
    expect(() => new optim.StepLR(sgd(), { stepSize: 0 })).toThrow('StepLR: stepSize 0')
    expect(() => new optim.ReduceLROnPlateau(sgd(), { factor: 1 })).toThrow('factor 1; below 1')
    expect(() => new optim.ReduceLROnPlateau(sgd()).step()).toThrow('needs the loss')
    expect(() => new optim.SequentialLR(sgd(), [], [])).toThrow('0 milestones for 0 schedules')
  })
})
