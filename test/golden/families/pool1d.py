import torch

F = torch.nn.functional


def cases(case, t):
    for shape, kernel, options, js in [
        ((2, 2, 7), 2, {}, {}),
        ((1, 2, 8), 3, {'stride': 2, 'padding': 1}, {}),
        ((2, 8), 3, {'stride': 2, 'ceil_mode': True}, {'ceilMode': True}),
    ]:
        named = {k: v for k, v in options.items() if k != 'ceil_mode'} | js
        case('avgPool1d', lambda x: F.avg_pool1d(x, kernel, **options), [t(*shape)], kernel, named)
        case(
            'maxPool1d',
            lambda x: F.max_pool1d(x, kernel, return_indices=True, **options),
            [t(*shape)],
            kernel,
            {**named, 'returnIndices': True},
        )
    case('maxPool1d', lambda x: F.max_pool1d(x, 2, dilation=3), [t(1, 1, 9)], 2, {'dilation': 3})
    case('maxPool1d', lambda x: F.max_pool1d(x, 3), [torch.tensor([[[1.0, float('nan'), 2, float('inf'), -1, 0]]], dtype=torch.float64)], 3, grad=False)
    x = t(1, 2, 7)
    y, indices = F.max_pool1d(x, 2, return_indices=True)
    case('maxUnpool1d', lambda y, i: F.max_unpool1d(y, i, 2, output_size=[7]), [y, indices], 7)
