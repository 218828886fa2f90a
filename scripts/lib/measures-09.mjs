// The numbers of lecture 9: one unit on one image, then over many.

/** `3 pullovers, 2 bags and 1 coat`, the most frequent first. */
function inWords(labels) {
  const counts = new Map()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const parts = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([label, n]) => `${n} ${label.toLowerCase().split('/')[0]}${n > 1 ? 's' : ''}`)
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]
}

/** @param {typeof import('../../src/index.ts')} lib @param {typeof import('../../src/explain/index.ts')} explain */
export function insideTheDeconvnet(lib, explain) {
  const { data, noGrad, pretrained, tensor } = lib
  const { deconvnet, gradient, guidedBackprop, shuffleWeights, stages, topActivations } = explain
  const net = pretrained('lenet')
  const { test } = data.fashionMNIST()
  const IMAGE = 92
  const layer = 'conv3'
  const shirt = test.at(IMAGE)

  const listOf = t => Array.from(t.toTypedArray())
  const values = image => listOf(stages.forward(net, image)[layer].values)
  const loud = image => {
    const v = values(image)
    return v.map((_, n) => n).sort((a, b) => v[b] - v[a])
  }
  const cosine = (a, b) => {
    const [p, q] = [a, b].map(listOf)
    const dot = (x, y) => x.reduce((s, v, n) => s + v * y[n], 0)
    return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q))
  }
  const strongest = pixels => {
    const v = listOf(pixels)
    const at = v.reduce((best, x, n) => (Math.abs(x) > Math.abs(v[best]) ? n : best), 0)
    return { row: Math.floor(at / 28), column: at % 28, value: v[at] }
  }
  const rules = { deconvnet, guided: guidedBackprop, gradient }

  const units = loud(shirt.x)
  const [unit] = units
  const active = values(shirt.x).filter(v => v > 0).length
  const value = values(shirt.x)[unit]
  const pictures = Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [name, rule(net, shirt, { layer, unit })]),
  )
  const place = strongest(pictures.deconvnet.pixels)
  const gradientPlace = strongest(pictures.gradient.pixels)
  const guidedPlace = strongest(pictures.guided.pixels)
  const touched = by => {
    const pixels = listOf(shirt.x)
    pixels[place.row * 28 + place.column] += by
    return values(tensor(pixels).reshape([1, 1, 28, 28]))[unit]
  }
  const rectified = pictures.deconvnet.stages.find(s => s.name === 'conv1' && s.step === 'rectify')
  const top = topActivations(net, test, { layer, unit, k: 9 })
  const best = top.units[0]
  const all = listOf(best.strongest)
  const labels = best.top.map(t => test.classes[t.label])

  // Over many images: how alike are two units' pictures, and those of a shuffled layer?
  const IMAGES = 30
  const alike = {}
  const shuffled = {}
  const seen = []
  for (let n = 0; n < IMAGES; n++) {
    const image = test.at(n).x
    seen.push({
      image,
      units: loud(image)
        .slice(0, 4)
        .filter(u => values(image)[u] > 0),
    })
  }
  for (const [name, rule] of Object.entries(rules)) {
    const pairs = []
    const kept = []
    for (const { image, units } of seen) {
      const made = units.map(u => rule(net, image, { layer, unit: u }).pixels)
      kept.push(made)
      for (let a = 0; a < made.length; a++)
        for (let b = a + 1; b < made.length; b++) pairs.push(cosine(made[a], made[b]))
    }
    const mean = list => list.reduce((s, v) => s + v, 0) / list.length
    alike[name] = mean(pairs)
    const restore = shuffleWeights(net, { layers: [layer], seed: 9 })
    const after = []
    seen.forEach(({ image, units }, n) =>
      units.forEach((u, k) => {
        // A shuffled unit may be silent here: then there is no picture of it.
        if (values(image)[u] > 0)
          after.push(cosine(kept[n][k], rule(net, image, { layer, unit: u }).pixels))
      }),
    )
    restore()
    shuffled[name] = mean(after)
  }

  // What is left of the loudest unit when 40 pixels go black.
  const left = { deconvnet: [], guided: [], gradient: [], chance: [] }
  let random = 12345
  const next = () => (random = (Math.imul(random, 1103515245) + 12345) >>> 0) / 2 ** 32
  for (let n = 100; n < 200; n++) {
    const image = test.at(n).x
    const [u] = loud(image)
    const before = values(image)[u]
    const without = chosen => {
      const pixels = listOf(image)
      for (const at of chosen) pixels[at] = 0
      return values(tensor(pixels).reshape([1, 1, 28, 28]))[u] / before
    }
    for (const [name, rule] of Object.entries(rules)) {
      const v = listOf(rule(net, image, { layer, unit: u }).pixels).map(Math.abs)
      left[name].push(
        without(
          v
            .map((_, k) => k)
            .sort((a, b) => v[b] - v[a])
            .slice(0, 40),
        ),
      )
    }
    const drawn = new Set()
    while (drawn.size < 40) drawn.add(Math.floor(next() * 784))
    left.chance.push(without([...drawn]))
  }
  const mean = list => list.reduce((s, v) => s + v, 0) / list.length
  return noGrad(() => ({
    unit,
    units: units.slice(0, 4),
    others: units.slice(1, 4).map(u => values(shirt.x)[u]),
    active,
    value,
    place,
    lighter: touched(0.2),
    gradientPlace,
    guidedPlace,
    pairs: {
      'deconvnet-guided': cosine(pictures.deconvnet.pixels, pictures.guided.pixels),
      'deconvnet-gradient': cosine(pictures.deconvnet.pixels, pictures.gradient.pixels),
      'guided-gradient': cosine(pictures.guided.pixels, pictures.gradient.pixels),
    },
    otherUnits: Object.fromEntries(
      ['deconvnet', 'gradient'].map(name => [
        name,
        units
          .slice(1, 4)
          .map(u =>
            cosine(pictures[name].pixels, rules[name](net, shirt, { layer, unit: u }).pixels),
          ),
      ]),
    ),
    kept: listOf(rectified.signal).filter(v => v !== 0).length / rectified.signal.size,
    shirts: labels.filter(label => label === test.classes[shirt.y]).length,
    counted: inWords(labels),
    beaten: all.filter(v => v > value).length,
    fires: all.filter(v => v > 0).length / all.length,
    range: [best.top[0].value, best.top[8].value],
    label: test.classes[shirt.y],
    alike,
    shuffled,
    left: Object.fromEntries(Object.entries(left).map(([k, v]) => [k, mean(v)])),
  }))
}
