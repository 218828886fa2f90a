/**
 * Mutation fuzzing of the readers: valid files with bytes changed, cut, repeated and swapped must give an answer or an
 * error of ours, soon, and without more memory than the file justifies. `npm run fuzz` runs many, the unit tests a few.
 */
import { Generator } from '../../src/tensor/random.ts'

export interface Target {
  /** Valid files to begin with. */
  seeds: readonly Uint8Array[]
  read: (bytes: Uint8Array) => unknown
  /** Repairs checksums and the like, so that mutations get past them; applied to half of the files. */
  mend?: (bytes: Uint8Array) => void
}

export interface Report {
  files: number
  answers: number
  errors: number
  /** Longest time that one file took, in milliseconds. */
  slowest: number
  /** Most memory in typed arrays after one file, in bytes above that at the start. */
  most: number
}

/** Numbers that make readers stumble. */
const ODD = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff]

/** One to four changes to a copy. */
export function mutate(bytes: Uint8Array, g: Generator, other: Uint8Array): Uint8Array {
  let out = bytes.slice()
  for (let n = 1 + g.below(4); n > 0 && out.length; n--) {
    // Headers are where lengths and shapes stand: half of the changes go to the first 200 bytes.
    const at = g.below(2) ? g.below(out.length) : g.below(Math.min(200, out.length))
    switch (g.below(9)) {
      case 0:
      case 1:
        out[at] ^= 1 << g.below(8)
        break
      case 2:
      case 3:
        out[at] = ODD[g.below(ODD.length)]
        break
      case 4:
        out[at] = g.below(256)
        break
      case 5: {
        // A 32-bit number, large or small.
        const value = [0, 1, 0x7fffffff, 0xffffffff, out.length, g.bits()][g.below(6)]
        const view = new DataView(out.buffer)
        if (at + 4 <= out.length) view.setUint32(at, value, g.below(2) === 0)
        break
      }
      case 6:
        out = out.slice(0, at)
        break
      case 7: {
        const end = Math.min(out.length, at + g.below(64))
        const parts = g.below(2)
          ? [out.subarray(0, at), out.subarray(end)]
          : [out.subarray(0, end), out.subarray(at)]
        const joined = new Uint8Array(parts[0].length + parts[1].length)
        joined.set(parts[0])
        joined.set(parts[1], parts[0].length)
        out = joined
        break
      }
      default: {
        const from = g.below(other.length)
        const piece = other.subarray(from, from + 1 + g.below(32))
        out.set(piece.subarray(0, out.length - at), at)
      }
    }
  }
  return out
}

/**
 * Reads `count` mutated files.
 * @throws Error for one that is answered by an error that is not ours (TypeError, stack overflow …), with the seed that makes it
 */
export function fuzz(target: Target, count: number, seed: number): Report {
  const report: Report = { files: count, answers: 0, errors: 0, slowest: 0, most: 0 }
  const start = process.memoryUsage().arrayBuffers
  for (let n = 0; n < count; n++) {
    const g = new Generator(seed + n)
    const pick = (): Uint8Array => target.seeds[g.below(target.seeds.length)]
    const file = mutate(pick(), g, pick())
    if (target.mend && g.below(2)) target.mend(file)
    const began = performance.now()
    try {
      target.read(file)
      report.answers++
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'FileError')
        throw new Error(`file of seed ${seed + n} is answered by ${String(error)}`, {
          cause: error,
        })
      report.errors++
    }
    report.slowest = Math.max(report.slowest, performance.now() - began)
    if (n % 64 === 0)
      report.most = Math.max(report.most, process.memoryUsage().arrayBuffers - start)
  }
  return report
}
