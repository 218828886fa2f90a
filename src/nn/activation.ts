/** Activations: value by value, no parameters. */
import {
  elu,
  gelu,
  leakyRelu,
  mish,
  prelu,
  relu6,
  selu,
  silu,
  softplus,
} from '../ops/activations.ts'
import { relu, sigmoid, tanh } from '../ops/elementwise.ts'
import { logSoftmax, softmax } from '../ops/softmax.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { builtIn } from './built-in.ts'
import { constant, fresh } from './init.ts'
import { Module, parameter, type Inferred } from './module.ts'

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
    return leakyRelu(x, { negativeSlope: this.negativeSlope })
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

/** x held between 0 and 6. */
export class ReLU6 extends Activation {
  forward(x: Tensor): Tensor {
    return relu6(x)
  }
}
/** x where x > 0, else w·x; weight [1], or [numParameters]: a slope each channel. At first 0.25. */
export class PReLU extends Activation {
  weight: Tensor
  constructor(numParameters = 1, initial = 0.25) {
    super()
    this.weight = parameter(fresh([numParameters], t => constant(t, initial)))
  }
  forward(x: Tensor): Tensor {
    return prelu(x, this.weight)
  }
}
/** x where x > 0, else α(eˣ − 1); α: default 1. */
export class ELU extends Activation {
  constructor(readonly alpha = 1) {
    super()
  }
  forward(x: Tensor): Tensor {
    return elu(x, { alpha: this.alpha })
  }
}
/** ELU with the two constants of Klambauer et al., 2017. */
export class SELU extends Activation {
  forward(x: Tensor): Tensor {
    return selu(x)
  }
}
/** x·Φ(x), or its approximation with tanh. */
export class GELU extends Activation {
  constructor(readonly approximate: 'none' | 'tanh' = 'none') {
    super()
  }
  forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate })
  }
}
/** x·σ(x) */
export class SiLU extends Activation {
  forward(x: Tensor): Tensor {
    return silu(x)
  }
}
/** x·tanh(ln(1 + eˣ)) */
export class Mish extends Activation {
  forward(x: Tensor): Tensor {
    return mish(x)
  }
}
/** ln(1 + e^(βx)) / β; β: default 1. */
export class Softplus extends Activation {
  constructor(readonly beta = 1) {
    super()
  }
  forward(x: Tensor): Tensor {
    return softplus(x, { beta: this.beta })
  }
}

builtIn(ReLU6, PReLU, ELU, SELU, GELU, SiLU, Mish, Softplus)
builtIn(ReLU, LeakyReLU, Sigmoid, Tanh, Softmax, LogSoftmax)
