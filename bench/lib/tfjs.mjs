// tfjs on its wasm back end as a contender of bench/compute.mjs: forward passes only, training a CNN fails there.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(join(process.argv[2], 'package.json'))
console.warn = () => undefined
const tf = require('@tensorflow/tfjs')
const wasm = require('@tensorflow/tfjs-backend-wasm')
wasm.setWasmPaths(join(process.argv[2], 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'))
await tf.setBackend('wasm')
await tf.ready()

const make = {
  W1() {
    const [a, b] = [tf.randomNormal([512, 512]), tf.randomNormal([512, 512])]
    return () => tf.matMul(a, b)
  },
  W4() {
    const conv = (o, k, strides, padding = 'same') =>
      tf.layers.conv2d({ filters: o, kernelSize: k, strides, padding, activation: 'relu' })
    const pool = () => tf.layers.maxPooling2d({ poolSize: 3, strides: 2 })
    const net = tf.sequential()
    net.add(tf.layers.zeroPadding2d({ padding: 2, inputShape: [224, 224, 3] }))
    for (const layer of [
      conv(64, 11, 4, 'valid'),
      pool(),
      conv(192, 5, 1),
      pool(),
      conv(384, 3, 1),
      conv(256, 3, 1),
      conv(256, 3, 1),
      pool(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4096, activation: 'relu' }),
      tf.layers.dense({ units: 4096, activation: 'relu' }),
      tf.layers.dense({ units: 1000 }),
    ])
      net.add(layer)
    const x = tf.randomNormal([1, 224, 224, 3])
    return () => net.predict(x)
  },
  W5f() {
    const [x, w] = [tf.randomNormal([8, 56, 56, 64]), tf.randomNormal([3, 3, 64, 64])]
    return () => tf.conv2d(x, w, 1, 'same')
  },
  add() {
    const [a, b] = [tf.randomNormal([4, 4]), tf.randomNormal([4, 4])]
    return () => tf.tidy(() => Array.from({ length: 1000 }, () => tf.add(a, b))[999])
  },
}
console.log(`tfjs ${tf.version.tfjs} wasm`)
const runs = new Map()
for await (const line of createInterface(process.stdin)) {
  const [id, count] = line.split(' ')
  if (!runs.has(id)) runs.set(id, make[id]?.() ?? null)
  const run = runs.get(id)
  if (!run) {
    console.log('no')
    continue
  }
  const start = performance.now()
  for (let i = 0; i < Number(count); i++) {
    const y = run()
    y.dataSync()
    y.dispose()
  }
  console.log((performance.now() - start) / Number(count))
}
process.exit(0)
