/** Completion and hover by types. */
import type tsModule from 'typescript'
import { liveKeysAt, type LiveKeys } from './live.ts'
import type { Project } from './project.ts'
import { noLog, notCancelled, type BoundFile } from './typescript.ts'

export interface Completion {
  matches: string[]
  /** TypeScript's word for what each match is: 'method', 'const', 'module'… */
  kinds: string[]
  /** The part of the source that a match replaces, UTF-16 offsets. */
  start: number
  end: number
  /** Where the value itself may have more keys than its type tells. */
  live: LiveKeys | null
}
export interface Help {
  /** Signature or type, in TypeScript's notation. */
  text: string
  /** From the documentation comment, Markdown. */
  documentation: string
}

const LIMIT = 500

export function complete(project: Project, file: BoundFile, position: number): Completion {
  const { ts, program, host } = project
  const services = {
    getCompilationSettings: () => project.options,
    getCurrentDirectory: () => host.folder,
    getDirectories: (p: string) => host.getDirectories(p),
    directoryExists: (p: string) => host.directoryExists(p),
    fileExists: (p: string) => host.fileExists(p),
    readFile: (p: string) => host.readFile(p),
    readDirectory: host.readDirectory.bind(host),
    realpath: (p: string) => host.realpath(p),
    useCaseSensitiveFileNames: () => host.caseSensitive,
  }
  const info = ts.Completions.getCompletionsAtPosition(
    services,
    program,
    noLog,
    file,
    position,
    { includeCompletionsWithInsertText: true, importModuleSpecifierEnding: 'auto' },
    undefined,
    ts.CompletionTriggerKind.Invoked,
    notCancelled,
  )
  // `["a-b"]` in place of `.` is left out; in strings and import paths TypeScript says what a match replaces.
  const entries = (info?.entries ?? []).filter(
    e =>
      e.kind !== ts.ScriptElementKind.warning &&
      !e.name.startsWith('__') &&
      !(info?.isMemberCompletion && e.replacementSpan),
  )
  let [start, end] = word(file, position)
  const span =
    entries.find(e => e.replacementSpan)?.replacementSpan ?? info?.optionalReplacementSpan
  if (span) [start, end] = [span.start, span.start + span.length]
  const live = liveKeysAt(project, file, position)
  if (live?.quote) [start, end] = [live.start, live.end]
  const typed = file.text.slice(start, position)
  const lower = typed.toLowerCase()
  const ranked = entries
    .map(e => ({ e, rank: rankOf(e.name, typed, lower) }))
    .filter(r => r.rank >= 0)
    .sort(
      (a, b) =>
        a.rank - b.rank || compare(a.e.sortText, b.e.sortText) || compare(a.e.name, b.e.name),
    )
    .slice(0, LIMIT)
  const matches: string[] = []
  const kinds: string[] = []
  for (const { e } of ranked) {
    const text = e.insertText && !e.insertText.startsWith('[') ? e.insertText : e.name
    if (matches.includes(text)) continue
    matches.push(text)
    kinds.push(e.kind)
  }
  return { matches, kinds, start, end, live }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function rankOf(name: string, typed: string, lower: string): number {
  if (name.startsWith(typed)) return 0
  const n = name.toLowerCase()
  if (n.startsWith(lower)) return 1
  return n.includes(lower) ? 2 : -1
}

/** The identifier around a position. */
function word(file: BoundFile, position: number): [number, number] {
  const { text } = file
  const part = /[\p{ID_Continue}$\u200c\u200d]/u
  let start = position
  while (start > 0 && part.test(text[start - 1])) start--
  let end = position
  while (end < text.length && part.test(text[end])) end++
  return [start, end]
}

export function inspect(project: Project, file: BoundFile, position: number): Help | null {
  const { ts, checker } = project
  for (const at of [position, position - 1]) {
    if (at < 0) continue
    const node = ts.getTouchingPropertyName(file, at)
    if ((node as tsModule.Node) === file) continue
    const symbol = symbolAt(project, node)
    if (symbol) {
      const { displayParts, documentation, tags } =
        ts.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
          checker,
          symbol,
          file,
          ts.getContainerNode(node),
          node,
        )
      const notes = (tags ?? []).map(t => {
        const text = ts.displayPartsToString(t.text)
        return `*@${t.name}*${text ? ` ${text}` : ''}`
      })
      return {
        text: ts.displayPartsToString(displayParts),
        documentation: [ts.displayPartsToString(documentation), ...notes]
          .filter(Boolean)
          .join('\n\n'),
      }
    }
  }
  return signature(project, file, position)
}

function symbolAt(project: Project, node: tsModule.Node): tsModule.Symbol | undefined {
  const { ts, checker } = project
  const symbol = checker.getSymbolAtLocation(node)
  // A shorthand property is explained as the variable it takes.
  if (symbol && ts.isShorthandPropertyAssignment(node.parent))
    return checker.getShorthandAssignmentValueSymbol(node.parent) ?? symbol
  return symbol
}

/** Inside the parentheses of a call: the function that is called. */
function signature(project: Project, file: BoundFile, position: number): Help | null {
  const { ts, program } = project
  const items = ts.SignatureHelp.getSignatureHelpItems(
    program,
    file,
    position,
    undefined,
    notCancelled,
  )
  const item = items?.items[items.selectedItemIndex] ?? items?.items[0]
  if (!item) return null
  const text = (parts: tsModule.SymbolDisplayPart[]) => ts.displayPartsToString(parts)
  return {
    text: `${text(item.prefixDisplayParts)}${item.parameters.map(p => text(p.displayParts)).join(text(item.separatorDisplayParts))}${text(item.suffixDisplayParts)}`,
    documentation: text(item.documentation),
  }
}
