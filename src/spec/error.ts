/** A spec that is not what the contract says. `newer` is the version of a spec that this code is too old for. */
export class SpecError extends Error {
  override readonly name = 'SpecError'
  constructor(
    message: string,
    readonly newer: number | null = null,
  ) {
    super(message)
  }
}
