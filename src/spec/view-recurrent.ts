/** Views of recurrent networks. */
import type { Encoded, ViewBase } from './view.ts'

/** Most steps of an unrolled network that a view draws, most units, most classes. */
export const RNN_LIMITS = {
  steps: 64,
  units: 128,
  classes: 128,
  inputs: 1024,
  snapshots: 16,
} as const

/** hₜ = f(U xₜ + W hₜ₋₁ + b), oₜ = softmax(V hₜ + c): what a page computes everything from. Exact (`f32`). */
export interface RnnWeights {
  /** E.g. `160` of training steps. */
  label: string
  /** [H, I], [H, H], [K, H] */
  U: Encoded
  W: Encoded
  V: Encoded
  /** [H], [K]; null for zeros. */
  b: Encoded | null
  c: Encoded | null
  /** Largest |eigenvalue| of W. */
  radius: number
}

/** What was computed of a network that a page cannot compute again. */
export interface RnnValues {
  /** [T, H] */
  h: Encoded
  /** [T, K] */
  probabilities: Encoded
  /** ‖∂Eₜ/∂hₖ‖, [T, T]; row t, column k */
  norms: Encoded
  /** Σₜ ∂Eₜ/∂hₖ, [T, H] */
  arriving: Encoded
}

/** A recurrent network unrolled in time, and how far each loss reaches back. */
export interface RnnView extends ViewBase {
  kind: 'rnn'
  data: {
    /** `step` is a function of the student's. */
    network: 'rnn' | 'lstm' | 'gru' | 'step'
    /** f is max(0, ·) instead of tanh. */
    relu: boolean
    /** [T, I] */
    x: Encoded
    /** [H]; null for zeros. */
    h0: Encoded | null
    /** What stands in the box of each step, [T]. */
    inputs: string[]
    /** Names of the classes, [K]. */
    classes: string[]
    /** Class asked at each step, [T]; null where none is. */
    targets: (number | null)[]
    /** Snapshots of the weights; none when `values` stands there. */
    weights: RnnWeights[]
    values: RnnValues | null
    /** Which snapshot is shown first. */
    at: number
    /** What the student's own step made, NaN after an error: h [T, H], o [T, K]. */
    yours: { h: Encoded; o: Encoded; error: string | null } | null
    /** Loss t and state k pinned at first, from 0. */
    pin: [number, number] | null
  }
}

/** Most characters of a text that a view holds, units, characters in the vocabulary, steps looked back. */
export const READING_LIMITS = {
  characters: 4000,
  units: 512,
  vocabulary: 1000,
  reach: 256,
} as const

/** One row of values along a text: a gate (0…1), or a candidate or memory (signed). */
export interface GateRow {
  name: 'input' | 'forget' | 'output' | 'reset' | 'update' | 'candidate' | 'memory' | 'state'
  /** [T] */
  values: Encoded
}

/** A text with a network's state after each character. */
export interface ReadingView extends ViewBase {
  kind: 'reading'
  data: {
    network: 'rnn' | 'lstm' | 'gru'
    /** `c` is the memory tanh(c), `h` the state. */
    state: 'h' | 'c'
    /** [T] */
    characters: string[]
    /** Read before the text, for the eye only. */
    before: string
    /** [T, H], −1…1 */
    states: Encoded
    /** Characters the network knows, [K]. */
    vocabulary: string[]
    /** The likeliest next characters as numbers in the vocabulary, and their probabilities: [T, n] each, likeliest first. */
    expected: { characters: Encoded; probabilities: Encoded }
    /** Probability given to the character that comes next, [T]; NaN where none follows. */
    next: Encoded
    /** ‖∂ logit(true next) / ∂xₜ₋ₙ‖ as a share of the row's largest, [T, D], column n characters back; null: not computed. */
    influence: Encoded | null
    /** Units that follow something, the best first. `p`: share of controls with a unit as good; null: no control. */
    features: {
      name: string
      units: { unit: number; correlation: number; auc: number | null; p: number | null }[]
    }[]
    /** Gates of some units; others need the kernel. */
    gates: { unit: number; rows: GateRow[] }[]
    /** Mean influence against distance, one curve a network, and the distance that holds half of it. */
    reach: { name: string; influence: number[]; half: number }[]
    /** Unit shown first, a pinned character, what the colour shows. */
    unit: number
    pin: number | null
    mode: 'cell' | 'back' | 'similar'
  }
}
