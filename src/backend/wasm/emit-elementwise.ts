/** The elementwise primitives that have a vector form: a family of kernels for each. */
import type { BinaryName, CompareName, UnaryName } from '../primitives.ts'
import {
  bitselect,
  extract,
  get,
  load,
  loadSplat,
  seq,
  set,
  storeF,
  storeV,
  vabs,
  vadd,
  vand,
  vceil,
  vdiv,
  veq,
  vfloor,
  vge,
  vgt,
  vle,
  vlt,
  vmul,
  vne,
  vnearest,
  vneg,
  vnot,
  vsqrt,
  vsub,
  type Code,
  type Local,
} from './assembler.ts'
import {
  exp,
  larger,
  log,
  ONE,
  relu,
  sigmoid,
  sign,
  silu,
  sine,
  smaller,
  tanh,
  ZERO,
  type VectorFunction,
} from './emit-functions.ts'
import { mapFamily } from './emit-map.ts'
import { at, sweep } from './emit-sweep.ts'
import { JOB, type Family } from './family.ts'

const plain =
  (f: (x: Code) => Code): VectorFunction =>
  (_, x) => ({ make: '', out: f(get(x)) })

const UNARY: Partial<Record<UnaryName, VectorFunction>> = {
  neg: plain(vneg),
  abs: plain(vabs),
  sign,
  exp,
  log,
  sqrt: plain(vsqrt),
  square: plain(x => vmul(x, x)),
  reciprocal: plain(x => vdiv(ONE, x)),
  tanh,
  sigmoid,
  silu,
  sin: sine(0),
  cos: sine(1),
  relu: plain(relu),
  floor: plain(vfloor),
  ceil: plain(vceil),
  round: plain(vnearest),
}
const BINARY: Partial<Record<BinaryName, (a: Local, b: Local) => Code>> = {
  add: (a, b) => vadd(get(a), get(b)),
  sub: (a, b) => vsub(get(a), get(b)),
  mul: (a, b) => vmul(get(a), get(b)),
  div: (a, b) => vdiv(get(a), get(b)),
  maximum: larger,
  minimum: smaller,
  reluMask: (g, x) => vand(get(g), vnot(vle(get(x), ZERO))),
}
const COMPARE: Record<CompareName, (a: Code, b: Code) => Code> = {
  eq: veq,
  ne: vne,
  lt: vlt,
  le: vle,
  gt: vgt,
  ge: vge,
}

/** A table of families from a table of formulas. */
function families<N extends string, F>(
  table: Partial<Record<N, F>>,
  make: (name: string, f: F) => Family,
): Partial<Record<N, Family>> {
  const out: Partial<Record<N, Family>> = {}
  for (const name in table) {
    const f = table[name]
    if (f) out[name] = make(name, f)
  }
  return out
}

export const UNARY_FAMILIES = families(UNARY, (name, f) =>
  mapFamily({
    name,
    inputs: ['float'],
    output: 'float',
    formula: (context, [x], local) => f(context, x, local),
  }),
)
export const BINARY_FAMILIES = families(BINARY, (name, f) =>
  mapFamily({
    name,
    inputs: ['float', 'float'],
    output: 'float',
    formula: (_, [a, b]) => ({ make: '', out: f(a, b) }),
  }),
)
export const COMPARE_FAMILIES = families(COMPARE, (name, f) =>
  mapFamily({
    name,
    inputs: ['float', 'float'],
    output: 'mask',
    formula: (_, [a, b]) => ({ make: '', out: f(get(a), get(b)) }),
  }),
)
export const WHERE = mapFamily({
  name: 'where',
  inputs: ['mask', 'float', 'float'],
  output: 'float',
  formula: (_, [c, a, b]) => ({ make: '', out: bitselect(get(a), get(b), get(c)) }),
})
export const COPY = mapFamily({
  name: 'copy',
  inputs: ['float'],
  output: 'float',
  formula: (_, [x]) => ({ make: '', out: get(x) }),
})
/** bool (or any byte) to 0 and 1. */
export const FROM_MASK = mapFamily({
  name: 'copy of a mask',
  inputs: ['mask'],
  output: 'float',
  formula: (_, [x]) => ({ make: '', out: vand(get(x), ONE) }),
})

export const FILL: Family = {
  name: 'fill',
  emit({ module }) {
    module.func('fill', JOB, ([args, begin, end, _scratch], local) => {
      const [i, to, value] = [local('i32'), local('i32'), local('v128')]
      return seq(
        set(to, load(get(args))),
        set(value, loadSplat(get(args), 4)),
        sweep(
          i,
          get(begin),
          end,
          storeV(at(to, i), get(value)),
          storeF(at(to, i), extract(get(value), 0)),
        ),
      )
    })
  },
}
