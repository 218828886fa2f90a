/**
 * Where numbers live. A `Storage` is the only thing a tensor's handles and the heap's allocator share: it points
 * either into the WebAssembly heap (`address ≥ 0`) or to an ordinary typed array, and the heap may move it between
 * the two at any time (see `wasm/heap.ts`). So nobody keeps `data` across an allocation.
 */

export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool'
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array

const CONSTRUCTOR = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const

/** A typed array of this dtype, zeroed. */
export function allocate(dtype: DType, length: number): NumberArray {
  return new CONSTRUCTOR[dtype](length)
}

/** What the heap does for the storages that live in it. Implemented by `wasm/heap.ts`. */
export interface Heap {
  /** Current view of a resident storage. */
  view(storage: Storage): NumberArray
  /** Gives the memory back; the storage must not be used again. */
  release(storage: Storage): void
}

/** What a stray handle is told. */
export const GONE =
  'the memory of this tensor has been given back: it lay between two layers of a Sequential, where nobody held it (take it with a forward hook, or call the layers one by one)'

let writes = 0
/** Number of writes in place so far: the time, for what must not change after it. @internal */
export const timeOfWrites = (): number => writes
/** Notes that the numbers were changed in place. @internal */
export function touch(storage: Storage): void {
  storage.changed = ++writes
}

export class Storage {
  /** When its numbers were last changed in place (`touch`). */
  changed = 0
  /** Byte offset in the heap, or −1 when `array` holds the numbers. */
  address = -1
  array: NumberArray | null
  heap: Heap | null = null
  /** The heap's: pass of the last use, the view made then, and its neighbours in the order of use. */
  used = 0
  cached: NumberArray | null = null
  older: Storage | null = null
  newer: Storage | null = null
  /** The heap's: its block, once the heap no longer keeps the storage itself alive. */
  block: object | null = null

  constructor(
    readonly dtype: DType,
    readonly length: number,
    array: NumberArray | null,
  ) {
    this.array = array
  }

  /** Why there are no numbers, when there are none. */
  get why(): string {
    return GONE
  }

  /** The numbers, where they are now. Valid until the next allocation. */
  get data(): NumberArray {
    if (this.array) return this.array
    if (!this.heap) throw new Error(this.why)
    return this.heap.view(this)
  }
}

/**
 * A strided window on a storage, the operand of every primitive: element [i, j, …] stands at
 * `offset + i·strides[0] + j·strides[1] + …` (in elements; stride 0 repeats). Tensors are such windows.
 */
export interface Strided {
  readonly storage: Storage
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
  readonly dtype: DType
}
