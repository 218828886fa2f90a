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
export function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Points as people write them: 2.5, 10, never 0.30000000000000004. */
export const points = (n: number): string => String(Math.round(n * 100) / 100)
