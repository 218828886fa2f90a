// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import type { ReadingView } from '../../../src/spec/view.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { decodeRows, gateFacts } from '../../../widgets/renderers/reading/gates.ts'
import { cosines, farthest, lookedBack, nearest, readText } from '../../../widgets/renderers/reading/model.ts' // prettier-ignore
import { readingView } from '../../spec/recurrent-samples.ts'
import { all, byText, FakeLink, one, paintable, press, readout, root, settle, texts } from '../page.ts' // prettier-ignore

beforeEach(paintable)

const draw = (spec: ReadingView, link = new FakeLink()) => {
  const element = root()
  const drawn = render(spec, element, { live: link })
  const prose = one(element, '.ls-prose')
  return { element, drawn, link, prose, frame: one(element, '.ls-frame'), letters: all(prose, 'span:not(.ls-before)') } // prettier-ignore
}
const title = (e: Element) => one(e, '.ls-title b').textContent
const click = (e: Element) => e.dispatchEvent(new MouseEvent('click', { bubbles: true }))

describe('the numbers of a view', () => {
  const text = readText(readingView().data)
  test('spread, similar states, looked back', () => {
    expect([text.T, text.H, text.D]).toEqual([13, 3, 3])
    expect(Array.from(text.spread)[2]).toBe(0)
    const similar = cosines(text, 4)
    expect(similar[4]).toBeCloseTo(1, 6)
    expect(nearest(similar, 4, 3)).not.toContain(5)
    expect(nearest(similar, 4, 100)).toHaveLength(6)
    expect(Array.from(lookedBack(text, 1)).slice(0, 3)).toEqual([0.5, 1, NaN])
    expect(farthest(text, 5)).toBe(2)
  })
  test('a cell is erased where its forget gate is shut; a gate that never decides is saturated', () => {
    expect(gateFacts(decodeRows(readingView().data.gates[0].rows))).toEqual({ erased: [6], saturated: ['forget'] }) // prettier-ignore
  })
})

test('the text is coloured by the cell that follows something best', () => {
  const { element, letters } = draw(readingView())
  expect(letters).toHaveLength(13)
  expect([title(element), letters[10].textContent]).toEqual(['Memory cell 1', '↵\n'])
  expect(one(element, '.ls-before').textContent).toBe('xy ')
  const colours = letters.map(l => l.style.background)
  expect(new Set(colours).size).toBe(2)
  expect(colours[3]).toBe(colours[5])
  expect(readout(element)).toBe('Cell 1 correlates with ‘inside brackets’ at 1.00 (AUC 1.00), p 0.005. Orange is positive, blue negative. Cell 1 is erased (forget below 0.1, ticks) 1 time, after 7.7 % of the characters. Saturated, past 0.05 or 0.95 for more than 90 % of the text: forget.') // prettier-ignore
  // The strongest property stands first; a p above 0.05 is called chance.
  expect(texts(element, '.ls-feature > span')).toEqual(['inside brackets', 'vowel by chance?'])
  expect(texts(element, '.ls-gate-names span').map(t => t.trim())).toEqual(['', 'input 0…1', 'forget 0…1', 'output 0…1', 'candidate ±1', 'memory ±2.0']) // prettier-ignore
  expect(all(element, '.ls-erased')).toHaveLength(1)
})

test('by keyboard: read, pin, the sum of the gates, let go', () => {
  const { element, prose, frame, link, letters } = draw(readingView(), new FakeLink('live'))
  press(prose, 'ArrowRight')
  expect(readout(element)).toBe(
    '‘b’ (character 1): cell 1 is −1.00. It gives the true next character ‘␣’ 50.0 %.',
  )
  for (let n = 0; n < 3; n++) press(prose, 'ArrowRight')
  press(prose, 'Enter')
  expect(letters[4].className).toBe('ls-pinned ls-over')
  expect(readout(element)).toMatch(
    /^Pinned: ‘a’ \(character 4\): cell 1 is 1\.00\..*Choose ‘looked back to’/,
  )
  expect(link.sent[0]).toEqual({ name: 'pin', payload: { index: [4] } })
  expect(one(element, '.ls-equation').textContent).toBe('c = f·c′ + i·g = 0.990 · 2.000 + 0.500 · 1.000 = 2.480; h = o·tanh(c) = 0.500 · 0.964 = 0.482.') // prettier-ignore
  expect(one(element, '.ls-drill').hasAttribute('open')).toBe(true)
  press(frame, 'Escape')
  expect(all(element, '.ls-pinned')).toHaveLength(0)
})

test('what it looked back to, and where the state is similar', () => {
  const { element, letters } = draw({ ...readingView(), data: { ...readingView().data, pin: 5 } })
  byText(element, 'looked back to').click()
  expect(title(element)).toBe('What it looked back to')
  expect(readout(element)).toBe('At ‘b’, predicting ‘)’: its logit depends most on the coloured characters; the farthest with at least a quarter of the strongest influence lies 2 characters back. On average half of the influence lies within 1 character back.') // prettier-ignore
  expect(letters.map(l => l.style.background !== '').indexOf(true)).toBe(3)
  expect(texts(element, '.ls-reach b')).toEqual(['LSTM, 3 cells', 'RNN, 3 units'])
  byText(element, 'similar states').click()
  expect(title(element)).toBe('Where the state is similar')
  expect(all(element, '.ls-hit').length).toBe(6)
  const first = one(element, '.ls-context button')
  first.click()
  const pinned = letters.findIndex(l => l.className.includes('ls-pinned'))
  expect([5, -1]).not.toContain(pinned)
  byText(element, 'this cell').click()
  expect(all(element, '.ls-hit').length).toBe(0)
})

test('cells by their buttons and [ ]; gates that are not saved come from the kernel', async () => {
  const link = new FakeLink('live')
  link.answer = name => name === 'explain' ? { rows: [{ name: 'forget', values: new Array(13).fill(0.5) }, { name: '<b>', values: [] }] } : null // prettier-ignore
  const { element, frame } = draw(readingView(), link)
  press(frame, ']')
  expect(title(element)).toBe('Memory cell 2')
  expect(link.sent).toEqual([{ name: 'explain', payload: { unit: 2 } }])
  await settle()
  expect(texts(element, '.ls-gate-names span').map(t => t.trim())).toEqual(['', 'forget 0…1'])
  expect(readout(element)).toMatch(
    /^Cell 2 correlates with ‘vowel’ at 0\.30 \(AUC 0\.60\): some cell does as well by chance, p 0\.400\./,
  )
  press(frame, '[')
  press(frame, '[')
  expect(title(element)).toBe('Memory cell 0')
  click(all(element, '.ls-feature button')[0])
  expect(title(element)).toBe('Memory cell 1')
  expect(all(element, '.ls-all-units button')[1].getAttribute('aria-pressed')).toBe('true')
})

test('without a kernel it says which gates are saved', () => {
  const { element, frame } = draw(readingView())
  press(frame, '[')
  expect(one(element, '.ls-gate-strip').textContent).toBe(
    'The gates of cell 0 are not saved here; run the cell again to see them. Saved: 1.',
  )
})

test('a plain network has no gates; nothing looked back to says so', () => {
  const spec = readingView()
  const data: ReadingView['data'] = { ...spec.data, network: 'rnn', state: 'h', gates: [], influence: null, reach: [], pin: 2 } // prettier-ignore
  const { element } = draw({ ...spec, data })
  expect(one(element, '.ls-gates').hidden).toBe(true)
  expect(title(element)).toBe('Unit 1')
  byText(element, 'looked back to').click()
  expect(readout(element)).toBe('What it looked back to was not computed for this view.')
})

test('an update keeps cell, pin and mode; t is a table', () => {
  const { element, prose, drawn } = draw(readingView())
  press(prose, 'End')
  press(prose, 'Enter')
  byText(element, 'similar states').click()
  drawn.update(structuredClone(readingView()))
  expect(title(element)).toBe('Where the state is similar')
  expect(all(element, '.ls-pinned')).toHaveLength(1)
  press(one(element, '.ls-frame'), 't')
  expect(texts(element, '.ls-table tr').slice(0, 2)).toEqual([
    'charactercell 1expectswithtrue nextgiven',
    '0a−1.00↵60.0 %b50.0 %',
  ])
})
