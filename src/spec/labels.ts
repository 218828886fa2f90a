/** Names beside points: each where it covers neither another name nor the middle of another point, or nowhere. */

export interface Labelled {
  x: number
  y: number
  /** Radius of the mark. */
  r: number
  width: number
}
/** Where a name's text starts, and the middle of its line; null: there is no room. */
export type LabelPlace = { x: number; y: number } | null

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}
const apart = (a: Box, b: Box): boolean =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top

/**
 * Places for the names of `points`, the first ones first; the first `always` of them stand even where there is no room.
 * @param marks all points drawn, named or not
 */
export function placeLabels(
  points: readonly Labelled[],
  marks: readonly { x: number; y: number; r: number }[],
  bounds: { left: number; right: number; top: number; bottom: number },
  height: number,
  always = 0,
): LabelPlace[] {
  const taken: Box[] = []
  // The middle of a mark must stay free; large marks may be written over at their rims.
  const middles = marks.map(({ x, y, r }): Box => {
    const half = Math.min(r, 8)
    return { left: x - half, right: x + half, top: y - half, bottom: y + half }
  })
  return points.map(({ x, y, r, width }, n) => {
    const side = r + 4
    const places = [
      // In a mark that is large enough, its own name is nobody else's.
      ...(2 * r >= width + 4 ? [{ x: x - width / 2, y }] : []),
      { x: x + side, y },
      { x: x - side - width, y },
      { x: x - width / 2, y: y - side - height / 2 },
      { x: x - width / 2, y: y + side + height / 2 },
      { x: x + side * 0.7, y: y - side * 0.7 - height / 2 },
      { x: x + side * 0.7, y: y + side * 0.7 + height / 2 },
      { x: x - side * 0.7 - width, y: y - side * 0.7 - height / 2 },
      { x: x - side * 0.7 - width, y: y + side * 0.7 + height / 2 },
    ]
    const boxOf = (p: { x: number; y: number }): Box => ({
      left: p.x,
      right: p.x + width,
      top: p.y - height / 2,
      bottom: p.y + height / 2,
    })
    const inside = (b: Box): boolean =>
      b.left >= bounds.left &&
      b.right <= bounds.right &&
      b.top >= bounds.top &&
      b.bottom <= bounds.bottom
    const free = places.find(p => {
      const box = boxOf(p)
      return (
        inside(box) &&
        taken.every(t => apart(t, box)) &&
        middles.every((m, k) => (marks[k].x === x && marks[k].y === y) || apart(m, box))
      )
    })
    const found = free ?? (n < always ? (places.find(p => inside(boxOf(p))) ?? places[0]) : null)
    if (found) taken.push(boxOf(found))
    return found
  })
}

/** Ticks of an axis by powers of ten: 1, 2 and 5 of each where they are few, else powers alone. */
export function logTicks(lo: number, hi: number): number[] {
  if (!(lo > 0) || !(hi > lo) || !Number.isFinite(hi)) return []
  const from = Math.floor(Math.log10(lo))
  const to = Math.ceil(Math.log10(hi))
  const steps = to - from <= 4 ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil((to - from) / 12))
  const out: number[] = []
  for (let e = from; e <= to; e += every)
    for (const s of steps) {
      const v = Number((s * 10 ** e).toPrecision(12))
      if (v >= lo * 0.999999 && v <= hi * 1.000001) out.push(v)
    }
  return out
}
