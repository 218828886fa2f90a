import torch
from torch import inf, nan, tensor


def cases(case, t):
    x = t(2, 3, 4)
    special = tensor([[1.0, 0.0, 3.0, 0.0], [2.0, nan, 1.0, inf]]).double()
    zeros = tensor([[2.0, 0.0, 3.0, 4.0], [0.0, 1.0, 0.0, 2.0], [1.0, 2.0, 3.0, 4.0]]).double()
    for op, fn in {'cumsum': torch.cumsum, 'cumprod': torch.cumprod}.items():
        for d in (0, 1, -1):
            case(op, lambda x: fn(x, d), [x], d)
        case(op, lambda x: fn(x, 1), [zeros], 1)
        case(op, lambda x: fn(x, 1), [special], 1, grad=False)
        case(op, lambda x: fn(x, 0), [t(0, 3)], 0)
    case('cumsum', lambda x: x.cumsum(0), [tensor([1, 2, 3], dtype=torch.int32)], 0)
    case('prod', lambda x: x.prod(1), [zeros], {'dim': 1})
    case('prod', torch.prod, [zeros])
    case('prod', lambda x: x.prod(0, keepdim=True), [zeros], {'dim': 0, 'keepdim': True})
    for p in (1, 2, 3, 0.5, inf, -inf, 0):
        js = {inf: 'Infinity', -inf: '-Infinity'}.get(p, p)
        case('norm', lambda x: torch.linalg.vector_norm(x, p), [x], {'p': js})
        case('norm', lambda x: torch.linalg.vector_norm(x, p, dim=(0, 2), keepdim=True), [x], {'p': js, 'dim': [0, 2], 'keepdim': True})
    case('norm', torch.linalg.vector_norm, [tensor([0.0, 0.0]).double()])
    case('std', lambda x: x.std(1), [tensor([[1.0, 1.0], [1.0, 2.0]]).double()], {'dim': 1})
    case('logsumexp', lambda x: x.logsumexp(1), [x], {'dim': 1})
    case('logsumexp', lambda x: x.logsumexp((0, 2), keepdim=True), [x], {'dim': [0, 2], 'keepdim': True})
    case('logsumexp', lambda x: x.logsumexp(1), [tensor([[1000.0, 1000.0], [-inf, 2.0], [-1000.0, -1001.0]]).double()], {'dim': 1})
    for op, fn in {'any': torch.any, 'all': torch.all}.items():
        flags = tensor([[True, False], [True, True], [False, False]])
        case(op, fn, [flags])
        case(op, lambda x: fn(x, 1), [flags], {'dim': 1})
        case(op, lambda x: fn(x, 0, keepdim=True), [x], {'dim': 0, 'keepdim': True}, grad=False)
        case(op, lambda x: fn(x, 0), [torch.zeros(0, 2, dtype=torch.bool)], {'dim': 0})
    for d in (0, 1, -1):
        for down in (False, True):
            case('sort', lambda x: x.sort(d, descending=down), [x], {'dim': d, 'descending': down})
            case('argsort', lambda x: x.argsort(d, descending=down), [x], {'dim': d, 'descending': down})
        case('topk', lambda x: x.topk(2, d), [x], 2, {'dim': d})
        case('topk', lambda x: x.topk(1, d, largest=False), [x], 1, {'dim': d, 'largest': False})
    ties = tensor([3.0, nan, 1.0, inf, 3.0, -inf, 1.0]).double()
    case('sort', lambda x: x.sort(stable=True), [ties])
    case('sort', lambda x: x.sort(stable=True, descending=True), [ties], {'descending': True})
    case('topk', lambda x: x.topk(3), [tensor([1.0, nan, 5.0, inf]).double()], 3)
    case('sort', lambda x: x.sort(), [tensor([3, 1, 2], dtype=torch.int32)])
