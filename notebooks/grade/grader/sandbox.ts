/**
 * The box in which students' code runs: a Node process with as much around it as this machine offers. Ways are tried at the
 * start, the strongest first; what is active is told in words.
 *
 * Strongest (Linux): own mount, process, network, IPC and host name spaces. Its root folder is an empty one that holds Node,
 * the libraries Node is linked against, the process's own script and `layerscope`, all read-only, and a small /tmp from which
 * nothing can be executed. Its user is nobody's, has no capabilities and can gain none; when its first process ends, all do.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Process } from './process.ts'

export interface Limits {
  /** Wall-clock time of one call, ms. */
  ask: number
  /** Wall-clock time of one cell, ms. */
  cell: number
  /** Wall-clock time of a whole submission, ms. */
  total: number
  /** Processor time of one process, s. */
  cpu: number
  /** Memory that a process may write to, MB: heap, typed arrays and WebAssembly together. */
  memory: number
  /** What it may print, bytes; what is more ends it. */
  output: number
  /** Size of a file, MB. */
  file: number
}
export const LIMITS: Limits = {
  ask: 10_000,
  cell: 60_000,
  total: 240_000,
  cpu: 120,
  memory: 1024,
  output: 4 << 20,
  file: 8,
}

/** Files that the processes are made of. */
export interface Parts {
  /** Folder with `run.cjs` and `compile.cjs`. */
  scripts: string
  /** The packages `layerscope` and `typescript`. */
  layerscope: string
  typescript: string
}

type Package = 'layerscope' | 'typescript'
type Level = 'root' | 'user' | 'none'

/** What the sandbox holds of a package: no sources and tests of a checkout. */
const SHARED = {
  layerscope: ['package.json', 'dist', 'data/sets', 'data/weights'],
  typescript: ['package.json', 'lib/typescript.js'],
}

const PROCESSES = 24

/**
 * Run by `sh` in fresh namespaces. Arguments: the empty folder, pairs of what is mounted and where (`--` ends them), then
 * the command. It leaves the old root behind altogether; where /proc cannot be mounted, as in some containers, by chroot.
 */
const ENTER = `set -eu
R=$1; shift
mount -t tmpfs -o mode=755,size=1m,nosuid,nodev tmpfs "$R"
while [ "$1" != -- ]; do
  at="$R$2"
  if [ -d "$1" ]; then mkdir -p "$at"; else mkdir -p "\${at%/*}"; : > "$at"; fi
  mount --bind "$1" "$at"
  mount -o remount,bind,ro,nosuid,nodev "$at"
  shift 2
done
shift
mkdir "$R/tmp" "$R/proc" "$R/old"
mount -t tmpfs -o mode=1777,size=16m,noexec,nosuid,nodev tmpfs "$R/tmp"
umount="$(readlink -f "$(command -v umount)")"
libs=$(ldd "$umount" | sed -n 's#.*[[:space:]]\\(/[^ ]*\\)/[^/ ]* (0x.*#/old\\1#p' | sort -u | tr '\\n' ':')
if mount -t proc -o nosuid,nodev,noexec proc "$R/proc" 2>/dev/null; then
  mount -o remount,bind,ro "$R"
  cd "$R"
  pivot_root . old
  LD_LIBRARY_PATH="$libs" "/old$umount" -l /old
  cd /tmp
  __LIMITS__
  exec "$@"
fi
mount -o remount,bind,ro "$R"
cd "$R"
__LIMITS__
exec chroot . "$@"
`

const limitsOf = (l: Limits, processes: number): string =>
  [
    `ulimit -c 0`,
    `ulimit -t ${l.cpu}`,
    `ulimit -d ${l.memory * 1024}`,
    `ulimit -f ${l.file * 2048}`,
    `ulimit -n 64`,
    // dash says -p, others -u
    `if (ulimit -u ${processes}) 2>&-; then ulimit -u ${processes}; else ulimit -p ${processes}; fi`,
  ].join('\n')

const onPath = (name: string): string | null => {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']) {
    const file = join(folder, name)
    if (existsSync(file)) return realpathSync(file)
  }
  return null
}

/** The shared libraries of programs, as the loader would find them. */
function librariesOf(programs: readonly string[]): string[] {
  const found = new Set<string>()
  for (const p of programs) {
    const { stdout } = spawnSync('ldd', [p], { encoding: 'utf8' })
    for (const [, file] of (stdout ?? '').matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)) found.add(file)
  }
  return [...found]
}

const permissionFlag = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : process.allowedNodeEnvironmentFlags.has('--experimental-permission')
    ? '--experimental-permission'
    : null

export class Sandbox {
  /** What is active, in words, one a line. */
  readonly protections: string[] = []
  readonly #stage: string
  readonly #binds: readonly string[]
  readonly #packages: Record<Package, string[]> = { layerscope: [], typescript: [] }
  readonly #setpriv: string | null
  #users = 0

  private constructor(
    readonly parts: Parts,
    readonly level: Level,
    private readonly usesPermission: boolean,
  ) {
    this.#stage = mkdtempSync(join(tmpdir(), 'layerscope-grade-'))
    chmodSync(this.#stage, 0o755)
    this.#setpriv = level === 'none' ? null : onPath('setpriv')
    mkdirSync(join(this.#stage, 'root'))
    const binds: string[] = []
    const scripts = ['run.cjs', 'compile.cjs']
    if (level === 'none') {
      // Each sees the packages that it may: by folders, since links are all there is.
      for (const name of ['alone', 'layerscope', 'typescript'] as const) {
        mkdirSync(join(this.#stage, name, 'node_modules'), { recursive: true })
        for (const script of scripts)
          cpSync(join(parts.scripts, script), join(this.#stage, name, script))
        if (name !== 'alone')
          symlinkSync(
            realpathSync(parts[name]),
            join(this.#stage, name, 'node_modules', name),
            'junction',
          )
      }
    } else {
      const node = realpathSync(process.execPath)
      const programs = [node, ...(this.#setpriv ? [this.#setpriv] : [])]
      binds.push(node, '/bin/node')
      if (this.#setpriv) binds.push(this.#setpriv, '/bin/setpriv')
      for (const file of librariesOf(programs)) binds.push(file, file)
      for (const script of scripts) binds.push(join(parts.scripts, script), `/grader/${script}`)
      for (const name of ['layerscope', 'typescript'] as const)
        for (const part of SHARED[name]) {
          const from = join(realpathSync(parts[name]), part)
          if (existsSync(from))
            this.#packages[name].push(from, `/grader/node_modules/${name}/${part}`)
        }
    }
    this.#binds = binds
  }

  /**
   * The strongest that works here.
   * @param levels tried in this order
   * @throws Error when not even a bare process answers
   */
  static async open(
    parts: Parts,
    levels: readonly Level[] = process.platform === 'linux'
      ? process.getuid?.() === 0
        ? ['root', 'user', 'none']
        : ['user', 'none']
      : ['none'],
  ): Promise<Sandbox> {
    const reasons: string[] = []
    for (const level of levels)
      for (const permission of permissionFlag ? [true, false] : [false]) {
        const sandbox = new Sandbox(parts, level, permission)
        const child = sandbox.start('run', LIMITS)
        const answer = await child.ready(20_000)
        child.end()
        if (answer === null) {
          sandbox.#describe(reasons)
          return sandbox
        }
        reasons.push(`${level}: ${answer}`)
        sandbox.close()
      }
    throw new Error(`no process for submissions starts here (${reasons.join('; ')})`)
  }

  #describe(failed: readonly string[]): void {
    const { level } = this
    const say = (line: string) => this.protections.push(line)
    if (level !== 'none') {
      say('own file system (Node, layerscope and an empty /tmp of 16 MB, else nothing)')
      say('own process space (nothing outlives the submission), no network')
    }
    if (level === 'root' && this.#setpriv)
      say('a user of its own without rights, which can gain none')
    else if (level === 'user') say('no capabilities, in a user namespace of its own')
    else if (process.getuid?.() === 0) say('NOT protected: it runs as root')
    if (process.platform !== 'win32')
      say('limits of memory, processor time, files, file size and processes')
    if (this.usesPermission) say('Node’s permission model (no processes, threads or native code)')
    say('wall-clock time, output, scrubbed environment')
    if (level === 'none')
      say(
        `NOT protected: network${this.usesPermission ? '' : ', files'} (no namespaces here${failed.length ? `; ${failed[0].slice(0, 200)}` : ''})`,
      )
  }

  /**
   * Starts a process.
   * @param library whether it may read `layerscope`
   */
  start(script: 'run' | 'compile', limits: Limits, library = true): Process {
    const inside = this.level !== 'none'
    const heap = Math.max(64, Math.floor(limits.memory * 0.6))
    const own = inside ? null : mkdtempSync(join(tmpdir(), 'layerscope-cell-'))
    const packages: Package[] =
      script === 'compile' ? ['typescript'] : library ? ['layerscope'] : []
    const grader = inside ? '/grader' : join(this.#stage, packages.join() || 'alone')
    const readable = inside
      ? ['*']
      : [grader, ...packages.map(p => realpathSync(this.parts[p])), own!]
    const flags = [
      '--no-warnings',
      '--no-addons',
      `--max-old-space-size=${heap}`,
      '--v8-pool-size=1',
      // Math.random gives the same numbers each time: grading twice gives the same.
      '--random-seed=1',
      ...(this.usesPermission && permissionFlag
        ? [
            permissionFlag,
            ...readable.map(p => `--allow-fs-read=${p === '*' ? p : join(p, '*')}`),
            ...(inside ? [] : [`--allow-fs-read=${grader}`]),
            `--allow-fs-write=${join(own ?? '/tmp', '*')}`,
          ]
        : []),
    ]
    const child = inside
      ? this.#inNamespaces(
          [...flags, `${grader}/${script}.cjs`],
          limits,
          packages.flatMap(p => this.#packages[p]),
        )
      : this.#bare([...flags, join(grader, `${script}.cjs`)], limits, own!)
    return new Process(child, limits, () => {
      if (own) rmSync(own, { recursive: true, force: true })
    })
  }

  #inNamespaces(
    command: readonly string[],
    limits: Limits,
    packages: readonly string[],
  ): ChildProcess {
    const user = 20_000 + ((process.pid * 7 + this.#users++) % 40_000)
    const drop = this.#setpriv
      ? [
          '/bin/setpriv',
          ...(this.level === 'root'
            ? ['--reuid', `${user}`, '--regid', `${user}`, '--clear-groups']
            : []),
          '--no-new-privs',
          '--bounding-set=-all',
          '--inh-caps=-all',
        ]
      : []
    if (this.level === 'root' && !this.#setpriv) throw new Error('setpriv is missing')
    const args = [
      ...(this.level === 'user' ? ['--user', '--map-root-user'] : []),
      ...['--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--'],
      ...['sh', '-c', ENTER.replaceAll('__LIMITS__', limitsOf(limits, PROCESSES)), 'sh'],
      join(this.#stage, 'root'),
      ...this.#binds,
      ...packages,
      ...['--', ...drop, '/bin/node', ...command],
    ]
    // Should the grader itself be killed, so is all that it started.
    const [program, ...before] = this.#setpriv
      ? [this.#setpriv, '--pdeathsig', 'KILL', '--', 'unshare']
      : ['unshare']
    return spawn(program, [...before, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: environment('/usr/sbin:/usr/bin:/sbin:/bin'),
      cwd: '/',
      detached: true,
    })
  }

  #bare(command: readonly string[], limits: Limits, folder: string): ChildProcess {
    const options = {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as ('ignore' | 'pipe')[],
      env: environment(''),
      cwd: folder,
      detached: process.platform !== 'win32',
      windowsHide: true,
    }
    if (process.platform === 'win32') return spawn(process.execPath, command, options)
    // Processes are counted by user here: room for the others of this user is left.
    const script = `${limitsOf(limits, 4096)}\nexec "$@"`
    return spawn('/bin/sh', ['-c', script, 'sh', process.execPath, ...command], options)
  }

  close(): void {
    rmSync(this.#stage, { recursive: true, force: true })
  }
}

/** Nothing of the grader's own. */
const environment = (path: string): NodeJS.ProcessEnv => ({
  PATH: path,
  HOME: '/tmp',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  UV_THREADPOOL_SIZE: '1',
  NODE_OPTIONS: '',
})
