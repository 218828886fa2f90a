/** What all optimisers share: groups of parameters, gradients, state. */
import { noGrad } from '../autograd/tape.ts'
import { touch } from '../backend/storage.ts'
import { sameShape, show } from '../tensor/shape.ts'
import { empty, Tensor } from '../tensor/tensor.ts'

/** Parameters with settings of their own; what a group does not set is the optimiser's. */
export type ParameterGroup<S> = { params: readonly Tensor[] } & Partial<S>
/** Parameters, or groups of them: `[{ params: head.parameters(), lr: 0.1 }, { params: body.parameters() }]`. */
export type Parameters<S> = Iterable<Tensor> | Iterable<ParameterGroup<S>>

/** What is remembered of a parameter between steps. */
export interface Slot {
  /** Steps done. */
  step: number
  /** By name; absent before the first step. */
  tensors: Record<string, Tensor>
}
export interface OptimizerState<S> {
  settings: S
  /** Each group's own settings. */
  groups: Partial<S>[]
  /** Of each parameter in order; null before its first step. */
  state: (Slot | null)[]
}

/**
 * Base class of optimisers: `step()` moves every parameter along its `grad`, in place. Settings are fields and may be changed
 * between steps (`optimizer.lr = 0.01`), also those of a group (`optimizer.paramGroups[0].lr`).
 */
export abstract class Optimizer<S extends { lr: number }> {
  /** Learning rate of the groups that have none of their own. */
  lr: number
  readonly parameters: readonly Tensor[]
  readonly paramGroups: readonly ParameterGroup<S>[]
  private readonly slots = new Map<Tensor, Slot>()

  constructor(parameters: Parameters<S>, settings: S) {
    const name = this.constructor.name
    const list: readonly (Tensor | ParameterGroup<S>)[] = [...parameters]
    const groups = list.every(p => p instanceof Tensor)
      ? [{ params: list } as ParameterGroup<S>] // a group without settings
      : list.map(g => {
          if (typeof g !== 'object' || g === null || g instanceof Tensor || !('params' in g))
            throw new TypeError(
              `${name}: a parameter is ${g instanceof Tensor ? 'a tensor among groups' : typeof g}, not a tensor; give tensors, or groups { params, lr }`,
            )
          return { ...g, params: [...g.params] }
        })
    const all = groups.flatMap(g => g.params)
    if (!all.length) throw new RangeError(`${name}: no parameters`)
    const seen = new Set<Tensor>()
    for (const p of all) {
      if (!(p instanceof Tensor))
        throw new TypeError(`${name}: a parameter is ${typeof p}, not a tensor`)
      if (p.dtype !== 'float32' && p.dtype !== 'float64')
        throw new TypeError(`${name}: a parameter ${show(p.shape)} is ${p.dtype}; it is float`)
      if (seen.has(p)) throw new RangeError(`${name}: a parameter ${show(p.shape)} is there twice`)
      seen.add(p)
    }
    this.lr = settings.lr
    this.paramGroups = groups
    const plain = list[0] instanceof Tensor
    for (const group of groups) if (group.lr === undefined) this.follow(group, plain)
    this.parameters = all
    for (const { params: _, ...own } of groups) this.check({ ...settings, ...own })
  }

  /** Makes a group's `lr` read the optimiser's until it is set; that of plain parameters is the optimiser's. */
  private follow(group: ParameterGroup<S>, plain: boolean): void {
    Object.defineProperty(group, 'lr', {
      configurable: true,
      enumerable: false,
      get: () => this.lr,
      set: (lr: number) => {
        if (plain) this.lr = lr
        else
          Object.defineProperty(group, 'lr', {
            value: lr,
            configurable: true,
            enumerable: true,
            writable: true,
          })
      },
    })
  }

  /** The settings as they stand in the fields. */
  protected abstract settings(): S
  /** @throws RangeError for settings that make no sense */
  protected abstract check(settings: S): void
  /** One step of p along g; `slot` is p's own and kept. */
  protected abstract update(p: Tensor, g: Tensor, slot: Slot, settings: S): void

  /** Forgets all gradients: `grad` becomes null. */
  zeroGrad(): void {
    for (const p of this.parameters) p.grad = null
  }

  /** One step along every gradient there is. */
  step(): void {
    const settings = this.settings()
    noGrad(() => {
      for (const { params, ...own } of this.paramGroups) {
        const merged = { ...settings, ...own }
        for (const p of params) {
          if (!p.grad) continue
          let slot = this.slots.get(p)
          if (!slot) this.slots.set(p, (slot = { step: 0, tensors: {} }))
          slot.step++
          touch(p.storage)
          this.update(p, p.grad, slot, merged)
        }
      }
    })
  }

  /** Settings, and what is remembered of each parameter; copies. */
  stateDict(): OptimizerState<S> {
    return {
      settings: this.settings(),
      groups: this.paramGroups.map(({ params: _, ...own }) => own as unknown as Partial<S>), // all but params
      state: this.parameters.map(p => {
        const slot = this.slots.get(p)
        if (!slot) return null
        const copies = Object.entries(slot.tensors).map(([k, t]) => [k, t.detach().clone()])
        return { step: slot.step, tensors: Object.fromEntries(copies) as Record<string, Tensor> }
      }),
    }
  }
  /** Takes a copy of what `stateDict` gave. @throws RangeError when it is of other parameters; nothing is changed then */
  loadStateDict(state: OptimizerState<S>): void {
    const name = this.constructor.name
    if (state.state.length !== this.parameters.length)
      throw new RangeError(
        `${name}: state of ${state.state.length} parameters for ${this.parameters.length}`,
      )
    if (state.groups.length !== this.paramGroups.length)
      throw new RangeError(
        `${name}: state of ${state.groups.length} groups for ${this.paramGroups.length}`,
      )
    state.state.forEach((slot, i) => {
      for (const [k, t] of Object.entries(slot?.tensors ?? {}))
        if (!sameShape(t.shape, this.parameters[i].shape))
          throw new RangeError(
            `${name}: ${k} of parameter ${i} is ${show(t.shape)}, the parameter ${show(this.parameters[i].shape)}`,
          )
    })
    for (const own of [{}, ...state.groups])
      this.check({ ...this.settings(), ...state.settings, ...own })
    for (const key of Object.keys(this.settings()))
      if (Object.hasOwn(state.settings, key))
        Object.assign(this, { [key]: state.settings[key as keyof S] })
    this.paramGroups.forEach((group, i) =>
      Object.assign(group, state.groups[i], { params: group.params }),
    )
    this.slots.clear()
    state.state.forEach((slot, i) => {
      if (!slot) return
      const copies = Object.entries(slot.tensors).map(([k, t]) => [k, t.detach().clone()])
      this.slots.set(this.parameters[i], {
        step: slot.step,
        tensors: Object.fromEntries(copies) as Record<string, Tensor>,
      })
    })
  }
}

/** The tensor `name` of a slot, made of `value` when it is not there yet. @internal */
export function remembered(slot: Slot, name: string, p: Tensor, value = 0): Tensor {
  return (slot.tensors[name] ??= empty(p.shape, p.dtype).fill_(value))
}

/** @throws RangeError unless each is at least 0 @internal */
export function notNegative(name: string, values: Readonly<Record<string, number>>): void {
  for (const [key, v] of Object.entries(values))
    if (!(v >= 0)) throw new RangeError(`${name}: ${key} ${v}; it is at least 0`)
}
/** @throws RangeError unless each is at least 0 and below 1 @internal */
export function fraction(name: string, values: Readonly<Record<string, number>>): void {
  for (const [key, v] of Object.entries(values))
    if (!(v >= 0 && v < 1))
      throw new RangeError(`${name}: ${key} ${v}; it is at least 0 and below 1`)
}
