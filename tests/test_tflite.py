"""convgen.tflite: convolutions of TFLite files as layers, and what LiteRT's kernels make of the same files."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

from convgen.api import generate
from convgen.commands.main import main
from convgen.errors import ConvgenError, InputError, MissingToolError, UnsupportedError
from convgen.layer.formats import load_layers
from convgen.layer.spec import ConvSpec
from convgen.tflite import load
from convgen.tflite.models import find
from convgen.verification import oracle

pytest.importorskip("tflite", reason="needs the package tflite")
from tflite_files import File

ACTIVATIONS = {"none": 0, "relu": 1, "clip(-1,1)": 2, "relu6": 3}  # the schema's numbers
KINDS = {"CONV_2D": "hw", "DEPTHWISE_CONV_2D": "hw", "CONV_3D": "dhw", "TRANSPOSE_CONV": "hw"}
ENDS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}


def options(kind, strides=None, dilations=None, padding=1, activation=0, **more):
    axes = KINDS[kind].upper()
    return {**{f"Stride{axis}": s for axis, s in zip(axes, strides or (1,) * len(axes), strict=True)},
            **{f"Dilation{axis}Factor": d for axis, d in zip(axes, dilations or (1,) * len(axes), strict=True)},
            "Padding": padding, "FusedActivationFunction": activation, **more}


class Random:
    """A file with one convolution of everything drawn, and an input for it.

    Biases and scales are such that most outputs lie inside of their range; where inputs are near what stands for 0,
    scales are 1 and more. ties: scales are powers of two, so that many a sum lies between two outputs.
    """

    def __init__(self, seed, kind="CONV_2D", dtype="int8", groups=False, ties=False):
        rng = self.rng = np.random.default_rng([seed, len(kind), len(dtype), groups])
        draw = lambda low, high: int(rng.integers(low, high + 1))  # noqa: E731
        axes = len(KINDS[kind])
        kernel, strides, dilations = ([draw(1, most) for _ in range(axes)] for most in (3, 3, 2))
        padding = draw(0, 1)
        extents = [draw(1, 9) + (k - 1) * d * padding for k, d in zip(kernel, dilations, strict=True)]
        images, g, icg, ocg = draw(1, 2), draw(1, 3) if groups else 1, draw(1, 20), draw(1, 20)
        if kind == "DEPTHWISE_CONV_2D":
            g, icg, ocg = icg, 1, draw(1, 3)
        if kind == "TRANSPOSE_CONV":
            dilations = [1, 1]
        ic, oc = g * icg, g * ocg
        shape = {"CONV_2D": (oc, *kernel, icg), "TRANSPOSE_CONV": (oc, *kernel, icg),
                 "DEPTHWISE_CONV_2D": (1, *kernel, oc), "CONV_3D": (*kernel, icg, oc)}[kind]
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
        outputs = [-(-(i if not padding else i - r + 1) // s) for i, r, s in zip(extents, reach, strides, strict=True)]
        if kind == "TRANSPOSE_CONV":
            outputs = [(i - 1) * s + (r if padding else 1) + draw(0, s - 1)
                       for i, r, s in zip(extents, reach, strides, strict=True)]
        more = {"DepthMultiplier": ocg} if kind == "DEPTHWISE_CONV_2D" else {}
        said = options(kind, strides, dilations, padding, draw(0, 3), **more)
        self.dtype, self.ties, size = dtype, ties, (images, *extents, ic)
        file = File()
        if dtype == "float32":
            self.x = rng.standard_normal(size).astype(np.float32)
            tensors = [file.tensor(size), file.tensor(shape, data=rng.standard_normal(shape)),
                       file.tensor((oc,), data=rng.standard_normal(oc))]
            y = file.tensor((images, *outputs, oc))
        else:
            tensors, y = self._quantised(file, size, shape, (images, *outputs, oc), kind)
        given = tensors
        if kind == "TRANSPOSE_CONV":
            x, w, b = tensors
            given = [file.tensor((4,), "int32", [images, *outputs, oc]), w, x, b]
            said = {name: value for name, value in said.items() if "Dilation" not in name}
        file.operator(kind, given, [y], **said)
        self.content = file.done(tensors[:1], [y])

    def _quantised(self, file, size, shape, made, kind):
        rng, (low, high), oc, wide = self.rng, ENDS[self.dtype], made[-1], self.dtype == "int16"
        zero = lambda: 0 if wide else int(rng.choice([low, high, 0, rng.integers(low, high + 1)]))  # noqa: E731
        zeros = {"x": zero(), "w": zero() if self.dtype == "uint8" else 0, "y": zero()}
        most = int(rng.choice([2, 30, 127]))  # of weights, from theirs
        reach = int(rng.choice([2, 255, 255, 255])) << 8 * wide  # of inputs, from their zero point
        x = zeros["x"] + rng.integers(-reach, reach + 1, size)
        self.x = np.clip(x, low, high).astype(self.dtype)
        low, high = ENDS["int8" if wide else self.dtype]
        w = np.clip(rng.integers(-most, most + 1, shape) + zeros["w"], low, high)
        if most == 127:
            w = np.where(rng.random(shape) < 0.3, rng.choice([low, -127, high], shape), w)
            w = np.clip(w, low, high)
        several = self.dtype != "uint8" and rng.random() < 0.8
        axis = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "TRANSPOSE_CONV": 0}[kind]
        each, less = (w - zeros["w"]).sum(tuple(set(range(w.ndim)) - {axis})), self.x - np.float64(zeros["x"])
        spread = np.sqrt(w.size / oc) * most * (np.abs(less).mean() + 0.5)
        spread = spread * 2.0 ** rng.uniform(-1.5, 1.5, oc if several else 1)
        bias = np.round(rng.uniform(-1, 1, oc) * spread - each * less.mean())
        x_scale, y_scale = (10.0 ** rng.uniform(-6, 3, 2)).astype(np.float32)
        w_scale = ((25_000 if wide else 100) / spread * y_scale / x_scale).astype(np.float32)
        if self.ties:
            x_scale, w_scale, y_scale = (np.exp2(np.round(np.log2(one))) for one in (x_scale, w_scale, y_scale))
        n, self.scales = len(w_scale), (x_scale, w_scale, y_scale)
        return [file.tensor(size, self.dtype, scale=[x_scale], zero=[zeros["x"]]),
                file.tensor(shape, "int8" if wide else self.dtype, w, w_scale, [zeros["w"]] * n, axis),
                file.tensor((oc,), "int64" if wide else "int32", bias, x_scale * w_scale, [0] * n)], \
            file.tensor(made, self.dtype, scale=[y_scale], zero=[zeros["y"]])


# --- against LiteRT ---

LITERT = pytest.mark.skipif(importlib.util.find_spec("ai_edge_litert") is None,
                            reason="needs the package ai-edge-litert")
CASES = [("CONV_2D", "int8", False), ("CONV_2D", "int8", True), ("DEPTHWISE_CONV_2D", "int8", False),
         ("CONV_2D", "uint8", False), ("DEPTHWISE_CONV_2D", "uint8", False), ("CONV_2D", "float32", True),
         ("DEPTHWISE_CONV_2D", "float32", False), ("CONV_3D", "float32", False), ("CONV_2D", "int16", False),
         ("CONV_2D", "int16", True), ("DEPTHWISE_CONV_2D", "int16", False), ("TRANSPOSE_CONV", "float32", False),
         ("TRANSPOSE_CONV", "int8", False), ("TRANSPOSE_CONV", "uint8", False), ("TRANSPOSE_CONV", "int16", False)]
LAYERS, TIES = 200, 24
CLAMPED = {"none": (-np.inf, np.inf), "relu": (0, np.inf), "clip(-1,1)": (-1, 1), "relu6": (0, 6)}


def interpreted(content, x, reference):
    """What the reference kernels give, or XNNPACK; None where that does not take the layer."""
    from ai_edge_litert import interpreter as litert  # large

    resolver = litert.OpResolverType.BUILTIN_REF if reference else litert.OpResolverType.AUTO
    model = litert.Interpreter(model_content=content, experimental_op_resolver_type=resolver, num_threads=1)
    model.allocate_tensors()
    model.set_tensor(model.get_input_details()[0]["index"], x)
    model.invoke()
    if not reference and "DELEGATE" not in {op["op_name"] for op in model._get_ops_details()}:
        return None
    return model.get_tensor(model.get_output_details()[0]["index"])


def saved(folder, content, name="model.tflite"):
    path = folder / name
    path.write_bytes(content.done([content.x], [content.y]) if isinstance(content, File) else content)
    return path


def only(path):
    """The spec of its one layer, and the layer's arrays."""
    (part,) = load(path).parts
    (use,) = part.uses
    return part.spec, use.arrays


def differences(wanted, found, s, dtype):
    """How many outputs are wrong."""
    return (np.abs(wanted - found) > 1e-6 * s).sum() if dtype == "float32" else (wanted != found).sum()


@LITERT
@pytest.mark.parametrize(("kind", "dtype", "groups"), CASES)
def test_litert_gives_what_the_oracle_gives_of_the_layer(kind, dtype, groups, tmp_path):
    """The reference kernels by the rule that the layer has; XNNPACK, where it takes it, by half-even, with scales that
    are multiplied and divided in f32: bit for bit."""
    wrong, taken, inside = 0, 0, 0
    for seed in range(LAYERS):
        made = Random(seed, kind, dtype, groups)
        spec, arrays = only(saved(tmp_path, made.content))
        wanted = oracle.convolve(spec, made.x, **arrays)
        found = interpreted(made.content, made.x, reference=True)
        wrong += differences(wanted.y, found, wanted.s, dtype)
        inside += ((found > found.min()) & (found < found.max())).mean()
        if (found := interpreted(made.content, made.x, reference=False)) is not None:
            if dtype != "float32":
                arrays["scale"] = np.broadcast_to(made.scales[0] * made.scales[1] / made.scales[2], (spec.oc,)).copy()
                wanted = oracle.convolve(spec.replace(rounding="half-even"), made.x, **arrays)
            wrong += differences(wanted.y, found, wanted.s, dtype)
            taken += 1
    assert wrong == 0
    assert inside > LAYERS / 4  # it is not saturation that agrees
    alone = dtype == "int16" or (kind, dtype) in (CASES[4][:2], CASES[7][:2])
    assert taken == (0 if alone else LAYERS) or (kind == "TRANSPOSE_CONV" and taken > LAYERS / 2)


@pytest.mark.sweep
@LITERT
@pytest.mark.parametrize(("kind", "dtype", "groups"), [case for case in CASES if case[1] in ("int8", "uint8")])
def test_which_rule_each_of_litert_has_is_told_by_ties(kind, dtype, groups, tmp_path):
    """The reference kernels are `tflite`; XNNPACK is `half-even`, but for the ends of a clamp, which it rounds with the
    zero point added; no kernel is `tflite-single`. Random scales do not tell the last two apart: in 200 layers of each
    kind one output differed."""
    differ, taken = dict.fromkeys(("tflite", "half-even", "tflite-single", "half-even as single"), 0), 0
    for seed in range(5000, 5000 + TIES):
        made = Random(seed, kind, dtype, groups, ties=True)
        spec, arrays = only(saved(tmp_path, made.content))
        y = {rule: oracle.convolve(spec.replace(rounding=rule), made.x, **arrays).y for rule in
             ("tflite", "tflite-single")}
        arrays["scale"] = arrays["scale"].astype(np.float32)
        near = oracle.convolve(spec.replace(rounding="half-even", activation="none"), made.x, **arrays).y
        near = np.clip(near, *(np.rint(np.float32(end) / made.scales[2] + spec.output_zero)
                               for end in CLAMPED[spec.activation]))
        found = interpreted(made.content, made.x, reference=True)
        differ["tflite"] += (found != y["tflite"]).sum()
        differ["tflite-single"] += (found != y["tflite-single"]).sum()
        if (found := interpreted(made.content, made.x, reference=False)) is not None:
            differ["half-even"] += (found != near).sum()
            differ["half-even as single"] += (found != y["tflite-single"]).sum()
            taken += 1
    assert differ["tflite"] == differ["half-even"] == 0
    assert differ["tflite-single"] > 0
    assert differ["half-even as single"] > 0 or not taken


@pytest.mark.sampled(every=2)
@LITERT
@pytest.mark.parametrize(("kind", "dtype"), [case[:2] for case in CASES if case[1] != "float32" and not case[2]])
@pytest.mark.parametrize("target", ["host", "scalar"])
def test_a_kernel_gives_what_the_reference_kernels_give(kind, dtype, target, tmp_path):
    for seed in (3, 5):
        made = Random(seed, kind, dtype)
        spec, arrays = only(saved(tmp_path, made.content))
        kernel = generate(spec, target).compile()
        kernel.pack(arrays["weights"], arrays["bias"], scale=arrays["scale"])
        assert (kernel(made.x) == interpreted(made.content, made.x, reference=True)).all()


UPS = {  # kernel, strides, padding, outputs
    "same": ((4, 4), (2, 2), 0, (10, 14)), "valid": ((3, 2), (2, 3), 1, (11, 20)), "odd": ((3, 3), (2, 2), 0, (9, 13)),
    "a kernel smaller than its stride": ((2, 1), (3, 2), 0, (15, 14)), "stride 1": ((3, 5), (1, 1), 0, (5, 7))}


def up(name, **said):
    """A transposed convolution in f32, and an input for it."""
    kernel, (sh, sw), padding, outputs = UPS[name]
    rng, file = np.random.default_rng(4), File()
    shape = file.tensor((4,), "int32", [2, *outputs, 3])
    w = file.tensor((3, *kernel, 6), data=rng.standard_normal((3, *kernel, 6)))
    b = file.tensor((3,), data=rng.standard_normal(3))
    file.x, file.y = file.tensor((2, 5, 7, 6)), file.tensor((2, *outputs, 3))
    given = {"StrideH": sh, "StrideW": sw, "Padding": padding, "FusedActivationFunction": 1, **said}
    file.operator("TRANSPOSE_CONV", [shape, w, file.x, b], [file.y], **given)
    return file, rng.standard_normal((2, 5, 7, 6)).astype(np.float32)


@LITERT
@pytest.mark.parametrize("name", UPS)
def test_litert_gives_what_the_oracle_gives_of_a_transposed_layer(name, tmp_path):
    file, x = up(name)
    path = saved(tmp_path, file)
    spec, arrays = only(path)
    assert (spec.op, spec.activation, spec.weights_layout) == ("transposed", "relu", "ohwi")
    wanted = oracle.convolve(spec, x, **arrays)
    found = interpreted(path.read_bytes(), x, reference=True)
    assert differences(wanted.y, found, wanted.s, "float32") == 0


def test_outputs_that_no_transposed_layer_has(tmp_path):
    file, _ = up("same", StrideH=1)
    with pytest.raises(InputError, match=r"bottom must be at least 0 .*\(bottom=-\d"):
        load(saved(tmp_path, file))


@LITERT
@pytest.mark.parametrize(("activation", "scale", "low", "high"),
                         [("relu6", 2.4, 5, 8), ("clip(-1,1)", 0.4, 2, 8), ("relu", 0.4, 5, 127)])
def test_a_clamp_of_a_tie_ends_where_litert_has_it(activation, scale, low, high, tmp_path):
    """6 / 2.4 and 1 / 0.4 are 2.5: away from zero."""
    file = File()
    x = file.tensor((1, 1, 1, 1), "int8", scale=[1.0], zero=[0])
    w = file.tensor((2, 1, 1, 1), "int8", [-127, 127], [1.0], [0])
    b = file.tensor((2,), "int32", [0, 0], [1.0], [0])
    y = file.tensor((1, 1, 1, 2), "int8", scale=[scale], zero=[5])
    file.operator("CONV_2D", [x, w, b], [y], **options("CONV_2D", activation=ACTIVATIONS[activation]))
    content, given = file.done([x], [y]), np.full((1, 1, 1, 1), 100, np.int8)
    spec, arrays = only(saved(tmp_path, content))
    assert spec.activation == activation
    for found in (oracle.convolve(spec, given, **arrays).y, interpreted(content, given, reference=True)):
        assert found.ravel().tolist() == [low, high]


# --- what is read ---


def conv(kind="CONV_2D", dtype="int8", x=(1, 8, 6, 4), w=(5, 3, 3, 4), y=(1, 8, 6, 5), x_scale=(0.5,), x_zero=(3,),
         w_scale=(0.25,), w_zero=(0,), w_axis=0, y_scale=(2.0,), y_zero=(-7,), b_zero=(0,), b_scale=None, bias=True,
         data=None, w_dtype=None, b_dtype=None, y_dtype=None, **said):
    """A file with one convolution, of which everything may be wrong; also the numbers of its tensors."""
    file = File()
    quantised = dtype != "float32"
    rng = np.random.default_rng(1)
    numbers = rng.integers(*((0, 256) if dtype == "uint8" else (-127, 128)), w) if quantised else rng.random(w)
    more = [{"scale": scale, "zero": zero} if quantised else {} for scale, zero in
            ((x_scale, x_zero), (w_scale, w_zero), (b_scale, b_zero), (y_scale, y_zero))]
    file.x = file.tensor(x, dtype, name="x", **more[0])
    weights = file.tensor(w, w_dtype or dtype, numbers if data is None else data, name="w", **more[1], axis=w_axis)
    inputs = [file.x, weights]
    if bias:
        numbers = rng.integers(-1000, 1000, y[-1])
        inputs.append(file.tensor((y[-1],), b_dtype or ("int32" if quantised else dtype), numbers, name="b", **more[2]))
    file.y = file.tensor(y, y_dtype or dtype, name="y", **more[3])
    file.operator(kind, inputs, [file.y], **{**options(kind, padding=0), **said})
    return file


DEPTHWISE = {"kind": "DEPTHWISE_CONV_2D", "w": (1, 3, 3, 8), "y": (1, 8, 6, 8), "w_axis": 3, "DepthMultiplier": 2}
FLOATS = {"dtype": "float32"}
WIDE = {"dtype": "int16", "w_dtype": "int8", "b_dtype": "int64", "x_zero": (0,), "y_zero": (0,)}

READ = {
    "f32": (FLOATS, {"dtype": "f32", "layout": "nhwc", "weights_layout": "ohwi", "bias": True, "top": 1, "rounding":
                     "half-even", "input_zero": 0}),
    "s8": ({}, {"dtype": "s8:s8:s8", "input_zero": 3, "output_zero": -7, "rounding": "tflite", "output_scale": 0.0}),
    "u8": ({"dtype": "uint8", "w_zero": (128,), "y_zero": (7,), "b_scale": (0.125,)},
           {"dtype": "u8:s8:u8", "input_zero": 3}),
    "u8, wide weights": ({"dtype": "uint8", "w_zero": (0,), "y_zero": (7,)}, {"dtype": "u8:s16:u8"}),
    "s16": (WIDE, {"dtype": "s16:s8:s16", "input_zero": 0, "output_zero": 0, "rounding": "tflite"}),
    "s16, depthwise": (WIDE | DEPTHWISE, {"dtype": "s16:s8:s16", "g": 4}),
    "no bias": ({"bias": False}, {"bias": False}),
    "zero points left out": ({"x_zero": None, "y_zero": None, "w_zero": None}, {"input_zero": 0, "output_zero": 0}),
    "several scales": ({"w_scale": (0.1, 0.2, 0.3, 0.4, 0.5), "w_zero": (0,) * 5}, {"oc": 5}),
    "relu": ({"FusedActivationFunction": 1}, {"activation": "relu", "output_scale": 0.0}),
    "relu6": ({"FusedActivationFunction": 3}, {"activation": "relu6", "output_scale": 2.0}),
    "-1 to 1": ({"FusedActivationFunction": 2}, {"activation": "clip(-1,1)", "output_scale": 2.0}),
    "strides, valid": ({"StrideH": 2, "StrideW": 3, "Padding": 1, "y": (1, 3, 2, 5)},
                       {"sh": 2, "sw": 3, "top": 0, "left": 0}),
    "strides, same": ({"StrideH": 2, "y": (1, 4, 6, 5)}, {"top": 0, "bottom": 1, "left": 1}),
    "dilations": ({"DilationHFactor": 2, "DilationWFactor": 3}, {"dh": 2, "dw": 3, "top": 2, "left": 3}),
    "groups": ({"w": (6, 3, 3, 2), "y": (1, 8, 6, 6)}, {"g": 2, "ic": 4, "oc": 6}),
    "depthwise": (DEPTHWISE, {"g": 4, "oc": 8, "weights_layout": "hwio"}),
    "depthwise, several scales": ({**DEPTHWISE, "w_scale": (0.1,) * 8, "w_zero": (0,) * 8}, {"g": 4}),
    "3-D": ({"kind": "CONV_3D", "dtype": "float32", "x": (1, 3, 4, 5, 2), "w": (1, 2, 3, 2, 5), "y": (1, 3, 4, 5, 5)},
            {"layout": "ndhwc", "kd": 1, "kh": 2, "kw": 3, "oc": 5, "right": 1, "bottom": 1, "top": 0}),
}


@pytest.mark.parametrize("case", READ)
def test_what_a_convolution_says_is_in_its_spec(case, tmp_path):
    said, fields = READ[case]
    spec, arrays = only(saved(tmp_path, conv(**said)))
    assert {field: getattr(spec, field) for field in fields} == fields
    assert {role: (array.shape, array.dtype) for role, array in arrays.items()} == {
        array.role: (array.shape, array.element.dtype) for array in spec.arrays if array.when == "pack"}


def test_scales_are_multiplied_as_the_reference_kernels_do(tmp_path):
    """Those of s8 in f64, those of u8 in f32 first."""
    x, w, y = np.float32([0.1, 0.3, 0.7])
    _, arrays = only(saved(tmp_path, conv(x_scale=[x], w_scale=[w], y_scale=[y])))
    assert set(arrays["scale"]) == {np.float64(x) * np.float64(w) / np.float64(y)}
    _, arrays = only(saved(tmp_path, conv(dtype="uint8", y_zero=(7,), x_scale=[x], w_scale=[w], y_scale=[y])))
    assert set(arrays["scale"]) == {np.float64(x * w) / np.float64(y)}
    assert np.float64(x * w) != np.float64(x) * np.float64(w)


def test_weights_are_less_their_zero_point(tmp_path):
    data = np.arange(180).reshape(5, 3, 3, 4)
    for zero, kind in ((0, np.int16), (100, np.int8), (255, np.int16)):
        _, arrays = only(saved(tmp_path, conv(dtype="uint8", y_zero=(7,), w_zero=(zero,), data=data)))
        assert arrays["weights"].dtype == kind
        assert (arrays["weights"] == data - zero).all()


def test_weights_may_be_unpacked_from_halfs_or_bytes(tmp_path):
    rng = np.random.default_rng(3)
    halfs, scale = rng.standard_normal((5, 3, 3, 4)).astype(np.float16), rng.random(5).astype(np.float32)
    small = rng.integers(-128, 128, halfs.shape)
    for kind, data, wanted, more in (
            ("float16", halfs, halfs.astype(np.float32), {}),
            ("int8", small, scale.reshape(5, 1, 1, 1) * small.astype(np.float32), {"scale": scale, "zero": [0] * 5})):
        file = File()
        file.x, packed, w = file.tensor((1, 8, 6, 4)), file.tensor(halfs.shape, kind, data, **more), \
            file.tensor(halfs.shape)
        b, file.y = file.tensor((5,), data=np.ones(5)), file.tensor((1, 8, 6, 5))
        file.operator("DEQUANTIZE", [packed], [w])
        file.operator("CONV_2D", [file.x, w, b], [file.y], **options("CONV_2D", padding=0))
        path = saved(tmp_path, file)
        spec, arrays = only(path)
        assert (arrays["weights"] == wanted).all()
        assert find(path).left == {}
        if importlib.util.find_spec("ai_edge_litert"):
            x = rng.standard_normal((1, 8, 6, 4)).astype(np.float32)
            made = oracle.convolve(spec, x, **arrays)
            assert not differences(made.y, interpreted(path.read_bytes(), x, reference=True), made.s, "float32")


def behind(file, kind, inputs, shape, **said):
    """One more operator, whose output is the model's."""
    file.y = file.tensor(shape, name=kind.lower())
    file.operator(kind, inputs, [file.y], **said)
    return file


def residual(activation=0, shape=(1, 8, 6, 5), second=False):
    file = conv(dtype="float32")
    other = file.tensor(shape, name="r")
    return behind(file, "ADD", [file.y, other][:: -1 if second else 1], (1, 8, 6, 5),
                  FusedActivationFunction=activation)


FOLDED = {
    "relu": (lambda: behind(file := conv(dtype="float32"), "RELU", [file.y], (1, 8, 6, 5)), {"activation": "relu"}),
    "leaky-relu": (lambda: behind(file := conv(dtype="float32"), "LEAKY_RELU", [file.y], (1, 8, 6, 5), Alpha=0.25),
                   {"activation": "leaky-relu(0.25)"}),
    "residual": (residual, {"residual": True, "activation": "none"}),
    "residual, relu": (lambda: residual(1, second=True), {"residual": True, "activation": "relu"}),
    "residual, then relu6": (lambda: behind(file := residual(), "RELU6", [file.y], (1, 8, 6, 5)),
                             {"residual": True, "activation": "relu6"}),
    "no residual of another shape": (lambda: residual(shape=(1, 1, 1, 5)), {"residual": False}),
    "no residual with tanh": (lambda: residual(activation=4), {"residual": False}),
    "nothing behind an activation": (
        lambda: behind(file := conv(dtype="float32", FusedActivationFunction=1), "TANH", [file.y], (1, 8, 6, 5)),
        {"activation": "relu"}),
}


@pytest.mark.parametrize("case", FOLDED)
def test_what_follows_in_f32_is_folded(case, tmp_path):
    make, fields = FOLDED[case]
    found = find(saved(tmp_path, make()))
    (part,) = found.network.parts
    assert {field: getattr(part.spec, field) for field in fields} == fields
    kept = case.startswith("no")
    assert bool(found.left) is kept
    assert bool(found.folded) is not kept
    wiring = part.uses[0].wiring
    assert wiring.reads == "x"
    assert wiring.adds == ("r" if fields.get("residual") else "")
    assert (wiring.makes == "y") is kept


def test_what_others_read_is_not_folded(tmp_path):
    file = conv(dtype="float32")
    behind(file, "RELU", [file.y], (1, 8, 6, 5))
    path = tmp_path / "model.tflite"
    path.write_bytes(file.done([file.x], [file.y, file.y - 1]))
    assert find(path).left == {"RELU": 1}
    file = conv(dtype="float32")
    made = file.y
    behind(behind(file, "RELU", [made], (1, 8, 6, 5)), "TANH", [made], (1, 8, 6, 5))
    assert find(saved(tmp_path, file)).left == {"RELU": 1, "TANH": 1}


def padded(pads, dtype="int8", same=True, kind="PAD", value=None):
    """A PAD, and a convolution of what it makes."""
    file = File()
    zero = {"scale": [0.5], "zero": [3]} if dtype == "int8" else {}
    file.x = file.tensor((1, 5, 6, 4), dtype, name="x", **zero)
    made = (1, *(n + sum(pair) for n, pair in zip((5, 6), pads[1:3], strict=True)), 4 + sum(pads[3]))
    p = file.tensor((4, 2), "int32", pads)
    more = [file.tensor((1,), dtype, [value], **zero)] if value is not None else []
    given = file.tensor(made, dtype, name="padded", **(zero if same else {"scale": [0.5], "zero": [4]}))
    rng = np.random.default_rng(0)
    w = file.tensor((3, 3, 2, made[3]), dtype, rng.integers(-100, 100, (3, 3, 2, made[3])),
                    **({"scale": [0.01], "zero": [0]} if zero else {}))
    b = file.tensor((3,), "int32" if zero else dtype, [1, 2, 3])
    file.y = file.tensor((1, made[1] - 2, made[2] - 1, 3), dtype, **({"scale": [2.0], "zero": [1]} if zero else {}))
    file.operator(kind, [file.x, p, *more], [given])
    file.operator("CONV_2D", [given, w, b], [file.y], **options("CONV_2D"))
    return file


PADS = [(0, 0), (1, 2), (0, 3), (0, 0)]


@pytest.mark.parametrize(("said", "folded"), [
    ({}, True), ({"dtype": "float32"}, True), ({"kind": "PADV2", "value": 3}, True), ({"same": False}, False),
    ({"kind": "PADV2", "value": 0}, False), ({"kind": "PADV2", "value": 0, "dtype": "float32"}, True),
    ({"kind": "PADV2", "value": 0.5, "dtype": "float32"}, False), ({"pads": [*PADS[:3], (1, 0)]}, False),
    ({"kind": "MIRROR_PAD"}, False)])
def test_a_pad_of_what_stands_for_zero_is_the_layers(said, folded, tmp_path):
    path = saved(tmp_path, padded(**{"pads": PADS, **said}))
    spec, arrays = only(path)
    assert (spec.ih, spec.top, spec.bottom, spec.right) == ((5, 1, 2, 3) if folded else (8, 0, 0, 0))
    assert find(path).folded == ({said.get("kind", "PAD"): 1} if folded else {})
    if folded and "value" not in said and importlib.util.find_spec("ai_edge_litert"):
        kind = said.get("dtype", "int8")
        x = np.random.default_rng(2).integers(-100, 100, spec.input_shape).astype(kind)
        made = oracle.convolve(spec, x, **arrays)
        assert not differences(made.y, interpreted(path.read_bytes(), x, reference=True), made.s, kind)


def test_equal_layers_are_one_with_two_uses(tmp_path):
    file = conv(w=(4, 3, 3, 4), y=(1, 8, 6, 4), y_scale=(0.5,), y_zero=(3,))
    again = file.tensor((1, 8, 6, 4), "int8", name="second", scale=[0.5], zero=[3])
    file.operator("CONV_2D", [file.y, file.x + 1, file.x + 2], [again], **options("CONV_2D", padding=0))
    file.y = again
    (part,) = load(saved(tmp_path, file)).parts
    assert [use.name for use in part.uses] == ["y", "second"]
    assert [use.wiring.reads for use in part.uses] == ["x", "y"]


# --- what is wrong, or left out ---

NAN, INF = float("nan"), float("inf")
WRONG = {
    "no scale of the input": ({"x_scale": None}, "scale of input must be given (x is s8)"),
    "zero point of s16": (WIDE | {"x_zero": (3,)}, "zero_point of input must be 0 in s16 (zero_point=3 of x)"),
    "zero point of an output of s16": (WIDE | {"y_zero": (-1,)},
                                       "zero_point of output must be 0 in s16 (zero_point=-1 of y)"),
    "no scale of the weights": ({"w_scale": None, "w_zero": None}, "scale of weights must be given"),
    "no scale of the output": ({"y_scale": ()}, "scale of output must be given"),
    "scale 0": ({"x_scale": (0.0,)}, "scale of input must be a positive normal f32 (scale[0]=0.0 of x)"),
    "scale below 0": ({"y_scale": (-1.0,)}, "scale of output must be a positive normal f32 (scale[0]=-1.0 of y)"),
    "scale NaN": ({"w_scale": (1.0, 1.0, NAN, 1.0, 1.0), "w_zero": (0,) * 5},
                  "scale of weights must be a positive normal f32 (scale[2]=nan of w)"),
    "scale Inf": ({"y_scale": (INF,)}, "scale of output must be a positive normal f32 (scale[0]=inf of y)"),
    "scale subnormal": ({"w_scale": (1e-40,)}, "scale of weights must be a positive normal f32 (scale[0]=9.99994"),
    "two scales": ({"x_scale": (1.0, 2.0)}, "scale of input must be one number (x has 2)"),
    "three scales": ({"w_scale": (1.0,) * 3}, "scale of weights must be one number, or 5 (w has 3)"),
    "scales along another axis": ({"w_scale": (1.0,) * 5, "w_zero": (0,) * 5, "w_axis": 3},
                                  "scale of weights must be along axis 0 (quantized_dimension=3 of w)"),
    "scales of u8": ({"dtype": "uint8", "y_zero": (7,), "w_scale": (1.0,) * 5},
                     "scale of weights must be one number (w has 5)"),
    "zero point": ({"x_zero": (128,)}, "zero_point of input must be in the range of s8, -128 to 127"
                                       " (zero_point[0]=128 of x)"),
    "zero point of u8": ({"dtype": "uint8", "y_zero": (-1,)},
                         "zero_point of output must be in the range of u8, 0 to 255 (zero_point[0]=-1 of y)"),
    "zero points": ({"w_scale": (1.0,) * 5, "w_zero": (0, 0)},
                    "zero_point of weights must be one number, or 5 (w has 2)"),
    "weights' zero point": ({"w_scale": (1.0,) * 5, "w_zero": (0, 0, 4, 0, 0)},
                            "zero_point of weights must be 0 in s8 (zero_point[2]=4 of w)"),
    "bias's zero point": ({"b_scale": (0.125,), "b_zero": (3,)}, "zero_point of bias must be 0 (zero_point=3 of b)"),
    "bias's scale": ({"dtype": "uint8", "y_zero": (7,), "b_scale": (0.5,)},
                     "scale of bias must be that of input times that of weights (scale=0.5 of b, not 0.125)"),
    "scales that underflow": ({"dtype": "uint8", "y_zero": (7,), "x_scale": (1e-30,), "w_scale": (1e-30,),
                               "b_scale": ()}, "must be a positive normal f32 (0 of channel 0)"),
    "scales that overflow": ({"x_scale": (1e30,), "w_scale": (1e30,) * 5, "w_zero": (0,) * 5},
                             "scale of input times that of weights through that of output must be a positive normal f32"
                             " (5e+59 of channel 0)"),
    "padding": ({"Padding": 2}, "padding must be from 0 to 1 (padding=2)"),
    "activation": ({"FusedActivationFunction": 6}, "fused_activation_function must be from 0 to 5"),
    "stride": ({"StrideH": 0}, "sh must be at least 1 and below 2^31 (sh=0)"),
    "output": ({"y": (1, 8, 7, 5)}, "output must have the shape (1, 8, 6, 5) (y has (1, 8, 7, 5))"),
    "bias": ({"y": (1, 8, 6, 4)}, "output must have the shape (1, 8, 6, 5)"),
    "channels": ({"w": (5, 3, 3, 3)},
                 "weights must suit the input's channels (weights (5, 3, 3, 3), input (1, 8, 6, 4))"),
    "axes": ({"x": (8, 6, 4)}, "x must have 4 extents of at least 1 (shape=(8, 6, 4))"),
    "extent": ({"x": (1, 0, 6, 4)}, "x must have 4 extents of at least 1"),
    "bytes": ({"data": np.zeros(7)}, "a constant must have the bytes of its shape (w: s8 (5, 3, 3, 4), 7 bytes)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_in_a_line(case, tmp_path):
    said, message = WRONG[case]
    path = saved(tmp_path, conv(**said))
    with pytest.raises(InputError) as caught:
        load(path)
    assert message in str(caught.value)
    assert ": CONV_2D y: " in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(UnsupportedError, match="model must hold a convolution that can be imported"):
        load(path, skip=True)


LEFT = {
    "s32": ({"dtype": "int32"}, "its data must be f32, s8, u8 or s16 (x is s32)"),
    "s16 with sums in s32": (WIDE | {"QuantizedBiasType": 2}, "its sums must be in s64, not s32"),
    "s16 with a bias in s32": (
        WIDE | {"b_dtype": "int32"}, "s16, with weights in s8 and a bias in s64 (input s16, weights s8, bias s32"),
    "weights alone": ({"dtype": "float32", "w_dtype": "int8"},
                      "its data must be all f32; or s8 or u8, with a bias in s32; or s16, with weights in s8"
                      " and a bias in s64 (input f32, weights s8, bias f32, output f32); --dtype f32 takes weights as"
                      " floats"),
    "output": ({"y_dtype": "float32"}, "output f32)"),
    "bias": ({"b_dtype": "int64"}, "bias s64"),
    "tanh": ({"FusedActivationFunction": 4}, "its activation must be none, RELU, RELU6 or RELU_N1_TO_1 (it is tanh)"),
    "weights that are computed": ({"data": ()}, "its weights must be constant (w is not)"),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_no_layer_is_left_with_the_reason(case, tmp_path):
    said, message = LEFT[case]
    with pytest.raises(UnsupportedError) as caught:
        load(saved(tmp_path, conv(**said)))
    assert message in str(caught.value)


def test_a_model_without_convolutions(tmp_path):
    file = File()
    file.x = file.tensor((1, 4))
    behind(file, "RELU", [file.x], (1, 4))
    with pytest.raises(UnsupportedError, match="model must hold one of CONV_2D, DEPTHWISE_CONV_2D, CONV_3D"):
        load(saved(tmp_path, file))


def test_a_quantised_transposed_convolution_is_a_layer(tmp_path):
    file = conv()
    shape = file.tensor((4,), "int32", [1, 16, 12, 2])
    w = file.tensor((2, 3, 3, 5), "int8", np.ones((2, 3, 3, 5)), [0.1, 0.2], [0, 0])
    y = file.tensor((1, 16, 12, 2), "int8", name="up", scale=[0.5], zero=[4])
    file.operator("TRANSPOSE_CONV", [shape, w, file.y], [y], StrideH=2, StrideW=2, Padding=0, FusedActivationFunction=1)
    file.y = y
    up = load(saved(tmp_path, file)).parts[-1]
    assert up.spec == ConvSpec(
        ic=5, oc=2, ih=8, iw=6, kh=3, kw=3, sh=2, sw=2, bottom=1, right=1, op="transposed", layout="nhwc",
        weights_layout="ohwi", dtype="s8:s8:s8", input_zero=-7, output_zero=4, rounding="tflite", activation="relu",
        bias=False)
    np.testing.assert_allclose(up.uses[0].arrays["scale"], [2 * 0.1 / 0.5, 2 * 0.2 / 0.5], rtol=1e-6)


def test_open_extents(tmp_path):
    """The batch may be left open; other extents cannot."""
    for signature, wrong in (([-1, 8, 6, 4], False), ([1, -1, -1, 4], True)):
        file = File()
        said = file._builder.CreateNumpyVector(np.array(signature, np.int32))
        file.x = file.tensor((1, 8, 6, 4), ShapeSignature=said, name="x")
        w, b = file.tensor((5, 3, 3, 4), data=np.zeros((5, 3, 3, 4))), file.tensor((5,), data=np.zeros(5))
        file.y = file.tensor((1, 8, 6, 5))
        file.operator("CONV_2D", [file.x, w, b], [file.y], **options("CONV_2D", padding=0))
        path = saved(tmp_path, file)
        if wrong:
            with pytest.raises(InputError, match=r"of x must be known, but for the batch \(left open: axes \(1, 2"):
                load(path)
        else:
            assert load(path, batch=4).parts[0].spec.n == 4


def test_broken_files_end_in_a_line(tmp_path):
    """Cut somewhere, or with some other bytes in it: an error of ours, or a network, and soon."""
    content = (file := conv(w_scale=(1.0,) * 5, w_zero=(0,) * 5)).done([file.x], [file.y])
    path, draw, begun = tmp_path / "model.tflite", random.Random(0), time.monotonic()
    for cut in range(0, len(content), 3):
        path.write_bytes(content[:cut])
        with pytest.raises(ConvgenError):
            load(path)
    for _ in range(1000):
        broken = bytearray(content)
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(broken))
            broken[at] = draw.choice([0, 1, 127, 128, 255, draw.randrange(256), broken[at] ^ (1 << draw.randrange(8))])
        path.write_bytes(broken)
        said = ""
        try:
            load(path)
        except ConvgenError as error:
            said = str(error)
        assert "\n" not in said
        assert len(said) < 500
    assert time.monotonic() - begun < 60


def test_a_small_file_that_says_much(tmp_path):
    """All operators are one, which has a long list of inputs."""
    file = conv()
    inputs = file._numbers([file.x] * 4000, np.int32)
    one = file._table("Operator", Inputs=inputs, Outputs=inputs, OpcodeIndex=0)
    file._operators = [one] * 4000
    begun = time.monotonic()
    with pytest.raises(InputError, match="model must not say more than 4 times what the file holds"):
        load(saved(tmp_path, file))
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(("make", "message"), [
    (lambda path: path.write_bytes(b"not a model at all"), "model must be a TFLite file"),
    (lambda path: path.write_bytes(b""), "model must be a TFLite file"),
    (lambda path: path.mkdir(), "model must be readable"), (lambda path: None, "model must be readable")])
def test_what_is_no_file_of_tflite(make, message, tmp_path):
    make(path := tmp_path / "m.tflite")
    with pytest.raises(InputError, match=message):
        load(path)


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite", None)
    with pytest.raises(MissingToolError, match=r"needs the package tflite .pip install 'convgen\[tflite\]'"):
        load(saved(tmp_path, b"TFL3"))


# --- commands ---


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


def test_import_prints_layers_that_can_be_read_again(tmp_path):
    path, target = saved(tmp_path, conv(FusedActivationFunction=3)), tmp_path / "layers.toml"
    printed = run("import", path)
    assert "model: 1 convolution, 1 different; folded in: nothing; left: nothing" in printed.stderr
    run("import", path, "-o", target)
    assert target.read_text() == printed.stdout
    (layer,) = load_layers(str(target))
    assert (layer.spec, layer.name) == (load(path).parts[0].spec, "y")
    document = json.loads(run("import", path, "--json").stdout)
    assert document["layers"][0]["spec"]["dtype"] == "s8:s8:s8"
    assert document["layers"][0]["wiring"] == {"y": {"reads": "x", "adds": "", "makes": "y", "folded": []}}


def test_options_of_import(tmp_path):
    whole, floats = saved(tmp_path, conv()), saved(tmp_path, conv(dtype="float32"), "floats.tflite")
    assert load(whole, batch=3, layout="nchw").parts[0].spec == \
        load(whole).parts[0].spec.replace(n=3, layout="nchw", weights_layout="ohwi")
    (part,) = load(floats, dtype="f16").parts
    assert (part.spec.dtype, part.uses[0].weights.dtype) == ("f16", np.float16)
    for words, message in ((("--dtype", "u8:s8:u8"), "dtype must be one of f32, f16, bf16 for a model"),
                           (("--set", "h=4"), "set must be left to ONNX models"),
                           (("--batch", "0"), "batch must be at least 1"),
                           (("--layout", "ncw"), "layout must be nchw")):
        said = run("import", whole, "-o", tmp_path / "none.toml", *words, code=2)
        assert message in said.stderr
        assert said.stderr.count("\n") == 1
    assert not (tmp_path / "none.toml").exists()


def test_weights_that_alone_are_quantised_may_be_read_as_floats(tmp_path):
    file, data = File(), np.arange(180).reshape(5, 3, 3, 4) - 90
    file.x = file.tensor((1, 8, 6, 4))
    w = file.tensor(data.shape, "int8", data, [0.5, 1, 2, 4, 8], [0] * 5)
    file.y = file.tensor((1, 8, 6, 5))
    file.operator("CONV_2D", [file.x, w], [file.y], **options("CONV_2D", padding=0))
    (part,) = load(saved(tmp_path, file), dtype="f32").parts
    assert (part.uses[0].weights == data * 2.0 ** np.arange(-1, 4).reshape(5, 1, 1, 1)).all()
    assert part.spec.dtype == "f32"


@pytest.mark.parametrize("kind", ["int8", "uint8", "depthwise"])
def test_a_quantised_model_may_be_read_as_one_of_floats(kind, tmp_path):
    """What its integers stand for: outputs differ by what quantising them rounds, and cuts off."""
    said = {"int8": {"w_scale": (0.01, 0.02, 0.03, 0.04, 0.05), "w_zero": (0,) * 5},
            "uint8": {"dtype": "uint8", "y_zero": (97,), "w_zero": (117,), "w_scale": (0.02,)},
            "depthwise": {**DEPTHWISE, "w_scale": (0.01,) * 7 + (0.03,), "w_zero": (0,) * 8}}[kind]
    path = saved(tmp_path, conv(y_scale=(4.0,), b_scale=(), **said))
    (part,) = load(path, dtype="f32").parts
    assert part.spec.dtype == "f32"
    spec, arrays = only(path)
    x = np.random.default_rng(0).integers(0, 100, spec.input_shape).astype(spec.arithmetic.input.dtype)
    quantised = oracle.convolve(spec, x, **arrays).y
    real = oracle.convolve(part.spec, 0.5 * (x - 3.0), **part.uses[0].arrays).y
    inside = (quantised > quantised.min()) & (quantised < quantised.max())
    assert inside.mean() > 0.5
    assert np.abs(4.0 * (quantised - float(spec.output_zero)) - real)[inside].max() < 2.001


def test_no_file_is_left_of_a_model_that_is_wrong(tmp_path):
    path = saved(tmp_path, conv(x_scale=(NAN,)))
    run("import", path, "-o", tmp_path / "out" / "layers.toml", code=2)
    run("package", path, "--layers-only", "-o", tmp_path / "package", code=2)
    run("generate", path, "-o", tmp_path / "code", code=2)
    run("import", saved(tmp_path, conv(dtype="int16")), "-o", tmp_path / "layers.toml", code=3)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.tflite"]


def test_a_model_is_a_spec_and_a_package(tmp_path):
    path = saved(tmp_path, conv(dtype="float32", FusedActivationFunction=1))
    assert "relu" in run("plan", path, "--target", "scalar").stdout
    said = run("package", path, "--target", "scalar", "--layers-only", "--weights", "embed", "-o", tmp_path / "net")
    assert "self-test passed" in said.stderr
    assert "float" in (tmp_path / "net" / "include" / "model.h").read_text()
