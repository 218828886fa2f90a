import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { link } from '../../../kernel/compiler/link.ts'
import { Edits } from '../../../kernel/compiler/edits.ts'
import type { TypeScript } from '../../../kernel/compiler/typescript.ts'
import { root } from '../../../scripts/lib/paths.mjs'

const ts = createRequire(`${root}/kernel/package.json`)('typescript') as TypeScript

it('the pinned TypeScript has the internals that the compiler uses', () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}/kernel/package.json`, 'utf8')) as {
    dependencies: Record<string, string>
  }
  expect(ts.version).toBe(dependencies.typescript)
  for (const f of [
    ts.bindSourceFile,
    ts.getSetExternalModuleIndicator,
    ts.createSymbolTable,
    ts.getImpliedNodeFormatForFileWorker,
    ts.setParent,
    ts.getTouchingPropertyName,
    ts.getContainerNode,
    ts.findPrecedingToken,
    ts.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind,
    ts.Completions.getCompletionsAtPosition,
    ts.SignatureHelp.getSignatureHelpItems,
  ])
    expect(f).toBeTypeOf('function')
})

it('top-level code works on locals and writes them through; functions use the boxes', () => {
  const options = {
    prefix: '$_',
    own: new Set(['s', 'f']),
    imported: new Set<string>(),
    known: new Set(['old', 'shared']),
    live: new Set<string>(),
    assigned: new Set(['shared']),
  }
  const js = `let s = 0;
for (let i = 0; i < 3; i++) {
    s += i;
    old++;
    shared = s;
}
function f(old) { return s + old; }
`
  const linked = link(ts, js, options)
  expect(linked.js.split('\n').slice(1, -1).join('\n')).toBe(`let s = $_s.v = 0, $_1 = ($_.n = 1);
for (let i = 0; i < 3; i++) {
    ($_s.v = s += i);
    ($_old.v = ++old);
    $_shared.v = s;
}
function f(old) { return $_s.v + old; }
`)
  expect(linked).toMatchObject({
    boxes: ['s', 'f', 'old', 'shared'],
    names: ['s', 'f'],
    steps: [1, 0],
    await: false,
  })
  // Every position of the result leads back to where its text stood.
  const lines = linked.js.split('\n')
  const body = lines.slice(1).join('\n')
  for (const [made, source] of [
    ['old)', 'old++'],
    ['s;', 's;'],
    ['function f', 'function f'],
    ['return', 'return'],
  ])
    expect(linked.edits.origin(body.indexOf(made))).toBe(js.indexOf(source))
})

it('edits nest', () => {
  const edits = new Edits()
  edits.open(0, '(')
  edits.close(3, ')')
  edits.open(0, '[')
  edits.close(3, ']')
  edits.replace(1, 2, 'xyz')
  expect(edits.apply('abc.')).toBe('([axyzc]).')
  expect(edits.origin(0)).toBe(0)
  expect(edits.origin(8)).toBe(3)
  expect(edits.origin(9)).toBe(3)
})
