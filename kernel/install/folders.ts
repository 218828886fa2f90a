/** Where Jupyter looks for kernels. */
import { spawnSync } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { dataFolder } from '../history.ts'

/** The Python environment that is active, or that `python3` means. @throws Error when there is none */
export function pythonPrefix(env: NodeJS.ProcessEnv = process.env): string {
  const active = env.VIRTUAL_ENV ?? env.CONDA_PREFIX
  if (active) return active
  for (const python of ['python3', 'python']) {
    const r = spawnSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' })
    if (r.status === 0 && r.stdout.trim()) return r.stdout.trim()
  }
  throw new Error(
    '--sys-prefix: no Python environment is active and python3 is not on the PATH; --prefix DIR names one',
  )
}

/** Folder of Jupyter's data under a prefix. */
export const underPrefix = (prefix: string): string => join(resolve(prefix), 'share', 'jupyter')

/** All folders of Jupyter's data, in the order in which Jupyter searches them. */
export function searched(env: NodeJS.ProcessEnv = process.env): string[] {
  const system =
    process.platform === 'win32'
      ? env.PROGRAMDATA
        ? [join(env.PROGRAMDATA, 'jupyter')]
        : []
      : ['/usr/local/share/jupyter', '/usr/share/jupyter']
  let prefix: string[] = []
  try {
    prefix = [underPrefix(pythonPrefix(env))]
  } catch {
    // Without Python there is none.
  }
  const listed = (env.JUPYTER_PATH ?? '').split(delimiter).filter(Boolean)
  return [...new Set([...listed, dataFolder(env), ...prefix, ...system])]
}
