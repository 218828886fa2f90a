/** history: what was run, in this session and earlier ones. */
import type { HistoryEntry } from '../ports.ts'
import type { Session, Request } from '../session.ts'
import { flag, text, whole } from '../values.ts'

/**
 * Whether a text matches a pattern of `*` (anything), `?` (one character) and `[…]` (one of these), as SQLite's GLOB.
 * Two positions to go back to, no recursion: the time is at most pattern × text, whatever the pattern.
 */
export function glob(pattern: string, value: string): boolean {
  const p = [...pattern]
  const s = [...value]
  let i = 0
  let j = 0
  let star = -1
  let mark = 0
  /** Characters of the pattern that one character of the text has used up, or 0. */
  const one = (at: number, c: string): number => {
    if (p[at] === '?') return 1
    if (p[at] === '[') {
      const negated = p[at + 1] === '^'
      const from = at + (negated ? 2 : 1)
      const close = p.indexOf(']', from + 1)
      if (close > 0) {
        let within = false
        for (let k = from; k < close; k++)
          if (p[k + 1] === '-' && k + 2 < close) {
            within ||= p[k] <= c && c <= p[k + 2]
            k += 2
          } else within ||= p[k] === c
        return within !== negated ? close - at + 1 : 0
      }
    }
    return p[at] === c ? 1 : 0
  }
  while (j < s.length) {
    const used = i < p.length && p[i] !== '*' ? one(i, s[j]) : 0
    if (used) {
      i += used
      j++
    } else if (p[i] === '*') {
      star = i++
      mark = j
    } else if (star >= 0) {
      i = star + 1
      j = ++mark
    } else return false
  }
  while (p[i] === '*') i++
  return i === p.length
}

/** The entries that a request's content asks for, oldest first. */
export async function recall(
  { host: { history } }: Session,
  content: Record<string, unknown>,
): Promise<readonly HistoryEntry[]> {
  const last = <T>(list: readonly T[], n: number) => (n > 0 ? list.slice(-n) : [])
  switch (content.hist_access_type) {
    case 'range': {
      const asked = whole(content.session, 0)
      const from = whole(content.start, 0)
      const to = whole(content.stop, Infinity)
      const within = (h: HistoryEntry) => h.line >= from && h.line < to
      if (asked === 0) return history.own().filter(within)
      const all = await history.all()
      const numbers = [...new Set(all.map(h => h.session))].sort((a, b) => a - b)
      const own = history.own()[0]?.session
      const earlier = numbers.filter(n => n !== own)
      const session = asked > 0 ? asked : earlier[earlier.length + asked]
      return all.filter(h => h.session === session && within(h))
    }
    case 'search': {
      const pattern = text(content.pattern, '*')
      let found = (await history.all()).filter(h => glob(pattern, h.source))
      if (flag(content.unique, false)) {
        const newest = new Map(found.map(h => [h.source, h]))
        found = found.filter(h => newest.get(h.source) === h)
      }
      return last(found, whole(content.n, Infinity))
    }
    default:
      return last(await history.all(), whole(content.n, 10))
  }
}

export async function history(session: Session, { message, reply }: Request): Promise<void> {
  const output = flag(message.content.output, false)
  const entries = await recall(session, message.content)
  reply('history_reply', {
    status: 'ok',
    history: entries.map(h => [
      h.session,
      h.line,
      output ? [h.source, h.output ?? null] : h.source,
    ]),
  })
}
