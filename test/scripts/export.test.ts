// An exported notebook: what is hostile in it does nothing, what is not is all there.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportNotebook } from '../../scripts/lib/export.mjs'
import { harmless, markdown } from '../../scripts/lib/export-text.mjs'
import { tensor } from '../../src/index.ts'
import { tensorView } from '../widgets/samples.ts'

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const notebook = (...cells: object[]) => ({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })
const prose = (source: string | string[], more = {}) => ({
  cell_type: 'markdown',
  metadata: {},
  source,
  ...more,
})
const code = (...outputs: object[]) => ({
  cell_type: 'code',
  metadata: {},
  source: 'show(x)',
  outputs,
})
const data = (bundle: object) => ({ output_type: 'display_data', data: bundle, metadata: {} })
/** What stands between the page's own head and its scripts. */
const body = async (cell: object, options = {}) =>
  (await exportNotebook(notebook(cell), options)).split('<main>')[1].split('</main>')[0]

describe('text', () => {
  const none = () => null
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<details open ontoggle=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<iframe src="https://example.org"></iframe>',
    '<style>*{display:none}</style>',
    '<a href="javascript:alert(1)">x</a>',
    '<form action="https://example.org"><input name=q></form>',
    '<math><mtext></p><img src=x onerror=alert(1)></mtext></math>',
    '<!--<img src=x onerror=alert(1)>-->',
    '<<script>script>alert(1)<</script>/script>',
    '<b\nonclick=alert(1)>',
    '<details/onclick=alert(1)>',
    '<base href="https://example.org/">',
    '<meta http-equiv=refresh content="0;url=https://example.org">',
  ])('%s is text', hostile => {
    for (const html of [
      markdown(hostile, none),
      markdown(`before ${hostile} after`, none),
      harmless(hostile),
    ]) {
      const tags = html.match(/<[^>]*>/g) ?? []
      expect(tags.filter(t => !/^<\/?(p|b|details|em|strong)>$/.test(t))).toEqual([])
    }
  })
  test('links lead to pages, places and files only', () => {
    const links = [
      'javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      ' JaVaScRiPt:x',
      '//evil.example',
    ]
    for (const url of links) expect(markdown(`[x](<${url}>)`, none)).not.toContain('href')
    for (const url of ['https://arxiv.org/abs/1311.2901', '#again', '05-a-real-cnn.ipynb'])
      expect(markdown(`[x](${url})`, none)).toContain(`href="${url}"`)
  })
  test('a formula is MathML that runs and fetches nothing; prices are none', () => {
    expect(markdown('$$\\sum_{a} x[i + a]$$', none)).toMatch(/<math[^>]*display="block"[\s\S]*∑/)
    expect(markdown('It costs $5 or $6.', none)).toBe('<p>It costs $5 or $6.</p>\n')
    for (const hostile of [
      '$\\href{javascript:alert(1)}{x}$',
      '$\\includegraphics{https://example.org/x.png}$',
      '$\\text{<img src=x onerror=alert(1)>}$',
      '$\\class{x" onclick="alert(1)}{y}$',
    ]) {
      const html = markdown(hostile, none)
      const tags = html.match(/<[^>]*>/g)?.join('') ?? ''
      expect(tags).not.toMatch(/<(img|script|a)\b|\son\w+=|href=|url\(/)
    }
    expect(markdown('$\\def\\x{\\x\\x}\\x$', none)).toContain('<')
  })
  test('folded parts of a lecture fold', () => {
    const html = markdown('<details><summary>Hint</summary>\n\n**Look** at it.\n\n</details>', none)
    expect(html).toMatch(
      /<details><summary>Hint<\/summary>\n<p><strong>Look<\/strong> at it.<\/p>\n<\/details>/,
    )
  })
})

describe('pictures', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'export-'))
    mkdirSync(join(folder, 'inside'))
    writeFileSync(join(folder, 'secret.png'), Buffer.from(PNG, 'base64'))
    writeFileSync(join(folder, 'inside/here.png'), Buffer.from(PNG, 'base64'))
    writeFileSync(join(folder, 'inside/notes.txt'), 'secret')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('beside the notebook and attached are taken in, others are named', async () => {
    const at = { folder: join(folder, 'inside') }
    expect(await body(prose('![a map](here.png)'), at)).toContain(
      `<img src="data:image/png;base64,${PNG}" alt="a map">`,
    )
    const attached = prose('![a](attachment:p.png)', {
      attachments: { 'p.png': { 'image/png': PNG } },
    })
    expect(await body(attached, at)).toContain(`base64,${PNG}`)
    for (const source of [
      '../secret.png',
      'notes.txt',
      'https://example.org/x.png',
      '/etc/passwd',
      'attachment:__proto__',
    ])
      expect(await body(prose(`![gone](${source})`), at)).not.toMatch(/<img/)
  })
})

describe('outputs', () => {
  test('a view keeps its picture and its words, and the page carries what draws it', async () => {
    const view = tensorView(tensor([[1, 2]]), { title: '</script><script>alert(1)</script>' })
    const bundle = {
      'application/vnd.layerscope.view+json': view,
      'image/png': PNG,
      'text/plain': 'tensor "2"',
    }
    const page = await exportNotebook(notebook(prose('# One <b>'), code(data(bundle))))
    expect(page).toContain(`<img src="data:image/png;base64,${PNG}" alt="tensor &quot;2&quot;">`)
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page).toContain('<title>One &lt;b&gt;</title>')
    const policy = /content="(default-src[^"]*)"/.exec(page)?.[1] ?? ''
    expect(policy).toMatch(/script-src 'sha256-[A-Za-z0-9+/=]+';/)
    expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/)
  })
  test('a notebook without views carries no script', async () => {
    const page = await exportNotebook(notebook(prose('text')))
    expect(page).not.toContain('<script')
    expect(page).toContain("script-src 'none'")
  })
  test('HTML stands in a frame without scripts or origin, SVG is a picture, text is text', async () => {
    const html = await body(
      code(data({ 'text/html': '<b onclick="x()">"hi"</b><script>alert(1)</script>' })),
    )
    expect(html).toContain('<iframe sandbox="" srcdoc="')
    expect(html.replace(/srcdoc="[^"]*"/, '')).not.toMatch(/<b |<script/)
    expect(await body(code(data({ 'image/svg+xml': '<svg onload="alert(1)"/>' })))).toMatch(
      /<img src="data:image\/svg\+xml;base64,/,
    )
    const streams = [
      { output_type: 'stream', name: 'stdout', text: ['<b>1</b>\n', '\u001b[31mred\u001b[0m'] },
      { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['<i>line</i>'] },
    ]
    const text = await body(code(...streams))
    expect(text).toContain('&lt;b&gt;1&lt;/b&gt;\nred')
    expect(text).toContain('&lt;i&gt;line&lt;/i&gt;')
  })
  test('hostile fields are passed over', async () => {
    for (const output of [
      data({ 'image/png': '" onerror="alert(1)' }),
      data({ 'image/png': { toString: 'x' } }),
      data({ 'application/vnd.layerscope.view+json': 'no object' }),
      { output_type: '__proto__' },
      { output_type: 'display_data' },
      null,
    ])
      expect(await body(code(output as object))).not.toMatch(/onerror|<img/)
    await expect(exportNotebook({ nbformat: 3, worksheets: [] })).rejects.toThrow(
      'not a notebook of format 4',
    )
    await expect(exportNotebook(null)).rejects.toThrow('not a notebook')
  })
})
