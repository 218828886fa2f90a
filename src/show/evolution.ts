/** Filters over training: a filmstrip of projections, how far each layer still had to go, and the verdict in words. */
import { inField, type FilterEvolution } from '../explain/index.ts'
import { CATEGORIES } from '../spec/colour.ts'
import { formatCount, formatNumber, formatPercent } from '../spec/text.ts'
import { SPEC_VERSION, type EvolutionView, type ViewSpec } from '../spec/view.ts'
import { Canvas, EDGE, INK2, RULE } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawPlate, scaleOf } from './plate.ts'
import type { Subject } from './subject.ts'
import { trim } from './training.ts'
import { thin } from './training-history.ts'
import { extremes, reach } from './values.ts'
import { VERSION } from './version.ts'

type Units = EvolutionView['data']['layers'][number]['units']

/** Snapshots with pictures in a saved view. */
const SAVED = 21
/** Columns of the picture. */
const COLUMNS = 12

export class EvolutionSubject implements Subject {
  constructor(
    private readonly evolution: FilterEvolution,
    private readonly options: ShowOptions,
  ) {}

  private get title(): string {
    return this.options.title ?? 'Filters over training'
  }
  private get shape(): string {
    return `${this.evolution.epochs.length} snapshots`
  }
  private get from(): string {
    const { images } = this.evolution
    const over = `winners over ${formatCount(images)} images`
    return [this.options.from, over].filter(Boolean).join(' · ')
  }
  private get labels(): readonly string[] | null {
    return this.options.labels ?? this.evolution.classes
  }

  /** Which snapshots a view of `most` pictures has: early ones closer together, as more happens there. */
  private chosen(most: number): number[] {
    const { epochs } = this.evolution
    const all = epochs.map((_, n) => n)
    if (all.length <= most) return all
    const end = Math.log1p(epochs[epochs.length - 1])
    const picked = new Set<number>([0, all.length - 1])
    for (let n = 1; n < most - 1; n++) {
      const wanted = Math.expm1((n / (most - 1)) * end)
      const free = all.filter(k => !picked.has(k))
      picked.add(
        free.reduce((a, b) =>
          Math.abs(epochs[b] - wanted) < Math.abs(epochs[a] - wanted) ? b : a,
        ),
      )
    }
    return [...picked].sort((a, b) => a - b)
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const { epochs, accuracy, rule, images, convergence, filters, verdict } = this.evolution
    const shown = this.chosen(detail === 'live' ? epochs.length : SAVED)
    const out = epochs.length - shown.length
    const weights = filters?.values.map(t => t.toTypedArray())
    const [K, C, h, w] = filters?.values[0].shape ?? []
    const view: EvolutionView = {
      spec: SPEC_VERSION,
      kind: 'evolution',
      id,
      title: this.title,
      shape: this.shape,
      text: this.text(),
      producer: VERSION,
      from: this.from,
      data: {
        all: [...epochs],
        epochs: shown,
        accuracy: [...accuracy],
        rule,
        images,
        labels: this.labels && [...this.labels],
        layers: this.evolution.layers.map(layer => ({
          name: layer.layer,
          units: layer.units.map((unit): Units[number] => {
            const pictures = shown.map(t => {
              const winner = unit.winners[t]
              return inField(layer, winner, winner.projection ?? winner.patch)
            })
            const limits = pictures.map(p => reach(extremes(p.values)))
            const { shape } = pictures[0]
            const patches: Float32Array[] = []
            const seen = new Map<string, number>()
            const winners = shown.map((t, n): Units[number]['winners'][number] => {
              const winner = unit.winners[t]
              const key = `${winner.image} ${winner.at?.join(' ')}`
              const patch = seen.get(key) ?? patches.push(inField(layer, winner, winner.patch).values) - 1 // prettier-ignore
              seen.set(key, patch)
              return {
                image: winner.image,
                label: winner.label,
                value: winner.value,
                at: winner.at ? [winner.at[0], winner.at[1]] : null,
                limit: limits[n],
                patch,
                // Between two columns every snapshot counts, also those without a picture.
                changed: n > 0 && unit.changes.some(c => c > shown[n - 1] && c <= t),
              }
            })
            return {
              unit: unit.unit,
              winners,
              projections: pack(
                join(pictures.map(({ values }, n) => values.map(v => (limits[n] ? v / limits[n] : 0)))), // prettier-ignore
                [shown.length, ...shape],
                'u8',
                // 0 is a byte of its own, so that the paper stays paper.
                [-1, 1 + 2 / 254],
              ),
              patches: pack(join(patches), [patches.length, ...shape], 'u8', [0, 1]),
            }
          }),
        })),
        convergence: convergence.map(c => ({ ...c, left: [...c.left] })),
        filters:
          filters && weights
            ? {
                layer: filters.layer,
                channels: C,
                values: pack(join(weights), [epochs.length, K * C, h, w], 'u8', symmetric(weights)),
              }
            : null,
        verdict,
        left: out ? `${shown.length} of ${epochs.length} snapshots have pictures` : '',
      },
    }
    return view
  }

  /** Changes of the winner over the run, by unit. */
  private changes(): string {
    const all = this.evolution.layers.flatMap(l =>
      l.units.map(u => ({ name: `${l.layer} · ${u.unit}`, n: u.changes.length })),
    )
    const total = all.reduce((n, u) => n + u.n, 0)
    const most = all.reduce((a, b) => (b.n > a.n ? b : a), all[0])
    return total
      ? `The winning image changed ${total} times in all, most often of ${most.name} (${most.n}).`
      : 'No winning image changed.'
  }

  text(): string {
    const { accuracy, epochs } = this.evolution
    const last = accuracy[accuracy.length - 1]
    const here = `epoch ${trim(epochs[epochs.length - 1])}${last === null ? '' : `, test accuracy ${formatPercent(last)}`}`
    return [
      `${this.title}  ${this.shape}  ${this.from}`,
      `At ${here}. ${this.changes()}`,
      `Do early layers converge first? ${this.evolution.verdict.join(' ')}`,
    ].join('\n')
  }

  picture(): Canvas {
    const { epochs, layers, convergence } = this.evolution
    const shown = thin(
      epochs.map((_, n) => n),
      COLUMNS,
    )
    const cell = 56
    const head = 92
    const rows = layers.flatMap(layer => layer.units.slice(0, layers.length > 1 ? 3 : 6).map(unit => ({ layer, unit }))) // prettier-ignore
    const plot = 130
    const foot = this.text().split('\n').slice(1).join(' ')
    const width = Math.ceil(
      Math.max(headWidth(this.title, this.shape, this.from), head + shown.length * cell + MARGIN),
    )
    const height = 52 + rows.length * cell + plot + 40
    const canvas = new Canvas(width, height + footHeight(foot, width))
    const top = drawHead(canvas, this.title, this.shape, this.from)
    canvas.text('epoch', MARGIN, top, { bold: true })
    const x = (n: number): number => head + n * cell
    shown.forEach((t, n) =>
      canvas.text(trim(epochs[t]), x(n) + cell / 2, top, { align: 'middle', colour: INK2 }),
    )
    rows.forEach(({ layer, unit }, r) => {
      const y = top + 14 + r * cell
      canvas.text(`${layer.layer} · ${unit.unit}`, MARGIN, y + 18, { bold: true })
      canvas.text(`max ${formatNumber(unit.winners[unit.winners.length - 1].value, 1)}`, MARGIN, y + 30, { colour: INK2 }) // prettier-ignore
      shown.forEach((t, n) => {
        const { values, shape } = inField(layer, unit.winners[t], unit.winners[t].projection ?? unit.winners[t].patch) // prettier-ignore
        const plane = values.subarray(0, shape[1] * shape[2])
        drawPlate(canvas, {
          x: x(n) + 2,
          y,
          side: cell - 6,
          values: plane,
          shape: shape.slice(1),
          scale: scaleOf(plane, true),
        })
        if (n > 0 && unit.changes.some(c => c > shown[n - 1] && c <= t))
          for (let k = 0; k < 4; k++) canvas.rect(x(n) - 5 + k, y - 3 + k, 8 - 2 * k, 1, [28, 31, 36]) // prettier-ignore
      })
    })
    // On the columns' axis: between two columns by straight line.
    const base = top + 14 + rows.length * cell + 14
    const across = (t: number): number => {
      const k = shown.findLastIndex(s => s <= t)
      const next = shown[k + 1]
      const part = next === undefined ? 0 : (t - shown[k]) / (next - shown[k])
      return x(k + part) + cell / 2
    }
    const py = (v: number): number => base + (1 - Math.min(1, Math.max(0, v))) * plot
    for (const v of [0, 0.5, 1]) {
      canvas.rect(head, py(v), width - head - MARGIN, 0.5, v === 0.5 ? RULE : EDGE)
      canvas.text(formatPercent(v, 0), head - 6, py(v) - 3, { align: 'right', colour: INK2 })
    }
    canvas.text('still to go', MARGIN, base + 12, { colour: INK2 })
    convergence.forEach(({ layer, left }, n) => {
      const colour = CATEGORIES.light[Math.min(n, CATEGORIES.light.length - 1)]
      canvas.path(
        left.map((v, t) => [across(t), py(v)]),
        colour,
        1.5,
        n > 2 ? 4 : 0,
      )
      const t = Math.floor((left.length * (n + 1)) / (convergence.length + 2))
      canvas.text(layer, across(t), py(left[t]) - 10, { colour, bold: true, align: 'middle' })
    })
    drawFoot(canvas, height, foot)
    return canvas
  }
}

function join(parts: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** ± the largest size, with a byte for 0. */
function symmetric(parts: readonly ArrayLike<number>[]): [number, number] {
  const most = Math.max(0, ...parts.map(p => reach(extremes(p)))) || 1
  return [-most, most + (2 * most) / 254]
}
