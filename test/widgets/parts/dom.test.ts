// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { h } from '../../../widgets/parts/dom.ts'

test('children are nodes or text, never HTML', () => {
  const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script>'
  const e = h('div', { title: hostile }, hostile, [
    1,
    [null, false, undefined],
    h('b', {}, hostile),
  ])
  expect(e.children).toHaveLength(1)
  expect(e.querySelector('img, script')).toBeNull()
  expect(e.textContent).toBe(`${hostile}1${hostile}`)
  expect(e.getAttribute('title')).toBe(hostile)
})

test('properties: listeners, styles, flags; null and false are left out', () => {
  const f = vi.fn()
  const e = h('button', { onclick: f, disabled: false, hidden: true, id: null, style: { width: '3px' } }) // prettier-ignore
  e.click()
  expect(f).toHaveBeenCalledOnce()
  expect([e.hasAttribute('disabled'), e.hasAttribute('hidden'), e.hasAttribute('id')]).toEqual([false, true, false]) // prettier-ignore
  expect(e.style.width).toBe('3px')
})

test('a text in the place of a listener is no listener', () => {
  const e = h('button', { onclick: undefined })
  expect(e.hasAttribute('onclick')).toBe(false)
})

test('SVG elements are of SVG', () => {
  expect(h('path', { d: 'M0 0' }).namespaceURI).toBe('http://www.w3.org/2000/svg')
})
