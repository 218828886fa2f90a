import torch

F = torch.nn.functional


def cases(case, t):
    for shape, kernel, options, js in [
        ((2, 3, 4, 4), 2, {}, {}),
        ((1, 2, 5, 5), 3, {'stride': 2, 'padding': 1}, {}),
        ((1, 1, 5, 6), (2, 3), {'stride': (1, 2)}, {}),
        ((1, 2, 5, 5), 2, {'ceil_mode': True}, {'ceilMode': True}),
        ((3, 4, 4), 2, {}, {}),
    ]:
        named = {k: v for k, v in options.items() if k != 'ceil_mode'} | js
        case('maxPool2d', lambda x: F.max_pool2d(x, kernel, **options), [t(*shape)], kernel, named)
        case('avgPool2d', lambda x: F.avg_pool2d(x, kernel, **options), [t(*shape)], kernel, named)
        case(
            'maxPool2d',
            lambda x: F.max_pool2d(x, kernel, return_indices=True, **options),
            [t(*shape)],
            kernel,
            {**named, 'returnIndices': True},
        )
    case(
        'avgPool2d',
        lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
        [t(1, 1, 6, 6)],
        3,
        {'stride': 2, 'padding': 1, 'countIncludePad': False},
    )
    for kernel, options, js in [
        (2, {'divisor_override': 3}, {'divisorOverride': 3}),
        (3, {'stride': 3, 'padding': 1, 'divisor_override': 5}, {'stride': 3, 'padding': 1, 'divisorOverride': 5}),
        (2, {'stride': 2, 'ceil_mode': True, 'divisor_override': 7}, {'stride': 2, 'ceilMode': True, 'divisorOverride': 7}),
    ]:
        case('avgPool2d', lambda x: F.avg_pool2d(x, kernel, **options), [t(2, 1, 5, 5)], kernel, js)
    x = t(1, 2, 4, 4)
    y, indices = F.max_pool2d(x, 2, return_indices=True)
    case('maxUnpool2d', lambda y, i: F.max_unpool2d(y, i, 2), [y, indices], [4, 4])
