// `npm run test:nodes [-- filters]`: the kernel's tests with the kernel running on Node 22 and 24 (npm's package `node` carries them).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, jupyterEnv, root, windows } from './lib/paths.mjs'
import { setup } from './lib/setup.mjs'
import { fail, run, say, StepError } from './lib/steps.mjs'

// KERNEL_TIMES=1 tells how long interrupts took.
const VERSIONS = ['22', '24']

/** @param {string} version @returns {Promise<string>} the program */
async function node(version) {
  const folder = join(cache, 'nodes', version)
  const file = join(folder, 'node_modules/node/bin', windows ? 'node.exe' : 'node')
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  // Its own install script puts the program in place.
  await run(
    `Node ${version}`,
    windows ? 'npm.cmd' : 'npm',
    ['install', `node@${version}`, '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: folder },
  )
  if (!existsSync(file)) throw new StepError(`npm's package node@${version} holds no ${file}`)
  return file
}

async function main() {
  await setup()
  const failed = []
  for (const version of VERSIONS) {
    const KERNEL_NODE = await node(version)
    const { stdout } = spawnSync(KERNEL_NODE, ['--version'], { encoding: 'utf8' })
    say(`Kernel tests on Node ${stdout.trim()}`)
    const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'kernel']
    const r = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], {
      cwd: root,
      env: { ...jupyterEnv(), KERNEL_NODE },
      stdio: 'inherit',
    })
    if (r.status !== 0) failed.push(version)
  }
  if (failed.length) throw new StepError(`kernel tests failed on Node ${failed.join(', ')}`)
}

main().catch(fail)
