"""What exporters and runtimes write: constants that nodes compute, activations in pieces, operators of ONNX Runtime.

Each model is imported, its layers are computed by the NumPy oracle, value by value as their wiring says, and the result
is compared with that of onnx's reference evaluator, and of ONNX Runtime where it is installed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import time

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from test_onnx_import import BARE, CONV, OC, STEM, WB, W, X, draw, feed, model, node, saved

from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.onnx import constants, models, shapes
from convgen.onnx import graph as graphs
from convgen.onnx.file import read
from convgen.verification.oracle import convolve


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Shapes are inferred in this process, which is sooner."""
    monkeypatch.setattr(shapes, "inferred", shapes.infer_here)


def compute(network, feeds):
    """All values that the layers make, each from those that it reads."""
    values, waiting = dict(feeds), [(part.spec, use) for part in network.parts for use in part.uses]
    while waiting:
        for spec, use in list(waiting):
            name, _, cut = use.wiring.reads.partition("[")
            needed = {name, use.wiring.adds} - {""}
            if needed <= values.keys():
                x = eval(f"x[{cut}", {"x": values[name]}) if cut else values[name]
                made = convolve(spec, x, residual=values.get(use.wiring.adds), **use.arrays)
                values[use.wiring.makes] = made.y
                waiting.remove((spec, use))
                break
        else:
            raise AssertionError(f"no layer makes what is read: {waiting}")
    return values


def expected(made, feeds):
    if importlib.util.find_spec("onnxruntime"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        made.ir_version = min(made.ir_version, 10)
        return onnxruntime.InferenceSession(made.SerializeToString(), options).run(None, feeds)[0]
    return ReferenceEvaluator(made).run(None, feeds)[0]


def close(y, want):
    assert y.shape == want.shape
    np.testing.assert_allclose(y, want, rtol=1e-5, atol=1e-5 * np.abs(want).max())


def same(tmp_path, made, inputs=X, plain=None, **options):
    """What the import found, once its layers have computed y. plain: the model as onnx's own operators."""
    found = models.find(saved(tmp_path, made), **options)
    feeds = feed(inputs)
    close(compute(found.network, feeds)["y"], expected(plain or made, feeds))
    return found


# --- weights that are constants in disguise ---

BIG = draw(9, 40, 3, 3)
Q = np.random.default_rng(0).integers(-128, 128, (6, 4, 3, 3)).astype(np.int8)
SCALE = np.abs(draw(6, seed=9)) + 0.01


def ints(*numbers):
    return np.array(numbers, np.int64)


# name -> (nodes that make w or b, constants[, opset])
DISGUISED = {
    "DequantizeLinear by channel": ([node("DequantizeLinear", "q,s,z", "w", axis=0)],
                                    {"q": Q, "s": SCALE, "z": np.zeros(6, np.int8)}, 19),
    "DequantizeLinear of opset 13": ([node("DequantizeLinear", "q,s,z", "w", axis=0)],
                                     {"q": Q, "s": SCALE, "z": np.arange(6).astype(np.int8)}, 13),
    "DequantizeLinear of opset 10": ([node("DequantizeLinear", "q,s", "w")], {"q": Q, "s": np.float32(0.02)}, 10),
    "Cast of f16": ([node("Cast", "h", "w", to=1), node("Cast", "hb", "b", to=1)],
                    {"h": W["w"].astype(np.float16), "hb": draw(6).astype(np.float16)}),
    "Cast of f64": ([node("Cast", "h", "w", to=1)], {"h": W["w"].astype(np.float64)}),
    "Concat": ([node("Concat", "u,v", "w", axis=0)], {"u": draw(2, 4, 3, 3), "v": draw(4, 4, 3, 3)}),
    "Slice": ([node("Slice", "big,from,to,axes", "w")],
              {"big": BIG, "from": ints(3, 2), "to": ints(9, 40), "axes": ints(0, 1)}),
    "Split": ([node("Split", "big,sizes", "u,w", axis=0)], {"big": BIG[:, :4], "sizes": ints(3, 6)}),
    "Gather": ([node("Gather", "big,which", "w", axis=0)], {"big": BIG[:, :4], "which": ints(1, 1, 8, 0, 2, 5)}),
    "Transpose, Reshape": ([node("Transpose", "h", "t", perm=[1, 0]), node("Reshape", "t,to", "w")],
                           {"h": draw(36, 6), "to": ints(6, 4, -1, 3)}),
    "weight norm": ([node("ReduceL2", "v", "n", axes=[1, 2, 3], keepdims=1), node("Div", "v,n", "d"),
                     node("Mul", "d,g", "w")], {"v": W["w"], "g": draw(6, 1, 1, 1, seed=3)}, 17),
    "weight norm of opset 18": ([node("ReduceL2", "v,axes", "n"), node("Div", "v,n", "d"), node("Mul", "d,g", "w")],
                                {"v": W["w"], "g": draw(6, 1, 1, 1, seed=3), "axes": ints(1, 2, 3)}),
    "equalised": ([node("Mul", "v,k", "w")], {"v": W["w"], "k": np.float32(0.02)}),
    "Expand": ([node("Expand", "v,to", "w")], {"v": draw(6, 1, 3, 1), "to": ints(6, 4, 3, 3)}),
    "Where": ([node("Greater", "v,k", "m"), node("Where", "m,v,k", "w")], {"v": W["w"], "k": np.float32(0.1)}),
    "standardised": ([node("ReduceMean", "v", "m", axes=[1, 2, 3]), node("Sub", "v,m", "d"), node("Mul", "d,d", "q"),
                      node("ReduceMean", "q", "a", axes=[1, 2, 3]), node("Sqrt", "a", "e"), node("Div", "d,e", "w")],
                     {"v": W["w"]}, 13),
}  # fmt: skip


@pytest.mark.parametrize("name", DISGUISED)
def test_weights_in_disguise(name, tmp_path):
    nodes, given, *opset = DISGUISED[name]
    nodes = [*nodes, node("Conv", "x,w,b", "y", pads=[1] * 4)]
    inputs = {"x": [2, 38, 7, 5]} if name == "Slice" else X
    plain = model(nodes, inputs, given if "hb" in given else {"b": WB["b"]} | given, opset=opset[0] if opset else 18)
    newer = None
    if name.startswith("DequantizeLinear") and opset != [19]:  # older ones are not in onnx's evaluator
        newer = model(nodes, inputs, {"b": WB["b"]} | given, opset=19)
    found = same(tmp_path, plain, inputs, newer)
    assert (found.left, found.folded) == ({}, {})


def test_weights_of_bf16(tmp_path):
    """By their bits, in either of the fields that hold them."""
    bits = W["w"].view(np.uint32) >> 16
    for fields in ({"vals": bits.astype(np.uint16).tobytes(), "raw": True}, {"vals": bits.ravel().tolist()}):
        made = model([node("Cast", "h", "w", to=1), node("Conv", "x,w", "y")], X)
        tensor = TensorProto(name="h", data_type=TensorProto.BFLOAT16, dims=W["w"].shape)
        if "raw" in fields:
            tensor.raw_data = fields["vals"]
        else:
            tensor.int32_data.extend(fields["vals"])
        made.graph.initializer.append(tensor)
        (part,) = models.load(saved(tmp_path, made)).parts
        assert (part.uses[0].weights == (bits << 16).view(np.float32)).all()


# --- pads and shapes that nodes compute ---


def pad_idiom(pads):
    """As PyTorch's exporter writes F.pad: pads from the last axis on, completed by zeros, reversed, and transposed."""
    def const(name, *numbers):
        return node("Constant", "", name, value=numpy_helper.from_array(ints(*numbers)))

    return [
        const("p", *pads), const("rest", 8 - len(pads)), const("pairs", -1, 2), const("zero", 0), const("last", -1),
        const("least", -(2**63) + 1), const("flat", -1),
        node("ConstantOfShape", "rest", "zeros", value=numpy_helper.from_array(ints(0))),
        node("Concat", "p,zeros", "all", axis=0), node("Reshape", "all,pairs", "rows"),
        node("Slice", "rows,last,least,zero,last", "reversed"), node("Transpose", "reversed", "columns", perm=[1, 0]),
        node("Reshape", "columns,flat", "line"), node("Cast", "line", "pads", to=7), node("Pad", "x,pads", "q"),
    ]  # fmt: skip


def test_the_pad_of_pytorch(tmp_path):
    made = model([*pad_idiom([1, 2, 0, 3]), node("Conv", "q,w", "c"), node("Relu", "c", "y")], X, W)
    found = same(tmp_path, made)
    (part,) = found.network.parts
    assert [getattr(part.spec, field) for field in ("left", "right", "top", "bottom", "activation")] == [
        1, 2, 0, 3, "relu"]  # fmt: skip
    assert (found.folded, found.left) == ({"Pad": 1, "Relu": 1}, {})


def test_same_padding_that_is_computed_from_the_input(tmp_path):
    """Layer after layer: each shape is known only when the numbers before it are."""
    nodes, value = [], "x"
    for layer in "ab":
        def at(name, layer=layer):
            return f"{layer}{name}"

        nodes += [
            node("Shape", value, at("shape")), node("Gather", f"{at('shape')},two", at("h"), axis=0),
            node("Add", f"{at('h')},one", at("h1")), node("Div", f"{at('h1')},two", at("oh")),
            node("Sub", f"{at('oh')},one", at("less")), node("Mul", f"{at('less')},two", at("reach")),
            node("Add", f"{at('reach')},three", at("need")), node("Sub", f"{at('need')},{at('h')}", at("pad")),
            node("Max", f"{at('pad')},zero", at("bottom")), node("Unsqueeze", f"{at('bottom')},zeros", at("row")),
            node("Concat", f"none,{at('row')},none1", at("pads"), axis=0),
            node("Pad", f"{value},{at('pads')}", at("q")),
            node("Conv", f"{at('q')},{at('w')}", at("y"), strides=[2, 2], pads=[0, 1, 0, 1]),
        ]
        value = at("y")
    nodes.append(node("Identity", value, "y"))
    given = {name: np.int64(number) for name, number in (("zero", 0), ("one", 1), ("two", 2), ("three", 3))}
    given |= {"zeros": ints(0), "none": ints(*[0] * 6), "none1": ints(0), "aw": W["w"], "bw": draw(6, 6, 3, 3)}
    found = same(tmp_path, model(nodes, X, given))
    assert sum(len(part.uses) for part in found.network.parts) == 2
    assert (found.folded, found.left) == ({"Pad": 2, "Identity": 1}, {})


# --- negative pads ---

# name -> (pads of a Pad before, or None; pads of the Conv; what the layer reads; fields of its spec; left)
CUT = {
    "Pad that cuts": ([0, 0, -1, 0, 0, 0, -2, 0], [0] * 4, "x[..., 1:-2, :]", {"ih": 4, "top": 0},
                      ["q Pad: its zeros are those of Conv y, which reads x[..., 1:-2, :]"]),
    "Pad that cuts and fills": ([0, 0, -1, 2, 0, 0, 1, -1], [0] * 4, "x[..., 1:, :-1]",
                                {"ih": 6, "iw": 4, "top": 0, "bottom": 1, "left": 2, "right": 0},
                                ["q Pad: its zeros are those of Conv y, which reads 'x[..., 1:, :-1]'"]),
    "cut, then filled by the Conv": ([0, 0, -2, 0, 0, 0, 0, 0], [1, 1, 1, 1], "x[..., 2:, :]", {"ih": 5, "top": 1}, 1),
    "filled, then cut by the Conv": ([0, 0, 3, 0, 0, 0, 0, 0], [-1, 0, 0, 0], "x", {"ih": 7, "top": 2}, 0),
    "filled, then cut by more": ([0, 0, 1, 0, 0, 0, 0, 0], [-3, 0, 0, 0], "x[..., 2:, :]", {"ih": 5, "top": 0}, 1),
    "Conv that cuts": (None, [-1, 1, 0, -1], "x[..., 1:, :-1]", {"ih": 6, "iw": 4, "left": 1, "right": 0},
                       ["y Slice: its pads are negative, and it reads x[..., 1:, :-1]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
def test_negative_pads_are_slices(name, tmp_path):
    before, own, reads, fields, left = CUT[name]
    pad = [] if before is None else [node("Pad", "x,p", "q")]
    made = model([*pad, node("Conv", f"{'q' if pad else 'x'},w", "y", pads=own)], X,
                 W | ({} if before is None else {"p": ints(*before)}))
    found = models.find(saved(tmp_path, made))
    (part,) = found.network.parts
    assert part.uses[0].wiring.reads == reads
    assert {field: getattr(part.spec, field) for field in fields} == fields
    assert [line.replace("'", "") for line in found.network.left] == [line.replace("'", "") for line in left] if (
        isinstance(left, list)) else len(found.network.left) == left
    x = feed(X)["x"]
    outer = before or [0] * 8
    total = [outer[2], outer[3], outer[6], outer[7]]
    padded = _pad(_pad(x, total), own)
    plain = ReferenceEvaluator(model([node("Conv", "x,w", "y")], {"x": padded.shape}, W)).run(None, {"x": padded})[0]
    close(compute(found.network, {"x": x})["y"], plain)


def _pad(x, pads):
    top, left, bottom, right = pads
    x = x[:, :, max(-top, 0) : x.shape[2] - max(-bottom, 0), max(-left, 0) : x.shape[3] - max(-right, 0)]
    return np.pad(x, [(0, 0), (0, 0), (max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0))])


# --- activations in pieces ---

NUMBERS = {name: np.float32(number) for name, number in {
    "zero": 0, "half": 0.5, "one": 1, "two": 2, "three": 3, "six": 6, "sixth": 1 / 6, "third": 1 / 3, "low": -0.5,
    "root": 2**0.5, "over": 0.5**0.5, "k": 0.7978845608, "kk": 2 * 0.7978845608, "small": 0.044715, "minus": -1,
    "minus_slope": -0.1, "up": np.inf, "nan": np.nan,
}.items()}  # fmt: skip


def steps(text):
    """Nodes of "value = Op(inputs) …", a line each."""
    made = []
    for line in filter(None, map(str.strip, text.split(";"))):
        output, _, rest = line.partition(" = ")
        op, _, rest = rest.partition("(")
        made.append(node(op, rest.rstrip(")").replace(" ", ""), output))
    return made


CUBIC = "s = Mul(c,c); t = Mul(s,c); l = Mul(t,small); f = Add(c,l);"
# what nodes behind c compute -> the activation
PIECES = {
    "a = Add(c,three); k1 = Clip(a,zero,six); m = Mul(c,k1); y = Div(m,six)": "hard-swish",
    "a = Add(three,c); k1 = Clip(a,zero,six); d = Div(k1,six); y = Mul(d,c)": "hard-swish",
    "a = Add(c,three); k1 = Clip(a,zero,six); d = Mul(k1,sixth); y = Mul(c,d)": "hard-swish",
    "a = Add(c,three); r = Relu(a); k1 = Min(r,six); d = Mul(c,sixth); y = Mul(k1,d)": "hard-swish",
    "h = Mul(c,sixth); a = Add(h,half); k1 = Clip(a,zero,one); y = Mul(c,k1)": "hard-swish",
    "h = Div(c,six); a = Add(half,h); m = Max(a,zero); k1 = Min(m,one); y = Mul(k1,c)": "hard-swish",
    "a = Add(c,three); k1 = Clip(a,zero,six); y = Div(k1,six)": "hard-sigmoid(0.166666667,0.5)",
    "g = Sigmoid(c); y = Mul(c,g)": "silu",
    "n = Neg(c); e = Exp(n); p = Add(e,one); y = Div(c,p)": "silu",
    "n = Mul(c,minus); e = Exp(n); p = Add(one,e); r = Reciprocal(p); y = Mul(r,c)": "silu",
    "n = Neg(c); e = Exp(n); p = Add(e,one); y = Div(one,p)": "sigmoid",
    "e = Exp(c); p = Add(e,one); y = Log(p)": "softplus",
    "p = Softplus(c); t = Tanh(p); y = Mul(t,c)": "mish",
    "e = Exp(c); p = Add(e,one); l = Log(p); t = Tanh(l); y = Mul(c,t)": "mish",
    "d = Div(c,root); e = Erf(d); a = Add(e,one); m = Mul(c,a); y = Mul(m,half)": "gelu",
    "d = Mul(c,over); e = Erf(d); a = Add(one,e); h = Mul(a,half); y = Mul(h,c)": "gelu",
    "h = Mul(half,c); d = Div(c,root); e = Erf(d); a = Add(e,one); y = Mul(h,a)": "gelu",
    "h = Div(c,two); d = Div(c,root); e = Erf(d); a = Add(e,one); y = Mul(a,h)": "gelu",
    "d = Div(c,root); e = Erf(d); h = Mul(e,half); a = Add(h,half); y = Mul(a,c)": "gelu",
    CUBIC + "z = Mul(f,k); e = Tanh(z); a = Add(e,one); m = Mul(c,a); y = Mul(m,half)": "gelu-tanh",
    "p = Pow(c,three); l = Mul(small,p); f = Add(c,l); z = Mul(k,f); e = Tanh(z); a = Add(one,e); h = Mul(c,half);"
    "y = Mul(h,a)": "gelu-tanh",
    "p = Pow(c,two); l = Mul(small,p); f = Add(one,l); z = Mul(c,k); u = Mul(z,f); e = Tanh(u); a = Add(one,e);"
    "h = Mul(a,half); y = Mul(c,h)": "gelu-tanh",
    CUBIC + "z = Mul(f,kk); g = Sigmoid(z); y = Mul(c,g)": "gelu-tanh",
    "r = Relu(c); y = Min(r,six)": "relu6",
    "r = Max(zero,c); y = Min(six,r)": "relu6",
    "r = Relu(c); y = Clip(r,low,six)": "relu6",
    "y = Max(c,zero)": "relu",
    "y = Clip(c,zero,up)": "relu",
    "r = Max(c,low); y = Min(r,two)": "clip(-0.5,2)",
    "i = Identity(c); y = Relu(i)": "relu",
    "r = Relu(c); n = Neg(c); q = Relu(n); m = Mul(q,minus_slope); y = Add(r,m)": "leaky-relu(0.1)",
    "i = Identity(c); y = Identity(i)": "none",
}


@pytest.mark.parametrize("text", PIECES)
def test_activations_in_pieces(text, tmp_path):
    made = model([CONV, *steps(text)], X, WB | NUMBERS)
    found = same(tmp_path, made)
    (part,) = found.network.parts
    assert found.network.left == ()
    assert part.spec.act.name == PIECES[text].partition("(")[0]
    wanted = PIECES[text].partition("(")[2].rstrip(")")
    assert part.spec.act.params == pytest.approx([float(one) for one in wanted.split(",") if one])


# what is close to an activation and is none, or what somebody else reads a part of
NO_PIECES = {
    "h = HardSigmoid(c); y = Mul(c,h)": "none",  # 0.2, not 1/6
    "a = Add(c,two); k1 = Clip(a,zero,six); m = Mul(c,k1); y = Div(m,six)": "none",
    "a = Add(c,three); k1 = Clip(a,zero,six); m = Mul(a,k1); y = Div(m,six)": "none",
    "d = Div(c,two); e = Erf(d); a = Add(e,one); m = Mul(c,a); y = Mul(m,half)": "none",
    "g = Sigmoid(c); m = Mul(c,g); y = Add(m,g)": "none",
    "g = Sigmoid(c); y = Mul(r,g)": "sigmoid",  # of another array
    "s = Mul(c,two); g = Sigmoid(s); y = Mul(c,g)": "none",
    "y = Min(c,six)": "none",
    "q = Relu(c); y = Min(q,nan)": "relu",
    "y = Max(c,nan)": "none",
}


@pytest.mark.parametrize("text", NO_PIECES)
def test_what_only_looks_like_an_activation(text, tmp_path):
    inputs = X | ({"r": [2, OC, 7, 5]} if "(r," in text else {})
    (part,) = models.load(saved(tmp_path, model([CONV, *steps(text)], inputs, WB | NUMBERS))).parts
    assert part.spec.activation == NO_PIECES[text]


def test_an_activation_of_which_a_part_is_an_output_is_left(tmp_path):
    made = model([CONV, *steps("g = Sigmoid(c); y = Mul(c,g)")], X, WB, "y,g")
    assert models.load(saved(tmp_path, made)).parts[0].spec.activation == "none"


def test_many_small_steps_take_no_time(tmp_path):
    """Each of which reads the one before twice."""
    nodes, count = [], 300
    for conv in range(count):
        nodes += [node("Conv", "x,w", f"c{conv}"), node("Mul", f"c{conv},c{conv}", f"m{conv}.0")]
        nodes += [node("Mul", f"m{conv}.{step},m{conv}.{step}", f"m{conv}.{step + 1}") for step in range(14)]
    made = model(nodes, {"x": [1, 1, 3, 3]}, {"w": draw(1, 1, 1, 1)}, ",".join(f"m{conv}.14" for conv in range(count)))
    start = time.monotonic()
    assert len(models.load(saved(tmp_path, made)).parts) == 1
    assert time.monotonic() - start < 5


def test_a_number_with_more_axes_than_the_output_is_none(tmp_path):
    """It would give the result another axis."""
    made = model([node("Conv", "x,w", "c"), node("Max", "c,n", "y")], {"x": [1, 4, 9]},
                 {"w": draw(6, 4, 3), "n": np.zeros((1, 1, 1, 1), np.float32)})
    (part,) = models.load(saved(tmp_path, made)).parts
    assert part.spec.activation == "none"


# --- operators of ONNX Runtime ---


def fused(inputs, output="y", **attributes):
    return node("FusedConv", inputs, output, domain="com.microsoft", pads=[1] * 4, **attributes)


R = {**X, "r": [2, OC, 7, 5]}
# name -> (nodes, the same as ONNX has it, inputs, activation of the last layer)
RUNTIME = {
    "relu": ([fused("x,w,b", activation="Relu")], [CONV, *steps("y = Relu(c)")], X, "relu"),
    "no activation": ([fused("x,w")], [BARE, *steps("y = Identity(c)")], X, "none"),
    "sum": ([fused("x,w,b,r", activation="Relu")], [CONV, *steps("s = Add(c,r); y = Relu(s)")], R, "relu"),
    "sum alone": ([fused("x,w,b,r")], [CONV, *steps("y = Add(c,r)")], R, "none"),
    "sum without a bias": ([fused("x,w,,r", activation="Tanh")], [BARE, *steps("s = Add(c,r); y = Tanh(s)")], R,
                           "tanh"),
    "leaky": ([fused("x,w,b", activation="LeakyRelu", activation_params=[0.25])],
              [CONV, node("LeakyRelu", "c", "y", alpha=0.25)], X, "leaky-relu(0.25)"),
    "clip": ([fused("x,w,b", activation="Clip", activation_params=[-0.5, 2.0])], [CONV, *steps("y = Clip(c,low,two)")],
             X, "clip(-0.5,2)"),
    "relu6": ([fused("x,w,b", activation="Clip", activation_params=[0.0, 6.0])], [CONV, *steps("y = Clip(c,zero,six)")],
              X, "relu6"),
    "hard sigmoid": ([fused("x,w,b", activation="HardSigmoid", activation_params=[0.25, 0.5])],
                     [CONV, node("HardSigmoid", "c", "y", alpha=0.25)], X, "hard-sigmoid(0.25,0.5)"),
    "two": ([fused("x,w", "f", activation="Relu"), fused("f,v,b,f", activation="Sigmoid")],
            [BARE, node("Relu", "c", "f"), node("Conv", "f,v,b", "e", pads=[1] * 4),
             *steps("s = Add(e,f); y = Sigmoid(s)")], X, "sigmoid"),
    "silu": ([CONV, node("QuickGelu", "c", "y", domain="com.microsoft", alpha=1.0)],
             [CONV, *steps("g = Sigmoid(c); y = Mul(c,g)")], X, "silu"),
    "gelu": ([CONV, node("Gelu", "c", "y", domain="com.microsoft")],
             [CONV, *steps("d = Div(c,root); e = Erf(d); a = Add(e,one); m = Mul(c,a); y = Mul(m,half)")], X, "gelu"),
    "fast gelu": ([CONV, node("FastGelu", "c", "y", domain="com.microsoft")],
                  [CONV, *steps(CUBIC + "z = Mul(f,k); e = Tanh(z); a = Add(e,one); m = Mul(c,a); y = Mul(m,half)")],
                  X, "gelu-tanh"),
}  # fmt: skip


@pytest.mark.parametrize("opset", [11, 18])
@pytest.mark.parametrize("name", RUNTIME)
def test_operators_of_onnx_runtime(name, opset, tmp_path):
    nodes, plain, inputs, activation = RUNTIME[name]
    given = WB | {"v": draw(6, 6, 3, 3)}
    made = model(nodes, inputs, given, opset=opset, domains=["com.microsoft"])
    found = same(tmp_path, made, inputs, model(plain, inputs, given | NUMBERS))
    assert found.network.left == ()
    assert found.network.parts[-1].spec.activation == activation


def test_a_sigmoid_of_more_than_x_is_no_activation(tmp_path):
    made = model([CONV, node("QuickGelu", "c", "y", domain="com.microsoft")], X, WB, domains=["com.microsoft"])
    found = models.find(saved(tmp_path, made))
    assert (found.left, found.network.parts[0].spec.activation) == ({"Mul": 2, "Sigmoid": 1}, "none")


def test_an_odd_fused_conv_is_named(tmp_path):
    made = model([CONV, fused("c,v", activation="Sine")], X, WB | {"v": draw(6, 6, 3, 3)}, domains=["com.microsoft"])
    assert models.load(saved(tmp_path, made)).left == ("y com.microsoft.FusedConv: not an operator of ONNX",)


@pytest.mark.skipif(not importlib.util.find_spec("onnxruntime"), reason="onnxruntime is not installed")
def test_a_model_that_onnx_runtime_saved(tmp_path):
    import onnxruntime

    nodes = [CONV, node("Relu", "c", "f"), node("Conv", "f,v,b", "e", pads=[1] * 4),
             *steps("s = Add(e,f); g = Relu(s)"), node("Conv", "g,v", "h"), *steps("k1 = Sigmoid(h); y = Mul(h,k1)")]
    made = model(nodes, X, WB | {"v": draw(6, 6, 3, 3)})
    made.ir_version = min(made.ir_version, 10)
    path = saved(tmp_path, made)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(str(path), options)
    optimised = onnx.load(tmp_path / "optimised.onnx")
    assert any(one.op_type == "FusedConv" for one in optimised.graph.node)
    found = same(tmp_path, optimised, X, made)
    assert [part.spec.activation for part in found.network.parts] == ["relu", "relu", "silu"]


# --- branches ---


def branch(name, nodes, output, constants=None):
    return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(output, 1, None)],
                             [numpy_helper.from_array(array, key) for key, array in (constants or {}).items()])


@pytest.mark.parametrize("taken", [True, False])
def test_the_branch_that_is_always_taken(taken, tmp_path):
    """Two branches may call their values alike, and one may hold another such branch."""
    def deep(value):
        inner = [branch(f"d{value}", [node(op, value, f"d{value}")], f"d{value}") for op in ("Neg", "Relu")]
        return helper.make_node("If", ["no"], ["t"], then_branch=inner[0], else_branch=inner[1])

    def choose(value, output):
        sides = [branch("one", [node("Conv", f"{value},u", "h"), deep("h")], "t", {"u": draw(6, 6, 1, 1)}),
                 branch("two", [node("Conv", f"{value},u", "h"), node("Neg", "h", "t")], "t", {"u": draw(6, 6, 3, 3)})]
        return helper.make_node("If", ["on"], [output], **{
            ("then_branch", "else_branch")[(side + taken + 1) % 2]: graph for side, graph in enumerate(sides)})

    nodes = [node("Conv", "x,w", "c"), node("Not", "on", "off"), node("And", "on,off", "no"), choose("c", "z"),
             node("MaxPool", "z", "p", kernel_shape=[1, 1]), choose("z", "y")]
    made = model(nodes, X, W | {"on": np.array(taken)}, outputs="y,p")
    network = models.load(saved(tmp_path, made))
    feeds = feed(X)
    close(compute(network, feeds)["y"], expected(made, feeds))
    assert len([use for part in network.parts for use in part.uses]) == 3
    assert not [line for line in network.left if "If" in line]


def test_a_branch_that_depends_on_numbers_of_shapes(tmp_path):
    """As TorchScript's squeeze does: one side would be wrong for these shapes."""
    nodes = [node("Conv", "x,w", "c"), node("Shape", "c", "s"), node("Gather", "s,i", "n", axis=0),
             node("Equal", "n,two", "is"), helper.make_node(
                 "If", ["is"], ["z"], then_branch=branch("t", [node("Relu", "c", "t")], "t"),
                 else_branch=branch("e", [node("Conv", "c,w", "e")], "e")), node("Identity", "z", "y")]
    made = model(nodes, X, W | {"i": np.int64(0), "two": np.int64(2)})
    found = same(tmp_path, made)
    assert (found.left, found.folded) == ({}, {"Relu": 1, "Identity": 2})


# --- a constant is no array of the caller's ---


def test_a_residual_that_is_a_constant_is_left_and_told(tmp_path):
    made = model([CONV, *steps("a = Add(c,full); y = Relu(a)")], X, WB | {"full": draw(2, 6, 7, 5)})
    network = models.load(saved(tmp_path, made))
    assert not network.parts[0].spec.residual
    assert network.left == ("a Add: full is a constant of the model, which a layer does not hold",
                            "y Relu: not a convolution")


# --- what constants may take ---


def test_constants_take_bounded_memory_and_time(tmp_path, monkeypatch):
    """Sums over a view of 2^31 elements, again and again."""
    nodes = [node("ConstantOfShape", "s", "v"), node("ReduceMax", "v", "m", keepdims=1), node("Conv", "x,m", "y")]
    made = model(nodes, {"x": [1, 1, 5, 5]}, {"s": ints(1, 1, 2**15, 2**15)}, opset=13)
    with pytest.raises(InputError, match=r"constants that nodes make must not exceed 268435456 elements"):
        models.load(saved(tmp_path, made))
    monkeypatch.setattr(graphs, "MAX_COMPUTED", 4000)
    nodes = [node("Mul", "w,k", "a"), node("Mul", "a,k", "b"), node("Conv", "x,b", "y")]
    made = model(nodes, {"x": [1, 40, 5, 5]}, {"w": draw(6, 40, 3, 3), "k": np.float32(2)})
    with pytest.raises(InputError, match=r"must not exceed 4000 elements \(b\)"):
        models.load(saved(tmp_path, made))


def test_a_constant_does_not_become_large_in_the_small_graph(tmp_path, monkeypatch):
    """What a few numbers would make of themselves: its size is known before it is made."""
    seen = []
    evaluate = constants.evaluate
    monkeypatch.setattr(shapes, "evaluate", lambda *given: seen.append(given[0].op_type) or evaluate(*given))
    nodes = [*steps("r = Range(zero,many,step); t = Tile(r,times)"), CONV, node("Relu", "c", "y")]
    given = {"zero": np.int64(0), "many": np.int64(2**40), "step": np.int64(1), "times": ints(2**20)}
    network = models.load(saved(tmp_path, model(nodes, X, WB | given)))
    assert (seen, network.parts[0].spec.activation) == ([], "relu")


def test_what_the_file_claims_of_a_constants_size_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(shapes, "evaluate", lambda *given: pytest.fail("it is made"))
    nodes = [*steps("e = Expand(k,to)"), CONV, node("Relu", "c", "y")]
    made = model(nodes, X, WB | {"k": ints(1), "to": ints(2**30)})
    made.graph.value_info.append(helper.make_tensor_value_info("e", TensorProto.INT64, [4]))
    assert len(models.load(saved(tmp_path, made)).parts) == 1


def test_constants_with_a_broadcast_as_before_opset_7_are_not_computed(tmp_path):
    """Whose axes met otherwise."""
    nodes = [node("Mul", "v,k", "w", broadcast=1, axis=0), node("Conv", "x,w", "y")]
    made = model(nodes, X, {"v": draw(6, 4, 3, 3), "k": draw(6)}, opset=6)
    with pytest.raises(InputError, match=r"Mul w must be computable \(broadcast as before opset 7\)"):
        models.load(saved(tmp_path, made))


# --- extents ---

ANY = {"x": ["?", 4, "?", "?"]}


@pytest.mark.parametrize(
    ("inputs", "batch", "dims", "shape"),
    [
        (ANY, 1, {"x.2": 9, "x.3": 5}, (1, 4, 9, 5)),
        (ANY, None, {"x.0": 3, "x.2": 9, "x.3": 5}, (3, 4, 9, 5)),
        (ANY, 2, {"?": 9}, (2, 4, 9, 9)),
        (ANY, None, {"?": 9, "x.0": 1}, (1, 4, 9, 9)),
        ({"x": ["n", 4, "h", "w"]}, 1, {"x.2": 9, "w": 5}, (1, 4, 9, 5)),
        (X, None, {"x.2": 9}, (2, 4, 9, 5)),
        ({"x": [None, 4, "h", "w"], "s": ["k", 10]}, 2, {"h": 9, "w": 5}, (2, 4, 9, 5)),
        ({"x": None}, None, {"x.0": 2, "x.1": 4, "x.2": 6, "x.3": 5}, (2, 4, 6, 5)),
    ],
)
def test_an_axis_of_an_input(inputs, batch, dims, shape, tmp_path):
    """Always, whatever symbol it has or shares."""
    graph = read(saved(tmp_path, model([CONV], inputs, WB, "c")), batch, dims)
    assert (graph.shape("x"), graph.shape("c")) == (shape, (shape[0], 6, *shape[2:]))
    assert graph.values.get("s", (0, (None, 10)))[1] == (None, 10)


def test_the_batch_is_not_that_of_other_axes_with_its_symbol(tmp_path):
    with pytest.raises(InputError, match=r"give --set x.3 \(of input x\)$"):
        models.load(saved(tmp_path, model([CONV], ANY, WB, "c")), batch=2, dims={"x.2": 9})


def test_axes_that_share_a_symbol_are_offered_by_name(tmp_path):
    with pytest.raises(InputError, match=r"give --batch \(of input x\), --set x.2 \(of input x\), --set x.3 \(of"):
        models.load(saved(tmp_path, model([CONV], ANY, WB, "c")))


def test_a_symbol_that_the_batch_gives(tmp_path):
    """Of an input with fewer axes too."""
    made = model([node("Reshape", "s,to", "e"), node("Add", "x,e", "a"), node("Conv", "a,w", "y")],
                 {"x": ["N", 4, 7, 5], "s": ["N", 1]}, W | {"to": ints(-1, 1, 1, 1)})
    made.graph.value_info.append(helper.make_tensor_value_info("a", 1, ["N", 4, 7, 5]))
    (part,) = models.load(saved(tmp_path, made), batch=3).parts
    assert part.spec.n == 3


ODD = [node("Odd", "x", "h", domain="odd"), node("Conv", "h,w", "y")]


@pytest.mark.parametrize(
    ("dims", "said"),
    [
        ({}, r"the shape of h must be known, and cannot be inferred; give --set h.AXIS=EXTENT"),
        ({"h.0": 1, "h.2": 6}, r"the axes of h must all be told, since their number is not known \(told: 0, 2\)"),
        ({"g.0": 1}, r"must be a symbol of the model's inputs, or VALUE.AXIS \(g.0=1"),
        ({"x.7": 1}, r"x has axes 0 to 3 \(x.7=1\)"),
        ({"h.": 1}, r"VALUE.AXIS \(h.=1"),
        ({"h.0": 0}, r"h.0 must be at least 1"),
    ],
)
def test_wrong_extents_of_a_value(dims, said, tmp_path):
    with pytest.raises((InputError, UnsupportedError), match=said):
        models.load(saved(tmp_path, model(ODD, X, W, domains=["odd"])), dims=dims)


def test_extents_of_a_value(tmp_path):
    path = saved(tmp_path, model(ODD, X, W, domains=["odd"]))
    (part,) = models.load(path, dims={"h.0": 2, "h.1": 4, "h.2": 6, "h.3": 5}).parts
    assert part.spec.input_shape == (2, 4, 6, 5)
    made = model([node("NonZero", "x", "i"), node("Cast", "i", "f", to=1), node("Reshape", "f,to", "h"),
                  node("Conv", "h,w", "y")], X, W | {"to": ints(1, 4, 6, -1)})
    with pytest.raises(InputError, match=r"the shape of h must be known, and cannot .* give --set h.3=EXTENT, or -"):
        models.load(saved(tmp_path, made))
    (part,) = models.load(saved(tmp_path, made), dims={"h.3": 5}).parts
    assert part.spec.input_shape == (1, 4, 6, 5)
    with pytest.raises(InputError, match=r"h.2 must agree with the model \(7, and not 6\)"):
        models.load(saved(tmp_path, made), dims={"h.2": 7, "h.3": 5})
    with pytest.raises(InputError, match=r"h must have the axis \(h.4=1, of 4 axes\)"):
        models.load(saved(tmp_path, made), dims={"h.3": 5, "h.4": 1})


# --- extents that contradict each other ---


def shuffled(*shape):
    """ShuffleNet's idiom, its shape as it was exported, between two convolutions."""
    return [*STEM, node("Reshape", "y,to", "s"), node("Transpose", "s", "t", perm=[0, 2, 1, 3, 4]),
            node("Reshape", "t,back", "u"), node("Conv", "u,v", "z")], {
                "to": ints(*shape), "back": ints(1, 6, 7, 5), "v": draw(2, 6, 1, 1)}


def joined(*nodes):
    """Two convolutions behind a node that reads halves of x, rounded up and down, enlarged again."""
    return [CONV, node("MaxPool", "c", "p", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
            node("Upsample", "p,scales", "e"), *nodes, node("Conv", "j,v", "z")]


UP = {"scales": np.array([1, 1, 2, 2], np.float32)}
# name -> (nodes, constants, batch, extents of x, what is said, opset)
CONTRADICTIONS = {
    "Reshape": (*shuffled(1, 2, 3, 7, 5), 4, {}, r"the shape of u must be known, but Reshape s must keep the number of"
                r" elements \(\(4, 6, 7, 5\) has 840, and \(1, 2, 3, 7, 5\) has 210\); its extents are baked", 18),
    "an axis": (*shuffled(1, 2, 3, 7, 5), 1, {"x.2": 9}, r"Reshape s must keep the number of elements", 18),
    "-1": (*shuffled(1, 4, -1, 7, 5), 3, {}, r"has 630, not a multiple of \[1, 4, -1, 7, 5\]", 18),
    "Resize": ([CONV, node("Resize", "c,,,sizes", "s"), node("Conv", "s,v", "z")],
               {"sizes": ints(1, 6, 14, 10), "v": draw(2, 6, 1, 1)}, 3, {},
               r"Resize s must keep the number of images \(\(3, 6, 7, 5\) becomes \(1, 6, 14, 10\)\)", 18),
    "Expand": ([CONV, node("Expand", "c,sizes", "s"), node("Conv", "s,v", "z")],
               {"sizes": ints(2, 6, 7, 5), "v": draw(2, 6, 1, 1)}, 3, {},
               r"Expand s must have inputs of extents that are equal or 1 \(\(3, 6, 7, 5\), \(2, 6, 7, 5\)\); its", 18),
    "Concat": (joined(node("Concat", "e,c", "j", axis=1, name="cat_1")), UP | {"v": draw(2, 12, 1, 1)}, 1,
               {"x.2": 33, "x.3": 32}, r"Concat cat_1 must join arrays that differ along axis 1 alone"
               r" \(\(1, 6, 34, 32\), \(1, 6, 33, 32\)\)", 9),
    "Add": (joined(node("Add", "e,c", "j")), UP | {"v": draw(2, 6, 1, 1)}, 1, {"x.2": 33, "x.3": 32},
            r"Add j must have inputs of extents that are equal or 1 \(\(1, 6, 34, 32\), \(1, 6, 33, 32\)\)", 9),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_extents_that_contradict_each_other(name, tmp_path):
    """No layer behind them is guessed, and what can be told is; as exported, the model is read."""
    nodes, given, batch, extents, said, opset = CONTRADICTIONS[name]
    if name != "-1":
        asis = model(nodes, {"x": [2 if name == "Expand" else 1, 4, 7, 5]}, WB | given, "z", opset)
        assert len(models.load(saved(tmp_path, asis), dims={"x.2": 7, "x.3": 5} if opset > 9 else
                               {"x.2": 32, "x.3": 32}).parts) == 2
    path = saved(tmp_path, model(nodes, {"x": [1, 4, 7, 5]}, WB | given, "z", opset))
    with pytest.raises(InputError, match=f"Conv z: the shape of .* must be known, but .*{said}|{said}"):
        models.load(path, batch=batch, dims=extents)
    found = models.find(path, batch=batch, dims=extents, skip=True)
    assert [part.name for part in found.network.parts] == ["c"]
    assert ["z Conv: the shape of" in one.line for one in found.skipped] == [True]


def test_what_no_convolution_is_behind_may_be_baked_in(tmp_path):
    """As the classifier of VGG."""
    nodes = [*STEM, node("Reshape", "y,to", "s"), node("Relu", "s", "z")]
    (part,) = models.load(saved(tmp_path, model(nodes, X, WB | {"to": ints(2, 210)}, "z")), batch=3).parts
    assert part.spec.n == 3


# --- what there is instead, and going on without ---

BLOCKS = node("Conv", "x,w", "y", domain="com.microsoft.nchwc")
# name -> (nodes, what is said)
INSTEAD = {
    "MatMul": (steps("y = MatMul(x,m)"), r"must hold a Conv \(it has none, but 1 MatMul\)"),
    "blocks": ([BLOCKS], r"it has 1 com.microsoft.nchwc.Conv; y com.microsoft.nchwc.Conv: its channels are in ONNX"
                         r" Runtime's blocks, of a size that the model does not tell"),
    "QLinearConv": ([node("QLinearConv", "q,s,z,qw,s,z,s,z", "y")],
                    "it has 1 QLinearConv; y QLinearConv: x_zero_point must be a constant"),
    "fused": ([fused("x,w", activation="Sine")], "it has 1 com.microsoft.FusedConv;"),
    "inside": ([helper.make_node("If", ["on"], ["y"], name="choose",
                                 then_branch=branch("t", [node("Conv", "x,w", "t")], "t"),
                                 else_branch=branch("e", [node("Neg", "x", "e")], "e"))],
               "it has 1 Conv inside If; t Conv: inside a graph of If choose"),
}  # fmt: skip


@pytest.mark.parametrize("name", INSTEAD)
def test_what_a_model_has_in_place_of_a_convolution(name, tmp_path):
    nodes, said = INSTEAD[name]
    made = model(nodes, X | {"on": []}, W | {"m": draw(5, 3)}, domains=["com.microsoft", "com.microsoft.nchwc"])
    made.graph.input[-1].type.tensor_type.elem_type = TensorProto.BOOL
    made.graph.input.extend(helper.make_tensor_value_info(key, kind, shape) for key, kind, shape in (
        ("q", 2, [1, 4, 7, 5]), ("qw", 2, [6, 4, 3, 3]), ("s", 1, []), ("z", 2, [])))
    with pytest.raises(UnsupportedError, match=said):
        models.load(saved(tmp_path, made))


def test_import_goes_on_without_a_layer_only_when_told(tmp_path):
    nodes = [node("Conv", "x,w", "c", name="good"), node("NonZero", "c", "i"), node("Cast", "i", "f", to=1),
             node("Reshape", "f,to", "h"), node("Conv", "h,w", "y", name="unknown"),
             node("Conv", "x,u", "z", name="odd")]
    path = saved(tmp_path, model(nodes, {"x": ["n", 4, 7, 5]}, W | {"to": ints(1, 4, 6, -1), "u": draw(6, 3, 3, 3)},
                                 "y,z"))
    command = ["import", str(path), "--set", "n=1"]
    plain = CliRunner().invoke(main, command)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert "Conv odd: weights must have ic / group input channels" in plain.stderr or "let shapes be" in plain.stderr
    said = CliRunner().invoke(main, [*command, "--skip-unsupported", "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert [layer["name"] for layer in found["layers"]] == ["good"]
    assert ("convgen: without unknown Conv: the shape of h must be known, and cannot be inferred; give --set h.3=EXTENT"
            in said.stderr)
    assert "convgen: without odd Conv: weights must have ic / group input channels" in said.stderr
    assert found["layers"][0]["wiring"] == {"good": {"reads": "x", "adds": "", "makes": "c", "folded": []}}
    nothing = CliRunner().invoke(main, ["import", str(path), "--skip-unsupported"])
    assert nothing.exit_code == 3
    assert "it has 3 Conv; good Conv: the shape of x must be known; give --batch" in nothing.stderr


def test_a_layer_of_unknown_shape_is_an_error_unless_told_otherwise(tmp_path):
    nodes = [node("Conv", "x,w", "c", name="good"), node("NonZero", "c", "i"), node("Cast", "i", "f", to=1),
             node("Reshape", "f,to", "h"), node("Conv", "h,w", "y", name="unknown")]
    path = saved(tmp_path, model(nodes, X, W | {"to": ints(1, 4, 6, -1)}))
    said = CliRunner().invoke(main, ["import", str(path)])
    assert (said.exit_code, said.stdout) == (2, "")
    assert "Conv unknown: the shape of h must be known, and cannot be inferred; give --set h.3=EXTENT" in said.stderr
    for command in ("import", "plan", "generate", "package", "report"):  # and so tune and bench, which take a while
        writes = "--target", "scalar", "--no-verify", "-o", str(tmp_path / command)
        words = {"import": (), "plan": writes[:2], "package": ("--layers-only", *writes)}.get(command, writes)
        assert CliRunner().invoke(main, [command, str(path), *words]).exit_code == 2
        said = CliRunner().invoke(main, [command, str(path), *words, "--skip-unsupported"])
        assert said.exit_code == 0, said.output
        assert "without unknown Conv: the shape of h must be known" in said.stderr
    assert CliRunner().invoke(main, ["import", str(path), "--set", "h.3=5"]).exit_code == 0


# --- packages ---


def packaged(tmp_path, made):
    command = ["package", str(saved(tmp_path, made)), "--layers-only", "--weights", "embed", "--target", "scalar",
               "--no-verify", "-o",
               str(tmp_path / "lib")]
    return CliRunner().invoke(main, command)


@pytest.mark.parametrize(("given", "inputs"), [
    ({"b": WB["b"]}, X | {"w": [6, 4, 3, 3]}),
    (W, X | {"b": [6]}),
], ids=["weights", "bias"])
def test_only_constants_are_embedded(given, inputs, tmp_path):
    said = packaged(tmp_path, model([CONV], inputs, given, "c"))
    assert said.exit_code == 3
    assert "weights and bias must be constants of the model to be embedded" in said.stderr
    assert "given those of c)" in said.stderr
    both = model([CONV, node("Conv", "c,v", "y")], inputs, given | {"v": draw(2, 6, 1, 1)})
    said = packaged(tmp_path, both)
    assert said.exit_code == 0, said.output
    manifest = json.loads((tmp_path / "lib/manifest.json").read_text())
    assert [one["use"] for one in manifest["convolutions"]] == ["y"]
    assert "c: weights or bias that are not constant" in manifest["left"]


def test_weights_that_nodes_compute_are_embedded_and_the_wiring_is_told(tmp_path):
    nodes, given, _ = DISGUISED["DequantizeLinear by channel"]
    made = model([*nodes, node("Conv", "x,w,b", "c", pads=[1] * 4), *steps("a = Add(c,r); y = Relu(a)")], R,
                 {"b": WB["b"]} | given, opset=19)
    said = packaged(tmp_path, made)
    assert said.exit_code == 0, said.output
    manifest = json.loads((tmp_path / "lib/manifest.json").read_text())
    assert [one["use"] for one in manifest["convolutions"]] == ["c"]
    assert manifest["layers"][0]["wiring"] == {"c": {"reads": "x", "adds": "r", "makes": "y",
                                                     "folded": ["a Add", "y Relu"]}}
    assert "with the weights of c, which reads x, adds r, makes y; with a Add, y Relu" in " ".join(
        (tmp_path / "lib/include/model.h").read_text().split())


def test_names_of_a_model_end_no_comment(tmp_path):
    """Of values, of nodes that are folded in and of those that are left."""
    evil = "*/ #error /* \u202e \\"
    nodes = [node("Conv", "x,w", f"c{evil}", name="good", pads=[1] * 4),
             node("Relu", f"c{evil}", f"y{evil}", name=f"r{evil}"), node("Neg", f"y{evil}", "z", name=f"n{evil}")]
    made = model(nodes, X, W, "z")
    said = packaged(tmp_path, made)
    assert said.exit_code == 0, said.output
    header = (tmp_path / "lib/include/model.h").read_text()
    assert "#error" in header
    assert header.isascii()
    stripped = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    assert "error" not in stripped
    assert not re.search(r"/\*(?:(?!\*/).)*/\*", header, re.S), "no comment in a comment"


# --- files that mean harm ---


def rich():
    """A model with some of everything above."""
    quantised, given, _ = DISGUISED["DequantizeLinear by channel"]
    sides = [branch("one", [node("Conv", "a,v", "h"), node("Relu", "h", "t")], "t", {"v": draw(6, 6, 1, 1)}),
             branch("two", [node("Neg", "a", "t")], "t")]
    nodes = [*quantised, *pad_idiom([1, 2, 0, 3]), fused("q0,w,b", "a", activation="Relu"),
             helper.make_node("If", ["on"], ["f"], then_branch=sides[0], else_branch=sides[1]),
             node("QuickGelu", "f", "y", domain="com.microsoft", alpha=1.0)]
    for one in nodes[2:]:
        one.output[:] = [{"q": "q0", "s": "s0", "z": "z0"}.get(name, name) for name in one.output]
    return model(nodes, X, given | {"b": WB["b"], "on": np.array(True)}, domains=["com.microsoft"]).SerializeToString()


@pytest.mark.parametrize("seed", range(30))
def test_any_flipped_byte_ends_well(seed, tmp_path):
    """A damaged file is read, or refused."""
    rng, data = np.random.default_rng(seed), bytearray(rich())
    for place in rng.integers(0, len(data), 1 + seed % 3):
        data[place] ^= 1 << int(rng.integers(8))
    with contextlib.suppress(InputError, UnsupportedError):
        models.load(saved(tmp_path, bytes(data)))


def test_the_rich_model_is_read(tmp_path):
    assert len(models.load(saved(tmp_path, rich())).parts) == 2


def test_convolutions_that_are_missing_are_mentioned(tmp_path):
    """By every command, convolutions of all kinds, each reason once, and not too many."""
    nodes = [CONV, *(node("Conv", f"h,v{index}", f"y{index}") for index in range(10)),
             node("DeformConv", "c,t,o", "z"), node("Conv", "c", "b1", domain="odd"),
             node("Conv", "c", "b2", domain="odd")]
    weights = {f"v{index}": draw(1, 4, 1, 1, 1, 1) for index in range(10)} | \
        {"t": draw(2, 6, 3, 3), "o": draw(2, 18, 6, 3)}
    made = model(nodes, X | {"h": [1, 4, 3, 3, 3, 3]}, WB | weights, ",".join(one.output[0] for one in nodes),
                 domains=["odd"])
    for command in (["plan"], ["import"]):
        said = CliRunner().invoke(main, [*command, str(saved(tmp_path, made))])
        assert said.exit_code == 0, said.output
        first, second, third, last = said.stderr.splitlines()[:4]
        assert first == ("convgen: without 10 Conv (y0, y1, y2, y3, …): it must have 1 to 3 spatial axes (its input has"
                         " 6 axes)")
        assert second == "convgen: without z DeformConv: not supported yet"
        assert third.startswith("convgen: without 2 odd.Conv (b1, b2): not an operator of ONNX")
        assert last.startswith("convgen: model: 1 convolution, 1 different; ")


def test_not_too_many_reasons_are_told(tmp_path):
    nodes = [CONV, *(node("Conv", f"h{index},v", f"y{index}") for index in range(10))]
    inputs = {f"h{index}": [1, 4, *[3 + index] * (4 + index)] for index in range(10)}
    made = model(nodes, X | inputs, WB | {"v": draw(1, 4, 1, 1, 1, 1)}, ",".join(one.output[0] for one in nodes))
    told = list(models.told(models.find(saved(tmp_path, made))))
    assert len(told) == 10
    assert told[7] == "without y7 Conv: it must have 1 to 3 spatial axes (its input has 13 axes)"
    assert told[8] == "without 2 more"
