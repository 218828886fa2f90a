/** A class: submissions spread over processes of the grader's own, each at one submission at a time. */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Graded } from './grade.ts'
import { lostResult, writeStudent, writeWhole, type JobOptions } from './job.ts'
import {
  classCsv,
  classPage,
  commonMistakes,
  distributionSvg,
  nbgraderCsv,
  type Row,
} from './report.ts'
import type { Found } from './submission.ts'

export interface ClassOptions extends JobOptions {
  out: string
  jobs: number
  /** The program that is started as a worker, with its first arguments. */
  worker: { file: string; args: readonly string[] }
  /** Called for each that is done. */
  onDone(done: { found: Found; graded: Graded; cached: boolean; of: number; ready: number }): void
  /** Stops: what is done stays done. */
  signal: AbortSignal
}

/** What a worker is sent, and answers. */
export interface Order {
  found: Found
  cache: string
}
export type WorkerAnswer =
  | { t: 'ready'; protections: string[] }
  | { t: 'done'; graded: Graded; cached: boolean }
  | { t: 'failed'; why: string }

const TRIES = 2

export interface ClassResult {
  rows: Row[]
  protections: string[]
  finished: boolean
}

export async function gradeClass(all: readonly Found[], o: ClassOptions): Promise<ClassResult> {
  mkdirSync(join(o.out, 'students'), { recursive: true })
  const cache = join(o.out, '.cache')
  mkdirSync(cache, { recursive: true })
  const queue = all.map(found => ({ found, tries: 0 }))
  const rows = new Map<string, Row>()
  const protections = new Set<string>()
  const workers = new Set<ChildProcess>()
  const abort = () => {
    queue.length = 0
    for (const w of workers) w.disconnect()
  }
  o.signal.addEventListener('abort', abort)

  const finish = (found: Found, graded: Graded, cached: boolean) => {
    writeStudent(o.out, found, graded)
    rows.set(found.id, { id: found.id, student: found.student, result: graded.result })
    o.onDone({ found, graded, cached, of: all.length, ready: rows.size })
  }

  /** One worker after the other, as long as there is work: one that dies costs its submission a try and no more. */
  const line = async (): Promise<void> => {
    while (queue.length && !o.signal.aborted) {
      const worker = fork(o.worker.file, o.worker.args, {
        // An interrupt of the terminal's is for us: workers end what they have begun when we let go of them.
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        execArgv: ['--max-old-space-size=1024'],
        serialization: 'json',
      })
      workers.add(worker)
      let says = ''
      worker.stderr?.on('data', (piece: Buffer) => {
        if (says.length < 2000) says += piece.toString('utf8')
      })
      const ended = new Promise<WorkerAnswer>(resolve => {
        worker.on('exit', (code, signal) =>
          resolve({ t: 'failed', why: `the grader’s process ended (${signal ?? code}) ${says}` }),
        )
        worker.on('error', e => resolve({ t: 'failed', why: e.message }))
      })
      const answer = () =>
        Promise.race([
          ended,
          new Promise<WorkerAnswer>(resolve =>
            worker.once('message', m => resolve(m as WorkerAnswer)),
          ),
        ])
      const ready = await answer()
      if (ready.t === 'ready') for (const p of ready.protections) protections.add(p)
      let alive = ready.t === 'ready'
      if (!alive && !o.signal.aborted) {
        // None can be started: said of all that wait.
        for (const { found } of queue.splice(0))
          finish(found, { result: lostResult(o, whyOf(ready)), printed: '' }, false)
      }
      while (alive && !o.signal.aborted) {
        const next = queue.shift()
        if (!next) break
        const order: Order = { found: next.found, cache }
        const reply = answer()
        worker.send(order)
        const got = await reply
        if (o.signal.aborted && got.t !== 'done') break
        if (got.t === 'done') finish(next.found, got.graded, got.cached)
        else {
          alive = worker.connected && worker.exitCode === null
          if (++next.tries < TRIES) queue.push(next)
          else finish(next.found, { result: lostResult(o, whyOf(got)), printed: '' }, false)
        }
      }
      if (worker.connected) worker.disconnect()
      await ended
      workers.delete(worker)
    }
  }
  await Promise.all(Array.from({ length: Math.min(o.jobs, all.length) }, line))
  o.signal.removeEventListener('abort', abort)
  const done = all.flatMap(f => rows.get(f.id) ?? [])
  writeClass(o, done, [...protections])
  return { rows: done, protections: [...protections], finished: done.length === all.length }
}

const whyOf = (a: WorkerAnswer): string =>
  (a.t === 'failed' ? a.why : 'an answer out of turn').replace(/\s+/g, ' ').trim().slice(0, 500)

/** What is known of the class so far. */
export function writeClass(
  o: Pick<ClassOptions, 'out' | 'assignment'>,
  rows: readonly Row[],
  protections: readonly string[],
): void {
  writeWhole(join(o.out, 'class.csv'), classCsv(rows))
  writeWhole(join(o.out, 'nbgrader.csv'), nbgraderCsv(rows))
  writeWhole(join(o.out, 'distribution.svg'), distributionSvg(rows))
  writeWhole(join(o.out, 'class.html'), classPage(o.assignment.id, rows, protections))
  writeWhole(
    join(o.out, 'class.json'),
    `${JSON.stringify(
      {
        assignment: o.assignment.id,
        students: rows.map(({ id, student, result: r }) => ({
          id,
          student,
          points: r.infrastructure === null ? r.points : null,
          max: r.max,
          infrastructure: r.infrastructure,
        })),
        mistakes: commonMistakes(rows),
      },
      null,
      2,
    )}\n`,
  )
}
