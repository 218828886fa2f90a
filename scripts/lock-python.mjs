// `npm run lock:python`: locks scripts/python/requirements.in with hashes for every platform (needs uv on the PATH or in $UV).
import { join } from 'node:path'
import { root } from './lib/paths.mjs'
import { fail, run } from './lib/steps.mjs'

const folder = join(root, 'scripts/python')
await run(
  'Locking Python packages',
  process.env.UV ?? 'uv',
  [
    'pip',
    'compile',
    '--universal',
    '--generate-hashes',
    '--python-version',
    '3.10',
    '--no-header',
    '-q',
    join(folder, 'requirements.in'),
    '-o',
    join(folder, 'requirements.txt'),
  ],
  { cwd: root, remedy: () => 'uv comes with `pip install uv`' },
).catch(fail)
