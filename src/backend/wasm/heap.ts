/**
 * One heap for all threads. Blocks come in size classes and are used again. A loop in a cell leaves dead tensors that no
 * finalizer reports while it runs, so the heap looks for them itself: what two passes have not used is held by a weak
 * reference only, and when V8 has collected the storage its block is free. Live storages stay where they are, unless there
 * is too much of them: then they move out into typed arrays, and back when they are used again.
 */
import { forgetWeakTargets } from '../../platform/threads.ts'
import { Storage, allocate, type DType, type Heap, type NumberArray } from '../storage.ts'

const PAGE = 65536
/** 2 GiB of addresses; pages are only taken when touched. */
export const MAXIMUM_PAGES = 32768
const GROWTH = 256
/** Bytes of new storages after which a pass ends by itself: loops without `backward()` leave dead tensors too. */
const PASS_BYTES = 24 * 2 ** 20
/** Weakly held bytes after which the heap looks for dead ones, and those after which live ones move out. */
const SWEEP_BYTES = 16 * 2 ** 20
const WEAK_LIMIT = 96 * 2 ** 20
/** Where weak references end only between two tasks. */
const WEAK_LIMIT_ELSEWHERE = 64 * 2 ** 20
/** What a storage costs besides its numbers: its handles, and V8's part. */
const OVERHEAD = 512
/** Storages of so few numbers begin as typed arrays. */
export const TINY = 16

/** Memory whose storage may be gone. */
interface Block {
  readonly address: number
  readonly bytes: number
  readonly storage: WeakRef<Storage>
}

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
  /** Ends of the list of residents in the order of use. */
  #oldest: Storage | null = null
  #newest: Storage | null = null
  /** What is held weakly, and its bytes: now, and after the last sweep. */
  readonly #weak = new Set<Block>()
  #weakBytes = 0
  #swept = 0
  #pass = 0
  #bytes = 0
  /** Bytes placed in this pass. */
  #placed = 0

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
        for (let s = this.#oldest; s; s = s.newer) s.cached = null
        for (const b of this.#weak) {
          const s = b.storage.deref()
          if (s) s.cached = null
        }
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

  /** A storage; tiny ones stay outside until a kernel wants them. */
  create(dtype: DType, length: number): Storage {
    if (length <= TINY) return new Storage(dtype, length, allocate(dtype, length))
    const s = new Storage(dtype, length, null)
    this.#place(s)
    return s
  }
  /** A storage in the heap, whatever its size. */
  resident(dtype: DType, length: number): Storage {
    const s = new Storage(dtype, length, null)
    this.#place(s)
    return s
  }

  #append(s: Storage): void {
    s.older = this.#newest
    s.newer = null
    if (this.#newest) this.#newest.newer = s
    else this.#oldest = s
    this.#newest = s
  }
  #unlink(s: Storage): void {
    if (s.older) s.older.newer = s.newer
    else this.#oldest = s.newer
    if (s.newer) s.newer.older = s.older
    else this.#newest = s.older
    s.older = s.newer = null
  }
  #touch(s: Storage): void {
    s.used = this.#pass
    if (s === this.#newest) return
    if (s.block) this.#strengthen(s)
    else this.#unlink(s)
    this.#append(s)
  }
  /** From the list to a weak reference. */
  #weaken(s: Storage): void {
    this.#unlink(s)
    const bytes = bytesIn(s)
    const block: Block = { address: s.address, bytes, storage: new WeakRef(s) }
    s.block = block
    this.#weak.add(block)
    this.#weakBytes += bytes + OVERHEAD
  }
  #strengthen(s: Storage): void {
    const block = s.block as Block // only this class sets it
    this.#weak.delete(block)
    this.#weakBytes -= block.bytes + OVERHEAD
    s.block = null
  }

  #place(s: Storage): void {
    const bytes = bytesIn(s)
    this.#placed += bytes + OVERHEAD
    if (this.#placed > PASS_BYTES) this.settle()
    let address = bytes < MAXIMUM_PAGES * PAGE ? this.#take(bytes) : -1
    if (address < 0) {
      // What the operation under way uses was touched in this pass or, if one just ended, in the last.
      this.#weakenOld(this.#pass - 1)
      this.#sweep()
      this.#moveOut()
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
    this.#append(s)
  }

  /** Address of a storage that a kernel is about to use; moves it in when it was out. */
  address(s: Storage): number {
    if (s.address >= 0) {
      this.#touch(s)
      return s.address
    }
    const array = s.array
    if (!array) throw new Error(s.why)
    this.#place(s)
    this.view(s).set(array)
    return s.address
  }

  view(s: Storage): NumberArray {
    this.#touch(s)
    // Views of a shared memory stay valid when it grows.
    return (s.cached ??= this.#numbers(s))
  }
  #numbers(s: Storage): NumberArray {
    const { buffer } = this.memory
    if (s.dtype === 'float32') return new Float32Array(buffer, s.address, s.length)
    if (s.dtype === 'int32') return new Int32Array(buffer, s.address, s.length)
    return new Uint8Array(buffer, s.address, s.length)
  }

  #forget(s: Storage): void {
    const bytes = bytesIn(s)
    this.#free[classOf(bytes)].push(s.address)
    this.#bytes -= bytes
    if (s.block) this.#strengthen(s)
    else this.#unlink(s)
    s.address = -1
    s.heap = null
    s.cached = null
  }

  release(s: Storage): void {
    if (s.address >= 0) this.#forget(s)
    s.array = null
  }

  /** A pass ends: what two passes have not used is held weakly from now on. */
  settle(): void {
    this.#pass++
    this.#placed = 0
    this.#weakenOld(this.#pass - 2)
    if (this.#weakBytes - this.#swept > SWEEP_BYTES) this.#sweep()
  }
  #weakenOld(pass: number): void {
    for (let s = this.#oldest; s && s.used < pass; s = this.#oldest) this.#weaken(s)
  }

  /** Takes back the blocks of storages that are gone. */
  #sweep(): void {
    const cleared = forgetWeakTargets()
    for (const block of this.#weak) {
      if (block.storage.deref()) continue
      this.#weak.delete(block)
      this.#weakBytes -= block.bytes + OVERHEAD
      this.#bytes -= block.bytes
      this.#free[classOf(block.bytes)].push(block.address)
    }
    // Looking at them has kept the others for this job.
    if (cleared) forgetWeakTargets()
    this.#swept = this.#weakBytes
    if (this.#weakBytes > (cleared ? WEAK_LIMIT : WEAK_LIMIT_ELSEWHERE)) this.#moveOut()
    // V8 does not know of this memory. Bytes that nobody writes to tell it that there is something to collect.
    if (cleared && this.#weakBytes > SWEEP_BYTES)
      new ArrayBuffer(Math.min(this.#weakBytes, WEAK_LIMIT))
  }

  /** Moves everything that is held weakly and still lives into typed arrays. */
  #moveOut(): void {
    for (const block of this.#weak) {
      const s = block.storage.deref()
      if (!s) continue
      const array = (s.cached ?? this.#numbers(s)).slice()
      this.#forget(s)
      s.array = array
    }
    this.#swept = this.#weakBytes
  }
}
