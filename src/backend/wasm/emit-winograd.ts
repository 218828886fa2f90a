/**
 * 3×3 and 5×5 convolution with stride 1 by Winograd's F(4×4, 3×3) and F(2×2, 5×5) (Lavin and Gray 2015, "Fast Algorithms for
 * Convolutional Neural Networks"): 36 matrix products instead of 144 or 100 multiplications a tile and channel. Both have
 * tiles of 6×6 and the points 0, ±1, ±2, ∞, so the input's transform is the same.
 */
import {
  add,
  and,
  call,
  choose,
  divU,
  eq,
  f32,
  get,
  i32,
  load,
  load64,
  loadF,
  loadLane,
  loadSplat,
  loadV,
  loop,
  lt,
  minimum,
  mul,
  remU,
  select,
  seq,
  set,
  shuffle,
  splat,
  store,
  store64,
  storeF,
  storeLane,
  storeV,
  sub,
  vadd,
  vmax,
  vmul,
  vsub,
  when,
  type Code,
  type Local,
} from './assembler.ts'
import { gemm, RELU } from './emit-gemm.ts'
import { transposed } from './emit-pack.ts'
import { padMaps, patches } from './emit-patches.ts'
import { JOB, parameters, type EmitContext, type Family } from './family.ts'

/** Tiles of a block; a multiple of eight. */
export const TILES = 32
export const POINTS = 36
/** Where in a thread's scratch the table of tiles stands. */
export const TABLE = 256

/** Bytes from one point to the next. A line more, else all points of a tile would fall into one set of the first cache. */
export const pointStep = (channels: Local): Code => add(mul(get(channels), i32(4 * TILES)), i32(64))

const times = (v: Code, factor: number): Code => vmul(v, splat(f32(factor)))

/** Bᵀ·d for one row or column. */
export function inputPoints(d: readonly Local[], t: readonly Local[]): { make: Code; out: Code[] } {
  const [a, b, c, e] = t
  return {
    make: seq(
      set(a, vsub(get(d[4]), times(get(d[2]), 4))),
      set(b, vsub(get(d[3]), times(get(d[1]), 4))),
      set(c, vsub(get(d[4]), get(d[2]))),
      set(e, times(vsub(get(d[3]), get(d[1])), 2)),
    ),
    out: [
      vadd(vsub(times(get(d[0]), 4), times(get(d[2]), 5)), get(d[4])),
      vadd(get(a), get(b)),
      vsub(get(a), get(b)),
      vadd(get(c), get(e)),
      vsub(get(c), get(e)),
      vadd(vsub(times(get(d[1]), 4), times(get(d[3]), 5)), get(d[5])),
    ],
  }
}
/** Aᵀ·m for one row or column: two or four results. */
function outputPoints(
  results: number,
  m: readonly Local[],
  t: readonly Local[],
): { make: Code; out: Code[] } {
  const [a, b, c, d] = t
  return {
    make: seq(
      set(a, vadd(get(m[1]), get(m[2]))),
      set(b, vsub(get(m[1]), get(m[2]))),
      set(c, vadd(get(m[3]), get(m[4]))),
      set(d, vsub(get(m[3]), get(m[4]))),
    ),
    out:
      results === 4
        ? [
            vadd(get(m[0]), vadd(get(a), get(c))),
            vadd(get(b), times(get(d), 2)),
            vadd(get(a), times(get(c), 4)),
            vadd(vadd(get(b), times(get(d), 8)), get(m[5])),
          ]
        : [vadd(get(m[0]), vadd(get(a), get(c))), vadd(vadd(get(b), times(get(d), 2)), get(m[5]))],
  }
}
/** G·w for one row or column of three or five: the filter as a polynomial at the points, scaled. */
function filterPoints(w: readonly Local[], t: readonly Local[]): { make: Code; out: Code[] } {
  const [even, odd, even2, odd2] = t
  const sum = (from: number, by: number) =>
    w
      .map((v, k) => ({ v, k }))
      .filter(({ k }) => k % 2 === from)
      .map(({ v, k }) => times(get(v), by * 2 ** k))
      .reduce((u, v) => vadd(u, v))
  const plain = (from: number) =>
    w
      .filter((_, k) => k % 2 === from)
      .map(get)
      .reduce((u, v) => vadd(u, v))
  return {
    make: seq(
      set(even, times(plain(0), -1 / 6)),
      set(odd, times(plain(1), 1 / 6)),
      set(even2, sum(0, 1 / 24)),
      set(odd2, sum(1, 1 / 24)),
    ),
    out: [
      times(get(w[0]), 1 / 4),
      vsub(get(even), get(odd)),
      vadd(get(even), get(odd)),
      vadd(get(even2), get(odd2)),
      vsub(get(even2), get(odd2)),
      get(w[w.length - 1]),
    ],
  }
}

/** @param F rows and columns of a filter, 3 or 5 */
function emit(context: EmitContext, F: 3 | 5): void {
  /** Rows and columns of a tile's results. */
  const OUT = 7 - F
  const { module } = context
  const { macro } = gemm(context)
  const { pad } = patches(context)
  const vectors = (local: (t: 'v128') => Local, n: number) =>
    Array.from({ length: n }, () => local('v128'))

  // Maps begin…end of x in a border of zeros.
  module.func('padJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['x', 'h', 'w', 'dst', 'hp', 'wp', 'top', 'left'])
    return padMaps(p, read, pad, begin, end)
  })

  // Filters begin…end of w as U[point] in panels of A. `ws` and `cs`: bytes from one filter, one channel to the next;
  // `flip`: turned by half a turn.
  module.func('filterJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['w', 'ws', 'cs', 'flip', 'u', 'step', 'c', 'six'])
    const [o, c, to, from, R, start, k, count] = Array.from({ length: 8 }, () => local('i32'))
    const w = vectors(local, F * F)
    const rows = vectors(local, 6 * F)
    const t = vectors(local, 4)
    const lane = (cell: number, l: number): Code =>
      add(
        add(get(from), mul(get(p.cs), minimum(i32(l), sub(get(count), i32(1))))),
        select(i32(4 * (F * F - 1 - cell)), i32(4 * cell), get(p.flip)),
      )
    const all = Array.from({ length: F }, (_, k) => k)
    const first = all.map(j =>
      filterPoints(
        all.map(k => w[F * k + j]),
        t,
      ),
    )
    const second = [0, 1, 2, 3, 4, 5].map(i => filterPoints(rows.slice(F * i, F * i + F), t))
    const write = (v: Code): Code =>
      seq(
        set(w[0], v),
        ...[0, 1, 2, 3].map(l =>
          when(lt(i32(l), get(count)), storeLane(add(get(to), mul(get(k), i32(l))), get(w[0]), l)),
        ),
        set(to, add(get(to), get(p.step))),
      )
    return seq(
      read,
      loop(
        o,
        get(begin),
        get(end),
        1,
        seq(
          set(R, select(i32(6), i32(4), lt(get(o), get(p.six)))),
          set(
            start,
            select(
              mul(divU(get(o), i32(6)), i32(6)),
              add(get(p.six), and(sub(get(o), get(p.six)), i32(-4))),
              lt(get(o), get(p.six)),
            ),
          ),
          set(k, mul(get(R), i32(4))),
          loop(
            c,
            i32(0),
            get(p.c),
            4,
            seq(
              set(count, minimum(i32(4), sub(get(p.c), get(c)))),
              set(from, add(get(p.w), add(mul(get(o), get(p.ws)), mul(get(c), get(p.cs))))),
              set(
                to,
                add(
                  get(p.u),
                  mul(
                    i32(4),
                    add(
                      add(mul(get(start), get(p.c)), mul(get(c), get(R))),
                      sub(get(o), get(start)),
                    ),
                  ),
                ),
              ),
              ...w.map((v, cell) =>
                set(
                  v,
                  [1, 2, 3].reduce<Code>(
                    (u, l) => loadLane(lane(cell, l), u, l),
                    loadSplat(lane(cell, 0)),
                  ),
                ),
              ),
              ...first.flatMap(({ make, out }, j) => [
                make,
                ...out.map((v, i) => set(rows[F * i + j], v)),
              ]),
              ...second.flatMap(({ make, out }) => [make, ...out.map(write)]),
            ),
          ),
        ),
      ),
    )
  })

  // Blocks begin…end of TILES tiles.
  module.func('tileJob', JOB, ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, [
      'x', // padded
      'c',
      'hp',
      'wp',
      'u',
      'uStep',
      'm',
      'y',
      'h',
      'w',
      'across',
      'tiles', // of an image
      'total',
      'bias',
      'mode',
    ])
    const [block, t, n, inImage, row, column, entry, V, M, c, o, q, step, to, x, i, j, from] =
      Array.from({ length: 18 }, () => local('i32'))
    const base = Array.from({ length: 4 }, () => local('i32'))
    const d = vectors(local, POINTS)
    const r = vectors(local, 6)
    const s = vectors(local, 4)
    const [bias, zero] = [local('v128'), local('v128')]
    const table = (tile: Code) => add(add(get(scratch), i32(TABLE)), mul(tile, i32(16)))
    const vStep = pointStep(p.c)
    const mStep = pointStep(p.m)

    /** Where each tile reads and writes, and how much of it exists. */
    const places = loop(
      t,
      i32(0),
      i32(TILES),
      1,
      seq(
        set(inImage, minimum(add(mul(get(block), i32(TILES)), get(t)), sub(get(p.total), i32(1)))),
        set(n, divU(get(inImage), get(p.tiles))),
        set(inImage, remU(get(inImage), get(p.tiles))),
        set(row, mul(i32(OUT), divU(get(inImage), get(p.across)))),
        set(column, mul(i32(OUT), remU(get(inImage), get(p.across)))),
        set(entry, table(get(t))),
        store(
          get(entry),
          add(
            get(p.x),
            mul(
              i32(4),
              add(
                add(
                  mul(mul(get(n), get(p.c)), mul(get(p.hp), get(p.wp))),
                  mul(get(row), get(p.wp)),
                ),
                get(column),
              ),
            ),
          ),
        ),
        store(
          get(entry),
          add(
            get(p.y),
            mul(
              i32(4),
              add(
                add(mul(mul(get(n), get(p.m)), mul(get(p.h), get(p.w))), mul(get(row), get(p.w))),
                get(column),
              ),
            ),
          ),
          4,
        ),
        store(
          get(entry),
          select(
            minimum(i32(OUT), sub(get(p.h), get(row))),
            i32(0),
            lt(add(mul(get(block), i32(TILES)), get(t)), get(p.total)),
          ),
          8,
        ),
        store(get(entry), minimum(i32(OUT), sub(get(p.w), get(column))), 12),
      ),
    )

    /** Row `k` of four tiles' windows: six vectors, a tile in each lane. */
    const windowRow = (k: number): Code => {
      const four = transposed(s[0], s[1], s[2], s[3])
      const low = shuffle(get(s[0]), get(s[1]), [0, 4, 1, 5])
      const high = shuffle(get(s[2]), get(s[3]), [0, 4, 1, 5])
      const points = inputPoints(r, s)
      return seq(
        ...s.map((v, l) => set(v, loadV(get(base[l])))),
        ...four.map((v, l) => set(r[l], v)),
        ...s.map((v, l) => set(v, load64(get(base[l]), 16))),
        set(r[4], shuffle(low, high, [0, 1, 4, 5])),
        set(r[5], shuffle(low, high, [2, 3, 6, 7])),
        points.make,
        ...points.out.map((v, l) => set(d[6 * k + l], v)),
        k < 5 ? seq(...base.map(b => set(b, add(get(b), mul(get(p.wp), i32(4)))))) : '',
      )
    }
    const columnIn = (k: number): Code => {
      const points = inputPoints(
        [0, 1, 2, 3, 4, 5].map(l => d[6 * l + k]),
        s,
      )
      return seq(
        set(to, add(get(q), mul(get(step), i32(k)))),
        points.make,
        ...points.out.map((v, l) =>
          seq(storeV(get(to), v), l < 5 ? set(to, add(get(to), mul(get(step), i32(6)))) : ''),
        ),
      )
    }
    const input = loop(
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
              mul(i32(32), mul(divU(get(t), i32(8)), get(p.c))),
              mul(i32(4), and(get(t), i32(4))),
            ),
          ),
        ),
        set(step, vStep),
        loop(
          c,
          i32(0),
          get(p.c),
          1,
          seq(
            ...base.map((b, l) =>
              set(
                b,
                add(
                  load(table(add(get(t), i32(l)))),
                  mul(mul(get(c), i32(4)), mul(get(p.hp), get(p.wp))),
                ),
              ),
            ),
            ...[0, 1, 2, 3, 4, 5].map(windowRow),
            ...[0, 1, 2, 3, 4, 5].map(columnIn),
            set(q, add(get(q), i32(32))),
          ),
        ),
      ),
    )

    const products = loop(
      x,
      i32(0),
      i32(POINTS),
      1,
      call(
        macro,
        get(p.m),
        i32(TILES),
        get(p.c),
        add(get(p.u), mul(get(x), get(p.uStep))),
        add(get(V), mul(get(x), vStep)),
        add(get(M), mul(get(x), mStep)),
        i32(4 * TILES),
        i32(0),
        i32(0),
        get(scratch),
      ),
    )

    const columnOut = (k: number): Code => {
      const points = outputPoints(OUT, r, s)
      return seq(
        set(from, add(get(q), mul(get(step), i32(k)))),
        ...r.map((v, l) =>
          seq(
            set(v, loadV(get(from))),
            l < 5 ? set(from, add(get(from), mul(get(step), i32(6)))) : '',
          ),
        ),
        points.make,
        ...points.out.map((v, l) => set(d[6 * l + k], v)),
      )
    }
    /** Row `k` of four tiles' results. */
    const rowOut = (k: number): Code => {
      const points = outputPoints(OUT, d.slice(6 * k, 6 * k + 6), s)
      const finish = (v: Code) => vmax(vadd(v, get(bias)), get(zero))
      return seq(
        points.make,
        ...points.out.map((v, l) => set(r[l], finish(v))),
        ...(OUT === 4
          ? transposed(r[0], r[1], r[2], r[3])
          : [0, 1, 2, 3].map(l => shuffle(get(r[0]), get(r[1]), [l, 4 + l, l, 4 + l]))
        ).map((v, l) => set(d[6 * k + l], v)),
      )
    }
    const each = Array.from({ length: OUT }, (_, k) => k)
    const writeTile = (l: number): Code =>
      seq(
        set(entry, table(add(get(t), i32(l)))),
        set(to, add(load(get(entry), 4), mul(mul(get(o), i32(4)), mul(get(p.h), get(p.w))))),
        when(
          and(eq(load(get(entry), 8), i32(OUT)), eq(load(get(entry), 12), i32(OUT))),
          seq(
            ...each.map(k =>
              seq(
                (OUT === 4 ? storeV : store64)(get(to), get(d[6 * k + l])),
                set(to, add(get(to), mul(get(p.w), i32(4)))),
              ),
            ),
          ),
          seq(
            ...each.map(k => storeV(get(scratch), get(d[6 * k + l]), 16 * k)),
            loop(
              i,
              i32(0),
              load(get(entry), 8),
              1,
              seq(
                loop(
                  j,
                  i32(0),
                  load(get(entry), 12),
                  1,
                  storeF(
                    add(get(to), mul(get(j), i32(4))),
                    loadF(add(get(scratch), mul(i32(4), add(mul(get(i), i32(4)), get(j))))),
                  ),
                ),
                set(to, add(get(to), mul(get(p.w), i32(4)))),
              ),
            ),
          ),
        ),
      )
    const output = loop(
      o,
      i32(0),
      get(p.m),
      1,
      seq(
        set(
          bias,
          choose(
            get(p.bias),
            'v128',
            loadSplat(add(get(p.bias), mul(get(o), i32(4)))),
            splat(f32(0)),
          ),
        ),
        loop(
          t,
          i32(0),
          i32(TILES),
          4,
          seq(
            set(q, add(get(M), mul(i32(4), add(mul(get(o), i32(TILES)), get(t))))),
            ...[0, 1, 2, 3, 4, 5].map(columnOut),
            ...each.map(rowOut),
            ...[0, 1, 2, 3].map(writeTile),
          ),
        ),
      ),
    )
    return seq(
      read,
      set(V, add(get(scratch), i32(TABLE + 16 * TILES))),
      set(M, add(get(V), mul(i32(POINTS), vStep))),
      // max(x, −∞) is x.
      set(zero, choose(and(get(p.mode), i32(RELU)), 'v128', splat(f32(0)), splat(f32(-Infinity)))),
      loop(block, get(begin), get(end), 1, seq(places, input, products, set(step, mStep), output)),
    )
  })
}

const family = (F: 3 | 5): Family => ({
  name: `Winograd convolution, ${F}×${F}`,
  together: ['padJob', 'filterJob', 'tileJob'],
  emit: context => emit(context, F),
})
/** By the size of the filters. */
export const WINOGRAD = { 3: family(3), 5: family(5) }

/** Bytes of a thread's scratch. */
export const winogradBytes = (c: number, m: number): number =>
  256 + 16 * TILES + 4 * POINTS * TILES * (c + m) + 2 * 64 * POINTS + 4096
