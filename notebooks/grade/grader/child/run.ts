/**
 * The student's process. It runs the notebook's cells as the kernel would and calls the functions it is asked for; it knows
 * no test, no expected value and no seed. Its protocol and the student's code live in one process, so an answer may be
 * forged: it is still only an answer.
 */
import { createRequire } from 'node:module'
import { types } from 'node:util'
import vm from 'node:vm'
import { CellState, exported, readable, Variables } from '@layerscope/kernel/cells'
import { FROM_CHILD, Reader, TOKEN, type Plain } from '../wire.ts'
import type { CompiledCell } from './compile.ts'
import { readFrame, writeFrame } from './channel.ts'
import { cut, Encoder, NotPlain } from './encode.ts'

const { apply, ownKeys } = Reflect
const { is, keys } = Object
const { isPromise } = types
const then = Promise.prototype.then
const Later = Promise
const asText = String
const runScript = vm.runInThisContext
const variables = new Variables()
const meta = { url: 'file:///tmp/cell.js', filename: '/tmp/cell.js', dirname: '/tmp' }
const requireNode = createRequire(__filename)

/** What `layerscope-grade` gives a notebook that is being graded: its cells may check and predict, and nothing comes of it. */
const STUDENTS_SIDE: Record<string, unknown> = {
  check: () => undefined,
  submit: () => undefined,
  predict: (_id: unknown, guess: unknown) => guess,
  guesses: () => undefined,
}

/** Modules that cells may use, and why not others: set before the first cell. */
let modules: readonly string[] = []
let assignment = ''

/** Stands for what may be imported and not used: cells that only name it run. */
function refused(id: string): object {
  const of = (name: string): unknown => {
    const refuse = () => {
      throw new Error(
        `${name} of ${id} cannot be used in ${assignment}: its tasks are to be solved without it`,
      )
    }
    return new Proxy(function () {}, {
      get: refuse,
      set: refuse,
      has: refuse,
      apply: refuse,
      construct: refuse,
      ownKeys: refuse,
      getPrototypeOf: refuse,
    })
  }
  return new Proxy(Object.create(null) as object, {
    get: (_, name) =>
      typeof name === 'symbol' || name === 'then' || name === '__esModule' ? undefined : of(name),
    has: (_, name) => typeof name === 'string' && name !== 'then' && name !== '__esModule',
  })
}

async function load(id: string): Promise<unknown> {
  if (modules.includes(id)) return import(id)
  return id === 'layerscope-grade' ? STUDENTS_SIDE : refused(id)
}

/** Answers one request. */
type Reply = (kind: number, fill?: (to: Encoder) => void) => void

function replyTo(token: Uint8Array): Reply {
  const start = (kind: number) => {
    const to = new Encoder()
    to.raw(token)
    to.byte(kind)
    return to
  }
  return (kind, fill) => {
    let to = start(kind)
    try {
      fill?.(to)
    } catch (e) {
      to = start(FROM_CHILD.notPlain)
      to.string(e instanceof NotPlain ? e.why : 'an error while it was read')
    }
    writeFrame(to.bytes, to.at)
  }
}

/** Name and message of whatever was thrown, read with care and cut. */
function wordsOf(e: unknown): [name: string, message: string] {
  const read = (key: 'name' | 'message' | 'stack') => {
    try {
      const text = (e as Record<string, unknown>)[key]
      return typeof text === 'string' ? text : ''
    } catch {
      return ''
    }
  }
  if (typeof e !== 'object' || e === null) {
    let text = ''
    try {
      text = typeof e === 'symbol' || typeof e === 'function' ? `a ${typeof e}` : asText(e)
    } catch {
      // It stays without words.
    }
    return ['', cut(text, 500)]
  }
  let message = cut(read('message'), 500)
  try {
    message = readable(message)
  } catch {
    // Patched away: as it is.
  }
  return [cut(read('name'), 80), message]
}

function settle(value: unknown, done: (value: unknown) => void, fail: (e: unknown) => void): void {
  if (isPromise(value)) apply(then, value, [done, fail])
  else done(value)
}

async function bindImports(cell: CompiledCell): Promise<void> {
  for (const { id, names } of cell.imports) {
    const module = await load(id)
    for (const [local, name] of names) variables.follow(local, () => exported(module, name))
  }
}

async function runCell(cell: CompiledCell): Promise<void> {
  await bindImports(cell)
  const state = new CellState(meta, load, requireNow)
  const f = runScript(cell.js, { filename: cell.name, displayErrors: false }) as (
    ...args: unknown[]
  ) => unknown
  const boxes = cell.boxes.map(name => variables.box(name))
  state.n = 0
  await f(state, requireNow, meta.filename, meta.dirname, ...boxes)
}

function requireNow(id: string): unknown {
  const name = asText(id)
  if (modules.includes(name)) return requireNode(name)
  return name === 'layerscope-grade' ? STUDENTS_SIDE : refused(name)
}

function lookUp(name: string): { value: unknown } | null {
  try {
    return { value: variables.box(name).v }
  } catch {
    return null
  }
}

/** Number of the first argument that differs from what was sent, from 0; -1 for none. */
function changedAt(args: readonly Plain[], sent: readonly Plain[]): number {
  for (let i = 0; i < sent.length; i++) if (!alike(args[i], sent[i])) return i
  return -1
}
function alike(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return is(a, b)
  if (ownKeys(a).length !== ownKeys(b).length) return false
  for (const key of keys(b))
    if (!alike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
      return false
  return true
}

/**
 * @param again reads the arguments anew, as they were sent
 * @param next goes on with the next request
 */
function ask(
  name: string,
  args: readonly Plain[],
  again: () => readonly Plain[],
  reply: Reply,
  next: () => void,
): void {
  const found = lookUp(name)
  const fail = (e: unknown) => {
    const [kind, message] = wordsOf(e)
    const place = placeOf(e)
    reply(FROM_CHILD.threw, to => {
      to.string(kind)
      to.string(message)
      to.string(place)
    })
    next()
  }
  const give = (value: unknown) => {
    let changed = -1
    try {
      if (args.length) changed = changedAt(args, again())
    } catch {
      // Getters in an argument of his: no hint, then.
    }
    reply(FROM_CHILD.value, to => {
      to.value(value, 0)
      to.count(changed + 1)
    })
    next()
  }
  if (!found) {
    reply(FROM_CHILD.missing)
    next()
  } else if (typeof found.value !== 'function') settle(found.value, give, fail)
  else {
    let result: unknown
    try {
      result = apply(found.value as (...a: unknown[]) => unknown, undefined, args)
    } catch (e) {
      fail(e)
      return
    }
    settle(result, give, fail)
  }
}

/** `cell 3, line 2` of an error's stack: our own first line of a cell is not counted. */
function placeOf(e: unknown): string {
  try {
    const stack = (e as { stack?: unknown }).stack
    const at =
      typeof stack === 'string'
        ? /\((cell \d+):(\d+):\d+\)|at (cell \d+):(\d+):\d+/.exec(stack)
        : null
    if (!at) return ''
    return `${at[1] ?? at[3]}, line ${Number(at[2] ?? at[4]) - 1}`
  } catch {
    return ''
  }
}

function serve(): void {
  const bytes = readFrame()
  if (!bytes) process.exit(0)
  const from = new Reader(bytes)
  const token = from.raw(TOKEN)
  const what = from.string()
  const reply = replyTo(token)
  if (what === 'setup') {
    assignment = from.string()
    modules = JSON.parse(from.string()) as string[] // the grader's own
    reply(FROM_CHILD.ready)
    next()
    return
  }
  if (what === 'cell') {
    const cell = JSON.parse(from.string()) as CompiledCell // the grader's own
    const end = (e: unknown, ok: boolean) => {
      const [name, message] = ok ? ['', ''] : wordsOf(e)
      reply(FROM_CHILD.cell, to => {
        to.byte(ok ? 1 : 0)
        to.string(name)
        to.string(message)
      })
      next()
    }
    apply(then, runCell(cell), [() => end(undefined, true), (e: unknown) => end(e, false)])
    return
  }
  const name = from.string()
  const args = from.value() as readonly Plain[]
  const again = () => {
    const from = new Reader(bytes)
    from.raw(TOKEN)
    from.string()
    from.string()
    return from.value() as readonly Plain[]
  }
  ask(name, args, again, reply, next)
}

/** Between two requests nothing of the student's runs that does not run by itself. */
function next(): void {
  apply(then, new Later<void>(done => done()), [serve])
}

process.on('uncaughtException', () => undefined)
process.on('unhandledRejection', () => undefined)
const hello = readFrame()
if (hello) replyTo(hello)(FROM_CHILD.ready)
serve()
