/** A kernel's host inside the page: what the library displays is kept, and comms go to it and back. */
import { HOST, type Comm, type CommMessage, type KernelHost } from 'layerscope/spec'
import type { PageComm } from '../../adapters/link.ts'

type Opened = (comm: Comm, message: CommMessage) => void

export class PageHost implements KernelHost {
  readonly protocol = 1
  readonly version = 'page'
  readonly #targets = new Map<string, Opened>()
  #comms = 0

  /** From now on the library's views are this page's. */
  install(): void {
    ;(globalThis as { [HOST]?: KernelHost })[HOST] = this
  }

  /** Views reach the page by their comms; the bundle is for notebooks. */
  display(): void {}
  readonly comms: KernelHost['comms'] = {
    register: (target, onOpen) => void this.#targets.set(target, onOpen),
    open: () => {
      throw new Error('a page opens its comms itself')
    },
  }
  poll(): number {
    return 0
  }
  wait(): number {
    return 0
  }

  /** A comm as JupyterLab's: messages arrive later and in order, as from another process. */
  comm(target: string): PageComm {
    const id = `page-${this.#comms++}`
    let mine: Comm | null = null
    const later = (f: () => void) => void setTimeout(f, 0)
    const page: PageComm & { isDisposed: boolean } = {
      isDisposed: false,
      onMsg: () => undefined,
      onClose: () => undefined,
      open: data => {
        mine = {
          id,
          target,
          onMessage: null,
          onClose: null,
          send: (data, { buffers = [] } = {}) =>
            later(() => {
              if (!page.isDisposed) page.onMsg({ content: { data }, buffers })
            }),
          close: () => later(() => page.onClose()),
        }
        const library = mine
        later(() => this.#targets.get(target)?.(library, { data, buffers: [] }))
      },
      send: data => later(() => mine?.onMessage?.({ data, buffers: [] })),
      close: () => {
        page.isDisposed = true
        later(() => mine?.onClose?.({ data: {}, buffers: [] }))
      },
    }
    return page
  }
}
