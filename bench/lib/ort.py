# Writes the ONNX models that onnxruntime-node runs in bench/compute.mjs: forward passes of W1, W4 and W5. Argument: folder.
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
rng = np.random.default_rng(1)


def save(name, nodes, x, y, weights):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, y)],
        [numpy_helper.from_array(w.astype(np.float32), k) for k, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, f"{folder}/{name}.onnx")


draw = lambda *shape: 0.02 * rng.standard_normal(shape)
save("W1", [helper.make_node("MatMul", ["x", "w"], ["y"])], [512, 512], [512, 512], {"w": draw(512, 512)})
save(
    "W5f", [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
    [8, 64, 56, 56], [8, 64, 56, 56], {"w": draw(64, 64, 3, 3)},
)
nodes, weights, at = [], {}, "x"
count = 0


def add(op, inputs=(), **options):
    global at, count
    count += 1
    to = f"t{count}"
    nodes.append(helper.make_node(op, [at, *inputs], [to], **options))
    at = to


def conv(i, o, k, stride=1, pad=0):
    weights[f"w{count}"], weights[f"b{count}"] = draw(o, i, k, k), draw(o)
    add("Conv", [f"w{count}", f"b{count}"], strides=[stride] * 2, pads=[pad] * 4)
    add("Relu")


def dense(i, o, relu=True):
    weights[f"w{count}"], weights[f"b{count}"] = draw(o, i), draw(o)
    add("Gemm", [f"w{count}", f"b{count}"], transB=1)
    if relu:
        add("Relu")


pool = lambda: add("MaxPool", kernel_shape=[3, 3], strides=[2, 2])
conv(3, 64, 11, 4, 2), pool(), conv(64, 192, 5, 1, 2), pool()
conv(192, 384, 3, 1, 1), conv(384, 256, 3, 1, 1), conv(256, 256, 3, 1, 1), pool()
add("Flatten"), dense(9216, 4096), dense(4096, 4096), dense(4096, 1000, False)
nodes[-1].output[0] = "y"
save("W4", nodes, [1, 3, 224, 224], [1, 1000], weights)
