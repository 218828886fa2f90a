/** The predictions of the lectures: the form of each guess, and what comes where that does not depend on training. */

type Cell = [row: number, column: number]
type Maybe = number | null

/** Form of the guess, by id. */
export interface Predictions {
  /** Where are the two threes: `[[row, column], [row, column]]`. */
  '1.a': Cell[]
  /** `[smallest, largest]` answer of filter 1. */
  '1.b': [smallest: Maybe, largest: Maybe]
  /** Rows of the output for 28 and 5, and for 6 and 6. */
  '1.c': Maybe[]
  /** The output at stride 2, `[[·, ·], [·, ·]]`. */
  '1.d': Maybe[][]
  /** How many of the 16 cells change when filter 1 is turned, 0 to 16. */
  '1.e': number
  /** How many of the slide's 18 printed numbers are wrong. */
  '2.a': number
  /** `[products for one output, parameters of both filters]`. */
  '2.b': Maybe[]
  /** Shape of the weights from 32 maps to 64 with 5×5 windows. */
  '2.c': Maybe[]
  /** What printed − computed is when one weight is wrong. */
  '2.d': 'the weight everywhere' | 'a picture of the input' | 'one wrong cell'
  /** Where the gradient of filter 0 is largest, `[channel, row, column]`. */
  '2.e': number[]
  /** Share of the pixels that no 5×5 window at stride 6 reads. */
  '3.a': number
  /** Padding that keeps the size, for windows of 5, 3 and 11. */
  '3.b': Maybe[]
  /** The 4×4 after max pooling. */
  '3.c': Maybe[][]
  /** `.1 1 .2 .1` after max pooling, window 3, stride 1. */
  '3.d': Maybe[]
  /** `[before, after]`: share by which conv1's maps change. */
  '3.e': Maybe[]
  /** Gradient of the tied window. */
  '3.f': Maybe[][]
  /** What the naive softmax gives for 1000 and 0. */
  '4.a': Maybe[]
  /** First probability for 11, 12, 13 and for 1001, 1002, 1003. */
  '4.b': Maybe[]
  /** Slope of the loss in the logit of the true class (p = 0.2) and of another (p = 0.5). */
  '4.c': Maybe[]
  /** What the middle pixel's gradient is. */
  '4.d': 'one weight' | 'the sum of all four weights' | 'the largest weight'
  /** Slope of x³ at 2 at h = 0.1, from both sides and from one. */
  '4.e': Maybe[]
  /** The h at which the one-sided estimate is best. */
  '4.f': number
  /** Weights of two 3×3 layers over those of one 5×5. */
  '6.a': number
  /** Receptive fields of two 3×3, three 3×3, and LeNet's conv3. */
  '6.b': Maybe[]
  /** Free numbers of two 3×3 filters, one after the other. */
  '6.c': number
  /** Cells in which padded two 3×3 and one 5×5 differ, of 25. */
  '6.d': number
  /** The signal `[[1, −2], [3, 2]]` unpooled to 4×4. */
  '9.c': Maybe[][]
  /** What survives under each rule. */
  '9.e': {
    gradient: Maybe[] | null
    deconvnet: Maybe[] | null
    guided: Maybe[] | null
  }
  /** Shirts that network A recognises, of 1,000. */
  '10.a': number
  /** Where B's probability falls most: a word. */
  '10.b': string
  /** Method with the fewest places, and how many along a side. */
  '10.c': [method: string, places: number]
  /** Methods by how much of the picture stays, the most first. */
  '10.d': string[]
  /** Largest fall under the black and under the grey square. */
  '10.e': Maybe[]
  /** How far the layers move at 3 pixels, as a share of their length. */
  '10.f': { conv1: Maybe; fc1: Maybe }
  /** Patches by Δ, lowest first. */
  '10.g': string[]
  /** Filters of 16 that are dead, and louder than 0.1. */
  '10.h': { dead: Maybe; loud: Maybe }
}

/** What comes. */
export const RESULTS: Partial<Predictions> = {
  '1.a': [
    [0, 0],
    [3, 0],
  ],
  '1.b': [-6, 3],
  '1.c': [24, 1],
  '1.d': [
    [3, -3],
    [-3, 0],
  ],
  '1.e': 0,
  '2.a': 4,
  '2.b': [27, 56],
  '2.c': [64, 32, 5, 5],
  '2.d': 'a picture of the input',
  '2.e': [1, 0, 1],
  '3.a': 384 / 784,
  '3.b': [2, 1, 5],
  '3.c': [
    [6, 8],
    [3, 4],
  ],
  '3.d': [1, 1, 1, 0.2],
  '3.f': [
    [6, 0],
    [0, 0],
  ],
  '4.a': [NaN, 0],
  '4.b': [0.09003, 0.09003],
  '4.c': [-0.8, 0.5],
  '4.d': 'the sum of all four weights',
  '4.e': [12.01, 12.61],
  '4.f': 1e-8,
  '6.a': 0.72,
  '6.b': [5, 7, 32],
  '6.c': 17,
  '6.d': 16,
  '9.c': [
    [0, 0, 0, 0],
    [0, 1, 0, -2],
    [3, 0, 0, 0],
    [0, 0, 0, 2],
  ],
  '9.e': { gradient: [3, 0, -5, 0, 0], deconvnet: [3, 4, 0, 0, 7], guided: [3, 0, 0, 0, 0] },
  '10.c': ['Grad-CAM', 10],
}
