import torch
from torch import inf, nan, tensor


def cases(case, t):
    special = tensor([nan, inf, -inf, 0.0, 1.0]).double()
    flags = tensor([True, False, True, False]), tensor([True, True, False, False])
    for op, fn in {'logicalAnd': torch.logical_and, 'logicalOr': torch.logical_or, 'logicalXor': torch.logical_xor}.items():
        case(op, fn, list(flags))
        case(op, fn, [special, special.flip(0)], grad=False)
        case(op, fn, [tensor([[2], [0]], dtype=torch.int32), tensor([0, 3], dtype=torch.int32)])
    case('isinf', torch.isinf, [special])
    case('isfinite', torch.isfinite, [special])
    mask = tensor([[True, False, True], [False, False, True]])
    case('maskedFill', lambda x, m: x.masked_fill(m, 2.5), [t(2, 3), mask], 2.5)
    case('maskedFill', lambda x, m: x.masked_fill(m, -inf), [t(4, 2, 3), mask], '-Infinity')
    case('maskedFill', lambda x, m: x.masked_fill(m, 7), [tensor([[1, 2, 3]] * 2, dtype=torch.int32), mask], 7)
    a, b = tensor([1.0, 1.0, inf, nan, 1e-9]).double(), tensor([1.000001, 1.1, inf, nan, 0]).double()
    case('isclose', torch.isclose, [a, b], grad=False)
    case('isclose', lambda x, y: torch.isclose(x, y, rtol=0.2, equal_nan=True), [a, b], {'rtol': 0.2, 'equalNan': True}, grad=False)
