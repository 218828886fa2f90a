/** What readers say about a file that they cannot take. */

/** A file that is damaged, of another kind, or larger than it can honestly be. The message begins with its name. */
export class FileError extends Error {
  override name = 'FileError'
  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`)
  }
}

/** Throws with the file's name in front. */
export type Fail = (problem: string) => never

export function failing(file: string): Fail {
  return problem => {
    throw new FileError(file, problem)
  }
}

/** Runs code of others on a file's bytes; what it throws becomes a sentence about the file. */
export function guarded<T>(fail: Fail, what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof FileError) throw error
    return fail(`${what} (${error instanceof Error ? error.message : String(error)})`)
  }
}

/** Deflate makes at most 1032 bytes of one, so a larger claim needs no unpacking to be refused. */
export const DEFLATE_RATIO = 1032

/** Most bytes that one file may unpack to: 4 GiB. */
export const MOST_BYTES = 2 ** 32

/**
 * Names from files become keys of objects. `__proto__` alone means something else there.
 */
export function checkName(fail: Fail, what: string, name: string): string {
  if (name === '__proto__')
    fail(`${what} is named __proto__, which no object of JavaScript can hold`)
  return name
}

/** Product of sizes from a file; fails for sizes that are no whole numbers, negative, or too many for any array. */
export function countOf(fail: Fail, what: string, shape: readonly unknown[]): number {
  if (shape.length > 32) fail(`${what} has ${shape.length} dimensions; at most 32`)
  let count = 1
  for (const size of shape) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      fail(`${what} has shape [${shape.join(', ')}]; sizes are whole numbers, at least 0`)
    count *= size as number // a number, as checked
  }
  // [0, 1e15] holds nothing, but its strides are beyond what an index can say.
  const whole = shape.reduce<number>((n, size) => n * Math.max(1, size as number), 1)
  if (whole > Number.MAX_SAFE_INTEGER)
    fail(`${what} has shape [${shape.join(', ')}], more elements than can be counted`)
  return count
}
