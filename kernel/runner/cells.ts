/** Runs cells, one at a time, each to exactly one end: whatever an interrupt cuts, the front hears of it. */
import vm from 'node:vm'
import type { FromRunner, ToRunner } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { beginConsole } from './console.ts'
import { begin, stop, within } from './context.ts'
import type { Critical } from './critical.ts'
import { failure, hasFrames } from './failure.ts'
import { Interrupted, isInterruption, type Interrupts } from './interrupt.ts'
import { encodeJson, Json } from './json.ts'
import { exported, peekExport, type Modules } from './modules.ts'
import type { Output } from './output.ts'
import { bundleOf, type Data } from './values/bundle.ts'
import { CellState, reached, runCell, type Variables } from './variables.ts'

/** Of a result's text, for the history, in characters. */
const TEXT_KEPT = 10_000

/** A bundle as a reply holds it. */
const parsed = (data: Data): Data =>
  Object.fromEntries(
    Object.entries(data).map(([mime, v]) => [mime, v instanceof Json ? v.parse() : v]),
  )

export type Execute = ToRunner & { t: 'execute' }

interface Given {
  /** Content of its execute_result. */
  result: Json | null
  text: string | null
  expressions: Record<string, unknown>
}
interface Run {
  readonly m: Execute
  readonly state: CellState
  ended: boolean
}

export interface Parts {
  channel: Channel
  critical: Critical
  interrupts: Interrupts
  modules: Modules
  output: Output
  variables: Variables
  /** Text of results in colours. */
  colors(): boolean
  /** An error beside the cell's own. */
  late(e: unknown): void
  /** What else ends with an interrupted cell. */
  stopped(parent: Execute['parent']): void
}

export class Cells {
  #active: Run | null = null
  constructor(private readonly parts: Parts) {}

  get isRunning(): boolean {
    return this.#active !== null
  }

  execute(m: Execute): void {
    const { modules } = this.parts
    this.parts.critical.begin()
    begin(m.parent)
    beginConsole()
    const state = new CellState(modules.meta, modules.dynamic, id => modules.preloaded(id))
    const run: Run = { m, state, ended: false }
    this.#active = run
    this.#run(run).then(
      given => this.#end(run, given),
      (e: unknown) => this.#fail(run, e),
    )
  }

  /** Ends the cell that waits: an interrupt has stopped what it was doing. */
  interrupt(): void {
    if (this.#active) this.#fail(this.#active, new Interrupted())
  }

  #guarded<T>({ m }: Run, f: () => T): T {
    return within(m.parent, () => this.parts.interrupts.guarded(f))
  }

  async #run(run: Run): Promise<Given> {
    const { modules, variables, colors, late } = this.parts
    const { m, state } = run
    modules.update(m.code.sides)
    if (m.code.imports.length) await this.#guarded(run, () => this.#bindImports(m))
    const running = this.#guarded(run, () =>
      runCell(m.code, `cell:${String(m.parent.msg_id)}`, state, variables, modules),
    )
    if (m.code.await) await running
    variables.expose(m.code.names)
    const { last } = state
    const isShown = m.code.last && last !== undefined && !m.silent
    const shown = isShown ? this.#guarded(run, () => bundleOf(last, late, colors())) : null
    // A promise only where a value's own hook gives one.
    const bundle = shown instanceof Promise ? await shown : shown
    return this.#guarded(run, () => {
      const text = bundle?.data['text/plain']
      return {
        result: bundle && encodeJson({ execution_count: m.count, ...bundle }),
        text: typeof text === 'string' ? text.slice(0, TEXT_KEPT) : null,
        expressions: this.#evaluate(m.expressions),
      }
    })
  }

  /** Loads what a cell imports and lets its names follow the exports. */
  async #bindImports(m: Execute): Promise<void> {
    const { modules, variables } = this.parts
    modules.remember(m.code.imports)
    const loaded = await modules.prepare(m.code.imports)
    for (const [i, { names }] of m.code.imports.entries())
      for (const [local, name] of names)
        variables.follow(
          local,
          () => exported(loaded[i], name),
          () => peekExport(loaded[i], name),
        )
  }

  #evaluate(expressions: Record<string, string>): Record<string, unknown> {
    const out: Record<string, unknown> = {}
    for (const [key, source] of Object.entries(expressions)) {
      try {
        const f = vm.runInThisContext(
          `(function (exports) { with (exports) { return (${source}\n) } })`,
        ) as (v: unknown) => unknown
        const bundle = bundleOf(f(this.parts.variables.all))
        const { data, metadata } = (bundle instanceof Promise ? null : bundle) ?? {
          data: {},
          metadata: {},
        }
        out[key] = { status: 'ok', data: parsed(data), metadata }
      } catch (e) {
        if (isInterruption(e)) throw e
        const { ename, evalue } = failure(e)
        out[key] = { status: 'error', ename, evalue, traceback: [] }
      }
    }
    return out
  }

  #end(run: Run, { result, text, expressions }: Given): void {
    const { names: values } = run.m.code
    const framed = hasFrames(text)
    const done = { t: 'done', ok: true, text, framed, expressions, values } as const
    this.#finish(run, () => done, result?.pieces)
  }

  #fail(run: Run, e: unknown): void {
    if (run.ended) return
    const isCut = isInterruption(e)
    let error = failure(new Interrupted())
    if (!isCut)
      try {
        error = this.#guarded(run, () => failure(e))
      } catch {
        // Telling it was interrupted in its turn.
      }
    this.#finish(run, () => {
      const values = reached(run.m.code, run.state)
      this.parts.variables.expose(values)
      return { t: 'done', ok: false, error, values }
    })
    if (!isCut) return
    stop(run.m.parent)
    this.parts.stopped(run.m.parent)
  }

  #finish(run: Run, done: () => FromRunner & { t: 'done' }, result?: readonly Uint8Array[]): void {
    this.parts.critical.own(() => {
      // Waiting for the section may have ended it.
      if (run.ended) return
      run.ended = true
      if (this.#active === run) this.#active = null
      const message = done()
      this.parts.output.flush()
      this.parts.channel.send(message, result ? [result] : [])
    })
  }
}
