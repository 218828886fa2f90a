// Makes src/data/sets/fashion-mnist from the full set: node scripts/make-fashion-slice.mjs <folder with the four IDX files>
// The test files are copied as they are; of the training files the first COUNT items are kept.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

const COUNT = 10_000
const target = join(dirname(fileURLToPath(import.meta.url)), '../src/data/sets/fashion-mnist')
const folder = process.argv[2]
if (!folder) {
  console.error('usage: node scripts/make-fashion-slice.mjs <folder with the four IDX files>')
  process.exit(2)
}

/** @param {Buffer} bytes a plain IDX file @param {number} count @returns {Buffer} its first `count` items */
function first(bytes, count) {
  const rank = bytes[3]
  const header = 4 + 4 * rank
  let item = 1
  for (let d = 1; d < rank; d++) item *= bytes.readUInt32BE(4 + 4 * d)
  const slice = Buffer.from(bytes.subarray(0, header + count * item))
  slice.writeUInt32BE(count, 4)
  return slice
}

mkdirSync(target, { recursive: true })
for (const name of ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'])
  copyFileSync(join(folder, name), join(target, name))

for (const [from, to] of [
  ['train-images-idx3-ubyte.gz', 'train-10k-images-idx3-ubyte.gz'],
  ['train-labels-idx1-ubyte.gz', 'train-10k-labels-idx1-ubyte.gz'],
]) {
  const slice = first(gunzipSync(readFileSync(join(folder, from))), COUNT)
  writeFileSync(join(target, to), gzipSync(slice, { level: 9 }))
  if (to.includes('labels')) {
    const counts = new Array(10).fill(0)
    for (const label of slice.subarray(8)) counts[label]++
    console.log(`classes 0–9 in the first ${COUNT} training labels: ${counts.join(' ')}`)
  }
}
