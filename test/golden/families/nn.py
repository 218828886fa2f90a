"""Layers: names in the state, outputs, gradients of inputs and parameters, buffers afterwards.

Parameters are numbers(…, 1 + i) / 2, float inputs numbers(…, 50 + k); outputs are contracted with cos(1 + 1.7 i).
"""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from models import numbers  # noqa: E402

nn = torch.nn


def values(t):
    return [float(f'{v:.11g}') for v in t.detach().reshape(-1).tolist()]


def make():
    out = []

    def case(layer, module, args, *shapes, rest=None, run=None, train=True, given=None, steps=1):
        """`rest`: our further arguments of forward; `run`: how PyTorch is called, default module(*inputs)."""
        m = module.double().train(train)
        with torch.no_grad():
            for i, p in enumerate(m.parameters()):
                p.copy_((numbers(p.numel(), 1 + i) / 2).reshape(p.shape))
        inputs = given or [numbers(torch.Size(s).numel(), 50 + k).reshape(s).requires_grad_() for k, s in enumerate(shapes)]
        for _ in range(steps):
            found = (run or (lambda m, *xs: m(*xs)))(m, *inputs)
            flat = []

            def collect(v):
                if torch.is_tensor(v):
                    flat.append(v)
                else:
                    for u in v:
                        collect(u)

            collect(found)
        total = sum(
            (o * torch.cos(1 + 1.7 * torch.arange(o.numel(), dtype=o.dtype)).reshape(o.shape)).sum()
            for o in flat
            if o.requires_grad
        )
        total.backward()
        out.append(
            {
                'layer': layer,
                'args': args,
                'train': train,
                'steps': steps,
                'rest': rest or [],
                'state': {k: list(v.shape) for k, v in m.state_dict().items()},
                'inputs': [
                    {'shape': list(x.shape)} if x.is_floating_point() else {'shape': list(x.shape), 'data': x.reshape(-1).tolist()}
                    for x in inputs
                ],
                'outputs': [{'shape': list(o.shape), 'data': values(o)} for o in flat],
                'grads': [values(x.grad) if x.grad is not None else None for x in inputs],
                'parameters': {k: values(p.grad) for k, p in m.named_parameters()},
                'buffers': {k: values(b) for k, b in m.named_buffers()},
            }
        )

    case('Linear', nn.Linear(3, 2), [3, 2], (2, 4, 3))
    case('Linear', nn.Linear(3, 2, bias=False), [3, 2, {'bias': False}], (4, 3))
    case('Embedding', nn.Embedding(5, 3), [5, 3], given=[torch.tensor([[0, 4, 1], [1, 1, 2]])])
    case('Conv1d', nn.Conv1d(2, 4, 3, stride=2, padding=1, groups=2), [2, 4, 3, {'stride': 2, 'padding': 1, 'groups': 2}], (2, 2, 6))
    case('Conv2d', nn.Conv2d(4, 2, (3, 2), padding=(1, 0), groups=2), [4, 2, [3, 2], {'padding': [1, 0], 'groups': 2}], (1, 4, 4, 3))
    case('Conv2d', nn.Conv2d(1, 2, 3, padding='same', bias=False), [1, 2, 3, {'padding': 'same', 'bias': False}], (2, 1, 4, 4))
    case('ConvTranspose1d', nn.ConvTranspose1d(2, 3, 3, stride=2), [2, 3, 3, {'stride': 2}], (1, 2, 4))
    case(
        'ConvTranspose2d',
        nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2),
        [2, 4, 3, {'stride': 2, 'padding': 1, 'outputPadding': 1, 'groups': 2}],
        (1, 2, 3, 3),
    )
    case('BatchNorm1d', nn.BatchNorm1d(3), [3], (4, 3), steps=3)
    case('BatchNorm1d', nn.BatchNorm1d(2, momentum=None), [2, {'momentum': None}], (3, 2, 4), steps=3)
    case('BatchNorm2d', nn.BatchNorm2d(2, eps=1e-3, momentum=0.3), [2, {'eps': 1e-3, 'momentum': 0.3}], (3, 2, 2, 2))
    case('BatchNorm2d', nn.BatchNorm2d(2), [2], (3, 2, 2, 2), train=False)
    case('BatchNorm2d', nn.BatchNorm2d(2, affine=False, track_running_stats=False), [2, {'affine': False, 'trackRunningStats': False}], (3, 2, 2, 2), train=False)
    case('LayerNorm', nn.LayerNorm((2, 3)), [[2, 3]], (2, 2, 3))
    case('GroupNorm', nn.GroupNorm(2, 4), [2, 4], (2, 4, 3))
    case('InstanceNorm2d', nn.InstanceNorm2d(2, affine=True), [2, {'affine': True}], (2, 2, 2, 3))
    case('LocalResponseNorm', nn.LocalResponseNorm(3, alpha=0.1), [3, {'alpha': 0.1}], (1, 4, 2, 2))
    case('MaxPool1d', nn.MaxPool1d(3, 2, 1), [3, {'stride': 2, 'padding': 1}], (2, 2, 6))
    case('MaxPool2d', nn.MaxPool2d(2, ceil_mode=True), [2, {'ceilMode': True}], (1, 2, 5, 3))
    case('AvgPool1d', nn.AvgPool1d(2), [2], (1, 2, 5))
    case('AvgPool2d', nn.AvgPool2d(3, 2, 1, count_include_pad=False), [3, {'stride': 2, 'padding': 1, 'countIncludePad': False}], (1, 2, 5, 4))
    case('AdaptiveAvgPool1d', nn.AdaptiveAvgPool1d(3), [3], (1, 2, 5))
    case('AdaptiveAvgPool2d', nn.AdaptiveAvgPool2d((2, None)), [[2, None]], (1, 2, 5, 3))
    case('AdaptiveMaxPool1d', nn.AdaptiveMaxPool1d(2), [2], (1, 2, 5))
    case('AdaptiveMaxPool2d', nn.AdaptiveMaxPool2d((3, 2)), [[3, 2]], (1, 2, 5, 3))
    case('Upsample', nn.Upsample(scale_factor=2, mode='bilinear'), [{'scaleFactor': 2, 'mode': 'bilinear'}], (1, 2, 2, 3))
    case('Flatten', nn.Flatten(), [], (2, 2, 3))
    case('Unflatten', nn.Unflatten(1, (2, 3)), [1, [2, 3]], (2, 6))
    for name, args in [('ReLU', []), ('LeakyReLU', [0.2]), ('Sigmoid', []), ('Tanh', []), ('Softmax', [1]), ('LogSoftmax', [1]), ('ReLU6', []), ('PReLU', [3]), ('ELU', [0.7]), ('SELU', []), ('GELU', []), ('GELU', ['tanh']), ('SiLU', []), ('Mish', []), ('Softplus', [2])]:
        case(name, nn.GELU(approximate='tanh') if args == ['tanh'] else getattr(nn, name)(*args), args, (2, 3))

    def recurrent(layer, args, kw, *shapes, lengths=None, states=()):
        js = {
            {'num_layers': 'numLayers', 'batch_first': 'batchFirst'}.get(k, k): v
            for k, v in kw.items()
        }

        def run(m, x, *hs):
            hx = None if not hs else hs if layer == 'LSTM' else hs[0]
            if lengths is None:
                return m(x, hx)
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, kw.get('batch_first', False), enforce_sorted=False)
            y, h = m(packed, hx)
            total = x.shape[1 if kw.get('batch_first') else 0]
            return nn.utils.rnn.pad_packed_sequence(y, kw.get('batch_first', False), total_length=total)[0], h

        rest = {name: f'${1 + i}' for i, name in enumerate(states)}
        if lengths is not None:
            rest['lengths'] = lengths
        case(layer, getattr(nn, layer)(*args, **kw), [*args, js], *shapes, rest=[rest] if rest else [], run=run)

    recurrent('RNN', [3, 2], {}, (4, 2, 3), (1, 2, 2), states=['h0'])
    recurrent('RNN', [2, 3], {'num_layers': 2, 'bidirectional': True, 'bias': False, 'nonlinearity': 'relu'}, (3, 2, 2))
    recurrent('RNN', [2, 2], {'bidirectional': True, 'batch_first': True}, (3, 4, 2), lengths=[2, 4, 1])
    recurrent('LSTM', [3, 2], {}, (4, 2, 3))
    recurrent(
        'LSTM',
        [2, 3],
        {'num_layers': 2, 'bidirectional': True, 'batch_first': True},
        (2, 4, 2),
        (4, 2, 3),
        (4, 2, 3),
        states=['h0', 'c0'],
    )
    recurrent(
        'LSTM',
        [2, 2],
        {'num_layers': 2, 'bidirectional': True},
        (4, 3, 2),
        (4, 3, 2),
        (4, 3, 2),
        states=['h0', 'c0'],
        lengths=[3, 1, 4],
    )
    recurrent('LSTM', [2, 2], {'bias': False}, (3, 2))
    recurrent('GRU', [3, 2], {}, (1, 2, 3), (1, 2, 2), states=['h0'])
    recurrent('GRU', [2, 3], {'num_layers': 2, 'bidirectional': True}, (4, 2, 2), (4, 2, 3), states=['h0'])
    recurrent('GRU', [2, 2], {'bidirectional': True, 'bias': False}, (4, 3, 2), lengths=[3, 1, 4])

    case('RNNCell', nn.RNNCell(3, 2), [3, 2], (2, 3), (2, 2), rest=['$1'])
    case('RNNCell', nn.RNNCell(3, 2, nonlinearity='relu'), [3, 2, {'nonlinearity': 'relu'}], (2, 3))
    case('GRUCell', nn.GRUCell(3, 2), [3, 2], (2, 3), (2, 2), rest=['$1'])
    case(
        'LSTMCell',
        nn.LSTMCell(3, 2),
        [3, 2],
        (2, 3),
        (2, 2),
        (2, 2),
        rest=[{'h': '$1', 'c': '$2'}],
        run=lambda m, x, h, c: m(x, (h, c)),
    )
    return out
