/** Notebooks and gradings for tests of the grader. */
import type { Assignment } from '../../../../notebooks/grade/assignments/types.ts'
import { grade, type Graded } from '../../../../notebooks/grade/grader/grade.ts'
import { readNotebook } from '../../../../notebooks/grade/grader/notebook.ts'
import { parts } from '../../../../notebooks/grade/grader/parts.ts'
import { LIMITS, Sandbox, type Limits } from '../../../../notebooks/grade/grader/sandbox.ts'
import { Compiler } from '../../../../notebooks/grade/grader/session.ts'
import { ASSIGNMENTS } from './mini.mjs'

export const T1: Assignment = ASSIGNMENTS.T1

export const SOLUTION = [
  'function scale(x: number[], k: number): number[] { return x.map(v => v * k) }',
  'const pairs = (x: number[]): number[] => x.slice(1).map((v, i) => v + x[i])',
  "const answer = 'correlation'",
]

/** A notebook file of code cells; a cell may have metadata. */
export function notebook(
  cells: readonly (string | { source: string | string[]; metadata?: object })[],
  kernel: object | null = {
    name: 'layerscope',
    language: 'typescript',
    display_name: 'TypeScript',
  },
): Buffer {
  return Buffer.from(
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: kernel ? { kernelspec: kernel } : {},
      cells: cells.map((c, i) => ({
        cell_type: 'code',
        id: `c${i}`,
        execution_count: null,
        outputs: [],
        metadata: typeof c === 'string' ? {} : (c.metadata ?? {}),
        source: typeof c === 'string' ? c : c.source,
      })),
    }),
  )
}

export const QUICK: Partial<Limits> = {
  ...LIMITS,
  cell: 2000,
  total: 20_000,
  cpu: 10,
  output: 1 << 20,
}

/** A sandbox with its compiler. */
export interface Workshop {
  sandbox: Sandbox
  compiler: Compiler
  close(): Promise<void>
}
export async function openWorkshop(levels?: Parameters<typeof Sandbox.open>[1]): Promise<Workshop> {
  const sandbox = await Sandbox.open(parts(), levels)
  const compiler = new Compiler(sandbox, LIMITS)
  const close = async () => {
    await compiler.close()
    sandbox.close()
  }
  return { sandbox, compiler, close }
}

export function gradeCells(
  { sandbox, compiler }: Workshop,
  cells: Parameters<typeof notebook>[0],
  more: Partial<Parameters<typeof grade>[1]> = {},
): Promise<Graded> {
  return grade(
    { hash: 'test', notebook: readNotebook(notebook(cells)), notes: [], handedIn: null },
    {
      sandbox,
      compiler,
      assignment: T1,
      seed: 'secret of the test',
      limits: QUICK,
      grader: 'test',
      ...more,
    },
  )
}

/** All that a student may read of it. */
export const wordsOf = ({ result }: Graded): string =>
  [
    ...result.notes,
    ...result.cells.map(c => `${c.name} ${c.state} ${c.words}`),
    ...result.tasks.flatMap(t => t.cases.flatMap(c => [c.title, ...c.lines])),
    result.infrastructure ?? '',
  ].join('\n')
