// The numbers of lecture 10: a network with a planted cue beside an honest one, and what each method says of them.
const SHIRT = 6
const IMAGE = 92
const CUE = { label: SHIRT, row: 1, column: 24 }

/** @param {typeof import('../../src/index.ts')} lib @param {typeof import('../../src/explain/index.ts')} explain */
export function canYouTrustIt(lib, explain) {
  const { data, evaluate, noGrad, pretrained, argmax } = lib
  const { test } = data.fashionMNIST()
  const marked = data.plantCue(test, CUE)
  const [cheat, honest] = [pretrained('suspect-1'), pretrained('suspect-3')]
  const [fine, coarse] = [pretrained('fine'), pretrained('coarse')]
  const labels = [...test.labels.toTypedArray()]
  const placesOf = (label, n = Infinity) =>
    labels.flatMap((y, i) => (y === label ? [i] : [])).slice(0, n)
  const calledShirt = (net, set) => {
    let count = 0
    for (const { x } of data.batches(set, { size: 500 }))
      count += noGrad(() => argmax(net.forward(x), { dim: 1 }).toTypedArray()).filter(
        k => k === SHIRT,
      ).length
    return count
  }
  const shirts = test.take(placesOf(SHIRT))
  const others = Array.from({ length: 10 }, (_, k) => k).filter(k => k !== SHIRT)
  const become = net =>
    others.reduce(
      (sum, label) =>
        sum + calledShirt(net, data.plantCue(test, { ...CUE, label }).take(placesOf(label))),
      0,
    ) /
    placesOf(SHIRT).length /
    others.length

  const largest = tensor => {
    const v = tensor.toTypedArray()
    let best = 0
    v.forEach((x, i) => {
      if (x > v[best]) best = i
    })
    return { row: Math.floor(best / 28), column: best % 28, value: v[best] }
  }
  const fall = (net, image, fill) =>
    largest(explain.occlusion(net, image, { target: SHIRT, fill }).pixels)

  // Share of a picture's size within the 5×5 around the mark, over 30 marked shirts.
  const inside = i => i % 28 >= 23 && i % 28 <= 27 && i < 5 * 28
  const rules = {
    gradient: explain.gradient,
    guided: explain.guidedBackprop,
    deconvnet: explain.deconvnet,
    integrated: explain.integratedGradients,
  }
  const some = placesOf(SHIRT, 30)
  const shares = {}
  const hits = {}
  for (const [name, rule] of Object.entries(rules)) {
    let [share, hit] = [0, 0]
    for (const n of some) {
      const size = rule(cheat, marked.at(n), { unit: SHIRT }).pixels.abs().toTypedArray()
      const at = size.reduce((best, v, i) => (v > size[best] ? i : best), 0)
      if (inside(at)) hit++
      share +=
        size.reduce((sum, v, i) => sum + (inside(i) ? v : 0), 0) / size.reduce((s, v) => s + v, 0)
    }
    shares[name] = share / some.length
    hits[name] = hit
  }

  const made = net => {
    const { pixels } = explain.activationMaximization(net, {
      layer: 'fc2',
      unit: SHIRT,
      shape: [1, 28, 28],
      steps: 64,
    })
    return pixels.narrow(1, CUE.row, 3).narrow(2, CUE.column, 3).mean().item()
  }

  const shirt = test.at(IMAGE)
  const ten = placesOf(SHIRT, 10)
  const shuffled = Object.fromEntries(
    ['gradient', 'guided', 'deconvnet'].map(name => {
      const mean = { top: 0, all: 0 }
      for (const n of ten) {
        const { steps } = explain.randomizeWeights(honest, () =>
          rules[name](honest, test.at(n), { unit: SHIRT }),
        )
        mean.top += steps[0].correlation / ten.length
        mean.all += steps[steps.length - 1].correlation / ten.length
      }
      return [name, mean]
    }),
  )

  const IMAGES = 50
  const changed = change => {
    const mean = { conv1: 0, fc1: 0, probability: 0 }
    for (let n = 0; n < IMAGES; n++) {
      const { x, y } = test.at(n)
      const r = explain.invariance(honest, x, [change], { layers: ['conv1', 'fc1'], target: y })
      mean.conv1 += r.relative.conv1[0] / IMAGES
      mean.fc1 += r.relative.fc1[0] / IMAGES
      mean.probability += r.probability[0] / IMAGES
    }
    return mean
  }

  const { x: twenty } = test.take(placesOf(SHIRT, 20)).batch()
  let state = 7
  const below = n =>
    Math.floor(((state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32) * n)
  const patch = () => [below(20), below(20), 7, 7]
  const delta = patches => {
    const rounds = patches.length
    const of = layer =>
      patches.reduce(
        (sum, list) => sum + explain.correspondence(honest, twenty, list, { layer, fill: 0 }),
        0,
      ) / rounds
    return { conv1: of('conv1'), fc1: of('fc1') }
  }
  const same = p => Array.from({ length: 20 }, () => p)
  const ROUNDS = 10

  const states = explain.filterStates(coarse.get('conv1').weight)
  const rms = states.map(s => s.rms)
  const before = evaluate(coarse, test).accuracy
  const scaled = explain.renormalizeFilters(coarse.get('conv1').weight, 0.1)
  const macs = net => lib.architecture(net, [1, 1, 28, 28]).macs
  return {
    marked: evaluate(cheat, marked).accuracy,
    plain: evaluate(cheat, test).accuracy,
    honest: evaluate(honest, test).accuracy,
    found: calledShirt(cheat, shirts),
    foundHonest: calledShirt(honest, shirts),
    foundMarked: calledShirt(cheat, marked.take(placesOf(SHIRT))),
    become: become(cheat),
    becomeHonest: become(honest),
    black: fall(cheat, marked.at(IMAGE), 0),
    grey: fall(cheat, marked.at(IMAGE), 0.5),
    honestBlack: fall(honest, shirt, 0),
    honestGrey: fall(honest, shirt, 0.5),
    shares,
    hits,
    made: { cheat: made(cheat), honest: made(honest) },
    shuffled,
    shift1: changed({ right: 1 }),
    shift3: changed({ right: 3 }),
    still: changed({ right: 0 }),
    turned: changed({ rotate: 15 }),
    larger: changed({ scale: 1.2 }),
    collar: delta([same([2, 10, 6, 8])]),
    place: delta(Array.from({ length: ROUNDS }, () => same(patch()))),
    random: delta(Array.from({ length: ROUNDS }, () => Array.from({ length: 20 }, patch))),
    dead: states.filter(s => s.dead).length,
    loud: scaled,
    ratio: Math.max(...rms) / Math.min(...rms),
    coarse: before,
    renormalised: evaluate(coarse, test).accuracy,
    fine: evaluate(fine, test).accuracy,
    work: macs(fine) / macs(coarse),
  }
}

/**
 * The numbers of lecture 10 by name.
 * @param {typeof import('../../src/index.ts')} lib
 * @param {typeof import('../../src/explain/index.ts')} explain
 * @param {{ number: Function, whole: Function, percentOf: Function }} write
 */
export function numbersOf10(lib, explain, { number, whole, percentOf }) {
  let found = null
  const ten = () => (found ??= canYouTrustIt(lib, explain))
  const share = get => () => number(get(ten()), 2)
  // Float16 weights and another machine's sums: a few of a thousand images may change sides.
  const count = get => () => ({ ...whole(get(ten())), spread: 3 })
  const fall = (name, get) => ({
    [name]: () => number(get(ten()).value, 2),
    [`${name}.row`]: () => whole(get(ten()).row),
    [`${name}.column`]: () => whole(get(ten()).column),
  })
  const each = (keys, entries) => Object.assign({}, ...keys.map(entries))
  return {
    ...each(['marked', 'plain', 'honest', 'coarse', 'renormalised', 'fine'], name => ({
      [`10.${name}`]: () => ({ ...number(ten()[name], 3), spread: 0.002 }),
    })),
    '10.found': count(t => t.found),
    '10.found.honest': count(t => t.foundHonest),
    '10.found.marked': count(t => t.foundMarked),
    '10.become': () => percentOf(ten().become),
    '10.become.honest': () => percentOf(ten().becomeHonest),
    ...fall('10.black', t => t.black),
    ...fall('10.grey', t => t.grey),
    ...fall('10.honest.black', t => t.honestBlack),
    ...fall('10.honest.grey', t => t.honestGrey),
    ...each(['gradient', 'guided', 'deconvnet', 'integrated'], rule => ({
      [`10.share.${rule}`]: () => percentOf(ten().shares[rule]),
      [`10.hits.${rule}`]: () => whole(ten().hits[rule]),
    })),
    ...each(['gradient', 'guided', 'deconvnet'], rule => ({
      [`10.shuffled.${rule}.top`]: share(t => t.shuffled[rule].top),
      [`10.shuffled.${rule}.all`]: share(t => t.shuffled[rule].all),
    })),
    ...each(['cheat', 'honest'], net => ({ [`10.made.${net}`]: share(t => t.made[net]) })),
    '10.still.probability': share(t => t.still.probability),
    ...each(['shift1', 'shift3', 'larger', 'turned'], change =>
      each(['conv1', 'fc1', 'probability'], what => ({
        [`10.${change}.${what}`]: share(t => t[change][what]),
      })),
    ),
    ...each(['collar', 'place', 'random'], what =>
      each(['conv1', 'fc1'], layer => ({ [`10.${what}.${layer}`]: share(t => t[what][layer]) })),
    ),
    '10.part': share(t => t.place.fc1 - t.collar.fc1),
    '10.dead': () => whole(ten().dead),
    '10.loud': () => whole(ten().loud),
    '10.ratio': () => number(ten().ratio, 1),
    '10.work': () => number(ten().work, 1),
  }
}
