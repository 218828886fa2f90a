/** The renderer of our MIME type: a Lumino widget that draws one view, live when its notebook's kernel answers. */
import type { ISessionContext } from '@jupyterlab/apputils'
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces'
import { KernelMessage, type Kernel } from '@jupyterlab/services'
import { Widget } from '@lumino/widgets'
import { LIVE_TARGET, parseView, SpecError, type ViewSpec } from 'layerscope/spec'
import { h, type Rendered } from '../parts/index.ts'
import { render, showError } from '../renderers/lazy.ts'
import { Link, type PageComm } from '../adapters/link.ts'

declare const __VERSION__: string

export class ViewOutput extends Widget implements IRenderMime.IRenderer {
  #rendered: Rendered | null = null
  #id: string | null = null
  #model: IRenderMime.IMimeModel | null = null
  readonly #link = new Link(view => this.#show(view), __VERSION__)

  /** @param session of the notebook (or console) that the output belongs to; null where there is none */
  constructor(
    private readonly mime: string,
    private readonly session: ISessionContext | null,
  ) {
    super()
    this.addClass('ls-output')
    if (!session) return
    session.kernelChanged.connect(this.#reconnect, this)
    session.statusChanged.connect(this.#status, this)
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#model = model
    let view: ViewSpec
    try {
      view = parseView(model.data[this.mime])
    } catch (e) {
      this.#cannot(e)
      return Promise.resolve()
    }
    this.#show(view)
    if (view.id !== this.#id) {
      this.#id = view.id
      this.#reconnect()
    }
    return Promise.resolve()
  }

  #show(view: ViewSpec): void {
    if (this.isDisposed) return
    if (this.#rendered) this.#rendered.update(view)
    else this.#rendered = render(view, this.node, { live: this.#link })
  }

  /** A spec that is not understood: a sentence, and the picture that came with it. */
  #cannot(e: unknown): void {
    this.#rendered?.dispose()
    this.#rendered = null
    const newer = e instanceof SpecError && e.newer !== null
    showError(
      this.node,
      e,
      newer
        ? 'This view was made by a newer Layerscope; its saved picture is shown. npm start updates the extension.'
        : 'This output is not a view that can be drawn; its saved picture is shown.',
    )
    const png = this.#model?.data['image/png']
    if (typeof png === 'string' && /^[A-Za-z0-9+/=\s]+$/.test(png))
      this.node.append(
        h('img', {
          src: `data:image/png;base64,${png}`,
          alt: String(this.#model?.data['text/plain'] ?? '').slice(0, 2000),
          style: { 'max-width': '100%' },
        }),
      )
  }

  readonly #reconnect = (): void => {
    const kernel = this.session?.session?.kernel
    if (!kernel || !this.#id || this.isDisposed) return this.#link.lost()
    // Another kernel would not know the target; asking costs one message and its silence is the answer.
    if (!kernel.handleComms) return
    this.#link.connect(() => open(kernel), this.#id)
  }
  readonly #status = (_: unknown, status: Kernel.Status): void => {
    if (
      status === 'restarting' ||
      status === 'autorestarting' ||
      status === 'dead' ||
      status === 'terminating'
    )
      this.#link.lost()
    else if (status === 'idle' && this.#link.silent) this.#reconnect()
  }

  override dispose(): void {
    if (this.isDisposed) return
    this.session?.kernelChanged.disconnect(this.#reconnect, this)
    this.session?.statusChanged.disconnect(this.#status, this)
    this.#link.disconnect()
    this.#rendered?.dispose()
    super.dispose()
  }
}

function open(kernel: Kernel.IKernelConnection): PageComm {
  const comm = kernel.createComm(LIVE_TARGET)
  return {
    open: data => comm.open(data as never), // JSON by construction
    send: data => comm.send(data as never),
    close: () => close(kernel, comm),
    get isDisposed() {
      return comm.isDisposed
    },
    set onMsg(f: PageComm['onMsg']) {
      comm.onMsg = m => f({ content: { data: m.content.data }, buffers: m.buffers })
    },
    get onMsg(): PageComm['onMsg'] {
      return () => undefined
    },
    set onClose(f: () => void) {
      comm.onClose = () => f()
    },
    get onClose() {
      return () => undefined
    },
  }
}

/**
 * Closes a comm in the kernel first and here when that is done: what the kernel had already sent finds a comm, and
 * JupyterLab has nothing to complain of.
 */
function close(kernel: Kernel.IKernelConnection, comm: Kernel.IComm): void {
  const dispose = () => {
    if (!comm.isDisposed) comm.dispose()
  }
  comm.onMsg = () => undefined
  comm.onClose = () => undefined
  if (kernel.isDisposed || kernel.status === 'dead') return dispose()
  const message = KernelMessage.createMessage({
    msgType: 'comm_close',
    channel: 'shell',
    username: kernel.username,
    session: kernel.clientId,
    content: { comm_id: comm.commId, data: {} },
  })
  kernel.sendShellMessage(message, false, true).done.then(dispose, dispose)
}
