// Values of test/golden/make_explain_rnn.py.
import { readFileSync } from 'node:fs'

export interface FlowGolden {
  h: number[]
  losses: number[]
  vectors: number[]
  norms: number[]
  cells: number[]
  products: number[]
  /** lstm: [T, 5·H] input, forget, output, candidate, c; gru: [T, 3·H] reset, update, candidate */
  gates: number[]
}
export const golden = JSON.parse(
  readFileSync(new URL('../golden/explain_rnn.json', import.meta.url), 'utf8'),
) as Record<'textbook' | 'rnn' | 'gru' | 'lstm', FlowGolden> & {
  reading: Record<'influence' | 'mean' | 'states' | 'probabilities' | 'cosine' | 'correlation' | 'auc', number[]> & { half: number } // prettier-ignore
  eigen: { w: number[]; values: [number, number][]; norm: number }[]
}

export * from './rnn-nets.ts'
