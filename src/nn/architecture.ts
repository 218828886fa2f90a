/** What a network does to a shape, layer by layer, without running it. */
import { show, type Shape } from '../tensor/shape.ts'
import type { Inferred, InferredWindow, Module } from './module.ts'
import { Sequential } from './sequential.ts'
import { table } from './summary.ts'

type Two = readonly [number, number]

export interface ArchitectureRow {
  /** Dotted name, e.g. `features.conv1`. */
  name: string
  /** Its class, e.g. `Conv2d`. */
  type: string
  /** What stands in the brackets of its name, e.g. `1, 6, 5×5, padding 2`. */
  options: string
  /** Shape of its result, as that of the input is given. */
  output: Shape
  /** Numbers that are parameters. */
  parameters: number
  /** Multiplications with an addition, for the whole input. */
  macs: number
  /** Input cells that a value depends on, [vertical, horizontal]; null: all of them. */
  receptiveField: Two | null
  /** Input cells between two neighbouring values; null with the field. */
  jump: Two | null
  /** Input cell at which the first value's field begins, negative in the padding; null with the field. */
  start: Two | null
  /** Cells at its input's lower and right border that no window covers; null when all fit. */
  leftover: Two | null
  /** Windows that a value looks through, one after the other; none for a layer that works value by value. */
  windows: readonly InferredWindow[]
  /** A value sees the whole of its input. */
  global: boolean
}

/** A network's layers with their shapes; prints itself as a table. */
export class Architecture {
  constructor(
    readonly name: string,
    readonly input: Shape,
    readonly rows: readonly ArchitectureRow[],
  ) {}
  get output(): Shape {
    return this.rows.length ? this.rows[this.rows.length - 1].output : this.input
  }
  get parameters(): number {
    return this.rows.reduce((n, r) => n + r.parameters, 0)
  }
  get macs(): number {
    return this.rows.reduce((n, r) => n + r.macs, 0)
  }
  toString(): string {
    const number = (n: number) => (n ? n.toLocaleString('en') : '')
    const two = (p: Two | null) => (p ? (p[0] === p[1] ? String(p[0]) : p.join('×')) : '')
    const lines = this.rows.map(r => [
      r.name,
      `${r.type}${r.options ? `(${r.options})` : ''}`,
      show(r.output),
      number(r.parameters),
      number(r.macs),
      two(r.receptiveField),
      two(r.jump),
      two(r.leftover),
    ])
    const head = ['layer', '', 'output', 'parameters', 'MACs', 'field', 'jump', 'left over']
    // Nothing to say in a column: no column.
    const kept = head.map((_, c) => c < 3 || lines.some(l => l[c] !== ''))
    const rows = [head, ...lines].map(l => l.filter((_, c) => kept[c]))
    const right = head.map((_, c) => c > 2).filter((_, c) => kept[c])
    return [
      ...table(rows, right),
      `${this.name}: ${show(this.input)} → ${show(this.output)}, ${this.parameters.toLocaleString('en')} parameters, ${this.macs.toLocaleString('en')} MACs`,
    ].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

interface Seen {
  size: Two
  jump: Two
  start: Two
}

/**
 * Layers of a Sequential-like model with output shape, parameters, multiply-adds, receptive field and what does not fit,
 * inferred from `shape` without running anything. Layers in a Sequential come one by one, other modules of several layers as
 * one row.
 *
 *     architecture(net, [1, 3, 224, 224])
 * @param shape of the input, with its batch axis
 * @throws RangeError naming the layer into which the shape does not fit; Error for a class without `infer`
 */
export function architecture(net: Module, shape: Shape): Architecture {
  const rows: ArchitectureRow[] = []
  const origin: Seen = { size: [1, 1], jump: [1, 1], start: [0, 0] }
  const visit = (
    m: Module,
    name: string,
    input: Shape,
    seen: Seen | null,
  ): [Shape, Seen | null] => {
    if (m instanceof Sequential) {
      let at: [Shape, Seen | null] = [input, seen]
      for (const [child, layer] of m.namedChildren())
        at = visit(layer, name ? `${name}.${child}` : child, ...at)
      return at
    }
    let found: Inferred
    try {
      found = m.infer(input)
    } catch (error) {
      if (error instanceof RangeError && name)
        throw new RangeError(`architecture: layer ${name}: ${error.message}`, { cause: error })
      throw error
    }
    const next = look(seen, found)
    const leftover = found.windows?.find(w => w.leftover.some(n => n > 0))?.leftover ?? null
    rows.push({
      name: name || m.constructor.name,
      type: m.constructor.name,
      options: m.describe(),
      output: found.output,
      parameters: m.parameters().reduce((n, p) => n + p.size, 0),
      macs: found.macs,
      receptiveField: next?.size ?? null,
      jump: next?.jump ?? null,
      start: next?.start ?? null,
      leftover,
      windows: found.windows ?? [],
      global: found.global ?? false,
    })
    return [found.output, next]
  }
  visit(net, '', shape, shape.length > 2 ? origin : null)
  return new Architecture(net.constructor.name, shape, rows)
}

/** What a value sees through a layer's windows. */
function look(seen: Seen | null, { windows = [], global }: Inferred): Seen | null {
  if (!seen || global) return null
  return windows.reduce((s, w) => {
    const each = (f: (d: 0 | 1) => number): Two => [f(0), f(1)]
    return {
      size: each(d => s.size[d] + (w.kernel[d] - 1) * w.dilation[d] * s.jump[d]),
      jump: each(d => s.jump[d] * w.stride[d]),
      start: each(d => s.start[d] - w.padding[d] * s.jump[d]),
    }
  }, seen)
}

/** One layer after the other as one, for `infer` of a module that runs them so. */
export function inferChain(layers: readonly Module[], input: Shape): Inferred {
  return layers.reduce<Inferred>(
    (done, m) => {
      const next =
        m instanceof Sequential ? inferChain(m.children, done.output) : m.infer(done.output)
      return {
        output: next.output,
        macs: done.macs + next.macs,
        windows: [...(done.windows ?? []), ...(next.windows ?? [])],
        global: (done.global ?? false) || (next.global ?? false),
      }
    },
    { output: input, macs: 0 },
  )
}
