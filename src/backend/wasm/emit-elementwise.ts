/** Numbers one by one, four at a time: functions and arithmetic. A family for each primitive. */
import type { BinaryName, UnaryName } from '../primitives.ts'
import {
  add,
  extract,
  f32,
  get,
  i32,
  le,
  loadSplat,
  loadV,
  loop,
  loopWhile,
  lt,
  mul,
  seq,
  set,
  splat,
  storeF,
  storeV,
  vabs,
  vadd,
  vand,
  vdiv,
  vmul,
  vneg,
  vsqrt,
  vsub,
  type Code,
  type Local,
} from './assembler.ts'
import { JOB, parameters, type Family } from './family.ts'

const ZERO = splat(f32(0))
/** a where a > b or a is NaN, else b: lanes by bits. */
const bitselect = (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, 0xfd, 0x52]
const vge = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0x46]
const veq = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0x41]
const vnot = (a: Code): Code => [...a, 0xfd, 0x4d]
const vor = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0x50]

/** Primitives of one operand that have a vector form. Each may mention its operand more than once, so it is a local. */
const UNARY: Partial<Record<UnaryName, (x: Local) => Code>> = {
  neg: x => vneg(get(x)),
  abs: x => vabs(get(x)),
  sqrt: x => vsqrt(get(x)),
  square: x => vmul(get(x), get(x)),
  reciprocal: x => vdiv(splat(f32(1)), get(x)),
  // not (x ≤ 0): NaN stays
  relu: x => vand(get(x), vnot([...get(x), ...ZERO, 0xfd, 0x45])),
}
/** Primitives of two operands. */
const BINARY: Partial<Record<BinaryName, (a: Local, b: Local) => Code>> = {
  add: (a, b) => vadd(get(a), get(b)),
  sub: (a, b) => vsub(get(a), get(b)),
  mul: (a, b) => vmul(get(a), get(b)),
  div: (a, b) => vdiv(get(a), get(b)),
  maximum: (a, b) => bitselect(get(a), get(b), vor(vge(get(a), get(b)), vnot(veq(get(a), get(a))))),
  minimum: (a, b) => bitselect(get(a), get(b), vor(vge(get(b), get(a)), vnot(veq(get(a), get(a))))),
  reluMask: (g, x) => vand(get(g), vnot([...get(x), ...ZERO, 0xfd, 0x45])),
}

/** Runs `vector` over i, i + 4, … and `scalar` over what is left, from begin to end. */
export const sweep = (i: Local, begin: Code, end: Local, vector: Code, scalar: Code): Code =>
  seq(
    set(i, begin),
    loopWhile(le(add(get(i), i32(4)), get(end)), seq(vector, set(i, add(get(i), i32(4))))),
    loopWhile(lt(get(i), get(end)), seq(scalar, set(i, add(get(i), i32(1))))),
  )
export const at = (base: Local, i: Local) => add(get(base), mul(get(i), i32(4)))

const unary = (name: string, f: (x: Local) => Code): Family => ({
  name: `unary ${name}`,
  emit({ module }) {
    module.func('unary', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['x', 'out'])
      const [i, v] = [local('i32'), local('v128')]
      return seq(
        read,
        sweep(
          i,
          get(begin),
          end,
          seq(set(v, loadV(at(p.x, i))), storeV(at(p.out, i), f(v))),
          seq(set(v, loadSplat(at(p.x, i))), storeF(at(p.out, i), extract(f(v), 0))),
        ),
      )
    })
  },
})
const binary = (name: string, f: (a: Local, b: Local) => Code): Family => ({
  name: `binary ${name}`,
  emit({ module }) {
    // Steps of 4 for an operand that goes along, 0 for one number that takes part in all.
    module.func('binary', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['a', 'b', 'out', 'aStep', 'bStep'])
      const [i, va, vb] = [local('i32'), local('v128'), local('v128')]
      const address = (base: Local, step: Local) => add(get(base), mul(get(i), get(step)))
      const operand = (base: Local, step: Local): Code => [
        ...get(step),
        0x04,
        0x7b,
        ...loadV(address(base, step)),
        0x05,
        ...loadSplat(get(base)),
        0x0b,
      ]
      return seq(
        read,
        sweep(
          i,
          get(begin),
          end,
          seq(
            set(va, operand(p.a, p.aStep)),
            set(vb, operand(p.b, p.bStep)),
            storeV(at(p.out, i), f(va, vb)),
          ),
          seq(
            set(va, loadSplat(address(p.a, p.aStep))),
            set(vb, loadSplat(address(p.b, p.bStep))),
            storeF(at(p.out, i), extract(f(va, vb), 0)),
          ),
        ),
      )
    })
    // Rows begin…end of a [rows, m] with one b for each row (bStep 4) or each column (bStep 0, b [m]).
    module.func('rows', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['a', 'b', 'out', 'm', 'perRow', 'period'])
      const [row, i, va, vb, a, out, b] = [
        local('i32'),
        local('i32'),
        local('v128'),
        local('v128'),
        local('i32'),
        local('i32'),
        local('i32'),
      ]
      const operand = (one: boolean): Code => [
        ...get(p.perRow),
        0x04,
        0x7b,
        ...loadSplat(get(b)),
        0x05,
        ...(one ? loadSplat(at(b, i)) : loadV(at(b, i))),
        0x0b,
      ]
      return seq(
        read,
        loop(
          row,
          get(begin),
          get(end),
          1,
          seq(
            set(a, add(get(p.a), mul(i32(4), mul(get(row), get(p.m))))),
            set(out, add(get(p.out), mul(i32(4), mul(get(row), get(p.m))))),
            set(
              b,
              add(get(p.b), [
                ...get(p.perRow),
                0x04,
                0x7f,
                ...mul(i32(4), [...get(row), ...get(p.period), 0x70]),
                0x05,
                ...i32(0),
                0x0b,
              ]),
            ),
            sweep(
              i,
              i32(0),
              p.m,
              seq(set(va, loadV(at(a, i))), set(vb, operand(false)), storeV(at(out, i), f(va, vb))),
              seq(
                set(va, loadSplat(at(a, i))),
                set(vb, operand(true)),
                storeF(at(out, i), extract(f(va, vb), 0)),
              ),
            ),
          ),
        ),
      )
    })
  },
})

const families = <F>(table: Partial<Record<string, F>>, make: (name: string, f: F) => Family) =>
  Object.fromEntries(Object.entries(table).flatMap(([n, f]) => (f ? [[n, make(n, f)]] : [])))

export const UNARY_FAMILIES: Partial<Record<UnaryName, Family>> = families(UNARY, unary)
export const BINARY_FAMILIES: Partial<Record<BinaryName, Family>> & { add: Family } = {
  ...families(BINARY, binary),
  add: binary('add', (a, b) => vadd(get(a), get(b))),
}
