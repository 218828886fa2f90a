/** 3×3 convolutions, stride 1, through Winograd's tiles. */
import { rowPanels } from './emit-gemm.ts'
import { TILES, WINOGRAD, winogradBytes } from './emit-winograd.ts'
import { SCRATCH_BYTES, type Engine } from './engine.ts'

/** Padded images at a time. */
const PADDED_BYTES = 8 * 2 ** 20

export interface WinogradJob {
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
export function suitsWinograd(n: number, c: number, m: number, ho: number, wo: number): boolean {
  const tiles = n * Math.ceil(ho / 4) * Math.ceil(wo / 4)
  // The filters' transform is worth about ten tiles of products; tiles over the edge are lost.
  const used = (ho * wo) / (16 * Math.ceil(ho / 4) * Math.ceil(wo / 4))
  return c >= 16 && m >= 16 && tiles >= TILES && used > 0.55 && winogradBytes(c, m) < SCRATCH_BYTES
}

export function winograd(engine: Engine, q: WinogradJob): void {
  const across = Math.ceil(q.wo / 4)
  const tiles = across * Math.ceil(q.ho / 4)
  const hp = Math.max(4 * Math.ceil(q.ho / 4) + 2, q.h + q.top)
  const wp = Math.max(4 * across + 2, q.w + q.left)
  const { six, rows } = rowPanels(q.m)
  const step = 4 * rows * q.c
  const image = 4 * q.c * hp * wp
  const images = Math.max(1, Math.min(q.n, Math.floor(PADDED_BYTES / image)))
  const u = engine.workspace(36 * step + images * image + 256)
  const padded = u + 36 * step + 64
  engine.run(
    WINOGRAD,
    'filterJob',
    [q.weight, q.outStep, q.inStep, q.flip ? 1 : 0, u, step, q.c, six],
    q.m,
    Math.max(1, Math.ceil(q.m / 16)),
    q.m * q.c >= 2048,
  )
  for (let n = 0; n < q.n; n += images) {
    const count = Math.min(images, q.n - n)
    engine.run(
      WINOGRAD,
      'padJob',
      [q.x + 4 * n * q.c * q.h * q.w, q.h, q.w, padded, hp, wp, q.top, q.left],
      count * q.c,
      Math.max(1, Math.ceil((count * q.c) / 16)),
      true,
    )
    const total = count * tiles
    engine.run(
      WINOGRAD,
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
