// A page for renderers: a link that a test can drive, canvases that keep what was painted, and a count of what is left.
import { vi } from 'vitest'
import type { EventName, KernelMessage } from '../../src/spec/index.ts'
import type { LinkState, LiveLink } from '../../widgets/parts/index.ts'

/** A kernel's end that does as the test says. */
export class FakeLink implements LiveLink {
  state: LinkState
  message?: string
  readonly sent: { name: EventName; payload: unknown }[] = []
  answer: (name: EventName, payload: unknown) => unknown = () => null
  readonly #changed = new Set<() => void>()
  readonly #messages = new Set<(m: KernelMessage) => void>()

  constructor(state: LinkState = 'snapshot') {
    this.state = state
  }
  async event(name: EventName, payload: unknown): Promise<unknown> {
    if (this.state !== 'live') throw new Error('no kernel is connected')
    this.sent.push({ name, payload })
    return this.answer(name, payload)
  }
  onChange(f: () => void, signal: AbortSignal): void {
    this.#changed.add(f)
    signal.addEventListener('abort', () => this.#changed.delete(f))
  }
  onMessage(f: (m: KernelMessage) => void, signal: AbortSignal): void {
    this.#messages.add(f)
    signal.addEventListener('abort', () => this.#messages.delete(f))
  }
  become(state: LinkState, message?: string): void {
    this.state = state
    this.message = message
    for (const f of [...this.#changed]) f()
  }
  say(m: KernelMessage): void {
    for (const f of [...this.#messages]) f(m)
  }
  get listeners(): number {
    return this.#changed.size + this.#messages.size
  }
}

/** Canvases keep their last image; happy-dom has none of its own. */
export function paintable(): void {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(function (
    this: HTMLCanvasElement,
  ) {
    return {
      createImageData: (width: number, height: number) => ({
        width,
        height,
        data: new Uint8ClampedArray(4 * width * height),
      }),
      putImageData: (image: ImageData) => pixels.set(this, image.data),
    } as unknown as CanvasRenderingContext2D // what raster uses of it
  } as never)
}
const pixels = new WeakMap<HTMLCanvasElement, Uint8ClampedArray>()
/** RGB of pixel `n` of a canvas. */
export function pixel(canvas: HTMLCanvasElement, n: number): number[] {
  return Array.from(pixels.get(canvas)?.subarray(4 * n, 4 * n + 3) ?? [])
}

/** Counts what a view leaves at work outside its own elements: observers, and listeners on the page and its media. */
export class Leftovers {
  observers = 0
  readonly #media = new Set<unknown>()

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the classes below count on it
    const count = this
    for (const name of ['MutationObserver', 'ResizeObserver', 'IntersectionObserver'] as const) {
      const Real = globalThis[name] as new (f: () => void) => MutationObserver
      vi.stubGlobal(
        name,
        class extends Real {
          #on = false
          override observe(...args: Parameters<MutationObserver['observe']>): void {
            if (!this.#on) count.observers++
            this.#on = true
            super.observe(...args)
          }
          override disconnect(): void {
            if (this.#on) count.observers--
            this.#on = false
            super.disconnect()
          }
        },
      )
    }
    const real = globalThis.matchMedia.bind(globalThis)
    vi.stubGlobal('matchMedia', (query: string) => {
      const media = real(query)
      const add = (_: string, f: unknown, options?: { signal?: AbortSignal }) => {
        this.#media.add(f)
        options?.signal?.addEventListener('abort', () => this.#media.delete(f))
      }
      Object.defineProperty(media, 'addEventListener', { value: add })
      return media
    })
  }
  get total(): number {
    return this.observers + this.#media.size
  }
}

export const root = (): HTMLElement => {
  const element = document.createElement('div')
  document.body.replaceChildren(element)
  return element
}
export const all = (e: Element, selector: string): HTMLElement[] => [
  ...e.querySelectorAll<HTMLElement>(selector),
]
export const one = (e: Element, selector: string): HTMLElement => {
  const found = e.querySelector<HTMLElement>(selector)
  if (!found) throw new Error(`no ${selector}`)
  return found
}
export const texts = (e: Element, selector: string): string[] =>
  all(e, selector).map(x => x.textContent ?? '')
export const readout = (e: Element): string => one(e, '.ls-readout').textContent ?? ''
export const chip = (e: Element): string => one(e, '.ls-state').textContent ?? ''
export const byText = (e: Element, text: string): HTMLElement => {
  const found = all(e, 'button').find(b => b.textContent === text)
  if (!found) throw new Error(`no button ${text}`)
  return found
}
export const press = (e: Element, key: string, more: KeyboardEventInit = {}): boolean =>
  e.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
export const hover = (e: Element): boolean => e.dispatchEvent(new PointerEvent('pointerenter'))
/** Lets promises and timers of 0 ms come through. */
export const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0))
