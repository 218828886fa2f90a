/** The compiler's process without a snapshot: TypeScript is loaded and its libraries are read at the start. */
import { Compiler } from './compiler/compiler.ts'
import { nodeHost } from './compiler/node-host.ts'
import { serve } from './compilerServe.ts'

serve(() => new Compiler(nodeHost(process.cwd())))
