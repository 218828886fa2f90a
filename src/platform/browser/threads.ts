/** Threads and processor, as a browser gives them. */

interface BrowserWorker {
  postMessage(message: object): void
  terminate(): void
}
/** What of the browser is used here; the library is checked against Node's types. */
interface Browser {
  navigator?: { hardwareConcurrency?: number }
  Worker?: new (url: string) => BrowserWorker
  Blob?: new (parts: string[], options: { type: string }) => object
  URL?: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void }
}
// The global object of a page or a worker.
const browser = globalThis as unknown as Browser

/** Processors this page may use. */
export const cores = (): number => browser.navigator?.hardwareConcurrency ?? 1

/**
 * A worker running `code` with `workerData` in scope. It starts when the page's own code next rests.
 * @returns null where workers cannot be started
 */
export function spawnThread(code: string, workerData: object): { terminate(): void } | null {
  const { Worker, Blob, URL } = browser
  if (!Worker || !Blob || !URL) return null
  try {
    const text = `onmessage = ({ data: workerData }) => {\n${code}\n}`
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
    const worker = new Worker(url)
    worker.postMessage(workerData)
    return {
      terminate() {
        worker.terminate()
        URL.revokeObjectURL(url)
      },
    }
  } catch {
    return null
  }
}

/** Browsers compile relaxed SIMD by themselves, or not at all: the validation of the module decides. */
export function enableRelaxedSimd(): void {}

/** A page has no means; there, weak references end between two tasks. */
export const forgetWeakTargets = (): boolean => false
