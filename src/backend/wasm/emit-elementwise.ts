/** Numbers one by one, four at a time: functions, arithmetic, sums, the optimiser's step. */
import {
  add,
  extract,
  f32,
  fadd,
  get,
  i32,
  le,
  loadF,
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
  vgt,
  vmul,
  vneg,
  vsqrt,
  vsub,
  type Code,
  type Local,
} from './assembler.ts'
import { parameters, type EmitContext } from './kernels.ts'

const ZERO = splat(f32(0))
/** a where a > b or a is NaN, else b: lanes by bits. */
const bitselect = (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, 0xfd, 0x52]
const vge = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0x46]
const veq = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0x41]
const vnot = (a: Code): Code => [...a, 0xfd, 0x4d]
const vor = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0x50]

/** Primitives of one operand that have a vector form. Each may mention its operand more than once, so it is a local. */
export const UNARY: Record<string, (x: Local) => Code> = {
  neg: x => vneg(get(x)),
  abs: x => vabs(get(x)),
  sqrt: x => vsqrt(get(x)),
  square: x => vmul(get(x), get(x)),
  reciprocal: x => vdiv(splat(f32(1)), get(x)),
  // not (x ≤ 0): NaN stays
  relu: x => vand(get(x), vnot([...get(x), ...ZERO, 0xfd, 0x45])),
}
/** Primitives of two operands. */
export const BINARY: Record<string, (a: Local, b: Local) => Code> = {
  add: (a, b) => vadd(get(a), get(b)),
  sub: (a, b) => vsub(get(a), get(b)),
  mul: (a, b) => vmul(get(a), get(b)),
  div: (a, b) => vdiv(get(a), get(b)),
  maximum: (a, b) => bitselect(get(a), get(b), vor(vge(get(a), get(b)), vnot(veq(get(a), get(a))))),
  minimum: (a, b) => bitselect(get(a), get(b), vor(vge(get(b), get(a)), vnot(veq(get(a), get(a))))),
  reluMask: (g, x) => vand(get(g), vgt(get(x), ZERO)),
}

export function elementwise({ module, madd }: EmitContext): void {
  /** Runs `vector` over i, i + 4, … and `scalar` over what is left, from begin to end. */
  const sweep = (i: Local, begin: Code, end: Local, vector: Code, scalar: Code): Code =>
    seq(
      set(i, begin),
      loopWhile(le(add(get(i), i32(4)), get(end)), seq(vector, set(i, add(get(i), i32(4))))),
      loopWhile(lt(get(i), get(end)), seq(scalar, set(i, add(get(i), i32(1))))),
    )
  const at = (base: Local, i: Local) => add(get(base), mul(get(i), i32(4)))

  for (const [name, f] of Object.entries(UNARY))
    module.func(
      `unary_${name}`,
      ['i32', 'i32', 'i32', 'i32'],
      ([args, begin, end, _scratch], local) => {
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
      },
    )

  for (const [name, f] of Object.entries(BINARY)) {
    // Steps of 4 for an operand that goes along, 0 for one number that takes part in all.
    module.func(
      `binary_${name}`,
      ['i32', 'i32', 'i32', 'i32'],
      ([args, begin, end, _scratch], local) => {
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
      },
    )
    // Rows begin…end of a [rows, m] with one b for each row (bStep 4) or each column (bStep 0, b [m]).
    module.func(
      `rows_${name}`,
      ['i32', 'i32', 'i32', 'i32'],
      ([args, begin, end, _scratch], local) => {
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
                seq(
                  set(va, loadV(at(a, i))),
                  set(vb, operand(false)),
                  storeV(at(out, i), f(va, vb)),
                ),
                seq(
                  set(va, loadSplat(at(a, i))),
                  set(vb, operand(true)),
                  storeF(at(out, i), extract(f(va, vb), 0)),
                ),
              ),
            ),
          ),
        )
      },
    )
  }

  // Columns begin…end (in fours) of the sum of x [rows, m] over its rows.
  module.func('sumRows', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['x', 'out', 'rows', 'm'])
    const [i, r, from, v, s] = [
      local('i32'),
      local('i32'),
      local('i32'),
      local('v128'),
      local('f32'),
    ]
    const step = set(from, add(get(from), mul(get(p.m), i32(4))))
    return seq(
      read,
      sweep(
        i,
        get(begin),
        end,
        seq(
          set(v, ZERO),
          set(from, at(p.x, i)),
          loop(r, i32(0), get(p.rows), 1, seq(set(v, vadd(get(v), loadV(get(from)))), step)),
          storeV(at(p.out, i), get(v)),
        ),
        seq(
          set(s, f32(0)),
          set(from, at(p.x, i)),
          loop(r, i32(0), get(p.rows), 1, seq(set(s, fadd(get(s), loadF(get(from)))), step)),
          storeF(at(p.out, i), get(s)),
        ),
      ),
    )
  })

  // Middle indices begin…end of the sum of x [outer, mid, inner] over outer and inner; each inner run is summed by itself.
  module.func('sumMiddle', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['x', 'out', 'outer', 'mid', 'inner'])
    const [b, a, i, from, v, total, run] = [
      local('i32'),
      local('i32'),
      local('i32'),
      local('i32'),
      local('v128'),
      local('f32'),
      local('f32'),
    ]
    return seq(
      read,
      loop(
        b,
        get(begin),
        get(end),
        1,
        seq(
          set(total, f32(0)),
          loop(
            a,
            i32(0),
            get(p.outer),
            1,
            seq(
              set(
                from,
                add(get(p.x), mul(i32(4), mul(add(mul(get(a), get(p.mid)), get(b)), get(p.inner)))),
              ),
              set(v, ZERO),
              set(run, f32(0)),
              sweep(
                i,
                i32(0),
                p.inner,
                set(v, vadd(get(v), loadV(at(from, i)))),
                set(run, fadd(get(run), loadF(at(from, i)))),
              ),
              set(
                total,
                fadd(
                  get(total),
                  fadd(
                    get(run),
                    fadd(
                      fadd(extract(get(v), 0), extract(get(v), 1)),
                      fadd(extract(get(v), 2), extract(get(v), 3)),
                    ),
                  ),
                ),
              ),
            ),
          ),
          storeF(at(p.out, b), get(total)),
        ),
      ),
    )
  })

  // PyTorch's SGD on elements begin…end; numbers of the formula stand in memory after the pointers.
  module.func('sgd', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['param', 'grad', 'velocity', 'first', 'nesterov'])
    const [i, g, w, v] = [local('i32'), local('v128'), local('v128'), local('v128')]
    const constant = (k: number) => loadSplat(get(args), 20 + 4 * k)
    const [LR, MOMENTUM, DAMPED, DECAY] = [0, 1, 2, 3]
    const one = (read: (base: Local) => Code, write: (base: Local, value: Code) => Code): Code =>
      seq(
        set(w, read(p.param)),
        set(g, madd(constant(DECAY), get(w), read(p.grad))),
        [
          ...get(p.velocity),
          0x04,
          0x40,
          ...set(v, [
            ...get(p.first),
            0x04,
            0x7b,
            ...get(g),
            0x05,
            ...madd(constant(MOMENTUM), read(p.velocity), vmul(constant(DAMPED), get(g))),
            0x0b,
          ]),
          ...write(p.velocity, get(v)),
          ...set(g, [
            ...get(p.nesterov),
            0x04,
            0x7b,
            ...madd(constant(MOMENTUM), get(v), get(g)),
            0x05,
            ...get(v),
            0x0b,
          ]),
          0x0b,
        ],
        write(p.param, vsub(get(w), vmul(constant(LR), get(g)))),
      )
    return seq(
      read,
      sweep(
        i,
        get(begin),
        end,
        one(
          base => loadV(at(base, i)),
          (base, value) => storeV(at(base, i), value),
        ),
        one(
          base => loadSplat(at(base, i)),
          (base, value) => storeF(at(base, i), extract(value, 0)),
        ),
      ),
    )
  })
}
