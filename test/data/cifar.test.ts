import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { data } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-cifar-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** Records with these labels; the pixels of image n are n, its last is 200. */
const write = (name: string, labels: number[][]): void => {
  const parts = labels.map((head, n) => [...head, ...new Array<number>(3071).fill(n), 200])
  writeFileSync(join(folder, name), Uint8Array.from(parts.flat()))
}

describe('CIFAR-10', () => {
  test('images in planes, labels before them, files one after the other', () => {
    write('data_batch_1.bin', [[3], [9]])
    write('data_batch_2.bin', [[0]])
    write('test_batch.bin', [[1]])
    const { train, test: tests } = data.cifar10({ folder })
    expect(train.images.shape).toEqual([3, 3, 32, 32])
    expect(train.labels.toArray()).toEqual([3, 9, 0])
    expect(train.at(1)).toMatchObject({ y: 9, name: 'truck' })
    expect(train.images.toArray<number[][][][]>()[1][2][31].slice(-2)).toEqual([1, 200])
    expect(tests.length).toBe(1)
  })
  test('errors', () => {
    expect(() => data.cifar10({ folder: join(folder, 'nowhere') })).toThrow('data_batch_1.bin')
    write('test_batch.bin', [[10]])
    expect(() => data.cifar10({ folder })).toThrow('label 10 of image 0; 0 to 9')
    writeFileSync(join(folder, 'test_batch.bin'), new Uint8Array(3072))
    expect(() => data.cifar10({ folder })).toThrow('3072 bytes; images take 3073 each')
  })
})

test('CIFAR-100: fine or coarse labels', () => {
  write('train.bin', [
    [4, 55],
    [19, 99],
  ])
  write('test.bin', [[0, 1]])
  const names = (count: number, word: string): string =>
    Array.from({ length: count }, (_, n) => `${word}${n}`).join('\n') + '\n'
  expect(() => data.cifar100({ folder })).toThrow('fine_label_names.txt')
  writeFileSync(join(folder, 'fine_label_names.txt'), names(100, 'fine'))
  writeFileSync(join(folder, 'coarse_label_names.txt'), names(20, 'coarse'))
  expect(data.cifar100({ folder }).train.at(1).name).toBe('fine99')
  expect(data.cifar100({ folder, labels: 'coarse' }).train.at(1).name).toBe('coarse19')
  writeFileSync(join(folder, 'fine_label_names.txt'), names(99, 'fine'))
  expect(() => data.cifar100({ folder })).toThrow('expected 100 names, found 99')
})
