/** What a view shows: where its spec, its picture and its words come from, and what a page may ask of it. */
import type { EventName } from '../spec/live.ts'
import type { TrainingPoint, TrainingState, ViewSpec } from '../spec/view.ts'
import type { Canvas } from './canvas.ts'
import type { Packer } from './pack.ts'

/** What a saved view may take, in bytes of JSON. */
export const SAVED_LIMIT = 1_000_000

export interface Subject {
  /** The complete view. `saved` views stay below `SAVED_LIMIT` and say what they left out; `live` ones are exact. Null when there is only text. */
  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec | null
  /** A still picture for every viewer that does not know the spec. */
  picture(): Canvas | null
  /** Title line, readout and strongest facts. */
  text(): string
  /** Answers an event of a page: what it returns goes back as the reply. */
  handle?(name: EventName, payload: unknown, view: Outlet): unknown
  /** What a page's pin is called for `view.on('pin')`; default: its index. */
  pinned?(index: number[]): { index: number[]; layer?: number }
  /** Sends what waits to be sent: another page is about to get the whole state. */
  settle?(): void
  /** The view is on its way to the page; returns how to stop telling it. */
  start?(view: Outlet): () => void
}

/** Where a subject's changes go. */
export interface Outlet {
  /** The whole state changed: pages get it at most 20 times a second, the saved display every two seconds. */
  changed(): void
  /** New points of a curve, to be sent as they are. */
  append(points: TrainingPoint[], state: TrainingState, speed: number | null, run?: number): void
  /** Pages get the whole state now. */
  send(): void
  /** The saved display is renewed: now, or if the last time is two seconds ago. */
  save(now: boolean): void
}
