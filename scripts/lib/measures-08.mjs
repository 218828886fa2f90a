// The numbers of lecture 8: three measures of which layer is finished first.
const LAYERS = ['conv1', 'conv2', 'conv3', 'fc1', 'fc2']

/** @param {typeof import('../../src/index.ts')} lib @param {typeof import('../../src/explain/index.ts')} explain */
export function whichIsFirst(lib, explain) {
  const net = lib.pretrained('lenet')
  const snapshots = lib.pretrainedSnapshots('lenet')
  const left = explain.toGo(snapshots)
  const x = lib.data.fashionMNIST().test.slice(0, 200).images.to('float32').div(255)
  const alike = explain.representationConvergence(net, snapshots, x, { layers: LAYERS })
  const last = list => list.length - 1
  /** First epoch from which on `holds` is true to the end. */
  const lasting = (list, holds) => {
    let n = last(list)
    while (n > 0 && holds(list[n - 1])) n--
    return n
  }
  const by = f => Object.fromEntries(LAYERS.map(layer => [layer, f(layer)]))
  const marked = snapshots.filter(s => [0, 1, 2, 5, 10, 20, 30, 40, 64].includes(s.epoch))
  const jumps = explain
    .filterEvolution(net, marked, lib.data.fashionMNIST().test.slice(0, 1000), {
      layers: ['conv1', 'conv2'],
    })
    .layers.flatMap(layer => layer.units.flatMap(unit => unit.jumps))
  return {
    jumps: jumps.length,
    byImage: jumps.filter(([, cause]) => cause === 'image').length,
    half: by(layer => left[layer].findIndex(v => v <= 0.5)),
    alike: by(layer => lasting(alike[layer], v => v > 0.95)),
    // Half of the change in similarity: from where it starts to 1.
    change: by(layer => alike[layer].findIndex(v => 1 - v <= (1 - alike[layer][0]) / 2)),
    start: by(layer => alike[layer][0]),
    lowest: by(layer => Math.min(...alike[layer])),
    lastStep: by(layer => left[layer][last(left[layer]) - 1]),
  }
}
