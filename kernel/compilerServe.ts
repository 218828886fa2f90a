/** The compiler's process: answers the front's calls, one after the other, and ends with it. */
import type { Cell, Compiler } from './compiler/compiler.ts'
import type { Answer, Call } from './compilerProcess.ts'

/** Cells whose positions can still be told. */
const REMEMBERED = 2000
/** Work that no cell waits for begins when nothing was asked for so many ms. */
const REST_MS = 50

/** @param make a compiler that is ready to work; called when the first calls may already be waiting */
export function serve(make: () => Compiler): void {
  // Ctrl-C is for the front.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => process.exit(0))
  /** Only this of earlier cells: all else of theirs would keep their syntax trees. */
  const places = new Map<string, Cell['locate']>()
  let newest: { id: string; cell: Cell } | null = null
  const compiler = make()

  const compile = (id: string, code: string): unknown => {
    const cell = compiler.compile(code)
    if ('traceback' in cell) return cell
    newest = { id, cell }
    places.set(id, cell.locate)
    if (places.size > REMEMBERED) places.delete(places.keys().next().value ?? '')
    // Data only: its functions stay here.
    return { code: cell.code, page: cell.page }
  }
  const where = ({ id, line, column }: { id: string; line: number; column: number }) => {
    const locate = places.get(id)
    return locate ? locate(line, column) : compiler.locate(id, line, column)
  }
  const commit = (id: string, values?: readonly string[]): void => {
    // Those of cells that failed to run are never asked for.
    if (newest?.id === id) newest.cell.commit(values)
    newest = null
  }
  const answer = ({ method, args }: Call): unknown => {
    switch (method) {
      case 'compile':
        return compile(...args)
      case 'commit':
        return commit(args[0], args[1] ?? undefined)
      case 'locate':
        return args[0].map(p => where(p))
      case 'complete':
        return compiler.complete(...args)
      case 'inspect':
        return compiler.inspect(...args)
      case 'isComplete':
        return compiler.isComplete(...args)
      case 'reset':
        places.clear()
        newest = null
        return compiler.reset()
    }
  }

  let pause: NodeJS.Timeout | undefined
  const rest = (): void => {
    // A little at a time: what is asked meanwhile is answered in between.
    if (compiler.idle()) pause = setTimeout(rest, 0)
  }
  process.on('message', (call: Call) => {
    clearTimeout(pause)
    let reply: Answer
    try {
      reply = { n: call.n, value: answer(call) }
    } catch (e) {
      reply = { n: call.n, error: e instanceof Error ? e.message : String(e) }
    }
    process.send?.(reply)
    pause = setTimeout(rest, REST_MS)
  })
  process.send?.({ n: 0 } satisfies Answer)
  pause = setTimeout(rest, REST_MS)
}
