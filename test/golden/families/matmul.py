import torch

F = torch.nn.functional


def cases(case, t):
    for a, b in [
        ((3,), (3,)), ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)),
        ((2, 1, 2, 3), (5, 3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 4)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((1, 1), (1, 1)),
        ((9, 17), (17, 33)),
    ]:
        case('matmul', torch.matmul, [t(*a), t(*b)])
    case('linear', F.linear, [t(4, 3), t(2, 3), t(2)])
    case('linear', F.linear, [t(4, 3), t(2, 3)])
    case('linear', F.linear, [t(3), t(2, 3), t(2)])
    case('linear', F.linear, [t(2, 4, 3), t(5, 3), t(5)])
