import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib/paths.mjs'

// What `npm start` needs before it installs anything, in a folder of its own with a space and a non-ASCII letter.
let folder: string
let bin: string
beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'layerscope-start-')), 'a clöne')
  for (const part of ['scripts', 'package.json', 'package-lock.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  for (const part of ['src', 'kernel', 'widgets', 'notebooks/grade']) {
    mkdirSync(join(folder, part), { recursive: true })
    cpSync(join(root, part, 'package.json'), join(folder, part, 'package.json'))
  }
  bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
})
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

/** Runs `npm start`'s script where only `bin` is on the path; nothing may be installed by it. */
function start(args: string[], env: Record<string, string> = {}) {
  const r = spawnSync(
    process.execPath,
    [join(folder, 'scripts/start.mjs'), '--no-browser', ...args],
    {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: bin, HOME: folder, ...env },
      timeout: 60_000,
    },
  )
  return { status: r.status, said: r.stdout + r.stderr }
}
const python = (name: string, script: string) => {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
}

describe('npm start says what is wrong and what to do', () => {
  it('no Python', () => {
    const { status, said } = start([])
    expect(status).toBe(1)
    expect(said).toMatch(/failed: Python not found \(looked for python3, python/)
    expect(said).toMatch(/What to do: install Python 3\.10 or newer.*PYTHON=/)
  })
  it('a Python that does not run', () => {
    const { status, said } = start([], { PYTHON: join(folder, 'nowhere') })
    expect(status).toBe(1)
    expect(said).toMatch(/PYTHON=.*nowhere does not run/)
  })
  it('a Python that is too old', () => {
    python('python3', 'echo 3.8.10')
    const { status, said } = start([])
    expect(status).toBe(1)
    expect(said).toMatch(/Python 3\.8\.10 \(python3\) is too old: JupyterLab 4\.6 needs 3\.10/)
    rmSync(join(bin, 'python3'))
  })
  it('a port that is taken: which one is free', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // a TCP server's
    const { status, said } = start(['--port', String(port)])
    server.close()
    expect(status).toBe(1)
    expect(said).toContain(`port ${port} is taken by another program`)
    expect(said).toMatch(/npm start -- --port \d+ uses a free one/)
  })
  it.each([
    [['--port', 'http'], /--port http: a port is a whole number from 1 to 65535/],
    [['--prot', '1'], /unknown option --prot[^]*--help lists the options/],
  ])('%j', (args, message) => {
    const { status, said } = start(args)
    expect(status).toBe(1)
    expect(said).toMatch(message)
  })
  it('no network on the first start', () => {
    python('python3', 'echo 3.11.2')
    const npm = join(folder, 'npm.cjs')
    writeFileSync(
      npm,
      `console.error('npm error code ENOTFOUND\\nnpm error request failed'); process.exit(1)`,
    )
    const { status, said } = start([], { npm_execpath: npm })
    expect(status).toBe(1)
    expect(said).toMatch(/npm error request failed[^]*What to do: no network: the first start/)
    rmSync(join(bin, 'python3'))
  })
  it('a full disk', () => {
    python('python3', 'echo 3.11.2')
    const npm = join(folder, 'npm.cjs')
    writeFileSync(npm, `console.error('ENOSPC: no space left on device'); process.exit(1)`)
    const { said } = start([], { npm_execpath: npm })
    expect(said).toMatch(/What to do: the disk is full: free about 2 GB/)
    rmSync(join(bin, 'python3'))
  })
})

it('npm start -- --help lists its options', () => {
  const { status, said } = start(['--help'])
  expect(status).toBe(0)
  for (const part of ['options of JupyterLab', '--no-browser', '--port N'])
    expect(said).toContain(part)
})
