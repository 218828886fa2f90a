export { NetworkTrace, Trace, trace, type TraceOptions } from './trace.ts'
export type { Field, Layer, LayerOp } from './layers.ts'
export { type Unit, type UnitOptions } from './pass.ts'
export { Cancelled, type ProgressOptions } from './progress.ts'
export { sizes, Sizes, type SizeOptions } from './sizes.ts'
export {
  deconvnet,
  gradient,
  guidedBackprop,
  Projection,
  type RuleName,
  type Stage,
} from './project.ts'
export { stages, type BackSteps, type ForwardStage } from './stages.ts'
export {
  gradCam,
  gradientTimesInput,
  guidedGradCam,
  integratedGradients,
  smoothGrad,
  Attribution,
  type GradCamOptions,
  type IntegratedGradientsOptions,
  type SmoothGradOptions,
} from './attribution.ts'
export { occlusion, Occlusion, type OcclusionMaps, type OcclusionOptions } from './occlusion.ts'
export {
  topActivations,
  type TopActivation,
  TopActivations,
  type TopOptions,
  type TopUnit,
} from './top.ts'
export { activationMaximization, type Maximization, type MaximizationOptions } from './maximise.ts'
export {
  randomizeWeights,
  rankCorrelation,
  shuffleWeights,
  type RandomizationStep,
} from './sanity.ts'
export {
  cosine,
  featureEvolution,
  filterStates,
  jumps,
  linearCKA,
  renormalizeFilters,
  representationConvergence,
  toGo,
  type Evolution,
  type EvolutionOptions,
  type FilterState,
  type UnitEvolution,
  type WeightSnapshot,
} from './evolution.ts'
export {
  FilterEvolution,
  filterEvolution,
  inField,
  type Convergence,
  type FilterEvolutionOptions,
} from './filter-evolution.ts'
export {
  correspondence,
  invariance,
  type Invariance,
  type InvarianceOptions,
  type Patch,
} from './invariance.ts'
export { transformImage, type TransformOptions } from './resample.ts'
export {
  calibration,
  confusionMatrix,
  linearProbe,
  predictions,
  type Calibration,
  Predictions,
  predictionsOf,
  type ProbeOptions,
} from './measure.ts'
export { eigenvalues, spectralNorm, type Eigenvalues } from './eigen.ts'
export {
  gradientFlow,
  jacobianProducts,
  unroll,
  Unrolled,
  type GradientFlow,
  type JacobianProducts,
  type TextbookStep,
  type UnrollOptions,
} from './unroll.ts'
export type { RecurrentNet, TensorStep, TextbookWeights, Unrollable } from './machine.ts'
export { gates, gateSaturation, type Gates, type GateValues, type Saturation } from './gates.ts'
export {
  connectivity,
  readText,
  Reading,
  similarStates,
  type Connectivity,
  type ConnectivityOptions,
  type ReadingNet,
  type ReadOptions,
  type SimilarState,
} from './reading.ts'
export {
  findUnits,
  textProperties,
  type FindUnitsOptions,
  type Logistic,
  type PropertyUnits,
  type TextProperty,
  type UnitScore,
} from './units.ts'
