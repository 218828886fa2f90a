/** The views that exercises open. */
import {
  avgPool2d,
  conv2d,
  maxPool2d,
  show,
  softmax,
  tensor,
  trace,
  trainingLog,
  type ShowOptions,
} from 'layerscope'
import type { Look, Opened } from '../exercise.ts'

type Matrix = number[][]
type Volume = number[][][]
type Filters = number[][][][]

const stepper = (x: Matrix, w: Matrix, stride: number, options: ShowOptions) => () =>
  show(
    trace(() => conv2d(tensor(x), tensor(w), { stride })),
    options,
  )

/**
 * The stepper on a case of 1.1 or 1.2: after a right answer driven by the student's function, after a wrong one at the
 * first difference, the student's numbers beside ours.
 */
export function openStepper(look: Look<[x: Matrix, w: Matrix, stride?: number]>): Opened {
  const [x, w, stride = 1] = look.args
  if (look.path)
    return {
      show: stepper(x, w, stride, {
        at: look.path,
        // A difference with a path means that `got` has the output's shape.
        compare: { label: 'your function', values: look.got as Matrix },
      }),
      says: `The stepper below stands at o[${look.path.join('][')}], your number beside ours.`,
    }
  if (look.right)
    return {
      show: stepper(x, w, stride, { compute: look.student }),
      says: 'The stepper below runs on your function. Type into x or w.',
    }
  return {
    show: stepper(x, w, stride, { at: [0, 0] }),
    says: 'The stepper below shows every place where the window fits.',
  }
}

/** One filter and its turned self on the same image, cell by cell. */
export function openTurned(x: Matrix, w: Matrix, turned: Matrix, name: string): Opened {
  return {
    show: stepper(x, w, 1, { compare: { label: `${name} turned`, values: turned } }),
    says: `The stepper below shows ${name} and, where it differs, ${name} turned.`,
  }
}

/** The volume stepper on a case of 2.1, or on the slide with what is printed beside what is computed. */
export function openVolume(
  look: Look<[x: Volume, w: Filters, b: number[], stride: number, padding: number]> & {
    label?: string
  },
): Opened {
  const [x, w, b, stride, padding] = look.args
  const label = look.label ?? 'your function'
  const steps = (options: ShowOptions) => () =>
    show(
      trace(() => conv2d(tensor(x), tensor(w), { bias: tensor(b), stride, padding })),
      options,
    )
  if (look.path)
    return {
      show: steps({ at: look.path, compare: { label, values: look.got as Volume } }),
      says: look.label
        ? `The stepper below stands at o[${look.path.join('][')}]; where the slide differs, its number stands beside ours.`
        : `The stepper below stands at o[${look.path.join('][')}], your number beside ours.`,
    }
  if (look.right && look.label)
    return {
      show: steps({ compare: { label, values: look.got as Volume } }),
      says: 'The stepper below has your weight in; nothing differs.',
    }
  if (look.right)
    return {
      show: steps({
        compute: (...[xs, ws, bs]: unknown[]) =>
          // A student's function: these are the arguments that 2.1 asks for.
          (look.student as (...args: unknown[]) => unknown)(xs, ws, bs, stride, padding),
      }),
      says: 'The stepper below runs on your function. Type into x, w or b.',
    }
  return {
    show: steps({ at: [0, 0, 0] }),
    says: 'The stepper below shows every place where the window fits.',
  }
}

/** The pooling stepper on a case of 3.2, forwards and backwards, the student's gradient beside ours. */
export function openPoolBackward(
  look: Look<[x: Matrix, gy: Matrix, window: number, stride: number]>,
): Opened {
  const [x, gy, window, stride] = look.args
  const steps = (options: ShowOptions) => () =>
    show(
      trace(() => maxPool2d(tensor(x), window, { stride })),
      { backward: gy, ...options },
    )
  if (look.path)
    return {
      show: steps({ compare: { label: 'your function', values: look.got as Matrix } }),
      says: `The pooling stepper below shows where each gradient goes; at gx[${look.path.join('][')}] your number stands beside ours.`,
    }
  return {
    show: steps({}),
    says: look.right
      ? 'The pooling stepper below shows the same, forwards and backwards. Type a tie into x.'
      : 'The pooling stepper below shows where each gradient goes.',
  }
}

/** The pooling stepper on a case of 3.3. */
export function openAverage(
  look: Look<[x: Matrix, window: number, stride: number, padding: number]>,
): Opened {
  const [x, window, stride, padding] = look.args
  const steps = (options: ShowOptions) => () =>
    show(
      trace(() => avgPool2d(tensor(x), window, { stride, padding })),
      options,
    )
  if (look.path)
    return {
      show: steps({
        at: look.path,
        compare: { label: 'your function', values: look.got as Matrix },
      }),
      says: `The pooling stepper below stands at o[${look.path.join('][')}], your number beside ours.`,
    }
  return { show: steps({}), says: 'The pooling stepper below shows every window and its mean.' }
}

/** The logit sliders on a case of 4.1, at the failing row. */
export function openSoftmax(look: Look<[x: Matrix]>): Opened {
  const [x] = look.args
  const row = look.path ? look.path[0] : 0
  const sliders = (options: ShowOptions) => () =>
    show(
      trace(() => softmax(tensor(x, { dtype: 'float64' }), 1)),
      { row, ...options },
    )
  if (look.path)
    return {
      show: sliders({ compare: { label: 'your function', values: look.got as Matrix } }),
      says: `The sliders below stand at row ${row}, the naive formula and the stable one side by side.`,
    }
  return {
    show: sliders({}),
    says: 'The sliders below start from the first case. Add 1000 to all.',
  }
}

/** A loss curve that is over. */
export function openCurve(losses: readonly number[], accuracy: number, title: string): Opened {
  return {
    show: () => {
      const log = trainingLog({ title, facts: { images: 20 } })
      losses.forEach((loss, n) =>
        log.report(n === losses.length - 1 ? { loss, accuracy } : { loss }),
      )
      log.done()
      return show(log)
    },
    says: 'The training view below shows your losses, step by step.',
  }
}
