/**
 * Worker threads over the shared heap. A job is a kernel, its parameters and a number of blocks; whoever is free claims the
 * next block, so the split of the work, and with it every result, is the same for any number of threads. The main thread
 * takes part. An interrupt may throw it out of a join at any instruction: the next job first ends what is left of the last.
 */
import { spawnThread } from '../../platform/threads.ts'

/** Control block, in 32-bit words from `control`. */
const SEQ = 0
const KERNEL = 1
const BLOCKS = 2
const NEXT = 3
const COMPLETED = 4
const RUNNING = 5
const PER_BLOCK = 6
const LIMIT = 7
const MODULE = 8
const MODULE_BYTES = 9
const WORDS = 16

export const CONTROL_BYTES = 4 * WORDS

export type Job = (args: number, begin: number, end: number, scratch: number) => void

/** A job and where the bytes of its module stand in the heap, for the workers. */
export interface Kernel {
  readonly run: Job
  /** Its place among the module's exports. */
  readonly index: number
  readonly module: number
  readonly bytes: number
}

/** Runs in each worker, as text: it must stand alone. Modules are compiled when a job first needs them. */
const WORKER = `
const { memory, control, args, scratch } = workerData
const c = new Int32Array(memory.buffer, control, ${WORDS})
const modules = new Map()
const jobs = (at, bytes) => {
  let known = modules.get(at)
  if (!known) {
    const module = new WebAssembly.Module(new Uint8Array(memory.buffer, at, bytes).slice())
    known = Object.values(new WebAssembly.Instance(module, { env: { memory } }).exports)
    modules.set(at, known)
  }
  return known
}
let seen = 0
for (;;) {
  let spins = 0
  while (Atomics.load(c, ${SEQ}) === seen) if (++spins > 20000) { Atomics.wait(c, ${SEQ}, seen, 1000); spins = 0 }
  Atomics.add(c, ${RUNNING}, 1)
  seen = Atomics.load(c, ${SEQ})
  if (Atomics.load(c, ${BLOCKS}) !== 0) {
    const run = jobs(c[${MODULE}], c[${MODULE_BYTES}])[c[${KERNEL}]]
    for (;;) {
      if (Atomics.load(c, ${BLOCKS}) === 0) break
      const b = Atomics.add(c, ${NEXT}, 1)
      if (b >= Atomics.load(c, ${BLOCKS})) break
      const per = c[${PER_BLOCK}], limit = c[${LIMIT}]
      run(args, b * per, Math.min(limit, (b + 1) * per), scratch)
      Atomics.add(c, ${COMPLETED}, 1)
    }
  }
  Atomics.sub(c, ${RUNNING}, 1)
}
`

/** Milliseconds of work that could have been shared, after which threads are started: about what it takes until one joins. */
const PATIENCE = 20

export class Pool {
  /** What is left of the patience. */
  patience = PATIENCE
  #control: Int32Array
  #workers: { terminate(): void }[] = []

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly control: number,
    private readonly args: number,
    /** Scratch memory of thread i. */
    private readonly scratch: (thread: number) => number,
    /** This one included. */
    public threads: number,
  ) {
    this.#control = new Int32Array(memory.buffer, control, WORDS)
  }

  /** The memory's buffer is another one. */
  moved(): void {
    this.#control = new Int32Array(this.memory.buffer, this.control, WORDS)
  }

  /** Starts the workers; returns at once. They join when they are ready. */
  start(): void {
    if (this.#workers.length >= this.threads - 1) return
    for (let i = this.#workers.length + 1; i < this.threads; i++) {
      const worker = spawnThread(WORKER, {
        memory: this.memory,
        control: this.control,
        args: this.args,
        scratch: this.scratch(i),
      })
      if (!worker) return
      this.#workers.push(worker)
    }
  }

  /**
   * Runs a kernel over 0…limit in blocks of `per`; returns when all of it is done. Parameters stand at `args`.
   * @param parallel false: here, without waking anybody
   */
  run(kernel: Kernel, limit: number, per: number, parallel: boolean): void {
    const f = kernel.run
    const blocks = Math.ceil(limit / per)
    const scratch = this.scratch(0)
    const share = parallel && blocks > 1 && this.threads > 1
    if (!share || this.patience > 0) {
      const from = share ? performance.now() : 0
      for (let b = 0; b < blocks; b++)
        f(this.args, b * per, Math.min(limit, (b + 1) * per), scratch)
      if (share && (this.patience -= performance.now() - from) <= 0) this.start()
      return
    }
    this.start()
    const c = this.#control
    c[MODULE] = kernel.module
    c[MODULE_BYTES] = kernel.bytes
    c[KERNEL] = kernel.index
    c[PER_BLOCK] = per
    c[LIMIT] = limit
    Atomics.store(c, COMPLETED, 0)
    Atomics.store(c, NEXT, 0)
    Atomics.store(c, BLOCKS, blocks)
    Atomics.add(c, SEQ, 1)
    Atomics.notify(c, SEQ)
    for (;;) {
      const b = Atomics.add(c, NEXT, 1)
      if (b >= blocks) break
      f(this.args, b * per, Math.min(limit, (b + 1) * per), scratch)
      Atomics.add(c, COMPLETED, 1)
    }
    while (Atomics.load(c, COMPLETED) < blocks);
  }

  /** Ends what an interrupt left behind. To be called before parameters are written. */
  ready(): void {
    if (this.#workers.length === 0) return
    const c = this.#control
    // No further claims; a worker between two claims may still read the parameters.
    Atomics.store(c, BLOCKS, 0)
    while (Atomics.load(c, RUNNING) > 0);
  }

  /** How many threads take part from now on. */
  resize(threads: number): void {
    if (threads - 1 < this.#workers.length) {
      this.ready()
      this.stop()
    }
    this.threads = threads
  }

  stop(): void {
    for (const w of this.#workers) w.terminate()
    this.#workers = []
  }
}
