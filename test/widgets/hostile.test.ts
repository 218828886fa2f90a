// @vitest-environment happy-dom
// What a notebook or a message from anywhere may hold: it is refused in a sentence or drawn as text and pixels, and the page lives.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseKernelMessage, parseView, SpecError, type ViewSpec } from '../../src/spec/index.ts'
import { render } from '../../widgets/renderers/index.ts'
import { attributionView, occlusionView, projectionView, topView } from '../spec/explain-samples.ts'
import { architectureView } from '../spec/architecture-samples.ts'
import { sizesView } from '../spec/sizes-samples.ts'
import { poolView } from '../spec/pool-samples.ts'
import { softmaxView } from '../spec/softmax-samples.ts'
import { bubblesView } from '../spec/bubbles-sample.ts'
import { chartView, confusionView } from '../spec/chart-samples.ts'
import { evolutionView } from '../spec/evolution-sample.ts'
import { readingView, rnnView } from '../spec/recurrent-samples.ts'
import { convView, mapsView, tensorView, trainingView } from '../spec/samples.ts'
import { all, FakeLink, hover, paintable, press, root } from './page.ts'

vi.mock('plotly.js-cartesian-dist-min', () => ({
  default: { react: () => Promise.resolve(), purge: () => undefined },
}))

type Json = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any -- specs are bent out of shape here
const samples: Record<ViewSpec['kind'], () => ViewSpec> = {
  tensor: tensorView,
  conv: convView,
  maps: mapsView,
  training: trainingView,
  projection: projectionView,
  attribution: attributionView,
  occlusion: occlusionView,
  top: topView,
  pool: poolView,
  sizes: sizesView,
  architecture: architectureView,
  softmax: softmaxView,
  bubbles: bubblesView,
  chart: chartView,
  confusion: confusionView,
  evolution: evolutionView,
  rnn: rnnView,
  reading: readingView,
}
const json = (kind: ViewSpec['kind']): Json => JSON.parse(JSON.stringify(samples[kind]())) as Json

beforeEach(() => {
  paintable()
  Object.assign(globalThis, { pwned: 0 })
})
afterEach(() => {
  expect((globalThis as Json).pwned).toBe(0)
  expect(({} as Json).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})

/** Draws it, goes through it as a reader would, and looks for what should not be there. */
function operate(spec: ViewSpec): HTMLElement {
  const element = root()
  const view = render(spec, element, { live: new FakeLink() })
  const frame = element.querySelector('.ls-frame')
  for (const key of ['t', '?', ']', 'PageUp', 'PageDown', '.', ',', 's', 'd', 't', '?'])
    if (frame) press(frame, key)
  for (const e of all(element, '.ls-tile, td, button').slice(0, 30)) {
    hover(e)
    press(e, 'Enter')
  }
  for (const b of all(element, 'button').slice(0, 8)) b.click()
  const bad =
    'script, img, iframe, object, embed, link, style, base, form, a, foreignObject, use, video'
  expect(all(element, bad)).toEqual([])
  for (const e of all(element, '*'))
    for (const { name, value } of [...e.attributes]) {
      expect(name).not.toMatch(/^on/i)
      expect(['href', 'src', 'srcset', 'xlink:href', 'action', 'formaction']).not.toContain(name)
      if (name === 'style') expect(value).not.toMatch(/url\(|expression|@import/i)
    }
  view.update(spec)
  const drawn = element.innerHTML.length
  view.dispose()
  expect(drawn).toBeLessThan(5_000_000)
  return element
}
const refused = (value: unknown, buffers?: Uint8Array[]) => {
  let message = ''
  try {
    parseView(value, buffers)
  } catch (e) {
    expect(e).toBeInstanceOf(SpecError)
    message = (e as Error).message
  }
  expect(message).toMatch(/^(view|message)/)
  expect(message.length).toBeLessThan(600)
}

const STRINGS = [
  '<script>pwned = 1</script>',
  '<img src=x onerror="pwned = 1">',
  '"><svg/onload=pwned=1>',
  "'-alert(1)-'",
  'javascript:pwned=1',
  '</title></style></textarea><iframe srcdoc="<script>parent.pwned=1</script>">',
  '${pwned = 1} {{constructor.constructor("pwned=1")()}}',
  '&lt;script&gt;pwned=1&lt;/script&gt;',
  '\u202Eright to left\u202C',
  '\u0000\u0007\u001b[31m',
  'a'.repeat(400),
  '\ud800 lone surrogate',
  '🦊'.repeat(60),
  '__proto__',
  'constructor',
  'url(https://evil.example/x)',
  '-->]]><![CDATA[<x/>',
  'x" onmouseover="pwned=1',
]

/** Every text of a spec becomes `text`, where the contract lets it be one. */
function poison(value: unknown, text: string, key = ''): unknown {
  const fixed = ['kind', 'id', 'encoding', 'data', 'op', 'scale', 'state', 'edit', 'controls', 'rule', 'method', 'step', 'polarity', 'mode', 'of', 'dtype', 'network', 'form', 'where'] // prettier-ignore
  if (typeof value === 'string') return fixed.includes(key) ? value : text.slice(0, 400)
  if (Array.isArray(value)) return value.map(v => poison(v, text, key))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, poison(v, text, k)]))
  return value
}

describe.each(STRINGS)('text %j', text => {
  test.each([
    'tensor',
    'conv',
    'maps',
    'training',
    'pool',
    'softmax',
    'evolution',
    'rnn',
    'architecture',
    'chart',
    'confusion',
    'reading',
  ] as const)('in %s', kind => {
    const spec = poison(json(kind), text) as Json
    // The names of gates are the contract's.
    if (kind === 'reading') spec.data.gates = json(kind).data.gates
    if (kind === 'pool') spec.data.names = { x: text, y: text }
    if (kind === 'conv') spec.data.names = { x: text, w: text, b: text, o: text }
    let view: ViewSpec
    try {
      view = parseView(spec)
    } catch (e) {
      // Names of tensors are short.
      expect(String(e)).toMatch(/characters, at most|expected one of/)
      return
    }
    const element = operate(view)
    expect(element.childNodes).toHaveLength(0)
  })
})

const bend = (kind: ViewSpec['kind'], f: (spec: Json) => void) => (): Json => {
  const spec = json(kind)
  f(spec)
  return spec
}
/** As f32, zeros. */
const zeros = (...shape: number[]) => ({
  encoding: 'u8',
  shape,
  lo: 0,
  hi: 0,
  data: btoa('\0'.repeat(shape.reduce((a, b) => a * b, 1))),
})
const big = 'A'.repeat(4)
const REFUSED: [string, () => unknown][] = [
  ['null', () => null],
  ['a number', () => 7],
  ['a list', () => [json('tensor')]],
  ['nothing', () => ({})],
  ['a date', () => new Date(0)],
  ['a function', () => () => 1],
  ['fields of the prototype', () => Object.create(json('tensor')) as object],
  ['__proto__', () => JSON.parse('{"__proto__": {"polluted": 1}, "spec": 1, "kind": "tensor"}')],
  [
    'constructor.prototype',
    bend('tensor', s => Object.assign(s, { constructor: { prototype: { polluted: 1 } } })),
  ],
  ['an unknown field', bend('tensor', s => (s.data.html = '<b>'))],
  ['kind constructor', bend('tensor', s => (s.kind = 'constructor'))],
  ['kind __proto__', bend('tensor', s => (s.kind = '__proto__'))],
  ['kind toString', bend('tensor', s => (s.kind = { toString: 'tensor' }))],
  ['another kind’s data', bend('conv', s => (s.kind = 'maps'))],
  ['a newer version', bend('tensor', s => (s.spec = 2))],
  ['version "1"', bend('tensor', s => (s.spec = '1'))],
  ['an id with a path', bend('tensor', s => (s.id = '../../x'))],
  ['an empty id', bend('tensor', s => (s.id = ''))],
  ['an endless title', bend('tensor', s => (s.title = 'x'.repeat(1e6)))],
  ['a title that is none', bend('tensor', s => (s.title = { toString: 'x' }))],
  ['no base64', bend('tensor', s => (s.data.values.data = '!!!!'))],
  ['base64 cut short', bend('tensor', s => (s.data.values.data = s.data.values.data.slice(0, -4)))],
  ['both data and buffer', bend('tensor', s => (s.data.values.buffer = 0))],
  ['a buffer that is not there', bend('tensor', s => (s.data.values = { encoding: 'f32', shape: [1], buffer: 9 }))], // prettier-ignore
  ['a negative buffer', bend('tensor', s => (s.data.values = { encoding: 'f32', shape: [1], buffer: -1 }))], // prettier-ignore
  ['bytes from JSON', bend('tensor', s => (s.data.values.bytes = { length: 9 }))],
  ['a shape of gigabytes', bend('tensor', s => (s.data.values = { encoding: 'f32', shape: [65536, 65536], data: big }))], // prettier-ignore
  ['a shape that overflows', bend('tensor', s => (s.data.values.shape = [2 ** 31, 2 ** 31, 2 ** 31]))], // prettier-ignore
  ['a shape of 2^53', bend('tensor', s => (s.data.values.shape = [2 ** 53]))],
  ['a negative shape', bend('tensor', s => (s.data.values.shape = [-2, -3]))],
  ['a fractional shape', bend('tensor', s => (s.data.values.shape = [1.5, 4]))],
  ['a shape of texts', bend('tensor', s => (s.data.values.shape = ['2', '3']))],
  ['rank 9', bend('tensor', s => (s.data.values.shape = new Array(9).fill(1)))],
  ['limits turned round', bend('tensor', s => Object.assign(s.data.values, { lo: 5, hi: 1 }))],
  ['an infinite limit', bend('tensor', s => (s.data.values.hi = '1e999'))],
  ['marks outside', bend('tensor', s => (s.data.at = [[99, 99]]))],
  ['a million labels', bend('tensor', s => (s.data.labels = new Array(1e6).fill('x')))],
  ['filters of other channels', bend('conv', s => (s.data.w = s.data.b))],
  ['an output of another size', bend('conv', s => (s.data.stride = [1, 1]))],
  ['stride 0', bend('conv', s => (s.data.stride = [0, 1]))],
  ['stride 1e9', bend('conv', s => (s.data.stride = [1e9, 1]))],
  ['a negative padding', bend('conv', s => (s.data.padding = [-1, 0]))],
  ['compared values ragged', bend('conv', s => (s.data.compare.values[0][0] = [1]))],
  ['typing into what is not there', bend('conv', s => (s.data.edit = ['__proto__']))],
  ['a layer that reads itself', bend('maps', s => (s.data.layers[1].source = 1))],
  ['a layer that reads the future', bend('maps', s => (s.data.layers[1].source = 5))],
  ['a layer that reads none', bend('maps', s => (s.data.layers[1].source = -1))],
  ['an input that computes', bend('maps', s => (s.data.layers[0].op = { op: 'softmax' }))],
  ['no layers', bend('maps', s => (s.data.layers = []))],
  ['100,000 layers', bend('maps', s => (s.data.layers = new Array(1e5).fill(s.data.layers[0])))],
  ['values of another shape', bend('maps', s => (s.data.layers[1].shape = [2, 5, 5]))],
  ['groups that do not divide', bend('maps', s => (s.data.layers[1].op.groups = 7))],
  ['a layer shown that is not there', bend('maps', s => (s.data.layer = 99))],
  ['a pin outside', bend('maps', s => (s.data.pin = [1, 99, 0]))],
  ['an input that is not there', bend('maps', s => (s.data.inputs.current = 99))],
  ['a field of texts', bend('maps', s => (s.data.layers[1].field.size = ['a', 'b']))],
  ['a state of its own', bend('training', s => (s.data.state = 'exploding'))],
  ['points that are none', bend('training', s => (s.data.points = [[1, 2]]))],
  ['100,000 points', bend('training', s => (s.data.points = new Array(1e5).fill(s.data.points[0])))], // prettier-ignore
  ['a loss in words', bend('training', s => (s.data.points[0].loss = 'low'))],
  ['snapshots of other layers', bend('training', s => (s.data.history.layers = []))],
  [
    'a branch of a branch to come',
    bend('training', s => (s.data.history.branches[0].from.run = 1)),
  ],
  ['histograms of gigabytes', bend('training', s => (s.data.history.snapshots.heights.shape = [2, 1, 3, 2 ** 30]))], // prettier-ignore
  ['a network of its own', bend('rnn', s => (s.data.network = 'transformer'))],
  ['more steps than are drawn', bend('rnn', s => (s.data.x = zeros(65, 3)))],
  ['10,000 units', bend('rnn', s => (s.data.weights[0].U = zeros(10_000, 3)))],
  ['snapshots of other sizes', bend('rnn', s => (s.data.weights[1].U = zeros(4, 3)))],
  ['neither weights nor values', bend('rnn', s => (s.data.weights = []))],
  ['a target that is no class', bend('rnn', s => (s.data.targets[0] = 3))],
  ['a loss that reaches the future', bend('rnn', s => (s.data.pin = [0, 2]))],
  ['a radius below 0', bend('rnn', s => (s.data.weights[0].radius = -1))],
  ['controls of its own', bend('training', s => (s.data.controls = ['rm -rf']))],
]
test.each(REFUSED)('refused: %s', (_, make) => refused(make()))

test('every field of every view may be missing or of another kind', () => {
  const others = [undefined, null, 7, -1, 1.5, 'x', [], {}, true, [[[]]], { length: 3 }]
  const paths = (value: unknown, path: string[] = []): string[][] =>
    typeof value !== 'object' || value === null
      ? [path]
      : [
          path,
          ...Object.entries(value)
            .slice(0, 8)
            .flatMap(([k, v]) => paths(v, [...path, k])),
        ]
  let tried = 0
  for (const kind of Object.keys(samples) as ViewSpec['kind'][])
    for (const path of paths(json(kind)).slice(1)) {
      const spec = json(kind)
      const parent = path.slice(0, -1).reduce<Json>((o, k) => o[k] as Json, spec)
      parent[path.at(-1)!] = others[tried++ % others.length] // a path has a last step
      try {
        parseView(spec)
      } catch (e) {
        expect(e).toBeInstanceOf(SpecError)
      }
    }
  expect(tried).toBeGreaterThan(200)
})

test.each([
  ['too few bytes', [new Uint8Array(23)]],
  ['too many', [new Uint8Array(25)]],
  ['none', []],
  ['an array of numbers', [[0, 0, 0, 0, 0, 0] as unknown as Uint8Array]],
])('refused: buffers, %s', (_, buffers) => {
  const spec = json('tensor')
  spec.data.values = { encoding: 'f32', shape: [2, 3], buffer: 0 }
  refused(spec, buffers)
})

test.each([
  { type: 'append', points: new Array(1e5).fill({}), state: 'running', speed: 1 },
  { type: 'append', points: [], state: '<b>', speed: 1 },
  { type: 'append', points: [], state: 'running', speed: 'fast' },
  { type: 'gone', reason: 'x'.repeat(1e6) },
  { type: 'reply', seq: 'x' },
  { type: 'error', seq: 2 ** 60, message: '' },
  { type: '__proto__' },
  { type: 'update', view: null },
])('refused: message %#', message => {
  expect(() => parseKernelMessage(message)).toThrow(SpecError)
})

const HUGE: [string, () => Json][] = [
  ['one row of 200,000', bend('tensor', s => Object.assign(s.data, { values: zeros(1, 200_000), at: [], numbers: false }))], // prettier-ignore
  ['numbers in 40,000 cells', bend('tensor', s => Object.assign(s.data, { values: zeros(200, 200), at: [], numbers: true }))], // prettier-ignore
  ['1,000,000 maps of one value', bend('tensor', s => Object.assign(s.data, { values: zeros(1_000_000, 1, 1), at: [], numbers: false }))], // prettier-ignore
  ['an output of 90,000 cells', bend('conv', s => Object.assign(s.data, { x: zeros(1, 300, 300), w: zeros(1, 1, 1, 1), b: zeros(1), output: zeros(1, 300, 300), stride: [1, 1], padding: [0, 0], at: [], compare: null }))], // prettier-ignore
  ['a filter of 90×90', bend('conv', s => Object.assign(s.data, { x: zeros(1, 190, 190), w: zeros(1, 1, 90, 90), b: zeros(1), output: zeros(1, 101, 101), stride: [1, 1], padding: [0, 0], at: [], compare: null }))], // prettier-ignore
  ['a padding of 100,000', bend('conv', s => Object.assign(s.data, { x: zeros(1, 1, 1), w: zeros(1, 1, 1, 1), b: zeros(1), output: zeros(1, 3, 3), stride: [100_000, 100_000], padding: [100_000, 100_000], at: [], compare: null }))], // prettier-ignore
  ['a pool of 100,000×100,000', bend('maps', s => {
    s.data.layers = s.data.layers.slice(0, 2)
    Object.assign(s.data.layers[1], { op: { op: 'maxPool2d', kernel: [100_000, 100_000], stride: [1, 1], padding: [50_000, 50_000] }, shape: [1, 9, 9], values: zeros(1, 9, 9), before: null }) // prettier-ignore
    Object.assign(s.data, { labels: null, layer: 1, pin: [0, 4, 4] })
  })], // prettier-ignore
  ['a pooling of one window of 100,000×100,000', bend('pool', s => Object.assign(s.data, { x: zeros(1, 1, 1), output: zeros(1, 1, 1), gradient: zeros(1, 1, 1), switches: { encoding: 'i32', shape: [1, 1, 1], data: btoa('\xff\xff\xff\x7f') }, kernel: [100_000, 100_000], stride: [2, 2], padding: [50_000, 50_000], at: [0, 0, 0], compare: null }))], // prettier-ignore
  ['a softmax of 256 rows of 1,000 classes', bend('softmax', s => Object.assign(s.data, { logits: zeros(256, 1000), labels: null, targets: null, compare: { label: 'x', values: zeros(256, 1000), given: zeros(256, 1000) } }))], // prettier-ignore
  [
    '1,000 layers of 1,000,000×1,000,000',
    bend('architecture', s => {
      const layer = { ...s.data.models[0].layers[0], output: [1, 1e6, 1e6], field: { size: [1e300, 1e300], jump: [1e300, 1], start: [-1e300, 0] } } // prettier-ignore
      Object.assign(s.data, { models: [{ name: 'x', input: [1, 1e6, 1e6], layers: new Array(1000).fill(layer) }], layer: 999, at: [0, 0], measured: null }) // prettier-ignore
    }),
  ],
  ['a chain of 500 steps along 4,096 cells', bend('sizes', s => Object.assign(s.data, { input: 4096, steps: new Array(500).fill({ name: 'x', window: 1, stride: 1, padding: 4096, dilation: 1 }), step: 499 }))], // prettier-ignore
  ['a field of 1e300', bend('maps', s => (s.data.layers[1].field = { size: [1e300, 1e300], step: [1e300, -1e300], start: [-1e300, 1e300] }))], // prettier-ignore
  ['100,000 classes', bend('maps', s => {
    s.data.layers = s.data.layers.slice(0, 4)
    s.data.layers.push({ ...s.data.layers[3], name: 'all', op: { op: 'other', name: 'x' }, source: 3, shape: [100_000], values: zeros(100_000) }) // prettier-ignore
    Object.assign(s.data, { labels: null, layer: 4, pin: null })
  })], // prettier-ignore
  ['curves at the ends of the numbers', bend('chart', s => Object.assign(s.data.panels[0], { limits: [-1e308, 1e308], series: [{ name: '', values: [1e308, -1e308, 0], errors: [1e308, 0, 0], reference: false }] }))], // prettier-ignore
  ['counts below zero', bend('confusion', s => (s.data.counts = { encoding: 'u8', shape: [3, 3], lo: -1e30, hi: 0, data: btoa('abcdefghi') }))], // prettier-ignore
  ['epochs at the ends of the numbers', bend('evolution', s => Object.assign(s.data, { all: [-1e308, 0, 1, 1e308] }))], // prettier-ignore
  ['filters of 4,000 channels', bend('evolution', s => Object.assign(s.data.filters, { values: zeros(4, 4000, 5, 5), channels: 3 }))], // prettier-ignore
  ['a picture of 1×100,000', bend('evolution', s => Object.assign(s.data.layers[1].units[0], { projections: zeros(3, 1, 1, 100_000), patches: zeros(2, 1, 1, 100_000) }))], // prettier-ignore
  ['a text of 4,000 characters', bend('reading', s => {
    const T = 4000
    Object.assign(s.data, { characters: new Array(T).fill('<'), states: zeros(T, 3), expected: { characters: zeros(T, 2), probabilities: zeros(T, 2) }, next: zeros(T), influence: zeros(T, 3), gates: [{ unit: 1, rows: [{ name: 'forget', values: zeros(T) }] }] }) // prettier-ignore
  })], // prettier-ignore
  ['a large unrolled network', bend('rnn', s => {
    Object.assign(s.data, { x: zeros(20, 1), inputs: new Array(20).fill('x'), classes: new Array(128).fill('c'), targets: new Array(20).fill(127) }) // prettier-ignore
    s.data.weights = [{ label: 'x', U: zeros(128, 1), W: zeros(128, 128), V: zeros(128, 128), b: null, c: null, radius: 0 }] // prettier-ignore
  })], // prettier-ignore
  ['weights at the ends of the numbers', bend('rnn', s => (s.data.weights[0] = { ...s.data.weights[0], W: { encoding: 'u8', shape: [2, 2], lo: -1e308, hi: 1e308, data: btoa('\0\xff\x80\0') }, radius: 1e308 }))], // prettier-ignore
  ['points at the ends of the numbers', bend('training', s => (s.data.points = [{ step: -1e308, epoch: 1e308, loss: 1e308 }, { step: 1e308, epoch: -1e308, testLoss: -1e308, testAccuracy: 1e308 }]))], // prettier-ignore
]
test.each(HUGE)('drawn, and the page lives: %s', (_, make) => {
  operate(parseView(make()))
})

test('there are fifty at least', () => {
  expect(STRINGS.length + REFUSED.length + HUGE.length).toBeGreaterThan(80)
})
