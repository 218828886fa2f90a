import torch
from torch import inf, nan, tensor


def cases(case, t):
    x = t(2, 3, 4)
    special = tensor([[1.0, nan, 3.0], [inf, 2.0, -inf], [4.0, 4.0, 0.0]]).double()
    dims = [None, 0, 1, -1, [0, 2], [1, 2]]
    for op, fn in {'sum': torch.sum, 'mean': torch.mean, 'max': torch.amax, 'min': torch.amin}.items():
        for d in dims:
            for keep in (False, True):
                torch_dim = d if d is not None else tuple(range(3))
                js = {} if d is None else {'dim': d}
                case(op, lambda x: fn(x, torch_dim, keepdim=keep), [x], {**js, **({'keepdim': True} if keep else {})})
        case(op, lambda x: fn(x, 1), [special], {'dim': 1})
        case(op, lambda x: fn(x, (0, 1)), [tensor([[2.0, 2.0], [1.0, 2.0]]).double()])
    for op, fn in {'variance': torch.var, 'std': torch.std}.items():
        for d in dims:
            torch_dim = d if d is not None else tuple(range(3))
            js = {} if d is None else {'dim': d}
            case(op, lambda x: fn(x, torch_dim), [x], js)
            case(op, lambda x: fn(x, torch_dim, correction=0, keepdim=True), [x], {**js, 'correction': 0, 'keepdim': True})
    case('prod', torch.prod, [x[0]])
    case('prod', lambda x: x.prod(1), [x], {'dim': 1})
    case('prod', lambda x: x.prod(-1, keepdim=True), [x], {'dim': -1, 'keepdim': True})
    for op, fn in {'argmax': torch.argmax, 'argmin': torch.argmin}.items():
        case(op, fn, [x])
        for d in (0, 1, -1):
            case(op, lambda x: fn(x, d), [x], {'dim': d})
        case(op, lambda x: fn(x, 1, keepdim=True), [special], {'dim': 1, 'keepdim': True})
    case('norm', torch.linalg.vector_norm, [x])
    case('norm', lambda x: torch.linalg.vector_norm(x, dim=1), [x], {'dim': 1})
    case('sum', torch.sum, [tensor([[1, 2], [3, 4]], dtype=torch.int32)])
    case('sum', lambda x: x.sum(0), [tensor([[True, False], [True, True]])], {'dim': 0})
    case('sum', lambda x: x.sum(0), [t(0, 3)], {'dim': 0})
    case('prod', lambda x: x.prod(0), [t(0, 3)], {'dim': 0})
