import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { forbidden } from '../../scripts/lint/import-table.mjs'
import { root } from '../../scripts/lib/paths.mjs'

const why = (from: string, source: string) => forbidden(join(root, from), source, false)

describe('import table', () => {
  it.each([
    ['src/tensor/tensor.ts', '../backend/storage.ts'],
    ['src/ops/conv2d.ts', '../autograd/tape.ts'],
    ['src/ops/conv2d.ts', './shape.ts'],
    ['src/show/show.ts', '../explain/trace.ts'],
    ['src/index.ts', './show/show.ts'],
    ['src/platform/node.ts', 'node:fs'],
    ['kernel/session.ts', 'layerscope/spec'],
    ['kernel/compiler/tslab.ts', 'tslab/dist/converter.js'],
    ['widgets/renderers/conv/conv.ts', '../../parts/tile.ts'],
    ['widgets/jupyterlab/index.ts', '@jupyterlab/application'],
  ])('%s may import %s', (from, source) => expect(why(from, source)).toBeNull())

  it.each([
    ['src/spec/view.ts', '../tensor/tensor.ts', /src\/spec may not import tensor/],
    ['src/tensor/tensor.ts', '../ops/conv2d.ts', /may not import ops/],
    ['src/ops/conv2d.ts', '../nn/module.ts', /may not import nn/],
    ['src/explain/trace.ts', '../show/show.ts', /may not import show/],
    ['src/ops/conv2d.ts', 'node:fs', /only src\/platform/],
    ['kernel/session.ts', 'layerscope', /layerscope\/spec only/],
    ['kernel/session.ts', '../src/spec/index.ts', /import the package/],
    ['kernel/session.ts', 'tslab', /one file alone imports tslab/],
    ['widgets/renderers/conv/conv.ts', '@lumino/widgets', /only widgets\/jupyterlab/],
    ['widgets/parts/tile.ts', '../renderers/index.ts', /may not import renderers/],
    ['widgets/parts/tile.ts', 'layerscope', /layerscope\/spec only/],
  ])('%s may not import %s', (from, source, reason) => expect(why(from, source)).toMatch(reason))
})
