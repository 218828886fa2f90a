/** The runner process: user code, and nothing else that matters. It ends when its pipe closes. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOST, type KernelHost } from 'layerscope/spec'
import type { ToRunner } from '../pipe.ts'
import { Cells } from './cells.ts'
import { Channel } from './channel.ts'
import { Children } from './children.ts'
import { Comms } from './comms.ts'
import { keepConsole } from './console.ts'
import { cellOf, current, followPromises, settle, within } from './context.ts'
import { Critical } from './critical.ts'
import { endWithFront, setWard } from './end.ts'
import { cleanStacks, failure, hasFrames } from './failure.ts'
import { blamedFor, followCallbacksAndEvents } from './follow.ts'
import { Interrupts, isInterruption } from './interrupt.ts'
import { encodeJson } from './json.ts'
import { keysOf } from './keys.ts'
import { Modules, provide } from './modules.ts'
import { Output } from './output.ts'
import { Questions } from './stdin.ts'
import { keepTimers } from './timers.ts'
import { encodeBundle, type Data } from './values/bundle.ts'
import { makeDisplay } from './values/display.ts'
import { tslabModule } from './tslab-module.ts'
import { Variables } from './variables.ts'
import { makeWidgets } from './widgets/index.ts'

declare const __VERSION__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'

/** What the front tells its runner, in order. */
const [, , nonce = ''] = process.argv

const critical = new Critical()
setWard(() => critical.ward)
const channel = new Channel(critical, receive, endWithFront)
const output = new Output(channel, critical)
const { flush } = output
const comms = new Comms(channel, flush, late)
const questions = new Questions(channel, flush)
const variables = new Variables()

/** An error that no cell waits for: shown where it belongs, and life goes on. */
function late(e: unknown): void {
  if (isInterruption(e) && cells.isRunning) return interrupts.answer()
  const error = failure(e)
  flush()
  channel.send({ t: 'late', parent: current(), error })
  if (isInterruption(e)) interrupts.answer()
}

function show(
  data: Data,
  { id, update = false, metadata = {} }: { id?: string; update?: boolean; metadata?: object } = {},
): void {
  const transient = id ? { display_id: id } : {}
  const { pieces } = encodeJson({ data, metadata, transient })
  const kind = update ? 'update_display_data' : 'display_data'
  flush()
  const framed = hasFrames(data['text/plain'])
  channel.send({ t: 'display', parent: current(), kind, framed }, [pieces])
}
function clearOutput(wait: boolean): void {
  flush()
  channel.send({ t: 'clear', parent: current(), wait })
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

const kernelHost: KernelHost = {
  protocol: 1,
  version,
  display: (bundle, options) => show(encodeBundle(bundle), options),
  comms: comms.api,
  poll: () => polled(() => channel.poll()),
  wait: ms => polled(() => channel.wait(ms)),
}

const { display, settings } = makeDisplay(show, clearOutput, late)
const widgets = makeWidgets(
  {
    ...comms.api,
    answering: f => comms.answering(f),
    bind: f => {
      const cell = current()
      return (...args) =>
        within(cell, () => {
          try {
            const result = f(...args)
            if (result instanceof Promise) result.catch((e: unknown) => within(cell, () => late(e)))
          } catch (e) {
            late(e)
          }
        })
    },
  },
  { flush, message: () => String(current()?.msg_id ?? '') },
)
const given = { '@layerscope/kernel/widgets': widgets, tslab: tslabModule(show) }
provide(given)
const modules = new Modules(process.cwd(), given)
const interrupts: Interrupts = new Interrupts(critical, () => {
  resetLibraries()
  cells.interrupt()
})
const children = new Children(channel, critical, output, nonce)
const cells: Cells = new Cells({
  channel,
  critical,
  interrupts,
  modules,
  output,
  variables,
  colors: () => settings.colors,
  late,
  stopped: parent => {
    children.stop(parent)
    forgetUnfinished()
  },
})

/** Terminated code runs no `finally`: libraries that keep the state of scopes put it back (`src/backend/interrupted.ts`). */
function resetLibraries(): void {
  const resets: unknown = Reflect.get(globalThis, Symbol.for('layerscope.interrupted'))
  if (!(resets instanceof Set)) return
  for (const reset of resets as Set<() => void>)
    try {
      reset()
    } catch (e) {
      late(e)
    }
}

/** Modules that were being loaded are loaded anew when they are next required. */
function forgetUnfinished(): void {
  const { cache } = createRequire(import.meta.url)
  for (const [id, module] of Object.entries(cache))
    if (module && !module.loaded) Reflect.deleteProperty(cache, id)
}

function receive(m: ToRunner, buffers: Buffer[]): void {
  if (!polling) settle()
  if (m.t === 'execute') cells.execute(m)
  else if (m.t === 'comm') {
    // Inside a cell's synchronous loop the loop's own guard is there already.
    if (polling) within(current(), () => comms.handle(m, buffers))
    else
      within(m.parent, () => {
        try {
          interrupts.guarded(() => comms.handle(m, buffers))
        } catch (e) {
          late(e)
        }
      })
    flush()
    channel.send({ t: 'handled', id: String(m.parent.msg_id) })
  } else if (m.t === 'keys') {
    const { n, path, form, typed } = m
    const tell = () => channel.send({ t: 'keys', n, keys: keysOf(variables, path, form, typed) })
    if (polling) critical.run(tell)
    else critical.own(tell)
  } else questions.answer(m)
}

const globals = {
  [HOST]: kernelHost,
  display,
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

cleanStacks(dirname(fileURLToPath(import.meta.url)))
keepConsole(
  output,
  data => show(data),
  () => clearOutput(false),
)
keepTimers(f => interrupts.guarded(f), late)
followPromises()
followCallbacksAndEvents()

process.on('uncaughtException', e => within(blamedFor(e), () => late(e)))
process.on('unhandledRejection', (reason, promise) => within(cellOf(promise), () => late(reason)))
process.on('exit', flush)
process.stdin.on('error', () => undefined)

channel.send({ t: 'ready' })
