/**
 * The pipe between front and runner: packets of a JSON header and binary buffers.
 * Layout: u32 header length, u32 body length (little-endian), header, body; `sizes` in the header cuts the body.
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

/** Runner → front. */
export type FromRunner =
  | { t: 'ready' }
  | { t: 'stream'; parent: Parent | null; name: 'stdout' | 'stderr' }
  | {
      t: 'display'
      parent: Parent | null
      kind: 'display_data' | 'update_display_data'
      data: Record<string, unknown>
      metadata: object
      transient: object
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
      data: unknown
      metadata: object
    }
  /** The handlers of a page's comm message have run; `id` is that message's. */
  | { t: 'handled'; id: string }
  | { t: 'input'; parent: Parent | null; prompt: string; password: boolean }
  | {
      t: 'done'
      ok: true
      result: { data: Record<string, unknown>; metadata: object } | null
      expressions: Record<string, unknown>
      values: string[]
    }
  | { t: 'done'; ok: false; error: Failure; values: string[] }
  | { t: 'late'; parent: Parent | null; error: Failure }
  | { t: 'keys'; n: number; keys: LiveKey[] }

export function pack(header: object, buffers: readonly Uint8Array[] = []): Buffer {
  const json = Buffer.from(
    JSON.stringify(buffers.length ? { ...header, sizes: buffers.map(b => b.length) } : header),
  )
  const length = buffers.reduce((n, b) => n + b.length, 0)
  const head = Buffer.allocUnsafe(8)
  head.writeUInt32LE(json.length, 0)
  head.writeUInt32LE(length, 4)
  return Buffer.concat([head, json, ...buffers], 8 + json.length + length)
}

/** Cuts a stream of chunks into packets. */
export class Unpacker<T> {
  #chunks: Buffer[] = []
  #have = 0
  #need = 8
  constructor(private readonly f: (header: T, buffers: Buffer[]) => void) {}

  feed(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#have += chunk.length
    if (this.#have < this.#need) return
    let all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    for (;;) {
      this.#need = 8
      if (all.length < 8) break
      const header = all.readUInt32LE(0)
      this.#need = 8 + header + all.readUInt32LE(4)
      if (all.length < this.#need) break
      const { sizes = [], ...fields } = JSON.parse(all.toString('utf8', 8, 8 + header)) as {
        sizes?: number[]
      }
      const buffers: Buffer[] = []
      let at = 8 + header
      for (const n of sizes) buffers.push(all.subarray(at, (at += n)))
      const rest = all.subarray(this.#need)
      // Handlers may feed again (a poll inside a handler): the state is right before they run.
      this.#chunks = rest.length ? [rest] : []
      this.#have = rest.length
      this.#need = 8
      this.f(fields as T, buffers)
      all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    }
    this.#chunks = all.length ? [all] : []
    this.#have = all.length
  }
}
