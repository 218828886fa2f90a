/** Tensors on their way from the build to the page. */
import { decode, encode, type Encoded } from 'layerscope/spec'
import { tensor } from 'layerscope'
import type { Given } from '../page.ts'

export type Carried = Record<string, { dtype: 'float32' | 'uint8' | 'int32'; values: Encoded }>

/** Exact: float32 as `f32`, bytes as `u8`, int32 as `i32`. */
export function carry(given: Given): Carried {
  return Object.fromEntries(
    Object.entries(given).map(([name, t]) => {
      const { dtype } = t
      if (dtype !== 'float32' && dtype !== 'uint8' && dtype !== 'int32')
        throw new TypeError(`${name} is ${dtype}; a page is given float32, int32 and uint8`)
      const encoding = ({ float32: 'f32', uint8: 'u8', int32: 'i32' } as const)[dtype]
      const range = dtype === 'uint8' ? ([0, 255] as const) : undefined
      return [name, { dtype, values: encode(t.toTypedArray(), [...t.shape], encoding, range) }]
    }),
  )
}
export function unpack(carried: Carried): Given {
  return Object.fromEntries(
    Object.entries(carried).map(([name, { dtype, values }]) => [
      name,
      tensor(decode(values)).reshape(values.shape).to(dtype),
    ]),
  )
}
