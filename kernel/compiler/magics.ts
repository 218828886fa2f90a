/** Lines that begin with `%`, before a cell's code. */
import { parseSetting } from './options.ts'

export interface Magics {
  /** The cell with its magic lines blank: positions stay. */
  source: string
  /** Options that `%ts name=value` sets. */
  settings: Record<string, unknown> | null
  /** `%ts` alone, `%help`: what the pager is to show. */
  page: 'options' | 'help' | null
}
export interface MagicError {
  line: number
  message: string
}

export const HELP = `Magics stand on the first lines of a cell:

  %ts                     the compiler options of cells, and where they come from
  %ts strict=false        sets options of a tsconfig for this and all later cells
  %ts jsx=react-jsx jsxImportSource=preact
  %help                   this page

  name?                   type and documentation of a name or expression, as in  Math.max?

Options can also stand in a tsconfig.json in the notebook's folder.`

export function readMagics(source: string): Magics | MagicError {
  const lines = source.split('\n')
  let settings: Record<string, unknown> | null = null
  let page: Magics['page'] = null
  for (const [i, line] of lines.entries()) {
    if (!line.trim()) continue
    if (!line.startsWith('%')) break
    const [word, ...rest] = line.trim().split(/\s+/)
    if (word === '%ts') {
      if (!rest.length) page = 'options'
      for (const text of rest) {
        const setting = parseSetting(text)
        if (!setting)
          return { line: i, message: `%ts ${text}: say option=value, for example %ts strict=false` }
        settings = { ...(settings ?? {}), [setting[0]]: setting[1] }
      }
    } else if (word === '%help') page = 'help'
    else return { line: i, message: `${word} is no magic of this kernel; it has %ts and %help` }
    lines[i] = ''
  }
  return { source: lines.join('\n'), settings, page }
}
