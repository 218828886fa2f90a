/**
 * The gate on both sides: what comes in as unknown JSON leaves as a view that fits the contract, rebuilt from the fields
 * that the contract names. Nothing else passes.
 */
import { readArchitecture } from './architecture.ts'
import { readBubbles } from './bubbles.ts'
import { readChart } from './chart.ts'
import { readConfusion } from './confusion.ts'
import { SpecError } from './error.ts'
import { readAttribution, readOcclusion, readProjection, readTop } from './validate-explain.ts'
import { readPool } from './pool.ts'
import { Reader } from './read.ts'
import { readSizes } from './sizes.ts'
import { readSoftmax } from './softmax.ts'
import { readEvolution } from './evolution.ts'
import { readTraining } from './validate-training.ts'
import { readReading, readRnn } from './validate-recurrent.ts'
import { SPEC_VERSION } from './view.ts'
import type { ConvView, MapLayer, MapOp, MapsView, TensorView, ViewBase, ViewSpec } from './view.ts'

export { MAX_POINTS } from './validate-training.ts'

/** Most base64 characters of all tensors in one view: 32 MiB. Saved views stay far below (1 MB). */
export const MAX_VIEW_BYTES = 2 ** 25
const MAX_TEXT = 20_000
const MAX_WORDS = 500
const MAX_LABELS = 10_000
const MAX_LAYERS = 1000
const MAX_SIZE = 100_000

/**
 * A view, checked and copied. `buffers` are those of the message that carried it.
 *
 * @throws SpecError in a sentence that names the field; with `newer` set when the spec is of a later version.
 */
export function parseView(value: unknown, buffers: readonly Uint8Array[] = []): ViewSpec {
  return readView(new Reader(value, 'view', { bytes: MAX_VIEW_BYTES, buffers }))
}

export function readView(r: Reader): ViewSpec {
  const version = r.at('spec').integer(1, 1e6)
  if (version > SPEC_VERSION)
    throw new SpecError(
      `view: written for version ${version} of the views, this page reads up to ${SPEC_VERSION}`,
      version,
    )
  r.only('spec', 'kind', 'id', 'title', 'shape', 'from', 'text', 'producer', 'data')
  const kind = r
    .at('kind')
    .oneOf(
      'bubbles',
      'chart',
      'confusion',
      'tensor',
      'conv',
      'maps',
      'training',
      'projection',
      'attribution',
      'top',
      'occlusion',
      'pool',
      'softmax',
      'sizes',
      'evolution',
      'rnn',
      'architecture',
      'reading',
    )
  const base = readBase(r)
  const data = r.at('data')
  switch (kind) {
    case 'tensor':
      return { ...base, kind, data: readTensor(data) }
    case 'conv':
      return { ...base, kind, data: readConv(data) }
    case 'maps':
      return { ...base, kind, data: readMaps(data) }
    case 'training':
      return { ...base, kind, data: readTraining(data) }
    case 'projection':
      return { ...base, kind, data: readProjection(data) }
    case 'attribution':
      return { ...base, kind, data: readAttribution(data) }
    case 'top':
      return { ...base, kind, data: readTop(data) }
    case 'bubbles':
      return { ...base, kind, data: readBubbles(data) }
    case 'chart':
      return { ...base, kind, data: readChart(data) }
    case 'confusion':
      return { ...base, kind, data: readConfusion(data) }
    case 'evolution':
      return { ...base, kind, data: readEvolution(data) }
    case 'occlusion':
      return { ...base, kind, data: readOcclusion(data) }
    case 'softmax':
      return { ...base, kind, data: readSoftmax(data) }
    case 'architecture':
      return { ...base, kind, data: readArchitecture(data) }
    case 'sizes':
      return { ...base, kind, data: readSizes(data) }
    case 'pool':
      return { ...base, kind, data: readPool(data) }
    case 'rnn':
      return { ...base, kind, data: readRnn(data) }
    case 'reading':
      return { ...base, kind, data: readReading(data) }
  }
}

function readBase(r: Reader): Omit<ViewBase, 'kind'> {
  const base: Omit<ViewBase, 'kind'> = {
    spec: SPEC_VERSION,
    id: readId(r.at('id')),
    title: r.at('title').text(MAX_WORDS),
    text: r.at('text').text(MAX_TEXT),
    producer: r.at('producer').text(100),
  }
  const shape = r.at('shape').optional(x => x.text(MAX_WORDS))
  const from = r.at('from').optional(x => x.text(MAX_WORDS))
  if (shape !== undefined) base.shape = shape
  if (from !== undefined) base.from = from
  return base
}

export function readId(r: Reader): string {
  const id = r.text(100)
  if (!/^[\w.-]+$/.test(id)) r.fail('an id of letters, digits, points and dashes')
  return id
}

function readTensor(r: Reader): TensorView['data'] {
  r.only('values', 'scale', 'numbers', 'at', 'labels')
  const values = r.at('values').tensor()
  const scale = r.at('scale').oneOf('image', 'map', 'signed')
  const out: TensorView['data'] = { values, scale, numbers: r.at('numbers').boolean() }
  const at = r.at('at').optional(x => x.list(cell => readIndex(cell, values.shape), 1000))
  const labels = r.at('labels').optional(readLabels)
  if (at !== undefined) out.at = at
  if (labels !== undefined) out.labels = labels
  return out
}

function readIndex(r: Reader, shape: readonly number[]): number[] {
  return r.list((item, axis) => item.integer(0, shape[axis] - 1), shape.length, shape.length)
}

function readLabels(r: Reader): string[] {
  return r.list(item => item.text(MAX_WORDS), MAX_LABELS)
}

function readConv(r: Reader): ConvView['data'] {
  r.only(
    'x', 'w', 'b', 'hasBias', 'output', 'stride', 'padding', 'dilation', 'plain', 'names', 'at', 'compare', 'edit',
    'count', 'driven',
  ) // prettier-ignore
  const x = r.at('x').tensor([null, null, null])
  const [channels, height, width] = x.shape
  const w = r.at('w').tensor([null, channels, null, null])
  const [filters, , h, k] = w.shape
  const stride = r.at('stride').pair(1, MAX_SIZE)
  const padding = r.at('padding').pair(0, MAX_SIZE)
  const dilation = r.at('dilation').pair(1, MAX_SIZE)
  const shape = [
    filters,
    windows(height, h, stride[0], padding[0], dilation[0]),
    windows(width, k, stride[1], padding[1], dilation[1]),
  ]
  const names = r.at('names').only('x', 'w', 'b', 'o')
  const name = (key: string): string => names.at(key).text(40)
  return {
    x,
    w,
    b: r.at('b').tensor([filters]),
    hasBias: r.at('hasBias').boolean(),
    output: r.at('output').tensor(shape),
    stride,
    padding,
    dilation,
    plain: r.at('plain').boolean(),
    names: { x: name('x'), w: name('w'), b: name('b'), o: name('o') },
    at: r.at('at').list(cell => {
      const [f, i, j] = readIndex(cell, shape)
      return [f, i, j]
    }, 1000),
    compare: r.at('compare').nullable(c => ({
      label: c.only('label', 'values').at('label').text(MAX_WORDS),
      values: c
        .at('values')
        .list(
          map =>
            map.list(
              row => row.list(cell => cell.nullable(v => v.number()), MAX_SIZE, shape[2]),
              MAX_SIZE,
              shape[1],
            ),
          MAX_SIZE,
          shape[0],
        ),
    })),
    edit: r.at('edit').list(item => item.oneOf('x', 'w', 'b'), 3),
    count: r.at('count').nullable(c => c.number()),
    driven: r.at('driven').boolean(),
  }
}

/** How many windows fit: floor((n + 2·padding − dilation·(h − 1) − 1) / stride) + 1. */
export function windows(
  n: number,
  h: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((n + 2 * padding - dilation * (h - 1) - 1) / stride) + 1
}

function readMaps(r: Reader): MapsView['data'] {
  r.only('layers', 'labels', 'inputs', 'layer', 'pin')
  const layers: MapLayer[] = []
  r.at('layers').list((layer, index) => layers.push(readLayer(layer, index, layers)), MAX_LAYERS)
  if (layers.length === 0)
    throw new SpecError('view.data.layers: at least the input must stand there')
  const layer = r.at('layer').integer(0, layers.length - 1)
  return {
    layers,
    labels: r.at('labels').nullable(readLabels),
    inputs: r.at('inputs').nullable(inputs => {
      inputs.only('images', 'labels', 'current')
      const images = inputs.at('images').tensor([null, null, null, null])
      return {
        images,
        labels: inputs.at('labels').list(l => l.text(MAX_WORDS), MAX_LABELS, images.shape[0]),
        current: inputs.at('current').integer(0, images.shape[0] - 1),
      }
    }),
    layer,
    pin: r.at('pin').nullable(pin => readIndex(pin, layers[layer].shape)),
  }
}

function readLayer(r: Reader, index: number, before: readonly MapLayer[]): MapLayer {
  r.only(
    'name', 'op', 'source', 'shape', 'values', 'before', 'activation', 'field', 'parameters', 'note',
  ) // prettier-ignore
  const source = r.at('source').integer(-1, index - 1)
  const shape = r.at('shape').list(n => n.integer(1, 2 ** 26), 3)
  if (shape.length !== 1 && shape.length !== 3) r.at('shape').fail('[C, H, W] or [C]')
  const op = readOp(r.at('op'), source < 0 ? null : before[source].shape, shape)
  return {
    name: r.at('name').text(MAX_WORDS),
    op,
    source,
    shape,
    values: r.at('values').tensor(shape),
    before: r.at('before').nullable(b => b.tensor(shape)),
    activation: r.at('activation').nullable(a => a.text(MAX_WORDS)),
    field: r.at('field').nullable(f => ({
      size: f.only('size', 'step', 'start').at('size').numbers(),
      step: f.at('step').numbers(),
      start: f.at('start').numbers(),
    })),
    parameters: r.at('parameters').integer(0, Number.MAX_SAFE_INTEGER),
    note: r.at('note').text(MAX_WORDS),
  }
}

/** An op that can be opened into its terms: its weights fit the shapes on both sides, or it says so. */
function readOp(r: Reader, source: readonly number[] | null, shape: readonly number[]): MapOp {
  const op = r.at('op').oneOf('input', 'conv2d', 'linear', 'maxPool2d', 'avgPool2d', 'softmax', 'flatten', 'other') // prettier-ignore
  if ((op === 'input') !== (source === null))
    throw new SpecError(`${r.path}: ${op} ${source ? 'reads no layer' : 'must read a layer'}`)
  const need = (rank: number): readonly number[] => {
    if (source?.length !== rank || shape.length !== rank)
      throw new SpecError(`${r.path}: ${op} goes from and to a layer of rank ${rank}`)
    return source
  }
  const fits = (expected: readonly number[]): void => {
    if (!expected.every((n, i) => n === shape[i]))
      throw new SpecError(
        `${r.path}: ${op} gives [${expected.join(', ')}], the layer is [${shape.join(', ')}]`,
      )
  }
  switch (op) {
    case 'conv2d': {
      r.only('op', 'weight', 'bias', 'stride', 'padding', 'dilation', 'groups')
      const [channels, height, width] = need(3)
      const groups = r.at('groups').integer(1, channels)
      const weight = r.at('weight').tensor([shape[0], channels / groups, null, null])
      const stride = r.at('stride').pair(1, MAX_SIZE)
      const padding = r.at('padding').pair(0, MAX_SIZE)
      const dilation = r.at('dilation').pair(1, MAX_SIZE)
      const [, , h, k] = weight.shape
      fits([
        shape[0],
        windows(height, h, stride[0], padding[0], dilation[0]),
        windows(width, k, stride[1], padding[1], dilation[1]),
      ])
      const bias = r.at('bias').nullable(b => b.tensor([shape[0]]))
      return { op, weight, bias, stride, padding, dilation, groups }
    }
    case 'linear': {
      r.only('op', 'weight', 'bias')
      const [inputs] = need(1)
      const weight = r.at('weight').tensor([shape[0], inputs])
      return { op, weight, bias: r.at('bias').nullable(b => b.tensor([shape[0]])) }
    }
    case 'maxPool2d':
    case 'avgPool2d': {
      r.only('op', 'kernel', 'stride', 'padding')
      const [channels, height, width] = need(3)
      const kernel = r.at('kernel').pair(1, MAX_SIZE)
      const stride = r.at('stride').pair(1, MAX_SIZE)
      const padding = r.at('padding').pair(0, MAX_SIZE)
      fits([
        channels,
        windows(height, kernel[0], stride[0], padding[0], 1),
        windows(width, kernel[1], stride[1], padding[1], 1),
      ])
      return { op, kernel, stride, padding }
    }
    case 'other':
      return { op, name: r.only('op', 'name').at('name').text(MAX_WORDS) }
    default:
      r.only('op')
      return { op }
  }
}
