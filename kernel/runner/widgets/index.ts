/** `@layerscope/kernel/widgets`. */
import { anywidget } from './anywidget.ts'
import { controls, Output, type Control } from './controls.ts'
import { Model, useHost, type Host, type State } from './model.ts'

/** Keeps two properties equal, from now on. @returns a function that ends it */
function link(a: Control, name: string, b: Control, other: string): () => void {
  const write = (w: Control, key: string) => (value: unknown) => {
    Reflect.set(w, key, value)
  }
  write(b, other)(Reflect.get(a, name))
  const ends = [a.observe(name, write(b, other)), b.observe(other, write(a, name))]
  return () => ends.forEach(end => end())
}

export function makeWidgets(
  host: Host,
  runner: { flush(): void; message(): string },
): Record<string, unknown> {
  useHost(host)
  return {
    ...controls,
    Output: class extends Output {
      constructor(options?: State) {
        super(runner, options)
      }
    },
    Widget: Model,
    anywidget,
    link,
  }
}
