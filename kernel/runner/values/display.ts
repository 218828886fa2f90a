/** `display()` and its helpers: shows values, images, markup and any MIME bundle below the cell that is running. */
import { randomUUID } from 'node:crypto'
import { DISPLAY } from 'layerscope/spec'
import { asText } from './inspect.ts'
import {
  base64,
  bundleOf,
  encodeBundle,
  imageType,
  isBundle,
  jsonOf,
  type Bundle,
  type Data,
} from './bundle.ts'
import { asTable } from './table.ts'

export interface DisplayOptions {
  /** Jupyter's `display_id`: a later display or update with the same id changes this one. */
  id?: string
  metadata?: Record<string, unknown>
  /** Of an image, in CSS pixels. */
  width?: number
  height?: number
}
export type Show = (
  data: Data,
  options: { id?: string; update?: boolean; metadata?: object },
) => void

export interface Handle {
  readonly id: string
  update(value: unknown): void
  clear(): void
}

type Make = (value: unknown, options: DisplayOptions) => Bundle | null | Promise<Bundle | null>

const bytesOf = (v: unknown): Uint8Array | null =>
  v instanceof Uint8Array
    ? v
    : v instanceof ArrayBuffer
      ? new Uint8Array(v)
      : ArrayBuffer.isView(v)
        ? new Uint8Array(v.buffer, v.byteOffset, v.byteLength)
        : null

const text = (mime: string, otherwise?: (v: string) => string): Make => {
  return value => {
    const string = String(value)
    return {
      data: { [mime]: string, ...(otherwise ? { 'text/plain': otherwise(string) } : {}) },
      metadata: {},
    }
  }
}

/** An image's bytes, base64 of them, or a `data:` URL. */
const image = (wanted?: string): Make => {
  return (value, { width, height }) => {
    const bytes = bytesOf(value)
    let mime = wanted
    let data: string
    if (bytes) {
      mime ??= imageType(bytes) ?? undefined
      if (!mime)
        throw new TypeError(
          'display.image: these bytes are no PNG, JPEG, GIF or WebP; name the kind: display.mime({ "image/…": bytes })',
        )
      data = base64(bytes)
    } else if (typeof value === 'string') {
      const url = /^data:(image\/[\w.+-]+);base64,/.exec(value)
      data = url ? value.slice(url[0].length) : value.replace(/\s+/g, '')
      mime ??= url?.[1] ?? imageType(Buffer.from(data.slice(0, 40), 'base64')) ?? undefined
      if (!mime || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(data))
        throw new TypeError(
          'display.image: the string is neither base64 of an image nor a data: URL',
        )
    } else throw new TypeError(`display.image: bytes or base64, not ${typeof value}`)
    const size = {
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
    }
    return {
      data: { [mime]: data, 'text/plain': `<${mime}>` },
      metadata: Object.keys(size).length ? { [mime]: size } : {},
    }
  }
}

const json: Make = value => ({
  data: { 'application/json': jsonOf(value), 'text/plain': asText(value) },
  metadata: { 'application/json': { expanded: false } },
})
const vega =
  (kind: 'vega' | 'vegalite'): Make =>
  spec => {
    const schema =
      typeof spec === 'object' && spec !== null ? Reflect.get(spec, '$schema') : undefined
    const version = typeof schema === 'string' ? /\/v(\d+)/.exec(schema)?.[1] : undefined
    return {
      data: {
        [`application/vnd.${kind}.v${version ?? '5'}+json`]: jsonOf(spec),
        'text/plain': `<${kind === 'vega' ? 'Vega' : 'Vega-Lite'} chart>`,
      },
      metadata: {},
    }
  }
const table: Make = value => {
  const made = asTable(value)
  return {
    data: made
      ? { 'text/html': made.html, 'text/plain': made.text }
      : { 'text/plain': asText(value) },
    metadata: {},
  }
}

/** Any value: its own bundle, a bundle itself, an image's bytes, or text. */
const anything =
  (onError: (e: unknown) => void, colors: () => boolean): Make =>
  (value, options) => {
    if (isBundle(value)) return { data: encodeBundle(value), metadata: {} }
    const bytes = value instanceof Uint8Array ? value : null
    if (bytes && imageType(bytes)) return image()(bytes, options)
    return bundleOf(value, onError, colors())
  }

/** Makes the global `display`. */
export function makeDisplay(
  show: Show,
  clearOutput: (wait: boolean) => void,
  onError: (e: unknown) => void,
) {
  const shower =
    (make: Make) =>
    (value: unknown, options: DisplayOptions = {}): Handle => {
      const { id = randomUUID(), metadata = {} } = options
      const send = (v: unknown, update: boolean) => {
        const emit = (b: Bundle | null) => {
          if (b || update)
            show(b?.data ?? { 'text/plain': '' }, {
              id,
              update,
              metadata: { ...b?.metadata, ...metadata },
            })
        }
        const bundle = make(v, options)
        if (bundle instanceof Promise) void bundle.then(emit, onError)
        else emit(bundle)
      }
      send(value, false)
      const handle = {
        id,
        update: (v: unknown) => send(v, true),
        clear: () => show({ 'text/plain': '' }, { id, update: true, metadata }),
      }
      // Not shown again when it is a cell's last expression.
      return Object.defineProperty(handle, DISPLAY, { value: () => null })
    }
  const settings = { colors: true }
  const display = Object.assign(shower(anything(onError, () => settings.colors)), {
    html: shower(text('text/html', () => '<HTML>')),
    svg: shower(text('image/svg+xml', () => '<SVG>')),
    markdown: shower(text('text/markdown', v => v)),
    latex: shower(text('text/latex', v => v)),
    javascript: shower(text('application/javascript', () => '<JavaScript>')),
    text: shower(text('text/plain')),
    json: shower(json),
    vegaLite: shower(vega('vegalite')),
    vega: shower(vega('vega')),
    table: shower(table),
    image: shower(image()),
    png: shower(image('image/png')),
    jpeg: shower(image('image/jpeg')),
    gif: shower(image('image/gif')),
    webp: shower(image('image/webp')),
    mime: shower(bundle => {
      if (!isBundle(bundle))
        throw new TypeError(
          'display.mime: an object whose keys are MIME types, such as "text/html"',
        )
      return { data: encodeBundle(bundle), metadata: {} }
    }),
    /** Removes what the cell has shown: at once, or (`wait`) when it next shows something. */
    clear: ({ wait = false }: { wait?: boolean } = {}) => clearOutput(wait),
  })
  Object.defineProperty(display, 'colors', {
    get: () => settings.colors,
    set: (v: unknown) => {
      settings.colors = v === true
    },
  })
  return { display, settings }
}
