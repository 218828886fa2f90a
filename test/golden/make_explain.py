"""Attributions of a small network by PyTorch and Captum: python make_explain.py > explain.json (torch, captum)."""
import json
import math

import torch
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    LayerGradCam,
    NeuronDeconvolution,
    NeuronGradient,
    NeuronGuidedBackprop,
    Saliency,
)
from torch import nn


def numbers(shape, phase, scale):
    n = math.prod(shape)
    return (torch.sin(torch.arange(n, dtype=torch.float64) * 1.7 + phase) * scale).to(torch.float32).reshape(shape)


net = nn.Sequential()
net.add_module("conv1", nn.Conv2d(1, 4, 3, padding=1))
net.add_module("relu1", nn.ReLU())
net.add_module("pool1", nn.MaxPool2d(2))
net.add_module("conv2", nn.Conv2d(4, 6, 3))
net.add_module("relu2", nn.ReLU())
net.add_module("pool2", nn.MaxPool2d(2))
net.add_module("flatten", nn.Flatten())
net.add_module("fc", nn.Linear(24, 5))
with torch.no_grad():
    for i, p in enumerate(net.parameters()):
        p.copy_(numbers(p.shape, i + 1.0, 0.5 if p.ndim > 1 else 0.1))
x = numbers((1, 1, 12, 12), 0.3, 0.5) + 0.5
x.requires_grad_()
flat = lambda t: [float(f"{v:.8g}") for v in t.detach().reshape(-1).tolist()]

logits = net(x)
target = int(logits.argmax())
maps = nn.Sequential(*list(net)[:5])(x)[0]
unit = int(maps.reshape(6, -1).max(1).values.argmax())
place = int(maps[unit].argmax())
neuron = (unit, place // 4, place % 4)

with torch.no_grad():
    p0 = torch.softmax(net(x), 1)[0]
    probability, label, activity = [], [], []
    for r in range(0, 12, 2):
        for c in range(0, 12, 2):
            z = x.detach().clone()
            z[:, :, max(0, r - 1) : r + 2, max(0, c - 1) : c + 2] = 0.5
            q = torch.softmax(net(z), 1)[0]
            probability.append(q[target])
            label.append(int(q.argmax()))
            activity.append(nn.Sequential(*list(net)[:5])(z)[0, unit].sum())

cam = LayerGradCam(net, net.relu2).attribute(x, target, relu_attributions=True)
print(json.dumps({
    "logits": flat(logits),
    "target": target,
    "unit": list(neuron),
    "value": float(maps[neuron].detach()),
    "gradient": flat(Saliency(net).attribute(x, target, abs=False)),
    "gradientTimesInput": flat(InputXGradient(net).attribute(x, target)),
    "deconvnet": flat(Deconvolution(net).attribute(x, target)),
    "guided": flat(GuidedBackprop(net).attribute(x, target)),
    "unitGradient": flat(NeuronGradient(net, net.relu2).attribute(x, neuron)),
    "unitDeconvnet": flat(NeuronDeconvolution(net, net.relu2).attribute(x, neuron)),
    "unitGuided": flat(NeuronGuidedBackprop(net, net.relu2).attribute(x, neuron)),
    "integrated": flat(IntegratedGradients(net).attribute(x, target=target, n_steps=40, method="riemann_middle")),
    "cam": flat(cam),
    "camLarge": flat(torch.nn.functional.interpolate(cam, (12, 12), mode="bilinear")),
    "occlusion": {"before": flat(p0), "probability": flat(torch.stack(probability)), "label": label, "activity": flat(torch.stack(activity))},
}, separators=(",", ":")))
