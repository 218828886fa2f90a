/** Ready models, with random weights. Names of layers and shapes of weights are torchvision's where it has the model. */
import type { Generator } from '../tensor/random.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { add, relu } from '../ops/elementwise.ts'
import { ReLU } from './activation.ts'
import { inferChain } from './architecture.ts'
import { Conv2d } from './conv.ts'
import { constant, kaimingNormal, normal } from './init.ts'
import { Dropout, Flatten, Linear } from './layers.ts'
import { Module, type Inferred } from './module.ts'
import { BatchNorm2d, LocalResponseNorm } from './norm.ts'
import { AdaptiveAvgPool2d, MaxPool2d } from './pool.ts'
import { Sequential } from './sequential.ts'

export interface ModelOptions {
  /** Number of outputs. */
  classes?: number
  /** Source of the weights. Default: the one that `manualSeed` seeds. */
  generator?: Generator
}

/**
 * LeNet-5 (LeCun et al., 1998) with ReLU and max pooling: [N, 1, 28, 28] → logits [N, 10]; 61,706 parameters.
 */
export function lenet({ classes = 10, generator }: ModelOptions = {}): Sequential {
  return new Sequential({
    conv1: new Conv2d(1, 6, 5, { padding: 2, generator }),
    relu1: new ReLU(),
    pool1: new MaxPool2d(2),
    conv2: new Conv2d(6, 16, 5, { generator }),
    relu2: new ReLU(),
    pool2: new MaxPool2d(2),
    conv3: new Conv2d(16, 120, 5, { generator }),
    relu3: new ReLU(),
    flatten: new Flatten(),
    fc1: new Linear(120, 84, { generator }),
    relu4: new ReLU(),
    fc2: new Linear(84, classes, { generator }),
  })
}

/** A width of the original, at least 1. */
const scaled = (n: number, width: number): number => Math.max(1, Math.round(n * width))

export interface AlexNetOptions extends ModelOptions {
  /** The original's two groups in conv2, conv4, conv5, which its two GPUs asked for. Default true. */
  groups?: boolean
  /** The original's local response normalisation. Default true. */
  norm?: boolean
  /** Side of the input. Default 227. */
  size?: number
  /** Factor of all channels and features. Default 1. */
  width?: number
  /** Probability of dropout. Default 0.5. */
  dropout?: number
}
/**
 * AlexNet (Krizhevsky et al., 2012): [N, 3, 227, 227] → logits [N, 1000]; 60,965,224 parameters, 62,378,344 without groups.
 * Weights are PyTorch's defaults, not the paper's.
 */
export function alexNet(options: AlexNetOptions = {}): Sequential {
  const { classes = 1000, generator, groups = true, norm = true } = options
  const { size = 227, width = 1, dropout = 0.5 } = options
  const two = groups ? 2 : 1
  // Two groups halve the channels: even numbers.
  const c = (n: number) => 2 * scaled(n / 2, width)
  const pooled = (n: number) => Math.floor((n - 3) / 2) + 1
  const last = pooled(pooled(pooled(Math.floor((size - 11) / 4) + 1)))
  if (!(last >= 1)) throw new RangeError(`alexNet: size ${size}; at least 67`)
  const lrn = () => new LocalResponseNorm(5, { alpha: 1e-4, beta: 0.75, k: 2 })
  const [fc, flat] = [scaled(4096, width), c(256) * last * last]
  return new Sequential({
    conv1: new Conv2d(3, c(96), 11, { stride: 4, generator }),
    relu1: new ReLU(),
    ...(norm && { norm1: lrn() }),
    pool1: new MaxPool2d(3, { stride: 2 }),
    conv2: new Conv2d(c(96), c(256), 5, { padding: 2, groups: two, generator }),
    relu2: new ReLU(),
    ...(norm && { norm2: lrn() }),
    pool2: new MaxPool2d(3, { stride: 2 }),
    conv3: new Conv2d(c(256), c(384), 3, { padding: 1, generator }),
    relu3: new ReLU(),
    conv4: new Conv2d(c(384), c(384), 3, { padding: 1, groups: two, generator }),
    relu4: new ReLU(),
    conv5: new Conv2d(c(384), c(256), 3, { padding: 1, groups: two, generator }),
    relu5: new ReLU(),
    pool5: new MaxPool2d(3, { stride: 2 }),
    flatten: new Flatten(),
    drop6: new Dropout(dropout, generator),
    fc6: new Linear(flat, fc, { generator }),
    relu6: new ReLU(),
    drop7: new Dropout(dropout, generator),
    fc7: new Linear(fc, fc, { generator }),
    relu7: new ReLU(),
    fc8: new Linear(fc, classes, { generator }),
  })
}

const VGG = {
  11: [[64], [128], [256, 256], [512, 512], [512, 512]],
  16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
} as const

export interface VggOptions extends ModelOptions {
  /** Batch normalisation after each convolution. Default false. */
  batchNorm?: boolean
  /** Side of the input, a multiple of 32. Default 224. */
  size?: number
  /** Factor of all channels and features. Default 1. */
  width?: number
  /** Probability of dropout. Default 0.5. */
  dropout?: number
}
function vgg(depth: keyof typeof VGG, options: VggOptions): Sequential {
  const {
    classes = 1000,
    generator,
    batchNorm = false,
    size = 224,
    width = 1,
    dropout = 0.5,
  } = options
  if (!Number.isInteger(size / 32) || size < 32)
    throw new RangeError(`vgg${depth}: size ${size}; a multiple of 32`)
  const layers: Record<string, Module> = {}
  let channels = 3
  VGG[depth].forEach((block, b) => {
    block.forEach((n, i) => {
      const name = `${b + 1}_${i + 1}`
      const conv = new Conv2d(channels, scaled(n, width), 3, { padding: 1, generator })
      channels = conv.outChannels
      kaimingNormal(conv.weight, { mode: 'fanOut', nonlinearity: 'relu', generator })
      if (conv.bias) constant(conv.bias, 0)
      layers[`conv${name}`] = conv
      if (batchNorm) layers[`norm${name}`] = new BatchNorm2d(channels)
      layers[`relu${name}`] = new ReLU()
    })
    layers[`pool${b + 1}`] = new MaxPool2d(2)
  })
  const [flat, fc] = [channels * (size / 32) ** 2, scaled(4096, width)]
  const dense = (from: number, to: number) => {
    const layer = new Linear(from, to, { generator })
    normal(layer.weight, 0, 0.01, { generator })
    if (layer.bias) constant(layer.bias, 0)
    return layer
  }
  return new Sequential({
    ...layers,
    flatten: new Flatten(),
    fc6: dense(flat, fc),
    relu6: new ReLU(),
    drop6: new Dropout(dropout, generator),
    fc7: dense(fc, fc),
    relu7: new ReLU(),
    drop7: new Dropout(dropout, generator),
    fc8: dense(fc, classes),
  })
}
/** VGG with 11 layers (Simonyan & Zisserman, 2015): [N, 3, 224, 224] → logits [N, 1000]; 132,863,336 parameters (132,868,840 with batch normalisation). */
export function vgg11(options: VggOptions = {}): Sequential {
  return vgg(11, options)
}
/** VGG with 16 layers: [N, 3, 224, 224] → logits [N, 1000]; 138,357,544 parameters (138,365,992 with batch normalisation). */
export function vgg16(options: VggOptions = {}): Sequential {
  return vgg(16, options)
}

/** Two 3×3 convolutions and a way around them (He et al., 2016). */
export class BasicBlock extends Module {
  conv1: Conv2d
  bn1: BatchNorm2d
  conv2: Conv2d
  bn2: BatchNorm2d
  /** 1×1 convolution and normalisation on the way around, where the shape changes. */
  downsample: Sequential | null
  constructor(inChannels: number, outChannels: number, stride = 1, generator?: Generator) {
    super()
    const conv = (from: number, kernel: number, step: number) =>
      resConv(from, outChannels, kernel, step, generator)
    this.conv1 = conv(inChannels, 3, stride)
    this.bn1 = new BatchNorm2d(outChannels)
    this.conv2 = conv(outChannels, 3, 1)
    this.bn2 = new BatchNorm2d(outChannels)
    this.downsample =
      stride !== 1 || inChannels !== outChannels
        ? new Sequential([conv(inChannels, 1, stride), new BatchNorm2d(outChannels)])
        : null
  }
  forward(x: Tensor): Tensor {
    const y = this.bn2.forward(this.conv2.forward(relu(this.bn1.forward(this.conv1.forward(x)))))
    return relu(add(y, this.downsample ? this.downsample.forward(x) : x))
  }
  override infer(input: Shape): Inferred {
    const main = inferChain([this.conv1, this.bn1, this.conv2, this.bn2], input)
    const around = this.downsample ? inferChain([this.downsample], input).macs : 0
    return { ...main, macs: main.macs + around }
  }
  override describe(): string {
    return `${this.conv1.inChannels}, ${this.conv1.outChannels}`
  }
}
function resConv(
  from: number,
  to: number,
  kernel: number,
  stride: number,
  generator?: Generator,
): Conv2d {
  const padding = Math.floor(kernel / 2)
  const conv = new Conv2d(from, to, kernel, { stride, padding, bias: false, generator })
  kaimingNormal(conv.weight, { mode: 'fanOut', nonlinearity: 'relu', generator })
  return conv
}

export interface ResNetOptions extends ModelOptions {
  /** Channels of the first stage; each later one has twice as many. Default 64 (resNet18), 16 (resNetCifar). */
  width?: number
}
function stages(
  blocks: readonly number[],
  width: number,
  generator?: Generator,
): Record<string, Module> {
  let channels = width
  return Object.fromEntries(
    blocks.map((count, s) => {
      const out = width * 2 ** s
      const list = Array.from({ length: count }, (_, i) => {
        const block = new BasicBlock(channels, out, i === 0 && s > 0 ? 2 : 1, generator)
        channels = out
        return block
      })
      return [`layer${s + 1}`, new Sequential(list)]
    }),
  )
}
/** ResNet with 18 layers (He et al., 2016): [N, 3, 224, 224] → logits [N, 1000]; 11,689,512 parameters. */
export function resNet18(options: ResNetOptions = {}): Sequential {
  const { classes = 1000, width = 64, generator } = options
  const conv1 = new Conv2d(3, width, 7, { stride: 2, padding: 3, bias: false, generator })
  kaimingNormal(conv1.weight, { mode: 'fanOut', nonlinearity: 'relu', generator })
  return new Sequential({
    conv1,
    bn1: new BatchNorm2d(width),
    relu: new ReLU(),
    maxpool: new MaxPool2d(3, { stride: 2, padding: 1 }),
    ...stages([2, 2, 2, 2], width, generator),
    avgpool: new AdaptiveAvgPool2d(1),
    flatten: new Flatten(),
    fc: new Linear(width * 8, classes, { generator }),
  })
}
/**
 * The ResNet for CIFAR of the same paper, 6·n + 2 layers: [N, 3, 32, 32] → logits [N, 10]; n 3 (default) is ResNet-20 with
 * 272,474 parameters. Ways around are 1×1 convolutions, where the paper pads with zeros.
 */
export function resNetCifar({
  n = 3,
  classes = 10,
  width = 16,
  generator,
}: ResNetOptions & { n?: number } = {}): Sequential {
  return new Sequential({
    conv1: resConv(3, width, 3, 1, generator),
    bn1: new BatchNorm2d(width),
    relu: new ReLU(),
    ...stages([n, n, n], width, generator),
    avgpool: new AdaptiveAvgPool2d(1),
    flatten: new Flatten(),
    fc: new Linear(width * 4, classes, { generator }),
  })
}
