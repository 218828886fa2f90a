/** Predictions: a guess is a literal in a cell's source; the next cell reveals. */
import type { Displayable, MimeBundle } from 'layerscope/spec'
import { DISPLAY } from 'layerscope/spec'
import { isPlain, literal } from './compare.ts'
import type { Predictions } from './predictions.ts'
import { RESULTS } from './predictions.ts'

const made = new Map<string, unknown>()

/** Ids without a form of their own take any guess. */
type Free<Id> = Id extends keyof Predictions ? never : Id

/**
 * Takes note of a guess and returns it, so that the reveal can compare it. `null` is no guess.
 * Nothing is written anywhere: the guess is saved because it stands in the cell.
 * @param id the prediction's id in the lecture, e.g. `'1.c'`
 * @param guess in the form that the lecture asks for; `null`, whole or in places, where there is none
 */
export function predict<T, const Id extends string>(id: Free<Id>, guess: T | null): T | null
export function predict<const Id extends keyof Predictions>(
  id: Id,
  guess: Predictions[Id] | null,
): Predictions[Id] | null
export function predict(id: string, guess: unknown): unknown {
  made.set(id, guess)
  return guess
}

/** One line of `guesses()`. */
export interface Guess {
  id: string
  guess: unknown
  /** What came; undefined where neither the lecture nor the caller says. */
  result: unknown
}

export class Guesses implements Displayable {
  constructor(readonly list: readonly Guess[]) {}

  toString(): string {
    if (!this.list.length) return 'No predictions have run yet.'
    const rows = [['', 'you guessed', 'it is'], ...this.list.map(words)]
    const width = [0, 1].map(column => Math.max(...rows.map(row => row[column].length)))
    return rows
      .map(row =>
        row
          .map((word, n) => word.padEnd(width[n] ?? 0))
          .join('   ')
          .trimEnd(),
      )
      .join('\n')
  }

  [DISPLAY](): MimeBundle {
    const text = this.toString()
    if (!this.list.length) return { 'text/plain': text }
    const row = (tag: string, cells: string[]) =>
      `<tr>${cells.map(cell => `<${tag} style="text-align: left">${escape(cell)}</${tag}>`).join('')}</tr>`
    const html = `<table><thead>${row('th', ['', 'you guessed', 'it is'])}</thead><tbody>${this.list
      .map(guess => row('td', words(guess)))
      .join('')}</tbody></table>`
    return { 'text/plain': text, 'text/html': html }
  }
}

/**
 * The guesses made so far and what came, once each, for the student's own eyes.
 * @param results what came of predictions that depend on this notebook's run: `{ '5.d': accuracy }`
 */
export function guesses(results: Record<string, unknown> = {}): Guesses {
  const known: Record<string, unknown> = { ...RESULTS, ...results }
  return new Guesses(
    [...made]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([id, guess]) => ({ id, guess, result: known[id] })),
  )
}

const words = ({ id, guess, result }: Guess): string[] => [
  id,
  empty(guess) ? '–' : literal(guess),
  result === undefined ? '–' : literal(result),
]

const empty = (guess: unknown): boolean =>
  guess === null ||
  (Array.isArray(guess) && guess.length > 0 && guess.every(empty)) ||
  (isPlain(guess) && Object.keys(guess).length > 0 && Object.values(guess).every(empty))

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
