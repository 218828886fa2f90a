import torch


def cases(case, t):
    for equation, *shapes in [
        ('ij,jk->ik', (2, 3), (3, 4)), ('ij,jk', (2, 3), (3, 4)), ('bij,bjk->bik', (2, 2, 3), (2, 3, 2)), ('i,i->', (3,), (3,)),
        ('i,j->ij', (3,), (2,)), ('ij->ji', (2, 3)), ('ij->', (2, 3)), ('ij->j', (2, 3)), ('ii', (3, 3)), ('ii->i', (3, 3)),
        ('bij,bij->b', (2, 2, 3), (2, 2, 3)), ('...ij->...ji', (2, 1, 2, 3)), ('...ij,...jk->...ik', (2, 1, 2, 3), (3, 3, 2)),
        ('ijk,jil->kl', (2, 3, 2), (3, 2, 4)), ('ij,jk,kl->il', (2, 3), (3, 2), (2, 4)), ('ba', (2, 3)), ('bhqd,bhkd->bhqk', (1, 2, 3, 2), (1, 2, 4, 2)),
        ('ij,ij->ij', (2, 3), (2, 3)), ('ik,jk->ij', (2, 3), (4, 3)), ('i...,i...->...', (3, 2), (3, 2)), ('ij,kj,lj->ikl', (2, 2), (3, 2), (2, 2)),
        ('iij,j->i', (2, 2, 3), (3,)),
    ]:
        inputs = [t(*s) for s in shapes]
        case('einsum', lambda *xs: torch.einsum(equation, *xs), inputs, args=[equation] + [f'${i}' for i in range(len(inputs))])
    case('outer', torch.outer, [t(3), t(2)])
    case('dot', torch.dot, [t(3), t(3)])
    case('bmm', torch.bmm, [t(2, 2, 3), t(2, 3, 2)])
