/**
 * Kernels that go through their operands number by number, four at a time. `flat` goes along one axis, `rows` along the
 * last of up to five: an operand may lie in one run, repeat one number, or skip.
 */
import {
  add,
  and,
  choose,
  divU,
  eq,
  extract,
  extractI,
  get,
  i32,
  le,
  load,
  loadByte,
  loadBytes,
  loadLane,
  loadSplat,
  loadV,
  loop,
  loopWhile,
  lt,
  mul,
  isplat,
  ine,
  remU,
  replaceI,
  seq,
  set,
  storeByte,
  storeBytes,
  storeF,
  storeV,
  vand,
  when,
  type Code,
  type Local,
} from './assembler.ts'
import { JOB, type EmitContext, type Family } from './family.ts'
import { ZERO, type Formula, type Maker } from './emit-functions.ts'

/** `mask`: bytes in memory, all bits or none of a lane in a vector. */
export type Element = 'float' | 'mask'

export interface MapSpec {
  readonly name: string
  readonly inputs: readonly Element[]
  readonly output: Element
  readonly formula: (context: EmitContext, operands: readonly Local[], local: Maker) => Formula
}

/** Axes beyond the inner one. */
export const OUTER = 4
const sizeOf = (e: Element) => (e === 'float' ? 4 : 1)

/** Parameters: out, its step, then each input and its step; steps in bytes. */
export function mapFamily(spec: MapSpec): Family {
  const { inputs, output } = spec
  return {
    name: spec.name,
    emit(context) {
      const { module } = context
      const sweepOf = (local: Maker) => {
        const operands = inputs.map(() => local('v128'))
        const { make, out } = spec.formula(context, operands, local)
        const i = local('i32')
        const slow = inputs.map(() => local('i32'))
        const result = (to: Local): { vector: Code; one: Code } =>
          output === 'float'
            ? {
                vector: storeV(at(to, i, 4), out),
                one: storeF(at(to, i, 4), extract(out, 0)),
              }
            : {
                vector: storeBytes(at(to, i, 1), vand(out, isplat(i32(1)))),
                one: storeByte(at(to, i, 1), and(extractI(out, 0), i32(1))),
              }
        /** Numbers begin…end of an axis whose numbers stand at `bases`, `steps` apart; out lies in one run. */
        return (
          to: Local,
          bases: readonly Local[],
          steps: readonly Local[],
          begin: Code,
          end: Code,
        ): Code => {
          const runs = steps.map((s, k) => eq(get(s), i32(sizeOf(inputs[k]))))
          const store = result(to)
          const body = (loads: Code[], write: Code) =>
            seq(...operands.map((v, k) => set(v, loads[k])), make, write)
          const along = inputs.map((e, k) => vectorAt(e, at(bases[k], i, sizeOf(e))))
          const any = inputs.map((e, k) => stepped(e, slow[k], steps[k]))
          return seq(
            set(i, begin),
            when(
              runs.reduce<Code>((a, b) => and(a, b), i32(1)),
              loopWhile(
                le(add(get(i), i32(4)), end),
                seq(body(along, store.vector), set(i, add(get(i), i32(4)))),
              ),
              loopWhile(
                le(add(get(i), i32(4)), end),
                seq(
                  ...slow.map((a, k) => set(a, add(get(bases[k]), mul(get(i), get(steps[k]))))),
                  body(any, store.vector),
                  set(i, add(get(i), i32(4))),
                ),
              ),
            ),
            loopWhile(
              lt(get(i), end),
              seq(
                body(
                  inputs.map((e, k) => oneAt(e, add(get(bases[k]), mul(get(i), get(steps[k]))))),
                  store.one,
                ),
                set(i, add(get(i), i32(1))),
              ),
            ),
          )
        }
      }

      module.func('flat', JOB, ([args, begin, end, _scratch], local) => {
        const sweep = sweepOf(local)
        const [to, bases, steps] = [
          local('i32'),
          inputs.map(() => local('i32')),
          inputs.map(() => local('i32')),
        ]
        return seq(
          set(to, load(get(args))),
          ...inputs.flatMap((_, k) => [
            set(bases[k], load(get(args), 4 + 8 * k)),
            set(steps[k], load(get(args), 8 + 8 * k)),
          ]),
          sweep(to, bases, steps, get(begin), get(end)),
        )
      })

      // Parameters: inner size, sizes of the outer axes (last first), then for out and each input: base, step, outer steps.
      module.func('rows', JOB, ([args, begin, end, _scratch], local) => {
        const sweep = sweepOf(local)
        const [row, rest, at, m, to] = Array.from({ length: 5 }, () => local('i32'))
        const bases = inputs.map(() => local('i32'))
        const steps = inputs.map(() => local('i32'))
        const record = (k: number) => 4 * (1 + OUTER + k * (2 + OUTER))
        const all = [to, ...bases]
        return seq(
          set(m, load(get(args))),
          ...steps.map((s, k) => set(s, load(get(args), record(k + 1) + 4))),
          loop(
            row,
            get(begin),
            get(end),
            1,
            seq(
              set(rest, get(row)),
              ...all.map((b, k) => set(b, load(get(args), record(k)))),
              ...Array.from({ length: OUTER }, (_, d) => {
                const size = load(get(args), 4 * (1 + d))
                return seq(
                  set(at, d < OUTER - 1 ? remU(get(rest), size) : get(rest)),
                  ...all.map((b, k) =>
                    set(b, add(get(b), mul(get(at), load(get(args), record(k) + 8 + 4 * d)))),
                  ),
                  d < OUTER - 1 ? set(rest, divU(get(rest), size)) : '',
                )
              }),
              sweep(to, bases, steps, i32(0), get(m)),
            ),
          ),
        )
      })
    },
  }
}

const at = (base: Local, i: Local, size: number): Code =>
  add(get(base), size === 1 ? get(i) : mul(get(i), i32(size)))
const asMask = (v: Code): Code => ine(v, ZERO)
const vectorAt = (e: Element, address: Code): Code =>
  e === 'float' ? loadV(address) : asMask(loadBytes(address))
const oneAt = (e: Element, address: Code): Code =>
  e === 'float' ? loadSplat(address) : asMask(isplat(loadByte(address)))
/** Four numbers `step` bytes apart, from `address` on. */
function stepped(e: Element, address: Local, step: Local): Code {
  const place = (k: number) => add(get(address), mul(get(step), i32(k)))
  const skipping =
    e === 'float'
      ? [1, 2, 3].reduce<Code>((v, k) => loadLane(place(k), v, k), loadSplat(place(0)))
      : asMask(
          [1, 2, 3].reduce<Code>(
            (v, k) => replaceI(v, k, loadByte(place(k))),
            isplat(loadByte(place(0))),
          ),
        )
  return choose(
    eq(get(step), i32(0)),
    'v128',
    oneAt(e, get(address)),
    choose(eq(get(step), i32(sizeOf(e))), 'v128', vectorAt(e, get(address)), skipping),
  )
}
