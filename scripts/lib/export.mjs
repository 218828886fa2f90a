// A notebook as one HTML file: text, code and outputs, our views alive in it, nothing fetched. The notebook is hostile: no
// HTML of it becomes the page's, and the page runs no script but ours.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { extname, resolve, sep } from 'node:path'
import { adapterBundle, styleBundle } from './bundle.mjs'
import { markdown } from './export-text.mjs'
import { escape, json } from './gallery-html.mjs'

const VIEW = 'application/vnd.layerscope.view+json'
/** Largest picture beside a notebook that is taken into the page, in bytes. */
const LARGEST = 5_000_000
const PICTURES = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
}
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

/** A notebook's text fields are strings or lists of lines. @param {unknown} value */
const text = value =>
  typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? value.filter(line => typeof line === 'string').join('')
      : ''
const own = (object, key) =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, key)
    ? object[key]
    : undefined
const picture = (mime, data, alt) => {
  const base64 = text(data)
  return BASE64.test(base64)
    ? `<img src="data:${mime};base64,${base64.replace(/\s/g, '')}" alt="${escape(alt)}">`
    : ''
}
// eslint-disable-next-line no-control-regex -- terminal colours begin with this one
const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g
const plain = value => escape(text(value).replace(ANSI, ''))

/**
 * @param {unknown} notebook parsed JSON
 * @param {{ folder?: string, title?: string }} [options] where pictures beside the notebook are; the page's title
 * @returns {Promise<string>}
 * @throws Error when it is no notebook of format 4
 */
export async function exportNotebook(notebook, { folder, title = 'Notebook' } = {}) {
  const cells = own(notebook, 'cells')
  if (own(notebook, 'nbformat') !== 4 || !Array.isArray(cells))
    throw new Error('not a notebook of format 4 (JSON with nbformat 4 and a list of cells)')
  const kinds = new Set()
  const body = cells.map(cell => cellHtml(cell, folder, kinds)).join('\n')
  const heading = cells
    .filter(c => own(c, 'cell_type') === 'markdown')
    .map(c => /^#\s+(.*)$/m.exec(text(own(c, 'source')))?.[1])
    .find(Boolean)
  // What the page does not show it does not carry.
  const views = kinds.size ? await adapterBundle('inert', [...kinds]) : ''
  const hash = createHash('sha256').update(views).digest('base64')
  const policy = [
    "default-src 'none'",
    'img-src data:',
    "style-src 'unsafe-inline'",
    views ? `script-src 'sha256-${hash}'` : "script-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(heading ?? title)}</title>
<link rel="icon" href="data:,">
<style>
${PAGE}
${kinds.size ? await styleBundle() : ''}
</style>
</head>
<body>
<main>
${body}
</main>
${views ? `<script>${views}</script>` : ''}
</body>
</html>
`
}

function cellHtml(cell, folder, kinds) {
  const source = text(own(cell, 'source'))
  const type = own(cell, 'cell_type')
  if (type === 'markdown')
    return `<section class="prose">${markdown(source, images(folder, own(cell, 'attachments')))}</section>`
  if (type !== 'code') return source ? `<pre class="raw">${escape(source)}</pre>` : ''
  const metadata = own(cell, 'metadata')
  const jupyter = own(metadata, 'jupyter')
  const outputs = own(cell, 'outputs')
  const shown = (Array.isArray(outputs) ? outputs : []).map(o => outputHtml(o, kinds)).join('\n')
  const folded = own(jupyter, 'outputs_hidden') === true || own(metadata, 'collapsed') === true
  return `<section class="cell">
<pre class="code"><code>${escape(source)}</code></pre>
${shown && (folded ? `<details class="folded"><summary>output</summary>${shown}</details>` : `<div class="outputs">${shown}</div>`)}
</section>`
}

/** Pictures that Markdown names: attachments of the cell, and files beside the notebook. */
const images = (folder, attachments) => source => {
  if (source.startsWith('attachment:')) {
    const bundle = own(attachments, decodeURIComponent(source.slice('attachment:'.length)))
    for (const mime of Object.values(PICTURES)) {
      const data = text(own(bundle, mime))
      if (data && BASE64.test(data)) return `data:${mime};base64,${data.replace(/\s/g, '')}`
    }
    return null
  }
  const mime = PICTURES[extname(source).toLowerCase()]
  if (!folder || !mime || /^[a-z][a-z0-9+.-]*:/i.test(source)) return null
  const file = resolve(folder, source)
  if (!file.startsWith(resolve(folder) + sep) || !existsSync(file) || statSync(file).size > LARGEST)
    return null
  return `data:${mime};base64,${readFileSync(file).toString('base64')}`
}

function outputHtml(output, kinds) {
  switch (own(output, 'output_type')) {
    case 'stream':
      return `<pre class="output${own(output, 'name') === 'stderr' ? ' error' : ''}">${plain(own(output, 'text'))}</pre>`
    case 'error': {
      const lines = own(output, 'traceback')
      const trace = Array.isArray(lines) ? lines.map(text).join('\n') : ''
      return `<pre class="output error">${plain(trace || `${text(own(output, 'ename'))}: ${text(own(output, 'evalue'))}`)}</pre>`
    }
    case 'display_data':
    case 'execute_result':
      return dataHtml(own(output, 'data'), kinds)
    default:
      return ''
  }
}

/** The richest form that is safe. */
function dataHtml(data, kinds) {
  const words = text(own(data, 'text/plain'))
  const still = () => {
    for (const mime of new Set(Object.values(PICTURES))) {
      const html = own(data, mime) !== undefined && picture(mime, own(data, mime), words)
      if (html) return html
    }
    return ''
  }
  const view = own(data, VIEW)
  if (typeof view === 'object' && view !== null) {
    kinds.add(String(own(view, 'kind')))
    // Without scripts, or with a view that cannot be read, the picture stays, and without one the words.
    return `<div class="saved-view">${still() || `<pre class="output">${escape(words)}</pre>`}<script type="application/json">${json(view)}</script></div>`
  }
  const svg = text(own(data, 'image/svg+xml'))
  // As a picture an SVG runs nothing and fetches nothing.
  if (svg)
    return `<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}" alt="${escape(words)}">`
  const html = text(own(data, 'text/html'))
  // In a frame of its own origin, without scripts; the page's policy holds in it too.
  if (html)
    return `<iframe sandbox="" srcdoc="${escape(FRAME + html)}" title="output" loading="lazy"></iframe>`
  const formatted = text(own(data, 'text/markdown'))
  if (formatted && !still()) return `<div class="prose">${markdown(formatted, () => null)}</div>`
  return still() || (words ? `<pre class="output">${escape(words.replace(ANSI, ''))}</pre>` : '')
}

const FRAME =
  '<meta name="color-scheme" content="light dark"><style>body{margin:0;font:14px/1.45 system-ui,sans-serif}table{border-collapse:collapse}td,th{padding:2px 8px;text-align:right}</style>'

const PAGE = `:root{color-scheme:light dark;--paper:light-dark(#fff,#111);--ink:light-dark(#1c1f24,#eceef1);--ink2:light-dark(#565c66,#b4bac3);--rule:light-dark(#d5d8dd,#3a3d42);--wash:light-dark(#f5f5f5,#1c1d1f);--link:light-dark(#1565c0,#6bb0ff);--bad:light-dark(#b3261e,#ff8a80)}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,'Segoe UI',helvetica,arial,sans-serif;--jp-layout-color0:var(--paper)}
main{max-width:1100px;margin:0 auto;padding:24px 24px 96px}
.prose{max-width:72ch}
h1,h2,h3{line-height:1.25;margin:1.6em 0 .4em}
h1{font-size:26px}h2{font-size:20px}h3{font-size:16px}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
pre,.prose code{font:13px/1.45 menlo,consolas,'DejaVu Sans Mono',monospace}
pre{overflow:auto;margin:12px 0;padding:0}
pre.code,pre.raw{background:var(--wash);border-left:2px solid var(--rule);padding:10px 12px}
pre.error{color:var(--bad)}
.outputs,.folded{margin:8px 0 24px}
summary{cursor:pointer;color:var(--link)}
img{max-width:100%}
iframe{width:100%;height:260px;border:0;border-top:1px solid var(--rule)}
.prose table{border-collapse:collapse}
.prose td,.prose th{padding:3px 12px 3px 0;border-bottom:1px solid var(--rule);text-align:left}
blockquote{margin:12px 0;padding-left:12px;border-left:2px solid var(--rule);color:var(--ink2)}
math{font-size:1.05em}
math[display=block]{display:block;margin:12px 0;overflow-x:auto}
.no-image{color:var(--ink2);font-style:italic}
@media(width<=560px){main{padding:12px 12px 48px}}
@media print{main{max-width:none}}`
