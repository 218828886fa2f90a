import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Link, type PageComm } from '../../../widgets/adapters/link.ts'
import { SPEC_VERSION, type ViewSpec } from '../../../src/spec/index.ts'
import { tensorView } from '../../spec/samples.ts'

class FakeComm implements PageComm {
  opened: object | null = null
  sent: { type: string; seq: number; name: string; payload: unknown }[] = []
  isDisposed = false
  onMsg: PageComm['onMsg'] = () => undefined
  onClose: () => void = () => undefined
  open(data: object): void {
    this.opened = data
  }
  send(data: object): void {
    this.sent.push(data as FakeComm['sent'][number])
  }
  close(): void {
    this.isDisposed = true
  }
  say(data: unknown, buffers?: ArrayBuffer[]): void {
    this.onMsg({ content: { data }, buffers })
  }
  hello(view: ViewSpec = tensorView(), spec: number = SPEC_VERSION): void {
    this.say({ type: 'hello', spec, producer: '0.1.0', view })
  }
}

const seen: ViewSpec[] = []
let link: Link
let comm: FakeComm
beforeEach(() => {
  vi.useFakeTimers()
  seen.length = 0
  link = new Link(view => seen.push(view), '0.1.0')
  comm = new FakeComm()
  link.connect(() => comm, 'v1')
})
afterEach(() => vi.useRealTimers())

test('asks for its view and is live when the kernel says hello', () => {
  expect(comm.opened).toEqual({ id: 'v1', spec: SPEC_VERSION, extension: '0.1.0' })
  expect(link.state).toBe('snapshot')
  comm.hello()
  expect(link.state).toBe('live')
  expect(seen).toEqual([tensorView()])
})

test('buffers of a message are in the view', () => {
  const view = tensorView()
  view.data.values = { encoding: 'f32', shape: [2], buffer: 0 }
  view.data.at = [[1]]
  comm.say({ type: 'hello', spec: SPEC_VERSION, producer: '', view }, [new ArrayBuffer(8)])
  expect(link.state).toBe('live')
  expect((seen[0] as typeof view).data.values.bytes).toHaveLength(8)
})

test('events are answered by number; an error rejects its own', async () => {
  comm.hello()
  const first = link.event('pin', { index: [1] })
  const second = link.event('step', {})
  comm.say({ type: 'reply', seq: comm.sent[1].seq, result: 7 })
  comm.say({ type: 'error', seq: comm.sent[0].seq, message: 'no' })
  comm.say({ type: 'reply', seq: 99, result: null })
  await expect(second).resolves.toBe(7)
  await expect(first).rejects.toThrow('no')
})

test('append goes to its listeners, update to the view, until they end', () => {
  comm.hello()
  const listener = vi.fn()
  const abort = new AbortController()
  link.onMessage(listener, abort.signal)
  const append = { type: 'append', points: [], state: 'running', speed: 2 }
  comm.say(append)
  expect(listener).toHaveBeenCalledExactlyOnceWith(append)
  comm.say({ type: 'update', view: tensorView() })
  expect(seen).toHaveLength(2)
  abort.abort()
  comm.say(append)
  expect(listener).toHaveBeenCalledOnce()
})

describe('the kernel is lost', () => {
  test('after it was live: gone, and what waits is rejected', async () => {
    comm.hello()
    const waiting = link.event('step', {})
    const changed = vi.fn()
    link.onChange(changed, new AbortController().signal)
    link.lost()
    expect(link.state).toBe('gone')
    expect(changed).toHaveBeenCalledOnce()
    await expect(waiting).rejects.toThrow('the kernel is gone')
    await expect(link.event('step', {})).rejects.toThrow('no kernel is connected')
  })
  test('never live: still a snapshot', () => {
    link.lost()
    expect(link.state).toBe('snapshot')
  })
  test('a kernel that did not make the view says why', () => {
    comm.say({ type: 'gone', reason: 'Run its cell again.' })
    expect([link.state, link.message]).toEqual(['snapshot', 'Run its cell again.'])
  })
  test('a view that the kernel dropped is gone', () => {
    comm.hello()
    comm.say({ type: 'gone', reason: 'dropped' })
    expect([link.state, link.message]).toEqual(['gone', 'dropped'])
  })
  test('another kernel closes the comm: a snapshot', () => {
    comm.onClose()
    expect(link.state).toBe('snapshot')
  })
  test('a restarted kernel is asked anew; the old comm has no say any more', () => {
    comm.hello()
    link.lost()
    const next = new FakeComm()
    link.connect(() => next, 'v1')
    comm.hello()
    expect(link.state).toBe('gone')
    next.hello()
    expect(link.state).toBe('live')
    comm.onClose()
    expect(link.state).toBe('live')
  })
})

test('silence ends the question; it may be asked again', () => {
  vi.advanceTimersByTime(10_000)
  expect(comm.isDisposed).toBe(true)
  expect([link.state, link.silent]).toEqual(['snapshot', true])
  const next = new FakeComm()
  link.connect(() => next, 'v1')
  expect(link.silent).toBe(false)
  next.hello()
  vi.advanceTimersByTime(10_000)
  expect([link.state, link.silent, next.isDisposed]).toEqual(['live', false, false])
})

describe('versions and nonsense', () => {
  test('another version of the views', () => {
    comm.hello(tensorView(), 2)
    expect(link.state).toBe('mismatch')
    expect(link.message).toContain('version 2')
    expect(link.message).toContain('npm start')
    expect(seen).toEqual([])
  })
  test.each([
    null,
    7,
    [],
    {},
    { type: 'hello' },
    { type: 'constructor' },
    { type: 'update', view: { kind: 'conv' } },
    { type: 'append', points: 'x', state: 'running', speed: 1 },
    { type: 'reply', seq: -1 },
    JSON.parse('{"__proto__": {"type": "hello"}}'),
  ])('%j', message => {
    expect(() => comm.say(message)).not.toThrow()
    expect(link.state).toBe('mismatch')
    expect(seen).toEqual([])
    expect(Object.hasOwn(Object.prototype, 'type')).toBe(false)
  })
  test('a comm that cannot be opened leaves the snapshot', () => {
    const other = new Link(() => undefined, '0.1.0')
    other.connect(() => {
      throw new Error('no kernel')
    }, 'v1')
    expect(other.state).toBe('snapshot')
  })
})
