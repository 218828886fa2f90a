import { show } from 'layerscope'
import { readText } from 'layerscope/explain'
import { fixed, percent } from '../../parts/index.ts'
import { nameLetters, namesOf, trainedNames } from '../trained-recurrent.ts'
import type { Page } from '../page.ts'

const TEXT = 'annabella\nbartholomew\nchristina\ndorothea\neleanor\nfrederick\ngeraldine\nhenrietta\nisabella\njonathan\n' // prettier-ignore

export default {
  title: 'Neuron text',
  question: 'What does this cell keep track of?',
  group: 'Sequences',
  read: 'The text is tinted by one cell: orange positive, blue negative. At the left stand the cells that follow some property of the text, with their correlation; below, the gates of the chosen cell, one column a character.',
  keys: [['[ ]', 'cell before, after']],
  examples: [
    {
      id: 'names',
      title: 'An LSTM that has read names',
      note: 'Pin a character and ask what the prediction looked back to, or where the memory was similar.',
      given: trainedNames,
      live: true,
      make: given => show(readText(namesOf(given), nameLetters, TEXT), { unit: 0 }),
      stops: given => {
        const r = readText(namesOf(given), nameLetters, TEXT)
        return [
          {
            say: 'Read the second character',
            focus: '.ls-prose',
            keys: ['ArrowRight'],
            reads: `cell 0 is ${fixed(r.values().at(1, 0).item(), 2)}. It gives the true next character ‘n’ ${percent(r.next.at(1).item())}`,
          },
        ]
      },
    },
  ],
} satisfies Page
