"""LeNet: loss and every gradient at step 1, the loss over 20 steps; SGD's variants."""

import numpy as np
import torch

F = torch.nn.functional


def numbers(n, seed):
    """Uniform in [-1, 1), the same in golden.ts: a linear congruential generator, its upper 24 bits."""
    out = np.empty(n)
    s = seed
    for i in range(n):
        s = (s * 1664525 + 1013904223) % 2**32
        out[i] = (s >> 8) / 2**23 - 1
    return torch.tensor(out, dtype=torch.float64)


def summary(g):
    """What is kept of a large gradient: its norm, eight projections on fixed numbers, and its first numbers."""
    flat = g.detach().reshape(-1)
    return {
        'norm': float(flat.norm()),
        'projections': [float(flat @ numbers(flat.numel(), 100 + k)) for k in range(8)],
        'first': [float(f'{v:.10g}') for v in flat[:16]],
    }


class LeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.conv1, self.conv2, self.conv3 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5)
        self.fc1, self.fc2 = nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.conv3(x)).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


def train(net, x, y, steps, **options):
    optimizer = torch.optim.SGD(net.parameters(), **options)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses


def make():
    def fresh():
        net = LeNet().double()
        with torch.no_grad():
            for i, p in enumerate(net.parameters()):
                bound = 1 / (p[0].numel() if p.ndim > 1 else 10) ** 0.5
                p.copy_((numbers(p.numel(), 1 + i) * bound).reshape(p.shape))
        return net

    x = numbers(8 * 28 * 28, 50).reshape(8, 1, 28, 28)
    y = torch.arange(8) % 10
    net = fresh()
    logits = net(x)
    loss = F.cross_entropy(logits, y)
    loss.backward()
    out = [
        {
            'model': 'lenet',
            'logits': logits.detach().reshape(-1).tolist(),
            'loss': float(loss),
            'grads': {name: summary(p.grad) for name, p in net.named_parameters()},
            'losses': train(fresh(), x, y, 20, lr=0.05, momentum=0.9),
        }
    ]
    # SGD by itself: f(p) = Σ cos(p·(1 + i)), 10 steps
    for options, js in [
        ({'lr': 0.02}, {'lr': 0.02}),
        ({'lr': 0.02, 'momentum': 0.9}, {'lr': 0.02, 'momentum': 0.9}),
        ({'lr': 0.02, 'momentum': 0.9, 'dampening': 0.3}, {'lr': 0.02, 'momentum': 0.9, 'dampening': 0.3}),
        ({'lr': 0.02, 'momentum': 0.9, 'nesterov': True}, {'lr': 0.02, 'momentum': 0.9, 'nesterov': True}),
        ({'lr': 0.02, 'weight_decay': 0.2}, {'lr': 0.02, 'weightDecay': 0.2}),
        (
            {'lr': 0.02, 'momentum': 0.5, 'weight_decay': 0.2, 'nesterov': True},
            {'lr': 0.02, 'momentum': 0.5, 'weightDecay': 0.2, 'nesterov': True},
        ),
    ]:
        p = numbers(6, 3).requires_grad_()
        optimizer = torch.optim.SGD([p], **options)
        trail = []
        for _ in range(10):
            optimizer.zero_grad()
            torch.cos(p * (1 + torch.arange(6))).sum().backward()
            optimizer.step()
            trail.append(p.tolist())
        out.append({'model': 'sgd', 'options': js, 'trail': trail})
    return out
