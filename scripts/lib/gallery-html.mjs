// The gallery's pages as HTML. All that comes from views is escaped.

/** @typedef {import('../../widgets/gallery/build.ts').MadePage} Page */

const GROUPS = ['Operations', 'Networks', 'Why', 'Training', 'Sequences', 'Data']

const KEYS = [
  ['Tab, Shift+Tab', 'from part to part'],
  ['← ↑ ↓ →, with Shift five at once', 'move the cursor'],
  ['Enter, Space', 'pin what the cursor is on'],
  ['Esc', 'let go'],
  ['d', 'open or close the drill-down'],
  ['t', 'the picture as a table of numbers'],
  ['?', 'the keys, in the view'],
]

/** @param {unknown} text */
export const escape = text =>
  String(text).replace(
    /[&<>"']/g,
    c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c],
  )
/** JSON that stands in a script element. @param {unknown} value */
export const json = value =>
  JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028|\u2029/g, c => `\\u${c.charCodeAt(0).toString(16)}`)

const themes = `<fieldset><legend hidden>Theme</legend>${['system', 'light', 'dark']
  .map(t => `<label><input type="radio" name="theme" value="${t}"> ${t}</label>`)
  .join('')}</fieldset>`

/** @param {string} title @param {string} header @param {string} main @param {{ page?: string, scripts: string[] }} more */
const document = (title, header, main, { page, scripts }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="gallery.css">
${scripts.map(s => `<script defer src="${s}"></script>`).join('\n')}
</head>
<body${page ? ` data-page="${escape(page)}"` : ''}>
<header class="sheet">${header}${themes}</header>
<main class="sheet">
${main}
</main>
</body>
</html>
`

/** @param {Page[]} pages */
const ordered = pages =>
  [...pages].sort(
    (a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || a.title.localeCompare(b.title),
  )

/** @param {Page} page @param {Page[]} pages */
export function pageHtml(page, pages) {
  const order = ordered(pages)
  const at = order.indexOf(order.find(p => p.id === page.id) ?? page)
  const link = (p, words) => (p ? `<a href="${p.id}.html">${words} ${escape(p.title)}</a>` : '')
  const examples = page.examples.map(
    e => `<section class="example" id="${escape(e.id)}" aria-labelledby="${escape(e.id)}-title">
<h2 id="${escape(e.id)}-title">${escape(e.title)}</h2>
<p class="note">${escape(e.note)}</p>
<div class="view"></div>
<noscript><img src="pictures/${page.id}-${escape(e.id)}.png" alt="${escape(e.text)}"></noscript>
${e.stops.length ? `<ul class="stops">${e.stops.map(s => `<li>${escape(s.say)}.</li>`).join('')}</ul>` : ''}
<details class="source"><summary>How it was made</summary><pre tabindex="0"><code>${escape(e.source)}</code></pre></details>
<script type="application/json" class="spec">${json(e.spec)}</script>
${e.given ? `<script type="application/json" class="given">${json(e.given)}</script>` : ''}
</section>`,
  )
  const keys = [...KEYS, ...(page.keys ?? [])]
  return document(
    `${page.title}, Layerscope gallery`,
    `<a href="index.html">All views</a>${link(order[at - 1], '←')}${link(order[at + 1], '→')}`,
    `<h1>${escape(page.title)}</h1>
<p class="question">${escape(page.question)}</p>
<p>${escape(page.read)}</p>
${examples.join('\n')}
<h2>Keys</h2>
<table class="keys">${keys.map(([k, what]) => `<tr><th scope="row"><kbd>${escape(k)}</kbd></th><td>${escape(what)}</td></tr>`).join('')}</table>`,
    {
      page: page.id,
      scripts: page.examples.some(e => e.live) ? ['view.js', 'live.js'] : ['view.js'],
    },
  )
}

/** @param {Page[]} pages */
export function indexHtml(pages) {
  const card = p =>
    `<li><a href="${p.id}.html"><span class="frame"><img src="pictures/${p.id}-${escape(p.examples[0].id)}.png" alt=""></span><span class="group">${p.group}</span><b>${escape(p.title)}</b><small>${escape(p.question)}</small></a></li>`
  return document(
    'Layerscope gallery',
    '<b>Layerscope</b>',
    `<h1>Views</h1>
<p class="question">Each answers one question about a network, down to the number.</p>
<p>Point at something, or go into a view by Tab and use the arrow keys. A click or Enter pins, Esc lets go. Nothing here comes from the network: where a view says live, the library runs in the page.</p>
<ul class="index">${ordered(pages).map(card).join('\n')}</ul>`,
    { scripts: ['view.js'] },
  )
}
