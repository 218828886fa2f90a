/**
 * Convolution by implicit matrix products: patches are gathered straight into packed panels. Tables give the offset of each
 * weight (channel, row, column) and of each output pixel in the padded image, so that one kernel serves every stride,
 * padding and dilation; where four or eight neighbouring pixels lie side by side (stride 1), they move as vectors.
 */
import {
  add,
  call,
  divU,
  fadd,
  get,
  i32,
  le,
  loadF,
  loop,
  loopWhile,
  lt,
  minimum,
  mul,
  ne,
  remU,
  select,
  seq,
  set,
  splat,
  storeF,
  storeV,
  sub,
  when,
  f32,
} from './assembler.ts'
import { ACCUMULATE, gemm, type Gemm } from './emit-gemm.ts'
import { at, padMaps, patches } from './emit-patches.ts'
import { JOB, parameters, type EmitContext, type Family } from './family.ts'

function conv(context: EmitContext, { macro, packB }: Gemm): void {
  const { module } = context
  const { pad, unpad, gatherB, gatherA, scatter } = patches(context)
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

  // Maps begin…end of x in a border of zeros.
  module.func('padJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['x', 'h', 'w', 'dst', 'hp', 'wp', 'top', 'left'])
    return padMaps(p, read, pad, begin, end)
  })

  // Blocks begin…end of pixels, image after image: y = w·patches + bias.
  module.func('convJob', JOB, ([args, begin, end, scratch], local) => {
    const { p, read } = parameters(args, local, [
      ...GEOMETRY,
      'x',
      'xStep',
      'wp_',
      'bias',
      'y',
      'yStep',
      'padded',
      'mode',
      'blocks', // of an image
    ])
    const [unit, n, nextImage, image, out, start, width, buffer] = Array.from({ length: 8 }, () =>
      local('i32'),
    )
    return seq(
      read,
      set(
        buffer,
        add(
          get(scratch),
          add(
            i32(256),
            select(
              mul(i32(4), add(mul(get(p.c), mul(get(p.hp), get(p.wp))), i32(16))),
              i32(0),
              get(p.padded),
            ),
          ),
        ),
      ),
      set(n, i32(-1)),
      loop(
        unit,
        get(begin),
        get(end),
        1,
        seq(
          set(nextImage, divU(get(unit), get(p.blocks))),
          when(
            ne(get(nextImage), get(n)),
            seq(
              set(n, get(nextImage)),
              set(image, add(get(p.x), mul(get(n), get(p.xStep)))),
              set(out, add(get(p.y), mul(get(n), get(p.yStep)))),
              when(
                get(p.padded),
                seq(
                  call(
                    pad,
                    add(get(scratch), i32(256)),
                    get(image),
                    get(p.c),
                    get(p.h),
                    get(p.w),
                    get(p.hp),
                    get(p.wp),
                    get(p.top),
                    get(p.left),
                  ),
                  set(image, add(get(scratch), i32(256))),
                ),
              ),
            ),
          ),
          set(start, mul(remU(get(unit), get(p.blocks)), get(p.block))),
          set(width, minimum(sub(get(p.pixels), get(start)), get(p.block))),
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
            get(p.mode),
            get(p.bias),
            get(scratch),
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
        set(buffer, add(get(scratch), add(i32(256), mul(i32(4), add(get(count), i32(16)))))),
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
                add(get(scratch), i32(256)),
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
                set(width, minimum(sub(get(p.pixels), get(start)), get(p.block))),
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
        'six',
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
              i32(256),
              select(
                mul(i32(4), add(mul(get(p.c), mul(get(p.hp), get(p.wp))), i32(16))),
                i32(0),
                get(p.padded),
              ),
            ),
          ),
        ),
        set(b, add(get(a), mul(i32(4), mul(add(get(p.k), i32(8)), get(p.block))))),
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
            set(n, divU(mul(get(chunk), get(p.images)), get(p.chunks))),
            set(last, divU(mul(add(get(chunk), i32(1)), get(p.images)), get(p.chunks))),
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
                      add(get(scratch), i32(256)),
                      get(image),
                      get(p.c),
                      get(p.h),
                      get(p.w),
                      get(p.hp),
                      get(p.wp),
                      get(p.top),
                      get(p.left),
                    ),
                    set(image, add(get(scratch), i32(256))),
                  ),
                ),
                set(start, i32(0)),
                loopWhile(
                  lt(get(start), get(p.pixels)),
                  seq(
                    set(width, minimum(sub(get(p.pixels), get(start)), get(p.block))),
                    call(
                      gatherA,
                      get(a),
                      get(image),
                      get(p.koff),
                      get(p.k),
                      at(p.poff, start),
                      get(width),
                      get(p.six),
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
                      i32(ACCUMULATE),
                      i32(0),
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

export const CONV: Family = {
  name: 'convolution',
  together: ['packAJob', 'padJob', 'convJob'],
  emit: context => conv(context, gemm(context)),
}
