/** The runner process: user code, and nothing else that matters. It ends when its pipe closes. */
import { randomUUID } from 'node:crypto'
import vm from 'node:vm'
import { DISPLAY, HOST, type KernelHost } from 'layerscope/spec'
import type { Failure, Parent, ToRunner } from '../pipe.ts'
import { Channel } from './channel.ts'
import { Comms } from './comms.ts'
import { begin, current, within } from './context.ts'
import { asText, bundleOf, encodeBundle, isBundle } from './display.ts'
import { Interrupted, Interrupts, isInterruption } from './interrupt.ts'
import { exported, Modules } from './modules.ts'
import { Output } from './output.ts'
import { CellState, reached, runCell, Variables } from './variables.ts'
import { Questions } from './stdin.ts'

declare const __VERSION__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'

type Execute = ToRunner & { t: 'execute' }

const channel = new Channel(receive, () => process.exit(0))
const output = new Output(channel)
const flush = () => output.flush()
const interrupts = new Interrupts(late)
const comms = new Comms(channel, flush, late)
const modules = new Modules(process.cwd())

const variables = new Variables()

/** An error that no cell waits for: shown where it belongs, and life goes on. */
function late(e: unknown): void {
  flush()
  channel.send({ t: 'late', parent: current(), error: failure(e) })
}

function failure(e: unknown): Failure {
  if (isInterruption(e))
    return { ename: 'KeyboardInterrupt', evalue: new Interrupted().message, stack: '' }
  if (
    e instanceof Error ||
    (typeof e === 'object' && e !== null && 'stack' in e && 'message' in e)
  ) {
    const error = e as Error // by the line above, as far as it is used here
    const cause =
      error.cause === undefined
        ? ''
        : `\ncaused by: ${error.cause instanceof Error ? error.cause.stack : asText(error.cause)}`
    return {
      ename: String(error.name || 'Error'),
      evalue: String(error.message),
      stack: `${String(error.stack ?? '')}${cause}`,
    }
  }
  return { ename: 'Error', evalue: `thrown: ${asText(e)}`, stack: '' }
}

async function execute(m: Execute): Promise<void> {
  begin(m.parent)
  const state = new CellState(modules.meta, modules.dynamic, id => modules.preloaded(id))
  try {
    modules.update(m.code.sides)
    await bindImports(m.code.imports)
    const interruption = interrupts.interruption()
    try {
      const running = within(m.parent, () =>
        interrupts.guarded(() =>
          runCell(m.code, `cell:${String(m.parent.msg_id)}`, state, variables, modules),
        ),
      )
      if (m.code.await) await Promise.race([running, interruption.promise])
    } finally {
      interruption.done()
    }
    variables.expose(m.code.names)
    const result = within(m.parent, () => interrupts.guarded(() => take(m, state)))
    const expressions = within(m.parent, () => evaluate(m.expressions))
    flush()
    channel.send({ t: 'done', ok: true, result, expressions, values: m.code.names })
  } catch (e) {
    const values = reached(m.code, state)
    variables.expose(values)
    flush()
    channel.send({ t: 'done', ok: false, error: failure(e), values })
  }
}

/** Loads what a cell imports and lets its names follow the exports. */
async function bindImports(links: Execute['code']['imports']): Promise<void> {
  if (!links.length) return
  modules.remember(links)
  const loaded = await modules.prepare(links)
  for (const [i, { names }] of links.entries())
    for (const [local, name] of names) variables.follow(local, () => exported(loaded[i], name))
}

/** The last expression's value as a bundle. */
function take(
  m: Execute,
  { last }: CellState,
): { data: Record<string, unknown>; metadata: object } | null {
  if (!m.code.last || last === undefined || m.silent) return null
  const data = bundleOf(last)
  return data && { data, metadata: {} }
}

function evaluate(expressions: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, source] of Object.entries(expressions)) {
    try {
      const f = vm.runInThisContext(
        `(function (exports) { with (exports) { return (${source}\n) } })`,
      ) as (v: unknown) => unknown
      out[key] = { status: 'ok', data: bundleOf(f(variables.all)) ?? {}, metadata: {} }
    } catch (e) {
      const { ename, evalue } = failure(e)
      out[key] = { status: 'error', ename, evalue, traceback: [] }
    }
  }
  return out
}

function receive(m: ToRunner, buffers: Buffer[]): void {
  if (m.t === 'execute') void execute(m)
  else if (m.t === 'comm') {
    comms.handle(m, buffers, (parent, f) => {
      // Inside a cell's synchronous loop the loop's own guard is there already.
      const cell = polling ? current() : null
      within(cell ?? parent, polling ? f : () => interrupts.guarded(f))
    })
    flush()
    channel.send({ t: 'handled', id: String(m.parent.msg_id) })
  } else questions.answer(m)
}

let polling = false
function polled(f: () => number): number {
  const before = polling
  polling = true
  flush()
  try {
    return f()
  } finally {
    polling = before
  }
}

const questions = new Questions(channel, flush)

function show(
  data: Record<string, unknown>,
  { id, update = false, metadata = {} }: { id?: string; update?: boolean; metadata?: object } = {},
): void {
  flush()
  channel.send({
    t: 'display',
    parent: current(),
    kind: update ? 'update_display_data' : 'display_data',
    data,
    metadata,
    transient: id ? { display_id: id } : {},
  })
}

const kernelHost: KernelHost = {
  protocol: 1,
  version,
  display: (bundle, options) => show(encodeBundle(bundle), options),
  comms: comms.api,
  poll: () => polled(() => channel.poll()),
  wait: ms => polled(() => channel.wait(ms)),
}

const globals = {
  [HOST]: kernelHost,
  display: (
    value: unknown,
    { id = randomUUID(), metadata = {} }: { id?: string; metadata?: object } = {},
  ) => {
    const bundle = (v: unknown) =>
      isBundle(v) ? encodeBundle(v) : (bundleOf(v) ?? { 'text/plain': '' })
    show(bundle(value), { id, metadata })
    return {
      [DISPLAY]: () => null,
      id,
      update: (v: unknown) => show(bundle(v), { id, update: true, metadata }),
      clear: () => show({ 'text/plain': '' }, { id, update: true, metadata }),
    }
  },
  input: questions.input,
  prompt: questions.prompt,
  comm: { ...comms.api, poll: kernelHost.poll },
}
for (const key of Reflect.ownKeys(globals))
  Object.defineProperty(globalThis, key, {
    configurable: true,
    writable: true,
    enumerable: false,
    value: Reflect.get(globals, key),
  })

process.on('uncaughtException', late)
process.on('unhandledRejection', late)
process.stdin.on('error', () => undefined)

export type { Parent }
channel.send({ t: 'ready' })
