import { show } from 'layerscope'
import { deconvnet, guidedBackprop } from 'layerscope/explain'
import { clothesOf, lenetOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Deconvnet, stage by stage',
  question: 'What in the picture made this unit fire?',
  group: 'Why',
  read: 'The way forward above, the way back below, each stage under the map it undoes. One activation is kept; the signal is rectified, filtered and unpooled down to the pixels.',
  keys: [
    [', .', 'stage back, forward'],
    ['Home, End', 'the unit, the pixels'],
  ],
  examples: [
    {
      id: 'conv3',
      title: 'The strongest unit of conv3',
      note: 'Zeiler and Fergus’s rule: at every ReLU only what is positive of the signal goes on.',
      given: trainedLenet,
      make: given => show(deconvnet(lenetOf(given), clothesOf(given).at(3), { layer: 'conv3' })),
      stops: given => {
        const { layer, unit } = deconvnet(lenetOf(given), clothesOf(given).at(3), {
          layer: 'conv3',
        })
        return [
          {
            say: 'Press Home: only the unit itself',
            focus: '.ls-ruler',
            keys: ['Home'],
            reads: `Unit ${unit} of ${layer}`,
          },
          { say: 'Press . for the next stage', keys: ['.'], reads: 'Stage 1 of' },
        ]
      },
    },
    {
      id: 'guided',
      title: 'Guided backpropagation of conv2, unit 7',
      note: 'What is positive of the signal, where the unit was on. The same unit, another rule, another picture.',
      given: trainedLenet,
      make: given =>
        show(guidedBackprop(lenetOf(given), clothesOf(given).at(3), { layer: 'conv2', unit: 7 })),
    },
  ],
} satisfies Page
