/**
 * Variables across cells. Each top-level name has one box for the whole life of the runner, an object `{ v }` that every cell
 * which uses the name gets as a parameter: functions and closures of all cells read and write the box, so they see the
 * newest value whoever wrote it. A cell's own top-level code works on locals, which it writes through to the boxes, unless
 * some function may write the name too: its loops run at the speed of locals.
 *
 * `let s = 0; for (…) s += i; function f() { return s }` becomes
 * `$_f.v = f; let s = $_s.v = 0, $_1 = $_.n = 1; for (…) ($_s.v = s += i); function f() { return $_s.v }`.
 *
 * This works on the JavaScript that TypeScript emitted, so enums, namespaces, decorators and `using` are ordinary code here.
 */
import type tsModule from 'typescript'
import { Edits } from './edits.ts'
import type { BoundFile, Scoped, TypeScript } from './typescript.ts'

export interface LinkOptions {
  /** Starts every name that is made here; no name of the cell starts with it. */
  prefix: string
  /** Names that the cell declares, as values. */
  own: ReadonlySet<string>
  /** Those of them that its imports declare: their boxes are filled before the cell runs. */
  imported: ReadonlySet<string>
  /** Names that earlier cells have declared. */
  known: ReadonlySet<string>
  /** Those of them that imports declared: what they stand for may change by itself. */
  live: ReadonlySet<string>
  /** Names that functions of earlier cells assign; the cell's own are added. */
  assigned: Set<string>
}

export interface Linked {
  /** A function of the cell, `require`, `__filename`, `__dirname` and the boxes; its first line is ours. */
  js: string
  /** Names whose boxes it takes, in order. */
  boxes: string[]
  /** Names that the cell declares and that exist at run time. */
  names: string[]
  /** Name i has its value when the cell's progress is at least this. */
  steps: number[]
  /** The function is async. */
  await: boolean
  edits: Edits
}

interface Reference {
  node: tsModule.Identifier
  name: string
  inFunction: boolean
  write:
    | tsModule.BinaryExpression
    | tsModule.PrefixUnaryExpression
    | tsModule.PostfixUnaryExpression
    | 'pattern'
    | null
}

export function link(ts: TypeScript, js: string, options: LinkOptions): Linked {
  const { prefix, own, imported, known, live, assigned } = options
  const file = parse(ts, js)
  const locals = file.locals ?? ts.createSymbolTable()
  const isLocal = (name: string) => locals.has(ts.escapeLeadingUnderscores(name))
  const declared = new Set([...own].filter(n => isLocal(n) && !imported.has(n)))
  const isOurs = (name: string) =>
    // In `prefix.last` it is the cell's state, though a variable of an earlier cell may be called so.
    name !== prefix &&
    (declared.has(name) || (!isLocal(name) && (imported.has(name) || known.has(name))))

  const edits = new Edits()
  const references: Reference[] = []
  const inLoops = new Set<string>()
  /** Names that their declaration does not leave in a local. */
  const headless = new Set<string>()
  let isAsync = false

  const visit = (node: tsModule.Node, inFunction: boolean, inLoop: boolean): void => {
    if (ts.isIdentifier(node)) {
      if (!isOurs(node.text) || !isReference(ts, node) || resolvesInside(ts, node)) return
      const write = writeOf(ts, node)
      if (write && inFunction) assigned.add(node.text)
      if (inLoop && !inFunction) inLoops.add(node.text)
      references.push({ node, name: node.text, inFunction, write })
      return
    }
    if (
      !inFunction &&
      (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier))
    )
      isAsync = true
    if (
      ts.isMetaProperty(node) &&
      node.keywordToken === ts.SyntaxKind.ImportKeyword &&
      node.name.text === 'meta'
    )
      return edits.replace(node.getStart(file), node.end, `${prefix}.meta`)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      edits.replace(node.expression.getStart(file), node.expression.end, `${prefix}.import`)
    const loops = inLoop || ts.isIterationStatement(node, false)
    const deeper =
      inFunction ||
      ts.isFunctionLike(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isClassStaticBlockDeclaration(node)
    ts.forEachChild(node, child => visit(child, deeper, loops && !deeper))
  }

  // Declarations.
  const names: string[] = []
  const steps: number[] = []
  const head: string[] = []
  const boxes = new Set<string>()
  let step = 0
  let made = 0
  const box = (name: string): string => {
    boxes.add(name)
    return `${prefix}${name}.v`
  }
  const add = (name: string, at: number) => {
    if (names.includes(name)) return
    names.push(name)
    steps.push(at)
  }
  const started = new Set<string>()
  const declareAll = (list: tsModule.VariableDeclarationList): void => {
    const { parent } = list
    if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) {
      const bound = boundNames(ts, list.declarations[0].name).filter(n => declared.has(n))
      if (!bound.length) return
      for (const n of bound) {
        headless.add(n)
        add(n, 0)
      }
      // The loop assigns instead of declaring.
      edits.replace(list.getStart(file), list.declarations[0].name.getStart(file), '')
      return
    }
    for (const d of list.declarations) {
      const bound = boundNames(ts, d.name).filter(n => declared.has(n))
      if (!bound.length) continue
      let initial = ''
      const isVar = !(list.flags & ts.NodeFlags.BlockScoped)
      const hoisted = isVar && parent.parent !== file
      if (ts.isIdentifier(d.name) && !d.initializer) {
        if (hoisted || started.has(d.name.text)) {
          add(d.name.text, 0)
          continue
        }
        initial = ` = ${box(d.name.text)} = void 0`
      } else if (ts.isIdentifier(d.name) && d.initializer && !isAnonymous(ts, d.initializer))
        edits.open(d.initializer.getStart(file), `${box(d.name.text)} = `)
      for (const n of bound) started.add(n)
      const publish =
        ts.isIdentifier(d.name) && !(d.initializer && isAnonymous(ts, d.initializer))
          ? []
          : bound.map(n => `${box(n)} = ${n}`)
      if (hoisted) for (const n of bound) add(n, 0)
      else {
        step++
        for (const n of bound) add(n, step)
        publish.push(`${prefix}.n = ${step}`)
      }
      const marks = publish.length ? `, ${prefix}${++made} = (${publish.join(', ')})` : ''
      if (initial || marks) edits.close(d.end, initial + marks)
    }
  }
  const declarations = (node: tsModule.Node, atTop: boolean): void => {
    if (ts.isVariableDeclarationList(node)) {
      if (atTop || !(node.flags & ts.NodeFlags.BlockScoped)) declareAll(node)
      return
    }
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isExpressionStatement(node)) return
    ts.forEachChild(node, child => declarations(child, ts.isVariableStatement(node) && atTop))
  }

  for (const s of file.statements) {
    if (ts.isImportDeclaration(s)) {
      edits.replace(s.getStart(file), s.end, importAsRequire(ts, s, `${prefix}.require`))
      continue
    }
    if (ts.isExportDeclaration(s) || ts.isExportAssignment(s)) {
      edits.blank(js, s.getStart(file), s.end)
      continue
    }
    unexport(ts, s, file, edits)
    if (ts.isFunctionDeclaration(s) && s.name && declared.has(s.name.text)) {
      head.push(`${box(s.name.text)} = ${s.name.text};`)
      add(s.name.text, 0)
    } else if (ts.isClassDeclaration(s) && s.name && declared.has(s.name.text)) {
      edits.close(s.end, ` ${box(s.name.text)} = ${s.name.text}; ${prefix}.n = ${++step};`)
      add(s.name.text, step)
    } else declarations(s, true)
  }
  for (const s of file.statements)
    if (!ts.isImportDeclaration(s) && !ts.isExportDeclaration(s) && !ts.isExportAssignment(s))
      visit(s, false, false)
  for (const n of imported) if (!isLocal(n)) add(n, 0)
  for (const [i, n] of names.entries())
    if (
      steps[i] === 0 &&
      declared.has(n) &&
      !known.has(n) &&
      !locals
        .get(ts.escapeLeadingUnderscores(n))
        ?.declarations?.some(d => ts.isFunctionDeclaration(d))
    )
      head.push(`${box(n)} = void 0;`)

  // Which names the top-level code may keep in a local.
  const patterns = new Set(references.filter(r => r.write === 'pattern').map(r => r.name))
  const isAlias = (name: string): boolean =>
    !assigned.has(name) &&
    !patterns.has(name) &&
    !headless.has(name) &&
    (declared.has(name) ||
      (inLoops.has(name) && known.has(name) && !imported.has(name) && !live.has(name)))
  const cached = new Set<string>()
  for (const r of references) {
    if (r.inFunction || !isAlias(r.name)) viaBox(r)
    else {
      if (!declared.has(r.name)) cached.add(r.name)
      if (r.write && r.write !== 'pattern') writeThrough(r, r.write)
    }
  }
  for (const n of cached) head.unshift(`let ${n} = ${box(n)};`)

  function viaBox({ node, name, write }: Reference): void {
    const at = box(name)
    const { parent } = node
    if (
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isBindingElement(parent) &&
        parent.name === node &&
        ts.isObjectBindingPattern(parent.parent) &&
        !parent.propertyName &&
        !parent.dotDotDotToken)
    )
      return edits.close(node.end, `: ${at}`)
    const called =
      (ts.isCallExpression(parent) && parent.expression === node) ||
      (ts.isTaggedTemplateExpression(parent) && parent.tag === node)
    edits.replace(node.getStart(file), node.end, called ? `(0, ${at})` : at)
    if (
      write &&
      write !== 'pattern' &&
      ts.isBinaryExpression(write) &&
      write.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      isAnonymous(ts, write.right)
    ) {
      // A function that is assigned to a variable takes its name.
      edits.open(write.right.getStart(file), `{ ${name}: `)
      edits.close(write.right.end, ` }.${name}`)
    }
  }
  function writeThrough(
    { node, name }: Reference,
    write: Exclude<Reference['write'], 'pattern' | null>,
  ): void {
    const start = write.getStart(file)
    const isUsed = !(
      ts.isExpressionStatement(write.parent) ||
      (ts.isForStatement(write.parent) && write.parent.incrementor === write)
    )
    if (ts.isPostfixUnaryExpression(write)) {
      const operator = js.slice(node.end, write.end)
      if (isUsed) {
        const old = `${prefix}${++made}`
        head.unshift(`let ${old};`)
        edits.open(start, `(${old} = `)
        edits.close(write.end, `, ${box(name)} = ${name}, ${old})`)
      } else {
        edits.open(start, `(${box(name)} = ${operator.trim()}`)
        edits.replace(node.end, write.end, ')')
      }
      return
    }
    edits.open(start, `(${box(name)} = `)
    edits.close(write.end, ')')
  }

  const given = ['require', '__filename', '__dirname'].map(n =>
    isLocal(n) || boxes.has(n) ? `${prefix}${++made}` : n,
  )
  const parameters = [prefix, ...given, ...[...boxes].map(n => `${prefix}${n}`)]
  const line = `(${isAsync ? 'async ' : ''}function (${parameters.join(', ')}) { "use strict"; ${head.join(' ')}\n`
  return {
    js: `${line}${edits.apply(js)}\n})`,
    boxes: [...boxes],
    names,
    steps,
    await: isAsync,
    edits,
  }
}

function parse(ts: TypeScript, js: string): BoundFile {
  const file = ts.createSourceFile(
    'cell.js',
    js,
    {
      languageVersion: ts.ScriptTarget.ESNext,
      jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
      // A module: `await (x)` and `await [x]` are no call and no index of something called await.
      setExternalModuleIndicator: f =>
        void ((f as { externalModuleIndicator?: unknown }).externalModuleIndicator = true),
    },
    false,
    ts.ScriptKind.JS,
  ) as BoundFile // the binder notes `locals` on it
  ts.bindSourceFile(file, { allowJs: true, target: ts.ScriptTarget.ESNext })
  return file
}

/** `import.meta` and `import()` of a local file, which runs as CommonJS: `__meta` and `__import()`. */
export function withoutImportSyntax(
  ts: TypeScript,
): tsModule.TransformerFactory<tsModule.SourceFile> {
  return context => file => {
    const { factory } = context
    const visit = (node: tsModule.Node): tsModule.Node => {
      if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
        return factory.createIdentifier('__meta')
      const seen = ts.visitEachChild(node, visit, context)
      return ts.isCallExpression(seen) && seen.expression.kind === ts.SyntaxKind.ImportKeyword
        ? factory.updateCallExpression(
            seen,
            factory.createIdentifier('__import'),
            undefined,
            seen.arguments,
          )
        : seen
    }
    return ts.visitEachChild(file, visit, context)
  }
}

/** Whether a file as emitted awaits outside functions. */
export function awaitsAtTop(ts: TypeScript, js: string): boolean {
  if (!/\bawait\b/.test(js)) return false
  const visit = (node: tsModule.Node): boolean =>
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
    (!ts.isFunctionLike(node) &&
      (ts.forEachChild(node, child => visit(child) || undefined) ?? false))
  return visit(parse(ts, js))
}

/** A function or class that takes its name from the variable it is assigned to. */
function isAnonymous(ts: TypeScript, node: tsModule.Expression): boolean {
  return (
    ts.isArrowFunction(node) ||
    ((ts.isFunctionExpression(node) || ts.isClassExpression(node)) && !node.name)
  )
}

function boundNames(ts: TypeScript, name: tsModule.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap(e => (ts.isBindingElement(e) ? boundNames(ts, e.name) : []))
}

/** Whether an identifier stands for a variable: not the name of a property, a label or a declaration. */
function isReference(ts: TypeScript, node: tsModule.Identifier): boolean {
  const p = node.parent
  if (ts.isPropertyAccessExpression(p)) return p.expression === node
  if (ts.isPropertyAssignment(p)) return p.initializer === node
  if (ts.isShorthandPropertyAssignment(p)) return true
  if (ts.isBindingElement(p)) {
    if (p.initializer === node) return true
    return p.name === node && isLoopPattern(ts, p)
  }
  if (ts.isVariableDeclaration(p))
    return (
      p.initializer === node ||
      // `for (var x of …)` assigns.
      (p.name === node && isLoopHead(ts, p))
    )
  if (ts.isParameter(p) || ts.isPropertyDeclaration(p)) return p.initializer === node
  return !(
    ts.isLabeledStatement(p) ||
    ts.isBreakOrContinueStatement(p) ||
    ts.isMetaProperty(p) ||
    ts.isImportSpecifier(p) ||
    ts.isImportClause(p) ||
    ts.isNamespaceImport(p) ||
    ts.isExportSpecifier(p) ||
    ((ts.isFunctionLike(p) || ts.isClassLike(p)) && p.name === node)
  )
}

const isLoopHead = (ts: TypeScript, d: tsModule.VariableDeclaration): boolean =>
  !(d.parent.flags & ts.NodeFlags.BlockScoped) &&
  (ts.isForInStatement(d.parent.parent) || ts.isForOfStatement(d.parent.parent))

function isLoopPattern(ts: TypeScript, element: tsModule.BindingElement): boolean {
  let node: tsModule.Node = element
  while (
    ts.isBindingElement(node) ||
    ts.isObjectBindingPattern(node) ||
    ts.isArrayBindingPattern(node)
  )
    node = node.parent
  return ts.isVariableDeclaration(node) && isLoopHead(ts, node)
}

/** Whether a scope inside the cell declares the name. */
function resolvesInside(ts: TypeScript, node: tsModule.Identifier): boolean {
  const name = ts.escapeLeadingUnderscores(node.text)
  for (let at: tsModule.Node = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if ((at as Scoped).locals?.has(name)) return true
    if (
      (ts.isFunctionExpression(at) || ts.isClassLike(at)) &&
      at.name?.text === node.text &&
      at.name !== node
    )
      return true
  }
  return false
}

function writeOf(ts: TypeScript, node: tsModule.Identifier): Reference['write'] {
  const { parent } = node
  if (ts.isBinaryExpression(parent) && parent.left === node && isAssignment(ts, parent)) {
    // A default in a pattern looks like an assignment.
    return isPatternPart(ts, parent) ? 'pattern' : parent
  }
  if (
    (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) &&
    (parent.operator === ts.SyntaxKind.PlusPlusToken ||
      parent.operator === ts.SyntaxKind.MinusMinusToken)
  )
    return parent
  if (ts.isBindingElement(parent) || ts.isVariableDeclaration(parent))
    return parent.name === node ? 'pattern' : null
  return isPatternPart(ts, node) ? 'pattern' : null
}

const isAssignment = (ts: TypeScript, b: tsModule.BinaryExpression): boolean =>
  b.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
  b.operatorToken.kind <= ts.SyntaxKind.LastAssignment

/** Whether a node stands where a destructuring assignment, or a for-in or for-of, writes. */
function isPatternPart(ts: TypeScript, node: tsModule.Node): boolean {
  for (let at = node; ; at = at.parent) {
    const p = at.parent
    if (ts.isForInStatement(p) || ts.isForOfStatement(p)) return p.initializer === at
    if (
      ts.isBinaryExpression(p) &&
      p.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      p.left === at
    ) {
      if (ts.isArrayLiteralExpression(at) || ts.isObjectLiteralExpression(at)) return true
      continue
    }
    if (
      ts.isArrayLiteralExpression(p) ||
      ts.isObjectLiteralExpression(p) ||
      ts.isSpreadElement(p) ||
      ts.isSpreadAssignment(p) ||
      ts.isParenthesizedExpression(p) ||
      (ts.isPropertyAssignment(p) && p.initializer === at) ||
      (ts.isShorthandPropertyAssignment(p) && p.name === at)
    )
      continue
    return false
  }
}

function importAsRequire(ts: TypeScript, s: tsModule.ImportDeclaration, require: string): string {
  const call = `${require}(${JSON.stringify((s.moduleSpecifier as tsModule.StringLiteral).text)})` // TypeScript emits only literals
  const { name, namedBindings } = s.importClause ?? {}
  const parts: string[] = []
  if (name) parts.push(`default: ${name.text}`)
  if (namedBindings && ts.isNamedImports(namedBindings))
    for (const e of namedBindings.elements)
      parts.push(`${(e.propertyName ?? e.name).text}: ${e.name.text}`)
  if (namedBindings && ts.isNamespaceImport(namedBindings))
    return `const ${namedBindings.name.text} = ${call};`
  return parts.length ? `const { ${parts.join(', ')} } = ${call};` : `${call};`
}

/** A cell exports nothing; the word is allowed. */
function unexport(
  ts: TypeScript,
  s: tsModule.Statement,
  file: tsModule.SourceFile,
  edits: Edits,
): void {
  if (!ts.canHaveModifiers(s)) return
  const words = ts
    .getModifiers(s)
    ?.filter(m => m.kind === ts.SyntaxKind.ExportKeyword || m.kind === ts.SyntaxKind.DefaultKeyword)
  if (!words?.length) return
  const isNameless = (ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s)) && !s.name
  edits.replace(words[0].getStart(file), words[words.length - 1].end, isNameless ? 'void' : '')
}
