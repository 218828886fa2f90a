/** Means, variances and normalisation of x [A, B, S], each b by itself. */
import {
  add,
  choose,
  extract,
  fadd,
  get,
  i32,
  le,
  loadSplat,
  loadV,
  loop,
  loopWhile,
  lt,
  mul,
  seq,
  set,
  splat,
  storeF,
  storeV,
  vadd,
  vmul,
  vsub,
  type Code,
  type Local,
} from './assembler.ts'
import { ZERO } from './emit-functions.ts'
import { at } from './emit-sweep.ts'
import { JOB, parameters, type Family } from './family.ts'

export const NORMALIZE: Family = {
  name: 'normalisation',
  emit({ module, madd }) {
    const SHAPE = ['a', 'b', 's'] as const
    type Read = (base: Local) => Code
    /** Runs of S numbers of one b at `bases`: `four` at a time, then `one` in all lanes. */
    const runs = (
      p: Record<(typeof SHAPE)[number], Local>,
      local: (t: 'i32') => Local,
      b: Local,
      bases: readonly Local[],
      body: (read: (k: number) => Code, write: (k: number, v: Code) => Code, last: boolean) => Code,
    ): Code => {
      const [a, i, shift] = [local('i32'), local('i32'), local('i32')]
      const here = bases.map(() => local('i32'))
      const four: Read = base => loadV(at(base, i))
      const one: Read = base => loadSplat(at(base, i))
      return loop(
        a,
        i32(0),
        get(p.a),
        1,
        seq(
          set(shift, mul(i32(4), mul(add(mul(get(a), get(p.b)), get(b)), get(p.s)))),
          ...here.map((h, k) => set(h, add(get(bases[k]), get(shift)))),
          set(i, i32(0)),
          loopWhile(
            le(add(get(i), i32(4)), get(p.s)),
            seq(
              body(
                k => four(here[k]),
                (k, v) => storeV(at(here[k], i), v),
                false,
              ),
              set(i, add(get(i), i32(4))),
            ),
          ),
          loopWhile(
            lt(get(i), get(p.s)),
            seq(
              body(
                k => one(here[k]),
                (k, v) => storeF(at(here[k], i), extract(v, 0)),
                true,
              ),
              set(i, add(get(i), i32(1))),
            ),
          ),
        ),
      )
    }
    /** Sum of the lanes of `many` and of one lane of `single`, in all lanes of `many`. */
    const total = (many: Local, single: Local): Code =>
      set(
        many,
        splat(
          fadd(
            extract(get(single), 0),
            fadd(
              fadd(extract(get(many), 0), extract(get(many), 1)),
              fadd(extract(get(many), 2), extract(get(many), 3)),
            ),
          ),
        ),
      )

    // Numbers after the parameters: 1 / (A·S).
    module.func('moments', JOB, ([args, begin, end, _scratch], local) => {
      const names = [...SHAPE, 'x', 'mean', 'variance'] as const
      const { p, read } = parameters(args, local, names)
      const b = local('i32')
      const [m, sum, one, v] = Array.from({ length: 4 }, () => local('v128'))
      const share = loadSplat(get(args), 4 * names.length)
      const gather = (term: (x: Code) => Code) =>
        seq(
          set(sum, ZERO),
          set(one, ZERO),
          runs(p, local, b, [p.x], (read, _, last) => {
            const into = last ? one : sum
            return set(into, vadd(get(into), term(read(0))))
          }),
          total(sum, one),
        )
      return seq(
        read,
        loop(
          b,
          get(begin),
          get(end),
          1,
          seq(
            gather(x => x),
            set(m, vmul(get(sum), share)),
            storeF(at(p.mean, b), extract(get(m), 0)),
            gather(x => seq(set(v, vsub(x, get(m))), vmul(get(v), get(v)))),
            storeF(at(p.variance, b), extract(vmul(get(sum), share), 0)),
          ),
        ),
      )
    })

    module.func('normalize', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, [...SHAPE, 'x', 'mean', 'scale', 'shift', 'out'])
      const b = local('i32')
      const [m, s, t] = Array.from({ length: 3 }, () => local('v128'))
      return seq(
        read,
        loop(
          b,
          get(begin),
          get(end),
          1,
          seq(
            set(m, loadSplat(at(p.mean, b))),
            set(s, loadSplat(at(p.scale, b))),
            set(t, choose(get(p.shift), 'v128', loadSplat(at(p.shift, b)), ZERO)),
            runs(p, local, b, [p.x, p.out], (read, write) =>
              write(1, madd(vsub(read(0), get(m)), get(s), get(t))),
            ),
          ),
        ),
      )
    })

    // Numbers after the parameters: 1 / (A·S).
    module.func('normalizeGrad', JOB, ([args, begin, end, _scratch], local) => {
      const names = [...SHAPE, 'gy', 'x', 'mean', 'rstd', 'scale', 'gx', 'sumG', 'sumGX'] as const
      const { p, read } = parameters(args, local, names)
      const b = local('i32')
      const [m, r, s, g, g1, gX, gX1, v] = Array.from({ length: 8 }, () => local('v128'))
      const share = loadSplat(get(args), 4 * names.length)
      const xHat = (x: Code) => vmul(vsub(x, get(m)), get(r))
      return seq(
        read,
        loop(
          b,
          get(begin),
          get(end),
          1,
          seq(
            set(m, loadSplat(at(p.mean, b))),
            set(r, loadSplat(at(p.rstd, b))),
            set(s, loadSplat(at(p.scale, b))),
            ...[g, g1, gX, gX1].map(sum => set(sum, ZERO)),
            runs(p, local, b, [p.gy, p.x], (read, _, last) =>
              seq(
                set(v, read(0)),
                set(last ? g1 : g, vadd(get(last ? g1 : g), get(v))),
                set(last ? gX1 : gX, madd(get(v), xHat(read(1)), get(last ? gX1 : gX))),
              ),
            ),
            total(g, g1),
            total(gX, gX1),
            storeF(at(p.sumG, b), extract(get(g), 0)),
            storeF(at(p.sumGX, b), extract(get(gX), 0)),
            set(g, vmul(get(g), share)),
            set(gX, vmul(get(gX), share)),
            runs(p, local, b, [p.gy, p.x, p.gx], (read, write) =>
              write(2, vmul(get(s), vsub(vsub(read(0), get(g)), vmul(xHat(read(1)), get(gX))))),
            ),
          ),
        ),
      )
    })
  },
}
