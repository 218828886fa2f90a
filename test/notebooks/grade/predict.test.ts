import { describe, expect, it } from 'vitest'
import { guesses, predict } from '../../../notebooks/grade/index.ts'
import { DISPLAY } from '../../../src/spec/host.ts'

describe('predict', () => {
  it('returns the guess, whole, in part or none', () => {
    expect(predict('1.e', 4)).toBe(4)
    expect(predict('1.c', [24, null])).toEqual([24, null])
    expect(predict('1.a', null)).toBeNull()
    expect(predict('own question', 'a word')).toBe('a word')
  })

  it('lists guess and result once', () => {
    predict('1.e', 3)
    predict('1.f', 5)
    expect(String(guesses({ '1.f': 6 }))).toBe(
      [
        '               you guessed   it is',
        '1.a            –             [[0, 0], [3, 0]]',
        '1.c            [24, null]    [24, 1]',
        '1.e            3             0',
        '1.f            5             6',
        "own question   'a word'      –",
      ].join('\n'),
    )
  })

  it('is a table on a page, with text beside it', () => {
    predict('html', '<b>')
    const bundle = guesses()[DISPLAY]()
    expect(bundle['text/plain']).toBe(String(guesses()))
    expect(bundle['text/html']).toContain('&#39;&lt;b&gt;&#39;'.replaceAll('&#39;', "'"))
  })

  it('types the forms of the lectures’ guesses', () => {
    const strided: (number | null)[][] | null = predict('1.d', [
      [null, null],
      [null, null],
    ])
    expect(strided?.length).toBe(2)
    // @ts-expect-error 1.e asks for a number
    predict('1.e', 'four')
  })
})
