// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { button, h, rove, segment, Transport } from '../../../widgets/parts/index.ts'
import { all, byText, one, press } from '../page.ts'

const attach = <E extends Element>(e: E): E => {
  document.body.replaceChildren(e)
  return e
}

test('a group of buttons is one tab stop; arrows move in it, round the ends', () => {
  const group = attach(rove(h('div', {}, ...['a', 'b', 'c'].map(t => button(t, () => undefined)))))
  const [a, b, c] = all(group, 'button')
  expect([a, b, c].map(x => x.tabIndex)).toEqual([0, -1, -1])
  a.focus()
  press(a, 'ArrowRight')
  expect(document.activeElement).toBe(b)
  press(b, 'ArrowUp')
  press(a, 'ArrowLeft')
  expect(document.activeElement).toBe(c)
  expect([a, b, c].map(x => x.tabIndex)).toEqual([-1, -1, 0])
})

test('a choice: one is checked; pick tells, show does not', () => {
  const told = vi.fn()
  const choice = segment('scale', [[1, 'one'], [2, 'two']] as const, 1 as number, told) // prettier-ignore
  attach(choice.element)
  const checked = () => one(choice.element, '[aria-checked=true]').textContent
  expect(checked()).toBe('one')
  byText(choice.element, 'two').click()
  expect([checked(), choice.value]).toEqual(['two', 2])
  expect(told).toHaveBeenCalledExactlyOnceWith(2)
  choice.show(1)
  expect([checked(), choice.value]).toEqual(['one', 1])
  expect(told).toHaveBeenCalledOnce()
})

describe('transport', () => {
  let abort: AbortController
  const shown: number[] = []
  const make = (length: number) => {
    shown.length = 0
    abort = new AbortController()
    const t = new Transport('cell', i => shown.push(i), 100, abort.signal)
    attach(t.element)
    t.ticks(length, i => ({ say: `cell ${i}`, label: i === 0 ? 'first' : undefined, major: i === 0 })) // prettier-ignore
    return { t, ruler: one(t.element, '[role=slider]') }
  }
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    abort.abort()
    vi.useRealTimers()
  })

  test('paused at first; plays to the end and stops', () => {
    const { t } = make(4)
    vi.advanceTimersByTime(1000)
    expect(shown).toEqual([])
    t.toggle()
    vi.advanceTimersByTime(1000)
    expect(shown).toEqual([1, 2, 3])
    t.toggle()
    expect(t.index).toBe(0)
    t.toggle()
    vi.advanceTimersByTime(1000)
    expect(t.index).toBe(0)
  })
  test('reduced motion: one step a second', () => {
    vi.stubGlobal('matchMedia', () => ({ matches: true }))
    const { t } = make(10)
    t.toggle()
    vi.advanceTimersByTime(2500)
    expect(t.index).toBe(2)
    vi.unstubAllGlobals()
  })
  test('keys on the ruler; it speaks where it stands', () => {
    const { ruler } = make(20)
    for (const key of ['ArrowRight', 'PageDown', 'ArrowLeft', 'End', 'PageUp']) press(ruler, key)
    expect(shown).toEqual([1, 6, 5, 19, 14])
    expect(ruler.getAttribute('aria-valuenow')).toBe('14')
    expect(ruler.getAttribute('aria-valuetext')).toBe('cell 14')
    press(ruler, 'Home')
    expect(ruler.getAttribute('aria-valuetext')).toBe('cell 0')
  })
  test('new marks keep the place where they can', () => {
    const { t } = make(20)
    t.go(15)
    t.ticks(30, i => ({ say: String(i) }))
    expect(t.index).toBe(15)
    t.ticks(4, i => ({ say: String(i) }))
    expect(t.index).toBe(3)
  })
  test('no marks, and very many', () => {
    const { t, ruler } = make(0)
    t.step(1)
    t.toggle()
    vi.advanceTimersByTime(1000)
    expect(shown).toEqual([])
    t.ticks(5_000_000, i => ({ say: String(i) }))
    expect(all(ruler, 'line').length).toBeLessThan(500)
    t.go(4_999_999)
    expect(ruler.getAttribute('aria-valuetext')).toBe('4999999')
  })
  test('abort stops it', () => {
    const { t } = make(10)
    t.toggle()
    abort.abort()
    vi.advanceTimersByTime(1000)
    expect(shown).toEqual([])
  })
})
