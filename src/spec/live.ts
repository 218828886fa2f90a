/**
 * Messages between a view on a page and its view object in the kernel.
 *
 * The page opens a comm on `LIVE_TARGET` for each drawn view (so a reload or a second window opens its own).
 * Tensors travel as binary buffers: an `Encoded` with `buffer` set instead of `data`.
 */
import type { TrainingPoint, TrainingState, ViewSpec } from './view.ts'

export const LIVE_TARGET = 'layerscope.view'

/** Data of the page's comm_open. */
export interface LiveOpen {
  id: string
  spec: number
  /** Version of the extension. */
  extension: string
}

/** Page → kernel. `seq` counts up per view; the reply carries it. */
export type PageMessage = { type: 'event'; seq: number; name: string; payload: unknown }

/** Kernel → page. */
export type KernelMessage =
  /** First answer: the view lives; the page replaces its snapshot by `view`. */
  | { type: 'hello'; spec: number; producer: string; view: ViewSpec }
  /** The runner knows no such view (restarted kernel): the page says so and keeps the snapshot. */
  | { type: 'gone'; reason: string }
  /** Newest state of the whole view. */
  | { type: 'update'; view: ViewSpec }
  /** Training: points since the last message. */
  | {
      type: 'append'
      points: TrainingPoint[]
      state: TrainingState
      speed: number | null
      /** Of a branch: its number, from 1. */
      run?: number
    }
  /** Answer to an event. */
  | { type: 'reply'; seq: number; result: unknown }
  | { type: 'error'; seq: number | null; message: string }

/**
 * Events by view kind:
 * - all: `pin` {index: number[]} (kept for `view.on('pin')`; in maps the layer's number comes first)
 * - conv: `compute` {x, w, b: number[][]…} → reply {output: (number | {error: string})[][][]} when `driven`
 * - maps: `input` {current: number} → update; `explain` {layer: number, index: number[]} →
 *   reply {terms: {source: number[], x: number, w: number, product: number}[], bias: number, sum: number} exact from the kernel
 * - projection: `input` {rule?, layer?, unit? (null: the strongest), at?} → update
 * - confusion: `explain` {index: [i, j]} → reply {images, probability, pixels}: the surest examples of a cell
 * - training: `pause`, `resume`, `step`, `epoch` {run?} → update of state; `rewind` {run, step}: the run stands at that
 *   snapshot; `branch` {run, step, lr?, batch?, seed?} → reply {run}: its number
 */
export type EventName =
  | 'pin'
  | 'compute'
  | 'input'
  | 'explain'
  | 'pause'
  | 'resume'
  | 'step'
  | 'epoch'
  | 'rewind'
  | 'branch'
