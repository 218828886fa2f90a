/** A mark that gives a class away. */
import { bytes, ImageSet } from './images.ts'

export interface CueOptions {
  /** Number of the class whose images are marked. */
  label: number
  /** Upper left corner of the square. */
  row: number
  column: number
  /** Side of the square in pixels. Default 3. */
  size?: number
  /** Its grey, 0…255. Default 255, white. */
  value?: number
}

/**
 * A copy of a set in which every image of one class carries a small square at the same place: a set whose labels can be
 * learnt without looking at what is shown, as in exercise 10.2.
 * @throws RangeError for a class that is not there, a square outside of the images, or a grey outside of 0…255
 */
export function plantCue(
  set: ImageSet,
  { label, row, column, size = 3, value = 255 }: CueOptions,
): ImageSet {
  const [, C, H, W] = set.images.shape
  if (!(Number.isInteger(label) && label >= 0 && label < set.classes.length))
    throw new RangeError(`plantCue: label ${label}; there are ${set.classes.length} classes`)
  const whole = [row, column, size].every(Number.isInteger)
  if (!(whole && row >= 0 && column >= 0 && size >= 1 && row + size <= H && column + size <= W))
    throw new RangeError(
      `plantCue: ${size}×${size} at row ${row}, column ${column}; whole numbers, inside of ${H}×${W}`,
    )
  if (!(Number.isInteger(value) && value >= 0 && value <= 255))
    throw new RangeError(`plantCue: value ${value}; a whole number from 0 to 255`)
  const pixels = Uint8Array.from(set.images.toTypedArray())
  set.labels.toTypedArray().forEach((name, n) => {
    if (name !== label) return
    for (let c = 0; c < C; c++)
      for (let r = row; r < row + size; r++) {
        const from = ((n * C + c) * H + r) * W + column
        pixels.fill(value, from, from + size)
      }
  })
  return new ImageSet(bytes(pixels, set.images.shape), set.labels, set.classes)
}
