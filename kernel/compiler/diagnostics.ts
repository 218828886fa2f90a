/** Type errors in TypeScript's words, with the lines they are about. */
import type tsModule from 'typescript'
import { hint } from './hints.ts'
import type { TypeScript } from './typescript.ts'

export interface CompileError {
  message: string
  traceback: string[]
}

const red = (s: string) => `\u001b[31m${s}\u001b[39m`
const grey = (s: string) => `\u001b[90m${s}\u001b[39m`
const SHOWN = 10

/**
 * Errors that are none in a notebook: 7016, a package without types; 7005 and 7034, a `let` whose type its first
 * assignment, perhaps in a later cell, decides; 2306, a script imported for what it does; 7028, an unused label.
 */
const ALLOWED = new Set([7016, 7005, 7034, 2306, 7028])

/** The errors among diagnostics, by position, each once. */
export function errorsOf(
  ts: TypeScript,
  all: readonly tsModule.Diagnostic[],
): tsModule.Diagnostic[] {
  return [
    ...ts.sortAndDeduplicateDiagnostics(
      all.filter(d => d.category === ts.DiagnosticCategory.Error && !ALLOWED.has(d.code)),
    ),
  ]
}

/**
 * @param cell file of the cell; diagnostics of other files carry their path
 * @param folder of the notebook, which paths are told from
 */
export function describe(
  ts: TypeScript,
  diagnostics: readonly tsModule.Diagnostic[],
  cell: tsModule.SourceFile | undefined,
  folder: string,
): CompileError {
  const traceback: string[] = []
  const first = diagnostics[0]
  let message = ''
  const told = new Set<string>()
  for (const d of diagnostics.slice(0, SHOWN)) {
    const text = ofShapes(ts.flattenDiagnosticMessageText(d.messageText, '\n'))
    const file = d.file
    const start = file?.getLineAndCharacterOfPosition(d.start ?? 0)
    const place =
      !file || !start
        ? ''
        : file === cell
          ? `line ${start.line + 1}:${start.character + 1}`
          : `${relative(file.fileName, folder)}:${start.line + 1}:${start.character + 1}`
    if (d === first) message = `${place}${place && ': '}${text} (TS${d.code})`
    traceback.push(`${red(`TS${d.code}`)} ${place}${place && ': '}${text}`)
    if (file && start) traceback.push(...frame(file, start, d.length ?? 1))
    const help = file === cell ? hint(ts, d, folder) : null
    if (help !== null && !told.has(help)) traceback.push(`→ ${help}`)
    if (help !== null) told.add(help)
    for (const r of d.relatedInformation ?? []) {
      const at = r.file?.getLineAndCharacterOfPosition(r.start ?? 0)
      if (r.file === cell && at)
        traceback.push(
          grey(
            `  line ${at.line + 1}:${at.character + 1}: ${ts.flattenDiagnosticMessageText(r.messageText, ' ')}`,
          ),
        )
    }
  }
  if (diagnostics.length > SHOWN) traceback.push(`and ${diagnostics.length - SHOWN} more`)
  return { message, traceback }
}

/**
 * A type that is a sentence is the message itself (`layerscope` tells so of literal shapes that do not fit), and a variable
 * that takes another literal shape is told how to be declared.
 */
function ofShapes(text: string): string {
  const [, sentence] =
    /^Argument of type '.*' is not assignable to parameter of type '"(\w+: .*)"'\.$/.exec(text) ??
    []
  if (sentence) return sentence
  return /^Type 'TensorOf<.*' is not assignable to type 'TensorOf<.*'\./.test(text)
    ? `${text}\nA variable whose shape changes is declared so: let x: Tensor = …`
    : text
}

function frame(
  file: tsModule.SourceFile,
  start: tsModule.LineAndCharacter,
  length: number,
): string[] {
  const starts = file.getLineStarts()
  const begin = starts[start.line]
  const text = file.text
    .slice(begin, starts[start.line + 1] ?? file.text.length)
    .replace(/\r?\n$/, '')
  // A line of a megabyte is shown around the place.
  const from = text.length > 300 ? Math.max(0, start.character - 100) : 0
  const shown = text.slice(from, from + 300)
  const number = String(start.line + 1)
  const width = Math.max(1, Math.min(length, text.length - start.character, 200))
  const pad = shown.slice(0, start.character - from).replace(/[^\t]/g, ' ')
  return [
    `${grey(`${number} |`)} ${shown}`,
    `${grey(`${' '.repeat(number.length)} |`)} ${pad}${red('~'.repeat(width))}`,
  ]
}

function relative(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path
}
