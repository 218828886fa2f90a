/** Recurrent networks over time. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { NR } from './emit-gemm.ts'
import { RECURRENT, ROWS } from './emit-recurrent.ts'
import { SCRATCH_BYTES, type Dense, type Engine } from './engine.ts'

type Recurrent = Pick<Primitives, 'rnn' | 'rnnGrad' | 'lstm' | 'lstmGrad' | 'gru' | 'gruGrad'>

export function recurrent(engine: Engine): Recurrent {
  const fits = (outputs: readonly Strided[], lengths: Strided | null, h: number) =>
    outputs.every(t => t.dtype === 'float32' && isContiguous(t) && sizeOf(t.shape) > 0) &&
    (!lengths || (lengths.dtype === 'int32' && isContiguous(lengths))) &&
    4 * (ROWS + 8) * h * 5 < SCRATCH_BYTES

  /** w [gates·H, H] packed for products with its transpose (forward), or gate by gate with itself. */
  function pack(
    w: Dense,
    gates: number,
    H: number,
    forward: boolean,
  ): { at: number; step: number } {
    const columns = forward ? gates * H : H
    const step = 4 * NR * Math.ceil(columns / NR) * H
    const at = engine.workspace(step * (forward ? 1 : gates) + 64)
    engine.run(
      RECURRENT,
      'packJob',
      [at, w.at, 4 * H * H, forward ? 4 : 4 * H, forward ? 4 * H : 4, H, columns],
      forward ? 1 : gates,
      1,
      false,
    )
    return { at, step }
  }
  function run(
    name: string,
    [T, N, H]: readonly [number, number, number],
    p: { reverse?: boolean; relu?: boolean },
    w: number,
    lengths: Strided | null,
    rest: readonly number[],
  ): void {
    engine.run(
      RECURRENT,
      name,
      [
        T,
        N,
        H,
        p.reverse ? 1 : 0,
        p.relu ? 1 : 0,
        w,
        lengths ? engine.address(lengths) : 0,
        ...rest,
      ],
      Math.ceil(N / ROWS),
      1,
      T * N * H * H >= 1 << 17,
    )
  }
  const done = (operands: readonly (Dense | null)[]) => operands.forEach(d => d?.done())

  return {
    rnn(pre, w, h0, lengths, out, p) {
      const [T, N, H] = pre.shape
      if (!fits([out], lengths, H)) return referencePrimitives.rnn(pre, w, h0, lengths, out, p)
      const [a, W, h] = [engine.dense(pre), engine.dense(w), engine.dense(h0)]
      const packed = pack(W, 1, H, true)
      run('rnn', [T, N, H], p, packed.at, lengths, [a.at, h.at, engine.address(out)])
      done([a, W, h])
    },
    rnnGrad(gout, out, w, lengths, gpre, gh0, p) {
      const [T, N, H] = gout.shape
      if (!fits([gpre, gh0], lengths, H))
        return referencePrimitives.rnnGrad(gout, out, w, lengths, gpre, gh0, p)
      const [g, y, W] = [engine.dense(gout), engine.dense(out), engine.dense(w)]
      const packed = pack(W, 1, H, false)
      run('rnnGrad', [T, N, H], p, packed.at, lengths, [
        g.at,
        y.at,
        engine.address(gpre),
        engine.address(gh0),
      ])
      done([g, y, W])
    },
    lstm(pre, w, h0, c0, lengths, gates, cells, out, p) {
      const [T, N, H] = out.shape
      if (!fits([gates, cells, out], lengths, H))
        return referencePrimitives.lstm(pre, w, h0, c0, lengths, gates, cells, out, p)
      const [a, W, h, c] = [pre, w, h0, c0].map(t => engine.dense(t))
      const packed = pack(W, 4, H, true)
      run('lstm', [T, N, H], p, packed.at, lengths, [
        a.at,
        h.at,
        c.at,
        engine.address(gates),
        engine.address(cells),
        engine.address(out),
      ])
      done([a, W, h, c])
    },
    lstmGrad(gout, gcell, gates, cells, w, c0, lengths, gpre, gh0, gc0, p) {
      const [T, N, H] = gout.shape
      if (!fits([gpre, gh0, gc0], lengths, H))
        return referencePrimitives.lstmGrad(
          gout,
          gcell,
          gates,
          cells,
          w,
          c0,
          lengths,
          gpre,
          gh0,
          gc0,
          p,
        )
      const [g, G, C, W, c] = [gout, gates, cells, w, c0].map(t => engine.dense(t))
      const gc = gcell ? engine.dense(gcell) : null
      const packed = pack(W, 4, H, false)
      run('lstmGrad', [T, N, H], p, packed.at, lengths, [
        g.at,
        gc ? gc.at : 0,
        G.at,
        C.at,
        c.at,
        engine.address(gpre),
        engine.address(gh0),
        engine.address(gc0),
        packed.step,
      ])
      done([g, gc, G, C, W, c])
    },
    gru(pre, w, bias, h0, lengths, gates, out, p) {
      const [T, N, H] = out.shape
      if (!fits([gates, out], lengths, H))
        return referencePrimitives.gru(pre, w, bias, h0, lengths, gates, out, p)
      const [a, W, b, h] = [pre, w, bias, h0].map(t => engine.dense(t))
      const packed = pack(W, 3, H, true)
      run('gru', [T, N, H], p, packed.at, lengths, [
        a.at,
        b.at,
        h.at,
        engine.address(gates),
        engine.address(out),
      ])
      done([a, W, b, h])
    },
    gruGrad(gout, gates, out, w, h0, lengths, gpre, ghidden, gh0, p) {
      const [T, N, H] = gout.shape
      if (!fits([gpre, ghidden, gh0], lengths, H))
        return referencePrimitives.gruGrad(gout, gates, out, w, h0, lengths, gpre, ghidden, gh0, p)
      const [g, G, y, W, h] = [gout, gates, out, w, h0].map(t => engine.dense(t))
      const packed = pack(W, 3, H, false)
      run('gruGrad', [T, N, H], p, packed.at, lengths, [
        g.at,
        G.at,
        y.at,
        h.at,
        engine.address(gpre),
        engine.address(ghidden),
        engine.address(gh0),
        packed.step,
      ])
      done([g, G, y, W, h])
    },
  }
}
