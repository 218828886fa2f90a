/** Tensors as text, much as PyTorch prints them. */
import type { Tensor } from './tensor.ts'

const EDGE = 3
const LIMIT = 1000

function numbers(values: ArrayLike<number>, dtype: string): (v: number) => string {
  if (dtype === 'bool') return v => (v ? 'true' : 'false')
  const finite = Array.from(values).filter(Number.isFinite)
  if (finite.every(Number.isInteger)) {
    const big = finite.some(v => Math.abs(v) >= 1e7)
    return v =>
      Number.isFinite(v) && big && !dtype.includes('int') ? v.toExponential(4) : String(v)
  }
  const sizes = finite.filter(v => v !== 0).map(Math.abs)
  const max = sizes.reduce((a, b) => Math.max(a, b), 0)
  const min = sizes.reduce((a, b) => Math.min(a, b), Infinity)
  if (max >= 1e5 || max / min > 1e4 || max < 1e-3)
    return v => (Number.isFinite(v) ? v.toExponential(4) : String(v))
  return v => (Number.isFinite(v) ? v.toFixed(4) : String(v))
}

/** `tensor([[1, 2], [3, 4]])`; long axes are shortened to their first and last three. */
export function format(t: Tensor): string {
  const all = t.toTypedArray()
  const short = all.length > LIMIT
  const edge = (n: number) =>
    short && n > 2 * EDGE
      ? [0, 1, 2, -1, n - 3, n - 2, n - 1]
      : Array.from({ length: n }, (_, i) => i)
  const steps = t.shape.map((_, d) => t.shape.slice(d + 1).reduce((a, b) => a * b, 1))
  const shown: number[] = []
  const visit = (d: number, p: number): void => {
    if (d === t.shape.length) shown.push(all[p])
    else for (const i of edge(t.shape[d])) if (i >= 0) visit(d + 1, p + i * steps[d])
  }
  if (all.length) visit(0, 0)
  const write = numbers(shown, t.dtype)
  const width = Math.max(0, ...shown.map(v => write(v).length))
  const text = (d: number, p: number, indent: string): string => {
    if (d === t.shape.length) return t.shape.length ? write(all[p]).padStart(width) : write(all[p])
    const parts = edge(t.shape[d]).map(i =>
      i < 0 ? '...' : text(d + 1, p + i * steps[d], indent + ' '),
    )
    const last = d === t.shape.length - 1
    if (last) {
      const perLine = Math.max(1, Math.floor(76 / (width + 2)))
      const lines: string[] = []
      for (let i = 0; i < parts.length; i += perLine)
        lines.push(parts.slice(i, i + perLine).join(', '))
      return `[${lines.join(',\n ' + indent)}]`
    }
    return `[${parts.join(`,${'\n'.repeat(t.shape.length - 1 - d)}${indent} `)}]`
  }
  const facts = [
    ...(all.length === 0 ? [`shape=[${t.shape.join(', ')}]`] : []),
    ...(t.dtype !== 'float32' && t.dtype !== 'bool' ? [`dtype=${t.dtype}`] : []),
    ...(t.node ? [`gradFn=${t.node.op}`] : t.requiresGrad ? ['requiresGrad=true'] : []),
    ...(short ? [`shape=[${t.shape.join(', ')}]`] : []),
  ]
  const body = all.length ? text(0, 0, '       ') : '[]'
  return `tensor(${[body, ...facts].join(', ')})`
}
