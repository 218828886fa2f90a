// `npm start`: from a clone to JupyterLab on the lecture index.
//   npm start -- [--no-browser] [--port N] [-- ANYTHING FOR JUPYTERLAB]
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { randomBytes } from 'node:crypto'
import { inVenv, jupyterEnv, notebooks, root } from './lib/paths.mjs'
import { setup } from './lib/setup.mjs'
import { fail, say, StepError } from './lib/steps.mjs'

const HELP = `npm start -- [options] [-- options of JupyterLab]

  --no-browser   print the address, open nothing
  --port N       use this port (default 8888, or the next free one)
  --help         this text

Sets everything up in this folder (node_modules, .venv, .cache), then opens JupyterLab on the lecture index.
Later starts skip what is done and need no network. Ctrl-C stops JupyterLab.`

/** @param {string[]} argv */
function parse(argv) {
  const options = {
    browser: true,
    port: /** @type {number | null} */ (null),
    rest: /** @type {string[]} */ ([]),
  }
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = argv[i].split('=')
    if (name === '--') {
      options.rest = argv.slice(i + 1)
      break
    } else if (name === '--no-browser') options.browser = false
    else if (name === '--port') {
      const text = inline ?? argv[++i]
      options.port = Number(text)
      if (!Number.isInteger(options.port) || options.port < 1 || options.port > 65535)
        throw new StepError(`--port ${text}: a port is a whole number from 1 to 65535`)
    } else if (name === '--help' || name === '-h') {
      console.log(HELP)
      process.exit(0)
    } else
      throw new StepError(`unknown option ${argv[i]}`, {
        remedy: `npm start -- --help lists the options; what is meant for JupyterLab stands after a second --`,
      })
  }
  return options
}

/** @param {number} port */
const free = port =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** @param {number | null} wanted */
async function choosePort(wanted) {
  if (wanted !== null) {
    if (await free(wanted)) return wanted
    let other = wanted + 1
    while (other < 65536 && !(await free(other))) other++
    throw new StepError(`port ${wanted} is taken by another program`, {
      remedy: `npm start -- --port ${other} uses a free one; without --port a free one is chosen.`,
    })
  }
  for (let port = 8888; port < 8988; port++) if (await free(port)) return port
  throw new StepError('ports 8888 to 8987 are all taken', {
    remedy: 'npm start -- --port N with a free port.',
  })
}

async function main() {
  const options = parse(process.argv.slice(2))
  const port = await choosePort(options.port)
  await setup()
  const token = randomBytes(24).toString('hex')
  const url = `http://127.0.0.1:${port}/lab/tree/index.ipynb?token=${token}`
  const args = [
    'lab',
    `--ServerApp.root_dir=${notebooks}`,
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    '--ServerApp.ip=127.0.0.1',
    `--IdentityProvider.token=${token}`,
    '--LabApp.default_url=/lab/tree/index.ipynb',
    '--LabApp.news_url=None',
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    '--ServerApp.answer_yes=True',
    '--ServerApp.log_level=WARN',
    ...(options.browser ? [] : ['--no-browser']),
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
    ...options.rest,
  ]
  say('Starting JupyterLab …')
  const lab = spawn(inVenv('jupyter'), args, {
    cwd: root,
    env: jupyterEnv(),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  let stopping = false
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => {
      if (!stopping && signal !== 'SIGINT') lab.kill('SIGTERM')
      if (!stopping) say('Stopping JupyterLab …')
      stopping = true
    })
  lab.on('error', error =>
    fail(
      new StepError(`cannot start JupyterLab (${error.message})`, {
        remedy: 'npm run doctor says what is missing.',
      }),
    ),
  )
  lab.on('exit', (code, signal) => {
    if (stopping) process.exit(0)
    fail(
      new StepError(`JupyterLab ended with ${signal ?? `status ${code}`}`, {
        remedy: 'its last lines stand above; npm run doctor checks the installation.',
      }),
    )
  })
  for (;;) {
    await new Promise(r => setTimeout(r, 150))
    const answer = await fetch(`http://127.0.0.1:${port}/api/status?token=${token}`).catch(
      () => null,
    )
    if (answer?.ok) break
  }
  say(`JupyterLab is ready: ${url}`)
  say('Ctrl-C stops it.')
}

main().catch(fail)
