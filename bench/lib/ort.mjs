// onnxruntime-node as a contender of bench/compute.mjs, on the models of bench/lib/ort.py.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [, , peers, models, threads] = process.argv
const require = createRequire(join(peers, 'package.json'))
const ort = require('onnxruntime-node')
const { version } = require('onnxruntime-node/package.json')
const shapes = { W1: [512, 512], W4: [1, 3, 224, 224], W5f: [8, 64, 56, 56] }

console.log(`onnxruntime ${version}, ${threads} ${threads > 1 ? 'threads' : 'thread'}`)
const sessions = new Map()
for await (const line of createInterface(process.stdin)) {
  const [id, count] = line.split(' ')
  const path = join(models, `${id}.onnx`)
  if (!shapes[id] || !existsSync(path)) {
    console.log('no')
    continue
  }
  if (!sessions.has(id)) {
    const session = await ort.InferenceSession.create(path, {
      intraOpNumThreads: Number(threads),
      interOpNumThreads: 1,
    })
    const size = shapes[id].reduce((a, b) => a * b, 1)
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i))
    sessions.set(id, { session, x: new ort.Tensor('float32', data, shapes[id]) })
  }
  const { session, x } = sessions.get(id)
  const start = performance.now()
  for (let i = 0; i < Number(count); i++) await session.run({ x })
  console.log((performance.now() - start) / Number(count))
}
process.exit(0)
