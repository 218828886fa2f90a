// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { button, h, keepFocus } from '../../../widgets/parts/index.ts'
import { all } from '../page.ts'

const fill = (box: HTMLElement, names: string[]) =>
  box.replaceChildren(...names.map(n => button(n, () => undefined)))
const focused = () => document.activeElement?.textContent

test('the same place, the first where it is gone, the view where nothing is left', () => {
  const box = h('div')
  const frame = h('section', { class: 'ls-frame', tabindex: -1 }, box)
  document.body.replaceChildren(frame)
  fill(box, ['a', 'b', 'c'])
  all(box, 'button')[1].focus()
  keepFocus(box, () => fill(box, ['d', 'e', 'f']))
  expect(focused()).toBe('e')
  keepFocus(box, () => fill(box, ['g']))
  expect(focused()).toBe('g')
  keepFocus(box, () => fill(box, []))
  expect(document.activeElement).toBe(frame)
})

test('a focus elsewhere stays there', () => {
  const box = h('div')
  const other = button('other', () => undefined)
  document.body.replaceChildren(box, other)
  fill(box, ['a'])
  other.focus()
  keepFocus(box, () => fill(box, ['b']))
  expect(focused()).toBe('other')
})
