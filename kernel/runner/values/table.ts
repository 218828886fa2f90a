/** Tables as HTML and as text. */
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'

const ROWS = 1000
const COLUMNS = 100
const CELL = 500

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null

function shown(value: unknown): string {
  if (value === undefined) return ''
  try {
    const text =
      typeof value === 'string'
        ? value
        : inspect(value, { depth: 0, maxArrayLength: 5, maxStringLength: 100, breakLength: 200 })
    return text.length > CELL ? `${text.slice(0, CELL)}…` : text
  } catch {
    return '[Object]'
  }
}

type Row = [index: string, value: unknown]
function rowsOf(data: unknown): { rows: Row[]; more: number } {
  if (data instanceof Map || data instanceof Set) {
    const rows: Row[] = []
    for (const entry of data.entries()) {
      if (rows.length === ROWS) break
      rows.push(data instanceof Map ? [shown(entry[0]), entry[1]] : [`${rows.length}`, entry[1]])
    }
    return { rows, more: data.size - rows.length }
  }
  const keys = Object.keys(data as object)
  return {
    rows: keys.slice(0, ROWS).map(k => [k, (data as Record<string, unknown>)[k]]),
    more: Math.max(0, keys.length - ROWS),
  }
}

/** @returns null for what is no table; then it is printed as it is */
export function asTable(
  data: unknown,
  columns?: readonly string[],
): { html: string; text: string } | null {
  if (!isObject(data)) return null
  const { rows, more } = rowsOf(data)
  const names = new Set<string>(columns ?? [])
  let hasValues = false
  for (const [, row] of rows)
    if (!isObject(row) || row instanceof Date) hasValues = true
    else if (!columns) for (const key of Object.keys(row)) if (names.size < COLUMNS) names.add(key)
  const cell = (v: unknown) =>
    `<td${typeof v === 'number' || typeof v === 'bigint' ? ' style="text-align:right"' : ''}>${escaped(shown(v))}</td>`
  const head = ['', ...names, ...(hasValues ? ['Values'] : [])]
  const body = rows.map(([index, row]) => {
    const own = isObject(row) && !(row instanceof Date)
    const cells = [...names].map(n => cell(own && Object.hasOwn(row, n) ? row[n] : undefined))
    if (hasValues) cells.push(cell(own ? undefined : row))
    return `<tr><th>${escaped(index)}</th>${cells.join('')}</tr>`
  })
  const rest = more ? `<caption style="caption-side:bottom">… ${more} more rows</caption>` : ''
  const html = `<table>${rest}<thead><tr>${head.map(h => `<th>${escaped(h)}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`
  return { html, text: plainTable(rows, columns, more) }
}

function plainTable(rows: readonly Row[], columns: readonly string[] | undefined, more: number) {
  const parts: string[] = []
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      parts.push(chunk.toString())
      done()
    },
  })
  const indexed = new Map(rows.map(([k, v]) => [/^\d+$/.test(k) ? Number(k) : k, v]))
  const printer = new Console({ stdout: sink, colorMode: false })
  const asObject = Object.fromEntries([...indexed].map(([k, v]) => [String(k), v]))
  printer.table(asObject, columns && [...columns])
  return parts.join('').replace(/\n$/, '') + (more ? `\n… ${more} more rows` : '')
}
