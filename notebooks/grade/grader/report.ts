/** What people read: a page per student, and for the class a table, a distribution and the commonest mistakes. */
import type { Result, TaskResult } from './result.ts'
import { cellWords } from './session.ts'
import { csv, escapeHtml as e, points } from './words.ts'

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8882 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .6rem; margin: .3rem 0; font-size: .9rem }
img { max-width: 100%; background: #fff } .note { border-left: 4px solid var(--line); padding-left: .8rem }
figure { margin: 1rem 0 } figcaption { font-size: .9rem }`

/** No script runs and nothing is loaded, whatever text stands in it. */
const POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${e(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`

/** @param printed what the notebook printed; it is no part of the result */
export function studentPage(student: string, result: Result, printed: string): string {
  const bad = result.cells.filter(c => c.state !== 'ran')
  const parts = [
    `<h1>${e(result.assignment)}: ${e(student)}</h1>`,
    result.infrastructure === null
      ? `<p><strong>${points(result.points)} of ${points(result.max)} points</strong></p>`
      : `<p class="note"><strong>Not graded.</strong> The grader itself failed (${e(result.infrastructure)}). This costs nothing: it is graded again, or by a person.</p>`,
  ]
  if (result.notes.length)
    parts.push(`<ul class="note">${result.notes.map(n => `<li>${e(n)}</li>`).join('')}</ul>`)
  if (result.tasks.length)
    parts.push(
      `<table><thead><tr><th>Task</th><th class="n">Points</th></tr></thead><tbody>${result.tasks
        .map(
          t =>
            `<tr><td>${e(t.id)} ${e(t.title)}</td><td class="n">${points(t.points)} of ${points(t.max)}</td></tr>`,
        )
        .join('')}</tbody></table>`,
    )
  for (const t of result.tasks) parts.push(taskPart(t))
  if (bad.length)
    parts.push(
      `<h2>Cells that did not run</h2><table><tbody>${bad
        .map(c => `<tr><td>${e(c.name)}</td><td>${e(cellWords(c))}</td></tr>`)
        .join('')}</tbody></table>`,
    )
  if (printed) parts.push(`<h2>What the notebook printed</h2><pre>${e(printed)}</pre>`)
  return page(`${result.assignment}: ${student}`, parts.join('\n'))
}

function taskPart(t: TaskResult): string {
  const rows = t.cases
    .map(
      c =>
        `<tr><td>${e(c.title)}${c.hidden ? ' <small>(not shown in the notebook)</small>' : ''}${
          c.lines.length ? `<pre>${e(c.lines.join('\n'))}</pre>` : ''
        }</td><td class="n">${points(c.points)} of ${points(c.max)}</td></tr>`,
    )
    .join('')
  const picture =
    t.picture && /^[A-Za-z0-9+/=]+$/.test(t.picture.png)
      ? `<figure><img alt="${e(t.picture.text)}" src="data:image/png;base64,${t.picture.png}"><figcaption>${e(t.picture.text)}</figcaption></figure>`
      : ''
  return `<h2>${e(t.id)} ${e(t.title)}</h2>\n<table><tbody>${rows}</tbody></table>${picture}`
}

export interface Row {
  id: string
  student: string
  result: Result
}

/** A line a student: the whole, each task, and what a person should look at. */
export function classCsv(rows: readonly Row[]): string {
  const tasks = rows.find(r => r.result.tasks.length)?.result.tasks ?? []
  const head = ['student', 'points', 'max', ...tasks.map(t => `${t.id} ${t.title}`), 'remarks']
  const lines = rows.map(({ student, result }) => {
    const lost = result.infrastructure !== null
    return [
      student,
      lost ? '' : points(result.points),
      points(result.max),
      ...tasks.map(t => {
        const own = result.tasks.find(o => o.id === t.id)
        return lost || !own ? '' : points(own.points)
      }),
      [...(lost ? [`not graded: ${result.infrastructure}`] : []), ...result.notes].join(' '),
    ]
  })
  return csv([head, ...lines])
}

/** As Canvas, Moodle and `nbgrader db` import them: names as nbgrader has them. */
export function nbgraderCsv(rows: readonly Row[]): string {
  const head = ['assignment', 'student_id', 'raw_score', 'score', 'max_score']
  const lines = rows
    .filter(r => r.result.infrastructure === null)
    .map(({ student, result: r }) => [
      r.assignment,
      student,
      points(r.points),
      points(r.points),
      points(r.max),
    ])
  return csv([head, ...lines])
}

export interface Mistake {
  task: string
  /** The recognised mistake, or the case that went wrong. */
  what: string
  students: number
}

/** What went wrong most often: recognised mistakes first by number, then cases without a name for it. */
export function commonMistakes(rows: readonly Row[]): Mistake[] {
  const counted = new Map<string, Mistake>()
  for (const { result } of rows)
    for (const t of result.tasks) {
      const own = new Set<string>()
      for (const c of t.cases)
        if (c.points < c.max) own.add(c.mistake ?? `${c.title} (no known mistake)`)
      for (const what of own) {
        const key = JSON.stringify([t.id, what])
        const m = counted.get(key) ?? { task: `${t.id} ${t.title}`, what, students: 0 }
        m.students++
        counted.set(key, m)
      }
    }
  return [...counted.values()].sort(
    (a, b) => b.students - a.students || (a.task + a.what < b.task + b.what ? -1 : 1),
  )
}

/** How many students have how many points: ten classes of equal width, as a picture without scripts. */
export function distributionSvg(rows: readonly Row[]): string {
  const graded = rows.filter(r => r.result.infrastructure === null)
  const max = Math.max(1, ...graded.map(r => r.result.max))
  const bins = new Array<number>(10).fill(0)
  for (const { result } of graded) bins[Math.min(9, Math.floor((10 * result.points) / max))]++
  const most = Math.max(1, ...bins)
  const sorted = graded.map(r => r.result.points).sort((a, b) => a - b)
  const middle = sorted.length
    ? (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
    : null
  const [left, top, width, height] = [44, 34, 560, 200]
  const bars = bins.map((n, i) => {
    const h = (n / most) * height
    const x = left + (i * width) / 10
    return (
      `<rect x="${x + 3}" y="${round(top + height - h)}" width="${width / 10 - 6}" height="${round(h)}" fill="#4a7bb5"><title>${points((i * max) / 10)} to ${points(((i + 1) * max) / 10)} points: ${n}</title></rect>` +
      (n
        ? `<text x="${x + width / 20}" y="${round(top + height - h - 5)}" text-anchor="middle">${n}</text>`
        : '')
    )
  })
  const ticks = Array.from(
    { length: 11 },
    (_, i) =>
      `<text x="${left + (i * width) / 10}" y="${top + height + 18}" text-anchor="middle">${points((i * max) / 10)}</text>`,
  )
  const median =
    middle === null
      ? ''
      : `<line x1="${round(left + (width * middle) / max)}" x2="${round(left + (width * middle) / max)}" y1="${top - 8}" y2="${top + height}" stroke="#b5542a" stroke-dasharray="5 4"/><text x="${round(left + (width * middle) / max)}" y="${top - 13}" text-anchor="middle" fill="#b5542a">median ${points(middle)}</text>`
  const words = `Points of ${graded.length} students${middle === null ? '' : `, median ${points(middle)} of ${points(max)}`}: ${bins.map((n, i) => `${n} from ${points((i * max) / 10)}`).join(', ')}.`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 290" width="640" height="290" role="img" aria-label="${e(words)}" font-family="system-ui, sans-serif" font-size="13">
<rect width="640" height="290" fill="#fff"/>
${bars.join('\n')}
<line x1="${left}" x2="${left + width}" y1="${top + height}" y2="${top + height}" stroke="#333"/>
${ticks.join('')}
<text x="${left + width / 2}" y="${top + height + 42}" text-anchor="middle">points</text>
${median}
</svg>
`
}
const round = (n: number): number => Math.round(n * 10) / 10

/** The class at a glance; each name leads to the student's page. */
export function classPage(
  assignment: string,
  rows: readonly Row[],
  protections: readonly string[],
): string {
  const lost = rows.filter(r => r.result.infrastructure !== null)
  const mistakes = commonMistakes(rows).slice(0, 20)
  const body = [
    `<h1>${e(assignment)}: ${rows.length} submissions</h1>`,
    `<figure>${distributionSvg(rows)}</figure>`,
    ...(lost.length
      ? [
          `<h2>Not graded: the grader itself failed</h2><p>No points are given or taken. Running the same command again tries them again.</p><ul>${lost
            .map(r => `<li>${e(r.student)}: ${e(r.result.infrastructure ?? '')}</li>`)
            .join('')}</ul>`,
        ]
      : []),
    `<h2>Commonest mistakes</h2><table><thead><tr><th>Task</th><th>What</th><th class="n">Students</th></tr></thead><tbody>${mistakes
      .map(
        m => `<tr><td>${e(m.task)}</td><td>${e(m.what)}</td><td class="n">${m.students}</td></tr>`,
      )
      .join('')}</tbody></table>`,
    `<h2>Students</h2><table><thead><tr><th>Student</th><th class="n">Points</th><th>Remarks</th></tr></thead><tbody>${rows
      .map(
        ({ id, student, result }) =>
          `<tr><td><a href="students/${e(encodeURIComponent(id))}.html">${e(student)}</a></td><td class="n">${
            result.infrastructure === null ? points(result.points) : '–'
          }</td><td>${e(result.notes.join(' '))}</td></tr>`,
      )
      .join('')}</tbody></table>`,
    `<h2>How submissions were kept apart</h2><ul>${protections.map(p => `<li>${e(p)}</li>`).join('')}</ul>`,
  ]
  return page(`${assignment}: the class`, body.join('\n'))
}
