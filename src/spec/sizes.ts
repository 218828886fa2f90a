/** The size explorer: which windows fit on one axis, and what is left over; one step, or a network's chain of them. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { ViewBase } from './view.ts'

export interface SizeStep {
  name: string
  window: number
  stride: number
  padding: number
  dilation: number
}

export interface SizesView extends ViewBase {
  kind: 'sizes'
  data: {
    /** Cells along the axis that the first step reads. */
    input: number
    /** Each reads what the one before gives. */
    steps: SizeStep[]
    /** Step shown first. */
    step: number
  }
}

/** Most cells of an axis, and steps of a chain. */
export const MAX_CELLS = 4096
const MAX_STEPS = 500

export function readSizes(r: Reader): SizesView['data'] {
  r.only('input', 'steps', 'step')
  const steps = r.at('steps').list(step => {
    step.only('name', 'window', 'stride', 'padding', 'dilation')
    const whole = (field: string, low: number) => step.at(field).integer(low, MAX_CELLS)
    return {
      name: step.at('name').text(500),
      window: whole('window', 1),
      stride: whole('stride', 1),
      padding: whole('padding', 0),
      dilation: whole('dilation', 1),
    }
  }, MAX_STEPS)
  if (steps.length === 0) throw new SpecError(`${r.path}.steps: at least one must stand there`)
  return {
    input: r.at('input').integer(1, MAX_CELLS),
    steps,
    step: r.at('step').integer(0, steps.length - 1),
  }
}

/** Cells from a window's first to its last. */
export const reachOf = (s: SizeStep): number => s.dilation * (s.window - 1) + 1
/** (n + 2·padding − reach) / stride + 1, exact. */
export const exactSize = (n: number, s: SizeStep): number =>
  (n + 2 * s.padding - reachOf(s)) / s.stride + 1
/** How many windows fit; 0 for none. */
export const sizeAfter = (n: number, s: SizeStep): number =>
  Math.max(0, Math.floor(exactSize(n, s)))
/** Cells at the end that no window reaches, of the axis with its padding. */
export const leftOver = (n: number, s: SizeStep): number => {
  const count = sizeAfter(n, s)
  return count ? n + 2 * s.padding - ((count - 1) * s.stride + reachOf(s)) : n + 2 * s.padding
}

/** The smallest change of one number after which every cell is read (the input only grows), in the order to offer them. */
export function wouldFit(
  n: number,
  s: SizeStep,
): { what: 'padding' | 'window' | 'input' | 'stride'; value: number }[] {
  const fits = (size: number, step: SizeStep): boolean => {
    const exact = exactSize(size, step)
    return exact >= 1 && Number.isInteger(exact)
  }
  if (fits(n, s)) return []
  /** The nearest value from `low`; of two as near, the larger. */
  const nearest = (from: number, low: number, ok: (v: number) => boolean): number | null => {
    for (let d = 1; d <= 2 * s.stride + reachOf(s); d++) {
      if (ok(from + d)) return from + d
      if (from - d >= low && ok(from - d)) return from - d
    }
    return null
  }
  return [
    ['padding', nearest(s.padding, 0, v => 2 * v <= reachOf(s) && fits(n, { ...s, padding: v }))],
    ['window', nearest(s.window, 1, v => fits(n, { ...s, window: v }))],
    ['input', nearest(n, n, v => fits(v, s))],
    ['stride', nearest(s.stride, 1, v => fits(n, { ...s, stride: v }))],
  ].flatMap(
    ([what, value]) =>
      value === null ? [] : [{ what: what as 'padding', value: value as number }], // pairs of the list above
  )
}
