/** A network that has learned something, and images it has not seen: what most examples look into. */
import { data, lenet, manualSeed, optim, train, type Module } from 'layerscope'
import type { Given } from './page.ts'

/** Test images that examples choose from; 92 is a shirt that is hard to tell from a coat. */
const SHOWN = [92, 0, 2, 3, 6, 7, 8, 11, 18, 23, 26, 61]

const CLASSES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]

let made: Promise<Given> | null = null

/** Weights of a LeNet after four epochs of the committed Fashion-MNIST, and twelve test images with their labels. */
export function trainedLenet(): Promise<Given> {
  return (made ??= learn())
}

async function learn(): Promise<Given> {
  const clothes = data.fashionMNIST()
  manualSeed(1)
  const net = lenet()
  await train(net, {
    data: clothes.train,
    optimizer: new optim.SGD(net.parameters(), { lr: 0.02, momentum: 0.9 }),
    epochs: 4,
  }).finish()
  const { images, labels } = clothes.test.take(SHOWN)
  return { ...net.stateDict(), images, labels }
}

/** The network of `trainedLenet`. */
export function lenetOf(given: Given): Module {
  const net = lenet()
  const { images: _images, labels: _labels, ...weights } = given
  net.loadStateDict(weights)
  return net
}

/** The images of `trainedLenet`. */
export const clothesOf = (given: Given): data.ImageSet =>
  new data.ImageSet(given.images, given.labels, CLASSES)
