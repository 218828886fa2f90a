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
}
