#!/usr/bin/env node
/** `npx @layerscope/kernel install | uninstall | list | doctor`. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { installedPaths } from '../compiler/node-host.ts'
import { dataFolder } from '../history.ts'
import { snapshots } from '../snapshot.ts'
import { findings } from './doctor.ts'
import { pythonPrefix, searched, underPrefix } from './folders.ts'
import {
  dropUnused,
  install,
  installed,
  NAME,
  readSpec,
  settle,
  specFolder,
  uninstall,
} from './kernelspec.ts'

declare const __VERSION__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'
const dist = dirname(fileURLToPath(import.meta.url))

const HELP = `npx @layerscope/kernel COMMAND [options]     TypeScript kernel for Jupyter, ${version}

  install      tells Jupyter of the kernel
  uninstall    takes that back
  list         where it is installed
  doctor       checks everything, and runs a cell

Where (install, uninstall):
  --user                 for this user (default)
  --sys-prefix           in the active Python environment
  --prefix DIR           in DIR/share/jupyter
What (install):
  --name NAME            what notebooks call it (default ${NAME}); several names stand side by side
  --display-name TEXT    what menus call it (default "TypeScript (Layerscope)")
  --node FILE            the Node that runs it (default ${process.execPath})
  --node-option OPTION   an option for that Node, such as --max-old-space-size=8192; may be repeated
  --env NAME=VALUE       a variable of its environment; may be repeated
  --no-snapshot          leaves it to the first start to prepare the faster ones (45 MB)
  --help, --version`

class UsageError extends Error {}

const OPTIONS = {
  user: { type: 'boolean' },
  'sys-prefix': { type: 'boolean' },
  prefix: { type: 'string' },
  name: { type: 'string' },
  'display-name': { type: 'string' },
  node: { type: 'string' },
  'node-option': { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
  'no-snapshot': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true })
  } catch (e) {
    throw new UsageError(e instanceof Error ? e.message : String(e))
  }
}
type Values = ReturnType<typeof parse>['values']

function place(v: Values): string {
  const asked = [v.user, v['sys-prefix'], v.prefix !== undefined].filter(Boolean).length
  if (asked > 1) throw new UsageError('one of --user, --sys-prefix, --prefix, not several')
  if (v.prefix !== undefined) return underPrefix(v.prefix)
  return v['sys-prefix'] ? underPrefix(pythonPrefix()) : dataFolder()
}

function environment(list: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    list.map(text => {
      const at = text.indexOf('=')
      if (at < 1) throw new UsageError(`--env ${text}: it is NAME=VALUE`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

const commands: Record<string, (v: Values) => void | Promise<void>> = {
  install: async v => {
    const data = place(v)
    const stays = settle(dist, version)
    const folder = install(stays, version, {
      data,
      name: v.name,
      displayName: v['display-name'],
      node: v.node,
      nodeOptions: v['node-option'],
      env: environment(v.env),
    })
    console.log(`kernelspec: ${folder}`)
    // Of the Node that will run it; another one makes its own when it is first used.
    if (v.node || v['no-snapshot']) return
    const made = snapshots(stays, line => console.error(line))
    if (!made.find()) await made.make(installedPaths(stays))
  },
  uninstall: v => {
    const folder = specFolder(place(v), v.name ?? NAME)
    uninstall(folder)
    console.log(`removed: ${folder}`)
    for (const unused of dropUnused(searched()))
      console.log(`removed: its copy of version ${unused}`)
  },
  list: () => {
    const found = searched().flatMap(installed)
    for (const folder of found) {
      const spec = readSpec(folder)
      console.log(
        `${spec?.display_name} ${spec?.metadata?.version ?? ''}\n  ${folder}\n  ${spec?.argv.join(' ')}`,
      )
    }
    if (!found.length) console.log('not installed: npx @layerscope/kernel install')
  },
  doctor: async () => {
    let bad = 0
    for (const { ok, text, remedy } of await findings(dist)) {
      console.log(`${ok ? 'ok   ' : 'WRONG'} ${text}${!ok && remedy ? `\n      → ${remedy}` : ''}`)
      if (!ok) bad++
    }
    console.log(bad ? `${bad} wrong` : 'all is well')
    process.exitCode = bad ? 1 : 0
  },
}

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = parse(argv)
  if (values.version) return console.log(version)
  if (values.help) return console.log(HELP)
  const [command, ...rest] = positionals
  if (!command || rest.length || !Object.hasOwn(commands, command))
    throw new UsageError(
      command
        ? `no command ${positionals.join(' ')}: install, uninstall, list or doctor`
        : 'a command is missing: install, uninstall, list or doctor (--help tells more)',
    )
  await commands[command](values)
}

main(process.argv.slice(2)).catch((e: unknown) => {
  console.error(e instanceof Error ? e.message : String(e))
  process.exitCode = e instanceof UsageError ? 2 : 1
})
