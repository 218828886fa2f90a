/** A cell between TypeScript and the runner: what it imports, what it declares, what is taken out before it is emitted. */
import type tsModule from 'typescript'
import type { Declaration } from './scope.ts'
import type { BoundFile, TypeScript } from './typescript.ts'

/** One module that a cell imports before it runs, and the names it binds to its exports. */
export interface ImportLink {
  id: string
  /** Path of the local file it is, or null for a package or a module of Node's. */
  file: string | null
  /** Name in the cell ← name of the export; '*' for all, '=' for what `require` gives. */
  names: [local: string, exported: string][]
}

export interface Mentions {
  /** Modules imported or exported from, in order, at run time and for types. */
  ids: string[]
  /** Of `require("…")` and `import("…")`. */
  called: string[]
  /** `declare global`, `declare module "…"`, with the imports they may need. */
  augmentation: string
}

export function mentionsOf(ts: TypeScript, file: BoundFile): Mentions {
  const ids = new Set<string>()
  const called = new Set<string>()
  const augmentation: string[] = []
  const imports: string[] = []
  const literal = (node: tsModule.Node | undefined) =>
    node && ts.isStringLiteralLike(node) ? node.text : undefined
  const visit = (node: tsModule.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const id = literal(node.moduleSpecifier)
      if (id !== undefined) ids.add(id)
      if (ts.isImportDeclaration(node)) imports.push(node.getText(file))
      return
    }
    if (ts.isExternalModuleReference(node)) {
      const id = literal(node.expression)
      if (id !== undefined) ids.add(id)
      return
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const id = literal(node.argument.literal)
      if (id !== undefined) ids.add(id)
    }
    if (ts.isModuleDeclaration(node) && node.parent === file) {
      if (ts.isStringLiteral(node.name) || node.flags & ts.NodeFlags.GlobalAugmentation)
        augmentation.push(node.getText(file))
    }
    if (ts.isCallExpression(node)) {
      const id = literal(node.arguments[0])
      if (id !== undefined) {
        if (node.expression.kind === ts.SyntaxKind.ImportKeyword) called.add(id)
        else if (ts.isIdentifier(node.expression) && node.expression.text === 'require')
          called.add(id)
      }
    }
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(file, visit)
  return {
    ids: [...ids],
    called: [...called],
    augmentation: augmentation.length
      ? `${[...imports, ...augmentation].join('\n')}\nexport {}\n`
      : '',
  }
}

/** What names of the cell mean to later cells. */
export function declarationsOf(
  ts: TypeScript,
  checker: tsModule.TypeChecker,
  file: BoundFile,
): Declaration[] {
  const found: Declaration[] = []
  file.locals?.forEach((local, key) => {
    // What is exported is another symbol than the one the file itself uses.
    const symbol = (local as { exportSymbol?: tsModule.Symbol }).exportSymbol ?? local
    let { flags } = symbol
    if (flags & ts.SymbolFlags.Alias) {
      const target = checker.getAliasedSymbol(symbol)
      // What does not resolve (a package without types) is any: value and type.
      flags = target.flags & (ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)
      if (target.escapedName === 'unknown') flags = ts.SymbolFlags.Value
      if (symbol.declarations?.some(d => isTypeOnly(ts, d))) flags &= ~ts.SymbolFlags.Value
    }
    found.push({
      name: ts.unescapeLeadingUnderscores(key),
      symbol,
      value: (flags & ts.SymbolFlags.Value) !== 0,
      type: (flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) !== 0,
    })
  })
  return found
}

function isTypeOnly(ts: TypeScript, node: tsModule.Declaration): boolean {
  return ts.isTypeOnlyImportOrExportDeclaration(node)
}

export interface Prepared {
  links: { id: string; names: [string, string][] }[]
  transform: tsModule.TransformerFactory<tsModule.SourceFile>
  /** Set by the transformer: the cell ends with an expression. */
  hasLast(): boolean
}

/** @param prefix of the names that the linker makes: `<prefix>.last` takes the last expression */
export function prepareEmit(
  ts: TypeScript,
  declarations: readonly Declaration[],
  prefix: string,
): Prepared {
  const values = new Set(declarations.filter(d => d.value).map(d => d.name))
  const links: Prepared['links'] = []
  let last = false
  const transform: tsModule.TransformerFactory<tsModule.SourceFile> = context => source => {
    const { factory } = context
    const statements: tsModule.Statement[] = []
    const end = lastStatement(ts, source)
    const drop = (s: tsModule.Statement) => statements.push(factory.createNotEmittedStatement(s))
    for (const s of source.statements) {
      if (ts.isImportDeclaration(s)) {
        const link = linkOf(ts, s, values)
        if (link) links.push(link)
        drop(s)
      } else if (ts.isImportEqualsDeclaration(s)) {
        const { moduleReference, name } = s
        if (s.isTypeOnly || !values.has(name.text)) drop(s)
        else if (ts.isExternalModuleReference(moduleReference)) {
          if (ts.isStringLiteralLike(moduleReference.expression))
            links.push({ id: moduleReference.expression.text, names: [[name.text, '=']] })
          drop(s)
        } else {
          // `import A = N.B` would go where the cell itself does not use A.
          const value = entity(ts, factory, moduleReference)
          statements.push(
            ts.setTextRange(
              factory.createVariableStatement(
                undefined,
                factory.createVariableDeclarationList(
                  [factory.createVariableDeclaration(name, undefined, undefined, value)],
                  ts.NodeFlags.Const,
                ),
              ),
              s,
            ),
          )
        }
      } else if (ts.isExportDeclaration(s)) {
        if (s.moduleSpecifier && !s.isTypeOnly && ts.isStringLiteralLike(s.moduleSpecifier))
          links.push({ id: s.moduleSpecifier.text, names: [] })
        drop(s)
      } else if (s === end) {
        const expression = (s as tsModule.ExpressionStatement | tsModule.ExportAssignment)
          .expression
        last = true
        const assignment = factory.createAssignment(
          factory.createPropertyAccessExpression(factory.createIdentifier(prefix), 'last'),
          expression,
        )
        statements.push(ts.setTextRange(factory.createExpressionStatement(assignment), s))
      } else if (ts.isExportAssignment(s))
        statements.push(ts.setTextRange(factory.createExpressionStatement(s.expression), s))
      else statements.push(s)
    }
    return factory.updateSourceFile(
      source,
      ts.setTextRange(factory.createNodeArray(statements), source.statements),
    )
  }
  return { links, transform, hasLast: () => last }
}

/** The expression that a cell ends with. */
function lastStatement(ts: TypeScript, file: tsModule.SourceFile): tsModule.Statement | undefined {
  for (let i = file.statements.length - 1; i >= 0; i--) {
    const s = file.statements[i]
    if (ts.isEmptyStatement(s)) continue
    return ts.isExpressionStatement(s) || ts.isExportAssignment(s) ? s : undefined
  }
  return undefined
}

function linkOf(
  ts: TypeScript,
  s: tsModule.ImportDeclaration,
  values: ReadonlySet<string>,
): { id: string; names: [string, string][] } | null {
  const { importClause } = s
  const id = ts.isStringLiteralLike(s.moduleSpecifier) ? s.moduleSpecifier.text : ''
  if (!importClause) return { id, names: [] }
  if (importClause.isTypeOnly) return null
  const names: [string, string][] = []
  if (importClause.name) names.push([importClause.name.text, 'default'])
  const { namedBindings } = importClause
  if (namedBindings && ts.isNamespaceImport(namedBindings))
    names.push([namedBindings.name.text, '*'])
  else if (namedBindings)
    for (const e of namedBindings.elements)
      if (!e.isTypeOnly) names.push([e.name.text, (e.propertyName ?? e.name).text])
  const used = names.filter(([n]) => values.has(n))
  // Nothing but types: as in TypeScript, the module is not loaded.
  return used.length || !names.length ? { id, names: used } : null
}

function entity(
  ts: TypeScript,
  factory: tsModule.NodeFactory,
  name: tsModule.EntityName,
): tsModule.Expression {
  return ts.isIdentifier(name)
    ? name
    : factory.createPropertyAccessExpression(entity(ts, factory, name.left), name.right)
}
