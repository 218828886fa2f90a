import torch

F = torch.nn.functional


def cases(case, t):
    def norm(op, fn, x, w=None, b=None, *rest, js=None, extra=()):
        tensors = [x] + [v for v in (w, b) if v is not None] + list(extra)
        names = {'weight': 1, 'bias': 2} if w is not None else {}
        kw = {k: f'${i}' for k, i in names.items()}
        case(op, fn, tensors, args=['$0', *rest, {**kw, **(js or {})}])

    for shape in [(3, 2, 2, 3), (4, 3), (2, 3, 4)]:
        C = shape[1]
        norm(
            'batchNorm',
            lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
            t(*shape),
            t(C),
            t(C),
            js={'training': True},
        )
        norm(
            'batchNorm',
            lambda x, w, b, m, v: F.batch_norm(x, m.detach(), v.detach(), w, b, eps=1e-3),
            t(*shape),
            t(C),
            t(C),
            js={'runningMean': '$3', 'runningVar': '$4', 'eps': 1e-3},
            extra=[t(C), t(C, low=0.5, high=2)],
        )
    norm('batchNorm', lambda x: F.batch_norm(x, None, None, training=True), t(2, 2, 3), js={'training': True})
    norm('layerNorm', lambda x, w, b: F.layer_norm(x, [5], w, b), t(3, 5), t(5), t(5), 5)
    norm('layerNorm', lambda x, w, b: F.layer_norm(x, [5], w, b), t(5, 5), t(5), t(5), 5)
    norm('layerNorm', lambda x, w, b: F.layer_norm(x, [2, 3], w, b, 1e-2), t(2, 2, 2, 3), t(2, 3), t(2, 3), [2, 3], js={'eps': 1e-2})
    norm('layerNorm', lambda x: F.layer_norm(x, [4]), t(2, 3, 4), None, None, 4)
    norm('groupNorm', lambda x, w, b: F.group_norm(x, 2, w, b), t(2, 4, 2, 3), t(4), t(4), 2)
    norm('groupNorm', lambda x: F.group_norm(x, 3), t(2, 6), None, None, 3)
    norm('instanceNorm', lambda x, w, b: F.instance_norm(x, weight=w, bias=b), t(2, 3, 2, 3), t(3), t(3))
    norm('instanceNorm', lambda x: F.instance_norm(x), t(1, 2, 4))
    norm(
        'instanceNorm',
        lambda x, w, b, m, v: F.instance_norm(x, m.detach(), v.detach(), w, b, use_input_stats=False),
        t(2, 3, 2, 3),
        t(3),
        t(3),
        js={'runningMean': '$3', 'runningVar': '$4', 'useInputStats': False},
        extra=[t(3), t(3, low=0.5, high=2)],
    )
    for shape, size, kw in [((2, 4, 3), 3, {}), ((1, 5, 2, 2), 4, {'alpha': 0.5, 'beta': 0.6, 'k': 2})]:
        case(
            'localResponseNorm',
            lambda x: F.local_response_norm(x, size, kw.get('alpha', 1e-4), kw.get('beta', 0.75), kw.get('k', 1.0)),
            [t(*shape)],
            size,
            kw,
        )
