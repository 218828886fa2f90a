/** A small run in which everything has a state: dropout, momentum, crops, a schedule. 62 examples, 4 steps, 2 epochs. */
import { data, manualSeed, nn, optim, train, type Run, type TrainOptions } from '../../src/index.ts'

export function make(
  options: Partial<TrainOptions> = {},
  net: nn.Module = network(),
  seed = 1,
): Run {
  const set = data.shapes({ count: 62, size: 8, classes: ['circle', 'cross'], seed: 4 })
  const small = net.parameters()[0].shape[1] === 4
  return train(net, {
    data: small ? corner(set) : set,
    test: small ? corner(set) : set,
    optimizer: new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 0.01 }),
    epochs: 2,
    batch: 16,
    seed,
    augment: small ? undefined : data.randomCrop(8, { padding: 1 }),
    schedule: ({ epoch, lr }) => lr / (1 + epoch),
    ...options,
  })
}

export function network(): nn.Module {
  manualSeed(9)
  return new nn.Sequential({
    conv: new nn.Conv2d(1, 4, 3),
    relu: new nn.ReLU(),
    drop: new nn.Dropout(0.3),
    flatten: new nn.Flatten(),
    fc: new nn.Linear(144, 2),
  })
}

/** The middle 2 × 2 pixels as 4 numbers. */
function corner(set: data.ImageSet): data.TensorDataset {
  const { x, y } = set.batch()
  return new data.TensorDataset(x.narrow(2, 3, 2).narrow(3, 3, 2).reshape([set.length, 4]), y)
}

export const lossesOf = (run: Run): number[] =>
  run.log.points.flatMap(p => (typeof p.loss === 'number' ? [p.loss] : []))

/** Every number that the run's past has left: compared bit for bit. */
export function state(run: Run): {
  net: Record<string, unknown>
  optimizer: unknown
  losses: number[]
  tests: unknown
} {
  const { weights, optimizer, random } = run.snapshot()
  return {
    net: Object.fromEntries(Object.entries(weights).map(([k, t]) => [k, t.toArray()])),
    optimizer: JSON.parse(JSON.stringify([optimizer, random], (_, v: unknown) => (v instanceof Object && 'toArray' in v ? (v as { toArray(): unknown }).toArray() : v))), // prettier-ignore
    losses: lossesOf(run),
    tests: run.history.map(r => [r.loss, r.testLoss, r.testAccuracy, r.lr]),
  }
}
