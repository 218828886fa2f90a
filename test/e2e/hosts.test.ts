// The same renderers outside JupyterLab: an exported lecture opened from disk, and a host with anywidget's contract.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch } from '../../scripts/chromium.mjs'
import { adapterBundle, kinds, styleBundle } from '../../scripts/lib/bundle.mjs'
import { exportNotebook } from '../../scripts/lib/export.mjs'
import type { ViewSpec } from '../../src/spec/index.ts'
import { network } from '../widgets/samples.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = join(root, '.cache/hosts-test')

let browser: Browser
const told: string[] = []
/** A page that tells what it complains of and asks for. */
async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
  page.on('pageerror', e => told.push(e.stack ?? String(e)))
  page.on('console', m => (m.type() === 'error' || m.type() === 'warning') && told.push(m.text()))
  page.on('request', r => /^(https?|wss?):/.test(r.url()) && told.push(`asked for ${r.url()}`))
  return page
}
const quiet = () => expect(told.splice(0).join('\n')).toBe('')
const address = (name: string) => pathToFileURL(join(folder, name)).href

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  browser = await launch()
  for (const name of ['01-one-filter', '05-a-real-cnn']) {
    const notebook: unknown = JSON.parse(
      readFileSync(join(root, `notebooks/${name}.ipynb`), 'utf8'),
    )
    writeFileSync(
      join(folder, `${name}.html`),
      await exportNotebook(notebook, { folder: join(root, 'notebooks') }),
    )
  }
})
afterAll(async () => {
  await browser?.close()
})

test('an exported lecture, opened from disk: text, formulas, and a stepper that steps', async () => {
  const page = await open()
  await page.goto(address('01-one-filter.html'))
  expect(await page.locator('h1').first().innerText()).toBe('Lecture 1. One filter, 36 pixels')
  expect(await page.locator('math').count()).toBeGreaterThanOrEqual(2)
  const box = page.locator('.outputs .saved-view', { has: page.locator('td') }).nth(1)
  await page.locator('.outputs .saved-view').nth(1).scrollIntoViewIfNeeded()
  await box.locator('.ls-frame').waitFor()
  const readout = box.locator('.ls-readout')
  expect(await readout.innerText()).toContain('o[0, 0]')
  await box.locator('.ls-ruler').focus()
  await page.keyboard.press('ArrowRight')
  // 1·0 + … as the lecture's table says: o[0, 1] = −1
  expect(await readout.innerText()).toMatch(/o\[0, 1\].*−1/)
  await box.locator('.ls-out button').first().click()
  expect(await readout.innerText()).toContain('o[0, 0]')
  expect(await box.locator('.ls-state').innerText()).toBe('snapshot')
  quiet()
  await page.close()
})

test('an exported lecture with curves and maps', async () => {
  const page = await open({ colorScheme: 'dark' })
  await page.goto(address('05-a-real-cnn.html'))
  const views = page.locator('.outputs .saved-view')
  for (let n = 0; n < (await views.count()); n++) {
    await views.nth(n).scrollIntoViewIfNeeded()
    await views.nth(n).locator('.ls-frame').waitFor()
  }
  await page.locator('.ls-plot svg').first().waitFor()
  const tile = page.locator('.ls-map .ls-tile').first()
  await tile.scrollIntoViewIfNeeded()
  await tile.click()
  expect(
    await tile.locator('xpath=ancestor::section[1]').locator('> .ls-readout').innerText(),
  ).toMatch(/^Pinned: .*= /)
  quiet()
  await page.close()
})

test('with scripts off the pictures stand there with their words', async () => {
  const page = await open({ javaScriptEnabled: false })
  await page.goto(address('01-one-filter.html'))
  const pictures = page.locator('.saved-view > img')
  expect(await pictures.count()).toBe(await page.locator('.saved-view').count())
  expect(
    await pictures.first().evaluate(i => (i as HTMLImageElement).naturalWidth),
  ).toBeGreaterThan(50)
  expect(await pictures.nth(1).getAttribute('alt')).toContain('conv2d')
  quiet()
  await page.close()
})

/** anywidget's contract as a page: a model with `get`, `on`, `off`, and commands. */
const HOST = `
  import widget from './views.mjs'
  const listeners = new Map()
  const state = JSON.parse(document.querySelector('#state').textContent)
  const model = {
    get: k => state[k],
    on: (e, f) => listeners.set(e, [...(listeners.get(e) ?? []), f]),
    off: (e, f) => listeners.set(e, (listeners.get(e) ?? []).filter(g => g !== f)),
  }
  const invoked = []
  const invoke = async (name, message) => {
    invoked.push([name, message])
    return ['done', []]
  }
  const el = document.querySelector('#el')
  const end = widget.render({ model, el, experimental: { invoke } })
  window.host = {
    set: (k, v) => { state[k] = v; for (const f of listeners.get('change:' + k) ?? []) f() },
    invoked, end, listeners: () => [...listeners.values()].flat().length,
  }`

async function hosted(state: { view: ViewSpec; live?: boolean }, css: string): Promise<Page> {
  const page = await open()
  // Modules need an origin: the page is served from nowhere but this test.
  await page.route('https://host.test/**', async route => {
    const path = new URL(route.request().url()).pathname
    if (path === '/views.mjs')
      await route.fulfill({
        contentType: 'text/javascript',
        body: await adapterBundle('anywidget', [state.view.kind]),
      })
    else if (path === '/host.mjs')
      await route.fulfill({ contentType: 'text/javascript', body: HOST })
    else if (path === '/')
      await route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><link rel="icon" href="data:,"><style>${css}</style><div id="el"></div><script type="application/json" id="state">${JSON.stringify(state).replace(/</g, '\\u003c')}</script><script type="module" src="host.mjs"></script>`,
      })
    else await route.abort()
  })
  await page.goto('https://host.test/')
  await page.locator('.ls-frame').waitFor()
  told.splice(0)
  return page
}

test('a host with anywidget’s contract draws, is asked, follows the model and ends', async () => {
  const { view } = network()
  const page = await hosted({ view, live: true }, await styleBundle())
  const readout = page.locator('.ls-readout')
  expect(await page.locator('.ls-state').innerText()).toBe('live')
  await page.locator('.ls-map .ls-tile').nth(1).press('ArrowRight')
  await page.keyboard.press('Enter')
  expect(await readout.innerText()).toMatch(/^Pinned: .*map 1, row 0, column 1 = /)
  expect(await page.evaluate('window.host.invoked')).toContainEqual([
    'event',
    { name: 'pin', payload: { index: [view.data.layer, 1, 0, 1] } },
  ])
  await page.evaluate(
    v => (window as never as { host: { set(k: string, v: unknown): void } }).host.set('view', v),
    { ...view, data: { ...view.data, layer: 1, pin: null, layers: view.data.layers.slice(0, 2) } },
  )
  await expect
    .poll(() => page.locator('.ls-title b').innerText())
    .toContain(view.data.layers[1].name)
  await page.evaluate("window.host.set('view', { kind: 'nonsense' })")
  expect(await page.locator('.ls-title b').innerText()).toContain(view.data.layers[1].name)
  await page.evaluate('window.host.end()')
  expect(
    await page.evaluate('[window.host.listeners(), document.querySelector("#el").children.length]'),
  ).toEqual([0, 0])
  quiet()
  await page.close()
})

test('what is loaded before the first view stays small', async () => {
  for (const kind of kinds()) {
    const code = await adapterBundle('anywidget', [kind])
    expect(gzipSync(code).length, kind).toBeLessThan(40_000)
  }
  // JupyterLab: the remote entry, our plugin, the parts all views share, and the largest of the views.
  const built = join(root, 'widgets/labextension/static')
  const sizes = readdirSync(built)
    .filter(f => f.endsWith('.js'))
    .map(f => gzipSync(readFileSync(join(built, f))).length)
    .sort((a, b) => b - a)
  expect(sizes.slice(0, 4).reduce((a, b) => a + b)).toBeLessThan(60_000)
  expect(gzipSync(await styleBundle()).length).toBeLessThan(12_000)
})
