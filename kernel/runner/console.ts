/** What the console of a notebook does otherwise than a terminal's. */
import { inspect } from 'node:util'
import type { Output, StreamName } from './output.ts'
import type { Data } from './values/bundle.ts'
import { asTable } from './values/table.ts'

const METHODS: Record<'log' | 'info' | 'debug' | 'warn' | 'error', StreamName> = {
  log: 'stdout',
  info: 'stdout',
  debug: 'stdout',
  warn: 'stderr',
  error: 'stderr',
}

let groups = 0
/** Whether numbers and the like are written as `String` does: no colours, no separators. */
let isBare = true

/** A value without parts as Node's console shows it; null for any other. */
function bare(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return isBare ? (Object.is(value, -0) ? '-0' : String(value)) : null
    case 'bigint':
      return isBare ? `${value}n` : null
    case 'boolean':
    case 'undefined':
      return isBare ? String(value) : null
    default:
      return value === null && isBare ? 'null' : null
  }
}

/** What `console.log(...args)` writes, where nothing in it has to be taken apart or formatted; else null. */
export function line(args: readonly unknown[]): string | null {
  const [first] = args
  if (args.length > 1 && typeof first === 'string' && first.includes('%')) return null
  let text = ''
  for (let i = 0; i < args.length; i++) {
    const shown = bare(args[i])
    if (shown === null) return null
    text += i ? ` ${shown}` : shown
  }
  return `${text}\n`
}

/**
 * Plain text and numbers, which loops print a hundred thousand times, go straight to the output: Node's console takes ten times as
 * long. All else, and all that is printed while `process.stdout.write` is the user's own, goes through Node's.
 */
function shortcut(output: Output): void {
  for (const method of Object.keys(METHODS) as (keyof typeof METHODS)[]) {
    const name = METHODS[method]
    const stream = process[name]
    const { write } = stream
    const original = console[method]
    const shorter = (...args: unknown[]): void => {
      const text = groups === 0 && stream.write === write ? line(args) : null
      if (text === null) original(...args)
      else output.write(name, text)
    }
    console[method] = Object.defineProperty(shorter, 'name', { value: method })
  }
}

/**
 * @param output whose streams' `write` are there already
 * @param clear removes the cell's output
 */
export function keepConsole(output: Output, show: (data: Data) => void, clear: () => void): void {
  shortcut(output)
  const { group, groupEnd, table } = console
  console.group = (...label: unknown[]) => {
    groups++
    group(...label)
  }
  console.groupCollapsed = console.group
  console.groupEnd = () => {
    if (groups > 0) groups--
    groupEnd()
  }
  console.table = (data?: unknown, columns?: readonly string[]) => {
    let made: ReturnType<typeof asTable>
    try {
      made = asTable(data, columns)
    } catch {
      return console.log(data)
    }
    if (made) show({ 'text/html': made.html, 'text/plain': made.text })
    else table(data, columns)
  }
  console.clear = clear
}

/** A cell begins: a group that another left open does not indent it. */
export function beginConsole(): void {
  while (groups > 0) console.groupEnd()
  const { numericSeparator } = inspect.defaultOptions
  isBare = !numericSeparator && process.env.FORCE_COLOR === undefined
}
