/** Learning rates over time. Names and formulas are PyTorch's; `step()` after each epoch (OneCycleLR: after each batch). */

/** What a schedule changes: the learning rate of an optimiser, and of its groups that have their own. */
export interface Scheduled {
  lr: number
  readonly paramGroups?: readonly { lr?: number }[]
}

/** Rates before any schedule. */
const initial = new WeakMap<Scheduled, readonly number[]>()

const ratesOf = (optimizer: Scheduled): number[] => [
  optimizer.lr,
  ...(optimizer.paramGroups ?? []).map(g => g.lr ?? NaN),
]
function setRates(optimizer: Scheduled, rates: readonly number[]): void {
  optimizer.lr = rates[0]
  optimizer.paramGroups?.forEach((g, i) => {
    // A group without a rate of its own has followed already.
    if (g.lr !== undefined && g.lr !== rates[i + 1]) g.lr = rates[i + 1]
  })
}

/** A rate that depends on the number of steps done, and on the rate at the beginning. */
export abstract class LRSchedule {
  /** Steps done. */
  t = 0
  protected readonly base: readonly number[]

  constructor(protected readonly optimizer: Scheduled) {
    const known = initial.get(optimizer) ?? ratesOf(optimizer)
    initial.set(optimizer, known)
    this.base = known
  }
  /** The rate after t steps, for a parameter group that began with `base`. */
  abstract rate(base: number, t: number): number

  /** Learning rates now: of the optimiser, and of its groups that have their own. */
  get lr(): number {
    return this.rate(this.base[0], this.t)
  }
  /** Sets the rates for step t. Called at the end of construction too. */
  protected set(): void {
    setRates(
      this.optimizer,
      this.base.map(b => this.rate(b, this.t)),
    )
  }
  /** One further. */
  step(): void {
    this.t++
    this.set()
  }
  stateDict(): { t: number } {
    return { t: this.t }
  }
  loadStateDict({ t }: { t: number }): void {
    this.t = t
    this.set()
  }
}

function check(name: string, values: Readonly<Record<string, number>>): void {
  for (const [key, v] of Object.entries(values))
    if (!Number.isInteger(v) || v < 1)
      throw new RangeError(`${name}: ${key} ${v}; a whole number, at least 1`)
}

/** Times gamma (default 0.1) every `stepSize` steps. */
export class StepLR extends LRSchedule {
  readonly stepSize: number
  readonly gamma: number
  constructor(
    optimizer: Scheduled,
    { stepSize, gamma = 0.1 }: { stepSize: number; gamma?: number },
  ) {
    super(optimizer)
    check('StepLR', { stepSize })
    this.stepSize = stepSize
    this.gamma = gamma
    this.set()
  }
  rate(base: number, t: number): number {
    return base * this.gamma ** Math.floor(t / this.stepSize)
  }
}

/** Times gamma (default 0.1) at each milestone. */
export class MultiStepLR extends LRSchedule {
  readonly milestones: readonly number[]
  readonly gamma: number
  constructor(
    optimizer: Scheduled,
    { milestones, gamma = 0.1 }: { milestones: readonly number[]; gamma?: number },
  ) {
    super(optimizer)
    this.milestones = milestones
    this.gamma = gamma
    this.set()
  }
  rate(base: number, t: number): number {
    return base * this.gamma ** this.milestones.filter(m => m <= t).length
  }
}

/** Times gamma every step. */
export class ExponentialLR extends LRSchedule {
  readonly gamma: number
  constructor(optimizer: Scheduled, { gamma }: { gamma: number }) {
    super(optimizer)
    this.gamma = gamma
    this.set()
  }
  rate(base: number, t: number): number {
    return base * this.gamma ** t
  }
}

/** Half a cosine from the rate at the beginning to etaMin (default 0) in tMax steps (Loshchilov & Hutter, 2017). */
export class CosineAnnealingLR extends LRSchedule {
  readonly tMax: number
  readonly etaMin: number
  constructor(optimizer: Scheduled, { tMax, etaMin = 0 }: { tMax: number; etaMin?: number }) {
    super(optimizer)
    check('CosineAnnealingLR', { tMax })
    this.tMax = tMax
    this.etaMin = etaMin
    this.set()
  }
  rate(base: number, t: number): number {
    return this.etaMin + ((base - this.etaMin) * (1 + Math.cos((Math.PI * t) / this.tMax))) / 2
  }
}

/** A straight line between two factors of the rate, in totalIters steps: a warm-up. */
export class LinearLR extends LRSchedule {
  readonly startFactor: number
  readonly endFactor: number
  readonly totalIters: number
  constructor(
    optimizer: Scheduled,
    {
      startFactor = 1 / 3,
      endFactor = 1,
      totalIters = 5,
    }: {
      /** Default 1/3. */ startFactor?: number
      /** Default 1. */ endFactor?: number
      /** Default 5. */ totalIters?: number
    } = {},
  ) {
    super(optimizer)
    check('LinearLR', { totalIters })
    this.startFactor = startFactor
    this.endFactor = endFactor
    this.totalIters = totalIters
    this.set()
  }
  rate(base: number, t: number): number {
    const share = Math.min(t, this.totalIters) / this.totalIters
    return base * (this.startFactor + (this.endFactor - this.startFactor) * share)
  }
}

/** Schedules one after the other: the next begins at each milestone. A warm-up, then a cosine. */
export class SequentialLR extends LRSchedule {
  constructor(
    optimizer: Scheduled,
    private readonly schedules: readonly LRSchedule[],
    private readonly milestones: readonly number[],
  ) {
    super(optimizer)
    if (milestones.length !== schedules.length - 1)
      throw new RangeError(
        `SequentialLR: ${milestones.length} milestones for ${schedules.length} schedules; one between each two`,
      )
    this.set()
  }
  rate(base: number, t: number): number {
    const k = this.milestones.filter(m => m <= t).length
    return this.schedules[k].rate(base, k === 0 ? t : t - this.milestones[k - 1])
  }
}

export interface OneCycleOptions {
  /** The highest rate. */
  maxLr: number
  /** Batches in all. */
  totalSteps: number
  /** Share of them in which the rate rises. Default 0.3. */
  pctStart?: number
  /** Default cos. */
  annealStrategy?: 'cos' | 'linear'
  /** maxLr over the first rate. Default 25. */
  divFactor?: number
  /** The first rate over the last. Default 1e4. */
  finalDivFactor?: number
}
/** Up to maxLr and down far below the first rate (Smith & Topin, 2018); `step()` after each batch. Momentum stays as it is. */
export class OneCycleLR extends LRSchedule {
  private readonly o: Required<OneCycleOptions>
  constructor(
    optimizer: Scheduled,
    {
      maxLr,
      totalSteps,
      pctStart = 0.3,
      annealStrategy = 'cos',
      divFactor = 25,
      finalDivFactor = 1e4,
    }: OneCycleOptions,
  ) {
    super(optimizer)
    check('OneCycleLR', { totalSteps })
    this.o = { maxLr, totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor }
    this.set()
  }
  rate(_base: number, t: number): number {
    const { maxLr, totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor } = this.o
    if (t > totalSteps)
      throw new RangeError(`OneCycleLR: step ${t} of ${totalSteps}; the cycle is over`)
    const first = maxLr / divFactor
    const top = pctStart * totalSteps - 1
    const end = totalSteps - 1
    const between = (from: number, to: number, share: number) =>
      annealStrategy === 'cos'
        ? to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
        : from + (to - from) * share
    return t <= top
      ? between(first, maxLr, t / top)
      : between(maxLr, first / finalDivFactor, (t - top) / (end - top))
  }
}

export interface PlateauOptions {
  /** Whether less or more is better. Default min. */
  mode?: 'min' | 'max'
  /** What the rate is multiplied by. Default 0.1. */
  factor?: number
  /** Steps without improvement that are let pass. Default 10. */
  patience?: number
  /** What counts as improvement. Default 1e-4. */
  threshold?: number
  /** Whether the threshold is a share of the best so far or a difference. Default rel. */
  thresholdMode?: 'rel' | 'abs'
  /** Steps after a reduction in which nothing is counted. Default 0. */
  cooldown?: number
  /** The rate goes no lower. Default 0. */
  minLr?: number
  /** Smaller reductions are left out. Default 1e-8. */
  eps?: number
}
/** Lower when a measure has stopped improving: `step(loss)`. */
export class ReduceLROnPlateau {
  private readonly o: Required<PlateauOptions>
  private best: number
  private bad = 0
  private cooling = 0

  constructor(
    private readonly optimizer: Scheduled,
    {
      mode = 'min',
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = 'rel',
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    }: PlateauOptions = {},
  ) {
    if (!(factor < 1)) throw new RangeError(`ReduceLROnPlateau: factor ${factor}; below 1`)
    this.o = { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps }
    this.best = mode === 'min' ? Infinity : -Infinity
  }
  /** The optimiser's rate now. */
  get lr(): number {
    return this.optimizer.lr
  }
  private better(v: number): boolean {
    const { mode, threshold, thresholdMode } = this.o
    const sign = mode === 'min' ? -1 : 1
    const least =
      thresholdMode === 'rel' ? this.best * (1 + sign * threshold) : this.best + sign * threshold
    return mode === 'min' ? v < least : v > least
  }
  /** @param measure of this epoch @throws TypeError without one */
  step(measure?: number): void {
    if (typeof measure !== 'number')
      throw new TypeError(
        'ReduceLROnPlateau: step(measure) needs the loss, or what else is watched',
      )
    const { factor, patience, cooldown, minLr, eps } = this.o
    if (this.better(measure)) {
      this.best = measure
      this.bad = 0
    } else this.bad++
    if (this.cooling > 0) {
      this.cooling--
      this.bad = 0
    }
    if (this.bad <= patience) return
    setRates(
      this.optimizer,
      ratesOf(this.optimizer).map(lr => {
        const next = Math.max(lr * factor, minLr)
        return lr - next > eps ? next : lr
      }),
    )
    this.cooling = cooldown
    this.bad = 0
  }
  stateDict(): { best: number; bad: number; cooling: number } {
    const { best, bad, cooling } = this
    return { best, bad, cooling }
  }
  loadStateDict({ best, bad, cooling }: { best: number; bad: number; cooling: number }): void {
    this.best = best
    this.bad = bad
    this.cooling = cooling
  }
}
