import { describe, expect, test } from 'vitest'
import {
  crossEntropy,
  data,
  evaluate,
  lenet,
  manualSeed,
  nn,
  optim,
  train,
  type Run,
} from '../../src/index.ts'

const { train: all, test: tests } = data.fashionMNIST()
const make = (seed = 1, epochs = 2): Run => {
  manualSeed(9)
  const net = lenet()
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 })
  return train(net, {
    data: all.take(200),
    test: tests.take(100),
    optimizer,
    epochs,
    batch: 64,
    seed,
  })
}

describe('evaluate', () => {
  test('agrees with one large batch, whatever the size of the pieces', () => {
    manualSeed(1)
    const net = lenet()
    const set = tests.take(130)
    const { x, y } = set.batch()
    const logits = net.forward(x).toArray<number[][]>()
    const classes = y.toTypedArray()
    const right = logits.filter((row, n) => row.indexOf(Math.max(...row)) === classes[n]).length
    for (const batch of [1, 64, 500]) {
      const { loss, accuracy } = evaluate(net, set, { batch })
      expect(loss).toBeCloseTo(crossEntropy(net.forward(x), y).item(), 4)
      expect(accuracy).toBe(right / 130)
    }
  })
  test('dropout is off meanwhile; training mode and gradients stay as they were', () => {
    const net = new nn.Sequential({
      flatten: new nn.Flatten(),
      drop: new nn.Dropout(0.9),
      fc: new nn.Linear(784, 10),
    })
    expect(evaluate(net, tests.take(20))).toEqual(evaluate(net, tests.take(20)))
    expect(net.training).toBe(true)
    expect(net.parameters().every(p => p.grad === null && p.requiresGrad)).toBe(true)
  })
  test('an empty set', () =>
    expect(() => evaluate(lenet(), tests.take(0))).toThrow('evaluate: the set is empty'))
})

describe('train', () => {
  test('is the loop that a student would write', async () => {
    const run = make()
    await run.finish()
    manualSeed(9)
    const net = lenet()
    const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 })
    const losses: number[] = []
    const order = data.batches(all.take(200), { size: 64, shuffle: true, seed: 1 })
    for (let epoch = 0; epoch < 2; epoch++)
      for (const { x, y } of order) {
        const loss = crossEntropy(net.forward(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        losses.push(loss.item())
      }
    const points = run.log.points
    expect(points.filter(p => p.loss !== undefined).map(p => p.loss)).toEqual(losses)
    const result = evaluate(net, tests.take(100))
    expect(points.at(-1)).toEqual({
      step: 8,
      epoch: 2,
      testLoss: result.loss,
      testAccuracy: result.accuracy,
    })
  })
  test('step, epoch and finish lead to the same place', async () => {
    const whole = await make().finish()
    const pieces = make()
    pieces.step()
    pieces.step()
    expect(pieces.log.state).toBe('paused')
    expect(pieces.stepsDone).toBe(2)
    expect(pieces.epoch()).toMatchObject({ accuracy: expect.any(Number) as number })
    expect(pieces.stepsDone).toBe(4)
    await pieces.finish()
    expect(pieces.log.points).toEqual(whole.log.points)
    expect(pieces.step()).toBeNull()
    expect(pieces.log.state).toBe('done')
  })
  test('another seed, another order', async () => {
    const [a, b] = [await make(1, 1).finish(), await make(2, 1).finish()]
    expect(a.log.points[0].loss).not.toBe(b.log.points[0].loss)
  })
  test('others run while it trains', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await make(1, 3).finish()
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(0)
  })
  test('mistakes are said', () =>
    expect(() => make(1, 0)).toThrow('train: epochs 0; a whole number from 1'))
})
