// From a lecture's Markdown source to the cells of its notebook.
//
// A line before a fence says what the code cell is: **code**, output shown | output folded | predict | exercise | check
// Solutions stand between `// BEGIN SOLUTION` and `// END SOLUTION: <stub>`; the student's copy has the stub.
// ⟨name⟩ in prose is replaced by the measured number of that name.
import { createHash } from 'node:crypto'

/** @typedef {'shown' | 'folded' | 'predict' | 'exercise' | 'check'} Kind */
/** @typedef {{ type: 'markdown', id: string, text: string, line: number }} Prose */
/** @typedef {{ type: 'code', id: string, text: string, kind: Kind, line: number }} Code */

const MARK = /^\*\*code\*\*, (output shown|output folded|predict|exercise|check)$/
const KINDS = {
  'output shown': 'shown',
  'output folded': 'folded',
  predict: 'predict',
  exercise: 'exercise',
  check: 'check',
}

/** A student reads about this many words at a stretch; <details> are not counted. */
export const WORDS = 120
/** Lines of a code cell, and of one that holds a solution. */
export const LINES = { cell: 12, solution: 20 }
export const COLUMNS = 90

/**
 * @param {string} source
 * @param {string} file for errors
 * @returns {(Prose | Code)[]}
 */
export function parse(source, file) {
  const lines = source.split('\n')
  /** @type {(Prose | Code)[]} */
  const cells = []
  const ids = new Map()
  let heading = 'start'
  let prose = []
  let proseLine = 1
  let details = 0
  const unique = base => {
    const n = (ids.get(base) ?? 0) + 1
    ids.set(base, n)
    return n === 1 ? base : `${base}-${n}`
  }
  const flush = () => {
    const text = prose.join('\n').trim()
    if (text) cells.push({ type: 'markdown', id: unique(heading), text, line: proseLine })
    prose = []
  }
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n]
    const mark = MARK.exec(line)
    if (mark) {
      if (!/^```ts$/.test(lines[n + 1] ?? ''))
        throw new Error(
          `${file}:${n + 2}: expected \`\`\`ts after "${line}", found "${lines[n + 1]}"`,
        )
      const end = lines.indexOf('```', n + 2)
      if (end < 0) throw new Error(`${file}:${n + 2}: this fence is not closed`)
      flush()
      const text = lines.slice(n + 2, end).join('\n')
      /** @type {Kind} */
      const kind = KINDS[mark[1]]
      cells.push({ type: 'code', id: unique(codeId(kind, text, heading)), text, kind, line: n + 3 })
      n = end
      proseLine = n + 2
      continue
    }
    if (/^\*\*code\*\*/.test(line))
      throw new Error(`${file}:${n + 1}: unknown kind of cell: "${line}"`)
    if (/^---$/.test(line)) {
      flush()
      proseLine = n + 2
      continue
    }
    const title = details === 0 ? /^#{1,3} (.*)/.exec(line) : null
    if (title) {
      flush()
      heading = slug(title[1])
      proseLine = n + 1
    }
    details += count(line, '<details>') - count(line, '</details>')
    prose.push(line)
  }
  flush()
  if (details !== 0)
    throw new Error(
      `${file}: ${details > 0 ? 'a <details> is not closed' : '</details> without <details>'}`,
    )
  return cells
}

/** `check('1.1'` gives check-1-1, `predict('1.a'` predict-1-a; otherwise the heading's words. */
function codeId(kind, text, heading) {
  const named = /\b(check|predict)\('([\w.]+)'/.exec(text)
  if (named && (kind === 'check' || kind === 'predict')) return `${named[1]}-${slug(named[2])}`
  return `${heading.slice(0, 50)}-${kind === 'exercise' ? 'exercise' : 'code'}`
}

const slug = text =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50)
    .replace(/-$/, '')
const count = (text, word) => text.split(word).length - 1

/** The student's copy of a cell: stubs for solutions. @param {string} text */
export function withStubs(text) {
  return text.replace(
    /^([ \t]*)\/\/ BEGIN SOLUTION\n[\s\S]*?\/\/ END SOLUTION(?:: (.*))?$/gm,
    (_, indent, stub) => `${indent}// your code${stub ? `\n${indent}${stub}` : ''}`,
  )
}

/** The cell with its solution, without the marks. @param {string} text */
export function withSolutions(text) {
  return text.replace(/^[ \t]*\/\/ (BEGIN|END) SOLUTION.*\n/gm, '')
}

/**
 * Replaces ⟨name⟩ by measured numbers.
 * @param {string} text
 * @param {Record<string, { text: string }>} measured
 * @param {string} file
 */
export function fill(text, measured, file) {
  return text.replace(/⟨([\w.]+)⟩/g, (_, name) => {
    if (!(name in measured))
      throw new Error(`${file}: nothing was measured under the name ⟨${name}⟩`)
    return measured[name].text
  })
}

/** Visible words of a Markdown cell: without <details>, links' addresses and formulas. @param {string} text */
export function visibleWords(text) {
  const seen = text
    .replace(/<details>[\s\S]*?<\/details>/g, ' ')
    .replace(/\$\$[\s\S]*?\$\$/g, ' ')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/^\|.*$/gm, ' ')
    .replace(/[#*|`_>]/g, ' ')
  return seen.split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word)).length
}

export const METADATA = {
  kernelspec: {
    display_name: 'TypeScript (Layerscope)',
    language: 'typescript',
    name: 'layerscope',
  },
  language_info: { file_extension: '.ts', mimetype: 'text/x-typescript', name: 'typescript' },
}

/**
 * The notebook as JSON, without outputs.
 * @param {string} source
 * @param {{ file: string, measured?: Record<string, { text: string }>, solved?: boolean }} options
 */
export function notebook(source, { file, measured = {}, solved = false }) {
  const cells = parse(source, file).map(cell => {
    if (cell.type === 'markdown')
      return {
        cell_type: 'markdown',
        id: cell.id,
        metadata: {},
        source: fill(cell.text, measured, file),
      }
    const folded = cell.kind === 'folded'
    return {
      cell_type: 'code',
      execution_count: null,
      id: cell.id,
      metadata: {
        ...(folded ? { jupyter: { outputs_hidden: true } } : {}),
        layerscope: { cell: cell.kind },
      },
      outputs: [],
      source: fill(solved ? withSolutions(cell.text) : withStubs(cell.text), measured, file),
    }
  })
  return { cells, metadata: METADATA, nbformat: 4, nbformat_minor: 5 }
}

/** Digest of everything in a notebook that comes from its source. @param {{ cells: { cell_type: string, id: string, source: string | string[] }[] }} nb */
export function fingerprint(nb) {
  const parts = nb.cells.map(cell => [cell.cell_type, cell.id, [cell.source].flat().join('')])
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
