/** `check` as a cell calls it: message first, then the view; through a host that records what is displayed. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { check, type CheckResult } from '../../../notebooks/grade/index.ts'
import {
  conv,
  convStrided,
  filterThatMatters,
} from '../../../notebooks/grade/exercises/lecture01.ts'
import { firstLoss } from '../../../notebooks/grade/exercises/lecture05.ts'
import { MISTAKES, RIGHT } from '../../../notebooks/grade/exercises/overfit.ts'
import { DISPLAY, type KernelHost } from '../../../src/spec/host.ts'
import type { ConvView, TrainingView } from '../../../src/spec/view.ts'
import type { FakeHost } from '../../show/fake-host.ts'
import { install } from '../../show/fake-host.ts'

type Matrix = number[][]
let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const said = () => host.shown[0].bundle['text/plain']
const turned = conv.spec.mistakes[0].wrong

describe('check', () => {
  it('says where, expected and got, why, and what is open; then opens it', () => {
    const result = check('1.1', { conv: turned })
    expect(said()).toBe(
      '1.1 conv: 1 of 3 cases right. First difference: case 2, o[0][0]: expected 4, got 6.\n' +
        'It agrees everywhere if the filter is turned by 180°. Which product belongs to w[0][0]?\n' +
        'The stepper below stands at o[0][0], your number beside ours.',
    )
    expect(host.shown.length).toBe(2)
    const { data } = host.spec() as ConvView
    expect(data.at).toEqual([[0, 0, 0]])
    expect(data.compare).toEqual({
      label: 'your function',
      values: [
        [
          [6, 3, 11],
          [7, 9, 6],
        ],
      ],
    })
    expect(data.driven).toBe(false)
    expect(result.passed).toBe(false)
    expect(result.text).toBe(said())
    expect([result.right, result.cases, result.mistake]).toEqual([1, 3, 'filter turned by 180°'])
  })

  it('after a right answer lets the student’s function drive the stepper', () => {
    const result = check('1.1', { conv: (x: Matrix, w: Matrix) => conv.spec.right(x, w) })
    expect(said()).toBe(
      '1.1 conv: right in 3 of 3 cases.\nThe stepper below runs on your function. Type into x or w.',
    )
    expect((host.spec() as ConvView).data.driven).toBe(true)
    expect(result.passed).toBe(true)
    const id = host.shown[1].id ?? ''
    const page = host.page(id)
    const reply = page.now('compute', {
      x: [
        [
          [2, 0],
          [0, 0],
        ],
      ],
      w: [[[[1]]]],
      b: [0],
    })
    // Another size than the case's: the view says so instead of computing nonsense.
    expect(reply.type).toBe('error')
  })

  it('shows the places of the window when the shape is wrong', () => {
    check('1.1', { conv: () => [[0]] })
    expect(said()).toBe(
      '1.1 conv: 0 of 3 cases right. Case 1, conv(x [6, 6], w [3, 3]): shape [1, 1], expected [4, 4]: 6 − 3 + 1 = 4.\n' +
        'The stepper below shows every place where the window fits.',
    )
    expect((host.spec() as ConvView).data.compare).toBeNull()
  })

  it('opens nothing where nothing came back', () => {
    const stop = () => {
      throw new Error('up')
    }
    expect(check('1.1', { conv: stop }).view).toBeNull()
    expect(check('1.1', { conv: () => undefined }).view).toBeNull()
    expect(host.shown.length).toBe(2)
  })

  it('names the line of the cell that threw, where the kernel knows it', () => {
    const located: KernelHost = host
    located.locate = stack =>
      /up/.test(stack) ? { line: 7, text: '  throw new Error("up")' } : null
    const result = check('1.1', {
      conv: () => {
        throw new RangeError('up')
      },
    })
    expect(result.text.split('\n').slice(1)).toEqual([
      'RangeError: up',
      'Line 7 of the cell: throw new Error("up")',
    ])
  })

  it('speaks in at most four lines, never of itself', () => {
    const results: CheckResult[] = [
      ...conv.spec.mistakes.map(m => check('1.1', { conv: m.wrong })),
      ...convStrided.spec.mistakes.map(m => check('1.2', { conv: m.wrong })),
      ...filterThatMatters.spec.mistakes.map(m =>
        check('1.3', { differs: m.wrong, myFilter: [[1]] }),
      ),
      ...firstLoss.spec.mistakes.map(m => check('5.3', { firstLoss: m.wrong })),
    ]
    for (const { text, passed } of results) {
      expect(text.split('\n').length).toBeLessThanOrEqual(4)
      expect(text).not.toMatch(/undefined|NaN|Error|!|\bat .*:\d+:\d+/)
      expect(passed).toBe(false)
    }
  })

  it('draws the losses of 5.2', () => {
    const wrong = MISTAKES.find(m => m.name === 'optimizer.step missing')
    check('5.2', { overfit: wrong?.wrong ?? RIGHT })
    expect(said()).toMatch(
      /^5\.2 overfit: loss 2\.\d+ at first, 2\.\d+ after 200 steps, expected below 0\.01; \d+ of 20 images right\.\nThe loss is the same to the last digit: nothing was changed\.\nThe training view below shows your losses, step by step\.$/,
    )
    const { data } = host.spec() as TrainingView
    expect(data.state).toBe('done')
    expect(data.points.at(-1)?.step).toBe(200)
  })

  it('opens myFilter beside its turned self', () => {
    const result = check('1.3', {
      differs: filterThatMatters.spec.right,
      myFilter: [
        [1, 2, 4],
        [8, 16, 32],
        [64, 128, 256],
      ],
    })
    expect(result.text).toBe(
      '1.3 differs: right in 5 of 5 cases.\nmyFilter changes 12 of 16 cells; no filter changes more.\n' +
        'The stepper below shows myFilter and, where it differs, myFilter turned.',
    )
    const { compare } = (host.spec() as ConvView).data
    expect(compare?.label).toBe('myFilter turned')
  })

  it('displays nothing more as the last expression of a cell', () => {
    expect(check('5.3', { firstLoss: () => 0 })[DISPLAY]()).toBeNull()
  })

  it('prints outside a kernel, to stdout only', () => {
    remove()
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    check('5.3', { firstLoss: () => 0 })
    expect(log.mock.calls[0][0]).toMatch(/^5\.3 firstLoss: 0 of 3/)
    expect(error).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('throws only for an id that no lecture has', () => {
    // A cell that is not type-checked may name any id.
    const anyCheck = check as (id: string, submission: object) => unknown
    expect(() => anyCheck('7.9', {})).toThrow(
      /^check: no exercise '7.9'; there are 1\.1, 1\.2, .*, 13\.3$/,
    )
    expect(() => anyCheck('toString', {})).toThrow(RangeError)
    expect(() => anyCheck('1.1', {})).not.toThrow()
  })
})
