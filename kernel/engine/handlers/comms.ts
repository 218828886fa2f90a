/** Comms between pages and the runner: who they are; their messages pass through. */
import type { FromRunner } from '../../pipe.ts'
import type { Session, Request } from '../session.ts'
import { record, text } from '../values.ts'

type Kind = 'open' | 'msg' | 'close'

export class Comms {
  /** Target by comm. */
  readonly #open = new Map<string, string>()
  /** Messages of pages that the runner has not handled yet, by their id. */
  readonly #handling = new Map<string, () => void>()

  constructor(private readonly session: Session) {}

  /** @param wanted a target, or none for all */
  info(wanted: unknown): object {
    const comms: Record<string, { target_name: string }> = {}
    for (const [id, target_name] of this.#open)
      if (!text(wanted) || target_name === wanted) comms[id] = { target_name }
    return { status: 'ok', comms }
  }

  /** @returns when its handlers have run, so that `idle` says that it has been dealt with */
  toRunner(kind: Kind, { message }: Request): Promise<void> | void {
    const { content, header, buffers, metadata } = message
    const id = text(content.comm_id)
    if (!id) return
    if (kind === 'open') this.#open.set(id, text(content.target_name))
    const target = this.#open.get(id)
    if (target === undefined) return
    if (kind === 'close') this.#open.delete(id)
    const handled = new Promise<void>(resolve => this.#handling.set(header.msg_id, resolve))
    this.session.runner.send(
      {
        t: 'comm',
        kind,
        parent: { ...header },
        id,
        target,
        data: content.data ?? {},
        metadata: record(metadata),
      },
      buffers,
    )
    return handled
  }

  handled(id: string): void {
    this.#handling.get(id)?.()
    this.#handling.delete(id)
  }

  /** @param content of the message, as JSON */
  fromRunner(
    m: FromRunner & { t: 'comm' },
    content: Uint8Array,
    buffers: readonly Uint8Array[],
  ): Promise<void> {
    if (m.kind === 'open') this.#open.set(m.id, m.target)
    if (m.kind === 'close') this.#open.delete(m.id)
    return this.session.publish(`comm_${m.kind}`, content, m.parent ?? {}, {
      buffers,
      metadata: m.metadata,
    })
  }

  /** The runner that held the other ends is gone. */
  lost(): void {
    for (const comm_id of this.#open.keys())
      void this.session.publish('comm_close', { comm_id, data: {} }, {})
    this.#open.clear()
    for (const resolve of this.#handling.values()) resolve()
    this.#handling.clear()
  }
}

/** comm_open, comm_msg, comm_close of a page. */
export function comm(session: Session, request: Request): Promise<void> | void {
  const kind = request.message.header.msg_type.slice('comm_'.length) as Kind // the three types above
  return session.comms.toRunner(kind, request)
}
