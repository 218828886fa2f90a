/** Every exercise by its number. A lecture adds a file and its lines here. */
import type { Exercise, StudentFunction } from '../exercise.ts'
import { conv, convStrided, filterThatMatters } from './lecture01.ts'
import { firstLoss, shapes } from './lecture05.ts'
import { overfit } from './overfit.ts'

/** What each exercise wants to be handed. */
export interface Submissions {
  '1.1': { conv: StudentFunction }
  '1.2': { conv: StudentFunction }
  '1.3': { differs: StudentFunction; myFilter: number[][] }
  '5.1': { shapes: StudentFunction }
  '5.2': { overfit: StudentFunction }
  '5.3': { firstLoss: StudentFunction }
}

export const EXERCISES: { readonly [Id in keyof Submissions]: Exercise } = {
  '1.1': conv,
  '1.2': convStrided,
  '1.3': filterThatMatters,
  '5.1': shapes,
  '5.2': overfit,
  '5.3': firstLoss,
}
