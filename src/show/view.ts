/** A display that can be changed: its saved form in the notebook, and the pages on which it is alive. */
import {
  DISPLAY,
  host,
  type Comm,
  type CommMessage,
  type Displayable,
  type MimeBundle,
} from '../spec/host.ts'
import type { EventName, KernelMessage } from '../spec/live.ts'
import { parsePageMessage } from '../spec/message.ts'
import {
  SPEC_VERSION,
  VIEW_MIME,
  type TrainingPoint,
  type TrainingState,
  type ViewSpec,
} from '../spec/view.ts'
import { SCALE } from './canvas.ts'
import { inline, intoBuffers } from './pack.ts'
import type { Outlet, Subject } from './subject.ts'
import { VERSION } from './version.ts'

/** Least time between two states sent to the pages, in milliseconds. */
const INTERVAL = 50
/** Least time between two renewals of the saved display that nothing urgent asks for, in milliseconds. */
const SAVING = 2000

/** What was pinned: its index, and the layer where there are several. */
export interface Pin {
  index: number[]
  layer?: number
}

export class View implements Displayable {
  readonly id: string
  private readonly comms = new Set<Comm>()
  private readonly pinned = new Set<(pin: Pin) => void>()
  private readonly outlet: Outlet = {
    changed: () => this.changed(),
    append: (points, state, speed, run) => this.append(points, state, speed, run),
    send: () => this.send(),
    save: now => this.save(now),
  }
  private stop: (() => void) | undefined
  private sentAt = -Infinity
  private savedAt = -Infinity
  private timer: ReturnType<typeof setTimeout> | null = null
  private saving: ReturnType<typeof setTimeout> | null = null

  /** @internal use `show` */
  constructor(
    private subject: Subject,
    /** How another thing becomes a subject, with the options of this view. */
    private readonly read: (thing: unknown) => Subject,
  ) {
    this.id = newId()
  }

  /** The complete view as it is saved; null for what has only text. */
  get spec(): ViewSpec | null {
    return this.subject.spec(this.id, inline, 'saved')
  }

  /** Title line, readout and strongest facts. */
  get text(): string {
    return this.subject.text()
  }

  /** Shows another thing of the same kind in the same place, with the options that `show` was given. Returns itself. */
  update(thing: unknown): this {
    const next = this.read(thing)
    if (next.constructor !== this.subject.constructor)
      throw new TypeError(
        'update: this is another kind of thing; show(thing) makes a view of its own',
      )
    this.stop?.()
    this.subject = next
    this.stop = next.start?.(this.outlet)
    this.changed()
    return this
  }

  /**
   * Calls `f` when something is pinned on a page: `view.on('pin', ({ index, layer }) => …)`. Returns a function that ends it.
   */
  on(event: 'pin', f: (pin: Pin) => void): () => void {
    if (event !== 'pin')
      throw new RangeError(`on: no event ${JSON.stringify(event)}; there is 'pin'`)
    this.pinned.add(f)
    return () => this.pinned.delete(f)
  }

  /** Nothing: `show` has displayed it already. */
  [DISPLAY](): null {
    return null
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.text
  }

  /** First display. @internal */
  open(): void {
    const h = host()
    if (!h) {
      console.log(this.subject.text())
      return
    }
    this.savedAt = performance.now()
    h.display(this.bundle(), { id: this.id, metadata: this.metadata })
    this.stop = this.subject.start?.(this.outlet)
  }

  /** A page has drawn this view and wants it live. @internal */
  attach(comm: Comm): void {
    this.subject.settle?.()
    this.comms.add(comm)
    comm.onMessage = message => this.receive(comm, message)
    comm.onClose = () => this.comms.delete(comm)
    const { view, buffers } = this.live()
    post(comm, { type: 'hello', spec: SPEC_VERSION, producer: VERSION, view }, buffers)
  }

  /** The view has made room for newer ones. @internal */
  detach(reason: string): void {
    this.stop?.()
    for (const comm of this.comms) {
      post(comm, { type: 'gone', reason })
      comm.close()
    }
    this.comms.clear()
  }

  private receive(comm: Comm, message: CommMessage): void {
    let seq: number | null = null
    try {
      const event = parsePageMessage(message.data)
      seq = event.seq
      const result =
        event.name === 'pin' ? this.pin(event.payload) : this.event(event.name, event.payload)
      post(comm, { type: 'reply', seq, result: result ?? null })
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      post(comm, { type: 'error', seq, message: text })
    }
  }

  private event(name: EventName, payload: unknown): unknown {
    if (!this.subject.handle) throw new Error(`nothing here answers ${name}`)
    return this.subject.handle(name, payload, this.outlet)
  }

  private pin(payload: unknown): null {
    const { index } = (payload ?? {}) as { index?: unknown } // checked in the next line
    if (!Array.isArray(index) || !index.every(i => Number.isInteger(i)))
      throw new TypeError('pin: index is a list of whole numbers')
    const pin: Pin = this.subject.pinned?.(index) ?? { index }
    for (const f of this.pinned) f(pin)
    return null
  }

  /** Newest state wins: at once if the last is long enough ago, else when it is. */
  private changed(): void {
    const wait = this.sentAt + INTERVAL - performance.now()
    if (wait <= 0) this.send()
    else this.later(wait)
    if (!this.save(false)) this.saveLater()
  }

  private later(wait: number): void {
    if (this.timer !== null) return
    this.timer = setTimeout(() => {
      this.timer = null
      this.send()
    }, wait)
    // In plain Node a waiting timer must not keep the program alive.
    this.timer.unref?.()
  }

  private send(): void {
    this.sentAt = performance.now()
    if (this.comms.size === 0) return
    const { view, buffers } = this.live()
    for (const comm of this.comms) post(comm, { type: 'update', view }, buffers)
  }

  private append(
    points: TrainingPoint[],
    state: TrainingState,
    speed: number | null,
    run?: number,
  ): void {
    const of = run ? { run } : {}
    for (const comm of this.comms) post(comm, { type: 'append', points, state, speed, ...of })
  }

  private saveLater(): void {
    if (this.saving !== null) return
    this.saving = setTimeout(
      () => {
        this.saving = null
        this.save(true)
      },
      this.savedAt + SAVING - performance.now(),
    )
    this.saving.unref?.()
  }

  /** Whether there was nothing to wait for. */
  private save(now: boolean): boolean {
    const h = host()
    if (!h) return true
    const time = performance.now()
    if (!now && time - this.savedAt < SAVING) return false
    this.savedAt = time
    h.display(this.bundle(), { id: this.id, update: true, metadata: this.metadata })
    return true
  }

  private live(): { view: ViewSpec; buffers: Uint8Array[] } {
    const buffers: Uint8Array[] = []
    const view = this.subject.spec(this.id, intoBuffers(buffers), 'live')
    // Only views with a spec reach a page that opens a comm for them.
    if (!view) throw new Error('this view has no live form')
    return { view, buffers }
  }

  private size: { width: number; height: number } | null = null

  private bundle(): MimeBundle {
    const bundle: MimeBundle = { 'text/plain': this.subject.text() }
    const { spec } = this
    if (spec) bundle[VIEW_MIME] = spec
    const picture = this.subject.picture()
    this.size = picture && { width: Math.ceil(picture.width), height: Math.ceil(picture.height) }
    if (picture) bundle['image/png'] = picture.png()
    return bundle
  }

  /** The picture has `SCALE` pixels for each that it wants to take. */
  private get metadata(): Record<string, unknown> {
    return this.size && SCALE > 1 ? { 'image/png': this.size } : {}
  }
}

function post(comm: Comm, message: KernelMessage, buffers?: Uint8Array[]): void {
  comm.send(message, buffers?.length ? { buffers } : undefined)
}

/** Random, so that a page with another kernel's outputs never takes them for this one's. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9))
  return `v${Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')}`
}
