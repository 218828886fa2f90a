/** Images from folders, one for each class. */
import { convert, decodeImage } from '../io/image.ts'
import { joinPath, listFolder, readFile } from '../platform/files.ts'
import { bytes, ImageSet } from './images.ts'

export interface ImageFolderOptions {
  /** Height and width of all images: each is scaled until it covers them, and cut in the middle. Default: as they are, which must be alike. */
  size?: number | readonly [height: number, width: number]
  /** 1 grey, 3 colour. Default 3. */
  channels?: 1 | 3
}

const IMAGE = /\.(png|jpe?g)$/i
/** Most bytes of pixels: 1 GiB. */
const LIMIT = 2 ** 30

/**
 * PNG and JPEG images in `folder/CLASS/…`: a class for each folder, by name. Files are sorted by name; others are left out.
 * @throws Error when there are no images, one is damaged, sizes differ and `size` is left out, or they take more than 1 GiB
 */
export function imageFolder(folder: string, options: ImageFolderOptions = {}): ImageSet {
  const { channels = 3 } = options
  const classes = listFolder(folder)
    ?.filter(entry => entry.folder)
    .map(entry => entry.name)
  if (!classes) throw new Error(`imageFolder: ${folder} is no folder`)
  const files = classes.flatMap((name, label) =>
    listFolder(joinPath(folder, name))!
      .filter(entry => !entry.folder && IMAGE.test(entry.name))
      .map(entry => ({ path: joinPath(folder, name, entry.name), label })),
  )
  if (!files.length)
    throw new Error(
      `imageFolder: no .png or .jpg in the ${classes.length} folders of ${folder}; a class is a folder: ${joinPath(folder, 'cat', '1.png')}`,
    )
  if (classes.length > 256) throw new Error(`imageFolder: ${classes.length} classes; at most 256`)
  let size = options.size === undefined ? null : [options.size, options.size].flat().slice(0, 2)
  if (size?.some(s => !Number.isInteger(s) || s < 1))
    throw new RangeError(`imageFolder: size ${String(options.size)}; whole numbers from 1`)
  let x = new Uint8Array(0)
  const y = new Uint8Array(files.length)
  files.forEach(({ path, label }, n) => {
    const pixels = decodeImage(readFile(path), path)
    if (n === 0) {
      size ??= [pixels.height, pixels.width]
      const total = files.length * channels * size[0] * size[1]
      if (total > LIMIT)
        throw new Error(
          `imageFolder: ${files.length} images of ${size.join(' × ')} take ${total} bytes, more than ${LIMIT}; give a smaller size`,
        )
      x = new Uint8Array(total)
    }
    const [h, w] = size!
    if (options.size === undefined && (pixels.height !== h || pixels.width !== w))
      throw new Error(
        `imageFolder: ${path} is ${pixels.height} × ${pixels.width}, the images before are ${h} × ${w}; give a size: imageFolder(folder, { size: ${Math.min(h, w)} })`,
      )
    const flat = convert(pixels, channels)
    cover(flat, pixels.height, pixels.width, channels, h, w, x, n * channels * h * w)
    y[n] = label
  })
  const [h, w] = size!
  return new ImageSet(bytes(x, [files.length, channels, h, w]), bytes(y, [files.length]), classes)
}

/** Scales [rows · columns · channels] until it covers h × w, cuts the middle, writes planes. Means of areas when smaller, linear when larger. */
function cover(
  from: Uint8Array,
  rows: number,
  columns: number,
  channels: number,
  h: number,
  w: number,
  to: Uint8Array,
  at: number,
): void {
  // Pixels of the file for one of the result.
  const step = Math.min(rows / h, columns / w)
  const [top, left] = [(rows - h * step) / 2, (columns - w * step) / 2]
  const down = weights(rows, h, top, step)
  const across = weights(columns, w, left, step)
  for (let i = 0; i < h; i++)
    for (let k = 0; k < w; k++)
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (const [r, a] of down[i])
          for (const [q, b] of across[k]) sum += a * b * from[(r * columns + q) * channels + c]
        to[at + (c * h + i) * w + k] = Math.round(sum)
      }
}

/** For each place of the result, places of the file and their weights, which sum to 1: a triangle as wide as a step, at least a pixel. */
function weights(size: number, count: number, start: number, step: number): [number, number][][] {
  const reach = Math.max(1, step)
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * step - 0.5
    const list: [number, number][] = []
    for (let p = Math.floor(centre - reach) + 1; p < centre + reach; p++)
      if (p >= 0 && p < size) list.push([p, 1 - Math.abs(p - centre) / reach])
    const sum = list.reduce((n, [, a]) => n + a, 0)
    return list.map(([p, a]) => [p, a / sum])
  })
}
