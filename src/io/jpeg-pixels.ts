/** Coefficients of a JPEG to pixels: inverse cosine transform, coarse planes to full size, YCbCr to RGB. */
import type { Pixels } from './png.ts'

export interface Component {
  id: number
  /** Blocks in a unit, across and down. */
  h: number
  v: number
  quantiser: number
  /** Samples. */
  columns: number
  rows: number
  /** Pixels a sample stands for. */
  scaleX: number
  scaleY: number
  /** Blocks in a row of `coefficients`, with those beyond the edge. */
  stride: number
  blocksAcross: number
  blocksDown: number
  /** 64 a block. */
  coefficients: Int16Array
  /** What each is multiplied by. */
  table: Uint16Array
  /** Mean of the block before, while reading. */
  before: number
}

/** COSINE[8·u + x] = c(u)/2 · cos((2x + 1)·u·π/16) */
const COSINE = Float32Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7]
  return ((u === 0 ? Math.SQRT1_2 : 1) / 2) * Math.cos(((2 * x + 1) * u * Math.PI) / 16)
})

export function pixels(
  width: number,
  height: number,
  components: readonly Component[],
  yCbCr: boolean,
): Pixels {
  const planes = components.map(plane)
  const channels = components.length === 1 ? 1 : 3
  const data = new Uint8Array(width * height * channels)
  const rows = components.map(() => new Uint8Array(width))
  for (let y = 0; y < height; y++) {
    components.forEach((c, n) => stretch(c, planes[n], y, rows[n]))
    const to = y * width * channels
    if (channels === 1) {
      data.set(rows[0], to)
      continue
    }
    const [a, b, c] = rows
    for (let x = 0, p = to; x < width; x++, p += 3) {
      if (!yCbCr) {
        data[p] = a[x]
        data[p + 1] = b[x]
        data[p + 2] = c[x]
        continue
      }
      const [cb, cr] = [b[x] - 128, c[x] - 128]
      data[p] = clamp(a[x] + 1.402 * cr)
      data[p + 1] = clamp(a[x] - 0.344136 * cb - 0.714136 * cr)
      data[p + 2] = clamp(a[x] + 1.772 * cb)
    }
  }
  return { width, height, channels, data }
}

const clamp = (v: number): number => (v <= 0 ? 0 : v >= 255 ? 255 : (v + 0.5) | 0)

/** Samples of a component, `stride`·8 in a row. */
function plane({ coefficients, table, stride, blocksAcross, blocksDown }: Component): Uint8Array {
  const out = new Uint8Array(stride * 8 * blocksDown * 8)
  const block = new Float32Array(64)
  for (let by = 0; by < blocksDown; by++)
    for (let bx = 0; bx < blocksAcross; bx++) {
      const from = 64 * (by * stride + bx)
      transform(coefficients, from, table, block)
      for (let y = 0; y < 8; y++) {
        const to = (by * 8 + y) * stride * 8 + bx * 8
        for (let x = 0; x < 8; x++) out[to + x] = clamp(block[y * 8 + x] + 128)
      }
    }
  return out
}

const HALF = new Float32Array(64)
/** Σᵤ Σᵥ C[u, x]·C[v, y]·F[v, u], first along the rows, then along the columns. */
function transform(from: Int16Array, at: number, table: Uint16Array, out: Float32Array): void {
  for (let v = 0; v < 8; v++)
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let u = 0; u < 8; u++) {
        const i = v * 8 + u
        if (from[at + i]) sum += COSINE[u * 8 + x] * from[at + i] * table[i]
      }
      HALF[v * 8 + x] = sum
    }
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let v = 0; v < 8; v++) sum += COSINE[v * 8 + y] * HALF[v * 8 + x]
      out[y * 8 + x] = sum
    }
}

/**
 * Row y of the image from a plane. Planes of half the size are interpolated, three parts of the nearer sample and one of
 * the farther, with the roundings of libjpeg; others are repeated.
 */
function stretch(c: Component, samples: Uint8Array, y: number, out: Uint8Array): void {
  const width = c.stride * 8
  const { columns, rows, scaleX, scaleY } = c
  const near = Math.min(rows - 1, Math.floor(y / scaleY))
  const row = near * width
  if (scaleX === 1 && scaleY === 1) {
    out.set(samples.subarray(row, row + out.length))
    return
  }
  const smooth = (scale: number) => scale === 1 || scale === 2
  if (!smooth(scaleX) || !smooth(scaleY)) {
    for (let x = 0; x < out.length; x++) out[x] = samples[row + Math.floor(x / scaleX)]
    return
  }
  const upper = y % 2 === 0
  const other = Math.min(rows - 1, Math.max(0, upper ? near - 1 : near + 1)) * width
  const tall = scaleY === 2
  // Down first: four times the value where the plane is coarse in height.
  const at = (i: number): number => {
    const j = Math.min(columns - 1, Math.max(0, i))
    return tall ? 3 * samples[row + j] + samples[other + j] : samples[row + j]
  }
  if (scaleX === 1) {
    for (let x = 0; x < out.length; x++) out[x] = (at(x) + (upper ? 1 : 2)) >> 2
    return
  }
  const [left, right, shift] = tall ? [8, 7, 4] : [1, 2, 2]
  for (let x = 0; x < out.length; x++) {
    const i = x >> 1
    out[x] =
      x % 2 ? (3 * at(i) + at(i + 1) + right) >> shift : (3 * at(i) + at(i - 1) + left) >> shift
  }
}
