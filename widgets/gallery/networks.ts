/**
 * Networks trained on ImageNet's 1,000 classes, as torchvision 0.20.1 states them for its first weights of each: accuracy on
 * the 50,000 validation images, one crop; operations for one image, a multiply-add counted once; parameters.
 */
import type { ComplexityRow } from 'layerscope'

const ROWS: readonly (readonly [string, string, number, number, number, number])[] = [
  ['AlexNet', 'AlexNet, VGG', 56.522, 79.066, 0.714, 61100840],
  ['VGG-11', 'AlexNet, VGG', 69.02, 88.628, 7.609, 132863336],
  ['VGG-11 BN', 'AlexNet, VGG', 70.37, 89.81, 7.609, 132868840],
  ['VGG-13', 'AlexNet, VGG', 69.928, 89.246, 11.308, 133047848],
  ['VGG-13 BN', 'AlexNet, VGG', 71.586, 90.374, 11.308, 133053736],
  ['VGG-16', 'AlexNet, VGG', 71.592, 90.382, 15.47, 138357544],
  ['VGG-16 BN', 'AlexNet, VGG', 73.36, 91.516, 15.47, 138365992],
  ['VGG-19', 'AlexNet, VGG', 72.376, 90.876, 19.632, 143667240],
  ['VGG-19 BN', 'AlexNet, VGG', 74.218, 91.842, 19.632, 143678248],
  ['ResNet-18', 'ResNet', 69.758, 89.078, 1.814, 11689512],
  ['ResNet-34', 'ResNet', 73.314, 91.42, 3.664, 21797672],
  ['ResNet-50', 'ResNet', 76.13, 92.862, 4.089, 25557032],
  ['ResNet-101', 'ResNet', 77.374, 93.546, 7.801, 44549160],
  ['ResNet-152', 'ResNet', 78.312, 94.046, 11.514, 60192808],
  ['ResNeXt-50', 'ResNet', 77.618, 93.698, 4.23, 25028904],
  ['ResNeXt-101', 'ResNet', 79.312, 94.526, 16.414, 88791336],
  ['Wide ResNet-50', 'ResNet', 78.468, 94.086, 11.398, 68883240],
  ['Wide ResNet-101', 'ResNet', 78.848, 94.284, 22.753, 126886696],
  ['SqueezeNet 1.0', 'for telephones', 58.092, 80.42, 0.819, 1248424],
  ['SqueezeNet 1.1', 'for telephones', 58.178, 80.624, 0.349, 1235496],
  ['DenseNet-121', 'DenseNet', 74.434, 91.972, 2.834, 7978856],
  ['DenseNet-161', 'DenseNet', 77.138, 93.56, 7.728, 28681000],
  ['DenseNet-169', 'DenseNet', 75.6, 92.806, 3.36, 14149480],
  ['DenseNet-201', 'DenseNet', 76.896, 93.37, 4.291, 20013928],
  ['Inception v3', 'Inception', 77.294, 93.45, 5.713, 27161264],
  ['GoogLeNet', 'Inception', 69.778, 89.53, 1.498, 6624904],
  ['MobileNet v2', 'for telephones', 71.878, 90.286, 0.301, 3504872],
  ['MobileNet v3 large', 'for telephones', 74.042, 91.34, 0.217, 5483032],
  ['MobileNet v3 small', 'for telephones', 67.668, 87.402, 0.057, 2542856],
  ['ShuffleNet v2 ×0.5', 'for telephones', 60.552, 81.746, 0.04, 1366792],
  ['ShuffleNet v2 ×1.0', 'for telephones', 69.362, 88.316, 0.145, 2278604],
  ['ShuffleNet v2 ×1.5', 'for telephones', 72.996, 91.086, 0.296, 3503624],
  ['ShuffleNet v2 ×2.0', 'for telephones', 76.23, 93.006, 0.583, 7393996],
  ['MNASNet 0.5', 'for telephones', 67.734, 87.49, 0.104, 2218512],
  ['MNASNet 0.75', 'for telephones', 71.18, 90.496, 0.215, 3170208],
  ['MNASNet 1.0', 'for telephones', 73.456, 91.51, 0.314, 4383312],
  ['MNASNet 1.3', 'for telephones', 76.506, 93.522, 0.526, 6282256],
  ['EfficientNet B0', 'searched', 77.692, 93.532, 0.386, 5288548],
  ['EfficientNet B1', 'searched', 78.642, 94.186, 0.687, 7794184],
  ['EfficientNet B2', 'searched', 80.608, 95.31, 1.088, 9109994],
  ['EfficientNet B3', 'searched', 82.008, 96.054, 1.827, 12233232],
  ['EfficientNet B4', 'searched', 83.384, 96.594, 4.394, 19341616],
]

export const NETWORKS: readonly ComplexityRow[] = ROWS.map(
  ([name, family, top1, top5, gflops, parameters]) => ({
    name,
    family,
    top1,
    top5,
    gflops,
    parameters: parameters / 1e6,
  }),
)

export const NETWORKS_SOURCE =
  'torchvision 0.20.1, the first weights of each network: ImageNet validation, one crop; a multiply-add is one operation'
