/** Images as tensors. */
import { readFile, writeFile } from '../platform/files.ts'
import { empty, show, Tensor } from '../tensor/tensor.ts'
import { decodeJpeg, isJpeg } from './jpeg.ts'
import { encodePng } from './png-write.ts'
import { decodePng, isPng, type Pixels } from './png.ts'
import { failing } from './problem.ts'

export interface ImageOptions {
  /** 1 grey, 3 RGB, 4 RGB and alpha. Default: 1 for a grey file, else 3. Without alpha, what is transparent is laid on white. */
  channels?: 1 | 3 | 4
}

/**
 * Reads a PNG or JPEG file: float32 [C, H, W] in 0…1. Kind by content, not by name; rotation noted by a camera is not applied.
 * @throws FileError when it is neither, is damaged, or claims more pixels than its bytes can hold
 */
export function loadImage(file: string, options: ImageOptions = {}): Tensor {
  return parseImage(readFile(file), file, options)
}

/** The same from bytes. @param name what errors call the file */
export function parseImage(bytes: Uint8Array, name = 'image', options: ImageOptions = {}): Tensor {
  const pixels = decodeImage(bytes, name)
  const { width, height } = pixels
  const channels = options.channels ?? (pixels.channels < 3 ? 1 : 3)
  if (![1, 3, 4].includes(channels))
    throw new RangeError(`loadImage: channels ${String(channels)}; 1, 3 or 4`)
  const out = empty([channels, height, width])
  const data = out.storage.data
  const plane = width * height
  const bytesOut = convert(pixels, channels)
  for (let c = 0; c < channels; c++)
    for (let p = 0; p < plane; p++) data[c * plane + p] = bytesOut[p * channels + c] / 255
  return out
}

/** Pixels of a PNG or JPEG file. */
export function decodeImage(bytes: Uint8Array, name: string): Pixels {
  if (isPng(bytes)) return decodePng(bytes, name)
  if (isJpeg(bytes)) return decodeJpeg(bytes, name)
  return failing(name)('expected a PNG or JPEG image; its first bytes are neither')
}

/** The same pixels with another number of channels: [height · width · channels] bytes. */
export function convert(
  { width, height, channels: from, data }: Pixels,
  to: 1 | 3 | 4,
): Uint8Array {
  if (from === to) return data
  const out = new Uint8Array(width * height * to)
  const colour = from >= 3
  const alpha = from === 2 || from === 4
  for (let p = 0, a = 0, b = 0; p < width * height; p++, a += from, b += to) {
    let [r, g, bl] = colour ? [data[a], data[a + 1], data[a + 2]] : [data[a], data[a], data[a]]
    const opaque = alpha ? data[a + from - 1] : 255
    if (to === 4) out[b + 3] = opaque
    else if (opaque < 255) {
      const on = (v: number) => Math.round((v * opaque + 255 * (255 - opaque)) / 255)
      ;[r, g, bl] = [on(r), on(g), on(bl)]
    }
    if (to === 1) {
      // ITU-R BT.601, as for JPEG and in Pillow.
      out[b] = colour ? Math.round(0.299 * r + 0.587 * g + 0.114 * bl) : r
    } else {
      out[b] = r
      out[b + 1] = g
      out[b + 2] = bl
    }
  }
  return out
}

/**
 * Writes a PNG file.
 * @param x [C, H, W] or [H, W]; C is 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. Floats are 0…1 and clamped (NaN is 0), uint8 is 0…255.
 * @throws RangeError for another shape, TypeError for another dtype
 */
export function savePng(file: string, x: Tensor): void {
  writeFile(file, formatPng(x))
}

/** The bytes of that file. */
export function formatPng(x: Tensor): Uint8Array {
  if (!(x instanceof Tensor)) throw new TypeError(`savePng: ${typeof x} is not a tensor`)
  const shape = x.ndim === 2 ? [1, ...x.shape] : x.shape
  const [c, h, w] = shape
  if (shape.length !== 3 || c < 1 || c > 4 || !h || !w)
    throw new RangeError(
      `savePng: ${show(x.shape)}; an image is [H, W] or [C, H, W] with 1 to 4 channels${x.ndim === 4 ? '; take one of the batch: x.at(0)' : ''}`,
    )
  if (x.dtype === 'int32' || x.dtype === 'bool')
    throw new TypeError(`savePng: ${x.dtype}; floats in 0…1 or uint8`)
  const numbers = x.toTypedArray()
  const scale = x.dtype === 'uint8' ? 1 : 255
  const pixels = new Uint8Array(c * h * w)
  for (let k = 0; k < c; k++)
    for (let p = 0; p < h * w; p++) {
      const value = Math.round(numbers[k * h * w + p] * scale)
      pixels[p * c + k] = value > 255 ? 255 : value > 0 ? value : 0
    }
  return encodePng(pixels, w, h, c)
}
