// The gallery in a real Chromium, from disk: every view is drawn, operated by mouse and keyboard, read by axe, compared
// with its picture and with the library's numbers.
//   npm test -- --project e2e gallery -t conv        one page
//   UPDATE=1 npm test -- --project e2e gallery       writes the pictures anew
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launch } from '../../scripts/chromium.mjs'
import { buildGallery, pageNames } from '../../scripts/lib/gallery.mjs'
import type { MadePage } from '../../widgets/gallery/build.ts'
import { compare, small } from './gallery-picture.ts'
import { fits, follow, keyboard, panels, pointer, reachedByTab } from './gallery-page.ts'

const here = dirname(fileURLToPath(import.meta.url))
const folder = join(here, '../../.cache/gallery-test')
const pictures = join(here, 'gallery')
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

let browser: Browser
let context: BrowserContext
let page: Page
let made: Map<string, MadePage>
const errors: string[] = []

beforeAll(async () => {
  const { pages } = await buildGallery({ to: folder })
  made = new Map(pages.map(p => [p.id, p]))
  browser = await launch()
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    colorScheme: 'light',
  })
  page = await context.newPage()
  page.on('pageerror', e => errors.push(e.stack ?? String(e)))
  page.on('console', m => (m.type() === 'error' || m.type() === 'warning') && errors.push(m.text()))
  page.on('request', r => r.url().startsWith('http') && errors.push(`asked for ${r.url()}`))
})
afterAll(async () => {
  await browser?.close()
})

/** What the page complained of since the last time it was asked. */
const told = () => errors.splice(0).join('\n')

async function open(name: string, fragment = ''): Promise<void> {
  errors.length = 0
  await page.emulateMedia({
    colorScheme: 'light',
    forcedColors: 'none',
    reducedMotion: 'no-preference',
    media: 'screen',
  })
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href + fragment)
  await page.waitForFunction(
    () => !document.querySelector('script[src="live.js"]') || document.body.dataset.live === 'all',
  )
}

/** What axe finds serious or critical, as lines. */
async function serious(): Promise<string> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.addScriptTag({ path: axe })
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { preload: false, resultTypes: ['violations'], rules: { region: { enabled: false } } })",
  )
  return violations
    .filter(v => v.impact === 'serious' || v.impact === 'critical')
    .flatMap(v =>
      v.nodes
        .slice(0, 4)
        .map(
          n => `${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`,
        ),
    )
    .join('\n')
}

test('the index leads to every page', async () => {
  await open('index')
  const links = await page.locator('.index a').evaluateAll(a => a.map(x => x.getAttribute('href')))
  expect(links.sort()).toEqual(pageNames().map(n => `${n}.html`))
  const broken = await page
    .locator('.index img')
    .evaluateAll(images =>
      images
        .filter(i => !(i as HTMLImageElement).complete || !(i as HTMLImageElement).naturalWidth)
        .map(i => i.outerHTML),
    )
  expect(broken).toEqual([])
  expect(await serious()).toBe('')
  expect(told()).toBe('')
})

describe.each(pageNames())('%s', name => {
  const frames = () => page.locator('.example .view .ls-frame')
  const frameOf = (id: string) => page.locator(`#${id} .ls-frame`).first()

  test('is drawn, live where the library runs in the page', async () => {
    await open(name)
    const { examples } = made.get(name)!
    expect(await frames().count()).toBe(examples.length)
    expect(await page.locator('.ls-failed').count()).toBe(0)
    for (const { id, live } of examples)
      if (live)
        await expect
          .poll(() => frameOf(id).locator('.ls-title .ls-state').innerText(), {
            message: `${id} is live`,
          })
          .not.toBe('snapshot')
    expect(told()).toBe('')
  })

  test('by keyboard and mouse; its numbers are the library’s', async () => {
    const { examples } = made.get(name)!
    for (const { id, stops } of examples) {
      const frame = frameOf(id)
      await frame.scrollIntoViewIfNeeded()
      await follow(page, frame, stops)
      await reachedByTab(page, frame)
      await keyboard(page, frame)
      await panels(page, frame)
      await pointer(page, frame)
      await frame.press('Escape')
    }
    expect(told()).toBe('')
  })

  test('axe finds nothing serious, light and dark, with drill-downs and a table open', async () => {
    await page
      .locator('.example details.ls-drill')
      .evaluateAll(all => all.forEach(d => ((d as HTMLDetailsElement).open = true)))
    await frames().first().press('t')
    expect(await serious(), 'light').toBe('')
    await page.locator('input[value="dark"]').check()
    expect(
      await frames()
        .first()
        .evaluate(f => f.closest('.ls-view')!.getAttribute('data-ls-theme')),
    ).toBe('dark')
    expect(await serious(), 'dark').toBe('')
    await page.locator('input[value="system"]').check()
    expect(told()).toBe('')
  })

  test('fits 480 px, zoom 200 % and forced colours, and stands still for those who ask', async () => {
    await fits(page, 480, '480 px')
    // 1280 px at 200 % are 640 CSS pixels.
    await fits(page, 640, 'zoom 200 %')
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
    const bare = await page
      .locator('.ls-tile canvas')
      .evaluateAll(
        all =>
          all.filter(c => getComputedStyle(c).getPropertyValue('forced-color-adjust') !== 'none')
            .length,
      )
    expect(bare, 'maps keep their colours').toBe(0)
    expect(await page.evaluate(() => document.getAnimations().length), 'nothing moves').toBe(0)
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' })
    expect(told()).toBe('')
  })

  test('looks as it did', async () => {
    await open(name)
    const first = made.get(name)!.examples[0]
    const frame = frameOf(first.id)
    await frame.scrollIntoViewIfNeeded()
    if (await frame.locator('.ls-plot').count())
      await frame.locator('.ls-plot svg').first().waitFor()
    const shot = await small(page, await frame.screenshot({ animations: 'disabled' }))
    const file = join(pictures, `${name}.webp`)
    if (process.env.UPDATE) {
      mkdirSync(pictures, { recursive: true })
      writeFileSync(file, shot)
    }
    expect(existsSync(file), `${file}: UPDATE=1 npm test -- --project e2e gallery -t ${name}`).toBe(
      true,
    )
    expect(statSync(file).size).toBeLessThan(30_000)
    const difference = await compare(page, readFileSync(file), shot)
    const seen = join(folder, `${name}-now.webp`)
    if (difference > 0.04) writeFileSync(seen, shot)
    else rmSync(seen, { force: true })
    expect(
      difference,
      `share of the picture that differs from ${file}; what was seen: ${seen}`,
    ).toBeLessThanOrEqual(0.04)
  })
})
