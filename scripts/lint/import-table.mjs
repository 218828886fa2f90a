// Who may import whom. The table of ARCHITECTURE.md as an ESLint rule: an import against it is an error.
import { dirname, join, relative, sep } from 'node:path'
import { root } from '../lib/paths.mjs'

/** Layers of the library, lowest first; each names the layers it may import. Below it means: everything named by those. */
const LIBRARY = {
  spec: [],
  platform: [],
  backend: ['platform'],
  tensor: ['backend'],
  autograd: ['tensor', 'backend'],
  ops: ['autograd', 'tensor', 'backend'],
  nn: ['ops', 'autograd', 'tensor', 'backend'],
  optim: ['ops', 'autograd', 'tensor', 'backend'],
  io: ['nn', 'ops', 'autograd', 'tensor', 'backend', 'platform'],
  data: ['io', 'ops', 'autograd', 'tensor', 'backend', 'platform'],
  train: ['nn', 'optim', 'data', 'io', 'ops', 'autograd', 'tensor', 'backend', 'platform', 'spec'],
  explain: ['nn', 'optim', 'data', 'io', 'ops', 'autograd', 'tensor', 'backend', 'spec'],
  show: [
    'explain',
    'train',
    'data',
    'io',
    'nn',
    'optim',
    'ops',
    'autograd',
    'tensor',
    'backend',
    'platform',
    'spec',
  ],
}
/** Layers that only platform/ may reach past: Node's own modules. */
const NODE_ONLY = new Set(['platform'])

/** Widgets: parts know the contract, renderers know parts, hosts know renderers. */
const WIDGETS = {
  parts: [],
  renderers: ['parts'],
  adapters: ['renderers', 'parts'],
  gallery: ['adapters', 'renderers', 'parts'],
  jupyterlab: ['renderers', 'parts', 'adapters'],
}

/** Exercises and grader. `''` is the top of it: how answers are compared and spoken about. */
const GRADE = 'notebooks/grade'
const GRADING = {
  exercises: [''],
  assignments: ['', 'exercises'],
  handin: ['', 'assignments'],
  grader: ['', 'assignments', 'handin'],
}
/** Of it, what reads and writes files and starts processes. */
const GRADE_NODE = new Set(['handin', 'grader'])

/** @param {string} file @returns {[workspace: string, folder: string]} e.g. ['src', 'ops']; folder '' at the top of a workspace */
function place(file) {
  const path = relative(root, file).split(sep)
  const workspace = path.slice(0, 2).join('/') === GRADE ? GRADE : path[0]
  const [folder, ...rest] = path.slice(workspace.split('/').length)
  return [workspace, rest.length ? folder : '']
}

/**
 * @param {string} from importing file, absolute
 * @param {string} source what the import says
 * @param {boolean} typeOnly
 * @returns {string | null} why not, or null
 */
export function forbidden(from, source, typeOnly) {
  const [workspace, folder] = place(from)
  if (!['src', 'kernel', 'widgets', GRADE].includes(workspace)) return null
  // The engine could run in a browser: what it needs of its host comes through ports.
  if (workspace === 'kernel' && folder === 'engine') {
    const inside = source.startsWith('.') && place(join(dirname(from), source))[1] === 'engine'
    const pipe = /[\\/]pipe\.ts$/.test(source) && typeOnly
    if (!inside && !pipe) return 'kernel/engine imports itself, and the types of kernel/pipe.ts'
  }
  if (source.startsWith('.')) {
    const [other, target] = place(join(dirname(from), source))
    if (other !== workspace)
      return `${workspace} reaches into ${other} by a path; import the package`
    if (folder === target || folder === '') return null
    const table = { src: LIBRARY, widgets: WIDGETS, [GRADE]: GRADING }[workspace]
    if (!table) return null
    if (!(folder in table)) return `folder ${workspace}/${folder} is not in the import table`
    if (target === '')
      return workspace === 'src'
        ? `${folder} imports the top of the library; import the layer it needs`
        : null
    return table[folder].includes(target)
      ? null
      : `${workspace}/${folder} may not import ${target} (allowed: ${table[folder].join(', ') || 'nothing of ours'})`
  }
  if (workspace === 'src') {
    if (source.startsWith('node:') && !NODE_ONLY.has(folder))
      return 'only src/platform imports Node’s modules'
    return null
  }
  if (workspace === GRADE) {
    const node = GRADE_NODE.has(folder) || /[\\/]cli\.ts$/.test(from)
    return source.startsWith('node:') && !node
      ? `of ${GRADE} only ${[...GRADE_NODE].join(' and ')} import Node’s modules`
      : null
  }
  const library = source === 'layerscope' || source.startsWith('layerscope/')
  if (library && source !== 'layerscope/spec' && !(workspace === 'widgets' && folder === 'gallery'))
    return `${workspace} may import layerscope/spec only`
  if (workspace === 'kernel') {
    if (/^@?tslab(\/|$)/.test(source) && !/[\\/]tslab\.ts$/.test(from))
      return 'one file alone imports tslab: kernel/compiler/tslab.ts'
    return null
  }
  if (/^@(jupyterlab|lumino)\//.test(source) && folder !== 'jupyterlab')
    return 'only widgets/jupyterlab imports @jupyterlab and @lumino'
  if (source.startsWith('node:') && !typeOnly && !/build\.mjs$/.test(from))
    return 'widgets run in the browser'
  return null
}

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: { type: 'problem', schema: [], messages: { forbidden: '{{why}}' } },
  create(context) {
    const look = node => {
      if (!node.source || typeof node.source.value !== 'string') return
      const why = forbidden(
        context.filename,
        node.source.value,
        node.importKind === 'type' || node.exportKind === 'type',
      )
      if (why) context.report({ node: node.source, messageId: 'forbidden', data: { why } })
    }
    return {
      ImportDeclaration: look,
      ExportNamedDeclaration: look,
      ExportAllDeclaration: look,
      ImportExpression: look,
    }
  },
}

export default { rules: { 'import-table': rule } }
