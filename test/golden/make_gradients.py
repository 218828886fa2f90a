"""Every number of the gradients at step 1 of the smaller models, from PyTorch in float64, stored as float32:
`python test/golden/make_gradients.py` writes gradients.safetensors (LeNet, a small ResNet, the LSTM language model).

Weights and inputs are those of families/models.py and families/networks.py. AlexNet and VGG-11 would take 0.8 MB more; of
each of their gradients networks.json keeps the norm and projections on fixed vectors: a gradient that is wrong anywhere
changes every projection, up to coincidence.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / 'families'))
import models  # noqa: E402
import networks  # noqa: E402

F = torch.nn.functional
out = {}


def keep(model, net, x, y):
    F.cross_entropy(net(x), y).backward()
    for i, p in enumerate(net.parameters()):
        out[f'{model}.{i}'] = p.grad.detach().float().contiguous()


net = models.LeNet().double()
with torch.no_grad():
    for i, p in enumerate(net.parameters()):
        bound = 1 / (p[0].numel() if p.ndim > 1 else 10) ** 0.5
        p.copy_((models.numbers(p.numel(), 1 + i) * bound).reshape(p.shape))
keep('lenet', net, models.numbers(8 * 28 * 28, 50).reshape(8, 1, 28, 28), torch.arange(8) % 10)

shape = (4, 3, 16, 16)
x = models.numbers(torch.Size(shape).numel(), 50).reshape(shape)
keep('resNetCifar', networks.fill(networks.resnet().double(), False), x, torch.arange(4) % 5)

text = torch.tensor([(i * i * 3 + i // 4) % 11 for i in range(8 * 3)]).reshape(8, 3)
keep('language', networks.fill(networks.Language().double(), True), text[:-1], text[1:].reshape(-1))

save_file(out, HERE / 'gradients.safetensors')
print(len(out), 'gradients,', sum(t.numel() for t in out.values()), 'numbers')
