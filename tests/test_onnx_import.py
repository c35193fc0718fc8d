"""ONNX models in: what is folded into a layer, what is left, names, extents, and files that mean harm."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from convgen.api import generate
from convgen.commands.main import main
from convgen.errors import InputError, MissingToolError, UnsupportedError
from convgen.layer.activation import ACTIVATIONS
from convgen.layer.formats import NamedSpec, load_layers, to_toml
from convgen.layer.spec import ConvSpec
from convgen.onnx import models as onnx_import
from convgen.onnx import shapes as onnx_shapes

F = TensorProto.FLOAT
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(",") if inputs else [], output.split(","), **attributes)


def value(name, shape=None, kind=F):
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes, inputs, constants=None, outputs="y", opset=18, functions=(), domains=(), kind=F):
    """inputs: shapes by name. constants: arrays by name."""
    graph = helper.make_graph(
        nodes, "g", [value(name, shape, kind) for name, shape in inputs.items()],
        [value(name, None, kind) for name in outputs.split(",")],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )  # fmt: skip
    ids = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=ids, functions=functions)


def saved(tmp_path, made, name="model.onnx"):
    path = tmp_path / name
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    return path


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def channels(count, seed=0):
    return draw(count, seed=seed) + 2


OC, BN = 6, {"s": channels(6, 1), "t": draw(6, seed=2), "m": draw(6, seed=3), "v": channels(6, 4) ** 2}
W = {"w": draw(6, 4, 3, 3)}
WB = {**W, "b": draw(6, seed=5)}
CONV = node("Conv", "x,w,b", "c", pads=[1, 1, 1, 1])
BARE = node("Conv", "x,w", "c", pads=[1, 1, 1, 1])
X = {"x": [2, 4, 7, 5]}
XR = {**X, "r": [2, 6, 7, 5]}
C = {"k": draw(6, 1, 1, seed=6), "one": np.float32(1.25), "k4": draw(1, 6, 1, 1, seed=7)}
CLIP = {"lo": np.float32(0), "hi": np.float32(6), "low": np.float32(-0.5), "high": np.float32(0.75)}


def padded(pads, rest=""):
    """Nodes, inputs and constants of a Pad before a Conv."""
    constants = {"p": np.array(pads, np.int64), "zero": np.float32(0), "axes": np.array([3, 2], np.int64)}
    return [node("Pad", "x,p" + rest, "q"), node("Conv", "q,w", "y")], X, W | constants


# name -> (nodes, inputs, constants, fields of the spec, operators folded[, opset])
FOLDED = {
    "plain": ([node("Conv", "x,w", "y")], X, W, {"bias": False, "top": 0}, {}),
    "bias": ([CONV, node("Identity", "c", "y")], X, WB, {"bias": True, "activation": "none"}, {"Identity": 1}),
    "stride, dilation, uneven pads": (
        [node("Conv", "x,w", "y", strides=[2, 1], dilations=[1, 2], pads=[0, 3, 2, 1])], X, W,
        {"sh": 2, "dw": 2, "top": 0, "left": 3, "bottom": 2, "right": 1}, {}),
    "groups": ([node("Conv", "x,w", "y", group=2)], X, {"w": draw(6, 2, 3, 3)}, {"g": 2}, {}),
    "1-D": ([node("Conv", "x,w", "y", pads=[1, 2])], {"x": [1, 4, 9]}, {"w": draw(6, 4, 3)},
            {"layout": "ncw", "left": 1, "right": 2}, {}),
    "3-D": ([node("Conv", "x,w", "y", pads=[1, 0, 2, 0, 1, 0])], {"x": [1, 2, 4, 5, 6]},
            {"w": draw(3, 2, 3, 2, 3)}, {"layout": "ncdhw", "front": 1, "right": 0, "left": 2, "bottom": 1}, {}),
    "same-upper": ([node("Conv", "x,w", "y", auto_pad="SAME_UPPER", strides=[2, 2])], {"x": [1, 4, 8, 6]}, W,
                   {"top": 0, "bottom": 1, "oh": 4, "ow": 3}, {}),
    "same-lower": ([node("Conv", "x,w", "y", auto_pad="SAME_LOWER", strides=[2, 2])], {"x": [1, 4, 8, 6]}, W,
                   {"top": 1, "bottom": 0}, {}),
    "valid": ([node("Conv", "x,w", "y", auto_pad="VALID")], X, W, {"oh": 5, "top": 0}, {}),
    "transposed": ([node("ConvTranspose", "x,w", "y", strides=[2, 2], pads=[1, 0, 1, 1], output_padding=[1, 0])], X,
                   {"w": draw(4, 3, 3, 3)}, {"op": "transposed", "top": 1, "bottom": 0, "right": 1, "oh": 14}, {}),
    "transposed, batch norm": (
        [node("ConvTranspose", "x,w,b", "c", strides=[2, 1], auto_pad="SAME_LOWER"),
         node("BatchNormalization", "c,s,t,m,v", "n"), node("Relu", "n", "y")], X,
        {"w": draw(4, 8, 4, 3), "b": draw(8), "s": channels(8), "t": draw(8), "m": draw(8), "v": channels(8) ** 2},
        {"op": "transposed", "oc": 8, "activation": "relu", "oh": 14, "ow": 5},
        {"BatchNormalization": 1, "Relu": 1}),
    "transposed, its outputs told": (
        [node("ConvTranspose", "x,w", "y", strides=[3, 2], output_shape=[20, 11], auto_pad="SAME_UPPER")], X,
        {"w": draw(4, 2, 3, 3)}, {"oh": 20, "ow": 11, "top": 0, "bottom": 1, "left": 0}, {}),
    "pad": (*padded([0, 0, 1, 2, 0, 0, 3, 0]),
            {"top": 1, "left": 2, "bottom": 3, "right": 0, "ih": 7}, {"Pad": 1}),
    "pad with a value": (*padded([0, 0, 1, 1, 0, 0, 1, 1], rest=",zero"),
                         {"top": 1}, {"Pad": 1}),
    "pad of axes": (*padded([1, 2, 3, 4], rest=",,axes"),
                    {"left": 1, "top": 2, "right": 3, "bottom": 4}, {"Pad": 1}),
    "pad by attributes": ([node("Pad", "x", "q", pads=[0, 0, 2, 1, 0, 0, 0, 1]),
                           node("Conv", "q,w", "y", pads=[1, 1, 1, 1])], X, W,
                          {"top": 3, "left": 2, "bottom": 1, "right": 2}, {"Pad": 1}, 10),
    "batch norm": ([BARE, node("BatchNormalization", "c,s,t,m,v", "y", epsilon=0.01)], X, W | BN, {"bias": True},
                   {"BatchNormalization": 1}),
    "batch norm, bias, relu": ([CONV, node("BatchNormalization", "c,s,t,m,v", "n"), node("Relu", "n", "y")], X,
                               WB | BN, {"activation": "relu"}, {"BatchNormalization": 1, "Relu": 1}),
    "batch norm of opset 9": ([BARE, node("BatchNormalization", "c,s,t,m,v", "y")], X, W | BN, {"bias": True},
                              {"BatchNormalization": 1}, 9),
    "two batch norms": ([BARE, node("BatchNormalization", "c,s,t,m,v", "n"),
                         node("BatchNormalization", "n,t,s,t,v", "y")], X, W | BN, {}, {"BatchNormalization": 2}),
    "add of a bias": ([BARE, node("Add", "k,c", "y")], X, W | C, {"bias": True, "residual": False}, {"Add": 1}),
    "add of a number": ([BARE, node("Add", "c,one", "y")], X, W | C, {"bias": True}, {"Add": 1}),
    "sum of two": ([CONV, node("Sum", "c,k4", "y")], X, WB | C, {"residual": False}, {"Sum": 1}),
    "sub": ([CONV, node("Sub", "c,k", "y")], X, WB | C, {}, {"Sub": 1}),
    "sub from": ([CONV, node("Sub", "k,c", "y")], X, WB | C, {}, {"Sub": 1}),
    "mul, add": ([CONV, node("Mul", "c,k", "n"), node("Add", "n,k4", "y")], X, WB | C, {}, {"Mul": 1, "Add": 1}),
    "mul without a bias": ([BARE, node("Mul", "k4,c", "y")], X, W | C, {"bias": False}, {"Mul": 1}),
    "div": ([CONV, node("Div", "c,k", "y")], X, WB | C, {}, {"Div": 1}),
    "constants of constants": (
        [node("Constant", "", "f", value=numpy_helper.from_array(draw(6, seed=8))),
         node("Unsqueeze", "f,a", "u"), node("Neg", "u", "n"), node("Add", "n,one", "z"),
         node("ConstantOfShape", "ws", "w", value=numpy_helper.from_array(np.array([0.5], np.float32))),
         node("Conv", "x,w", "c"), node("Mul", "c,z", "y")], X,
        {"a": np.array([1, 2], np.int64), "ws": np.array([6, 4, 3, 3], np.int64)} | C, {}, {"Mul": 1}),
    "weights transposed": ([node("Transpose", "h", "w", perm=[3, 2, 0, 1]), node("Conv", "x,w", "y")], X,
                           {"h": draw(3, 3, 4, 6)}, {}, {}),
    "relu": ([CONV, node("Relu", "c", "y")], X, WB, {"activation": "relu"}, {"Relu": 1}),
    "relu6": ([CONV, node("Clip", "c,lo,hi", "y")], X, WB | CLIP, {"activation": "relu6"}, {"Clip": 1}),
    "relu6 of opset 6": ([CONV, node("Clip", "c", "y", min=0.0, max=6.0)], X, WB, {"activation": "relu6"},
                         {"Clip": 1}, 9),
    "clip": ([CONV, node("Clip", "c,low,high", "y")], X, WB | CLIP, {"activation": "clip(-0.5,0.75)"}, {"Clip": 1}),
    "clip from below": ([CONV, node("Clip", "c,lo", "y")], X, WB | CLIP, {"activation": "relu"}, {"Clip": 1}),
    "clip of nothing": ([CONV, node("Clip", "c", "y")], X, WB, {"activation": "none"}, {"Clip": 1}),
    "leaky relu": ([CONV, node("LeakyRelu", "c", "y", alpha=0.3)], X, WB, {"activation": "leaky-relu(0.300000012)"},
                   {"LeakyRelu": 1}),
    "prelu": ([CONV, node("PRelu", "c,p", "y")], X, WB | {"p": np.array([0.25], np.float32)},
              {"activation": "leaky-relu(0.25)"}, {"PRelu": 1}),
    "prelu of one": ([CONV, node("PRelu", "c,p", "y")], X, WB | {
        "p": np.array([[[0.25]]], np.float32)}, {"activation": "leaky-relu(0.25)"}, {"PRelu": 1}),
    "prelu by channel": ([CONV, node("PRelu", "c,k", "y")], X, WB | C, {"activation": "prelu"}, {"PRelu": 1}),
    "prelu behind a residual": ([CONV, node("Add", "c,r", "a"), node("PRelu", "a,k4", "y")], XR, WB | C,
                                {"residual": True, "activation": "prelu"}, {"Add": 1, "PRelu": 1}),
    "sigmoid": ([CONV, node("Sigmoid", "c", "y")], X, WB, {"activation": "sigmoid"}, {"Sigmoid": 1}),
    "tanh": ([CONV, node("Tanh", "c", "y")], X, WB, {"activation": "tanh"}, {"Tanh": 1}),
    "silu": ([CONV, node("Sigmoid", "c", "g"), node("Mul", "g,c", "y")], X, WB, {"activation": "silu"},
             {"Sigmoid": 1, "Mul": 1}),
    "hard-swish": ([CONV, node("HardSwish", "c", "y")], X, WB, {"activation": "hard-swish"}, {"HardSwish": 1}),
    "hard-swish in two": ([CONV, node("HardSigmoid", "c", "g", alpha=1 / 6), node("Mul", "c,g", "y")], X, WB,
                          {"activation": "hard-swish"}, {"HardSigmoid": 1, "Mul": 1}),
    "mish of three": ([CONV, node("Softplus", "c", "p"), node("Tanh", "p", "g"), node("Mul", "c,g", "y")], X, WB,
                      {"activation": "mish"}, {"Softplus": 1, "Tanh": 1, "Mul": 1}),
    "gelu": ([CONV, node("Gelu", "c", "y")], X, WB, {"activation": "gelu"}, {"Gelu": 1}, 20),
    "dropout": ([CONV, node("Dropout", "c", "d"), node("Relu", "d", "y")], X, WB, {"activation": "relu"},
                {"Dropout": 1, "Relu": 1}),
    "residual": ([CONV, node("Add", "r,c", "y")], XR, WB, {"residual": True}, {"Add": 1}),
    "residual, relu": ([CONV, node("Add", "c,r", "a"), node("Relu", "a", "y")], XR, WB,
                       {"residual": True, "activation": "relu"}, {"Add": 1, "Relu": 1}),
    "bias behind a residual": ([BARE, node("Sum", "r,c", "a"), node("Add", "a,k", "y")], XR, W | C,
                               {"residual": True, "bias": True}, {"Sum": 1, "Add": 1}),
    "all of it": ([node("Pad", "x,p", "q"), node("Conv", "q,w,b", "c"), node("BatchNormalization", "c,s,t,m,v", "n"),
                   node("Mul", "n,k", "u"), node("Add", "u,r", "a"), node("Sigmoid", "a", "g"),
                   node("Mul", "a,g", "y")], XR, WB | BN | C | {"p": np.array([0, 0, 1, 1, 0, 0, 1, 1])},
                  {"residual": True, "activation": "silu", "top": 1},
                  {"Pad": 1, "BatchNormalization": 1, "Mul": 2, "Add": 1, "Sigmoid": 1}),
}


def reference(made, feeds):
    return ReferenceEvaluator(made).run(None, feeds)[0]


def feed(inputs):
    return {name: draw(*shape, seed=index + 20) for index, (name, shape) in enumerate(inputs.items())}


@pytest.fixture
def here(monkeypatch):
    """Shapes are inferred in this process, which is sooner."""
    monkeypatch.setattr(onnx_shapes, "inferred", onnx_shapes.infer_here)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("name", FOLDED)
def test_folded_into_one_kernel(name, layout, tmp_path, here):
    nodes, inputs, constants, fields, folded, *opset = FOLDED[name]
    made = model(nodes, inputs, constants, opset=opset[0] if opset else 18)
    found = onnx_import.find(saved(tmp_path, made), layout=layout)
    (part,) = found.network.parts
    (use,) = part.uses
    spec = part.spec
    assert (found.folded, found.left, found.network.left) == (folded, {}, ())
    assert spec.weights_layout == ("iohw" if spec.transposed else "oihw")
    assert spec.channels_last == (layout == "nhwc")
    first = spec.replace(layout="n" + "cdhw"[:1] + "dhw"[3 - spec.rank :])
    assert {field: getattr(first, field) for field in fields} == fields

    feeds = feed(inputs)
    if name == "batch norm of opset 9":  # which onnx's evaluator takes for one that trains
        made = model(nodes, inputs, constants)
    expected = reference(made, feeds)
    conv = generate(spec, "scalar", "reference").compile(opt="O0")
    conv.pack(**use.arrays)
    moved = {key: np.ascontiguousarray(np.moveaxis(array, 1, -1)) if layout == "nhwc" else array
             for key, array in feeds.items()}
    y = conv(moved["x"], residual=moved.get("r"))
    y = np.moveaxis(y, -1, 1) if layout == "nhwc" else y
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_what_scales_the_outputs_of_transposed_groups(tmp_path, here):
    """Each output channel has its own, of its group's."""
    w, scale = draw(4, 3, 2, 2), channels(6, 9)
    nodes = [node("ConvTranspose", "x,w", "c", group=2), node("Mul", "c,k", "y")]
    (part,) = onnx_import.load(saved(tmp_path, model(nodes, X, {"w": w, "k": scale.reshape(6, 1, 1)}))).parts
    for ic, oc in itertools.product(range(4), range(3)):
        np.testing.assert_allclose(part.uses[0].weights[ic, oc], w[ic, oc] * scale[ic // 2 * 3 + oc], rtol=1e-6)


@pytest.mark.parametrize("name", [name for name, row in ACTIVATIONS.items() if row.onnx])
def test_every_activation_has_a_name_that_is_read(name, tmp_path, here):
    """Without attributes it has the table's parameters; with them, others."""
    row = ACTIVATIONS[name]
    told = {attribute: values[-1] for attribute, values in row.onnx.only.items()}
    others = [default + 0.25 for default in row.defaults]  # attributes are f32
    since = onnx.defs.get_schema(row.onnx.name).since_version
    for params, attributes in ((row.defaults, {}), (others, dict(zip(row.onnx.params, others, strict=True)))):
        given = "c,k" if row.slopes else "c"
        made = model([CONV, node(row.onnx.name, given, "y", **told, **attributes)], X, WB | C, opset=max(18, since))
        (part,) = onnx_import.load(saved(tmp_path, made)).parts
        assert part.spec.act.name == name
        assert part.spec.act.params == pytest.approx(params)
        if since <= 22:  # what its evaluator knows
            feeds = feed(X)
            want, v = reference(made, feeds), reference(model([CONV], X, WB, "c"), feeds)
            y = part.spec.act.value(v, C["k"] if row.slopes else None)
            np.testing.assert_allclose(y, want, rtol=1e-5, atol=1e-6)


STEM = [CONV, node("Relu", "c", "y")]
# name -> (nodes, inputs, constants, outputs, what is left and why[, opset])
LEFT = {
    "read twice": ([*STEM, node("Sigmoid", "c", "z")], X, WB, "y,z",
                   ["y Relu: c has other readers", "z Sigmoid: c has other readers"]),
    "an output": (STEM, X, WB, "y,c", ["y Relu: not a convolution"]),
    "read inside": (
        [*STEM, helper.make_node("If", ["on"], ["z"], name="choose", **{
            side: helper.make_graph([helper.make_node("Neg", ["c"], [side])], side, [], [value(side)])
            for side in ("then_branch", "else_branch")})], {**X, "on": []}, WB, "y,z",
        ["y Relu: not a convolution", "choose If: not a convolution"]),
    "pad by ones": ([node("Pad", "x,p,one", "q"), node("Conv", "q,w", "y")], X,
                    W | C | {"p": np.array([0, 0, 1, 1, 0, 0, 1, 1])}, "y", ["q Pad: not a convolution"]),
    "pad that mirrors": ([node("Pad", "x,p", "q", mode="reflect"), node("Conv", "q,w", "y")], X,
                         W | {"p": np.array([0, 0, 1, 1, 0, 0, 1, 1])}, "y", ["q Pad: not a convolution"]),
    "pad that cuts": ([node("Pad", "x,p", "q"), node("Conv", "q,w", "y")], X,
                      W | {"p": np.array([0, 0, -1, 1, 0, 0, 1, 1])}, "y",
                      ["q Pad: its zeros are those of Conv y, which reads x[..., 1:, :]"]),
    "pad of channels": ([node("Pad", "x,p", "q"), node("Conv", "q,w", "y")], {"x": [2, 3, 7, 5]},
                        W | {"p": np.array([0, 1, 1, 1, 0, 0, 1, 1])}, "y", ["q Pad: not a convolution"]),
    "pad for two": ([node("Pad", "x,p", "q"), node("Conv", "q,w", "y"), node("Neg", "q", "z")], X,
                    W | {"p": np.array([0, 0, 1, 1, 0, 0, 1, 1])}, "y,z",
                    ["q Pad: not a convolution", "z Neg: not a convolution"]),
    "batch norm that trains": (
        [BARE, node("BatchNormalization", "c,s,t,m,v", "y,mm,vv", training_mode=1)], X, W | BN, "y,mm",
        ["y BatchNormalization: it makes more than one value"]),
    "batch norm of inputs": ([BARE, node("BatchNormalization", "c,s,t,m,v", "y")], {**X, "s": [6]},
                             W | {key: BN[key] for key in "tmv"}, "y",
                             ["y BatchNormalization: its parameters are not constant"]),
    "scale behind a residual": ([CONV, node("Add", "c,r", "a"), node("Mul", "a,k", "y")], XR, WB | C, "y",
                                ["y Mul: it scales the residual"]),
    "two residuals": ([CONV, node("Add", "c,r", "a"), node("Add", "a,r", "y")], XR, WB, "y",
                      ["y Add: the layer has a residual already"]),
    "residual behind relu": ([*STEM[:1], node("Relu", "c", "a"), node("Add", "a,r", "y")], XR, WB, "y",
                             ["y Add: it comes after the activation"]),
    "a sum that repeats": ([CONV, node("Add", "c,r", "y")], {**X, "r": [1, 6, 7, 5]}, WB, "y",
                           ["y Add: r has neither the output's shape nor one constant for each channel"]),
    "constant of pixels": ([CONV, node("Mul", "c,p", "y")], X, WB | {"p": draw(5)}, "y",
                           ["y Mul: p is not one constant for each channel"]),
    "twice itself": ([CONV, node("Add", "c,c", "y")], X, WB, "y", ["y Add: c has other readers"]),
    "gelu by what is to come": ([CONV, node("Gelu", "c", "y", approximate="sigmoid")], X, WB, "y",
                                ["y Gelu: it is not among a layer's activations"], 20),
    "upside-down clip": ([CONV, node("Clip", "c,high,low", "y")], X, WB | CLIP, "y",
                         ["y Clip: it is not among a layer's activations"]),
    "slopes of pixels": ([CONV, node("PRelu", "c,p", "y")], X, WB | {"p": draw(5)}, "y",
                         ["y PRelu: p is not one constant for each channel"]),
    "slopes of inputs": ([CONV, node("PRelu", "c,p", "y")], {**X, "p": [6, 1, 1]}, WB, "y",
                         ["y PRelu: p is not one constant for each channel"]),
    "slopes of a layer": ([CONV, node("PRelu", "k,c", "y")], X, WB | C, "y",
                          ["y PRelu: c is not one constant for each channel"]),
    "two activations": ([*STEM[:1], node("Relu", "c", "a"), node("Tanh", "a", "y")], X, WB, "y",
                        ["y Tanh: it comes after the activation"]),
    "a gate for two": ([CONV, node("Sigmoid", "c", "g"), node("Mul", "c,g", "y"), node("Neg", "g", "z")], X, WB, "y,z",
                       ["g Sigmoid: c has other readers", "y Mul: c has other readers", "z Neg: not a convolution"]),
    "another gate": ([CONV, node("HardSigmoid", "c", "g"), node("Mul", "c,g", "y")], X, WB, "y",
                     ["g HardSigmoid: c has other readers", "y Mul: c has other readers"]),
    "a gate within a gate": ([CONV, node("Softplus", "c", "p"), node("Sigmoid", "p", "g"), node("Mul", "c,g", "y")],
                             X, WB, "y", ["p Softplus: c has other readers", "g Sigmoid: not a convolution",
                                          "y Mul: c has other readers"]),
    "half a gate for two": (
        [CONV, node("Softplus", "c", "p"), node("Tanh", "p", "g"), node("Mul", "c,g", "y"), node("Neg", "p", "z")], X,
        WB, "y,z", ["p Softplus: c has other readers", "g Tanh: not a convolution", "y Mul: c has other readers",
                    "z Neg: not a convolution"]),
    "others": ([*STEM, node("MaxPool", "y", "p", kernel_shape=[2, 2]), node("Flatten", "p", "z")], X, WB, "z",
               ["p MaxPool: not a convolution", "z Flatten: not a convolution"]),
    "weights of inputs": ([BARE, node("BatchNormalization", "c,s,t,m,v", "y")], {**X, "w": [6, 4, 3, 3]}, BN, "y",
                          ["y BatchNormalization: the weights of the Conv are not constant"]),
    "deformable": ([*STEM, node("DeformConv", "y,t,o", "z")], X,
                   WB | {"t": draw(2, 6, 3, 3), "o": draw(2, 18, 6, 3)}, "z", ["z DeformConv: not supported yet"]),
    "another's Conv": ([*STEM, node("Conv", "y", "z", domain="odd")], X, WB, "z",
                       ["z odd.Conv: not an operator of ONNX"]),
    "double": ([*STEM, node("Cast", "y", "h", to=TensorProto.DOUBLE), node("Conv", "h,hw", "z")], X,
               WB | {"hw": draw(2, 6, 1, 1).astype(np.float64)}, "z",
               ["h Cast: not a convolution", "z Conv: its data must be f32, f16, bf16 (the type of h is f64)"]),
}


@pytest.mark.parametrize("name", LEFT)
def test_left(name, tmp_path, here):
    nodes, inputs, constants, outputs, left, *opset = LEFT[name]
    domains = ["odd"] if name.startswith("another") else []
    made = model(nodes, inputs, constants, outputs, opset[0] if opset else 18, domains=domains)
    network = onnx_import.load(saved(tmp_path, made))
    assert list(network.left) == left
    assert len(network.parts) == 1


def test_a_convolution_inside_a_loop_is_told(tmp_path):
    body = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["then"], name="deep")], "b", [], [value("then")])
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["else"])], "b", [], [value("else")])
    chosen = helper.make_node("If", ["on"], ["z"], name="choose", then_branch=body, else_branch=other)
    network = onnx_import.load(saved(tmp_path, model([*STEM, chosen], {**X, "on": []}, WB, "y,z")))
    assert network.left == ("choose If: not a convolution", "deep Conv: inside a graph of If choose")


def test_of_two_summed_layers_the_later_adds_the_other(tmp_path):
    nodes = [node("Conv", "x,w,b", "c", pads=[1] * 4, name="first"),
             node("Conv", "x,w", "d", pads=[1] * 4, name="second"), node("Add", "c,d", "e"), node("Relu", "e", "y")]
    made = model(nodes, X, WB)
    network = onnx_import.load(saved(tmp_path, made))
    assert [(part.name, part.spec.residual, part.spec.activation) for part in network.parts] == [
        ("first", False, "none"), ("second", True, "relu")]  # fmt: skip
    x, values = feed(X)["x"], []
    for part in network.parts:
        conv = generate(part.spec, "scalar", "reference").compile(opt="O0")
        conv.pack(part.uses[0].weights, part.uses[0].bias)
        values.append(conv(x, residual=values[0] if part.spec.residual else None))
    np.testing.assert_allclose(values[1], reference(made, {"x": x}), rtol=1e-5, atol=1e-5)


def test_folding_is_done_in_double_precision(tmp_path):
    """One rounding a weight: s·w of f64, whatever the order of the nodes."""
    third = np.full((6, 1, 1), np.float32(1 / 3))
    nodes = [BARE, node("Mul", "c,k", "m"), node("Div", "m,k", "y")]
    (part,) = onnx_import.load(saved(tmp_path, model(nodes, X, W | {"k": third}))).parts
    assert (part.uses[0].weights == W["w"]).all()


# --- names, uses, functions ---


def test_names_and_uses(tmp_path):
    names = ["/a/Conv", "a.Conv", "", "int", "3x", "A_CONV", "é", "x" * 300]
    nodes = [helper.make_node("Conv", ["x", "w"], [f"y{i}"], name=name) for i, name in enumerate(names)]
    nodes[-1].attribute.append(helper.make_attribute("strides", [2, 2]))
    made = model(nodes, X, W, ",".join(f"y{i}" for i in range(8)))
    network = onnx_import.load(saved(tmp_path, made, "some net.onnx"))
    assert network.name == "some_net"
    many, one = network.parts
    assert [use.name for use in many.uses[:6]] == ["a_Conv", "a_Conv_2", "y2", "layer_int", "layer_3x", "A_CONV_3"]
    assert many.uses[6].name.startswith("layer_")
    assert len({use.name.lower() for use in (*many.uses, *one.uses)}) == 8
    assert (many.name, one.name) == ("a_Conv", one.uses[0].name)
    assert one.name.startswith("xxxxxxxx")
    assert len(one.name) < 80


def test_functions_are_inlined(tmp_path):
    ids = [helper.make_opsetid("", 18)]
    body = [node("Conv", "a,k", "c"), node("Relu", "c", "o")]
    block = helper.make_function("own", "Block", ["a", "k"], ["o"], body, ids)
    nodes = [node("Block", "x,w", "h", domain="own"), node("Block", "h,v", "y", domain="own")]
    made = model(nodes, X, W | {"v": draw(2, 6, 3, 3)}, functions=[block], domains=["own"])
    network = onnx_import.load(saved(tmp_path, made))
    assert [(part.spec.ic, part.spec.activation) for part in network.parts] == [(4, "relu"), (6, "relu")]
    assert network.left == ()


# --- extents ---

SYMBOLIC = {"x": ["N", 4, "height", None]}


@pytest.mark.parametrize(
    ("batch", "dims", "shape"),
    [
        (3, {"height": 9, "x.3": 5}, (3, 4, 9, 5)),
        (None, {"N": 2, "height": 9, "x.3": 5}, (2, 4, 9, 5)),
        (2, {"N": 2, "height": 3, "x.3": 3}, (2, 4, 3, 3)),
        (2, {"height": 3, "x.2": 3, "x.3": 3}, (2, 4, 3, 3)),
    ],
)
def test_symbols(batch, dims, shape, tmp_path):
    path = saved(tmp_path, model(STEM, SYMBOLIC, WB))
    (part,) = onnx_import.load(path, batch=batch, dims=dims).parts
    assert part.spec.input_shape == shape


def test_a_symbol_has_one_meaning(tmp_path):
    """Here the shape of h is known from what the file says of it, not from inference."""
    made = model([node("Odd", "x", "h", domain="odd"), node("Conv", "h,w", "y")], {"x": ["N", 3]}, W, domains=["odd"])
    made.graph.value_info.append(value("h", ["N", 4, 6, 6]))
    (part,) = onnx_import.load(saved(tmp_path, made), dims={"N": 5}).parts
    assert part.spec.n == 5


@pytest.mark.parametrize(
    ("batch", "dims", "said"),
    [
        (None, {}, r"Conv c: the shape of x must be known; give --batch \(of input x\), --set height \(of input x\),"
                   r" --set x.3"),
        (1, {"height": 9}, r"give --set x.3 \(of input x\)$"),
        (1, {"depth": 9}, r"must be a symbol of the model's inputs, or VALUE.AXIS \(depth=9; symbols: N, height; axes:"
                          r" x.0 to .3\)"),
        (1, {"height": 9, "x.2": 7, "x.3": 1}, r"height and x.2 must agree, they are the same axis \(height=9, x.2=7"),
        (1, {"height": 9, "x.4": 7}, r"x has axes 0 to 3 \(x.4=7\)"),
        (2, {"N": 3}, r"batch and N must agree \(batch=2, N=3\)"),
        (0, {}, r"batch must be at least 1 and below 2\^31 \(batch=0\)"),
        (1, {"height": 2**31, "x.3": 1}, r"height must be at least 1 and below"),
        (1, {"height": 2**30, "x.3": 9}, r"input must have fewer than 2\^31 elements"),
    ],
)  # fmt: skip
def test_wrong_symbols(batch, dims, said, tmp_path):
    path = saved(tmp_path, model(STEM, SYMBOLIC, WB))
    with pytest.raises(InputError, match=said):
        onnx_import.load(path, batch=batch, dims=dims)


def test_an_input_that_is_one_number_may_be_set(tmp_path):
    """By which a model chooses its branch."""
    branches = {f"{name}_branch": helper.make_graph([node("Conv", f"x,{name}", "c", name=name)], name, [],
                                                    [value("c")]) for name in ("then", "else")}
    made = model([node("Equal", "rate,hz", "same"), node("If", "same", "y", **branches)], {**X, "rate": [1]},
                 {"hz": np.array([16000]), "then": draw(5, 4, 3, 3), "else": draw(6, 4, 1, 1)})
    made.graph.input[1].type.tensor_type.elem_type = TensorProto.INT64
    path = saved(tmp_path, made)
    assert [onnx_import.load(path, dims={"rate": rate}).parts[0].spec.kh for rate in (16000, 8000)] == [3, 1]
    made.graph.input[1].type.tensor_type.elem_type = TensorProto.UINT8
    with pytest.raises(InputError, match=r"input must be set to a number of its type \(rate=300, of uint8\)"):
        onnx_import.load(saved(tmp_path, made), dims={"rate": 300})


def test_batch_in_place_of_the_models(tmp_path):
    nodes = [*STEM[:1], node("Relu", "c", "a"), node("Conv", "a,v", "y")]
    made = onnx.shape_inference.infer_shapes(model(nodes, X, WB | {"v": draw(3, 6, 1, 1)}))
    assert len(made.graph.value_info) == 2
    parts = onnx_import.load(saved(tmp_path, made), batch=5).parts
    assert [part.spec.n for part in parts] == [5, 5]
    with pytest.raises(InputError, match=r"batch must be for a model with an input of three or more axes"):
        onnx_import.load(saved(tmp_path, model([node("Relu", "v", "y")], {"v": [3]})), batch=2)


def test_shapes_that_only_the_graph_knows(tmp_path):
    """Reshape to what Shape, Gather and Concat work out: inference must follow numbers."""
    nodes = [node("Shape", "x", "s"), node("Gather", "s,zero", "n"), node("Concat", "n,rest", "to", axis=0),
             node("Reshape", "x,to", "z"), node("Conv", "z,w", "y")]
    constants = W | {"zero": np.array([0]), "rest": np.array([4, 5, 7])}
    (part,) = onnx_import.load(saved(tmp_path, model(nodes, X, constants))).parts
    assert part.spec.input_shape == (2, 4, 5, 7)


# --- what is not for us ---


@pytest.mark.parametrize(
    ("nodes", "inputs", "constants", "said"),
    [
        ([node("DeformConv", "x,w,r", "y")], X, W | {"r": draw(2, 18, 5, 3)}, "y DeformConv: not supported yet"),
        ([node("Conv", "x,w", "y")], {"x": [1, 4, 3, 3, 3, 3]}, {"w": draw(6, 4, 1, 1, 1, 1)},
         "1 to 3 spatial axes"),
        ([node("Cast", "x", "h", to=11), node("Conv", "h,w", "y")], X, {"w": W["w"].astype(np.float64)},
         r"y Conv: its data must be f32, f16, bf16 \(the type of h is f64\)"),
        ([node("Relu", "x", "y")], X, {}, r"must hold a Conv \(it has none\)"),
    ],
)
def test_unsupported(nodes, inputs, constants, said, tmp_path):
    made = model(nodes, inputs, constants, domains=["odd"])
    with pytest.raises(UnsupportedError, match=said):
        onnx_import.load(saved(tmp_path, made))


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingToolError, match=r"pip install 'convgen\[onnx\]'"):
        onnx_import.load(tmp_path / "any.onnx")


# --- files that mean harm ---


def broken(change, nodes=STEM, inputs=X, constants=WB, **extra):
    made = model(nodes, inputs, constants, **extra)
    change(made.graph)
    return made


def claim(graph, dims=(6, 2**20, 3, 3), name="w"):
    tensor = next(one for one in graph.initializer if one.name == name)
    tensor.ClearField("dims")
    tensor.dims.extend(dims)


def external(location, count=216, **entries):
    def change(graph):
        tensor = graph.initializer[0]
        claim(graph, (6, 4, 3, 3) if count == 216 else (count,))
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, text in {"location": location, **entries}.items():
            tensor.external_data.add(key=key, value=str(text))
    return broken(change)


def field(number, data):
    """Of a message, as protobuf writes it."""
    size, length = len(data), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


def deep(depth):
    """Nodes in graphs in nodes, more than protobuf itself would write."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(4, b"If") + field(5, field(1, b"then_branch") + b"\xa0\x01\x05" + field(6, graph)))
    return GOOD + field(7, graph)


def doubling():
    """Inference that follows numbers would make a shape of 2^40 of them."""
    nodes = [node("Shape", "x", "s0"), *(node("Concat", f"s{i},s{i}", f"s{i + 1}", axis=0) for i in range(40))]
    return model([*nodes, *STEM], X, WB, "y,s40")


def exploding():
    ids = [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)]
    functions = [helper.make_function("d", f"F{i}", ["a"], ["c"], [node(f"F{i + 1}", "a", "b", domain="d"),
                                                                  node(f"F{i + 1}", "b", "c", domain="d")], ids)
                 for i in range(30)]
    functions.append(helper.make_function("d", "F30", ["a"], ["c"], [node("Relu", "a", "c")], ids))
    return model([*STEM[:1], node("F0", "c", "y", domain="d")], X, WB, functions=functions, domains=["d"])


def recursive():
    ids = [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)]
    functions = [helper.make_function("d", "F", ["a"], ["c"], [node("F", "a", "c", domain="d")], ids)]
    return model([*STEM[:1], node("F", "c", "y", domain="d")], X, WB, functions=functions, domains=["d"])


def computed(shape, count=1):
    """Weights that a few bytes make."""
    nodes = [node("ConstantOfShape", "s", "w"), *(node("Conv", "x,w", f"c{i}") for i in range(count)),
             *(node("Mul", f"c{i},k{i}", f"y{i}") for i in range(count))]
    constants = {"s": np.array(shape, np.int64)} | {f"k{i}": np.float32(i + 2) for i in range(count)}
    return model(nodes, {"x": [1, shape[1], *shape[2:]]}, constants, ",".join(f"y{i}" for i in range(count)))


def renamed(new):
    """A node whose name is these four bytes."""
    made = model([node("Conv", "x,w,b", "c", name="QQQQ"), node("Relu", "c", "y")], X, WB)
    return made.SerializeToString().replace(b"QQQQ", new)


def unsorted(graph):
    nodes = list(graph.node)[::-1]
    graph.ClearField("node")
    graph.node.extend(nodes)


GOOD = model(STEM, X, WB).SerializeToString()

# name -> (the model or its bytes, what is said about it)
HOSTILE = {
    "empty": (b"", "a graph and an opset"),
    "text": (b"Lorem ipsum dolor sit amet", "must be an ONNX file"),
    "truncated": (GOOD[: len(GOOD) // 2], "must be an ONNX file"),
    "zeros": (bytes(1000), "must be an ONNX file"),
    "no opset": (broken(lambda graph: None, opset=18).graph.SerializeToString(), "must"),
    "old opset": (model(STEM, X, WB, opset=0), r"opset must be from 1 to \d+.*opset=0"),
    "new opset": (model(STEM, X, WB, opset=4000), r"opset must be from 1 to \d+.*opset=4000"),
    "negative opset": (model(STEM, X, WB, opset=-(2**63)), "opset must be"),
    "cycle": (model([node("Add", "x,b", "a"), node("Relu", "a", "b"), node("Conv", "b,w", "y")], X, W),
              "nodes must come after those whose outputs they read|let shapes be inferred"),
    "unsorted": (broken(unsorted), r"nodes must come after|let shapes be inferred"),
    "reads itself": (model([node("Conv", "y,w", "y")], X, W), "nodes must come after|let shapes be inferred"),
    "reads nothing": (model([node("Conv", "z,w", "y")], X, W), "nodes must come after|let shapes be inferred"),
    "two makers": (model([*STEM, node("Neg", "x", "y")], X, WB), "must have one maker|let shapes be inferred"),
    "large claim": (broken(claim), r"tensor w must hold what it claims .*in \d+ bytes"),
    "2 GB claim": (broken(lambda g: claim(g, (2**29 - 1,))), "must hold what it claims"),
    "overflowing claim": (broken(lambda g: claim(g, (2**62, 2**62))), r"fewer than 2\^31 elements"),
    "overflow to little": (broken(lambda g: claim(g, (2**32, 2**32, 1, 1))), r"fewer than 2\^31 elements"),
    "negative claim": (broken(lambda g: claim(g, (-1, 4, 3, 3))), "extents of at least 0"),
    "small claim": (broken(lambda g: claim(g, (6, 4, 1, 1))), "must hold what it claims"),
    "no weights": (broken(lambda g: claim(g, (6, 0, 3, 3))), "."),
    "absurd input": (model(STEM, {"x": [1, 4, 2**40, 2**40]}, WB), r"must be at least 1 and below 2\^31"),
    "large input": (model(STEM, {"x": [1, 4, 2**20, 2**20]}, WB), r"fewer than 2\^31"),
    "no input": (model(STEM, {"x": [1, 4, 0, 5]}, WB), "ih must be at least 1"),
    "absurd stride": (model([node("Conv", "x,w", "y", strides=[2**62, 1])], X, W), "sh must be at least 1 and below"),
    "no stride": (model([node("Conv", "x,w", "y", strides=[0, 1])], X, W), "let shapes be inferred|sh must be"),
    "absurd pads": (model([node("Conv", "x,w", "y", pads=[2**62] * 4)], X, W), "top must be at least 0 and below"),
    "absurd dilation": (model([node("Conv", "x,w", "y", dilations=[2**40, 1])], X, W), "dh must be"),
    "few pads": (model([node("Conv", "x,w", "y", pads=[1])], X, W), "pads must be 4 integers|let shapes"),
    "real strides": (model([node("Conv", "x,w", "y", strides=[1.5, 1.0])], X, W), "strides must be|let shapes"),
    "strides of text": (model([node("Conv", "x,w", "y", strides="1")], X, W), "strides must be of type|let shapes"),
    "no groups": (model([node("Conv", "x,w", "y", group=0)], X, W), "group"),
    "negative groups": (model([node("Conv", "x,w", "y", group=-1)], X, W), "group"),
    "odd groups": (model([node("Conv", "x,w", "y", group=4)], X, {"w": draw(6, 1, 3, 3)}), "groups must divide oc"),
    "odd padding": (model([node("Conv", "x,w", "y", auto_pad="SAME")], X, W), "auto_pad must be"),
    "odd kernel": (model([node("Conv", "x,w", "y", kernel_shape=[5, 5])], X, W), "kernel_shape must agree"),
    "lone input": (model([node("Conv", "x", "y")], X), "input, weights and output|let shapes be inferred"),
    "flat weights": (model([node("Conv", "x,w", "y")], X, {"w": draw(6, 4)}), "as many axes|let shapes"),
    "no output": (broken(lambda g: g.node[0].ClearField("output"), [node("Conv", "x,w", "c"), node("Neg", "x", "y")]),
                  "input, weights and output|let shapes"),
    "many axes": (broken(lambda g: claim(g, [2**62] * 10**6)), r"at most 64 axes \(it claims 1000000\)"),
    "a constant of none": (model([node("Constant", "", "k", value=3), BARE, node("Add", "c,k", "y")], X, W),
                           "must hold what it claims"),
    "odd bias": (model([node("Conv", "x,w,b", "y")], X, W | {"b": draw(5)}), r"bias must have the shape \(6,\)"),
    "odd batch norm": (model([BARE, node("BatchNormalization", "c,s,t,m,v", "y")], X, W | BN | {"s": draw(2)}),
                       r"parameters must have the shape \(6,\)|let shapes"),
    "doubling": (doubling(), r"must let shapes be inferred (in 4 GiB and 4 s|\(std::bad_alloc\))"),
    "exploding": (exploding(), "must let shapes be inferred|functions inlined"),
    "recursive": (recursive(), "let shapes be inferred"),
    "deep": (deep(60), "must be an ONNX file|let shapes be inferred"),
    "weights of 8 GB": (computed([2**15, 2**14, 2, 2]), r"fewer than 2\^31"),
    "weights of 1.9 GB": (computed([2**15, 2**14 - 1, 1, 1]), "must not exceed those in the files by 1 GiB"),
    "weights for many": (computed([2**12, 2**12, 1, 1], 20), "must not exceed those in the files by"),
    "no UTF-8": (renamed(b"\xff\xfe\x00\x80"), "names must be UTF-8"),
    "outside": (external("../weights.bin"), r"must lie in the model's folder \(location='../weights.bin'\)"),
    "absolute": (external("/etc/passwd"), "must lie in the model's folder"),
    "no place": (external(""), "must lie in the model's folder"),
    "a zero": (external("a\0b"), "must lie in the model's folder"),
    "by a link": (external("link/weights.bin"), "must lie in the model's folder"),
    "missing": (external("missing.bin"), "must be readable .*No such file"),
    "a folder": (external("."), "must be readable"),
    "a pipe": (external("pipe"), "must be readable .*not a plain file"),
    "short": (external("short.bin"), "must hold what it claims"),
    "beyond its end": (external("weights.bin", offset=8), "must hold what it claims"),
    "negative offset": (external("weights.bin", offset=-8), "offset must be a number"),
    "absurd offset": (external("weights.bin", offset="9" * 5000), "offset must be a number"),
    "other length": (external("weights.bin", length=4), "must hold what it claims"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name, tmp_path, monkeypatch):
    """A clean error, soon, and not much memory."""
    monkeypatch.setattr(onnx_shapes, "INFER_SECONDS", 4.0)
    if name == "weights for many":
        monkeypatch.setattr(onnx_import, "SPARE", 2**28)
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "weights.bin").write_bytes(bytes(864))
    (folder / "weights.bin").write_bytes(bytes(864))
    (folder / "short.bin").write_bytes(bytes(8))
    (folder / "link").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    made, said = HOSTILE[name]
    path = saved(folder, made)
    start = time.monotonic()
    with pytest.raises(InputError, match=said) as caught:
        onnx_import.load(path)
    assert time.monotonic() - start < 15
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_hostile_files_take_little_memory(tmp_path):
    """Peak of a process that reads those that claim the most."""
    for name in ("2 GB claim", "weights of 8 GB", "weights of 1.9 GB", "absurd input"):
        saved(tmp_path, HOSTILE[name][0], f"{name}.onnx")
    code = """
import pathlib, resource, sys
from convgen.onnx import models as onnx_import
from convgen.errors import InputError
for path in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    try: onnx_import.load(path)
    except InputError: pass
    else: raise SystemExit(path)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    said = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True).stdout
    assert int(said) < 3 * 2**20  # KiB


@pytest.mark.parametrize("place", ["missing.onnx", ".", "pipe", "/dev/zero", "a\0b"])
def test_what_cannot_be_read(place, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="model must be readable"):
        onnx_import.load(tmp_path / place)


def test_a_model_larger_than_protobuf_reads(tmp_path):
    with open(tmp_path / "large.onnx", "wb") as file:
        file.truncate(2**31)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="must not exceed 2 GiB"):
        onnx_import.load(tmp_path / "large.onnx")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**18


@pytest.mark.parametrize("seed", range(40))
def test_any_flipped_byte_ends_well(seed, tmp_path, here):
    """A damaged file is read, or refused."""
    rng = np.random.default_rng(seed)
    data = bytearray(GOOD[: int(rng.integers(50, len(GOOD)))] if seed % 2 else GOOD)
    for place in rng.integers(0, len(data), 3):
        data[place] ^= 1 << int(rng.integers(8))
    with contextlib.suppress(InputError, UnsupportedError):
        onnx_import.load(saved(tmp_path, bytes(data)))


def test_external_data_inside_the_folder(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "all.bin").write_bytes(bytes(4) + W["w"].tobytes())
    (part,) = onnx_import.load(saved(tmp_path, external("below/all.bin", offset=4))).parts
    assert (part.uses[0].weights == W["w"]).all()


def test_weights_in_a_file_of_their_own_are_packed(tmp_path, here):
    """As torch.onnx.export leaves them."""
    w, x = draw(16, 16, 3, 3), draw(1, 16, 4, 4)
    made = model([node("Conv", "x,w", "y")], {"x": [1, 16, 4, 4]}, {"w": w})
    onnx.save(made, tmp_path / "model.onnx", save_as_external_data=True, location="model.onnx.data", size_threshold=0)
    (part,) = onnx_import.load(tmp_path / "model.onnx").parts
    conv = generate(part.spec, "scalar").compile()
    conv.pack(part.uses[0].weights, part.uses[0].bias)
    np.testing.assert_allclose(conv(x), reference(model([node("Conv", "x,w", "y")], {"x": x.shape}, {"w": w}),
                                                  {"x": x}), rtol=1e-4, atol=1e-4)


def test_a_long_chain_of_constants(tmp_path):
    nodes = [node("Identity", f"k{i}", f"k{i + 1}") for i in range(5000)]
    made = model([*nodes, BARE, node("Mul", "c,k5000", "y")], X, W | {"k0": np.float32(2)})
    (part,) = onnx_import.load(saved(tmp_path, made)).parts
    assert (part.uses[0].weights == 2 * W["w"]).all()


# --- the models that come with onnx ---

# convolutions, different ones, of them with a residual, nodes folded
MODELS = {
    "bvlc_alexnet": (5, 5, 0, {"Relu": 5}),
    "densenet121": (121, 67, 0, dict.fromkeys(["BatchNormalization", "Mul", "Add", "Relu"], 59)),
    "inception_v1": (57, 49, 0, {"Relu": 57}),
    "inception_v2": (69, 38, 0, dict.fromkeys(["BatchNormalization", "Mul", "Add", "Relu"], 69)),
    "resnet50": (53, 27, 7, {"BatchNormalization": 53, "Sum": 16, "Relu": 49}),
    "shufflenet": (49, 17, 3, {"BatchNormalization": 49, "Sum": 13, "Relu": 30}),
    "squeezenet": (26, 18, 0, {"Relu": 26}),
    "vgg19": (16, 9, 0, {"Relu": 16}),
    "zfnet512": (5, 4, 0, {"Relu": 5}),
}


@pytest.mark.parametrize("name", MODELS)
def test_light_models(name):
    start = time.monotonic()
    found = onnx_import.find(LIGHT / f"light_{name}.onnx", weights=False)
    parts = found.network.parts
    counts = (sum(len(part.uses) for part in parts), len(parts), sum(part.spec.residual for part in parts))
    assert (*counts, found.folded) == MODELS[name]
    assert sum(found.left.values()) == len(found.network.left)
    assert time.monotonic() - start < 10


# --- the command ---


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_import_writes_layers(tmp_path):
    target = tmp_path / "new" / "layers.toml"
    model_path = LIGHT / "light_squeezenet.onnx"
    said = run("import", model_path, "-o", target, "--layout", "nhwc", "--batch", 2)
    assert (said.exit_code, said.stdout) == (0, "")
    assert said.stderr == ("convgen: light_squeezenet: 26 convolutions, 18 different; folded in: 26 Relu; left:"
                           " 8 Concat, 1 Dropout, 1 GlobalAveragePool, 3 MaxPool, 1 Softmax\n")
    found = onnx_import.find(model_path, layout="nhwc", batch=2, weights=False)
    assert load_layers(str(target)) == [NamedSpec(part.spec, part.name) for part in found.network.parts]
    text = target.read_text()
    for part in found.network.parts:
        uses = ", ".join(use.name for use in part.uses)
        count = f"used {len(part.uses)} times: {uses}" if len(part.uses) > 1 else "used once"
        assert f'# {count}\n[[layer]]\nname = "{part.name}"\n' in text
    assert run("import", model_path, "-o", target).exit_code == 2
    assert run("import", model_path, "-o", target, "--force").exit_code == 0
    assert run("import", model_path).stdout == target.read_text()


def test_import_as_json():
    said = run("import", LIGHT / "light_resnet50.onnx", "--json")
    found = json.loads(said.stdout)
    assert found["network"] == "light_resnet50"
    assert sum(layer["count"] for layer in found["layers"]) == 53
    assert [len(layer["uses"]) for layer in found["layers"]] == [layer["count"] for layer in found["layers"]]
    assert found["folded"] == {"BatchNormalization": 53, "Sum": 16, "Relu": 49}
    assert len(found["left"]) == 5


def test_a_model_is_a_source_of_layers(tmp_path):
    path = saved(tmp_path, model(STEM, SYMBOLIC, WB))
    said = run("generate", path, "--batch", 1, "--set", "height=6", "--set", "x.3=5", "--target", "scalar",
               "--no-verify", "-o", tmp_path / "out")
    assert said.exit_code == 0, said.output
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())  # of a library: test_package.py
    assert [layer["uses"] for layer in manifest["layers"]] == [["c"]]
    assert "1 convolution, 1 different; folded in: 1 Relu; left: nothing" in said.stderr
    assert run("plan", path).exit_code == 2
    twice = run("plan", path, "--batch", 1, "--set", "height=6", "--set", "x.3=5", "--set", "height=7")
    assert twice.exit_code == 2
    assert "set must give each dimension one extent (height=6, height=7)" in twice.stderr
    for wrong in ("height", "height=", "=4", "height=-3", "height=x"):
        said = run("plan", path, "--set", wrong)
        assert (said.exit_code, "set must be a dimension" in said.stderr) == (2, True)
    said = run("plan", saved(tmp_path, model([node("Relu", "x", "y")], X), "other.onnx"))
    assert (said.exit_code, "must hold a Conv" in said.stderr) == (3, True)


@pytest.mark.parametrize("spec", [
    ConvSpec(ic=4, oc=6, ih=5, iw=7, kh=3, kw=2, sh=2, dw=2, top=1, right=2, g=2, layout="nhwc",
             weights_layout="ohwi", activation="clip(-0.5,6)", bias=False, residual=True, flip=True, n=3),
    ConvSpec(ic=4, oc=6, iw=7, kw=1),
    ConvSpec(ic=1, oc=1, id=4, ih=1, iw=1, kd=2, kh=1, kw=1, front=1, layout="ndhwc", weights_layout="oihw"),
])
def test_layers_as_toml(spec, tmp_path):
    layers = [NamedSpec(spec, "a\\b [c] # 'd'"), NamedSpec(spec.replace(n=9))]
    path = tmp_path / "layers.toml"
    path.write_text(to_toml([(layer, "one\ntwo") for layer in layers]))
    assert load_layers(str(path)) == layers
