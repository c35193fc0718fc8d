"""ONNX models that compute in integers: which layers they become, with which arrays, and what is left or refused.

What a layer is, by the oracle, must be what the nodes say, bit for bit: their sums by ONNX's own ConvInteger, and the
rest as ONNX Runtime has it, which a sweep runs itself.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from test_onnx_import import node, saved

from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.formats import load_layers
from convgen.layer.steps import Convolve
from convgen.onnx import backend, models, shapes
from convgen.onnx.network import find_model
from convgen.verification.networks import evaluate
from convgen.verification.oracle import convolve

KINDS = {np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.int8): TensorProto.INT8,
         np.dtype(np.uint16): TensorProto.UINT16, np.dtype(np.int16): TensorProto.INT16,
         np.dtype(np.int32): TensorProto.INT32, np.dtype(np.float32): TensorProto.FLOAT}
X = (2, 4, 7, 5)
RUNTIME = "com.microsoft"


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Shapes are inferred in this process, which is sooner."""
    monkeypatch.setattr(shapes, "inferred", shapes.infer_here)


def integers(dtype, *shape, seed=0):
    ends = np.iinfo(dtype)
    return np.random.default_rng([seed, *shape]).integers(ends.min, ends.max + 1, shape).astype(dtype)


SX, SW, SY = np.float32(0.02), np.linspace(0.002, 0.01, 6, dtype=np.float32), np.float32(0.3)
C = {"xs": SX, "xz": np.uint8(117), "w": integers(np.int8, 6, 4, 3, 3), "ws": SW, "wz": np.zeros(6, np.int8),
     "ys": SY, "yz": np.uint8(130), "b": np.arange(-3000, 3000, 1000, dtype=np.int32)}
ONE = {"ws": np.float32(0.004), "wz": np.int8(0)}  # for all channels
SIGNED = {"xz": np.int8(-7), "yz": np.int8(5)}
WORDS = {"xz": np.int16(0), "yz": np.int16(0), "ys": np.float32(0.9)}
BYTES = {"w": integers(np.uint8, 6, 4, 3, 3), "wz": np.full(6, 128, np.uint8)}
PADS = {"pads": [1, 1, 1, 1]}


def model(nodes, constants, outputs="y", opset=13, inputs=None, kinds=None):
    """Of integers like the zero point that they have, x and y; inputs: shapes of others, by name."""
    like = {"x": constants.get("xz", np.uint8()).dtype, "y": constants.get("yz", np.uint8()).dtype, **(kinds or {})}

    def value(name, shape=None):
        return helper.make_tensor_value_info(name, KINDS[np.dtype(like.get(name, np.float32))], shape)

    graph = helper.make_graph(
        nodes, "g", [value(name, shape) for name, shape in {"x": X, **(inputs or {})}.items()],
        [value(name) for name in outputs.split(",")],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid(RUNTIME, 1)],
                             ir_version=8)


def sums(x, constants, **attributes):
    """v of the nodes, less all zero points."""
    w = constants["w"].astype(np.int32)
    w -= np.asarray(constants.get("wz", 0), np.int32).reshape(-1, *[1] * (w.ndim - 1))
    inputs = {"x": x.astype(np.int32) - int(constants.get("xz", 0)), "w": w}
    graph = helper.make_graph([helper.make_node("ConvInteger", ["x", "w"], ["v"], **attributes)], "g", [
        helper.make_tensor_value_info(name, TensorProto.INT32, array.shape) for name, array in inputs.items()],
        [helper.make_tensor_value_info("v", TensorProto.INT32, None)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return ReferenceEvaluator(made).run(None, inputs)[0].astype(np.int64)


def by_channel(numbers, like):
    return np.reshape(numbers, (1, -1, *[1] * (like.ndim - 2)))


def quantised(v, constants, low=-np.inf, high=np.inf):
    """y as ONNX Runtime has it: a product in f32, ties to even; low, high: of a real clamp."""
    zero, scale = int(constants["yz"]), constants["ys"]
    factor = (constants["xs"] * np.asarray(constants["ws"])) / scale
    y = np.rint(v.astype(np.float32) * by_channel(factor, v)).astype(np.int64) + zero
    ends = np.iinfo(constants["yz"].dtype)
    y = np.clip(y, *(np.clip(np.rint(np.float32(end) / scale) + zero, ends.min, ends.max) for end in (low, high)))
    return y.astype(constants["yz"].dtype)


def the_layer(tmp_path, made, layout=None):
    found = models.find(saved(tmp_path, made), layout=layout)
    (part,) = found.network.parts
    (use,) = part.uses
    assert part.constant(use)
    for array in part.spec.arrays:
        if array.when == "pack":
            assert (use.arrays[array.role].dtype, use.arrays[array.role].shape) == (array.element.dtype, array.shape)
    return found, part.spec, use


def fields_of(spec, fields):
    return {field: getattr(spec, field) for field in fields}


# --- one operator ---

# name -> (constants in place of C's, attributes, shape of x, fields of the spec)
QLINEAR = {
    "plain": ({}, PADS, X, {"dtype": "u8:s8:u8", "input_zero": 117, "output_zero": 130, "output_scale": 0.0,
                            "rounding": "half-even", "activation": "none", "bias": True, "top": 1}),
    "one scale for all": (ONE, PADS, X, {"dtype": "u8:s8:u8"}),
    "scales as arrays of one": ({"xs": SX.reshape(1), "ws": SW[:1], "wz": np.zeros(1, np.int8),
                                 "ys": SY.reshape(1)}, PADS, X, {}),
    "signed": (SIGNED, PADS, X, {"dtype": "s8:s8:s8", "input_zero": -7, "output_zero": 5}),
    "without a bias": ({"b": None}, PADS, X, {"bias": False}),
    "weights of bytes around 128": (BYTES, PADS, X, {"dtype": "u8:s8:u8"}),
    "weights of bytes around another": ({**BYTES, "wz": np.full(6, 3, np.uint8)}, PADS, X, {"dtype": "u8:s16:u8"}),
    "small weights of bytes": ({**BYTES, "w": BYTES["w"] // 2, "wz": np.zeros(6, np.uint8)}, PADS, X,
                               {"dtype": "u8:s8:u8"}),
    "a zero point for each channel": ({**SIGNED, "wz": np.arange(-100, 20, 20, dtype=np.int8)}, PADS, X,
                                      {"dtype": "s8:s16:s8"}),
    "strides": ({}, {"strides": [2, 1], "dilations": [1, 2], "pads": [0, 3, 2, 1]}, X, {"sh": 2, "dw": 2, "left": 3}),
    "groups": ({"w": integers(np.int8, 6, 2, 3, 3)}, {"group": 2, "auto_pad": "SAME_UPPER"}, X, {"g": 2, "top": 1}),
    "1-D": ({"w": integers(np.int8, 6, 4, 3)}, {"pads": [1, 2]}, (1, 4, 9), {"layout": "ncw", "right": 2}),
    "pads that cut": ({}, {"pads": [-1, 1, 0, -1]}, X, {"ih": 6, "iw": 4, "left": 1}),
    "many weights": ({"w": integers(np.int8, 6, 64, 3, 3)}, {}, (1, 64, 4, 4), {"ic": 64}),
}


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("name", QLINEAR)
def test_qlinear_conv(name, layout, tmp_path):
    changes, attributes, shape, fields = QLINEAR[name]
    constants = {key: array for key, array in {**C, **changes}.items() if array is not None}
    names = "x,xs,xz,w,ws,wz,ys,yz" + ",b" * ("b" in constants)
    made = model([node("QLinearConv", names, "y", **attributes)], constants, inputs={"x": shape})
    found, spec, use = the_layer(tmp_path, made, layout)
    assert (found.folded, found.left) == ({}, {"Slice": 1} if name == "pads that cut" else {})
    assert fields_of(spec if layout == "nchw" else spec.replace(layout="n" + "cdhw"[:1] + "dhw"[3 - spec.rank :]),
                     fields) == fields
    x = integers(constants["xz"].dtype, *shape)
    if name == "pads that cut":
        assert use.wiring.reads == "x[..., 1:, :-1]"
        v = sums(x[:, :, 1:, :-1], constants, pads=[0, 1, 0, 0])
        x = x[:, :, 1:, :-1]
    else:
        v = sums(x, constants, **attributes)
        assert use.wiring[:3] == ("x", "", "y")
    want = quantised(v + by_channel(constants.get("b", 0), v), constants)
    moved = np.moveaxis(x, 1, -1) if layout == "nhwc" else x
    y = convolve(spec, moved, **use.arrays).y
    assert (use.scale == (constants["xs"] * constants["ws"]) / constants["ys"]).all()  # in this order, in f32
    assert y.dtype == want.dtype
    assert ((np.moveaxis(y, -1, 1) if layout == "nhwc" else y) == want).all()


@pytest.mark.parametrize("zero", [None, np.uint8(117), np.int8(-3)])
@pytest.mark.parametrize(("w", "dtype"), [(C["w"], "s8"), (BYTES["w"], "s16")])
def test_conv_integer(zero, w, dtype, tmp_path):
    """Sums as they are."""
    given = np.uint8 if zero is None else zero.dtype
    constants = {"w": w} | ({} if zero is None else {"xz": zero})
    made = model([node("ConvInteger", "x,w" + ",xz" * (zero is not None), "y", **PADS)], constants,
                 kinds={"y": np.int32})
    _, spec, use = the_layer(tmp_path, made)
    assert (spec.dtype, spec.bias) == (f"{'u8' if given == np.uint8 else 's8'}:{dtype}:s32", False)
    x = integers(given, *X)
    assert (convolve(spec, x, **use.arrays).y == sums(x, constants, **PADS)).all()


@pytest.mark.parametrize(("zero", "left"), [(117, []), (0, ["p Pad: not a convolution"])])
def test_a_pad_by_the_zero_point(zero, left, tmp_path):
    constants = {**C, "at": np.array([0, 0, 1, 2, 0, 0, 3, 0]), "value": np.uint8(zero)}
    nodes = [node("Pad", "x,at,value", "p"), node("QLinearConv", "p,xs,xz,w,ws,wz,ys,yz,b", "y")]
    network = models.load(saved(tmp_path, model(nodes, constants)))
    assert list(network.left) == left
    assert (network.parts[0].spec.bottom == 3) == (not left)


# --- between DequantizeLinear and QuantizeLinear ---

DX, DB = node("DequantizeLinear", "x,xs,xz", "dx"), node("DequantizeLinear", "b,bs", "db", axis=0)
DW = node("DequantizeLinear", "w,ws,wz", "dw", axis=0)
CONV = node("Conv", "dx,dw,db", "c", **PADS)
Q = node("QuantizeLinear", "c,ys,yz", "y")
QR = node("QuantizeLinear", "r,ys,yz", "y")
CB = {**C, "bs": SX * SW}
HALF = {"low": np.float32(-1.25), "high": np.float32(4.5), "zero": np.float32(0), "six": np.float32(6)}
DQ = {"DequantizeLinear": 1, "QuantizeLinear": 1}
REAL = (C["b"] * (SX * SW)).astype(np.float32)
WIDE = np.random.default_rng(3).uniform(-0.3, 0.3, (6, 4, 3, 3)).astype(np.float32)


FIRST = [DX, DW, DB, CONV, node("QuantizeLinear", "c,ys,yz", "q")]


def runtime(*nodes):
    """In ONNX Runtime's spelling."""
    made = [type(one).FromString(one.SerializeToString()) for one in nodes]
    for one in made:
        one.domain = RUNTIME if one.op_type.endswith("quantizeLinear") or one.op_type == "QuantizeLinear" else ""
    return made


# name -> (nodes, constants, fields of the spec, folded, what it computes of the sums with bias[, opset])
BETWEEN = {
    "plain": ([DX, DW, DB, CONV, Q], CB, {"dtype": "u8:s8:u8", "input_zero": 117, "output_zero": 130, "bias": True},
              DQ, quantised),
    "signed": ([DX, DW, DB, CONV, Q], CB | SIGNED, {"dtype": "s8:s8:s8"}, DQ, quantised),
    "from u8 to s8": ([DX, DW, DB, CONV, Q], CB | {"yz": np.int8(5)}, {"dtype": "u8:s8:s8"}, DQ, quantised),
    "one scale for all": ([DX, node("DequantizeLinear", "w,ws,wz", "dw"), node("DequantizeLinear", "b,bs", "db"), CONV,
                           Q], CB | ONE | {"bs": SX * ONE["ws"]}, {"dtype": "u8:s8:u8"}, DQ, quantised),
    "the last axis but three": ([DX, node("DequantizeLinear", "w,ws,wz", "dw", axis=-4), DB, CONV, Q], CB, {}, DQ,
                                quantised),
    "relu": ([DX, DW, DB, CONV, node("Relu", "c", "r"), QR], CB, {"activation": "relu", "output_scale": 0.0},
             DQ | {"Relu": 1}, lambda v, c: quantised(v, c, 0)),
    "relu6": ([DX, DW, DB, CONV, node("Clip", "c,zero,six", "r"), QR], CB | HALF,
              {"activation": "relu6", "output_scale": float(SY)}, DQ | {"Clip": 1}, lambda v, c: quantised(v, c, 0, 6)),
    "clip": ([DX, DW, DB, CONV, node("Clip", "c,low,high", "r"), QR], CB | HALF,
             {"activation": "clip(-1.25,4.5)", "output_scale": float(SY)}, DQ | {"Clip": 1},
             lambda v, c: quantised(v, c, -1.25, 4.5)),
    "two nodes that clip": ([DX, DW, DB, CONV, node("Max", "c,low", "m"), node("Min", "m,high", "r"), QR], CB | HALF,
                            {"activation": "clip(-1.25,4.5)"}, DQ | {"Max": 1, "Min": 1},
                            lambda v, c: quantised(v, c, -1.25, 4.5)),
    "identity": ([DX, DW, DB, CONV, node("Identity", "c", "r"), QR], CB, {}, DQ | {"Identity": 1}, quantised),
    "real bias": ([DX, DW, node("Conv", "dx,dw,rb", "c", **PADS), Q], CB | {"rb": REAL}, {"bias": True}, DQ,
                  quantised),
    "bias of another scale": ([DX, DW, DB, CONV, Q], CB | {"bs": SX * SW / 2, "b": C["b"] * 2}, {}, DQ,
                              lambda v, c: quantised(v - by_channel(C["b"], v), c)),
    "without a bias": ([DX, DW, node("Conv", "dx,dw", "c", **PADS), Q], {**CB, "b": C["b"] * 0}, {"bias": False}, DQ,
                       quantised),
    "without zero points": ([node("DequantizeLinear", "x,xs", "dx"), node("DequantizeLinear", "w,ws", "dw", axis=0), DB,
                             CONV, node("QuantizeLinear", "c,ys", "y")],
                            CB | {"xz": np.uint8(0), "yz": np.uint8(0)}, {"input_zero": 0, "output_zero": 0}, DQ,
                            quantised),
    "type of the output as an attribute": (
        [DX, DW, DB, CONV, node("QuantizeLinear", "c,ys", "y", output_dtype=3)], CB | {"yz": np.int8(0)},
        {"dtype": "u8:s8:s8"}, DQ, quantised, 21),
    **{f"16 bits, {name}": (nodes, CB | WORDS | changes, {"dtype": "s16:s8:s16"} | fields, folded, what, *opset)
       for name, (nodes, changes, fields, folded, what, *opset) in {
           "opset 21": ([DX, DW, DB, CONV, Q], {}, {"bias": True}, DQ, quantised, 21),
           "ONNX Runtime, opset 17": (runtime(DX, DW, DB, CONV, Q), {}, {}, DQ, quantised, 17),
           "zero points": ([DX, DW, DB, CONV, Q], {"xz": np.int16(-300), "yz": np.int16(4000)},
                           {"input_zero": -300, "output_zero": 4000}, DQ, quantised, 21),
           "weights of bytes around 128": ([DX, DW, DB, CONV, Q], BYTES, {}, DQ, quantised, 21),
           "real bias": ([DX, DW, node("Conv", "dx,dw,rb", "c", **PADS), Q], {"rb": REAL}, {}, DQ, quantised, 21),
           "real bias beyond 32": (
               [DX, DW, node("Conv", "dx,dw,rb", "c", **PADS), Q],
               {"rb": np.float32(3e9) * (SX * SW), "b": np.int64(3e9), "ys": np.float32(10)}, {}, DQ, quantised, 21),
           "relu": ([DX, DW, DB, CONV, node("Relu", "c", "r"), QR], {}, {"activation": "relu"}, DQ | {"Relu": 1},
                    lambda v, c: quantised(v, c, 0), 21),
           "real outputs": ([DX, DW, DB, node("Conv", "dx,dw,db", "y", **PADS)], {}, {"dtype": "s16:s8:f32"},
                            {"DequantizeLinear": 1}, None, 21),
       }.items()},
    "weights of bytes": ([DX, DW, DB, CONV, Q], CB | BYTES | {"wz": np.full(6, 9, np.uint8)}, {"dtype": "u8:s16:u8"},
                         DQ, quantised),
    "weights to be quantised": ([DX, node("QuantizeLinear", "rw,ws,wz", "w", axis=0), DW, DB, CONV, Q],
                                {**CB, "rw": WIDE}, {"dtype": "u8:s8:u8"}, DQ, quantised),
    "computed scales": ([node("Mul", "two,half", "xs"), node("Div", "xs,two", "again"), node("Mul", "again,two", "ys"),
                         node("Cast", "wide", "xz", to=2), DX, DW, DB, CONV, Q],
                        {**CB, "two": np.float32(0.04), "half": np.float32(0.5), "wide": np.int64(117),
                         "ys": np.float32(0.02)}, {"input_zero": 117}, DQ, quantised),
    "clamped between the same numbers": (
        [*FIRST, node("Cast", "q", "k", to=2), node("DequantizeLinear", "k,ys,yz", "d"),
         node("Clip", "d,zero,six", "r"), QR], CB | HALF, {"activation": "relu6", "output_scale": float(SY)},
        {"DequantizeLinear": 2, "QuantizeLinear": 2, "Cast": 1, "Clip": 1}, lambda v, c: quantised(v, c, 0, 6)),
    "looked up": (
        [*FIRST, node("DequantizeLinear", "q,ys,yz", "d"), node("Sigmoid", "d", "r"),
         node("QuantizeLinear", "r,as,az", "y")], CB | {"as": np.float32(1 / 256), "az": np.uint8(3)},
        {"activation": "sigmoid", "sum_scale": float(SY), "sum_zero": 130, "output_scale": 1 / 256, "output_zero": 3},
        {"DequantizeLinear": 2, "QuantizeLinear": 2, "Sigmoid": 1},
        lambda v, c: np.minimum(np.rint(256 / (1 + np.exp(-(quantised(v, c) - 130.0) * float(SY)))) + 3,
                                255).astype(np.uint8)),
    "identities behind": ([*FIRST, node("Cast", "q", "k", to=2), node("Identity", "k", "y")], CB, {},
                          DQ | {"Cast": 1, "Identity": 1}, quantised),
    "zeros before": ([DX, DW, DB, node("Pad", "dx,at", "p"), node("Conv", "p,dw,db", "c"), Q],
                     CB | {"at": np.array([0, 0, 1, 1, 0, 0, 1, 1])}, {"top": 1, "right": 1}, DQ | {"Pad": 1},
                     quantised),
    "real outputs": ([DX, DW, DB, node("Conv", "dx,dw,db", "y", **PADS)], CB, {"dtype": "u8:s8:f32"},
                     {"DequantizeLinear": 1}, None),
    "real outputs, silu": ([DX, DW, DB, CONV, node("Sigmoid", "c", "g"), node("Mul", "c,g", "y")], CB,
                           {"dtype": "u8:s8:f32", "activation": "silu"},
                           {"DequantizeLinear": 1, "Sigmoid": 1, "Mul": 1}, None),
    **{f"opset {opset}": ([DX, DW, DB, CONV, Q], CB, {"dtype": "u8:s8:u8"}, DQ, quantised, opset)
       for opset in (19, 21, 23, 24, 25)},
    "opset 10": ([DX, node("DequantizeLinear", "w,ws,wz", "dw"), node("DequantizeLinear", "b,bs", "db"), CONV, Q],
                 CB | ONE | {"bs": SX * ONE["ws"]}, {"dtype": "u8:s8:u8"}, DQ, quantised, 10),
    **{f"ONNX Runtime, opset {opset}": (runtime(DX, DW, DB, CONV, Q), CB, {"dtype": "u8:s8:u8"}, DQ, quantised, opset)
       for opset in (9, 12, 13, 21)},
}  # fmt: skip


def given_to(nodes, constants):
    """What no node makes."""
    made = {name for one in nodes for name in one.output}
    return {name: array for name, array in constants.items() if name not in made}


@pytest.mark.parametrize("name", BETWEEN)
def test_between(name, tmp_path):
    nodes, constants, fields, folded, what, *opset = BETWEEN[name]
    kinds = {"y": constants["yz"].dtype if what else np.float32, "x": constants["xz"].dtype}
    made = model(nodes, given_to(nodes, constants), opset=opset[0] if opset else 13, kinds=kinds)
    found, spec, use = the_layer(tmp_path, made)
    assert (found.folded, found.network.left) == (folded, ())
    assert use.wiring[:3] == ("x", "", "y")
    assert fields_of(spec, fields) == fields
    x = integers(constants["xz"].dtype, *X)
    if name == "weights to be quantised":
        steps = np.rint(WIDE / SW.reshape(-1, 1, 1, 1))
        constants = {**constants, "w": np.clip(steps, -128, 127).astype(np.int8)}
    v = sums(x, constants, **PADS)
    v += by_channel(constants["b"], v)
    y = convolve(spec, x, **use.arrays).y
    if what is None:
        real = v.astype(np.float32) * by_channel(SX * SW, v)
        want = real / (1 + np.exp(-real)) if spec.activation == "silu" else real
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, want, rtol=1e-6 if spec.activation == "silu" else 0)
    else:
        want = what(v, constants)
        assert y.dtype == want.dtype
        assert (y == want).all()
    assert len(np.unique(want)) > 15


WT = integers(np.int8, 4, 3, 4, 4)  # input channels, output channels of a group
UP = {"w": WT, "ws": SW[:3], "wz": np.zeros(3, np.int8), "bs": SX * SW[:3], "b": C["b"][:3]}
TRANSPOSED = {  # constants in place of C's, attributes, fields of the spec
    "a scale for each channel": (UP, {}, {"dtype": "u8:s8:u8", "bias": True, "g": 1}),
    "one for all": (UP | ONE | {"bs": SX * ONE["ws"]}, {}, {"dtype": "u8:s8:u8"}),
    "output padding": (UP | SIGNED, {"output_padding": [1, 0]}, {"dtype": "s8:s8:s8", "bottom": 0, "right": 1}),
    "zero points of weights": (UP | {"w": integers(np.uint8, 4, 3, 4, 4), "wz": np.array([3, 128, 255], np.uint8)}, {},
                               {"dtype": "u8:s16:u8"}),
    "groups that share scales": (UP | {"bs": SX * np.tile(SW[:3], 2), "b": C["b"]}, {"group": 2},
                                 {"dtype": "u8:s8:u8", "g": 2, "oc": 6}),
}


@pytest.mark.parametrize("name", TRANSPOSED)
def test_between_transposed(name, tmp_path):
    """Scales of weights are those of their second axis; sums by ONNX's own ConvTranspose, which are below 2^24."""
    changes, attributes, fields = TRANSPOSED[name]
    constants, attributes = {**C, **changes}, {"strides": [2, 2], **PADS, **attributes}
    made = model([DX, node("DequantizeLinear", "w,ws,wz", "dw", axis=-3),
                  node("DequantizeLinear", "b,bs", "db", axis=0),
                  node("ConvTranspose", "dx,dw,db", "c", **attributes), node("Relu", "c", "r"), QR], constants)
    found, spec, use = the_layer(tmp_path, made)
    assert (found.folded, found.network.left) == (DQ | {"Relu": 1}, ())
    fields = fields | {"op": "transposed", "weights_layout": "iohw", "activation": "relu"}
    assert fields_of(spec, fields) == fields
    x, w = integers(constants["xz"].dtype, *X), constants["w"].astype(np.float32)
    w -= np.reshape(constants["wz"], (1, -1, 1, 1)).astype(np.float32)
    real = x.astype(np.float32) - int(constants["xz"])
    attributes.pop("group", None)  # of which the reference takes one at a time
    v = np.concatenate([ReferenceEvaluator(model(
        [node("ConvTranspose", "x,w", "y", **attributes)], {"w": taps}, inputs={"x": part.shape},
        kinds={"x": np.float32, "y": np.float32})).run(None, {"x": part})[0]
        for part, taps in zip(np.split(real, spec.g, 1), np.split(w, spec.g), strict=True)], 1).astype(np.int64)
    v += by_channel(constants["b"], v)
    scales = np.asarray(constants["ws"])
    constants["ws"] = np.tile(scales, spec.g) if scales.ndim else scales
    want = quantised(v, constants, 0)
    y = convolve(spec, x, **use.arrays).y
    assert (y == want).all()
    assert len(np.unique(want)) > 15


def test_layers_that_read_the_same(tmp_path):
    """Each has a DequantizeLinear of its own, and nothing of it is ever in memory."""
    nodes = [DX, DW, DB, CONV, node("Relu", "c", "r"), QR, node("Conv", "dx,dw,db", "k", **PADS),
             node("QuantizeLinear", "k,ys,yz", "z")]
    found = models.find(saved(tmp_path, model(nodes, CB, "y,z", kinds={"z": np.uint8})))
    assert [(part.spec.dtype, part.spec.activation, use.wiring.reads) for part in found.network.parts
            for use in part.uses] == [("u8:s8:u8", "relu", "x"), ("u8:s8:u8", "none", "x")]
    assert found.network.left == ()
    size, made = X[0] * X[1] * 7 * 5, X[0] * 6 * 7 * 5
    assert [(step.name, step.layer, step.live) for step in found.steps] == [
        ("c", True, size + made), ("k", True, size + 2 * made)]


def test_distinct_layers_share_a_kernel_whatever_their_scales(tmp_path):
    nodes = [DX, DW, DB, CONV, Q, node("Conv", "dx,dw,db", "k", **PADS), node("QuantizeLinear", "k,zs,yz", "z")]
    network = models.load(saved(tmp_path, model(nodes, {**CB, "zs": np.float32(0.5)}, "y,z", kinds={"z": np.uint8})))
    (part,) = network.parts
    first, second = part.uses
    np.testing.assert_allclose(first.scale / second.scale, 0.5 / 0.3, rtol=1e-6)


def test_channels_last_of_onnx_runtime(tmp_path):
    """As it saves a model that it has optimised."""
    made = model([node("QLinearConv", "x,xs,xz,w,ws,wz,ys,yz,b", "y", domain=RUNTIME, channels_last=1, **PADS)], C,
                 inputs={"x": (2, 7, 5, 4)})
    found, spec, use = the_layer(tmp_path, made)
    assert (spec.input_shape, spec.dtype, found.left) == (X, "u8:s8:u8", {"Transpose": 2})
    x = integers(np.uint8, *X)
    assert (convolve(spec, x, **use.arrays).y == quantised(sums(x, C, **PADS) + by_channel(C["b"], x), C)).all()


def runtime_operator(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(","), [output], domain=RUNTIME, **attributes)


# operator of ONNX Runtime -> what it reads, its attributes, and what it makes of real numbers a and b
OPERATORS = {
    "QLinearAdd": ("y,ys,yz,x,xs,xz,zs,zz", {}, lambda a, b: a + b),
    "QLinearMul": ("y,ys,yz,x,xs,xz,zs,zz", {}, lambda a, b: a * b),
    "QLinearConcat": ("zs,zz,y,ys,yz,x,xs,xz", {"axis": 2}, lambda a, b: np.concatenate([a, b], 2)),
    "QLinearSigmoid": ("y,ys,yz,zs,zz", {}, lambda a, b: 1 / (1 + np.exp(-a))),
    "QLinearLeakyRelu": ("y,ys,yz,zs", {"alpha": 0.25}, lambda a, b: np.where(a < 0, 0.25 * a, a)),
    "QLinearGlobalAveragePool": ("y,ys,yz,zs,zz", {}, lambda a, b: a.mean((2, 3), keepdims=True)),
    "QLinearAveragePool": ("y,ys,yz,zs,zz", {"kernel_shape": [1, 2], "channels_last": 1},
                           lambda a, b: (a[:, :, :-1] + a[:, :, 1:]) / 2),
}


@pytest.mark.parametrize("op", OPERATORS)
def test_between_layers_of_onnx_runtime(op, tmp_path):
    """What its quantiser writes between convolutions: shapes go through it, and the backend runs it."""
    names, attributes, what = OPERATORS[op]
    constants = C | {"zs": np.float32(0.02), "zz": np.uint8(9 if "zz" in names else 0), "k": C["w"][:, :, :1, :1],
                     "v": integers(np.int8, 6, 6, 1, 1)}
    nodes = [node("QLinearConv", "u,xs,xz,k,ws,wz,ys,yz,b", "y"),
             runtime_operator(op, names, "z", **attributes),
             node("QLinearConv", "z,zs,zz,v,ws,wz,ys,yz,b", "o")]
    made = model(nodes, constants, "z,o", inputs={"u": X, "x": (2, 6, 7, 5)},
                 kinds=dict.fromkeys("uxzo", np.uint8))
    first, second = [part.spec for part in models.load(saved(tmp_path, made)).parts]
    u, x = integers(np.uint8, *X), integers(np.uint8, 2, 6, 7, 5)
    z, o = backend.prepare(made, target="scalar").run({"u": u, "x": x})
    assert (second.input_shape, second.output_shape, second.dtype) == (z.shape, o.shape, "u8:s8:u8")
    y = quantised(sums(u, C | {"w": constants["k"]}) + by_channel(C["b"], u), C)
    real = what((y.astype(np.float32) - int(C["yz"])) * SY, (x.astype(np.float32) - int(C["xz"])) * SX)
    zero, before = int(constants["zz"]), op == "QLinearAveragePool"  # whether it is added before the rounding
    want = np.clip(np.rint(real / np.float32(0.02) + zero * before) + zero * (not before), 0, 255)
    assert (np.abs(z - want) <= 1).all()  # the order of an average's sum is nobody's
    assert np.mean(z == want) > 0.99
    assert len(np.unique(z)) > 8
    assert first.output_shape == (2, 6, 7, 5)


def test_an_average_is_rounded_with_its_zero_point(tmp_path):
    """By ONNX Runtime: rint(a/s + zero), where QuantizeLinear has rint(a/s) + zero. With an odd zero point all ties
    differ."""
    x = np.array([[[[3, 4, 7, 8, 255, 0]]]], np.uint8)  # every second pair is a tie
    given = ("x", np.float32(0.5), np.uint8(3), np.float32(0.5), np.uint8(7))
    constants = dict(zip(("xs", "xz", "ys", "yz"), given[1:], strict=True))
    made = model([runtime_operator("QLinearAveragePool", "x,xs,xz,ys,yz", "y", kernel_shape=[1, 2], strides=[1, 2])],
                 constants, inputs={"x": x.shape}, kinds=dict.fromkeys("xy", np.uint8))
    want = np.rint((x[..., ::2] + x[..., 1::2].astype(np.float64)) / 2 - 3 + 7)
    assert (want != np.rint((x[..., ::2] + x[..., 1::2].astype(np.float64)) / 2 - 3) + 7).all()
    (y,) = backend.prepare(made, target="scalar").run({"x": x})
    assert y.tolist() == want.tolist()


# the Gemm of ONNX Runtime's quantiser: (attributes, shape of the weights, constants), and the layer's dtype
PRODUCTS = {
    "one scale for all": ({}, (4, 6), ONE, "u8:s8:u8"),
    "a scale for each channel": ({"transB": 1}, (6, 4), {}, "u8:s8:u8"),
    "a scale for each channel, rows to sum": ({}, (4, 6), {}, "u8:s8:u8"),
    "signed": ({"transB": 1}, (6, 4), SIGNED, "s8:s8:s8"),
    "without a bias": ({"transB": 1}, (6, 4), {"b": None}, "u8:s8:u8"),
    "real numbers": ({"transB": 1}, (6, 4), {"ys": None, "yz": None}, "u8:s8:f32"),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_of_onnx_runtime(name, tmp_path):
    attributes, shape, changes, dtype = PRODUCTS[name]
    constants = {key: array for key, array in {**C, **changes, "w": integers(np.int8, *shape)}.items()
                 if array is not None}
    order = ("x", "xs", "xz", "w", "ws", "wz", "b", "ys", "yz")
    names = ",".join(key if key in {"x", *constants} else "" for key in order)
    real = "ys" not in constants
    made = model([node("QGemm", names.rstrip(","), "y", domain=RUNTIME, **attributes)], constants,
                 inputs={"x": (5, 4)}, kinds={"y": np.float32} if real else None)
    network = find_model(saved(tmp_path, made))
    (layer,) = [step for step in network.steps if isinstance(step, Convolve)]
    assert layer.spec.dtype == dtype
    x = integers(constants["xz"].dtype, 5, 4)
    w = constants["w"].T if "transB" in attributes else constants["w"]
    v = (x.astype(np.int64) - int(constants["xz"])) @ w.astype(np.int64) + constants.get("b", 0)
    want = v.astype(np.float32) * (constants["xs"] * constants["ws"]) if real else quantised(v, constants)
    found = evaluate(network, {"x": x}, np.float32)["y"]
    assert (found == want).all()
    assert len(np.unique(found)) > 5


def test_a_node_that_lacks_an_input(tmp_path):
    made = model([node("DequantizeLinear", "x,,xz", "y")], C, kinds={"y": np.float32})
    with pytest.raises(InputError, match=r"DequantizeLinear y: it must be given all that it reads .*'x', '', 'xz'"):
        find_model(saved(tmp_path, made))


MOVED = [node("DequantizeLinear", "x,xs,xz", "dx"), DW, DB]
POOL = node("MaxPool", "dx", "p", kernel_shape=[2, 2])
TURNED = [node("Transpose", "dx", "t", perm=[0, 1, 3, 2]), node("MaxPool", "t", "p", kernel_shape=[2, 2])]
LAYER, OUT = node("Conv", "p,dw,db", "c", **PADS), node("QuantizeLinear", "c,ys,yz", "y")
MOVES = {  # nodes before the layer, others behind; how many DequantizeLinear nodes are left, and the layer's dtype
    "a pool": ([POOL], [], 0, "u8:s8:u8"),
    "several": (TURNED, [], 0, "u8:s8:u8"),
    "what others read too": ([POOL], [node("Relu", "p", "z")], 1, "u8:s8:u8"),
    "what others read before it": ([POOL], [node("Relu", "dx", "z")], 1, "u8:s8:u8"),
    "an average": ([node("AveragePool", "dx", "p", kernel_shape=[2, 2])], [], 1, "f32"),
    "places": ([node("MaxPool", "dx", "p,i", kernel_shape=[2, 2])], [], 1, "f32"),
}


@pytest.mark.parametrize("name", MOVES)
def test_what_is_moved_before_a_layer_may_be_moved_as_integers(name, tmp_path):
    before, behind, left, dtype = MOVES[name]
    made = model([*MOVED, *before, LAYER, OUT, *behind], CB, "y,z" if behind else "y", 21)
    network = find_model(saved(tmp_path, made))
    (layer,) = [step for step in network.steps if isinstance(step, Convolve)]
    assert layer.spec.dtype == dtype
    assert models.find(tmp_path / "model.onnx").left.get("DequantizeLinear", 0) == left
    x = integers(np.uint8, *X)
    found = evaluate(network, {"x": x}, np.float32)
    want = ReferenceEvaluator(made).run(None, {"x": x})
    off = np.abs(found["y"].astype(int) - want[0])
    assert off.max() <= 1  # the evaluator's sums are of real numbers
    assert (off > 0).mean() < 0.01
    assert all((found["z"] == one).all() for one in want[1:])


# --- what is left as it is ---

BEFORE = [DX, DW, DB, CONV]
ADDED = {"inputs": {"r0": (2, 6, 7, 5)}}
R = {"rs": np.float32(0.21), "rz": np.uint8(9)}
DR, SUM = node("DequantizeLinear", "r0,rs,rz", "dr"), node("Add", "c,dr", "r")
RESIDUAL = {**ADDED, "kinds": {"r0": np.uint8}}
FLOATS = {"dtype": "f32"}


def plus(v, r, constants, low=-np.inf):
    """y of sums and a residual: two products in f32, and their sum in f32, ties to even."""
    zero, scale = int(constants["yz"]), constants["ys"]
    product = v.astype(np.float32) * by_channel(constants["xs"] * constants["ws"] / scale, v)
    added = (r.astype(np.float32) - np.float32(constants["rz"])) * (constants["rs"] / scale)
    ends = np.iinfo(constants["yz"].dtype)
    y = np.rint(product + added).astype(np.int64) + zero
    return np.clip(y, max(ends.min, zero if low == 0 else ends.min), ends.max).astype(constants["yz"].dtype)


# name -> (nodes behind the Conv, constants, fields of the spec, folded, the least output)
SUMS = {
    "plain": ([DR, SUM, QR], {}, {"dtype": "u8:s8:u8", "residual_zero": 9, "activation": "none", "output_zero": 130},
              {"Add": 1}, -np.inf),
    "the other way round": ([DR, node("Add", "dr,c", "r"), QR], {}, {"residual_zero": 9}, {"Add": 1}, -np.inf),
    "a sum": ([DR, node("Sum", "c,dr", "r"), QR], {}, {}, {"Sum": 1}, -np.inf),
    "relu": ([DR, SUM, node("Relu", "r", "a"), node("QuantizeLinear", "a,ys,yz", "y")], {}, {"activation": "relu"},
             {"Add": 1, "Relu": 1}, 0),
    "signed": ([DR, SUM, QR], SIGNED | {"rz": np.int8(-128)}, {"dtype": "s8:s8:s8", "residual_zero": -128}, {"Add": 1},
               -np.inf),
    "FusedConv": ([DR, node("QuantizeLinear", "c,ys,yz", "y")], {}, {"activation": "relu"}, {"Add": 1, "Relu": 1}, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_that_is_quantised(name, tmp_path):
    behind, changes, fields, folded, low = SUMS[name]
    constants = CB | R | changes
    conv = CONV if name != "FusedConv" else helper.make_node(
        "FusedConv", ["dx", "dw", "db", "dr"], ["c"], domain=RUNTIME, activation="Relu", **PADS)
    kinds = {"x": constants["xz"].dtype, "r0": constants["rz"].dtype}
    nodes = [DX, DW, DB, *behind[:1], conv, *behind[1:]]
    found, spec, use = the_layer(tmp_path, model(nodes, constants, **ADDED, kinds=kinds))
    assert (found.folded, found.network.left) == ({"DequantizeLinear": 2, "QuantizeLinear": 1, **folded}, ())
    assert use.wiring[:3] == ("x", "r0", "y")
    fields = fields | {"residual": True, "residual_scale": float(R["rs"] / SY)}
    assert fields_of(spec, fields) == fields
    x, r = integers(kinds["x"], *X), integers(kinds["r0"], 2, 6, 7, 5, seed=1)
    v = sums(x, constants, **PADS) + by_channel(constants["b"], x)
    want = plus(v, r, constants, low)
    assert (convolve(spec, x, residual=r, **use.arrays).y == want).all()
    assert len(np.unique(want)) > 15
    real = v * by_channel(np.float64(SX) * SW, v) + (r.astype(int) - int(constants["rz"])) * float(R["rs"])
    y = (want.astype(int) - int(constants["yz"])) * float(SY)
    inside = (want > np.iinfo(want.dtype).min) & (want < np.iinfo(want.dtype).max) & (real > low)
    assert np.abs(y - real)[inside].max() < 0.501 * SY


def test_of_two_sums_one_adds_the_other(tmp_path):
    """A block whose shortcut is a convolution too: what that made is quantised, and the other adds it."""
    nodes = [DX, DW, DB, node("Conv", "dx,dw,db", "k", **PADS), node("QuantizeLinear", "k,rs,rz", "r0"), DR, CONV, SUM,
             QR]
    network = models.load(saved(tmp_path, model(nodes, CB | R)))
    assert {use.wiring[:3] for part in network.parts for use in part.uses} == {("x", "", "r0"), ("x", "r0", "y")}
    assert network.left == ()


# name -> (nodes, constants, what the layer is, what is left and why, outputs, more of the model)
LEFT = {
    "real residual": ([*BEFORE, node("Add", "c,r0", "r"), QR], CB, {"dtype": "u8:s8:f32", "residual": False},
                      ["r Add: r0 is not made by a DequantizeLinear", "y QuantizeLinear: not a convolution"], "y",
                      ADDED),
    **{f"residual {name}": (
        [*BEFORE, DR, *nodes], CB | R | changes, {"dtype": "u8:s8:f32", "residual": False},
        ["dr DequantizeLinear: not a convolution", f"r Add: {said}", *behind], "y",
        ADDED | {"kinds": {"r0": (R | changes)["rz"].dtype}} | more) for name, (nodes, changes, said, behind, more) in {
        "of another type": ([SUM, QR], {"rz": np.int8(3)}, "it adds s8 (r0) to what becomes u8 (y)",
                            ["y QuantizeLinear: not a convolution"], {}),
        "of real outputs": ([node("Add", "c,dr", "r"), node("Neg", "r", "y")], {},
                            "no QuantizeLinear is behind it or behind its clamp", ["y Neg: not a convolution"],
                            {"kinds": {"r0": np.uint8, "y": np.float32}}),
        "before silu": ([SUM, node("Sigmoid", "r", "g"), node("Mul", "r,g", "m"),
                         node("QuantizeLinear", "m,ys,yz", "y")], {},
                        "no QuantizeLinear is behind it or behind its clamp",
                        [f"{one}: not a convolution" for one in ("g Sigmoid", "m Mul", "y QuantizeLinear")], {}),
        "for each channel": ([SUM, QR], {}, "dr has not the output's shape", ["y QuantizeLinear: not a convolution"],
                             {"inputs": {"r0": (2, 6, 1, 1)}}),
        "far larger than outputs": ([SUM, QR], {"rs": np.float32(1e38)},
                                    "residual_scale must be a positive normal f32 up to 6.646e+35"
                                    " (residual_scale=3.3333330915458335e+38)",
                                    ["y QuantizeLinear: not a convolution"], {}),
        "of a scale that is given": ([SUM, QR], {"rs": None}, "r_scale must be a constant (r_scale=rs)",
                                     ["y QuantizeLinear: not a convolution"],
                                     {"inputs": {**ADDED["inputs"], "rs": ()}}),
    }.items()},
    "residual that the model holds": (
        [*BEFORE, DR, SUM, QR], CB | R | {"r0": integers(np.uint8, 2, 6, 7, 5)}, {"dtype": "u8:s8:f32"},
        ["r Add: dr is a constant of the model, which a layer does not hold", "y QuantizeLinear: not a convolution"]),
    "residual behind an activation": (
        [*BEFORE, DR, node("Relu", "c", "a"), node("Add", "a,dr", "r"), QR], CB | R, {"dtype": "u8:s8:f32"},
        ["dr DequantizeLinear: not a convolution", "r Add: it comes after the activation",
         "y QuantizeLinear: not a convolution"], "y", RESIDUAL),
    "rounded before the sum": (
        [*FIRST, DR, node("DequantizeLinear", "q,ys,yz", "d"), node("Add", "d,dr", "r"), QR], CB | R,
        {"dtype": "u8:s8:u8", "residual": False},
        ["dr DequantizeLinear: not a convolution", "d DequantizeLinear: not a convolution",
         "r Add: q is rounded to u8 before it, and a layer rounds only the sum", "y QuantizeLinear: not a convolution"],
        "y", RESIDUAL),
    "silu": ([*BEFORE, node("Sigmoid", "c", "g"), node("Mul", "c,g", "r"), QR], CB,
             {"dtype": "u8:s8:f32", "activation": "silu"},
             ["y QuantizeLinear: activation must be one of none, relu, relu6, clip before it (activation=silu)"]),
    "slopes": ([*BEFORE, node("PRelu", "c,p", "r"), QR], CB | {"p": np.ones((6, 1, 1), np.float32)},
               {"dtype": "u8:s8:f32", "activation": "none"},
               ["r PRelu: activation must take no slopes where sums are integers (activation=prelu)",
                "y QuantizeLinear: not a convolution"]),
    "read twice": ([*BEFORE, Q, node("Neg", "c", "z")], CB, {"dtype": "u8:s8:f32"},
                   ["y QuantizeLinear: c has other readers", "z Neg: not a convolution"], "y,z"),
    "16 bits behind": ([*BEFORE, Q], CB | {"yz": np.uint16(3)}, {"dtype": "u8:s8:f32"},
                       ["y QuantizeLinear: y must be u8, s8 or s16 (y is uint16)"], "y", {"opset": 21}),
    **{f"{name} bits, then others": (
        [*BEFORE, Q], CB | changes, {"dtype": dtype},
        [f"y QuantizeLinear: x and y must both be of 8 bits or both s16 ({said})"], "y", {"opset": 21})
       for name, changes, dtype, said in (("16", {"xz": np.int16(0)}, "s16:s8:f32", "x is s16, y is u8"),
                                          ("8", {"yz": np.int16(0)}, "u8:s8:f32", "x is u8, y is s16"))},
    "16 bits, looked up": (
        [*FIRST, node("DequantizeLinear", "q,ys,yz", "d"), node("Sigmoid", "d", "r"), QR], CB | WORDS,
        {"dtype": "s16:s8:s16", "activation": "none"},
        [f"{one}: not a convolution" for one in ("d DequantizeLinear", "r Sigmoid", "y QuantizeLinear")], "y",
        {"opset": 21}),
    "scale behind": ([*BEFORE, Q], given_to([node("Neg", "x", "ys")], CB), {"dtype": "u8:s8:f32"},
                     ["y QuantizeLinear: y_scale must be a constant (y_scale=ys)"], "y", {"inputs": {"ys": ()}}),
    "scales behind, one for each channel": (
        [*BEFORE, Q], CB | {"ys": SW, "yz": np.zeros(6, np.uint8)}, {"dtype": "u8:s8:f32"},
        ["y QuantizeLinear: y_zero_point must be one number (yz has the shape (6,))"]),
    "blocks behind": ([*BEFORE, node("QuantizeLinear", "c,ys,yz", "y", block_size=2)],
                      CB | {"ys": np.ones((2, 3, 7, 5), np.float32), "yz": np.zeros((2, 3, 7, 5), np.uint8)},
                      {"dtype": "u8:s8:f32"}, ["y QuantizeLinear: y_scale must not be one for each block"
                                               " (block_size=2)"], "y", {"opset": 21}),
    "scale before": ([*BEFORE, Q], given_to([node("Neg", "x", "xs")], CB), FLOATS,
                     ["dx DequantizeLinear: x_scale must be a constant (x_scale=xs)",
                      "y QuantizeLinear: not a convolution"], "y", {"inputs": {"xs": ()}}),
    "bias that is given": ([DX, DW, node("Conv", "dx,dw,rb", "c", **PADS), Q], CB, FLOATS,
                           ["dx DequantizeLinear: b must be a constant (b=rb)", "y QuantizeLinear: not a convolution"],
                           "y", {"inputs": {"rb": (6,)}}),
    **{f"16 bits of {name}": ([*BEFORE, Q], CB | changes, FLOATS,
                              [f"dx DequantizeLinear: {said}", "y QuantizeLinear: not a convolution"], "y",
                              {"opset": 21})
       for name, changes, said in (
           ("u16", {"xz": np.uint16(3)}, "x must be u8, s8 or s16 (x is uint16)"),
           ("weights", WORDS | {"w": C["w"].astype(np.int16), "wz": np.zeros(6, np.int16)},
            "w must be u8 or s8 (w is int16)"),
           ("weights less zero points", WORDS | BYTES | {"wz": np.full(6, 9, np.uint8)},
            "w less its zero points must fit s8 where x is s16 (w=w, of u8)"))},
    "scales of input channels": (
        [DX, node("DequantizeLinear", "w,ws,wz", "dw", axis=1), DB, CONV, Q],
        CB | {"ws": SW[:4], "wz": np.zeros(4, np.int8)}, FLOATS,
        ["dx DequantizeLinear: w_scale must be one number, or one for each output channel (axis=1)",
         "y QuantizeLinear: not a convolution"]),
    "clamped between other numbers": (
        [*FIRST, node("DequantizeLinear", "q,ys,yz", "d"), node("Relu", "d", "r"),
         node("QuantizeLinear", "r,zs,yz", "y")], CB | {"zs": SY * 2}, {"dtype": "u8:s8:u8", "activation": "none"},
        ["d DequantizeLinear: not a convolution", "r Relu: not a convolution", "y QuantizeLinear: not a convolution"]),
    "clamped, and read before": (
        [*FIRST, node("DequantizeLinear", "q,ys,yz", "d"), node("Relu", "d", "r"), QR, node("Neg", "d", "z")], CB,
        {"dtype": "u8:s8:u8", "activation": "none"},
        ["d DequantizeLinear: not a convolution", "r Relu: not a convolution", "y QuantizeLinear: not a convolution",
         "z Neg: not a convolution"], "y,z"),
    "silu, and then another type": (
        [*FIRST, node("DequantizeLinear", "q,ys,yz", "d"), node("Sigmoid", "d", "g"), node("Mul", "d,g", "r"),
         node("QuantizeLinear", "r,ys,az", "y")], CB | {"az": np.int8(0)},
        {"dtype": "u8:s8:u8", "activation": "none"},
        [f"{one}: not a convolution" for one in ("d DequantizeLinear", "g Sigmoid", "r Mul", "y QuantizeLinear")]),
    "dequantised for others too": ([*BEFORE, Q, node("Neg", "dx", "z")], CB, {"dtype": "u8:s8:u8"},
                                   ["dx DequantizeLinear: not a convolution", "z Neg: not a convolution"], "y,z"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_left(name, tmp_path):
    nodes, constants, fields, left, *rest = LEFT[name]
    outputs, more = rest[0] if rest else "y", rest[1] if len(rest) > 1 else {}
    constants = {name: array for name, array in constants.items() if array is not None}
    found = models.find(saved(tmp_path, model(nodes, constants, outputs, **more)))
    (part,) = found.network.parts
    assert fields_of(part.spec, fields) == fields
    assert list(found.network.left) == left
    why = [line for line in left if "antizeLinear: " in line and not line.endswith("not a convolution")]
    assert list(models.told(found))[:-1] == [f"without {line}" for line in why]


def test_as_floats_if_asked(tmp_path):
    """What is dequantised can be of floats; what is never dequantised cannot."""
    path = saved(tmp_path, model([DX, DW, DB, CONV, Q], CB))
    (part,) = models.load(path, dtype="f32").parts
    assert (part.spec.dtype, part.uses[0].weights.dtype) == ("f32", np.float32)
    path = saved(tmp_path, model([node("QLinearConv", "x,xs,xz,w,ws,wz,ys,yz,b", "y")], C))
    with pytest.raises(UnsupportedError, match=r"y QLinearConv: its data are integers \(dtype=f16\)"):
        models.load(path, dtype="f16")


@pytest.mark.parametrize(("more", "dtype"), [((), "u8:s8:u8"), (("--dtype", "f32"), "f32")])
def test_plans(more, dtype, tmp_path):
    path = saved(tmp_path, model([DX, DW, DB, CONV, Q], CB))
    done = CliRunner().invoke(main, ["plan", str(path), "--target", "x86-64-v3", "--json", *more])
    assert done.exit_code == 0
    assert f'"dtype": "{dtype}"' in done.stdout


# --- bad models ---

QL = [node("QLinearConv", "x,xs,xz,w,ws,wz,ys,yz,b", "y", **PADS)]
BQ = [DX, DW, DB, CONV, Q]
NUMBERS = {"zero": (0.0, "0"), "negative": (-0.5, "-0.5"), "NaN": (np.nan, "nan"), "infinite": (np.inf, "inf"),
           "subnormal": (1e-40, "9.9999461e-41")}


def worse(field, place, value):
    """The constants with a number of a scale changed."""
    array = np.array(C[field], np.float32)
    array[place] = value
    return {field: array}


# (constants in place of CB's, the line that is said behind the node's name)
BAD = {
    **{f"{name} scale of the {whose}": ({field: np.float32(value)},
                                        f"{field[0]}_scale must be a positive normal f32 ({field}={said})")
       for name, (value, said) in NUMBERS.items() for field, whose in (("xs", "input"), ("ys", "output"))},
    **{f"{name} scale of a channel": (worse("ws", 3, value), f"w_scale must be a positive normal f32 (ws[3]={said})")
       for name, (value, said) in NUMBERS.items()},
    "signed zero point of unsigned input": ({"xz": np.int8(3)},
                                            "x_zero_point must be of the type of x, u8 (xz is int8)"),
    "zero point beyond the type": ({"xz": np.int32(300)}, "x_zero_point must be of the type of x, u8 (xz is int32)"),
    "unsigned zero points of signed weights": ({"wz": np.zeros(6, np.uint8)},
                                               "w_zero_point must be of the type of w, s8 (wz is uint8)"),
    "five scales": ({"ws": SW[:5], "wz": np.int8(0)}, "w_scale must be one number, or one for each of 6 output channels"
                                                      " (ws has the shape (5,))"),
    "seven zero points": ({"wz": np.zeros(7, np.int8)}, "w_zero_point must be one number, or one for each of 6 output"
                                                        " channels (wz has the shape (7,))"),
    "product that is no scale": ({"xs": np.float32(1e-30), "ws": np.float32(1e-30), "wz": np.int8(0)},
                                 "x_scale * w_scale"),
}


@pytest.mark.parametrize("how", ["QLinearConv", "Conv"])
@pytest.mark.parametrize("name", BAD)
def test_bad_models(name, how, tmp_path):
    """One line, exit status 2, and no file."""
    changes, said = BAD[name]
    made = model(QL if how == "QLinearConv" else BQ, CB | changes, kinds={"x": np.uint8})
    path, out = saved(tmp_path, made), tmp_path / "out"
    done = CliRunner().invoke(main, ["import", str(path), "-o", str(out)])
    assert done.exit_code == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert f"{how} {'y' if how == 'QLinearConv' else 'c'}: {said}" in lines[0]
    assert not out.exists()


@pytest.mark.parametrize(("nodes", "changes", "said"), [
    (QL, {"yz": np.int32(3)}, "y_zero_point must be u8 or s8 (yz is int32)"),
    (QL, {"b": C["b"].astype(np.float32)}, "b must be s32 of the shape (6,) (b is float32 (6,))"),
    (QL, {"b": C["b"][:5]}, "b must be s32 of the shape (6,) (b is int32 (5,))"),
    ([DX, DW, node("Conv", "dx,dw,rb", "c", **PADS), Q], {"rb": np.full(6, 1e6, np.float32)},
     "b / (x_scale * w_scale) must fit s32 (rb[0]=1000000 gives 2.49999974e+10)"),
    ([DX, DW, node("Conv", "dx,dw,rb", "c", **PADS), Q], {"rb": np.array([0, 0, np.nan, 0, 0, 0], np.float32)},
     "b / (x_scale * w_scale) must fit s32 (rb[2]=nan gives nan)"),
], ids=["type of the output", "real bias", "short bias", "bias beyond s32", "bias that is no number"])
def test_other_bad_models(nodes, changes, said, tmp_path):
    path, out = saved(tmp_path, model(nodes, CB | changes, kinds={"y": np.uint8})), tmp_path / "out"
    done = CliRunner().invoke(main, ["package", str(path), "-o", str(out)])
    assert (done.exit_code, len(done.stderr.splitlines()), out.exists()) == (2, 1, False)
    assert said in done.stderr


@pytest.mark.parametrize(("nodes", "free", "said"), [
    (QL, {"xs": ()}, "QLinearConv: x_scale must be a constant (x_scale=xs)"),
    (QL, {"ws": (6,)}, "QLinearConv: w_scale must be a constant (w_scale=ws)"),
    (QL, {"ys": ()}, "QLinearConv: y_scale must be a constant (y_scale=ys)"),
    ([node("ConvInteger", "x,w,xz", "y")], {"xz": ()}, "ConvInteger: x_zero_point must be a constant"
                                                      " (x_zero_point=xz)"),
    (QL, {"w": (6, 4, 3, 3)}, "QLinearConv: w must be constant unless it is s8 with zero points of 0 (w=w, of u8)"),
], ids=["input", "weights", "output", "zero point", "weights of bytes"])
def test_numbers_that_are_not_constant(nodes, free, said, tmp_path):
    """Valid, and nothing that a layer could be: exit status 3."""
    constants = {name: array for name, array in CB.items() if name not in free}
    kinds = {"x": np.uint8, "xz": np.uint8, "w": np.uint8, "y": np.uint8 if nodes is QL else np.int32}
    if "w" in free:
        constants["wz"] = np.zeros(6, np.uint8)
    path, out = saved(tmp_path, model(nodes, constants, inputs=free, kinds=kinds)), tmp_path / "out"
    done = CliRunner().invoke(main, ["import", str(path), "-o", str(out)])
    assert (done.exit_code, len(done.stderr.splitlines()), out.exists()) == (3, 1, False)
    assert said in done.stderr


def test_weights_that_callers_give(tmp_path):
    """Of s8, as they are."""
    constants = {name: array for name, array in C.items() if name not in ("w", "b")}
    made = model(QL, constants, inputs={"w": (6, 4, 3, 3), "b": (6,)}, kinds={"w": np.int8, "b": np.int32})
    (part,) = models.load(saved(tmp_path, made)).parts
    assert (part.spec.dtype, part.spec.bias, part.constant(part.uses[0])) == ("u8:s8:u8", True, False)
    assert list(part.uses[0].arrays) == ["scale"]


def test_the_list_of_layers(tmp_path):
    """`convgen import` says what is in integers, in TOML that is read again, and in JSON."""
    path = saved(tmp_path, model([DX, DW, DB, CONV, node("Clip", "c,zero,six", "r"), QR], CB | HALF))
    done = CliRunner().invoke(main, ["import", str(path), "--json"])
    (layer,) = json.loads(done.stdout)["layers"]
    assert fields_in(layer["spec"]) == {"dtype": "u8:s8:u8", "input_zero": 117, "output_zero": 130,
                                        "output_scale": float(SY), "activation": "relu6"}
    assert layer["wiring"] == {"c": {"reads": "x", "adds": "", "makes": "y", "folded": [
        "dx DequantizeLinear", "r Clip", "y QuantizeLinear"]}}
    out = tmp_path / "layers.toml"
    assert CliRunner().invoke(main, ["import", str(path), "-o", str(out)]).exit_code == 0
    (again,) = load_layers(str(out))
    assert again.spec == models.load(path).parts[0].spec


def fields_in(spec):
    return {field: spec[field] for field in ("dtype", "input_zero", "output_zero", "output_scale", "activation")}


# --- ONNX Runtime itself ---


def random_layer(seed, how, ys=1.0):
    """A model of one layer, and an input: zero points at the ends and inside, weights up to both ends, tails of all
    kinds."""
    rng = np.random.default_rng(seed)
    groups, per_group = int(rng.choice([1, 1, 1, 2, 4])), int(rng.integers(1, 40))
    count = groups * int(rng.integers(1, 20))
    if rng.random() < 0.2:
        groups = count = int(rng.integers(2, 40))
        per_group = 1
    k, kind = int(rng.integers(1, 5)), rng.choice([np.uint8, np.int8])
    of_weights = np.uint8 if kind is np.uint8 and rng.random() < 0.3 else np.int8  # what ONNX Runtime has
    ends = np.iinfo(kind)
    zeros = [kind(rng.choice([ends.min, ends.max, rng.integers(ends.min, ends.max + 1)])) for _ in range(2)]
    shape = (count,) if rng.random() < 0.6 else ()
    sx, sw = np.float32(rng.uniform(0.001, 0.1)), rng.uniform(0.0005, 0.05, shape).astype(np.float32)
    zero = of_weights(0 if of_weights is np.int8 else rng.integers(0, 256))
    constants = {"xs": sx, "xz": zeros[0], "w": integers(of_weights, count, per_group, k, k), "ws": np.asarray(sw),
                 "wz": np.full(shape, zero), "yz": zeros[1] if how != "relu" else kind(ends.min),
                 "ys": np.float32(ys),
                 "b": rng.integers(-5000, 5000, count).astype(np.int32)}
    attributes = {"group": groups, "strides": rng.integers(1, 3, 2), "dilations": rng.integers(1, 3, 2),
                  "pads": rng.integers(0, k, 4), "kernel_shape": [k, k]}
    if how == "QLinearConv":
        nodes = [node("QLinearConv", "x,xs,xz,w,ws,wz,ys,yz,b", "y", **attributes)]
    else:
        axis = {"axis": 0} if shape else {}
        nodes = [DX, node("DequantizeLinear", "w,ws,wz", "dw", **axis), node("Conv", "dx,dw,db", "c", **attributes)]
        if rng.random() < 0.5:
            constants["bs"] = np.asarray(sx * sw)
            nodes.insert(0, node("DequantizeLinear", "b,bs", "db", **axis))
        else:
            constants["db"] = (sx * sw * rng.normal(0, 5000, count)).astype(np.float32)
        nodes += [Q] if how == "QDQ" else [node("Relu", "c", "r"), QR]
    x = (1, groups * per_group, *map(int, rng.integers(8, 20, 2)))
    made = model(nodes, constants, opset=int(rng.choice([13, 17, 19, 21, 23])), inputs={"x": x})
    return made, integers(kind, *x, seed=int(rng.integers(1000)))


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("how", ["QLinearConv", "QDQ", "relu"])
def test_onnx_runtime(how, seed, tmp_path):
    """The same bits, of 200 layers each of QLinearConv, of Conv between DequantizeLinear and QuantizeLinear, and of the
    same with Relu.

    ONNX Runtime makes a QLinearConv of the latter two where it may: of s8 only if told so (its own choice is for ARM),
    and with a Relu only if the zero point of the output is the least of its type. Elsewhere it computes in f32, and an
    output in some thousands is its neighbour, since sums of f32 are rounded. Its QLinearConv of u8 by s8 saturates
    pairs of products on x86-64 without VNNI (vpmaddubsw), which is no rule but an error.
    """
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    inside = []
    for number in range(20):
        at = [seed, number, len(how)]
        made, x = random_layer(at, how)
        _, spec, use = the_layer(tmp_path, made)
        real = convolve(spec, x, **use.arrays).v * by_channel(use.scale, x)
        made, x = random_layer(at, how, np.abs(real).max() / np.random.default_rng(at).uniform(50, 200))
        session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
        want = session.run(None, {"x": x})[0]
        _, spec, use = the_layer(tmp_path, made)
        y = convolve(spec, x, **use.arrays).y
        assert spec.arithmetic.quantised
        assert y.dtype == want.dtype
        assert (y == want).all(), (seed, number, spec)
        ends = np.iinfo(y.dtype)
        inside.append(np.mean((y > ends.min) & (y < ends.max)))
    assert np.mean(inside) > 0.3
