// What a package's declarations need not hold: statements that no public name leads to, members marked @internal, imports
// that only those needed. Docstrings of what stays, stay.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'

/** All files of a folder and its folders. */
export const filesUnder = folder =>
  readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap(f =>
    f.isFile() ? [join(f.parentPath ?? f.path, f.name)] : [],
  )

const isMember = node => ts.isClassElement(node) || ts.isTypeElement(node)
/** A member marked @internal: nobody outside should name it. */
const isInternal = node =>
  isMember(node) && ts.getJSDocTags(node).some(t => t.tagName.text === 'internal')

/** The statement of a file (or of a `declare module` block's file) that `node` stands in. */
function statementOf(node) {
  while (node.parent && !ts.isSourceFile(node.parent)) node = node.parent
  return node
}

/**
 * Follows every name from the exports of `entries` through the declarations under `folder`.
 * @returns {{ kept: Set<ts.Node>, files: ts.SourceFile[] }} statements and import and export specifiers that were met
 */
function reach(folder, entries) {
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  })
  const checker = program.getTypeChecker()
  const files = program.getSourceFiles().filter(f => resolve(f.fileName).startsWith(folder))
  const inside = new Set(files)
  const kept = new Set()
  const queue = []
  const seen = new Set()
  const meet = symbol => {
    if (!symbol || seen.has(symbol)) return
    seen.add(symbol)
    for (const d of symbol.declarations ?? []) {
      if (!inside.has(d.getSourceFile())) continue
      if (ts.isSourceFile(d)) for (const e of checker.getExportsOfModule(symbol)) meet(e)
      else if (ts.isExportSpecifier(d) || ts.isImportSpecifier(d) || ts.isImportClause(d))
        kept.add(d)
      else if (!isInternal(d)) queue.push(statementOf(d))
    }
    if (symbol.flags & ts.SymbolFlags.Alias) {
      meet(checker.getImmediateAliasedSymbol?.(symbol) ?? null)
      meet(checker.getAliasedSymbol(symbol))
    }
  }
  const walk = node => {
    if (isInternal(node)) return
    if (ts.isIdentifier(node)) meet(checker.getSymbolAtLocation(node))
    if (ts.isImportTypeNode(node) && !node.qualifier)
      meet(checker.getSymbolAtLocation(node.argument.literal))
    ts.forEachChild(node, walk)
  }
  for (const e of entries) meet(checker.getSymbolAtLocation(program.getSourceFile(e)))
  for (let s = queue.pop(); s; s = queue.pop()) {
    if (kept.has(s)) continue
    kept.add(s)
    if (!ts.isImportDeclaration(s) && !(ts.isExportDeclaration(s) && s.exportClause)) walk(s)
  }
  return { kept, files }
}

const isPrivate = node =>
  ts.isClassElement(node) &&
  !ts.isConstructorDeclaration(node) &&
  (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private ||
    (node.name && ts.isPrivateIdentifier(node.name)))

/**
 * Text of a statement from its own docstring on. Members marked @internal are cut out; a constructor so marked can still be
 * extended, but not called. Of private members it stays that there are some.
 */
function textOf(statement) {
  const source = statement.getSourceFile()
  const cuts = []
  let branded = false
  const look = node => {
    if (isInternal(node) && ts.isConstructorDeclaration(node))
      cuts.push([node.getFullStart(), node.end, '\n    protected constructor();'])
    else if (isInternal(node) && !isPrivate(node)) cuts.push([node.getFullStart(), node.end, ''])
    else if (isPrivate(node)) {
      cuts.push([node.getFullStart(), node.end, branded ? '' : '\n    #private;'])
      branded = true
    } else ts.forEachChild(node, look)
  }
  look(statement)
  let at = statement.jsDoc?.at(-1)?.pos ?? statement.getStart(source)
  let text = ''
  for (const [from, to, instead] of cuts) {
    text += source.text.slice(at, from) + instead
    at = to
  }
  return text + source.text.slice(at, statement.end)
}

const specifiers = (statement, kept) => {
  if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause
    if (!clause?.namedBindings || !ts.isNamedImports(clause.namedBindings)) return null
    return clause.namedBindings.elements.filter(e => kept.has(e))
  }
  if (
    ts.isExportDeclaration(statement) &&
    statement.exportClause &&
    ts.isNamedExports(statement.exportClause)
  )
    return statement.exportClause.elements.filter(e => kept.has(e))
  return null
}

/**
 * Rewrites the declarations under `folder` so that they hold what the files `entries` export and what that needs, and
 * deletes the rest. What a user can name keeps its types and docstrings.
 * @param {string} folder
 * @param {string[]} entries
 */
export function pruneDeclarations(folder, entries) {
  folder = resolve(folder)
  const { kept, files } = reach(
    folder,
    entries.map(e => resolve(e)),
  )
  const target = (file, specifier) =>
    resolve(dirname(file.fileName), specifier.text).replace(/\.(ts|js)$/, '.d.ts')
  /** Files that something is left of: a statement, or a way to one. */
  const left = new Set(
    files
      .filter(f => f.statements.some(s => kept.has(s) && !ts.isImportDeclaration(s)))
      .map(f => f.fileName),
  )
  for (let grown = true; grown;) {
    grown = false
    for (const f of files) {
      if (left.has(f.fileName)) continue
      if (
        f.statements.some(
          s =>
            (specifiers(s, kept)?.length && ts.isExportDeclaration(s)) ||
            (ts.isExportDeclaration(s) &&
              !s.exportClause &&
              left.has(target(f, s.moduleSpecifier))),
        )
      ) {
        left.add(f.fileName)
        grown = true
      }
    }
  }
  for (const f of files) {
    const lines = []
    for (const s of f.statements) {
      const list = specifiers(s, kept)
      if (list) {
        // `export {}` says that only what is exported is.
        if (s.moduleSpecifier ? !list.length : list.length < (s.exportClause?.elements.length ?? 0))
          continue
        const from = s.moduleSpecifier ? ` from '${s.moduleSpecifier.text}'` : ''
        const word = ts.isImportDeclaration(s) ? 'import' : 'export'
        const type = (s.importClause ?? s).isTypeOnly ? ' type' : ''
        lines.push(`${word}${type} { ${list.map(e => e.getText()).join(', ')} }${from};`)
      } else if (ts.isImportDeclaration(s) || (ts.isExportDeclaration(s) && s.moduleSpecifier)) {
        if (!s.moduleSpecifier.text.startsWith('.') || left.has(target(f, s.moduleSpecifier)))
          lines.push(s.getText())
      } else if (kept.has(s)) lines.push(textOf(s))
    }
    f.rest = lines.join('\n') + '\n'
  }
  for (const file of filesUnder(folder)) if (!left.has(file)) rmSync(file)
  for (const f of files) if (left.has(f.fileName)) writeFileSync(f.fileName, f.rest)
}
