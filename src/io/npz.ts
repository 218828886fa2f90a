/** npz, NumPy's format of several arrays: a zip file of npy files. */
import type { StateDict } from '../nn/module.ts'
import { readFile, writeFile } from '../platform/files.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as npy from './npy.ts'
import { refusePickle } from './pickle.ts'
import { checkName, failing } from './problem.ts'
import { readZip, writeZip } from './zip.ts'

/** Reads an npz file: tensors by name. @throws FileError as `npy.load`, or when the zip file is damaged */
export function load(file: string): StateDict {
  return parse(readFile(file), file)
}

/** Writes tensors by name. @param options.compress as `np.savez_compressed`. Default false */
export function save(
  file: string,
  tensors: Readonly<Record<string, Tensor>>,
  options: { compress?: boolean } = {},
): void {
  writeFile(file, format(tensors, options))
}

/** The same from bytes. @param name what errors call the file */
export function parse(bytes: Uint8Array, name = 'npz'): StateDict {
  const fail = failing(name)
  refusePickle(bytes, name)
  const out: [string, Tensor][] = []
  const names = new Set<string>()
  for (const [entry, content] of readZip(bytes, name)) {
    const key = checkName(fail, 'an array', entry.replace(/\.npy$/, ''))
    if (names.has(key)) fail(`two arrays are named ${key}`)
    names.add(key)
    out.push([key, npy.parse(content, `${name}, ${key}`)])
  }
  return Object.fromEntries(out)
}

/** The bytes of an npz file. */
export function format(
  tensors: Readonly<Record<string, Tensor>>,
  { compress = false }: { compress?: boolean } = {},
): Uint8Array {
  const entries = Object.entries(tensors).map(([k, t]) => [`${k}.npy`, npy.format(t)] as const)
  return writeZip(entries, { pack: compress })
}
