/**
 * What the engine needs from its host. The engine itself knows nothing of Node: in a browser the same engine could be
 * given a message port, a worker that runs cells, and a history in IndexedDB.
 */
import type { CellCode, FromRunner, KeyForm, KeyPath, Parent, ToRunner } from '../pipe.ts'
import type { Frame } from './frames.ts'

/** A socket that messages leave through, in order, none dropped. */
export interface Outlet {
  /** Resolves when the message has been handed on, or the socket is closed. */
  send(frames: Frame[]): Promise<void>
}

export type Channel = 'shell' | 'control' | 'stdin'
export type Outlets = Record<Channel | 'iopub', Outlet>

/** The process that runs cells. */
export interface RunnerPort {
  send(m: ToRunner, buffers?: readonly Uint8Array[]): void
  /** Stops what runs, keeping its state. */
  interrupt(): void
  /** Ends it and all it started. */
  kill(): void
}
/** Starts a runner. `onMessage` gets its messages one after the other: the next when the promise of the last is settled. */
export type StartRunner = (on: {
  message(m: FromRunner, buffers: Uint8Array[]): Promise<void> | void
  /** Output that does not say whose it is, of child processes and native code. */
  raw(name: 'stdout' | 'stderr', text: string): Promise<void> | void
  /** It ended, and why, in words. */
  end(reason: string): void
}) => RunnerPort

/** A compiled cell, as data. */
export interface CompiledCell {
  code: CellCode
  /** Text for the pager that one of its magics asks for. */
  page: string | null
}
export interface CompileFailure {
  message: string
  traceback: string[]
}
export interface Completions {
  matches: string[]
  /** In UTF-16 units, as all positions here. */
  start: number
  end: number
  kinds: string[]
  /** The value at this path may have more keys than its type tells. */
  live: {
    path: KeyPath
    form: KeyForm
    /** The quote that the keys stand in already; '' where they get one in brackets. */
    quote: string
  } | null
}
export interface Help {
  text: string
  documentation: string
}
/** From 0. */
export type Place = [line: number, column: number]

export interface CompilerPort {
  /** Checks and emits; nothing changes until `commit`. */
  compile(id: string, code: string): Promise<CompiledCell | CompileFailure>
  /** The cell ran, wholly or in part: later cells see these of its names (all, unless said). */
  commit(id: string, values?: readonly string[]): void
  /** Where positions of a cell's emitted code came from. */
  locate(places: readonly { id: string; line: number; column: number }[]): Promise<(Place | null)[]>
  complete(code: string, at: number): Promise<Completions>
  inspect(code: string, at: number): Promise<Help | null>
  isComplete(
    code: string,
  ): Promise<{ status: 'complete' | 'incomplete' | 'invalid'; indent: string }>
  /** Forgets all cells: the runner that held their variables is gone. */
  reset(): void
  /** Stops a `compile` that takes long; it fails. */
  interrupt(): void
  close(): void
}

export interface HistoryEntry {
  session: number
  line: number
  source: string
  /** text/plain of the cell's result; only of this session's cells. */
  output?: string
}
export interface HistoryStore {
  append(line: number, source: string, output?: string): void
  /** This session's and earlier ones', oldest first. This session's number is the highest. */
  all(): Promise<readonly HistoryEntry[]>
  /** This session's only, oldest first. */
  own(): readonly HistoryEntry[]
}

/** What a cell gave that ran elsewhere. */
export interface DeputyOutcome {
  /** What it printed. */
  text: string
  /** text/plain of its result. */
  result: string | null
  error: { ename: string; evalue: string; traceback: string[] } | null
}
/** Runs all cells in the runner's place: a grader, which keeps a student's code away from this process and its files. */
export interface DeputyPort {
  run(code: string): Promise<DeputyOutcome>
}

export interface Host {
  /** Given, no cell ever reaches the runner. */
  deputy?: DeputyPort
  outlets: Outlets
  startRunner: StartRunner
  compiler: CompilerPort
  history: HistoryStore
  info: { version: string; typescript: string; runtime: string }
  /** A line for the log. */
  log(line: string): void
  /** The kernel was asked to end and has answered. */
  onShutdown(): void
  setTimeout(f: () => void, ms: number): unknown
}
export type { Parent }
