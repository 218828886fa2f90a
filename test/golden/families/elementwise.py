import torch
from torch import inf, nan, tensor

F = torch.nn.functional
SPECIAL = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.5, 1e-3]


def cases(case, t):
    special = tensor(SPECIAL, dtype=torch.float64)
    for op, fn in {
        'neg': torch.neg, 'abs': torch.abs, 'sign': torch.sign, 'exp': torch.exp, 'log': torch.log, 'sqrt': torch.sqrt,
        'reciprocal': torch.reciprocal, 'square': torch.square, 'sin': torch.sin, 'cos': torch.cos, 'tanh': torch.tanh,
        'sigmoid': torch.sigmoid, 'relu': torch.relu, 'floor': torch.floor, 'ceil': torch.ceil, 'round': torch.round,
    }.items():
        low = 0.1 if op in ('log', 'sqrt') else -3
        case(op, fn, [t(2, 5, low=low, high=3)])
        case(op, fn, [special])
    case('leakyRelu', F.leaky_relu, [t(2, 5)])
    case('leakyRelu', lambda x: F.leaky_relu(x, 0.2), [special], {'negativeSlope': 0.2})
    shapes = [((3, 4), (3, 4)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((3,), ()), ((0, 3), (3,)), ((1, 5), (2, 1, 5))]
    for op, fn in {
        'add': torch.add, 'sub': torch.sub, 'mul': torch.mul, 'div': torch.div,
        'maximum': torch.maximum, 'minimum': torch.minimum,
    }.items():
        for a, b in shapes:
            case(op, fn, [t(*a), t(*b)])
        case(op, fn, [special, special.flip(0)])
        case(op, fn, [special, tensor(2.0, dtype=torch.float64)])
    for a, b in shapes:
        case('pow', torch.pow, [t(*a, low=0.2, high=2), t(*b)])
    case('pow', lambda x: x ** 2, [t(5)], 2)
    case('pow', lambda x: x ** 3, [t(5)], 3)
    case('pow', lambda x: x ** 0.5, [t(5, low=0.1, high=3)], 0.5)
    case('pow', lambda x: x ** -1, [t(5, low=0.1, high=3)], -1)
    case('pow', lambda x: x ** 3, [special], 3)
    case('pow', lambda x: x ** 1, [special], 1)
    case('pow', lambda x: x ** 2, [special], 2)
    case('pow', lambda x: 2 ** x, [t(5)], args=[2, '$0'])
    case('maximum', torch.maximum, [tensor([1.0, 2, 3]).double(), tensor([1.0, 3, 2]).double()])
    case('minimum', torch.minimum, [tensor([1.0, 2, 3]).double(), tensor([1.0, 3, 2]).double()])
    for op, fn in {
        'eq': torch.eq, 'ne': torch.ne, 'lt': torch.lt, 'le': torch.le, 'gt': torch.gt, 'ge': torch.ge,
    }.items():
        case(op, fn, [tensor([[1.0], [2.0]]).double(), tensor([1.0, 2, 3]).double()])
        case(op, fn, [special, special.flip(0)])
    case('isnan', torch.isnan, [special])
    case('logicalNot', torch.logical_not, [special])
    mask = tensor([[True, False, True], [False, False, True]])
    case('where', torch.where, [mask, t(2, 3), t(2, 3)])
    case('where', torch.where, [mask, t(3), t(2, 1)])
    case('where', torch.where, [mask[0], t(2, 3), t()])
    case('clamp', lambda x: x.clamp(-1, 1), [special], {'min': -1, 'max': 1})
    case('clamp', lambda x: x.clamp(min=0.5), [t(2, 4)], {'min': 0.5})
    case('clamp', lambda x: x.clamp(max=0.5), [t(2, 4)], {'max': 0.5})
    for op, fn, low, high in [
        ('expm1', torch.expm1, -3, 3), ('log1p', torch.log1p, -0.9, 3), ('log2', torch.log2, 0.1, 3),
        ('log10', torch.log10, 0.1, 3), ('rsqrt', torch.rsqrt, 0.1, 3), ('tan', torch.tan, -1.4, 1.4),
        ('asin', torch.asin, -0.95, 0.95), ('acos', torch.acos, -0.95, 0.95), ('atan', torch.atan, -3, 3),
        ('sinh', torch.sinh, -3, 3), ('cosh', torch.cosh, -3, 3), ('asinh', torch.asinh, -3, 3),
        ('acosh', torch.acosh, 1.1, 3), ('atanh', torch.atanh, -0.95, 0.95), ('erf', torch.erf, -3, 3),
        ('trunc', torch.trunc, -3, 3),
    ]:
        case(op, fn, [t(2, 5, low=low, high=high)])
        case(op, fn, [special])
    case('erf', torch.erf, [tensor([0.0, 1e-8, 1e-3, 0.5, 1, 2, 3, 4, 5, 5.9, 6, 10, -4.5]).double()])
    for a, b in shapes:
        case('atan2', torch.atan2, [t(*a), t(*b)])
        case('remainder', torch.remainder, [t(*a, low=-5, high=5), t(*b, low=0.5, high=2)])
    case('remainder', torch.remainder, [tensor([7.0, -7, 7, -7, 6, inf, 1, 0]).double(), tensor([3.0, 3, -3, -3, 3, 2, inf, 2]).double()], grad=False)
    case('floorDivide', torch.floor_divide, [tensor([7.0, -7, 7, -7]).double(), tensor([3.0, 3, -3, -3]).double()], grad=False)
    case('floorDivide', torch.floor_divide, [tensor([7, -7], dtype=torch.int32), tensor([2, 2], dtype=torch.int32)])
    case('pow', torch.pow, [tensor([0.0, 0, 2, 0]).double(), tensor([0.0, 2, 0, 1]).double()])
    i, b, u = tensor([1, 2, 200], dtype=torch.int32), tensor([True, False, True]), tensor([1, 200, 100], dtype=torch.uint8)
    f = t(3)
    for x, y in [(i, b), (i, u), (u, b), (b, b), (i, f), (b, f), (u, u)]:
        if not (x is b and y is b):
            case('sub' if y is not b and x is not b else 'add', torch.sub if y is not b and x is not b else torch.add, [x, y])
        case('mul', torch.mul, [x, y])
        case('maximum', torch.maximum, [x, y])
        case('eq', torch.eq, [x, y])
    case('mul', torch.mul, [tensor([123456789, -7], dtype=torch.int32), tensor([987654321, 3], dtype=torch.int32)])
    case('add', torch.add, [i, tensor(3, dtype=torch.int32)])
    case('mul', lambda x: x * 2, [u], 2)
