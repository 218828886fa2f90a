/**
 * The variables of all cells. Each name has one box; cells get the boxes they use as parameters (`compiler/link.ts`).
 *
 * A box has a prototype, and so a hidden class, of its own: V8 then stores a number that changes in place, whatever the
 * other variables hold.
 */
import vm from 'node:vm'
import type { CellCode } from '../compiler/compiler.ts'

export interface Box {
  v: unknown
}

interface Entry {
  box: Box
  prototype: object
  /** What an imported binding stands for, as far as it can be told without running anything. */
  look: (() => { value: unknown } | null) | null
}

export class Variables {
  readonly #entries = new Map<string, Entry>()
  /** All variables by name, for expressions and for looking at: accessors onto the boxes. */
  readonly all: Record<string, unknown> = Object.create(null) as Record<string, unknown>

  /** The box of a name; made on first use. Reading one that nothing was assigned to throws, as before a `let`. */
  box(name: string): Box {
    let entry = this.#entries.get(name)
    if (!entry) {
      const prototype = {}
      entry = { box: Object.create(prototype) as Box, prototype, look: null }
      this.#entries.set(name, entry)
      unassigned(prototype, name)
    }
    return entry.box
  }

  /** Whether a name has a value. */
  has(name: string): boolean {
    return name in this.all
  }

  /** These names have a value now: they become visible in `all`. */
  expose(names: readonly string[]): void {
    for (const name of names) {
      if (name in this.all) continue
      const box = this.box(name)
      Object.defineProperty(this.all, name, {
        configurable: true,
        enumerable: true,
        get: () => box.v,
        set: (v: unknown) => {
          box.v = v
        },
      })
    }
  }

  /** A variable's value, if it can be told without running anything of the user's. */
  look(name: string): { value: unknown } | null {
    const entry = this.#entries.get(name)
    if (!entry) return null
    return Object.hasOwn(entry.box, 'v') ? { value: entry.box.v } : (entry.look?.() ?? null)
  }

  /**
   * The name stands for what `read` gives, each time anew: an imported binding. Assigning ends that.
   * @param look the same without running anything, or null
   */
  follow(name: string, read: () => unknown, look: Entry['look'] = null): void {
    const box = this.box(name)
    const entry = this.#entries.get(name)! // made by the line above
    const { prototype } = entry
    entry.look = look
    Reflect.deleteProperty(box, 'v')
    Object.defineProperty(prototype, 'v', {
      configurable: true,
      get: read,
      set(this: object, value: unknown) {
        own(this, value)
      },
    })
  }
}

function unassigned(prototype: object, name: string): void {
  Object.defineProperty(prototype, 'v', {
    configurable: true,
    get: () => {
      throw new ReferenceError(`Cannot access '${name}' before initialization`)
    },
    set(this: object, value: unknown) {
      own(this, value)
    },
  })
}

function own(box: object, value: unknown): void {
  Object.defineProperty(box, 'v', {
    configurable: true,
    enumerable: true,
    writable: true,
    value,
  })
}

/** What a cell's code gets as its first parameter. */
export class CellState {
  /** Value of the last expression. */
  last: unknown = undefined
  /** How far its declarations have come; -1 before it begins. */
  n = -1

  constructor(
    /** `import.meta` */
    readonly meta: object,
    /** `import()` */
    readonly load: (id: string, options?: object) => Promise<unknown>,
    /** Modules that JSX is compiled to calls of. */
    readonly require: (id: string) => unknown,
  ) {}

  import(id: string, options?: object): Promise<unknown> {
    return this.load(String(id), options)
  }
}

/** Runs a cell. @returns a promise when it awaits */
export function runCell(
  code: CellCode,
  filename: string,
  state: CellState,
  variables: Variables,
  modules: { require: unknown; meta: { filename: string; dirname: string } },
): unknown {
  const f = vm.runInThisContext(code.js, { filename, displayErrors: false }) as (
    ...args: unknown[]
  ) => unknown
  const boxes = code.boxes.map(name => variables.box(name))
  state.n = 0
  return f(state, modules.require, modules.meta.filename, modules.meta.dirname, ...boxes)
}

/**
 * An engine's message in the user's own names: `(0 , $_f.v) is not a function` is about `f`.
 */
export function readable(message: string): string {
  return message.replace(
    /\(0 , \$_+([\p{ID_Start}$_][\p{ID_Continue}$]*)\.v\)|\$_+([\p{ID_Start}$_][\p{ID_Continue}$]*)\.v\b/gu,
    (_, called: string | undefined, read: string | undefined) => called ?? read ?? '',
  )
}

/** Names that a cell which stopped half-way has given a value. */
export function reached(code: CellCode, state: CellState): string[] {
  return code.names.filter((_, i) => state.n >= code.steps[i])
}
