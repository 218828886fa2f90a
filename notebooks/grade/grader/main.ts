/** The commands of `layerscope-grade`. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { ASSIGNMENTS } from '../assignments/index.ts'
import type { Assignment } from '../assignments/types.ts'
import { gradeClass, type Order, type WorkerAnswer } from './class.ts'
import { job, writeStudent, type JobOptions } from './job.ts'
import { parts, VERSION } from './parts.ts'
import { LIMITS, Sandbox, type Limits } from './sandbox.ts'
import { Compiler } from './session.ts'
import { findSubmissions } from './submission.ts'
import { points } from './words.ts'

const HELP = `layerscope-grade ${VERSION}

  layerscope-grade grade SUBMISSIONS… --assignment A1 --out DIR
      Grades notebooks, zips of submit(), folders of them, or nbgrader's
      submitted/STUDENT/ASSIGNMENT. What has been graded is not graded again.

      --jobs N            submissions at a time; default: the number of cores
      --seed TEXT         the secret that inputs are drawn from; default: one
                          of its own, kept in DIR/seed (or $LAYERSCOPE_GRADE_SEED)
      --due TIME          e.g. 2026-11-25T12:00Z; later ones are told so
      --release FILE      the notebook that was given out
      --assignments FILE  a module with assignments of your own: export const ASSIGNMENTS
      --limit-cell S      seconds for a cell (${LIMITS.cell / 1000})
      --limit-total S     seconds for a submission (${LIMITS.total / 1000})
      --limit-cpu S       processor seconds for a process (${LIMITS.cpu})
      --limit-output KB   what a notebook may print (${LIMITS.output / 1024})
      --require-sandbox   grades nothing where the sandbox is not complete

  layerscope-grade grade-one SUBMISSION --assignment A1 --out DIR --seed TEXT
      The same for one submission in one process, for a scheduler: DIR/students/NAME.json
      and NAME.html. Exit code 0: graded, whatever the points; 3: the grader itself failed.

  layerscope-grade protections
      Says how submissions are kept apart on this machine.

  layerscope-grade assignments
      Lists the assignments.
`

/** Words for whoever types commands, without a stack. */
class Complaint extends Error {}

const OPTIONS = {
  assignment: { type: 'string' },
  assignments: { type: 'string' },
  out: { type: 'string' },
  jobs: { type: 'string' },
  seed: { type: 'string' },
  due: { type: 'string' },
  release: { type: 'string' },
  'limit-cell': { type: 'string' },
  'limit-total': { type: 'string' },
  'limit-cpu': { type: 'string' },
  'limit-output': { type: 'string' },
  'require-sandbox': { type: 'boolean' },
} satisfies ParseArgsConfig['options']
type Values = { [K in keyof typeof OPTIONS]?: string | boolean }

/** @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const [command, ...rest] = argv
    switch (command) {
      case 'grade':
        return await gradeCommand(rest)
      case 'grade-one':
        return await oneCommand(rest)
      case 'worker':
        return await workerCommand(rest)
      case 'protections':
        return await protectionsCommand()
      case 'assignments':
        for (const a of Object.values(ASSIGNMENTS)) console.log(`${a.id}  ${a.title}`)
        return 0
      case 'help':
      case '--help':
      case undefined:
        console.log(HELP)
        return 0
      case '--version':
        console.log(VERSION)
        return 0
      default:
        throw new Complaint(`${command}: no such command; layerscope-grade help lists them`)
    }
  } catch (e) {
    const isSaid =
      e instanceof Complaint ||
      e instanceof RangeError ||
      (e instanceof TypeError && 'code' in e && String(e.code).startsWith('ERR_PARSE_ARGS'))
    console.error(isSaid ? e.message : e instanceof Error ? (e.stack ?? e.message) : String(e))
    return isSaid ? 2 : 3
  }
}

function parse(argv: readonly string[]): { values: Values; positionals: string[] } {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
}

const text = (v: string | boolean | undefined): string | undefined =>
  typeof v === 'string' ? v : undefined

async function assignmentOf(values: Values): Promise<Assignment> {
  const id = text(values.assignment)
  const file = text(values.assignments)
  const known = file
    ? ((await import(pathToFileURL(resolve(file)).href)) as { ASSIGNMENTS: typeof ASSIGNMENTS })
        .ASSIGNMENTS
    : ASSIGNMENTS
  const names = Object.keys(known).join(', ')
  if (!id) throw new Complaint(`--assignment is missing: one of ${names}`)
  if (!Object.hasOwn(known, id)) throw new Complaint(`--assignment ${id}: there are ${names}`)
  return known[id]
}

async function jobOptions(values: Values, seed: string): Promise<JobOptions> {
  const number = (name: keyof Values, unit: number): number | undefined => {
    const given = text(values[name])
    if (given === undefined) return undefined
    const n = Number(given)
    if (!(n > 0)) throw new Complaint(`--${name} ${given}: a number above 0`)
    return n * unit
  }
  const limits: Partial<Limits> = {}
  const set = (key: keyof Limits, n: number | undefined) => {
    if (n !== undefined) limits[key] = n
  }
  set('cell', number('limit-cell', 1000))
  set('total', number('limit-total', 1000))
  set('cpu', number('limit-cpu', 1))
  set('output', number('limit-output', 1024))
  const due = text(values.due)
  if (due !== undefined && Number.isNaN(Date.parse(due)))
    throw new Complaint(`--due ${due}: a time such as 2026-11-25T12:00Z`)
  const release = text(values.release)
  if (release !== undefined && !existsSync(release))
    throw new Complaint(`--release ${release}: there is no such file`)
  return {
    assignment: await assignmentOf(values),
    seed,
    limits,
    due: due === undefined ? null : new Date(due),
    release: release === undefined ? null : resolve(release),
  }
}

/** The secret: as given, from the environment, or one of the folder's own that stays. */
function seedOf(values: Values, out: string): string {
  const given = text(values.seed) ?? process.env.LAYERSCOPE_GRADE_SEED
  if (given) return given
  const file = join(out, 'seed')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  mkdirSync(out, { recursive: true })
  const seed = randomBytes(16).toString('hex')
  writeFileSync(file, `${seed}\n`, { mode: 0o600 })
  return seed
}

function outOf(values: Values): string {
  const out = text(values.out)
  if (!out) throw new Complaint('--out is missing: a folder for reports and results')
  return resolve(out)
}

const isComplete = (sandbox: Sandbox) => !sandbox.protections.some(p => p.startsWith('NOT'))

async function openSandbox(values: Values): Promise<Sandbox> {
  const sandbox = await Sandbox.open(parts())
  if (values['require-sandbox'] && !isComplete(sandbox)) {
    sandbox.close()
    throw new Complaint(`--require-sandbox: ${sandbox.protections.join('; ')}`)
  }
  return sandbox
}

async function gradeCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv)
  if (!positionals.length) throw new Complaint('no submissions: notebooks, zips or folders')
  const out = outOf(values)
  const seed = seedOf(values, out)
  const options = await jobOptions(values, seed)
  const all = findSubmissions(positionals, options.assignment.id)
  const jobs = Number(text(values.jobs) ?? availableParallelism())
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new Complaint(`--jobs ${String(values.jobs)}: a number from 1`)
  const stop = new AbortController()
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const sandbox = await openSandbox(values)
  for (const line of sandbox.protections) console.log(`  ${line}`)
  sandbox.close()
  const isTty = process.stdout.isTTY
  const began = performance.now()
  // The secret goes by the environment: other users of the machine see arguments.
  process.env.LAYERSCOPE_GRADE_SEED = seed
  const passed = argv.filter((a, i) => !a.startsWith('--seed') && argv[i - 1] !== '--seed')
  const { rows, finished } = await gradeClass(all, {
    ...options,
    out,
    jobs,
    worker: { file: process.argv[1], args: ['worker', ...passed] },
    signal: stop.signal,
    onDone: ({ found, graded: { result }, cached, of, ready }) => {
      const line = `${ready}/${of} ${plain(found.student)}: ${
        result.infrastructure !== null
          ? `NOT GRADED (${plain(result.infrastructure)})`
          : `${points(result.points)} of ${points(result.max)}`
      }${cached ? ' (as before)' : ''}`
      if (isTty)
        process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`)
      else console.log(line)
    },
  })
  if (isTty) process.stdout.write('\n')
  const lost = rows.filter(r => r.result.infrastructure !== null)
  for (const r of lost)
    console.log(`not graded: ${plain(r.student)}: ${plain(r.result.infrastructure ?? '')}`)
  const seconds = Math.round((performance.now() - began) / 1000)
  console.log(`${rows.length} of ${all.length} in ${seconds} s: ${join(out, 'class.html')}`)
  if (!finished) {
    console.log('interrupted: the same command goes on where it was')
    return 130
  }
  return lost.length ? 3 : 0
}

/** A name as a terminal may show it. */
const plain = (s: string): string =>
  // eslint-disable-next-line no-control-regex -- they are what is taken out
  s.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?').slice(0, 200)

async function oneCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv)
  if (positionals.length !== 1) throw new Complaint('grade-one takes one submission')
  const out = outOf(values)
  const seed = text(values.seed) ?? process.env.LAYERSCOPE_GRADE_SEED
  if (!seed) throw new Complaint('--seed is missing: jobs of one class share it')
  const options = await jobOptions(values, seed)
  const [found] = findSubmissions(positionals, options.assignment.id)
  const sandbox = await openSandbox(values)
  const compiler = new Compiler(sandbox, LIMITS)
  try {
    const graded = await job(found, { sandbox, compiler }, join(out, '.cache'), options)
    writeStudent(out, found, graded)
    const { result } = graded
    console.log(
      result.infrastructure !== null
        ? `${plain(found.student)}: NOT GRADED (${plain(result.infrastructure)})`
        : `${plain(found.student)}: ${points(result.points)} of ${points(result.max)}`,
    )
    return result.infrastructure === null ? 0 : 3
  } finally {
    await compiler.close()
    sandbox.close()
  }
}

/** A process of `grade`: takes submissions by message until it is let go. */
async function workerCommand(argv: readonly string[]): Promise<number> {
  if (!process.send) throw new Complaint('worker is started by grade')
  const say = (m: WorkerAnswer) => void process.send?.(m)
  const { values } = parse(argv)
  const options = await jobOptions(values, process.env.LAYERSCOPE_GRADE_SEED ?? '')
  const sandbox = await openSandbox(values)
  const compiler = new Compiler(sandbox, LIMITS)
  const gone = new Promise<void>(done => process.on('disconnect', done))
  process.on('message', (order: Order) => {
    job(order.found, { sandbox, compiler }, order.cache, options).then(
      ({ result, printed, cached }) => say({ t: 'done', graded: { result, printed }, cached }),
      (e: unknown) =>
        say({ t: 'failed', why: e instanceof Error ? (e.stack ?? e.message) : String(e) }),
    )
  })
  say({ t: 'ready', protections: sandbox.protections })
  await gone
  sandbox.close()
  // What runs in the sandbox ends with this process.
  process.exit(0)
}

async function protectionsCommand(): Promise<number> {
  const sandbox = await Sandbox.open(parts())
  for (const line of sandbox.protections) console.log(line)
  sandbox.close()
  return isComplete(sandbox) ? 0 : 1
}
