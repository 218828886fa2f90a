/** A read text: its numbers, similar states, what a character looked back to. */
import { decode, type ReadingView } from 'layerscope/spec'

type Data = ReadingView['data']

export interface Text {
  T: number
  H: number
  /** [T, H] */
  states: ArrayLike<number>
  expected: { characters: ArrayLike<number>; probabilities: ArrayLike<number>; n: number }
  next: ArrayLike<number>
  /** [T, D] */
  influence: ArrayLike<number> | null
  D: number
  /** Standard deviation of each unit over the text. */
  spread: Float64Array
}

export function readText(data: Data): Text {
  const [T, H] = data.states.shape
  const states = decode(data.states)
  const spread = new Float64Array(H)
  for (let u = 0; u < H; u++) {
    let [s, q] = [0, 0]
    for (let t = 0; t < T; t++) {
      s += states[t * H + u]
      q += states[t * H + u] ** 2
    }
    spread[u] = Math.sqrt(Math.max(0, q / T - (s / T) ** 2))
  }
  return {
    T,
    H,
    states,
    expected: {
      characters: decode(data.expected.characters),
      probabilities: decode(data.expected.probabilities),
      n: data.expected.characters.shape[1],
    },
    next: decode(data.next),
    influence: data.influence ? decode(data.influence) : null,
    D: data.influence?.shape[1] ?? 0,
    spread,
  }
}

/** Cosine of every state with that after character `at`. */
export function cosines({ T, H, states }: Text, at: number): Float64Array {
  const size = (t: number) => {
    let s = 0
    for (let u = 0; u < H; u++) s += states[t * H + u] ** 2
    return Math.sqrt(s)
  }
  const mine = size(at)
  return Float64Array.from({ length: T }, (_, t) => {
    let s = 0
    for (let u = 0; u < H; u++) s += states[t * H + u] * states[at * H + u]
    const both = mine * size(t)
    return both > 0 ? s / both : 0
  })
}

/** The most similar places, not around `at` itself. */
export function nearest(similar: Float64Array, at: number, k = 12, gap = 3): number[] {
  return [...similar.keys()]
    .filter(t => Math.abs(t - at) > gap)
    .sort((a, b) => similar[b] - similar[a] || a - b)
    .slice(0, k)
}

/** Share of the strongest influence that each character has on the prediction after `at`; NaN out of reach. */
export function lookedBack({ T, D, influence }: Text, at: number): Float64Array {
  const out = new Float64Array(T).fill(NaN)
  if (!influence) return out
  for (let n = 0; n < D && n <= at; n++) out[at - n] = influence[at * D + n]
  return out
}

/** How many characters back at least a quarter of the strongest influence lies; 0 for the character itself. */
export function farthest({ D, influence }: Text, at: number): number {
  let far = 0
  if (influence) for (let n = 0; n < D; n++) if (influence[at * D + n] >= 0.25) far = n
  return far
}

/** Characters as they can be seen. */
export const letter = (c: string): string =>
  c === ' ' ? '␣' : c === '\n' ? '↵' : c === '\t' ? '⇥' : c
