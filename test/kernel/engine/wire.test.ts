import { describe, expect, it } from 'vitest'
import { joinFrames, splitFrames } from '../../../kernel/engine/frames.ts'
import { Wire, type Message } from '../../../kernel/engine/wire.ts'
import { signer } from '../../../kernel/sign.ts'

const KEY = 'a key'
const bytes = (frames: readonly (string | Uint8Array)[]) =>
  frames.map(f => (typeof f === 'string' ? Buffer.from(f) : f))
const header = (id: string) => JSON.stringify({ msg_id: id, msg_type: 'x_request', session: 's' })
const signed = (parts: string[], buffers: Uint8Array[] = [], key = KEY) =>
  bytes(joinFrames([Buffer.from('me')], signer(key).sign(parts), parts, buffers))
const good = (id: string) => signed([header(id), '{}', '{}', '{"a":1}'], [new Uint8Array([7])])
const parsed = (m: Message | string) => {
  if (typeof m === 'string') throw new Error(m)
  return m
}

describe('messages', () => {
  it('come back as they were built', () => {
    const wire = new Wire(signer(KEY))
    const buffers = [new Uint8Array([1, 2]), new Uint8Array()]
    const m = parsed(
      new Wire(signer(KEY)).parse(
        bytes(
          wire.build(
            'status',
            { text: 'é😀' },
            {
              parent: { msg_id: 'p' },
              identities: [new Uint8Array([0, 255])],
              metadata: { k: null },
              buffers,
            },
          ),
        ),
      ),
    )
    expect(m.header).toMatchObject({ msg_type: 'status', session: wire.session, version: '5.4' })
    expect(m).toMatchObject({
      content: { text: 'é😀' },
      parent: { msg_id: 'p' },
      metadata: { k: null },
    })
    expect(m.identities.map(f => [...f])).toEqual([[0, 255]])
    expect(m.buffers.map(f => [...f])).toEqual([[1, 2], []])
  })
  it('are new each time', () => {
    const wire = new Wire(signer(KEY))
    const raw = good('1')
    expect(parsed(wire.parse(raw)).content).toEqual({ a: 1 })
    expect(wire.parse(raw)).toBe('the same message came before')
    expect(parsed(wire.parse(good('2'))).header.msg_id).toBe('2')
  })
  it('need no signature where there is no key', () => {
    const wire = new Wire(signer(''))
    const raw = bytes(joinFrames([], '', [header('1'), '{}', '{}', '{}'], []))
    expect(parsed(wire.parse(raw)).header.msg_id).toBe('1')
    expect(parsed(wire.parse(raw)).header.msg_id).toBe('1')
  })
  it.each([
    ['another key', signed([header('1'), '{}', '{}', '{}'], [], 'wrong'), /signature/],
    [
      'a changed part',
      good('1').map((f, i) => (i === 6 ? Buffer.from('{"a":2}') : f)),
      /signature/,
    ],
    ['a short signature', good('1').map((f, i) => (i === 2 ? f.subarray(0, 63) : f)), /signature/],
    ['no signature', good('1').map((f, i) => (i === 2 ? Buffer.alloc(0) : f)), /signature/],
    ['no delimiter', good('1').filter((_, i) => i !== 1), /delimiter/],
    ['nothing', [], /delimiter/],
    ['too few parts', good('1').slice(0, 6), /4 frames after/],
    ['no JSON', signed(['{', '{}', '{}', '{}']), /header is not JSON/],
    ['no object', signed([header('1'), '{}', '{}', '[1]']), /content is not a JSON object/],
    ['no parent object', signed([header('1'), 'null', '{}', '{}']), /parent header is not a JSON/],
    [
      'a header without id',
      signed(['{"msg_type":"a"}', '{}', '{}', '{}']),
      /no msg_type or msg_id/,
    ],
    ['many identities', [...Array<Buffer>(40).fill(Buffer.from('x')), ...good('1')], /delimiter/],
  ])('with %s are refused in words', (_, raw, reason) => {
    expect(new Wire(signer(KEY)).parse(raw)).toMatch(reason)
  })
  it('that are no UTF-8 are refused', () => {
    const parts = [
      Buffer.from(header('1')),
      Buffer.from('{}'),
      Buffer.from('{}'),
      Buffer.from([0x22, 0xff, 0x22]),
    ]
    const raw = [Buffer.from('<IDS|MSG>'), Buffer.from(signer(KEY).sign(parts)), ...parts]
    expect(new Wire(signer(KEY)).parse(raw)).toMatch(/content is not JSON/)
  })
  it('are not parsed before their signature holds', () => {
    let asked = false
    const wire = new Wire({ sign: () => '', verify: () => !(asked = true) })
    expect(wire.parse(signed(['{'.repeat(10), '{}', '{}', '{}']))).toBe(
      'the signature does not match',
    )
    expect(asked).toBe(true)
  })
  it('of an unknown signature scheme are an error at the start', () => {
    expect(() => signer(KEY, 'hmac-nonsense')).toThrow(/hmac-nonsense/)
    expect(signer(KEY, 'hmac-sha512').sign(['a'])).toHaveLength(128)
  })
})

/** Small, fast and the same every time. */
function random(seed: number): (below: number) => number {
  let s = seed >>> 0
  return below => {
    s = (s + 0x6d2b79f5) >>> 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** One hostile set of frames: a good message, changed in up to four ways. */
function mutate(frames: Buffer[], pick: (below: number) => number): Buffer[] {
  const out = [...frames]
  for (let n = 1 + pick(4); n > 0; n--) {
    const i = out.length ? pick(out.length) : 0
    const f = out[i]
    switch (pick(8)) {
      case 0:
        out.splice(i, 1)
        break
      case 1:
        out.splice(i, 0, Buffer.from(Array.from({ length: pick(20) }, () => pick(256))))
        break
      case 2:
        if (f) out.push(f)
        break
      case 3:
        if (f) out[i] = f.subarray(0, pick(f.length + 1))
        break
      case 4:
        if (f?.length) (out[i] = Buffer.from(f))[pick(f.length)] = pick(256)
        break
      case 5:
        out.splice(i, 0, Buffer.from('<IDS|MSG>'))
        break
      case 6:
        out[i] = Buffer.from('[[[[{{{"\\u0000"'.repeat(pick(50)))
        break
      default:
        if (out.length > 1) [out[0], out[i]] = [out[i], out[0]]
    }
  }
  return out
}

describe('a hundred thousand hostile messages', () => {
  it('are never taken for a message of the key’s owner, and nothing is thrown', () => {
    const pick = random(1)
    let wire = new Wire(signer(KEY))
    const originals = Array.from({ length: 50 }, (_, i) => good(String(i)).map(f => Buffer.from(f)))
    const same = (raw: Buffer[], m: Message) =>
      originals.some(o => {
        const at = o.length - 6
        return (
          o.slice(at, at + 4).every((p, i) => raw.some(f => f.equals(p)) && i < 4) &&
          JSON.stringify(m.content) === '{"a":1}'
        )
      })
    let refused = 0
    let taken = 0
    for (let n = 0; n < 100_000; n++) {
      // A new one has seen no message yet.
      if (n % 100 === 0) wire = new Wire(signer(KEY))
      const raw = mutate(originals[pick(originals.length)], pick)
      const m = wire.parse(raw)
      if (typeof m === 'string') refused++
      else {
        // Only its identities and buffers may differ: they are not signed.
        taken++
        expect(same(raw, m)).toBe(true)
      }
    }
    expect(refused + taken).toBe(100_000)
    expect(taken).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(50_000)
  })
  it('with a right signature are parsed or refused, never thrown', () => {
    const pick = random(2)
    const wire = new Wire(signer(KEY))
    const sign = signer(KEY)
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      'a',
      '1e999',
      ':',
      ',',
      'null',
      '\\u',
      '\ud83d',
      '-',
      'true',
      ' ',
      '"msg_id":"1"',
      '"msg_type":"t"',
      '__proto__',
    ]
    let parsedOnes = 0
    for (let n = 0; n < 20_000; n++) {
      const parts = Array.from({ length: 4 }, (_, i) =>
        pick(3) === 0
          ? Array.from({ length: pick(12) }, () => pieces[pick(pieces.length)]).join('')
          : i === 0
            ? JSON.stringify({ msg_id: String(n), msg_type: 'x' })
            : '{}',
      )
      const raw = bytes(joinFrames([], sign.sign(parts), parts, []))
      const split = splitFrames(raw)
      expect(typeof split).toBe('object')
      if (typeof wire.parse(raw) !== 'string') parsedOnes++
    }
    expect(parsedOnes).toBeGreaterThan(1000)
  })
})
