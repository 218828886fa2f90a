import { describe, expect, test } from 'vitest'
import { manualSeed, rand, tensor, zeros } from '../../src/index.ts'
import { formatPng, loadImage, npz, parseImage } from '../../src/io/index.ts'
import { decodeImage } from '../../src/io/image.ts'
import { encodePng } from '../../src/io/png-write.ts'
import { bytesOf, fixture } from './fixtures.ts'

/** What Pillow reads: [H, W] or [H, W, C]. */
const pillow = npz.load(fixture('images.npz'))

/** Mean and largest difference from Pillow's pixels. */
function difference(name: string): { mean: number; most: number } {
  const { width, height, data } = decodeImage(bytesOf(name), name)
  const expected = pillow[name]
  expect([height, width]).toEqual(expected.shape.slice(0, 2))
  const other = expected.toTypedArray()
  expect(data.length).toBe(other.length)
  let [sum, most] = [0, 0]
  data.forEach((v, n) => {
    const d = Math.abs(v - other[n])
    sum += d
    most = Math.max(most, d)
  })
  return { mean: sum / data.length, most }
}

describe('PNG that Pillow wrote', () => {
  test.each(['rgb', 'rgba', 'grey', 'grey-alpha', 'palette', 'palette-alpha', 'interlaced', 'bit'])(
    '%s',
    name => expect(difference(`${name}.png`).most).toBe(0),
  )
  test('16 bits become 8', () => {
    const { data } = decodeImage(bytesOf('grey16.png'), 'grey16.png')
    expect([...data]).toEqual(
      [...pillow['grey16.png'].toTypedArray()].map(v => Math.round(v / 257)),
    )
  })
})

describe('JPEG that Pillow wrote', () => {
  // libjpeg's integer transform differs by one here and there.
  test.each(['grey', '444', '422', '420', 'progressive', 'restart', 'rgb'])('%s', name => {
    const { mean, most } = difference(`${name}.jpg`)
    expect(mean).toBeLessThan(0.2)
    expect(most).toBeLessThanOrEqual(3)
  })
  test('CMYK is refused by name', () =>
    expect(() => loadImage(fixture('cmyk.jpg'))).toThrow('4 components (CMYK has 4)'))
})

describe('as tensors', () => {
  test('grey [1, H, W], colour [3, H, W], in 0…1', () => {
    expect(loadImage(fixture('grey.png')).shape).toEqual([1, 37, 45])
    const x = loadImage(fixture('rgb.png'))
    expect(x.shape).toEqual([3, 37, 45])
    const p = pillow['rgb.png'].toArray<number[][][]>()
    expect(x.toArray<number[][][]>()[2][10][20]).toBeCloseTo(p[10][20][2] / 255, 6)
    expect(loadImage(fixture('rgb.png'), { channels: 1 }).shape).toEqual([1, 37, 45])
    expect(loadImage(fixture('rgba.png'), { channels: 4 }).shape).toEqual([4, 37, 45])
  })
  test('what is transparent is laid on white', () => {
    const clear = encodePng(Uint8Array.from([10, 20, 30, 0, 10, 20, 30, 255]), 2, 1, 4)
    const x = parseImage(clear).toArray<number[][][]>()
    expect(x.map(c => c[0][0])).toEqual([1, 1, 1])
    expect(x[0][0][1]).toBeCloseTo(10 / 255, 6)
  })
  test('what savePng writes comes back', () => {
    manualSeed(3)
    for (const c of [1, 2, 3, 4]) {
      const bytes = rand([c, 5, 7]).mul(255).round().to('uint8')
      const back = decodeImage(formatPng(bytes), 'x.png')
      expect(back.channels).toBe(c)
      const flat = bytes.permute([1, 2, 0]).toTypedArray()
      expect([...back.data]).toEqual([...flat])
    }
    expect(parseImage(formatPng(tensor([[0, 0.5], [2, -1]]))).toArray()).toEqual([[[0, Math.fround(128 / 255)], [1, 0]]]) // prettier-ignore
    expect(() => formatPng(zeros([2, 3, 4, 4]))).toThrow('take one of the batch')
    expect(() => formatPng(zeros([5, 4, 4]))).toThrow('1 to 4 channels')
  })
})

describe('hostile images', () => {
  /** The fixture with bytes changed, and the header's checksum left wrong unless mended. */
  const png = (width: number, height: number): Uint8Array => {
    const whole = encodePng(new Uint8Array(3), 1, 1)
    const view = new DataView(whole.buffer)
    view.setUint32(16, width)
    view.setUint32(20, height)
    let c = 0xffffffff
    for (const b of whole.subarray(12, 29)) {
      c ^= b
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
    }
    view.setUint32(29, ~c >>> 0)
    return whole
  }
  test('claims of many pixels', () => {
    expect(() => parseImage(png(65535, 65535), 'a.png')).toThrow('65535 × 65535 pixels')
    expect(() => parseImage(png(8000, 8000), 'a.png')).toThrow('packed bytes cannot hold that')
    expect(() => parseImage(png(0, 5), 'a.png')).toThrow('0 × 5 pixels')
    const jpeg = bytesOf('grey.jpg')
    const frame = jpeg.findIndex((b, n) => b === 0xff && jpeg[n + 1] === 0xc0)
    jpeg.set([0x1f, 0xff, 0x1f, 0xff], frame + 5)
    expect(() => parseImage(jpeg, 'a.jpg')).toThrow('8191 × 8191 pixels')
  })
  test('damage', () => {
    const bytes = bytesOf('rgb.png')
    bytes[60] ^= 1
    expect(() => parseImage(bytes, 'a.png')).toThrow('its checksum is wrong')
    expect(() => parseImage(bytesOf('rgb.png').subarray(0, 200), 'a.png')).toThrow('a.png: ')
    expect(() => parseImage(bytesOf('420.jpg').subarray(0, 700), 'a.jpg')).toThrow('ends too early')
    expect(() => parseImage(new Uint8Array(20), 'a.gif')).toThrow('expected a PNG or JPEG image')
  })
})
