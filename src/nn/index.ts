export { Module, parameter, withNames, type ForwardHook, type StateDict } from './module.ts'
export {
  AvgPool2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sigmoid,
  Softmax,
  Tanh,
} from './layers.ts'
export { Sequential } from './sequential.ts'
export { lenet } from './models.ts'
