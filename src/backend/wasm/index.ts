/**
 * The fast back end: WebAssembly SIMD emitted at run time, one heap, worker threads where memory can be shared. It has
 * every primitive of the reference, and faster ones where there are kernels; what has no kernel runs the reference's loops
 * on the heap's views.
 */
import { cores, enableRelaxedSimd } from '../../platform/threads.ts'
import type { Backend } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { convolution } from './conv.ts'
import { elementwise } from './elementwise.ts'
import { COPY } from './emit-elementwise.ts'
import { OPTIMISERS as RELAXED } from './emit-optimiser.ts'
import { Engine } from './engine.ts'
import { emitFamily } from './family.ts'
import { MAXIMUM_PAGES } from './heap.ts'
import { loops } from './loops.ts'
import { products } from './matmul.ts'
import { normalisation } from './normalize.ts'
import { optimisers } from './optimiser.ts'
import { pooling } from './pooling.ts'
import { recurrent } from './recurrent.ts'
import { reductions } from './reduce.ts'
import { softmaxes } from './softmax.ts'

export interface WasmOptions {
  /**
   * Threads, this one included. Default: the processors, at most 8, started when there is enough to do; one where memory
   * cannot be shared.
   */
  threads?: number
  /** Use relaxed multiply-add where it validates. Default true; `relax` changes it. */
  relaxed?: boolean
}

export interface WasmBackend extends Backend {
  /**
   * Whether later operations may use relaxed multiply-add. Without it every machine gives the same bits: WebAssembly leaves
   * open only whether a relaxed multiply-add rounds once or twice.
   */
  relax(on: boolean): void
  /** How many threads later operations use, this one included; one where memory cannot be shared. */
  useThreads(n: number): void
  /** Ends the worker threads. */
  stop(): void
}

/** @returns null where WebAssembly SIMD is missing */
export function createWasmBackend(options: WasmOptions = {}): WasmBackend | null {
  if (typeof WebAssembly !== 'object') return null
  const shared = typeof SharedArrayBuffer === 'function'
  const memory = { maximumPages: MAXIMUM_PAGES, shared }
  if (!WebAssembly.validate(emitFamily(COPY, ['flat'], false, memory))) return null
  const threads = shared ? Math.max(1, options.threads ?? Math.min(8, cores())) : 1
  const engine = new Engine({ threads, shared, eager: options.threads !== undefined })
  const relax = (on: boolean) => {
    if (on) enableRelaxedSimd()
    engine.relaxed = on && WebAssembly.validate(emitFamily(RELAXED, ['sgd'], true, memory))
  }
  relax(options.relaxed ?? true)
  return {
    name: 'wasm',
    ...referencePrimitives,
    ...loops,
    ...elementwise(engine),
    ...reductions(engine),
    ...softmaxes(engine),
    ...products(engine),
    ...convolution(engine),
    ...pooling(engine),
    ...recurrent(engine),
    ...optimisers(engine),
    ...normalisation(engine),
    create(dtype, length, zero) {
      const s = engine.heap.create(dtype, length)
      if (zero) s.data.fill(0)
      return s
    },
    release: storage => engine.heap.release(storage),
    settle: () => engine.heap.settle(),
    info: () => ({
      threads: engine.threads,
      simd: engine.relaxed ? 'relaxed' : 'simd128',
      heapBytes: engine.heap.size,
    }),
    relax,
    useThreads: n => (engine.threads = n),
    stop: () => engine.stop(),
  }
}
