// Random sequences of declarations, assignments and redefinitions over many cells, beside the same program as plain
// JavaScript in one piece, where a variable is a property: both must hold the same values after every cell.
// LAYERSCOPE_FUZZ=2000 runs so many programs; LAYERSCOPE_SEED=7 runs that one alone.
import vm from 'node:vm'
import { afterAll, expect, it } from 'vitest'
import { Lab } from './lab.ts'

const only = process.env.LAYERSCOPE_SEED
const seeds = only
  ? [Number(only)]
  : Array.from({ length: Number(process.env.LAYERSCOPE_FUZZ ?? 25) }, (_, i) => i + 1)
const CELLS = 30
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'k', 'm']

/** A text as the cell has it and as the reference program has it. */
interface Both {
  cell: string
  reference: string
}
type Kind = 'let' | 'const' | 'var' | 'function' | 'class' | 'enum'
interface Place {
  /** Numbers of scopes inside the cell. */
  local: ReadonlySet<string>
  /** Functions inside the cell, which hide what the names mean outside. */
  hidden: ReadonlySet<string>
  inFunction: boolean
}

function both(strings: TemplateStringsArray, ...values: (string | number | Both)[]): Both {
  let cell = strings[0]
  let reference = strings[0]
  for (const [i, v] of values.entries()) {
    cell += (typeof v === 'object' ? v.cell : v) + strings[i + 1]
    reference += (typeof v === 'object' ? v.reference : v) + strings[i + 1]
  }
  return { cell, reference }
}
const join = (parts: Both[], by: string): Both => ({
  cell: parts.map(p => p.cell).join(by),
  reference: parts.map(p => p.reference).join(by),
})

class Generator {
  #state: number
  constructor(
    seed: number,
    readonly known: Map<string, Kind>,
  ) {
    this.#state = (seed * 2654435761) >>> 0
  }
  random(n: number): number {
    // mulberry32
    let t = (this.#state = (this.#state + 0x6d2b79f5) >>> 0)
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
  pick<T>(xs: readonly T[]): T {
    return xs[this.random(xs.length)]
  }
  name(name: string, { local }: Place): Both {
    return { cell: name, reference: local.has(name) ? name : `G.${name}` }
  }
  /** Names of some kinds that can be used here. */
  names(place: Place, ...kinds: Kind[]): string[] {
    return [...this.known]
      .filter(([n, k]) => kinds.includes(k) && !place.local.has(n) && !place.hidden.has(n))
      .map(([n]) => n)
  }

  expression(place: Place, depth = 2): Both {
    const numbers = [
      ...this.names(place, 'let', 'const', 'var'),
      ...[...place.local].filter(n => n.length === 1),
    ]
    const functions = this.names(place, 'function')
    const classes = this.names(place, 'class')
    const enums = this.names(place, 'enum')
    const e = () => this.expression(place, depth - 1)
    const what = depth > 0 ? this.random(9) : this.random(3)
    if (what === 0) return both`${this.random(20)}`
    if (what < 3)
      return numbers.length ? this.name(this.pick(numbers), place) : both`${this.random(9)}`
    if (what === 3 && functions.length)
      return both`${this.name(this.pick(functions), place)}(${e()})`
    if (what === 4 && classes.length) return both`new ${this.name(this.pick(classes), place)}().v()`
    if (what === 5 && enums.length) return both`${this.name(this.pick(enums), place)}.Q`
    if (what === 6) {
      const parameter = this.pick(NAMES)
      const inside: Place = {
        local: new Set([...place.local, parameter]),
        hidden: new Set([...place.hidden].filter(n => n !== parameter)),
        inFunction: true,
      }
      return both`((${{ cell: `${parameter}: number`, reference: parameter }}) => ${this.expression(inside, depth - 1)})(${e()})`
    }
    const target = this.target(place)
    if (what === 7 && target)
      return this.pick([
        both`(${target} = ${e()})`,
        both`${target}++`,
        both`--${target}`,
        both`(${target} += ${e()} | 0)`,
      ])
    return both`(${e()} ${this.pick(['+', '-', '^', '&'])} ${e()} | 0)`
  }
  target(place: Place): Both | null {
    const names = this.names(place, 'let', 'var')
    return names.length ? this.name(this.pick(names), place) : null
  }

  statement(place: Place, depth = 2): Both {
    const target = this.target(place)
    const other = this.target(place)
    const e = () => this.expression(place, 1)
    if (target && other)
      switch (this.random(depth > 0 ? 15 : 8)) {
        case 0:
          return both`${target} ${this.pick(['=', '+=', '-=', '||=', '&&=', '^='])} ${e()} | 0;`
        case 1:
          return both`[${target}, ${other}] = [${other}, ${e()}];`
        case 2:
          return both`({ q: ${target}, r: ${other} = 3 } = ${{ cell: '({ q: 1 } as { q: number; r?: number })', reference: '({ q: 1 })' }});`
        case 3:
          return both`${target}${this.pick(['++', '--'])};`
        case 4:
          return both`hooks.push(() => ${this.expression({ ...place, inFunction: true }, 2)});`
        case 5:
          return both`for (const hook of hooks.slice(-3)) ${target} = hook() | 0;`
        case 6:
          return both`for (${target} of [1, ${e()}]) { ${other} += 1; }`
        case 8:
          return both`if (${e()} % 2) { ${this.statement(place, depth - 1)} } else { ${this.statement(place, depth - 1)} }`
        case 9:
          return both`for (let i = 0; i < ${1 + this.random(4)}; i++) { ${this.statement(place, depth - 1)} ${target} = ${target} + i | 0; }`
        case 10:
          return both`try { ${this.statement(place, depth - 1)} throw new Error('inner') } catch { ${this.statement(place, depth - 1)} }`
        case 11: {
          const shadow = this.pick(NAMES)
          const inside = { ...place, local: new Set([...place.local, shadow]) }
          inside.hidden = new Set([...place.hidden].filter(n => n !== shadow))
          return both`{ let ${shadow} = 1; ${shadow} += 2; ${this.statement(inside, depth - 1)} }`
        }
        case 12:
          return both`${this.expression(place, 2)};`
        case 13: {
          const name = this.pick(NAMES)
          const local = new Set([...place.local].filter(n => n !== name))
          const hidden = new Set([...place.hidden, name])
          return both`(function ${name}() { ${this.statement({ local, hidden, inFunction: true }, depth - 1)} })();`
        }
        case 14:
          return both`(() => { ${this.statement({ ...place, inFunction: true }, depth - 1)} })();`
      }
    return both`${this.expression(place, 2)};`
  }

  body(): Both {
    const parameter = this.pick(NAMES)
    const inside = { local: new Set([parameter]), hidden: new Set<string>(), inFunction: true }
    const statements = Array.from({ length: this.random(3) }, () => this.statement(inside, 1))
    return both`(${{ cell: `${parameter}: number = 0`, reference: `${parameter} = 0` }})${{ cell: ': number', reference: '' }} { if (--world.fuel < 0) return 0; ${join(statements, ' ')} return ${this.expression(inside, 2)} | 0; }`
  }

  /** A whole cell. Functions of the reference stand at its beginning, as they are hoisted. */
  make(): Both {
    const top: Place = { local: new Set(), hidden: new Set(), inFunction: false }
    const declared = new Set<string>()
    const hoisted: string[] = []
    const parts: Both[] = []
    const fresh = () => {
      const free = NAMES.filter(n => !declared.has(n))
      if (!free.length) return null
      const name = this.pick(free)
      declared.add(name)
      return name
    }
    // What a cell declares it may not use before: names that it will declare are out of reach until then.
    const plan = Array.from({ length: 1 + this.random(5) }, () => this.random(12))
    for (const what of plan) {
      const name = what < 8 ? fresh() : null
      if (name === null) {
        parts.push(this.statement(top))
        continue
      }
      const before = this.known.get(name)
      this.known.delete(name)
      if (
        [...parts, ...hoisted.map(h => ({ cell: '', reference: h }))].some(
          p => p.reference.includes(`G.${name}`) || p.reference.includes(`K.${name}`),
        )
      ) {
        // Used above as what it was before: it stays that.
        if (before) this.known.set(name, before)
        parts.push(this.statement(top))
        continue
      }
      const set = (kind: Kind) => ({ cell: '', reference: `K.${name} = '${kind}'; ` })
      if (what <= 3) {
        const kind = (['let', 'const', 'var', 'let'] as const)[what]
        const e = this.expression(top, 2)
        const type = { cell: ': number', reference: '' }
        parts.push(
          what === 3
            ? both`${{ cell: `let [${name}] = `, reference: `[G.${name}] = ` }}[${{ cell: `${e.cell} as number`, reference: e.reference }}]; ${set(kind)}`
            : both`${{ cell: `${kind} ${name}`, reference: `G.${name}` }}${type} = ${e}; ${set(kind)}`,
        )
        if (kind === 'var') hoisted.push(`if (!('${name}' in G)) G.${name} = undefined;`)
        this.known.set(name, kind)
      } else if (what <= 5) {
        this.known.set(name, 'function')
        const body = this.body()
        hoisted.push(`G.${name} = function ${name}${body.reference}; K.${name} = 'function';`)
        parts.push({ cell: `function ${name}${body.cell}`, reference: '' })
      } else if (what === 6) {
        const e = this.expression({ local: new Set(), hidden: new Set(), inFunction: true }, 2)
        parts.push(
          both`${{ cell: '', reference: `G.${name} = ` }}class ${name} { v()${{ cell: ': number', reference: '' }} { if (--world.fuel < 0) return 0; return ${e} } } ${{ cell: '', reference: ';' }} ${set('class')}`,
        )
        this.known.set(name, 'class')
      } else {
        const n = this.random(50)
        parts.push(
          both`${{ cell: `enum ${name} { P, Q = ${n} }`, reference: `G.${name} = { Q: ${n} };` }} ${set('enum')}`,
        )
        this.known.set(name, 'enum')
      }
    }
    if (this.random(6) === 0)
      parts.splice(
        this.random(parts.length + 1),
        0,
        both`if (world.fuel < 1e9) throw new RangeError('on purpose');`,
      )
    if (this.random(5) === 0) parts.push(both`await null;`)
    const last = this.expression(top, 2)
    return both`${{ cell: '', reference: hoisted.join('\n') }}\n${join(parts, '\n')}\n${{ cell: '', reference: 'globalThis.last = ' }}${last}`
  }
}

const lab = new Lab()
afterAll(() => lab.remove())

it.each(seeds)('program %i', async seed => {
  lab.forget()
  const world = globalThis as typeof globalThis & { fuel: number; last?: unknown }
  const kinds: Record<string, Kind> = {}
  const reference = vm.createContext({
    // Reading what was never given a value throws, as before a `let`.
    G: new Proxy({} as Record<string, unknown>, {
      get: (all, name) => {
        if (!(name in all)) throw new ReferenceError(String(name))
        return Reflect.get(all, name) as unknown
      },
    }),
    K: kinds,
    hooks: [],
    world: { fuel: 0 },
    last: undefined,
  }) as {
    G: Record<string, unknown>
    world: { fuel: number }
    last: unknown
  }
  await lab.value(
    'const world = globalThis as unknown as { fuel: number }; const hooks: (() => number)[] = []',
  )
  const program: string[] = []
  const show = (v: unknown) => (typeof v === 'number' ? v : typeof v)
  for (let i = 0; i < CELLS; i++) {
    const generator = new Generator(seed * 1000 + i, new Map(Object.entries(kinds)))
    const cell = generator.make()
    program.push(cell.cell)
    let wanted: string
    reference.world.fuel = 300
    reference.last = undefined
    try {
      await (vm.runInContext(`(async () => { ${cell.reference}\n})()`, reference) as Promise<void>)
      wanted = `value ${String(show(reference.last))}`
    } catch (e) {
      wanted = `throws ${(e as Error).name}`
    }
    world.fuel = 300
    const ran = await lab.run(cell.cell)
    const got =
      ran.typeError ??
      ('thrown' in ran
        ? `throws ${(ran.thrown as Error).name}`
        : `value ${String(show(ran.value))}`)
    const where = `seed ${seed}, cell ${i}:\n${program.slice(-4).join('\n// ---\n')}\n// reference:\n${cell.reference}\n// emitted:\n${ran.cell?.code.js}`
    expect(got, where).toBe(wanted)
    const values = Object.fromEntries(Object.keys(kinds).map(n => [n, show(lab.variables.all[n])]))
    expect(values, where).toEqual(
      Object.fromEntries(Object.keys(kinds).map(n => [n, show(reference.G[n])])).valueOf(),
    )
  }
})
