/** Packing matrices into the panels of `emit-gemm`. Strides are in bytes. */
import {
  add,
  call,
  choose,
  divU,
  f32,
  eq,
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
  seq,
  set,
  shuffle,
  storeF,
  storeV,
  sub,
  when,
  type Code,
  type Func,
  type Local,
} from './assembler.ts'
import { JOB, parameters, type EmitContext } from './family.ts'

export interface Packing {
  /** (dst, src, row stride, column stride, m, k) */
  packA: Func
  /** (dst, src, row stride, column stride, k, n) */
  packB: Func
}

/** Rows a, b, c, d of four vectors as columns. */
export const transposed = (a: Local, b: Local, c: Local, d: Local): [Code, Code, Code, Code] => {
  const lo = (x: Local, y: Local) => shuffle(get(x), get(y), [0, 4, 1, 5])
  const hi = (x: Local, y: Local) => shuffle(get(x), get(y), [2, 6, 3, 7])
  return [
    shuffle(lo(a, b), lo(c, d), [0, 1, 4, 5]),
    shuffle(lo(a, b), lo(c, d), [2, 3, 6, 7]),
    shuffle(hi(a, b), hi(c, d), [0, 1, 4, 5]),
    shuffle(hi(a, b), hi(c, d), [2, 3, 6, 7]),
  ]
}

/** Six rows of four (four rows of four) as [k][6] ([k][4]) for four k: vectors to store one after the other. */
export function columnsOf(
  rows: readonly Local[],
  scratch: readonly Local[],
): { make: Code; out: Code[] } {
  const columns = transposed(rows[0], rows[1], rows[2], rows[3])
  if (rows.length === 4) return { make: '', out: columns }
  const [c0, c1, c2, c3] = scratch
  const low = shuffle(get(rows[4]), get(rows[5]), [0, 4, 1, 5])
  const high = shuffle(get(rows[4]), get(rows[5]), [2, 6, 3, 7])
  return {
    make: seq(...columns.map((c, i) => set(scratch[i], c))),
    out: [
      get(c0),
      shuffle(low, get(c1), [0, 1, 4, 5]),
      shuffle(get(c1), low, [2, 3, 6, 7]),
      get(c2),
      shuffle(high, get(c3), [0, 1, 4, 5]),
      shuffle(get(c3), high, [2, 3, 6, 7]),
    ],
  }
}

/** x where it lies inside, else 0. */
const inside = (condition: Code, x: Code): Code => choose(condition, 'f32', x, f32(0))

export function packing({ module }: EmitContext, sixOf: (m: Local) => Code): Packing {
  /** (dst, src, row stride, column stride, rows, k): one panel of R rows, of which `rows` exist */
  const panel = (R: number) =>
    module.func(
      `panel${R}`,
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      ([dst, src, rs, cs, rows, k], local) => {
        const [p, x] = [local('i32'), local('i32')]
        const vectors = Array.from({ length: R }, () => local('v128'))
        const scratch = Array.from({ length: 4 }, () => local('v128'))
        const { make, out } = columnsOf(vectors, scratch)
        const along = loopWhile(
          le(add(get(p), i32(4)), get(k)),
          seq(
            ...vectors.map((r, q) =>
              set(r, loadV(add(add(get(src), mul(get(rs), i32(q))), mul(get(p), i32(4))))),
            ),
            make,
            ...out.map((v, q) => storeV(get(dst), v, 16 * q)),
            set(dst, add(get(dst), i32(16 * R))),
            set(p, add(get(p), i32(4))),
          ),
        )
        const across = loopWhile(
          lt(get(p), get(k)),
          seq(
            set(x, add(get(src), mul(get(p), get(cs)))),
            storeV(get(dst), loadV(get(x))),
            // The last four of six overlap the first.
            R === 6 ? storeV(get(dst), loadV(get(x), 8), 8) : '',
            set(dst, add(get(dst), i32(4 * R))),
            set(p, add(get(p), i32(1))),
          ),
        )
        const each = loopWhile(
          lt(get(p), get(k)),
          seq(
            loop(
              x,
              i32(0),
              i32(R),
              1,
              storeF(
                add(get(dst), mul(get(x), i32(4))),
                inside(
                  lt(get(x), get(rows)),
                  loadF(add(add(get(src), mul(get(x), get(rs))), mul(get(p), get(cs)))),
                ),
              ),
            ),
            set(dst, add(get(dst), i32(4 * R))),
            set(p, add(get(p), i32(1))),
          ),
        )
        return seq(
          when(
            le(i32(R), get(rows)),
            when(eq(get(cs), i32(4)), along, when(eq(get(rs), i32(4)), across)),
          ),
          each,
        )
      },
    )
  const [panel6, panel4] = [panel(6), panel(4)]

  const packA = module.func(
    'packA',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, rs, cs, m, k], local) => {
      const [i, six] = [local('i32'), local('i32')]
      const next = (panel: Func, rows: number) =>
        seq(
          call(
            panel,
            get(dst),
            add(get(src), mul(get(i), get(rs))),
            get(rs),
            get(cs),
            sub(get(m), get(i)),
            get(k),
          ),
          set(dst, add(get(dst), mul(get(k), i32(4 * rows)))),
          set(i, add(get(i), i32(rows))),
        )
      return seq(
        set(six, sixOf(m)),
        loopWhile(lt(get(i), get(m)), when(lt(get(i), get(six)), next(panel6, 6), next(panel4, 4))),
      )
    },
  )

  const packB = module.func(
    'packB',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, rs, cs, k, n], local) => {
      const [j, p, s, x] = Array.from({ length: 4 }, () => local('i32'))
      const rows = Array.from({ length: 4 }, () => local('v128'))
      const along = loopWhile(
        lt(get(p), get(k)),
        seq(
          set(x, add(get(s), mul(get(p), get(rs)))),
          storeV(get(dst), loadV(get(x))),
          storeV(get(dst), loadV(get(x), 16), 16),
          set(dst, add(get(dst), i32(32))),
          set(p, add(get(p), i32(1))),
        ),
      )
      const half = (h: number) =>
        seq(
          ...rows.map((r, q) =>
            set(r, loadV(add(add(get(s), mul(get(cs), i32(4 * h + q))), mul(get(p), i32(4))))),
          ),
          ...transposed(rows[0], rows[1], rows[2], rows[3]).map((column, q) =>
            storeV(get(dst), column, 32 * q + 16 * h),
          ),
        )
      const across = loopWhile(
        le(add(get(p), i32(4)), get(k)),
        seq(half(0), half(1), set(dst, add(get(dst), i32(128))), set(p, add(get(p), i32(4)))),
      )
      const each = loopWhile(
        lt(get(p), get(k)),
        seq(
          loop(
            x,
            i32(0),
            i32(8),
            1,
            storeF(
              add(get(dst), mul(get(x), i32(4))),
              inside(
                lt(add(get(j), get(x)), get(n)),
                loadF(add(add(get(s), mul(get(x), get(cs))), mul(get(p), get(rs)))),
              ),
            ),
          ),
          set(dst, add(get(dst), i32(32))),
          set(p, add(get(p), i32(1))),
        ),
      )
      return loop(
        j,
        i32(0),
        get(n),
        8,
        seq(
          set(s, add(get(src), mul(get(j), get(cs)))),
          set(p, i32(0)),
          when(
            le(add(get(j), i32(8)), get(n)),
            when(eq(get(cs), i32(4)), along, when(eq(get(rs), i32(4)), across)),
          ),
          each,
        ),
      )
    },
  )

  // A packed whole, the depth in one block: panels begin…end.
  module.func('packAJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['dst', 'src', 'rs', 'cs', 'm', 'k', 'six'])
    const [row, last, sixes] = [local('i32'), local('i32'), local('i32')]
    const rowOf = (panel: Local) =>
      add(
        mul(i32(6), minimum(get(panel), get(sixes))),
        mul(i32(4), sub(get(panel), minimum(get(panel), get(sixes)))),
      )
    const next = (panel: Func, rows: number) =>
      seq(
        call(
          panel,
          add(get(p.dst), mul(mul(get(row), get(p.k)), i32(4))),
          add(get(p.src), mul(get(row), get(p.rs))),
          get(p.rs),
          get(p.cs),
          sub(get(p.m), get(row)),
          get(p.k),
        ),
        set(row, add(get(row), i32(rows))),
      )
    return seq(
      read,
      set(sixes, divU(get(p.six), i32(6))),
      set(row, rowOf(begin)),
      set(last, rowOf(end)),
      loopWhile(
        lt(get(row), get(last)),
        when(lt(get(row), get(p.six)), next(panel6, 6), next(panel4, 4)),
      ),
    )
  })
  return { packA, packB }
}
