import torch

F = torch.nn.functional


def cases(case, t):
    x = t(2, 3, 4)
    case('roll', lambda x: x.roll(1), [x], 1)
    case('roll', lambda x: x.roll(-2, 2), [x], -2, 2)
    case('roll', lambda x: x.roll((1, 5), (0, 1)), [x], [1, 5], [0, 1])
    case('tile', lambda x: x.tile(2, 1, 3), [x], [2, 1, 3])
    case('tile', lambda x: x.tile(2), [x], [2])
    case('tile', lambda x: x.tile(2, 2, 1), [t(3)], [2, 2, 1])
    case('tile', lambda x: x.tile(0, 1), [t(2, 2)], [0, 1])
    case('repeatInterleave', lambda x: x.repeat_interleave(2, 1), [x], 2, 1)
    for op, fn in {'tril': torch.tril, 'triu': torch.triu}.items():
        case(op, fn, [t(3, 3)])
        for k in (-1, 1, 2):
            case(op, lambda x: fn(x, k), [t(2, 3, 4)], {'diagonal': k})
    case('diagonal', torch.diagonal, [t(3, 3)])
    for k in (-2, 1, 3):
        case('diagonal', lambda x: x.diagonal(k, 1, 2), [x], {'offset': k, 'dim0': 1, 'dim1': 2})
    case('diagonal', lambda x: x.diagonal(0, -1, 0), [x], {'dim0': -1, 'dim1': 0})
    case('windowed', lambda x: x.unfold(2, 3, 1), [x], 2, 3)
    case('windowed', lambda x: x.unfold(0, 2, 2), [t(5, 2)], 0, 2, 2)
    case('movedim', lambda x: x.movedim(0, 2), [x], 0, 2)
    case('movedim', lambda x: x.movedim(-1, 0), [x], -1, 0)
    case('split', lambda x: x.split(2, 2), [t(2, 3, 5)], 2, 2)
    case('split', lambda x: x.split([1, 0, 3], -1), [x], [1, 0, 3], -1)
    case('chunk', lambda x: x.chunk(3, 2), [x], 3, 2)
    case('chunk', lambda x: x.chunk(2), [t(5)], 2)
    case('unbind', lambda x: x.unbind(1), [x], 1)
    for mode in ('constant', 'reflect', 'replicate', 'circular'):
        for shape, amounts in [((2, 3, 4), [1, 2]), ((1, 2, 3, 4), [2, 1, 1, 2]), ((1, 2, 3, 4), [0, 3, 0, 0]), ((1, 2, 3, 4), [-1, 2, 1, -1])]:
            case('pad', lambda x: F.pad(x, amounts, mode=mode), [t(*shape)], amounts, {'mode': mode})
    case('pad', lambda x: F.pad(x, [1, 1], value=2.5), [t(2, 2)], [1, 1], {'value': 2.5})
    case('pad', lambda x: F.pad(x, [-1, -1, 0, 1]), [t(2, 4)], [-1, -1, 0, 1])
