import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pruneDeclarations as prune } from '../../scripts/lib/declarations.mjs'

/** What is left of a folder of declarations, file by file. */
function pruned(files: Record<string, string>, entries: string[]): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  prune(
    folder,
    entries.map(e => join(folder, e)),
  )
  const left: Record<string, string> = {}
  for (const f of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (f.isFile()) {
      const path = join(f.parentPath ?? f.path, f.name)
      left[path.slice(folder.length + 1)] = readFileSync(path, 'utf8')
    }
  return left
}

test('what no public name leads to goes, with its file and its imports', () => {
  const left = pruned(
    {
      'index.d.ts': `export { used } from './a.ts';\nexport * as more from './b.ts';\n`,
      'a.d.ts': `/** The file. */\nimport { Shape, type Hidden } from './inner.ts';\n/** Says what it does. */\nexport declare function used(x: Shape): void;\nexport declare function unused(x: Hidden): void;\n`,
      'b.d.ts': `export declare const one: number;\nexport {};\n`,
      'inner.d.ts': `import type { Deep } from './deep.ts';\n/** Sizes. */\nexport type Shape = readonly number[];\nexport interface Hidden { deep: Deep }\n`,
      'deep.d.ts': `export interface Deep { a: number }\n`,
    },
    ['index.d.ts'],
  )
  expect(left).toEqual({
    'index.d.ts': `export { used } from './a.ts';\nexport * as more from './b.ts';\n`,
    'a.d.ts': `import { Shape } from './inner.ts';\n/** Says what it does. */\nexport declare function used(x: Shape): void;\n`,
    'b.d.ts': `export declare const one: number;\nexport {  };\n`,
    'inner.d.ts': `/** Sizes. */\nexport type Shape = readonly number[];\n`,
  })
})

test('internal members go, with what only they need; private ones leave that there are some', () => {
  const left = pruned(
    {
      'index.d.ts': `export * from './box.ts';\n`,
      'box.d.ts': `import type { Store } from './store.ts';
export declare class Box {
    readonly size: number;
    /** The numbers. @internal */
    readonly store: Store;
    private seen;
    private order;
    /** @internal */
    constructor(store: Store);
    /** Its sum. */
    sum(): number;
}
`,
      'store.d.ts': `export interface Store { data: Float32Array }\n`,
    },
    ['index.d.ts'],
  )
  expect(Object.keys(left).sort()).toEqual(['box.d.ts', 'index.d.ts'])
  expect(left['box.d.ts']).toBe(`export declare class Box {
    readonly size: number;
    #private;
    protected constructor();
    /** Its sum. */
    sum(): number;
}
`)
})

test('methods that another file adds to a class stay with it, also through an import for its effect alone', () => {
  const left = pruned(
    {
      'index.d.ts': `import './more.ts';\nexport { Run } from './run.ts';\n`,
      'run.d.ts': `export declare class Run {\n    step(): void;\n}\n`,
      'more.d.ts': `import type { Extra } from './extra.ts';\ndeclare module './run.ts' {\n    interface Run {\n        extra(): Extra;\n    }\n}\nexport declare function nobodys(): void;\n`,
      'extra.d.ts': `export interface Extra { n: number }\n`,
    },
    ['index.d.ts'],
  )
  expect(left['index.d.ts']).toContain(`import './more.ts'`)
  expect(left['more.d.ts']).toContain('extra(): Extra')
  expect(left['more.d.ts']).not.toContain('nobodys')
  expect(left['extra.d.ts']).toContain('interface Extra')
})
