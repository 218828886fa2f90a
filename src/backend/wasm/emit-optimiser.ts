/** Optimisers' updates. */
import {
  choose,
  extract,
  get,
  loadSplat,
  loadV,
  seq,
  set,
  storeF,
  storeV,
  vadd,
  vdiv,
  vmax,
  vmul,
  vsqrt,
  vsub,
  when,
  type Code,
  type Local,
} from './assembler.ts'
import { at, sweep } from './emit-sweep.ts'
import { JOB, parameters, type Family } from './family.ts'

export const OPTIMISERS: Family = {
  name: 'optimisers',
  emit({ module, madd }) {
    // PyTorch's SGD on elements begin…end; numbers of the formula stand in memory after the pointers.
    module.func('sgd', JOB, ([args, begin, end, _scratch], local) => {
      const { p, read } = parameters(args, local, [
        'param',
        'grad',
        'velocity',
        'first',
        'nesterov',
      ])
      const [i, g, w, v] = [local('i32'), local('v128'), local('v128'), local('v128')]
      const constant = (k: number) => loadSplat(get(args), 20 + 4 * k)
      const [LR, MOMENTUM, DAMPED, DECAY] = [0, 1, 2, 3]
      const one = (read: (base: Local) => Code, write: (base: Local, value: Code) => Code): Code =>
        seq(
          set(w, read(p.param)),
          set(g, madd(constant(DECAY), get(w), read(p.grad))),
          when(
            get(p.velocity),
            seq(
              set(
                v,
                choose(
                  get(p.first),
                  'v128',
                  get(g),
                  madd(constant(MOMENTUM), read(p.velocity), vmul(constant(DAMPED), get(g))),
                ),
              ),
              write(p.velocity, get(v)),
              set(
                g,
                choose(get(p.nesterov), 'v128', madd(constant(MOMENTUM), get(v), get(g)), get(v)),
              ),
            ),
          ),
          write(p.param, vsub(get(w), vmul(constant(LR), get(g)))),
        )
      return seq(
        read,
        sweep(
          i,
          get(begin),
          end,
          one(
            base => loadV(at(base, i)),
            (base, value) => storeV(at(base, i), value),
          ),
          one(
            base => loadSplat(at(base, i)),
            (base, value) => storeF(at(base, i), extract(value, 0)),
          ),
        ),
      )
    })

    type Read = (base: Local) => Code
    type Write = (base: Local, value: Code) => Code
    /** A job over elements: `one` for four at a time, then for each that is left. */
    const update = <N extends string>(
      name: string,
      names: readonly N[],
      one: (
        p: Record<N, Local>,
        number: (k: number) => Code,
        v: Local[],
      ) => (read: Read, write: Write) => Code,
    ) =>
      module.func(name, JOB, ([args, begin, end, _scratch], local) => {
        const { p, read } = parameters(args, local, names)
        const i = local('i32')
        const vectors = Array.from({ length: 4 }, () => local('v128'))
        const body = one(p, k => loadSplat(get(args), 4 * (names.length + k)), vectors)
        return seq(
          read,
          sweep(
            i,
            get(begin),
            end,
            body(
              base => loadV(at(base, i)),
              (base, value) => storeV(at(base, i), value),
            ),
            body(
              base => loadSplat(at(base, i)),
              (base, value) => storeF(at(base, i), extract(value, 0)),
            ),
          ),
        )
      })

    // Numbers: 1 − lr·decay (decoupled, else 1), decay (coupled, else 0), β₁, 1 − β₁, β₂, 1 − β₂, rate, 1 / unbias, ε.
    update(
      'adam',
      ['param', 'grad', 'm', 'v', 'max'],
      (p, number, [w, g, m, v]) =>
        (read, write) =>
          seq(
            set(w, vmul(read(p.param), number(0))),
            set(g, madd(number(1), get(w), read(p.grad))),
            set(m, madd(number(2), read(p.m), vmul(number(3), get(g)))),
            set(v, madd(number(4), read(p.v), vmul(vmul(number(5), get(g)), get(g)))),
            write(p.m, get(m)),
            write(p.v, get(v)),
            when(get(p.max), seq(set(v, vmax(get(v), read(p.max))), write(p.max, get(v)))),
            write(
              p.param,
              vsub(
                get(w),
                vdiv(vmul(number(6), get(m)), madd(vsqrt(get(v)), number(7), number(8))),
              ),
            ),
          ),
    )
    // Numbers: lr, α, 1 − α, ε, decay, momentum.
    update(
      'rmsprop',
      ['param', 'grad', 'square', 'velocity', 'average'],
      (p, number, [w, g, s, a]) =>
        (read, write) =>
          seq(
            set(w, read(p.param)),
            set(g, madd(number(4), get(w), read(p.grad))),
            set(s, madd(number(1), read(p.square), vmul(vmul(number(2), get(g)), get(g)))),
            write(p.square, get(s)),
            when(
              get(p.average),
              seq(
                set(a, madd(number(1), read(p.average), vmul(number(2), get(g)))),
                write(p.average, get(a)),
                set(s, vsub(get(s), vmul(get(a), get(a)))),
              ),
            ),
            set(g, vdiv(get(g), vadd(vsqrt(get(s)), number(3)))),
            when(
              get(p.velocity),
              seq(set(g, madd(number(5), read(p.velocity), get(g))), write(p.velocity, get(g))),
            ),
            write(p.param, vsub(get(w), vmul(number(0), get(g)))),
          ),
    )
    // Numbers: lr, ε, decay.
    update(
      'adagrad',
      ['param', 'grad', 'sum'],
      (p, number, [w, g, s]) =>
        (read, write) =>
          seq(
            set(w, read(p.param)),
            set(g, madd(number(2), get(w), read(p.grad))),
            set(s, madd(get(g), get(g), read(p.sum))),
            write(p.sum, get(s)),
            write(
              p.param,
              vsub(get(w), vdiv(vmul(number(0), get(g)), vadd(vsqrt(get(s)), number(1)))),
            ),
          ),
    )
  },
}
