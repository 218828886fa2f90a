/** Optimisers' updates. */
import {
  extract,
  get,
  loadSplat,
  loadV,
  seq,
  set,
  storeF,
  storeV,
  vmul,
  vsub,
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
          [
            ...get(p.velocity),
            0x04,
            0x40,
            ...set(v, [
              ...get(p.first),
              0x04,
              0x7b,
              ...get(g),
              0x05,
              ...madd(constant(MOMENTUM), read(p.velocity), vmul(constant(DAMPED), get(g))),
              0x0b,
            ]),
            ...write(p.velocity, get(v)),
            ...set(g, [
              ...get(p.nesterov),
              0x04,
              0x7b,
              ...madd(constant(MOMENTUM), get(v), get(g)),
              0x05,
              ...get(v),
              0x0b,
            ]),
            0x0b,
          ],
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
  },
}
