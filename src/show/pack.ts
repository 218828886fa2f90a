/** How a view writes its tensors: in base64 for what is saved, as binary buffers for a message to a page. */
import { encode, encodeBytes } from '../spec/encode.ts'
import type { Encoded, Encoding } from '../spec/view.ts'

export type Packer = (
  values: ArrayLike<number>,
  shape: readonly number[],
  encoding: Encoding,
  range?: readonly [number, number],
) => Encoded

export const inline: Packer = encode

/** A packer that puts the bytes into `buffers` and leaves their number. */
export function intoBuffers(buffers: Uint8Array[]): Packer {
  return (values, shape, encoding, range) => {
    const { bytes, ...rest } = encodeBytes(values, shape, encoding, range)
    return { ...rest, buffer: buffers.push(bytes) - 1 }
  }
}
