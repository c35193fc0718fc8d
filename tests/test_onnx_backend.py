"""The ONNX backend: ONNX's own tests for Conv, QLinearConv and ConvInteger through ONNX's own runner, whole models, and
what that never does."""

from __future__ import annotations

import importlib
import sys
import threading
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case import node as node_cases
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner
from onnx.reference import ReferenceEvaluator

from convgen.errors import InputError, MissingToolError
from convgen.onnx import backend as onnx_backend

OPERATORS = ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv")
for operator in OPERATORS:
    importlib.import_module(f"onnx.backend.test.case.node.{operator.lower()}")  # makes these alone; all take a while

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
NODE = [case for case in node_cases._NodeTestCases if case.model.graph.node[0].op_type in OPERATORS]
CONVERTED = [case for case in load_model_tests(kind="pytorch-converted")
             if case.name.startswith("test_Conv")]
REAL = {case.name.removeprefix("test_"): case for case in load_model_tests(kind="real")}


def through_the_runner(case, kind, **options):
    """The case as ONNX's runner does it, for the CPU; the runner's constructor would load every case there is."""
    runner = object.__new__(Runner)
    runner.backend, runner._parent_module, runner._test_kwargs = onnx_backend, None, {case.name: options}
    runner._test_items = defaultdict(dict)
    runner._add_model_test(case, kind)
    ((_, items),) = runner._test_items.items()
    items[f"{case.name}_cpu"].func(None)


@pytest.fixture
def calls(monkeypatch):
    """Counts the runs of kernels."""
    found = []
    compiled = onnx_backend._compiled
    monkeypatch.setattr(onnx_backend, "_compiled", lambda *key: found.append(key[0]) or compiled(*key))
    return found


def test_there_are_as_many_cases_as_expected():
    assert (len(NODE), len(CONVERTED), len(REAL)) == (20, 28, 9)


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("case", NODE, ids=lambda case: case.name)
def test_node(case, calls):
    through_the_runner(case, "Node")
    assert len(calls) == 1


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("case", CONVERTED, ids=lambda case: case.name)
def test_converted_from_pytorch(case, calls):
    through_the_runner(case, "PyTorchConverted")
    assert len(calls) == 1


# --- whole models ---


@pytest.mark.parametrize("name", ["squeezenet", "shufflenet"])
def test_model_by_reference_kernels(name, calls, monkeypatch, tmp_path):
    """Plain loops compile at once."""
    monkeypatch.setenv("ONNX_MODELS", str(tmp_path))
    through_the_runner(REAL[name], "Real", algorithm="reference")
    assert len(calls) == {"squeezenet": 26, "shufflenet": 49}[name]


@pytest.mark.sweep
@pytest.mark.parametrize("name", REAL)
def test_model(name, monkeypatch, tmp_path):
    monkeypatch.setenv("ONNX_MODELS", str(tmp_path))
    through_the_runner(REAL[name], "Real")


@pytest.mark.sweep
@pytest.mark.parametrize("name", ["resnet50", "shufflenet"])
def test_model_of_random_weights(name):
    """The models' own weights are constants, which hide much."""
    model = onnx.load(LIGHT / f"light_{name}.onnx")
    shapes = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    rng = np.random.default_rng(0)
    for made in [made for made in model.graph.node if made.op_type == "ConstantOfShape"]:
        shape = [int(extent) for extent in shapes[made.input[0]]]
        draw = rng.uniform(0.5, 1.5, shape) if len(shape) == 1 else rng.standard_normal(shape) * np.sqrt(
            2 / np.prod(shape[1:]))
        model.graph.node.remove(made)
        model.graph.initializer.append(numpy_helper.from_array(draw.astype(np.float32), made.output[0]))
    model.ir_version = 8  # before 4, constants must be inputs too
    softmax = model.graph.node[-1]
    assert softmax.op_type == "Softmax"
    model.graph.output[0].name = softmax.input[0]
    model.graph.node.remove(softmax)
    x = rng.standard_normal((1, 3, 224, 224)).astype(np.float32)
    prepared = onnx_backend.prepare(model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_backend.Conv, "_run", onnx_backend.Evaluated._run)
        expected = prepared.run([x])[0]
    y = prepared.run([x])[0]
    assert expected.std() > 1e-3 * np.abs(expected).max()
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.sweep
def test_the_whole_runner():
    """As another project would use the backend; what it tests of other operators is the evaluator's."""
    tests = onnx.backend.test.BackendTest(onnx_backend, __name__)
    tests.include(r"^test_((basic_)?[Cc]onv([123]d)?_(.*_)?|convinteger_.*|qlinearconv_)cpu$")
    result = onnx.backend.test.runner.unittest.TextTestRunner(verbosity=0).run(tests.test_suite)
    assert not result.failures
    assert not result.errors
    assert result.testsRun - len(result.skipped) >= 9 + 25


# --- beyond the runner ---


def value(name, shape=None):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, inputs, constants=None, opset=18, functions=(), outputs=("y",)):
    graph = helper.make_graph(nodes, "g", [value(*item) for item in inputs.items()],
                              [value(name, [None] * 4) for name in outputs],
                              [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()])
    ids = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=ids, functions=functions, ir_version=8)


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


CONV = helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1, 1, 1, 1])
W, B, X = draw(6, 4, 3, 3), draw(6), draw(2, 4, 7, 5)
PLAIN = {"algorithm": "reference"}


def near(y, expected):
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_one_prepare_many_runs(calls):
    """Shapes and weights may change from run to run; a kernel is made once for each shape."""
    made = model([CONV], {"x": ["n", 4, "h", "w"], "w": [6, 4, 3, 3], "b": [6]})
    expected, prepared = ReferenceEvaluator(made), onnx_backend.prepare(made, **PLAIN)
    for x in (X, X, draw(1, 4, 6, 6), X):
        for w in (W, W, 2 * W, np.asfortranarray(W)):
            near(prepared.run([x, w, B]).y, expected.run(None, {"x": x, "w": w, "b": B})[0])
    assert len(calls) == 3


def test_equal_layers_share_a_kernel_and_not_their_weights():
    nodes = [helper.make_node("Conv", ["x", key], [key + "y"], pads=[1] * 4) for key in "vw"]
    nodes.append(helper.make_node("Add", ["vy", "wy"], ["y"]))
    made = model(nodes, {"x": X.shape}, {"v": 3 * W, "w": W})
    onnx_backend._compiled.cache_clear()
    prepared = onnx_backend.prepare(made, **PLAIN)
    near(prepared.run([X])[0], ReferenceEvaluator(made).run(None, {"x": X})[0])
    near(prepared.run([X])[0], ReferenceEvaluator(made).run(None, {"x": X})[0])
    assert onnx_backend._compiled.cache_info().misses == 1


def test_several_threads_at_once():
    """Each with weights of its own: nobody's may be taken for another's."""
    made = model([CONV], {"x": X.shape, "w": W.shape}, {"b": B})
    prepared = onnx_backend.prepare(made, **PLAIN)
    inputs = [(draw(*X.shape, seed=seed), draw(*W.shape, seed=seed)) for seed in range(4)]
    expected = [ReferenceEvaluator(made).run(None, {"x": x, "w": w})[0] for x, w in inputs]
    wrong = []

    def work(pair, y):
        for _ in range(200):
            if np.abs(prepared.run(list(pair))[0] - y).max() > 1e-4:
                wrong.append(pair)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(inputs, expected, strict=True)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_inside_functions_and_branches(calls):
    ids = [helper.make_opsetid("", 18)]
    block = helper.make_function("own", "Block", ["x", "w", "b"], ["y"], [CONV], ids)
    branch = [helper.make_graph([helper.make_node("Conv", ["f", "v"], [side])], side, [], [value(side)])
              for side in "tu"]
    nodes = [helper.make_node("Block", ["x", "w", "b"], ["f"], domain="own"),
             helper.make_node("If", ["on"], ["y"], then_branch=branch[0], else_branch=branch[1])]
    made = model(nodes, {"x": X.shape}, {"w": W, "b": B, "v": draw(2, 6, 3, 3), "on": np.array(True)},
                 functions=[block])
    near(onnx_backend.prepare(made, **PLAIN).run([X])[0], ReferenceEvaluator(made).run(None, {"x": X})[0])
    assert len(calls) == 2


@pytest.mark.parametrize(("x", "w"), [
    (X.astype(np.float64), W.astype(np.float64)),
    (draw(1, 2, 3, 3, 3, 3), draw(2, 2, 2, 2, 2, 2)),
], ids=["f64", "4-D"])
def test_others_are_left_to_the_evaluator(x, w, calls):
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    y = onnx_backend.run_node(node, [x, w])[0]
    assert y.dtype == x.dtype
    assert calls == []
    near(y.astype(np.float64), ReferenceEvaluator(node).run(None, {"x": x, "w": w})[0].astype(np.float64))


def test_what_the_evaluator_does_wrong_before_opset_14():
    """Batch normalisation that mixes in the batch's mean, and a softmax of the last axis alone."""
    channel = {"s": draw(6, seed=1), "t": draw(6, seed=2), "m": draw(6, seed=3), "v": draw(6, seed=4) ** 2 + 1}
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]),
             helper.make_node("BatchNormalization", ["c", "s", "t", "m", "v"], ["n"], epsilon=0.01),
             helper.make_node("Softmax", ["n"], ["y"], axis=1)]
    y = onnx_backend.prepare(model(nodes, {"x": X.shape}, {"w": W} | channel, opset=9), **PLAIN).run([X])[0]
    c = ReferenceEvaluator(model(nodes[:1], {"x": X.shape}, {"w": W}, outputs=["c"])).run(None, {"x": X})[0]
    s, t, m, v = (array.reshape(-1, 1, 1).astype(np.float64) for array in channel.values())
    n = (c - m) * s / np.sqrt(v + 0.01) + t
    near(y, np.exp(n) / np.exp(n).sum(axis=(1, 2, 3), keepdims=True))


def test_inputs_and_outputs():
    made = model([CONV, helper.make_node("Neg", ["y"], ["1"])], {"x": X.shape, "w": W.shape}, {"w": W, "b": B},
                 outputs=["y", "1"])  # "w" is an input with a default
    prepared = onnx_backend.prepare(made, **PLAIN)
    outputs = prepared.run(X)
    assert (outputs[0] == outputs.y).all()
    assert (outputs["1"] == -outputs[0]).all()
    assert (prepared.run({"x": X, "w": 2 * W, "b": 2 * B})[0] == 2 * outputs[0]).all()
    assert (onnx_backend.run_model(made, [X], **PLAIN)[0] == outputs[0]).all()
    assert (onnx_backend.run_node(CONV, [X, W, B], "CPU", **PLAIN, opset_version=11)[0] == outputs[0]).all()
    with pytest.raises(InputError, match=r"inputs must be 1 arrays \(got 2\)"):
        prepared.run([X, W])
    with pytest.raises(InputError, match=r"inputs must be 3 arrays \(got 1\)"):
        onnx_backend.run_node(CONV, X)


def test_devices_and_targets():
    made = model([CONV], {"x": X.shape}, {"w": W, "b": B})
    assert onnx_backend.supports_device("CPU:0")
    assert not onnx_backend.supports_device("CUDA")
    assert onnx_backend.is_compatible(made)
    with pytest.raises(InputError, match=r"device must be CPU \(device='CUDA:1'\)"):
        onnx_backend.prepare(made, "CUDA:1")
    with pytest.raises(InputError, match="target must be"):
        onnx_backend.prepare(made, target="nonsense")
    expected = ReferenceEvaluator(made).run(None, {"x": X})[0]
    near(onnx_backend.prepare(made, target="scalar", threads=2).run([X])[0], expected)


@pytest.mark.parametrize(("change", "said"), [
    (lambda graph: graph.node[0].input.__setitem__(0, "z"), "model must be valid"),
    (lambda graph: graph.node[0].attribute.append(helper.make_attribute("group", 3)), "ic / group input channels"),
    (lambda graph: graph.node[0].attribute.append(helper.make_attribute("strides", [0, 1])), "sh must be at least 1"),
])
def test_wrong_models(change, said):
    made = model([CONV], {"x": X.shape}, {"w": W, "b": B})
    change(made.graph)
    with pytest.raises(InputError, match=said):
        onnx_backend.prepare(made, **PLAIN).run([X])


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "convgen.onnx.backend")
    with pytest.raises(MissingToolError, match=r"pip install 'convgen\[onnx\]'"):
        importlib.import_module("convgen.onnx.backend")


# --- what models have besides ---


def test_a_batch_of_nothing(calls):
    made = model([CONV], {"x": ["n", 4, 7, 5]}, {"w": W, "b": B})
    prepared = onnx_backend.prepare(made, **PLAIN)
    y = prepared.run([X[:0]])[0]
    assert (y.shape, y.dtype, calls) == ((0, 6, 7, 5), np.float32, [])
    near(prepared.run([X])[0], ReferenceEvaluator(made).run(None, {"x": X})[0])


def test_values_without_shapes():
    """As helper.make_tensor_value_info(name, type, None) makes them; the checker alone wants them."""
    graph = helper.make_graph([CONV], "g", [value("x", None)], [value("y", None)],
                              [numpy_helper.from_array(array, name) for name, array in (("w", W), ("b", B))])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    before = made.SerializeToString()
    near(onnx_backend.prepare(made, **PLAIN).run([X])[0], ReferenceEvaluator(made).run(None, {"x": X})[0])
    assert made.SerializeToString() == before
    made.graph.node[0].input[0] = "z"
    with pytest.raises(InputError, match="model must be valid"):
        onnx_backend.prepare(made)


CUT = X[:, :, 1:, :-2]


@pytest.mark.parametrize(("opset", "pads", "extra", "expected"), [
    (2, None, {"pads": [0, 0, -1, 2, 0, 0, 3, -2]}, np.pad(CUT, [(0, 0), (0, 0), (0, 3), (2, 0)])),
    (11, [0, 0, -1, 0, 0, 0, 0, -2], {}, CUT),
    (18, [-1, -2, 0, 0], {"axes": [2, -1]}, X[:, :, 1:, 2:]),
    (18, [0, 0, -1, 0, 0, 0, 0, -2], {"value": 7.0}, CUT),
    (18, [0, 0, 1, 0, 0, 0, 0, 2], {"value": 7.0}, np.pad(X, [(0, 0), (0, 0), (1, 0), (0, 2)], constant_values=7)),
    (18, [0, 0, 0, -1, 0, 0, 2, 0], {"mode": "edge"}, np.pad(X[..., 1:], [(0, 0), (0, 0), (0, 2), (0, 0)], "edge")),
])
def test_negative_pads(opset, pads, extra, expected):
    constants = {} if pads is None else {"p": np.array(pads)}
    constants |= {key: np.array(extra[key], type_) for key, type_ in (("value", np.float32), ("axes", np.int64))
                  if key in extra}
    names = ["x", "p", "value" if "value" in extra else "", "axes" if "axes" in extra else ""]
    attributes = {key: extra[key] for key in ("pads", "mode") if key in extra}
    used = max((place for place, name in enumerate(names) if name in {"x", *constants}), default=0)
    node = helper.make_node("Pad", names[: used + 1], ["y"], **attributes)
    y = onnx_backend.prepare(model([node], {"x": X.shape}, constants, opset)).run([X])[0]
    assert y.dtype == expected.dtype
    assert (y == expected).all()


def test_a_conv_with_negative_pads():
    """Which cut its input."""
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[-1, 1, 0, -1])
    y = onnx_backend.prepare(model([node], {"x": X.shape}, {"w": W}), **PLAIN).run([X])[0]
    x = np.pad(X[:, :, 1:, :-1], [(0, 0), (0, 0), (0, 0), (1, 0)])
    plain = model([helper.make_node("Conv", ["x", "w"], ["y"])], {"x": x.shape}, {"w": W})
    near(y, ReferenceEvaluator(plain).run(None, {"x": x})[0])


@pytest.mark.parametrize("opset", [10, 13, 18])
def test_weights_of_bytes(opset):
    """Which onnx's evaluator knows from opset 19 on."""
    q, scale = np.arange(-108, 108, dtype=np.int8).reshape(6, 4, 3, 3), np.float32(0.02)
    nodes = [helper.make_node("DequantizeLinear", ["q", "s"], ["w"]), helper.make_node("Conv", ["x", "w"], ["y"])]
    y = onnx_backend.prepare(model(nodes, {"x": X.shape}, {"q": q, "s": scale}, opset), **PLAIN).run([X])[0]
    plain = model(nodes[1:], {"x": X.shape}, {"w": q * scale})
    near(y, ReferenceEvaluator(plain).run(None, {"x": X})[0])


@pytest.mark.parametrize(("opset", "zero"), [
    *((opset, np.uint8(128)) for opset in (10, 12, 13, 14, 18, 19, 21, 23)), (21, np.int16(-5)), (21, np.uint16(9))])
def test_a_quantised_model(opset, zero):
    """Quantised and back before a Conv, whose weights are of bytes, a scale for each channel where that may be."""
    q, axis = np.arange(-108, 108, dtype=np.int8).reshape(6, 4, 3, 3), {"axis": 0} if opset >= 13 else {}
    scale = np.linspace(0.01, 0.03, 6, dtype=np.float32) if axis else np.float32(0.02)
    nodes = [helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["xq"]),
             helper.make_node("DequantizeLinear", ["xq", "xs", "xz"], ["d"]),
             helper.make_node("DequantizeLinear", ["q", "s"], ["w"], **axis),
             helper.make_node("Conv", ["d", "w"], ["y"])]
    step, ends = np.float32(0.05), np.iinfo(zero.dtype)
    made = model(nodes, {"x": X.shape}, {"q": q, "s": scale, "xs": step, "xz": zero}, opset)
    x = (np.clip(np.rint(X / step) + zero, ends.min, ends.max) - zero).astype(np.float32) * step
    plain = model(nodes[-1:], {"d": X.shape}, {"w": q * scale.reshape(-1, *[1] * 3 if axis else [])})
    near(onnx_backend.prepare(made, **PLAIN).run([X])[0], ReferenceEvaluator(plain).run(None, {"d": x})[0])


def test_operators_of_onnx_runtime(calls):
    """A FusedConv is a Conv by a kernel, and what follows it."""
    nodes = [helper.make_node("FusedConv", ["x", "w", "b", "r"], ["y"], domain="com.microsoft", activation="Relu",
                              pads=[1] * 4)]
    made = model(nodes, {"x": X.shape, "r": [2, 6, 7, 5]}, {"w": W, "b": B})
    made.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    r = draw(2, 6, 7, 5)
    plain = [helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1] * 4), helper.make_node("Add", ["c", "r"], ["s"]),
             helper.make_node("Relu", ["s"], ["y"])]
    expected = ReferenceEvaluator(model(plain, {"x": X.shape, "r": r.shape}, {"w": W, "b": B}))
    near(onnx_backend.prepare(made, **PLAIN).run([X, r])[0], expected.run(None, {"x": X, "r": r})[0])
    assert len(calls) == 1


# --- integers ---


XQ, WQ = (np.random.default_rng(7).integers(0, 256, shape).astype(np.uint8) for shape in (X.shape, W.shape))
QLINEAR = {"xs": np.float32(0.02), "xz": np.uint8(131), "w": WQ.view(np.int8),
           "ws": np.linspace(0.001, 0.01, 6, dtype=np.float32), "wz": np.zeros(6, np.int8), "ys": np.float32(0.2),
           "yz": np.uint8(101), "b": np.arange(-2500, 3500, 1000, dtype=np.int32)}
DIRECT = {"target": "scalar"}  # the only kernels of integers that plain C has
INTEGER_PADS = {"pads": [1, 1, 1, 1]}


def exactly(x, w, **attributes):
    """w ∗ x of integers less their zero points."""
    given = helper.make_node("ConvInteger", ["x", "w"], ["v"], **INTEGER_PADS, **attributes)
    return ReferenceEvaluator(given).run(None, {"x": x.astype(np.int32), "w": w.astype(np.int32)})[0]


@pytest.mark.parametrize("change", [
    {}, {"yz": np.uint8(255)}, {"ws": np.float32(0.003), "wz": np.int8(0)},
    {"w": WQ, "wz": np.full(6, 9, np.uint8)},
    {"w": WQ, "wz": np.arange(100, 160, 10, dtype=np.uint8)},
], ids=["by channel", "the last zero point", "one scale", "weights of bytes", "a zero point for each channel"])
def test_qlinear_conv_is_that_of_onnx_runtime(change, calls):
    """A product in f32, ties to even, then the zero point: ONNX's evaluator rounds behind it."""
    given = QLINEAR | change
    node = helper.make_node("QLinearConv", ["x", *given], ["y"], **INTEGER_PADS)
    y = onnx_backend.run_node(node, [XQ, *given.values()], **DIRECT)[0]
    shape = (-1, 1, 1, 1)
    v = exactly(XQ.astype(int) - 131, given["w"].astype(int) - np.reshape(given["wz"], shape).astype(int))
    v += given["b"].reshape(shape[:3])
    factor = np.broadcast_to(given["xs"] * given["ws"] / given["ys"], 6).reshape(shape[:3])
    want = np.clip(np.rint(v.astype(np.float32) * factor) + int(given["yz"]), 0, 255)
    assert y.dtype == np.uint8
    assert (y == want).all()
    assert len(calls) == 1


@pytest.mark.parametrize("zero", [None, 0, 9])
def test_conv_integer(zero, calls):
    names = ["x", "w"] + ([] if zero is None else ["xz", "wz"])
    zeros = [] if zero is None else [np.uint8(200), np.full(6, zero, np.uint8)]
    node = helper.make_node("ConvInteger", names, ["y"], **INTEGER_PADS)
    y = onnx_backend.run_node(node, [XQ, WQ, *zeros], **DIRECT)[0]
    assert y.dtype == np.int32
    assert (y == exactly(XQ.astype(int) - 200 * (zero is not None), WQ.astype(int) - (zero or 0))).all()
    assert len(calls) == 1


def test_integers_of_many_runs(calls):
    """Weights and scales may change from run to run, and are packed again when they do."""
    node = helper.make_node("QLinearConv", ["x", *QLINEAR], ["y"], **INTEGER_PADS)
    values = [value("x", X.shape), *(value(name, np.shape(array)) for name, array in QLINEAR.items())]
    for one, array in zip(values, [XQ, *QLINEAR.values()], strict=True):
        one.type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(np.asarray(array).dtype)
    result = helper.make_tensor_value_info("y", TensorProto.UINT8, None)
    made = helper.make_model(helper.make_graph([node], "g", values, [result]), ir_version=8,
                             opset_imports=[helper.make_opsetid("", 13)])
    prepared = onnx_backend.prepare(made, **DIRECT)
    for changed in ({}, {"w": QLINEAR["w"] // 2}, {}, {"ys": np.float32(0.1)}, {"b": QLINEAR["b"] * 2}):
        given = QLINEAR | changed
        factor = (given["xs"] * given["ws"] / given["ys"]).reshape(-1, 1, 1)
        v = exactly(XQ.astype(int) - 131, given["w"]) + given["b"].reshape(-1, 1, 1)
        want = np.clip(np.rint(v.astype(np.float32) * factor) + 101, 0, 255)
        assert (prepared.run([XQ, *given.values()])[0] == want).all()
    assert prepared.run([XQ[:0], *QLINEAR.values()])[0].shape == (0, 6, 7, 5)
    assert len(calls) == 1


def test_channels_last_of_onnx_runtime(calls):
    node = helper.make_node("QLinearConv", ["x", *QLINEAR], ["y"], **INTEGER_PADS)
    last = helper.make_node("QLinearConv", ["x", *QLINEAR], ["y"], domain="com.microsoft", channels_last=1,
                            **INTEGER_PADS)
    x, y = (helper.make_tensor_value_info(name, TensorProto.UINT8, [None] * 4) for name in "xy")
    made = helper.make_model(helper.make_graph(
        [last], "g", [x], [y], [numpy_helper.from_array(np.asarray(array), name) for name, array in QLINEAR.items()]),
        opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("com.microsoft", 1)], ir_version=8)
    found = onnx_backend.prepare(made, **DIRECT).run([np.ascontiguousarray(np.moveaxis(XQ, 1, -1))])[0]
    want = onnx_backend.run_node(node, [XQ, *QLINEAR.values()], **DIRECT)[0]
    assert (np.moveaxis(found, -1, 1) == want).all()
    assert len(calls) == 2


def test_integers_that_no_layer_has(calls):
    """More axes than a layer has: the evaluator does them, and rounds as it does."""
    x, w = XQ.reshape(2, 4, 7, 5, 1, 1), WQ.reshape(6, 4, 3, 3, 1, 1)
    node = helper.make_node("ConvInteger", ["x", "w"], ["y"])
    y = onnx_backend.run_node(node, [x, w], **DIRECT)[0]
    assert (y == ReferenceEvaluator(node).run(None, {"x": x, "w": w})[0]).all()
    assert calls == []


@pytest.mark.parametrize(("change", "said"), [
    ({"xs": np.float32(0)}, r"x_scale must be a positive normal f32 \(x_scale=0\)"),
    ({"ws": np.array([1, 1, 1, np.nan, 1, 1], np.float32)}, r"must be a positive normal f32 \(w_scale\[3\]=nan"),
    ({"ws": np.ones(5, np.float32)}, "w_scale must be one number, or one for each of 6 output channels"),
    ({"wz": np.zeros(3, np.int8)}, "w_zero_point must be one number, or one for each of 6 output channels"),
    ({"b": QLINEAR["b"][:5]}, "bias must have shape"),
])
def test_bad_integers(change, said):
    given = QLINEAR | change
    node = helper.make_node("QLinearConv", ["x", *given], ["y"], **INTEGER_PADS)
    with pytest.raises(InputError, match=said):
        onnx_backend.run_node(node, [XQ, *given.values()], **DIRECT)


# --- what the first run tells ---


def two_layers():
    nodes = [helper.make_node("Conv", ["x", "w"], ["v"], pads=[1] * 4), helper.make_node("Relu", ["v"], ["r"]),
             helper.make_node("Conv", ["r", "u"], ["y"])]
    return model(nodes, {"x": X.shape}, {"w": W, "u": draw(3, 6, 1, 1)})


def test_the_first_run_logs_each_kernel(caplog, capsys):
    prepared = onnx_backend.prepare(two_layers(), **PLAIN)
    with caplog.at_level("INFO", "convgen"):
        prepared.run([X])
        first, second = [record.getMessage() for record in caplog.records]
        assert first.startswith("kernel for Conv 1 of 2: ConvSpec.parse('mb2ic4ih7iw5oc6")
        assert second.startswith("kernel for Conv 2 of 2: ConvSpec.parse('mb2ic6ih7iw5oc3")
        prepared.run([X])
    assert len(caplog.records) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_the_first_run_shows_a_line_on_a_terminal_and_takes_it_away(terminal, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    prepared = onnx_backend.prepare(two_layers(), **PLAIN)
    prepared.run([X])
    said = capsys.readouterr()
    prepared.run([X])
    assert capsys.readouterr() == ("", "")
    assert said.out == ""
    if terminal:
        first, second, last = said.err.split("\r\x1b[K")[1:]
        assert first.startswith("convgen: kernel for Conv 1 of 2")
        assert second.startswith("convgen: kernel for Conv 2 of 2")
        assert max(map(len, (first, second))) < 80
        assert last == ""
    else:
        assert said.err == ""
