/**
 * The fast back end: WebAssembly SIMD emitted at run time, one shared heap, worker threads. float32 (and the int32 of
 * switches and indices) live on the heap; what has no kernel here runs the reference's loops on the heap's views.
 */
import { cores, enableRelaxedSimd } from '../../platform/threads.ts'
import type { Backend, ConvParams, Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import { allocate, Storage, type Strided } from '../storage.ts'
import { BINARY, UNARY } from './emit-elementwise.ts'
import { MC, MR, NR } from './emit-gemm.ts'
import { MAXIMUM_PAGES, WasmHeap } from './heap.ts'
import { emitKernels } from './kernels.ts'
import { CONTROL_BYTES, Pool } from './pool.ts'

export interface WasmOptions {
  /** Threads, this one included. Default: the processors, at most 8. */
  threads?: number
  /** Use relaxed multiply-add where it validates. Default true. */
  relaxed?: boolean
}

const CONTROL = 1024
const ARGS = CONTROL + CONTROL_BYTES
const START = 4096
/** Elements below which a job stays on one thread. */
const SMALL = 1 << 14
const BLOCK = 1 << 13
/** Parts of a batch whose filter gradients are summed apart, in a fixed order. */
const CHUNKS = 8
/** Bytes of gathered patches at a time: they should stay in the second cache. */
const GATHER_BYTES = 192 * 1024
/** Each thread's own memory: a padded image, gathered patches, columns. Pages are taken when touched. */
const SCRATCH_BYTES = 24 * 2 ** 20

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

/** @returns null where WebAssembly SIMD or shared memory is missing */
export function createWasmBackend(options: WasmOptions = {}): Backend | null {
  if (typeof WebAssembly !== 'object' || typeof SharedArrayBuffer !== 'function') return null
  const relaxedWanted = options.relaxed ?? true
  if (relaxedWanted) enableRelaxedSimd()
  let relaxed = relaxedWanted
  let bytes = emitKernels(relaxed, MAXIMUM_PAGES)
  if (relaxed && !WebAssembly.validate(bytes)) {
    relaxed = false
    bytes = emitKernels(false, MAXIMUM_PAGES)
  }
  if (!WebAssembly.validate(bytes)) return null
  return new WasmBackend(
    new WebAssembly.Module(bytes),
    relaxed,
    Math.max(1, options.threads ?? Math.min(8, cores())),
  )
}

class WasmBackend implements Backend {
  readonly name = 'wasm'
  // What has no kernel runs the reference's loops on the heap's views.
  readonly compare = referencePrimitives.compare
  readonly where = referencePrimitives.where
  readonly arg = referencePrimitives.arg
  readonly poolGather = referencePrimitives.poolGather
  readonly avgPool2d = referencePrimitives.avgPool2d
  readonly avgPool2dGrad = referencePrimitives.avgPool2dGrad
  readonly softmax = referencePrimitives.softmax
  readonly logSoftmax = referencePrimitives.logSoftmax
  readonly gather = referencePrimitives.gather
  readonly scatterAdd = referencePrimitives.scatterAdd
  readonly adaptiveMaxPool2d = referencePrimitives.adaptiveMaxPool2d
  readonly resample2d = referencePrimitives.resample2d
  readonly resample2dGrad = referencePrimitives.resample2dGrad
  readonly moments = referencePrimitives.moments
  readonly normalize = referencePrimitives.normalize
  readonly normalizeGrad = referencePrimitives.normalizeGrad
  readonly adam = referencePrimitives.adam
  readonly rmsprop = referencePrimitives.rmsprop
  readonly adagrad = referencePrimitives.adagrad
  readonly #heap = new WasmHeap(START)
  readonly #pool: Pool
  readonly #args: Int32Array
  readonly #floats: Float32Array
  readonly #tables = new Map<string, Table>()
  #scratch: { address: number; bytes: number }[]
  #shared = { address: 0, bytes: 0 }

  constructor(
    module: WebAssembly.Module,
    private readonly relaxed: boolean,
    private readonly threads: number,
  ) {
    const { memory } = this.#heap
    this.#args = new Int32Array(memory.buffer, ARGS, 64)
    this.#floats = new Float32Array(memory.buffer, ARGS, 64)
    // Scratch is fixed for each thread: workers learn its address when they start.
    this.#scratch = Array.from({ length: threads }, () => ({
      address: this.#heap.reserve(SCRATCH_BYTES),
      bytes: SCRATCH_BYTES,
    }))
    this.#pool = new Pool(memory, module, CONTROL, ARGS, i => this.#scratch[i].address, threads)
  }

  create(dtype: Strided['dtype'], length: number, zero: boolean): Storage {
    if (dtype !== 'float32' && dtype !== 'int32')
      return new Storage(dtype, length, allocate(dtype, length))
    const s = this.#heap.create(dtype, length)
    if (zero) s.data.fill(0)
    return s
  }
  release(storage: Storage): void {
    this.#heap.release(storage)
  }
  settle(): void {
    this.#heap.settle()
  }
  info(): ReturnType<Backend['info']> {
    return {
      threads: this.threads,
      simd: this.relaxed ? 'relaxed' : 'simd128',
      heapBytes: this.#heap.size,
    }
  }

  /** Address of t's first element, when a kernel can read it in one run. */
  #flat(t: Strided): number {
    return t.dtype === 'float32' && isContiguous(t)
      ? this.#heap.address(t.storage) + 4 * t.offset
      : -1
  }
  #address(t: Strided): number {
    return this.#heap.address(t.storage) + 4 * t.offset
  }
  /** t itself if contiguous, else a copy in a temporary storage that `done` releases. */
  #dense(t: Strided): { at: number; done: () => void } {
    const at = this.#flat(t)
    if (at >= 0) return { at, done: nothing }
    const storage = this.#heap.create('float32', sizeOf(t.shape))
    referencePrimitives.copy(t, {
      storage,
      shape: t.shape,
      strides: rowMajor(t.shape),
      offset: 0,
      dtype: 'float32',
    })
    return { at: this.#heap.address(storage), done: () => this.#heap.release(storage) }
  }
  /** Memory for packed operands that all threads read; good until the next call of it. */
  #workspace(bytes: number): number {
    if (bytes > this.#shared.bytes)
      this.#shared = { address: this.#heap.reserve(bytes * 1.5), bytes: bytes * 1.5 }
    return this.#shared.address
  }
  #job(name: string, args: readonly number[], limit: number, per: number, parallel: boolean): void {
    this.#pool.ready()
    this.#args.set(args)
    this.#pool.run(name, limit, per, parallel)
  }

  fill(out: Strided, value: number): void {
    if (isContiguous(out)) out.storage.data.fill(value, out.offset, out.offset + sizeOf(out.shape))
    else referencePrimitives.fill(out, value)
  }
  copy(x: Strided, out: Strided): void {
    if (x.dtype === out.dtype && isContiguous(x) && isContiguous(out)) {
      const n = sizeOf(x.shape)
      if (x.storage.address >= 0) this.#heap.address(x.storage)
      const from = x.storage.data
      out.storage.data.set(from.subarray(x.offset, x.offset + n), out.offset)
    } else referencePrimitives.copy(x, out)
  }
  unary(name: Parameters<Primitives['unary']>[0], x: Strided, out: Strided): void {
    const [a, o] = [this.#flat(x), this.#flat(out)]
    if (a < 0 || o < 0 || !(name in UNARY)) return referencePrimitives.unary(name, x, out)
    const n = sizeOf(out.shape)
    this.#job(`unary_${name}`, [a, o], n, BLOCK, n >= SMALL)
  }
  binary(name: Parameters<Primitives['binary']>[0], a: Strided, b: Strided, out: Strided): void {
    if (name in BINARY && this.#binary(name, a, b, out)) return
    referencePrimitives.binary(name, a, b, out)
  }
  #binary(name: string, a: Strided, b: Strided, out: Strided): boolean {
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return false
    const o = this.#flat(out)
    if (o < 0) return false
    const n = sizeOf(out.shape)
    const steps = [a, b].map(t =>
      isContiguous(t) ? 4 : t.strides.every((s, d) => s === 0 || t.shape[d] === 1) ? 0 : -1,
    )
    if (steps[0] >= 0 && steps[1] >= 0) {
      this.#job(
        `binary_${name}`,
        [this.#address(a), this.#address(b), o, ...steps],
        n,
        BLOCK,
        n >= SMALL,
      )
      return true
    }
    if (steps[0] !== 4) return false
    // b repeats: one number a row, or one row for all.
    const rank = out.shape.length
    let inner = rank
    while (inner > 0 && b.strides[inner - 1] === 0) inner--
    const m = sizeOf(out.shape.slice(inner))
    if (inner < rank && inner > 0) {
      let outer = inner
      let expected = 1
      while (outer > 0 && (b.strides[outer - 1] === expected || b.shape[outer - 1] === 1))
        expected *= b.shape[--outer]
      if (b.strides.slice(0, outer).every(s => s === 0)) {
        this.#job(
          `rows_${name}`,
          [this.#address(a), this.#address(b), o, m, 1, expected],
          n / m,
          Math.max(1, Math.floor(BLOCK / m)),
          n >= SMALL,
        )
        return true
      }
    } else if (inner === rank) {
      let outer = rank
      let expected = 1
      while (outer > 0 && (b.strides[outer - 1] === expected || b.shape[outer - 1] === 1))
        expected *= b.shape[--outer]
      if (outer > 0 && b.strides.slice(0, outer).every(s => s === 0)) {
        this.#job(
          `rows_${name}`,
          [this.#address(a), this.#address(b), o, expected, 0, 1],
          n / expected,
          Math.max(1, Math.floor(BLOCK / expected)),
          n >= SMALL,
        )
        return true
      }
    }
    return false
  }
  accumulate(x: Strided, out: Strided): void {
    const [a, o] = [this.#flat(x), this.#flat(out)]
    if (a < 0 || o < 0) return referencePrimitives.accumulate(x, out)
    const n = sizeOf(out.shape)
    this.#job('binary_add', [o, a, o, 4, 4], n, BLOCK, n >= SMALL)
  }
  reduce(
    name: Parameters<Primitives['reduce']>[0],
    x: Strided,
    dims: readonly number[],
    out: Strided,
  ): void {
    const a = name === 'sum' ? this.#flat(x) : -1
    const o = a >= 0 ? this.#flat(out) : -1
    // x as [outer, mid, inner], outer and inner summed.
    const real = x.shape.map((s, d) => ({ s, gone: dims.includes(d) })).filter(({ s }) => s !== 1)
    const pattern = real.map(({ gone }) => (gone ? 's' : 'k')).join('')
    if (o < 0 || !/^s*k*s*$/.test(pattern) || real.some(({ s }) => s === 0))
      return referencePrimitives.reduce(name, x, dims, out)
    const first = pattern.indexOf('k')
    const last = pattern.lastIndexOf('k')
    const size = (from: number, to: number) => real.slice(from, to).reduce((p, { s }) => p * s, 1)
    const [outer, mid, inner] =
      first < 0
        ? [1, 1, size(0, real.length)]
        : [size(0, first), size(first, last + 1), size(last + 1, real.length)]
    const big = outer * mid * inner >= SMALL
    if (inner === 1) this.#job('sumRows', [a, o, outer, mid], mid, 64, big)
    else this.#job('sumMiddle', [a, o, outer, mid, inner], mid, 1, big)
  }

  matmul(a: Strided, b: Strided, out: Strided): void {
    const [B, M, K] = a.shape
    const N = b.shape[2]
    if (
      a.dtype !== 'float32' ||
      b.dtype !== 'float32' ||
      !isContiguous(out) ||
      M * N * K === 0 ||
      M * N * K * B < 512
    ) {
      if (K === 0) this.fill(out, 0)
      else referencePrimitives.matmul(a, b, out)
      return
    }
    const npad = Math.ceil(N / NR) * NR
    for (let n = 0; n < B; n++) {
      const packed = this.#workspace(4 * npad * K + 64)
      const A = this.#address(a) + 4 * n * a.strides[0]
      const W = this.#address(b) + 4 * n * b.strides[0]
      const C = this.#address(out) + 4 * n * out.strides[0]
      const big = M * N * K >= 1 << 17
      const panels = npad / NR
      this.#job(
        'packBJob',
        [packed, W, 4 * b.strides[1], 4 * b.strides[2], K, N, npad],
        panels,
        Math.max(1, Math.ceil(panels / 16)),
        big && K * N >= SMALL,
      )
      if (M >= 2 * MC || panels < 4) {
        this.#job(
          'gemmJob',
          [M, N, K, A, 4 * a.strides[1], 4 * a.strides[2], packed, npad, C, 4 * N, 0],
          Math.ceil(M / MC),
          1,
          big,
        )
      } else this.#wide(M, N, K, A, a, packed, npad, C, big)
    }
  }
  /** Few rows, many columns: threads share the columns. */
  #wide(
    M: number,
    N: number,
    K: number,
    A: number,
    a: Strided,
    packed: number,
    npad: number,
    C: number,
    big: boolean,
  ): void {
    this.#job(
      'gemmColumnsJob',
      [M, N, K, A, 4 * a.strides[1], 4 * a.strides[2], packed, npad, C, 4 * N, 0],
      npad / NR,
      Math.max(1, Math.ceil(npad / NR / 8)),
      big,
    )
  }

  /** Offsets of weights and output pixels in the padded image, kept on the heap. */
  #table(
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
    const known = this.#tables.get(key)
    if (known) return known
    const hp = Math.max(H + p.padding[0], (HO - 1) * p.stride[0] + (h - 1) * p.dilation[0] + 1)
    const wp = Math.max(W + p.padding[1], (WO - 1) * p.stride[1] + (k - 1) * p.dilation[1] + 1)
    const padded = hp !== H || wp !== W || p.padding[0] > 0 || p.padding[1] > 0
    const K = C * h * k
    const at = this.#heap.reserve(4 * (K + HO * WO) + 64)
    const data = new Int32Array(this.#heap.memory.buffer, at, K + HO * WO)
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
    this.#tables.set(key, table)
    return table
  }
  /** Pixels at a time, so that the gathered patches (and what else needs `per` numbers a pixel) stay near. */
  #blockOf(t: Table, per: number): number {
    const wanted = Math.floor(GATHER_BYTES / 4 / per / NR) * NR
    return Math.max(NR, Math.min(Math.ceil(t.pixels / NR) * NR, wanted))
  }
  #geometry(t: Table, p: ConvParams, block: number, m: number): number[] {
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
  #fits(t: Table, numbers: number): boolean {
    return 4 * (t.c * t.hp * t.wp + numbers + 256) < SCRATCH_BYTES
  }

  conv2d(x: Strided, w: Strided, bias: Strided | null, out: Strided, p: ConvParams): void {
    const [N, C, H, W] = x.shape
    const [K, D, h, k] = w.shape
    const [, , HO, WO] = out.shape
    const [G, M] = [p.groups, K / p.groups]
    const t = this.#table(D, H, W, h, k, HO, WO, p)
    const block = this.#blockOf(t, t.k)
    if (
      x.dtype !== 'float32' ||
      !isContiguous(out) ||
      sizeOf(out.shape) === 0 ||
      t.k === 0 ||
      !this.#fits(t, block * t.k)
    )
      return referencePrimitives.conv2d(x, w, bias, out, p)
    const [X, F, b] = [this.#dense(x), this.#dense(w), bias ? this.#dense(bias) : null]
    const y = this.#address(out)
    const panels = Math.ceil(M / MR)
    const packed = this.#workspace(4 * panels * MR * t.k + 64)
    for (let g = 0; g < G; g++) {
      this.#job(
        'packAJob',
        [packed, F.at + 4 * g * M * t.k, 4 * t.k, 4, M, t.k],
        panels,
        panels,
        false,
      )
      this.#job(
        'convJob',
        [
          ...this.#geometry(t, p, block, M),
          X.at + 4 * g * D * H * W,
          4 * C * H * W,
          packed,
          b ? b.at + 4 * g * M : 0,
          y + 4 * g * M * t.pixels,
          4 * K * t.pixels,
          t.padded ? 1 : 0,
        ],
        N,
        1,
        N > 1 && N * M * t.k * t.pixels >= 1 << 17,
      )
    }
    for (const d of [X, F, b]) d?.done()
  }

  conv2dInputGrad(gy: Strided, w: Strided, gx: Strided, p: ConvParams): void {
    const [N, C, H, W] = gx.shape
    const [K, D, h, k] = w.shape
    const [, , HO, WO] = gy.shape
    const [G, M] = [p.groups, K / p.groups]
    const t = this.#table(D, H, W, h, k, HO, WO, p)
    const block = this.#blockOf(t, t.k + M)
    if (
      gy.dtype !== 'float32' ||
      !isContiguous(gx) ||
      sizeOf(gx.shape) === 0 ||
      sizeOf(gy.shape) === 0 ||
      !this.#fits(t, block * (t.k + M) + 8 * M)
    )
      return referencePrimitives.conv2dInputGrad(gy, w, gx, p)
    const [Y, F] = [this.#dense(gy), this.#dense(w)]
    const X = this.#address(gx)
    const panels = Math.ceil(t.k / MR)
    const packed = this.#workspace(4 * panels * MR * M + 64)
    for (let g = 0; g < G; g++) {
      this.#job(
        'packAJob',
        [packed, F.at + 4 * g * M * t.k, 4, 4 * t.k, t.k, M],
        panels,
        panels,
        false,
      )
      this.#job(
        'convInputJob',
        [
          ...this.#geometry(t, p, block, M),
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
  }

  conv2dFilterGrad(x: Strided, gy: Strided, gw: Strided, p: ConvParams): void {
    const [N, C, H, W] = x.shape
    const [K, D, h, k] = gw.shape
    const [, , HO, WO] = gy.shape
    const [G, M] = [p.groups, K / p.groups]
    const t = this.#table(D, H, W, h, k, HO, WO, p)
    const npad = Math.ceil(M / NR) * NR
    const block = this.#blockOf(t, t.k + npad)
    if (
      x.dtype !== 'float32' ||
      !isContiguous(gw) ||
      sizeOf(gw.shape) === 0 ||
      sizeOf(gy.shape) === 0 ||
      !this.#fits(t, block * (t.k + npad + 4))
    )
      return referencePrimitives.conv2dFilterGrad(x, gy, gw, p)
    const [X, Y] = [this.#dense(x), this.#dense(gy)]
    const chunks = Math.min(N, CHUNKS)
    const step = 4 * t.k * M
    const part = this.#workspace(step * chunks + 64)
    const to = this.#address(gw)
    for (let g = 0; g < G; g++) {
      this.#job(
        'convFilterJob',
        [
          ...this.#geometry(t, p, block, M),
          X.at + 4 * g * D * H * W,
          4 * C * H * W,
          Y.at + 4 * g * M * t.pixels,
          4 * K * t.pixels,
          part,
          step,
          N,
          chunks,
          t.padded ? 1 : 0,
        ],
        chunks,
        1,
        chunks > 1 && N * M * t.k * t.pixels >= 1 << 17,
      )
      this.#job(
        'convFilterSum',
        [part, step, chunks, t.k, M, to + 4 * g * M * t.k],
        M,
        8,
        M * t.k >= SMALL,
      )
    }
    X.done()
    Y.done()
  }

  maxPool2d(
    x: Strided,
    out: Strided,
    indices: Strided,
    p: Parameters<Primitives['maxPool2d']>[3],
  ): void {
    const a = this.#flat(x)
    const spaced = p.dilation?.some(d => d !== 1) ?? false
    if (a < 0 || spaced || !isContiguous(out) || !isContiguous(indices))
      return referencePrimitives.maxPool2d(x, out, indices, p)
    const [N, C, H, W] = x.shape
    const [, , HO, WO] = out.shape
    const maps = N * C
    this.#job(
      'maxPoolJob',
      [
        a,
        this.#address(out),
        this.#address(indices),
        H,
        W,
        HO,
        WO,
        ...p.kernel,
        ...p.stride,
        ...p.padding,
      ],
      maps,
      Math.max(1, Math.ceil(maps / 32)),
      maps * H * W >= SMALL,
    )
  }
  poolScatter(g: Strided, indices: Strided, out: Strided): void {
    const a = this.#flat(g)
    if (a < 0 || !isContiguous(out) || !isContiguous(indices) || indices.dtype !== 'int32')
      return referencePrimitives.poolScatter(g, indices, out)
    const maps = g.shape[0] * g.shape[1]
    const size = out.shape[2] * out.shape[3]
    this.#job(
      'poolScatterJob',
      [a, this.#address(indices), this.#address(out), g.shape[2] * g.shape[3], size],
      maps,
      Math.max(1, Math.ceil(maps / 32)),
      maps * size >= SMALL,
    )
  }
  sgd(
    p: Strided,
    grad: Strided,
    velocity: Strided | null,
    o: Parameters<Primitives['sgd']>[3],
  ): void {
    const [P, G, V] = [this.#flat(p), this.#flat(grad), velocity ? this.#flat(velocity) : 0]
    if (P < 0 || G < 0 || V < 0) return referencePrimitives.sgd(p, grad, velocity, o)
    const n = sizeOf(p.shape)
    this.#pool.ready()
    this.#args.set([P, G, V, o.first ? 1 : 0, o.nesterov ? 1 : 0])
    this.#floats.set([o.lr, o.momentum, 1 - o.dampening, o.weightDecay], 5)
    this.#pool.run('sgd', n, BLOCK, n >= SMALL)
  }
}
const nothing = () => undefined

function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let d = shape.length - 1, n = 1; d >= 0; d--) {
    strides[d] = n
    n *= shape[d]
  }
  return strides
}
