/** One half of a run in a process of its own: `begin FILE` trains five steps and saves, `end FILE` goes on and prints the end. */
import { make, state } from './small-run.ts'

const [half, file] = process.argv.slice(2)
const run = make()
if (half === 'begin') {
  for (let n = 0; n < 5; n++) run.step()
  run.save(file)
  console.log(run.stepsDone)
} else {
  run.load(file)
  await run.finish()
  console.log(JSON.stringify(state(run)))
}
