/** The process of the compiler: a notebook's cells in, what they became out. */
import { Reader, TOKEN, Writer } from '../wire.ts'
import { readFrame, writeFrame } from './channel.ts'
import { CellCompiler, typescript } from './compile.ts'

const answer = (token: Uint8Array, fill: (to: Writer) => void) => {
  const to = new Writer().raw(token)
  fill(to)
  const bytes = to.done()
  writeFrame(bytes, bytes.length)
}
const hello = readFrame()
if (hello) answer(hello, to => to.byte(1))
const ts = typescript(__filename)
for (let bytes = readFrame(); bytes; bytes = readFrame()) {
  const from = new Reader(bytes)
  const token = from.raw(TOKEN)
  const compiler = new CellCompiler(ts)
  const cells = JSON.parse(from.string()) as { name: string; text: string }[] // the grader's own
  const compiled = compiler.notebook(cells)
  answer(token, to => to.byte(2).string(JSON.stringify(compiled)))
}
