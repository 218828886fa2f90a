/** Loss and accuracy of a run, live: the log's points go to the pages as they come. */
import type { TrainingLog, Control } from '../train/log.ts'
import type { Run } from '../train/index.ts'
import { formatNumber, formatPercent } from '../spec/text.ts'
import type { EventName } from '../spec/live.ts'
import { SPEC_VERSION, type TrainingPoint, type TrainingView, type ViewSpec } from '../spec/view.ts'
import type { Canvas } from './canvas.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import type { Outlet, Subject } from './subject.ts'
import { RunTree } from './training-history.ts'
import { drawTraining } from './training-picture.ts'
import { VERSION } from './version.ts'

const CONTROLS: readonly EventName[] = ['pause', 'resume', 'step', 'epoch'] satisfies Control[]

/** Least time between two states sent because of new snapshots, in milliseconds. */
const SNAPSHOTS = 300

export class TrainingSubject implements Subject {
  /** The run and its branches; null for a loop of one's own. */
  readonly tree: RunTree | null
  private readonly listening = new Set<() => void>()

  constructor(
    readonly log: TrainingLog,
    private readonly options: ShowOptions,
    run: Run | null = null,
  ) {
    this.tree = run && new RunTree(run)
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const view: TrainingView = {
      spec: SPEC_VERSION,
      kind: 'training',
      id,
      title: this.title,
      text: this.text(),
      producer: VERSION,
      data: this.log.data(detail),
    }
    view.from = this.from
    this.tree?.refresh()
    const runs = this.tree?.runs
    // A run that keeps nothing and has no branches has nothing beside its curve.
    if (this.tree && runs?.some(r => r.snapshots.length > 0 || r.branches.length > 0 || r.broken))
      view.data.history = this.tree.history(pack, detail)
    return view
  }

  get title(): string {
    return this.options.title ?? this.log.title
  }

  get from(): string {
    const facts = this.log.facts.map(([name, value]) =>
      Number.isNaN(Number(value)) ? value : `${name} ${value}`,
    )
    return this.options.from ?? facts.join(' · ')
  }

  /** `epoch 2.5 of 5, paused`. */
  get place(): string {
    const { epoch, epochs, step, state } = this.log
    const where =
      step === 0
        ? 'no step yet'
        : `epoch ${trim(epoch)}${epochs ? ` of ${epochs}` : ''}, step ${step}`
    return `${where}, ${state}`
  }

  text(): string {
    this.tree?.refresh()
    const title = [this.title, this.place, this.from].filter(Boolean).join('  ')
    return [title, ...this.facts()].join('\n')
  }

  /** What a chart says aloud: newest values, extremes, where training and test part. */
  facts(): string[] {
    const points = this.log.points
    if (points.length === 0)
      return ['Nothing has been reported yet: log.report({ loss }) draws the first point.']
    const newest = (key: Measure): number | null => {
      for (let n = points.length - 1; n >= 0; n--) {
        const v = points[n][key]
        if (v !== undefined) return v
      }
      return null
    }
    const lines: string[] = []
    const [loss, testLoss] = [newest('loss'), newest('testLoss')]
    const [accuracy, testAccuracy] = [newest('accuracy'), newest('testAccuracy')]
    const started = points.find(p => p.loss !== undefined && p.loss !== null)?.loss
    if (loss !== null && started !== undefined && started !== null)
      lines.push(`Training loss from ${formatNumber(started, 3)} to ${formatNumber(loss, 3)}.`)
    if (testAccuracy !== null)
      lines.push(
        `${formatPercent(testAccuracy)} of the test images right${testLoss !== null ? `, test loss ${formatNumber(testLoss, 3)}` : ''}${accuracy !== null ? `; ${formatPercent(accuracy)} of the last training images` : ''}.`,
      )
    else if (accuracy !== null)
      lines.push(`${formatPercent(accuracy)} of the last training images right.`)
    const tests = points.filter(p => typeof p.testLoss === 'number')
    const best = tests.reduce<TrainingPoint | null>(
      (b, p) => (b && b.testLoss! <= p.testLoss! ? b : p),
      null,
    ) // numbers, as filtered
    const last = tests[tests.length - 1]
    if (best && last && tests.length > 1)
      lines.push(
        best === last
          ? 'Test loss is lowest at the last epoch.'
          : `Test loss was lowest at epoch ${trim(best.epoch)} (${formatNumber(best.testLoss!, 3)})${last.epoch - best.epoch >= 3 ? ' and has grown since' : ''}.`, // a number, as filtered
      )
    const broken = points.find(p => p.loss === null)
    if (broken) {
      const where = this.tree?.runs[0].broken
      lines.push(
        `The loss was not finite at step ${where?.step ?? broken.step}${where ? `; the first output that was not is ${where.layer === 'loss' ? 'the loss itself' : `that of ${where.layer}`}` : ''}.`,
      )
    }
    return [...lines, ...this.alarms(), ...this.branchFacts()]
  }

  /** Silent and saturated units at the newest snapshot. */
  private alarms(): string[] {
    const run = this.tree?.runs[0]
    const last = run?.snapshots.findLast(s => run.layersAt(s.step)?.some(l => l.activations))
    if (!run || !last) return []
    const said = (run.layersAt(last.step) ?? []).flatMap(({ layer, units, silent, saturated }) => [
      ...(silent ? [`${silent} of ${units} units of ${layer} silent`] : []),
      ...(saturated ? [`${saturated} of ${units} units of ${layer} saturated`] : []),
    ])
    return said.length
      ? [`Epoch ${trim(last.epoch)}: ${said.join(', ')}, on all of ${run.probed} images.`]
      : []
  }

  private branchFacts(): string[] {
    return (this.tree?.runs.slice(1) ?? []).map(run => {
      const test = run.log.points.findLast(p => typeof p.testAccuracy === 'number')
      const from = (run.origin?.step ?? 0) / run.stepsPerEpoch
      const now =
        test && test.epoch > from
          ? `${formatPercent(test.testAccuracy!)} of the test images right at epoch ${trim(test.epoch)}` // a number, as found
          : 'no test yet'
      return `Branch ${this.tree?.nameOf(run)} from epoch ${trim(from)}: ${now}.`
    })
  }

  picture(): Canvas {
    return drawTraining(this)
  }

  handle(name: EventName, payload: unknown, view: Outlet): unknown {
    const request = readRequest(payload)
    if (this.tree && (name === 'rewind' || name === 'branch')) {
      const run = this.runAt(request.run)
      if (request.step === undefined) throw new TypeError(`${name}: no step`)
      const moment = run.at({ step: request.step })
      if (run.log.state === 'running') run.pause()
      if (name === 'rewind') {
        moment.rewind()
        view.changed()
        return { state: run.log.state }
      }
      const { lr, batch, seed } = request
      const branch = moment.branch({
        ...(lr === undefined ? {} : { lr }),
        ...(batch === undefined ? {} : { batch }),
        ...(seed === undefined ? {} : { seed }),
      })
      branch.log.control('resume')
      view.changed()
      return { run: this.tree.runs.indexOf(branch) }
    }
    const control = CONTROLS.indexOf(name)
    if (control < 0)
      throw new Error(`the training view answers ${CONTROLS.join(', ')} and pin, not ${name}`)
    const log = request.run ? this.runAt(request.run).log : this.log
    // One of the four, as found.
    log.control(name as Control)
    return { state: log.state }
  }

  private runAt(n: number): Run {
    const run = this.tree?.runs[n]
    if (!run) throw new RangeError(`no branch ${n}; there are ${(this.tree?.runs.length ?? 1) - 1}`)
    return run
  }

  settle(): void {
    this.log.settle()
    for (const run of this.tree?.runs.slice(1) ?? []) run.log.settle()
  }

  start(view: Outlet): () => void {
    let sentAt = -Infinity
    let waiting = false
    const changed = (): void => {
      waiting = performance.now() - sentAt < SNAPSHOTS
      if (waiting) return
      sentAt = performance.now()
      view.changed()
    }
    const listen = (log: TrainingLog, n: number): void => {
      const stop = log.listen({
        append: (points, state, speed) => {
          view.append(points, state, speed, n)
          if (waiting) changed()
        },
        replace: () => view.send(),
        save: settled => {
          if (settled && waiting) {
            waiting = false
            view.send()
          }
          view.save(settled)
        },
      })
      this.listening.add(stop)
    }
    const heard = new Set<Run>()
    const hear = (): void => {
      this.tree?.refresh()
      for (const [n, run] of (this.tree?.runs ?? []).entries()) {
        if (heard.has(run)) continue
        heard.add(run)
        listen(run.log, n)
        this.listening.add(
          run.watch(() => {
            hear()
            changed()
          }),
        )
      }
    }
    if (this.tree) hear()
    else listen(this.log, 0)
    return () => {
      for (const stop of this.listening) stop()
      this.listening.clear()
    }
  }
}

interface Request {
  run: number
  step?: number
  lr?: number
  batch?: number
  seed?: number
}

/** What a page may say beside a button's name. */
function readRequest(payload: unknown): Request {
  const given = (payload ?? {}) as Record<string, unknown> // read field by field
  const read = (
    name: keyof Request,
    fits: (v: number) => boolean,
    what: string,
  ): number | undefined => {
    const v = Object.hasOwn(given, name) ? given[name] : undefined
    if (v === undefined) return undefined
    if (typeof v !== 'number' || !fits(v)) throw new RangeError(`${name} is ${what}`)
    return v
  }
  const count = (v: number): boolean => Number.isSafeInteger(v) && v >= 0
  return {
    run: read('run', count, 'the number of a branch') ?? 0,
    step: read('step', count, 'a whole number from 0'),
    lr: read('lr', v => v > 0 && v < 1e6, 'a number above 0'),
    batch: read('batch', v => count(v) && v >= 1 && v <= 1e6, 'a whole number from 1'),
    seed: read('seed', count, 'a whole number from 0'),
  }
}

export type Measure = 'loss' | 'accuracy' | 'testLoss' | 'testAccuracy'

/** 2.5, 3 */
export function trim(epoch: number): string {
  return String(Number(epoch.toFixed(2)))
}
