/** The compiler's process without a snapshot: TypeScript is loaded and its libraries are read at the start. */
import { Compiler } from './compiler/compiler.ts'
import { nodeHost } from './compiler/node-host.ts'
import { serve } from './compilerServe.ts'

serve(() => {
  const compiler = new Compiler(nodeHost(process.cwd()))
  compiler.warm()
  return compiler
})
