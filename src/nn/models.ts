/** Ready models. */
import type { Generator } from '../tensor/random.ts'
import { Conv2d, Flatten, Linear, MaxPool2d, ReLU } from './layers.ts'
import { Sequential } from './sequential.ts'

/**
 * LeNet-5 (LeCun et al., 1998) with ReLU and max pooling: [N, 1, 28, 28] → logits [N, 10]; 61,706 parameters.
 */
export function lenet({
  classes = 10,
  generator,
}: { classes?: number; generator?: Generator } = {}): Sequential {
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
