/** The student's process's end of the pipe: requests in, answers out, both synchronous, by functions taken at the start. */
import { readSync, writeSync } from 'node:fs'

const U8 = Uint8Array
const { apply } = Reflect
const subarray = Uint8Array.prototype.subarray
const waiting = new Int32Array(new SharedArrayBuffer(4))
const { wait } = Atomics
const IN = 3
const OUT = 4

/** Reads as many bytes; null at the pipe's end. */
export function read(length: number): Uint8Array | null {
  const bytes = new U8(length)
  for (let at = 0; at < length;) {
    const n = again(() => readSync(IN, bytes, at, length - at, null))
    if (n === 0) return null
    at += n
  }
  return bytes
}

export function readFrame(): Uint8Array | null {
  const head = read(4)
  if (!head) return null
  return read(head[0] + head[1] * 256 + head[2] * 65536 + head[3] * 16777216)
}

export function writeFrame(bytes: Uint8Array, length: number): void {
  const head = new U8(4)
  head[0] = length
  head[1] = length >>> 8
  head[2] = length >>> 16
  head[3] = length >>> 24
  write(head)
  write(apply(subarray, bytes, [0, length]) as Uint8Array)
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;)
    at += again(() => writeSync(OUT, bytes, at, bytes.length - at))
}

function again(f: () => number): number {
  for (;;)
    try {
      return f()
    } catch (e) {
      if ((e as { code?: unknown }).code !== 'EAGAIN') throw e
      wait(waiting, 0, 0, 2)
    }
}
