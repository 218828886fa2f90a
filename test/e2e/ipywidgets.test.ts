// The real ipywidgets and anywidget in a real JupyterLab, driven from TypeScript cells.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  browser,
  command,
  newPage,
  openNotebook,
  startLab,
  type Complaints,
  type Lab,
} from './lab.ts'

const cell = (source: string, i: number) => ({
  cell_type: 'code',
  id: `c${i}`,
  source,
  metadata: {},
  outputs: [],
  execution_count: null,
})
const CELLS = [
  `import { IntSlider, FloatSlider, Text, Image, Button, Checkbox, Dropdown, Label, HBox, VBox, Output, anywidget } from '@layerscope/kernel/widgets'
const slider = new IntSlider({ value: 3, max: 10, description: 'whole' })
const real = new FloatSlider({ value: 0.5, max: 1, description: 'real' })
const text = new Text({ value: 'hello', description: 'text' })
const check = new Checkbox({ description: 'check' })
const pick = new Dropdown({ options: ['one', 'two'], description: 'pick' })
const button = new Button({ description: 'Press' })
const label = new Label({ value: 'nothing yet' })
const out = new Output()
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')
text.observe('value', v => { label.value = 'text ' + v })
check.observe('value', v => { label.value = 'check ' + v })
pick.observe('value', v => { label.value = 'pick ' + v })
button.onClick(() => { label.value = 'pressed'; slider.value = 7; out.capture(() => console.log('captured')) })
new VBox({ children: [new HBox({ children: [slider, real] }), text, check, pick, button, new Image({ value: png, width: '20' }), label, out] })`,
  `const counter = anywidget({
  esm: \`export default { render({ model, el }) {
    const b = document.createElement('button'); b.className = 'counting'
    const draw = () => { b.textContent = 'count ' + model.get('count') }
    b.onclick = () => { model.set('count', model.get('count') + 1); model.save_changes() }
    model.on('change:count', draw); draw(); el.append(b)
  } }\`,
  state: { count: 1 } })
counter.observe('count', n => { label.value = 'count ' + n })
counter`,
]

let lab: Lab
let chrome: Browser
let page: Page
let complaints: Complaints
beforeAll(async () => {
  lab = await startLab()
  writeFileSync(
    join(lab.folder, 'w.ipynb'),
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: {
          name: 'layerscope',
          display_name: 'TypeScript (Layerscope)',
          language: 'typescript',
        },
      },
      cells: CELLS.map(cell),
    }),
  )
  chrome = await browser()
  ;[page, complaints] = await newPage(chrome)
})
afterAll(async () => {
  await chrome?.close()
  await lab?.stop()
})

const label = (text: string) => page.locator('.widget-label', { hasText: text }).first().waitFor()

it('show their views, send their events, and follow the kernel', async () => {
  await openNotebook(page, lab, 'w.ipynb')
  await command(page, 'notebook:run-all-cells')
  await page.locator('.widget-slider').first().waitFor({ timeout: 60_000 })
  expect(await page.locator('.widget-readout').allTextContents()).toEqual(['3', '0.50'])
  expect(
    await page.locator('.widget-image').evaluate((i: HTMLImageElement) => i.naturalWidth),
  ).toBe(1)

  await page.locator('.widget-text input').fill('typed')
  await label('text typed')
  await page.locator('.widget-checkbox input').check()
  await label('check true')
  await page.locator('.widget-dropdown select').selectOption('two')
  await label('pick two')
  await page.locator('.widget-button').click()
  await label('pressed')
  await page.locator('.widget-readout', { hasText: '7' }).first().waitFor()
  await page
    .locator('.jupyter-widgets-output-area, .widget-output', { hasText: 'captured' })
    .first()
    .waitFor()

  await page.locator('button.counting').click()
  await page.locator('button.counting', { hasText: 'count 2' }).waitFor()
  await label('count 2')
})

it('survive a refresh of the page', async () => {
  await command(page, 'docmanager:save')
  await page.waitForTimeout(1500)
  await openNotebook(page, lab, 'w.ipynb')
  await page.locator('.widget-readout', { hasText: '7' }).first().waitFor({ timeout: 60_000 })
  await page.locator('button.counting', { hasText: 'count 2' }).click()
  await page.locator('button.counting', { hasText: 'count 3' }).waitFor()
  await label('count 3')
  expect(complaints.errors).toEqual([])
})
