/** Text of others in pages and tables of ours. */

/** For HTML, in text and in attributes. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

/** A field of a CSV, which no spreadsheet takes for a formula. */
function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A table of rows, RFC 4180. */
export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map(r => `${r.map(csvField).join(',')}\r\n`).join('')

/** Points as people write them: 2.5, 10, never 0.30000000000000004. */
export const points = (n: number): string => String(Math.round(n * 100) / 100)
