/** Pickles are programs: reading one runs what its author wrote. They are recognised and refused. */
import { FileError } from './problem.ts'

export const PICKLED_ARRAY =
  'an array of Python objects, which NumPy stores as a pickle: a program that runs when it is read. Save it as numbers: a.astype(np.float32)'

/** How to turn it into a file that holds numbers and nothing else. */
export function conversion(file: string): string {
  const name = file.split(/[\\/]/).pop() ?? file
  const target = name.replace(/\.[^.]*$/, '') + '.safetensors'
  const [from, to] = [name, target].map(text => JSON.stringify(text).replaceAll("'", '_'))
  return [
    'this is a pickle, a program that runs when it is read, so it is not opened. Convert it once where PyTorch is installed (pip install torch safetensors):',
    '  import torch; from safetensors.torch import save_file',
    `  state = torch.load(${from}, map_location="cpu", weights_only=True)`,
    `  save_file({k: v.clone().contiguous() for k, v in state.items()}, ${to})`,
    `and load(${to}) reads it.`,
  ].join('\n')
}

/** @throws FileError naming the conversion, when the bytes are a pickle or PyTorch's zip of one */
export function refusePickle(bytes: Uint8Array, file: string): void {
  if (isPickle(bytes)) throw new FileError(file, conversion(file))
}

export function isPickle(bytes: Uint8Array): boolean {
  // PROTO (0x80) and a version 2 to 5, then an opcode; pickles of protocol 0 and 1 are known by their end alone.
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) return true
  // PyTorch's: a zip file whose first entry is NAME/data.pkl.
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b || bytes[2] !== 3 || bytes[3] !== 4) return false
  const first = String.fromCharCode(
    ...bytes.subarray(30, 30 + Math.min(256, bytes[26] | (bytes[27] << 8))),
  )
  return /(^|\/)(data\.pkl|\.format_version|\.storage_alignment|byteorder|version)$/.test(first)
}

/** Endings that mean a pickle to those who write them. */
export const PICKLE_NAMES = /\.(pt|pth|pkl|pickle|ckpt)$/i
