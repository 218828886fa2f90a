/** Exercise 10.2 on the trained networks: the right search passes, each wrong one is recognised. */
import { describe, expect, it, vi } from 'vitest'
import { findCue, MISTAKES, RIGHT, suspects } from '../../../notebooks/grade/exercises/find-cue.ts'
import type { Tensor } from '../../../src/index.ts'

const judge = (f: unknown) => findCue.judge({ findCue: f })

describe('exercise 10.2', () => {
  it('passes the search that asks the network', () => {
    const found = judge(RIGHT)
    expect(found.lines).toEqual(['10.2 findCue: two cues found, and none in the honest network.'])
    expect(found.passed).toBe(true)
    expect(found.right).toBe(4)
  })

  it.each(MISTAKES.map(m => [m.name, m] as const))('recognises: %s', (name, mistake) => {
    const found = judge(mistake.wrong)
    expect(found.mistake).toBe(name)
    expect(found.passed).toBe(false)
    expect(found.lines).toHaveLength(2)
    expect(found.lines[1]).toBe(mistake.hint)
  })

  it('has a hint for each mistake', () => {
    expect(new Set(MISTAKES.map(m => m.hint)).size).toBe(MISTAKES.length)
  })

  it('invents nothing for an answer it does not know', () => {
    const answer = vi.fn(() => ({ class: 3, row: answer.mock.calls.length, column: 3 }))
    const found = judge(answer)
    expect(found.mistake).toBeNull()
    expect(found.lines).toEqual([
      '10.2 findCue: 0 of 4 right. suspect-1: you found class 3 at row 1, column 3, 22 pixels from the cue.',
    ])
  })

  it('says what is wrong with what came back', () => {
    expect(judge(() => undefined).lines).toEqual([
      '10.2 findCue: expected { class, row, column } or null for suspect-1, got nothing (undefined).',
      'Where does findCue say return, and is it reached?',
    ])
    expect(judge(() => ({ class: 6, row: 0.5, column: 1 })).lines[0]).toContain(
      'expected { class, row, column } or null',
    )
    expect(judge(3).lines[0]).toBe(
      '10.2 findCue: expected a function findCue(net, images, labels), got 3.',
    )
    expect(
      judge(() => {
        throw new RangeError('no such place')
      }).lines.slice(0, 2),
    ).toEqual(['10.2 findCue stops on suspect-1:', 'RangeError: no such place'])
  })

  it('notices covered images, and hands out fresh ones afterwards', () => {
    const found = judge((_net: unknown, images: Tensor) => {
      images.fill_(0)
      return null
    })
    expect(found.lines[0]).toBe('10.2 findCue: your function changed images.')
    expect(suspects()[0].images.max().item()).toBe(1)
  })
})
