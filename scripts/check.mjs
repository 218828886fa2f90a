// `npm run check`: types, lint (with the import table), format. `--only types|lint|format`
import { join } from 'node:path'
import { cache, root } from './lib/paths.mjs'
import { fail, run, StepError } from './lib/steps.mjs'
import { ensurePackages } from './lib/setup.mjs'

const tool = path => join(root, 'node_modules', path)
const checks = {
  types: async () => {
    for (const part of ['src', 'notebooks/grade', 'kernel', 'widgets', 'test'])
      await run(
        `Types of ${part}`,
        process.execPath,
        [
          tool('typescript/bin/tsc'),
          '-p',
          join(root, part, 'tsconfig.json'),
          '--pretty',
          'false',
          '--incremental',
          '--tsBuildInfoFile',
          join(cache, 'check', `${part.replace('/', '-')}.tsbuildinfo`),
        ],
        { cwd: root },
      )
  },
  lint: () =>
    run(
      'Lint',
      process.execPath,
      [
        tool('eslint/bin/eslint.js'),
        '.',
        '--max-warnings',
        '0',
        '--cache',
        '--cache-strategy',
        'content',
        '--cache-location',
        join(cache, 'check/eslint'),
      ],
      { cwd: root },
    ),
  format: () =>
    run(
      'Format',
      process.execPath,
      [
        tool('prettier/bin/prettier.cjs'),
        '--check',
        '.',
        '--cache',
        '--cache-strategy',
        'content',
        '--cache-location',
        join(cache, 'check/prettier'),
      ],
      { cwd: root, remedy: () => 'npm run format' },
    ),
}

async function main() {
  const only = process.argv.includes('--only')
    ? process.argv[process.argv.indexOf('--only') + 1]
    : null
  if (only && !(only in checks))
    throw new StepError(`--only ${only}: one of ${Object.keys(checks).join(', ')}`)
  await ensurePackages()
  const failed = []
  for (const [name, check] of Object.entries(checks)) {
    if (only && name !== only) continue
    await check().catch(error => {
      if (!(error instanceof StepError)) throw error
      console.error(`\n${error.message}`)
      for (const line of error.lines) console.error(`    ${line}`)
      failed.push(name)
    })
  }
  if (failed.length)
    throw new StepError(`check: ${failed.join(', ')}`, {
      remedy: 'the findings stand above; `npm run format` mends the format.',
    })
}

main().catch(fail)
