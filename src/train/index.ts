export { evaluate, type Evaluation } from './evaluate.ts'
export { trainingLog, TrainingLog, type TrainingLogOptions, type TrainingReport } from './log.ts'
export { train, Run, type TrainOptions } from './run.ts'
