/** Convolution and its two gradients as implicit matrix products. */
import type { ConvParams, Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { CONV } from './emit-conv.ts'
import { NR, rowPanels } from './emit-gemm.ts'
import { SCRATCH_BYTES, SMALL, type Engine } from './engine.ts'
import { suitsWinograd, winograd, winogradAdjoint, winogradFilter } from './winograd.ts'

/** Parts of a batch whose filter gradients are summed apart, in a fixed order. */
const CHUNKS = 8
/** Bytes of gathered patches at a time: they should stay in the second cache. */
const GATHER_BYTES = 384 * 1024

/** Units of work that a convolution's forward pass should be cut into, and panels of pixels that one has at least. */
const UNITS = 16
const MIN_PANELS = 3
/** Weights below which one thread packs them. */
const PACK_ALONE = 1 << 17

interface Table {
  koff: number
  poff: number
  k: number
  pixels: number
  c: number
  h: number
  w: number
  hp: number
  wp: number
  padded: boolean
}

/** 3 for 3×3, 5 for 5×5, where stride, groups and dilation are 1. */
function tiled(w: Strided, p: ConvParams): 3 | 5 | null {
  const [, , h, k] = w.shape
  if (h !== k || p.groups !== 1 || ![...p.stride, ...p.dilation].every(v => v === 1)) return null
  return h === 3 || h === 5 ? h : null
}

export function convolution(
  engine: Engine,
): Pick<Primitives, 'conv2d' | 'conv2dInputGrad' | 'conv2dFilterGrad'> {
  const tables = new Map<string, Table>()

  /** Offsets of weights and output pixels in the padded image, kept on the heap. */
  function tableOf(
    C: number,
    H: number,
    W: number,
    h: number,
    k: number,
    HO: number,
    WO: number,
    p: ConvParams,
  ): Table {
    const key = [C, H, W, h, k, HO, WO, ...p.stride, ...p.padding, ...p.dilation].join()
    const known = tables.get(key)
    if (known) return known
    const hp = Math.max(H + p.padding[0], (HO - 1) * p.stride[0] + (h - 1) * p.dilation[0] + 1)
    const wp = Math.max(W + p.padding[1], (WO - 1) * p.stride[1] + (k - 1) * p.dilation[1] + 1)
    const padded = hp !== H || wp !== W || p.padding[0] > 0 || p.padding[1] > 0
    const K = C * h * k
    const at = engine.heap.reserve(4 * (K + HO * WO) + 64)
    const data = new Int32Array(engine.heap.memory.buffer, at, K + HO * WO)
    for (let c = 0, q = 0; c < C; c++)
      for (let i = 0; i < h; i++)
        for (let j = 0; j < k; j++)
          data[q++] = 4 * ((c * hp + i * p.dilation[0]) * wp + j * p.dilation[1])
    for (let i = 0, q = K; i < HO; i++)
      for (let j = 0; j < WO; j++) data[q++] = 4 * (i * p.stride[0] * wp + j * p.stride[1])
    const table: Table = {
      koff: at,
      poff: at + 4 * K,
      k: K,
      pixels: HO * WO,
      c: C,
      h: H,
      w: W,
      hp,
      wp,
      padded,
    }
    tables.set(key, table)
    return table
  }
  /** Pixels at a time, so that the gathered patches (and what else needs `per` numbers a pixel) stay near. */
  function blockOf(t: Table, per: number): number {
    const wanted = Math.max(1, Math.floor(GATHER_BYTES / 4 / per / NR))
    const panels = Math.ceil(t.pixels / NR)
    return NR * Math.ceil(panels / Math.ceil(panels / wanted))
  }
  function geometry(t: Table, p: ConvParams, block: number, m: number): number[] {
    return [
      t.c,
      t.h,
      t.w,
      t.hp,
      t.wp,
      p.padding[0],
      p.padding[1],
      t.koff,
      t.k,
      t.poff,
      t.pixels,
      block,
      m,
    ]
  }
  /** Whether a thread's scratch holds what the job needs. */
  function fits(t: Table, numbers: number): boolean {
    return 4 * (t.c * t.hp * t.wp + numbers + 256) < SCRATCH_BYTES
  }

  return {
    conv2d(x: Strided, w: Strided, bias: Strided | null, out: Strided, p: ConvParams): void {
      const [N, C, H, W] = x.shape
      const [K, D, h, k] = w.shape
      const [, , HO, WO] = out.shape
      const [G, M] = [p.groups, K / p.groups]
      const t = tableOf(D, H, W, h, k, HO, WO, p)
      const block = blockOf(t, t.k)
      if (
        x.dtype !== 'float32' ||
        !isContiguous(out) ||
        sizeOf(out.shape) === 0 ||
        t.k === 0 ||
        !fits(t, block * t.k)
      )
        return referencePrimitives.conv2d(x, w, bias, out, p)
      const [X, F, b] = [engine.dense(x), engine.dense(w), bias ? engine.dense(bias) : null]
      const y = engine.address(out)
      const size = tiled(w, p)
      if (size && suitsWinograd(size, N, C, K, HO, WO)) {
        winograd(engine, {
          size,
          n: N,
          c: C,
          m: K,
          h: H,
          w: W,
          ho: HO,
          wo: WO,
          top: p.padding[0],
          left: p.padding[1],
          x: X.at,
          y,
          weight: F.at,
          outStep: 4 * t.k,
          inStep: 4 * h * k,
          flip: false,
          bias: b ? b.at : 0,
          mode: 0,
        })
        for (const d of [X, F, b]) d?.done()
        return
      }
      const { six, panels, rows } = rowPanels(M)
      // Few images are shared out in blocks of pixels, all of one padded image; many by themselves.
      const share = Math.ceil(t.pixels / NR / Math.ceil(UNITS / N))
      const width = N < UNITS ? Math.min(block, NR * Math.max(MIN_PANELS, share)) : block
      const blocks = Math.ceil(t.pixels / width)
      const apart = t.padded && N < UNITS
      const weights = 4 * rows * t.k + 64
      const packed = engine.workspace(weights + (apart ? 4 * N * D * t.hp * t.wp + 64 : 0))
      const parallel = N * M * t.k * t.pixels >= 1 << 17
      for (let g = 0; g < G; g++) {
        engine.run(
          CONV,
          'packAJob',
          [packed, F.at + 4 * g * M * t.k, 4 * t.k, 4, M, t.k, six],
          panels,
          Math.max(1, Math.ceil(panels / 8)),
          M * t.k >= PACK_ALONE,
        )
        let [from, step] = [X.at + 4 * g * D * H * W, 4 * C * H * W]
        if (apart) {
          for (let n = 0; n < N; n++)
            engine.run(
              CONV,
              'padJob',
              [
                from + n * step,
                H,
                W,
                packed + weights + 4 * n * D * t.hp * t.wp,
                t.hp,
                t.wp,
                ...p.padding,
              ],
              D,
              Math.max(1, Math.ceil(D / 8)),
              D * t.hp * t.wp >= SMALL,
            )
          from = packed + weights
          step = 4 * D * t.hp * t.wp
        }
        engine.run(
          CONV,
          'convJob',
          [
            ...geometry(t, p, width, M),
            from,
            step,
            packed,
            b ? b.at + 4 * g * M : 0,
            y + 4 * g * M * t.pixels,
            4 * K * t.pixels,
            t.padded && !apart ? 1 : 0,
            0,
            blocks,
          ],
          N * blocks,
          N < UNITS ? 1 : blocks,
          parallel,
        )
      }
      for (const d of [X, F, b]) d?.done()
    },

    conv2dInputGrad(gy: Strided, w: Strided, gx: Strided, p: ConvParams): void {
      const [N, C, H, W] = gx.shape
      const [K, D, h, k] = w.shape
      const [, , HO, WO] = gy.shape
      const [G, M] = [p.groups, K / p.groups]
      const t = tableOf(D, H, W, h, k, HO, WO, p)
      const block = blockOf(t, t.k + M)
      if (
        gy.dtype !== 'float32' ||
        !isContiguous(gx) ||
        sizeOf(gx.shape) === 0 ||
        sizeOf(gy.shape) === 0 ||
        !fits(t, block * (t.k + M) + 8 * M)
      )
        return referencePrimitives.conv2dInputGrad(gy, w, gx, p)
      const [Y, F] = [engine.dense(gy), engine.dense(w)]
      const X = engine.address(gx)
      if (
        tiled(w, p) === 3 &&
        p.padding.every(v => v <= 2) &&
        H === HO + 2 - 2 * p.padding[0] &&
        W === WO + 2 - 2 * p.padding[1] &&
        suitsWinograd(3, N, K, C, H, W)
      ) {
        winograd(engine, {
          size: 3,
          n: N,
          c: K,
          m: C,
          h: HO,
          w: WO,
          ho: H,
          wo: W,
          top: 2 - p.padding[0],
          left: 2 - p.padding[1],
          x: Y.at,
          y: X,
          weight: F.at,
          outStep: 36,
          inStep: 36 * C,
          flip: true,
          bias: 0,
          mode: 0,
        })
        Y.done()
        F.done()
        return
      }
      if (
        tiled(w, p) === 5 &&
        suitsWinograd(5, N, K, C, HO, WO) &&
        winogradAdjoint(engine, {
          n: N,
          c: C,
          k: K,
          h: H,
          w: W,
          ho: HO,
          wo: WO,
          top: p.padding[0],
          left: p.padding[1],
          gy: Y.at,
          gx: X,
          weight: F.at,
        })
      ) {
        Y.done()
        F.done()
        return
      }
      const { six, panels, rows } = rowPanels(t.k)
      const packed = engine.workspace(4 * rows * M + 64)
      for (let g = 0; g < G; g++) {
        engine.run(
          CONV,
          'packAJob',
          [packed, F.at + 4 * g * M * t.k, 4, 4 * t.k, t.k, M, six],
          panels,
          panels,
          false,
        )
        engine.run(
          CONV,
          'convInputJob',
          [
            ...geometry(t, p, block, M),
            Y.at + 4 * g * M * t.pixels,
            4 * K * t.pixels,
            packed,
            X + 4 * g * D * H * W,
            4 * C * H * W,
            t.padded ? 1 : 0,
          ],
          N,
          1,
          N > 1 && N * M * t.k * t.pixels >= 1 << 17,
        )
      }
      Y.done()
      F.done()
    },

    conv2dFilterGrad(x: Strided, gy: Strided, gw: Strided, p: ConvParams): void {
      const [N, C, H, W] = x.shape
      const [K, D, h, k] = gw.shape
      const [, , HO, WO] = gy.shape
      const [G, M] = [p.groups, K / p.groups]
      const t = tableOf(D, H, W, h, k, HO, WO, p)
      const npad = Math.ceil(M / NR) * NR
      const block = blockOf(t, t.k + npad)
      if (
        x.dtype !== 'float32' ||
        !isContiguous(gw) ||
        sizeOf(gw.shape) === 0 ||
        sizeOf(gy.shape) === 0 ||
        !fits(t, block * (t.k + npad + 8))
      )
        return referencePrimitives.conv2dFilterGrad(x, gy, gw, p)
      const [X, Y] = [engine.dense(x), engine.dense(gy)]
      const chunks = Math.min(N, CHUNKS)
      if (
        tiled(gw, p) === 5 &&
        suitsWinograd(5, N, C, K, HO, WO) &&
        winogradFilter(engine, {
          n: N,
          c: C,
          k: K,
          h: H,
          w: W,
          ho: HO,
          wo: WO,
          top: p.padding[0],
          left: p.padding[1],
          x: X.at,
          gy: Y.at,
          gw: engine.address(gw),
          chunks,
        })
      ) {
        X.done()
        Y.done()
        return
      }
      const step = 4 * t.k * M
      const part = engine.workspace(step * chunks + 64)
      const to = engine.address(gw)
      for (let g = 0; g < G; g++) {
        engine.run(
          CONV,
          'convFilterJob',
          [
            ...geometry(t, p, block, M),
            X.at + 4 * g * D * H * W,
            4 * C * H * W,
            Y.at + 4 * g * M * t.pixels,
            4 * K * t.pixels,
            part,
            step,
            N,
            chunks,
            t.padded ? 1 : 0,
            rowPanels(t.k).six,
          ],
          chunks,
          1,
          chunks > 1 && N * M * t.k * t.pixels >= 1 << 17,
        )
        engine.run(
          CONV,
          'convFilterSum',
          [part, step, chunks, t.k, M, to + 4 * g * M * t.k],
          M,
          8,
          M * t.k >= SMALL,
        )
      }
      X.done()
      Y.done()
    },
  }
}
