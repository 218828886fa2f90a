// The numbers ⟨name⟩ of the lectures, each with the function that measures it. `npm run measure` writes them to
// notebooks/sources/measured.json; a test measures them again.

/** @typedef {{ text: string, value: number, spread: number }} Measured */

const digits = (value, n) => value.toFixed(n)
const percent = value => `${Math.round(100 * value)} %`

/**
 * @param {typeof import('../../src/index.ts')} lib
 * @returns {Record<string, () => Measured>} by name; spread: how far a fresh number may lie from the stored one
 */
export function measures(lib) {
  const { data, noGrad, maxPool2d, pretrained, pretrainedCard, roll } = lib
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
  const share = value => ({ text: digits(value, 2), value, spread: 0.005 })
  const lenetAt = epoch => {
    const card = pretrainedCard('lenet')
    return card.testAccuracy[card.epochs.indexOf(epoch)]
  }
  return {
    '3.shift.before': () => share(shifted().before),
    '3.shift.after': () => share(shifted().after),
    'lenet.accuracy': () => ({ text: percent(lenetAt(64)), value: lenetAt(64), spread: 0.001 }),
  }
}
