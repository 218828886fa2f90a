/** Stacks of user code: the cells' own lines, none of ours. */
import type { Failure } from '../pipe.ts'
import type { CompilerPort } from './ports.ts'

const red = (s: string) => `\u001b[31m${s}\u001b[39m`
const grey = (s: string) => `\u001b[90m${s}\u001b[39m`

/** Lines that the runner puts before the cell's code. */
const HEAD_LINES = 1
const OURS =
  /node:internal|node:vm|node:async_hooks|layerscope\.guarded|evalmachine|runner\.js|\(native\)/

interface Known {
  source: string
  count: number
}
type Find = (id: string) => Known | null
type Locate = Pick<CompilerPort, 'locate'>

const PLACES = /cell:([\w-]+):(\d+):(\d+)|(?<=^ +at .*)((?:[A-Za-z]:)?[\\/][^():\n]*):(\d+):(\d+)/gm
/** So many equal lines in a row are told as one. */
const MANY = 4
/** Places in one text that are looked up. */
const LOOKED_UP = 2000

/** A text that cells show, with the places of frames as they are in the cells and local files. */
export async function relocated(text: string, compiler: Locate, find: Find): Promise<string> {
  const places = new Map<string, { id: string; line: number; column: number }>()
  for (const [place, cell, line, column, file, fileLine, fileColumn] of text.matchAll(PLACES)) {
    if (places.size >= LOOKED_UP) break
    places.set(
      place,
      cell
        ? { id: cell, line: Number(line) - 1 - HEAD_LINES, column: Number(column) - 1 }
        : { id: file, line: Number(fileLine) - 1, column: Number(fileColumn) - 1 },
    )
  }
  if (!places.size) return text
  const found = await compiler.locate([...places.values()])
  const shown = new Map<string, string>()
  for (const [i, [place, { id }]] of [...places].entries()) {
    const at = found[i]
    const known = find(id)
    const name = known ? `cell [${known.count}]` : place.startsWith('cell:') ? null : id
    if (at && name !== null) shown.set(place, `${name}:${at[0] + 1}:${at[1] + 1}`)
  }
  return text.replace(PLACES, place => shown.get(place) ?? place)
}

/** @param find the cell that a message id ran */
export async function traceback(error: Failure, compiler: Locate, find: Find): Promise<string[]> {
  const title = `${red(error.ename)}: ${error.evalue}`
  if (!error.stack) return [title]
  const frames = error.stack.split('\n').filter(f => /^\s*at |^caused by: /.test(f))
  const places = frames.map(frame => {
    const at = /^\s*at .*cell:([\w-]+):(\d+):(\d+)/.exec(frame)
    if (at) return { id: at[1], line: Number(at[2]) - 1 - HEAD_LINES, column: Number(at[3]) - 1 }
    // A local file, as the compiler emitted it.
    const file = /^\s*at (?:.*\()?((?:[A-Za-z]:)?[\\/][^()]*):(\d+):(\d+)\)?$/.exec(frame)
    return file && { id: file[1], line: Number(file[2]) - 1, column: Number(file[3]) - 1 }
  })
  const found = await compiler.locate(places.filter(p => p !== null))
  const lines = [title]
  let framed = false
  for (const [i, frame] of frames.entries()) {
    const place = places[i]
    if (!place) {
      if (frame.startsWith('caused by: ')) lines.push(frame)
      else if (!OURS.test(frame)) lines.push(grey(frame))
      continue
    }
    const at = found.shift()
    const known = find(place.id)
    if (!known && !OURS.test(frame) && !/cell:[\w-]+:/.test(frame))
      lines.push(grey(at ? frame.replace(/:\d+:\d+(\)?)$/, `:${at[0] + 1}:${at[1] + 1}$1`) : frame))
    if (!known || !at) continue
    const name = /at (?:async )?((?:new )?[\w$.<>]+) \(/.exec(frame)?.[1]
    const inside =
      name && !/^(eval|Object\.<anonymous>|<anonymous>)$/.test(name)
        ? ` in ${name.replace(/^Object\./, '')}`
        : ''
    lines.push(`    at cell [${known.count}], line ${at[0] + 1}:${at[1] + 1}${inside}`)
    if (framed) continue
    framed = true
    const text = known.source.split('\n')[at[0]] ?? ''
    const number = String(at[0] + 1)
    lines.push(
      `${grey(`${number} |`)} ${text}`,
      `${grey(`${' '.repeat(number.length)} |`)} ${' '.repeat(at[1])}${red('^')}`,
    )
  }
  return collapsed(lines)
}

/** Frames of a recursion, once. */
function collapsed(lines: readonly string[]): string[] {
  const shown: string[] = []
  for (let i = 0; i < lines.length;) {
    let n = 1
    while (lines[i + n] === lines[i]) n++
    if (n < MANY) shown.push(...lines.slice(i, i + n))
    else shown.push(lines[i], grey(`    … and ${n - 1} times more`))
    i += n
  }
  return shown
}
