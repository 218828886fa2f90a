/** How numbers are written in views: a true minus, three decimals, `8.0e−3` below 0.01. */

/** `−1.250`, `8.0e−3`, `3` for whole numbers when `digits` is not given; ∞, −∞ and NaN by name. */
export function formatNumber(value: number, digits?: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  let text: string
  if (digits === undefined && Number.isInteger(value) && size < 1e6) text = String(size)
  else if (size === 0) text = (0).toFixed(digits ?? 3)
  else if (digits === undefined && size < 0.01) text = size.toExponential(1)
  else if (size >= 1e6) text = size.toExponential(2)
  else text = size.toFixed(digits ?? 3)
  return (value < 0 && Number(text) !== 0 ? '−' : '') + text.replace('e-', 'e−').replace('e+', 'e')
}

/** `[16, 10, 10]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}

/** A count with commas between thousands: `61,706`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A share as per cent: `86.3 %`. */
export function formatPercent(share: number, digits = 1): string {
  return `${formatNumber(share * 100, digits)} %`
}
