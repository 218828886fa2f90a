/** The messages of `live.ts`, checked as they come in on either side. */
import { Reader } from './read.ts'
import { MAX_POINTS, readId, readView } from './validate.ts'
import { MAX_BRANCHES, readPoint, readState } from './validate-training.ts'
import type { EventName, KernelMessage, LiveOpen, PageMessage } from './live.ts'
import { MAX_VIEW_BYTES } from './validate.ts'

/** @throws SpecError */
export function parseLiveOpen(value: unknown): LiveOpen {
  const r = reader(value, 'comm_open')
  return {
    id: readId(r.at('id')),
    spec: r.at('spec').integer(1, 1e6),
    extension: r.at('extension').text(100),
  }
}

const EVENTS = ['pin', 'compute', 'input', 'explain', 'pause', 'resume', 'step', 'epoch', 'rewind', 'branch'] as const // prettier-ignore
EVENTS satisfies readonly EventName[]

/** The payload stays unknown: the view that handles the event reads it. @throws SpecError */
export function parsePageMessage(value: unknown): PageMessage & { name: EventName } {
  const r = reader(value, 'message')
  return {
    type: r.at('type').oneOf('event'),
    seq: r.at('seq').integer(0, Number.MAX_SAFE_INTEGER),
    name: r.at('name').oneOf(...EVENTS),
    payload: (value as { payload?: unknown }).payload, // an object: the reader read fields of it
  }
}

/** The `result` of a reply stays unknown. @throws SpecError */
export function parseKernelMessage(
  value: unknown,
  buffers: readonly Uint8Array[] = [],
): KernelMessage {
  const r = reader(value, 'message', buffers)
  const type = r.at('type').oneOf('hello', 'gone', 'update', 'append', 'reply', 'error')
  switch (type) {
    case 'hello':
      return {
        type,
        spec: r.at('spec').integer(1, 1e6),
        producer: r.at('producer').text(100),
        view: readView(r.at('view')),
      }
    case 'gone':
      return { type, reason: r.at('reason').text(2000) }
    case 'update':
      return { type, view: readView(r.at('view')) }
    case 'append': {
      const message: KernelMessage = {
        type,
        points: r.at('points').list(readPoint, MAX_POINTS),
        state: readState(r.at('state')),
        speed: r.at('speed').nullable(n => n.number()),
      }
      const run = r.at('run').optional(n => n.integer(0, MAX_BRANCHES))
      return run === undefined ? message : { ...message, run }
    }
    case 'reply':
      return {
        type,
        seq: r.at('seq').integer(0, Number.MAX_SAFE_INTEGER),
        result: (value as { result?: unknown }).result, // an object: the reader read fields of it
      }
    case 'error':
      return {
        type,
        seq: r.at('seq').nullable(n => n.integer(0, Number.MAX_SAFE_INTEGER)),
        message: r.at('message').text(20_000),
      }
  }
}

function reader(value: unknown, path: string, buffers: readonly Uint8Array[] = []): Reader {
  return new Reader(value, path, { bytes: MAX_VIEW_BYTES, buffers })
}
