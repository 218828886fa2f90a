/** Reading the views of explanations. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { AttributionView, OcclusionView, ProjectionView, TopView, UnitName } from './view.ts'

const WORDS = 500
const MAX_STAGES = 200
const MAX_PANELS = 24
const MAX_UNITS = 512
const MAX_TOP = 25
const MAX_CLASSES = 1000

const readRule = (r: Reader): ProjectionView['data']['rule'] =>
  r.oneOf('gradient', 'deconvnet', 'guided')

const readPlace = (r: Reader): [number, number] | null => r.nullable(p => p.pair(0, 1e6))

function readUnit(r: Reader): UnitName {
  r.only('layer', 'unit', 'at', 'value')
  return {
    layer: r.at('layer').text(WORDS),
    unit: r.at('unit').integer(0, 1e9),
    at: readPlace(r.at('at')),
    value: r.at('value').number(),
  }
}

export function readProjection(r: Reader): ProjectionView['data'] {
  r.only('unit', 'rule', 'stages', 'layers')
  const data: ProjectionView['data'] = {
    unit: readUnit(r.at('unit')),
    rule: readRule(r.at('rule')),
    stages: r.at('stages').list(stage => {
      stage.only('name', 'step', 'forward', 'signal', 'adjoint')
      const signal = stage.at('signal').tensor()
      const rank = signal.shape.length
      if ((rank !== 1 && rank !== 3) || signal.shape.includes(0))
        throw new SpecError(
          `${stage.path}: a stage is [C, H, W] or [C], not [${signal.shape.join(', ')}]`,
        )
      const adjoint = stage.at('adjoint').optional(a => a.numbers())
      return {
        ...(adjoint ? { adjoint } : {}),
        name: stage.at('name').text(WORDS),
        step: stage.at('step').oneOf('keep', 'rectify', 'filter', 'unpool', 'reshape', 'other'),
        forward: stage.at('forward').tensor(signal.shape),
        signal,
      }
    }, MAX_STAGES),
  }
  const layers = r.at('layers').optional(l => l.list(name => name.text(WORDS), MAX_STAGES))
  if (layers) data.layers = layers
  return data
}

export function readAttribution(r: Reader): AttributionView['data'] {
  r.only('image', 'panels')
  const image = r.at('image').tensor([null, null, null])
  const [, height, width] = image.shape
  return {
    image,
    panels: r.at('panels').list(panel => {
      panel.only('name', 'what', 'values', 'signed')
      return {
        name: panel.at('name').text(WORDS),
        what: panel.at('what').text(WORDS),
        values: panel.at('values').tensor([null, height, width]),
        signed: panel.at('signed').boolean(),
      }
    }, MAX_PANELS),
  }
}

export function readTop(r: Reader): TopView['data'] {
  r.only('layer', 'rule', 'images', 'labels', 'field', 'units')
  const field = r.at('field').pair(1, 1e6)
  return {
    layer: r.at('layer').text(WORDS),
    rule: r.at('rule').nullable(readRule),
    images: r.at('images').integer(0, 1e9),
    labels: r.at('labels').nullable(l => l.list(name => name.text(WORDS), MAX_CLASSES)),
    field,
    units: r.at('units').list(unit => {
      unit.only('unit', 'top', 'histogram', 'most')
      return {
        unit: unit.at('unit').integer(0, 1e9),
        top: unit.at('top').list(t => {
          t.only('image', 'label', 'value', 'at', 'inset', 'patch', 'projection')
          const patch = t.at('patch').tensor([null, null, null])
          const inset = t.at('inset').pair(0, 1e6)
          const [, h, w] = patch.shape
          if (inset[0] + h > field[0] || inset[1] + w > field[1])
            throw new SpecError(
              `${t.path}: a patch of ${h}×${w} at [${inset.join(', ')}] outside its field ${field.join('×')}`,
            )
          return {
            image: t.at('image').integer(0, 1e9),
            label: t.at('label').nullable(l => l.integer(0, MAX_CLASSES)),
            value: t.at('value').number(),
            at: readPlace(t.at('at')),
            inset,
            patch,
            projection: t.at('projection').nullable(p => p.tensor(patch.shape)),
          }
        }, MAX_TOP),
        histogram: unit.at('histogram').list(n => n.integer(0, 1e9), 200),
        most: unit.at('most').number(),
      }
    }, MAX_UNITS),
  }
}

export function readOcclusion(r: Reader): OcclusionView['data'] {
  r.only(
    'image', 'size', 'stride', 'fill', 'target', 'labels', 'before', 'probabilities', 'activity', 'followed',
  ) // prettier-ignore
  const before = r.at('before').list(p => p.number(), MAX_CLASSES)
  const image = r.at('image').tensor([null, null, null])
  const stride = r.at('stride').integer(1, 1e6)
  const places = [Math.ceil(image.shape[1] / stride), Math.ceil(image.shape[2] / stride)]
  return {
    image,
    size: r.at('size').integer(1, 1e6),
    stride,
    fill: r.at('fill').number(),
    target: r.at('target').integer(0, before.length - 1),
    labels: r.at('labels').list(l => l.text(WORDS), MAX_CLASSES, before.length),
    before,
    probabilities: r.at('probabilities').tensor([...places, before.length]),
    activity: r.at('activity').nullable(a => a.tensor(places)),
    followed: r.at('followed').nullable(f => f.text(WORDS)),
  }
}
