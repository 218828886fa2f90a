// The numbers ⟨name⟩ of the lectures, each with the function that measures it. `npm run measure` writes them to
// notebooks/sources/measured.json; a test measures them again.

import { whichIsFirst } from './measures-08.mjs'
import { insideTheDeconvnet } from './measures-09.mjs'
import { numbersOf10 } from './measures-10.mjs'

/** @typedef {{ text: string, value: number, spread: number }} Measured */

const digits = (value, n) => value.toFixed(n)
const signed = (value, n) => digits(value, n).replace('-', '−')
const percent = value => `${Math.round(100 * value)} %`

/**
 * @param {typeof import('../../src/index.ts')} lib
 * @param {typeof import('../../src/explain/index.ts')} explain
 * @returns {Record<string, () => Measured>} by name; spread: how far a fresh number may lie from the stored one
 */
export function measures(lib, explain) {
  const { data, noGrad, maxPool2d, pretrained, roll } = lib
  let shift = null
  const shifted = () => {
    if (shift) return shift
    const sneaker = data.fashionMNIST().test.at(9).x
    const conv1 = pretrained('lenet').get('conv1')
    const maps = image => conv1.forward(image).relu()
    const length = t => Math.sqrt(t.pow(2).sum().item())
    const changed = of =>
      noGrad(() => length(of(roll(sneaker, 1, 3)).sub(of(sneaker))) / length(of(sneaker)))
    return (shift = { before: changed(maps), after: changed(image => maxPool2d(maps(image), 2)) })
  }
  let first = null
  const eight = () => (first ??= whichIsFirst(lib, explain))
  const layers = ['conv1', 'conv2', 'conv3', 'fc1', 'fc2']
  let inside = null
  const nine = () => (inside ??= insideTheDeconvnet(lib, explain))
  const number = (value, n, spread = 0.6 * 10 ** -n) => ({ text: signed(value, n), value, spread })
  const whole = value => ({ text: String(value), value, spread: 0 })
  const percentOf = value => ({ ...number(value, 2), text: percent(value) })
  const share = value => ({ text: digits(value, 2), value, spread: 0.005 })
  return {
    '3.shift.before': () => share(shifted().before),
    '3.shift.after': () => share(shifted().after),
    ...Object.fromEntries(
      ['half', 'alike', 'change'].flatMap(measure =>
        layers.map(layer => [
          `8.${measure}.${layer}`,
          // A few weights or images more or less may move an epoch by one.
          () => ({ ...whole(eight()[measure][layer]), spread: 1 }),
        ]),
      ),
    ),
    ...Object.fromEntries(
      ['half', 'alike', 'change'].map(measure => [
        `8.order.${measure}`,
        () => {
          const epochs = eight()[measure]
          const order = [...layers].sort((a, b) => epochs[a] - epochs[b])
          return { text: order.join(', '), value: 0, spread: 0 }
        },
      ]),
    ),
    '8.jumps': () => ({ ...whole(eight().jumps), spread: 2 }),
    '8.jumps.image': () => ({ ...whole(eight().byImage), spread: 2 }),
    '8.start': () => number(eight().start.conv1, 2),
    '8.lowest': () => number(eight().lowest.conv1, 2),
    '8.last.least': () => percentOf(Math.min(...Object.values(eight().lastStep))),
    '8.last.most': () => percentOf(Math.max(...Object.values(eight().lastStep))),
    '9.unit': () => whole(nine().unit),
    '9.active': () => whole(nine().active),
    '9.value': () => number(nine().value, 2),
    '9.row': () => whole(nine().place.row),
    '9.column': () => whole(nine().place.column),
    '9.strong': () => number(nine().place.value, 2),
    '9.lighter': () => number(nine().lighter, 2),
    '9.kept': () => ({ ...number(nine().kept, 2), text: percent(nine().kept) }),
    '9.pair.dg': () => number(nine().pairs['deconvnet-guided'], 2),
    '9.pair.dr': () => number(nine().pairs['deconvnet-gradient'], 2),
    '9.pair.gr': () => number(nine().pairs['guided-gradient'], 2),
    '9.gradient': () => number(nine().gradientPlace.value, 2),
    '9.gradient.row': () => whole(nine().gradientPlace.row),
    '9.gradient.column': () => whole(nine().gradientPlace.column),
    '9.beaten': () => whole(nine().beaten),
    '9.shirts': () => ({
      ...whole(nine().shirts),
      text: nine().shirts ? String(nine().shirts) : 'none',
    }),
    '9.labels': () => ({ text: nine().counted, value: nine().shirts, spread: 0 }),
    '9.first': () => number(nine().range[0], 1),
    '9.ninth': () => number(nine().range[1], 1),
    '9.fires': () => ({ ...number(nine().fires, 2), text: percent(nine().fires) }),
    '9.other': () => number(nine().others[0], 2),
    ...Object.fromEntries(
      [0, 1, 2].flatMap(n => [
        [`9.d${n + 1}`, () => number(nine().otherUnits.deconvnet[n], 2)],
        [`9.g${n + 1}`, () => number(nine().otherUnits.gradient[n], 2)],
      ]),
    ),
    ...Object.fromEntries(
      ['alike', 'shuffled', 'left'].flatMap(what =>
        ['deconvnet', 'guided', 'gradient', ...(what === 'left' ? ['chance'] : [])].map(rule => [
          `9.${what}.${rule}`,
          () => number(nine()[what][rule], 2),
        ]),
      ),
    ),
    ...numbersOf10(lib, explain, { number, whole, percentOf }),
  }
}
