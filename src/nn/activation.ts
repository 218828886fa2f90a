/** Activations: value by value, no parameters. */
import { leakyRelu, relu, sigmoid, tanh } from '../ops/elementwise.ts'
import { logSoftmax, softmax } from '../ops/softmax.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { builtIn } from './built-in.ts'
import { Module, type Inferred } from './module.ts'

abstract class Activation extends Module {
  override infer(input: Shape): Inferred {
    return { output: input, macs: 0 }
  }
}

/** max(0, x) */
export class ReLU extends Activation {
  forward(x: Tensor): Tensor {
    return relu(x)
  }
}
/** x where x > 0, else slope·x; slope: default 0.01. */
export class LeakyReLU extends Activation {
  constructor(readonly negativeSlope = 0.01) {
    super()
  }
  forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope)
  }
  override describe(): string {
    return String(this.negativeSlope)
  }
}
/** 1 / (1 + e^−x) */
export class Sigmoid extends Activation {
  forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}
export class Tanh extends Activation {
  forward(x: Tensor): Tensor {
    return tanh(x)
  }
}
/** Along `dim`; default the last. */
export class Softmax extends Activation {
  constructor(readonly dim = -1) {
    super()
  }
  forward(x: Tensor): Tensor {
    return softmax(x, this.dim)
  }
}
/** Along `dim`; default the last. */
export class LogSoftmax extends Activation {
  constructor(readonly dim = -1) {
    super()
  }
  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim)
  }
}

builtIn(ReLU, LeakyReLU, Sigmoid, Tanh, Softmax, LogSoftmax)
