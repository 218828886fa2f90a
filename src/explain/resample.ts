/** Images enlarged, moved, scaled and turned, by bilinear reading. */
import { show } from '../tensor/shape.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'

/** Where an output pixel reads: rows and columns of the source, fractions allowed. */
type Source = (row: number, column: number) => [number, number]

/** x [C, H, W] read bilinearly at `source` of each pixel of [C, h, w]; what lies outside is `fill`, or the edge when `clamp`. */
function resample(
  x: Tensor,
  h: number,
  w: number,
  source: Source,
  { clamp = false, fill = 0 }: { clamp?: boolean; fill?: number } = {},
): Tensor {
  const [C, H, W] = x.shape
  const from = x.toTypedArray()
  const out = new Float64Array(C * h * w)
  const read = (c: number, r: number, k: number): number => {
    if (clamp) {
      r = Math.min(H - 1, Math.max(0, r))
      k = Math.min(W - 1, Math.max(0, k))
    }
    return r < 0 || r >= H || k < 0 || k >= W ? fill : from[(c * H + r) * W + k]
  }
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++) {
      const [r, k] = source(i, j)
      const [r0, k0] = [Math.floor(r), Math.floor(k)]
      const [a, b] = [r - r0, k - k0]
      for (let c = 0; c < C; c++)
        out[(c * h + i) * w + j] =
          (1 - a) * ((1 - b) * read(c, r0, k0) + (b ? b * read(c, r0, k0 + 1) : 0)) +
          (a ? a * ((1 - b) * read(c, r0 + 1, k0) + (b ? b * read(c, r0 + 1, k0 + 1) : 0)) : 0)
    }
  return fromFlat(out, [C, h, w], x.dtype === 'float64' ? 'float64' : 'float32')
}

/** [C, H, W] → [C, h, w], bilinear, pixel centres aligned as PyTorch's `interpolate` without `alignCorners`. */
export function resizeMap(x: Tensor, h: number, w: number): Tensor {
  const [, H, W] = x.shape
  const at = (i: number, n: number, m: number): number => Math.max(0, ((i + 0.5) * n) / m - 0.5)
  return resample(x, h, w, (i, j) => [at(i, H, h), at(j, W, w)], { clamp: true })
}

export interface TransformOptions {
  /** Rows down, in pixels; fractions read between pixels. Default 0. */
  down?: number
  /** Columns to the right, in pixels. Default 0. */
  right?: number
  /** Factor about the centre. Default 1. */
  scale?: number
  /** Degrees counter-clockwise about the centre. Default 0. */
  rotate?: number
  /** What comes in from outside. Default 0. */
  fill?: number
}

/**
 * An image moved, scaled and turned about its centre.
 * @param image [C, H, W] or [1, C, H, W] @returns the same shape
 * @throws RangeError for another shape, or a scale that is not positive
 */
export function transformImage(image: Tensor, options: TransformOptions = {}): Tensor {
  const { down = 0, right = 0, scale = 1, rotate = 0, fill = 0 } = options
  const x = image.ndim === 4 && image.shape[0] === 1 ? image.detach().at(0) : image.detach()
  if (x.ndim !== 3)
    throw new RangeError(`transformImage: image ${show(image.shape)}; it is [C, H, W]`)
  if (!(scale > 0)) throw new RangeError(`transformImage: scale ${scale}; a number above 0`)
  const [, H, W] = x.shape
  const [ci, cj] = [(H - 1) / 2, (W - 1) / 2]
  const angle = (rotate * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale]
  const y = resample(
    x,
    H,
    W,
    (i, j) => {
      const [di, dj] = [i - down - ci, j - right - cj]
      return [ci + cos * di + sin * dj, cj - sin * di + cos * dj]
    },
    { fill },
  )
  return image.ndim === 4 ? y.unsqueeze(0) : y
}
