/**
 * Kernels come in families; each is emitted and compiled when it is first used, with what it calls. Each exported job is `name(args, begin, end, scratch)`: args is the address of its parameters, begin…end its part of the work.
 */
import {
  get,
  load,
  ModuleBuilder,
  relaxedMadd,
  seq,
  set,
  vadd,
  vmul,
  type Code,
  type Local,
  type MemoryType,
  type Type,
} from './assembler.ts'

export interface EmitContext {
  module: ModuleBuilder
  /** a·b + c */
  madd(a: Code, b: Code, c: Code): Code
}

export interface Family {
  readonly name: string
  /** Jobs that are compiled together when one of them is used; any other job by itself. */
  readonly together?: readonly string[]
  emit(context: EmitContext): void
}

/** Parameters of every job. */
export const JOB = ['i32', 'i32', 'i32', 'i32'] as ['i32', 'i32', 'i32', 'i32']

/** A job's parameters by name, in the order of the list: reads into locals. */
export function parameters<N extends string>(
  args: Local,
  local: (t: Type) => Local,
  names: readonly N[],
): { p: Record<N, Local>; read: Code } {
  const p = {} as Record<N, Local> // filled by the loop
  const read = seq(...names.map((name, k) => set((p[name] = local('i32')), load(get(args), 4 * k))))
  return { p, read }
}

/**
 * The bytes of a module.
 * @param jobs those of the family that it exports
 * @param relaxed multiply-add rounded once; results differ in the last bits
 */
export function emitFamily(
  family: Family,
  jobs: readonly string[],
  relaxed: boolean,
  memory: MemoryType,
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder()
  family.emit({ module, madd: relaxed ? relaxedMadd : (a, b, c) => vadd(vmul(a, b), c) })
  return module.bytes(memory, jobs)
}
