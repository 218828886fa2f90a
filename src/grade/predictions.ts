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
}
