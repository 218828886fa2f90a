/** Makes a saved explorer fit: what goes first, what next, and the words for it. */
import type { Layer } from '../explain/layers.ts'
import type { Encoding, MapsView } from '../spec/view.ts'
import type { SavePlan } from './maps.ts'

/** Values of all layers together that are kept exactly, and in half precision; more become bytes. */
const EXACT = 32_000
const HALF = 64_000

/**
 * Writes the view with less and less until it takes at most `limit` bytes: first the largest weights go (their layers' values
 * cannot be opened then), then the values before activations, last the resolution.
 */
export function fitSaved(
  write: (plan: SavePlan, note: string) => MapsView,
  layers: readonly Layer[],
  limit: number,
): MapsView {
  const count = layers.reduce((n, layer) => n + layer.values.size + (layer.before?.size ?? 0), 0)
  const values: Encoding = count <= EXACT ? 'f32' : count <= HALF ? 'f16' : 'u8'
  const plan: SavePlan = { values, weights: 'f16', before: true }
  const weights = layers
    .map((layer, n) => ({ n, size: layer.parameters, name: layer.name }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size)
  const without = new Set<number>()
  const fits = (view: MapsView): boolean => JSON.stringify(view).length <= limit
  const names = (): string =>
    weights
      .filter(({ n }) => without.has(n))
      .sort((a, b) => a.n - b.n)
      .map(({ name }) => name)
      .join(', ')
  let view = write(plan, '')
  for (const { n } of weights) {
    if (fits(view)) return view
    without.add(n)
    view = write({ ...plan, without }, `saved without the weights of ${names()}`)
  }
  if (fits(view)) return view
  const bare: SavePlan = { ...plan, values: 'u8', without, before: false }
  const note = `saved without weights and without the values before ${activations(layers)}`
  view = write(bare, note)
  for (let shrink = 2; !fits(view) && shrink <= 64; shrink *= 2)
    view = write({ ...bare, shrink }, `${note}, maps as means of ${shrink}×${shrink}`)
  return view
}

function activations(layers: readonly Layer[]): string {
  const names = new Set(layers.map(layer => layer.activation).filter(name => name !== null))
  return [...names].join(', ') || 'activations'
}
