/** complete: what could stand at the cursor, by types, and by what live values have. */
import type { LiveKey } from '../../pipe.ts'
import { toPoints, toUnits } from '../offsets.ts'
import type { Completions } from '../ports.ts'
import type { Session, Request } from '../session.ts'
import { text } from '../values.ts'

/** A key as it is written between `quote`s, or with quotes of its own. */
function written(key: string, quote: string): string {
  const json = JSON.stringify(key)
  if (quote === '"') return json.slice(1, -1)
  const single = json.slice(1, -1).replaceAll('\\"', '"')
  if (!quote) return `'${single.replaceAll("'", "\\'")}'`
  return single.replaceAll(quote, `\\${quote}`).replaceAll('${', quote === '`' ? '\\${' : '${')
}

const rankOf = (match: string, typed: string): number => {
  if (match.startsWith(typed)) return 0
  return match.toLowerCase().startsWith(typed.toLowerCase()) ? 1 : 2
}

/** What the value has comes before what its type says, among those that fit equally well. */
function merge(
  found: Completions,
  live: Completions['live'] & object,
  keys: readonly LiveKey[],
  typed: string,
): Pick<Completions, 'matches' | 'kinds'> {
  const own = keys.map(([name, kind]) => ({
    match: live.form === '.' ? name : written(name, live.quote),
    kind: kind as string,
  }))
  const known = new Set(own.map(o => o.match))
  const typedOnes = found.matches
    .map((match, i) => ({ match, kind: found.kinds[i] }))
    .filter(o => !known.has(o.match))
  const all = [...own, ...typedOnes]
    .map(o => ({ ...o, rank: rankOf(o.match, typed) }))
    .sort((a, b) => a.rank - b.rank)
  return { matches: all.map(o => o.match), kinds: all.map(o => o.kind) }
}

export async function complete(session: Session, { message, reply }: Request): Promise<void> {
  const code = text(message.content.code)
  const at = toUnits(code, message.content.cursor_pos)
  const found = await session.host.compiler.complete(code, at)
  let { matches, kinds } = found
  if (found.live) {
    const typed = code.slice(found.start, at)
    const keys = await session.live.ask(found.live, typed)
    if (keys.length) ({ matches, kinds } = merge(found, found.live, keys, typed))
  }
  const start = toPoints(code, found.start)
  const end = toPoints(code, found.end)
  reply('complete_reply', {
    status: 'ok',
    matches,
    cursor_start: start,
    cursor_end: end,
    metadata: {
      _jupyter_types_experimental: matches.map((match, i) => ({
        text: match,
        type: kinds[i],
        start,
        end,
      })),
    },
  })
}
