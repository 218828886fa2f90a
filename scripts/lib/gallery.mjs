// Builds the gallery: one page a view, from widgets/gallery/pages/, as a static site that needs no server.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { format } from 'prettier'
import { shared } from './bundle.mjs'
import { cache, root } from './paths.mjs'
import { pageHtml, indexHtml } from './gallery-html.mjs'

const home = join(root, 'widgets/gallery')

/** Names of all pages. */
export const pageNames = () =>
  readdirSync(join(home, 'pages'))
    .filter(f => f.endsWith('.ts'))
    .map(f => basename(f, '.ts'))
    .sort()

const imports = names =>
  names.map(n => `import ${variable(n)} from './pages/${n}.ts'\n`).join('') +
  `const pages = { ${names.map(n => `${JSON.stringify(n)}: ${variable(n)}`).join(', ')} }\n`
const variable = name => `page_${name.replace(/\W/g, '_')}`

/** In a page the library has the page's platform. */
const inPage = {
  name: 'platform of a page',
  setup(b) {
    b.onResolve({ filter: /\/platform\/[a-z]+\.ts$/ }, ({ path }) => ({
      path: join(root, 'src/platform/browser', basename(path)),
    }))
  },
}

/**
 * @param {{ to?: string, only?: string[] }} [options] folder; pages, default all
 * @returns {Promise<{ folder: string, pages: import('../../widgets/gallery/build.ts').MadePage[] }>}
 */
export async function buildGallery({ to = join(cache, 'gallery'), only } = {}) {
  const all = pageNames()
  const names = only ?? all
  rmSync(to, { recursive: true, force: true })
  mkdirSync(join(to, 'pictures'), { recursive: true })

  // In Node, from the sources: the library finds its data from where its own file stands.
  const script = join(cache, 'gallery-node', `pages-${process.pid}.mjs`)
  await build({
    ...shared,
    stdin: {
      contents: `${imports(names)}import { make } from './build.ts'\nexport const made = () => Promise.all(Object.entries(pages).map(([id, page]) => make(id, page)))`,
      resolveDir: home,
      loader: 'ts',
    },
    outfile: script,
    format: 'esm',
    platform: 'node',
    define: {
      ...shared.define,
      'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'src/platform/files.ts')).href),
    },
  })
  const pages = await (await import(pathToFileURL(script).href)).made()
  rmSync(script)

  await Promise.all([
    build({
      ...shared,
      entryPoints: { view: join(home, 'page/view.ts') },
      outdir: to,
      format: 'iife',
      minify: true,
    }),
    build({
      ...shared,
      stdin: {
        contents: `${imports(names)}import { start } from './page/live.ts'\nvoid start(pages)`,
        resolveDir: home,
        loader: 'ts',
      },
      outfile: join(to, 'live.js'),
      format: 'iife',
      platform: 'browser',
      minifyWhitespace: true,
      minifySyntax: true,
      plugins: [inPage],
    }),
    build({
      ...shared,
      stdin: {
        contents: "@import './style/index.css';\n@import './gallery/gallery.css';",
        resolveDir: join(root, 'widgets'),
        loader: 'css',
      },
      outfile: join(to, 'gallery.css'),
    }),
  ])

  for (const page of pages)
    for (const example of page.examples) {
      writeFileSync(join(to, 'pictures', `${page.id}-${example.id}.png`), example.png)
      example.source = (await readable(example.source)).trimEnd()
    }
  for (const page of pages) writeFileSync(join(to, `${page.id}.html`), pageHtml(page, pages))
  writeFileSync(join(to, 'index.html'), indexHtml(pages))
  return { folder: to, pages }
}

/** The bundler's print of a function as we would have written it. */
async function readable(source) {
  const code = await format(`(${source})`, {
    parser: 'babel',
    semi: false,
    singleQuote: true,
    printWidth: 88,
    arrowParens: 'avoid',
  })
  return code.replace(/^;/, '')
}
