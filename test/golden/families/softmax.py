import torch
from torch import inf, tensor

F = torch.nn.functional


def cases(case, t):
    x = t(2, 3, 4)
    large = tensor([[1000.0, 0.0, -1000.0], [3.0, 3.0, 3.0], [-inf, 0.0, 1.0]]).double()
    for op, fn in {'softmax': torch.softmax, 'logSoftmax': torch.log_softmax}.items():
        case(op, lambda x: fn(x, -1), [x])
        case(op, lambda x: fn(x, 0), [x], 0)
        case(op, lambda x: fn(x, 1), [x], 1)
        case(op, lambda x: fn(x, 1), [large], 1)
    classes = tensor([2, 0, 1, 2], dtype=torch.int64)
    for reduction in ('mean', 'sum', 'none'):
        js = {} if reduction == 'mean' else {'reduction': reduction}
        case('crossEntropy', lambda x, y: F.cross_entropy(x, y, reduction=reduction), [t(4, 3), classes], js)
        case('nllLoss', lambda x, y: F.nll_loss(x, y, reduction=reduction), [t(4, 3), classes], js)
        case('mseLoss', lambda x, y: F.mse_loss(x, y, reduction=reduction), [t(2, 3), t(2, 3)], js)
        case('l1Loss', lambda x, y: F.l1_loss(x, y, reduction=reduction), [t(2, 3), t(2, 3)], js)
