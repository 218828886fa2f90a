// Asks the kernel of the notebook on screen, past the notebook: no cell, no output, no history.
import type { Page } from 'playwright-core'
import './lab.ts'

/** Runs `code` in the kernel; resolves with what it printed, parsed as JSON. */
export async function ask<T>(page: Page, code: string): Promise<T> {
  const { text, error } = await page.evaluate(async source => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel
    if (!kernel) return { text: '', error: 'no kernel' }
    const future = kernel.requestExecute({
      code: source,
      store_history: false,
      stop_on_error: false,
    })
    let printed = ''
    let failed = ''
    future.onIOPub = m => {
      if (m.header.msg_type === 'stream') printed += m.content.text ?? ''
      if (m.header.msg_type === 'error') failed = m.content.evalue ?? 'error'
    }
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`no answer in 60 s; printed: ${printed}`)), 60_000),
    )
    await Promise.race([future.done, late])
    return { text: printed, error: failed }
  }, code)
  if (error) throw new Error(`kernel: ${error}`)
  return JSON.parse(text) as T // the caller says what the code prints
}

/** Saves the notebook on screen and waits until nothing is unsaved. */
export async function save(page: Page): Promise<void> {
  await page.evaluate(() => window.jupyterapp.commands.execute('docmanager:save'))
  await page.waitForFunction(() => !window.jupyterapp.shell.currentWidget.context.model.dirty)
}

export async function shutdownKernel(page: Page): Promise<void> {
  await page.evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown())
}

/** How many kernels the server runs. */
export async function kernels(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { sessions } = window.jupyterapp.serviceManager
    await sessions.refreshRunning()
    return [...sessions.running()].length
  })
}
