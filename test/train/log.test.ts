import { expect, test } from 'vitest'
import { tensor, trainingLog } from '../../src/index.ts'

test('a step is a report of the training; tests belong to the step before', () => {
  const log = trainingLog({ epochs: 2, stepsPerEpoch: 2 })
  expect(log.state).toBe('ready')
  log.report({ loss: 2 })
  log.report({ loss: tensor(1.5), accuracy: 0.5 })
  log.report({ testLoss: 1.25, testAccuracy: tensor([0.75]) })
  log.report({ loss: 1 })
  expect(log.state).toBe('running')
  expect(log.points).toEqual([
    { step: 1, epoch: 0.5, loss: 2 },
    { step: 2, epoch: 1, loss: 1.5, accuracy: 0.5 },
    { step: 2, epoch: 1, testLoss: 1.25, testAccuracy: 0.75 },
    { step: 3, epoch: 1.5, loss: 1 },
  ])
  log.done()
  expect(log.state).toBe('done')
})

test('without a length, an epoch is what came before the first test', () => {
  const log = trainingLog()
  for (let n = 0; n < 4; n++) log.report({ loss: 1 })
  log.report({ testAccuracy: 0.5 })
  log.report({ loss: 1 })
  expect(log.points.map(p => p.epoch)).toEqual([0.25, 0.5, 0.75, 1, 1, 1.25])
})

test('mistakes are said', () => {
  const log = trainingLog()
  expect(() => log.report({})).toThrow(
    'report: nothing to report in {  }; loss, accuracy, testLoss or testAccuracy',
  )
  // A plain JavaScript user may pass anything.
  expect(() => log.report({ los: 1 } as object)).toThrow('nothing to report in { los }')
  expect(() => log.report({ loss: '1' as unknown as number })).toThrow('report: loss is string')
  expect(() => log.report({ loss: tensor([1, 2]) })).toThrow(/item/)
  expect(() => trainingLog({ epochs: 0 })).toThrow('trainingLog: epochs 0; a whole number from 1')
  expect(() => trainingLog({ stepsPerEpoch: 1.5 })).toThrow('stepsPerEpoch 1.5')
})
