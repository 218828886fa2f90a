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
  interface DisplayOptions {
    /** Jupyter's `display_id`. */
    id?: string
    metadata?: Record<string, unknown>
    /** Of an image, in CSS pixels. */
    width?: number
    height?: number
  }
  /** An image file's bytes, base64 of them, or a `data:` URL. */
  type ImageData64 = Uint8Array | ArrayBuffer | string
  interface Display {
    /**
     * Shows a value below the cell: what has a `[Symbol.for('Jupyter.display')]()`, `[Symbol.for('Jupyter.mimebundle')]()` or
     * `$$mimebundle$$()` shows that; bundles, bytes of PNG, JPEG, GIF and WebP files, Vega charts and elements are shown as what
     * they are; other values as text.
     */
    (value: unknown, options?: DisplayOptions): DisplayHandle
    /** Markup, as it is: never give it text that others wrote. */
    html(markup: string, options?: DisplayOptions): DisplayHandle
    svg(markup: string, options?: DisplayOptions): DisplayHandle
    markdown(text: string, options?: DisplayOptions): DisplayHandle
    /** `$$…$$` or an environment. */
    latex(text: string, options?: DisplayOptions): DisplayHandle
    javascript(source: string, options?: DisplayOptions): DisplayHandle
    text(text: string, options?: DisplayOptions): DisplayHandle
    /** A tree that opens and closes. */
    json(value: unknown, options?: DisplayOptions): DisplayHandle
    /** A Vega-Lite specification; its version is its `$schema`'s, default 5. */
    vegaLite(spec: object, options?: DisplayOptions): DisplayHandle
    vega(spec: object, options?: DisplayOptions): DisplayHandle
    /** Rows as a table, as `console.table` does. */
    table(rows: unknown, options?: DisplayOptions): DisplayHandle
    /** @throws TypeError for what is no image */
    image(data: ImageData64, options?: DisplayOptions): DisplayHandle
    png(data: ImageData64, options?: DisplayOptions): DisplayHandle
    jpeg(data: ImageData64, options?: DisplayOptions): DisplayHandle
    gif(data: ImageData64, options?: DisplayOptions): DisplayHandle
    webp(data: ImageData64, options?: DisplayOptions): DisplayHandle
    /** Any bundle; bytes become base64. @throws TypeError when a key is no MIME type */
    mime(bundle: MimeBundle, options?: DisplayOptions): DisplayHandle
    /** Removes what the cell has shown: at once, or (`wait`) when it next shows something. */
    clear(options?: { wait?: boolean }): void
    /** Whether results are coloured; default true. */
    colors: boolean
  }
  const display: Display
  /** Asks the reader for a line of text. Fails where the program that runs the notebook allows no input. */
  function input(prompt?: string, options?: { password?: boolean }): Promise<string>
  /** Asks the reader for a line of text and waits for it; an empty answer gives `otherwise`. */
  function prompt(message?: string, otherwise?: string): string
  interface JupyterCommMessage {
    data: unknown
    buffers: Uint8Array[]
    metadata?: Record<string, unknown>
  }
  interface JupyterComm {
    readonly id: string
    readonly target: string
    send(
      data: unknown,
      options?: { buffers?: Uint8Array[]; metadata?: Record<string, unknown> },
    ): void
    close(data?: unknown): void
    onMessage: ((message: JupyterCommMessage) => void) | null
    onClose: ((message: JupyterCommMessage) => void) | null
  }
  const comm: {
    /** Opens a comm to the page; `id` default a new one. */
    open(
      target: string,
      data?: unknown,
      options?: { id?: string; buffers?: Uint8Array[]; metadata?: Record<string, unknown> },
    ): JupyterComm
    /** Handler for comms that pages open on `target`. */
    register(target: string, onOpen: (comm: JupyterComm, message: JupyterCommMessage) => void): void
    unregister(target: string): void
    /** Handles what has arrived meanwhile, inside a synchronous loop; how many messages. */
    poll(): number
  }
}
