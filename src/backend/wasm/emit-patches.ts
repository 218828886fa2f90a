/** Moving patches: padding, gathering windows into packed panels, scattering columns back. */
import {
  add,
  and,
  call,
  choose,
  eq,
  fadd,
  get,
  i32,
  le,
  load,
  loadF,
  loadV,
  loop,
  loopWhile,
  lt,
  minimum,
  mul,
  select,
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
  type Func,
  type Local,
} from './assembler.ts'
import { columnsOf } from './emit-pack.ts'
import type { EmitContext } from './family.ts'

export const at = (base: Local, i: Local): Code => add(get(base), mul(get(i), i32(4)))

/** a and b; b is looked at only where a holds. */
const both = (a: Code, b: Code): Code => choose(a, 'i32', b, i32(0))

export interface Patches {
  /** (dst, src, c, h, w, hp, wp, top, left): src with a border of zeros */
  pad: Func
  /** The other way. */
  unpad: Func
  /** (dst, src, koff, k, poff, n): panels of 8 pixels, [k][8] */
  gatherB: Func
  /** (dst, src, koff, k, poff, n, six): panels of 6 and 4 weights, [pixel][6] */
  gatherA: Func
  /** (image, columns, koff, k, poff, n): image += columns */
  scatter: Func
}

/** Maps begin…end of x in a border of zeros: the body of a job. */
export function padMaps(
  p: Record<'x' | 'h' | 'w' | 'dst' | 'hp' | 'wp' | 'top' | 'left', Local>,
  read: Code,
  pad: Func,
  begin: Local,
  end: Local,
): Code {
  const area = (h: Local, w: Local) => mul(i32(4), mul(get(begin), mul(get(h), get(w))))
  return seq(
    read,
    call(
      pad,
      add(get(p.dst), area(p.hp, p.wp)),
      add(get(p.x), area(p.h, p.w)),
      sub(get(end), get(begin)),
      get(p.h),
      get(p.w),
      get(p.hp),
      get(p.wp),
      get(p.top),
      get(p.left),
    ),
  )
}

export function patches({ module }: EmitContext): Patches {
  // dst = zeros [C, Hp, Wp] with src [C, H, W] inside.
  const pad = module.func(
    'pad',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, c, h, w, hp, wp, top, left], local) => {
      const [i, j, k, n] = Array.from({ length: 4 }, () => local('i32'))
      const to = local('i32')
      return seq(
        set(n, mul(get(c), mul(get(hp), get(wp)))),
        set(j, i32(0)),
        loopWhile(
          le(add(get(j), i32(4)), get(n)),
          seq(storeV(at(dst, j), splat(f32(0))), set(j, add(get(j), i32(4)))),
        ),
        loopWhile(lt(get(j), get(n)), seq(storeF(at(dst, j), f32(0)), set(j, add(get(j), i32(1))))),
        loop(
          k,
          i32(0),
          get(c),
          1,
          loop(
            i,
            i32(0),
            get(h),
            1,
            seq(
              set(
                to,
                add(
                  get(dst),
                  mul(
                    i32(4),
                    add(mul(add(mul(get(k), get(hp)), add(get(i), get(top))), get(wp)), get(left)),
                  ),
                ),
              ),
              set(j, i32(0)),
              loopWhile(
                le(add(get(j), i32(4)), get(w)),
                seq(
                  storeV(at(to, j), loadV(get(src))),
                  set(src, add(get(src), i32(16))),
                  set(j, add(get(j), i32(4))),
                ),
              ),
              loopWhile(
                lt(get(j), get(w)),
                seq(
                  storeF(at(to, j), loadF(get(src))),
                  set(src, add(get(src), i32(4))),
                  set(j, add(get(j), i32(1))),
                ),
              ),
            ),
          ),
        ),
      )
    },
  )
  // The other way: src [C, Hp, Wp] without its border.
  const unpad = module.func(
    'unpad',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, c, h, w, hp, wp, top, left], local) => {
      const [i, j, k, from] = Array.from({ length: 4 }, () => local('i32'))
      return loop(
        k,
        i32(0),
        get(c),
        1,
        loop(
          i,
          i32(0),
          get(h),
          1,
          seq(
            set(
              from,
              add(
                get(src),
                mul(
                  i32(4),
                  add(mul(add(mul(get(k), get(hp)), add(get(i), get(top))), get(wp)), get(left)),
                ),
              ),
            ),
            set(j, i32(0)),
            loopWhile(
              le(add(get(j), i32(4)), get(w)),
              seq(
                storeV(get(dst), loadV(at(from, j))),
                set(dst, add(get(dst), i32(16))),
                set(j, add(get(j), i32(4))),
              ),
            ),
            loopWhile(
              lt(get(j), get(w)),
              seq(
                storeF(get(dst), loadF(at(from, j))),
                set(dst, add(get(dst), i32(4))),
                set(j, add(get(j), i32(1))),
              ),
            ),
          ),
        ),
      )
    },
  )

  // Patches as panels of B: [pixels / 8][k][8]; pixels beyond the block repeat its last.
  const gatherB = module.func(
    'gatherB',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, koff, k, poff, n], local) => {
      const [p, q, s, x, y] = Array.from({ length: 5 }, () => local('i32'))
      const vectors = loop(
        q,
        i32(0),
        get(k),
        1,
        seq(
          set(y, add(get(s), load(at(koff, q)))),
          storeV(get(dst), loadV(get(y))),
          storeV(get(dst), loadV(get(y), 16), 16),
          set(dst, add(get(dst), i32(32))),
        ),
      )
      const halves = (first: Code, second: Code) =>
        loop(
          q,
          i32(0),
          get(k),
          1,
          seq(
            set(y, add(get(src), load(at(koff, q)))),
            storeV(get(dst), loadV(add(get(y), first))),
            storeV(get(dst), loadV(add(get(y), second)), 16),
            set(dst, add(get(dst), i32(32))),
          ),
        )
      const pixel = (offset: number) => load(at(poff, p), 4 * offset)
      const scalars = loop(
        q,
        i32(0),
        get(k),
        1,
        seq(
          set(y, add(get(src), load(at(koff, q)))),
          loop(
            x,
            i32(0),
            i32(8),
            1,
            storeF(
              add(get(dst), mul(get(x), i32(4))),
              loadF(
                add(
                  get(y),
                  load(
                    add(
                      get(poff),
                      mul(
                        i32(4),
                        select(
                          add(get(p), get(x)),
                          sub(get(n), i32(1)),
                          lt(add(get(p), get(x)), get(n)),
                        ),
                      ),
                    ),
                  ),
                ),
              ),
            ),
          ),
          set(dst, add(get(dst), i32(32))),
        ),
      )
      return loop(
        p,
        i32(0),
        get(n),
        8,
        when(
          le(add(get(p), i32(8)), get(n)),
          when(
            eq(sub(pixel(7), pixel(0)), i32(28)),
            seq(set(s, add(get(src), pixel(0))), vectors),
            when(
              and(eq(sub(pixel(3), pixel(0)), i32(12)), eq(sub(pixel(7), pixel(4)), i32(12))),
              halves(pixel(0), pixel(4)),
              scalars,
            ),
          ),
          scalars,
        ),
      )
    },
  )

  // Patches as one panel of A: R rows are weights, depth are pixels: [pixel][R].
  const panelOf = (R: number) =>
    module.func(
      `gatherA${R}`,
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      ([dst, src, koff, rows, poff, n], local) => {
        const [p, o] = [local('i32'), local('i32')]
        const base = Array.from({ length: R }, () => local('i32'))
        const vectors = Array.from({ length: R }, () => local('v128'))
        const scratch = Array.from({ length: 4 }, () => local('v128'))
        const { make, out } = columnsOf(vectors, scratch)
        return seq(
          // Rows that do not exist repeat the last.
          ...base.map((b, i) =>
            set(
              b,
              add(
                get(src),
                load(add(get(koff), mul(i32(4), minimum(i32(i), sub(get(rows), i32(1)))))),
              ),
            ),
          ),
          loopWhile(
            lt(get(p), get(n)),
            seq(
              set(o, load(at(poff, p))),
              when(
                both(
                  le(add(get(p), i32(4)), get(n)),
                  eq(sub(load(at(poff, p), 12), get(o)), i32(12)),
                ),
                seq(
                  ...vectors.map((r, i) => set(r, loadV(add(get(base[i]), get(o))))),
                  make,
                  ...out.map((v, i) => storeV(get(dst), v, 16 * i)),
                  set(dst, add(get(dst), i32(16 * R))),
                  set(p, add(get(p), i32(4))),
                ),
                seq(
                  ...base.map((b, i) => storeF(get(dst), loadF(add(get(b), get(o))), 4 * i)),
                  set(dst, add(get(dst), i32(4 * R))),
                  set(p, add(get(p), i32(1))),
                ),
              ),
            ),
          ),
        )
      },
    )
  const [panel6, panel4] = [panelOf(6), panelOf(4)]
  const gatherA = module.func(
    'gatherA',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, koff, k, poff, n, six], local) => {
      const q = local('i32')
      const next = (panel: Func, rows: number) =>
        seq(
          call(panel, get(dst), get(src), at(koff, q), sub(get(k), get(q)), get(poff), get(n)),
          set(dst, add(get(dst), mul(get(n), i32(4 * rows)))),
          set(q, add(get(q), i32(rows))),
        )
      return loopWhile(
        lt(get(q), get(k)),
        when(lt(get(q), get(six)), next(panel6, 6), next(panel4, 4)),
      )
    },
  )

  // image[koff + poff] += columns [k, n].
  const scatter = module.func(
    'scatter',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([image, columns, koff, k, poff, n], local) => {
      const [q, p, o] = Array.from({ length: 3 }, () => local('i32'))
      const base = local('i32')
      return loop(
        q,
        i32(0),
        get(k),
        1,
        seq(
          set(base, add(get(image), load(at(koff, q)))),
          set(p, i32(0)),
          loopWhile(
            lt(get(p), get(n)),
            seq(
              set(o, add(get(base), load(at(poff, p)))),
              when(
                both(
                  le(add(get(p), i32(4)), get(n)),
                  eq(sub(load(at(poff, p), 12), load(at(poff, p))), i32(12)),
                ),
                seq(
                  storeV(get(o), vadd(loadV(get(o)), loadV(get(columns)))),
                  set(columns, add(get(columns), i32(16))),
                  set(p, add(get(p), i32(4))),
                ),
                seq(
                  storeF(get(o), fadd(loadF(get(o)), loadF(get(columns)))),
                  set(columns, add(get(columns), i32(4))),
                  set(p, add(get(p), i32(1))),
                ),
              ),
            ),
          ),
        ),
      )
    },
  )

  return { pad, unpad, gatherB, gatherA, scatter }
}
