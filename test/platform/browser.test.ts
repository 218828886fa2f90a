// The browser's variant of the platform against Node's: the same names, and the same bytes.
import { describe, expect, it } from 'vitest'
import * as deflate from '../../src/platform/deflate.ts'
import * as files from '../../src/platform/files.ts'
import * as threads from '../../src/platform/threads.ts'
import * as browserDeflate from '../../src/platform/browser/deflate.ts'
import * as browserFiles from '../../src/platform/browser/files.ts'
import * as browserThreads from '../../src/platform/browser/threads.ts'
import { gzipSync } from 'node:zlib'
import { Generator } from '../../src/tensor/random.ts'

it.each([
  ['deflate', deflate, browserDeflate],
  ['files', files, browserFiles],
  ['threads', threads, browserThreads],
] as const)('%s has every name', (_, node, browser) => {
  expect(Object.keys(browser)).toEqual(expect.arrayContaining(Object.keys(node)))
})

const g = new Generator(5)
const noise = Uint8Array.from({ length: 70_000 }, () => g.below(256))
const text = new TextEncoder().encode('Call me Ishmael. Some years ago — '.repeat(3000))
const samples = [new Uint8Array(0), Uint8Array.of(7), noise, text, new Uint8Array(200_000)]

describe('deflate', () => {
  it.each(samples.map((s, i) => [i, s] as const))('sample %i comes back', (_, bytes) => {
    const same = (a: Uint8Array) => Buffer.compare(a, bytes) === 0
    const limit = bytes.length
    expect(same(browserDeflate.inflate(deflate.deflate(bytes), limit))).toBe(true)
    expect(same(browserDeflate.inflateRaw(deflate.deflateRaw(bytes), limit))).toBe(true)
    expect(same(deflate.inflate(browserDeflate.deflate(bytes), limit))).toBe(true)
    expect(same(deflate.inflateRaw(browserDeflate.deflateRaw(bytes), limit))).toBe(true)
    expect(same(browserFiles.gunzip(gzipSync(bytes), limit))).toBe(true)
  })

  it('refuses more than the limit', () => {
    expect(() => browserDeflate.inflate(deflate.deflate(new Uint8Array(1e6)), 1000)).toThrow(
      RangeError,
    )
  })

  it('gunzipStart gives the beginning', () => {
    const start = browserFiles.gunzipStart(gzipSync(noise))
    expect(start.length).toBeGreaterThan(500)
    expect(Buffer.compare(start, noise.subarray(0, start.length))).toBe(0)
  })

  it('damaged data: an error or some bytes, never a hang', () => {
    const good = deflate.deflateRaw(text.subarray(0, 5000))
    for (let i = 0; i < 3000; i++) {
      const bad = good.slice(0, 1 + g.below(good.length))
      for (let k = 0; k < 3; k++) bad[g.below(bad.length)] = g.below(256)
      try {
        expect(browserDeflate.inflateRaw(bad, 100_000).length).toBeLessThanOrEqual(100_000)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  })
})
