import { describe, expect, test } from 'vitest'
import { arange, lenet, manualSeed, nn, tensor, zeros } from '../../src/index.ts'
import { load, npz, safetensors, save } from '../../src/io/index.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fixture } from './fixtures.ts'

/** A safetensors file with this header and so many bytes of numbers. */
const file = (header: unknown, bytes = 0): Uint8Array => {
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  )
  const out = new Uint8Array(8 + json.length + bytes)
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true)
  out.set(json, 8)
  return out
}
const f32 = (shape: unknown, begin: unknown, end: unknown) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

describe('files that the Python package wrote', () => {
  test('every tensor is the one that NumPy has', () => {
    const state = safetensors.load(fixture('state.safetensors'))
    const same = npz.load(fixture('state.npz'))
    expect(Object.keys(state).sort()).toEqual(Object.keys(same).sort())
    for (const [name, t] of Object.entries(state)) {
      expect(t.shape, name).toEqual(same[name].shape)
      expect(t.toArray(), name).toEqual(same[name].toArray())
    }
    expect(safetensors.metadata(fixture('state.safetensors'))).toEqual({ origin: 'numpy' })
  })
  test('bfloat16', () =>
    expect(safetensors.load(fixture('bf16.safetensors')).b.toArray()).toEqual([
      1, -2.5, 3.3895313892515355e38,
    ]))
})

describe('state dicts of PyTorch', () => {
  const all = npz.load(fixture('pytorch.npz'))
  const close = (a: number[], b: number[]): void =>
    a.forEach((v, n) => expect(v).toBeCloseTo(b[n], 5))
  test('a convolutional network with batch normalisation', () => {
    const net = new nn.Sequential({
      conv1: new nn.Conv2d(2, 4, 3, { padding: 1, bias: false }),
      bn1: new nn.BatchNorm2d(4),
      relu1: new nn.ReLU(),
      flatten: new nn.Flatten(),
      fc: new nn.Linear(64, 3),
    })
    const state = load(fixture('pytorch-image.safetensors') as `${string}.safetensors`)
    expect(Object.keys(state).sort()).toEqual(Object.keys(net.stateDict()).sort())
    net.loadStateDict(state)
    close([...net.eval().call(all.x).toTypedArray()], [...all.y.toTypedArray()])
  })
  test('two layers of LSTM in both directions', () => {
    const lstm = new nn.LSTM(5, 4, { numLayers: 2, bidirectional: true })
    lstm.loadStateDict(safetensors.load(fixture('pytorch-lstm.safetensors')))
    close([...lstm.forward(all.s).output.toTypedArray()], [...all.h.toTypedArray()])
  })
})

describe('round trips', () => {
  test('every dtype', () => {
    const state = {
      a: tensor([[1.5], [-2]]),
      b: tensor([Math.PI], { dtype: 'float64' }),
      c: arange(3),
      d: tensor(new Uint8Array([7])),
      e: tensor([true, false, true]),
      f: tensor(4),
      g: zeros([0, 3]),
      h: arange(6).reshape([2, 3]).T,
    }
    const back = safetensors.parse(safetensors.format(state))
    expect(Object.keys(back).sort()).toEqual(Object.keys(state))
    for (const [name, t] of Object.entries(state)) {
      expect(back[name].dtype).toBe(t.dtype)
      expect(back[name].shape).toEqual(t.shape)
      expect(back[name].toArray()).toEqual(t.toArray())
    }
  })
  test('a network, by the names of load and save', () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerscope-'))
    try {
      const path = join(folder, 'net.safetensors') as `${string}.safetensors`
      manualSeed(1)
      const [a, b] = [lenet(), lenet()]
      save(path, a.stateDict())
      b.loadStateDict(load(path))
      expect(b.stateDict()['conv2.weight'].toArray()).toEqual(
        a.stateDict()['conv2.weight'].toArray(),
      )
      expect(() => save(path, a)).toThrow('net.stateDict()')
      expect(() => save(path, tensor(1))).toThrow('holds tensors by name')
      expect(() => save(join(folder, 'a.npy'), a.stateDict())).toThrow('holds one tensor')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  test('numbers stand at multiples of their size', () => {
    const bytes = safetensors.format({ a: tensor(new Uint8Array([1])), b: tensor([1]) })
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n)
    expect(safetensors.parse(bytes).b.toArray()).toEqual([1])
  })
})

describe('hostile files', () => {
  test.each([
    [
      file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
      'b begins at 4; the tensor before it ends at 8',
    ],
    [file({ a: f32([2], 4, 12) }, 12), 'a begins at 4'],
    [file({ a: f32([2], 0, 8) }, 12), 'the tensors have 8 bytes in all, the file holds 12'],
    [file({ a: f32([2], 0, 8) }, 4), 'the tensors have 8 bytes in all, the file holds 4'],
    [file({ a: f32([2 ** 40, 2 ** 40], 0, 8) }, 8), 'more elements than can be counted'],
    [file({ a: f32([3], 0, 8) }, 8), 'takes 12 bytes'],
    [file({ a: f32([-2], 0, 8) }, 8), 'sizes are whole numbers'],
    [file({ a: f32([1.5], 0, 6) }, 6), 'sizes are whole numbers'],
    [file({ a: f32(['2'], 0, 8) }, 8), 'sizes are whole numbers'],
    [file({ a: f32([2], 8, 0) }, 8), 'lies from 8 to 0'],
    [file({ a: f32([2], 0, null) }, 8), 'lies from 0 to null'],
    [file({ a: { ...f32([2], 0, 8), dtype: 'toString' } }, 8), 'dtype toString'],
    [file({ a: 7 }), 'described by no object'],
    [file('[1]'), 'does not begin with {'],
    [file('{"a":'), 'not JSON'],
    [file('{"__proto__": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}'), '__proto__'],
    [file({ __metadata__: { a: 1 } }), '__metadata__.a is no string'],
    [new Uint8Array([255, 255, 255, 255, 255, 255, 255, 127, 123]), 'a header of'],
    [new Uint8Array(3), 'found 3 bytes'],
  ])('%#', (bytes, problem) =>
    expect(() => safetensors.parse(bytes, 'x.safetensors')).toThrow(problem),
  )

  test('nothing is allocated for a claim', () => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => safetensors.parse(file({ a: f32([2 ** 31], 0, 2 ** 33) }, 8))).toThrow('in all')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })
  test('64-bit whole numbers are exact or refused', () => {
    const header = { a: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }
    const bytes = file(header, 16)
    const view = new DataView(bytes.buffer)
    view.setBigInt64(bytes.length - 16, -5n, true)
    expect(safetensors.parse(bytes).a.toArray()).toEqual([-5, 0])
    view.setBigInt64(bytes.length - 8, 2n ** 53n + 1n, true)
    expect(() => safetensors.parse(bytes)).toThrow('a has the whole number 9007199254740993 at 1')
  })
  test('a header of 640 bytes is no pickle', () => {
    const json = JSON.stringify({ a: f32([0], 0, 0) }).padEnd(640)
    expect(safetensors.parse(file(json)).a.shape).toEqual([0])
  })
})

describe('pickles', () => {
  test('are refused with the sentence that says how to convert them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerscope-'))
    try {
      for (const name of ['net.pt', 'net.pth', 'net.pkl'] as const) {
        writeFileSync(join(folder, name), Uint8Array.from([0x80, 2, 0x7d, 0x71, 0, 0x2e]))
        const attempt = (): unknown => load(join(folder, name))
        expect(attempt).toThrow(
          'save_file({k: v.clone().contiguous() for k, v in state.items()}, "net.safetensors")',
        )
      }
      // Also under another name.
      const renamed = join(folder, 'net.safetensors')
      writeFileSync(renamed, Uint8Array.from([0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x2e]))
      expect((): unknown => load(renamed)).toThrow('this is a pickle')
      expect((): unknown => load(join(folder, 'missing.pt'))).toThrow('ENOENT')
      expect(() => save('x.pt', {})).toThrow('.safetensors is read by PyTorch too')
      expect((): unknown => load('x.xyz')).toThrow('its name ends with one of')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
