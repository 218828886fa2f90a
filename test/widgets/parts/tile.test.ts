// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Gauge, matrix, reticle, scale, Tile } from '../../../widgets/parts/index.ts'
import { all, one, paintable, pixel, press, texts } from '../page.ts'

beforeEach(paintable)

describe('a tile', () => {
  const make = (options = {}) => {
    const onHover = vi.fn()
    const onPin = vi.fn()
    const onLeave = vi.fn()
    const tile = new Tile({ rows: 4, columns: 6, label: 'map 3', onHover, onPin, onLeave, ...options }) // prettier-ignore
    document.body.replaceChildren(tile.element)
    tile.element.getBoundingClientRect = () => new DOMRect(10, 20, 60, 40)
    return { tile, onHover, onPin, onLeave }
  }
  const pointer = (type: string, clientX: number, clientY: number) =>
    new PointerEvent(type, { clientX, clientY })

  test('the pointer reads the cell under it, also at the edges', () => {
    const { tile, onHover, onPin, onLeave } = make()
    tile.element.dispatchEvent(pointer('pointermove', 10, 20))
    tile.element.dispatchEvent(pointer('pointermove', 69.9, 59.9))
    tile.element.dispatchEvent(pointer('pointermove', 500, -500))
    expect(onHover.mock.calls).toEqual([[0, 0], [3, 5], [0, 5]]) // prettier-ignore
    tile.element.dispatchEvent(pointer('click', 35, 45))
    expect(onPin).toHaveBeenCalledExactlyOnceWith(2, 2)
    tile.element.dispatchEvent(pointer('pointerleave', 0, 0))
    expect(onLeave).toHaveBeenCalledExactlyOnceWith(false)
  })
  test('arrows move within the map, with Shift by five; Enter and Space pin; Esc lets go', () => {
    const { tile, onHover, onPin, onLeave } = make()
    press(tile.element, 'ArrowUp')
    press(tile.element, 'ArrowRight', { shiftKey: true })
    press(tile.element, 'ArrowRight')
    press(tile.element, 'ArrowDown')
    expect(onHover.mock.calls).toEqual([[0, 0], [0, 5], [0, 5], [1, 5]]) // prettier-ignore
    press(tile.element, 'Enter')
    press(tile.element, ' ')
    expect(onPin).toHaveBeenCalledTimes(2)
    press(tile.element, 'Escape')
    expect(onLeave).toHaveBeenCalledExactlyOnceWith(true)
    expect(press(tile.element, 'x')).toBe(true)
  })
  test('named for a screen reader; redrawn in other colours', () => {
    const { tile } = make()
    expect(tile.element.getAttribute('role')).toBe('application')
    expect(tile.element.getAttribute('aria-label')).toBe('map 3')
    tile.draw(new Float32Array(24).fill(1), scale('sequential', 1))
    const canvas = one(tile.element, 'canvas') as HTMLCanvasElement
    expect(pixel(canvas, 23)).toEqual([254, 235, 86])
    tile.redraw()
    expect(pixel(canvas, 0)).toEqual([254, 235, 86])
    const picture = new Tile({ rows: 1, columns: 1, label: 'x', focusable: false })
    expect(picture.element.getAttribute('role')).toBe('img')
    expect(picture.element.hasAttribute('tabindex')).toBe(false)
  })
})

test('a reticle: corners round a window, a box round a cell, thin for hover, always with its halo', () => {
  const d = (n: SVGElement[]) => n.map(p => [p.getAttribute('class'), p.getAttribute('d')])
  expect(d(reticle({ x: 1, y: 2, w: 1, h: 1 }))).toEqual([
    ['ls-halo', 'M1 2h1v1h-1z'],
    ['ls-mark', 'M1 2h1v1h-1z'],
  ])
  expect(d(reticle({ x: 0, y: 0, w: 3, h: 3 }))[1][1]).toMatch(/^M1\.02 0H0V1\.02M/)
  expect(d(reticle({ x: 0, y: 0, w: 3, h: 3, thin: true }))[1]).toEqual(['ls-mark ls-thin', 'M0 0h3v3h-3z']) // prettier-ignore
})

test('the gauge says its limits and who shares it; the needle stays on it', () => {
  const gauge = new Gauge()
  gauge.set(scale('diverging', 2), 'one scale for all 16 maps')
  expect(texts(gauge.element, 'span')).toEqual(['−2', '2', 'one scale for all 16 maps'])
  expect(gauge.element.getAttribute('aria-label')).toContain('from −2 to 2')
  const needle = one(gauge.element, '.ls-needle')
  const at = (v: number | null) => {
    gauge.point(v)
    return needle.style.visibility === 'hidden' ? null : needle.style.left
  }
  expect([at(0), at(-2), at(9), at(null), at(NaN)]).toEqual(['50%', '0%', '100%', null, null])
})

describe('a matrix', () => {
  test('whole numbers as such, others with two decimals', () => {
    expect(texts(matrix([[1, -2], [3, 4]]), 'td')).toEqual(['1', '−2', '3', '4']) // prettier-ignore
    expect(texts(matrix([[1, 0.5]]), 'td')).toEqual(['1.00', '0.50'])
    expect(texts(matrix([[NaN, Infinity]]), 'td')).toEqual(['NaN', '∞'])
  })
  test('its numbers are buttons; one tab stop, arrows walk', () => {
    const clicked = vi.fn()
    const table = matrix([[1, 2], [3, 4]], { onClick: clicked, on: (i, j) => i + j === 2, label: (i, j) => `cell ${i} ${j}` }) // prettier-ignore
    document.body.replaceChildren(table)
    const buttons = all(table, 'button')
    expect(buttons.map(b => b.tabIndex)).toEqual([0, -1, -1, -1])
    buttons[0].focus()
    press(buttons[0], 'ArrowDown')
    expect(document.activeElement).toBe(buttons[2])
    press(buttons[2], 'ArrowRight')
    buttons[3].click()
    expect(clicked).toHaveBeenCalledExactlyOnceWith(1, 1)
    expect(buttons[1].getAttribute('aria-label')).toBe('cell 0 1')
    expect(all(table, 'td.ls-on')).toHaveLength(1)
  })
})
