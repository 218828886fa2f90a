/** What the compiler needs of the machine it runs on. In Node: `node-host.ts`; elsewhere files may live in memory. */
import type tsModule from 'typescript'
import type { TypeScript } from './typescript.ts'

export interface Host {
  readonly ts: TypeScript
  /** The notebook's folder, with forward slashes. */
  readonly folder: string
  /** Folder of TypeScript's own `lib.*.d.ts`. */
  readonly libraries: string
  /** Declarations of what every cell has without an import: our `globals.d.ts`. */
  readonly globals: string
  /** A folder whose packages are found last, after the notebook's own. */
  readonly packages: string
  /** Folders with `@types` of the kernel's own. */
  readonly typeRoots: readonly string[]
  /** Modules whose declarations are given: name → file. */
  readonly modules: ReadonlyMap<string, string>
  readonly caseSensitive: boolean
  /** Library files by how and where they are parsed: those that are there need not be read, those that are read are added. */
  readonly parsed?: Map<string, tsModule.SourceFile>
  readFile(path: string): string | undefined
  fileExists(path: string): boolean
  directoryExists(path: string): boolean
  getDirectories(path: string): string[]
  readDirectory(
    path: string,
    extensions?: readonly string[],
    exclude?: readonly string[],
    include?: readonly string[],
    depth?: number,
  ): string[]
  realpath(path: string): string
  /** Changes when the file's content does; '' when there is none. */
  version(path: string): string
}
