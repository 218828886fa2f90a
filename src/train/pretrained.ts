/** Networks trained by the project's own scripts (`npm run train:…`), each with a card that says how. */
import { parse } from '../io/safetensors.ts'
import type { StateDict } from '../nn/module.ts'
import { coarseNet, fineNet } from '../nn/first-layers.ts'
import { lenet } from '../nn/models.ts'
import type { Sequential } from '../nn/sequential.ts'
import { joinPath, packageFile, readFile } from '../platform/files.ts'

/** What is written about a trained network, beside its weights. */
export interface Card {
  name: string
  /** In words: what it is. */
  model: string
  data: string
  licence: string
  /** The command that trains it again, to the same numbers. */
  command: string
  seed: number
  optimizer: string
  batch: number
  /** Epochs at which the weights are kept; 0 is before training. */
  epochs: number[]
  /** Share of the test images answered rightly, at each of `epochs`. */
  testAccuracy: number[]
  /** Mean cross-entropy on the test images, at each of `epochs`. */
  testLoss: number[]
  /** How the numbers are kept. */
  precision: string
}

const MAKE = {
  /** LeNet on Fashion-MNIST, 64 epochs. */
  lenet: () => lenet(),
  /** Three LeNets of lecture 10, with and without a planted cue. */
  'suspect-1': () => lenet(),
  'suspect-2': () => lenet(),
  'suspect-3': () => lenet(),
  /** Six 3×3 layers on Fashion-MNIST, and beside it a first layer of 11×11 at stride 4. */
  fine: () => fineNet(),
  coarse: () => coarseNet(),
} satisfies Record<string, () => Sequential>

export type PretrainedName = keyof typeof MAKE

/**
 * A trained network in evaluation mode, new at every call.
 * @param options.epoch weights after that many epochs; 0 is before training. Default the last
 * @throws RangeError naming the networks or epochs there are
 */
export function pretrained(name: PretrainedName, { epoch }: { epoch?: number } = {}): Sequential {
  const { epochs } = pretrainedCard(name)
  const at = epoch ?? epochs[epochs.length - 1]
  if (!epochs.includes(at))
    throw new RangeError(`pretrained: ${name} is kept at epochs ${epochs.join(', ')}; not at ${at}`)
  const net = MAKE[name]()
  net.loadStateDict(states(name, [at])[0].state)
  net.eval()
  return net
}

/**
 * The weights of a training run, epoch by epoch: what `filterEvolution` and convergence measures take.
 * @param options.epochs which. Default all that are kept
 */
export function pretrainedSnapshots(
  name: PretrainedName,
  { epochs }: { epochs?: readonly number[] } = {},
): { epoch: number; state: StateDict }[] {
  const kept = pretrainedCard(name).epochs
  const missing = (epochs ?? []).filter(epoch => !kept.includes(epoch))
  if (missing.length)
    throw new RangeError(
      `pretrainedSnapshots: ${name} is kept at epochs ${kept.join(', ')}; not at ${missing.join(', ')}`,
    )
  return states(name, epochs ?? kept)
}

/** How a network was trained, and how well it does. */
export function pretrainedCard(name: PretrainedName): Card {
  if (!Object.hasOwn(MAKE, name))
    throw new RangeError(
      `pretrained: no network ${name}; there are ${Object.keys(MAKE).join(', ')}`,
    )
  // Ours, written by the script that trained the network.
  return JSON.parse(new TextDecoder().decode(readFile(file(name, 'card.json')))) as Card
}

function states(
  name: PretrainedName,
  epochs: readonly number[],
): { epoch: number; state: StateDict }[] {
  const path = file(name, 'weights.safetensors')
  const wanted = new Set(epochs.map(String))
  const all = parse(readFile(path), path, tensor => wanted.has(tensor.split('/')[0]))
  return epochs.map(epoch => ({
    epoch,
    state: Object.fromEntries(
      Object.entries(all).flatMap(([tensor, value]) => {
        const [at, parameter] = tensor.split('/')
        return at === String(epoch) ? [[parameter, value]] : []
      }),
    ),
  }))
}

function file(name: string, part: string): string {
  const folder = packageFile(`data/weights/${name}`)
  if (!folder)
    throw new Error(
      `pretrained: data/weights/${name} is missing from the installed library; reinstall it`,
    )
  return joinPath(folder, part)
}
