// Bundles of the renderers for hosts other than JupyterLab: one script or module, one style sheet, plotly apart.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './paths.mjs'

const widgets = join(root, 'widgets')
const require = createRequire(import.meta.url)

/** What all bundles have in common. @type {import('esbuild').BuildOptions} */
export const shared = {
  bundle: true,
  conditions: ['source'],
  target: 'es2022',
  logLevel: 'error',
  define: {
    __VERSION__: JSON.stringify(
      JSON.parse(readFileSync(join(widgets, 'package.json'), 'utf8')).version,
    ),
  },
}

/** Path of plotly's script. */
export const plotly = () => require.resolve('plotly.js-cartesian-dist-min')

/** Instead of importing plotly the bundle asks its host for it (widgets/adapters/plotly.ts), with the first plot. @type {import('esbuild').Plugin} */
export const plotlyFromHost = {
  name: 'plotly from the host',
  setup(b) {
    b.onResolve({ filter: /^plotly\.js-cartesian-dist-min$/ }, ({ path }) => ({
      path,
      namespace: 'host',
    }))
    // The promise is what the renderer's own `then` waits for.
    b.onLoad({ filter: /.*/, namespace: 'host' }, () => ({
      contents: 'export default globalThis.layerscopePlotly()',
    }))
  },
}

/**
 * @param {'anywidget' | 'inert'} adapter
 * @returns {Promise<{ code: string, plotted: Set<string> }>} one ES module for anywidget, one classic script for a page
 *   without a kernel; and the kinds of views that ask for plotly
 */
export async function adapterBundle(adapter) {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: [join(widgets, `adapters/${adapter}.ts`)],
    format: adapter === 'anywidget' ? 'esm' : 'iife',
    minify: true,
    write: false,
    metafile: true,
    plugins: [plotlyFromHost],
  })
  const plotted = Object.entries(metafile.inputs)
    .filter(([, { imports }]) => imports.some(i => i.path.startsWith('host:')))
    .map(([file]) => /renderers\/([^/]+)\//.exec(file)?.[1])
  return { code: outputFiles[0].text, plotted: new Set(plotted.filter(Boolean)) }
}

/** The style sheet of the views. @returns {Promise<string>} */
export async function styleBundle() {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: [join(widgets, 'style/index.css')],
    minify: true,
    write: false,
  })
  return outputFiles[0].text
}

/** Writes what an anywidget is made of, `views.mjs`, `views.css` and for plots `plotly.js`. @param {string} folder */
export async function writeAnywidget(folder) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'views.mjs'), (await adapterBundle('anywidget')).code)
  writeFileSync(join(folder, 'views.css'), await styleBundle())
  copyFileSync(plotly(), join(folder, 'plotly.js'))
}
