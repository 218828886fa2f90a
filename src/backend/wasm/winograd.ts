/** 3×3 and 5×5 convolutions, stride 1, through Winograd's tiles. */
import { rowPanels } from './emit-gemm.ts'
import { TILES, WINOGRAD, winogradBytes } from './emit-winograd.ts'
import { WINOGRAD_ADJOINT } from './emit-winograd-adjoint.ts'
import { WINOGRAD_FILTER } from './emit-winograd-filter.ts'
import { SCRATCH_BYTES, SMALL, type Engine } from './engine.ts'

/** Padded images at a time. */
const PADDED_BYTES = 8 * 2 ** 20

export interface WinogradJob {
  /** Rows and columns of a filter. */
  size: 3 | 5
  n: number
  /** Input and output channels. */
  c: number
  m: number
  /** Input and output size. */
  h: number
  w: number
  ho: number
  wo: number
  top: number
  left: number
  x: number
  y: number
  weight: number
  /** Bytes from one output channel, one input channel of the weights to the next. */
  outStep: number
  inStep: number
  /** Filters turned by half a turn: the gradient in the input. */
  flip: boolean
  bias: number
  mode: number
}

/** Whether transforms cost less than they save. */
export function suitsWinograd(
  size: 3 | 5,
  n: number,
  c: number,
  m: number,
  ho: number,
  wo: number,
): boolean {
  const out = 7 - size
  const inImage = Math.ceil(ho / out) * Math.ceil(wo / out)
  // The filters' transform is worth about ten tiles of products; tiles over the edge are lost.
  const used = (ho * wo) / (out * out * inImage)
  return (
    c >= 16 && m >= 16 && n * inImage >= TILES && used > 0.55 && winogradBytes(c, m) < SCRATCH_BYTES
  )
}

export function winograd(engine: Engine, q: WinogradJob): void {
  const family = WINOGRAD[q.size]
  const out = 7 - q.size
  const [down, across] = [Math.ceil(q.ho / out), Math.ceil(q.wo / out)]
  const tiles = across * down
  const hp = Math.max(out * down + q.size - 1, q.h + q.top)
  const wp = Math.max(out * across + q.size - 1, q.w + q.left)
  const { six, rows } = rowPanels(q.m)
  const step = 4 * rows * q.c
  const image = 4 * q.c * hp * wp
  const images = Math.max(1, Math.min(q.n, Math.floor(PADDED_BYTES / image)))
  const u = engine.workspace(36 * step + images * image + 256)
  const padded = u + 36 * step + 64
  engine.run(
    family,
    'filterJob',
    [q.weight, q.outStep, q.inStep, q.flip ? 1 : 0, u, step, q.c, six],
    q.m,
    Math.max(1, Math.ceil(q.m / 16)),
    q.m * q.c >= 2048,
  )
  for (let n = 0; n < q.n; n += images) {
    const count = Math.min(images, q.n - n)
    engine.run(
      family,
      'padJob',
      [q.x + 4 * n * q.c * q.h * q.w, q.h, q.w, padded, hp, wp, q.top, q.left],
      count * q.c,
      Math.max(1, Math.ceil((count * q.c) / 16)),
      true,
    )
    const total = count * tiles
    engine.run(
      family,
      'tileJob',
      [
        padded,
        q.c,
        hp,
        wp,
        u,
        step,
        q.m,
        q.y + 4 * n * q.m * q.ho * q.wo,
        q.ho,
        q.wo,
        across,
        tiles,
        total,
        q.bias,
        q.mode,
      ],
      Math.ceil(total / TILES),
      1,
      true,
    )
  }
}

export interface AdjointJob {
  n: number
  /** Channels of the input and of the output. */
  c: number
  k: number
  /** Sizes of the input and of the output. */
  h: number
  w: number
  ho: number
  wo: number
  top: number
  left: number
  gy: number
  gx: number
  /** [k, c, 5, 5] */
  weight: number
}

/** The gradient in the input of a 5×5 convolution; false where a thread's memory is too small for it. */
export function winogradAdjoint(engine: Engine, q: AdjointJob): boolean {
  const [down, across] = [Math.ceil(q.ho / 2), Math.ceil(q.wo / 2)]
  const tiles = down * across
  const [hp, wp] = [2 * down + 4, 2 * across + 4]
  const images = imagesOf(q.n, tiles)
  const maps = 4 * images * q.c * hp * wp
  if (winogradBytes(q.k, q.c) + maps + 64 >= SCRATCH_BYTES) return false
  const { six, rows } = rowPanels(q.c)
  const step = 4 * rows * q.k
  const [gh, gw] = [2 * down, 2 * across]
  const whole = gh === q.ho && gw === q.wo
  const u = engine.workspace(36 * step + (whole ? 0 : 4 * q.n * q.k * gh * gw) + 256)
  const padded = u + 36 * step + 64
  engine.run(
    WINOGRAD[5],
    'filterJob',
    [q.weight, 100, 100 * q.c, 0, u, step, q.k, six],
    q.c,
    Math.max(1, Math.ceil(q.c / 16)),
    q.c * q.k >= 2048,
  )
  if (!whole)
    engine.run(
      WINOGRAD[5],
      'padJob',
      [q.gy, q.ho, q.wo, padded, gh, gw, 0, 0],
      q.n * q.k,
      Math.max(1, Math.ceil((q.n * q.k) / 16)),
      true,
    )
  engine.run(
    WINOGRAD_ADJOINT,
    'adjointJob',
    [
      whole ? q.gy : padded,
      q.k,
      gh,
      gw,
      u,
      step,
      q.c,
      q.gx,
      q.h,
      q.w,
      hp,
      wp,
      q.top,
      q.left,
      across,
      tiles,
      images,
      q.n,
    ],
    Math.ceil(q.n / images),
    1,
    true,
  )
  return true
}

/** Images whose tiles are taken together: those that leave the fewest places of a block empty. */
function imagesOf(n: number, tiles: number): number {
  const most = Math.min(8, Math.ceil(n / 8))
  const lost = (images: number) => (Math.ceil((images * tiles) / TILES) * TILES) / (images * tiles)
  let best = 1
  for (let images = 2; images <= most; images++) if (lost(images) < lost(best)) best = images
  return best
}

export interface FilterJob extends Omit<AdjointJob, 'gx' | 'weight'> {
  x: number
  gw: number
  /** Parts of the batch that are summed apart. */
  chunks: number
}
/** Bytes that the sums of all points and the padded operands may take. */
const SUM_BYTES = 48 * 2 ** 20

/** The gradient in the filters of a 5×5 convolution; false where it takes too much memory. */
export function winogradFilter(engine: Engine, q: FilterJob): boolean {
  const [down, across] = [Math.ceil(q.ho / 2), Math.ceil(q.wo / 2)]
  const [gh, gw, hp, wp] = [2 * down, 2 * across, 2 * down + 4, 2 * across + 4]
  const { six, rows } = rowPanels(q.k)
  const [yStep, vStep] = [4 * TILES * rows + 64, 32 * TILES * Math.ceil(q.c / 8) + 64]
  const partStep = 4 * 36 * q.k * q.c + 64
  const own = hp === q.h && wp === q.w
  const whole = gh === q.ho && gw === q.wo
  const [xBytes, yBytes] = [own ? 0 : 4 * q.n * q.c * hp * wp, whole ? 0 : 4 * q.n * q.k * gh * gw]
  const bytes = q.chunks * partStep + xBytes + yBytes + 256
  if (bytes > SUM_BYTES || 36 * (yStep + vStep) + 4096 >= SCRATCH_BYTES) return false
  const part = engine.workspace(bytes)
  const x = part + q.chunks * partStep
  const y = x + xBytes + 64
  const pad = (numbers: readonly number[], maps: number) =>
    engine.run(WINOGRAD[5], 'padJob', numbers, maps, Math.max(1, Math.ceil(maps / 16)), true)
  if (!own) pad([q.x, q.h, q.w, x, hp, wp, q.top, q.left], q.n * q.c)
  if (!whole) pad([q.gy, q.ho, q.wo, y, gh, gw, 0, 0], q.n * q.k)
  engine.run(
    WINOGRAD_FILTER,
    'productJob',
    [
      own ? q.x : x,
      q.c,
      hp,
      wp,
      whole ? q.gy : y,
      q.k,
      gh,
      gw,
      part,
      partStep,
      across,
      down * across,
      q.n,
      q.chunks,
      six,
      yStep,
      vStep,
    ],
    q.chunks,
    1,
    true,
  )
  engine.run(
    WINOGRAD_FILTER,
    'filterGradJob',
    [part, partStep, q.chunks, q.k, q.c, q.gw],
    q.k,
    8,
    25 * q.k * q.c >= SMALL,
  )
  return true
}
