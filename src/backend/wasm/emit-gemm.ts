/**
 * Matrix products C (+)= A·B on packed panels: A in panels of 4 rows, [k][4]; B in panels of 8 columns, [k][8]. The inner
 * kernel keeps a 4×8 tile of C in eight vectors.
 */
import {
  add,
  and,
  call,
  eq,
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
  ne,
  select,
  seq,
  set,
  shuffle,
  storeF,
  storeV,
  sub,
  vadd,
  when,
  type Code,
  type Func,
  type Local,
} from './assembler.ts'
import { parameters, type EmitContext, type Family } from './family.ts'

export const MR = 4
export const NR = 8
/** Depth of a block: a panel of B stays in the first cache. */
export const KC = 320
/** Rows of a job. */
export const MC = 64

export interface Gemm {
  /** (k, Ap, Bp, C, ldc bytes, accumulate) */
  micro: Func
  /** (m, n, k, Ap, Bp, C, ldc bytes, accumulate, tile scratch of 128 bytes) */
  macro: Func
  /** (dst, src, row stride, column stride, m, k); strides in bytes */
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

export function gemm({ module, madd }: EmitContext): Gemm {
  const micro = module.func(
    'micro',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([k, a, b, c, ldc, accumulate], local) => {
      const tile = Array.from({ length: MR }, () => [local('v128'), local('v128')])
      const [b0, b1, av] = [local('v128'), local('v128'), local('v128')]
      const step = seq(
        set(b0, loadV(get(b))),
        set(b1, loadV(get(b), 16)),
        ...tile.map(([t0, t1], i) =>
          seq(
            set(av, loadSplat(get(a), 4 * i)),
            set(t0, madd(get(av), get(b0), get(t0))),
            set(t1, madd(get(av), get(b1), get(t1))),
          ),
        ),
        set(a, add(get(a), i32(4 * MR))),
        set(b, add(get(b), i32(4 * NR))),
        set(k, sub(get(k), i32(1))),
      )
      const write = (old: boolean) =>
        seq(
          ...tile.map(row =>
            seq(
              ...row.map((t, j) =>
                storeV(get(c), old ? vadd(loadV(get(c), 16 * j), get(t)) : get(t), 16 * j),
              ),
              set(c, add(get(c), get(ldc))),
            ),
          ),
        )
      return seq(loopWhile(get(k), step), when(get(accumulate), write(true), write(false)))
    },
  )

  const macro = module.func(
    'macro',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([m, n, k, ap, bp, c, ldc, accumulate, tmp], local) => {
      const [i, j, a, to, x, y, mr, nr, from] = Array.from({ length: 9 }, () => local('i32'))
      const panelA = mul(get(k), i32(4 * MR))
      const edge = seq(
        call(micro, get(k), get(a), get(bp), get(tmp), i32(4 * NR), i32(0)),
        set(mr, select(sub(get(m), get(i)), i32(MR), lt(sub(get(m), get(i)), i32(MR)))),
        set(nr, select(sub(get(n), get(j)), i32(NR), lt(sub(get(n), get(j)), i32(NR)))),
        loop(
          x,
          i32(0),
          get(mr),
          1,
          seq(
            set(from, add(get(tmp), mul(get(x), i32(4 * NR)))),
            set(to, add(add(get(c), mul(add(get(i), get(x)), get(ldc))), mul(get(j), i32(4)))),
            loop(
              y,
              i32(0),
              get(nr),
              1,
              seq(
                when(
                  get(accumulate),
                  storeF(get(to), fadd(loadF(get(to)), loadF(get(from)))),
                  storeF(get(to), loadF(get(from))),
                ),
                set(to, add(get(to), i32(4))),
                set(from, add(get(from), i32(4))),
              ),
            ),
          ),
        ),
      )
      const inner = seq(
        set(to, add(add(get(c), mul(get(i), get(ldc))), mul(get(j), i32(4)))),
        when(
          and(le(add(get(i), i32(MR)), get(m)), le(add(get(j), i32(NR)), get(n))),
          call(micro, get(k), get(a), get(bp), get(to), get(ldc), get(accumulate)),
          edge,
        ),
        set(a, add(get(a), panelA)),
      )
      return loop(
        j,
        i32(0),
        get(n),
        NR,
        seq(
          set(a, get(ap)),
          loop(i, i32(0), get(m), MR, inner),
          set(bp, add(get(bp), mul(get(k), i32(4 * NR)))),
        ),
      )
    },
  )

  const packA = module.func(
    'packA',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, rs, cs, m, k], local) => {
      const [i, p, s, x] = Array.from({ length: 4 }, () => local('i32'))
      const rows = Array.from({ length: 4 }, () => local('v128'))
      const along = seq(
        // Rows lie along k: four steps at a time, transposed.
        loopWhile(
          le(add(get(p), i32(4)), get(k)),
          seq(
            ...rows.map((r, q) =>
              set(r, loadV(add(add(get(s), mul(get(rs), i32(q))), mul(get(p), i32(4))))),
            ),
            ...transposed(rows[0], rows[1], rows[2], rows[3]).map((column, q) =>
              storeV(get(dst), column, 16 * q),
            ),
            set(dst, add(get(dst), i32(64))),
            set(p, add(get(p), i32(4))),
          ),
        ),
      )
      const each = loopWhile(
        lt(get(p), get(k)),
        seq(
          loop(
            x,
            i32(0),
            i32(MR),
            1,
            storeF(add(get(dst), mul(get(x), i32(4))), [
              ...lt(add(get(i), get(x)), get(m)),
              0x04,
              0x7d,
              ...loadF(add(add(get(s), mul(get(x), get(rs))), mul(get(p), get(cs)))),
              0x05,
              0x43,
              0,
              0,
              0,
              0,
              0x0b,
            ]),
          ),
          set(dst, add(get(dst), i32(4 * MR))),
          set(p, add(get(p), i32(1))),
        ),
      )
      const across = loopWhile(
        lt(get(p), get(k)),
        seq(
          storeV(get(dst), loadV(add(get(s), mul(get(p), get(cs))))),
          set(dst, add(get(dst), i32(4 * MR))),
          set(p, add(get(p), i32(1))),
        ),
      )
      return loop(
        i,
        i32(0),
        get(m),
        MR,
        seq(
          set(s, add(get(src), mul(get(i), get(rs)))),
          set(p, i32(0)),
          when(
            le(add(get(i), i32(MR)), get(m)),
            when(eq(get(cs), i32(4)), along, when(eq(get(rs), i32(4)), across)),
          ),
          each,
        ),
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
          set(dst, add(get(dst), i32(4 * NR))),
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
        seq(half(0), half(1), set(dst, add(get(dst), i32(16 * NR))), set(p, add(get(p), i32(4)))),
      )
      const each = loopWhile(
        lt(get(p), get(k)),
        seq(
          loop(
            x,
            i32(0),
            i32(NR),
            1,
            storeF(add(get(dst), mul(get(x), i32(4))), [
              ...lt(add(get(j), get(x)), get(n)),
              0x04,
              0x7d,
              ...loadF(add(add(get(s), mul(get(x), get(cs))), mul(get(p), get(rs)))),
              0x05,
              0x43,
              0,
              0,
              0,
              0,
              0x0b,
            ]),
          ),
          set(dst, add(get(dst), i32(4 * NR))),
          set(p, add(get(p), i32(1))),
        ),
      )
      return loop(
        j,
        i32(0),
        get(n),
        NR,
        seq(
          set(s, add(get(src), mul(get(j), get(cs)))),
          set(p, i32(0)),
          when(
            le(add(get(j), i32(NR)), get(n)),
            when(eq(get(cs), i32(4)), along, when(eq(get(rs), i32(4)), across)),
          ),
          each,
        ),
      )
    },
  )

  // Panels begin…end of B, packed in blocks of KC rows.
  module.func('packBJob', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['dst', 'src', 'rs', 'cs', 'k', 'n', 'npad'])
    const [pc, kc, j, width] = Array.from({ length: 4 }, () => local('i32'))
    return seq(
      read,
      loop(
        pc,
        i32(0),
        get(p.k),
        KC,
        seq(
          set(kc, select(sub(get(p.k), get(pc)), i32(KC), lt(sub(get(p.k), get(pc)), i32(KC)))),
          set(j, mul(get(begin), i32(NR))),
          set(
            width,
            select(
              sub(get(p.n), get(j)),
              mul(sub(get(end), get(begin)), i32(NR)),
              lt(sub(get(p.n), get(j)), mul(sub(get(end), get(begin)), i32(NR))),
            ),
          ),
          call(
            packB,
            add(
              get(p.dst),
              add(mul(mul(get(pc), get(p.npad)), i32(4)), mul(mul(get(j), get(kc)), i32(4))),
            ),
            add(get(p.src), add(mul(get(pc), get(p.rs)), mul(get(j), get(p.cs)))),
            get(p.rs),
            get(p.cs),
            get(kc),
            get(width),
          ),
        ),
      ),
    )
  })

  // Blocks of MC rows of C = A·B with B packed.
  module.func('gemmJob', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, [
      'm',
      'n',
      'k',
      'a',
      'rs',
      'cs',
      'b',
      'npad',
      'c',
      'ldc',
      'accumulate',
    ])
    const [block, row, mc, pc, kc] = Array.from({ length: 5 }, () => local('i32'))
    return seq(
      read,
      loop(
        block,
        get(begin),
        get(end),
        1,
        seq(
          set(row, mul(get(block), i32(MC))),
          set(mc, select(sub(get(p.m), get(row)), i32(MC), lt(sub(get(p.m), get(row)), i32(MC)))),
          loop(
            pc,
            i32(0),
            get(p.k),
            KC,
            seq(
              set(kc, select(sub(get(p.k), get(pc)), i32(KC), lt(sub(get(p.k), get(pc)), i32(KC)))),
              call(
                packA,
                add(get(scratch), i32(128)),
                add(get(p.a), add(mul(get(row), get(p.rs)), mul(get(pc), get(p.cs)))),
                get(p.rs),
                get(p.cs),
                get(mc),
                get(kc),
              ),
              call(
                macro,
                get(mc),
                get(p.n),
                get(kc),
                add(get(scratch), i32(128)),
                add(get(p.b), mul(mul(get(pc), get(p.npad)), i32(4))),
                add(get(p.c), mul(get(row), get(p.ldc))),
                get(p.ldc),
                [...get(p.accumulate), ...ne(get(pc), i32(0)), 0x72],
                get(scratch),
              ),
            ),
          ),
        ),
      ),
    )
  })

  // The same for few rows: panels begin…end of columns, all rows.
  module.func(
    'gemmColumnsJob',
    ['i32', 'i32', 'i32', 'i32'],
    ([args, begin, end, scratch], local) => {
      const { p, read } = parameters(args, local, [
        'm',
        'n',
        'k',
        'a',
        'rs',
        'cs',
        'b',
        'npad',
        'c',
        'ldc',
        'accumulate',
      ])
      const [column, width, pc, kc] = Array.from({ length: 4 }, () => local('i32'))
      return seq(
        read,
        set(column, mul(get(begin), i32(NR))),
        set(
          width,
          select(
            sub(get(p.n), get(column)),
            mul(sub(get(end), get(begin)), i32(NR)),
            lt(sub(get(p.n), get(column)), mul(sub(get(end), get(begin)), i32(NR))),
          ),
        ),
        loop(
          pc,
          i32(0),
          get(p.k),
          KC,
          seq(
            set(kc, select(sub(get(p.k), get(pc)), i32(KC), lt(sub(get(p.k), get(pc)), i32(KC)))),
            call(
              packA,
              add(get(scratch), i32(128)),
              add(get(p.a), mul(get(pc), get(p.cs))),
              get(p.rs),
              get(p.cs),
              get(p.m),
              get(kc),
            ),
            call(
              macro,
              get(p.m),
              get(width),
              get(kc),
              add(get(scratch), i32(128)),
              add(
                get(p.b),
                add(mul(mul(get(pc), get(p.npad)), i32(4)), mul(mul(get(column), get(kc)), i32(4))),
              ),
              add(get(p.c), mul(get(column), i32(4))),
              get(p.ldc),
              [...get(p.accumulate), ...ne(get(pc), i32(0)), 0x72],
              get(scratch),
            ),
          ),
        ),
      )
    },
  )

  // A packed whole: panels of MR rows begin…end, the depth in one block.
  module.func('packAJob', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['dst', 'src', 'rs', 'cs', 'm', 'k'])
    const row = local('i32')
    return seq(
      read,
      set(row, mul(get(begin), i32(MR))),
      call(
        packA,
        add(get(p.dst), mul(mul(get(row), get(p.k)), i32(4))),
        add(get(p.src), mul(get(row), get(p.rs))),
        get(p.rs),
        get(p.cs),
        select(
          sub(get(p.m), get(row)),
          mul(sub(get(end), get(begin)), i32(MR)),
          lt(sub(get(p.m), get(row)), mul(sub(get(end), get(begin)), i32(MR))),
        ),
        get(p.k),
      ),
    )
  })
  return { micro, macro, packA, packB }
}

export const GEMM: Family = {
  name: 'matrix products',
  emit: context => void gemm(context),
}
