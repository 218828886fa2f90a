/** Offsets of the protocol count code points, JavaScript's count UTF-16 units. */

/**
 * @param points what a message says: anything that is no whole number of the text counts as its end
 * @returns the offset in UTF-16 units, from 0 to the text's length
 */
export function toUnits(text: string, points: unknown): number {
  if (typeof points !== 'number' || Number.isNaN(points)) return text.length
  let at = 0
  for (let n = Math.floor(points); n > 0 && at < text.length; n--)
    at += text.codePointAt(at)! > 0xffff ? 2 : 1
  return at
}

/** @returns the offset in code points */
export function toPoints(text: string, units: number): number {
  let n = 0
  const end = Math.min(units, text.length)
  for (let at = 0; at < end; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1
  return n
}
