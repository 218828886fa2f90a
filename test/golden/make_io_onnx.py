"""ONNX files for the tests: see make_io.py.

onnx-nodes.npz: ONNX's own test cases of single operations (onnx.backend.test.case.node), NAME/model, NAME/x0…, NAME/y0….
onnx/*.onnx with *.npz: networks exported by PyTorch, with inputs and outputs (x0…, y0…) as onnxruntime computes them.
"""
import io
import pathlib
import warnings

import numpy as np

OPERATIONS = """Add And ArgMax AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv ConvTranspose
Cos Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater
GreaterOrEqual GRU HardSigmoid Identity InstanceNormalization LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax
LRN LSTM MatMul Max MaxPool Mean Min Mul Neg Not Pad Pow PRelu Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum Relu
Reshape RNN Round Selu Shape Sigmoid Sign Sin Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Transpose
Unsqueeze Where Abs""".split()
DTYPES = [np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_]


def make(out: pathlib.Path):
    nodes(out)
    networks(out / "onnx")


def nodes(out):
    from onnx.backend.test.case.node import collect_testcases

    arrays = {}
    for case in collect_testcases(None):
        model = case.model
        if model is None or any(n.op_type not in OPERATIONS for n in model.graph.node):
            continue
        if model.opset_import[0].version < 7:
            continue
        inputs, outputs = case.data_sets[0]
        values = [*inputs, *outputs]
        if not all(isinstance(v, np.ndarray) and v.dtype in DTYPES for v in values):
            continue
        data = model.SerializeToString()
        if case.name.endswith("_expanded") or len(data) + sum(v.nbytes for v in values) > 3000:
            continue
        arrays[f"{case.name}/model"] = np.frombuffer(data, np.uint8)
        for i, v in enumerate(inputs):
            arrays[f"{case.name}/x{i}"] = plain(v)
        for i, v in enumerate(outputs):
            arrays[f"{case.name}/y{i}"] = plain(v)
    np.savez_compressed(out / "onnx-nodes.npz", **arrays)
    print(len([k for k in arrays if k.endswith("/model")]), "cases,", (out / "onnx-nodes.npz").stat().st_size, "bytes")


def plain(v):
    """Whole numbers as the library holds them: ends such as INT64_MAX are cut."""
    limits = np.iinfo(np.int32)
    return v.clip(limits.min, limits.max).astype(np.int32) if v.dtype == np.int64 else v


def networks(folder):
    import torch
    from torch import nn

    folder.mkdir(exist_ok=True)
    torch.manual_seed(3)

    class Char(nn.Module):
        """Embedding, two LSTM layers, a head."""

        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(11, 6)
            self.lstm = nn.LSTM(6, 5, num_layers=2)
            self.head = nn.Linear(5, 11)

        def forward(self, x):
            return self.head(self.lstm(self.embedding(x))[0])

    class Recurrent(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.rnn = getattr(nn, kind)(4, 3, bidirectional=True, batch_first=True)

        def forward(self, x):
            return self.rnn(x)[0]

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(2, 4, 3, padding=1, stride=2)
            self.bn1 = nn.BatchNorm2d(4)
            self.conv2 = nn.Conv2d(4, 4, 3, padding=1, groups=2)
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(4, 3)

        def forward(self, x):
            y = torch.relu(self.bn1(self.conv1(x)))
            y = torch.relu(self.conv2(y) + y)
            return torch.log_softmax(self.fc(torch.flatten(self.pool(y), 1)), 1)

    class Shapes(nn.Module):
        """A view whose sizes depend on the input's."""

        def __init__(self):
            super().__init__()
            self.up = nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1)

        def forward(self, x):
            y = self.up(x)
            return torch.clamp(y.reshape(y.shape[0], y.shape[1] * 2, -1).transpose(1, 2), -0.2, 0.3)

    lenet = nn.Sequential()
    for name, layer in [
        ("conv1", nn.Conv2d(1, 3, 5, padding=2)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),
        ("bn", nn.BatchNorm2d(3)),
        ("drop", nn.Dropout(0.3)),
        ("flatten", nn.Flatten()),
        ("fc", nn.Linear(108, 4)),
        ("softmax", nn.Softmax(1)),
    ]:
        lenet.add_module(name, layer)
    with torch.no_grad():
        lenet.bn.running_mean.uniform_(-1, 1)
        lenet.bn.running_var.uniform_(0.5, 2)

    image = torch.randn(2, 1, 12, 12)
    cases = {
        "chain": (lenet, image, 17),
        "chain-7": (lenet, image, 7),
        "chain-11": (lenet, image, 11),
        "residual": (Residual(), torch.randn(2, 2, 8, 8), 17),
        "shapes": (Shapes(), torch.randn(2, 2, 3, 4), 17),
        "char-lstm": (Char(), torch.randint(0, 11, (7, 2), dtype=torch.int32), 17),
        "gru": (Recurrent("GRU"), torch.randn(2, 5, 4), 14),
        "rnn": (Recurrent("RNN"), torch.randn(2, 5, 4), 9),
    }
    for name, (net, x, opset) in cases.items():
        export(folder, name, net.eval(), x, opset)


def export(folder, name, net, x, opset):
    import onnx
    import onnxruntime
    import torch

    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, x, data, dynamo=False, opset_version=opset, input_names=["x"], output_names=["y"],
            do_constant_folding=opset != 17,
            dynamic_axes={"x": {0: "N"}} if x.ndim == 4 else None,
        )
    model = onnx.load_from_string(data.getvalue())
    onnx.checker.check_model(model, full_check=True)
    # Tests do not need where a machine keeps its files.
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (y,) = session.run(None, {"x": x.numpy()})
    state = {f"state/{k}": v.numpy() for k, v in net.state_dict().items()}
    np.savez_compressed(folder / f"{name}.npz", x0=x.numpy(), y0=y, **state)
