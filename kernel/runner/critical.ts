/**
 * Sections that an interrupt must not cut. Terminating JavaScript skips `finally` and may fall between a system call and the
 * note of what it did; so the watcher thread terminates the main thread only while it holds this lock, and the main thread
 * holds it wherever a cut would lose output or break the pipe.
 *
 * Words of the shared memory: who holds the lock; the number of the newest interrupt; the newest that was dealt with; how many cells
 * have begun.
 */
export const LOCK = 0
export const ASKED = 1
export const ANSWERED = 2
/** Cells that have begun. */
export const CELLS = 3
const REST = 4
/** Id of a process that ends with this one when the front is gone, or 0. */
export const WARD = 5

export const FREE = 0
/** The main thread, in the user's code. */
export const MAIN = 1
export const WATCHER = 2
/** The main thread, where no user code is on the stack. */
export const OWN = 3

export class Critical {
  readonly memory = new SharedArrayBuffer(24)
  readonly #words = new Int32Array(this.memory)
  #holder = FREE

  /** Called when an interrupt is noticed outside user code. */
  onInterrupt: () => void = () => undefined

  get ward(): number {
    return Atomics.load(this.#words, WARD)
  }

  /** Whether an interrupt waits to be dealt with. */
  get asked(): boolean {
    return Atomics.load(this.#words, ASKED) !== Atomics.load(this.#words, ANSWERED)
  }

  /** A cell begins: interrupts that were meant for earlier ones do not stop it. */
  begin(): void {
    this.own(() => Atomics.add(this.#words, CELLS, 1))
  }

  /** Whether user code, which is to be cut, waits in a section for something. */
  get leave(): boolean {
    return this.#holder === MAIN && this.asked
  }

  /** Notes that the newest interrupt has stopped what it was meant for. @returns false when that was known */
  answer(): boolean {
    const asked = Atomics.load(this.#words, ASKED)
    if (Atomics.exchange(this.#words, ANSWERED, asked) === asked) return false
    Atomics.notify(this.#words, ANSWERED)
    return true
  }

  /** Runs `f` uncut. While an interrupt waits, user code does not get past this: it is cut here. */
  run<T>(f: () => T): T {
    if (this.#holder !== FREE) return f()
    this.enter()
    try {
      return f()
    } finally {
      this.release()
    }
  }

  /** As `run`, where no user code is on the stack: a waiting interrupt is dealt with first. */
  own<T>(f: () => T): T {
    if (this.#holder !== FREE) return f()
    this.enterOwn()
    try {
      return f()
    } finally {
      this.release()
    }
  }

  enter(): void {
    while (this.asked || Atomics.compareExchange(this.#words, LOCK, FREE, MAIN) !== FREE)
      this.rest(1)
    this.#holder = MAIN
  }
  enterOwn(): void {
    for (;;) {
      if (this.asked) this.onInterrupt()
      if (Atomics.compareExchange(this.#words, LOCK, FREE, OWN) === FREE) break
      this.rest(1)
    }
    this.#holder = OWN
  }
  /** Ends a section, if there is one. */
  release(): void {
    if (this.#holder === FREE) return
    this.#holder = FREE
    Atomics.store(this.#words, LOCK, FREE)
  }

  /** Sleeps; an interrupt cuts the sleep outside a section. */
  rest(ms: number): void {
    Atomics.wait(this.#words, REST, 0, ms)
  }
}
