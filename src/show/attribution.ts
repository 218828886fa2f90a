/** Attributions side by side over one image: each on its own scale, all with one position. */
import { Attribution, Occlusion, Projection } from '../explain/index.ts'
import { formatNumber, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type AttributionView, type ViewSpec } from '../spec/view.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Canvas, INK2 } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawPlate, greyOf, scaleOf } from './plate.ts'
import type { Subject } from './subject.ts'
import { extremes, type Numbers } from './values.ts'
import { VERSION } from './version.ts'

export type Picture = Projection | Attribution | Occlusion

const WHAT: Readonly<Record<string, readonly [name: string, what: string]>> = {
  gradient: ['gradient', 'How much the unit changes if this pixel changes a little.'],
  guided: ['guided', 'The gradient, but only what is positive at every ReLU, both ways.'],
  deconvnet: ['deconvnet', 'ReLU of the signal going back, whatever the forward value was.'],
  gradientTimesInput: ['gradient × input', 'The gradient times the pixel.'],
  smoothGrad: ['SmoothGrad', 'The mean gradient over noisy copies of the image.'],
  integratedGradients: [
    'integrated gradients',
    'The gradient along the way from black, times the way.',
  ],
  gradCam: [
    'Grad-CAM',
    'Maps weighed by their mean gradient, summed, rectified; enlarged smoothly.',
  ],
  guidedGradCam: ['guided Grad-CAM', 'Guided backpropagation where Grad-CAM looks.'],
  occlusion: ['occlusion', 'How far the probability falls when a grey square covers this place.'],
}

interface Panel {
  name: string
  what: string
  values: Numbers
  shape: readonly number[]
  signed: boolean
}

export const isPicture = (thing: unknown): thing is Picture =>
  thing instanceof Projection || thing instanceof Attribution || thing instanceof Occlusion

export class AttributionSubject implements Subject {
  private readonly image: Tensor
  private readonly panels: Panel[]
  private readonly subject: string

  /** @throws RangeError when the pictures are of images of different sizes, or none */
  constructor(
    pictures: readonly Picture[],
    private readonly options: ShowOptions,
  ) {
    if (!pictures.length) throw new RangeError('show: a list of no attributions')
    this.image = pictures[0].image
    const [, H, W] = this.image.shape
    this.panels = pictures.map((p): Panel => {
      if (p.image.shape.join() !== this.image.shape.join())
        throw new RangeError(
          `show: attributions of images ${formatShape(this.image.shape)} and ${formatShape(p.image.shape)} do not stand side by side`,
        )
      const key = p instanceof Projection ? p.rule : p.method
      const [name, what] = WHAT[key] ?? [key, '']
      const values = p.pixels.toTypedArray()
      const [, h, w] = p.pixels.shape
      const full = h === H && w === W
      return {
        name: `${name}${p instanceof Attribution || p instanceof Projection ? '' : ` ${p.size}×${p.size}`}`,
        what,
        values: full ? values : spread(values, [h, w], [H, W]),
        shape: full ? p.pixels.shape : [1, H, W],
        signed: key !== 'gradCam',
      }
    })
    const units = new Set(
      pictures.flatMap(p =>
        p instanceof Occlusion || isCam(p) ? [] : [`${p.layer}, unit ${p.unit}`],
      ),
    )
    this.subject = units.size === 1 ? ` to ${[...units][0]}` : ''
    // The same rule for several units: the units are what differs.
    if (new Set(this.panels.map(p => p.name)).size === 1 && pictures.length > 1)
      pictures.forEach((p, i) => {
        if (!(p instanceof Occlusion))
          this.panels[i].name = `${this.panels[i].name} ${p.layer}[${p.unit}]`
      })
  }

  private get title(): string {
    return this.options.title ?? `Attribution${this.subject}`
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const view: AttributionView = {
      spec: SPEC_VERSION,
      kind: 'attribution',
      id,
      title: this.title,
      shape: formatShape(this.image.shape),
      text: this.text(),
      producer: VERSION,
      data: {
        image: pack(this.image.toTypedArray(), this.image.shape, 'u8'),
        panels: this.panels.map(({ name, what, values, shape, signed }) => ({
          name,
          what,
          values: pack(values, shape, detail === 'live' ? 'f32' : 'f16'),
          signed,
        })),
      },
    }
    if (this.options.from) view.from = this.options.from
    return view
  }

  text(): string {
    const [, H, W] = this.image.shape
    const lines = this.panels.map(({ name, values }) => {
      let best = -1
      for (let i = 0; i < values.length; i++)
        if (best < 0 || Math.abs(values[i]) > Math.abs(values[best])) best = i
      const p = best % (H * W)
      return `${name}: strongest at row ${Math.floor(p / W)}, column ${p % W} with ${formatNumber(values[best])}.`
    })
    const head = [this.title, formatShape(this.image.shape), this.options.from]
    return [head.filter(Boolean).join('  '), ...lines].join('\n')
  }

  picture(): Canvas {
    const [gap, side] = [12, 120]
    const foot = this.text().split('\n').slice(1, 4).join(' ')
    const shape = formatShape(this.image.shape)
    const across = Math.min(6, this.panels.length + 1)
    const down = Math.ceil((this.panels.length + 1) / across)
    const width = Math.ceil(
      Math.max(
        headWidth(this.title, shape, this.options.from ?? ''),
        2 * MARGIN + across * (side + gap) - gap,
      ),
    )
    const row = side + 40
    const canvas = new Canvas(width, 36 + down * row + footHeight(foot, width))
    const top = drawHead(canvas, this.title, shape, this.options.from ?? '')
    const all: (Panel | null)[] = [null, ...this.panels]
    all.forEach((panel, n) => {
      const x = MARGIN + (n % across) * (side + gap)
      const y = top + Math.floor(n / across) * row
      const values = panel ? panel.values : this.image.toTypedArray()
      const scale = panel ? scaleOf(values, panel.signed) : greyOf(values)
      canvas.text(panel ? panel.name : 'image', x, y)
      const [C, h, w] = panel ? panel.shape : this.image.shape
      const mean = panel && C > 1 ? strongest(values, C, h * w) : values
      drawPlate(canvas, {
        x,
        y: y + 12,
        side,
        values: mean,
        shape: panel ? [h, w] : [C, h, w],
        scale,
      })
      if (panel) {
        const { max, min } = extremes(values)
        const limit = panel.signed
          ? `±${formatNumber(Math.max(max, -min), 2)}`
          : `0 to ${formatNumber(max, 2)}`
        canvas.text(limit, x, y + side + 17, { colour: INK2 })
      }
    })
    drawFoot(canvas, canvas.height - footHeight(foot, width), foot)
    return canvas
  }
}

const isCam = (p: Picture): boolean =>
  p instanceof Attribution && (p.method === 'gradCam' || p.method === 'guidedGradCam')

/** Of several channels the value of largest size at each place. */
function strongest(values: Numbers, channels: number, plane: number): Numbers {
  return Array.from({ length: plane }, (_, i) => {
    let best = values[i]
    for (let c = 1; c < channels; c++) {
      const v = values[c * plane + i]
      if (Math.abs(v) > Math.abs(best)) best = v
    }
    return best
  })
}

/** A coarse map over the image's pixels, each place as a block. */
function spread(
  values: Numbers,
  [h, w]: readonly [number, number],
  [H, W]: readonly [number, number],
): Numbers {
  const out = new Float32Array(H * W)
  for (let i = 0; i < H; i++)
    for (let j = 0; j < W; j++)
      out[i * W + j] = values[Math.floor((i * h) / H) * w + Math.floor((j * w) / W)]
  return out
}
