/**
 * A small assignment for tests of the grader itself: two functions and a word. Its hidden cases draw their inputs.
 * @type {Record<string, import('../../../../notebooks/grade/assignments/types.ts').Assignment>}
 */
export const ASSIGNMENTS = {}

/** @param {any} answer @param {number[]} expected */
function judge(answer, expected) {
  if ('missing' in answer) return { share: 0, reason: `not defined: ${answer.missing}` }
  if ('threw' in answer)
    return { share: 0, reason: `threw ${answer.threw.name} ${answer.threw.message}` }
  if ('timeout' in answer) return { share: 0, reason: `no answer within ${answer.timeout} s` }
  if ('crashed' in answer) return { share: 0, reason: `the process ended: ${answer.crashed}` }
  if ('notPlain' in answer) return { share: 0, reason: `returned ${answer.notPlain}` }
  const { value } = answer
  if (!Array.isArray(value)) return { share: 0, reason: 'returned no array' }
  if (value.length !== expected.length)
    return { share: 0, reason: 'returned another number of values' }
  const at = expected.findIndex(
    (e, i) => !(typeof value[i] === 'number' && Math.abs(value[i] - e) < 1e-9),
  )
  if (at < 0)
    return 'changed' in answer
      ? { share: 0.5, reason: 'right, but it writes into its argument', mistake: 'writes into x' }
      : { share: 1, reason: 'right' }
  const sum = value.length && value.every(v => v === value[0])
  return {
    share: 0,
    reason: `differs at [${at}]`,
    ...(sum ? { mistake: 'one number everywhere' } : {}),
  }
}

const numbers = (/** @type {any} */ random, /** @type {number} */ n) =>
  Array.from({ length: n }, () => Math.round(random.uniform() * 2000 - 1000) / 8)

const scaled = (/** @type {number[]} */ x, /** @type {number} */ k) => x.map(v => v * k)
const running = (/** @type {number[]} */ x) => x.slice(1).map((v, i) => v + x[i])

ASSIGNMENTS.T1 = {
  id: 'T1',
  title: 'For tests',
  version: '1',
  modules: [],
  limits: { seconds: 1, megabytes: 512 },
  tasks: [
    {
      id: 'T1.1',
      title: 'scale',
      points: 5,
      names: ['scale'],
      cases: [
        {
          name: 'the one in the notebook',
          visible: true,
          points: 1,
          play: async ask => judge(await ask('scale', [1, 2, 3], 2), [2, 4, 6]),
        },
        ...['many numbers', 'a negative factor'].map((name, i) => ({
          name,
          visible: false,
          points: 2,
          play: async (/** @type {any} */ ask, /** @type {any} */ random) => {
            const x = numbers(random, 6 + i)
            const k = i ? -3.25 : 1.5
            return judge(await ask('scale', x, k), scaled(x, k))
          },
        })),
      ],
    },
    {
      id: 'T1.2',
      title: 'pairs',
      points: 4,
      names: ['pairs'],
      cases: [
        {
          name: 'drawn numbers',
          visible: false,
          points: 4,
          play: async (ask, random) => {
            const x = numbers(random, 9)
            return judge(await ask('pairs', x), running(x))
          },
        },
      ],
    },
    {
      id: 'T1.3',
      title: 'a value',
      points: 1,
      names: ['answer'],
      cases: [
        {
          name: 'its word',
          visible: false,
          points: 1,
          play: async ask => {
            const answer = await ask('answer')
            const right = 'value' in answer && answer.value === 'correlation'
            return { share: right ? 1 : 0, reason: right ? 'right' : 'another word' }
          },
        },
      ],
    },
  ],
}

/** As it can not be played: a mistake of the grader's own. */
ASSIGNMENTS.Broken = {
  ...ASSIGNMENTS.T1,
  id: 'Broken',
  tasks: [
    {
      ...ASSIGNMENTS.T1.tasks[0],
      cases: [
        {
          name: 'breaks',
          visible: false,
          points: 5,
          play: () => {
            throw new Error('out of order')
          },
        },
      ],
    },
  ],
}
