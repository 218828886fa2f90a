/**
 * The gradient in the filters of a 5×5 convolution with stride 1 through Winograd's tiles: Gᵀ·(Σ (A·gy·Aᵀ) ⊙ (Bᵀ·x·B))·G over
 * all tiles, where the sum is a matrix product for each point. Each chunk of the batch has sums of its own.
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
  loadLane,
  loadSplat,
  loadV,
  loop,
  lt,
  minimum,
  mul,
  ne,
  remU,
  select,
  seq,
  set,
  shuffle,
  splat,
  store,
  storeLane,
  sub,
  vadd,
  vand,
  vmul,
  vsub,
  when,
  type Code,
  type Local,
} from './assembler.ts'
import { ACCUMULATE, gemm } from './emit-gemm.ts'
import { transposed } from './emit-pack.ts'
import { inputPoints, POINTS, TABLE, TILES } from './emit-winograd.ts'
import { spread } from './emit-winograd-adjoint.ts'
import { JOB, parameters, type EmitContext, type Family } from './family.ts'

const times = (v: Code, factor: number): Code => vmul(v, splat(f32(factor)))

/** Gᵀ·p of six. */
function filterOf(p: readonly Local[], t: readonly Local[]): { make: Code; out: Code[] } {
  const [a, b, c, e] = t
  return {
    make: seq(
      set(a, times(vadd(get(p[1]), get(p[2])), -1 / 6)),
      set(b, times(vsub(get(p[1]), get(p[2])), -1 / 6)),
      set(c, times(vadd(get(p[3]), get(p[4])), 1 / 24)),
      set(e, times(vsub(get(p[3]), get(p[4])), 1 / 24)),
    ),
    out: [
      vadd(times(get(p[0]), 1 / 4), vadd(get(a), get(c))),
      vadd(get(b), times(get(e), 2)),
      vadd(get(a), times(get(c), 4)),
      vadd(get(b), times(get(e), 8)),
      vadd(vadd(get(a), times(get(c), 16)), get(p[5])),
    ],
  }
}
const SIX = [0, 1, 2, 3, 4, 5]
const FIVE = [0, 1, 2, 3, 4]
const FOUR = [0, 1, 2, 3]

function emit(context: EmitContext): void {
  const { module } = context
  const { macro } = gemm(context)

  // Chunks begin…end of the batch: part[chunk] [point, m, c].
  module.func('productJob', JOB, ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, [
      'x', // padded
      'c',
      'hp',
      'wp',
      'gy', // padded to whole tiles
      'm',
      'gh',
      'gw',
      'part',
      'partStep',
      'across',
      'tiles', // of an image
      'images',
      'chunks',
      'six',
      'yStep',
      'vStep',
    ])
    const names = Array.from({ length: 20 }, () => local('i32'))
    const [chunk, first, last, block, t, tile, n, row, column, entry] = names
    const [V, Y, o, to, part, R, start, lane, point] = names.slice(10)
    const base = FOUR.map(() => local('i32'))
    const vectors = (count: number) => Array.from({ length: count }, () => local('v128'))
    const [d, r, s, mask] = [vectors(POINTS), vectors(6), vectors(4), local('v128')]
    const table = (t: Code) => add(add(get(scratch), i32(TABLE)), mul(t, i32(16)))
    const place = (maps: Code, width: Local) =>
      mul(i32(4), add(mul(add(maps, get(row)), get(width)), get(column)))
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
        store(get(entry), add(get(p.x), place(mul(mul(get(n), get(p.c)), get(p.hp)), p.wp))),
        store(get(entry), add(get(p.gy), place(mul(mul(get(n), get(p.m)), get(p.gh)), p.gw)), 4),
        // All bits where the tile exists.
        store(get(entry), sub(i32(0), lt(add(get(block), get(t)), get(last))), 8),
      ),
    )
    /** Address of what tile t + l of map o has at `offset` of the table. */
    const mapOf = (l: number, offset: number, height: Local, width: Local) =>
      add(
        load(table(add(get(t), i32(l))), offset),
        mul(mul(get(o), i32(4)), mul(get(height), get(width))),
      )
    /** Four tiles' numbers, `lane` bytes apart. */
    const write = (v: Code): Code =>
      seq(
        set(s[0], v),
        ...FOUR.map(l => storeLane(add(get(to), mul(get(lane), i32(l))), get(s[0]), l)),
      )
    const pairs = (): Code =>
      seq(
        set(r[4], shuffle(get(s[0]), get(s[1]), [0, 4, 1, 5])),
        set(r[5], shuffle(get(s[2]), get(s[3]), [0, 4, 1, 5])),
      )

    const windowRow = (k: number): Code => {
      const points = inputPoints(r, s)
      return seq(
        ...s.map((v, l) => set(v, load64(get(base[l]), 16))),
        pairs(),
        set(mask, shuffle(get(r[4]), get(r[5]), [0, 1, 4, 5])),
        set(r[5], shuffle(get(r[4]), get(r[5]), [2, 3, 6, 7])),
        set(r[4], get(mask)),
        ...s.map((v, l) => set(v, loadV(get(base[l])))),
        ...transposed(s[0], s[1], s[2], s[3]).map((v, l) => set(r[l], v)),
        points.make,
        ...points.out.map((v, l) => set(d[6 * k + l], v)),
        k < 5 ? seq(...base.map(b => set(b, add(get(b), mul(get(p.wp), i32(4)))))) : '',
      )
    }
    const columnIn = (k: number): Code => {
      const points = inputPoints(
        SIX.map(l => d[6 * l + k]),
        r,
      )
      return seq(
        points.make,
        ...points.out.map((v, l) =>
          seq(set(to, add(get(start), mul(get(p.vStep), i32(6 * l + k)))), write(v)),
        ),
      )
    }
    // Panels of eight channels: [tile][8].
    const input = loop(
      o,
      i32(0),
      get(p.c),
      1,
      seq(
        set(lane, i32(32)),
        loop(
          t,
          i32(0),
          i32(TILES),
          4,
          seq(
            set(
              start,
              add(
                add(get(V), mul(i32(32 * TILES), divU(get(o), i32(8)))),
                add(mul(get(t), i32(32)), mul(i32(4), and(get(o), i32(7)))),
              ),
            ),
            ...base.map((b, l) => set(b, mapOf(l, 0, p.hp, p.wp))),
            ...SIX.map(windowRow),
            ...SIX.map(columnIn),
          ),
        ),
      ),
    )

    const rowIn = (k: number): Code =>
      seq(
        ...s.map((v, l) => set(v, load64(get(base[l])))),
        pairs(),
        set(r[0], vand(get(mask), shuffle(get(r[4]), get(r[5]), [0, 1, 4, 5]))),
        set(r[1], vand(get(mask), shuffle(get(r[4]), get(r[5]), [2, 3, 6, 7]))),
        ...spread(get(r[0]), get(r[1])).map((v, l) => set(d[6 * k + l], v)),
        k === 0 ? seq(...base.map(b => set(b, add(get(b), mul(get(p.gw), i32(4)))))) : '',
      )
    const gradIn = (k: number): Code =>
      seq(
        ...spread(get(d[k]), get(d[6 + k])).map((v, l) =>
          seq(set(to, add(get(start), mul(get(p.yStep), i32(6 * l + k)))), write(v)),
        ),
      )
    // Panels of six and four filters: [tile][6].
    const gradients = loop(
      o,
      i32(0),
      get(p.m),
      1,
      seq(
        set(R, select(i32(6), i32(4), lt(get(o), get(p.six)))),
        set(lane, mul(get(R), i32(4))),
        set(
          row,
          select(
            mul(divU(get(o), i32(6)), i32(6)),
            add(get(p.six), and(sub(get(o), get(p.six)), i32(-4))),
            lt(get(o), get(p.six)),
          ),
        ),
        loop(
          t,
          i32(0),
          i32(TILES),
          4,
          seq(
            set(
              start,
              add(
                add(get(Y), mul(i32(4 * TILES), get(row))),
                add(mul(get(t), get(lane)), mul(i32(4), sub(get(o), get(row)))),
              ),
            ),
            set(
              mask,
              [1, 2, 3].reduce<Code>(
                (v, l) => loadLane(add(table(add(get(t), i32(l))), i32(8)), v, l),
                loadSplat(table(get(t)), 8),
              ),
            ),
            ...base.map((b, l) => set(b, mapOf(l, 4, p.gh, p.gw))),
            rowIn(0),
            rowIn(1),
            ...SIX.map(gradIn),
          ),
        ),
      ),
    )
    const products = loop(
      point,
      i32(0),
      i32(POINTS),
      1,
      call(
        macro,
        get(p.m),
        get(p.c),
        i32(TILES),
        add(get(Y), mul(get(point), get(p.yStep))),
        add(get(V), mul(get(point), get(p.vStep))),
        add(get(part), mul(get(point), mul(i32(4), mul(get(p.m), get(p.c))))),
        mul(get(p.c), i32(4)),
        select(i32(ACCUMULATE), i32(0), ne(get(block), get(first))),
        i32(0),
        get(scratch),
      ),
    )
    const image = (chunk: Code) => divU(mul(chunk, get(p.images)), get(p.chunks))
    return seq(
      read,
      set(V, add(get(scratch), i32(TABLE + 16 * TILES))),
      set(Y, add(get(V), mul(i32(POINTS), get(p.vStep)))),
      loop(
        chunk,
        get(begin),
        get(end),
        1,
        seq(
          set(first, mul(image(get(chunk)), get(p.tiles))),
          set(last, mul(image(add(get(chunk), i32(1))), get(p.tiles))),
          set(part, add(get(p.part), mul(get(chunk), get(p.partStep)))),
          loop(block, get(first), get(last), TILES, seq(places, input, gradients, products)),
        ),
      ),
    )
  })

  // Filters begin…end: gw [m, c, 5, 5] from the sums over all chunks, in their order.
  module.func('filterGradJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['part', 'partStep', 'chunks', 'm', 'c', 'gw'])
    const names = Array.from({ length: 6 }, () => local('i32'))
    const [o, c, q, from, to, count] = names
    const vectors = (n: number) => Array.from({ length: n }, () => local('v128'))
    const [d, r, s] = [vectors(POINTS), vectors(6), vectors(4)]
    const column = (k: number): Code => {
      const points = filterOf(
        SIX.map(l => d[6 * l + k]),
        s,
      )
      return seq(
        points.make,
        ...points.out.map((v, l) => set(r[l], v)),
        ...FIVE.map(l => set(d[6 * l + k], get(r[l]))),
      )
    }
    const row = (k: number): Code => {
      const points = filterOf(d.slice(6 * k, 6 * k + 6), s)
      return seq(
        points.make,
        ...points.out.map((v, j) =>
          seq(
            set(r[0], v),
            ...FOUR.map(l =>
              when(
                lt(i32(l), get(count)),
                storeLane(add(get(to), i32(100 * l + 4 * (5 * k + j))), get(r[0]), l),
              ),
            ),
          ),
        ),
      )
    }
    return seq(
      read,
      loop(
        o,
        get(begin),
        get(end),
        1,
        loop(
          c,
          i32(0),
          get(p.c),
          4,
          seq(
            set(count, minimum(i32(4), sub(get(p.c), get(c)))),
            ...d.map(v => set(v, splat(f32(0)))),
            loop(
              q,
              i32(0),
              get(p.chunks),
              1,
              seq(
                set(
                  from,
                  add(
                    add(get(p.part), mul(get(q), get(p.partStep))),
                    mul(i32(4), add(mul(get(o), get(p.c)), get(c))),
                  ),
                ),
                ...d.map(v =>
                  seq(
                    set(v, vadd(get(v), loadV(get(from)))),
                    set(from, add(get(from), mul(i32(4), mul(get(p.m), get(p.c))))),
                  ),
                ),
              ),
            ),
            set(to, add(get(p.gw), mul(i32(100), add(mul(get(o), get(p.c)), get(c))))),
            ...SIX.map(column),
            ...FIVE.map(row),
          ),
        ),
      ),
    )
  })
}

export const WINOGRAD_FILTER: Family = { name: "filters' gradient through Winograd's tiles", emit }
