import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { optim, type Module, type Run, type TrainOptions } from '../../src/index.ts'
import { make, network, state } from './small-run.ts'

type Make = (net: Module) => Pick<TrainOptions, 'optimizer'> & Partial<TrainOptions>
const cases: [string, Make][] = [
  ['Adam', net => ({ optimizer: new optim.Adam(net.parameters(), { lr: 0.01, amsgrad: true }) })],
  ['AdamW', net => ({ optimizer: new optim.AdamW(net.parameters(), { lr: 0.01 }) })],
  [
    'RMSprop',
    net => ({ optimizer: new optim.RMSprop(net.parameters(), { lr: 0.01, momentum: 0.5 }) }),
  ],
  ['Adagrad', net => ({ optimizer: new optim.Adagrad(net.parameters(), { lr: 0.01 }) })],
  [
    'SGD in groups with StepLR',
    net => {
      const [first, ...rest] = net.parameters()
      const groups = [{ params: [first], lr: 0.01 }, { params: rest }]
      const optimizer = new optim.SGD(groups, { lr: 0.05, momentum: 0.9 })
      return { optimizer, schedule: new optim.StepLR(optimizer, { stepSize: 1 }) }
    },
  ],
]

test.each(cases)(
  '%s: taken back, branched and read from a file, a run ends bit for bit the same',
  async (_, settings) => {
    const start = (): Run => {
      const net = network()
      return make({ keep: 'steps', schedule: undefined, ...settings(net) }, net)
    }
    const run = start()
    await run.finish()
    const end = state(run)
    const branch = run.at({ step: 3 }).branch()
    await branch.finish()
    expect(state(branch)).toEqual(end)
    run.at({ step: 5 }).rewind()
    const folder = mkdtempSync(join(tmpdir(), 'layerscope-'))
    try {
      run.save(join(folder, 'run.safetensors'))
      const other = start().load(join(folder, 'run.safetensors'))
      await other.finish()
      expect(state(other)).toEqual(end)
    } finally {
      rmSync(folder, { recursive: true })
    }
    await run.finish()
    expect(state(run)).toEqual(end)
  },
)
