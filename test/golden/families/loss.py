import torch

F = torch.nn.functional


def cases(case, t):
    i = lambda *v: torch.tensor(v)
    for reduction in ('mean', 'sum', 'none'):
        r = {} if reduction == 'mean' else {'reduction': reduction}
        kw = {'reduction': reduction}
        case('crossEntropy', lambda x, y: F.cross_entropy(x, y, **kw), [t(4, 3), i(0, 2, 1, 2)], r)
        case('nllLoss', lambda x, y: F.nll_loss(x, y, **kw), [t(4, 3), i(0, 2, 1, 2)], r)
        case(
            'crossEntropy',
            lambda x, y, w: F.cross_entropy(x, y, w.detach(), ignore_index=1, label_smoothing=0.2, **kw),
            [t(5, 4), i(0, 1, 3, 2, 1), t(4, low=0.5, high=2)],
            args=['$0', '$1', {'weight': '$2', 'ignoreIndex': 1, 'labelSmoothing': 0.2, **r}],
        )
        case(
            'crossEntropy',
            lambda x, y: F.cross_entropy(x, y, ignore_index=-1, label_smoothing=0.1, **kw),
            [t(2, 3, 2, 2), torch.tensor([[[0, -1], [2, 1]], [[1, 1], [0, -1]]])],
            {'ignoreIndex': -1, 'labelSmoothing': 0.1, **r},
        )
        case(
            'nllLoss',
            lambda x, y, w: F.nll_loss(x, y, w.detach(), **kw),
            [t(2, 3, 2), torch.tensor([[0, 2], [1, -100]]), t(3, low=0.5, high=2)],
            args=['$0', '$1', {'weight': '$2', **r}],
        )
        p = torch.softmax(t(3, 4), 1)
        case('crossEntropy', lambda x, y: F.cross_entropy(x, y, **kw), [t(3, 4), p], r)
        case(
            'crossEntropy',
            lambda x, y, w: F.cross_entropy(x, y, w.detach(), label_smoothing=0.3, **kw),
            [t(2, 3, 2), torch.softmax(t(2, 3, 2), 1), t(3, low=0.5, high=2)],
            args=['$0', '$1', {'weight': '$2', 'labelSmoothing': 0.3, **r}],
        )
        for op, fn, extra in [
            ('mseLoss', F.mse_loss, {}),
            ('l1Loss', F.l1_loss, {}),
            ('huberLoss', F.huber_loss, {'delta': 0.7}),
            ('smoothL1Loss', F.smooth_l1_loss, {'beta': 0.5}),
            ('smoothL1Loss', F.smooth_l1_loss, {'beta': 0.0}),
        ]:
            case(op, lambda x, y: fn(x, y, **extra, **kw), [t(3, 4), t(3, 4)], {**extra, **r})
        case(
            'binaryCrossEntropy',
            lambda x, y, w: F.binary_cross_entropy(x, y, w.detach(), **kw),
            [t(3, 2, low=0.05, high=0.95), t(3, 2, low=0, high=1), t(3, 2, low=0.5, high=2)],
            args=['$0', '$1', {'weight': '$2', **r}],
        )
        case(
            'binaryCrossEntropyWithLogits',
            lambda x, y, p: F.binary_cross_entropy_with_logits(x, y, pos_weight=p.detach(), **kw),
            [t(4, 3), t(4, 3, low=0, high=1), t(3, low=0.5, high=3)],
            args=['$0', '$1', {'posWeight': '$2', **r}],
        )
        case('klDiv', lambda x, y: F.kl_div(x, y, **kw), [t(3, 4), torch.softmax(t(3, 4), 1)], r)
    case('crossEntropy', lambda x, y: F.cross_entropy(x, y), [t(5), torch.tensor(3)])
    case('crossEntropy', lambda x, y: F.cross_entropy(x, y), [torch.tensor([[1000.0, -1000, 0], [0, 0, 0]], dtype=torch.float64), i(1, 2)])
    case('crossEntropy', lambda x, y: F.cross_entropy(x, y), [t(2, 3), i(-100, -100)])
    case('binaryCrossEntropyWithLogits', lambda x, y: F.binary_cross_entropy_with_logits(x, y), [torch.tensor([0.0, 200, -200, 0], dtype=torch.float64), torch.tensor([0.0, 1, 1, 1], dtype=torch.float64)])
    case('binaryCrossEntropy', lambda x, y: F.binary_cross_entropy(x, y.detach()), [torch.tensor([0.0, 1, 1, 0.5], dtype=torch.float64), torch.tensor([0.0, 1, 0, 1], dtype=torch.float64)], args=['$0', '$1'])
    case('klDiv', lambda x, y: F.kl_div(x, y.detach(), reduction='batchmean'), [t(2, 3), torch.tensor([[0.0, 0.5, 0.5], [1, 0, 0]], dtype=torch.float64)], {'reduction': 'batchMean'})
    case('klDiv', lambda x, y: F.kl_div(x, y, log_target=True), [t(2, 3), t(2, 3)], {'logTarget': True})
    case('cosineSimilarity', lambda x, y: F.cosine_similarity(x, y), [t(3, 4), t(3, 4)])
    case('cosineSimilarity', lambda x, y: F.cosine_similarity(x, y, dim=-1), [t(2, 2, 3), t(2, 2, 3)], {'dim': -1})
