/** Files: tensors, networks and images in the formats of the field. Every reader treats its file as hostile. */
export { load, save, type Loaded } from './files.ts'
export { loadImage, parseImage, savePng, formatPng, type ImageOptions } from './image.ts'
export { FileError } from './problem.ts'
export * as npy from './npy.ts'
export * as npz from './npz.ts'
export * as safetensors from './safetensors.ts'
export * as onnx from './onnx/index.ts'
export * as tfjs from './tfjs.ts'
