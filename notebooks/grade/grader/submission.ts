/** Finds submissions: a notebook, the zip of `submit()`, a folder, a class of those, nbgrader's folders. */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import {
  isRecord,
  NOTEBOOK_LIMITS,
  NotebookError,
  own,
  readNotebook,
  type Notebook,
} from './notebook.ts'
import { isInside, readZip, ZIP_LIMITS, ZipError } from './zip.ts'

/** One student's, where it lies. */
export interface Found {
  /** Unique in the class; safe as the name of a file. */
  id: string
  /** As it was named, for people. */
  student: string
  path: string
}

export interface Submission {
  /** SHA-256 of what is graded. */
  hash: string
  /** null: nothing can be read; the notes say why. */
  notebook: Notebook | null
  notes: string[]
  /** When it was handed in, as the course's own system says (nbgrader's timestamp.txt). */
  handedIn: Date | null
}

const MAX_FILE = Math.max(ZIP_LIMITS.total, NOTEBOOK_LIMITS.bytes)

/** @param assignment its name, by which nbgrader calls its folders */
export function findSubmissions(paths: readonly string[], assignment: string): Found[] {
  const found: { student: string; path: string }[] = []
  for (const path of paths) {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (!stat) throw new RangeError(`there is no ${path}`)
    if (!stat.isDirectory()) {
      found.push({ student: nameOf(path), path })
      continue
    }
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )
    const isOne = entries.some(e => e.name === 'manifest.json')
    const students: { student: string; path: string }[] = []
    for (const e of entries) {
      if (isOne || e.name.startsWith('.')) continue
      const at = join(path, e.name)
      if (e.isDirectory()) {
        // nbgrader: submitted/STUDENT/ASSIGNMENT
        const inner = join(at, assignment)
        const stat = lstatSync(inner, { throwIfNoEntry: false })
        if (stat?.isDirectory()) students.push({ student: e.name, path: inner })
        else if (hasSubmission(at)) students.push({ student: e.name, path: at })
      } else if (/\.(ipynb|zip)$/i.test(e.name)) students.push({ student: nameOf(at), path: at })
    }
    // A folder with one notebook is one submission; with nothing at all, too, and is told so.
    const notebooks = entries.filter(e => /\.ipynb$/i.test(e.name))
    if (isOne || !students.length || (notebooks.length === 1 && students.length === 1))
      found.push({ student: nameOf(path), path })
    else found.push(...students)
  }
  const ids = new Set<string>()
  return found.map(({ student, path }) => {
    const slug =
      student
        .normalize('NFKD')
        .replace(/[^A-Za-z0-9_-]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 60) || 'student'
    let id = slug
    // Two names may be one on disks that know no capitals.
    for (let n = 2; ids.has(id.toLowerCase()); n++) id = `${slug}-${n}`
    ids.add(id.toLowerCase())
    return { id, student, path: resolve(path) }
  })
}

const hasSubmission = (folder: string) =>
  readdirSync(folder).some(name => /\.(ipynb|zip)$/i.test(name))
const nameOf = (path: string) => basename(resolve(path)).replace(/\.(ipynb|zip)$/i, '')

/** Never throws for what a student has handed in. @throws Error when the disk does not answer */
export function readSubmission(path: string, assignment: string): Submission {
  const notes: string[] = []
  const hash = createHash('sha256')
  const none = (note: string): Submission => {
    notes.push(note)
    return { hash: hash.update(note).digest('hex'), notebook: null, notes, handedIn }
  }
  let handedIn: Date | null = null
  let file = path
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return none('It is a link to another file; links are not followed.')
  if (stat.isDirectory()) {
    const stamp = join(path, 'timestamp.txt')
    if (lstatSync(stamp, { throwIfNoEntry: false })?.isFile()) {
      const time = new Date(
        readFileSync(stamp, 'utf8')
          .slice(0, 60)
          .trim()
          .replace(/ UTC$/, 'Z')
          .replace(/^(\S+) (\S+)Z$/, '$1T$2Z'),
      )
      if (!Number.isNaN(time.getTime())) handedIn = time
    }
    const candidates: string[] = []
    for (const e of readdirSync(path, { withFileTypes: true })) {
      if (!/\.(ipynb|zip)$/i.test(e.name)) continue
      if (e.isFile()) candidates.push(e.name)
      else notes.push(`${JSON.stringify(e.name)} is no plain file and was not opened.`)
    }
    const chosen = choose(candidates, assignment)
    if (!chosen) return none('The folder has no notebook.')
    if (candidates.length > 1)
      notes.push(`Of ${candidates.length} notebooks, ${JSON.stringify(chosen)} was graded.`)
    file = join(path, chosen)
  } else if (!stat.isFile()) return none('It is no plain file and was not opened.')
  const bytes = readPlain(file)
  if (typeof bytes === 'string') return none(bytes)
  let notebook = bytes
  hash.update(bytes)
  try {
    if (bytes.length > 3 && bytes.readUInt32LE(0) === 0x04034b50)
      notebook = fromZip(bytes, assignment, notes)
    else if (/\.zip$/i.test(file)) return none('It is named a zip and is none.')
    return { hash: hash.digest('hex'), notebook: readNotebook(notebook), notes, handedIn }
  } catch (e) {
    if (!(e instanceof ZipError) && !(e instanceof NotebookError)) throw e
    return none(`It cannot be read: ${e.message}.`)
  }
}

/** A file without following links and without waiting for anything at its other end. */
function readPlain(file: string): Buffer | string {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  let fd: number
  try {
    fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (e) {
    if (isRecord(e) && e.code === 'ELOOP') return 'It is a link; links are not followed.'
    throw e
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) return 'It is no plain file and was not opened.'
    if (stat.size > MAX_FILE) return `It is larger than ${MAX_FILE >> 20} MB.`
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

function fromZip(bytes: Buffer, assignment: string, notes: string[]): Buffer {
  const entries = readZip(bytes)
  const notebooks: typeof entries = []
  const names = new Set<string>()
  for (const e of entries) {
    const shown = JSON.stringify(e.name.slice(0, 100))
    if (names.has(e.name)) {
      notes.push(`The zip has ${shown} twice; the first was read.`)
      continue
    }
    names.add(e.name)
    if (e.isLink) notes.push(`${shown} in the zip is a link and was passed over.`)
    else if (!isInside(e.name)) notes.push(`${shown} points out of the zip and was passed over.`)
    else if (/\.ipynb$/i.test(e.name) && !/(^|\/)(\.|__MACOSX)/.test(e.name)) notebooks.push(e)
  }
  const chosen = choose(
    notebooks.map(e => e.name),
    assignment,
  )
  const entry = notebooks.find(e => e.name === chosen)
  if (!entry) throw new NotebookError('the zip has no notebook')
  if (notebooks.length > 1)
    notes.push(`Of ${notebooks.length} notebooks, ${JSON.stringify(entry.name)} was graded.`)
  const notebook = entry.read()
  compareWithManifest(entries, entry.name, notebook, assignment, notes)
  return notebook
}

/** What the manifest of `submit()` says is the student's word: differences are told, nothing depends on it. */
function compareWithManifest(
  entries: ReturnType<typeof readZip>,
  name: string,
  notebook: Buffer,
  assignment: string,
  notes: string[],
): void {
  const entry = entries.find(e => e.name === 'manifest.json')
  if (!entry || entry.size > 1 << 20) {
    notes.push('The zip has no manifest: it was not made by submit().')
    return
  }
  let manifest: unknown
  try {
    manifest = JSON.parse(entry.read().toString('utf8'))
  } catch {
    manifest = null
  }
  if (!isRecord(manifest)) {
    notes.push('The zip’s manifest cannot be read.')
    return
  }
  const named = own(manifest, 'assignment')
  if (typeof named === 'string' && named !== assignment)
    notes.push(`Its manifest says assignment ${JSON.stringify(named.slice(0, 40))}.`)
  const files = own(manifest, 'files')
  const said = isRecord(files) ? own(files, name) : undefined
  const digest = isRecord(said) ? own(said, 'sha256') : said
  if (
    typeof digest === 'string' &&
    digest.toLowerCase() !== createHash('sha256').update(notebook).digest('hex')
  )
    notes.push('The notebook was changed after submit() had packed it.')
}

/** The notebook that is the assignment's by its name, else the first by name. */
function choose(names: readonly string[], assignment: string): string | undefined {
  const sorted = [...names].sort()
  const wanted = assignment.toLowerCase()
  const depth = (n: string) => n.split('/').length
  return (
    sorted.find(n => basename(n).toLowerCase() === `${wanted}.ipynb`) ??
    sorted.find(n => basename(n).toLowerCase().startsWith(wanted)) ??
    sorted.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))[0]
  )
}
