/** Reading the views of recurrent networks. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import { READING_LIMITS, RNN_LIMITS, type ReadingView, type RnnView } from './view-recurrent.ts'

const WORDS = 500

export function readRnn(r: Reader): RnnView['data'] {
  r.only(
    'network', 'relu', 'x', 'h0', 'inputs', 'classes', 'targets', 'weights', 'values', 'at', 'yours', 'pin',
  ) // prettier-ignore
  const x = r.at('x').tensor([null, null])
  const [T, I] = x.shape
  const within = (name: string, n: number, most: number): void => {
    if (n > most) throw new SpecError(`${r.path}: ${n} ${name}, at most ${most}`)
  }
  within('steps', T, RNN_LIMITS.steps)
  within('inputs', I, RNN_LIMITS.inputs)
  const classes = r.at('classes').list(c => c.text(WORDS), RNN_LIMITS.classes)
  const K = classes.length
  if (K < 1) throw new SpecError(`${r.path}.classes: there are none`)
  let H = 0
  const units = (n: number): number => {
    if (H && n !== H) throw new SpecError(`${r.path}: ${n} units beside ${H}`)
    within('units', n, RNN_LIMITS.units)
    return (H = n)
  }
  const weights = r.at('weights').list(w => {
    w.only('label', 'U', 'W', 'V', 'b', 'c', 'radius')
    const U = w.at('U').tensor([null, I])
    const h = units(U.shape[0])
    return {
      label: w.at('label').text(100),
      U,
      W: w.at('W').tensor([h, h]),
      V: w.at('V').tensor([K, h]),
      b: w.at('b').nullable(b => b.tensor([h])),
      c: w.at('c').nullable(c => c.tensor([K])),
      radius: positive(w.at('radius')),
    }
  }, RNN_LIMITS.snapshots)
  const values = r.at('values').nullable(v => {
    v.only('h', 'probabilities', 'norms', 'arriving')
    const h = v.at('h').tensor([T, null])
    units(h.shape[1])
    return {
      h,
      probabilities: v.at('probabilities').tensor([T, K]),
      norms: v.at('norms').tensor([T, T]),
      arriving: v.at('arriving').tensor(h.shape),
    }
  })
  if (weights.length > 0 === (values !== null))
    throw new SpecError(`${r.path}: either weights or values must stand there`)
  return {
    network: r.at('network').oneOf('rnn', 'lstm', 'gru', 'step'),
    relu: r.at('relu').boolean(),
    x,
    h0: r.at('h0').nullable(h => h.tensor([H])),
    inputs: r.at('inputs').list(i => i.text(WORDS), T, T),
    classes,
    targets: r.at('targets').list(t => t.nullable(k => k.integer(0, K - 1)), T, T),
    weights,
    values,
    at: r.at('at').integer(0, Math.max(0, weights.length - 1)),
    yours: r.at('yours').nullable(y => {
      y.only('h', 'o', 'error')
      return {
        h: y.at('h').tensor([T, H]),
        o: y.at('o').tensor([T, K]),
        error: y.at('error').nullable(e => e.text(2000)),
      }
    }),
    pin: r.at('pin').nullable(p => {
      const [t, k] = p.pair(0, T - 1)
      if (k > t) throw new SpecError(`${p.path}: loss ${t} does not reach the later state ${k}`)
      return [t, k]
    }),
  }
}

function positive(r: Reader): number {
  const n = r.number()
  if (n < 0) r.fail('a number from 0')
  return n
}

export function readReading(r: Reader): ReadingView['data'] {
  r.only(
    'network', 'state', 'characters', 'before', 'states', 'vocabulary', 'expected', 'next', 'influence', 'features',
    'gates', 'reach', 'unit', 'pin', 'mode',
  ) // prettier-ignore
  const { characters: most, units, vocabulary: known, reach } = READING_LIMITS
  const characters = r.at('characters').list(c => c.text(8), most)
  const T = characters.length
  if (T < 1) throw new SpecError(`${r.path}.characters: there are none`)
  const states = r.at('states').tensor([T, null])
  const H = states.shape[1]
  if (H > units) throw new SpecError(`${r.path}.states: ${H} units, at most ${units}`)
  const vocabulary = r.at('vocabulary').list(c => c.text(WORDS), known)
  const e = r.at('expected').only('characters', 'probabilities')
  const expected = e.at('characters').tensor([T, null])
  if (expected.shape[1] > 20) throw new SpecError(`${e.path}: more than 20 characters a place`)
  const unit = (n: Reader): number => n.integer(0, H - 1)
  const share = (n: Reader): number => {
    const v = n.number()
    if (v < 0 || v > 1) n.fail('a number from 0 to 1')
    return v
  }
  const influence = r.at('influence').nullable(i => i.tensor([T, null]))
  if (influence && influence.shape[1] > reach)
    throw new SpecError(
      `${r.path}.influence: ${influence.shape[1]} characters back, at most ${reach}`,
    )
  return {
    network: r.at('network').oneOf('rnn', 'lstm', 'gru'),
    state: r.at('state').oneOf('h', 'c'),
    characters,
    before: r.at('before').text(WORDS),
    states,
    vocabulary,
    expected: {
      characters: expected,
      probabilities: e.at('probabilities').tensor(expected.shape),
    },
    next: r.at('next').tensor([T]),
    influence,
    features: r.at('features').list(f => {
      f.only('name', 'units')
      return {
        name: f.at('name').text(WORDS),
        units: f.at('units').list(u => {
          u.only('unit', 'correlation', 'auc', 'p')
          return {
            unit: unit(u.at('unit')),
            correlation: u.at('correlation').number(),
            auc: u.at('auc').nullable(share),
            p: u.at('p').nullable(share),
          }
        }, 8),
      }
    }, 32),
    gates: r.at('gates').list(g => {
      g.only('unit', 'rows')
      return {
        unit: unit(g.at('unit')),
        rows: g.at('rows').list(row => {
          row.only('name', 'values')
          return {
            name: row.at('name').oneOf('input', 'forget', 'output', 'reset', 'update', 'candidate', 'memory', 'state'),
            values: row.at('values').tensor([T]),
          }
        }, 8),
      }
    }, 16),
    reach: r.at('reach').list(c => {
      c.only('name', 'influence', 'half')
      return {
        name: c.at('name').text(100),
        influence: c.at('influence').list(v => v.number(), reach),
        half: c.at('half').integer(0, reach),
      }
    }, 6),
    unit: unit(r.at('unit')),
    pin: r.at('pin').nullable(p => p.integer(0, T - 1)),
    mode: r.at('mode').oneOf('cell', 'back', 'similar'),
  } // prettier-ignore
}
