/** Stands for `node:module` in the snapshot, which cannot hold it: what it would find is given. */
export function createRequire(): never {
  throw new Error('the compiler’s snapshot loads no modules')
}
