import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const windows = process.platform === 'win32'
export const venv = join(root, '.venv')
export const cache = join(root, '.cache')
export const notebooks = join(root, 'notebooks')
/** @param {string} name a program of the local .venv */
export const inVenv = name =>
  join(venv, windows ? 'Scripts' : 'bin', windows ? `${name}.exe` : name)

/**
 * Jupyter keeps settings, trust, runtime files and workspaces here, not in the user's home.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function jupyterEnv(env = process.env) {
  const own = join(cache, 'jupyter')
  return {
    ...env,
    JUPYTER_CONFIG_DIR: join(own, 'config'),
    JUPYTER_DATA_DIR: join(own, 'data'),
    JUPYTER_RUNTIME_DIR: join(own, 'runtime'),
    JUPYTERLAB_SETTINGS_DIR: join(own, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: join(own, 'workspaces'),
    IPYTHONDIR: join(own, 'ipython'),
    JUPYTER_PREFER_ENV_PATH: '1',
    JUPYTER_PLATFORM_DIRS: '0',
    PYTHONNOUSERSITE: '1',
  }
}
