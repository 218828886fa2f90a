import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { forbidden } from '../../scripts/lint/import-table.mjs'
import { root } from '../../scripts/lib/paths.mjs'

const why = (from: string, source: string, typeOnly = false) =>
  forbidden(join(root, from), source, typeOnly)

describe('import table', () => {
  it.each([
    ['src/tensor/tensor.ts', '../backend/storage.ts'],
    ['src/ops/conv2d.ts', '../autograd/tape.ts'],
    ['src/ops/conv2d.ts', './shape.ts'],
    ['src/show/show.ts', '../explain/trace.ts'],
    ['src/index.ts', './show/show.ts'],
    ['src/platform/node.ts', 'node:fs'],
    ['kernel/runner/comms.ts', 'layerscope/spec'],
    ['kernel/engine/session.ts', './handlers/info.ts'],
    ['kernel/compiler/tslab.ts', 'tslab/dist/converter.js'],
    ['widgets/renderers/conv/conv.ts', '../../parts/tile.ts'],
    ['widgets/jupyterlab/index.ts', '@jupyterlab/application'],
    ['notebooks/grade/exercises/lecture01.ts', '../compare.ts'],
    ['notebooks/grade/exercises/lecture01.ts', 'layerscope'],
    ['notebooks/grade/grader/child.ts', 'node:child_process'],
  ])('%s may import %s', (from, source) => expect(why(from, source)).toBeNull())

  it.each([
    ['src/spec/view.ts', '../tensor/tensor.ts', /src\/spec may not import tensor/],
    ['src/tensor/tensor.ts', '../ops/conv2d.ts', /may not import ops/],
    ['src/ops/conv2d.ts', '../nn/module.ts', /may not import nn/],
    ['src/explain/trace.ts', '../show/show.ts', /may not import show/],
    ['src/ops/conv2d.ts', 'node:fs', /only src\/platform/],
    ['kernel/engine/session.ts', 'node:fs', /kernel\/engine imports itself/],
    ['kernel/engine/handlers/info.ts', '../../sockets.ts', /kernel\/engine imports itself/],
    ['kernel/engine/session.ts', '../pipe.ts', /the types of kernel\/pipe/],
    ['kernel/front.ts', 'layerscope', /layerscope\/spec only/],
    ['kernel/front.ts', '../src/spec/index.ts', /import the package/],
    ['kernel/front.ts', 'tslab', /one file alone imports tslab/],
    ['widgets/renderers/conv/conv.ts', '@lumino/widgets', /only widgets\/jupyterlab/],
    ['widgets/parts/tile.ts', '../renderers/index.ts', /may not import renderers/],
    ['widgets/parts/tile.ts', 'layerscope', /layerscope\/spec only/],
    ['notebooks/grade/judge.ts', '../../src/index.ts', /import the package/],
    ['notebooks/grade/exercises/views.ts', '../grader/child.ts', /may not import grader/],
    ['notebooks/grade/exercises/views.ts', 'node:fs', /only handin and grader/],
  ])('%s may not import %s', (from, source, reason) => expect(why(from, source)).toMatch(reason))

  it('the kernel’s engine takes types from the pipe', () =>
    expect(why('kernel/engine/session.ts', '../pipe.ts', true)).toBeNull())
})
