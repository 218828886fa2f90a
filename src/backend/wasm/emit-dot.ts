/** Products of a few rows with a large matrix: nothing is packed, the matrix is read once. */
import {
  add,
  extract,
  fadd,
  fmul,
  get,
  i32,
  le,
  loadF,
  loadSplat,
  loadV,
  loop,
  loopWhile,
  lt,
  minimum,
  mul,
  seq,
  set,
  splat,
  storeF,
  storeV,
  sub,
  vadd,
  when,
  f32,
  type Code,
  type Local,
} from './assembler.ts'
import { at } from './emit-sweep.ts'
import { JOB, parameters, type Family } from './family.ts'

/** Outputs a job computes at a time. */
export const DOTS = 4
export const COLUMNS = 32

export const DOT: Family = {
  name: 'products of few rows',
  emit({ module, madd }) {
    // c[i, j] = Σ a[i, k]·b[j, k] for all i and for groups begin…end of four j; rows of a and b lie in one run.
    module.func('rows', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['m', 'n', 'k', 'a', 'as', 'b', 'bs', 'c', 'ldc'])
      const [group, i, j, x, row, to, q] = Array.from({ length: 7 }, () => local('i32'))
      const b = Array.from({ length: DOTS }, () => local('i32'))
      const sums = Array.from({ length: DOTS }, () => [local('v128'), local('v128')])
      const [v0, v1, tail] = [local('v128'), local('v128'), local('f32')]
      const total = (t: Local, u: Local): Code => {
        const s = vadd(get(t), get(u))
        return seq(
          set(v0, s),
          set(
            tail,
            fadd(
              fadd(extract(get(v0), 0), extract(get(v0), 1)),
              fadd(extract(get(v0), 2), extract(get(v0), 3)),
            ),
          ),
        )
      }
      return seq(
        read,
        loop(
          group,
          get(begin),
          get(end),
          1,
          loop(
            i,
            i32(0),
            get(p.m),
            1,
            seq(
              set(j, mul(get(group), i32(DOTS))),
              set(row, add(get(p.a), mul(get(i), get(p.as)))),
              // Rows of b that do not exist repeat the last.
              ...b.map((base, d) =>
                set(
                  base,
                  add(
                    get(p.b),
                    mul(minimum(add(get(j), i32(d)), sub(get(p.n), i32(1))), get(p.bs)),
                  ),
                ),
              ),
              ...sums.flat().map(s => set(s, splat(f32(0)))),
              set(x, i32(0)),
              loopWhile(
                le(add(get(x), i32(8)), get(p.k)),
                seq(
                  set(v0, loadV(at(row, x))),
                  set(v1, loadV(at(row, x), 16)),
                  ...sums.map(([s, t], d) =>
                    seq(
                      set(s, madd(get(v0), loadV(at(b[d], x)), get(s))),
                      set(t, madd(get(v1), loadV(at(b[d], x), 16), get(t))),
                    ),
                  ),
                  set(x, add(get(x), i32(8))),
                ),
              ),
              set(to, add(get(p.c), add(mul(get(i), get(p.ldc)), mul(get(j), i32(4))))),
              ...sums.map(([s, t], d) =>
                when(
                  lt(add(get(j), i32(d)), get(p.n)),
                  seq(
                    total(s, t),
                    loop(
                      q,
                      get(x),
                      get(p.k),
                      1,
                      set(tail, fadd(get(tail), fmul(loadF(at(row, q)), loadF(at(b[d], q))))),
                    ),
                    storeF(get(to), get(tail), 4 * d),
                  ),
                ),
              ),
            ),
          ),
        ),
      )
    })

    // c[i, j] = Σ a[i, k]·b[k, j] for all i and for groups begin…end of 32 columns; rows of b lie in one run.
    module.func('columns', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, [
        'm',
        'n',
        'k',
        'a',
        'as',
        'ak',
        'b',
        'bk',
        'c',
        'ldc',
      ])
      const [group, i, j, x, from, to, left, one] = Array.from({ length: 8 }, () => local('i32'))
      const sums = Array.from({ length: COLUMNS / 4 }, () => local('v128'))
      const [v, s] = [local('v128'), local('f32')]
      return seq(
        read,
        loop(
          group,
          get(begin),
          get(end),
          1,
          loop(
            i,
            i32(0),
            get(p.m),
            1,
            seq(
              set(j, mul(get(group), i32(COLUMNS))),
              set(left, add(get(p.a), mul(get(i), get(p.as)))),
              set(from, at(p.b, j)),
              set(to, add(get(p.c), add(mul(get(i), get(p.ldc)), mul(get(j), i32(4))))),
              when(
                le(add(get(j), i32(COLUMNS)), get(p.n)),
                seq(
                  ...sums.map(t => set(t, splat(f32(0)))),
                  loop(
                    x,
                    i32(0),
                    get(p.k),
                    1,
                    seq(
                      set(v, loadSplat(get(left))),
                      ...sums.map((t, d) => set(t, madd(get(v), loadV(get(from), 16 * d), get(t)))),
                      set(left, add(get(left), get(p.ak))),
                      set(from, add(get(from), get(p.bk))),
                    ),
                  ),
                  ...sums.map((t, d) => storeV(get(to), get(t), 16 * d)),
                ),
                loop(
                  one,
                  get(j),
                  get(p.n),
                  1,
                  seq(
                    set(v, splat(f32(0))),
                    set(left, add(get(p.a), mul(get(i), get(p.as)))),
                    set(from, at(p.b, one)),
                    loop(
                      x,
                      i32(0),
                      get(p.k),
                      1,
                      seq(
                        set(v, madd(loadSplat(get(left)), loadSplat(get(from)), get(v))),
                        set(left, add(get(left), get(p.ak))),
                        set(from, add(get(from), get(p.bk))),
                      ),
                    ),
                    set(s, extract(get(v), 0)),
                    storeF(get(to), get(s)),
                    set(to, add(get(to), i32(4))),
                  ),
                ),
              ),
            ),
          ),
        ),
      )
    })
  },
}
