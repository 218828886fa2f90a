// A real JupyterLab from the local .venv and a page in headless Chromium, for end-to-end tests.
import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launch } from '../../scripts/chromium.mjs'
import { inVenv, jupyterEnv, notebooks } from '../../scripts/lib/paths.mjs'

/** What is used of JupyterLab's application on the page, exposed when the server is started so. */
interface App {
  restored: Promise<unknown>
  commands: { execute(id: string, args?: object): Promise<unknown> }
  serviceManager: {
    sessions: { refreshRunning(): Promise<void>; running(): Iterable<unknown> }
  }
  shell: {
    currentWidget: {
      context: { model: { dirty: boolean } }
      sessionContext: {
        isReady: boolean
        shutdown(): Promise<void>
        session: { kernel: Kernel | null } | null
      }
    }
  }
}
interface Kernel {
  status: string
  requestExecute(content: { code: string; store_history: boolean; stop_on_error: boolean }): {
    onIOPub: (message: {
      header: { msg_type: string }
      content: { text?: string; evalue?: string }
    }) => void
    done: Promise<unknown>
  }
}
declare global {
  interface Window {
    jupyterapp: App
  }
}

export interface Lab {
  url: string
  token: string
  /** Copy of the notebooks folder that the server serves. */
  folder: string
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo // a TCP server's address is never a string
      server.close(() => resolve(port))
    })
  })
}

/** Starts JupyterLab on a copy of the notebooks, with settings of its own. */
export async function startLab(): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-e2e-'))
  const served = join(folder, 'notebooks')
  mkdirSync(served)
  cpSync(notebooks, served, { recursive: true })
  const port = await freePort()
  const token = 'e2e'
  const child: ChildProcess = spawn(
    inVenv('jupyter'),
    [
      'lab',
      '--no-browser',
      '--allow-root',
      `--ServerApp.root_dir=${served}`,
      `--ServerApp.port=${port}`,
      '--ServerApp.ip=127.0.0.1',
      `--IdentityProvider.token=${token}`,
      '--LabApp.expose_app_in_browser=True',
      '--LabApp.news_url=None',
      '--ServerApp.log_level=WARN',
    ],
    {
      env: {
        ...jupyterEnv(),
        JUPYTER_CONFIG_DIR: join(folder, 'config'),
        JUPYTER_DATA_DIR: join(folder, 'data'),
        JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
        JUPYTERLAB_SETTINGS_DIR: join(folder, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: join(folder, 'workspaces'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let log = ''
  child.stdout?.on('data', d => (log += d))
  child.stderr?.on('data', d => (log += d))
  const url = `http://127.0.0.1:${port}`
  for (const end = Date.now() + 60_000; ;) {
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`JupyterLab did not start:\n${log}`)
    const answer = await fetch(`${url}/api/status?token=${token}`).catch(() => null)
    if (answer?.ok) break
    await new Promise(r => setTimeout(r, 150))
  }
  return {
    url,
    token,
    folder: served,
    stop: async () => {
      const gone = new Promise(r => child.once('exit', r))
      child.kill('SIGTERM')
      await Promise.race([gone, new Promise(r => setTimeout(r, 8000))])
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/** What the page complained about, less what JupyterLab itself is known to say. */
export interface Complaints {
  errors: string[]
}

const NOT_OURS = [
  /favicon/i,
  /ResizeObserver loop/,
  /Failed to load resource.*(404|403)/,
  /api\/(terminals|collaboration)/,
  // ipywidgets on a notebook without a kernel.
  /reading 'kernel'[\s\S]*@jupyter-widgets\/jupyterlab-manager/,
]

export async function newPage(
  browser: Browser,
  options: { width?: number; height?: number; dark?: boolean } = {},
): Promise<[Page, Complaints]> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    colorScheme: options.dark ? 'dark' : 'light',
  })
  const page = await context.newPage()
  const complaints: Complaints = { errors: [] }
  const add = (text: string) => {
    if (!NOT_OURS.some(r => r.test(text))) complaints.errors.push(text)
  }
  page.on('console', m => m.type() === 'error' && add(m.text()))
  page.on('pageerror', e => add(e.stack ?? String(e)))
  return [page, complaints]
}

export const browser = () => launch()

/** Opens a notebook and waits until it is on screen and its kernel is connected and idle. */
export async function openNotebook(page: Page, lab: Lab, name: string): Promise<void> {
  // Without what another page left open.
  await page.goto(`${lab.url}/lab/tree/${name}?token=${lab.token}&reset`)
  await onScreen(page)
  // The indicator says idle before a kernel is there.
  await page.waitForFunction(
    () => {
      const session = window.jupyterapp.shell.currentWidget?.sessionContext
      return session?.isReady && session.session?.kernel?.status === 'idle'
    },
    null,
    { timeout: 120_000 },
  )
}

/** Opens a notebook as one who has no kernel for it: its saved outputs are all there is. */
export async function openWithoutKernel(page: Page, lab: Lab, name: string): Promise<void> {
  await page.goto(`${lab.url}/lab?token=${lab.token}&reset`)
  await page.waitForFunction(() => 'jupyterapp' in window)
  await page.evaluate(async path => {
    await window.jupyterapp.restored
    await window.jupyterapp.commands.execute('docmanager:open', {
      path,
      factory: 'Notebook',
      kernelPreference: { shouldStart: false },
    })
  }, name)
  await onScreen(page)
}

const onScreen = (page: Page) =>
  page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 120_000 })

/** Waits until no cell waits and the kernel has nothing to do. */
export async function idle(page: Page, timeout = 240_000): Promise<void> {
  await page.waitForFunction(
    () => {
      const waiting = [...document.querySelectorAll('.jp-InputPrompt')].some(prompt =>
        prompt.textContent?.includes('*'),
      )
      const { session } = window.jupyterapp.shell.currentWidget.sessionContext
      return !waiting && session?.kernel?.status === 'idle'
    },
    null,
    { timeout, polling: 250 },
  )
}

/** Runs a JupyterLab command, e.g. `notebook:run-all-cells`, without waiting for its end. */
export async function command(page: Page, id: string): Promise<void> {
  await page.evaluate(name => {
    void window.jupyterapp.commands.execute(name)
  }, id)
}
