import torch

F = torch.nn.functional


def cases(case, t):
    for shape, kernel, kw in [
        ((2, 2, 4, 5), (2, 3), {}),
        ((1, 2, 5, 5), 3, {'stride': 2, 'padding': 1}),
        ((1, 1, 6, 5), 2, {'dilation': (2, 3), 'padding': (0, 1), 'stride': (1, 2)}),
    ]:
        case('unfold', lambda x: F.unfold(x, kernel, **kw), [t(*shape)], kernel, kw)
        columns = F.unfold(torch.zeros(shape, dtype=torch.float64), kernel, **kw)
        size = shape[2:]
        case('fold', lambda x: F.fold(x, size, kernel, **kw), [t(*columns.shape)], size, kernel, kw)
