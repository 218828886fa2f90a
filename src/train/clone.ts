/** Copies of networks and optimisers, so that a branch trains on beside its run. */
import { noGrad } from '../autograd/tape.ts'
import { Module, parameter } from '../nn/module.ts'
import { Generator } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Optimizer, Scheduler } from './optimizer.ts'

export interface Copy {
  net: Module
  /** The copy's tensor for each of the original's. */
  tensors: ReadonlyMap<Tensor, Tensor>
}

/**
 * A network with the same fields: tensors, modules, lists and plain objects are copied (shared ones once), everything else
 * is the original's. Forward hooks stay behind.
 * @throws TypeError for a class with private #fields or functions in fields that use `this`: they would act on the original
 */
export function copyNetwork(net: Module): Copy {
  const parameters = new Set(net.parameters())
  const seen = new Map<object, unknown>()
  const tensors = new Map<Tensor, Tensor>()

  const tensor = (t: Tensor): Tensor => {
    const own = noGrad(() => t.detach().clone())
    tensors.set(t, own)
    if (parameters.has(t)) parameter(own).requiresGrad = t.requiresGrad
    return own
  }
  const fields = (from: object, to: object, where: string): void => {
    for (const key of Reflect.ownKeys(from)) {
      const field = Object.getOwnPropertyDescriptor(from, key)! // a key of its own
      // Hooks set a forward that is not enumerable; they stay behind.
      if (from instanceof Module && !field.enumerable) continue
      if ('value' in field) field.value = copy(field.value, `${where}.${String(key)}`)
      Object.defineProperty(to, key, field)
    }
  }
  const copy = (value: unknown, where: string): unknown => {
    if (typeof value === 'function' && /\bthis\b/.test(String(value)) && !isClass(value))
      throw new TypeError(
        `branch: ${where} is a function that uses \`this\`, the original; make it a method, or give the branch a network of its own: branch({ net, optimizer })`,
      )
    if (typeof value !== 'object' || value === null) return value
    const known = seen.get(value)
    if (known !== undefined) return known
    const remember = <T extends object>(made: T): T => {
      seen.set(value, made)
      return made
    }
    if (value instanceof Tensor) return remember(tensor(value))
    if (value instanceof Generator) {
      const own = remember(new Generator())
      own.setState(value.getState())
      return own
    }
    if (ArrayBuffer.isView(value) && 'slice' in value && typeof value.slice === 'function')
      return remember((value.slice as () => object)()) // every typed array's copy is an object
    if (value instanceof Map) {
      const own = remember(new Map<unknown, unknown>())
      for (const [k, v] of value) own.set(copy(k, where), copy(v, where))
      return own
    }
    if (value instanceof Set) {
      const own = remember(new Set<unknown>())
      for (const v of value) own.add(copy(v, where))
      return own
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    const plain = Array.isArray(value) || prototype === Object.prototype || prototype === null
    if (!plain && !(value instanceof Module)) return value
    if (value instanceof Module) refusePrivate(value)
    const own = remember(
      // The prototype of an object is an object or null.
      (Array.isArray(value) ? [] : Object.create(prototype as object | null)) as object,
    )
    fields(value, own, where)
    return Object.isFrozen(value) ? Object.freeze(own) : own
  }
  return { net: copy(net, net.constructor.name) as Module, tensors } // a module's copy is one
}

const isClass = (f: object): boolean => /^class\b/.test(String(f))

function refusePrivate(m: Module): void {
  let prototype = Object.getPrototypeOf(m) as object | null
  for (
    ;
    prototype && prototype !== Module.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    // prettier-ignore
    const field = /\bthis\.(#\w+)/.exec(String(prototype.constructor))?.[1]
    if (field)
      throw new TypeError(
        `branch: ${prototype.constructor.name} has a private field ${field}, which cannot be copied; declare it \`private ${field.slice(1)}\`, or give the branch a network of its own: branch({ net, optimizer })`,
      )
  }
}

/**
 * An optimiser of the same class and settings on the copied parameters, without state: `new Class(parameters, settings)`,
 * with parameter groups where there are some.
 */
export function copyOptimizer(
  optimizer: Optimizer,
  tensors: ReadonlyMap<Tensor, Tensor>,
): Optimizer {
  const mine = (p: Tensor): Tensor => {
    const own = tensors.get(p)
    if (!own)
      throw new RangeError(
        `branch: the optimiser has a parameter [${p.shape.join(', ')}] that is not in the network; give the branch an optimiser: branch({ net, optimizer })`,
      )
    return own
  }
  const settings = Object.fromEntries(
    Object.entries(optimizer).filter(([, v]) => typeof v !== 'object' || isList(v)),
  )
  const groups = optimizer.paramGroups?.map(group => ({ ...group, params: group.params.map(mine) }))
  const plain = !groups || (groups.length === 1 && Object.keys(groups[0]).length === 1)
  // By the convention of every optimiser here and in PyTorch.
  const make = optimizer.constructor as new (parameters: unknown, settings: object) => Optimizer
  return new make(plain ? optimizer.parameters.map(mine) : groups, settings)
}

/**
 * A schedule like this one for another optimiser; those inside it too.
 * @throws TypeError for one that does not hold its optimiser in a field
 */
export function copySchedule(schedule: Scheduler, from: Optimizer, to: Optimizer): Scheduler {
  let found = false
  const copy = (value: unknown): unknown => {
    if (value === from) {
      found = true
      return to
    }
    if (Array.isArray(value)) return value.map(copy)
    if (typeof value !== 'object' || value === null || !('loadStateDict' in value)) return value
    const own = Object.create(Object.getPrototypeOf(value) as object | null) as object // as objects have
    return Object.assign(own, Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copy(v)]))) // prettier-ignore
  }
  const own = copy(schedule) as Scheduler // of the same class
  if (!found)
    throw new TypeError(
      'branch: the schedule does not hold its optimiser in a field, so it cannot be copied; give the branch one of its own: branch({ schedule })',
    )
  return own
}

/** A list of numbers, such as Adam's betas. */
const isList = (v: unknown): boolean =>
  Array.isArray(v) && v.every(n => typeof n === 'number' || typeof n === 'boolean')
