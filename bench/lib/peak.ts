// The 128-bit multiply-add peak: a loop of relaxed (else plain) multiply-adds on twelve registers, one thread.
import {
  f32,
  get,
  i32,
  loopWhile,
  ModuleBuilder,
  relaxedMadd,
  seq,
  set,
  splat,
  storeV,
  sub,
  vadd,
  vmul,
  type Code,
} from '../../src/backend/wasm/assembler.ts'
import { enableRelaxedSimd } from '../../src/platform/threads.ts'

const REGISTERS = 12
const UNROLLED = 4

function build(madd: (a: Code, b: Code, c: Code) => Code): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder()
  module.func('peak', ['i32'], ([k], local) => {
    const sums = Array.from({ length: REGISTERS }, () => local('v128'))
    const [a, b] = [local('v128'), local('v128')]
    const round = seq(...sums.map(s => set(s, madd(get(a), get(s), get(b)))))
    return seq(
      set(a, splat(f32(0.999))),
      set(b, splat(f32(0.5))),
      loopWhile(
        get(k),
        seq(...Array.from({ length: UNROLLED }, () => round), set(k, sub(get(k), i32(1)))),
      ),
      ...sums.map((s, i) => storeV(i32(1024 + 16 * i), get(s))),
    )
  })
  return module.bytes({ maximumPages: 1, shared: true })
}

/** @returns a function that runs the loop once and gives GFLOP/s */
export function peakMeter(): { relaxed: boolean; run: () => number } {
  enableRelaxedSimd()
  const relaxedBytes = build(relaxedMadd)
  const relaxed = WebAssembly.validate(relaxedBytes)
  const bytes = relaxed ? relaxedBytes : build((a, b, c) => vadd(vmul(a, b), c))
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
  const peak = exports.peak as (k: number) => void // the only export
  for (let i = 0; i < 200; i++) peak(2000)
  const rounds = 200_000
  return {
    relaxed,
    run: () => {
      const start = performance.now()
      peak(rounds)
      return (rounds * UNROLLED * REGISTERS * 8) / (performance.now() - start) / 1e6
    },
  }
}
