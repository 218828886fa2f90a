// A headless Chromium for tests and screenshots: one on the PATH, else the one that npm carries.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Flags for a quiet headless browser that reaches nothing but localhost. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
]

/** @returns {string | null} a Chromium or Chrome the machine already has: `$CHROMIUM`, then the PATH */
export function installedChromium() {
  if (process.env.CHROMIUM) {
    if (existsSync(process.env.CHROMIUM)) return process.env.CHROMIUM
    throw new Error(`CHROMIUM=${process.env.CHROMIUM}: no such file`)
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of NAMES) {
      const path = join(folder, name)
      if (folder && existsSync(path)) return path
    }
  return null
}

/**
 * Path of a Chromium that runs here. On Linux x64 the npm package carries one with its libraries and needs nothing
 * from the system; elsewhere a browser must be installed.
 * @returns {Promise<string>}
 */
export async function chromiumPath() {
  const found = installedChromium()
  if (found) return found
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'no Chromium or Chrome found: install one, or name it in CHROMIUM=/path/to/chrome',
    )
  // The package unpacks its bundled system libraries only where it believes itself in that environment.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x'
  const { default: chromium } = await import('@sparticuz/chromium')
  return chromium.executablePath()
}

/**
 * A playwright-core browser.
 * @param {import('playwright-core').LaunchOptions} [options]
 */
export async function launch(options = {}) {
  const { chromium } = await import('playwright-core')
  const executablePath = await chromiumPath()
  return chromium.launch({
    executablePath,
    headless: true,
    ...options,
    args: [...FLAGS, ...(options.args ?? [])],
  })
}
