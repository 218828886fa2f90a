"""What recurrent networks did, by PyTorch's autograd and NumPy: python make_explain_rnn.py > explain_rnn.json."""
import json
import math

import numpy as np
import torch
from torch import nn

T, I, H, K = 7, 3, 4, 5


def numbers(shape, phase, scale, dtype=torch.float64):
    n = math.prod(shape)
    return (torch.sin(torch.arange(n, dtype=torch.float64) * 1.7 + phase) * scale).reshape(shape).to(dtype)


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().double().reshape(-1).tolist()]


x = numbers((T, I), 0.3, 1.0)
targets = [1, 0, 4, None, 2, 3, 1]


def flow(step, state, head):
    """Every state as its own node; the gradient of each loss with respect to each of them."""
    states, losses = [], []
    for t in range(T):
        state = step(x[t : t + 1], state)
        states.append(state)
        h = state[0] if isinstance(state, tuple) else state
        logits = head(h)
        losses.append(None if targets[t] is None else nn.functional.cross_entropy(logits, torch.tensor([targets[t]])))
    hs = [s[0] if isinstance(s, tuple) else s for s in states]
    vectors, cells = torch.zeros(T, T, H, dtype=torch.float64), torch.zeros(T, T, dtype=torch.float64)
    for t in range(T):
        if losses[t] is None:
            continue
        for k in range(t + 1):
            # An LSTM's h with its cell held: the cell is cut off where h is varied.
            vectors[t, k] = torch.autograd.grad(losses[t], hs[k], retain_graph=True)[0][0]
            if isinstance(states[0], tuple):
                cells[t, k] = torch.autograd.grad(losses[t], states[k][1], retain_graph=True)[0].norm()
    return {
        "h": flat(torch.cat(hs)),
        "losses": flat(torch.stack([torch.zeros((), dtype=torch.float64) if e is None else e for e in losses])),
        "vectors": flat(vectors),
        "norms": flat(vectors.norm(dim=2)),
        "cells": flat(cells),
    }


def filled(module, first):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(numbers(p.shape, first + i, 0.8 if p.ndim > 1 else 0.2))
    return module.double()


out = {}
U, W, V = numbers((H, I), 1, 0.8), numbers((H, H), 2, 0.8), numbers((K, H), 3, 0.8)
out["textbook"] = flow(lambda a, h: torch.tanh(a @ U.T + h @ W.T), torch.zeros(1, H, dtype=torch.float64).requires_grad_(), lambda h: h @ V.T)

h, product, products = torch.zeros(H, dtype=torch.float64), torch.eye(H, dtype=torch.float64), [1.0]
factors = []
for t in range(T):
    before = h
    factors.append(torch.autograd.functional.jacobian(lambda q: torch.tanh(U @ x[t] + W @ q), before))
    h = torch.tanh(U @ x[t] + W @ before)
for t in range(T - 1, 0, -1):
    product = product @ factors[t]
    products.append(float(torch.linalg.matrix_norm(product, 2)))
out["textbook"]["products"] = products

for kind, cell in (("rnn", nn.RNNCell), ("gru", nn.GRUCell), ("lstm", nn.LSTMCell)):
    net, head = filled(cell(I, H), 1.0), filled(nn.Linear(H, K), 9.0)
    zero = torch.zeros(1, H, dtype=torch.float64).requires_grad_()
    out[kind] = flow(net, (zero, zero.detach().clone().requires_grad_()) if kind == "lstm" else zero, head)

# Gates of an LSTM and a GRU from their formulas.
for kind, cell in (("gru", nn.GRUCell), ("lstm", nn.LSTMCell)):
    net = filled(cell(I, H), 1.0)
    h, c, rows = torch.zeros(1, H, dtype=torch.float64), torch.zeros(1, H, dtype=torch.float64), []
    with torch.no_grad():
        for t in range(T):
            a = x[t : t + 1] @ net.weight_ih.T + net.bias_ih
            u = h @ net.weight_hh.T + net.bias_hh
            if kind == "lstm":
                i, f, g, o = (a + u).chunk(4, 1)
                rows.append(torch.cat([torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o), torch.tanh(g)]))
                h, c = net(x[t : t + 1], (h, c))
                rows[-1] = torch.cat([rows[-1], c])
            else:
                (ar, az, an), (ur, uz, un) = a.chunk(3, 1), u.chunk(3, 1)
                r, z = torch.sigmoid(ar + ur), torch.sigmoid(az + uz)
                rows.append(torch.cat([r, z, torch.tanh(an + r * un)]))
                h = net(x[t : t + 1], h)
    out[kind]["gates"] = flat(torch.stack(rows))

# Connectivity of a character LSTM in float32: ‖∂ logit(next) / ∂ embedding‖, and its two layers.
text = "abcadbcaabdcbadacbdabcc"
tokens = torch.tensor([ord(q) - 97 for q in text])
embedding, lstm, head = nn.Embedding(4, 3), nn.LSTM(3, 5, num_layers=2), nn.Linear(5, 4)
parameters = [*embedding.parameters(), *lstm.parameters(), *head.parameters()]
with torch.no_grad():
    for i, p in enumerate(parameters):
        p.copy_(numbers(p.shape, i + 1.0, 0.9 if p.ndim > 1 else 0.2, torch.float32))
reach = 6
influence = torch.zeros(len(text) - 1, reach)
for t in range(len(text) - 1):
    e = embedding(tokens[: t + 1]).detach().requires_grad_()
    logit = head(lstm(e.unsqueeze(1))[0][-1, 0])[tokens[t + 1]]
    g = torch.autograd.grad(logit, e)[0].norm(dim=1)
    for n in range(min(reach, t + 1)):
        influence[t, n] = g[t - n]
with torch.no_grad():
    states = lstm(embedding(tokens).unsqueeze(1))[0][:, 0]
    p = torch.softmax(head(states), 1)
whole = influence[reach - 1 :]
mean = (whole / whole.sum(1, keepdim=True)).double().mean(0)
cosine = nn.functional.cosine_similarity(states, states[9:10], dim=1)
inside = np.array([q in "ab" for q in text], float)
s = states.double().numpy()
out["reading"] = {
    "influence": flat(influence),
    "mean": flat(mean),
    "half": int((mean.cumsum(0) < 0.5).sum()),
    "states": flat(states),
    "probabilities": flat(p),
    "cosine": flat(cosine),
    "correlation": [float(f"{np.corrcoef(s[:, i], inside)[0, 1]:.9g}") for i in range(5)],
    "auc": [float(np.mean([(a > b) + 0.5 * (a == b) for a in s[inside == 1, i] for b in s[inside == 0, i]])) for i in range(5)],
}

# Eigenvalues of matrices that are not symmetric.
matrices = [
    [[0.5, -1], [1, 0]],
    [[2, 1], [0, 2]],
    [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]],
    numbers((8, 8), 2.0, 0.6).tolist(),
    numbers((33, 33), 0.5, 0.4).tolist(),
]
generator = np.random.default_rng(1)
matrices.append(np.round(generator.normal(size=(40, 40)), 6).tolist())
out["eigen"] = [
    {
        "w": [float(f"{v:.17g}") for row in w for v in row],
        "values": [[float(q.real), float(q.imag)] for q in np.linalg.eigvals(np.array(w, float))],
        "norm": float(np.linalg.norm(np.array(w, float), 2)),
    }
    for w in matrices
]
print(json.dumps(out, separators=(",", ":")))
