/**
 * Convolution by implicit matrix products: patches are gathered straight into packed panels. Tables give the offset of each
 * weight (channel, row, column) and of each output pixel in the padded image, so that one kernel serves every stride,
 * padding and dilation; where four or eight neighbouring pixels lie side by side (stride 1), they move as vectors.
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
  load,
  loadF,
  loadV,
  loop,
  loopWhile,
  lt,
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
  type Local,
} from './assembler.ts'
import { transposed, type Gemm } from './emit-gemm.ts'
import { parameters, type EmitContext } from './kernels.ts'

const at = (base: Local, i: Local): Code => add(get(base), mul(get(i), i32(4)))

export function conv({ module }: EmitContext, { macro, packB }: Gemm): void {
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

  // Patches as panels of A: rows are weights, depth are pixels: [k / 4][pixel][4].
  const gatherA = module.func(
    'gatherA',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([dst, src, koff, k, poff, n], local) => {
      const [q, p, o] = Array.from({ length: 3 }, () => local('i32'))
      const base = Array.from({ length: 4 }, () => local('i32'))
      const rows = Array.from({ length: 4 }, () => local('v128'))
      return loop(
        q,
        i32(0),
        get(k),
        4,
        seq(
          ...base.map((b, i) =>
            set(
              b,
              add(
                get(src),
                load(
                  add(
                    get(koff),
                    mul(
                      i32(4),
                      select(
                        add(get(q), i32(i)),
                        sub(get(k), i32(1)),
                        lt(add(get(q), i32(i)), get(k)),
                      ),
                    ),
                  ),
                ),
              ),
            ),
          ),
          set(p, i32(0)),
          loopWhile(
            lt(get(p), get(n)),
            seq(
              set(o, load(at(poff, p))),
              when(
                [
                  ...le(add(get(p), i32(4)), get(n)),
                  0x04,
                  0x7f,
                  ...eq(sub(load(at(poff, p), 12), get(o)), i32(12)),
                  0x05,
                  ...i32(0),
                  0x0b,
                ],
                seq(
                  ...rows.map((r, i) => set(r, loadV(add(get(base[i]), get(o))))),
                  ...transposed(rows[0], rows[1], rows[2], rows[3]).map((column, i) =>
                    storeV(get(dst), column, 16 * i),
                  ),
                  set(dst, add(get(dst), i32(64))),
                  set(p, add(get(p), i32(4))),
                ),
                seq(
                  ...base.map((b, i) => storeF(get(dst), loadF(add(get(b), get(o))), 4 * i)),
                  set(dst, add(get(dst), i32(16))),
                  set(p, add(get(p), i32(1))),
                ),
              ),
            ),
          ),
        ),
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
                [
                  ...le(add(get(p), i32(4)), get(n)),
                  0x04,
                  0x7f,
                  ...eq(sub(load(at(poff, p), 12), load(at(poff, p))), i32(12)),
                  0x05,
                  ...i32(0),
                  0x0b,
                ],
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

  const GEOMETRY = [
    'c',
    'h',
    'w',
    'hp',
    'wp',
    'top',
    'left',
    'koff',
    'k',
    'poff',
    'pixels',
    'block',
    'm',
  ] as const

  // Images begin…end: y = w·patches + bias.
  module.func('convJob', ['i32', 'i32', 'i32', 'i32'], ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, [
      ...GEOMETRY,
      'x',
      'xStep',
      'wp_',
      'bias',
      'y',
      'yStep',
      'padded',
    ])
    const [n, image, out, start, width, o, j, to] = Array.from({ length: 8 }, () => local('i32'))
    const buffer = local('i32')
    return seq(
      read,
      set(
        buffer,
        add(
          get(scratch),
          add(
            i32(128),
            select(
              mul(i32(4), add(mul(get(p.c), mul(get(p.hp), get(p.wp))), i32(16))),
              i32(0),
              get(p.padded),
            ),
          ),
        ),
      ),
      loop(
        n,
        get(begin),
        get(end),
        1,
        seq(
          set(image, add(get(p.x), mul(get(n), get(p.xStep)))),
          set(out, add(get(p.y), mul(get(n), get(p.yStep)))),
          when(
            get(p.padded),
            seq(
              call(
                pad,
                add(get(scratch), i32(128)),
                get(image),
                get(p.c),
                get(p.h),
                get(p.w),
                get(p.hp),
                get(p.wp),
                get(p.top),
                get(p.left),
              ),
              set(image, add(get(scratch), i32(128))),
            ),
          ),
          when(
            get(p.bias),
            loop(
              o,
              i32(0),
              get(p.m),
              1,
              seq(
                set(to, add(get(out), mul(mul(get(o), get(p.pixels)), i32(4)))),
                set(j, i32(0)),
                loopWhile(
                  le(add(get(j), i32(4)), get(p.pixels)),
                  seq(storeV(at(to, j), splat(loadF(at(p.bias, o)))), set(j, add(get(j), i32(4)))),
                ),
                loopWhile(
                  lt(get(j), get(p.pixels)),
                  seq(storeF(at(to, j), loadF(at(p.bias, o))), set(j, add(get(j), i32(1)))),
                ),
              ),
            ),
          ),
          set(start, i32(0)),
          loopWhile(
            lt(get(start), get(p.pixels)),
            seq(
              set(
                width,
                select(
                  sub(get(p.pixels), get(start)),
                  get(p.block),
                  lt(sub(get(p.pixels), get(start)), get(p.block)),
                ),
              ),
              call(
                gatherB,
                get(buffer),
                get(image),
                get(p.koff),
                get(p.k),
                at(p.poff, start),
                get(width),
              ),
              call(
                macro,
                get(p.m),
                get(width),
                get(p.k),
                get(p.wp_),
                get(buffer),
                at(out, start),
                mul(get(p.pixels), i32(4)),
                [...get(p.bias), ...i32(0), 0x47],
                get(scratch),
              ),
              set(start, add(get(start), get(width))),
            ),
          ),
        ),
      ),
    )
  })

  // Images begin…end: gx = wᵀ·gy, scattered.
  module.func(
    'convInputJob',
    ['i32', 'i32', 'i32', 'i32'],
    ([args, begin, end, scratch], local) => {
      const { p, read } = parameters(args, local, [
        ...GEOMETRY,
        'gy',
        'gyStep',
        'wt',
        'gx',
        'gxStep',
        'padded',
      ])
      const [n, image, g, start, width, buffer, columns, j, count] = Array.from({ length: 9 }, () =>
        local('i32'),
      )
      return seq(
        read,
        set(count, mul(get(p.c), mul(get(p.hp), get(p.wp)))),
        set(buffer, add(get(scratch), add(i32(128), mul(i32(4), add(get(count), i32(16)))))),
        set(columns, add(get(buffer), mul(i32(4), mul(get(p.m), add(get(p.block), i32(8)))))),
        loop(
          n,
          get(begin),
          get(end),
          1,
          seq(
            set(g, add(get(p.gy), mul(get(n), get(p.gyStep)))),
            set(
              image,
              select(
                add(get(scratch), i32(128)),
                add(get(p.gx), mul(get(n), get(p.gxStep))),
                get(p.padded),
              ),
            ),
            set(j, i32(0)),
            loopWhile(
              le(add(get(j), i32(4)), get(count)),
              seq(storeV(at(image, j), splat(f32(0))), set(j, add(get(j), i32(4)))),
            ),
            loopWhile(
              lt(get(j), get(count)),
              seq(storeF(at(image, j), f32(0)), set(j, add(get(j), i32(1)))),
            ),
            set(start, i32(0)),
            loopWhile(
              lt(get(start), get(p.pixels)),
              seq(
                set(
                  width,
                  select(
                    sub(get(p.pixels), get(start)),
                    get(p.block),
                    lt(sub(get(p.pixels), get(start)), get(p.block)),
                  ),
                ),
                call(
                  packB,
                  get(buffer),
                  at(g, start),
                  mul(get(p.pixels), i32(4)),
                  i32(4),
                  get(p.m),
                  get(width),
                ),
                call(
                  macro,
                  get(p.k),
                  get(width),
                  get(p.m),
                  get(p.wt),
                  get(buffer),
                  get(columns),
                  mul(get(width), i32(4)),
                  i32(0),
                  get(scratch),
                ),
                call(
                  scatter,
                  get(image),
                  get(columns),
                  get(p.koff),
                  get(p.k),
                  at(p.poff, start),
                  get(width),
                ),
                set(start, add(get(start), get(width))),
              ),
            ),
            when(
              get(p.padded),
              call(
                unpad,
                add(get(p.gx), mul(get(n), get(p.gxStep))),
                get(image),
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
    },
  )

  // Chunks begin…end of the batch: part[chunk] [k, m] = Σ patches·gyᵀ.
  module.func(
    'convFilterJob',
    ['i32', 'i32', 'i32', 'i32'],
    ([args, begin, end, scratch], local) => {
      const { p, read } = parameters(args, local, [
        ...GEOMETRY,
        'x',
        'xStep',
        'gy',
        'gyStep',
        'part',
        'partStep',
        'images',
        'chunks',
        'padded',
      ])
      const [chunk, n, last, image, g, start, width, a, b, j] = Array.from({ length: 10 }, () =>
        local('i32'),
      )
      const first = local('i32')
      const size = mul(get(p.k), get(p.m))
      return seq(
        read,
        set(
          a,
          add(
            get(scratch),
            add(
              i32(128),
              select(
                mul(i32(4), add(mul(get(p.c), mul(get(p.hp), get(p.wp))), i32(16))),
                i32(0),
                get(p.padded),
              ),
            ),
          ),
        ),
        set(b, add(get(a), mul(i32(4), mul(add(get(p.k), i32(4)), get(p.block))))),
        loop(
          chunk,
          get(begin),
          get(end),
          1,
          seq(
            set(first, add(get(p.part), mul(get(chunk), get(p.partStep)))),
            set(j, i32(0)),
            loopWhile(
              lt(get(j), size),
              seq(storeF(at(first, j), f32(0)), set(j, add(get(j), i32(1)))),
            ),
            // Chunk c has the images from c·images/chunks to (c + 1)·images/chunks, whoever computes it.
            set(n, [...mul(get(chunk), get(p.images)), ...get(p.chunks), 0x6e]),
            set(last, [...mul(add(get(chunk), i32(1)), get(p.images)), ...get(p.chunks), 0x6e]),
            loopWhile(
              lt(get(n), get(last)),
              seq(
                set(image, add(get(p.x), mul(get(n), get(p.xStep)))),
                set(g, add(get(p.gy), mul(get(n), get(p.gyStep)))),
                when(
                  get(p.padded),
                  seq(
                    call(
                      pad,
                      add(get(scratch), i32(128)),
                      get(image),
                      get(p.c),
                      get(p.h),
                      get(p.w),
                      get(p.hp),
                      get(p.wp),
                      get(p.top),
                      get(p.left),
                    ),
                    set(image, add(get(scratch), i32(128))),
                  ),
                ),
                set(start, i32(0)),
                loopWhile(
                  lt(get(start), get(p.pixels)),
                  seq(
                    set(
                      width,
                      select(
                        sub(get(p.pixels), get(start)),
                        get(p.block),
                        lt(sub(get(p.pixels), get(start)), get(p.block)),
                      ),
                    ),
                    call(
                      gatherA,
                      get(a),
                      get(image),
                      get(p.koff),
                      get(p.k),
                      at(p.poff, start),
                      get(width),
                    ),
                    call(
                      packB,
                      get(b),
                      at(g, start),
                      i32(4),
                      mul(get(p.pixels), i32(4)),
                      get(width),
                      get(p.m),
                    ),
                    call(
                      macro,
                      get(p.k),
                      get(p.m),
                      get(width),
                      get(a),
                      get(b),
                      get(first),
                      mul(get(p.m), i32(4)),
                      i32(1),
                      get(scratch),
                    ),
                    set(start, add(get(start), get(width))),
                  ),
                ),
                set(n, add(get(n), i32(1))),
              ),
            ),
          ),
        ),
      )
    },
  )

  // Rows begin…end of gw [m, k] = Σ over chunks, in their order, of part[chunk] [k, m].
  module.func(
    'convFilterSum',
    ['i32', 'i32', 'i32', 'i32'],
    ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, ['part', 'partStep', 'chunks', 'k', 'm', 'gw'])
      const [o, q, c, from] = Array.from({ length: 4 }, () => local('i32'))
      const sum = local('f32')
      return seq(
        read,
        loop(
          o,
          get(begin),
          get(end),
          1,
          loop(
            q,
            i32(0),
            get(p.k),
            1,
            seq(
              set(sum, f32(0)),
              set(from, add(get(p.part), mul(i32(4), add(mul(get(q), get(p.m)), get(o))))),
              loop(
                c,
                i32(0),
                get(p.chunks),
                1,
                seq(
                  set(sum, fadd(get(sum), loadF(get(from)))),
                  set(from, add(get(from), get(p.partStep))),
                ),
              ),
              storeF(add(get(p.gw), mul(i32(4), add(mul(get(o), get(p.k)), get(q)))), get(sum)),
            ),
          ),
        ),
      )
    },
  )
}
