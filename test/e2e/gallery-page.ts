// What every view of the gallery must do in a browser, whichever it is.
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Stop } from '../../widgets/gallery/page.ts'

/** Text of the sentence under the picture. */
const readout = (frame: Locator) => frame.locator('> .ls-readout').innerText()

/** Tab reaches the view from the heading above it, and what has the focus is marked. */
export async function reachedByTab(page: Page, frame: Locator): Promise<void> {
  // A place to start from: the note above the view.
  await frame.evaluate(e => {
    const note = e.closest('.example')!.querySelector<HTMLElement>('.note')! // every example has one
    note.tabIndex = -1
    note.focus()
  })
  await page.keyboard.press('Tab')
  const seen = await frame.evaluate(e => {
    const now = document.activeElement!
    const { outlineStyle, outlineWidth } = getComputedStyle(now)
    const marked =
      now.matches(':focus-visible') && outlineStyle !== 'none' && outlineWidth !== '0px'
    return { inside: e.contains(now), marked, what: now.outerHTML.slice(0, 120) }
  })
  expect(seen, 'Tab from above').toMatchObject({ inside: true, marked: true })
}

/** The first stop of the picture itself: a map, a table of numbers, a plot, a ruler; else a button. */
async function picture(frame: Locator): Promise<Locator> {
  const drawn = frame.locator(
    ':is([role=application], [role=slider], [role=grid], td)[tabindex="0"], .ls-body input',
  )
  return ((await drawn.count()) ? drawn : frame.locator('.ls-body button')).first()
}

/** Arrow keys move something that the sentence tells, Enter pins, Esc lets go. */
export async function keyboard(page: Page, frame: Locator): Promise<void> {
  const start = await readout(frame)
  await (await picture(frame)).focus()
  const heard = new Set([start])
  for (const key of [
    'ArrowRight',
    'ArrowDown',
    'ArrowLeft',
    'ArrowUp',
    'ArrowDown',
    'ArrowRight',
  ]) {
    await page.keyboard.press(key)
    heard.add(await readout(frame))
  }
  expect(heard.size, `arrow keys: ${start}`).toBeGreaterThan(1)
  await page.keyboard.press('Enter')
  // The first takes the cursor's box away where there is one.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  expect(await readout(frame), 'after Esc').not.toMatch(/^Pinned/)
}

/** t: a table with numbers; ?: the keys; d: the drill-down. Each key takes back what it did. */
export async function panels(page: Page, frame: Locator): Promise<void> {
  await frame.focus()
  const open = () => frame.locator('> details').evaluate(d => (d as HTMLDetailsElement).open)
  const table = frame.locator('> .ls-table table')
  await page.keyboard.press('t')
  expect(await table.locator('td').count(), 't: cells').toBeGreaterThan(0)
  await page.keyboard.press('t')
  expect(await table.count(), 't again').toBe(0)
  await page.keyboard.press('?')
  expect(await frame.locator('> .ls-keys kbd').count(), '? shows the keys').toBeGreaterThan(5)
  await page.keyboard.press('?')
  expect(await frame.locator('> .ls-keys').count(), '? again').toBe(0)
  const before = await open()
  await page.keyboard.press('d')
  expect(await open(), 'd').toBe(!before)
  await page.keyboard.press('d')
  expect(await open(), 'd again').toBe(before)
}

/** The pointer is answered by the sentence. */
export async function pointer(page: Page, frame: Locator): Promise<void> {
  const start = await readout(frame)
  const heard = new Set([start])
  const drawn = frame.locator(
    '.ls-body :is(.ls-tile, td, .ls-plot, [role=application], .ls-prose > span, svg)',
  )
  const targets = (await drawn.count()) ? drawn : frame.locator('.ls-body button')
  for (let n = 0; n < Math.min(40, await targets.count()) && heard.size < 2; n++) {
    await targets.nth(n).scrollIntoViewIfNeeded()
    const box = await targets.nth(n).boundingBox()
    if (!box) continue
    for (const share of [0.3, 0.5, 0.7]) {
      await page.mouse.move(box.x + share * box.width, box.y + share * box.height)
      heard.add(await readout(frame))
    }
  }
  await page.mouse.move(0, 0)
  expect(heard.size, `pointing: ${start}`).toBeGreaterThan(1)
}

/** What a page's reader may try, and the numbers of the library that stand there then. */
export async function follow(page: Page, frame: Locator, stops: readonly Stop[]): Promise<void> {
  for (const stop of stops) {
    const selector = stop.click ?? stop.focus
    if (selector) {
      const target = frame.locator(selector).nth(stop.nth ?? 0)
      await target.scrollIntoViewIfNeeded()
      if (stop.focus) await target.focus()
      else if (stop.at) {
        const box = await target.boundingBox()
        if (!box) throw new Error(`${stop.say}: ${selector} is not shown`)
        await target.click({ position: { x: stop.at[0] * box.width, y: stop.at[1] * box.height } })
      } else await target.click()
    }
    for (const key of stop.keys ?? []) await page.keyboard.press(key)
    if (stop.type) {
      await page.keyboard.type(stop.type)
      await page.keyboard.press('Enter')
    }
    const place = stop.where ? frame.locator(stop.where).first() : frame.locator('> .ls-readout')
    const text = async () =>
      (await frame.evaluate(
        (e, w) => (w === '.ls-frame' ? (e as HTMLElement).innerText : null),
        stop.where,
      )) ?? place.innerText()
    await expect.poll(text, { message: stop.say, timeout: 5000 }).toContain(stop.reads)
  }
}

/** Nothing is wider than the page. */
export async function fits(page: Page, width: number, what: string): Promise<void> {
  await page.setViewportSize({ width, height: 900 })
  await page.waitForTimeout(60)
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= limit) return []
    return [...document.querySelectorAll('main *')]
      .filter(e => e.getBoundingClientRect().right > limit + 1)
      .slice(0, 5)
      .map(e => e.outerHTML.slice(0, 160))
  })
  expect(wide.join('\n'), what).toBe('')
}
