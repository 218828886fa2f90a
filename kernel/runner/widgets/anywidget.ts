/** anywidget: a view is an ES module of one's own (https://anywidget.dev). */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isRecord } from './buffers.ts'
import { Model, type State } from './model.ts'

type Command = (message: unknown, buffers: Uint8Array[]) => unknown

export interface AnyWidgetOptions {
  /** Source, path or `file:` URL of a module that exports `render` (default `{ render, initialize }`); an `https:` URL is loaded by the page. */
  esm: string | URL
  /** Style sheet: source, path or URL. */
  css?: string | URL
  state?: State
  /** What the view may call by `experimental.invoke(name, message)`. */
  commands?: Record<string, Command>
}

function load(given: string | URL, kind: RegExp): string {
  const text = given instanceof URL ? given.href : given
  if (typeof text !== 'string')
    throw new TypeError(`anywidget: a source, path or URL, not ${typeof text}`)
  if (/^https?:/.test(text)) return text
  if (text.startsWith('file:')) return readFileSync(fileURLToPath(text), 'utf8')
  if (text.includes('\n') || !kind.test(text)) return text
  if (!existsSync(text)) throw new Error(`anywidget: there is no file ${text} in ${process.cwd()}`)
  return readFileSync(text, 'utf8')
}

/** The state as an object: reading and assigning its properties is what the page sees. */
class AnyWidget extends Model {
  readonly state: State
  constructor({ esm, css, state = {}, commands = {} }: AnyWidgetOptions) {
    if (!isRecord(state)) throw new TypeError('anywidget: state must be a plain object')
    for (const key of Object.keys(state))
      if (key.startsWith('_'))
        throw new RangeError(`anywidget: state '${key}': names with _ are the protocol's`)
    super(
      {
        _model_name: 'AnyModel',
        _model_module: 'anywidget',
        _model_module_version: '*',
        _view_name: 'AnyView',
        _view_module: 'anywidget',
        _view_module_version: '*',
        _view_count: null,
        _dom_classes: [],
        _anywidget_id: 'layerscope.anywidget',
        _esm: load(esm, /\.m?js$/),
        ...(css === undefined ? {} : { _css: load(css, /\.css$/) }),
        tabbable: null,
        tooltip: null,
        ...state,
        layout: new Model(
          {
            _model_name: 'LayoutModel',
            _model_module: '@jupyter-widgets/base',
            _model_module_version: '2.0.0',
            _view_name: 'LayoutView',
            _view_module: '@jupyter-widgets/base',
            _view_module_version: '2.0.0',
          },
          'Layout',
        ),
      },
      'AnyWidget',
    )
    this.state = {}
    for (const key of Object.keys(state))
      Object.defineProperty(this.state, key, {
        enumerable: true,
        get: () => this.get(key),
        set: (v: unknown) => this.set({ [key]: v }),
      })
    this.onMessage((content: unknown, buffers) => this.#command(commands, content, buffers))
  }

  /** Calls `f` when a part of the state changes, here or on a page. @returns a function that ends it */
  observe(key: string, f: (value: never, old: never) => unknown): () => void {
    return this.listen(key, f as (value: unknown, old: unknown) => unknown)
  }

  async #command(commands: Record<string, Command>, content: unknown, buffers: Uint8Array[]) {
    if (!isRecord(content) || content.kind !== 'anywidget-command') return
    const name = String(content.name)
    if (!Object.hasOwn(commands, name)) throw new Error(`anywidget: there is no command ${name}`)
    const response = await commands[name](content.msg, buffers)
    const isPair = Array.isArray(response) && response.length === 2 && Array.isArray(response[1])
    const [value, bytes] = (isPair ? response : [response, []]) as [unknown, Uint8Array[]]
    this.send(
      { id: content.id, kind: 'anywidget-command-response', response: value ?? null },
      bytes,
    )
  }
}

export const anywidget = (options: AnyWidgetOptions) => new AnyWidget(options)
