/** What every cell has without an import. */
export {}
declare global {
  /** MIME type → data: text, JSON, or bytes. */
  type MimeBundle = Record<string, unknown>
  interface DisplayHandle {
    readonly id: string
    /** Replaces what is shown, wherever it is shown. */
    update(value: unknown): void
    /** Shows nothing in its place. */
    clear(): void
  }
  /** Shows a value below the cell: what has `[Symbol.for('Jupyter.display')]()` shows that, other values as text. */
  function display(
    value: unknown,
    options?: { id?: string; metadata?: Record<string, unknown> },
  ): DisplayHandle
  /** Asks the reader for a line of text. Fails where the program that runs the notebook allows no input. */
  function input(prompt?: string, options?: { password?: boolean }): Promise<string>
  /** Asks the reader for a line of text and waits for it; an empty answer gives `otherwise`. */
  function prompt(message?: string, otherwise?: string): string
  interface JupyterComm {
    readonly id: string
    readonly target: string
    send(
      data: unknown,
      options?: { buffers?: Uint8Array[]; metadata?: Record<string, unknown> },
    ): void
    close(data?: unknown): void
    onMessage: ((message: { data: unknown; buffers: Uint8Array[] }) => void) | null
    onClose: ((message: { data: unknown; buffers: Uint8Array[] }) => void) | null
  }
  const comm: {
    /** Opens a comm to the page. */
    open(
      target: string,
      data?: unknown,
      options?: { buffers?: Uint8Array[]; metadata?: Record<string, unknown> },
    ): JupyterComm
    /** Handler for comms that pages open on `target`. */
    register(
      target: string,
      onOpen: (comm: JupyterComm, message: { data: unknown; buffers: Uint8Array[] }) => void,
    ): void
    /** Handles what has arrived meanwhile, inside a synchronous loop; how many messages. */
    poll(): number
  }
}
