/** The two curves by plotly, which is loaded with the first plot. */
import type { TrainingPoint } from 'layerscope/spec'
import { theme } from '../../parts/index.ts'
import { recentLoss, series, type Field } from './model.ts'

/** What is used of plotly.js. */
interface Plotly {
  react(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>
  purge(element: HTMLElement): void
  Plots: { resize(element: HTMLElement): void }
}

let loading: Promise<Plotly> | null = null
function plotly(): Promise<Plotly> {
  loading ??= import('plotly.js-cartesian-dist-min').then(
    m => ((m as { default?: unknown }).default ?? m) as Plotly, // a CommonJS bundle without types
    (error: unknown) => {
      loading = null
      throw error
    },
  )
  return loading
}

const CONFIG = {
  displayModeBar: false,
  responsive: false,
  showSendToCloud: false,
  displaylogo: false,
  scrollZoom: false,
  doubleClick: 'reset',
}

export class Curves {
  readonly #element: HTMLElement
  #plotly: Plotly | null = null
  #disposed = false
  #margin = 58

  constructor(element: HTMLElement) {
    this.#element = element
  }

  async draw(
    points: readonly TrainingPoint[],
    epochs: number | null,
    cursor: number | null,
  ): Promise<void> {
    this.#plotly ??= await plotly()
    if (this.#disposed || !this.#element.isConnected) return
    const style = getComputedStyle(this.#element)
    const css = (name: string) => style.getPropertyValue(name).trim()
    const [blue, red, ink, rule] = [
      css('--ls-c1'),
      css('--ls-c2'),
      css('--ls-ink2'),
      css('--ls-rule'),
    ]
    const narrow = this.#element.clientWidth < 560
    const line = (field: Field, yaxis: 'y' | 'y2', test: boolean) => {
      const { x, y } = series(points, field)
      return {
        x,
        y,
        yaxis,
        xaxis: 'x',
        type: 'scatter',
        mode: test ? 'lines+markers' : 'lines',
        line: {
          color: test ? red : blue,
          width: test ? 2.5 : 1.2,
          dash: test ? 'solid' : yaxis === 'y2' ? 'dash' : 'solid',
        },
        marker: { size: 5, color: test ? red : blue },
        hoverinfo: 'none',
        showlegend: false,
        connectgaps: false,
        cliponaxis: false,
      }
    }
    const both = points.some(p => p.accuracy !== undefined || p.testAccuracy !== undefined)
    const last = points.length ? points[points.length - 1].epoch : 0
    const axis = {
      gridcolor: rule,
      linecolor: rule,
      zeroline: false,
      tickfont: { size: 11, color: ink },
      fixedrange: true,
    }
    const label = (text: string, y: number) => ({
      xref: 'paper',
      yref: 'paper',
      x: 0,
      y,
      xanchor: 'left',
      yanchor: 'bottom',
      text,
      showarrow: false,
      font: { size: 12, color: css('--ls-ink') },
    })
    const margin = { l: 46, r: narrow ? 84 : 112, t: 22, b: 36 }
    this.#margin = margin.l + margin.r
    await this.#plotly.react(
      this.#element,
      [
        line('loss', 'y', false),
        line('testLoss', 'y', true),
        ...(both ? [line('accuracy', 'y2', false), line('testAccuracy', 'y2', true)] : []),
      ],
      {
        margin,
        height: both ? (narrow ? 380 : 400) : 240,
        paper_bgcolor: 'rgba(0,0,0,0)',
        plot_bgcolor: 'rgba(0,0,0,0)',
        font: { family: css('--jp-content-font-family') || 'system-ui, sans-serif', color: ink },
        xaxis: {
          ...axis,
          anchor: both ? 'y2' : 'y',
          range: [0, epochs ?? Math.max(1, last)],
          title: { text: 'epoch', font: { size: 11 }, standoff: 4 },
        },
        yaxis: { ...axis, domain: both ? [0.56, 1] : [0, 1], rangemode: 'tozero' },
        yaxis2: { ...axis, domain: [0, 0.42], tickformat: '.0%', range: [null, 1] },
        annotations: [
          label('<b>loss</b>', 1),
          ...(both ? [label('<b>accuracy</b>', 0.42)] : []),
          ...ends(points, both, { blue, red }),
        ],
        shapes:
          cursor === null
            ? []
            : [
                {
                  type: 'line',
                  xref: 'x',
                  yref: 'paper',
                  x0: cursor,
                  x1: cursor,
                  y0: 0,
                  y1: 1,
                  line: { color: css('--ls-pin'), width: 1.5 },
                },
              ],
        showlegend: false,
        hovermode: false,
        dragmode: false,
        datarevision: `${points.length}-${cursor}-${theme()}`,
      },
      CONFIG,
    )
  }

  /** Epoch under a pointer position. */
  epochAt(clientX: number, epochs: number): number {
    const box = this.#element.getBoundingClientRect()
    return Math.max(
      0,
      Math.min(
        epochs,
        ((clientX - box.left - 46) / Math.max(1, box.width - this.#margin)) * epochs,
      ),
    )
  }
  dispose(): void {
    this.#disposed = true
    this.#plotly?.purge(this.#element)
  }
}

/** Direct labels: each curve's name and newest value at the right, apart where the curves are close. */
function ends(
  points: readonly TrainingPoint[],
  both: boolean,
  { blue, red }: { blue: string; red: string },
): object[] {
  const newest = (field: Field) => {
    const p = points.findLast(q => typeof q[field] === 'number')
    return typeof p?.[field] === 'number' ? p[field] : null
  }
  const panel = (yref: 'y' | 'y2', fields: [Field, Field], say: (v: number) => string) => {
    const training = fields[0] === 'loss' ? recentLoss(points) : newest(fields[0])
    const test = newest(fields[1])
    const label = (v: number | null, name: string, color: string, up: boolean | null) =>
      v === null
        ? []
        : [
            {
              xref: 'paper',
              yref,
              x: 1,
              y: v,
              xshift: 8,
              yshift: up === null ? 0 : up ? 9 : -9,
              xanchor: 'left',
              yanchor: 'middle',
              text: `${name} ${say(v)}`,
              showarrow: false,
              font: { size: 12, color },
            },
          ]
    const above = training === null || test === null ? null : training > test
    return [
      ...label(training, 'training', blue, above),
      ...label(test, 'test', red, above === null ? null : !above),
    ]
  }
  return [
    ...panel('y', ['loss', 'testLoss'], v => v.toFixed(3)),
    ...(both ? panel('y2', ['accuracy', 'testAccuracy'], v => `${(v * 100).toFixed(1)} %`) : []),
  ]
}
