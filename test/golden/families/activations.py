import torch
from torch import inf, nan, tensor

F = torch.nn.functional


def cases(case, t):
    special = tensor([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 6.0, 25.0, -25.0]).double()
    for op, fn, rest in [
        ('leakyRelu', F.leaky_relu, []), ('elu', F.elu, []), ('elu', lambda x: F.elu(x, 0.5), [{'alpha': 0.5}]),
        ('selu', F.selu, []), ('silu', F.silu, []), ('gelu', F.gelu, []),
        ('gelu', lambda x: F.gelu(x, approximate='tanh'), [{'approximate': 'tanh'}]), ('softplus', F.softplus, []),
        ('softplus', lambda x: F.softplus(x, 2, 1), [{'beta': 2, 'threshold': 1}]), ('mish', F.mish, []),
        ('softsign', F.softsign, []), ('logSigmoid', F.logsigmoid, []), ('hardtanh', F.hardtanh, []),
        ('hardtanh', lambda x: F.hardtanh(x, -0.5, 2), [{'min': -0.5, 'max': 2}]), ('relu6', F.relu6, []),
    ]:
        case(op, fn, [t(3, 5, low=-4, high=8)], *rest)
        keep = special[3:] if op in ('silu', 'gelu', 'mish', 'softsign', 'selu') else special
        case(op, fn, [keep], *rest)
    case('prelu', F.prelu, [t(2, 3, 2), t(3)])
    case('prelu', F.prelu, [t(4), t(1)])
