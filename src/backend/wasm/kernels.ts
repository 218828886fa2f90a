/** All kernels as one module. Each job is `name(args, begin, end, scratch)`: args is the address of its parameters. */
import {
  get,
  i32,
  load,
  ModuleBuilder,
  relaxedMadd,
  vadd,
  vmul,
  type Code,
  type Local,
  type Type,
} from './assembler.ts'
import { conv } from './emit-conv.ts'
import { elementwise } from './emit-elementwise.ts'
import { gemm } from './emit-gemm.ts'
import { pool } from './emit-pool.ts'

export interface EmitContext {
  module: ModuleBuilder
  /** a·b + c */
  madd(a: Code, b: Code, c: Code): Code
}

/** A job's parameters by name, in the order of the list: reads into locals. */
export function parameters<N extends string>(
  args: Local,
  local: (t: Type) => Local,
  names: readonly N[],
): { p: Record<N, Local>; read: Code } {
  const p = {} as Record<N, Local> // filled by the loop
  const read: number[] = []
  names.forEach((name, k) => {
    p[name] = local('i32')
    read.push(...load(get(args), 4 * k), 0x21, ...index(p[name]))
  })
  return { p, read }
}
const index = (v: Local): number[] => get(v).slice(1) as number[]

/** The module's bytes. `relaxed`: multiply-add rounded once; results differ in the last bits. */
export function emitKernels(relaxed: boolean, maximumPages: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder()
  const context: EmitContext = {
    module,
    madd: relaxed ? relaxedMadd : (a, b, c) => vadd(vmul(a, b), c),
  }
  const g = gemm(context)
  conv(context, g)
  pool(context)
  elementwise(context)
  return module.bytes(maximumPages)
}

export const zero = i32(0)
