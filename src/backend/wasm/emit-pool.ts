/** Max pooling and its scatter, map by map. */
import {
  add,
  and,
  bitselect,
  iadd,
  isplat,
  choose,
  divU,
  eq,
  feq,
  isZero,
  imul,
  lanesOf,
  loadLane,
  loadSplat,
  loadV,
  maximum,
  minimum,
  select,
  shuffle,
  vand,
  veq,
  vgt,
  vne,
  vor,
  f32,
  fadd,
  fgt,
  fne,
  get,
  i32,
  load,
  loadF,
  loop,
  loopWhile,
  le,
  lt,
  mul,
  or,
  seq,
  set,
  store,
  storeF,
  storeV,
  sub,
  when,
  ge,
  type Code,
  type Local,
} from './assembler.ts'
import { parameters, type EmitContext, type Family } from './family.ts'

function pool({ module }: EmitContext): void {
  module.func('maxPoolJob', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, [
      'x',
      'y',
      'index',
      'h',
      'w',
      'ho',
      'wo',
      'kh',
      'kw',
      'sh',
      'sw',
      'ph',
      'pw',
    ])
    const [map, i, j, a, b, r, c, image, out, best, row, to, left, insideFrom, insideTo] =
      Array.from({ length: 15 }, () => local('i32'))
    const [max, v] = [local('f32'), local('f32')]
    /** Takes v at `place` if it is larger than what was found, or NaN where nothing was. */
    const take = (place: Code): Code =>
      when(
        or(fgt(get(v), get(max)), and(fne(get(v), get(v)), feq(get(max), get(max)))),
        seq(set(max, get(v)), set(best, place)),
      )
    const [low, high, most, places, first, mask] = Array.from({ length: 6 }, () => local('v128'))
    /** Eight neighbours as left and right of four windows. */
    const pairs = (at: Local, left: Local, right: Local): Code[] => [
      set(mask, loadV(get(at))),
      set(right, loadV(get(at), 16)),
      set(left, shuffle(get(mask), get(right), [0, 2, 4, 6])),
      set(right, shuffle(get(mask), get(right), [1, 3, 5, 7])),
    ]
    const takeLanes = (v: Local, offset: Code): Code =>
      seq(
        set(
          mask,
          vor(vgt(get(v), get(most)), vand(vne(get(v), get(v)), veq(get(most), get(most)))),
        ),
        set(most, bitselect(get(v), get(most), get(mask))),
        set(places, bitselect(iadd(get(first), isplat(offset)), get(places), get(mask))),
      )
    const two = seq(
      // 2×2 windows side by side.
      set(row, add(get(image), mul(i32(8), mul(get(i), get(p.w))))),
      set(j, i32(0)),
      loopWhile(
        le(add(get(j), i32(4)), get(p.wo)),
        seq(
          set(left, add(get(row), mul(get(p.w), i32(4)))),
          ...pairs(row, low, high),
          set(
            places,
            iadd(isplat(mul(add(mul(get(i), get(p.w)), get(j)), i32(2))), lanesOf(0, 2, 4, 6)),
          ),
          set(first, get(places)),
          set(most, get(low)),
          takeLanes(high, i32(1)),
          ...pairs(left, low, high),
          takeLanes(low, get(p.w)),
          takeLanes(high, add(get(p.w), i32(1))),
          storeV(get(out), get(most)),
          storeV(add(get(out), sub(get(p.index), get(p.y))), get(places)),
          set(out, add(get(out), i32(16))),
          set(row, add(get(row), i32(32))),
          set(j, add(get(j), i32(4))),
        ),
      ),
      loopWhile(
        lt(get(j), get(p.wo)),
        seq(
          set(to, mul(add(mul(get(i), get(p.w)), get(j)), i32(2))),
          set(max, loadF(get(row))),
          set(best, get(to)),
          set(v, loadF(get(row), 4)),
          take(add(get(to), i32(1))),
          set(left, add(get(row), mul(get(p.w), i32(4)))),
          set(v, loadF(get(left))),
          take(add(get(to), get(p.w))),
          set(v, loadF(get(left), 4)),
          take(add(add(get(to), get(p.w)), i32(1))),
          storeF(get(out), get(max)),
          store(add(get(out), sub(get(p.index), get(p.y))), get(best)),
          set(out, add(get(out), i32(4))),
          set(row, add(get(row), i32(8))),
          set(j, add(get(j), i32(1))),
        ),
      ),
    )
    const one = seq(
      set(max, f32(-Infinity)),
      set(best, i32(-1)),
      loop(
        a,
        i32(0),
        get(p.kh),
        1,
        seq(
          set(r, sub(add(mul(get(i), get(p.sh)), get(a)), get(p.ph))),
          when(
            and(ge(get(r), i32(0)), lt(get(r), get(p.h))),
            loop(
              b,
              i32(0),
              get(p.kw),
              1,
              seq(
                set(c, sub(add(mul(get(j), get(p.sw)), get(b)), get(p.pw))),
                when(
                  and(ge(get(c), i32(0)), lt(get(c), get(p.w))),
                  seq(
                    set(to, add(mul(get(r), get(p.w)), get(c))),
                    set(v, loadF(add(get(image), mul(get(to), i32(4))))),
                    when(
                      lt(get(best), i32(0)),
                      seq(set(max, get(v)), set(best, get(to))),
                      take(get(to)),
                    ),
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
      set(left, add(get(out), mul(get(j), i32(4)))),
      storeF(get(left), get(max)),
      store(add(get(left), sub(get(p.index), get(p.y))), get(best)),
      set(j, add(get(j), i32(1))),
    )
    /** Cells of four neighbouring windows, `sw` apart, from `row` on. */
    const cells = choose(
      eq(get(p.sw), i32(1)),
      'v128',
      loadV(get(row)),
      choose(
        eq(get(p.sw), i32(2)),
        'v128',
        shuffle(loadV(get(row)), loadV(get(row), 12), [0, 2, 5, 7]),
        [1, 2, 3].reduce<Code>(
          (u, l) => loadLane(add(get(row), mul(get(p.sw), i32(4 * l))), u, l),
          loadSplat(get(row)),
        ),
      ),
    )
    // Four windows that lie inside in their columns: the first cell that exists, then all, which changes nothing for that one.
    const four = seq(
      set(j, minimum(get(j), sub(get(insideTo), i32(4)))),
      set(a, maximum(sub(get(p.ph), mul(get(i), get(p.sh))), i32(0))),
      set(r, sub(add(mul(get(i), get(p.sh)), get(a)), get(p.ph))),
      set(c, sub(mul(get(j), get(p.sw)), get(p.pw))),
      set(row, add(get(image), mul(i32(4), add(mul(get(r), get(p.w)), get(c))))),
      set(most, cells),
      set(first, imul(isplat(get(p.sw)), lanesOf(0, 1, 2, 3))),
      set(places, iadd(get(first), isplat(add(mul(get(r), get(p.w)), get(c))))),
      loopWhile(
        and(lt(get(a), get(p.kh)), lt(get(r), get(p.h))),
        seq(
          loop(
            b,
            i32(0),
            get(p.kw),
            1,
            seq(
              set(to, add(mul(get(r), get(p.w)), add(get(c), get(b)))),
              set(row, add(get(image), mul(get(to), i32(4)))),
              set(low, cells),
              takeLanes(low, get(to)),
            ),
          ),
          set(a, add(get(a), i32(1))),
          set(r, add(get(r), i32(1))),
        ),
      ),
      set(left, add(get(out), mul(get(j), i32(4)))),
      storeV(get(left), get(most)),
      storeV(add(get(left), sub(get(p.index), get(p.y))), get(places)),
      set(j, add(get(j), i32(4))),
    )
    // Windows insideFrom…insideTo lie inside in their columns.
    const any = seq(
      set(j, i32(0)),
      set(insideFrom, divU(sub(add(get(p.pw), get(p.sw)), i32(1)), get(p.sw))),
      set(to, sub(add(get(p.w), get(p.pw)), get(p.kw))),
      set(
        insideTo,
        select(
          i32(0),
          minimum(add(divU(get(to), get(p.sw)), i32(1)), get(p.wo)),
          lt(get(to), i32(0)),
        ),
      ),
      when(lt(sub(get(insideTo), get(insideFrom)), i32(4)), set(insideTo, i32(0))),
      loopWhile(
        lt(get(j), get(p.wo)),
        when(and(ge(get(j), get(insideFrom)), lt(get(j), get(insideTo))), four, one),
      ),
      set(out, add(get(out), mul(get(p.wo), i32(4)))),
    )
    const isTwo = [p.kh, p.kw, p.sh, p.sw]
      .map(q => eq(get(q), i32(2)))
      .reduce<Code>((x, y) => and(x, y), i32(1))
    return seq(
      read,
      loop(
        map,
        get(begin),
        get(end),
        1,
        seq(
          set(image, add(get(p.x), mul(i32(4), mul(get(map), mul(get(p.h), get(p.w)))))),
          set(out, add(get(p.y), mul(i32(4), mul(get(map), mul(get(p.ho), get(p.wo)))))),
          loop(
            i,
            i32(0),
            get(p.ho),
            1,
            when(
              and(
                isTwo,
                and(
                  le(mul(get(p.ho), i32(2)), get(p.h)),
                  and(le(mul(get(p.wo), i32(2)), get(p.w)), isZero(add(get(p.ph), get(p.pw)))),
                ),
              ),
              two,
              any,
            ),
          ),
        ),
      ),
    )
  })

  // out [map] += g at the switches.
  module.func(
    'poolScatterJob',
    ['i32', 'i32', 'i32', 'i32'],
    ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['g', 'index', 'out', 'cells', 'size'])
      const [map, q, from, to, place] = Array.from({ length: 5 }, () => local('i32'))
      return seq(
        read,
        loop(
          map,
          get(begin),
          get(end),
          1,
          seq(
            set(to, add(get(p.out), mul(i32(4), mul(get(map), get(p.size))))),
            set(from, mul(i32(4), mul(get(map), get(p.cells)))),
            loop(
              q,
              i32(0),
              get(p.cells),
              1,
              seq(
                set(place, add(get(to), mul(i32(4), load(add(get(p.index), get(from)))))),
                storeF(get(place), fadd(loadF(get(place)), loadF(add(get(p.g), get(from))))),
                set(from, add(get(from), i32(4))),
              ),
            ),
          ),
        ),
      )
    },
  )
}

export const POOL: Family = { name: 'pooling', emit: pool }
