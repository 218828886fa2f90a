import torch

F = torch.nn.functional


def cases(case, t):
    for shape, size in [((2, 2, 4, 6), (2, 3)), ((1, 2, 7, 5), (3, 4)), ((3, 5, 5), 3), ((1, 1, 2, 3), (5, 4)), ((1, 2, 5, 6), (None, 1))]:
        case('adaptiveAvgPool2d', lambda x: F.adaptive_avg_pool2d(x, size), [t(*shape)], size)
        case(
            'adaptiveMaxPool2d',
            lambda x: F.adaptive_max_pool2d(x, size, return_indices=True),
            [t(*shape)],
            size,
            {'returnIndices': True},
        )
    case('adaptiveMaxPool2d', lambda x: F.adaptive_max_pool2d(x, 3), [t(1, 1, 7, 4)], 3)
    for shape, size in [((2, 2, 7), 3), ((2, 6), 2), ((1, 1, 2), 5)]:
        case('adaptiveAvgPool1d', lambda x: F.adaptive_avg_pool1d(x, size), [t(*shape)], size)
        case(
            'adaptiveMaxPool1d',
            lambda x: F.adaptive_max_pool1d(x, size, return_indices=True),
            [t(*shape)],
            size,
            {'returnIndices': True},
        )
    for shape, options in [
        ((1, 2, 3, 4), {'size': (6, 7)}),
        ((1, 2, 5, 4), {'size': (3, 3)}),
        ((2, 1, 3, 3), {'scale_factor': 2}),
        ((1, 1, 5, 4), {'scale_factor': (1.5, 0.6)}),
        ((1, 2, 4), {'size': 7}),
        ((1, 2, 3, 4), {'size': (6, 7), 'mode': 'bilinear'}),
        ((1, 2, 5, 6), {'size': (3, 4), 'mode': 'bilinear'}),
        ((1, 1, 4, 3), {'size': (7, 5), 'mode': 'bilinear', 'align_corners': True}),
        ((1, 1, 4, 3), {'size': (1, 2), 'mode': 'bilinear', 'align_corners': True}),
        ((1, 2, 3, 3), {'scale_factor': (2, 2.5), 'mode': 'bilinear'}),
        ((1, 2, 5), {'size': 9, 'mode': 'linear'}),
    ]:
        js = {{'scale_factor': 'scaleFactor', 'align_corners': 'alignCorners'}.get(k, k): v for k, v in options.items()}
        case('interpolate', lambda x: F.interpolate(x, **options), [t(*shape)], js)
