"""Models of f16 and bf16, and of several types: each layer is of the numbers that the model gives its Conv.

What the layers compute, by the oracle, is compared with onnx's evaluator in f32, of the same rounded numbers.
"""

from __future__ import annotations

import importlib.util
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator
from test_onnx_exported import NUMBERS, PIECES, compute, steps
from test_onnx_import import BARE, BN, CONV, FOLDED, WB, W, X, draw, feed, model, node, saved

from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.element import BF16, F16
from convgen.machine.host import host
from convgen.onnx import backend, models, shapes

KINDS = {F16: TensorProto.FLOAT16, BF16: TensorProto.BFLOAT16}
NEWEST = 22  # the first opset whose Conv is of bf16
# nodes of versions that are no more, or with a constant of f32 in an attribute
OLD = {name for name, row in FOLDED.items() if len(row) > 5 and row[5] < 14} | {"constants of constants"}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Shapes are inferred in this process, which is sooner."""
    monkeypatch.setattr(shapes, "inferred", shapes.infer_here)


def narrow(arrays, element):
    return {name: array.astype(element.dtype) if array.dtype == np.float32 else array for name, array in arrays.items()}


def wide(arrays):
    return {name: array if array.dtype.kind == "i" else array.astype(np.float32) for name, array in arrays.items()}


def close(y, want, element):
    assert y.shape == want.shape
    np.testing.assert_allclose(y, want, rtol=0, atol=8 * element.roundoff * np.abs(want).max())


@pytest.mark.parametrize("element", KINDS, ids=lambda element: element.name)
@pytest.mark.parametrize("name", [name for name in FOLDED if name not in OLD])
def test_folded_into_one_layer(name, element, tmp_path):
    nodes, inputs, constants, fields, folded, *_ = FOLDED[name]
    given, feeds = narrow(constants, element), narrow(feed(inputs), element)
    found = models.find(saved(tmp_path, model(nodes, inputs, given, opset=NEWEST, kind=KINDS[element])))
    (part,) = found.network.parts
    assert (found.folded, found.network.left, part.spec.dtype) == (folded, (), element.name)
    assert {array.dtype for array in part.uses[0].arrays.values()} == {element.dtype}
    loose = {"activation"} if "(" in part.spec.activation else set()  # whose numbers are the type's
    assert {field: getattr(part.spec, field) for field in {*fields} - loose} == {
        field: fields[field] for field in {*fields} - loose}
    want = ReferenceEvaluator(model(nodes, inputs, wide(given), opset=NEWEST)).run(None, wide(feeds))[0]
    close(compute(found.network, feeds)["y"], want, element)


@pytest.mark.parametrize("element", KINDS, ids=lambda element: element.name)
@pytest.mark.parametrize("text", PIECES)
def test_activations_in_pieces(text, element, tmp_path):
    made = model([CONV, *steps(text)], X, narrow(WB | NUMBERS, element), opset=NEWEST, kind=KINDS[element])
    network = models.load(saved(tmp_path, made))
    assert network.left == ()
    assert network.parts[0].spec.act.name == PIECES[text].partition("(")[0]


def test_several_types_in_one_model(tmp_path):
    """And a Cast, which is no part of a layer, unless it is to the type that the value has."""
    nodes = [CONV, node("Cast", "c", "s", to=1), node("Relu", "s", "r"), node("Cast", "r", "h", to=10),
             node("Conv", "h,hw", "i"), node("Cast", "i", "j", to=10), node("Relu", "j", "k"),
             node("Cast", "k", "y", to=1)]
    given = WB | {"hw": draw(2, 6, 1, 1).astype(np.float16)}
    network = models.load(saved(tmp_path, model(nodes, X, given)))
    assert [(part.spec.dtype, part.spec.activation) for part in network.parts] == [("f32", "relu"), ("f16", "relu")]
    assert network.left == ("h Cast: not a convolution", "y Cast: not a convolution")
    half = narrow(given, F16)
    other = models.load(saved(tmp_path, model([node("Cast", "x", "x16", to=10), node("Conv", "x16,w,b", "c"),
                                               node("Cast", "c", "s", to=1), node("Relu", "s", "y")], X, half)))
    assert [(part.spec.dtype, part.spec.activation) for part in other.parts] == [("f16", "none")]
    assert other.left == ("x16 Cast: not a convolution", "s Cast: not a convolution", "y Relu: not a convolution")


def test_weights_of_another_type_than_the_input(tmp_path):
    made = model([node("Conv", "x,w", "y")], X, narrow(W, F16))
    with pytest.raises((UnsupportedError, InputError), match=r"must be of one type \(x is f32, w is f16|shapes be"):
        models.load(saved(tmp_path, made))


def test_folded_weights_that_leave_the_range(tmp_path):
    large = narrow(W | BN | {"s": np.full(6, 6e4, np.float32), "v": np.full(6, 1e-6, np.float32)}, F16)
    made = model([BARE, node("BatchNormalization", "c,s,t,m,v", "y")], X, large, kind=TensorProto.FLOAT16)
    with pytest.raises(UnsupportedError, match=r"weights of Conv c must be finite numbers of f16, .*weights reach \d"):
        models.load(saved(tmp_path, made))
    (part,) = models.load(saved(tmp_path, made), dtype="f32").parts
    assert np.isfinite(part.uses[0].weights).all()


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_a_type_in_place_of_the_models(dtype, tmp_path):
    """The weights are those of the model, with what is folded in, rounded once."""
    made = saved(tmp_path, model([BARE, node("BatchNormalization", "c,s,t,m,v", "y")], X, W | BN))
    (exact,), (part,) = (models.load(made, dtype=asked).parts for asked in (None, dtype))
    assert (exact.spec.dtype, part.spec.dtype) == ("f32", dtype)
    element = part.spec.arithmetic.weights
    assert part.uses[0].weights.dtype == element.dtype
    error = np.abs(part.uses[0].weights.astype(np.float64) - exact.uses[0].weights)
    assert (error <= element.roundoff * np.abs(exact.uses[0].weights) * (1 + 1e-4) + element.underflow).all()
    with pytest.raises(InputError, match=r"dtype must be one of f32, f16, bf16 \(dtype='f8'\)"):
        models.load(made, dtype="f8")


@pytest.mark.parametrize(("kind", "words"), [(TensorProto.FLOAT16, ()), (TensorProto.FLOAT, ("--dtype", "f16"))],
                         ids=["of the model", "as told"])
def test_a_library_of_halfs(kind, words, tmp_path):
    given = narrow(WB, F16) if kind == TensorProto.FLOAT16 else WB
    path = saved(tmp_path, model([CONV, node("Relu", "c", "y")], X, given, kind=kind))
    said = CliRunner().invoke(main, ["package", str(path), *["--layers-only", "--weights", "embed"] * bool(words),
                                     "--target", "scalar", "-o", str(tmp_path / "lib"), *words])
    assert said.exit_code == 0, said.output
    assert "self-test passed: 1 layers" in said.stderr
    assert "model_c(const uint16_t *input, uint16_t *output," in (tmp_path / "lib/include/model.h").read_text()


@pytest.mark.parametrize("words", [["import"], ["plan", "--target", "scalar"],
                                   ["report", "--target", "scalar", "--no-verify", "-o", "-"]],
                         ids=lambda words: words[0])
def test_commands_take_a_model_of_halfs(words, tmp_path):
    path = saved(tmp_path, model([CONV, node("Relu", "c", "y")], X, narrow(WB, F16), kind=TensorProto.FLOAT16))
    said = CliRunner().invoke(main, [words[0], str(path), *words[1:]])
    assert said.exit_code == 0, said.output
    assert re.search(r'dtype = "f16"|\bf16\b', said.stdout)
    told = CliRunner().invoke(main, ["import", str(path), "--dtype", "f32", "--json"])
    assert json.loads(told.stdout)["layers"][0]["spec"].get("dtype", "f32") == "f32"


@pytest.mark.parametrize("element", KINDS, ids=lambda element: element.name)
def test_the_backend_runs_kernels(element, monkeypatch):
    made, compiled = [], backend._compiled
    monkeypatch.setattr(backend, "_compiled", lambda *key: made.append(key[0]) or compiled(*key))
    given, feeds = narrow(WB, element), narrow(feed(X), element)
    halfs = model([CONV, node("Relu", "c", "y")], X, given, opset=NEWEST, kind=KINDS[element])
    y = backend.prepare(halfs, target="scalar").run(list(feeds.values()))[0]
    assert [spec.dtype for spec in made] == [element.name]
    assert y.dtype == element.dtype
    want = ReferenceEvaluator(model([CONV, node("Relu", "c", "y")], X, wide(given))).run(None, wide(feeds))[0]
    close(y.astype(np.float32), want, element)


def test_a_cpu_without_halfs_leaves_them_to_the_evaluator(monkeypatch):
    monkeypatch.setattr(type(host()), "runs_here", lambda self, arithmetic: arithmetic.input is not F16)
    monkeypatch.setattr(backend, "_compiled", lambda *key: pytest.fail("a kernel is made"))
    given, feeds = narrow(WB, F16), narrow(feed(X), F16)
    y = backend.prepare(model([CONV], X, given, "c", kind=TensorProto.FLOAT16), target="scalar").run([feeds["x"]])[0]
    close(y.astype(np.float32), ReferenceEvaluator(model([CONV], X, wide(given), "c")).run(None, wide(feeds))[0], F16)


@pytest.mark.skipif(not importlib.util.find_spec("onnxruntime"), reason="onnxruntime is not installed")
def test_as_onnx_runtime_computes_it(tmp_path):
    import onnxruntime

    nodes = [CONV, node("BatchNormalization", "c,s,t,m,v", "n"), node("Relu", "n", "y")]
    made = model(nodes, X, narrow(WB | BN, F16), opset=17, kind=TensorProto.FLOAT16)
    made.ir_version = min(made.ir_version, 10)
    feeds = narrow(feed(X), F16)
    want = onnxruntime.InferenceSession(made.SerializeToString()).run(None, feeds)[0].astype(np.float32)
    close(compute(models.load(saved(tmp_path, made)), feeds)["y"], want, F16)
