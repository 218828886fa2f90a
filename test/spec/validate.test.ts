import { describe, expect, test } from 'vitest'
import { decode } from '../../src/spec/encode.ts'
import { SpecError } from '../../src/spec/error.ts'
import { parseKernelMessage, parseLiveOpen, parsePageMessage } from '../../src/spec/message.ts'
import { parseView } from '../../src/spec/validate.ts'
import { convView, mapsView, tensorView, trainingView } from './samples.ts'
import { changed as changedIn } from './changed.ts'

const samples = { tensor: tensorView, conv: convView, maps: mapsView, training: trainingView }
type Json = Record<string, unknown>

/** The sample as JSON with the value at `path` replaced (`undefined`: taken out). */
const changed = (kind: keyof typeof samples, path: string, value: unknown): unknown =>
  changedIn(samples[kind](), path, value)

const error = (value: unknown): SpecError => {
  try {
    parseView(value)
  } catch (e) {
    expect(e).toBeInstanceOf(SpecError)
    return e as SpecError
  }
  throw new Error('parseView took it')
}

describe('round trip', () => {
  test.each(Object.keys(samples) as (keyof typeof samples)[])('%s', kind => {
    const json: unknown = JSON.parse(JSON.stringify(samples[kind]()))
    expect(parseView(json)).toEqual(json)
    expect(parseView(json)).not.toBe(json)
  })
  test('with buffers', () => {
    const view = tensorView()
    view.data.values = { encoding: 'f32', shape: [2], buffer: 1 }
    view.data.at = [[1]]
    const buffers = [new Uint8Array(1), new Uint8Array(8)]
    // The bytes of the message are put in: a renderer has nothing but the view.
    const read = parseView(view, buffers)
    expect(read).toMatchObject(view)
    expect(Array.from(decode((read as typeof view).data.values))).toEqual([0, 0])
    expect(() => parseView(view, [])).toThrow('view.data.values: buffer 1 of 0 does not exist')
    expect(() => parseView(view, [buffers[1], buffers[0]])).toThrow('takes 8 bytes, there are 1')
  })
})

test('a newer version is told apart, whatever else stands in it', () => {
  const e = error({ spec: 7, kind: 'hologram', anything: [] })
  expect(e.newer).toBe(7)
  expect(e.message).toBe('view: written for version 7 of the views, this page reads up to 1')
  expect(error({ ...tensorView(), spec: 0 }).newer).toBeNull()
})

const deep = (n: number): unknown => (n ? [deep(n - 1)] : 0)
const big = { encoding: 'f32', shape: [4096, 4096], data: 'AAAA' }
// prettier-ignore
const hostile: [name: string, value: unknown, says: RegExp][] = [
  ['null', null, /view: expected an object, got null/],
  ['nothing', undefined, /got nothing/],
  ['a list', [], /got a list of 0/],
  ['text', 'view', /got "view"/],
  ['a function', () => 1, /got a function/],
  ['no version', {}, /view\.spec: expected a whole number/],
  ['a version as text', { ...tensorView(), spec: '1' }, /view\.spec/],
  ['a version of 1.5', { ...tensorView(), spec: 1.5 }, /view\.spec/],
  ['a version inherited', Object.create(tensorView()), /view\.spec: .* got nothing/],
  ['an unknown kind', changed('conv', 'kind', 'evil'), /kind: expected one of .*tensor, .*, got "evil"/],
  ['a kind that objects have', changed('conv', 'kind', 'constructor'), /view\.kind/],
  ['an own __proto__', JSON.parse(`{"__proto__": {"x": 1}, ${JSON.stringify(tensorView()).slice(1)}`), /unknown field "__proto__"/],
  ['__proto__ in data', changed('conv', 'data.names', JSON.parse('{"x":"x","w":"w","b":"b","o":"o","__proto__":{"polluted":1}}')), /unknown field "__proto__"/],
  ['a field too many', changed('tensor', 'html', '<script>'), /unknown field "html"/],
  ['a field too many in data', changed('tensor', 'data.onclick', 'x'), /view\.data: unknown field "onclick"/],
  ['an id with markup', changed('tensor', 'id', '"><img src=x>'), /view\.id/],
  ['an empty id', changed('tensor', 'id', ''), /view\.id/],
  ['a long title', changed('tensor', 'title', 'x'.repeat(501)), /view\.title: 501 characters, at most 500/],
  ['a title that is an object', changed('tensor', 'title', { toString: 'x' }), /view\.title: expected text/],
  ['a huge text', changed('tensor', 'text', 'x'.repeat(20_001)), /view\.text/],
  ['a shape without its bytes', changed('tensor', 'data.values', big), /takes 67108864 bytes, there are 3/],
  ['a shape beyond memory', changed('tensor', 'data.values.shape', [2 ** 31, 2 ** 31]), /no possible size|more than/],
  ['a negative size', changed('tensor', 'data.values.shape', [-1, -6]), /shape\[0\]/],
  ['a shape with NaN', changed('tensor', 'data.values.shape', [NaN]), /shape\[0\]: .* got NaN/],
  ['a shape of rank 9', changed('tensor', 'data.values.shape', new Array(9).fill(1)), /9 items, at most 8/],
  ['a shape of rank 5', changed('tensor', 'data.values.shape', [1, 1, 1, 2, 3]), /rank 5/],
  ['a shape like a list', changed('tensor', 'data.values.shape', { length: 2, 0: 2, 1: 3 }), /expected a list/],
  ['data that is no base64', changed('tensor', 'data.values.data', 'not base64'), /takes 24 bytes/],
  ['lo above hi', changed('tensor', 'data.values', { encoding: 'u8', shape: [3], data: 'AAAA', lo: 2, hi: 1 }), /lo 2 is above hi 1/],
  ['an infinite lo', changed('tensor', 'data.values.lo', Infinity), /values\.lo: expected a number/],
  ['a mark outside', changed('tensor', 'data.at', [[2, 0]]), /at\[0\]\[0\]: expected a whole number from 0 to 1/],
  ['a mark of another rank', changed('tensor', 'data.at', [[0]]), /expected 2 items/],
  ['a stride of 0', changed('conv', 'data.stride', [0, 1]), /stride\[0\]/],
  ['one stride', changed('conv', 'data.stride', [1]), /expected 2 items, got 1/],
  ['an output that does not follow', changed('conv', 'data.padding', [0, 0]), /view\.data\.output: expected shape \[3, 2, 5\], got \[3, 3, 5\]/],
  ['a filter that does not fit', changed('conv', 'data.w', convView().data.b), /view\.data\.w: expected shape/],
  ['a pin outside', changed('conv', 'data.at', [[0, 0, 5]]), /at\[0\]\[2\]/],
  ['a guess of another shape', changed('conv', 'data.compare.values', [[[1]]]), /compare\.values: expected 3 items/],
  ['a guess in words', changed('conv', 'data.compare.values', new Array(3).fill(new Array(3).fill(['1', 1, 1, 1, 1]))), /expected a number, got "1"/],
  ['editing something else', changed('conv', 'data.edit', ['innerHTML']), /one of x, w, b/],
  ['no layers', changed('maps', 'data.layers', []), /at least the input/],
  ['a layer that reads itself', changed('maps', 'data.layers.1.source', 1), /source: expected a whole number from -1 to 0/],
  ['a second input', changed('maps', 'data.layers.1.op', { op: 'input' }), /input reads no layer|must read/],
  ['an input that reads', changed('maps', 'data.layers.0.op', { op: 'softmax' }), /must read a layer/],
  ['weights of another size', changed('maps', 'data.layers.4.op.weight.shape', [18, 4]), /expected shape \[4, 18\], got \[18, 4\]/],
  ['a window that does not follow', changed('maps', 'data.layers.1.op.stride', [2, 2]), /conv2d gives \[2, 3, 3\], the layer is \[2, 6, 6\]/],
  ['no groups', changed('maps', 'data.layers.1.op.groups', 0), /groups/],
  ['a pool of another size', changed('maps', 'data.layers.2.op.kernel', [3, 3]), /maxPool2d gives \[2, 2, 2\]/],
  ['a layer of rank 2', changed('maps', 'data.layers.2.shape', [2, 9]), /\[C, H, W\] or \[C\]/],
  ['labels for other images', changed('maps', 'data.inputs.labels', ['a']), /expected 2 items, got 1/],
  ['an image that is not there', changed('maps', 'data.inputs.current', 2), /current/],
  ['a layer that is not there', changed('maps', 'data.layer', 6), /view\.data\.layer/],
  ['a pin in another layer', changed('maps', 'data.pin', [2, 0, 0]), /pin\[0\]/],
  ['too many points', changed('training', 'data.points', new Array(2001).fill({ step: 1, epoch: 1 })), /2001 items, at most 2000/],
  ['NaN in a point', changed('training', 'data.points', [{ step: 1, epoch: NaN }]), /epoch: expected a number, got NaN/],
  ['a point with more', changed('training', 'data.points', [{ step: 1, epoch: 1, valueOf: 1 }]), /unknown field "valueOf"/],
  ['a state of its own', changed('training', 'data.state', 'exploded'), /one of ready/],
  ['a fact of three', changed('training', 'data.facts', [['a', 'b', 'c']]), /expected 2 items/],
  ['a depth', changed('training', 'data.points', deep(5000)), /expected an object, got a list/],
]

describe(`${hostile.length} hostile specs`, () => {
  test.each(hostile)('%s', (_, value, says) => {
    const before = Object.keys(Object.prototype).length
    expect(error(value).message).toMatch(says)
    expect(Object.keys(Object.prototype).length).toBe(before)
    expect(({} as Json).polluted).toBeUndefined()
  })
})

describe('messages', () => {
  test('comm_open', () => {
    const open = { id: 'v1', spec: 1, extension: '0.1.0' }
    expect(parseLiveOpen({ ...open, more: 1 })).toEqual(open)
    expect(() => parseLiveOpen({ id: 1 })).toThrow('comm_open.id: expected text, got 1')
  })
  test('events', () => {
    const event = { type: 'event', seq: 3, name: 'pin', payload: { index: [0, 1] } }
    expect(parsePageMessage(event)).toEqual(event)
    expect(() => parsePageMessage({ ...event, name: 'eval' })).toThrow(/message\.name/)
    expect(() => parsePageMessage({ ...event, seq: -1 })).toThrow(/message\.seq/)
  })
  test('from the kernel', () => {
    const view = tensorView()
    const messages: unknown[] = [
      { type: 'hello', spec: 1, producer: '0.1.0', view },
      { type: 'gone', reason: 'restarted' },
      { type: 'update', view },
      { type: 'append', points: [{ step: 1, epoch: 0.5, loss: 2 }], state: 'running', speed: null },
      { type: 'reply', seq: 1, result: { output: [[[1]]] } },
      { type: 'error', seq: null, message: 'conv: x is not defined' },
    ]
    for (const message of messages) expect(parseKernelMessage(message)).toEqual(message)
    expect(() => parseKernelMessage({ type: 'update', view: { ...view, spec: 9 } })).toThrow(
      SpecError,
    )
    expect(() => parseKernelMessage({ type: 'shell' })).toThrow(/message\.type/)
  })
})
