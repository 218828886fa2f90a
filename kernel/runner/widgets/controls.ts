/** The views of ipywidgets 8: what each of their models is called and begins with. */
import { isRecord } from './buffers.ts'
import { Model, type State } from './model.ts'

const BASE = { module: '@jupyter-widgets/base', version: '2.0.0' }
const CONTROLS = { module: '@jupyter-widgets/controls', version: '2.0.0' }
const OUTPUT = { module: '@jupyter-widgets/output', version: '1.0.0' }

const snake = (key: string) =>
  key.startsWith('_') ? key : key.replace(/[A-Z]/g, c => `_${c.toLowerCase()}`)

const named = (state: object): State =>
  Object.fromEntries(
    Object.entries(state)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [snake(k), v]),
  )

function part(
  kind: string,
  where: { module: string; version: string },
  view: string,
  state: object,
) {
  return new Model(
    {
      _model_name: `${kind}Model`,
      _model_module: where.module,
      _model_module_version: where.version,
      _view_name: view,
      _view_module: BASE.module,
      _view_module_version: BASE.version,
      _view_count: null,
      ...named(state),
    },
    kind,
  )
}

interface Kind {
  name: string
  /** Of its model, without `Model`; default the name. */
  model?: string
  view?: string
  module?: { module: string; version: string }
  style?: string
  defaults: State
}

/** A control: its state by names of TypeScript (`readoutFormat`), changes sent as they are made. */
export class Control extends Model {
  constructor(kind: Kind, options: State = {}) {
    if (!isRecord(options) && options !== undefined)
      throw new TypeError(`new ${kind.name}: an object of options, such as { value: 3 }`)
    const { layout = {}, style = {}, ...rest } = options
    const { module = CONTROLS } = kind
    const defaults = named(kind.defaults)
    const given = named(rest)
    for (const key of Object.keys(given))
      if (!(key in defaults) && !(key in COMMON) && !key.startsWith('_'))
        throw new TypeError(
          `new ${kind.name}: it has no '${key}' (it has ${Object.keys(defaults)
            .filter(k => !k.startsWith('_'))
            .join(', ')})`,
        )
    super(
      {
        _dom_classes: [],
        _model_name: `${kind.model ?? kind.name}Model`,
        _model_module: module.module,
        _model_module_version: module.version,
        _view_name: kind.view ?? `${kind.name}View`,
        _view_module: module.module,
        _view_module_version: module.version,
        _view_count: null,
        tabbable: null,
        tooltip: null,
        layout:
          layout instanceof Model ? layout : part('Layout', BASE, 'LayoutView', layout as object),
        ...(kind.style
          ? {
              style:
                style instanceof Model
                  ? style
                  : part(kind.style, CONTROLS, 'StyleView', style as object),
            }
          : {}),
        ...defaults,
        ...given,
      },
      kind.name,
    )
    for (const key of [...Object.keys(defaults), 'layout', 'style', 'tooltip', 'tabbable']) {
      const name = key.replace(/(?!^)_([a-z])/g, (_, c: string) => c.toUpperCase())
      if (key.startsWith('_') || name in this) continue
      Object.defineProperty(this, name, {
        enumerable: true,
        get: () => this.get(key),
        set: (v: unknown) => this.set({ [key]: v }),
      })
    }
  }

  /** Calls `f` when a property changes, here or on a page. @returns a function that ends it */
  observe(name: string, f: (value: never, old: never) => unknown): () => void {
    return this.listen(snake(name), f as (value: unknown, old: unknown) => unknown)
  }
  /** Resolves with the property's next value. */
  next(name: string): Promise<unknown> {
    return new Promise(resolve => {
      const end = this.observe(name, (value: unknown) => {
        end()
        resolve(value)
      })
    })
  }
}
const COMMON = { tooltip: 0, tabbable: 0 }

const number = (v: unknown, otherwise: number) => (typeof v === 'number' ? v : otherwise)

/** A number, or a pair of them, between `min` and `max`. */
class Bounded extends Control {
  constructor(kind: Kind, options: State = {}) {
    const min = number(options.min, kind.defaults.min as number)
    const max = number(options.max, kind.defaults.max as number)
    if (!(min <= max)) throw new RangeError(`new ${kind.name}: min ${min} is above max ${max}`)
    const value = options.value ?? clamp(kind.defaults.value, min, max)
    if (clamp(value, min, max) !== value && !Array.isArray(value))
      throw new RangeError(`new ${kind.name}: value ${String(value)} is not in ${min} … ${max}`)
    super(kind, { ...options, value })
  }
  override set(changes: State): void {
    super.set(this.check(changes))
  }
  protected override check(changes: State): State {
    if (!('value' in changes)) return changes
    const min = number(changes.min ?? this.get('min'), -Infinity)
    const max = number(changes.max ?? this.get('max'), Infinity)
    return { ...changes, value: clamp(changes.value, min, max) }
  }
}
const clamp = (v: unknown, min: number, max: number): unknown =>
  typeof v === 'number' ? Math.min(max, Math.max(min, v)) : v

/** One of several options. */
class Selection extends Control {
  #values: unknown[]
  constructor(kind: Kind, options: State = {}) {
    const { options: list = [], value, ...rest } = options
    const [labels, values] = choices(list)
    let index =
      value === undefined ? (rest.index ?? (values.length ? 0 : null)) : values.indexOf(value)
    if (index === -1)
      throw new RangeError(
        `new ${kind.name}: value ${String(value)} is not one of its options (${labels.slice(0, 10).join(', ')})`,
      )
    if (typeof index !== 'number') index = null
    super(kind, { ...rest, _options_labels: labels, index })
    this.#values = values
    Object.defineProperties(this, {
      options: {
        enumerable: true,
        get: () => this.#values,
        set: (v: unknown) => {
          const [l, all] = choices(v)
          this.#values = all
          this.set({ _options_labels: l, index: all.length ? 0 : null })
        },
      },
      value: {
        enumerable: true,
        get: () => this.#at(this.get('index')),
        set: (v: unknown) => {
          const i = this.#values.indexOf(v)
          if (i < 0 && v !== null)
            throw new RangeError(`${kind.name}.value = ${String(v)}: it is not one of its options`)
          this.set({ index: v === null ? null : i })
        },
      },
    })
  }
  #at(index: unknown): unknown {
    return typeof index === 'number' ? (this.#values[index] ?? null) : null
  }
  override observe(name: string, f: (value: never, old: never) => unknown): () => void {
    if (name !== 'value') return super.observe(name, f)
    return this.listen('index', (now, old) => f(this.#at(now) as never, this.#at(old) as never))
  }
}
function choices(given: unknown): [labels: string[], values: unknown[]] {
  const pairs: [string, unknown][] =
    given instanceof Map
      ? [...given].map(([k, v]) => [String(k), v as unknown])
      : Array.isArray(given)
        ? given.map((o: unknown) =>
            Array.isArray(o) && o.length === 2 ? [String(o[0]), o[1]] : [String(o), o],
          )
        : isRecord(given)
          ? Object.entries(given)
          : []
  return [pairs.map(p => p[0]), pairs.map(p => p[1])]
}

class Button extends Control {
  /** Calls `f` at each click. @returns a function that ends it */
  onClick(f: () => unknown): () => void {
    return this.onMessage((content: { event?: unknown }) =>
      isRecord(content) && content.event === 'click' ? f() : undefined,
    )
  }
}

const described = { description: '', descriptionAllowHtml: false, disabled: false }
const slider = {
  ...described,
  continuousUpdate: true,
  orientation: 'horizontal',
  readout: true,
  behavior: 'drag-tap',
}
const text = { ...described, value: '', placeholder: '\u200b', continuousUpdate: true }
const numeric = { ...described, continuousUpdate: false }
const progress = { ...described, barStyle: '', orientation: 'horizontal' }
const chosen = { ...described, _options_labels: [], index: null }
const box = { children: [], boxStyle: '' }
const tabs = { ...box, titles: [], selectedIndex: null }

type Make = new (kind: Kind, options?: State) => Control
const define = (Class: Make, kind: Kind): new (options?: State) => Control => {
  const made = class extends Class {
    constructor(options?: State) {
      super(kind, options)
    }
  }
  return Object.defineProperty(made, 'name', { value: kind.name })
}
const control = (
  name: string,
  style: string | undefined,
  defaults: State,
  more: Partial<Kind> = {},
) => define(Control, { name, style, defaults, ...more })
const bounded = (name: string, style: string, defaults: State, more: Partial<Kind> = {}) =>
  define(Bounded, { name, style, defaults, ...more })
const selection = (name: string, style: string, defaults: State = {}) =>
  define(Selection, { name, style, defaults: { ...chosen, ...defaults } })

export const controls = {
  IntSlider: bounded('IntSlider', 'SliderStyle', {
    ...slider,
    value: 0,
    min: 0,
    max: 100,
    step: 1,
    readoutFormat: 'd',
  }),
  FloatSlider: bounded('FloatSlider', 'SliderStyle', {
    ...slider,
    value: 0,
    min: 0,
    max: 10,
    step: 0.1,
    readoutFormat: '.2f',
  }),
  FloatLogSlider: control('FloatLogSlider', 'SliderStyle', {
    ...slider,
    value: 1,
    min: 0,
    max: 4,
    base: 10,
    step: 0.1,
    readoutFormat: '.3g',
  }),
  IntRangeSlider: control('IntRangeSlider', 'SliderStyle', {
    ...slider,
    value: [25, 75],
    min: 0,
    max: 100,
    step: 1,
    readoutFormat: 'd',
  }),
  FloatRangeSlider: control('FloatRangeSlider', 'SliderStyle', {
    ...slider,
    value: [2.5, 7.5],
    min: 0,
    max: 10,
    step: 0.1,
    readoutFormat: '.2f',
  }),
  IntText: control('IntText', 'DescriptionStyle', { ...numeric, value: 0, step: 1 }),
  FloatText: control('FloatText', 'DescriptionStyle', { ...numeric, value: 0, step: null }),
  BoundedIntText: bounded(
    'BoundedIntText',
    'DescriptionStyle',
    { ...numeric, value: 0, min: 0, max: 100, step: 1 },
    { view: 'IntTextView' },
  ),
  BoundedFloatText: bounded(
    'BoundedFloatText',
    'DescriptionStyle',
    { ...numeric, value: 0, min: 0, max: 100, step: null },
    { view: 'FloatTextView' },
  ),
  IntProgress: bounded(
    'IntProgress',
    'ProgressStyle',
    { ...progress, value: 0, min: 0, max: 100 },
    { view: 'ProgressView' },
  ),
  FloatProgress: bounded(
    'FloatProgress',
    'ProgressStyle',
    { ...progress, value: 0, min: 0, max: 100 },
    { view: 'ProgressView' },
  ),
  Play: bounded('Play', 'DescriptionStyle', {
    ...described,
    value: 0,
    min: 0,
    max: 100,
    step: 1,
    interval: 100,
    playing: false,
    repeat: false,
    showRepeat: true,
  }),
  Text: control('Text', 'TextStyle', text),
  Textarea: control('Textarea', 'TextStyle', { ...text, rows: null }),
  Password: control('Password', 'TextStyle', text),
  Checkbox: control('Checkbox', 'CheckboxStyle', { ...described, value: false, indent: true }),
  ToggleButton: control('ToggleButton', 'ToggleButtonStyle', {
    ...described,
    value: false,
    buttonStyle: '',
    icon: '',
  }),
  Valid: control('Valid', 'DescriptionStyle', { ...described, value: false, readout: 'Invalid' }),
  ColorPicker: control('ColorPicker', 'DescriptionStyle', {
    ...described,
    value: 'black',
    concise: false,
  }),
  Label: control('Label', 'LabelStyle', { ...text }),
  HTML: control('HTML', 'HTMLStyle', { ...text }),
  HTMLMath: control('HTMLMath', 'HTMLMathStyle', { ...text }),
  Dropdown: selection('Dropdown', 'DescriptionStyle'),
  RadioButtons: selection('RadioButtons', 'DescriptionStyle', { orientation: 'vertical' }),
  Select: selection('Select', 'DescriptionStyle', { rows: 5 }),
  ToggleButtons: selection('ToggleButtons', 'ToggleButtonsStyle', {
    buttonStyle: '',
    icons: [],
    tooltips: [],
  }),
  SelectionSlider: selection('SelectionSlider', 'DescriptionStyle', {
    orientation: 'horizontal',
    readout: true,
    continuousUpdate: true,
    behavior: 'drag-tap',
  }),
  Button: define(Button, {
    name: 'Button',
    style: 'ButtonStyle',
    defaults: { description: '', disabled: false, icon: '', buttonStyle: '' },
  }),
  Image: control('Image', undefined, {
    value: new Uint8Array(0),
    format: 'png',
    width: '',
    height: '',
  }),
  Box: control('Box', undefined, box),
  HBox: control('HBox', undefined, box),
  VBox: control('VBox', undefined, box),
  GridBox: control('GridBox', undefined, box),
  Accordion: control('Accordion', undefined, tabs),
  Tab: control('Tab', undefined, tabs),
}

/** Where pages put the output of a cell's part. */
export class Output extends Control {
  constructor(
    private readonly runner: { flush(): void; message(): string },
    options: State = {},
  ) {
    super({ name: 'Output', module: OUTPUT, defaults: { msgId: '', outputs: [] } }, options)
  }

  /** What `f` prints and shows, until it returns or its promise settles, appears here. */
  capture<T>(f: () => T): T {
    this.runner.flush()
    this.set({ msg_id: this.runner.message() })
    const end = () => {
      this.runner.flush()
      this.set({ msg_id: '' })
    }
    let result: T
    try {
      result = f()
    } catch (e) {
      end()
      throw e
    }
    if (!(result instanceof Promise)) {
      end()
      return result
    }
    return result.finally(end) as T // the same promise, ended
  }
  /** Adds text. */
  append(text: string, name: 'stdout' | 'stderr' = 'stdout'): void {
    const outputs = this.get('outputs') as unknown[]
    this.set({ outputs: [...outputs, { output_type: 'stream', name, text: String(text) }] })
  }
  clear(): void {
    this.set({ outputs: [] })
  }
}
