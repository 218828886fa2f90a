/** Errors as the front tells them; whatever was thrown, there is something to tell. */
import type { Failure } from '../pipe.ts'
import { Interrupted, isInterruption } from './interrupt.ts'
import { peek } from './values/bundle.ts'
import { asText } from './values/inspect.ts'
import { readable } from './variables.ts'

/** Files and scripts whose frames are ours. */
const OURS = /layerscope\.guarded|evalmachine\.<anonymous>/
const CAUSES = 8
const TEXT = 100_000

const string = (v: unknown, otherwise: string): string => {
  if (typeof v === 'string') return v.length > TEXT ? `${v.slice(0, TEXT)}…` : v
  if (v === undefined || v === null) return otherwise
  try {
    return String(v)
  } catch {
    return otherwise
  }
}

/** Stacks without the runner's own frames, wherever they are shown. `own`: the folder of the runner's files. */
export function cleanStacks(own: string): void {
  Error.prepareStackTrace = (error, frames) => {
    const kept = frames.filter(frame => {
      const file = frame.getFileName() ?? ''
      return !OURS.test(file) && !file.startsWith('node:vm') && !isOwn(file, own)
    })
    return [title(error), ...kept.map(frame => `    at ${frame}`)].join('\n')
  }
}
const isOwn = (file: string, own: string) =>
  (file.startsWith(own) || file.startsWith(`file://${own}`)) &&
  /[\\/](runner|chunk-\w+)\.js$/.test(file)

function title(error: unknown): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}

/** Whether a text may have frames of a stack in it. */
export const hasFrames = (text: unknown): boolean =>
  typeof text === 'string' && text.includes('    at ')

/** @throws nothing */
export function failure(e: unknown): Failure {
  if (isInterruption(e))
    return { ename: 'KeyboardInterrupt', evalue: new Interrupted().message, stack: '' }
  const stack = peek(e, 'stack')
  const message = peek(e, 'message')
  if (typeof e !== 'object' || e === null || (typeof stack !== 'string' && message === undefined))
    return { ename: 'Error', evalue: `thrown: ${asText(e)}`, stack: '' }
  return {
    ename: string(peek(e, 'name'), 'Error') || 'Error',
    evalue: readable(string(message, '')),
    stack: `${string(stack, '')}${causes(e)}`,
  }
}

function causes(e: unknown): string {
  let text = ''
  const seen = new Set<unknown>([e])
  const inner = peek(e, 'errors')
  if (Array.isArray(inner))
    for (const one of inner.slice(0, CAUSES) as unknown[])
      text += `\ncaused by: ${string(peek(one, 'stack'), asText(one))}`
  for (let cause = peek(e, 'cause'); cause !== undefined && cause !== null;) {
    if (seen.has(cause) || seen.size > CAUSES) break
    seen.add(cause)
    text += `\ncaused by: ${string(peek(cause, 'stack'), asText(cause))}`
    cause = peek(cause, 'cause')
  }
  return text
}
