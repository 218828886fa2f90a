# PyTorch as a contender of bench/compute.mjs: threads and layout as arguments, `workload count` in, milliseconds out.
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

threads, layout = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)
torch.manual_seed(1)
FORMAT = torch.channels_last if layout == "channels-last" else torch.contiguous_format
T, N, I, H, O = 50, 32, 64, 256, 64


def w1():
    a, b = torch.randn(512, 512), torch.randn(512, 512)
    return lambda: a @ b


def w3():
    net = nn.Sequential(
        nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 10),
    ).to(memory_format=FORMAT)
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    x, y = torch.randn(64, 1, 28, 28).to(memory_format=FORMAT), torch.randint(0, 10, (64,))

    def step():
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()

    return step


def w4():
    def conv(i, o, k, **options):
        return [nn.Conv2d(i, o, k, **options), nn.ReLU()]

    net = nn.Sequential(
        *conv(3, 64, 11, stride=4, padding=2), nn.MaxPool2d(3, 2), *conv(64, 192, 5, padding=2), nn.MaxPool2d(3, 2),
        *conv(192, 384, 3, padding=1), *conv(384, 256, 3, padding=1), *conv(256, 256, 3, padding=1), nn.MaxPool2d(3, 2),
        nn.Flatten(), nn.Linear(9216, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000),
    ).to(memory_format=FORMAT)
    x = torch.randn(1, 3, 224, 224).to(memory_format=FORMAT)

    def run():
        with torch.no_grad():
            net(x)

    return run


def w5(backward):
    x = torch.randn(8, 64, 56, 56).to(memory_format=FORMAT).requires_grad_(backward)
    w = torch.randn(64, 64, 3, 3).to(memory_format=FORMAT).requires_grad_(backward)
    g = torch.randn(8, 64, 56, 56).to(memory_format=FORMAT)

    def run():
        x.grad = w.grad = None
        y = F.conv2d(x, w, padding=1)
        if backward:
            y.backward(g)

    return run


def recurrent(kind):
    layer, out = kind(I, H), nn.Linear(H, O)
    opt = torch.optim.SGD([*layer.parameters(), *out.parameters()], lr=0.01)
    x, y = torch.randn(T, N, I), torch.randint(0, O, (T * N,))

    def step():
        loss = F.cross_entropy(out(layer(x)[0].reshape(T * N, H)), y)
        opt.zero_grad()
        loss.backward()
        opt.step()

    return step


def student():
    weight = lambda *shape: (torch.randn(*shape) / H**0.5).requires_grad_()
    U, W, b, V, c = weight(I, H), weight(H, H), weight(H), weight(H, O), weight(O)
    xs = [torch.randn(N, I) for _ in range(T)]
    ys = [torch.randint(0, O, (N,)) for _ in range(T)]
    opt = torch.optim.SGD([U, W, b, V, c], lr=0.01)

    def step():
        h, loss = torch.zeros(N, H), None
        for t in range(T):
            h = torch.tanh(xs[t] @ U + h @ W + b)
            l = F.cross_entropy(h @ V + c, ys[t])
            loss = l if loss is None else loss + l
        opt.zero_grad()
        loss.backward()
        opt.step()

    return step


def small():
    a, b = torch.randn(4, 4), torch.randn(4, 4)

    def run():
        for _ in range(1000):
            torch.add(a, b)

    return run


def small_tracked():
    x, b, g = torch.randn(4, 4, requires_grad=True), torch.randn(4, 4), torch.randn(4, 4)

    def run():
        y = x
        for _ in range(1000):
            y = torch.add(y, b)
        y.backward(g)

    return run


MAKE = {
    "W1": w1, "W3": w3, "W4": w4, "W5f": lambda: w5(False), "W5b": lambda: w5(True),
    "W6r": lambda: recurrent(nn.RNN), "W6l": lambda: recurrent(nn.LSTM), "W6s": student,
    "add": small, "addb": small_tracked,
}
LAYOUT_MATTERS = {"W3", "W4", "W5f", "W5b"}

print(f"PyTorch {torch.__version__.split('+')[0]}, {threads} thread{'s' if threads > 1 else ''}, {layout}", flush=True)
runs = {}
for line in sys.stdin:
    name, count = line.split()
    if name not in MAKE or (layout == "channels-last" and name not in LAYOUT_MATTERS):
        print("no", flush=True)
        continue
    if name not in runs:
        runs[name] = MAKE[name]()
    start = time.perf_counter()
    for _ in range(int(count)):
        runs[name]()
    print((time.perf_counter() - start) * 1000 / int(count), flush=True)
