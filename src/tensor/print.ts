/** Tensors as text, as PyTorch prints them. */
import type { Tensor } from './tensor.ts'

export interface PrintOptions {
  /** Digits after the point. Default 4. */
  precision: number
  /** More elements than this and long axes are shortened. Default 1000. */
  threshold: number
  /** What a shortened axis keeps at each end. Default 3. */
  edgeItems: number
  /** Characters a line. Default 80. */
  lineWidth: number
  /** Always (never) write 1.0000e+03; null (default): when the numbers differ too much in size. */
  sciMode: boolean | null
}

const DEFAULTS: PrintOptions = {
  precision: 4,
  threshold: 1000,
  edgeItems: 3,
  lineWidth: 80,
  sciMode: null,
}
let options = { ...DEFAULTS }

/** How tensors are printed now. */
export const printOptions = (): Readonly<PrintOptions> => options
/** Changes how tensors are printed; what is left out returns to its default. */
export function setPrintOptions(change: Partial<PrintOptions> = {}): void {
  const next = { ...DEFAULTS, ...change }
  for (const name of ['precision', 'threshold', 'edgeItems', 'lineWidth'] as const)
    if (!(Number.isInteger(next[name]) && next[name] >= 0 && next[name] <= 1e6))
      throw new RangeError(`setPrintOptions: ${name} ${next[name]}; a whole number, at least 0`)
  options = { ...next, precision: Math.min(next.precision, 100) }
}

/** 1.2e-7 as 1.2000e-07. */
const scientific = (v: number, digits: number) =>
  v.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')

/** How the shown numbers are written: whole, fixed or scientific, by PyTorch's limits (whole numbers stay so up to 10⁵ : 1). */
function writer(values: readonly number[], dtype: string): (v: number) => string {
  if (dtype === 'bool') return v => (v ? 'true' : 'false')
  if (dtype === 'int32' || dtype === 'uint8') return String
  const { precision, sciMode } = options
  const sizes = values.filter(v => Number.isFinite(v) && v !== 0).map(Math.abs)
  const max = sizes.reduce((a, b) => Math.max(a, b), 0)
  const min = sizes.reduce((a, b) => Math.min(a, b), Infinity)
  const whole = sizes.every(Number.isInteger)
  const wide = sizes.length > 0 && (max / min > 1000 || max > 1e8 || (!whole && min < 1e-4))
  const exponents = sciMode ?? (whole ? max > 1e8 || max / min > 1e5 : wide)
  const write = exponents
    ? (v: number) => scientific(v, precision)
    : whole
      ? String
      : (v: number) => v.toFixed(precision)
  return v => (Number.isFinite(v) ? write(v) : String(v))
}

/** `tensor([[1, 2], [3, 4]])`, rows under each other and numbers aligned; long axes show their ends. */
export function format(t: Tensor): string {
  const { edgeItems: edge, threshold, lineWidth } = options
  const count = t.shape.reduce((a, b) => a * b, 1)
  const short = count > threshold
  const steps = t.shape.map((_, d) => t.shape.slice(d + 1).reduce((a, b) => a * b, 1))
  /** Indices shown along an axis; −1 stands for what is left out. */
  const shown = (n: number) =>
    short && n > 2 * edge
      ? [
          ...Array.from({ length: edge }, (_, i) => i),
          -1,
          ...Array.from({ length: edge }, (_, i) => n - edge + i),
        ]
      : Array.from({ length: n }, (_, i) => i)
  const all = t.toTypedArray()
  const values: number[] = []
  const collect = (d: number, p: number): void => {
    if (d === t.shape.length) values.push(all[p])
    else for (const i of shown(t.shape[d])) if (i >= 0) collect(d + 1, p + i * steps[d])
  }
  if (count) collect(0, 0)
  const write = writer(values, t.dtype)
  const width = values.reduce((w, v) => Math.max(w, write(v).length), 0)

  const row = (p: number, d: number, indent: string): string => {
    const cells = shown(t.shape[d]).map(i => (i < 0 ? '...' : write(all[p + i]).padStart(width)))
    const perLine = Math.max(1, Math.floor((lineWidth - indent.length) / (width + 2)))
    const lines: string[] = []
    for (let i = 0; i < cells.length; i += perLine)
      lines.push(cells.slice(i, i + perLine).join(', '))
    return `[${lines.join(`,\n${indent} `)}]`
  }
  const block = (d: number, p: number, indent: string): string => {
    if (d === t.shape.length) return write(all[p])
    if (d === t.shape.length - 1) return row(p, d, indent)
    const parts = shown(t.shape[d]).map(i =>
      i < 0 ? '...' : block(d + 1, p + i * steps[d], `${indent} `),
    )
    return `[${parts.join(`,${'\n'.repeat(t.shape.length - 1 - d)}${indent} `)}]`
  }

  const facts = [
    ...((count === 0 && t.shape.length > 1) || short ? [`shape=[${t.shape.join(', ')}]`] : []),
    ...(t.dtype !== 'float32' && t.dtype !== 'bool' ? [`dtype=${t.dtype}`] : []),
    ...(t.node ? [`gradFn=${t.node.op}`] : t.requiresGrad ? ['requiresGrad=true'] : []),
  ]
  const body = count ? block(0, 0, ' '.repeat('tensor('.length)) : '[]'
  return `tensor(${[body, ...facts].join(', ')})`
}
