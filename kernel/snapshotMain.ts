/**
 * The compiler's process from a V8 snapshot: TypeScript is loaded and its libraries are parsed when the snapshot is made
 * (`node --build-snapshot`), once for each version of Node. `snapshot.ts` makes and finds it.
 */
import { tmpdir } from 'node:os'
import v8 from 'node:v8'
import ts from 'typescript'
import { Compiler } from './compiler/compiler.ts'
import { nodeHost, type Installed } from './compiler/node-host.ts'
import type { TypeScript } from './compiler/typescript.ts'
import { serve } from './compilerServe.ts'

const installed: Installed = {
  ...(JSON.parse(process.env.LAYERSCOPE_INSTALLED ?? '{}') as Omit<Installed, 'ts'>), // of `snapshot.ts`
  ts: ts as TypeScript, // the pinned version has what `Internals` names
  parsed: new Map(),
}

// Reads what every cell needs, and has V8 compile the functions that do it: their code is part of the snapshot. The notebook's
// folder is another one; where it has no options and types of its own, its first cell finds all this done.
// (Completion is left out: it makes an Intl.Collator, which no snapshot can hold.)
const compiler = new Compiler(nodeHost(tmpdir(), installed))
compiler.warm()
for (const code of [
  'const a = [1, 2].map(x => x + 1); a',
  'class A { b = new Map<string, number>() }\nawait Promise.resolve(new A())',
]) {
  const cell = compiler.compile(code)
  if ('commit' in cell) cell.commit()
}
compiler.inspect('Math', 2)
while (compiler.idle());
compiler.compile('1 + 1')

v8.startupSnapshot.setDeserializeMainFunction(() =>
  serve(() => {
    if (!compiler.enter(nodeHost(process.cwd(), installed))) compiler.warm()
    return compiler
  }),
)
