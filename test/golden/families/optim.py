"""Optimisers: 10 steps along Σ cos(p·(1 + i)); schedules: the rates of 12 epochs; clipping."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from models import numbers  # noqa: E402

NAMES = {
    'weight_decay': 'weightDecay',
    'lr_decay': 'lrDecay',
    'initial_accumulator_value': 'initialAccumulatorValue',
    'step_size': 'stepSize',
    'T_max': 'tMax',
    'eta_min': 'etaMin',
    'start_factor': 'startFactor',
    'end_factor': 'endFactor',
    'total_iters': 'totalIters',
    'max_lr': 'maxLr',
    'total_steps': 'totalSteps',
    'pct_start': 'pctStart',
    'anneal_strategy': 'annealStrategy',
    'div_factor': 'divFactor',
    'final_div_factor': 'finalDivFactor',
    'threshold_mode': 'thresholdMode',
    'min_lr': 'minLr',
}
short = lambda vs: [float(f'{v:.11g}') for v in vs]
js = lambda kw: {NAMES.get(k, k): v for k, v in kw.items()}


def loss(p):
    return torch.cos(p * (1 + torch.arange(6))).sum()


def make():
    out = []
    for name, kw in [
        ('SGD', {'lr': 0.02, 'momentum': 0.9, 'weight_decay': 0.1, 'maximize': True}),
        ('Adam', {}),
        ('Adam', {'lr': 0.05, 'betas': (0.8, 0.95), 'eps': 1e-3, 'weight_decay': 0.2}),
        ('Adam', {'lr': 0.05, 'amsgrad': True, 'maximize': True}),
        ('AdamW', {'lr': 0.05}),
        ('AdamW', {'lr': 0.05, 'weight_decay': 0.3, 'amsgrad': True}),
        ('RMSprop', {}),
        ('RMSprop', {'lr': 0.02, 'alpha': 0.9, 'momentum': 0.8, 'weight_decay': 0.1}),
        ('RMSprop', {'lr': 0.02, 'centered': True, 'momentum': 0.5, 'maximize': True}),
        ('Adagrad', {}),
        ('Adagrad', {'lr': 0.1, 'lr_decay': 0.1, 'weight_decay': 0.1, 'initial_accumulator_value': 0.3}),
    ]:
        p = numbers(6, 3).requires_grad_()
        optimizer = getattr(torch.optim, name)([p], **kw)
        trail = []
        for _ in range(10):
            optimizer.zero_grad()
            loss(p).backward()
            optimizer.step()
            trail.append(short(p.tolist()))
        out.append({'kind': 'optimizer', 'name': name, 'options': js(kw), 'trail': trail})

    a, b = numbers(6, 3).requires_grad_(), numbers(6, 4).requires_grad_()
    optimizer = torch.optim.Adam([{'params': [a], 'lr': 0.1}, {'params': [b], 'weight_decay': 0.5}], lr=0.01)
    for _ in range(10):
        optimizer.zero_grad()
        (loss(a) + loss(b)).backward()
        optimizer.step()
    out.append({'kind': 'groups', 'a': short(a.tolist()), 'b': short(b.tolist())})

    S = torch.optim.lr_scheduler
    for name, kw in [
        ('StepLR', {'step_size': 3, 'gamma': 0.5}),
        ('MultiStepLR', {'milestones': [2, 5, 9]}),
        ('ExponentialLR', {'gamma': 0.8}),
        ('CosineAnnealingLR', {'T_max': 5, 'eta_min': 0.01}),
        ('LinearLR', {}),
        ('LinearLR', {'start_factor': 0.1, 'total_iters': 8}),
        ('OneCycleLR', {'max_lr': 0.5, 'total_steps': 13}),
        ('OneCycleLR', {'max_lr': 0.5, 'total_steps': 20, 'pct_start': 0.4, 'anneal_strategy': 'linear', 'div_factor': 5, 'final_div_factor': 10}),
    ]:
        one, two = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([{'params': [one]}, {'params': [two], 'lr': 0.3}], lr=0.1)
        more = {'cycle_momentum': False} if name == 'OneCycleLR' else {}
        schedule = getattr(S, name)(optimizer, **kw, **more)
        rates = []
        for _ in range(13):
            rates.append(short([g['lr'] for g in optimizer.param_groups]))
            optimizer.step()
            if len(rates) < 13:
                schedule.step()
        out.append({'kind': 'schedule', 'name': name, 'options': js(kw), 'rates': rates})

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = S.SequentialLR(optimizer, [S.LinearLR(optimizer, 0.1, total_iters=4), S.CosineAnnealingLR(optimizer, 8)], [4])
    rates = []
    for _ in range(12):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        schedule.step()
    out.append({'kind': 'sequential', 'rates': short(rates)})

    measures = [1, 0.8, 0.81, 0.79999, 0.9, 0.7, 0.75, 0.74, 0.73, 0.72, 0.71, 0.705, 0.69, 0.9, 0.9, 0.9]
    for kw in [
        {'patience': 1},
        {'mode': 'max', 'patience': 0, 'factor': 0.5, 'cooldown': 2, 'min_lr': 0.01},
        {'patience': 2, 'threshold': 0.05, 'threshold_mode': 'abs', 'factor': 0.3},
    ]:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        schedule = S.ReduceLROnPlateau(optimizer, **kw)
        rates = []
        for m in measures:
            schedule.step(m)
            rates.append(optimizer.param_groups[0]['lr'])
        out.append({'kind': 'plateau', 'options': js(kw), 'measures': measures, 'rates': short(rates)})

    for maximum, kind in [(1.0, 2.0), (100.0, 2.0), (0.5, float('inf')), (2.0, 1.0)]:
        ps = [numbers(5, 7), numbers(3, 8)]
        for p, s in zip(ps, (9, 10)):
            p.grad = numbers(p.numel(), s) * 3
        norm = torch.nn.utils.clip_grad_norm_(ps, maximum, kind)
        out.append({'kind': 'clip', 'max': maximum, 'type': 'Infinity' if kind == float('inf') else kind, 'norm': float(norm), 'grads': [short(p.grad.tolist()) for p in ps]})
    return out
