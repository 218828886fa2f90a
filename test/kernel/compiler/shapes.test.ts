// Literal shapes reach cells: what does not fit is said before it runs, in a sentence.
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Lab } from './lab.ts'

const lab = new Lab()
/** What the compiler says to a cell; one without an error stays for those after it. */
function error(source: string): string | undefined {
  const cell = lab.compiler.compile(source)
  if ('traceback' in cell) {
    lab.traceback = cell.traceback
    return cell.message
  }
  cell.commit()
  return undefined
}
beforeAll(() => {
  mkdirSync(join(lab.folder, 'node_modules'))
  symlinkSync(
    join(import.meta.dirname, '../../../src'),
    join(lab.folder, 'node_modules/layerscope'),
  )
  expect(error(`import { conv2d, randn, relu, zeros } from 'layerscope'`)).toBeUndefined()
})

describe('literal shapes in cells', () => {
  it('a channel mismatch is a type error', () => {
    const sentence = 'conv2d: weight [16, 4, 3, 3] expects 4 input channels, x is [1, 3, 32, 32]'
    expect(error('conv2d(randn([1, 3, 32, 32]), randn([16, 4, 3, 3]))')).toBe(
      `line 1:31: ${sentence} (TS2345)`,
    )
    expect(lab.traceback[0]).toContain(sentence)
  })
  it('also through variables and operations of earlier cells', () => {
    expect(error('const x = randn([1, 3, 32, 32])')).toBeUndefined()
    expect(error('const y = relu(conv2d(x, randn([16, 3, 3, 3])))')).toBeUndefined()
    expect(error('conv2d(y, randn([16, 3, 3, 3]))')).toContain(
      'conv2d: weight [16, 3, 3, 3] expects 3 input channels, x is [1, 16, ?, ?] (TS2345)',
    )
    expect(error('randn([2, 3]).matmul(randn([4]))')).toContain(
      'matmul: x [2, 3] · y [4]: inner sizes 3 and 4 differ (TS2345)',
    )
  })
  it('a variable whose shape changes says what to write', () => {
    expect(error('let h = zeros([2, 3]); h = h.T')).toContain('let x: Tensor')
    expect(error('let k = zeros([1, 3]); for (const _ of [1]) k = k.add(1).relu()')).toBe(undefined)
  })
})
