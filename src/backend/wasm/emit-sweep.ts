import {
  add,
  get,
  i32,
  le,
  loopWhile,
  lt,
  mul,
  seq,
  set,
  type Code,
  type Local,
} from './assembler.ts'

/** Runs `vector` over i, i + 4, … and `scalar` over what is left, from begin to end. */
export const sweep = (i: Local, begin: Code, end: Local, vector: Code, scalar: Code): Code =>
  seq(
    set(i, begin),
    loopWhile(le(add(get(i), i32(4)), get(end)), seq(vector, set(i, add(get(i), i32(4))))),
    loopWhile(lt(get(i), get(end)), seq(scalar, set(i, add(get(i), i32(1))))),
  )
/** Address of the i-th float. */
export const at = (base: Local, i: Local): Code => add(get(base), mul(get(i), i32(4)))
