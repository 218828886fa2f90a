import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tfjs } from '../../src/io/index.ts'

const bytes = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const w = (name: string, shape: unknown, dtype: string, more: object = {}) => ({ name, shape, dtype, ...more }) // prettier-ignore
const model = (weights: unknown[], paths: unknown[] = ['a.bin']) =>
  json({ weightsManifest: [{ paths, weights }] })

describe('weights of TensorFlow.js', () => {
  test('over several files, quantised or not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerscope-'))
    try {
      const all = new Uint8Array(8 + 3 + 4)
      all.set(bytes(new Float32Array([1.5, -2])))
      all.set([0, 10, 255], 8)
      all.set(bytes(new Uint16Array([0x3c00, 0xc000])), 11)
      writeFileSync(join(folder, 'a.bin'), all.subarray(0, 6))
      writeFileSync(join(folder, 'b.bin'), all.subarray(6))
      const weights = [
        w('conv/kernel', [1, 2], 'float32'),
        w('q', [3], 'float32', { quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }),
        w('h', [2], 'float32', { quantization: { dtype: 'float16' } }),
      ]
      writeFileSync(join(folder, 'model.json'), model(weights, ['a.bin', 'b.bin']))
      const state = tfjs.load(join(folder, 'model.json'))
      expect(state['conv/kernel'].toArray()).toEqual([[1.5, -2]])
      expect(state.q.toArray()).toEqual([-1, 4, 126.5])
      expect(state.h.toArray()).toEqual([1, -2])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  test.each([
    [model([w('a', [2], 'float32')]), 'a takes 8 bytes; 4 of 1 files are left'],
    [model([w('a', [2 ** 40, 2 ** 40], 'float32')]), 'more elements than can be counted'],
    [model([w('a', [-1], 'float32')]), 'sizes are whole numbers'],
    [model([]), 'the weights have 0 bytes, their files 4'],
    [model([w('__proto__', [1], 'float32')]), '__proto__'],
    [model([w('a', [1], 'toString')]), 'dtype toString'],
    [model([w('a', [1], 'float32'), w('a', [0], 'float32')]), 'two weights are named a'],
    [
      model([w('a', [4], 'float32', { quantization: { dtype: 'uint8' } })]),
      'without scale and min',
    ],
    [model([], ['../secret']), 'files in the same folder are read'],
    [model([], ['/etc/passwd']), 'files in the same folder are read'],
    [model([], ['..']), 'files in the same folder are read'],
    [json({ weightsManifest: [{}] }), 'without paths and weights'],
    [json({}), 'found no weightsManifest'],
    [new TextEncoder().encode('{'), 'not JSON'],
  ])('%#', (manifest, problem) =>
    expect(() => tfjs.parse(manifest, () => new Uint8Array(4), 'model.json')).toThrow(problem),
  )
})
