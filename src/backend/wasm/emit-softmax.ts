/** Softmax and its logarithm, the maximum subtracted first. */
import {
  add,
  divU,
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
  remU,
  seq,
  set,
  splat,
  storeF,
  storeV,
  sub,
  vadd,
  vdiv,
  vmax,
  vsub,
  when,
  shuffle,
  type Code,
  type Local,
} from './assembler.ts'
import { exp, log, ZERO } from './emit-functions.ts'
import { at } from './emit-sweep.ts'
import { JOB, parameters, type Family } from './family.ts'

export const SOFTMAX: Family = {
  name: 'softmax',
  emit(context) {
    const { module } = context
    /** Every lane the fold of all. */
    const across = (v: Local, fold: (a: Code, b: Code) => Code): Code =>
      seq(
        set(v, fold(get(v), shuffle(get(v), get(v), [2, 3, 0, 1]))),
        set(v, fold(get(v), shuffle(get(v), get(v), [1, 0, 3, 2]))),
      )

    // Rows begin…end of x [rows, n].
    module.func('rows', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['x', 'out', 'n', 'log'])
      const [row, i, x, out] = Array.from({ length: 4 }, () => local('i32'))
      const [max, sum, v, one] = Array.from({ length: 4 }, () => local('v128'))
      const e = exp(context, v, local)
      const l = log(context, sum, local)
      /** Four numbers at a time, then one at a time in all lanes. */
      const pass = (four: (load: Code) => Code, single: (load: Code) => Code): Code =>
        seq(
          set(i, i32(0)),
          loopWhile(
            le(add(get(i), i32(4)), get(p.n)),
            seq(four(loadV(at(x, i))), set(i, add(get(i), i32(4)))),
          ),
          loopWhile(
            lt(get(i), get(p.n)),
            seq(single(loadSplat(at(x, i))), set(i, add(get(i), i32(1)))),
          ),
        )
      const value = (load: Code, write: (v: Code) => Code) =>
        seq(
          set(v, vsub(load, get(max))),
          when(
            get(p.log),
            write(vsub(get(v), get(sum))),
            seq(e.make, set(v, vdiv(e.out, get(sum))), write(get(v))),
          ),
        )
      return seq(
        read,
        loop(
          row,
          get(begin),
          get(end),
          1,
          seq(
            set(x, add(get(p.x), mul(get(row), mul(get(p.n), i32(4))))),
            set(out, add(get(p.out), mul(get(row), mul(get(p.n), i32(4))))),
            set(max, splat(f32(-Infinity))),
            pass(
              load => set(max, vmax(get(max), load)),
              load => set(max, vmax(get(max), load)),
            ),
            across(max, vmax),
            set(sum, ZERO),
            set(one, ZERO),
            pass(
              load => seq(set(v, vsub(load, get(max))), e.make, set(sum, vadd(get(sum), e.out))),
              load => seq(set(v, vsub(load, get(max))), e.make, set(one, vadd(get(one), e.out))),
            ),
            across(sum, vadd),
            set(sum, vadd(get(sum), get(one))),
            when(get(p.log), seq(l.make, set(sum, l.out))),
            pass(
              load => value(load, r => storeV(at(out, i), r)),
              load => value(load, r => storeF(at(out, i), extract(r, 0))),
            ),
          ),
        ),
      )
    })

    // x [outer, n, inner] along n: columns begin…end of all outer·inner, in groups of four of one outer.
    module.func('columns', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['x', 'out', 'n', 'log', 'inner'])
      const [unit, groups, j, x, q, offset, step] = Array.from({ length: 7 }, () => local('i32'))
      const [max, sum, v] = Array.from({ length: 3 }, () => local('v128'))
      const e = exp(context, v, local)
      const l = log(context, sum, local)
      const down = (body: Code) =>
        seq(set(q, get(x)), loop(j, i32(0), get(p.n), 1, seq(body, set(q, add(get(q), get(step))))))
      const column = (load: Code, write: (v: Code) => Code): Code =>
        seq(
          set(max, splat(f32(-Infinity))),
          down(set(max, vmax(get(max), load))),
          set(sum, ZERO),
          down(seq(set(v, vsub(load, get(max))), e.make, set(sum, vadd(get(sum), e.out)))),
          when(get(p.log), seq(l.make, set(sum, l.out))),
          down(
            seq(
              set(v, vsub(load, get(max))),
              when(
                get(p.log),
                write(vsub(get(v), get(sum))),
                seq(e.make, set(v, vdiv(e.out, get(sum))), write(get(v))),
              ),
            ),
          ),
        )
      const to = add(get(q), sub(get(p.out), get(p.x)))
      return seq(
        read,
        set(step, mul(get(p.inner), i32(4))),
        set(groups, divU(add(get(p.inner), i32(3)), i32(4))),
        loop(
          unit,
          get(begin),
          get(end),
          1,
          seq(
            set(offset, mul(remU(get(unit), get(groups)), i32(4))),
            set(
              x,
              add(
                get(p.x),
                mul(
                  i32(4),
                  add(mul(divU(get(unit), get(groups)), mul(get(p.n), get(p.inner))), get(offset)),
                ),
              ),
            ),
            when(
              le(add(get(offset), i32(4)), get(p.inner)),
              column(loadV(get(q)), r => storeV(to, r)),
              loopWhile(
                lt(get(offset), get(p.inner)),
                seq(
                  column(loadSplat(get(q)), r => storeF(to, extract(r, 0))),
                  set(x, add(get(x), i32(4))),
                  set(offset, add(get(offset), i32(1))),
                ),
              ),
            ),
          ),
        ),
      )
    })
  },
}
