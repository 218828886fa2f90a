/**
 * Events and callbacks that no promise carries keep their cell: an emitter (a stream, a socket, a server, what they bring forth)
 * that speaks out of nowhere speaks as part of the cell that made it, and so do callbacks of the file system and ticks.
 */
import crypto from 'node:crypto'
import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Parent } from '../pipe.ts'
import { current, isStopped, known, within } from './context.ts'

/** A private field on somebody else's object: nothing that could be seen there. */
class Returned {
  constructor(object: object) {
    return object
  }
}
class Maker extends Returned {
  #cell: Parent | null
  private constructor(emitter: object, cell: Parent | null) {
    super(emitter)
    this.#cell = cell
  }
  static note(emitter: object, cell: Parent | null): void {
    if (!(#cell in emitter)) new Maker(emitter, cell)
  }
  static of(emitter: object): Parent | null {
    return #cell in emitter ? emitter.#cell : null
  }
  /** What an emitter hands on and nobody is known to have made belongs to the same cell. */
  static adopt(value: unknown, cell: Parent): void {
    if (typeof value === 'object' && value !== null && #cell in value) value.#cell ??= cell
  }
}

const blamed = new WeakMap<object, Parent>()
/** The cell whose callback threw an error that nobody caught, where that is known. */
export const blamedFor = (error: unknown): Parent | null =>
  typeof error === 'object' && error !== null ? (blamed.get(error) ?? null) : null

function asPartOf<T>(cell: Parent, f: () => T): T {
  try {
    return within(cell, f)
  } catch (e) {
    if (typeof e === 'object' && e !== null) blamed.set(e, cell)
    throw e
  }
}

type Callback = (this: unknown, ...args: unknown[]) => unknown

/** The same function, called as part of the cell that speaks now. */
function kept(f: Callback): Callback {
  const cell = known()
  if (!cell) return f
  return function (...args) {
    return asPartOf(cell, () => Reflect.apply(f, this, args))
  }
}

/**
 * Nothing once its cell was interrupted. A tick that waits behind the one that was cut would else go on, and a loop of them
 * with it, where no interrupt is asked for any more.
 */
function untilStopped(f: Callback): Callback {
  const cell = current()
  return function (this: unknown, ...args) {
    if (!isStopped(cell)) return Reflect.apply(f, this, args)
  }
}

function followEmitters(): void {
  // As Node's own domains do it.
  const Emitter = EventEmitter as unknown as { init: (this: object, options?: object) => void }
  const { init } = Emitter
  Emitter.init = function (options) {
    Maker.note(this, known())
    Reflect.apply(init, this, [options])
  }
  const { emit } = EventEmitter.prototype
  EventEmitter.prototype.emit = function (...args) {
    const cell = known() ? null : Maker.of(this)
    if (!cell) return Reflect.apply(emit, this, args)
    for (const value of args) Maker.adopt(value, cell)
    return asPartOf(cell, () => Reflect.apply(emit, this, args))
  }
}

/** Functions whose last argument is called back. */
function followCallbacks(module: object, names: readonly string[]): void {
  for (const name of names) {
    const original: unknown = Reflect.get(module, name)
    if (typeof original !== 'function') continue
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      const last = args.at(-1)
      if (typeof last === 'function') args[args.length - 1] = kept(last as Callback)
      return Reflect.apply(original, this, args)
    }
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original))
    Reflect.set(module, name, wrapped)
  }
}
const withSync = (module: object): string[] =>
  Object.keys(module).filter(name => Object.hasOwn(module, `${name}Sync`))

export function followCallbacksAndEvents(): void {
  followEmitters()
  followCallbacks(fs, withSync(fs))
  followCallbacks(crypto, [...withSync(crypto), 'randomBytes', 'randomInt'])
  const { nextTick } = process
  process.nextTick = Object.assign((callback: Callback, ...args: unknown[]): void => {
    nextTick(typeof callback === 'function' ? untilStopped(kept(callback)) : callback, ...args)
  }, nextTick)
  const { queueMicrotask } = globalThis
  globalThis.queueMicrotask = callback =>
    queueMicrotask(typeof callback === 'function' ? (kept(callback) as () => void) : callback)
  syncBuiltinESMExports()
}
