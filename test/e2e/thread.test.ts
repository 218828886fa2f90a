// The whole path once: a cell in JupyterLab trains a network, its views move, open down to the numbers, and outlive the kernel.
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cache } from '../../scripts/lib/paths.mjs'
import { ask, kernels, save, shutdownKernel } from './kernel.ts'
import {
  browser,
  command,
  idle,
  newPage,
  openNotebook,
  openWithoutKernel,
  startLab,
  type Complaints,
  type Lab,
} from './lab.ts'

const LECTURE_5 = '05-a-real-cnn.ipynb'
const LECTURE_1 = '01-one-filter.ipynb'

let lab: Lab
let chromium: Browser
let page: Page
let complaints: Complaints

beforeAll(async () => {
  lab = await startLab()
  chromium = await browser()
})
// What was on the screen when a test failed.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail' || !page) return
  const path = join(cache, 'test', `${task.name.replace(/\W+/g, '-').slice(0, 40)}.png`)
  await page.screenshot({ path, timeout: 20_000 }).catch(() => undefined)
  console.log(`screenshot: ${path}; console: ${JSON.stringify(complaints.errors)}`)
})
afterAll(async () => {
  await chromium?.close()
  await lab?.stop()
})

const frames = (inside: string) =>
  page.locator('.jp-OutputArea-output .ls-frame', { has: page.locator(inside) })
const training = () => frames('.ls-plot').first()
/** The explorers of lecture 5 in their order: before training, after it. */
const explorer = (n: number) => frames('.ls-explore').nth(n)
/** The first stepper of lecture 1: views below it may be drawn later, so none is the last for good. */
const stepper = () => frames('.ls-sheet').first()
const chip = (view: Locator) => view.locator('.ls-state')
const readout = (view: Locator) => view.locator('.ls-readout')
const says = (view: Locator, text: string | RegExp) =>
  readout(view).filter({ hasText: text }).waitFor({ state: 'attached', timeout: 30_000 })
/** A number typed into a cell of the stepper. JupyterLab takes the focus once, when a cell becomes the active one. */
const typed = async (view: Locator, name: string, text: string) => {
  await view.locator('xpath=ancestor::div[contains(@class, "jp-mod-active")]').first().waitFor()
  const cell = view.getByLabel(name, { exact: true })
  await cell.click()
  await cell.fill(text)
  await cell.press('Enter')
}
const state = (view: Locator, text: string | RegExp) =>
  chip(view).filter({ hasText: text }).waitFor({ state: 'attached', timeout: 120_000 })

/** A number as the views write it, with a true minus. */
const read = (text: string): number => Number(text.trim().replace('−', '-'))
const steps = async (): Promise<number> =>
  Number(/step ([\d,]+)/.exec(await readout(training()).innerText())?.[1].replace(/,/g, '') ?? 0)

/** Numbers shown with `digits` decimals are the exact ones. */
function agree(shown: number, exact: number, digits: number): void {
  expect(Math.abs(shown - exact)).toBeLessThanOrEqual(0.5 * 10 ** -digits + 1e-5)
}

/** A layer of the network in the kernel, as plain numbers. */
interface Raw {
  name: string
  source: number
  shape: number[]
  values: number[]
  weight: number[]
  weightShape: number[]
  bias: number[]
}
const layersInTheKernel = () =>
  ask<Raw[]>(
    page,
    `console.log(JSON.stringify(trace(net, test.images.at(6)).layers.map(l => {
      const w = 'weight' in l.op ? l.op.weight : null
      const b = 'bias' in l.op ? l.op.bias : null
      return {
        name: l.name, source: l.source, shape: [...l.shape],
        values: Array.from(l.values.toTypedArray()).map(Number),
        weight: w ? Array.from(w.toTypedArray()).map(Number) : [],
        weightShape: w ? [...w.shape] : [],
        bias: b ? Array.from(b.toTypedArray()).map(Number) : [],
      }
    })))`,
  )
const at = ({ shape, values }: Raw, [c, i, j]: number[]) =>
  values[(c * shape[1] + i) * shape[2] + j]

/** The curve of the training loss, as it was at each redraw. */
async function watchCurve(): Promise<void> {
  await training().evaluate(frame => {
    const seen = new Set<string>()
    Object.assign(window, { curves: seen })
    const look = () => {
      const d = frame.querySelector('.ls-line')?.getAttribute('d')
      if (d) seen.add(d)
    }
    new MutationObserver(look).observe(frame, { subtree: true, childList: true, attributes: true })
  })
}
/** Cells above a view may still grow: it is brought back into sight until the curve has moved so often. */
const curveMoved = (times: number) =>
  until(async () => {
    await training().evaluate(e => e.scrollIntoView({ block: 'center' }))
    return page.evaluate(
      n => ((window as unknown as { curves?: Set<string> }).curves?.size ?? 0) >= n,
      times,
    )
  }, `the curve to move ${times} times`)

async function until(f: () => Promise<boolean>, what: string, ms = 120_000): Promise<void> {
  for (const end = Date.now() + ms; !(await f()); await new Promise(r => setTimeout(r, 200)))
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
}

/** The middle of a cell of a tile. */
async function place(tile: Locator, [rows, columns]: number[], [row, column]: number[]) {
  await tile.scrollIntoViewIfNeeded()
  const box = await tile.boundingBox()
  if (!box) throw new Error('the tile is not on screen')
  return {
    position: { x: ((column + 0.5) / columns) * box.width, y: ((row + 0.5) / rows) * box.height },
  }
}

/** Numbers of a small grid, row by row. */
const gridOf = async (table: Locator): Promise<number[]> =>
  (await table.locator('td').allInnerTexts()).map(read)

const painted = (canvas: Locator): Promise<number> =>
  canvas.evaluate((c: HTMLCanvasElement) => {
    const { data } = c.getContext('2d')!.getImageData(0, 0, c.width, c.height) // drawn in 2d
    const colours = new Set<number>()
    for (let i = 0; i < data.length; i += 4)
      colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2])
    return colours.size
  })

describe('lecture 5 in JupyterLab', () => {
  beforeAll(async () => {
    ;[page, complaints] = await newPage(chromium)
    await openNotebook(page, lab, LECTURE_5)
  })

  it('runs all; the curve moves while the loop runs; pause, one step and resume by mouse', async () => {
    await command(page, 'notebook:run-all-cells')
    await state(training(), 'training')
    await training().scrollIntoViewIfNeeded()
    await watchCurve()
    await curveMoved(3)
    await training().getByRole('button', { name: 'pause' }).click()
    await state(training(), 'paused')
    const before = await steps()
    expect(before).toBeGreaterThan(0)
    await training().getByRole('button', { name: 'one step' }).click()
    await says(training(), `step ${(before + 1).toLocaleString('en')}.`)
    await state(training(), 'paused')
    await training().getByRole('button', { name: 'resume' }).click()
    await state(training(), 'training')
    await curveMoved(6)
  })

  it('pauses, steps and resumes by keyboard', async () => {
    await training().locator('.ls-plot').focus()
    await page.keyboard.press('p')
    await state(training(), 'paused')
    const before = await steps()
    await page.keyboard.press('.')
    await says(training(), `step ${(before + 1).toLocaleString('en')}.`)
    await page.keyboard.press('p')
    await state(training(), 'done')
    await idle(page, 300_000)
    await says(training(), /step 471\. .* % of the test images right/)
    expect(await page.locator('.jp-OutputArea-output[data-mime-type*="stderr"]').count()).toBe(0)
    expect(await page.locator('.jp-RenderedText[data-mime-type*="error"]').count()).toBe(0)
  })

  it('opens a value of conv2 into windows, filters, products and sums, which are the kernel’s', async () => {
    const view = explorer(1)
    await view.scrollIntoViewIfNeeded()
    await state(view, 'live')
    const layers = await layersInTheKernel()
    const n = layers.findIndex(l => l.name === 'conv2')
    const conv2 = layers[n]
    const source = layers[conv2.source]
    expect(conv2.shape).toEqual([16, 10, 10])
    const strongest = conv2.values.indexOf(Math.max(...conv2.values))
    const [c, i, j] = [
      Math.floor(strongest / 100),
      Math.floor((strongest % 100) / 10),
      strongest % 10,
    ]

    await view.getByRole('button', { name: /^conv2/ }).click()
    const tile = view.locator('.ls-map .ls-tile').nth(c)
    const cell = await place(tile, [10, 10], [i, j])
    await tile.hover(cell)
    await says(view, `conv2, map ${c}, row ${i}, column ${j} = `)
    agree(
      read(await readout(view).locator('.ls-num').first().innerText()),
      conv2.values[strongest],
      3,
    )
    await says(view, 'The largest value in this layer.')
    await tile.click(cell)
    await says(view, `Pinned: conv2, map ${c}, row ${i}, column ${j} = `)
    await view.locator('.ls-crumbs .ls-here', { hasText: `conv2 ${c} (${i}, ${j})` }).waitFor()

    const [, D, h, k] = conv2.weightShape
    let total = conv2.bias[c]
    const channels = view.locator('.ls-channels > div')
    expect(await channels.count()).toBe(D)
    const shown = new Set<number>()
    for (let row = 0; row < D; row++) {
      const caption = await channels.nth(row).locator('.ls-caption').innerText()
      const d = Number(/map (\d+)/.exec(caption)?.[1])
      shown.add(d)
      const [x, w, p] = await Promise.all(
        [0, 1, 2].map(t => gridOf(channels.nth(row).locator('table').nth(t))),
      )
      let sum = 0
      for (let a = 0; a < h; a++)
        for (let b = 0; b < k; b++) {
          const [q, exactX, exactW] = [
            a * k + b,
            at(source, [d, i + a, j + b]),
            conv2.weight[((c * D + d) * h + a) * k + b],
          ]
          agree(x[q], exactX, 2)
          agree(w[q], exactW, 2)
          agree(p[q], exactX * exactW, 2)
          sum += exactX * exactW
        }
      agree(read(await channels.nth(row).locator('b.ls-num').innerText()), sum, 3)
      total += sum
    }
    expect(shown.size).toBe(D)
    agree(read(await view.locator('.ls-ledger .ls-here').innerText()), total, 3)
    agree(total, conv2.values[strongest], 4)
    const exact = view.locator('.ls-exact', { hasText: 'From the kernel' })
    await exact.waitFor()
    agree(read(/exact: ([−\d.]+?)\.$/.exec(await exact.innerText())![1]), total, 4)

    // One number of the strongest channel, and on, down to the pixel.
    const first = channels.first()
    const d = Number(/map (\d+)/.exec(await first.locator('.ls-caption').innerText())?.[1])
    await first.locator('table').first().locator('button').first().click()
    await says(view, `Pinned: ${source.name}, map ${d}, row ${i}, column ${j} = `)
    const conv1 = layers[source.source]
    const pooled = await gridOf(view.locator('.ls-equation table'))
    pooled.forEach((v, q) =>
      agree(v, at(conv1, [d, 2 * i + Math.floor(q / 2), 2 * j + (q % 2)]), 2),
    )
    agree(read(await view.locator('.ls-equation .ls-here').innerText()), Math.max(...pooled), 2)
    await view.locator('.ls-equation button').last().click()
    await says(view, `Pinned: conv1, map ${d}, row ${2 * i + 1}, column ${2 * j + 1} = `)
    const window = view.locator('.ls-channels table').first()
    const pixels = await gridOf(window)
    const [input] = layers
    pixels.forEach((v, q) => {
      const [row, column] = [2 * i + 1 + Math.floor(q / 5) - 2, 2 * j + 1 + (q % 5) - 2]
      const inside = row >= 0 && column >= 0 && row < 28 && column < 28
      agree(v, inside ? at(input, [0, row, column]) : 0, 2)
    })
    // The middle of the window lies inside the image whatever the place.
    await window.locator('button').nth(12).click()
    await says(view, `Pinned: input, map 0, row ${2 * i + 1}, column ${2 * j + 1} = `)
    // And the way back.
    await view.locator('.ls-crumbs button').first().click()
    await says(view, `Pinned: conv2, map ${c}, row ${i}, column ${j} = `)
  })

  it('does the same by keyboard, and JupyterLab’s own keys stay out of it', async () => {
    const view = explorer(1)
    const cells = await page.locator('.jp-Notebook .jp-Cell').count()
    const tile = view.locator('.ls-map .ls-tile').first()
    await tile.focus()
    for (const key of ['Escape', ']', 'ArrowDown', 'ArrowRight', 'Shift+ArrowRight'])
      await page.keyboard.press(key)
    await says(view, 'conv2, map 1, row 1, column 6 = ')
    await page.keyboard.press('Enter')
    await says(view, 'Pinned: conv2, map 1, row 1, column 6 = ')
    await page.keyboard.press('Escape')
    await says(view, /^conv2: 5×5/)
    await page.keyboard.press('PageUp')
    await page.keyboard.press('PageDown')
    await page.keyboard.press('t')
    await view.locator('.ls-table table').waitFor()
    await page.keyboard.press('t')
    expect(await view.locator('.ls-table').count()).toBe(0)
    const open = () => view.locator('details.ls-drill').evaluate((d: HTMLDetailsElement) => d.open)
    const was = await open()
    await page.keyboard.press('d')
    expect(await open()).toBe(!was)
    await page.keyboard.press('d')
    expect(await page.locator('.jp-Notebook .jp-Cell').count()).toBe(cells)
  })

  it('shows another image when one is chosen', async () => {
    const view = explorer(1)
    const label = await view.locator('.ls-thumbs button').nth(3).getAttribute('title')
    await view.locator('.ls-thumbs button').nth(3).click()
    await view.locator('.ls-from', { hasText: `labelled ${label}` }).waitFor()
    const input = await layersOf(3)
    const table = view.locator('.ls-table table')
    await view.getByRole('button', { name: /^input/ }).click()
    await view.locator('.ls-map .ls-tile').first().focus()
    await page.keyboard.press('t')
    const shown = await gridOf(table)
    expect(shown).toHaveLength(784)
    shown.forEach((v, q) => agree(v, input[q], 2))
    await page.keyboard.press('t')
    await view.locator('.ls-thumbs button').nth(6).click()
    await view.getByRole('button', { name: /^conv2/ }).click()
    await state(view, 'live')
  })

  it('saves; with the kernel gone the views say so and stay readable', async () => {
    await save(page)
    await shutdownKernel(page)
    for (const view of [training(), explorer(0), explorer(1)]) {
      await state(view, 'kernel gone')
      await view.locator('.ls-note', { hasText: 'The kernel restarted or stopped' }).waitFor()
    }
    const view = explorer(1)
    await view.scrollIntoViewIfNeeded()
    const tile = view.locator('.ls-map .ls-tile').nth(2)
    await tile.hover(await place(tile, [10, 10], [4, 5]))
    await says(view, 'conv2, map 2, row 4, column 5 = ')
    await view.locator('.ls-thumbs button').nth(1).click()
    await says(view, 'needs the kernel')
    expect(await training().getByRole('button', { name: 'one step' }).isDisabled()).toBe(true)
    expect(await training().locator('.ls-line').count()).toBeGreaterThan(0)
    expect(complaints.errors).toEqual([])
  })
})

const layersOf = (image: number) =>
  ask<number[]>(
    page,
    `console.log(JSON.stringify(Array.from(trace(net, test.images.at(${image})).layers[0].values.toTypedArray()).map(Number)))`,
  )

describe('lecture 1 in JupyterLab', () => {
  beforeAll(async () => {
    ;[page, complaints] = await newPage(chromium)
    await openNotebook(page, lab, LECTURE_1)
  })

  it('the stepper opens each output cell, takes numbers, and counts', async () => {
    await command(page, 'notebook:run-all-cells')
    await state(stepper(), 'live')
    await idle(page)
    const view = stepper()
    await view.scrollIntoViewIfNeeded()
    const output = await ask<number[][]>(
      page,
      `console.log(JSON.stringify(Array.from({ length: 4 }, (_, i) => Array.from(out.toTypedArray()).slice(4 * i, 4 * i + 4))))`,
    )
    const cells = view.locator('.ls-outs .ls-out button')
    expect((await cells.allInnerTexts()).map(read)).toEqual(output.flat())
    await cells.nth(12).click()
    await says(view, 'o[3, 0]: the 9 products add up to 3.')
    const products = (await view.locator('.ls-products td b').allInnerTexts()).map(read)
    expect(products).toHaveLength(9)
    expect(products.reduce((a, b) => a + b)).toBe(3)
    await says(view, 'o[3, 0]')
    // By keyboard: to the next cell, and a number typed into the image.
    await cells.nth(12).press('.')
    await says(view, `o[3, 1]: the 9 products add up to ${String(output[3][1]).replace('-', '−')}.`)
    await typed(view, 'x[3, 1]', '5')
    await says(view, 'You set x[3, 1] to 5. ')
    expect(read(await cells.nth(13).innerText())).toBe(output[3][1] + 5)
    await view.getByRole('button', { name: 'reset numbers' }).click()
    expect((await cells.allInnerTexts()).map(read)).toEqual(output.flat())
    await save(page)
    await shutdownKernel(page)
    await state(view, 'kernel gone')
    expect(complaints.errors).toEqual([])
  })
})

describe('saved, and opened without a kernel', () => {
  it('lecture 5 shows curves and maps, which still open', async () => {
    ;[page, complaints] = await newPage(chromium)
    await openWithoutKernel(page, lab, LECTURE_5)
    expect(await kernels(page)).toBe(0)
    await training().scrollIntoViewIfNeeded()
    await state(training(), 'snapshot')
    await training().locator('.ls-line').first().waitFor()
    await says(training(), /step 471\. .* % of the test images right/)
    const view = explorer(1)
    await view.scrollIntoViewIfNeeded()
    await state(view, 'snapshot')
    const tile = view.locator('.ls-map .ls-tile').first()
    expect(await painted(tile.locator('canvas'))).toBeGreaterThan(5)
    await tile.click(await place(tile, [10, 10], [2, 2]))
    await says(view, 'Pinned: conv2, map 0, row 2, column 2 = ')
    await view.locator('.ls-channels table').first().waitFor()
    expect(complaints.errors).toEqual([])
  })

  it('lecture 1 shows the stepper, which still computes', async () => {
    ;[page, complaints] = await newPage(chromium, { dark: true })
    await openWithoutKernel(page, lab, LECTURE_1)
    expect(await kernels(page)).toBe(0)
    const view = stepper()
    await view.scrollIntoViewIfNeeded()
    await state(view, 'snapshot')
    await view.locator('.ls-outs .ls-out button').first().click()
    await says(view, 'o[0, 0]: the 9 products add up to 3.')
    await typed(view, 'x[0, 0]', '0')
    await says(view, 'You set x[0, 0] to 0.')
    expect(await view.locator('.ls-outs .ls-out button').first().innerText()).toBe('2')
    expect(complaints.errors).toEqual([])
  })
})
