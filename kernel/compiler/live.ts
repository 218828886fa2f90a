/** Keys that only the live value knows: where the type of what stands before the cursor is wider than the value. */
import type tsModule from 'typescript'
import type { KeyForm } from '../pipe.ts'
import type { Project } from './project.ts'
import type { BoundFile } from './typescript.ts'

export interface LiveKeys {
  /** A variable of cells and keys from there: nothing that would have to be run. */
  path: (string | number)[]
  form: KeyForm
  /** The quote that the keys stand in already, or ''. */
  quote: string
  /** The part of the source that a quoted key replaces, UTF-16 offsets. */
  start: number
  end: number
}

const OF_MAPS = new Set(['get', 'has', 'delete', 'set'])

export function liveKeysAt(project: Project, file: BoundFile, position: number): LiveKeys | null {
  const { ts } = project
  const token = ts.findPrecedingToken(position, file)
  if (!token) return null
  const { parent } = token
  let quoted = { quote: '', start: position, end: position }
  if (ts.isStringLiteralLike(token)) {
    const text = file.text.slice(token.getStart(file), token.end)
    const start = token.getStart(file) + 1
    const isClosed = text.length > 1 && text.endsWith(text[0])
    const end = token.end - (isClosed ? 1 : 0)
    if (position < start || position > end) return null
    quoted = { quote: text[0], start, end }
  }
  const target = targetOf(ts, parent, token)
  if (!target) return null
  const { of, form } = target
  if (form !== '.' && !quoted.quote && token.kind !== ts.SyntaxKind.OpenBracketToken) return null
  const path = pathOf(project, file, of)
  if (!path || (form !== 'map' && !isWide(project, of))) return null
  return { path, form, ...quoted }
}

function targetOf(
  ts: Project['ts'],
  parent: tsModule.Node,
  token: tsModule.Node,
): { of: tsModule.Expression; form: KeyForm } | null {
  if (ts.isPropertyAccessExpression(parent) && token !== parent.expression)
    return { of: parent.expression, form: '.' }
  if (ts.isElementAccessExpression(parent) && token !== parent.expression)
    return { of: parent.expression, form: '[' }
  if (ts.isCallExpression(parent) && parent.arguments[0] === token) {
    const callee = parent.expression
    if (ts.isPropertyAccessExpression(callee) && OF_MAPS.has(callee.name.text))
      return { of: callee.expression, form: 'map' }
  }
  return null
}

/** Any, or with a string index signature. */
function isWide({ ts, checker }: Project, node: tsModule.Expression): boolean {
  const type = checker.getNonNullableType(checker.getTypeAtLocation(node))
  const parts = type.isUnion() ? type.types : [type]
  return parts.some(
    t =>
      (t.flags & ts.TypeFlags.Any) !== 0 ||
      checker.getIndexInfoOfType(t, ts.IndexKind.String) !== undefined,
  )
}

function pathOf(
  project: Project,
  file: BoundFile,
  node: tsModule.Expression,
): (string | number)[] | null {
  const { ts, checker } = project
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node)
  )
    return pathOf(project, file, node.expression)
  if (ts.isIdentifier(node)) {
    // A name of a function's own is another thing than the variable.
    const symbol = checker.getSymbolAtLocation(node)
    const isOwn = symbol?.declarations?.some(d => d.getSourceFile() === file)
    return !isOwn || file.locals?.get(node.escapedText) === symbol ? [node.text] : null
  }
  let key: string | number
  let inner: tsModule.Expression
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.name)) {
    key = node.name.text
    inner = node.expression
  } else if (ts.isElementAccessExpression(node)) {
    const { argumentExpression: at } = node
    if (ts.isStringLiteralLike(at)) key = at.text
    else if (ts.isNumericLiteral(at)) key = Number(at.text)
    else return null
    inner = node.expression
  } else return null
  const path = pathOf(project, file, inner)
  return path && [...path, key]
}
