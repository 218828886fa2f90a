"""AlexNet, VGG-11, a ResNet and an LSTM language model, small: norm, projections and first numbers of every gradient at step 1,
the loss over 20 steps (all numbers of the gradients of the smaller ones: make_gradients.py).

Weights are numbers(…, 1 + i)·√(6 / fan in) (0.1 for vectors, 0.5 in the language model), images numbers(…, 50).
"""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from models import numbers  # noqa: E402

nn, F = torch.nn, torch.nn.functional
short = lambda v: float(f'{float(v):.12g}')


def summary(g):
    flat = g.detach().reshape(-1)
    return {
        'norm': short(flat.norm()),
        'projections': [short(flat @ numbers(flat.numel(), 100 + k)) for k in range(8)],
        'first': [short(v) for v in flat[:4]],
    }


def alexnet():
    """Width 1/16, two groups, local response normalisation: [N, 3, 67, 67]."""
    lrn = lambda: nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 11, stride=4), nn.ReLU(), lrn(), nn.MaxPool2d(3, 2),
        nn.Conv2d(6, 16, 5, padding=2, groups=2), nn.ReLU(), lrn(), nn.MaxPool2d(3, 2),
        nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(),
        nn.Conv2d(24, 24, 3, padding=1, groups=2), nn.ReLU(),
        nn.Conv2d(24, 16, 3, padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Flatten(), nn.Linear(16, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 5),
    )  # fmt: skip


def vgg11():
    """Width 1/16 with batch normalisation: [N, 3, 32, 32]."""
    layers, c = [], 3
    for block in [[4], [8], [16, 16], [32, 32], [32, 32]]:
        for n in block:
            layers += [nn.Conv2d(c, n, 3, padding=1), nn.BatchNorm2d(n), nn.ReLU()]
            c = n
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 5))


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.downsample = None
        if stride > 1 or a != b:
            self.downsample = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def resnet():
    """n 1, width 4: [N, 3, 16, 16]."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
        Block(4, 4, 1), Block(4, 8, 2), Block(8, 16, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 5),
    )  # fmt: skip


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.rnn, self.head = nn.Embedding(11, 6), nn.LSTM(6, 8, 2), nn.Linear(8, 11)

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0]).reshape(-1, 11)


def fill(net, flat):
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            bound = 0.5 if flat else (6 / p[0].numel()) ** 0.5 if p.ndim > 1 else 0.1
            p.copy_((numbers(p.numel(), 1 + i) * bound).reshape(p.shape))
    return net


def make():
    out = []
    text = torch.tensor([(i * i * 3 + i // 4) % 11 for i in range(8 * 3)]).reshape(8, 3)
    for name, make_net, shape in [
        ('alexNet', alexnet, (4, 3, 67, 67)),
        ('vgg11', vgg11, (4, 3, 32, 32)),
        ('resNetCifar', resnet, (4, 3, 16, 16)),
        ('language', Language, None),
    ]:
        net = fill(make_net().double(), shape is None)
        if shape:
            x = numbers(torch.Size(shape).numel(), 50).reshape(shape)
            y = torch.arange(shape[0]) % 5
            optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
        else:
            x, y = text[:-1], text[1:].reshape(-1)
            optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
        entry = {'model': name, 'grads': [], 'losses': []}
        for step in range(20):
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            if step == 0:
                entry['grads'] = [[list(p.shape), summary(p.grad)] for p in net.parameters()]
            if not shape:
                nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            optimizer.step()
            entry['losses'].append(short(loss))
        out.append(entry)
    return out
