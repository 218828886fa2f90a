/** Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017, arXiv 1708.07747). */
import { fileExists, joinPath, packageFile } from '../platform/files.ts'
import { readIdx } from './idx.ts'
import { bytes, ImageSet } from './images.ts'

export const FASHION_CLASSES: readonly string[] = [
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

const SHIPPED = 'data/sets/fashion-mnist'

/**
 * 28 × 28 grey images of clothing in ten classes: the first 10,000 of the training images and all 10,000 test images.
 * @param options.folder a folder with the four files of the full set (60,000 training images), as gzip or unpacked:
 *   `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz`, `t10k-images-idx3-ubyte.gz`, `t10k-labels-idx1-ubyte.gz`
 * @throws Error naming the files looked for, or what is wrong with one
 */
export function fashionMNIST({ folder }: { folder?: string } = {}): {
  train: ImageSet
  test: ImageSet
} {
  if (folder !== undefined) return { train: read(folder, 'train'), test: read(folder, 't10k') }
  const shipped = packageFile(SHIPPED)
  if (!shipped)
    throw new Error(`fashionMNIST: ${SHIPPED} is missing from the installed library; reinstall it`)
  return { train: read(shipped, 'train-10k'), test: read(shipped, 't10k') }
}

function read(folder: string, part: string): ImageSet {
  const images = find(folder, `${part}-images-idx3-ubyte`)
  const labels = find(folder, `${part}-labels-idx1-ubyte`)
  const x = readIdx(images)
  const y = readIdx(labels)
  const shape = `[${x.shape.join(', ')}]`
  if (!(x.data instanceof Uint8Array) || x.shape.length !== 3)
    throw new Error(`${images}: expected bytes [N, 28, 28], found ${x.dtype} ${shape}`)
  if (x.shape[1] !== 28 || x.shape[2] !== 28)
    throw new Error(`${images}: expected images of 28 × 28, found ${shape}`)
  if (!(y.data instanceof Uint8Array) || y.shape.length !== 1 || y.shape[0] !== x.shape[0])
    throw new Error(
      `${labels}: expected bytes [${x.shape[0]}], one label for each image, found ${y.dtype} [${y.shape.join(', ')}]`,
    )
  const wrong = y.data.findIndex(label => label >= FASHION_CLASSES.length)
  if (wrong >= 0)
    throw new Error(`${labels}: expected labels 0 to 9, found ${y.data[wrong]} at ${wrong}`)
  const [n, h, w] = x.shape
  return new ImageSet(bytes(x.data, [n, 1, h, w]), bytes(y.data, [n]), FASHION_CLASSES)
}

/** The file, packed or not. */
function find(folder: string, name: string): string {
  const candidates = [joinPath(folder, `${name}.gz`), joinPath(folder, name)]
  const found = candidates.find(fileExists)
  if (!found)
    throw new Error(
      `fashionMNIST: looked for ${candidates.join(' and ')}; neither is there. A folder holds ${['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map(s => `${s}-ubyte[.gz]`).join(', ')}`,
    )
  return found
}
