/** `@layerscope/kernel/widgets`: the views of ipywidgets and anywidget, driven from TypeScript. */

/** Called when a property changes, in the kernel or on a page. */
type Observer<T> = (value: T, old: T) => unknown

/** A model that pages share. As a cell's last expression, or by `display()`, it shows its view. */
export class Widget {
  /** @param state as the page keeps it, with `_model_name`, `_model_module` and the like */
  constructor(state: Record<string, unknown>, title?: string)
  /** Its comm's id. */
  readonly id: string
  readonly closed: boolean
  /** A part of the state, by the page's name for it. */
  get(key: string): unknown
  /** Changes parts of the state, here and on all pages, in one message. @throws Error when it is closed */
  set(changes: Record<string, unknown>): void
  /** Calls `f` when a part of the state changes. @returns a function that ends it */
  listen(key: string, f: Observer<unknown>): () => void
  /** Calls `f` for messages that its views send. @returns a function that ends it */
  onMessage(f: (content: never, buffers: Uint8Array[]) => unknown): () => void
  /** Sends a message to its views. */
  send(content: unknown, buffers?: Uint8Array[]): void
  /** Removes it from all pages. */
  close(): void
}

/** CSS by the names of style properties: `{ width: '50%', flexFlow: 'row wrap' }`. */
type Layout = { [property: string]: string | null | undefined }
/** Properties that every control has. */
interface Common {
  layout?: Layout | Widget
  style?: Record<string, unknown> | Widget
  tooltip?: string | null
  tabbable?: boolean | null
}

/** A control with the properties `P`; assigning one changes it on all pages. */
export type Control<P> = Widget &
  P & {
    /** Calls `f` when a property changes, here or on a page. @returns a function that ends it */
    observe<K extends keyof P & string>(name: K, f: Observer<P[K]>): () => void
    /** Resolves with the property's next value: `await slider.next('value')`. */
    next<K extends keyof P & string>(name: K): Promise<P[K]>
  }
interface Kind<P> {
  /** @throws TypeError for a property it does not have; RangeError for a value outside its bounds */
  new (options?: Partial<P> & Common): Control<P>
}

interface Described {
  description: string
  descriptionAllowHtml: boolean
  disabled: boolean
}
interface Ranged<T> extends Described {
  value: T
  min: number
  max: number
}
interface Slider<T> extends Ranged<T> {
  step: number
  orientation: 'horizontal' | 'vertical'
  readout: boolean
  /** d3's format; default `'d'` for whole numbers, `'.2f'` for others. */
  readoutFormat: string
  /** Whether values are sent while it is dragged; default true. */
  continuousUpdate: boolean
  behavior: 'drag-tap' | 'drag-snap' | 'tap' | 'drag' | 'snap'
}
interface Written<T> extends Described {
  value: T
  placeholder: string
  continuousUpdate: boolean
}
interface Numeric extends Described {
  value: number
  step: number | null
  continuousUpdate: boolean
}
interface Progress extends Ranged<number> {
  barStyle: '' | 'success' | 'info' | 'warning' | 'danger'
  orientation: 'horizontal' | 'vertical'
}
interface Boxed {
  children: readonly Widget[]
  boxStyle: '' | 'success' | 'info' | 'warning' | 'danger'
}
interface Tabbed extends Boxed {
  titles: readonly string[]
  selectedIndex: number | null
}
type ButtonLook = '' | 'primary' | 'success' | 'info' | 'warning' | 'danger'
type Pair = readonly [number, number]

export const IntSlider: Kind<Slider<number>>
export const FloatSlider: Kind<Slider<number>>
export const FloatLogSlider: Kind<Slider<number> & { base: number }>
export const IntRangeSlider: Kind<Slider<Pair>>
export const FloatRangeSlider: Kind<Slider<Pair>>
export const IntText: Kind<Numeric>
export const FloatText: Kind<Numeric>
export const BoundedIntText: Kind<Numeric & Ranged<number>>
export const BoundedFloatText: Kind<Numeric & Ranged<number>>
export const IntProgress: Kind<Progress>
export const FloatProgress: Kind<Progress>
/** Counts by itself: `interval` in ms. */
export const Play: Kind<
  Ranged<number> & {
    step: number
    interval: number
    playing: boolean
    repeat: boolean
    showRepeat: boolean
  }
>
export const Text: Kind<Written<string>>
export const Textarea: Kind<Written<string> & { rows: number | null }>
export const Password: Kind<Written<string>>
export const Checkbox: Kind<Described & { value: boolean; indent: boolean }>
export const ToggleButton: Kind<
  Described & { value: boolean; buttonStyle: ButtonLook; icon: string }
>
export const Valid: Kind<Described & { value: boolean; readout: string }>
export const ColorPicker: Kind<Described & { value: string; concise: boolean }>
export const Label: Kind<Written<string>>
/** Shows markup as it is: never give it text that others wrote. */
export const HTML: Kind<Written<string>>
export const HTMLMath: Kind<Written<string>>
/** `value` is the image file's bytes, `format` its kind. */
export const Image: Kind<{
  value: Uint8Array
  format: 'png' | 'jpeg' | 'gif' | 'webp' | 'svg+xml' | 'url'
  width: string
  height: string
}>
export const Box: Kind<Boxed>
export const HBox: Kind<Boxed>
export const VBox: Kind<Boxed>
export const GridBox: Kind<Boxed>
export const Accordion: Kind<Tabbed>
export const Tab: Kind<Tabbed>

/** Values, `[label, value]` pairs, or labels with their values. */
type Options<T> =
  | readonly T[]
  | readonly (readonly [string, T])[]
  | ReadonlyMap<string, T>
  | Readonly<Record<string, T>>
interface Choice<T> extends Described {
  value: T | null
  /** Place of the value among the options. */
  index: number | null
}
interface Selection<More = object> {
  /** @throws RangeError when `value` is not one of the options */
  new <T>(
    options: { options: Options<T> } & Partial<Omit<Choice<T>, 'options'>> & Partial<More> & Common,
  ): Control<Choice<T> & More> & { options: readonly T[] }
}
export const Dropdown: Selection
export const RadioButtons: Selection<{ orientation: 'horizontal' | 'vertical' }>
export const Select: Selection<{ rows: number }>
export const ToggleButtons: Selection<{ buttonStyle: ButtonLook }>
export const SelectionSlider: Selection<{
  orientation: 'horizontal' | 'vertical'
  readout: boolean
  continuousUpdate: boolean
}>

export const Button: {
  new (
    options?: Partial<{
      description: string
      disabled: boolean
      icon: string
      buttonStyle: ButtonLook
    }> &
      Common,
  ): Control<{ description: string; disabled: boolean; icon: string; buttonStyle: ButtonLook }> & {
    /** Calls `f` at each click. @returns a function that ends it */
    onClick(f: () => unknown): () => void
  }
}

export const Output: {
  new (options?: Common): Widget & {
    /** What `f` prints and shows, until it returns or its promise settles, appears here instead of below the cell. */
    capture<T>(f: () => T): T
    /** Adds text. */
    append(text: string, name?: 'stdout' | 'stderr'): void
    clear(): void
  }
}

/** Keeps two properties equal, from now on. @returns a function that ends it */
export function link(a: Widget, name: string, b: Widget, other: string): () => void

type Command = (message: never, buffers: Uint8Array[]) => unknown

/** A view of one's own: https://anywidget.dev */
export function anywidget<S extends Record<string, unknown> = Record<never, never>>(options: {
  /** Source, path or `file:` URL of a module with `export default { render }`; an `https:` URL is loaded by the page. */
  esm: string | URL
  /** Style sheet: source, path or URL. */
  css?: string | URL
  /** What the view gets by `model.get(name)`; bytes travel as they are. */
  state?: S
  /** What the view may call by `experimental.invoke(name, message)`; a result with bytes is `[result, buffers]`. */
  commands?: Record<string, Command>
}): Widget & {
  /** Assigning one of its properties changes it on all pages. */
  readonly state: S
  /** Calls `f` when a part of the state changes, here or on a page. @returns a function that ends it */
  observe<K extends keyof S & string>(key: K, f: Observer<S[K]>): () => void
}
