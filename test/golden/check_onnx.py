"""Checks ONNX files that the library wrote: the onnx package's checker, and onnxruntime's results beside ours.

    node scripts/check-onnx.mjs PYTHON     (onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6)
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

worst = 0.0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    arrays = np.load(path.with_suffix(".npz"))
    session = onnxruntime.InferenceSession(path)
    (y,) = session.run(None, {"x": arrays["x"]})
    assert y.shape == arrays["y"].shape, (path.name, y.shape, arrays["y"].shape)
    difference = float(np.max(np.abs(y - arrays["y"]) / (1 + np.abs(y))))
    print(f"{path.name}: {len(model.graph.node)} nodes, largest difference {difference:.1e}")
    assert difference < 2e-5, path.name
