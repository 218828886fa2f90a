/** Source maps (revision 3), just enough to find the line of a cell that an emitted line came from. */

/** For each emitted line its segments: [column, source line, source column], all from 0. */
export type LineMap = [number, number, number][][]

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function readMap(json: string): LineMap {
  const { mappings } = JSON.parse(json) as { mappings: string }
  let line = 0
  let column = 0
  return mappings.split(';').map(text => {
    let at = 0
    return text
      .split(',')
      .filter(Boolean)
      .map(segment => {
        const values: number[] = []
        let value = 0
        let shift = 0
        for (const c of segment) {
          const digit = DIGITS.indexOf(c)
          value += (digit & 31) << shift
          shift += 5
          if (!(digit & 32)) {
            values.push(value & 1 ? -(value >> 1) : value >> 1)
            value = shift = 0
          }
        }
        at += values[0]
        line += values[2] ?? 0
        column += values[3] ?? 0
        return [at, line, column] as [number, number, number]
      })
  })
}

/** Where an emitted position (from 0) came from, or null. */
export function original(map: LineMap, line: number, column: number): [number, number] | null {
  const segments = map[line]
  if (!segments?.length) return null
  let best = segments[0]
  for (const s of segments) if (s[0] <= column) best = s
  return [best[1], best[2]]
}
