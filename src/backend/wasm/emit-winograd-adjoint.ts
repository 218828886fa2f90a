/**
 * The gradient in the input of a 5×5 convolution with stride 1, as the adjoint of Winograd's F(2×2, 5×5): each tile of 2×2
 * gradients goes through A, the products and B, and is added where its window of 6×6 lies. Convolving with the turned filters
 * would need tiles for the border too, which is half of a small map.
 */
import {
  add,
  and,
  call,
  divU,
  f32,
  get,
  i32,
  load,
  load64,
  loadV,
  loop,
  loopWhile,
  lt,
  minimum,
  mul,
  remU,
  seq,
  set,
  shuffle,
  splat,
  store,
  store64,
  storeV,
  sub,
  vadd,
  vmul,
  vsub,
  when,
  type Code,
  type Local,
} from './assembler.ts'
import { gemm } from './emit-gemm.ts'
import { transposed } from './emit-pack.ts'
import { patches } from './emit-patches.ts'
import { POINTS, pointStep, TABLE, TILES } from './emit-winograd.ts'
import { JOB, parameters, type EmitContext, type Family } from './family.ts'

const times = (v: Code, factor: number): Code => vmul(v, splat(f32(factor)))

/** A·y of two numbers. */
export const spread = (y0: Code, y1: Code): Code[] => [
  y0,
  vadd(y0, y1),
  vsub(y0, y1),
  vadd(y0, times(y1, 2)),
  vsub(y0, times(y1, 2)),
  y1,
]
/** B·m of six. */
function windowOf(m: readonly Local[], t: readonly Local[]): { make: Code; out: Code[] } {
  const [a, b, c, e] = t
  return {
    make: seq(
      set(a, vadd(get(m[1]), get(m[2]))),
      set(b, vsub(get(m[1]), get(m[2]))),
      set(c, vadd(get(m[3]), get(m[4]))),
      set(e, times(vsub(get(m[3]), get(m[4])), 2)),
    ),
    out: [
      times(get(m[0]), 4),
      vsub(times(vsub(get(m[5]), get(b)), 4), get(e)),
      vsub(times(get(m[0]), -5), vadd(times(get(a), 4), get(c))),
      vsub(vadd(get(b), get(e)), times(get(m[5]), 5)),
      vadd(get(m[0]), vadd(get(a), get(c))),
      get(m[5]),
    ],
  }
}
const SIX = [0, 1, 2, 3, 4, 5]

function emit(context: EmitContext): void {
  const { module } = context
  const { macro } = gemm(context)
  const { unpad } = patches(context)

  // Groups begin…end of `images` images; each sums its windows in a map of its own, [images, c, hp, wp].
  module.func('adjointJob', JOB, ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, [
      'gy', // padded to whole tiles
      'k',
      'gh',
      'gw',
      'u',
      'uStep',
      'c',
      'gx',
      'h',
      'w',
      'hp',
      'wp',
      'top',
      'left',
      'across',
      'tiles', // of an image
      'images',
      'n',
    ])
    const names = Array.from({ length: 18 }, () => local('i32'))
    const [unit, first, last, firstImage, block, t, tile, n, row, column] = names
    const [entry, V, M, o, q, step, to, maps] = names.slice(10)
    const base = Array.from({ length: 4 }, () => local('i32'))
    const vectors = (count: number) => Array.from({ length: count }, () => local('v128'))
    const [d, r, s] = [vectors(POINTS), vectors(6), vectors(4)]
    const table = (t: Code) => add(add(get(scratch), i32(TABLE)), mul(t, i32(16)))
    const vStep = pointStep(p.k)
    const mStep = pointStep(p.c)
    const map = mul(i32(4), mul(get(p.hp), get(p.wp)))
    const image = mul(get(p.c), map)
    const place = (maps: Code, width: Local) =>
      mul(i32(4), add(mul(add(maps, get(row)), get(width)), get(column)))

    /** Where each tile reads and where its window lies, and whether it exists. */
    const places = loop(
      t,
      i32(0),
      i32(TILES),
      1,
      seq(
        set(tile, minimum(add(get(block), get(t)), sub(get(last), i32(1)))),
        set(n, divU(get(tile), get(p.tiles))),
        set(tile, remU(get(tile), get(p.tiles))),
        set(row, mul(i32(2), divU(get(tile), get(p.across)))),
        set(column, mul(i32(2), remU(get(tile), get(p.across)))),
        set(entry, table(get(t))),
        store(get(entry), add(get(p.gy), place(mul(mul(get(n), get(p.k)), get(p.gh)), p.gw))),
        store(
          get(entry),
          add(get(maps), place(mul(mul(sub(get(n), get(firstImage)), get(p.c)), get(p.hp)), p.wp)),
          4,
        ),
        store(get(entry), lt(add(get(block), get(t)), get(last)), 8),
      ),
    )

    /** Row `k` of four tiles: two vectors, a tile in each lane, and what A makes of them. */
    const rowIn = (k: number): Code => {
      const low = shuffle(get(s[0]), get(s[1]), [0, 4, 1, 5])
      const high = shuffle(get(s[2]), get(s[3]), [0, 4, 1, 5])
      return seq(
        ...s.map((v, l) => set(v, load64(get(base[l])))),
        set(r[0], shuffle(low, high, [0, 1, 4, 5])),
        set(r[1], shuffle(low, high, [2, 3, 6, 7])),
        ...spread(get(r[0]), get(r[1])).map((v, l) => set(d[6 * k + l], v)),
        k === 0 ? seq(...base.map(b => set(b, add(get(b), mul(get(p.gw), i32(4)))))) : '',
      )
    }
    const columnIn = (k: number): Code =>
      seq(
        set(to, add(get(q), mul(get(step), i32(k)))),
        ...spread(get(d[k]), get(d[6 + k])).map((v, l) =>
          seq(storeV(get(to), v), l < 5 ? set(to, add(get(to), mul(get(step), i32(6)))) : ''),
        ),
      )
    const input = seq(
      set(step, vStep),
      loop(
        t,
        i32(0),
        i32(TILES),
        4,
        seq(
          set(
            q,
            add(
              get(V),
              add(
                mul(i32(32), mul(divU(get(t), i32(8)), get(p.k))),
                mul(i32(4), and(get(t), i32(4))),
              ),
            ),
          ),
          loop(
            o,
            i32(0),
            get(p.k),
            1,
            seq(
              ...base.map((b, l) =>
                set(
                  b,
                  add(
                    load(table(add(get(t), i32(l)))),
                    mul(mul(get(o), i32(4)), mul(get(p.gh), get(p.gw))),
                  ),
                ),
              ),
              rowIn(0),
              rowIn(1),
              ...SIX.map(columnIn),
              set(q, add(get(q), i32(32))),
            ),
          ),
        ),
      ),
    )

    const products = loop(
      o,
      i32(0),
      i32(POINTS),
      1,
      call(
        macro,
        get(p.c),
        i32(TILES),
        get(p.k),
        add(get(p.u), mul(get(o), get(p.uStep))),
        add(get(V), mul(get(o), vStep)),
        add(get(M), mul(get(o), mStep)),
        i32(4 * TILES),
        i32(0),
        i32(0),
        get(scratch),
      ),
    )

    const columnOut = (k: number): Code => {
      const points = windowOf(r, s)
      return seq(
        set(to, add(get(q), mul(get(step), i32(k)))),
        ...r.map((v, l) =>
          seq(set(v, loadV(get(to))), l < 5 ? set(to, add(get(to), mul(get(step), i32(6)))) : ''),
        ),
        points.make,
        ...points.out.map((v, l) => set(d[6 * l + k], v)),
      )
    }
    /** Row `k` of four windows, added to their maps one after the other. */
    const rowOut = (k: number): Code => {
      const points = windowOf(d.slice(6 * k, 6 * k + 6), s)
      return seq(
        points.make,
        ...points.out.map((v, l) => set(r[l], v)),
        ...transposed(r[0], r[1], r[2], r[3]).map((v, l) => set(s[l], v)),
        ...base.map((b, l) =>
          seq(
            when(
              load(table(add(get(t), i32(l))), 8),
              seq(
                storeV(get(b), vadd(loadV(get(b)), get(s[l]))),
                store64(
                  add(get(b), i32(16)),
                  vadd(load64(get(b), 16), shuffle(get(r[4]), get(r[5]), [l, 4 + l, l, 4 + l])),
                ),
              ),
            ),
            k < 5 ? set(b, add(get(b), mul(get(p.wp), i32(4)))) : '',
          ),
        ),
      )
    }
    const output = seq(
      set(step, mStep),
      loop(
        o,
        i32(0),
        get(p.c),
        1,
        loop(
          t,
          i32(0),
          i32(TILES),
          4,
          seq(
            set(q, add(get(M), mul(i32(4), add(mul(get(o), i32(TILES)), get(t))))),
            ...SIX.map(columnOut),
            ...base.map((b, l) =>
              set(b, add(load(table(add(get(t), i32(l))), 4), mul(get(o), map))),
            ),
            ...SIX.map(rowOut),
          ),
        ),
      ),
    )

    return seq(
      read,
      set(V, add(get(scratch), i32(TABLE + 16 * TILES))),
      set(M, add(get(V), mul(i32(POINTS), vStep))),
      set(maps, add(get(M), mul(i32(POINTS), mStep))),
      loop(
        unit,
        get(begin),
        get(end),
        1,
        seq(
          set(firstImage, mul(get(unit), get(p.images))),
          set(first, mul(get(firstImage), get(p.tiles))),
          set(last, mul(minimum(add(get(firstImage), get(p.images)), get(p.n)), get(p.tiles))),
          set(to, get(maps)),
          set(q, add(get(maps), mul(get(p.images), image))),
          loopWhile(
            lt(get(to), get(q)),
            seq(storeV(get(to), splat(f32(0))), set(to, add(get(to), i32(16)))),
          ),
          loop(block, get(first), get(last), TILES, seq(places, input, products, output)),
          loop(
            n,
            get(firstImage),
            minimum(add(get(firstImage), get(p.images)), get(p.n)),
            1,
            call(
              unpad,
              add(get(p.gx), mul(mul(get(n), get(p.c)), mul(i32(4), mul(get(p.h), get(p.w))))),
              add(get(maps), mul(sub(get(n), get(firstImage)), image)),
              get(p.c),
              get(p.h),
              get(p.w),
              get(p.hp),
              get(p.wp),
              get(p.top),
              get(p.left),
            ),
          ),
        ),
      ),
    )
  })
}

export const WINOGRAD_ADJOINT: Family = { name: "gradient through Winograd's tiles", emit }
