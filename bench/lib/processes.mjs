// What the system says of a kernel's processes (Linux): who descends from whom, and how much memory is their own.
import { readdirSync, readFileSync } from 'node:fs'

/**
 * Ids of all descendants that have not ended.
 * @param {number} pid
 */
export function descendants(pid) {
  /** @type {Map<number, number>} */
  const parents = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state !== 'Z') parents.set(Number(name), Number(parent))
    } catch {
      // It has ended meanwhile.
    }
  }
  /** @type {number[]} */
  const found = []
  /** @param {number} id */
  const visit = id => {
    for (const [child, parent] of parents)
      if (parent === id) {
        found.push(child)
        visit(child)
      }
  }
  visit(pid)
  return found
}

/** @param {string} file @returns its fields in MB, or null when there is no such file */
function fields(file) {
  try {
    /** @type {Record<string, number>} */
    const found = {}
    for (const [, name, kb] of readFileSync(file, 'utf8').matchAll(/^(\w+):\s+(\d+) kB$/gm))
      found[name] = Number(kb) / 1024
    return found
  } catch {
    return null
  }
}

/**
 * Memory that a process has for itself, in MB: what it has written to (anonymous pages), in memory or swapped out. Pages of files
 * such as Node's own program are left out: they can be dropped at any time, and a process's share of them changes with what
 * other programs do. Where the system does not tell the two apart, all that is resident; 0 for a process that has ended.
 * @param {number} pid
 */
export function ownMemory(pid) {
  const rollup = fields(`/proc/${pid}/smaps_rollup`)
  if (rollup && 'Anonymous' in rollup) return rollup.Anonymous + (rollup.Swap ?? 0)
  const { RssAnon, VmRSS = 0, VmSwap = 0 } = fields(`/proc/${pid}/status`) ?? {}
  return (RssAnon ?? VmRSS) + VmSwap
}

/**
 * Of a process and all its descendants, in MB.
 * @param {number} pid
 */
export const memoryOfAll = pid =>
  [pid, ...descendants(pid)].reduce((sum, p) => sum + ownMemory(p), 0)
