import { data, show } from 'layerscope'
import { topActivations } from 'layerscope/explain'
import { short } from '../../parts/index.ts'
import { lenetOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

const images = () => data.fashionMNIST().test.take(1000)

export default {
  title: 'Top activations',
  question: 'What do the nine best examples share?',
  group: 'Why',
  read: 'For each unit its nine strongest images: what the deconvnet finds in them at the left, the patches themselves at the right, in the same places. The histogram says how special they are among all images.',
  keys: [['[ ]', 'previous, next units']],
  examples: [
    {
      id: 'conv2',
      title: 'The sixteen units of conv2 over 1,000 test images',
      note: 'Some want an edge, some a texture, some a piece of cloth of one shape.',
      given: trainedLenet,
      make: given => show(topActivations(lenetOf(given), images(), { layer: 'conv2' })),
      stops: given => {
        const [first] = topActivations(lenetOf(given), images(), { layer: 'conv2', unit: 0 }).units
        return [
          {
            say: 'Go to the first unit and press → for its second best',
            focus: '.ls-nine .ls-tile',
            keys: ['ArrowRight'],
            reads: `image ${first.top[1].image}`,
          },
          { say: 'Its activation stands in the sentence', reads: short(first.top[1].value) },
        ]
      },
    },
    {
      id: 'conv1',
      title: 'One unit of conv1',
      note: 'The first layer sees 5 × 5 pixels: its favourites are edges.',
      given: trainedLenet,
      make: given => show(topActivations(lenetOf(given), images(), { layer: 'conv1', unit: 2 })),
    },
  ],
} satisfies Page
