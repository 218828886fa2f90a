import torch
from torch import tensor


def cases(case, t):
    index = tensor([[0, 2, 1], [1, 0, 0]], dtype=torch.int64)
    case('gather', lambda x, i: x.gather(1, i), [t(2, 3), index], args=['$0', 1, '$1'])
    case('gather', lambda x, i: x.gather(0, i), [t(3, 3), index], args=['$0', 0, '$1'])
    case('gather', lambda x, i: x.gather(1, i), [t(4, 5), index], args=['$0', 1, '$1'])
    case('indexSelect', lambda x: x.index_select(0, tensor([2, 0, 2])), [t(3, 4)], 0, [2, 0, 2])
    case('indexSelect', lambda x: x.index_select(-1, tensor([1])), [t(3, 4)], -1, [1])
