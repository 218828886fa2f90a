/** One verb for each direction: the file's name says the format. */
import type { Module, StateDict } from '../nn/module.ts'
import { readFile } from '../platform/files.ts'
import { Tensor } from '../tensor/tensor.ts'
import { loadImage, savePng } from './image.ts'
import * as npy from './npy.ts'
import * as npz from './npz.ts'
import * as onnx from './onnx/index.ts'
import { conversion, PICKLE_NAMES } from './pickle.ts'
import { FileError } from './problem.ts'
import * as safetensors from './safetensors.ts'

/** What `load` gives for a name, by its ending. */
export type Loaded<F extends string> = string extends F
  ? Tensor | StateDict | Module
  : Lowercase<F> extends `${string}.npy` | `${string}.png` | `${string}.jpg` | `${string}.jpeg`
    ? Tensor
    : Lowercase<F> extends `${string}.npz` | `${string}.safetensors`
      ? StateDict
      : Lowercase<F> extends `${string}.onnx`
        ? Module
        : never

const READ = '.safetensors, .npz, .npy, .onnx, .png, .jpg'
const WRITTEN = '.safetensors, .npz, .npy, .onnx, .png'

/**
 * Reads a file by its name's ending: `.safetensors` and `.npz` tensors by name, `.npy` a tensor, `.onnx` a module,
 * `.png` and `.jpg` an image, float32 [C, H, W] in 0…1.
 *
 *     net.loadStateDict(load('net.safetensors'))
 *
 * @throws FileError when the file is damaged, or a pickle (`.pt`, `.pth`, `.pkl`): the message says how to convert it;
 *   RangeError for another ending
 */
export function load<F extends string>(file: F): Loaded<F> {
  return read(file) as Loaded<F> // the ending decides the type here as there
}

function read(file: string): Tensor | StateDict | Module {
  switch (ending(file)) {
    case 'safetensors':
      return safetensors.load(file)
    case 'npz':
      return npz.load(file)
    case 'npy':
      return npy.load(file)
    case 'onnx':
      return onnx.load(file)
    case 'png':
    case 'jpg':
    case 'jpeg':
      return loadImage(file)
  }
  if (PICKLE_NAMES.test(file)) {
    // A file that is missing is said to be missing.
    readFile(file)
    throw new FileError(file, conversion(file))
  }
  throw new RangeError(`load: ${file}; its name ends with one of ${READ}`)
}

/**
 * Writes a file by its name's ending: `.safetensors` and `.npz` tensors by name, `.npy` a tensor, `.onnx` a network,
 * `.png` an image [C, H, W] with floats in 0…1 or uint8.
 *
 *     save('net.safetensors', net.stateDict())
 *
 * @throws TypeError when the value is not what the format holds, RangeError for another ending
 */
export function save(
  file: string,
  value: Tensor | Readonly<Record<string, Tensor>> | Module,
): void {
  const kind = ending(file)
  if (PICKLE_NAMES.test(file))
    throw new RangeError(
      `save: ${file} would be a pickle, which only Python writes; .safetensors is read by PyTorch too`,
    )
  if (kind === 'npy' || kind === 'png') {
    if (!(value instanceof Tensor))
      throw new TypeError(`save: .${kind} holds one tensor; for several use .safetensors or .npz`)
    return kind === 'npy' ? npy.save(file, value) : savePng(file, value)
  }
  if (kind === 'npz' || kind === 'safetensors') {
    const format = kind === 'npz' ? npz : safetensors
    if (value instanceof Tensor)
      throw new TypeError(
        `save: .${kind} holds tensors by name: save(${JSON.stringify(file)}, { weight: tensor })`,
      )
    if ('stateDict' in value && typeof value.stateDict === 'function')
      throw new TypeError(
        `save: .${kind} holds a network's tensors, not the network: save(${JSON.stringify(file)}, net.stateDict())`,
      )
    // Tensors by name: each is checked as it is written.
    return format.save(file, value as Readonly<Record<string, Tensor>>)
  }
  if (kind === 'onnx') {
    if (value instanceof Tensor || !('stateDict' in value) || typeof value.stateDict !== 'function')
      throw new TypeError('save: .onnx holds a network: save(file, net)')
    return onnx.save(file, value as Module) // it has a module's state, as checked
  }
  throw new RangeError(`save: ${file}; its name ends with one of ${WRITTEN}`)
}

const ending = (file: string): string => /\.(\w+)$/.exec(file)?.[1].toLowerCase() ?? ''
