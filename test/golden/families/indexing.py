import torch
from torch import tensor

F = torch.nn.functional


def cases(case, t):
    x = t(3, 4, 5)
    i, j = tensor([2, 0], dtype=torch.int64), tensor([1, 3], dtype=torch.int64)
    case('at', lambda x: x[1], [x], 1)
    case('at', lambda x: x[1, -1], [x], 1, -1)
    case('at', lambda x: x[:, 1:3], [x], ':', '1:3')
    case('at', lambda x: x[0, ::2, -2:], [x], 0, '::2', '-2:')
    case('at', lambda x: x[..., 1], [x], '...', 1)
    case('at', lambda x: x[None, :, None, 2], [x], None, ':', None, 2)
    case('at', lambda x: x[[2, 0, 2]], [x], [2, 0, 2])
    case('at', lambda x: x[:, [0, -1]], [x], ':', [0, -1])
    case('at', lambda x, i: x[i], [x, i], args=['$0', '$1'])
    case('at', lambda x, i, j: x[i, j], [x, i, j], args=['$0', '$1', '$2'])
    case('at', lambda x, i, j: x[:, i, j], [x, i, j], args=['$0', ':', '$1', '$2'])
    case('at', lambda x, i, j: x[i, :, j], [x, i, j], args=['$0', '$1', ':', '$2'])
    case('at', lambda x, i, j: x[i, j], [x, tensor([[2], [0]]), j], args=['$0', '$1', '$2'])
    mask = x > 0.3
    case('at', lambda x, m: x[m], [x, mask], args=['$0', '$1'])
    rows = tensor([True, False, True])
    case('at', lambda x, m: x[m], [x, rows], args=['$0', '$1'])
    case('at', lambda x, m: x[m, 1], [x, rows], args=['$0', '$1', 1])
    case('at', lambda x, m: x[:, m], [x, tensor([True, False, False, True])], args=['$0', ':', '$1'])
    index = tensor([[0, 2, 1], [1, 0, 0]], dtype=torch.int64)
    case('scatterAdd', lambda x, i, s: x.scatter_add(1, i, s), [t(2, 4), index, t(2, 3)], args=['$0', 1, '$1', '$2'])
    case('scatterAdd', lambda x, i, s: x.scatter_add(0, i, s), [t(3, 3), index, t(2, 3)], args=['$0', 0, '$1', '$2'])
    case('indexAdd', lambda x, s: x.index_add(0, tensor([2, 0, 2]), s), [t(3, 2), t(3, 2)], args=['$0', 0, [2, 0, 2], '$1'])
    case('indexAdd', lambda x, s: x.index_add(1, tensor([1]), s), [t(3, 2), t(3, 1)], args=['$0', 1, [1], '$1'])
    case('take', lambda x, i: x.take(i), [t(3, 4), index], args=['$0', '$1'])
    case('maskedSelect', lambda x, m: x.masked_select(m), [x, mask])
    case('nonzero', torch.nonzero, [tensor([[1, 0], [0, 2]], dtype=torch.int32)])
    case('embedding', lambda i, w: F.embedding(i, w), [index, t(4, 3)])
    case('embedding', lambda i, w: F.embedding(i, w, padding_idx=0), [index, t(4, 3)], {'paddingIndex': 0})
