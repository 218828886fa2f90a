/** In Node: makes every example, and what the pages and their tests need of it. */
import { setBackend } from 'layerscope'
import { HOST, type KernelHost, type MimeBundle, type ViewSpec } from 'layerscope/spec'
import type { Example, Page, Stop } from './page.ts'
import { carry, type Carried } from './page/tensors.ts'

export interface Made {
  id: string
  title: string
  note: string
  live: boolean
  /** Source of `make`, with its types gone. */
  source: string
  spec: ViewSpec
  text: string
  png: Uint8Array
  given: Carried | null
  stops: readonly Stop[]
}
export interface MadePage extends Omit<Page, 'examples'> {
  id: string
  examples: Made[]
}

/** What `show` displays, by the view's id. */
const shown = new Map<string, MimeBundle>()
const host: KernelHost = {
  protocol: 1,
  version: 'gallery',
  display: (bundle, { id = '' } = {}) => void shown.set(id, bundle),
  comms: {
    register: () => undefined,
    open: () => {
      throw new Error('nobody listens while the gallery is built')
    },
  },
  poll: () => 0,
  wait: () => 0,
}

export async function make(id: string, page: Page): Promise<MadePage> {
  ;(globalThis as { [HOST]?: KernelHost })[HOST] = host
  setBackend('wasm', { deterministic: true, threads: 1 })
  const examples: Made[] = []
  for (const example of page.examples) examples.push(await makeExample(id, example))
  return { ...page, id, examples }
}

async function makeExample(page: string, example: Example): Promise<Made> {
  const given = (await example.given?.()) ?? {}
  const view = await example.make(given)
  const { spec } = view
  const png = shown.get(view.id)?.['image/png']
  if (!spec || !(png instanceof Uint8Array))
    throw new Error(`${page}, ${example.id}: this view has only text`)
  return {
    id: example.id,
    title: example.title,
    note: example.note,
    live: example.live ?? false,
    source: String(example.make),
    spec,
    text: view.text,
    png,
    given: example.live && example.given ? carry(given) : null,
    stops: example.stops?.(given) ?? [],
  }
}
