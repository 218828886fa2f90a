/** Seeded random numbers: the same seed gives the same numbers on every machine. */

/** xoshiro128** (Blackman & Vigna, 2018), seeded by splitmix32. */
export class Generator {
  #s = new Uint32Array(4)
  #spare: number | null = null

  /** @param seed any whole number; only its lowest 32 bits and the 21 above count */
  constructor(seed = 0) {
    this.manualSeed(seed)
  }

  manualSeed(seed: number): this {
    if (!Number.isSafeInteger(seed))
      throw new RangeError(`manualSeed: ${seed} is not a whole number`)
    let z = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) >>> 0
      let t = z ^ (z >>> 16)
      t = Math.imul(t, 0x21f0aaad)
      t ^= t >>> 15
      t = Math.imul(t, 0x735a2d97)
      this.#s[i] = t ^ (t >>> 15)
    }
    this.#spare = null
    return this
  }

  /** 32 random bits. */
  bits(): number {
    const s = this.#s
    const m = Math.imul(s[1], 5)
    const out = Math.imul((m << 7) | (m >>> 25), 9) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = (s[3] << 11) | (s[3] >>> 21)
    return out
  }

  /** Uniform in [0, 1), 24 bits, so that float32 holds it exactly. */
  uniform(): number {
    return (this.bits() >>> 8) / 2 ** 24
  }

  /** Standard normal (Box & Muller, 1958). */
  normal(): number {
    if (this.#spare !== null) {
      const v = this.#spare
      this.#spare = null
      return v
    }
    const r = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const a = 2 * Math.PI * this.uniform()
    this.#spare = r * Math.sin(a)
    return r * Math.cos(a)
  }

  /** Whole number in [0, n), without bias. */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n)
    for (;;) {
      const b = this.bits()
      if (b < limit) return b % n
    }
  }

  /** 0 … n − 1 in random order (Fisher & Yates). */
  permutation(n: number): Int32Array {
    const p = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const t = p[i]
      p[i] = p[j]
      p[j] = t
    }
    return p
  }

  /** What `setState` takes to go on from here. */
  getState(): { state: number[]; spare: number | null } {
    return { state: [...this.#s], spare: this.#spare }
  }
  setState({ state, spare }: { state: readonly number[]; spare: number | null }): void {
    this.#s.set(state)
    this.#spare = spare
  }
}

/** The generator of everything that names none. */
export const defaultGenerator = new Generator(0)

/** Seeds the default generator: the same seed gives the same numbers. */
export function manualSeed(seed: number): Generator {
  return defaultGenerator.manualSeed(seed)
}
