// The library in a page: bundled by esbuild through the package's browser condition, run in Chromium with and without
// cross-origin isolation. The same training gives the same bits in both, and in Node.
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch } from '../../scripts/chromium.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** A small net trained on noise, as text: it runs in the page and here. */
const TRAINING = `
import { backend, crossEntropy, manualSeed, nn, optim, randint, randn, setBackend } from 'layerscope'
export async function training(threads) {
  setBackend('wasm', { deterministic: true, threads })
  manualSeed(3)
  const net = new nn.Sequential([
    new nn.Conv2d(1, 16, 3, { padding: 1 }), new nn.ReLU(),
    new nn.Conv2d(16, 16, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2),
    new nn.Flatten(), new nn.Linear(16 * 8 * 8, 10),
  ])
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 })
  const [x, y] = [randn([32, 1, 16, 16]), randint(0, 10, [32])]
  const losses = []
  for (let i = 0; i < 6; i++) {
    const loss = crossEntropy(net.forward(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    losses.push(loss.item())
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  return { losses, ...backend().info() }
}
`
const bundle = async (platform: 'browser' | 'node') => {
  const { outputFiles } = await build({
    stdin: {
      contents:
        platform === 'browser'
          ? `${TRAINING}\nglobalThis.training = training\nglobalThis.ready = true`
          : TRAINING,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    platform,
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0].text
}

interface Result {
  losses: number[]
  threads: number
}
let browser: Browser
let server: Server
let here: Result
const url = (isolated: boolean) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/${isolated ? 'isolated' : 'plain'}/`

beforeAll(async () => {
  const script = await bundle('browser')
  server = createServer((request, response) => {
    const isolated = request.url?.startsWith('/isolated')
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    }
    const isScript = request.url?.endsWith('.js')
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<script type="module" src="page.js"></script>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  here = await inNode()
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  server?.close()
})

/** The same training in this process, from a bundle for Node. */
async function inNode(): Promise<Result> {
  const folder = join(root, '.cache/browser-test')
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'training.mjs')
  await writeFile(path, await bundle('node'))
  const { training } = (await import(/* @vite-ignore */ path)) as {
    training(threads: number): Promise<Result>
  }
  return training(1)
}

it.each([true, false])('trains in a page, isolated %s', async isolated => {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', e => errors.push(String(e)))
  page.on('console', m => m.type() === 'error' && errors.push(m.text()))
  await page.goto(url(isolated))
  await page.waitForFunction('globalThis.ready || false').catch(() => undefined)
  expect(errors.filter(e => !e.includes('favicon') && !e.includes('404'))).toEqual([])
  const result: Result = await page.evaluate('training(2)')
  expect(result.threads).toBe(isolated ? 2 : 1)
  expect(result.losses).toEqual(here.losses)
  expect(result.losses[5]).toBeLessThan(result.losses[0])
  await page.close()
})
