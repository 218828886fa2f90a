/** Whether a console may run what was typed, or waits for more. */
import type tsModule from 'typescript'
import type { BoundFile, TypeScript } from './typescript.ts'
import { readMagics } from './magics.ts'

export interface Completeness {
  status: 'complete' | 'incomplete' | 'invalid'
  /** What the next line begins with. */
  indent: string
}

/** Errors of the parser that more text can mend wherever they stand. */
const OPEN = new Set([
  1160, // unterminated template literal
  1010, // '*/' expected
  17008, // JSX element has no closing tag
  17014, // JSX fragment has no closing tag
])

/** `name?`, which the kernel answers in the pager. */
const QUESTION = /^\s*\?{0,2}\s*[\p{ID_Start}$_][\p{ID_Continue}$.]*\s*\?{0,2}\s*;?\s*$/u

export function isComplete(ts: TypeScript, source: string, jsx: boolean): Completeness {
  const magics = readMagics(source)
  if ('message' in magics) return { status: 'invalid', indent: '' }
  if (/^\s*\?|\?\s*;?\s*$/.test(source) && QUESTION.test(source))
    return { status: 'complete', indent: '' }
  const statuses = [judge(ts, magics.source, ts.ScriptKind.TS)]
  if (jsx) {
    const { status, casts } = judge(ts, magics.source, ts.ScriptKind.TSX)
    // `<b>text` is a cast in .ts and the beginning of an element in .tsx.
    if (status === 'incomplete' && statuses[0].casts) statuses.shift()
    statuses.push({ status, casts })
  }
  const status =
    (['complete', 'incomplete', 'invalid'] as const).find(s =>
      statuses.some(v => v.status === s),
    ) ?? 'invalid'
  return { status, indent: status === 'incomplete' ? indentOf(source) : '' }
}

interface Verdict {
  status: Completeness['status']
  /** It has a type assertion in angle brackets. */
  casts: boolean
}

function judge(ts: TypeScript, source: string, kind: number): Verdict {
  const file = ts.createSourceFile(
    kind === ts.ScriptKind.TSX ? 'cell.tsx' : 'cell.ts',
    source,
    {
      languageVersion: ts.ScriptTarget.Latest,
      // A module, so that `await` at the top is one.
      setExternalModuleIndicator: f =>
        void ((f as { externalModuleIndicator?: unknown }).externalModuleIndicator = true),
    },
    false,
    kind,
  )
  const casts = (node: tsModule.Node): boolean =>
    ts.isTypeAssertionExpression(node) || ts.forEachChild(node, n => casts(n) || undefined) === true
  const { parseDiagnostics } = file as BoundFile // as the parser leaves it
  return { status: statusOf(source, parseDiagnostics[0]), casts: casts(file) }
}

function statusOf(
  source: string,
  first: { start: number; code: number } | undefined,
): Completeness['status'] {
  if (!first) return 'complete'
  const end = source.trimEnd().length
  // The first error is where the text went wrong. At its very end, it is not wrong but unfinished.
  const atEnd = first.start >= end
  const unfinishedRegex = first.code === 1161 && !source.slice(first.start).includes('\n')
  if (unfinishedRegex) return 'invalid'
  if (OPEN.has(first.code)) return 'incomplete'
  // A string ends on its line: "unterminated string literal" stays wrong, unless a backslash continues it.
  if (first.code === 1002) return /\\\n?$/.test(source) ? 'incomplete' : 'invalid'
  return atEnd ? 'incomplete' : 'invalid'
}

/** Two spaces more than the last line for every bracket it leaves open. */
function indentOf(source: string): string {
  const line = /[^\n]*$/.exec(source.trimEnd())?.[0] ?? ''
  const own = /^\s*/.exec(line)?.[0] ?? ''
  const bare = line.replace(/(["'])(?:\\.|(?!\1).)*\1|\/\/.*$|\/\*.*?\*\//g, '')
  let open = 0
  for (const c of bare.trimStart().replace(/^[)\]}]+/, ''))
    if ('([{'.includes(c)) open++
    else if (')]}'.includes(c)) open--
  return open > 0 || /=>\s*$/.test(bare) ? `${own}  ` : own
}
