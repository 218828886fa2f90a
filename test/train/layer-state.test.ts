import { describe, expect, test } from 'vitest'
import { data, manualSeed, nn, noGrad, optim, tensor, train } from '../../src/index.ts'
import { BINS, firstBroken, histogram, layerStates } from '../../src/train/layer-state.ts'
import { make, state } from './small-run.ts'

describe('a histogram', () => {
  test('over ± the largest, zero in the middle bin, nothing lost', () => {
    const { most, counts, broken } = histogram([[-2, 0, 0, 1], Float32Array.of(2, NaN, Infinity)])
    expect([most, broken]).toEqual([2, 2])
    expect([counts[0], counts[20], counts[30], counts[40]]).toEqual([1, 2, 1, 1])
    expect(counts.reduce((a, b) => a + b)).toBe(5)
  })
  test('of zeros alone stands in the middle', () => {
    const { most, counts } = histogram([[0, 0]])
    expect([most, counts[20], counts.length]).toEqual([0, 2, BINS])
  })
})

/** Two layers whose units are known: of the first, unit 1 never fires; of the second, unit 0 is saturated. */
function known(): nn.Sequential {
  const net = new nn.Sequential({
    a: new nn.Linear(2, 2),
    relu: new nn.ReLU(),
    b: new nn.Linear(2, 2),
    tanh: new nn.Tanh(),
  })
  noGrad(() => {
    const [aw, ab, bw, bb] = net.parameters()
    aw.copy_(tensor([[1, 0], [0, 1]])) // prettier-ignore
    ab.copy_(tensor([0, -100]))
    bw.copy_(tensor([[0.5, 0], [0.1, 0]])) // prettier-ignore
    bb.copy_(tensor([50, 0]))
  })
  return net
}

test('silent and saturated units, by layer', () => {
  const net = known()
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.1 })
  const x = tensor([[1, 2], [3, 4], [0.5, 1]]) // prettier-ignore
  const [a, b] = layerStates(net, optimizer, x)
  expect(a).toMatchObject({ layer: 'a', units: 2, silent: 1, saturated: null, gradients: null, ratio: null }) // prettier-ignore
  expect(b).toMatchObject({ layer: 'b', units: 2, silent: null, saturated: 1 })
  expect(a.activations?.most).toBe(3)
  expect(net.training).toBe(true)
})

test('the ratio is ‖lr·g‖ / ‖w‖ with the rate of its group', () => {
  const net = known()
  const [aw, ab, bw, bb] = net.parameters()
  const optimizer = new optim.SGD([{ params: [aw, ab] }, { params: [bw, bb], lr: 0.5 }], { lr: 0.1 }) // prettier-ignore
  net.forward(tensor([[1, 2]])).sum().backward() // prettier-ignore
  const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values))
  const [a, b] = layerStates(net, optimizer, null)
  for (const [layer, w, lr] of [
    [a, aw, 0.1],
    [b, bw, 0.5],
  ] as const)
    expect(layer.ratio).toBeCloseTo(
      (lr * length(w.grad!.toTypedArray())) / length(w.toTypedArray()),
      10,
    )
  expect(a.activations).toBeNull()
})

test('the first layer whose output is not finite is named', () => {
  const net = known()
  noGrad(() => net.get('b').parameters()[1].fill_(Infinity))
  expect(firstBroken(net, tensor([[1, 2]]))).toBe('b')
  expect(firstBroken(known(), tensor([[1, 2]]))).toBe('loss')
})

describe('a run', () => {
  test('keeps the layers of each snapshot, and trains bit for bit as without', () => {
    const [watched, plain] = [make({ keep: 'epochs' }), make()]
    for (const run of [watched, plain]) while (run.step() !== null);
    expect(state(watched)).toEqual(state(plain))
    const steps = watched.snapshots.map(s => s.step)
    expect(steps).toEqual([0, 4, 8])
    expect(watched.layersAt(0)?.map(s => [s.layer, s.gradients])).toEqual([['conv', null], ['fc', null]]) // prettier-ignore
    const last = watched.layersAt(8)!
    expect(last.every(s => s.gradients && s.activations && s.ratio! > 0)).toBe(true)
    expect(last[0].weights.counts.reduce((a, b) => a + b)).toBe(36)
    expect(watched.probed).toBe(62)
    expect(watched.layersAt(3)).toBeNull()
  })
  test('going back does not forget the gradients that were seen', () => {
    const run = make({ keep: 'epochs' })
    run.epoch()
    const before = run.layersAt(4)
    run.epoch()
    run.at({ epoch: 1 }).rewind().snapshot()
    expect(run.layersAt(4)).toBe(before)
  })
  test('knows its branches, and they where they left', () => {
    const run = make({ keep: 'epochs' })
    run.epoch()
    let told = 0
    run.watch(() => told++)
    const branch = run.at({ epoch: 1 }).branch({ lr: 0.5, schedule: undefined, seed: 3 })
    expect(told).toBe(1)
    expect(run.branches).toEqual([branch])
    expect(branch.origin).toEqual({ run, step: 4, changes: 'lr 0.5, schedule, seed 3' })
    expect(branch.layersAt(4)).toBe(run.layersAt(4))
  })
  test('names step and layer of the first loss that is not finite; going back before it lets go', () => {
    manualSeed(1)
    const net = new nn.Sequential({ flatten: new nn.Flatten(), one: new nn.Linear(64, 4), two: new nn.Linear(4, 2) }) // prettier-ignore
    const set = data.shapes({ count: 32, size: 8, classes: ['circle', 'cross'], seed: 4 })
    const run = train(net, {
      data: set,
      optimizer: new optim.SGD(net.parameters(), { lr: 0.1 }),
      epochs: 4,
      batch: 16,
      keep: 'steps',
      beforeStep: r => r.stepsDone === 2 && noGrad(() => net.get('two').parameters()[0].fill_(NaN)),
    })
    while (run.step() !== null);
    expect(run.broken).toEqual({ step: 4, epoch: 2, layer: 'two' })
    run.at({ step: 3 }).rewind()
    expect(run.broken).toBeNull()
  })
})
