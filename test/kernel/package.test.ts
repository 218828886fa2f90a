// The packages as npm makes them, installed outside the checkout: no network, their dependencies are those of the checkout.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, windows } from '../../scripts/lib/paths.mjs'
import { Client } from './client.ts'
import { buildKernel } from './support/launch.ts'

const place = realpathSync(mkdtempSync(join(tmpdir(), 'layerscope päckage 包 ')))
const prefix = join(place, 'préfix one')
const env: NodeJS.ProcessEnv = {
  ...process.env,
  HOME: place,
  JUPYTER_DATA_DIR: join(place, 'data dir'),
  JUPYTER_PATH: join(prefix, 'share/jupyter'),
  LAYERSCOPE_HISTORY: 'off',
  npm_config_cache: join(place, 'npm cache'),
  npm_config_update_notifier: 'false',
}
/** What the kernel needs, and what that needs. */
function dependencies(file = join(root, 'kernel/package.json'), found = new Set<string>()) {
  const { dependencies: own = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
    dependencies?: Record<string, string>
  }
  for (const name of Object.keys(own)) {
    if (found.has(name)) continue
    found.add(name)
    dependencies(join(root, 'node_modules', name, 'package.json'), found)
  }
  return found
}
const tarballs: string[] = []

const npm = (args: string[]) =>
  spawnSync(windows ? 'npm.cmd' : 'npm', args, { cwd: root, env, encoding: 'utf8', shell: windows })

/** As `npm install` would leave them in a folder. */
function unpack(modules: string): string {
  for (const [i, name] of ['@layerscope/kernel', 'layerscope'].entries()) {
    const to = join(modules, name)
    mkdirSync(to, { recursive: true })
    const r = spawnSync('tar', ['-xzf', tarballs[i], '-C', to, '--strip-components=1'])
    expect(r.status, String(r.stderr)).toBe(0)
  }
  for (const name of dependencies()) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  const bin = join(modules, '.bin/layerscope-kernel')
  mkdirSync(dirname(bin))
  symlinkSync('../@layerscope/kernel/dist/cli.js', bin)
  chmodSync(bin, 0o755)
  return bin
}
function cli(bin: string, ...args: string[]): string {
  const r = spawnSync(bin, args, { cwd: place, env, encoding: 'utf8' })
  expect(r.status, `${args.join(' ')}: ${r.stderr}`).toBe(0)
  return r.stdout
}
const argvOf = (name: string) =>
  (
    JSON.parse(
      readFileSync(join(prefix, 'share/jupyter/kernels', name, 'kernel.json'), 'utf8'),
    ) as {
      argv: string[]
    }
  ).argv

/** Starts what a kernelspec says, and runs a cell that needs the library and a file beside the notebook. */
async function works(name: string, notebook: string, version: string): Promise<void> {
  const argv = argvOf(name)
  expect(argv[0]).toBe(process.execPath)
  const front = argv.at(-2) ?? ''
  mkdirSync(notebook, { recursive: true })
  writeFileSync(join(notebook, 'néar by.ts'), 'export const near = 20')
  const k = await Client.start({ dist: dirname(front), folder: notebook, node: argv[0], env })
  expect(k.kernel.alive, k.kernel.log).toBe(true)
  const info = await k.request('shell', 'kernel_info_request', {})
  expect(info.content.implementation_version).toBe(version)
  const r = await k.run(
    'import * as ls from "layerscope"\nimport os from "os"\nconst timer: NodeJS.Timeout = setTimeout(() => os.EOL, 1)\nimport { near } from "./néar by"\nls.tensor([1, 2, 3]).sum().item() + near',
  )
  expect(r.value, JSON.stringify(r.reply)).toBe('26')
  await k.stop()
}

beforeAll(() => {
  buildKernel()
  expect(existsSync(join(root, 'src/dist/index.js')), 'the library is built').toBe(true)
  for (const part of ['kernel', 'src']) {
    const r = npm(['pack', `./${part}`, '--pack-destination', place, '--json', '--ignore-scripts'])
    expect(r.status, r.stderr).toBe(0)
    const [made] = JSON.parse(r.stdout) as [{ filename: string; files: { path: string }[] }]
    tarballs.push(join(place, made.filename.replace('@', '').replace('/', '-')))
    // What the kernel keeps for this machine only, and sources, stay at home.
    expect(made.files.filter(f => /cache\/|\.map$|\.test\.|node_modules/.test(f.path))).toEqual([])
  }
  expect(statSync(tarballs[0]).size).toBeLessThan(6e6)
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

it.skipIf(windows)(
  'run from paths with spaces and other letters, two of them side by side, and go again',
  async () => {
    // npx's folder is emptied by npm: what is installed from there is copied to where it stays.
    const npx = join(place, 'npm cache/_npx/0f0f/node_modules')
    const first = unpack(npx)
    expect(cli(first, '--version').trim()).toBe('0.1.0')
    cli(first, 'install', '--prefix', prefix, '--no-snapshot')
    rmSync(npx, { recursive: true })

    const second = unpack(join(place, 'eigenes Projekt ß/node_modules'))
    cli(
      second,
      'install',
      '--prefix',
      prefix,
      '--no-snapshot',
      '--name',
      'ts-own',
      '--display-name',
      'Own',
    )
    const [one, two] = [argvOf('layerscope'), argvOf('ts-own')]
    expect(one.at(-2)).not.toBe(two.at(-2))
    expect(two.at(-2)).toContain('eigenes Projekt ß')
    const list = cli(second, 'list')
    expect(list).toMatch(/TypeScript \(Layerscope\) 0\.1\.0/)
    expect(list).toMatch(/Own 0\.1\.0/)

    await works('layerscope', join(place, 'nötebooks 1'), '0.1.0')
    await works('ts-own', join(place, 'nötebooks 2'), '0.1.0')

    cli(second, 'uninstall', '--prefix', prefix)
    expect(existsSync(join(prefix, 'share/jupyter/kernels/layerscope'))).toBe(false)
    expect(existsSync(one.at(-2)!), 'the copy that nobody starts any more is gone').toBe(false)
    expect(existsSync(two.at(-2)!)).toBe(true)
    cli(second, 'uninstall', '--prefix', prefix, '--name', 'ts-own')
    expect(cli(second, 'list')).toMatch(/not installed/)
  },
)
