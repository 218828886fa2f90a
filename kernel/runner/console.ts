/** What the console of a notebook does otherwise than a terminal's. */
import { asTable } from './values/table.ts'
import type { Data } from './values/bundle.ts'

let groups = 0

/** @param clear removes the cell's output */
export function keepConsole(show: (data: Data) => void, clear: () => void): void {
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

/** A group that a cell left open does not indent the next one. */
export function closeGroups(): void {
  while (groups > 0) console.groupEnd()
}
