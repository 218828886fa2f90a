/** Stacks of user code: the cells' own lines, none of ours. */
import type { Cell } from './compiler/compiler.ts'
import type { Failure } from './pipe.ts'

const red = (s: string) => `\u001b[31m${s}\u001b[39m`
const grey = (s: string) => `\u001b[90m${s}\u001b[39m`

/** Lines that `wrap` puts before the cell's code. */
const HEAD_LINES = 1

interface Known {
  cell: Cell
  source: string
  count: number
}

/** @param find the cell that a message id ran */
export function traceback(error: Failure, find: (id: string) => Known | null): string[] {
  const title = `${red(error.ename)}: ${error.evalue}`
  if (!error.stack) return [title]
  const lines = [title]
  let framed = false
  for (const frame of error.stack.split('\n')) {
    if (/^caused by: /.test(frame)) lines.push(frame)
    if (!/^\s*at /.test(frame)) continue
    const cell = /cell:([\w-]+):(\d+):(\d+)/.exec(frame)
    if (cell) {
      const known = find(cell[1])
      const at = known?.cell.locate(Number(cell[2]) - 1 - HEAD_LINES, Number(cell[3]) - 1)
      if (!known || !at) continue
      const name = /at (?:async )?((?:new )?[\w$.<>]+) \(/.exec(frame)?.[1]
      const inside =
        name && !/^(eval|Object\.<anonymous>|<anonymous>)$/.test(name)
          ? ` in ${name.replace(/^Object\./, '')}`
          : ''
      lines.push(`    at cell [${known.count}], line ${at[0] + 1}:${at[1] + 1}${inside}`)
      if (!framed) {
        framed = true
        const text = known.source.split('\n')[at[0]] ?? ''
        const number = String(at[0] + 1)
        lines.push(
          `${grey(`${number} |`)} ${text}`,
          `${grey(`${' '.repeat(number.length)} |`)} ${' '.repeat(at[1])}${red('^')}`,
        )
      }
    } else if (
      !/node:internal|node:vm|node:async_hooks|layerscope\.guarded|evalmachine|runner\.js|\(native\)/.test(
        frame,
      )
    )
      lines.push(grey(frame))
  }
  return lines
}
