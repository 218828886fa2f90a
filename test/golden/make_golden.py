"""Golden values from PyTorch: `python test/golden/make_golden.py [family ...]` writes test/golden/FAMILY.json.

A family is a file in test/golden/families with a function `cases(case, t)`. One case is one line:

    case('sum', lambda x: x.sum(1), [t(3, 4)], {'dim': 1})

`op` is our name, the function is PyTorch's, then the input tensors, then our other arguments. Where the inputs do not
come first, `args=['$1', {'bias': '$0'}]` writes the whole list. Everything is computed in float64. Every float output is
contracted with cos(1 + 1.7 i) and the gradient of that number in every float input is stored beside the values.
"""

import importlib.util
import json
import math
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).parent
NAMES = {torch.float64: 'float', torch.int32: 'int32', torch.int64: 'int32', torch.uint8: 'uint8', torch.bool: 'bool'}


def number(v):
    if isinstance(v, (bool, int)):
        return int(v)
    if math.isnan(v):
        return 'NaN'
    if math.isinf(v):
        return 'Infinity' if v > 0 else '-Infinity'
    if v == 0:
        return -0.0 if math.copysign(1, v) < 0 else 0
    return int(v) if v == int(v) and abs(v) < 1e15 else float(f'{v:.13g}')


def dump(t):
    return {
        'shape': list(t.shape),
        'dtype': NAMES[t.dtype],
        'data': [number(v) for v in t.detach().reshape(-1).tolist()],
    }


class Family:
    def __init__(self, name):
        self.name = name
        self.list = []
        self.generator = torch.Generator().manual_seed(sum(map(ord, name)))

    def t(self, *shape, low=None, high=None):
        """Normal numbers with three decimals, or uniform ones between low and high."""
        if low is None:
            x = torch.randn(shape, generator=self.generator, dtype=torch.float64)
        else:
            x = low + (high - low) * torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return torch.round(x * 1000) / 1000

    def case(self, op, fn, inputs, *rest, args=None, grad=True):
        xs = [x.clone().requires_grad_(grad and x.is_floating_point()) for x in inputs]
        out = fn(*xs)
        outs = [out] if torch.is_tensor(out) else list(out)
        total = sum(
            (o * torch.cos(1 + 1.7 * torch.arange(o.numel(), dtype=o.dtype)).reshape(o.shape)).sum()
            for o in outs
            if o.requires_grad
        )
        if torch.is_tensor(total):
            total.backward()
        entry = {
            'op': op,
            'args': args if args is not None else [f'${i}' for i in range(len(xs))] + list(rest),
            'inputs': [dump(x) for x in xs],
            'outputs': [dump(o) for o in outs],
            'grads': [dump(x.grad)['data'] if x.grad is not None else None for x in xs],
        }
        self.list.append(entry)


def write(name, value):
    """One case a line, so that a change is seen where it is."""
    lines = [json.dumps(v, separators=(',', ':'), ensure_ascii=False) for v in value]
    (HERE / f'{name}.json').write_text('[\n' + ',\n'.join(lines) + '\n]\n')
    print(f'{name}: {len(value)} cases')


def main():
    wanted = sys.argv[1:]
    for path in sorted((HERE / 'families').glob('*.py')):
        if wanted and path.stem not in wanted:
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        family = Family(path.stem)
        if hasattr(module, 'make'):
            write(path.stem, module.make())
        else:
            module.cases(family.case, family.t)
            write(path.stem, family.list)


main()
