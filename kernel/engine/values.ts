/** Fields of a message's content, which may be anything. */

export const text = (v: unknown, otherwise = ''): string => (typeof v === 'string' ? v : otherwise)
export const flag = (v: unknown, otherwise: boolean): boolean =>
  typeof v === 'boolean' ? v : otherwise
/** A whole number, or `otherwise`. */
export const whole = (v: unknown, otherwise: number): number =>
  typeof v === 'number' && Number.isSafeInteger(v) ? v : otherwise
export const record = (v: unknown): Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : {}
