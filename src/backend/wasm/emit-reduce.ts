/** Sums along axes. */
import {
  add,
  extract,
  f32,
  fadd,
  get,
  i32,
  loadF,
  loadV,
  loop,
  mul,
  seq,
  set,
  splat,
  storeF,
  storeV,
  vadd,
} from './assembler.ts'
import { at, sweep } from './emit-sweep.ts'
import { JOB, parameters, type Family } from './family.ts'

const ZERO = splat(f32(0))

export const REDUCE: Family = {
  name: 'reduce',
  emit({ module }) {
    // Columns begin…end (in fours) of the sum of x [rows, m] over its rows.
    module.func('sumRows', JOB, ([args, begin, end, _scratch], local) => {
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
    module.func('sumMiddle', JOB, ([args, begin, end, _scratch], local) => {
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
                  add(
                    get(p.x),
                    mul(i32(4), mul(add(mul(get(a), get(p.mid)), get(b)), get(p.inner))),
                  ),
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
  },
}
