/** Every exercise by its number. A lecture adds a file and its lines here. */
import type { Exercise, StudentFunction } from '../exercise.ts'
import { conv, convStrided, filterThatMatters } from './lecture01.ts'
import { badWeight, convVolume, searchUnique } from './lecture02.ts'
import { avgPool, maxPoolBackward, outputSize } from './lecture03.ts'
import { convBackward, numericalGradient, softmax } from './lecture04.ts'
import { findCue } from './find-cue.ts'
import { firstLoss, shapes } from './lecture05.ts'
import { borderCounterexample, compose, count, receptiveField } from './lecture06.ts'
import { alexnet, band, fits } from './lecture07.ts'
import { jumps, renormalise, toGo } from './lecture08.ts'
import { filterBack, reluBack, unpool } from './lecture09.ts'
import { occlude, rankCorrelation } from './lecture10.ts'
import { freeze, perClass } from './lecture11.ts'
import { bptt, clip, step } from './lecture12.ts'
import { copyTask, findNeuron, lstmStep } from './lecture13.ts'
import { overfit } from './overfit.ts'

/** What each exercise wants to be handed. */
export interface Submissions {
  '1.1': { conv: StudentFunction }
  '1.2': { conv: StudentFunction }
  '1.3': { differs: StudentFunction; myFilter: number[][] }
  '2.1': { conv: StudentFunction }
  '2.2': {
    typo: { filter: number; channel: number; row: number; column: number; should: number }
  }
  '2.3': { search: StudentFunction }
  '3.1': { outputSize: StudentFunction }
  '3.2': { maxPoolBackward: StudentFunction }
  '3.3': { avgPool: StudentFunction }
  '4.1': { softmax: StudentFunction }
  '4.2': { convBackward: StudentFunction }
  '4.3': { numericalGradient: StudentFunction }
  '5.1': { shapes: StudentFunction }
  '5.2': { overfit: StudentFunction }
  '5.3': { firstLoss: StudentFunction }
  '6.1a': { count: StudentFunction }
  '6.1b': { receptiveField: StudentFunction }
  '6.2': { compose: StudentFunction }
  '6.3': { x: number[][] }
  '7.1': { fits: StudentFunction }
  '7.2': { alexnet: StudentFunction }
  '7.3': { band: StudentFunction }
  '8.1': { toGo: StudentFunction }
  '8.2': { jumps: StudentFunction }
  '8.3': { renormalise: StudentFunction }
  '9.1': { unpool: StudentFunction }
  '9.2': { reluBack: StudentFunction }
  '9.3': { filterBack: StudentFunction }
  '10.1': { occlude: StudentFunction }
  '10.2': { findCue: StudentFunction }
  '10.3': { rankCorrelation: StudentFunction }
  '11.1': { freeze: StudentFunction }
  '11.2': { perClass: StudentFunction }
  '12.1': { step: StudentFunction }
  '12.2': { bptt: StudentFunction }
  '12.3': { clip: StudentFunction }
  '13.1': { copyTask: StudentFunction }
  '13.2': { findNeuron: StudentFunction }
  '13.3': { lstmStep: StudentFunction }
}

export const EXERCISES: { readonly [Id in keyof Submissions]: Exercise } = {
  '1.1': conv,
  '1.2': convStrided,
  '1.3': filterThatMatters,
  '2.1': convVolume,
  '2.2': badWeight,
  '2.3': searchUnique,
  '3.1': outputSize,
  '3.2': maxPoolBackward,
  '3.3': avgPool,
  '4.1': softmax,
  '4.2': convBackward,
  '4.3': numericalGradient,
  '5.1': shapes,
  '5.2': overfit,
  '5.3': firstLoss,
  '6.1a': count,
  '6.1b': receptiveField,
  '6.2': compose,
  '6.3': borderCounterexample,
  '7.1': fits,
  '7.2': alexnet,
  '7.3': band,
  '8.1': toGo,
  '8.2': jumps,
  '8.3': renormalise,
  '9.1': unpool,
  '9.2': reluBack,
  '9.3': filterBack,
  '10.1': occlude,
  '10.2': findCue,
  '10.3': rankCorrelation,
  '11.1': freeze,
  '11.2': perClass,
  '12.1': step,
  '12.2': bptt,
  '12.3': clip,
  '13.1': copyTask,
  '13.2': findNeuron,
  '13.3': lstmStep,
}
