/**
 * The history across sessions: one JSON line per cell, appended in one write each, so that kernels that run side by side
 * never cut each other's lines. The file is bounded: the newest half is kept when it is full.
 */
import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { HistoryEntry, HistoryStore } from './engine/ports.ts'

/** Of the file, in bytes. */
const LIMIT = 4 << 20
/** A longer cell is remembered in its own session only. */
const LONGEST = 64 << 10
/** Entries of this session in memory. */
const OWN = 10_000

/** Jupyter's folder for data of the user. */
export function dataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  if (platform === 'darwin') return join(homedir(), 'Library/Jupyter')
  if (platform === 'win32')
    return env.APPDATA ? join(env.APPDATA, 'jupyter') : join(homedir(), '.jupyter/data')
  return join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'jupyter')
}

/** @returns the history's file, or null: `LAYERSCOPE_HISTORY=off`, or a path of another one */
export function historyFile(env: NodeJS.ProcessEnv = process.env): string | null {
  const asked = env.LAYERSCOPE_HISTORY
  if (asked && /^(off|0|none|false)$/i.test(asked)) return null
  return asked || join(dataFolder(env), 'layerscope', 'history.jsonl')
}

function readLine(line: string): { id: string; line: number; source: string } | null {
  try {
    const v = JSON.parse(line) as { s?: unknown; n?: unknown; c?: unknown } | null
    return typeof v?.s === 'string' && typeof v.n === 'number' && typeof v.c === 'string'
      ? { id: v.s, line: v.n, source: v.c }
      : null
  } catch {
    return null
  }
}

export class History implements HistoryStore {
  readonly #id = randomUUID()
  readonly #own: HistoryEntry[] = []
  #earlier: Promise<HistoryEntry[]> | null = null
  #session = 0
  #writable = true

  /** @param file null to keep nothing on disk */
  constructor(
    private readonly file: string | null,
    private readonly log: (line: string) => void,
  ) {}

  append(line: number, source: string, output?: string): void {
    this.#own.push({
      session: this.#session,
      line,
      source,
      ...(output === undefined ? {} : { output }),
    })
    if (this.#own.length > OWN) this.#own.shift()
    if (!this.file || !this.#writable || source.length > LONGEST) return
    try {
      // What other sessions wrote before this one's first cell is earlier; it is read before that is lost in the mass.
      this.#earlier ??= this.#read()
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 })
      this.#trim(this.file)
      appendFileSync(this.file, `${JSON.stringify({ s: this.#id, n: line, c: source })}\n`, {
        mode: 0o600,
      })
    } catch (e) {
      this.#writable = false
      this.log(`the history is not kept: ${e instanceof Error ? e.message : String(e)}`)
    }
  }

  async all(): Promise<readonly HistoryEntry[]> {
    const earlier = await (this.#earlier ??= this.#read())
    this.#number(earlier)
    return [...earlier, ...this.#own]
  }

  own(): readonly HistoryEntry[] {
    return this.#own
  }

  /** This session comes after all earlier ones. */
  #number(earlier: readonly HistoryEntry[]): void {
    this.#session = (earlier.at(-1)?.session ?? 0) + 1
    for (const h of this.#own) h.session = this.#session
  }

  async #read(): Promise<HistoryEntry[]> {
    if (!this.file || !existsSync(this.file)) return []
    try {
      const numbers = new Map<string, number>()
      const entries: HistoryEntry[] = []
      for (const text of (await readFile(this.file, 'utf8')).split('\n')) {
        const h = text ? readLine(text) : null
        if (!h || h.id === this.#id) continue
        if (!numbers.has(h.id)) numbers.set(h.id, numbers.size + 1)
        entries.push({ session: numbers.get(h.id)!, line: h.line, source: h.source })
      }
      // Sessions that ran side by side are told apart, each as one.
      return entries.sort((a, b) => a.session - b.session)
    } catch (e) {
      this.log(`the history cannot be read: ${e instanceof Error ? e.message : String(e)}`)
      return []
    }
  }

  #trim(file: string): void {
    if (!existsSync(file) || statSync(file).size < LIMIT) return
    const whole = readFileSync(file)
    const cut = whole.indexOf(10, whole.length - LIMIT / 2) + 1
    const other = `${file}.${this.#id}`
    try {
      writeFileSync(other, whole.subarray(cut), { mode: 0o600 })
      renameSync(other, file)
    } finally {
      rmSync(other, { force: true })
    }
  }
}
