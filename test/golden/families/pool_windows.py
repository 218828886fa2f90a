"""Windows that hang over, lie apart, or see padding."""

import torch

F = torch.nn.functional


def cases(case, t):
    for shape, kernel, options in [
        ((1, 2, 7, 6), (3, 2), {'stride': 2, 'padding': 1, 'dilation': 2}),
        ((1, 1, 7, 7), 2, {'stride': 3, 'ceil_mode': True, 'dilation': (2, 1)}),
        ((2, 1, 5, 4), 3, {'stride': 2, 'padding': 1, 'ceil_mode': True}),
        ((1, 1, 6, 5), 2, {'stride': 5, 'padding': 1, 'ceil_mode': True}),
    ]:
        js = {('ceilMode' if k == 'ceil_mode' else k): v for k, v in options.items()}
        case(
            'maxPool2d',
            lambda x: F.max_pool2d(x, kernel, return_indices=True, **options),
            [t(*shape)],
            kernel,
            {**js, 'returnIndices': True},
        )
        if 'dilation' in options:
            continue
        for count in (True, False):
            case(
                'avgPool2d',
                lambda x: F.avg_pool2d(x, kernel, count_include_pad=count, **options),
                [t(*shape)],
                kernel,
                {**js, 'countIncludePad': count},
            )
    x = t(2, 2, 5, 5)
    y, indices = F.max_pool2d(x, 2, return_indices=True)
    case('maxUnpool2d', lambda y, i: F.max_unpool2d(y, i, 2, output_size=[5, 5]), [y, indices], [5, 5])
    case('maxUnpool2d', lambda y, i: F.max_unpool2d(y, i, 2, output_size=[5, 5]), [y[0], indices[0]], [5, 5])
