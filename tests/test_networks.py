"""Whole networks: hooks around their steps, loading them from Python, checking all their values, measuring them."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import tools

pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper

from convgen.commands.package import make
from convgen.commands.request import Request
from convgen.packaging import files as package


F, U = TensorProto.FLOAT, TensorProto.UINT8


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def saved(folder, nodes, inputs, outputs, constants, name="tiny"):
    """inputs, outputs: name -> (type, shape)."""
    def told(arrays):
        return [helper.make_tensor_value_info(label, *array) for label, array in arrays.items()]

    graph = helper.make_graph([helper.make_node(op, taken, [made], name=made, **attributes)
                               for op, taken, made, attributes in nodes], name, told(inputs), told(outputs),
                              [numpy_helper.from_array(array, label) for label, array in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / f"{name}.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def tiny(folder):
    """Two branches that are joined, one of them through a pool that no piece is made in, and a residual; what is called
    "a b" has no name in C."""
    return saved(folder, [
        ("Conv", ["a b", "w0", "b0"], "c0", {"pads": [1, 1, 1, 1]}), ("Relu", ["c0"], "r0", {}),
        ("Conv", ["r0", "w1"], "c1", {}),
        ("MaxPool", ["r0"], "p", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
        ("Concat", ["c1", "p", "r0"], "j", {"axis": 1}),
        ("Conv", ["j", "w2"], "c2", {}), ("Add", ["c2", "r0"], "s", {}),
        ("GlobalAveragePool", ["s"], "g", {}), ("Flatten", ["g"], "y", {}), ("Sigmoid", ["s"], "z", {}),
    ], {"a b": (F, [1, 3, 9, 7])}, {"y": (F, [1, 8]), "z": (F, [1, 8, 9, 7])},
        {"w0": draw(8, 3, 3, 3), "b0": draw(8), "w1": draw(4, 8, 1, 1, seed=1), "w2": draw(8, 20, 1, 1, seed=2)})


def request(path, target="host", **changes):
    return Request((str(path),), {"layout": "nhwc", **changes}, {}, target, None, 1e-6, records=False)


# --- hooks ---


def selftest(folder, texts, *flags):
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    done = subprocess.run(["make", "-s", "-C", folder, "build/tiny_selftest", f"CFLAGS=-O1 {' '.join(flags)}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return subprocess.run([folder / "build/tiny_selftest"], capture_output=True, text=True, check=False)


STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


@tools.needs(tools.make)
def test_hooks_are_called_around_each_step(tmp_path):
    texts = package.files(make(request(tiny(tmp_path), "scalar"), None, "embed"))
    done = selftest(tmp_path / "with", texts, "-Dtiny_HOOKS", *STRICT)
    assert done.returncode == 0, done.stdout
    source = texts["src/tiny_run_scalar.c"]
    assert source.count("STEP(") >= 7
    broken = source.replace("tiny_on_end(index))", "(void)0)")
    done = selftest(tmp_path / "broken", {**texts, "src/tiny_run_scalar.c": broken}, "-Dtiny_HOOKS")
    assert done.returncode == 1
    assert "hooks: WRONG" in done.stdout


@tools.needs(tools.make)
def test_without_the_macro_there_is_nothing_of_hooks(tmp_path):
    texts = package.files(make(request(tiny(tmp_path), "scalar"), None, "embed"))
    assert selftest(tmp_path, texts, *STRICT).returncode == 0
    symbols = subprocess.run(["nm", tmp_path / "build/tiny_selftest"], capture_output=True, text=True, check=True).stdout
    assert "tiny_run" in symbols
    assert "tiny_step_name" not in symbols
    assert "tiny_on_" not in symbols
