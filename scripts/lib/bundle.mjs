// Bundles of the renderers for hosts other than JupyterLab: a script or module, and a style sheet.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './paths.mjs'

const widgets = join(root, 'widgets')

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

/** Kinds of views: one folder each under renderers/. */
export const kinds = () =>
  readdirSync(join(widgets, 'renderers')).filter(kind =>
    existsSync(join(widgets, 'renderers', kind, `${kind}.ts`)),
  )

/**
 * @param {'anywidget' | 'inert'} adapter
 * @param {readonly string[]} wanted kinds of views that it draws; what is no kind is passed over
 * @returns {Promise<string>} one ES module for anywidget, one classic script for a page without a kernel
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
  })
  return outputFiles[0].text
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

/** Writes what an anywidget is made of: a module for each kind of view, and `views.css`. @param {string} folder */
export async function writeAnywidget(folder) {
  mkdirSync(folder, { recursive: true })
  for (const kind of kinds())
    writeFileSync(join(folder, `${kind}.mjs`), await adapterBundle('anywidget', [kind]))
  writeFileSync(join(folder, 'views.css'), await styleBundle())
}
