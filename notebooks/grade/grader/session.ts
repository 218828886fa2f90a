/**
 * A student's notebook brought to life in the sandbox: its cells are compiled and run, and its functions can be asked. What
 * ends its process ends only that: the next question finds a new one, in which the guilty cell is left out.
 */
import type { Compiled, CompiledCell } from './child/compile.ts'
import type { Process } from './process.ts'
import type { Limits, Sandbox } from './sandbox.ts'
import type { Answer, Limits as CaseLimits, Plain } from '../assignments/types.ts'
import { FROM_CHILD, WireError, Writer, type Reader } from './wire.ts'

/** How a cell did. */
export interface CellReport {
  name: string
  state: 'ran' | 'syntax' | 'failed' | 'timeout' | 'crashed'
  /** The error, in its own words. */
  words: string
}

/** The grader's own machinery failed: nobody's points depend on it. */
export class InfrastructureError extends Error {}

const STARTS = 6

/** What cells may use. */
export interface Allowed {
  /** `A1`, for the words about what they may not. */
  assignment: string
  modules: readonly string[]
}

export class Session {
  readonly cells: CellReport[] = []
  #compiled: CompiledCell[] = []
  #process: Process | null = null
  #starts = 0
  #spoiled = new Set<string>()
  /** Limit of memory of the process there is. */
  #megabytes: number
  readonly #deadline: number
  readonly #printed: string[] = []

  constructor(
    private readonly sandbox: Sandbox,
    private readonly texts: readonly { name: string; text: string }[],
    private readonly limits: Limits,
    private readonly allowed: Allowed,
    private readonly compiler: Compiler,
  ) {
    this.#megabytes = limits.memory
    this.#deadline = performance.now() + limits.total
  }

  #left(): number {
    return Math.max(0, this.#deadline - performance.now())
  }

  /** What the notebook printed while it was graded, the beginning. */
  get printed(): string {
    return [...this.#printed, this.#process?.printed ?? ''].join('').slice(0, 8192)
  }

  /** Compiles the cells and runs them. */
  async start(): Promise<void> {
    const compiled = await this.compiler.compile(this.texts)
    for (const c of compiled)
      if ('error' in c) this.cells.push({ name: c.name, state: 'syntax', words: c.error })
      else {
        this.#compiled.push(c)
        this.cells.push({ name: c.name, state: 'ran', words: '' })
      }
    await this.#alive()
  }

  /** A process in which the cells have run, or null: there have been too many. */
  async #alive(): Promise<Process | null> {
    while (!this.#process?.isAlive) {
      await this.#drop()
      if (this.#starts >= STARTS || this.#left() === 0) return null
      this.#starts++
      const process = await this.#begin()
      this.#process = process
      const failed: CompiledCell[] = []
      for (const cell of this.#compiled) {
        if (!process.isAlive) break
        if (this.#spoiled.has(cell.name)) continue
        if (!(await this.#run(process, cell))) failed.push(cell)
      }
      // What stood above something it needs may run now.
      for (let again = failed; again.length && process.isAlive;) {
        const still: CompiledCell[] = []
        for (const cell of again)
          if (!process.isAlive || !(await this.#run(process, cell))) still.push(cell)
        if (still.length === again.length) break
        again = still
      }
    }
    return this.#process
  }

  async #begin(): Promise<Process> {
    for (let tries = 0; ; tries++) {
      const { assignment, modules } = this.allowed
      const process = this.sandbox.start(
        'run',
        { ...this.limits, memory: this.#megabytes },
        modules.some(m => /^layerscope(\/|$)/.test(m)),
      )
      let why = await process.ready(30_000)
      if (why === null) {
        const setup = new Writer()
          .string('setup')
          .string(assignment)
          .string(JSON.stringify(modules))
        const reply = await process.request(setup.done(), 30_000)
        if (reply.kind === 'answer') return process
        why = reply.kind === 'crashed' ? reply.why : 'no answer'
      }
      await process.end()
      if (tries === 2) throw new InfrastructureError(`no process for the notebook: ${why}`)
    }
  }

  async #drop(): Promise<void> {
    const process = this.#process
    this.#process = null
    if (!process) return
    this.#printed.push(process.printed)
    await process.end()
  }

  /** @returns whether it ran to its end */
  async #run(process: Process, cell: CompiledCell): Promise<boolean> {
    const report = this.cells.find(c => c.name === cell.name)!
    const set = (state: CellReport['state'], words: string) =>
      Object.assign(report, { state, words })
    const ms = Math.min(this.limits.cell, this.#left())
    const reply = await process.request(
      new Writer().string('cell').string(JSON.stringify(cell)).done(),
      ms,
    )
    if (reply.kind === 'answer')
      try {
        const { reader } = reply
        if (reader.byte() !== FROM_CHILD.cell) throw new WireError('no answer to a cell')
        const ok = reader.byte() === 1
        const words = says(reader.string(), reader.string())
        reader.end()
        set(ok ? 'ran' : 'failed', ok ? '' : words)
        return ok
      } catch (e) {
        if (!(e instanceof WireError)) throw e
        await process.end()
        set('crashed', 'wrote on the grader’s channel what is no answer')
      }
    else if (reply.kind === 'timeout') set('timeout', `did not end within ${seconds(ms)}`)
    else set('crashed', reply.why)
    this.#spoiled.add(cell.name)
    return false
  }

  /**
   * Calls one of the student's functions, or reads one of their values.
   * @throws TypeError for arguments that are not plain, InfrastructureError when no process can be had
   */
  async ask(
    name: string,
    args: readonly Plain[],
    { seconds = this.limits.ask / 1000, megabytes = this.limits.memory }: Partial<CaseLimits> = {},
  ): Promise<Answer> {
    const body = new Writer().string('ask').string(name).value(args).done()
    if (megabytes !== this.#megabytes) {
      await this.#drop()
      this.#megabytes = megabytes
      // The case asked for this one: it is not counted.
      this.#starts--
    }
    const process = await this.#alive()
    if (!process)
      return this.#left() === 0
        ? { timeout: this.limits.total / 1000 }
        : { crashed: `its process has ended ${STARTS} times` }
    const ms = Math.min(seconds * 1000, this.#left())
    const reply = await process.request(body, ms)
    if (reply.kind === 'timeout') return { timeout: ms / 1000 }
    if (reply.kind === 'crashed') return { crashed: reply.why }
    try {
      const answer = this.#read(reply.reader, name, args.length, reply.ms)
      reply.reader.end()
      return answer
    } catch (e) {
      if (!(e instanceof WireError)) throw e
      await process.end()
      return { crashed: 'it wrote on the grader’s channel what is no answer' }
    }
  }

  #read(reader: Reader, name: string, parameters: number, ms: number): Answer {
    const kind = reader.byte()
    if (kind === FROM_CHILD.value) {
      const value = reader.value()
      const changed = reader.count() - 1
      return {
        value,
        seconds: ms / 1000,
        ...(changed >= 0 && changed < parameters ? { changed } : {}),
      }
    }
    if (kind === FROM_CHILD.threw) {
      const threw = { name: short(reader.string()), message: short(reader.string()) }
      const place = short(reader.string())
      return { threw: /^cell \d+, line \d+$/.test(place) ? { ...threw, place } : threw }
    }
    if (kind === FROM_CHILD.notPlain) return { notPlain: short(reader.string()) }
    if (kind === FROM_CHILD.missing) return { missing: this.#whyMissing(name) }
    throw new WireError(`an answer of kind ${kind}`)
  }

  /** What became of the cell that should define a name. */
  #whyMissing(name: string): string {
    const declares = new RegExp(
      `\\b(?:function\\*?|class|const|let|var)\\s+${name.replace(/[^\w$]/g, '\\$&')}\\b`,
    )
    const at = this.texts.findLast(t => declares.test(t.text))
    const report = at && this.cells.find(c => c.name === at.name)
    if (!report) return `no cell defines ${name}`
    if (report.state === 'ran') return `${report.name} ran without defining it`
    return `${report.name} ${cellWords(report)}`
  }

  async end(): Promise<void> {
    await this.#drop()
  }
}

/** What became of a cell that did not run. */
export const cellWords = ({ state, words }: CellReport): string =>
  ({
    ran: '',
    syntax: `does not compile (${words})`,
    failed: `ended with ${words || 'an error'}`,
    timeout: words,
    crashed: `ended the process of the notebook: ${words}`,
  })[state]

const says = (name: string, message: string) => short([name, message].filter(Boolean).join(': '))
/** One line of text from a student's process: short, without control characters or marks that turn the line round. */
export const short = (s: string): string =>
  s
    .slice(0, 500)
    // eslint-disable-next-line no-control-regex -- they are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()
const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`

/** Notebooks that one process of the compiler takes, one after the other. */
const NOTEBOOKS = 50
const COMPILE_MS = 20_000

/**
 * Cells through the compiler's process: together, or by halves when they have ended it together. The process goes on to the
 * next notebook, since it runs nothing of any; one that a notebook has ended is replaced.
 */
export class Compiler {
  #process: Process | null = null
  #served = 0

  constructor(
    private readonly sandbox: Sandbox,
    private readonly limits: Limits,
  ) {}

  async compile(cells: readonly { name: string; text: string }[]): Promise<Compiled[]> {
    const all = await this.#inOne(cells)
    if (typeof all !== 'string') return all
    // One of them is too much for the compiler: those that are not, by halves.
    if (cells.length === 1)
      return [{ name: cells[0].name, error: `the compiler ${all}: it is not run` }]
    // Cells know the names of those before them, so what is left is compiled together again.
    const bad = await this.#culprits(cells)
    const rest = cells.filter(c => !bad.has(c.name))
    const compiled = rest.length ? await this.#inOne(rest) : []
    if (typeof compiled === 'string')
      return cells.map(c => ({ name: c.name, error: `the compiler ${compiled}: it is not run` }))
    return cells.map(
      c =>
        compiled.find(d => d.name === c.name) ?? {
          name: c.name,
          error: `the compiler ${all}: it is not run`,
        },
    )
  }

  async #culprits(cells: readonly { name: string; text: string }[]): Promise<Set<string>> {
    const bad = new Set<string>()
    let budget = 12
    const halve = async (some: readonly { name: string; text: string }[]): Promise<void> => {
      if (budget-- <= 0) {
        for (const c of some) bad.add(c.name)
        return
      }
      if (typeof (await this.#inOne(some)) !== 'string') return
      if (some.length === 1) bad.add(some[0].name)
      else {
        const middle = some.length >> 1
        await halve(some.slice(0, middle))
        await halve(some.slice(middle))
      }
    }
    const middle = cells.length >> 1
    await halve(cells.slice(0, middle))
    await halve(cells.slice(middle))
    return bad
  }

  /** @returns what they became, or what the compiler's process did instead */
  async #inOne(cells: readonly { name: string; text: string }[]): Promise<Compiled[] | string> {
    const process = await this.#alive()
    this.#served++
    const body = new Writer().string(JSON.stringify(cells)).done()
    const reply = await process.request(body, COMPILE_MS)
    if (reply.kind === 'timeout') return 'did not come to an end'
    if (reply.kind === 'crashed') return reply.why
    reply.reader.byte()
    return JSON.parse(reply.reader.string()) as Compiled[] // of our own compiler, which runs nothing of the student's
  }

  async #alive(): Promise<Process> {
    if (this.#process?.isAlive && this.#served < NOTEBOOKS) return this.#process
    await this.close()
    const process = this.sandbox.start('compile', { ...this.limits, memory: 1024 })
    const why = await process.ready(30_000)
    if (why !== null) {
      await process.end()
      throw new InfrastructureError(`no process for the compiler: ${why}`)
    }
    this.#served = 0
    this.#process = process
    return process
  }

  async close(): Promise<void> {
    const process = this.#process
    this.#process = null
    await process?.end()
  }
}
