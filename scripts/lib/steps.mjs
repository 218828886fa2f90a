// Long steps with progress: what runs, how long it took, and when it fails its last lines and what to do.
import { spawn } from 'node:child_process'

const began = performance.now()
const clock = ms => {
  const s = Math.round(ms / 1000)
  return `${String(Math.floor(s / 60)).padStart(2)}:${String(s % 60).padStart(2, '0')}`
}

/** A failure that is told in words: what failed, the last lines of the command, what would help. */
export class StepError extends Error {
  /**
   * @param {string} what
   * @param {{ remedy?: string, lines?: string[] }} [more]
   */
  constructor(what, { remedy, lines = [] } = {}) {
    super(what)
    this.remedy = remedy
    this.lines = lines
  }
}

/** One line with the time since the start. @param {string} text */
export function say(text) {
  console.log(`[${clock(performance.now() - began)}] ${text}`)
}

/** Prints a failure and ends the process with status 1. @param {unknown} error @returns {never} */
export function fail(error) {
  const e =
    error instanceof StepError
      ? error
      : new StepError(error instanceof Error ? (error.stack ?? error.message) : String(error), {
          remedy: diskRemedy(String(error)),
        })
  console.error(`\n[${clock(performance.now() - began)}] failed: ${e.message}`)
  for (const line of e.lines) console.error(`    ${line}`)
  if (e.remedy) console.error(`\nWhat to do: ${e.remedy}`)
  process.exit(1)
}

/**
 * Runs a command; its output is kept and the last lines shown when it fails. Every 15 s a line says that it still runs.
 * @param {string} name what is done, in words
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, echo?: boolean, remedy?: (output: string) => string | undefined }} [options]
 * @returns {Promise<string>} what it printed
 */
export function run(name, command, args, { cwd, env, echo = false, remedy } = {}) {
  const from = performance.now()
  say(`${name} …`)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const take = chunk => {
      if (echo) process.stdout.write(chunk)
      output = (output + chunk).slice(-200_000)
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    const still = setInterval(() => {
      const last = output.trimEnd().split('\n').pop()?.trim().slice(0, 90)
      say(
        `  still ${name.toLowerCase()} (${clock(performance.now() - from).trim()})${last && !echo ? `: ${last}` : ''}`,
      )
    }, 15_000)
    child.on('error', error => {
      clearInterval(still)
      reject(
        new StepError(`${name}: cannot start ${command} (${error.message})`, {
          remedy: remedy?.(error.message),
        }),
      )
    })
    child.on('close', (code, signal) => {
      clearInterval(still)
      if (code === 0) {
        const seconds = (performance.now() - from) / 1000
        say(`${name}: done in ${seconds.toFixed(1)} s`)
        return resolve(output)
      }
      const lines = output.trimEnd().split('\n').slice(-15)
      reject(
        new StepError(
          `${name}: ${[command, ...args].join(' ').slice(0, 300)} ended with ${signal ?? `status ${code}`}`,
          {
            lines: echo ? [] : lines,
            remedy: remedy?.(output) ?? diskRemedy(output),
          },
        ),
      )
    })
  })
}

/** @param {string} output */
export function diskRemedy(output) {
  if (/ENOSPC|No space left on device|Errno 28/i.test(output))
    return 'the disk is full: free about 2 GB and run the command again; it goes on where it stopped.'
  return undefined
}
