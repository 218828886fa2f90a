/** Long work says how far it is, and can be stopped. */
export interface ProgressOptions {
  /** Called as parts are done, `done` of `total`; what returns false stops the work with `Cancelled`. */
  onProgress?: (done: number, total: number) => unknown
}

/** Thrown when `onProgress` returned false. */
export class Cancelled extends Error {
  override name = 'Cancelled'
  constructor(
    op: string,
    readonly done: number,
    readonly total: number,
  ) {
    super(`${op}: stopped at ${done} of ${total}`)
  }
}

/** @internal */
export function report(
  op: string,
  { onProgress }: ProgressOptions,
  done: number,
  total: number,
): void {
  if (onProgress?.(done, total) === false) throw new Cancelled(op, done, total)
}
