/** Numbers as the views write them: a true minus, three decimals, powers of ten where they are needed. */

/** Fixed decimals. */
export function fixed(v: number, digits = 3): string {
  if (Number.isNaN(v)) return 'NaN'
  if (!Number.isFinite(v)) return v > 0 ? '∞' : '−∞'
  // Beyond that a row of digits says nothing.
  if (Math.abs(v) >= 1e9) return short(v)
  const s = Math.abs(v).toFixed(digits)
  return v < 0 && Number(s) !== 0 ? `−${s}` : s
}
/** Whole numbers as such, others with three digits that matter. */
export function short(v: number): string {
  if (!Number.isFinite(v)) return fixed(v)
  if (Number.isInteger(v) && Math.abs(v) < 1e6) return fixed(v, 0)
  const e = Math.floor(Math.log10(Math.abs(v)))
  return e >= -2 && e < 4
    ? fixed(v, Math.max(0, 2 - e))
    : `${fixed(v / 10 ** e, 1)}e${e < 0 ? '−' : ''}${Math.abs(e)}`
}
export const count = (n: number): string => n.toLocaleString('en')
export const percent = (share: number, digits = 1): string => `${fixed(share * 100, digits)} %`
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`
