/**
 * Matrix products C (+)= A·B on packed panels. A lies in panels of six rows, [k][6], and at the end of four, [k][4], so that
 * at most one row is wasted; B in panels of eight columns, [k][8]. The inner kernel keeps a 6×8 (4×8) tile of C in twelve
 * (eight) vectors: with two of B and one of A that is what sixteen registers hold.
 */
import {
  add,
  and,
  call,
  choose,
  divU,
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
  minimum,
  mul,
  ne,
  or,
  remU,
  select,
  seq,
  set,
  shr,
  splat,
  storeF,
  storeV,
  sub,
  vmax,
  when,
  f32,
  type Code,
  type Func,
  type Local,
} from './assembler.ts'
import { packing, type Packing } from './emit-pack.ts'
import { JOB, parameters, type EmitContext, type Family } from './family.ts'

export const NR = 8
/** Depth of a block: a panel of B stays in the first cache. */
export const KC = 320
/** Rows of a job. */
export const MC = 48
/** Numbers of A that are too many for the second cache beside the patches. */
const STREAMED = 1 << 16

/** How the rows of A are cut: `six` rows in panels of six, the rest in panels of four. */
export function rowPanels(m: number): { six: number; panels: number; rows: number } {
  const four = m <= 4 ? 1 : [0, 2, 2, 1, 1, 0][m % 6]
  const six = Math.max(0, Math.ceil((m - 4 * four) / 6))
  return { six: 6 * six, panels: six + four, rows: 6 * six + 4 * four }
}
/** The same `six` in a kernel. */
const sixOf = (m: Local): Code => {
  const four = select(
    i32(1),
    and(shr(i32(0x011220), mul(remU(get(m), i32(6)), i32(4))), i32(7)),
    le(get(m), i32(4)),
  )
  const rest = sub(get(m), mul(four, i32(4)))
  return select(i32(0), mul(divU(add(rest, i32(5)), i32(6)), i32(6)), lt(rest, i32(1)))
}

/** Bits of `mode`. */
export const ACCUMULATE = 1
export const RELU = 2

export interface Gemm extends Packing {
  /** (m, n, k, Ap, Bp, C, ldc bytes, mode, bias of the rows or 0, tile scratch of 192 bytes) */
  macro: Func
}

export function gemm(context: EmitContext): Gemm {
  const { module, madd } = context

  /** (k, Ap, Bp, C, ldc bytes, mode, bias or 0) */
  const micro = (rows: number) =>
    module.func(
      `micro${rows}`,
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      ([k, a, b, c, ldc, mode, bias], local) => {
        const tile = Array.from({ length: rows }, () => [local('v128'), local('v128')])
        const [b0, b1, av, old] = [local('v128'), local('v128'), local('v128'), local('i32')]
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
          set(a, add(get(a), i32(4 * rows))),
          set(b, add(get(b), i32(4 * NR))),
          set(k, sub(get(k), i32(1))),
        )
        const write = (f: (t: Local) => Code) =>
          seq(
            ...tile.map(row =>
              seq(
                ...row.map((t, j) => storeV(get(c), f(t), 16 * j)),
                set(c, add(get(c), get(ldc))),
              ),
            ),
          )
        // The tile begins with what it is added to; were that done at the end, V8 would keep no tile in registers.
        return seq(
          when(
            and(get(mode), i32(ACCUMULATE)),
            seq(
              set(old, get(c)),
              ...tile.flatMap(row => [
                ...row.map((t, j) => set(t, loadV(get(old), 16 * j))),
                set(old, add(get(old), get(ldc))),
              ]),
            ),
            when(
              get(bias),
              seq(...tile.flatMap((row, i) => row.map(t => set(t, loadSplat(get(bias), 4 * i))))),
            ),
          ),
          loopWhile(get(k), step),
          when(
            and(get(mode), i32(RELU)),
            write(t => vmax(get(t), splat(f32(0)))),
            write(t => get(t)),
          ),
        )
      },
    )
  const [micro6, micro4] = [micro(6), micro(4)]

  const macro = module.func(
    'macro',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([m, n, k, ap, bp, c, ldc, mode, bias, tmp], local) => {
      const [i, j, a, to, x, y, height, nr, from, six, rowBias, first] = Array.from(
        { length: 12 },
        () => local('i32'),
      )
      /** What is left of a tile in `tmp`, added or copied into C. */
      const edge = loop(
        x,
        i32(0),
        minimum(sub(get(m), get(i)), get(height)),
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
              storeF(
                get(to),
                choose(
                  and(get(mode), i32(ACCUMULATE)),
                  'f32',
                  fadd(loadF(get(to)), loadF(get(from))),
                  loadF(get(from)),
                ),
              ),
              set(to, add(get(to), i32(4))),
              set(from, add(get(from), i32(4))),
            ),
          ),
        ),
      )
      const tile = (micro: Func) => (c: Code, ldc: Code, mode: Code) =>
        call(micro, get(k), get(a), get(bp), c, ldc, mode, get(rowBias))
      const either = (c: Code, ldc: Code, mode: Code) =>
        when(eq(get(height), i32(6)), tile(micro6)(c, ldc, mode), tile(micro4)(c, ldc, mode))
      const inner = seq(
        set(height, select(i32(6), i32(4), lt(get(i), get(six)))),
        set(rowBias, select(add(get(bias), mul(get(i), i32(4))), i32(0), get(bias))),
        when(
          and(le(add(get(i), get(height)), get(m)), eq(get(nr), i32(NR))),
          either(add(add(get(c), mul(get(i), get(ldc))), mul(get(j), i32(4))), get(ldc), get(mode)),
          seq(either(get(tmp), i32(4 * NR), and(get(mode), i32(RELU))), edge),
        ),
      )
      const nextA = seq(
        set(a, add(get(a), mul(get(k), mul(get(height), i32(4))))),
        set(i, add(get(i), get(height))),
      )
      const panelOfB = set(nr, minimum(sub(get(n), get(j)), i32(NR)))
      const nextB = set(bp, add(get(bp), mul(get(k), i32(4 * NR))))
      return seq(
        set(six, sixOf(m)),
        when(
          lt(mul(get(m), get(k)), i32(STREAMED)),
          loop(
            j,
            i32(0),
            get(n),
            NR,
            seq(
              panelOfB,
              set(a, get(ap)),
              set(i, i32(0)),
              loopWhile(lt(get(i), get(m)), seq(inner, nextA)),
              nextB,
            ),
          ),
          // A does not stay in the second cache: it goes by once.
          seq(
            set(a, get(ap)),
            set(first, get(bp)),
            set(i, i32(0)),
            loopWhile(
              lt(get(i), get(m)),
              seq(
                set(bp, get(first)),
                loop(j, i32(0), get(n), NR, seq(panelOfB, inner, nextB)),
                nextA,
              ),
            ),
          ),
        ),
      )
    },
  )

  return { macro, ...packing(context, sixOf) }
}

/** Jobs of plain matrix products. */
function jobs(context: EmitContext): void {
  const { module } = context
  const { macro, packA, packB } = gemm(context)
  const PRODUCT = ['m', 'n', 'k', 'a', 'rs', 'cs', 'b', 'npad', 'c', 'ldc', 'mode', 'bias'] as const

  // Panels begin…end of B, packed in blocks of KC rows.
  module.func('packBJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['dst', 'src', 'rs', 'cs', 'k', 'n', 'npad'])
    const [pc, kc, j, width] = Array.from({ length: 4 }, () => local('i32'))
    return seq(
      read,
      set(j, mul(get(begin), i32(NR))),
      set(width, minimum(sub(get(p.n), get(j)), mul(sub(get(end), get(begin)), i32(NR)))),
      loop(
        pc,
        i32(0),
        get(p.k),
        KC,
        seq(
          set(kc, minimum(sub(get(p.k), get(pc)), i32(KC))),
          call(
            packB,
            add(get(p.dst), mul(i32(4), add(mul(get(pc), get(p.npad)), mul(get(j), get(kc))))),
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

  /** Rows row…row + height and columns column…column + width of C, over the depth in blocks. */
  const product = (
    p: Record<(typeof PRODUCT)[number], Local>,
    local: (t: 'i32') => Local,
    scratch: Local,
    row: Local,
    height: Local,
    column: Local,
    width: Local,
  ): Code => {
    const [pc, kc] = [local('i32'), local('i32')]
    return loop(
      pc,
      i32(0),
      get(p.k),
      KC,
      seq(
        set(kc, minimum(sub(get(p.k), get(pc)), i32(KC))),
        call(
          packA,
          add(get(scratch), i32(256)),
          add(get(p.a), add(mul(get(row), get(p.rs)), mul(get(pc), get(p.cs)))),
          get(p.rs),
          get(p.cs),
          get(height),
          get(kc),
        ),
        call(
          macro,
          get(height),
          get(width),
          get(kc),
          add(get(scratch), i32(256)),
          add(get(p.b), mul(i32(4), add(mul(get(pc), get(p.npad)), mul(get(column), get(kc))))),
          add(get(p.c), add(mul(get(row), get(p.ldc)), mul(get(column), i32(4)))),
          get(p.ldc),
          or(get(p.mode), ne(get(pc), i32(0))),
          select(
            i32(0),
            add(get(p.bias), mul(get(row), i32(4))),
            or(ne(get(pc), i32(0)), eq(get(p.bias), i32(0))),
          ),
          get(scratch),
        ),
      ),
    )
  }

  // Blocks of MC rows of C = A·B with B packed.
  module.func('rowsJob', JOB, ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, PRODUCT)
    const [block, row, height, column] = Array.from({ length: 4 }, () => local('i32'))
    return seq(
      read,
      loop(
        block,
        get(begin),
        get(end),
        1,
        seq(
          set(row, mul(get(block), i32(MC))),
          set(height, minimum(sub(get(p.m), get(row)), i32(MC))),
          product(p, local, scratch, row, height, column, p.n),
        ),
      ),
    )
  })

  // The same for few rows: panels begin…end of columns, all rows.
  module.func('columnsJob', JOB, ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, PRODUCT)
    const [row, column, width] = Array.from({ length: 3 }, () => local('i32'))
    return seq(
      read,
      set(column, mul(get(begin), i32(NR))),
      set(width, minimum(sub(get(p.n), get(column)), mul(sub(get(end), get(begin)), i32(NR)))),
      product(p, local, scratch, row, p.m, column, width),
    )
  })
}

export const GEMM: Family = {
  name: 'matrix products',
  together: ['packBJob', 'rowsJob', 'columnsJob'],
  emit: jobs,
}
