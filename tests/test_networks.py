"""Whole models as steps of a network: ONNX's own tests of its operators, its models, and small ones made here."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import warnings
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import numpy_helper
from onnx.backend.test.case import node as node_cases
from onnx.reference import ReferenceEvaluator

from convgen.errors import InputError, UnsupportedError
from convgen.layer.fuse import fused
from convgen.layer.steps import Convolve, Nest
from convgen.onnx import shapes
from convgen.onnx.network import find_model
from convgen.verification.networks import evaluate

DATA = Path(onnx.__file__).parent / "backend/test/data"
# relative to the largest number: what f32 and narrower types leave of it in ONNX's own results
TOLERANCES = {"float32": 2e-5, "float64": 2e-5, "float16": 4e-3, "bfloat16": 3e-2}


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    """Shapes are inferred in this process, which is sooner."""
    monkeypatch.setattr(shapes, "inferred", shapes.infer_here)


def saved(model, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def check(network, given, wanted, *, exact=False, rough=1.0):
    """A network, and the same fused, give these outputs. exact: computed in f32, one operation after the other."""
    floats = np.float32 if exact else np.float64
    for one in (network, fused(network)):
        assert (one.inputs, one.outputs, len(one.titles)) == (network.inputs, network.outputs, len(one.steps))
        found = evaluate(one, {name: given[name] for name in one.inputs}, floats)
        for name, want in zip(one.outputs, wanted, strict=True):
            assert found[name].shape == want.shape, name
            if want.dtype.kind in "iub":
                np.testing.assert_array_equal(found[name].astype(want.dtype), want, name)
            else:
                real = want.astype(np.float64)
                most = np.abs(real[np.isfinite(real)]).max(initial=1.0)
                np.testing.assert_allclose(found[name].astype(np.float64), real, 0,
                                           rough * TOLERANCES[want.dtype.name] * most, True, name)


# --- ONNX's own tests ---

OTHERS = re.compile(
    "_|ai_onnx_ml|adagrad|adam|momentum|image|flexatt|string|regex|sequence|split.*seq|tfidf|unique|affineg|center|col2"
    "|compress|cumprod|deform|grid|.*window|if_|isinf|isnan|loop|maxun|melw|negative|nonm|nonz|onehot|optional"
    "|range|bern|bit|det|dft|dynamic|reverse|eye|scatter|roi|rotary|scan|stft|.*cross|swiglu|tensors|trilu")
SLOW = ("attention", "linear_attention", "causal_conv_with_state", "lppool")
MODULES = [pytest.param(one.name, marks=[pytest.mark.sweep] * (one.name in SLOW))
           for one in pkgutil.iter_modules(node_cases.__path__) if not OTHERS.match(one.name)]
ROUGH = {"averagepool_2d_ceil_last_window_starts_on_pad": 4.0}  # of which ONNX gives four digits
# cases that are no network, by module: other types, empty arrays, values that are no arrays
LEFT = {
    "cast": 60, "castlike": 112, "constant": 1, "constantofshape": 3, "dequantizelinear": 11, "greater": 3,
    "greater_or_equal": 6, "identity": 2, "less": 3, "less_or_equal": 6, "max": 3, "maxpool": 2, "min": 3, "mod": 3,
    "mul": 3, "pow": 6, "quantizelinear": 10, "reduce_log_sum": 2, "reduce_log_sum_exp": 2, "reducel1": 2,
    "batch_normalization": 2, "reducel2": 2, "reducemax": 2, "reducemin": 1, "reduceprod": 1, "reducesum": 2,
    "reducesumsquare": 2, "reshape": 1, "div": 3, "dropout": 8, "einsum": 2, "equal": 5, "shape": 1, "slice": 1,
    "split": 2, "sub": 3, "add": 3, "attention": 93, "linear_attention": 28, "topk": 1, "causal_conv_with_state": 14,
}  # fmt: skip
# of integers that are made of floats
ROUNDED = re.compile("quant|qlinear|integer|cast")


def cases(module):
    """Those that a module makes when it is loaded, which another test may have done."""
    name = f"onnx.backend.test.case.node.{module}"
    with warnings.catch_warnings(), patch.dict(node_cases._existing_names, clear=True), \
            patch.object(node_cases, "_NodeTestCases", []) as made:
        warnings.simplefilter("ignore")
        if name in sys.modules:
            importlib.reload(sys.modules[name])
        else:
            importlib.import_module(name)
    return made


def arrays(case):
    """Inputs and outputs, if all of them are arrays."""
    (inputs, outputs), *_ = case.data_sets or [((None,), ())]
    known = all(getattr(one, "dtype", None) is not None and one.dtype.kind not in "OSU" for one in (*inputs, *outputs))
    return (inputs, list(map(np.asarray, outputs))) if known else None


def constant(model, names, inputs):
    """With all inputs but the first as constants."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    made.graph.initializer.extend(numpy_helper.from_array(np.asarray(array), name)
                                  for name, array in zip(names[1:], inputs[1:], strict=False))
    return made


def left(case, tmp_path):
    """Whether it is no network, neither with operands that are computed nor with constants. Else they give what ONNX
    says."""
    given = arrays(case)
    if given is None:
        return True
    inputs, outputs = given
    names, none = [value.name for value in case.model.graph.input], True
    rough = next((factor for name, factor in ROUGH.items() if name in case.name), 1.0)
    for model in (case.model, constant(case.model, names, inputs))[: len(inputs)]:
        try:
            network = find_model(saved(model, tmp_path))
        except UnsupportedError:
            continue
        except InputError as error:  # the domains of other operators alone
            if "opset of ONNX's own" in str(error):
                continue
            raise
        check(network, dict(zip(names, inputs, strict=False)), outputs, exact=bool(ROUNDED.search(case.name)),
              rough=rough)
        none = False
    return none


@pytest.mark.parametrize("module", MODULES)
def test_operator(module, tmp_path):
    count = 0
    for case in cases(module):
        try:
            count += left(case, tmp_path)
        except AssertionError as error:
            raise AssertionError(f"{case.name}: {error}") from None
    print("LEFT", module, count)
    assert count == LEFT.get(module, 0)


def stored(folder):
    """The arrays that a folder of ONNX's data gives, and wants."""
    def read(kind):
        files = sorted(folder.glob(f"test_data_set_0/{kind}_*.pb"), key=lambda file: int(file.stem.split("_")[-1]))
        return [numpy_helper.to_array(onnx.TensorProto.FromString(file.read_bytes())) for file in files]
    return read("input"), read("output")


# of exporters, with opsets of their time, by kind: how many, and how many of them are no network
@pytest.mark.parametrize(("kind", "count", "none"), [("pytorch-converted", 82, 0), ("pytorch-operator", 35, 0)])
def test_exported(kind, count, none):
    folders = sorted(path.parent for path in (DATA / kind).glob("*/model.onnx"))
    missing = []
    for folder in folders:
        inputs, outputs = stored(folder)
        try:
            network = find_model(folder / "model.onnx")
        except UnsupportedError as error:
            missing.append(str(error))
            continue
        names = [value.name for value in onnx.load(folder / "model.onnx").graph.input]
        check(network, dict(zip(names, inputs, strict=False)), outputs)
    assert (len(folders), len(missing)) == (count, none), missing


# --- whole models ---

LIGHT = {  # layers, and nests behind the fusing
    "bvlc_alexnet": (8, 9), "densenet121": (121, 66), "inception_v1": (58, 20), "inception_v2": (70, 17),
    "resnet50": (54, 6), "shufflenet": (50, 28), "squeezenet": (26, 8), "zfnet512": (8, 9),
}  # fmt: skip


LARGE = ("bvlc_alexnet", "zfnet512")  # whose weights take seconds to copy


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.sweep] * (name in LARGE)) for name in LIGHT])
def test_model(name):
    network = find_model(DATA / f"light/light_{name}.onnx")
    counted = Counter(type(step) for step in fused(network).steps)
    assert (counted[Convolve], counted[Nest]) == LIGHT[name]


@pytest.mark.sweep
@pytest.mark.parametrize("name", LIGHT)
def test_model_gives_what_onnx_says(name):
    network = find_model(DATA / f"light/light_{name}.onnx")
    (output,) = [onnx.TensorProto.FromString((DATA / f"light/light_{name}_output_0.pb").read_bytes())]
    x = {name: np.ones(network.values[name].shape) for name in network.inputs}  # its weights are constants: any will do
    check(network, x, [numpy_helper.to_array(output)])


HEAD = '<ir_version: 10, opset_import: ["" : {opset}]> g '


def parsed(text, opset=17):
    """A model of which all inputs but those called x… are constants, drawn at random; scales s… are powers of two."""
    model = onnx.parser.parse_model(HEAD.format(opset=opset) + text)
    rng, given = np.random.default_rng(0), []
    for value in model.graph.input:
        kind, dims = value.type.tensor_type.elem_type, [one.dim_value for one in value.type.tensor_type.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind)
        least = 0 if dtype.kind == "u" else -9
        drawn = rng.standard_normal(dims) if dtype.kind == "f" else rng.integers(least, 9, dims)
        drawn = 2.0 ** rng.integers(-6, -2, dims) if value.name.startswith("s") else drawn
        given.append((value.name, np.asarray(drawn, dtype)))
    inputs = dict(one for one in given if one[0].startswith("x"))
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in given if name not in inputs)
    kept = [value for value in model.graph.input if value.name in inputs]
    model.graph.ClearField("input")
    model.graph.input.extend(kept)
    return model, inputs


# model -> layers and nests of the fused network
NETS = {
    "residual": ("""(float[1,8,9,9] x, float[8,8,3,3] w, float[8] b, float[8,8,1,1] v) => (float[1,8,9,9] y) {
        a = Conv<pads=[1,1,1,1]>(x, w, b) c = Relu(a) d = Conv(c, v) e = Add(d, x) y = Relu(e) }""", (2, 0)),
    "a sum of three": ("""(float[1,8,9,9] x, float[8,8,1,1] w, float[8,8,1,1] v) => (float[1,8,9,9] y) {
        a = Conv(x, w) c = Conv(x, v) d = Add(a, c) e = Add(d, x) y = Relu(e) }""", (2, 1)),
    "squeeze and excite": ("""(float[2,8,9,9] x, float[8,1,3,3] w, float[4,8,1,1] u, float[8,4,1,1] v)
        => (float[2,8,9,9] y) {
        a = Conv<pads=[1,1,1,1], group=8>(x, w) c = HardSwish(a) d = GlobalAveragePool(c) e = Conv(d, u) f = Relu(e)
        h = Conv(f, v) i = HardSigmoid(h) y = Mul(c, i) }""", (3, 2)),
    "joined": ("""(float[1,8,9,9] x, float[4,8,1,1] u, float[4,8,3,3] v) => (float[1,16,4,4] y) {
        a = Conv(x, u) c = Conv<pads=[1,1,1,1]>(x, v) d = Concat<axis=1>(a, c, x)
        y = MaxPool<kernel_shape=[2,2], strides=[2,2]>(d) }""", (2, 1)),
    "what nobody needs": ("""(float[1,8,9,9] x, float[8,8,1,1] w) => (float[1,8,9,9] y) {
        y = Conv(x, w) z = Exp(y) }""", (1, 0)),
    "the same twice": ("""(float[4,6] x) => (float[4,6] y) {
        a = Exp(x) c = Exp(x) d = Sin(a) e = Sin(c) y = Add(d, e) }""", (0, 1)),
    "a number that equals an operand's": ("""(float[4,6] x) => (float[4,6] y) {
        o = Constant<value_float=0.0>() a = Mul(x, x) c = Mul(x, o) d = Sin(a) e = Sin(c) y = Add(d, e) }""", (0, 1)),
    "reshapes": ("""(float[4,6] x) => (float[6,4] y) {
        s = Constant<value_ints=[2,3,4]>() t = Constant<value_ints=[6,4]>() a = Exp(x) c = Reshape(a, s)
        d = Identity(c) e = Reshape(d, t) y = Sin(e) }""", (0, 2)),
    "pads before the pool": ("""(float[1,4,9,9] x) => (float[1,4,10,10] y) {
        p = Constant<value_ints=[0,0,1,1,0,0,1,1]>() a = Relu(x) c = Pad<mode="reflect">(a, p)
        y = AveragePool<kernel_shape=[2,2]>(c) }""", (0, 3)),
    "pads in another order": ("""(float[1,4,6,5] x) => (float[1,7,5,4] y) {
        p = Constant<value_ints=[0,0,1,0,0,0,0,0]>() a = Pad<mode="reflect">(x, p)
        c = Transpose<perm=[0,2,3,1]>(a) y = Exp(c) }""", (0, 1)),
    "what is beyond a slice is not beyond the array": ("""(float[1,4,9,9] x) => (float[1,4,7,7] y) {
        p = Constant<value_ints=[1,1]>() q = Constant<value_ints=[8,8]>() r = Constant<value_ints=[2,3]>()
        a = Slice(x, p, q, r) y = MaxPool<kernel_shape=[3,3], pads=[1,1,1,1]>(a) }""", (0, 2)),
    "halves are rounded twice": ("(float16[4,6] x) => (float16[4,6] y) { a = Exp(x) y = Sin(a) }", (0, 2)),
    "bytes that overflow": ("""(int8[4,6] x) => (float[4,6] y) {
        a = Mul(x, x) c = Mul(a, a) y = Cast<to=1>(c) }""", (0, 3)),
    "axes in another order": ("""(float[1,4,6,5] x, float[5] b) => (float[1,6,5,4] y) {
        a = Transpose<perm=[0,2,3,1]>(x) c = Exp(a) d = Transpose<perm=[0,3,1,2]>(c) e = Sigmoid(d)
        y = Transpose<perm=[0,2,3,1]>(e) }""", (0, 1)),
    "matrices": ("""(float[2,3,8] x, float[8,6] w, float[6] b, float[4,6] v, float[2,3,3] x2) => (float[2,3,4] y) {
        a = MatMul(x, w) c = Add(a, b) d = Relu(c) e = Gelu(d) t = Transpose<perm=[1,0]>(v) f = MatMul(d, t)
        y = MatMul(x2, f) }""", (2, 1)),
    "a constant on the left": ("""(float[8,5] x, float[6,8] w, float[6,1] b) => (float[6,5] y) {
        a = MatMul(w, x) c = Add(a, b) y = Relu(c) }""", (1, 0)),
    "Gemm": ("""(float[8,5] x, float[6,8] w, float[6] b, float[3,6] v, float[5,3] x2) => (float[5,3] y) {
        a = Gemm<transA=1, transB=1, alpha=0.5, beta=2.0>(x, w, b) c = Tanh(a) y = Gemm<transB=1>(c, v, x2) }""",
             (2, 0)),
    "attention": ("""(float[1,5,8] x, float[8,8] q, float[8,8] k, float[8,8] v) => (float[1,5,8] y) {
        a = MatMul(x, q) c = MatMul(x, k) d = MatMul(x, v) t = Transpose<perm=[0,2,1]>(c) e = MatMul(a, t)
        f = Softmax(e) y = MatMul(f, d) }""", (3, 6)),
    "transposed": ("""(float[1,4,5,5] x, float[4,6,3,3] w, float[6] b) => (float[1,6,10,10] y) {
        a = ConvTranspose<strides=[2,2], pads=[1,1,1,1], output_padding=[1,1]>(x, w, b) y = Relu(a) }""", (1, 0)),
    "weights that are computed": ("""(float[1,4,5,5] x, float[6,2,3,3] x2, float[6] b) => (float[1,6,5,5] y) {
        y = Conv<pads=[1,1,1,1], group=2>(x, x2, b) }""", (0, 1)),
}  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("name", NETS)
def test_small_network(name, layout, tmp_path):
    text, counts = NETS[name]
    model, inputs = parsed(text, 20)
    network = find_model(saved(model, tmp_path), layout=layout)
    check(network, inputs, ReferenceEvaluator(model).run(None, inputs))
    counted = Counter(type(step) for step in fused(network).steps)
    assert (counted[Convolve], counted[Nest]) == counts


INTEGERS = {
    "operators of integers": ("""(uint8[1,4,9,9] x, float sx, uint8 zx, int8[6,4,3,3] w, float[6] sw, int8[6] zw,
        float sy, uint8 zy, int8[6,5] v, float sv, int8 zv, float sz, uint8 zz) => (uint8[1,5] y) {
        a = QLinearConv<pads=[1,1,1,1]>(x, sx, zx, w, sw, zw, sy, zy) c = MaxPool<kernel_shape=[9,9]>(a)
        d = Flatten(c) y = QLinearMatMul(d, sy, zy, v, sv, zv, sz, zz) }""", (2, 1)),
    "between dequantised and quantised": ("""(uint8[2,8] x, float sx, uint8 zx, int8[8,6] w, float[6] sw, int8[6] zw,
        float sy, uint8 zy) => (uint8[2,6] y) {
        a = DequantizeLinear(x, sx, zx) c = DequantizeLinear(w, sw, zw) d = MatMul(a, c) e = Relu(d)
        y = QuantizeLinear(e, sy, zy) }""", (1, 0)),
    "sums of integers": ("""(uint8[2,8] x, uint8 zx, int8[8,6] w, int8 zw) => (int32[2,6] y) {
        y = MatMulInteger(x, w, zx, zw) }""", (1, 0)),
    "both computed": ("""(uint8[2,8] x, int8[8,6] x2, float sx, uint8 zx, float sw, int8 zw, float sy, uint8 zy)
        => (uint8[2,6] y) { y = QLinearMatMul(x, sx, zx, x2, sw, zw, sy, zy) }""", (0, 1)),
    "a sum, quantised anew": ("""(uint8[1,4,5,5] x, uint8[1,4,5,5] x2, float sx, uint8 zx, float sw, uint8 zw, float sy,
        uint8 zy) => (uint8[1,4,5,5] y) {
        a = DequantizeLinear(x, sx, zx) c = DequantizeLinear(x2, sw, zw) d = Add(a, c) y = QuantizeLinear(d, sy, zy)
        }""", (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", INTEGERS)
def test_network_of_integers(name, tmp_path):
    text, counts = INTEGERS[name]
    model, inputs = parsed(text, 21)
    network = find_model(saved(model, tmp_path))
    wanted = ReferenceEvaluator(model).run(None, inputs)
    assert len(np.unique(wanted[0])) > 3
    check(network, inputs, wanted, exact=True)
    counted = Counter(type(step) for step in fused(network).steps)
    assert (counted[Convolve], counted[Nest]) == counts


def test_negative_pads_cut_off_what_a_layer_does_not_read(tmp_path):
    text = """(float[1,4,9,9] x, float[4,4,3,3] w) => (float[1,4,{}] y) {{ a = Exp(x) {} }}"""
    model, inputs = parsed(text.format("6,7", "y = Conv<pads=[-1,-1,0,1]>(a, w)"))
    plain, _ = parsed(text.format("6,7", """p = Constant<value_ints=[1,1]>() q = Constant<value_ints=[9,9]>()
        r = Constant<value_ints=[2,3]>() c = Slice(a, p, q, r) y = Conv<pads=[0,0,0,1]>(c, w)"""))
    network = find_model(saved(model, tmp_path))
    check(network, inputs, ReferenceEvaluator(plain).run(None, inputs))
    assert [type(step) for step in fused(network).steps] == [Nest, Convolve]


# --- parts of a model, and what is wrong with one ---

def test_a_type_that_no_value_has_is_named(tmp_path):
    model, _ = parsed("(float[1,4] x, float s, uint16 z) => (float[1,4] y) {"
                      " q = QuantizeLinear(x, s, z) y = DequantizeLinear(q, s, z) }", opset=21)
    with pytest.raises(UnsupportedError, match=r"left: 1 QuantizeLinear \(of q, y must be of .* \(it is uint16\)\)"):
        find_model(saved(model, tmp_path))


def test_a_model_ends_where_it_is_told(tmp_path):
    model, inputs = parsed("""(float[1,4,9,9] x, float[4,4,1,1] w) => (float[1,4] y, float[1,4,9,9] z) {
        a = Conv(x, w) c = Relu(a) z = Exp(c) d = Sin(c) y = Det(d) }""")
    path = saved(model, tmp_path)
    with pytest.raises(UnsupportedError, match=r"operators must be among those that convgen has \(left: 1 Det\)$"):
        find_model(path)
    assert find_model(path, stop_at=["Det"]).outputs == ("z", "d")
    whole = evaluate(find_model(path, cut=["a", "z"]), inputs)  # of a, a layer whose activation is behind the cut
    np.testing.assert_allclose(whole["z"], np.exp(np.maximum(whole["a"], 0)))
    for options, said in [({"cut": ["q"]}, r"cut must name values of the model \(q\)"),
                          ({"stop_at": ["TopK"]}, r"stop_at must name operators of the model \(TopK\)"),
                          ({"stop_at": ["Conv"]}, r"stop_at must leave something of the model \(Conv\)")]:
        with pytest.raises(InputError, match=said):
            find_model(path, **options)


def test_operators_that_are_missing_are_counted(tmp_path):
    model, _ = parsed("""(float[2,4,4] x, float[4] k) => (float[2] y, float[2,4,4] z, float[2] u) {
        y = Det(x) u = Det(x) z = Hardmax(x)
        q = NonZero(x) r = Shape(q) }""")
    with pytest.raises(UnsupportedError, match=r"\(left: 2 Det\)$"):  # a NonZero is there, which no output needs
        find_model(saved(model, tmp_path))


@pytest.mark.parametrize(("text", "said"), [
    ("(float[2,3] x, float[4] k) => (float[2,3] y) { y = Add(x, k) }",
     "Add y: operands must have extents that are equal or 1 (x (2, 3), k (4,))"),
    ("(float[2,3] x) => (float[2,4] y) { y = Exp(x) }",
     "Exp y: y must have the shape that its node gives ((2, 3), and the model says (2, 4))"),
    ("(float[2,3] x) => (float[2,3] y) { y = Softmax<axis=3>(x) }",
     "Softmax y: axis must be an axis (axis=3, of 2 axes)"),
    ("(float[1,2,4,4] x) => (float[1,2,1,1] y) { y = MaxPool<kernel_shape=[5,5]>(x) }",
     "MaxPool y: kernel_shape must not be larger than the padded input (kernel 5, input 4)"),
    ("(float[2,6] x) => (float[3,5] y) { s = Constant<value_ints=[3,5]>() y = Reshape(x, s) }",
     "Reshape y: "),
    ("(float[2,6] x) => (float[2,6] y) { p = Constant<value_ints=[0,0]>() y = Transpose<perm=[0,0]>(x) }",
     "Transpose y: perm must name each axis once (perm=[0, 0], of 2 axes)"),
])
def test_what_cannot_be_is_told(text, said, tmp_path):
    with pytest.raises(InputError, match=re.escape(said)):
        find_model(saved(parsed(text)[0], tmp_path))
