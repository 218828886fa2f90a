// Bundles of the renderers for hosts other than JupyterLab: one script or module, one style sheet, plotly apart.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
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

/** Kinds of views: one folder each under renderers/. */
export const kinds = () =>
  readdirSync(join(widgets, 'renderers')).filter(kind =>
    existsSync(join(widgets, 'renderers', kind, `${kind}.ts`)),
  )

/**
 * @param {'anywidget' | 'inert'} adapter
 * @param {readonly string[]} wanted kinds of views that it draws; what is no kind is passed over
 * @returns {Promise<{ code: string, plots: boolean }>} one ES module for anywidget, one classic script for a page without a
 *   kernel; and whether one of the kinds asks for plotly
 */
export async function adapterBundle(adapter, wanted) {
  const known = kinds().filter(kind => wanted.includes(kind))
  const entry = {
    anywidget: "import { widget } from './adapters/anywidget.ts'\nexport default widget(renderers)",
    inert: "import { wakeAll } from './adapters/inert.ts'\nwakeAll(renderers)",
  }[adapter]
  const { outputFiles } = await build({
    ...shared,
    stdin: {
      contents: `${known.map(k => `import { ${k}Renderer } from './renderers/${k}/${k}.ts'`).join('\n')}
const renderers = { ${known.map(k => `${k}: ${k}Renderer`).join(', ')} }
${entry}`,
      resolveDir: widgets,
      loader: 'ts',
    },
    format: adapter === 'anywidget' ? 'esm' : 'iife',
    minify: true,
    write: false,
    plugins: [plotlyFromHost],
  })
  const code = outputFiles[0].text
  return { code, plots: code.includes('layerscopePlotly()') }
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

/** Writes what an anywidget is made of: a module for each kind of view, `views.css`, and for plots `plotly.js`. @param {string} folder */
export async function writeAnywidget(folder) {
  mkdirSync(folder, { recursive: true })
  for (const kind of kinds())
    writeFileSync(join(folder, `${kind}.mjs`), (await adapterBundle('anywidget', [kind])).code)
  writeFileSync(join(folder, 'views.css'), await styleBundle())
  copyFileSync(plotly(), join(folder, 'plotly.js'))
}
