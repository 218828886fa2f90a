// Nothing may be written otherwise than Node's own console writes it.
import { formatWithOptions } from 'node:util'
import { describe, expect, it } from 'vitest'
import { line } from '../../../kernel/runner/console.ts'

describe('the short way to a line', () => {
  it.each<[unknown[]]>([
    [[]],
    [['']],
    [['a']],
    [['100 %']],
    [['%s']],
    [['a', '%s', 1]],
    [['a', 'b', 1, -0, 0, NaN, -Infinity, 1e21, 1e-7, 123456.789]],
    [[1, '%s', 'x']],
    [[true, false, undefined, null]],
    [[10n, -3n]],
    [['line\nline', 'tab\t']],
    [['half \ud83d']],
  ])('writes as Node does: case %#', args => {
    expect(line(args)).toBe(`${formatWithOptions({}, ...args)}\n`)
  })
  it.each<[unknown[]]>([
    [['%s', 1]],
    [['%%', 'x']],
    [[{}]],
    [['a', []]],
    [[Symbol('x')]],
    [[() => 1]],
    [[new Error('x')]],
    [[Object('x')]],
  ])('leaves to Node what has parts or a format: case %#', args => {
    expect(line(args)).toBeNull()
  })
})
