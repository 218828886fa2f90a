/** Neuron text: a text tinted by one cell, with predictions, connectivity, the cells that follow something, and gates. */
import {
  connectivity,
  findUnits,
  textProperties,
  type Connectivity,
  type PropertyUnits,
  type Reading,
} from '../explain/index.ts'
import { formatNumber, formatPercent, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type ViewSpec } from '../spec/view.ts'
import { READING_LIMITS, type GateRow, type ReadingView } from '../spec/view-recurrent.ts'
import type { EventName } from '../spec/live.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Canvas } from './canvas.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawReading } from './reading-picture.ts'
import type { Subject } from './subject.ts'
import { VERSION } from './version.ts'

/** Numbers of states that are saved, so that a view stays small; cells whose gates are saved; characters looked back. */
const [SAVED, GATES, REACH] = [400_000, 5, 48]
/** Likeliest next characters kept. */
const EXPECTED = 5

export class ReadingSubject implements Subject {
  private readonly reading: Reading
  private readonly state: 'h' | 'c'
  /** [T, H] of the whole text. */
  private readonly values: Tensor
  private readonly features: PropertyUnits[]
  private readonly links: Connectivity[]
  private readonly unit: number
  /** First character shown and one after the last. */
  private readonly from: number
  private readonly to: number

  constructor(
    private readonly readings: readonly Reading[],
    private readonly options: ShowOptions,
  ) {
    const reading = (this.reading = readings[0])
    const T = reading.length
    const H = reading.states.h.shape[1]
    if (H > READING_LIMITS.units)
      throw new RangeError(`show: ${H} units; this view draws at most ${READING_LIMITS.units}`)
    if (reading.vocabulary.size > READING_LIMITS.vocabulary)
      throw new RangeError(`show: ${reading.vocabulary.size} characters in the vocabulary; this view takes ${READING_LIMITS.vocabulary}`) // prettier-ignore
    this.state = options.state ?? (reading.kind === 'lstm' ? 'c' : 'h')
    this.values = reading.values(this.state)
    this.from = options.skip ?? 0
    if (!Number.isInteger(this.from) || this.from < 0 || this.from >= T)
      throw new RangeError(`show: skip ${this.from}; from 0 to ${T - 1} characters`)
    const most = Math.min(READING_LIMITS.characters, Math.max(1, Math.floor(SAVED / H)))
    this.to = Math.min(T, this.from + most)
    const part = reading.characters.slice(this.from)
    const given = options.properties ?? textProperties
    const shown = this.values.narrow(0, this.from, T - this.from)
    const properties = Object.fromEntries(
      Object.entries(given).map(([name, p]) => [name, typeof p === 'function' ? p(part) : p]),
    )
    // Shorter texts tell nothing about properties.
    this.features = part.length >= 3 ? findUnits(shown, properties) : []
    this.links = readings.map(
      r =>
      connectivity(r, { reach: REACH, at: Array.from({ length: Math.max(0, this.to - this.from - 1) }, (_, n) => this.from + n) }), // prettier-ignore
    )
    const best = [...this.features]
      .filter(f => f.units.length)
      .sort((a, b) => Math.abs(b.units[0].correlation) - Math.abs(a.units[0].correlation))
    this.unit = options.unit ?? best[0]?.units[0].unit ?? 0
    if (!Number.isInteger(this.unit) || this.unit < 0 || this.unit >= H)
      throw new RangeError(`show: unit ${this.unit}; the network has 0 to ${H - 1}`)
  }

  private get T(): number {
    return this.to - this.from
  }
  private name(r: Reading): string {
    return `${r.kind.toUpperCase()}, ${r.states.h.shape[1]} ${r.kind === 'lstm' ? 'cells' : 'units'}`
  }
  private get title(): string {
    return this.options.title ?? this.name(this.reading)
  }
  private get source(): string {
    const { reading, from, to } = this
    const cut = to < reading.length ? `characters ${from} to ${to - 1} of ${reading.length}` : ''
    return [this.options.from, `${formatNumber(reading.loss, 2)} nats a character`, cut].filter(Boolean).join(' · ') // prettier-ignore
  }

  /** The rows of one unit's gates, exact. */
  private rows(unit: number): { name: GateRow['name']; values: Float64Array }[] {
    const { states } = this.reading
    const H = states.h.shape[1]
    const column = (t: Tensor): Float64Array => {
      const v = t.toTypedArray()
      return Float64Array.from({ length: this.T }, (_, n) => v[(this.from + n) * H + unit])
    }
    const { input, forget, output, reset, update, candidate } = states.gates
    const all: [GateRow['name'], Tensor | null | undefined][] = [
      ['input', input],
      ['forget', forget],
      ['output', output],
      ['reset', reset],
      ['update', update],
      ['candidate', candidate],
      ['memory', states.c],
      ['state', states.kind === 'gru' ? states.h : null],
    ]
    return all.flatMap(([name, t]) => (t ? [{ name, values: column(t) }] : []))
  }

  handle(name: EventName, payload: unknown): unknown {
    if (name !== 'explain') throw new Error(`nothing here answers ${name}`)
    const unit = (payload as { unit?: unknown } | null)?.unit // checked in the next line
    const H = this.values.shape[1]
    if (typeof unit !== 'number' || !Number.isInteger(unit) || unit < 0 || unit >= H)
      throw new RangeError(`explain: unit ${String(unit)}; a whole number from 0 to ${H - 1}`)
    return { rows: this.rows(unit).map(({ name, values }) => ({ name, values: Array.from(values) })) } // prettier-ignore
  }

  spec(id: string, pack: Packer): ViewSpec {
    const { reading, T, from, to } = this
    const H = this.values.shape[1]
    const K = reading.vocabulary.size
    const n = Math.min(EXPECTED, K)
    const p = reading.probabilities.toTypedArray()
    const expected = new Int32Array(T * n)
    const probability = new Float64Array(T * n)
    for (let t = 0; t < T; t++) {
      const row = p.subarray((from + t) * K, (from + t + 1) * K)
      const order = Array.from(row, (_, k) => k).sort((a, b) => row[b] - row[a]).slice(0, n) // prettier-ignore
      order.forEach((k, i) => {
        expected[t * n + i] = k
        probability[t * n + i] = row[k]
      })
    }
    const next = Array.from(reading.next.toTypedArray()).slice(from, to)
    const link = this.links[0]
    const D = Math.min(REACH, T)
    const influence = new Float64Array(T * D)
    const g = link.influence.toTypedArray()
    link.at.forEach((_, row) => {
      let most = 0
      for (let d = 0; d < REACH; d++) most = Math.max(most, g[row * REACH + d])
      if (most > 0) for (let d = 0; d < D; d++) influence[row * D + d] = g[row * REACH + d] / most
    })
    const saved = [...new Set([this.unit, ...this.features.flatMap(f => (f.units.length ? [f.units[0].unit] : []))])] // prettier-ignore
    const states = this.values.narrow(0, from, T).toTypedArray()
    const view: ReadingView = {
      spec: SPEC_VERSION,
      kind: 'reading',
      id,
      title: this.title,
      shape: `${this.state} ${formatShape([T, H])}`,
      from: this.source,
      text: this.text(),
      producer: VERSION,
      data: {
        network: reading.kind,
        state: this.state,
        characters: reading.characters.slice(from, to),
        before: reading.characters.slice(Math.max(0, from - 80), from).join(''),
        states: pack(states, [T, H], 'u8', [-1, 1]),
        vocabulary: [...reading.vocabulary.characters],
        expected: {
          characters: K <= 256 ? pack(expected, [T, n], 'u8', [0, 255]) : pack(expected, [T, n], 'i32'), // prettier-ignore
          probabilities: pack(probability, [T, n], 'u8', [0, 1]),
        },
        next: pack(next.length < T ? [...next, NaN] : next, [T], 'f16'),
        influence: T > 1 ? pack(influence, [T, D], 'u8', [0, 1]) : null,
        features: this.features.map(f => ({
          name: f.property,
          units: f.units.map(({ unit, correlation, auc, p }) => ({ unit, correlation, auc, p: Number.isNaN(p) ? null : p })), // prettier-ignore
        })),
        gates: saved.slice(0, GATES).flatMap(unit => {
          const rows = reading.kind === 'rnn' ? [] : this.rows(unit)
          return rows.length ? [{ unit, rows: rows.map(({ name, values }) => ({ name, values: pack(values, [T], 'f16') })) }] : [] // prettier-ignore
        }),
        reach: this.links.flatMap(
          (l, i) =>
          l.half === null ? [] : [{ name: this.name(this.readings[i]), influence: Array.from(l.mean.toTypedArray()), half: l.half }], // prettier-ignore
        ),
        unit: this.unit,
        pin: this.pin(),
        mode: 'cell',
      },
    }
    return view
  }

  private pin(): number | null {
    const given = this.options.pin
    if (given === undefined || given === null) return null
    const t = Array.isArray(given) ? (given as readonly number[])[0] : NaN
    if (!Number.isInteger(t) || t < 0 || t >= this.T)
      throw new RangeError(`show: pin ${JSON.stringify(given)}; [character], from 0 to ${this.T - 1} of those shown`) // prettier-ignore
    return t
  }

  text(): string {
    const { reading, unit } = this
    const word = this.state === 'c' ? 'cell' : 'unit'
    const lines = [`${this.title}  ${this.state} ${formatShape([this.T, this.values.shape[1]])}  ${this.source}`] // prettier-ignore
    const found = this.features.flatMap(f => f.units.map(u => ({ name: f.property, ...u }))).filter(u => u.unit === unit) // prettier-ignore
    const best = found.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))[0]
    lines.push(
      best
        ? `The ${word} ${unit} correlates with ‘${best.name}’ at ${formatNumber(best.correlation, 2)}${best.p > 0.05 ? ', no better than chance' : ''}.`
        : `Coloured by ${word} ${unit}.`,
    )
    const next = Array.from(reading.next.toTypedArray())
    const right = next.length ? next.reduce((a, b) => a + b, 0) / next.length : NaN
    if (next.length) lines.push(`It gives the next character ${formatPercent(right)} on average.`)
    const halves = this.links.flatMap((l, i) => (l.half === null ? [] : [`${this.readings[i].kind.toUpperCase()} ${l.half}`])) // prettier-ignore
    if (halves.length) lines.push(`Half of the influence on a prediction lies within so many characters: ${halves.join(', ')}.`) // prettier-ignore
    return lines.join('\n')
  }

  picture(): Canvas {
    const { unit } = this
    const H = this.values.shape[1]
    const v = this.values.toTypedArray()
    return drawReading({
      title: `${this.state === 'c' ? 'Memory cell' : 'Unit'} ${unit}`,
      shape: `${this.state} ${formatShape([this.T, H])}`,
      from: [this.title, this.source].join(' · '),
      foot: this.text().split('\n').slice(1).join(' '),
      characters: this.reading.characters.slice(this.from, this.to),
      values: Float64Array.from({ length: this.T }, (_, n) => v[(this.from + n) * H + unit]),
      pin: this.pin(),
    })
  }
}
