/**
 * One shared heap for all threads. Blocks come in size classes and are used again; storages that nobody has used for two
 * passes move out into typed arrays, where V8's collector finds the dead ones (it runs inside synchronous loops, finalizers
 * do not). A storage that is used again moves back.
 */
import { allocate, GONE, Storage, type DType, type Heap, type NumberArray } from '../storage.ts'

const PAGE = 65536
/** 2 GiB of addresses; pages are only taken when touched. */
export const MAXIMUM_PAGES = 32768
const GROWTH = 256
/** Idle bytes that may stay before they move out. */
const IDLE_LIMIT = 24 * 2 ** 20

/** Bytes a storage takes. */
function bytesIn(s: Storage): number {
  return Math.max(4, s.dtype === 'bool' || s.dtype === 'uint8' ? s.length : 4 * s.length)
}

/** Four classes for each doubling, from 64 bytes: at most a quarter is lost. */
function classOf(bytes: number): number {
  if (bytes <= 64) return 0
  const e = 31 - Math.clz32(bytes - 1)
  return (e - 5) * 4 - 3 + ((bytes - 1 - 2 ** e) >>> (e - 2))
}
function bytesOf(c: number): number {
  if (c === 0) return 64
  const e = Math.floor((c + 3) / 4) + 5
  return 2 ** e + (((c + 3) % 4) + 1) * 2 ** (e - 2)
}

export class WasmHeap implements Heap {
  readonly memory: WebAssembly.Memory
  #top: number
  readonly #free: number[][] = Array.from({ length: 128 }, () => [])
  readonly #resident = new Set<Storage>()
  #pass = 0
  #bytes = 0

  /**
   * @param start first byte that storages may use
   * @param shared whether other threads see it
   * @param moved called when the memory grew and its buffer is another one (never for a shared memory)
   */
  constructor(
    start: number,
    private readonly shared: boolean,
    private readonly moved: () => void,
  ) {
    this.memory = new WebAssembly.Memory({
      initial: GROWTH,
      maximum: MAXIMUM_PAGES,
      ...(shared ? { shared } : {}),
    })
    this.#top = Math.ceil(start / 64) * 64
  }

  get size(): number {
    return this.memory.buffer.byteLength
  }

  /** Bytes that storages hold now. */
  get used(): number {
    return this.#bytes
  }

  #take(bytes: number): number {
    const c = classOf(bytes)
    const again = this.#free[c].pop()
    if (again !== undefined) return again
    const size = bytesOf(c)
    const address = this.#top
    const missing = address + size - this.memory.buffer.byteLength
    if (missing > 0) {
      try {
        this.memory.grow(
          Math.max(
            Math.ceil(missing / PAGE),
            Math.min(GROWTH, MAXIMUM_PAGES - this.memory.buffer.byteLength / PAGE),
          ),
        )
      } catch {
        return -1
      }
      if (!this.shared) {
        for (const s of this.#resident) s.cached = null
        this.moved()
      }
    }
    this.#top += size
    return address
  }

  /** Raw memory for good, e.g. for a table of offsets. */
  reserve(bytes: number): number {
    const address = this.#take(bytes)
    if (address < 0) throw new RangeError(`out of memory: no ${bytes} bytes left in the heap`)
    return address
  }

  /** Raw memory of `reserve` for use by others. */
  free(address: number, bytes: number): void {
    this.#free[classOf(bytes)].push(address)
  }

  create(dtype: DType, length: number): Storage {
    const s = new Storage(dtype, length, null)
    this.#place(s)
    return s
  }

  #place(s: Storage): void {
    const bytes = bytesIn(s)
    let address = bytes < MAXIMUM_PAGES * PAGE ? this.#take(bytes) : -1
    if (address < 0) {
      this.#evict(0, -1)
      address = this.#take(bytes)
      if (address < 0)
        throw new RangeError(
          `out of memory: a tensor of ${s.length} numbers (${(bytes / 2 ** 20).toFixed(0)} MiB) does not fit into the heap`,
        )
    }
    s.address = address
    s.array = null
    s.heap = this
    s.used = this.#pass
    this.#bytes += bytes
    this.#resident.add(s)
  }

  /** Address of a storage that a kernel is about to use; moves it back in when it was out. */
  address(s: Storage): number {
    s.used = this.#pass
    if (s.address >= 0) return s.address
    const array = s.array
    if (!array) throw new Error(GONE)
    this.#place(s)
    this.view(s).set(array)
    return s.address
  }

  view(s: Storage): NumberArray {
    s.used = this.#pass
    // Views of a shared memory stay valid when it grows.
    return (s.cached ??=
      s.dtype === 'float32'
        ? new Float32Array(this.memory.buffer, s.address, s.length)
        : s.dtype === 'int32'
          ? new Int32Array(this.memory.buffer, s.address, s.length)
          : new Uint8Array(this.memory.buffer, s.address, s.length))
  }

  #forget(s: Storage): void {
    this.#free[classOf(bytesIn(s))].push(s.address)
    this.#bytes -= bytesIn(s)
    this.#resident.delete(s)
    s.address = -1
    s.heap = null
    s.cached = null
  }

  release(s: Storage): void {
    if (s.address >= 0) this.#forget(s)
    s.array = null
  }

  /** A pass ends. What two passes have not used moves out once there is enough of it. */
  settle(): void {
    this.#pass++
    let idle = 0
    for (const s of this.#resident) if (s.used < this.#pass - 2) idle += bytesIn(s)
    if (idle > IDLE_LIMIT) this.#evict(this.#pass - 2, Infinity)
  }

  /** Moves storages out that were last used before `before` (0: all but those of this pass). */
  #evict(before: number, limit: number): void {
    const limitPass = limit < 0 ? this.#pass : before
    for (const s of [...this.#resident]) {
      if (s.used >= limitPass) continue
      const array = allocate(s.dtype, s.length)
      array.set(this.view(s))
      this.#forget(s)
      s.array = array
    }
  }
}
