/**
 * Recurrent networks over time. A job has all steps of some rows of the batch: rows do not depend on each other, so threads
 * meet only at the end. Each step is one product with the packed recurrent weights, added to what is there, and one
 * pass over the numbers.
 */
import {
  add,
  choose,
  divU,
  call,
  extract,
  get,
  i32,
  le,
  load,
  loadSplat,
  loadV,
  loop,
  loopWhile,
  lt,
  minimum,
  mul,
  select,
  seq,
  set,
  storeF,
  storeV,
  sub,
  vadd,
  vand,
  vgt,
  vmul,
  vsub,
  when,
  type Code,
  type Local,
} from './assembler.ts'
import {
  ONE,
  relu,
  sigmoid,
  tanh,
  ZERO,
  type Maker,
  type VectorFunction,
} from './emit-functions.ts'
import { ACCUMULATE, gemm, NR } from './emit-gemm.ts'
import { JOB, parameters, type EmitContext, type Family } from './family.ts'

/** Rows of the batch a job has. */
export const ROWS = 16

const COMMON = ['steps', 'n', 'h', 'reverse', 'relu', 'w', 'lengths'] as const
type Names = readonly string[]
type Params<N extends Names> = Record<(typeof COMMON)[number] | N[number], Local>

interface Cell<N extends Names> {
  p: Params<N>
  local: Maker
  /** Step, and the one computed before it (or −1); row of the batch; row of [T·N]. */
  t: Local
  before: Local
  n: Local
  row: Local
  /** First row of the job's block, and their number. */
  r0: Local
  count: Local
  /** Memory behind the packed rows. */
  spare: Code
  /** `code` for every row of the block. */
  each(code: Code): Code
  /** c += a·b for the rows of the block: a is [rows, h], b packed, c [rows, columns]. */
  times(a: Code, aRow: Code, b: Code, columns: Code, c: Code, cRow: Code): Code
  /** Whether the row's sequence is still running. */
  live(then: Code, otherwise: Code): Code
}

function emit(context: EmitContext): void {
  const { module } = context
  const { macro, packA, packB } = gemm(context)

  // Blocks begin…end of `gates` matrices [k, cols] of B, each packed whole.
  module.func('packJob', JOB, ([args, begin, end, _scratch], local) => {
    const { p, read } = parameters(args, local, ['dst', 'src', 'next', 'rs', 'cs', 'k', 'cols'])
    const [gate, size] = [local('i32'), local('i32')]
    return seq(
      read,
      set(size, mul(mul(i32(4 * NR), get(p.k)), divU(add(get(p.cols), i32(NR - 1)), i32(NR)))),
      loop(
        gate,
        get(begin),
        get(end),
        1,
        call(
          packB,
          add(get(p.dst), mul(get(gate), get(size))),
          add(get(p.src), mul(get(gate), get(p.next))),
          get(p.rs),
          get(p.cs),
          get(p.k),
          get(p.cols),
        ),
      ),
    )
  })

  /** Row r of a [rows, width·h] matrix, g·h further along. */
  const place = (base: Local, r: Local, width: number, h: Local, g = 0): Code =>
    add(
      get(base),
      mul(i32(4), add(mul(mul(get(r), get(h)), i32(width)), g ? mul(get(h), i32(g)) : i32(0))),
    )

  type Read = (base: Local) => Code
  type Write = (base: Local, v: Code) => Code
  /** `one` for four numbers at a time, then for each that is left. */
  const pass = (i: Local, h: Local, one: (read: Read, write: Write) => Code): Code => {
    const at = (base: Local) => add(get(base), mul(get(i), i32(4)))
    return seq(
      set(i, i32(0)),
      loopWhile(
        le(add(get(i), i32(4)), get(h)),
        seq(
          one(
            b => loadV(at(b)),
            (b, v) => storeV(at(b), v),
          ),
          set(i, add(get(i), i32(4))),
        ),
      ),
      loopWhile(
        lt(get(i), get(h)),
        seq(
          one(
            b => loadSplat(at(b)),
            (b, v) => storeF(at(b), extract(v, 0)),
          ),
          set(i, add(get(i), i32(1))),
        ),
      ),
    )
  }
  const apply = (f: VectorFunction, x: Local, local: Maker): Code => {
    const { make, out } = f(context, x, local)
    return seq(make, set(x, out))
  }

  /** A job over rows of the batch and steps in time; `backwards` takes the steps in the opposite order. */
  function over<N extends Names>(
    name: string,
    names: N,
    backwards: boolean,
    body: (cell: Cell<N>) => { first: Code; step: Code },
  ): void {
    module.func(name, JOB, ([args, begin, end, scratch], local) => {
      const all = [...COMMON, ...names] as readonly ((typeof COMMON)[number] | N[number])[]
      const { p, read } = parameters(args, local, all)
      const [block, r0, count, k, t, n, row, before, packed] = Array.from({ length: 9 }, () =>
        local('i32'),
      )
      const each = (code: Code): Code =>
        loop(
          n,
          get(r0),
          add(get(r0), get(count)),
          1,
          seq(set(row, add(mul(get(t), get(p.n)), get(n))), code),
        )
      const times = (a: Code, aRow: Code, b: Code, columns: Code, c: Code, cRow: Code): Code =>
        seq(
          call(packA, get(packed), a, aRow, i32(4), get(count), get(p.h)),
          call(
            macro,
            get(count),
            columns,
            get(p.h),
            get(packed),
            b,
            c,
            cRow,
            i32(ACCUMULATE),
            i32(0),
            get(scratch),
          ),
        )
      const live = (then: Code, otherwise: Code): Code =>
        when(
          choose(
            get(p.lengths),
            'i32',
            le(load(add(get(p.lengths), mul(get(n), i32(4)))), get(t)),
            i32(0),
          ),
          otherwise,
          then,
        )
      const spare = add(get(packed), mul(i32(4 * (ROWS + 8)), get(p.h)))
      const { first, step } = body({
        p,
        local,
        t,
        before,
        n,
        row,
        r0,
        count,
        spare,
        each,
        times,
        live,
      })
      const last = sub(get(p.steps), i32(1))
      const order = backwards ? sub(last, get(k)) : get(k)
      return seq(
        read,
        set(packed, add(get(scratch), i32(256))),
        loop(
          block,
          get(begin),
          get(end),
          1,
          seq(
            set(r0, mul(get(block), i32(ROWS))),
            set(count, minimum(sub(get(p.n), get(r0)), i32(ROWS))),
            first,
            loop(
              k,
              i32(0),
              get(p.steps),
              1,
              seq(
                set(t, order),
                set(t, select(sub(last, get(t)), get(t), get(p.reverse))),
                set(
                  before,
                  select(
                    select(add(get(t), i32(1)), i32(-1), lt(get(t), last)),
                    sub(get(t), i32(1)),
                    get(p.reverse),
                  ),
                ),
                step,
              ),
            ),
          ),
        ),
      )
    })
  }
  const bytes = (h: Local, g: number): Code => mul(get(h), i32(4 * g))
  /** Row r0 of step `t` in [T, N, g·h]. */
  const blockOf = (
    base: Local,
    t: Local,
    n: Local,
    r0: Local,
    h: Local,
    g: number,
    gate = 0,
  ): Code =>
    add(
      get(base),
      mul(i32(4), mul(add(mul(add(mul(get(t), get(n)), get(r0)), i32(g)), i32(gate)), get(h))),
    )
  /** State of the block before the step: from the output, or the initial one. */
  const stateOf = (out: Local, h0: Local, before: Local, n: Local, r0: Local, h: Local): Code =>
    select(
      blockOf(out, before, n, r0, h, 1),
      add(get(h0), mul(mul(get(r0), get(h)), i32(4))),
      le(i32(0), get(before)),
    )
  /** The same for one row. */
  const rowBefore = (
    out: Local,
    h0: Local,
    cell: { before: Local; n: Local },
    N: Local,
    h: Local,
  ): Code => stateOf(out, h0, cell.before, N, cell.n, h)

  // out[t] = φ(pre[t] + out[t − 1]·wᵀ)
  over('rnn', ['pre', 'h0', 'out'] as const, false, cell => {
    const { p, local, t: time, n, row, before, r0, each, times, live } = cell
    const [i, x, to, from] = [0, 1, 2, 3].map(() => local('i32'))
    const v = local('v128')
    return {
      first: '',
      step: seq(
        each(
          seq(
            set(x, place(p.pre, row, 1, p.h)),
            set(to, place(p.out, row, 1, p.h)),
            pass(i, p.h, (read, write) => write(to, read(x))),
          ),
        ),
        times(
          stateOf(p.out, p.h0, before, p.n, r0, p.h),
          bytes(p.h, 1),
          get(p.w),
          get(p.h),
          blockOf(p.out, time, p.n, r0, p.h, 1),
          bytes(p.h, 1),
        ),
        each(
          seq(
            set(to, place(p.out, row, 1, p.h)),
            live(
              when(
                get(p.relu),
                pass(i, p.h, (read, write) => seq(set(v, read(to)), write(to, relu(get(v))))),
                pass(i, p.h, (read, write) =>
                  seq(set(v, read(to)), apply(tanh, v, local), write(to, get(v))),
                ),
              ),
              seq(
                set(from, rowBefore(p.out, p.h0, { before, n }, p.n, p.h)),
                pass(i, p.h, (read, write) => write(to, read(from))),
              ),
            ),
          ),
        ),
      ),
    }
  })

  // gpre[t] = (gout[t] + gh)·φ′; gh = gpre[t]·w, kept in gh0.
  over('rnnGrad', ['gout', 'out', 'gpre', 'gh0'] as const, true, cell => {
    const { p, local, t: time, n, row, r0, each, times, live } = cell
    const [i, g, y, to, gh] = [0, 1, 2, 3, 4].map(() => local('i32'))
    const [v, u] = [local('v128'), local('v128')]
    return {
      first: each(
        seq(
          set(gh, place(p.gh0, n, 1, p.h)),
          pass(i, p.h, (_, write) => write(gh, ZERO)),
        ),
      ),
      step: seq(
        each(
          seq(
            set(g, place(p.gout, row, 1, p.h)),
            set(y, place(p.out, row, 1, p.h)),
            set(to, place(p.gpre, row, 1, p.h)),
            set(gh, place(p.gh0, n, 1, p.h)),
            live(
              pass(i, p.h, (read, write) =>
                seq(
                  set(v, vadd(read(g), read(gh))),
                  set(u, read(y)),
                  write(
                    to,
                    choose(
                      get(p.relu),
                      'v128',
                      vand(get(v), vgt(get(u), ZERO)),
                      vmul(get(v), vsub(ONE, vmul(get(u), get(u)))),
                    ),
                  ),
                  write(gh, ZERO),
                ),
              ),
              pass(i, p.h, (read, write) =>
                seq(write(gh, vadd(read(g), read(gh))), write(to, ZERO)),
              ),
            ),
          ),
        ),
        times(
          blockOf(p.gpre, time, p.n, r0, p.h, 1),
          bytes(p.h, 1),
          get(p.w),
          get(p.h),
          add(get(p.gh0), mul(mul(get(r0), get(p.h)), i32(4))),
          bytes(p.h, 1),
        ),
      ),
    }
  })

  over('lstm', ['pre', 'h0', 'c0', 'gates', 'cells', 'out'] as const, false, cell => {
    const { p, local, t: time, n, row, before, r0, each, times, live } = cell
    const [j, x, to, c, cBefore, hBefore, y, width] = Array.from({ length: 8 }, () => local('i32'))
    const gate = [0, 1, 2, 3].map(() => local('i32'))
    const [i, f, g, o, v] = Array.from({ length: 5 }, () => local('v128'))
    const activate = (read: Read, write: Write) =>
      seq(
        ...[i, f, g, o].map((value, k) =>
          seq(
            set(value, read(gate[k])),
            apply(k === 2 ? tanh : sigmoid, value, local),
            write(gate[k], get(value)),
          ),
        ),
      )
    return {
      first: '',
      step: seq(
        set(width, mul(get(p.h), i32(4))),
        each(
          seq(
            set(x, place(p.pre, row, 4, p.h)),
            set(to, place(p.gates, row, 4, p.h)),
            pass(j, width, (read, write) => write(to, read(x))),
          ),
        ),
        times(
          stateOf(p.out, p.h0, before, p.n, r0, p.h),
          bytes(p.h, 1),
          get(p.w),
          get(width),
          blockOf(p.gates, time, p.n, r0, p.h, 4),
          bytes(p.h, 4),
        ),
        each(
          seq(
            ...gate.map((base, k) => set(base, place(p.gates, row, 4, p.h, k))),
            set(c, place(p.cells, row, 1, p.h)),
            set(y, place(p.out, row, 1, p.h)),
            set(cBefore, rowBefore(p.cells, p.c0, { before, n }, p.n, p.h)),
            set(hBefore, rowBefore(p.out, p.h0, { before, n }, p.n, p.h)),
            live(
              pass(j, p.h, (read, write) =>
                seq(
                  activate(read, write),
                  set(v, context.madd(get(f), read(cBefore), vmul(get(i), get(g)))),
                  write(c, get(v)),
                  apply(tanh, v, local),
                  write(y, vmul(get(o), get(v))),
                ),
              ),
              pass(j, p.h, (read, write) =>
                seq(activate(read, write), write(c, read(cBefore)), write(y, read(hBefore))),
              ),
            ),
          ),
        ),
      ),
    }
  })

  over(
    'lstmGrad',
    ['gout', 'gcell', 'gates', 'cells', 'c0', 'gpre', 'gh0', 'gc0', 'wStep'] as const,
    true,
    cell => {
      const { p, local, t: time, n, row, before, r0, each, times, live } = cell
      const [j, gy, gh, gc, c, cBefore, from] = Array.from({ length: 7 }, () => local('i32'))
      const gate = [0, 1, 2, 3].map(() => local('i32'))
      const to = [0, 1, 2, 3].map(() => local('i32'))
      const [i, f, g, o, v, t, dc] = Array.from({ length: 7 }, () => local('v128'))
      const slope = (s: Local) => vmul(get(s), vsub(ONE, get(s)))
      return {
        first: each(
          seq(
            set(gh, place(p.gh0, n, 1, p.h)),
            set(gc, place(p.gc0, n, 1, p.h)),
            set(from, place(p.gcell, n, 1, p.h)),
            pass(j, p.h, (_, write) => write(gh, ZERO)),
            when(
              get(p.gcell),
              pass(j, p.h, (read, write) => write(gc, read(from))),
              pass(j, p.h, (_, write) => write(gc, ZERO)),
            ),
          ),
        ),
        step: seq(
          each(
            seq(
              ...gate.map((base, k) => set(base, place(p.gates, row, 4, p.h, k))),
              ...to.map((base, k) => set(base, place(p.gpre, row, 4, p.h, k))),
              set(gy, place(p.gout, row, 1, p.h)),
              set(gh, place(p.gh0, n, 1, p.h)),
              set(gc, place(p.gc0, n, 1, p.h)),
              set(c, place(p.cells, row, 1, p.h)),
              set(cBefore, rowBefore(p.cells, p.c0, { before, n }, p.n, p.h)),
              live(
                pass(j, p.h, (read, write) =>
                  seq(
                    ...[i, f, g, o].map((value, k) => set(value, read(gate[k]))),
                    set(v, vadd(read(gy), read(gh))),
                    set(t, read(c)),
                    apply(tanh, t, local),
                    set(
                      dc,
                      vadd(read(gc), vmul(vmul(get(v), get(o)), vsub(ONE, vmul(get(t), get(t))))),
                    ),
                    write(to[0], vmul(vmul(get(dc), get(g)), slope(i))),
                    write(to[1], vmul(vmul(get(dc), read(cBefore)), slope(f))),
                    write(to[2], vmul(vmul(get(dc), get(i)), vsub(ONE, vmul(get(g), get(g))))),
                    write(to[3], vmul(vmul(get(v), get(t)), slope(o))),
                    write(gc, vmul(get(dc), get(f))),
                    write(gh, ZERO),
                  ),
                ),
                pass(j, p.h, (read, write) =>
                  seq(write(gh, vadd(read(gy), read(gh))), ...to.map(base => write(base, ZERO))),
                ),
              ),
            ),
          ),
          ...[0, 1, 2, 3].map(k =>
            times(
              blockOf(p.gpre, time, p.n, r0, p.h, 4, k),
              bytes(p.h, 4),
              add(get(p.w), mul(get(p.wStep), i32(k))),
              get(p.h),
              add(get(p.gh0), mul(mul(get(r0), get(p.h)), i32(4))),
              bytes(p.h, 1),
            ),
          ),
        ),
      }
    },
  )

  over('gru', ['pre', 'bias', 'h0', 'gates', 'out'] as const, false, cell => {
    const { p, local, n, row, before, r0, each, times, live } = cell
    const [j, u, hBefore, y, width, to] = Array.from({ length: 6 }, () => local('i32'))
    const x = [0, 1, 2].map(() => local('i32'))
    const hidden = [0, 1, 2].map(() => local('i32'))
    const gate = [0, 1, 2, 3].map(() => local('i32'))
    const [r, z, q, w] = Array.from({ length: 4 }, () => local('v128'))
    const inBlock = local('i32')
    const gatesOf = (read: Read, write: Write) =>
      seq(
        set(r, vadd(read(x[0]), read(hidden[0]))),
        apply(sigmoid, r, local),
        set(z, vadd(read(x[1]), read(hidden[1]))),
        apply(sigmoid, z, local),
        set(w, read(hidden[2])),
        set(q, context.madd(get(r), get(w), read(x[2]))),
        apply(tanh, q, local),
        ...[r, z, q, w].map((v, k) => write(gate[k], get(v))),
      )
    return {
      first: set(u, cell.spare),
      step: seq(
        set(width, mul(get(p.h), i32(3))),
        each(
          seq(
            set(inBlock, sub(get(n), get(r0))),
            set(to, place(u, inBlock, 3, p.h)),
            pass(j, width, (read, write) => write(to, read(p.bias))),
          ),
        ),
        times(
          stateOf(p.out, p.h0, before, p.n, r0, p.h),
          bytes(p.h, 1),
          get(p.w),
          get(width),
          get(u),
          bytes(p.h, 3),
        ),
        each(
          seq(
            set(inBlock, sub(get(n), get(r0))),
            ...x.map((base, k) => set(base, place(p.pre, row, 3, p.h, k))),
            ...hidden.map((base, k) => set(base, place(u, inBlock, 3, p.h, k))),
            ...gate.map((base, k) => set(base, place(p.gates, row, 4, p.h, k))),
            set(y, place(p.out, row, 1, p.h)),
            set(hBefore, rowBefore(p.out, p.h0, { before, n }, p.n, p.h)),
            live(
              pass(j, p.h, (read, write) =>
                seq(
                  gatesOf(read, write),
                  write(y, vadd(vmul(vsub(ONE, get(z)), get(q)), vmul(get(z), read(hBefore)))),
                ),
              ),
              pass(j, p.h, (read, write) => seq(gatesOf(read, write), write(y, read(hBefore)))),
            ),
          ),
        ),
      ),
    }
  })

  over(
    'gruGrad',
    ['gout', 'gates', 'out', 'h0', 'gpre', 'ghidden', 'gh0', 'wStep'] as const,
    true,
    cell => {
      const { p, local, t: time, n, row, before, r0, each, times, live } = cell
      const [j, gy, gh, hBefore] = Array.from({ length: 4 }, () => local('i32'))
      const gate = [0, 1, 2, 3].map(() => local('i32'))
      const to = [0, 1, 2].map(() => local('i32'))
      const hidden = [0, 1, 2].map(() => local('i32'))
      const [r, z, q, w, v, d] = Array.from({ length: 6 }, () => local('v128'))
      return {
        first: each(
          seq(
            set(gh, place(p.gh0, n, 1, p.h)),
            pass(j, p.h, (_, write) => write(gh, ZERO)),
          ),
        ),
        step: seq(
          each(
            seq(
              ...gate.map((base, k) => set(base, place(p.gates, row, 4, p.h, k))),
              ...to.map((base, k) => set(base, place(p.gpre, row, 3, p.h, k))),
              ...hidden.map((base, k) => set(base, place(p.ghidden, row, 3, p.h, k))),
              set(gy, place(p.gout, row, 1, p.h)),
              set(gh, place(p.gh0, n, 1, p.h)),
              set(hBefore, rowBefore(p.out, p.h0, { before, n }, p.n, p.h)),
              live(
                pass(j, p.h, (read, write) =>
                  seq(
                    ...[r, z, q, w].map((value, k) => set(value, read(gate[k]))),
                    set(v, vadd(read(gy), read(gh))),
                    set(d, vmul(vmul(get(v), vsub(ONE, get(z))), vsub(ONE, vmul(get(q), get(q))))),
                    write(to[2], get(d)),
                    write(hidden[2], vmul(get(d), get(r))),
                    set(d, vmul(vmul(get(d), get(w)), vmul(get(r), vsub(ONE, get(r))))),
                    write(to[0], get(d)),
                    write(hidden[0], get(d)),
                    set(
                      d,
                      vmul(
                        vmul(get(v), vsub(read(hBefore), get(q))),
                        vmul(get(z), vsub(ONE, get(z))),
                      ),
                    ),
                    write(to[1], get(d)),
                    write(hidden[1], get(d)),
                    write(gh, vmul(get(v), get(z))),
                  ),
                ),
                pass(j, p.h, (read, write) =>
                  seq(
                    write(gh, vadd(read(gy), read(gh))),
                    ...[...to, ...hidden].map(base => write(base, ZERO)),
                  ),
                ),
              ),
            ),
          ),
          ...[0, 1, 2].map(k =>
            times(
              blockOf(p.ghidden, time, p.n, r0, p.h, 3, k),
              bytes(p.h, 3),
              add(get(p.w), mul(get(p.wStep), i32(k))),
              get(p.h),
              add(get(p.gh0), mul(mul(get(r0), get(p.h)), i32(4))),
              bytes(p.h, 1),
            ),
          ),
        ),
      }
    },
  )
}

export const RECURRENT: Family = { name: 'recurrent networks', emit }
