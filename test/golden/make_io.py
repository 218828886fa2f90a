"""Files written by the Python packages, for the tests of src/io, with what those packages read from them.

    python test/golden/make_io.py numpy safetensors pytorch images onnx

numpy, safetensors: numpy 2.4.6, safetensors 0.8.0. images: Pillow 13.0.0.
pytorch: torch 2.15.0. onnx: onnx 1.23.2, onnxruntime 1.32.0, torch 2.15.0 (in make_io_onnx.py).
"""
import pathlib
import sys

import numpy as np

out = pathlib.Path(__file__).parent / "io"
out.mkdir(exist_ok=True)
rng = np.random.default_rng(5)


def numpy_files():
    a = (rng.standard_normal((2, 3, 4)) * 3).astype(np.float32)
    np.save(out / "f4.npy", a)
    np.save(out / "fortran.npy", np.asfortranarray(a))
    np.save(out / "big-endian.npy", a.astype(">f4"))
    np.save(out / "scalar.npy", np.float64(2.5))
    np.save(out / "empty.npy", np.zeros((0, 3), np.float32))
    np.save(out / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(out / "records.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))
    np.save(out / "i8-large.npy", np.array([1, 2**40], np.int64))
    kinds = {
        "f2": np.array([0, -0.0, 1.5, -2.25, 65504, 6e-8, np.inf, -np.inf, np.nan], np.float16),
        "f8": np.array([np.pi, -1e300, 5e-324], np.float64),
        "i1": np.array([-128, 127], np.int8),
        "i2": np.array([-32768, 32767], np.int16),
        "i4": np.array([-(2**31), 2**31 - 1], np.int32),
        "i8": np.array([-(2**31), 7, 2**31 - 1], np.int64),
        "u1": np.array([0, 255], np.uint8),
        "u2": np.array([0, 65535], np.uint16),
        "u4": np.array([0, 2**31 - 1], np.uint32),
        "u8": np.array([0, 2**31 - 1], np.uint64),
        "b1": np.array([True, False, True]),
    }
    np.savez(out / "kinds.npz", **kinds)
    np.savez_compressed(out / "packed.npz", a=a, zeros=np.zeros((100, 100), np.float32))


def safetensors_files():
    import json
    import struct

    from safetensors.numpy import save_file

    state = {
        "conv1.weight": rng.standard_normal((4, 1, 3, 3)).astype(np.float32),
        "conv1.bias": np.arange(4, dtype=np.float32),
        "half": np.array([1.5, -2.25, np.inf], np.float16),
        "double": np.array([np.pi]),
        "count": np.array(7, np.int64),
        "short": np.array([-3, 300], np.int16),
        "byte": np.array([[0, 255]], np.uint8),
        "signed": np.array([-128, 5], np.int8),
        "mask": np.array([True, False]),
        "empty": np.zeros((0, 2), np.float32),
    }
    save_file(state, out / "state.safetensors", metadata={"origin": "numpy"})
    np.savez(out / "state.npz", **state)
    # bfloat16 is not NumPy's: 1.0, -2.5 and the largest, by their bits.
    head = json.dumps({"b": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}).encode()
    body = struct.pack("<3H", 0x3F80, 0xC020, 0x7F7F)
    (out / "bf16.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + body)


def pytorch_files():
    """State dicts with PyTorch's names, and what the networks make of an input."""
    import torch
    from safetensors.torch import save_file
    from torch import nn

    torch.manual_seed(2)
    image = nn.Sequential()
    for name, layer in [
        ("conv1", nn.Conv2d(2, 4, 3, padding=1, bias=False)),
        ("bn1", nn.BatchNorm2d(4)),
        ("relu1", nn.ReLU()),
        ("flatten", nn.Flatten()),
        ("fc", nn.Linear(64, 3)),
    ]:
        image.add_module(name, layer)
    x = torch.randn(3, 2, 4, 4)
    image(x)
    y = image.eval()(x).detach()
    save_file(image.state_dict(), out / "pytorch-image.safetensors")
    time = nn.LSTM(5, 4, num_layers=2, bidirectional=True)
    s = torch.randn(6, 2, 5)
    save_file(time.state_dict(), out / "pytorch-lstm.safetensors")
    h = time(s)[0].detach()
    np.savez(out / "pytorch.npz", x=x.numpy(), y=y.numpy(), s=s.numpy(), h=h.numpy())


def picture(width, height):
    """Smooth colour with a few hard edges."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    r = 255 * x / (width - 1)
    g = 127 + 120 * np.sin(x / 5) * np.cos(y / 7)
    b = 255 * (1 - y / (height - 1))
    a = np.stack([r, g, b], -1)
    a[height // 3 : height // 2, width // 4 : width // 2] = [250, 20, 30]
    return a.round().astype(np.uint8)


def image_files():
    from PIL import Image

    rgb = picture(45, 37)
    alpha = (np.indices((37, 45)).sum(0) * 3 % 256).astype(np.uint8)
    color = Image.fromarray(rgb)
    grey = color.convert("L")
    rgba = Image.fromarray(np.dstack([rgb, alpha]))
    read = {}

    def keep(name, image, mode=None, **options):
        image.save(out / name, **options)
        with Image.open(out / name) as back:
            read[name] = np.asarray(back.convert(mode) if mode else back)

    keep("rgb.png", color)
    keep("rgba.png", rgba)
    keep("grey.png", grey)
    keep("grey-alpha.png", rgba.convert("LA"))
    keep("palette.png", color.quantize(13), "RGB")
    keep("palette-alpha.png", rgba.quantize(11), "RGBA")
    keep("bit.png", grey.convert("1"), "L")
    wide = Image.fromarray((np.indices((9, 7)).sum(0) * 4000).astype(np.uint16))
    wide.save(out / "grey16.png")
    read["grey16.png"] = np.asarray(wide)
    interlaced(out / "interlaced.png", rgb[:11, :13])
    read["interlaced.png"] = rgb[:11, :13]
    keep("grey.jpg", grey, quality=90)
    keep("444.jpg", color, quality=95, subsampling=0)
    keep("422.jpg", color, quality=90, subsampling=1)
    keep("420.jpg", color, quality=85, subsampling=2)
    keep("progressive.jpg", color, quality=85, subsampling=2, progressive=True)
    keep("restart.jpg", color, quality=85, subsampling=2, restart_marker_blocks=2)
    keep("rgb.jpg", color, quality=90, keep_rgb=True)
    color.convert("CMYK").save(out / "cmyk.jpg")
    np.savez_compressed(out / "images.npz", **read)


def interlaced(path, rgb):
    """Adam7, which Pillow reads and does not write; checked by its reading."""
    import struct
    import zlib

    from PIL import Image

    h, w, _ = rgb.shape
    raw = b""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    for x, y, dx, dy in passes:
        part = rgb[y::dy, x::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 1)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )
    assert (np.asarray(Image.open(path)) == rgb).all()


def onnx_files():
    import make_io_onnx

    make_io_onnx.make(out)


parts = {"numpy": numpy_files, "safetensors": safetensors_files, "pytorch": pytorch_files, "images": image_files, "onnx": onnx_files}
for name in sys.argv[1:] or parts:
    parts[name]()
