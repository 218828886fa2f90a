/** What would help, for errors that people make who come from other notebooks. */
import type tsModule from 'typescript'
import type { TypeScript } from './typescript.ts'

/** Names of Python's and what is written instead. */
const INSTEAD = new Map([
  ['print', 'console.log(…) prints'],
  ['len', 'x.length is the length of an array or a text, x.size that of a Map or Set'],
  ['range', 'Array.from({ length: n }, (_, i) => i), or for (let i = 0; i < n; i++)'],
  ['True', 'it is true here'],
  ['False', 'it is false here'],
  ['None', 'it is null here'],
  ['str', 'String(x) makes a text'],
  ['int', 'Math.trunc(x) and Number(text) make whole numbers'],
  ['float', 'Number(text) makes a number'],
  ['dict', 'new Map(), or an object { key: value }'],
  ['enumerate', 'for (const [i, x] of xs.entries())'],
  ['help', 'name? shows what is known of a name'],
])
const NO_NAME = new Set([2304, 2552])
const NO_MODULE = new Set([2307, 2732])

const JSX_HINT =
  'this is JSX: `%ts jsx=react-jsx` on the first line, or a tsconfig.json, switches it on'

const PYTHON =
  /^\s*(def \w+\(.*\).*:|import \w+ as \w+\s*$|from [\w.]+ import \w|(for \w+ in|if|elif|while|with) .*[^{]:(\s*$|\s+\w)|class \w+.*:\s*$)/m

/** For a cell that does not parse. */
export const hintOfSyntax = (source: string, isJsx: boolean): string | null => {
  if (isJsx) return JSX_HINT
  return PYTHON.test(source) ? 'this looks like Python; this kernel runs TypeScript' : null
}

/** @param folder of the notebook. @returns null where there is nothing to say beyond the error */
export function hint(ts: TypeScript, d: tsModule.Diagnostic, folder: string): string | null {
  const { file, start = 0, length = 0 } = d
  if (!file) return null
  const text = file.text.slice(start, start + length)
  if (NO_MODULE.has(d.code)) {
    const id = text.replace(/^['"`]|['"`]$/g, '')
    if (!/^(@[\w.-]+\/)?\w[\w.-]*(\/|$)/.test(id)) return null
    const name = id
      .split('/')
      .slice(0, id.startsWith('@') ? 2 : 1)
      .join('/')
    return `npm install ${name}   in ${folder}`
  }
  if (!NO_NAME.has(d.code)) return null
  const line = file.text.slice(file.text.lastIndexOf('\n', start - 1) + 1).split('\n', 1)[0]
  const shell = /^\s*!\s*([a-z].*)$/.exec(line)?.[1]
  if (shell !== undefined)
    return `a shell command: require('child_process').execSync(${JSON.stringify(shell)}, { stdio: 'inherit' })`
  const instead = INSTEAD.get(text)
  if (instead !== undefined) return instead
  return isAssigned(ts, file, start) ? `let ${text} = … declares it` : null
}

/** Whether the name there is given a value by a statement of the cell's own: `x = 5`. */
function isAssigned(ts: TypeScript, file: tsModule.SourceFile, start: number): boolean {
  return file.statements.some(
    s =>
      ts.isExpressionStatement(s) &&
      ts.isBinaryExpression(s.expression) &&
      s.expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isIdentifier(s.expression.left) &&
      s.expression.left.getStart(file) === start,
  )
}
