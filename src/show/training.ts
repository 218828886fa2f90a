/** Loss and accuracy of a run, live: the log's points go to the pages as they come. */
import type { TrainingLog, Control } from '../train/log.ts'
import { formatNumber, formatPercent } from '../spec/text.ts'
import type { EventName } from '../spec/live.ts'
import { SPEC_VERSION, type TrainingPoint, type TrainingView, type ViewSpec } from '../spec/view.ts'
import type { Canvas } from './canvas.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import type { Outlet, Subject } from './subject.ts'
import { drawTraining } from './training-picture.ts'
import { VERSION } from './version.ts'

const CONTROLS: readonly EventName[] = ['pause', 'resume', 'step', 'epoch'] satisfies Control[]

export class TrainingSubject implements Subject {
  constructor(
    readonly log: TrainingLog,
    private readonly options: ShowOptions,
  ) {}

  spec(id: string, _pack: Packer, detail: 'saved' | 'live'): ViewSpec {
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
    if (broken) lines.push(`The loss was not finite at step ${broken.step}.`)
    return lines
  }

  picture(): Canvas {
    return drawTraining(this)
  }

  handle(name: EventName, _payload: unknown): unknown {
    const control = CONTROLS.indexOf(name)
    if (control < 0)
      throw new Error(`the training view answers ${CONTROLS.join(', ')} and pin, not ${name}`)
    // One of the four, as found.
    this.log.control(name as Control)
    return { state: this.log.state }
  }

  settle(): void {
    this.log.settle()
  }

  start(view: Outlet): () => void {
    return this.log.listen({
      append: (points, state, speed) => view.append(points, state, speed),
      replace: () => view.send(),
      save: settled => view.save(settled),
    })
  }
}

export type Measure = 'loss' | 'accuracy' | 'testLoss' | 'testAccuracy'

/** 2.5, 3 */
export function trim(epoch: number): string {
  return String(Number(epoch.toFixed(2)))
}
