/** What every kernel's caller needs: addresses of operands, scratch memory, compiled kernels, and the threads that run them. */
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { Storage, Strided } from '../storage.ts'
import { emitFamily, type Family } from './family.ts'
import { MAXIMUM_PAGES, WasmHeap } from './heap.ts'
import { CONTROL_BYTES, Pool, type Job, type Kernel } from './pool.ts'

const CONTROL = 1024
const ARGS = CONTROL + CONTROL_BYTES
const START = 4096
/** Elements below which a job stays on one thread. */
export const SMALL = 1 << 14
/** Elements of one block of a job. */
export const BLOCK = 1 << 13
/** Each thread's own memory: a padded image, gathered patches, columns. Pages are taken when touched. */
export const SCRATCH_BYTES = 24 * 2 ** 20

export interface EngineOptions {
  /** Threads, this one included. More than one needs shared memory. */
  threads: number
  /** Start them with the first work that can be shared, however little. */
  eager: boolean
  shared: boolean
}

/** A contiguous operand for a kernel, possibly a copy, which `done` gives back. */
export interface Dense {
  readonly at: number
  done(): void
}

export class Engine {
  readonly heap: WasmHeap
  readonly #pool: Pool
  #args: Int32Array
  #floats: Float32Array
  /** Multiply-add rounded once, where the processor can. */
  relaxed = false
  readonly #kernels = {
    relaxed: new Map<Family, Map<string, Kernel>>(),
    strict: new Map<Family, Map<string, Kernel>>(),
  }
  readonly #scratch: number[]
  #workspace = { address: 0, bytes: 0 }

  constructor(readonly options: EngineOptions) {
    const { threads, shared } = options
    this.heap = new WasmHeap(START, shared, () => {
      this.#pool.moved()
      this.#args = new Int32Array(this.heap.memory.buffer, ARGS, 64)
      this.#floats = new Float32Array(this.heap.memory.buffer, ARGS, 64)
    })
    const { memory } = this.heap
    this.#args = new Int32Array(memory.buffer, ARGS, 64)
    this.#floats = new Float32Array(memory.buffer, ARGS, 64)
    this.#scratch = []
    this.#pool = new Pool(memory, CONTROL, ARGS, i => this.#scratchOf(i), threads)
    if (options.eager) this.#pool.patience = 0
  }

  /** Fixed for each thread: workers learn its address when they start. */
  #scratchOf(thread: number): number {
    return (this.#scratch[thread] ||= this.heap.reserve(SCRATCH_BYTES))
  }

  /** A kernel of a family, compiled the first time. */
  kernel(family: Family, job: string): Kernel {
    const compiled = this.relaxed ? this.#kernels.relaxed : this.#kernels.strict
    let known = compiled.get(family)
    if (!known) compiled.set(family, (known = new Map<string, Kernel>()))
    let kernel = known.get(job)
    if (!kernel) {
      const { shared } = this.options
      const jobs = family.together?.includes(job) ? family.together : [job]
      const memory = { maximumPages: MAXIMUM_PAGES, shared }
      const bytes = emitFamily(family, jobs, this.relaxed, memory)
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
        env: { memory: this.heap.memory },
      })
      // Workers compile it from the heap; the engine keeps one machine code for equal bytes.
      const module = shared ? this.heap.reserve(bytes.length) : 0
      if (module) new Uint8Array(this.heap.memory.buffer, module, bytes.length).set(bytes)
      for (const [index, name] of jobs.entries()) {
        // Every export of our modules is a job.
        const made = { run: exports[name] as Job, index, module, bytes: bytes.length }
        known.set(name, made)
        if (name === job) kernel = made
      }
    }
    if (!kernel) throw new Error(`no kernel ${job} in ${family.name}`)
    return kernel
  }

  /**
   * Runs a kernel over 0…limit in blocks of `per`.
   * @param floats parameters that are not whole numbers, after the others
   * @param parallel whether it is worth waking other threads
   */
  run(
    family: Family,
    name: string,
    args: readonly number[],
    limit: number,
    per: number,
    parallel: boolean,
    floats?: readonly number[],
  ): void {
    const kernel = this.kernel(family, name)
    // Taken before the parameters are written: it may be the first use, and grow the memory.
    this.#scratchOf(0)
    this.#pool.ready()
    for (let i = 0; i < args.length; i++) this.#args[i] = args[i]
    if (floats) this.#floats.set(floats, args.length)
    this.#pool.run(kernel, limit, per, parallel)
  }

  /** Address of t's first element; moves its storage into the heap. */
  address(t: Strided): number {
    return (
      this.heap.address(t.storage) + (t.dtype === 'bool' || t.dtype === 'uint8' ? 1 : 4) * t.offset
    )
  }
  /** The same when t is float32 and lies in one run, else −1. */
  flat(t: Strided): number {
    return t.dtype === 'float32' && isContiguous(t) ? this.address(t) : -1
  }
  /** t in one run: itself, or a copy. */
  dense(t: Strided): Dense {
    const at = this.flat(t)
    if (at >= 0) return { at, done: nothing }
    const storage = this.heap.resident('float32', sizeOf(t.shape))
    this.copy(t, {
      storage,
      shape: t.shape,
      strides: rowMajor(t.shape),
      offset: 0,
      dtype: 'float32',
    })
    return { at: this.heap.address(storage), done: () => this.heap.release(storage) }
  }
  /** The fast copy, once there is one. */
  copy: (x: Strided, out: Strided) => void = referencePrimitives.copy

  /** Memory for packed operands that all threads read; good until the next call of it. */
  workspace(bytes: number): number {
    if (bytes > this.#workspace.bytes) {
      if (this.#workspace.bytes) this.heap.free(this.#workspace.address, this.#workspace.bytes)
      const wanted = Math.ceil(bytes * 1.25)
      this.#workspace = { address: this.heap.reserve(wanted), bytes: wanted }
    }
    return this.#workspace.address
  }
  /** A storage for the duration of one primitive. */
  temporary(length: number): { storage: Storage; at: number; done: () => void } {
    const storage = this.heap.resident('float32', length)
    return { storage, at: storage.address, done: () => this.heap.release(storage) }
  }
  get threads(): number {
    return this.#pool.threads
  }
  /** One where memory cannot be shared. */
  set threads(n: number) {
    this.#pool.resize(this.options.shared ? n : 1)
  }
  stop(): void {
    this.#pool.stop()
  }
}

const nothing = () => undefined

export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let d = shape.length - 1, n = 1; d >= 0; d--) {
    strides[d] = n
    n *= shape[d]
  }
  return strides
}
