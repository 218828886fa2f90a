// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { manualSeed, nn, trace } from '../../../src/index.ts'
import type { MapsView } from '../../../src/spec/index.ts'
import { MapsModel } from '../../../widgets/renderers/maps/model.ts'
import { render } from '../../../widgets/renderers/index.ts'
import {
  all,
  byText,
  chip,
  FakeLink,
  one,
  paintable,
  pixel,
  press,
  readout,
  root,
  settle,
  texts,
} from '../page.ts'
import { network, ramp, saved } from '../samples.ts'

beforeEach(paintable)

const { traced, view } = network()
const draw = (spec: MapsView = view, link = new FakeLink()) => {
  const element = root()
  const drawn = render(spec, element, { live: link })
  return { element, drawn, link, frame: one(element, '.ls-frame') }
}
const layer = (name: string) => traced.layers.findIndex(l => l.name === name)
const choose = (e: Element, name: string) =>
  all(e, '.ls-layers button')
    .find(b => one(b, '.ls-name').textContent === name)!
    .click()
const tiles = (e: Element) => all(e, '.ls-map .ls-tile')
const read = (text: string) => Number(text.replace('−', '-'))
/** The keyboard goes to a cell of a tile. */
const goTo = (tile: HTMLElement, row: number, column: number) => {
  for (let i = 0; i < row; i++) press(tile, 'ArrowDown')
  for (let j = 0; j < column; j++) press(tile, 'ArrowRight')
}

describe('the model opens every value into terms that add up to it', () => {
  const model = new MapsModel(view)
  test.each(traced.layers.map((l, n) => [l.name, n] as const))('%s', (_, n) => {
    const l = traced.layers[n]
    const exact = (l.before ?? l.values).toTypedArray()
    const [, H, W] = model.size(n)
    for (let q = 0; q < exact.length; q += Math.max(1, Math.floor(exact.length / 23))) {
      const index = [Math.floor(q / (H * W)), Math.floor((q % (H * W)) / W), q % W]
      const opened = model.open(n, index)
      if (opened.kind === 'given' || opened.kind === 'closed') continue
      // Saved values and weights are half floats or bytes: 1 % of the largest.
      expect(Math.abs(opened.total - Number(exact[q]))).toBeLessThan(0.02)
    }
  })
  test('what every kind opens into', () => {
    const kinds = ['input', 'conv1', 'pool1', 'flatten', 'fc1', 'softmax'].map(
      n => model.open(layer(n), [0, 0, 0]).kind,
    )
    expect(kinds).toEqual(['given', 'conv', 'max', 'closed', 'linear', 'softmax'])
  })
  test('fields are clipped at the border', () => {
    expect(model.field(layer('conv1'), [0, 0, 0])).toEqual({ x: 0, y: 0, w: 3, h: 3 })
    expect(model.field(layer('conv1'), [0, 14, 14])).toEqual({ x: 12, y: 12, w: 5, h: 5 })
  })
  test('groups, dilation, stride and mean pools', () => {
    manualSeed(5)
    const net = new nn.Sequential({
      conv: new nn.Conv2d(4, 6, 3, { groups: 2, dilation: 2, stride: 2, padding: 1 }),
      pool: new nn.AvgPool2d(2),
    })
    const t = trace(net, ramp(4, 13, 13), { softmax: false })
    const m = new MapsModel(saved<MapsView>(t))
    for (const n of [1, 2]) {
      const exact = t.layers[n].values.toTypedArray()
      const [C, H, W] = m.size(n)
      for (const index of [
        [0, 0, 0],
        [C - 1, H - 1, W - 1],
        [C >> 1, H >> 1, 0],
      ]) {
        // prettier-ignore
        const o = m.open(n, index)
        const v = Number(exact[(index[0] * H + index[1]) * W + index[2]])
        expect('total' in o && Math.abs(o.total - v)).toBeLessThan(0.02)
      }
    }
  })
})

describe('layers and maps', () => {
  test('conv2 first: 16 tiles on one scale, strongest brightest', () => {
    const { element } = draw()
    expect(one(element, '.ls-title').textContent).toContain('conv2 after ReLU[16, 10, 10]')
    expect(tiles(element)).toHaveLength(16)
    expect(one(element, '.ls-how').textContent).toBe('one scale for all 16 maps')
    expect(one(element, '.ls-layers [aria-pressed=true] .ls-name').textContent).toBe('conv2')
    const values = traced.layers[layer('conv2')].values.toTypedArray()
    let best = 0
    for (let i = 0; i < values.length; i++) if (values[i] > values[best]) best = i
    const canvas = one(tiles(element)[Math.floor(best / 100)], 'canvas') as HTMLCanvasElement
    expect(pixel(canvas, best % 100)).toEqual([254, 235, 86])
    expect(read(texts(element, '.ls-gauge span')[1])).toBeCloseTo(Number(values[best]), 1)
  })
  test('each map its own: limits stand under the tiles; s goes back', () => {
    const { element, frame } = draw()
    byText(element, 'each map its own').click()
    expect(texts(element, 'figcaption')[0]).toMatch(/^map 0 0 … [\d.]+/)
    press(frame, 's')
    expect(texts(element, 'figcaption')[0]).toMatch(/^map 0/)
    expect(texts(element, 'figcaption')[0]).not.toContain('…')
  })
  test('before the activation is signed', () => {
    const { element } = draw()
    byText(element, 'before').click()
    expect(one(element, '.ls-title').textContent).toContain('conv2 before ReLU')
    expect(texts(element, '.ls-gauge span')[0]).toMatch(/^−/)
  })
  test('Page Up and Down change the layer, [ and ] the map', () => {
    const { element, frame } = draw()
    press(frame, 'PageUp')
    expect(one(element, '.ls-title').textContent).toContain('pool1')
    press(frame, 'PageDown')
    press(frame, ']')
    expect(document.activeElement).toBe(tiles(element)[0])
    press(tiles(element)[0], ']')
    expect(document.activeElement).toBe(tiles(element)[1])
    press(tiles(element)[1], '[')
    press(tiles(element)[0], '[')
    expect(document.activeElement).toBe(tiles(element)[15])
  })
  test('the keyboard is not lost with the maps that go', () => {
    const { element } = draw()
    tiles(element)[2].focus()
    press(tiles(element)[2], 'PageUp')
    expect(document.activeElement).toBe(tiles(element)[2])
    press(tiles(element)[2], 'Enter')
    const number = all(element, '.ls-equation button')[1]
    number.focus()
    number.click()
    expect(one(element, '.ls-drill').contains(document.activeElement)).toBe(true)
  })
  test('the last layer is bars with names, logits and the answer', () => {
    const { element } = draw()
    choose(element, 'softmax')
    const bars = all(element, '.ls-bars button')
    expect(bars).toHaveLength(10)
    const p = traced.layers[layer('softmax')].values.toTypedArray()
    expect(bars[4].getAttribute('aria-label')).toBe(`e: ${Number(p[4]).toFixed(3)}`)
    expect(readout(element)).toMatch(/^The network says [a-j]\./)
    bars[4].click()
    expect(one(element, '.ls-ledger').textContent).toContain('− max) / Σ')
    expect(all(element, '.ls-terms button')).toHaveLength(10)
  })
  test('100 maps: the 64 strongest, and the rest', () => {
    manualSeed(7)
    const net = new nn.Sequential({ conv: new nn.Conv2d(1, 100, 3) })
    const { element } = draw(saved<MapsView>(trace(net, ramp(1, 8, 8), { softmax: false })))
    expect(tiles(element)).toHaveLength(64)
    byText(element, 'next 36').click()
    expect(tiles(element)).toHaveLength(36)
    byText(element, 'the first again').click()
    expect(tiles(element)).toHaveLength(64)
  })
})

describe('a value', () => {
  test('hover: number, rank, field; a silent one says what ReLU cut', () => {
    const { element } = draw()
    const values = traced.layers[layer('conv2')].values.toTypedArray()
    let zero = 0
    while (values[zero] !== 0) zero++
    const [c, i, j] = [Math.floor(zero / 100), Math.floor((zero % 100) / 10), zero % 10]
    const tile = tiles(element)[c]
    goTo(tile, i, j)
    if (!i && !j) press(tile, 'ArrowLeft')
    expect(readout(element)).toMatch(
      new RegExp(
        `^conv2, map ${c}, row ${i}, column ${j} = 0\\.000\\. ReLU cut it off: before it was −`,
      ),
    )
    expect(readout(element)).toContain('It sees')
  })
  test('pin: windows, filters, products and sums; numbers walk back, crumbs forward', () => {
    const { element } = draw()
    const tile = tiles(element)[3]
    goTo(tile, 2, 4)
    press(tile, 'Enter')
    expect((one(element, 'details.ls-drill') as HTMLDetailsElement).open).toBe(true)
    expect(readout(element)).toContain('Pinned: conv2, map 3, row 2, column 4')
    const channels = all(element, '.ls-channels > div')
    expect(channels).toHaveLength(6)
    for (const channel of channels) {
      const [x, w, p] = all(channel, 'table').map(t => texts(t, 'td').map(read))
      expect(x).toHaveLength(25)
      p.forEach((v, q) => expect(Math.abs(v - x[q] * w[q])).toBeLessThan(0.02))
      const sum = p.reduce((a, b) => a + b, 0)
      expect(Math.abs(read(one(channel, 'b.ls-num').textContent!) - sum)).toBeLessThan(0.2)
    }
    all(channels[0], 'table')[0].querySelector('button')!.click()
    expect(readout(element)).toMatch(/^Pinned: pool1, map \d, row 2, column 4/)
    one(element, '.ls-equation td.ls-on button').click()
    expect(readout(element)).toMatch(/^Pinned: conv1, map \d, row [45], column [89]/)
    all(element, '.ls-channels button')[12].click()
    expect(readout(element)).toMatch(/^Pinned: input, map 0/)
    expect(one(element, '.ls-drill').textContent).toContain('A pixel of the input')
    expect(texts(element, '.ls-crumbs button')).toHaveLength(3)
    all(element, '.ls-crumbs button')[0].click()
    expect(readout(element)).toContain('Pinned: conv2, map 3, row 2, column 4')
    expect(texts(element, '.ls-crumbs button')).toHaveLength(0)
  })
  test('Esc lets go', () => {
    const { element } = draw()
    const tile = tiles(element)[0]
    press(tile, 'Enter')
    press(tile, 'Escape')
    expect(readout(element)).toMatch(/^conv2: /)
    expect(one(element, '.ls-drill').textContent).toContain('Pin a value first')
  })
  test('a dense unit: the eight largest terms and the rest', () => {
    const { element } = draw()
    choose(element, 'fc1')
    press(tiles(element)[0], 'Enter')
    const rows = all(element, '.ls-ledger-table tr')
    expect(rows).toHaveLength(11)
    const parts = rows.slice(0, 10).map(r => read(one(r, 'td').textContent!))
    const total = read(one(rows[10], 'td').textContent!)
    expect(Math.abs(parts.reduce((a, b) => a + b, 0) - total)).toBeLessThan(0.01)
  })
  test('t is the map as a table', () => {
    const { element, frame } = draw()
    press(frame, 't')
    expect(all(element, '.ls-table td')).toHaveLength(100)
    press(frame, 't')
    expect(all(element, '.ls-table')).toHaveLength(0)
  })
})

describe('live', () => {
  test('another input: asked of the kernel, shown when it comes; without one it is said', async () => {
    const { element, drawn, link } = draw(view, new FakeLink('live'))
    const inputs = all(element, '.ls-thumbs button')
    inputs[2].click()
    expect(link.sent).toEqual([{ name: 'input', payload: { current: 2 } }])
    expect(chip(element)).toBe('computing')
    await settle()
    expect(chip(element)).toBe('live')
    const next = structuredClone(view)
    next.data.inputs!.current = 2
    drawn.update(next)
    expect(all(element, '.ls-thumbs button')[2].getAttribute('aria-pressed')).toBe('true')
    link.become('gone')
    all(element, '.ls-thumbs button')[1].click()
    expect(readout(element)).toContain('needs the kernel')
    expect(link.sent).toHaveLength(1)
  })
  test('the kernel’s exact sum; a pin is told with its layer first', async () => {
    const link = new FakeLink('live')
    link.answer = name => (name === 'explain' ? { sum: 1.23456789 } : null)
    const { element } = draw(view, link)
    press(tiles(element)[5], 'Enter')
    await settle()
    expect(one(element, '.ls-exact').textContent).toBe('From the kernel, exact: 1.234568.')
    expect(link.sent).toContainEqual({ name: 'pin', payload: { index: [layer('conv2'), 5, 0, 0] } })
    for (const answer of [null, 7, { sum: 'x' }, { sum: { valueOf: () => 1 } }, []]) {
      link.answer = () => answer
      press(tiles(element)[6], 'Enter')
      await settle()
      expect(one(element, '.ls-exact').textContent).toBe('')
    }
  })
  test('the place stays when new values come', () => {
    const { element, drawn } = draw()
    choose(element, 'pool2')
    press(tiles(element)[2], 'Enter')
    drawn.update(structuredClone(view))
    expect(readout(element)).toContain('Pinned: pool2, map 2')
  })
})
