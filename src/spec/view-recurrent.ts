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
