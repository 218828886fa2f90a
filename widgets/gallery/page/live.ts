/** Runs the live examples of the page with the library in it, one after the other. */
import { setBackend } from 'layerscope'
import type { Page } from '../page.ts'
import { PageHost } from './host.ts'
import { unpack } from './tensors.ts'

export async function start(pages: Record<string, Page>): Promise<void> {
  const page = pages[document.body.dataset.page ?? '']
  const host = new PageHost()
  host.install()
  setBackend('wasm', { deterministic: true, threads: 1 })
  for (const example of page.examples) {
    if (!example.live) continue
    const given = document.querySelector(`#${example.id} script.given`)
    const tensors = given ? unpack(JSON.parse(given.textContent ?? '')) : {}
    const view = await example.make(tensors)
    globalThis.layerscopeGallery?.connect(example.id, host, view.id)
    // The page is drawn and answers between two of them.
    await new Promise(resolve => setTimeout(resolve, 0))
  }
  document.body.dataset.live = 'all'
}
