/** Sums, products, largest and smallest along axes: a family for each. */
import type { ReduceName } from '../primitives.ts'
import {
  add,
  divU,
  extract,
  f32,
  fadd,
  fmul,
  fmaximum,
  fminimum,
  get,
  i32,
  le,
  loadF,
  loadV,
  loop,
  loopWhile,
  lt,
  minimum,
  mul,
  remU,
  seq,
  set,
  splat,
  storeF,
  storeV,
  vadd,
  vmax,
  vmin,
  vmul,
  type Code,
} from './assembler.ts'
import { at, sweep } from './emit-sweep.ts'
import { JOB, parameters, type Family } from './family.ts'

/** Columns of a job's unit. */
export const COLUMN_BLOCK = 64

interface Fold {
  start: number
  vector(a: Code, b: Code): Code
  scalar(a: Code, b: Code): Code
}
const FOLD: Record<ReduceName, Fold> = {
  sum: { start: 0, vector: vadd, scalar: fadd },
  prod: { start: 1, vector: vmul, scalar: fmul },
  // WebAssembly's maximum and minimum pass NaN on.
  max: { start: -Infinity, vector: vmax, scalar: fmaximum },
  min: { start: Infinity, vector: vmin, scalar: fminimum },
}

const family = (name: ReduceName): Family => ({
  name,
  emit({ module }) {
    const { start, vector, scalar } = FOLD[name]

    // x [outer, rows, m] over its rows; units begin…end are blocks of columns, outer after outer.
    module.func('columns', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['x', 'out', 'rows', 'm'])
      const [unit, i, r, from, x, out, blocks, first, last] = Array.from({ length: 9 }, () =>
        local('i32'),
      )
      const [v, s] = [local('v128'), local('f32')]
      const down = (step: Code) =>
        seq(
          set(from, at(x, i)),
          loop(
            r,
            i32(0),
            get(p.rows),
            1,
            seq(step, set(from, add(get(from), mul(get(p.m), i32(4))))),
          ),
        )
      return seq(
        read,
        set(blocks, divU(add(get(p.m), i32(COLUMN_BLOCK - 1)), i32(COLUMN_BLOCK))),
        loop(
          unit,
          get(begin),
          get(end),
          1,
          seq(
            set(r, divU(get(unit), get(blocks))),
            set(x, add(get(p.x), mul(get(r), mul(mul(get(p.rows), get(p.m)), i32(4))))),
            set(out, add(get(p.out), mul(get(r), mul(get(p.m), i32(4))))),
            set(first, mul(remU(get(unit), get(blocks)), i32(COLUMN_BLOCK))),
            set(last, minimum(add(get(first), i32(COLUMN_BLOCK)), get(p.m))),
            sweep(
              i,
              get(first),
              last,
              seq(
                set(v, splat(f32(start))),
                down(set(v, vector(get(v), loadV(get(from))))),
                storeV(at(out, i), get(v)),
              ),
              seq(
                set(s, f32(start)),
                down(set(s, scalar(get(s), loadF(get(from))))),
                storeF(at(out, i), get(s)),
              ),
            ),
          ),
        ),
      )
    })

    // Middle indices begin…end of x [outer, mid, inner] over outer and inner; each inner run by itself.
    module.func('middle', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['x', 'out', 'outer', 'mid', 'inner'])
      const [b, a, i, from] = Array.from({ length: 4 }, () => local('i32'))
      const sums = Array.from({ length: 4 }, () => local('v128'))
      const [total, run] = [local('f32'), local('f32')]
      const [v] = sums
      return seq(
        read,
        loop(
          b,
          get(begin),
          get(end),
          1,
          seq(
            set(total, f32(start)),
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
                ...sums.map(s => set(s, splat(f32(start)))),
                set(run, f32(start)),
                set(i, i32(0)),
                loopWhile(
                  le(add(get(i), i32(16)), get(p.inner)),
                  seq(
                    ...sums.map((s, k) => set(s, vector(get(s), loadV(at(from, i), 16 * k)))),
                    set(i, add(get(i), i32(16))),
                  ),
                ),
                loopWhile(
                  le(add(get(i), i32(4)), get(p.inner)),
                  seq(set(v, vector(get(v), loadV(at(from, i)))), set(i, add(get(i), i32(4)))),
                ),
                loopWhile(
                  lt(get(i), get(p.inner)),
                  seq(set(run, scalar(get(run), loadF(at(from, i)))), set(i, add(get(i), i32(1)))),
                ),
                set(
                  v,
                  vector(vector(get(sums[0]), get(sums[1])), vector(get(sums[2]), get(sums[3]))),
                ),
                set(
                  total,
                  scalar(
                    get(total),
                    scalar(
                      get(run),
                      scalar(
                        scalar(extract(get(v), 0), extract(get(v), 1)),
                        scalar(extract(get(v), 2), extract(get(v), 3)),
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
})

export const REDUCE: Record<ReduceName, Family> = {
  sum: family('sum'),
  prod: family('prod'),
  max: family('max'),
  min: family('min'),
}
