/** One valid view of each kind, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type { ConvView, MapsView, TensorView, TrainingView } from '../../src/spec/view.ts'

const base = {
  spec: 1,
  id: 'v1',
  title: 'conv2d',
  text: 'conv2d. o[0, 0] = 3.',
  producer: '0.1.0',
} as const
const ones = (...shape: number[]) => new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1)
const f32 = (...shape: number[]) => encode(ones(...shape), shape, 'f32')

export const tensorView = (): TensorView => ({
  ...base,
  kind: 'tensor',
  shape: '[2, 3]',
  data: { values: f32(2, 3), scale: 'map', numbers: true, at: [[0, 1]], labels: ['a'] },
})

export const convView = (): ConvView => ({
  ...base,
  kind: 'conv',
  from: 'lecture 1',
  data: {
    x: f32(2, 5, 6),
    w: f32(3, 2, 3, 2),
    b: f32(3),
    hasBias: true,
    // rows (5 + 2 − 3) / 2 + 1 = 3, columns 6 − 2 + 1 = 5
    output: f32(3, 3, 5),
    stride: [2, 1],
    padding: [1, 0],
    dilation: [1, 1],
    plain: false,
    names: { x: 'x', w: 'w', b: 'b', o: 'o' },
    at: [[2, 1, 4]],
    compare: { label: 'guess', values: new Array(3).fill(new Array(3).fill([1, null, 2, 3, 4])) },
    edit: ['x'],
    count: 3,
    driven: false,
  },
})

// prettier-ignore
export const mapsView = (): MapsView => ({
  ...base,
  kind: 'maps',
  data: {
    layers: [
      { name: 'input', op: { op: 'input' }, source: -1, shape: [1, 8, 8], values: f32(1, 8, 8), before: null, activation: null, field: { size: [1, 1], step: [1, 1], start: [0, 0] }, parameters: 0, note: '' },
      { name: 'conv1', op: { op: 'conv2d', weight: f32(2, 1, 3, 3), bias: f32(2), stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }, source: 0, shape: [2, 6, 6], values: f32(2, 6, 6), before: f32(2, 6, 6), activation: 'ReLU', field: { size: [3, 3], step: [1, 1], start: [0, 0] }, parameters: 20, note: '3×3' },
      { name: 'pool1', op: { op: 'maxPool2d', kernel: [2, 2], stride: [2, 2], padding: [0, 0] }, source: 1, shape: [2, 3, 3], values: f32(2, 3, 3), before: null, activation: null, field: null, parameters: 0, note: '' },
      { name: 'flatten', op: { op: 'flatten' }, source: 2, shape: [18], values: f32(18), before: null, activation: null, field: null, parameters: 0, note: '' },
      { name: 'fc', op: { op: 'linear', weight: f32(4, 18), bias: null }, source: 3, shape: [4], values: f32(4), before: null, activation: null, field: null, parameters: 72, note: '' },
      { name: 'softmax', op: { op: 'softmax' }, source: 4, shape: [4], values: f32(4), before: null, activation: null, field: null, parameters: 0, note: '' },
    ],
    labels: ['a', 'b', 'c', 'd'],
    inputs: { images: encode(ones(2, 1, 8, 8), [2, 1, 8, 8], 'u8', [0, 255]), labels: ['a', 'b'], current: 1 },
    layer: 1,
    pin: [1, 5, 5],
  },
})

export const trainingView = (): TrainingView => ({
  ...base,
  kind: 'training',
  data: {
    state: 'paused',
    epochs: 5,
    stepsPerEpoch: 157,
    points: [
      { step: 1, epoch: 0.01, loss: 2.3 },
      { step: 157, epoch: 1, loss: null, accuracy: 0.5, testLoss: 1, testAccuracy: 0.7 },
    ],
    facts: [['optimizer', 'SGD']],
    controls: ['pause', 'step', 'epoch'],
    speed: 12.5,
    history: {
      name: 'lr 0.1',
      layers: [{ name: 'conv', units: 4 }],
      images: 50,
      snapshots: snapshots(0, 157),
      broken: { step: 157, epoch: 1, layer: 'conv' },
      branches: [
        {
          name: 'lr 0.01',
          from: { run: 0, step: 0, epoch: 0 },
          state: 'done',
          points: [{ step: 157, epoch: 1, loss: 1, testLoss: 1, testAccuracy: 0.5 }],
          snapshots: snapshots(157),
          broken: null,
        },
      ],
      left: '',
    },
  },
})

const snapshots = (...steps: number[]) => ({
  steps,
  epochs: steps.map(s => s / 157),
  heights: encode(ones(steps.length, 1, 3, 41), [steps.length, 1, 3, 41], 'u8', [0, 1]),
  limits: f32(steps.length, 1, 3),
  facts: f32(steps.length, 1, 3),
})
