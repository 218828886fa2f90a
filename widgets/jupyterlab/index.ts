/** The JupyterLab extension: draws views in outputs, and leads to the lectures. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application'
import { ICommandPalette, type ISessionContext } from '@jupyterlab/apputils'
import { IRenderMimeRegistry } from '@jupyterlab/rendermime'
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces'
import { VIEW_MIME } from 'layerscope/spec'
import { ViewOutput } from './output.ts'

/** Below text/html (50) and image/png (90): our view is the richest form of its output. */
const RANK = 10

const factory = (session: ISessionContext | null): IRenderMime.IRendererFactory => ({
  safe: true,
  mimeTypes: [VIEW_MIME],
  defaultRank: RANK,
  createRenderer: options => new ViewOutput(options.mimeType, session),
})

/** Outputs anywhere: the saved picture of a view. */
const outputs: JupyterFrontEndPlugin<void> = {
  id: '@layerscope/jupyterlab:outputs',
  description: 'Draws saved Layerscope views.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (_app, registry: IRenderMimeRegistry) => registry.addFactory(factory(null), RANK),
}

/** What is used of a notebook panel. */
interface NotebookPanel {
  content: { rendermime: IRenderMimeRegistry }
}
interface Context {
  sessionContext: ISessionContext
}

/** Outputs of a notebook: the same, live while its kernel is there. */
const live: JupyterFrontEndPlugin<void> = {
  id: '@layerscope/jupyterlab:live',
  description: 'Connects Layerscope views to the kernel of their notebook.',
  autoStart: true,
  activate: app => {
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (panel, context) => {
        // Every notebook has a registry of its own, cloned for it; the panel is a notebook's by the name above.
        const { rendermime } = (panel as unknown as NotebookPanel).content
        rendermime.addFactory(factory((context as unknown as Context).sessionContext), RANK)
      },
    })
  },
}

const OPEN = 'layerscope:open-lectures'

const lectures: JupyterFrontEndPlugin<void> = {
  id: '@layerscope/jupyterlab:lectures',
  description: 'A command that opens the lecture index.',
  autoStart: true,
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, palette: ICommandPalette | null) => {
    app.commands.addCommand(OPEN, {
      label: 'Layerscope Lectures',
      caption: 'Open the index of the lectures',
      execute: () => app.commands.execute('docmanager:open', { path: 'index.ipynb' }),
    })
    palette?.addItem({ command: OPEN, category: 'Layerscope' })
  },
}

export default [outputs, live, lectures]
