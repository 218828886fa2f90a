/** ONNX, the exchange format of networks: import of opset 7 and later, export of layers one after the other. https://onnx.ai */
import type { Module } from '../../nn/index.ts'
import { readFile, writeFile } from '../../platform/files.ts'
import { refusePickle } from '../pickle.ts'
import { exportModel, type Exported, type ExportOptions } from './export.ts'
import { build } from './graph.ts'
import { readModel } from './model.ts'

/**
 * Reads an ONNX model as a module that runs and learns, in `eval()`. Where the graph is a chain of layers that `nn` has, it is a
 * `Sequential` of them, named after their weights; else an `OnnxModel` with one module for each operation.
 *
 *     const net = onnx.load('model.onnx')
 *     net.call(x)
 *
 * @throws FileError when the file is damaged, has weights in other files, or operations that are not read
 */
export function load(file: string): Module {
  return parse(readFile(file), file)
}

/** The same from bytes. @param name what errors call the file */
export function parse(bytes: Uint8Array, name = 'onnx'): Module {
  refusePickle(bytes, name)
  return build(readModel(bytes, name), name).eval()
}

/**
 * Writes a network of layers one after the other (a Sequential, also of Sequentials; a `CharRNN`; a recurrent layer, whose
 * output of all steps from states of zeros is written), as it works in `eval()`, opset 17.
 * @throws TypeError naming a layer that is not written, RangeError when the shape of an input is needed
 */
export function save(file: string, net: Exported, options: ExportOptions = {}): void {
  writeFile(file, format(net, options))
}

/** The bytes of that file. */
export function format(net: Exported, options: ExportOptions = {}): Uint8Array {
  return exportModel(net, options)
}

export { OnnxModel } from './graph.ts'
export type { Exported, ExportOptions } from './export.ts'
