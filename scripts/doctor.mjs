// `npm run doctor`: one line for each thing that must be right, with its remedy. Changes nothing.
import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inVenv, jupyterEnv, root } from './lib/paths.mjs'
import { findPython, venvPython, venvReady } from './lib/python.mjs'
import {
  kernelspecFile,
  labextensionFolder,
  NODE_MINIMUM,
  packagesReady,
  partReady,
  readJson,
  spaceNeeded,
} from './lib/setup.mjs'
import { StepError } from './lib/steps.mjs'

/** @typedef {{ ok: boolean | 'warn', text: string, remedy?: string }} Finding */
const START = 'npm start does it'

/** @type {Record<string, () => Finding | Promise<Finding>>} */
const checks = {
  Node: () => ({
    ok: Number(process.versions.node.split('.')[0]) >= NODE_MINIMUM,
    text: `${process.versions.node} (${NODE_MINIMUM} or newer is needed)`,
    remedy: 'install Node 20, 22 or 24 from nodejs.org or your package manager',
  }),
  Python: () => {
    try {
      const p = findPython()
      const has = name => spawnSync(p.command, ['-c', `import ${name}`]).status === 0
      if (has('ensurepip')) return { ok: true, text: `${p.text} (${p.command}), with ensurepip` }
      const pip = has('pip')
      return {
        ok: pip || venvReady() ? true : 'warn',
        text: `${p.text} (${p.command}), no ensurepip, ${pip ? 'pip makes the .venv instead' : 'no pip'}`,
        remedy: 'Debian, Ubuntu: apt install python3-venv',
      }
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      return { ok: false, text: error.message, remedy: error.remedy }
    }
  },
  'npm packages': () => ({
    ok: packagesReady(),
    text: packagesReady() ? 'as locked' : 'missing or not as locked',
    remedy: START,
  }),
  '.venv': () => {
    const p = venvPython()
    return {
      ok: venvReady(),
      text: venvReady()
        ? `Python ${p?.text}, packages as locked`
        : p
          ? 'unfinished or outdated'
          : 'missing',
      remedy: START,
    }
  },
  JupyterLab: () => {
    const r = spawnSync(inVenv('jupyter'), ['lab', '--version'], {
      encoding: 'utf8',
      env: jupyterEnv(),
    })
    const version = r.stdout?.trim()
    return {
      ok: r.status === 0 && /^4\.6\./.test(version),
      text: r.status === 0 ? version : 'does not start',
      remedy: START,
    }
  },
  library: () => ({
    ok: partReady('src'),
    text: partReady('src') ? 'built' : 'not built from the present sources',
    remedy: START,
  }),
  exercises: () => ({
    ok: partReady('grade'),
    text: partReady('grade') ? 'built' : 'not built from the present sources',
    remedy: START,
  }),
  kernel: () => ({
    ok: partReady('kernel'),
    text: partReady('kernel') ? 'built' : 'not built from the present sources',
    remedy: START,
  }),
  extension: () => ({
    ok: partReady('widgets'),
    text: partReady('widgets') ? 'built' : 'not built from the present sources',
    remedy: START,
  }),
  kernelspec: () => {
    if (!existsSync(kernelspecFile)) return { ok: false, text: 'not in .venv', remedy: START }
    const spec = /** @type {{ argv: string[], display_name: string }} */ (readJson(kernelspecFile))
    const missing = spec.argv.filter(
      a => (a.startsWith('/') || /^[A-Z]:\\/i.test(a)) && !existsSync(a),
    )
    return missing.length
      ? { ok: false, text: `points at ${missing.join(' and ')}, which is gone`, remedy: START }
      : { ok: true, text: `${spec.display_name}, in .venv` }
  },
  versions: () => {
    const kernel = readJson(join(root, 'kernel/package.json')).version
    const library = readJson(join(root, 'src/package.json')).version
    const file = join(labextensionFolder, 'package.json')
    const extension = existsSync(file) ? readJson(file).version : 'not installed'
    const installed = existsSync(kernelspecFile)
      ? (readJson(kernelspecFile).metadata?.version ?? kernel)
      : 'not installed'
    return {
      ok: kernel === extension && kernel === library && installed === kernel,
      text: `kernel ${installed}, extension ${extension}, library ${library}`,
      remedy: `${START}; then reload the page and restart the kernel`,
    }
  },
  kernel_start: () => {
    if (!existsSync(kernelspecFile))
      return { ok: false, text: 'no kernelspec to start', remedy: START }
    const code = [
      'import time',
      'from jupyter_client.manager import start_new_kernel',
      't = time.time()',
      'km, kc = start_new_kernel(kernel_name="layerscope", startup_timeout=30)',
      'r = kc.execute_interactive("1 + 1", timeout=30, output_hook=lambda m: None)',
      'print(r["content"]["status"], round(time.time() - t, 1))',
      'kc.stop_channels(); km.shutdown_kernel(now=True)',
    ].join('\n')
    const r = spawnSync(inVenv('python'), ['-c', code], {
      encoding: 'utf8',
      env: jupyterEnv(),
      timeout: 60_000,
    })
    const [status, seconds] = (r.stdout ?? '').trim().split(' ')
    return {
      ok: status === 'ok',
      text:
        status === 'ok'
          ? `starts and runs a cell in ${seconds} s`
          : `does not run a cell: ${(r.stderr ?? '').trim().split('\n').pop() ?? ''}`,
      remedy: 'npm start builds it again; if it stays, the last line above is the reason',
    }
  },
  port: async () => {
    const free = await new Promise(resolve => {
      const s = createServer()
      s.once('error', () => resolve(false))
      s.listen(8888, '127.0.0.1', () => s.close(() => resolve(true)))
    })
    return {
      ok: free ? true : 'warn',
      text: free ? '8888 is free' : '8888 is taken',
      remedy: 'npm start takes the next free one, or npm start -- --port N',
    }
  },
  disk: () => {
    const s = statfsSync(root)
    const gigabytes = (s.bavail * s.bsize) / 1e9
    const needed = spaceNeeded() / 1e9
    return {
      ok: gigabytes >= needed,
      text: `${gigabytes.toFixed(1)} GB free (${needed.toFixed(1)} needed)`,
      remedy: 'free some space',
    }
  },
  network: async () => {
    if (venvReady() && packagesReady())
      return { ok: true, text: 'not needed: everything is installed' }
    const registry =
      spawnSync('npm', ['config', 'get', 'registry'], {
        encoding: 'utf8',
        cwd: root,
      }).stdout?.trim() || 'https://registry.npmjs.org/'
    const ok = await lookup(new URL(registry).hostname).then(
      () => true,
      () => false,
    )
    return {
      ok,
      text: ok ? 'the npm registry is found' : 'the npm registry is not found',
      remedy: 'the first start needs a connection; later ones do not',
    }
  },
  'user’s home': () => {
    const strays = [
      join(homedir(), '.local/share/jupyter'),
      join(homedir(), 'Library/Jupyter'),
      join(process.env.APPDATA ?? homedir(), 'jupyter'),
    ]
      .flatMap(d => [
        join(d, 'kernels/layerscope'),
        join(d, 'labextensions/@layerscope/jupyterlab'),
      ])
      .filter(existsSync)
    return strays.length
      ? {
          ok: 'warn',
          text: `another copy at ${strays.join(', ')}`,
          remedy: 'remove it if it is not meant: this checkout installs into .venv only',
        }
      : { ok: true, text: 'no other copy of kernel or extension' }
  },
}

const MARK = { true: '✓', warn: '!', false: '✗' }
let bad = 0
for (const [name, check] of Object.entries(checks)) {
  let finding
  try {
    finding = await check()
  } catch (error) {
    finding = {
      ok: false,
      text: error instanceof Error ? error.message : String(error),
      remedy: START,
    }
  }
  if (finding.ok === false) bad++
  const remedy = finding.ok === true ? '' : `  →  ${finding.remedy ?? START}`
  console.log(
    `${MARK[String(finding.ok)]} ${name.replace('_', ' ').padEnd(13)} ${finding.text}${remedy}`,
  )
}
console.log(bad ? `\n${bad} to mend.` : '\nEverything is in order.')
process.exitCode = bad ? 1 : 0
