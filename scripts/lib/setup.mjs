// Everything between a fresh clone and a JupyterLab that can start. Node's own modules only: nothing is installed yet.
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { root, venv, windows } from './paths.mjs'
import { ensureVenv, findPython, venvReady } from './python.mjs'
import { run, say, StepError } from './steps.mjs'
import { digest, fresh, stamp, unstamp } from './stamp.mjs'

// As one name: what an old Node lacks must not keep it from saying that it is too old.
const { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = fs

export const NODE_MINIMUM = 20

/** @throws {StepError} when this Node is too old */
export function checkNode() {
  if (Number(process.versions.node.split('.')[0]) < NODE_MINIMUM)
    throw new StepError(
      `Node ${process.versions.node} is too old: Layerscope needs Node ${NODE_MINIMUM} or newer`,
      {
        remedy:
          'install Node 20, 22 or 24 (nodejs.org, or your system’s package manager) and run the command again.',
      },
    )
}

/** Free space in bytes that a first and a later start need (measured: 500 MB packages, 240 MB .venv, caches). */
export const spaceNeeded = () => (packagesReady() ? 0.1e9 : 0.8e9) + (venvReady() ? 0 : 0.4e9)

/** @throws {StepError} when the disk would be full half-way */
function checkSpace() {
  const s = fs.statfsSync(root)
  const free = s.bavail * s.bsize
  if (free < spaceNeeded())
    throw new StepError(
      `${(free / 1e9).toFixed(2)} GB free on the disk of ${root}, ${(spaceNeeded() / 1e9).toFixed(1)} GB needed`,
      {
        remedy: 'free some space (the disk would be full half-way) and run the command again.',
      },
    )
}

const network = output =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/i.test(output)
    ? 'no network: the first start downloads about 150 MB of npm packages. Connect and run the command again; later starts need no network.'
    : undefined

const packagesInput = () =>
  digest({
    text: [process.versions.modules, process.platform, process.arch],
    paths: [
      'package-lock.json',
      'package.json',
      'src/package.json',
      'kernel/package.json',
      'widgets/package.json',
      'notebooks/grade/package.json',
    ].map(f => join(root, f)),
  })
export const packagesReady = () =>
  fresh('npm', packagesInput()) && existsSync(join(root, 'node_modules/typescript/package.json'))

/** node_modules as locked. Install scripts are not run: nothing here needs them. */
export async function ensurePackages() {
  if (packagesReady()) return
  unstamp('npm')
  const npm = process.env.npm_execpath
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  if (npm && existsSync(npm) && /\.c?js$/.test(npm))
    await run('npm packages (about 150 MB)', process.execPath, [npm, ...args], {
      cwd: root,
      remedy: network,
    })
  else
    await run('npm packages (about 150 MB)', windows ? 'npm.cmd' : 'npm', args, {
      cwd: root,
      remedy: network,
    })
  stamp('npm', packagesInput())
}

const PARTS = {
  src: {
    inputs: ['src', 'tsconfig.base.json', 'scripts/build.mjs', 'scripts/lib/declarations.mjs'],
    outputs: ['src/dist/index.js', 'src/dist/types/index.d.ts'],
  },
  grade: {
    // The sandbox's scripts hold the kernel's way with cells.
    inputs: [
      'notebooks/grade',
      'kernel/compiler',
      'kernel/runner',
      'src/package.json',
      'tsconfig.base.json',
      'scripts/build.mjs',
    ],
    outputs: [
      'notebooks/grade/dist/index.js',
      'notebooks/grade/dist/sandbox/run.cjs',
      'notebooks/grade/dist/types/index.d.ts',
    ],
  },
  kernel: { inputs: ['kernel', 'src/spec', 'tsconfig.base.json'], outputs: ['kernel/dist'] },
  widgets: {
    inputs: ['widgets', 'src/spec', 'tsconfig.base.json', 'scripts/lib/bundle.mjs'],
    outputs: ['widgets/labextension/package.json', 'widgets/dist/anywidget/views.css'],
  },
}
const partInput = name =>
  digest({ text: [packagesInput()], paths: PARTS[name].inputs.map(f => join(root, f)) })
/** @param {keyof typeof PARTS} name */
export const partReady = name =>
  fresh(`build-${name}`, partInput(name)) &&
  PARTS[name].outputs.every(f => existsSync(join(root, f)))

/** Builds what changed since its last build. */
export async function ensureBuilt() {
  for (const name of /** @type {(keyof typeof PARTS)[]} */ (Object.keys(PARTS))) {
    if (partReady(name)) continue
    unstamp(`build-${name}`)
    const title = {
      src: 'Building the library',
      grade: 'Building exercises and grader',
      kernel: 'Building the kernel',
      widgets: 'Building the JupyterLab extension',
    }[name]
    await run(title, process.execPath, [join(root, 'scripts/build.mjs'), name], { cwd: root })
    stamp(`build-${name}`, partInput(name))
    unstamp('installed')
  }
}

export const labextensionFolder = join(venv, 'share/jupyter/labextensions/@layerscope/jupyterlab')
export const kernelspecFile = join(venv, 'share/jupyter/kernels/layerscope/kernel.json')

const overridesFile = join(venv, 'share/jupyter/lab/settings/overrides.json')
/** JupyterLab asks nobody for news and looks for no update: a lecture opens with nothing in front of it. */
const OVERRIDES = JSON.stringify({
  '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
})

/** Kernelspec, extension and settings go into the .venv, and nowhere else. */
export async function ensureInstalled() {
  const value = digest({
    text: [process.execPath, root, OVERRIDES, ...Object.keys(PARTS).map(partInput)],
  })
  if (
    fresh('installed', value) &&
    existsSync(kernelspecFile) &&
    existsSync(join(labextensionFolder, 'package.json'))
  )
    return
  await run('Kernelspec', process.execPath, [
    join(root, 'kernel/dist/cli.js'),
    'install',
    '--prefix',
    venv,
  ])
  rmSync(labextensionFolder, { recursive: true, force: true })
  mkdirSync(labextensionFolder, { recursive: true })
  const built = join(root, 'widgets/labextension')
  for (const name of readdirSync(built))
    cpSync(join(built, name), join(labextensionFolder, name), { recursive: true })
  mkdirSync(dirname(overridesFile), { recursive: true })
  writeFileSync(overridesFile, OVERRIDES)
  say('Extension: copied into .venv')
  stamp('installed', value)
}

/** A fresh clone becomes ready to start; what is done already is not done again. */
export async function setup() {
  checkNode()
  checkSpace()
  if (!venvReady()) findPython()
  await ensurePackages()
  await ensureVenv()
  await ensureBuilt()
  await ensureInstalled()
}

/** @param {string} file @returns {Record<string, unknown>} */
export const readJson = file => JSON.parse(readFileSync(file, 'utf8'))
