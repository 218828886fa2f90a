import { show } from 'layerscope'
import { occlusion } from 'layerscope/explain'
import { percent } from '../../parts/index.ts'
import { clothesOf, lenetOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Occlusion',
  question: 'What must I cover before it changes its mind?',
  group: 'Why',
  read: 'Drag the grey square over the image: the bars are what the network says then, the line where they were. The maps hold the answer for every place of the square.',
  keys: [['w', 'the worst place']],
  examples: [
    {
      id: 'shirt',
      title: 'A square of seven pixels on a shirt',
      note: 'Every place was really computed: 784 images through the network.',
      given: trainedLenet,
      live: true,
      make: given => {
        const clothes = clothesOf(given)
        return show(occlusion(lenetOf(given), clothes.at(0), { size: 7 }), {
          labels: clothes.classes,
        })
      },
      stops: given => {
        const { before, probabilities, target } = occlusion(
          lenetOf(given),
          clothesOf(given).at(0),
          { size: 7 },
        )
        return [
          {
            say: 'Go into the image, to its upper left corner',
            focus: '.ls-tile',
            keys: [
              'ArrowUp',
              'ArrowUp',
              'ArrowUp',
              ...Array.from({ length: 8 }, () => 'Shift+ArrowUp'),
              ...Array.from({ length: 8 }, () => 'Shift+ArrowLeft'),
            ],
            reads: `from ${percent(before.at(target).item())} to ${percent(probabilities.at(0, 0, target).item())}`,
          },
        ]
      },
    },
    {
      id: 'bag',
      title: 'A bag, with steps of two pixels',
      note: 'A coarser grid is computed four times as fast.',
      given: trainedLenet,
      make: given => {
        const clothes = clothesOf(given)
        return show(occlusion(lenetOf(given), clothes.at(8), { size: 9, stride: 2 }), {
          labels: clothes.classes,
        })
      },
    },
  ],
} satisfies Page
