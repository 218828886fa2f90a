/** The 7×7×3 slide: an image, two filters and the output as printed, one weight of which has lost its minus sign. */
import type { Filters, Volume } from './arrays.ts'

/** The slide's image, without its padding. [3, 5, 5] */
export const SLIDE_X: Volume = [
  [
    [0, 0, 0, 1, 1],
    [0, 1, 2, 2, 1],
    [2, 0, 2, 0, 2],
    [1, 2, 2, 1, 0],
    [2, 0, 1, 1, 1],
  ],
  [
    [1, 1, 1, 2, 1],
    [2, 2, 0, 1, 1],
    [2, 2, 2, 1, 2],
    [2, 0, 2, 2, 0],
    [1, 2, 0, 1, 0],
  ],
  [
    [2, 2, 1, 0, 2],
    [2, 2, 1, 1, 1],
    [1, 2, 0, 1, 0],
    [1, 1, 2, 2, 0],
    [2, 0, 2, 1, 2],
  ],
]
/** The slide's filters as printed. [2, 3, 3, 3] */
export const SLIDE_W: Filters = [
  [
    [
      [0, -1, -1],
      [1, 1, 0],
      [0, 0, 1],
    ],
    [
      [-1, 1, 0],
      [1, -1, 0],
      [1, -1, -1],
    ],
    [
      [-1, -1, 0],
      [-1, 0, 0],
      [-1, 1, 1],
    ],
  ],
  [
    [
      [0, -1, 0],
      [0, -1, 1],
      [0, 0, 0],
    ],
    [
      [0, -1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ],
    [
      [-1, -1, 0],
      [-1, -1, 0],
      [1, 1, 1],
    ],
  ],
]
export const SLIDE_B = [1, 0]
/** The output as printed. [2, 3, 3] */
export const SLIDE_O: Volume = [
  [
    [1, 2, 4],
    [-2, -8, -4],
    [-4, -4, -1],
  ],
  [
    [5, 3, 1],
    [-1, 0, -3],
    [-7, -9, -6],
  ],
]

/** The slide's numbers: x [3, 5, 5], w [2, 3, 3, 3], b [2] and o [2, 3, 3] as printed; stride 2, padding 1. */
export const slide = { x: SLIDE_X, w: SLIDE_W, b: SLIDE_B, o: SLIDE_O }
