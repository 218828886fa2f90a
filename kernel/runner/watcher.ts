/** The watcher: a thread that stops the main one when the front asks. Its source is text: a worker of its own evaluates it. */
import { ALSO_END } from '../pipe.ts'
import { CUT } from './cut.ts'
import { ANSWERED, ASKED, CELLS, FREE, LOCK, OWN, WARD, WATCHER } from './critical.ts'

/** Before the blunt means are used, in ms: time for the signal to stop what a guard protects. */
const GENTLE_MS = 150
const BLUNT_MS = 100
const TRIES = 60
/** How long a cell may take from the front to its beginning, in ms. */
const ON_ITS_WAY_MS = 300
/** How long the main thread may take until it comes to where it can be cut, in ms. */
const CUT_MS = 1000

export const WATCHER_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads')
const { Socket } = require('node:net')
const inspector = require('node:inspector')
const words = new Int32Array(workerData.memory)
const answered = () => Atomics.load(words, ${ASKED}) === Atomics.load(words, ${ANSWERED})
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function wait(ms) {
  for (const end = performance.now() + ms; !answered() && performance.now() < end;) await pause(2)
  return answered()
}
let session = null
/** Lets the main thread cut itself, in the middle of whatever it is doing. Resolves when it has been there, or is free. */
function cut(ms) {
  if (!session) {
    session = new inspector.Session()
    session.connectToMainThread()
  }
  return Promise.race([
    new Promise(resolve => session.post('Runtime.evaluate', { expression: '${CUT}', silent: true }, resolve)),
    wait(ms),
  ])
}
async function stop() {
  // The main thread leaves its uncut sections at once when it sees the number.
  const patience = performance.now() + 1000
  while (Atomics.compareExchange(words, ${LOCK}, ${FREE}, ${WATCHER}) !== ${FREE}) {
    if (answered()) return
    if (performance.now() > patience && Atomics.load(words, ${LOCK}) !== ${OWN}) { Atomics.store(words, ${LOCK}, ${WATCHER}); break }
    await pause(1)
  }
  parentPort.postMessage(0)
  // The whole group: child processes too, as a terminal does.
  if (process.platform !== 'win32') process.kill(0, 'SIGINT')
  for (let tries = 0; tries < ${TRIES} && !(await wait(tries ? ${BLUNT_MS} : ${GENTLE_MS})); tries++) await cut(${CUT_MS})
  Atomics.store(words, ${ANSWERED}, Atomics.load(words, ${ASKED}))
  Atomics.store(words, ${LOCK}, ${FREE})
}
let working = false
/** Asked again when the last interrupt had done its work. */
let more = false
let meant = 0
const begun = () => Atomics.load(words, ${CELLS})
const socket = new Socket({ fd: workerData.fd, readable: true, writable: false })
socket.on('data', async chunk => {
  let isAsked = false
  for (let at = 0; at + 4 <= chunk.length; at += 4) {
    const word = chunk.readUInt32LE(at)
    if (word >= ${ALSO_END}) { Atomics.store(words, ${WARD}, word - ${ALSO_END}); continue }
    // How many cells the front had sent when it was asked: one that began since is not meant.
    meant = word
    isAsked = true
  }
  if (!isAsked) return
  if (working) { more ||= answered(); return }
  if (begun() > meant) return
  working = true
  for (let again = true; again;) {
    more = false
    // The cell may be on its way; behind a loop of an earlier one's it cannot begin.
    for (const end = performance.now() + ${ON_ITS_WAY_MS}; begun() < meant && performance.now() < end;) await pause(1)
    again = begun() < meant
    Atomics.add(words, ${ASKED}, 1)
    await stop()
    again ||= more && begun() <= meant
  }
  working = false
})
socket.on('error', () => undefined)
// The front is gone. The main thread may be in a loop that never hears of it.
socket.on('end', () => {
  const ward = Atomics.load(words, ${WARD})
  try { if (ward) process.kill(ward, 'SIGKILL') } catch {}
  process.kill(process.platform === 'win32' ? process.pid : 0, 'SIGKILL')
})
`
