/** Modules: layers and networks as objects with parameters. */
import { restoring } from '../backend/interrupted.ts'
import { inModule } from '../autograd/recorder.ts'
import { noGrad } from '../autograd/tape.ts'
import { sameShape, show, type Shape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { Summary } from './summary.ts'

export type StateDict = Record<string, Tensor>
/** Called after `forward`; what it returns replaces the output. */
export type ForwardHook<M = Module, X = Tensor, Y = Tensor> = (
  module: M,
  input: X,
  output: Y,
) => Y | void

/** What a layer makes of a shape, without being run. */
export interface Inferred {
  /** Shape of the result. */
  output: Shape
  /** Multiplications with an addition, for the whole input. */
  macs: number
  /** Windows that a value looks through, one after the other; none for a layer that works value by value. */
  windows?: readonly InferredWindow[]
  /** A value sees the whole map: receptive fields end here. */
  global?: boolean
}
/** All in cells, [vertical, horizontal]. */
export interface InferredWindow {
  kernel: readonly [number, number]
  stride: readonly [number, number]
  padding: readonly [number, number]
  dilation: readonly [number, number]
  /** Cells at the lower and right border that no window covers. */
  leftover: readonly [number, number]
}

/**
 * Base class of layers and networks. Parameters are the tensors among its fields that were made by `parameter`, buffers the
 * others, children the modules; names follow the fields: `conv1.weight`. What `forward` takes and returns is one tensor
 * unless a class says otherwise: `Module<[x: Tensor, h: Tensor], Tensor>`.
 */
export abstract class Module<I extends readonly unknown[] = [x: Tensor], O = Tensor> {
  training = true

  abstract forward(...inputs: I): O

  /**
   * What the layer makes of an input of this shape, for `architecture`. Every layer of ours has a rule; a class of yours may
   * override it (often with `inferChain`).
   * @throws Error without a rule
   */
  infer(_input: Shape): Inferred {
    throw new Error(
      `architecture: ${this.constructor.name} has no rule for shapes; override infer(shape) in it`,
    )
  }
  /** Name of a tensor of this module in parameters and state: its field's; PyTorch's in layers of ours. @internal */
  tensorName(field: string): string {
    return field
  }

  /** Children by name, in the order of the fields. */
  *namedChildren(): Iterable<[string, Module]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value as Module]
      else if (Array.isArray(value))
        for (const [i, m] of value.entries()) if (m instanceof Module) yield [`${name}.${i}`, m]
    }
  }

  /** This module ('' ) and all below it, with dotted names. */
  *namedModules(prefix = ''): Iterable<[string, Module]> {
    // Typed by what most modules take: who walks them looks at names, tensors and modes.
    yield [prefix, this as unknown as Module]
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix ? `${prefix}.${name}` : name)
  }

  /** Tensors that training changes (frozen ones too), with dotted names; one that several layers share comes once. */
  namedParameters(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return [...tensorsOf(this)].filter(([, t]) => {
      if (!parameters.has(t) || seen.has(t)) return false
      seen.add(t)
      return true
    })
  }
  parameters(): Tensor[] {
    return this.namedParameters().map(([, t]) => t)
  }
  /** Tensors that belong to the state but are not trained, e.g. running means. */
  namedBuffers(): [string, Tensor][] {
    return [...tensorsOf(this)].filter(([, t]) => !parameters.has(t))
  }
  buffers(): Tensor[] {
    return this.namedBuffers().map(([, t]) => t)
  }

  /** Parameters and buffers by name; copies, so that training goes on without changing them. */
  stateDict(): StateDict {
    return noGrad(() =>
      Object.fromEntries([...tensorsOf(this)].map(([name, t]) => [name, t.detach().clone()])),
    )
  }

  /**
   * Copies values in, by name.
   * @param options strict: names must be the same on both sides. Default true; else those that both have are copied
   * @returns names of this module that the state lacks, and names that only the state has
   * @throws RangeError listing what is missing, unknown or of another shape; nothing is changed then
   */
  loadStateDict(
    state: StateDict,
    { strict = true }: { strict?: boolean } = {},
  ): { missingKeys: string[]; unexpectedKeys: string[] } {
    const own = new Map(tensorsOf(this))
    const missingKeys = [...own.keys()].filter(k => !Object.hasOwn(state, k))
    const unexpectedKeys = Object.keys(state).filter(k => !own.has(k))
    const wrong = [
      ...(strict ? missingKeys.map(k => `${k} is missing`) : []),
      ...(strict ? unexpectedKeys.map(k => `${k} is unknown`) : []),
      ...[...own].flatMap(([k, t]) => {
        if (!Object.hasOwn(state, k)) return []
        const given: unknown = state[k]
        if (!(given instanceof Tensor)) return [`${k} is ${typeof given}, not a tensor`]
        return sameShape(t.shape, given.shape)
          ? []
          : [`${k} is ${show(given.shape)}, the model has ${show(t.shape)}`]
      }),
    ]
    if (wrong.length)
      throw new RangeError(
        `loadStateDict: ${wrong.slice(0, 6).join('; ')}${wrong.length > 6 ? `; and ${wrong.length - 6} more` : ''}`,
      )
    noGrad(() => own.forEach((t, k) => Object.hasOwn(state, k) && t.copy_(state[k])))
    return { missingKeys, unexpectedKeys }
  }

  /** Forgets all gradients: `grad` becomes null. */
  zeroGrad(): void {
    for (const p of this.parameters()) p.grad = null
  }

  /**
   * Float parameters and buffers in another dtype. Returns itself. The tensors are new ones: make the optimiser afterwards.
   */
  to(dtype: 'float32' | 'float64'): this {
    const made = new Map<Tensor, Tensor>()
    const convert = (t: Tensor): Tensor => {
      if (t.dtype === dtype || (t.dtype !== 'float32' && t.dtype !== 'float64')) return t
      const known = made.get(t)
      if (known) return known
      const y = noGrad(() => t.detach().to(dtype))
      made.set(t, parameters.has(t) ? parameter(y).requiresGrad_(t.requiresGrad) : y)
      return made.get(t) ?? y
    }
    for (const [, m] of this.namedModules())
      for (const [field, value] of Object.entries(m))
        if (value instanceof Tensor) Object.assign(m, { [field]: convert(value) })
    return this
  }

  /** Calls `f` on this module and all below it, children first; returns itself. */
  apply(f: (module: Module) => void): this {
    for (const [, m] of [...this.namedModules()].reverse()) f(m)
    return this
  }

  /** Training mode: dropout drops. Returns itself. */
  train(on = true): this {
    for (const [, m] of this.namedModules()) m.training = on
    return this
  }
  eval(): this {
    return this.train(false)
  }
  /** Parameters stop (or go on) learning. Returns itself. */
  freeze(): this {
    for (const p of this.parameters()) p.requiresGrad = false
    return this
  }
  unfreeze(): this {
    for (const p of this.parameters()) p.requiresGrad = true
    return this
  }

  /**
   * Calls `hook(module, input, output)` after every forward pass (with the first input, if there are several); what it
   * returns replaces the output. Returns a function that removes it.
   */
  registerForwardHook(hook: ForwardHook<this, I[0], O>): () => void {
    hooks.set(this, [...(hooks.get(this) ?? []), hook])
    if (!Object.hasOwn(this, 'forward')) watch(this)
    return () => {
      hooks.set(this, hooks.get(this)?.filter(h => h !== hook) ?? [])
    }
  }
  /** @internal */
  get hooked(): boolean {
    return !!hooks.get(this)?.length
  }
  /** `forward`. */
  call(...inputs: I): O {
    return this.forward(...inputs)
  }

  /** What stands in the brackets of its name, e.g. `1, 32, 5`. */
  describe(): string {
    return ''
  }

  /** Its parameters as a table: each tensor with its shape and number, and what of it is trained. */
  summary(): Summary {
    const rows = [...tensorsOf(this)].map(([name, t]) => ({
      name,
      shape: t.shape,
      kind: !parameters.has(t) ? 'buffer' : t.requiresGrad ? 'trained' : 'frozen',
      size: t.size,
    }))
    return new Summary(this.constructor.name, rows)
  }

  /** One line a module, with its number of parameters. */
  toString(): string {
    const count = (m: Module) => m.parameters().reduce((n, p) => n + p.size, 0)
    const lines: string[] = []
    const visit = (m: Module, name: string, depth: number) => {
      const own = count(m)
      const label = `${'  '.repeat(depth)}${name ? `${name}: ` : ''}${m.constructor.name}${m.describe() ? `(${m.describe()})` : ''}`
      lines.push(own ? `${label.padEnd(52)} ${own.toLocaleString('en').padStart(12)}` : label)
      for (const [n, c] of m.namedChildren()) visit(c, n, depth + 1)
    }
    // Sizes, names and children are read, nothing is run: what forward takes does not matter.
    visit(this as unknown as Module, '', 0)
    return lines.join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** Every tensor of `net` and what is below it, with its name. */
function* tensorsOf<I extends readonly unknown[], O>(
  net: Module<I, O>,
): Iterable<[string, Tensor]> {
  for (const [prefix, module] of net.namedModules())
    for (const [field, value] of Object.entries(module))
      if (value instanceof Tensor) {
        const name = module.tensorName(field)
        yield [prefix ? `${prefix}.${name}` : name, value]
      }
}

const parameters = new WeakSet<Tensor>()
/** Beside the modules and not in them, so that a module is no more than its fields and can be copied field by field. */
const hooks = new WeakMap<object, Hook[]>()
type Hook = (module: never, input: never, output: never) => unknown

/** Gives `m` a `forward` of its own over its class's, which runs the hooks. */
function watch<I extends readonly unknown[], O>(m: Module<I, O>): void {
  const forward = m.forward
  Object.defineProperty(m, 'forward', {
    configurable: true,
    enumerable: false,
    writable: true,
    value(this: Module<I, O>, ...inputs: I): O {
      let y = Reflect.apply(forward, this, inputs) as O // forward's own type
      // Each hook was registered for this module, its input and its output.
      for (const hook of (hooks.get(this) ?? []) as ForwardHook<Module<I, O>, I[0], O>[])
        y = hook(this, inputs[0], y) ?? y
      return y
    },
  })
}

/** Marks a tensor as a parameter: modules list it, optimisers change it. Returns it, requiring a gradient. */
export function parameter<T extends Tensor>(t: T): T {
  parameters.add(t)
  return t.requiresGrad_()
}

/**
 * Runs `f` with every module below `net` named: what is recorded meanwhile carries the path of its module. Outside, names cost nothing.
 * @internal
 */
export function withNames<T>(net: Module, f: () => T): T {
  const named = [...net.namedModules()].filter(([name]) => name !== '')
  const own = named.map(([, m]) => Object.getOwnPropertyDescriptor(m, 'forward'))
  for (const [path, m] of named) {
    const forward = m.forward
    const name = path.split('.').pop()!
    Object.defineProperty(m, 'forward', {
      configurable: true,
      enumerable: false,
      writable: true,
      value: (...args: [Tensor]) => inModule(name, () => forward.apply(m, args)),
    })
  }
  return restoring(
    () => {
      return f()
    },
    () => {
      named.forEach(([, m], i) => {
        const before = own[i]
        if (before) Object.defineProperty(m, 'forward', before)
        else Reflect.deleteProperty(m, 'forward')
      })
    },
  )
}
