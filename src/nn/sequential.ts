import { recording } from '../autograd/recorder.ts'
import { backend, type Storage } from '../backend/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { isBuiltIn } from './built-in.ts'
import { Module } from './module.ts'

/**
 * Layers one after the other, given as a list or with names:
 *
 *     new nn.Sequential({ conv1: new nn.Conv2d(1, 6, 5), relu1: new nn.ReLU() })
 */
export class Sequential extends Module {
  /** Layers by name, in order; a list is named 0, 1, … */
  readonly layers: Readonly<Record<string, Module>>

  constructor(layers: readonly Module[] | Readonly<Record<string, Module>>) {
    super()
    const named = Array.isArray(layers)
      ? Object.fromEntries(layers.map((m, i) => [`layer${i}`, m]))
      : layers
    for (const [name, m] of Object.entries(named))
      if (!(m instanceof Module))
        throw new TypeError(
          `Sequential: ${name} is ${m === null ? 'null' : typeof m}, not a module`,
        )
    // The names as the user gave them: integer keys would be sorted before all others.
    this.layers = Object.freeze({ ...named }) as Readonly<Record<string, Module>>
    this.list = Array.isArray(layers)
  }
  private readonly list: boolean

  /** Layer by name or number. @throws RangeError */
  get(name: string | number): Module {
    const m = typeof name === 'number' ? Object.values(this.layers)[name] : this.layers[name]
    if (!m)
      throw new RangeError(
        `Sequential: no layer ${name}; there are ${Object.keys(this.layers).join(', ')}`,
      )
    return m
  }

  /** Layers in order. */
  get children(): Module[] {
    return Object.values(this.layers)
  }
  get length(): number {
    return this.children.length
  }
  [Symbol.iterator](): Iterator<Module> {
    return this.children[Symbol.iterator]()
  }

  override *namedChildren(): Iterable<[string, Module]> {
    const entries = Object.entries(this.layers)
    for (let i = 0; i < entries.length; i++)
      yield [this.list ? String(i) : entries[i][0], entries[i][1]]
  }

  forward(x: Tensor): Tensor {
    const layers = Object.values(this.layers)
    const watched = recording.current !== null
    const between: { t: Tensor; next: Tensor }[] = []
    let y = x
    for (let i = 0; i < layers.length; i++) {
      const next = layers[i].call(y)
      // What passes between two layers of ours is reached by nobody else, so its memory can go back early.
      if (
        i > 0 &&
        !watched &&
        isBuiltIn(layers[i]) &&
        isBuiltIn(layers[i - 1]) &&
        y.storage !== x.storage
      )
        between.push({ t: y, next })
      y = next
    }
    const done = new Set<Storage>()
    for (const { t } of between)
      if (t.storage === y.storage) continue
      else if (t.requiresGrad) t.inner = true
      else done.add(t.storage)
    // The layer after frozen ones needs its input for the gradient of its filters: it goes with what was recorded there.
    for (const { t, next } of between)
      if (next.node && done.delete(t.storage))
        next.node.internals = [...next.node.internals, t.storage]
    for (const s of done) backend(s.dtype).release(s)
    return y
  }
}

/** Modules in a list, named 0, 1, …; the class around it calls them. */
export class ModuleList<M extends Module = Module> extends Module<never[], never> {
  readonly modules: M[]
  constructor(modules: Iterable<M> = []) {
    super()
    this.modules = []
    for (const m of modules) this.push(m)
  }
  /** @throws TypeError for what is no module */
  push(module: M): this {
    if (!((module as unknown) instanceof Module))
      throw new TypeError(
        `ModuleList: entry ${this.modules.length} is ${module === null ? 'null' : typeof module}, not a module`,
      )
    this.modules.push(module)
    return this
  }
  get length(): number {
    return this.modules.length
  }
  /** Negative numbers count from the end. @throws RangeError */
  at(index: number): M {
    const m = this.modules.at(index)
    if (!m) throw new RangeError(`ModuleList: no entry ${index}; there are ${this.modules.length}`)
    return m
  }
  [Symbol.iterator](): Iterator<M> {
    return this.modules[Symbol.iterator]()
  }
  override *namedChildren(): Iterable<[string, Module]> {
    for (const [i, m] of this.modules.entries()) yield [String(i), m]
  }
  forward(): never {
    throw new Error(
      'ModuleList: a list has no forward; call its entries (Sequential runs them in order)',
    )
  }
}
