/** The two curves by plotly, which is loaded with the first plot. */
import type { TrainingPoint } from 'layerscope/spec'
import { theme } from '../../parts/index.ts'
import { series } from './model.ts'

/** What is used of plotly.js. */
interface Plotly {
  react(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>
  purge(element: HTMLElement): void
  Plots: { resize(element: HTMLElement): void }
}

let loading: Promise<Plotly> | null = null
function plotly(): Promise<Plotly> {
  loading ??= import('plotly.js-cartesian-dist-min').then(
    m => ((m as { default?: unknown }).default ?? m) as Plotly,
  ) // a CommonJS bundle without types
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
  onHover: ((epoch: number) => void) | null = null

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
    const line = (
      field: 'loss' | 'accuracy' | 'testLoss' | 'testAccuracy',
      yaxis: 'y' | 'y2',
      test: boolean,
    ) => {
      const { x, y } = series(points, field)
      const end = y.findLast(v => typeof v === 'number')
      const text =
        end === undefined || end === null
          ? ''
          : `${test ? 'test' : 'training'} ${yaxis === 'y' ? end.toFixed(3) : `${(end * 100).toFixed(1)} %`}`
      return {
        x,
        y,
        yaxis,
        xaxis: 'x',
        type: 'scatter',
        mode: test ? 'lines+markers+text' : 'lines',
        line: {
          color: test ? red : blue,
          width: test ? 2.5 : 1.2,
          dash: test ? 'solid' : yaxis === 'y2' ? 'dash' : 'solid',
        },
        marker: { size: 5, color: test ? red : blue },
        text: y.map((_, i) => (test && i === y.length - 1 ? text : '')),
        textposition: 'top left',
        textfont: { color: red, size: 12 },
        hoverinfo: 'none',
        showlegend: false,
        connectgaps: false,
        name: text,
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
    await this.#plotly.react(
      this.#element,
      [
        line('loss', 'y', false),
        line('testLoss', 'y', true),
        ...(both ? [line('accuracy', 'y2', false), line('testAccuracy', 'y2', true)] : []),
      ],
      {
        margin: { l: 46, r: 12, t: 22, b: 36 },
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
          label('<b>loss</b>  thin: training batches · thick: test', both ? 1 : 1),
          ...(both ? [label('<b>accuracy</b>  dashed: training · thick: test', 0.42)] : []),
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
      Math.min(epochs, ((clientX - box.left - 46) / Math.max(1, box.width - 58)) * epochs),
    )
  }
  dispose(): void {
    this.#disposed = true
    this.#plotly?.purge(this.#element)
  }
}
