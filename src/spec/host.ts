/**
 * The contract between the kernel's runner process and a library running in it.
 *
 * The runner puts a `KernelHost` at `globalThis[HOST]`; outside a kernel there is none and a library
 * prints instead of displaying. A value shows itself through `[DISPLAY]()`.
 */

/** Key of the host on `globalThis`. */
export const HOST: unique symbol = Symbol.for('layerscope.host')
/** Method of a value that returns its MIME bundle; `null` means: nothing is shown. */
export const DISPLAY: unique symbol = Symbol.for('Jupyter.display')

/** MIME type → data: a string, JSON, or bytes (which the kernel writes as base64). */
export type MimeBundle = Record<string, unknown>

export interface Displayable {
  [DISPLAY](): MimeBundle | null
}

/** A message on a comm: JSON data and raw binary buffers. */
export interface CommMessage {
  data: unknown
  buffers: Uint8Array[]
  metadata?: Record<string, unknown>
}

/** One open comm between this process and one view on a page. */
export interface Comm {
  readonly id: string
  readonly target: string
  /** Sends at once, also from synchronous code. */
  send(
    data: unknown,
    options?: { buffers?: Uint8Array[]; metadata?: Record<string, unknown> },
  ): void
  close(data?: unknown): void
  onMessage: ((message: CommMessage) => void) | null
  onClose: ((message: CommMessage) => void) | null
}

export interface KernelHost {
  readonly protocol: 1
  readonly version: string
  /**
   * Sends `display_data` (or `update_display_data` with `update: true`) of the running cell at once,
   * also from synchronous code. `id` is Jupyter's `display_id`.
   */
  display(
    bundle: MimeBundle,
    options?: { id?: string; update?: boolean; metadata?: Record<string, unknown> },
  ): void
  readonly comms: {
    /** Handler for comms that pages open on `target`; an exception in it closes that comm. */
    register(target: string, onOpen: (comm: Comm, message: CommMessage) => void): void
    open(
      target: string,
      data?: unknown,
      options?: { buffers?: Uint8Array[]; metadata?: Record<string, unknown> },
    ): Comm
  }
  /** Handles comm messages that have arrived meanwhile; how many. For synchronous loops; costs microseconds when none came. */
  poll(): number
  /** Blocks at most `ms` until a comm message arrives, and handles it; how many. Interrupts work. */
  wait(ms: number): number
  /** The innermost line of a user's cell in an error's stack: its number from 1 and its text; null when there is none. */
  locate?(stack: string): { line: number; text: string } | null
}

/** The kernel's host, if this code runs in one. */
export function host(): KernelHost | undefined {
  return (globalThis as { [HOST]?: KernelHost })[HOST]
}
