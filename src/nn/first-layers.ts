/** Two networks for 28 × 28 images that differ in how they begin (Zeiler & Fergus, ECCV 2014, section 4.1 and figure 6). */
import { ReLU } from './activation.ts'
import { Conv2d } from './conv.ts'
import { Flatten, Linear } from './layers.ts'
import type { ModelOptions } from './models.ts'
import { MaxPool2d } from './pool.ts'
import { Sequential } from './sequential.ts'

/**
 * Six 3×3 convolutions at stride 1, in pairs as in VGG, then two dense layers: [N, 1, 28, 28] → logits [N, 10]; 109,370
 * parameters.
 */
export function fineNet({ classes = 10, generator }: ModelOptions = {}): Sequential {
  const conv = (from: number, to: number) => new Conv2d(from, to, 3, { padding: 1, generator })
  return new Sequential({
    conv1: conv(1, 16),
    relu1: new ReLU(),
    conv2: conv(16, 16),
    relu2: new ReLU(),
    pool1: new MaxPool2d(2),
    conv3: conv(16, 32),
    relu3: new ReLU(),
    conv4: conv(32, 32),
    relu4: new ReLU(),
    pool2: new MaxPool2d(2),
    conv5: conv(32, 64),
    relu5: new ReLU(),
    conv6: conv(64, 64),
    relu6: new ReLU(),
    pool3: new MaxPool2d(2),
    flatten: new Flatten(),
    fc1: new Linear(576, 64, { generator }),
    relu7: new ReLU(),
    fc2: new Linear(64, classes, { generator }),
  })
}

/**
 * AlexNet's first layer, windows of 11×11 at stride 4, on a small image, then two 3×3 convolutions: [N, 1, 28, 28] → logits
 * [N, 10]; 62,666 parameters.
 */
export function coarseNet({ classes = 10, generator }: ModelOptions = {}): Sequential {
  return new Sequential({
    conv1: new Conv2d(1, 16, 11, { stride: 4, padding: 5, generator }),
    relu1: new ReLU(),
    conv2: new Conv2d(16, 32, 3, { padding: 1, generator }),
    relu2: new ReLU(),
    conv3: new Conv2d(32, 64, 3, { padding: 1, generator }),
    relu3: new ReLU(),
    pool3: new MaxPool2d(2),
    flatten: new Flatten(),
    fc1: new Linear(576, 64, { generator }),
    relu4: new ReLU(),
    fc2: new Linear(64, classes, { generator }),
  })
}
