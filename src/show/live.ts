/** Views by id, for the pages that ask for them. */
import { host, type Comm, type KernelHost } from '../spec/host.ts'
import { LIVE_TARGET, type KernelMessage } from '../spec/live.ts'
import { parseLiveOpen } from '../spec/message.ts'
import { SPEC_VERSION } from '../spec/view.ts'
import { VERSION } from './version.ts'
import type { View } from './view.ts'

/** Views that stay alive; older ones keep their saved picture. */
const KEPT = 200

const views = new Map<string, View>()
const registered = new WeakSet<KernelHost>()

/** Keeps `view` alive under its id and listens for pages, once a kernel. */
export function keep(view: View): void {
  const h = host()
  if (!h) return
  views.set(view.id, view)
  for (const [id, old] of views) {
    if (views.size <= KEPT) break
    views.delete(id)
    old.detach(
      `The kernel keeps its newest ${KEPT} views alive; run the cell again to have this one among them.`,
    )
  }
  if (registered.has(h)) return
  registered.add(h)
  h.comms.register(LIVE_TARGET, (comm, message) => answer(comm, message.data))
}

function answer(comm: Comm, data: unknown): void {
  let reason: string
  try {
    const open = parseLiveOpen(data)
    const view = views.get(open.id)
    if (view && open.spec >= SPEC_VERSION) {
      view.attach(comm)
      return
    }
    reason = view
      ? `The kernel's library (${VERSION}) writes version ${SPEC_VERSION} of the views, the extension (${open.extension}) reads ${open.spec}.`
      : 'This kernel has not made this view. Run its cell again to make it live.'
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error)
  }
  comm.send({ type: 'gone', reason } satisfies KernelMessage)
  comm.close()
}
