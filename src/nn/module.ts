/** Modules: layers and networks as objects with parameters. */
import { inModule } from '../autograd/recorder.ts'
import { noGrad } from '../autograd/tape.ts'
import { sameShape, show } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'

export type StateDict = Record<string, Tensor>
/** Called after `forward`; what it returns replaces the output. */
export type ForwardHook = (module: Module, input: Tensor, output: Tensor) => Tensor | void

/**
 * Base class of layers and networks. Parameters are the tensors among its fields that were made by `parameter`, buffers the
 * others, children the modules; names follow the fields: `conv1.weight`.
 */
export abstract class Module {
  training = true

  abstract forward(x: Tensor): Tensor

  /** Children by name, in the order of the fields. */
  *namedChildren(): Iterable<[string, Module]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value]
      else if (Array.isArray(value))
        for (const [i, m] of value.entries()) if (m instanceof Module) yield [`${name}.${i}`, m]
    }
  }

  /** This module ('' ) and all below it, with dotted names. */
  *namedModules(prefix = ''): Iterable<[string, Module]> {
    yield [prefix, this]
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix ? `${prefix}.${name}` : name)
  }

  /** Tensors that training changes (frozen ones too), with dotted names. */
  namedParameters(): [string, Tensor][] {
    return [...tensorsOf(this)].filter(([, t]) => parameters.has(t))
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

  /** Copies values in. @throws RangeError listing what is missing, unknown or of another shape; nothing is changed then */
  loadStateDict(state: StateDict): void {
    const own = new Map(tensorsOf(this))
    const wrong = [
      ...[...own.keys()].filter(k => !(k in state)).map(k => `${k} is missing`),
      ...Object.keys(state)
        .filter(k => !own.has(k))
        .map(k => `${k} is unknown`),
      ...[...own]
        .filter(([k, t]) => k in state && !sameShape(t.shape, state[k].shape))
        .map(([k, t]) => `${k} is ${show(state[k].shape)}, the model has ${show(t.shape)}`),
    ]
    if (wrong.length)
      throw new RangeError(
        `loadStateDict: ${wrong.slice(0, 6).join('; ')}${wrong.length > 6 ? `; and ${wrong.length - 6} more` : ''}`,
      )
    noGrad(() => own.forEach((t, k) => t.copy_(state[k])))
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

  /** Calls `hook` after every forward pass inside a Sequential (or `call`); returns a function that removes it. */
  registerForwardHook(hook: ForwardHook): () => void {
    hooks.set(this, [...(hooks.get(this) ?? []), hook])
    return () => {
      hooks.set(this, hooks.get(this)?.filter(h => h !== hook) ?? [])
    }
  }
  /** @internal */
  get hooked(): boolean {
    return !!hooks.get(this)?.length
  }
  /** `forward`, then the hooks. */
  call(x: Tensor): Tensor {
    let y = this.forward(x)
    for (const hook of hooks.get(this) ?? []) y = hook(this, x, y) ?? y
    return y
  }

  /** What stands in the brackets of its name, e.g. `1, 32, 5`. */
  describe(): string {
    return ''
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
    visit(this, '', 0)
    return lines.join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** Tensors among the fields of a module and of those below it, with dotted names. */
function* tensorsOf(m: Module): Iterable<[string, Tensor]> {
  for (const [prefix, module] of m.namedModules())
    for (const [name, value] of Object.entries(module))
      if (value instanceof Tensor) yield [prefix ? `${prefix}.${name}` : name, value]
}

const parameters = new WeakSet<Tensor>()
/** Beside the modules and not in them, so that a module is no more than its fields and can be copied field by field. */
const hooks = new WeakMap<Module, ForwardHook[]>()

/** Marks a tensor as a parameter: modules list it, optimisers change it. Returns it, requiring a gradient. */
export function parameter(t: Tensor): Tensor {
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
  try {
    return f()
  } finally {
    named.forEach(([, m], i) => {
      const before = own[i]
      if (before) Object.defineProperty(m, 'forward', before)
      else Reflect.deleteProperty(m, 'forward')
    })
  }
}
