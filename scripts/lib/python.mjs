// Finds a Python and makes the local .venv, also where ensurepip is missing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, inVenv, root, venv, windows } from './paths.mjs'
import { run, say, StepError } from './steps.mjs'
import { digest, fresh, stamp, unstamp } from './stamp.mjs'

export const MINIMUM = [3, 10]
const LOCK = join(root, 'scripts/python/requirements.txt')
const CANDIDATES = windows
  ? ['python', 'python3']
  : ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10']
const INSTALL =
  'install Python 3.10 or newer (python.org, or your system’s package manager), or name one: PYTHON=/path/to/python3 npm start'

/** @param {string} command @returns {{ command: string, version: number[], text: string } | null} */
function probe(command) {
  const r = spawnSync(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], {
    encoding: 'utf8',
  })
  if (r.status !== 0) return null
  const text = r.stdout.trim()
  return { command, version: text.split('.').map(Number), text }
}
const enough = v => v[0] > MINIMUM[0] || (v[0] === MINIMUM[0] && v[1] >= MINIMUM[1])

/** The Python to use. @throws {StepError} when there is none, or none new enough */
export function findPython() {
  const named = process.env.PYTHON
  const found = (named ? [named] : CANDIDATES).map(probe).filter(p => p !== null)
  const good = found.find(p => enough(p.version))
  if (good) return good
  const wanted = MINIMUM.join('.')
  if (named && !found.length)
    throw new StepError(`PYTHON=${named} does not run`, { remedy: INSTALL })
  if (found.length)
    throw new StepError(
      `Python ${found[0].text} (${found[0].command}) is too old: JupyterLab 4.6 needs ${wanted} or newer`,
      { remedy: INSTALL },
    )
  throw new StepError(`Python not found (looked for ${CANDIDATES.join(', ')})`, { remedy: INSTALL })
}

const network = output =>
  /Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|NewConnectionError|ConnectTimeout|Network is unreachable|getaddrinfo|dns error|Could not fetch URL|Connection refused|Max retries|from versions: none/i.test(
    output,
  )
    ? 'no network: the first start downloads about 50 MB of Python packages. Connect and run the command again; later starts need no network.'
    : undefined

const quiet = {
  ...process.env,
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
  PYTHONNOUSERSITE: '1',
}
const pipInstall = [
  'install',
  '--require-hashes',
  '--only-binary',
  ':all:',
  '--no-input',
  '-r',
  LOCK,
]

/** Ways to a filled .venv, best first; each says why it cannot and leaves nothing behind. */
const ways = [
  {
    name: 'venv with ensurepip',
    possible: python => spawnSync(python, ['-c', 'import venv, ensurepip']).status === 0,
    make: async python => {
      await run('Making .venv', python, ['-m', 'venv', venv])
      await run('JupyterLab (about 50 MB)', inVenv('python'), ['-m', 'pip', ...pipInstall], {
        env: quiet,
        remedy: network,
      })
    },
  },
  {
    name: 'venv without pip, filled by another pip',
    possible: python =>
      spawnSync(python, ['-c', 'import venv']).status === 0 &&
      spawnSync(python, [
        '-c',
        'import pip; v = [int(x) for x in pip.__version__.split(".")[:2]]; raise SystemExit(v < [22, 3])',
      ]).status === 0,
    make: async python => {
      await run('Making .venv without pip', python, ['-m', 'venv', '--without-pip', venv])
      await run(
        'JupyterLab (about 50 MB)',
        python,
        ['-m', 'pip', '--python', inVenv('python'), ...pipInstall],
        { env: quiet, remedy: network },
      )
    },
  },
  {
    name: 'uv',
    possible: python => spawnSync(python, ['-m', 'pip', '--version']).status === 0,
    make: async python => {
      const target = join(cache, 'uv')
      mkdirSync(target, { recursive: true })
      await run('uv', python, ['-m', 'pip', 'install', '--upgrade', '--target', target, 'uv'], {
        env: quiet,
        remedy: network,
      })
      const uv = join(target, 'bin', windows ? 'uv.exe' : 'uv')
      await run('Making .venv', uv, ['venv', '--python', python, venv])
      await run(
        'JupyterLab (about 50 MB)',
        uv,
        [
          'pip',
          'install',
          '--python',
          inVenv('python'),
          '--require-hashes',
          '--only-binary',
          ':all:',
          '-r',
          LOCK,
        ],
        { remedy: network },
      )
    },
  },
]

/** Version of the Python in the .venv, or null. */
export const venvPython = () => (existsSync(inVenv('python')) ? probe(inVenv('python')) : null)

const inputs = () => digest({ paths: [LOCK] })

/** Whether the .venv is whole and its packages are the locked ones. */
export const venvReady = () =>
  fresh('venv', inputs()) && existsSync(inVenv('jupyter-lab')) && venvPython() !== null

/** Makes the .venv with the locked packages, unless it is there. */
export async function ensureVenv() {
  if (venvReady()) return
  const python = findPython()
  say(`Python ${python.text} (${python.command})`)
  unstamp('venv')
  let last = null
  for (const way of ways) {
    if (!way.possible(python.command)) continue
    rmSync(venv, { recursive: true, force: true })
    try {
      await way.make(python.command)
      // Scripts that JupyterLab brings along are CommonJS, whatever this repository's package.json says.
      writeFileSync(join(venv, 'package.json'), '{ "type": "commonjs" }\n')
      stamp('venv', inputs())
      return
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      if (error.remedy) throw error
      last = error
      say(`  ${way.name} did not work, trying another way`)
    }
  }
  rmSync(venv, { recursive: true, force: true })
  throw new StepError(
    last?.message ??
      `Python ${python.text} has neither ensurepip nor pip, so it cannot make a virtual environment`,
    {
      lines: last?.lines,
      remedy: `install the one package that is missing (Debian, Ubuntu: apt install python3-venv; Fedora: dnf install python3-pip) and run the command again, or name another Python: PYTHON=/path/to/python3 npm start`,
    },
  )
}
