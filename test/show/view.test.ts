import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nn, show, tensor, zeros, type Pin, type Tensor } from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import { LIVE_TARGET } from '../../src/spec/live.ts'
import { VIEW_MIME, type TensorView } from '../../src/spec/view.ts'
import { VERSION } from '../../src/show/version.ts'
import packageJson from '../../src/package.json' with { type: 'json' }
import { install, type FakeHost } from './fake-host.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => {
  remove()
  vi.useRealTimers()
  vi.restoreAllMocks()
})
const constant = (v: number): Tensor => zeros([2, 2]).add(v)

test('the version written into specs is the package’s', () =>
  expect(VERSION).toBe(packageJson.version))

test('a display has the spec, a picture and words', () => {
  show(constant(1))
  expect(Object.keys(host.shown[0].bundle).sort()).toEqual(
    [VIEW_MIME, 'image/png', 'text/plain'].sort(),
  )
})

test('outside a kernel the text is printed', () => {
  remove()
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const view = show(constant(1))
  expect(said).toHaveBeenCalledWith(view.text)
  expect(view.spec?.kind).toBe('tensor')
})

test('a network is its architecture', () => {
  show(new nn.Sequential({ fc: new nn.Linear(3, 2), relu: new nn.ReLU() }))
  const { bundle } = host.shown[0]
  expect(Object.keys(bundle).sort()).toEqual([VIEW_MIME, 'image/png', 'text/plain'].sort())
  expect(bundle['text/plain']).toContain('Sequential: [3] → [2], 8 parameters, 6 multiplications.')
})

describe('anything else is refused, with what can be shown', () => {
  test.each([[null, 'null'], [3, 'number'], ['text', 'string'], [[1, 2], 'a list'], [{ a: 1 }, 'Object'], [new Map(), 'Map']])('%j', (thing, says) =>
    // A plain JavaScript user may pass anything.
    expect(() => show(thing as unknown as Tensor)).toThrow(`show: ${says}; it shows tensors`),
  ) // prettier-ignore
  test('a list gets advice', () => expect(() => show([[1]] as unknown as Tensor)).toThrow('tensor(rows) makes a tensor of a list')) // prettier-ignore
})

describe('live', () => {
  test('the target is registered once for many views', () => {
    show(constant(1))
    show(constant(2))
    expect([...host.targets.keys()]).toEqual([LIVE_TARGET])
  })
  test('hello, with the whole view', () => {
    const view = show(constant(3))
    const page = host.page(view.id)
    expect(page.messages).toHaveLength(1)
    expect(page.messages[0]).toMatchObject({ type: 'hello', spec: 1, producer: VERSION, view: { id: view.id, kind: 'tensor' } }) // prettier-ignore
  })
  test('an unknown view is gone, in words', () => {
    show(constant(1))
    const page = host.page('v000')
    expect(page.of('gone')[0].reason).toMatch(/Run its cell again/)
    expect(page.closed).toBe(true)
  })
  test('a hostile comm_open is answered, not obeyed', () => {
    show(constant(1))
    const page = host.page('../../etc')
    expect(page.of('gone')[0].reason).toMatch(/comm_open\.id/)
  })
  test('pins reach the student’s handler until it is taken off', () => {
    const view = show(constant(1))
    const pins: Pin[] = []
    const off = view.on('pin', pin => pins.push(pin))
    const page = host.page(view.id)
    page.now('pin', { index: [0, 1] })
    page.now('pin', { index: [1, 1] })
    expect(page.now('pin', { index: 'all' })).toMatchObject({ type: 'error', message: 'TypeError: pin: index is a list of whole numbers' }) // prettier-ignore
    off()
    page.now('pin', { index: [0, 0] })
    expect(pins).toEqual([{ index: [0, 1] }, { index: [1, 1] }])
    expect(() => view.on('click' as 'pin', () => undefined)).toThrow("there is 'pin'")
  })
  test('an exception in the handler comes back as an error and kills nothing', () => {
    const view = show(constant(1))
    view.on('pin', () => {
      throw new Error('mine')
    })
    const page = host.page(view.id)
    expect(page.now('pin', { index: [0] })).toEqual({
      type: 'error',
      seq: 1,
      message: 'Error: mine',
    })
    expect(page.now('compute', {})).toMatchObject({ type: 'error', seq: 2 })
  })
  test('garbage gets an error without a number', () => {
    const page = host.page(show(constant(1)).id)
    page.comm.onMessage?.({ data: 'garbage', buffers: [] })
    expect(page.messages.at(-1)).toMatchObject({ type: 'error', seq: null })
  })
  test('the newest 200 views live; an older one is told', () => {
    const first = show(constant(0))
    const page = host.page(first.id)
    for (let n = 0; n < 200; n++) show(constant(n))
    expect(page.messages.at(-1)).toMatchObject({ type: 'gone', reason: expect.stringContaining('newest 200') as string }) // prettier-ignore
    expect(page.closed).toBe(true)
    expect(host.page(first.id).of('gone')).toHaveLength(1)
  })
})

describe('update', () => {
  test('at most 20 a second, the newest state last; saved every two seconds', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => clock)
    const view = show(constant(0))
    const page = host.page(view.id)
    for (let n = 1; n <= 1000; n++) {
      clock += 5
      view.update(constant(n))
    }
    expect(page.of('update').length).toBeLessThanOrEqual(101)
    expect(page.of('update').length).toBeGreaterThan(90)
    expect(host.shown.filter(({ update }) => update)).toHaveLength(2)
    clock += 2000
    vi.advanceTimersByTime(2000)
    const newest = page.of('update').at(-1)!
    const buffers = page.buffers[page.messages.lastIndexOf(newest)]
    expect(decode((newest.view as TensorView).data.values, buffers)[0]).toBe(1000)
    expect(decode((host.spec() as TensorView).data.values)[0]).toBe(1000)
    expect(host.shown.at(-1)).toMatchObject({ id: view.id, update: true })
  })
  test('with another kind of thing is refused', () =>
    expect(() => show(constant(1)).update(new nn.ReLU())).toThrow('another kind of thing'))
  test('keeps the options', () => {
    const view = show(tensor([[1, 2]]), { title: 'mine', at: [0, 1] })
    view.update(tensor([[3, 4]]))
    expect(view.spec).toMatchObject({ title: 'mine', data: { at: [[0, 1]] } })
  })
})
