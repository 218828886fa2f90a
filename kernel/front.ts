/**
 * The kernel's process: `node front.js CONNECTION_FILE`. The compiler takes longest to start, so it starts first, in a process of
 * its own; everything else is loaded while it does.
 */
import { CompilerProcess } from './compilerProcess.ts'

/** To the log of Jupyter's server, which shows what kernels write to stderr. */
const log = (line: string) => process.stderr.write(`[layerscope] ${line}\n`)

const [, , file] = process.argv
if (!file) {
  console.error('usage: front.js CONNECTION_FILE (Jupyter starts it)')
  process.exit(2)
}
const compiler = new CompilerProcess(log)
compiler.start()
const { serve } = await import('./kernel.ts')
try {
  await serve(file, compiler, log)
} catch (e) {
  console.error(e instanceof Error ? e.message : String(e))
  compiler.close()
  process.exit(2)
}
