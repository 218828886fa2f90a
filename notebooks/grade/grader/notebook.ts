/**
 * Reads a notebook that somebody may have made to do harm: sizes first, then JSON, of which only the fields named here are
 * looked at. Its outputs are never looked at: what a submission says of itself counts for nothing.
 */

/** A notebook as it was handed in, or as the assignment gives it. */
export interface Notebook {
  cells: Cell[]
  /** What is odd about it, in words. */
  notes: string[]
}

export interface Cell {
  /** Place among all cells, from 1, as `cell 3` in reports. */
  number: number
  kind: 'code' | 'markdown'
  text: string
  /** What the assignment's notebook says that it is for. */
  role: string | null
  /** nbgrader's, where it has it. */
  grade: { id: string; grade: boolean; solution: boolean; locked: boolean } | null
}

export class NotebookError extends Error {}

export const NOTEBOOK_LIMITS = {
  bytes: 48 << 20,
  /** Brackets, braces and commas. */
  marks: 4_000_000,
  depth: 500,
  cells: 2000,
  /** Of one cell, characters. */
  text: 400_000,
}

/** @throws NotebookError with words for the report */
export function readNotebook(bytes: Buffer): Notebook {
  const limits = NOTEBOOK_LIMITS
  if (bytes.length > limits.bytes)
    throw new NotebookError(`the notebook is larger than ${limits.bytes >> 20} MB`)
  guard(bytes)
  let text = bytes.toString('utf8')
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch (e) {
    throw new NotebookError(
      `the notebook is no JSON (${e instanceof Error ? e.message.slice(0, 120) : 'unreadable'})`,
    )
  }
  const notes: string[] = []
  if (!isRecord(whole)) throw new NotebookError('the notebook is JSON, but no notebook')
  const format = own(whole, 'nbformat')
  let list = own(whole, 'cells')
  if (format === 3 && Array.isArray(own(whole, 'worksheets'))) {
    const sheets = own(whole, 'worksheets') as unknown[]
    list = sheets.flatMap(s => (isRecord(s) ? (own(s, 'cells') ?? []) : []))
    notes.push('The notebook is of format 3, as Jupyter wrote it before 2015.')
  }
  if (!Array.isArray(list)) throw new NotebookError('the notebook has no cells')
  if (list.length > limits.cells)
    throw new NotebookError(`the notebook has ${list.length} cells; ${limits.cells} are read`)
  const metadata = own(whole, 'metadata')
  const kernelspec = isRecord(metadata) ? own(metadata, 'kernelspec') : undefined
  if (isRecord(kernelspec)) {
    const language = own(kernelspec, 'language')
    const name = own(kernelspec, 'name')
    if (
      (typeof language === 'string' && language.toLowerCase() !== 'typescript') ||
      (typeof language !== 'string' && typeof name === 'string' && /python|ir\b/i.test(name))
    )
      notes.push(
        `The notebook names the kernel ${quoted(name)} (${quoted(language)}); its cells were run as TypeScript.`,
      )
  } else notes.push('The notebook names no kernel; its cells were run as TypeScript.')
  const cells: Cell[] = []
  for (const [i, c] of list.entries()) {
    const cell = cellOf(c, i + 1)
    if (typeof cell === 'string') notes.push(cell)
    else if (cell) cells.push(cell)
  }
  return { cells, notes }
}

function cellOf(c: unknown, number: number): Cell | string | null {
  if (!isRecord(c)) return `Cell ${number} is no cell and was passed over.`
  const kind = own(c, 'cell_type')
  if (kind !== 'code' && kind !== 'markdown') return null
  const source = own(c, 'source') ?? own(c, 'input')
  const text =
    typeof source === 'string'
      ? source
      : Array.isArray(source) && source.every(l => typeof l === 'string')
        ? source.join('')
        : null
  if (text === null) return `Cell ${number} has no text and was passed over.`
  if (text.length > NOTEBOOK_LIMITS.text)
    return `Cell ${number} is longer than ${NOTEBOOK_LIMITS.text} characters and was passed over.`
  const metadata = own(c, 'metadata')
  const nbgrader = isRecord(metadata) ? own(metadata, 'nbgrader') : undefined
  const ours = isRecord(metadata) ? own(metadata, 'layerscope') : undefined
  const role = isRecord(ours) ? own(ours, 'cell') : undefined
  const id = isRecord(nbgrader) ? own(nbgrader, 'grade_id') : undefined
  return {
    number,
    kind,
    text,
    role: typeof role === 'string' ? role.slice(0, 20) : null,
    grade:
      isRecord(nbgrader) && typeof id === 'string'
        ? {
            id: id.slice(0, 200),
            grade: own(nbgrader, 'grade') === true,
            solution: own(nbgrader, 'solution') === true,
            locked: own(nbgrader, 'locked') === true,
          }
        : null,
  }
}

/** JSON that would take much more memory than its bytes, or is nested without end, is not parsed. */
function guard(bytes: Buffer): void {
  let marks = 0
  let depth = 0
  let inText = false
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i]
    if (inText) {
      if (b === 0x5c) i++
      else if (b === 0x22) inText = false
      continue
    }
    if (b === 0x22) inText = true
    else if (b === 0x5b || b === 0x7b) {
      marks++
      if (++depth > NOTEBOOK_LIMITS.depth)
        throw new NotebookError(`the notebook is nested deeper than ${NOTEBOOK_LIMITS.depth}`)
    } else if (b === 0x5d || b === 0x7d) depth--
    else if (b === 0x2c) marks++
  }
  if (marks > NOTEBOOK_LIMITS.marks)
    throw new NotebookError(`the notebook has more than ${NOTEBOOK_LIMITS.marks} values`)
}

export const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
/** A field of its own: never one of a prototype. */
export const own = (o: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(o, name) ? o[name] : undefined
const quoted = (v: unknown): string =>
  typeof v === 'string' ? JSON.stringify(v.slice(0, 60)) : 'without a name'
