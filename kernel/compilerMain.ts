/** The compiler's process: answers the front's calls, one after the other, and ends with it. */
import { Compiler, type Cell } from './compiler/compiler.ts'
import type { Answer, Call } from './compilerProcess.ts'

/** Cells whose positions can still be told. */
const REMEMBERED = 2000

const cells = new Map<string, Cell>()
const compiler = new Compiler()

function compile(id: string, code: string): unknown {
  const cell = compiler.compile(code)
  if ('traceback' in cell) return cell
  cells.set(id, cell)
  if (cells.size > REMEMBERED) cells.delete(cells.keys().next().value ?? '')
  // Data only: its functions stay here.
  const { js, names, imports, last, sides } = cell
  return { js, names, imports, last, await: cell.await, sides }
}

function answer({ method, args }: Call): unknown {
  switch (method) {
    case 'compile':
      return compile(...args)
    case 'commit':
      return void cells.get(args[0])?.commit(args[1])
    case 'locate':
      return args[0].map(p => cells.get(p.id)?.locate(p.line, p.column) ?? null)
    case 'complete':
      return compiler.complete(...args)
    case 'inspect':
      return compiler.inspect(...args)
    case 'isComplete':
      return compiler.isComplete(...args)
    case 'reset':
      cells.clear()
      return compiler.reset()
  }
}

process.on('message', (call: Call) => {
  let reply: Answer
  try {
    reply = { n: call.n, value: answer(call) }
  } catch (e) {
    reply = { n: call.n, error: e instanceof Error ? e.message : String(e) }
  }
  process.send?.(reply)
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C is for the front.
process.on('SIGINT', () => undefined)
compiler.compile('const warm: number = 1')
