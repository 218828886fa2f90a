/**
 * The pipe between front and runner: packets of a JSON header and binary buffers.
 * Layout: u32 magic, u32 header length, u32 body length (little-endian), header, body; `sizes` in the header cuts the body.
 */
import type { CellCode } from './compiler/compiler.ts'

export type { CellCode }

/** Header of a JupyterLab message that something belongs to. */
export type Parent = Record<string, unknown>

/** Front → runner. */
export type ToRunner =
  | {
      t: 'execute'
      parent: Parent
      code: CellCode
      /** Its execution_count. */
      count: number
      silent: boolean
      expressions: Record<string, string>
    }
  | {
      t: 'comm'
      kind: 'open' | 'msg' | 'close'
      parent: Parent
      id: string
      target: string
      data: unknown
      metadata: Record<string, unknown>
    }
  | { t: 'reply'; value: string }
  /** Nobody can be asked: the question fails. */
  | { t: 'refused'; reason: string }
  /** Keys of a value that contain `typed`, for completion. */
  | { t: 'keys'; n: number; path: KeyPath; form: KeyForm; typed: string }

/**
 * Which keys of a live value are asked for: `.` members that an identifier can name, `[` keys that stand in brackets, `map` keys
 * of a Map.
 */
export type KeyForm = '.' | '[' | 'map'
/** Variable, then keys of properties. */
export type KeyPath = readonly (string | number)[]
export type LiveKey = [name: string, kind: 'property' | 'method']

export interface Failure {
  ename: string
  evalue: string
  /** Stack with positions in the emitted code; the front maps them. */
  stack: string
}

/**
 * Runner → front. `stream`, `display`, `comm`, and `done` with a result bring the content of the message that is published as their
 * first buffer: JSON that the front passes on as it is, unless there are frames of a stack in it (`framed`), whose places only it
 * can tell.
 */
export type FromRunner =
  | { t: 'ready' }
  | { t: 'stream'; parent: Parent | null; framed: boolean }
  | {
      t: 'display'
      parent: Parent | null
      framed: boolean
      kind: 'display_data' | 'update_display_data'
    }
  /** What child processes write to the descriptors after their mark `n` comes after this message. */
  | { t: 'fence'; n: number }
  | { t: 'clear'; parent: Parent | null; wait: boolean }
  | {
      t: 'comm'
      kind: 'open' | 'msg' | 'close'
      parent: Parent | null
      id: string
      target: string
      metadata: object
    }
  /** The handlers of a page's comm message have run; `id` is that message's. */
  | { t: 'handled'; id: string }
  | { t: 'input'; parent: Parent | null; prompt: string; password: boolean }
  | {
      t: 'done'
      ok: true
      /** The result's text, for the history; null where no result is shown. */
      text: string | null
      framed: boolean
      expressions: Record<string, unknown>
      values: string[]
    }
  | { t: 'done'; ok: false; error: Failure; values: string[] }
  | { t: 'late'; parent: Parent | null; error: Failure }
  | { t: 'keys'; n: number; keys: LiveKey[] }

/** In a word that the front sends the watcher: the rest is the id of a process, not a number of cells. */
export const ALSO_END = 0x80000000

/** One buffer of a packet, whole or in pieces that follow each other. */
export type Part = Uint8Array | readonly Uint8Array[]

/** "LSPK": a stream that says something else where a packet begins is not to be read on. */
const MAGIC = 0x4b50534c
const HEAD = 12
/** Smaller packets are one piece. */
const SMALL = 1 << 15

const isPieces = (part: Part): part is readonly Uint8Array[] => Array.isArray(part)
const lengthOf = (pieces: readonly Uint8Array[]) => pieces.reduce((n, b) => n + b.length, 0)

/** @returns the packet in pieces; large buffers are among them, not copied */
export function pack(header: object, parts: readonly Part[] = []): Uint8Array[] {
  const pieces = parts.flatMap(p => (isPieces(p) ? p : [p]))
  const sizes = parts.map(p => (isPieces(p) ? lengthOf(p) : p.length))
  const json = JSON.stringify(parts.length ? { ...header, sizes } : header)
  const length = Buffer.byteLength(json)
  const head = Buffer.allocUnsafe(HEAD + length)
  const body = lengthOf(pieces)
  head.writeUInt32LE(MAGIC, 0)
  head.writeUInt32LE(length, 4)
  head.writeUInt32LE(body, 8)
  head.write(json, HEAD)
  return HEAD + length + body <= SMALL ? [Buffer.concat([head, ...pieces])] : [head, ...pieces]
}

/** Cuts a stream of chunks into packets. Large buffers are copied once, to where they stay. */
export class Unpacker<T> {
  readonly #head: Buffer = Buffer.allocUnsafe(HEAD)
  #target: Buffer = this.#head
  #filled = 0
  /** Of the packet that is being read, when its header is there. */
  #header: T | null = null
  #sizes: number[] = []
  #buffers: Buffer[] = []

  /** @param f gets each packet; it must not feed */
  constructor(private readonly f: (header: T, buffers: Buffer[]) => void) {}

  /** @throws TypeError for what is no packet; the stream is lost then */
  feed(chunk: Uint8Array): void {
    for (let at = 0; ;) {
      const n = Math.min(this.#target.length - this.#filled, chunk.length - at)
      this.#target.set(chunk.subarray(at, at + n), this.#filled)
      at += n
      this.#filled += n
      if (this.#filled < this.#target.length) return
      this.#next()
    }
  }

  /** The target is full. */
  #next(): void {
    if (this.#target === this.#head) {
      if (this.#head.readUInt32LE(0) !== MAGIC) throw new TypeError('a packet begins wrongly')
      return this.#fill(Buffer.allocUnsafe(this.#head.readUInt32LE(4)))
    }
    if (this.#header === null) this.#readHeader()
    else this.#buffers.push(this.#target)
    if (this.#buffers.length < this.#sizes.length)
      return this.#fill(Buffer.allocUnsafe(this.#sizes[this.#buffers.length]))
    const header = this.#header as T // set above
    const buffers = this.#buffers
    this.#header = null
    this.#buffers = []
    this.#fill(this.#head)
    this.f(header, buffers)
  }

  #readHeader(): void {
    const { sizes = [], ...fields } = JSON.parse(this.#target.toString()) as { sizes?: number[] }
    const body = this.#head.readUInt32LE(8)
    if (
      !Array.isArray(sizes) ||
      !sizes.every(n => Number.isSafeInteger(n) && n >= 0) ||
      sizes.reduce((a, b) => a + b, 0) !== body
    )
      throw new TypeError(`the buffers of a packet are not its ${body} bytes`)
    this.#sizes = sizes
    this.#header = fields as T
  }

  #fill(target: Buffer): void {
    this.#target = target
    this.#filled = 0
  }
}
