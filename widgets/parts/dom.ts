/** Elements without HTML strings: nothing that data says is ever parsed. */

const SVG = new Set([
  'svg',
  'g',
  'path',
  'line',
  'rect',
  'circle',
  'text',
  'polyline',
  'title',
  'tspan',
])
type Child = Node | string | number | null | undefined | false | readonly Child[]
type Props = Record<string, unknown>

/** `h('button', { class: 'x', onclick: f }, 'text')`; SVG names make SVG elements; null and false properties are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props?: Props | null,
  ...children: Child[]
): HTMLElementTagNameMap[K]
export function h<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props?: Props | null,
  ...children: Child[]
): SVGElementTagNameMap[K]
export function h(tag: string, props?: Props | null, ...children: Child[]): Element {
  const e = SVG.has(tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag)
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue
    if (key.startsWith('on') && typeof value === 'function')
      e.addEventListener(key.slice(2), value as EventListener)
    else if (key === 'style' && typeof value === 'object') {
      for (const [name, v] of Object.entries(value as Record<string, string>))
        (e as HTMLElement).style.setProperty(name, v)
    } else e.setAttribute(key, value === true ? '' : String(value))
  }
  e.append(...nodes(children))
  return e
}

/** Children as nodes, texts as text. */
export function nodes(children: readonly Child[]): Node[] {
  return children.flatMap((c): Node[] =>
    Array.isArray(c)
      ? nodes(c)
      : c === null || c === undefined || c === false
        ? []
        : [c instanceof Node ? c : document.createTextNode(String(c))],
  )
}

/** The value in the code font. */
export const number = (text: string): HTMLElement => h('span', { class: 'ls-num' }, text)
/** What is pinned. */
export const here = (...children: Child[]): HTMLElement =>
  h('span', { class: 'ls-here' }, ...children)
export type { Child }
