/**
 * The kernel's side of Jupyter's widget messaging protocol 2.1: models whose state pages share over comms.
 * https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md
 */
import { randomUUID } from 'node:crypto'
import { DISPLAY, type Comm, type CommMessage } from 'layerscope/spec'
import { isBytes, isRecord, joinBuffers, splitBuffers } from './buffers.ts'

export const TARGET = 'jupyter.widget'
const CONTROL = 'jupyter.widget.control'
const VERSION = '2.1.0'
const CONTROL_VERSION = '1.0.0'
const VIEW = 'application/vnd.jupyter.widget-view+json'
const REFERENCE = 'IPY_MODEL_'

export type State = Record<string, unknown>

/** What models need from the runner. */
export interface Host {
  open(
    target: string,
    data: unknown,
    options: { id: string; buffers: Uint8Array[]; metadata: Record<string, unknown> },
  ): Comm
  register(target: string, onOpen: (comm: Comm) => void): void
  /** Runs `f` as part of the page's message that is being handled. */
  answering(f: () => void): void
  /** Binds a handler to the cell that runs now: what it prints appears there. Its errors are told, also later ones. */
  bind<A extends unknown[]>(f: (...args: A) => unknown): (...args: A) => void
}

let host: Host | null = null
const models = new Map<string, Model>()

export function useHost(given: Host): void {
  host = given
  given.register(CONTROL, comm => {
    comm.onMessage = ({ data }) => {
      if (!isRecord(data) || data.method !== 'request_states') return
      const states: State = {}
      for (const model of models.values()) states[model.id] = model.description()
      const { state, paths, buffers } = splitBuffers(states)
      comm.send(
        { method: 'update_states', states: state, buffer_paths: paths },
        { buffers, metadata: { version: CONTROL_VERSION } },
      )
    }
  })
}
function theHost(): Host {
  if (!host) throw new Error('widgets: there is no kernel here')
  return host
}

type Listener = (value: unknown, old: unknown) => void
type MessageListener = (content: unknown, buffers: Uint8Array[]) => void

export class Model {
  readonly id: string
  readonly #comm: Comm
  readonly #state: State
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #messages = new Set<MessageListener>()
  /** What it is shown as where widgets cannot be. */
  protected readonly title: string
  #closed = false

  /** @param state as the page keeps it: with `_model_name` and the like, models as values */
  constructor(state: State, title = 'Widget') {
    this.id = randomUUID().replaceAll('-', '')
    this.title = title
    this.#state = { ...state }
    const { state: json, paths, buffers } = splitBuffers(serialize(this.#state))
    this.#comm = theHost().open(
      TARGET,
      { state: json, buffer_paths: paths },
      { id: this.id, buffers, metadata: { version: VERSION } },
    )
    this.#comm.onMessage = m => this.#receive(m)
    this.#comm.onClose = () => this.#forget()
    models.set(this.id, this)
  }

  get closed(): boolean {
    return this.#closed
  }

  get(key: string): unknown {
    return this.#state[key]
  }

  /** Changes some of the state, here and on all pages, in one message. */
  set(changes: State): void {
    if (this.#closed) throw new Error(`${this.title}: it is closed`)
    const changed = this.#apply(changes)
    if (changed.length) this.#send('update', pick(this.#state, Object.keys(changes)))
    this.#notify(changed)
  }

  /**
   * Calls `f` when the value of `key` changes, here or on a page.
   * @returns a function that ends it
   */
  listen(key: string, f: (value: unknown, old: unknown) => unknown): () => void {
    const bound = theHost().bind(f)
    const all = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, all.add(bound))
    return () => void all.delete(bound)
  }

  /** Calls `f` for messages that the view sends. @returns a function that ends it */
  onMessage(f: (content: never, buffers: Uint8Array[]) => unknown): () => void {
    const bound = theHost().bind(f as (content: unknown, buffers: Uint8Array[]) => unknown)
    this.#messages.add(bound)
    return () => void this.#messages.delete(bound)
  }

  /** Sends a message to the model's views. */
  send(content: unknown, buffers: Uint8Array[] = []): void {
    this.#comm.send({ method: 'custom', content }, { buffers })
  }

  /** Removes it from all pages. */
  close(): void {
    if (this.#closed) return
    this.#comm.close()
    this.#forget()
  }

  [DISPLAY](): Record<string, unknown> {
    return {
      'text/plain': this.text(),
      [VIEW]: { version_major: 2, version_minor: 0, model_id: this.id },
    }
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.text()
  }
  protected text(): string {
    const value = this.#state.value ?? this.#state.description
    const shown = value === undefined || isBytes(value) ? '' : JSON.stringify(value)
    return `${this.title}(${shown && shown.length < 100 ? shown : ''})`
  }

  /** As the control comm tells it. */
  description(): State {
    return {
      model_name: this.#state._model_name,
      model_module: this.#state._model_module,
      model_module_version: this.#state._model_module_version,
      state: serialize(this.#state),
    }
  }

  /** What a page's change becomes before it is taken over; to be overridden. */
  protected check(changes: State): State {
    return changes
  }

  #forget(): void {
    this.#closed = true
    models.delete(this.id)
  }

  #apply(changes: State): [key: string, old: unknown][] {
    const changed: [string, unknown][] = []
    for (const [key, value] of Object.entries(changes)) {
      const old = this.#state[key]
      if (Object.is(old, value) && !isBytes(value)) continue
      this.#state[key] = value
      changed.push([key, old])
    }
    return changed
  }
  #notify(changed: [key: string, old: unknown][]): void {
    for (const [key, old] of changed)
      for (const f of [...(this.#listeners.get(key) ?? [])]) f(this.#state[key], old)
  }

  #send(method: 'update' | 'echo_update', state: State): void {
    const { state: json, paths, buffers } = splitBuffers(serialize(state))
    this.#comm.send({ method, state: json, buffer_paths: paths }, { buffers })
  }

  #receive({ data, buffers }: CommMessage): void {
    if (!isRecord(data)) return
    if (data.method === 'request_state')
      theHost().answering(() => this.#send('update', this.#state))
    else if (data.method === 'custom') for (const f of [...this.#messages]) f(data.content, buffers)
    else if (data.method === 'update' && isRecord(data.state)) {
      const given = { ...data.state }
      joinBuffers(given, data.buffer_paths, buffers)
      const sent = deserialize(given) as State
      // Pages wait for the echo of what they sent, and other pages learn of it.
      theHost().answering(() => this.#send('echo_update', sent))
      const taken = this.check(sent)
      const corrected = Object.keys(taken).filter(k => !Object.is(taken[k], sent[k]))
      const changed = this.#apply(taken)
      if (corrected.length)
        theHost().answering(() => this.#send('update', pick(this.#state, corrected)))
      this.#notify(changed)
    }
  }
}

const pick = (state: State, keys: readonly string[]): State =>
  Object.fromEntries(keys.map(k => [k, state[k]]))

/** Models become references to them. */
function serialize(value: unknown): State
function serialize(value: unknown): unknown {
  if (value instanceof Model) return `${REFERENCE}${value.id}`
  if (isBytes(value)) return value
  if (Array.isArray(value)) return value.map(v => serialize(v) as unknown)
  if (!isRecord(value)) return typeof value === 'number' && !Number.isFinite(value) ? null : value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, serialize(v)]))
}
function deserialize(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith(REFERENCE))
    return models.get(value.slice(REFERENCE.length)) ?? value
  if (isBytes(value)) return value
  if (Array.isArray(value)) return value.map(deserialize)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, deserialize(v)]))
}
