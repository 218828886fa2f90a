import { show } from 'layerscope'
import {
  deconvnet,
  gradCam,
  gradient,
  guidedBackprop,
  integratedGradients,
  occlusion,
} from 'layerscope/explain'
import { short } from '../../parts/index.ts'
import { clothesOf, lenetOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Attribution, side by side',
  question: 'Which pixels speak for this class, and can I trust the picture?',
  group: 'Why',
  read: 'One image, several answers to one question. The same pixel is read and marked in all of them; each method has its own unit and its own scale, printed below.',
  examples: [
    {
      id: 'six',
      title: 'Six methods on one shirt',
      note: 'They agree about the place and differ about almost everything else.',
      given: trainedLenet,
      make: given => {
        const [net, image] = [lenetOf(given), clothesOf(given).at(0)]
        return show([
          gradient(net, image),
          guidedBackprop(net, image),
          deconvnet(net, image),
          integratedGradients(net, image),
          occlusion(net, image, { size: 7 }),
          gradCam(net, image),
        ])
      },
      stops: given => {
        const { pixels } = gradient(lenetOf(given), clothesOf(given).at(0))
        return [
          {
            say: 'Go into the second picture and move to row 1, column 1',
            focus: '.ls-tile',
            nth: 1,
            keys: ['ArrowDown', 'ArrowRight'],
            reads: `gradient ${short(pixels.at(0, 1, 1).item())}`,
          },
          { say: 'Press Enter to keep it', keys: ['Enter'], reads: 'Pinned' },
        ]
      },
    },
    {
      id: 'cam',
      title: 'Grad-CAM beside its image',
      note: 'Where conv2 sees the class. This picture is as coarse as the layer’s maps.',
      given: trainedLenet,
      make: given => show(gradCam(lenetOf(given), clothesOf(given).at(9), { layer: 'conv2' })),
    },
  ],
} satisfies Page
