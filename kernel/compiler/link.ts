/**
 * Variables across cells. A cell's code is a function with its variables as locals, so its loops run at the speed of
 * locals; each top-level name also becomes an accessor on the shared `exports`, over that local. Reads in later cells go
 * through the accessor. Writes are emitted as `exports.x = x = …`, whose setter writes every cell's local of that name:
 * what an earlier cell's functions see is always the newest value.
 */
import type tsModule from 'typescript'

export interface Linked {
  js: string
  /** Names that the cell declares. */
  names: string[]
  /** Modules that it imports, literally. */
  imports: string[]
}

/**
 * @param js a cell as emitted, CommonJS
 * @param known names that earlier cells declared
 */
export function link(ts: typeof tsModule, js: string, known: ReadonlySet<string>): Linked {
  const file = ts.createSourceFile('cell.js', js, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS)
  const exported = new Set(
    [...js.matchAll(/\bexports\.([\p{ID_Start}$_][\p{ID_Continue}$]*) = /gu)].map(m => m[1]),
  )
  const names: string[] = []
  const edits: [start: number, end: number, text: string][] = []
  const bind = (name: tsModule.BindingName): void => {
    if (ts.isIdentifier(name)) {
      if (exported.has(name.text)) names.push(name.text)
    } else for (const e of name.elements) if (ts.isBindingElement(e)) bind(e.name)
  }
  for (const s of file.statements) {
    if (ts.isVariableStatement(s)) {
      const { flags, declarations } = s.declarationList
      const before = names.length
      for (const d of declarations) bind(d.name)
      // Redeclared in a later cell, a const must take the new value: TypeScript has checked that nobody else assigns it.
      if (flags & ts.NodeFlags.Const && names.length > before && !(flags & ts.NodeFlags.Using)) {
        const start = s.declarationList.getStart(file)
        edits.push([start, start + 5, 'let  '])
      }
    } else if (
      (ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s)) &&
      s.name &&
      exported.has(s.name.text)
    )
      names.push(s.name.text)
    else if (
      ts.isExpressionStatement(s) &&
      /^(exports\.[\p{ID_Continue}$]+ = )+void 0;?$/u.test(js.slice(s.getStart(file), s.end))
    ) {
      // It would set every variable to undefined before its declaration.
      edits.push([
        s.getStart(file),
        s.end,
        js.slice(s.getStart(file), s.end).replace(/[^\n]/g, ' '),
      ])
    }
  }
  // A new name has one local, so the cell's own top-level code need not go through the setter: its loops stay fast.
  const fresh = new Set(names.filter(n => !known.has(n)))
  const visit = (node: tsModule.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const name =
        ts.isPropertyAccessExpression(node.left) &&
        ts.isIdentifier(node.left.expression) &&
        node.left.expression.text === 'exports'
          ? node.left.name.text
          : ''
      if (fresh.has(name) && writes(node.right, name))
        edits.push([node.left.getStart(file), node.right.getStart(file), ''])
    }
    ts.forEachChild(node, visit)
  }
  const writes = (e: tsModule.Expression, name: string): boolean =>
    ts.isIdentifier(e)
      ? e.text === name
      : ts.isBinaryExpression(e)
        ? ts.isIdentifier(e.left) &&
          e.left.text === name &&
          e.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
          e.operatorToken.kind <= ts.SyntaxKind.LastAssignment
        : (ts.isPrefixUnaryExpression(e) || ts.isPostfixUnaryExpression(e)) &&
          ts.isIdentifier(e.operand) &&
          e.operand.text === name
  visit(file)
  let out = js
  for (const [start, end, text] of edits.sort((a, b) => b[0] - a[0]))
    out = out.slice(0, start) + text + out.slice(end)
  // Accessors of imported names must be replaceable by the next cell.
  out = out.replaceAll('Object.defineProperty(exports, "', '__define(exports, "')
  const imports = [...js.matchAll(/\brequire\("((?:[^"\\]|\\.)+)"\)/g)].map(
    m => JSON.parse(`"${m[1]}"`) as string,
  )
  return { js: out, names: [...new Set(names)], imports: [...new Set(imports)] }
}
