// `npm test`: sets up what the tests need and runs them, one project after the other.
//   npm test -- [--project unit|kernel|e2e] [file or name filters of vitest]
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cache, jupyterEnv, root } from './lib/paths.mjs'
import { setup } from './lib/setup.mjs'
import { fail, say, StepError } from './lib/steps.mjs'

const PROJECTS = ['unit', 'kernel', 'e2e']

/** @param {string[]} argv */
function parse(argv) {
  const projects = []
  const rest = []
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--project') projects.push(argv[++i])
    else rest.push(argv[i])
  }
  const unknown = projects.filter(p => !PROJECTS.includes(p))
  if (unknown.length)
    throw new StepError(`--project ${unknown.join(', ')}: one of ${PROJECTS.join(', ')}`)
  return { projects: projects.length ? projects : PROJECTS, rest }
}

/** Runs one vitest project. @returns {Promise<{ passed: number, failed: number, code: number }>} */
function vitest(project, rest) {
  const file = join(cache, 'test', `${project}.json`)
  mkdirSync(join(cache, 'test'), { recursive: true })
  rmSync(file, { force: true })
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    '--maxWorkers=2',
    ...(rest.length ? ['--passWithNoTests'] : []),
    ...rest,
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env: jupyterEnv(), stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', code => {
      try {
        const report = JSON.parse(readFileSync(file, 'utf8'))
        const files = report.testResults.filter(
          t => t.status === 'failed' && t.assertionResults.every(a => a.status !== 'failed'),
        ).length
        resolve({
          passed: report.numPassedTests,
          failed: report.numFailedTests + files,
          code: code ?? 1,
        })
      } catch {
        resolve({ passed: 0, failed: rest.length && code === 0 ? 0 : 1, code: code ?? 1 })
      }
    })
  })
}

async function main() {
  const { projects, rest } = parse(process.argv.slice(2))
  await setup()
  const { chromiumPath } = await import('./chromium.mjs')
  if (projects.some(p => p === 'e2e')) say(`Chromium: ${await chromiumPath()}`)
  let passed = 0
  let failed = 0
  let bad = false
  for (const project of projects) {
    say(`Tests: ${project}`)
    const result = await vitest(project, rest)
    passed += result.passed
    failed += result.failed
    bad ||= result.code !== 0
  }
  if (bad && failed === 0) failed = 1
  say('Tests: all projects')
  console.log(`Tests: ${passed} passed, ${failed} failed`)
  process.exitCode = failed ? 1 : 0
}

main().catch(fail)
