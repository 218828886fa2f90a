/** CIFAR-10 and CIFAR-100 (Krizhevsky, 2009) from their binary files: one or two label bytes, then 3 × 32 × 32. */
import { fileExists, joinPath, readFile } from '../platform/files.ts'
import { bytes, ImageSet } from './images.ts'

export const CIFAR10_CLASSES: readonly string[] = [
  'airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck',
] // prettier-ignore

const PIXELS = 3 * 32 * 32

/**
 * 32 × 32 colour images in ten classes, 50,000 for training and 10,000 for tests. The set is not shipped.
 * @param options.folder the folder `cifar-10-batches-bin` with `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`;
 *   training files that are missing are left out as long as one is there
 * @throws Error naming the files looked for, or what is wrong with one
 */
export function cifar10({ folder }: { folder: string }): { train: ImageSet; test: ImageSet } {
  const names = [1, 2, 3, 4, 5].map(n => `data_batch_${n}.bin`)
  const training = names.filter(name => fileExists(joinPath(folder, name)))
  if (!training.length) missing('cifar10', folder, names)
  return {
    train: read(folder, training, 1, CIFAR10_CLASSES),
    test: read(folder, ['test_batch.bin'], 1, CIFAR10_CLASSES),
  }
}

/**
 * 32 × 32 colour images in 100 classes (or the 20 coarse ones), 50,000 for training and 10,000 for tests. Not shipped.
 * @param options.folder the folder `cifar-100-binary` with `train.bin`, `test.bin` and the classes' names in
 *   `fine_label_names.txt` and `coarse_label_names.txt`
 * @param options.labels `fine` for 100 classes, `coarse` for 20. Default `fine`
 * @throws Error naming the files looked for, or what is wrong with one
 */
export function cifar100({
  folder,
  labels = 'fine',
}: {
  folder: string
  labels?: 'fine' | 'coarse'
}): { train: ImageSet; test: ImageSet } {
  const file = joinPath(folder, `${labels}_label_names.txt`)
  if (!fileExists(file)) missing('cifar100', folder, [`${labels}_label_names.txt`])
  const count = labels === 'fine' ? 100 : 20
  const classes = new TextDecoder().decode(readFile(file)).split(/\r?\n/).filter(Boolean)
  if (classes.length !== count)
    throw new Error(`${file}: expected ${count} names, found ${classes.length}`)
  const label = labels === 'fine' ? 1 : 0
  return {
    train: read(folder, ['train.bin'], 2, classes, label),
    test: read(folder, ['test.bin'], 2, classes, label),
  }
}

/** Records of `head` label bytes, of which number `label` counts, and the pixels. */
function read(
  folder: string,
  names: readonly string[],
  head: number,
  classes: readonly string[],
  label = head - 1,
): ImageSet {
  const size = head + PIXELS
  const files = names.map(name => {
    const path = joinPath(folder, name)
    if (!fileExists(path)) missing(head === 1 ? 'cifar10' : 'cifar100', folder, [name])
    const content = readFile(path)
    if (!content.length || content.length % size)
      throw new Error(`${path}: ${content.length} bytes; images take ${size} each`)
    return { path, content }
  })
  const n = files.reduce((sum, { content }) => sum + content.length / size, 0)
  const x = new Uint8Array(n * PIXELS)
  const y = new Uint8Array(n)
  let image = 0
  for (const { path, content } of files)
    for (let at = 0; at < content.length; at += size, image++) {
      y[image] = content[at + label]
      if (y[image] >= classes.length)
        throw new Error(
          `${path}: label ${y[image]} of image ${at / size}; 0 to ${classes.length - 1}`,
        )
      x.set(content.subarray(at + head, at + size), image * PIXELS)
    }
  return new ImageSet(bytes(x, [n, 3, 32, 32]), bytes(y, [n]), classes)
}

function missing(op: string, folder: string, names: readonly string[]): never {
  throw new Error(
    `${op}: looked for ${names.map(name => joinPath(folder, name)).join(', ')}; not there. The binary version is at https://www.cs.toronto.edu/~kriz/cifar.html`,
  )
}
