"""Whole networks: hooks around their steps, loading them from Python, checking all their values, measuring them."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess

import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner

pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper

import convgen
from convgen.benchmark import rivals
from convgen.benchmark.rivals import Rival
from convgen.commands import networks_bench
from convgen.commands.main import main
from convgen.commands.package import make
from convgen.commands.request import Request
from convgen.commands.whole import Asked
from convgen.errors import CrashError, InputError, UnsupportedError
from convgen.onnx.network import find_model
from convgen.packaging import files as package
from convgen.packaging.network import library
from convgen.packaging.network.passes import laid_out
from convgen.run import compilers, networks
from convgen.verification import along
from convgen.verification.networks import evaluate

F, U = TensorProto.FLOAT, TensorProto.UINT8


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    """A cache that many tests share."""
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def saved(folder, nodes, inputs, outputs, constants, name="tiny"):
    """inputs, outputs: name -> (type, shape)."""
    def told(arrays):
        return [helper.make_tensor_value_info(label, *array) for label, array in arrays.items()]

    graph = helper.make_graph([helper.make_node(op, taken, [made] if isinstance(made, str) else made,
                                                name=made if isinstance(made, str) else made[0], **attributes)
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
    done = subprocess.run(["make", "-s", "-C", folder, "build/tiny_selftest", f"CFLAGS=-O0 {' '.join(flags)}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return subprocess.run([folder / "build/tiny_selftest"], capture_output=True, text=True, check=False)


STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


@tools.needs(tools.make)
def test_hooks_are_called_around_each_step(tmp_path):
    texts = package.files(make(request(tiny(tmp_path), "scalar"), None, "embed", Asked()))
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
    texts = package.files(make(request(tiny(tmp_path), "scalar"), None, "embed", Asked()))
    assert selftest(tmp_path, texts, *STRICT).returncode == 0
    symbols = subprocess.check_output(["nm", tmp_path / "build/tiny_selftest"], text=True)
    assert "tiny_run" in symbols
    assert "tiny_step_name" not in symbols
    assert "tiny_on_" not in symbols


# --- in Python ---


def quantised(folder):
    """u8 -> a convolution of integers -> its largest numbers in windows; and as real numbers, through what rounds."""
    steps = {"s": np.float32(0.02), "z": np.uint8(3), "sw": np.float32(0.01), "zw": np.int8(0), "sy": np.float32(0.05),
             "zy": np.uint8(100)}
    return saved(folder, [
        ("QLinearConv", ["x", "s", "z", "w", "sw", "zw", "sy", "zy"], "q", {"pads": [1, 1, 1, 1]}),
        ("MaxPool", ["q"], "p", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("DequantizeLinear", ["p", "sy", "zy"], "d", {}), ("Sigmoid", ["d"], "y", {}),
        ("Mul", ["y", "top"], "m", {}), ("Cast", ["m"], "k", {"to": U}),
    ], {"x": (U, [1, 5, 8, 6])}, {"p": (U, [1, 7, 4, 3]), "k": (U, [1, 7, 4, 3])},
        {**steps, "top": np.float32(200), "w": np.random.default_rng(0).integers(-127, 128, (7, 5, 3, 3), np.int8)},
        "whole")


def test_a_network_is_a_function(tmp_path):
    net = convgen.load_network(tiny(tmp_path))
    x = draw(1, 3, 9, 7)
    y, z = net(x)
    laid = laid_out(find_model(tmp_path / "tiny.onnx", layout="nhwc"))
    right = evaluate(laid.model, {"a b": x})
    assert np.abs(y - right["y"]).max() < 1e-5
    assert np.abs(z - right["z"]).max() < 1e-5
    for again in (net(**{"a b": x}), net(a_b=x), convgen.load_network(tmp_path / "tiny.onnx", threads=2)(x)):
        assert np.array_equal(again[0], y)
        assert np.array_equal(again[1], z)
    assert repr(net).startswith("<convgen.Network a b f32 1x3x9x7 -> y f32 1x8, z f32 1x8x9x7, ")
    assert net.workspace_bytes >= 4 * 20 * 9 * 7
    kinds = [step.kind for step in net.steps]
    assert {"convolution 3x3", "convolution 1x1", "MaxPool", "Concat"} <= set(kinds)
    assert sum(step.macs for step in net.steps) == 9 * 7 * 8 * (27 + 4 + 20)
    assert [len(times) for times in net.profile(3, x)] == [3] * len(kinds)


def test_every_value_is_seen_as_it_is_made(tmp_path):
    net = convgen.load_network(tiny(tmp_path))
    x = draw(1, 3, 9, 7)
    right = evaluate(laid_out(find_model(tmp_path / "tiny.onnx", layout="nhwc")).model, {"a b": x})
    seen = {}
    net.watch(lambda name, array: seen.update({name: array.copy()}), x)
    assert set(seen) == set(right) - {"a b", "w0", "b0", "w1", "w2"}
    for name, array in seen.items():
        assert np.abs(array - right[name]).max() < 1e-5 * np.abs(right[name]).max(), name

    def stop(name, array):
        raise ValueError(name)

    with pytest.raises(ValueError, match=next(iter(seen))):
        net.watch(stop, x)
    net(x)  # which nobody watches any more


def test_integers_in_and_out(tmp_path):
    net = convgen.load_network(quantised(tmp_path))
    x = np.random.default_rng(1).integers(0, 256, (1, 5, 8, 6), np.uint8)
    right = evaluate(laid_out(find_model(tmp_path / "whole.onnx", layout="nhwc")).model, {"x": x}, np.float32)
    assert np.array_equal(net(x)[0], right["p"])


X = (1, 3, 9, 7)


def recurrent(gates, numbers, units, directions=1):
    wide = gates * units
    return {"w": draw(directions, wide, numbers), "r": draw(directions, wide, units, seed=1),
            "b": draw(directions, 2 * wide, seed=2)}


D, H, L = TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT64
PLACES = np.array([[1, -1, 4], [0, 3, -5]])
KINDS = {  # nodes, inputs, outputs, constants
    "casts": ([("Cast", ["x"], "d", {"to": D}), ("Softmax", ["d"], "s", {}), ("Cast", ["x"], "h", {"to": H}),
               ("Cast", ["h"], "f", {"to": F}), ("Add", ["f", "x"], "y", {})],
              {"x": (F, [3, 40])}, {"s": (D, [3, 40]), "y": (F, [3, 40])}, {}),
    "embedding": ([("Gather", ["table", "i"], "e", {}), ("Relu", ["e"], "y", {})],
                  {"i": (L, [2, 3])}, {"y": (F, [2, 3, 7])}, {"table": draw(5, 7)}),
    "places of each number": ([("GatherElements", ["x", "i"], "y", {"axis": 1})],
                              {"x": (F, [2, 5]), "i": (L, [2, 3])}, {"y": (F, [2, 3])}, {}),
    "places of several axes": ([("Cast", ["i"], "j", {"to": TensorProto.INT32}), ("Cast", ["j"], "k", {"to": L}),
                                ("GatherND", ["x", "k"], "g", {}), ("Neg", ["g"], "y", {})],
                               {"x": (F, [5, 5, 5, 9]), "i": (L, [2, 3])}, {"y": (F, [2, 9])}, {}),
    "ranks": ([("TopK", ["x", "k"], ["t", "at"], {"axis": 0})], {"x": (F, [20, 3])},
              {"t": (F, [4, 3]), "at": (L, [4, 3])}, {"k": np.array([4])}),
    "alike, but for a number that equals an operand's": (
        [("Softmax", ["x"], "s", {}), ("Softmax", ["s"], "t", {}), ("Mul", ["t", "t"], "y", {}),
         ("Mul", ["t", "o"], "z", {}), ("Neg", ["t"], "v", {})],
        {"x": (F, [3, 40])}, {name: (F, [3, 40]) for name in "yzv"}, {"o": np.float32(0)}),
    "LSTM": ([("LSTM", ["x", "w", "r", "b"], "y", {"hidden_size": 6, "direction": "bidirectional"})],
             {"x": (F, [4, 2, 5])}, {"y": (F, [4, 2, 2, 6])}, recurrent(4, 5, 6, 2)),
    "GRU": ([("GRU", ["x", "w", "r", "b"], "y", {"hidden_size": 20, "linear_before_reset": 1})],
            {"x": (F, [3, 1, 18])}, {"y": (F, [3, 1, 1, 20])}, recurrent(3, 18, 20)),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_steps_between_convolutions_as_c(kind, tmp_path):
    """What C computes of a few nodes is what NumPy does of their steps; what these mean, test_networks.py asks ONNX."""
    path = saved(tmp_path, *KINDS[kind])
    net = convgen.load_network(path)
    halfs = {one.value: draw(*one.shape).astype(np.float16) for one in net.inputs}  # which casts leave as they are
    given = {one.value: PLACES if one.element == "s64" else halfs[one.value].astype(np.float32) for one in net.inputs}
    wanted = evaluate(find_model(path), given)
    made = net(**given)
    for one, array in zip(net.outputs, made if isinstance(made, tuple) else (made,), strict=True):
        assert array.dtype == one.dtype
        np.testing.assert_allclose(array, wanted[one.value].astype(np.float64), 1e-5, 1e-5)


def test_places_that_there_are_not_are_read_at_the_nearest(tmp_path):
    nodes, inputs, outputs, constants = KINDS["embedding"]
    net = convgen.load_network(saved(tmp_path, nodes, inputs, outputs, constants))
    far = np.array([[5, -6, 2**62], [-(2**62), 4, 0]])
    np.testing.assert_array_equal(net(far), np.maximum(constants["table"][[[4, 0, 4], [0, 4, 0]]], 0))


@pytest.mark.parametrize(("given", "said"), [
    (lambda net: net(), "a b must be given (a b=None)"),
    (lambda net: net(draw(*X), draw(*X)), "inputs must be 1 arrays (2 are given)"),
    (lambda net: net(b=draw(*X)), "inputs must be a b ('b' is given)"),
    (lambda net: net(draw(*X), a_b=draw(*X)), "inputs must be given once ('a_b' is given twice)"),
    (lambda net: net(draw(*X).tolist()), "a b must be a NumPy array (a b, it is a list)"),
    (lambda net: net(draw(*X).astype(float)), "a b must be of float32 (a b.dtype=float64)"),
    (lambda net: net(draw(1, 3, 7, 9)), "a b must be of shape (1, 3, 9, 7) (a b.shape=(1, 3, 7, 9))"),
    (lambda net: net(draw(1, 3, 7, 9).swapaxes(2, 3)), "a b must lie in a row"),
])
def test_wrong_inputs(given, said, tmp_path):
    net = convgen.load_network(tiny(tmp_path))
    with pytest.raises(InputError) as error:
        given(net)
    assert str(error.value).startswith(said)


def test_targets_that_cannot_be_loaded(tmp_path):
    with pytest.raises(UnsupportedError, match="that this machine"):
        convgen.load_network(tiny(tmp_path), target="aarch64" if platform.machine() == "x86_64" else "x86-64-v3")


def test_names_that_the_text_has_itself(tmp_path):
    path = saved(tmp_path, [("Add", ["step0", "constants"], "t", {}), ("GlobalMaxPool", ["t"], "NULL", {})],
                 {"step0": (F, [1, 2, 3, 4]), "constants": (F, [1, 2, 3, 4])}, {"NULL": (F, [1, 2, 1, 1])}, {})
    x, y = draw(1, 2, 3, 4), draw(1, 2, 3, 4, seed=1)
    assert np.array_equal(convgen.load_network(path)(x, y), (x + y).max((2, 3), keepdims=True))


# --- verify ---


def command(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_verify_compares_every_value(tmp_path, monkeypatch):
    path = tiny(tmp_path)
    done = command("verify", path, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    laid = laid_out(find_model(path, layout="nhwc"))
    assert [one["value"] for one in told["values"]] == [step.makes for step in laid.model.steps]
    assert all(one["error"] < 1e-5 and one["ok"] for one in told["values"])
    assert any(one["error"] > 0 for one in told["values"])
    told = command("verify", path).stdout
    assert "largest error" in told
    assert "0.001 is allowed" in told

    packed = library._pack

    def wrong(path, all_of, memory, starts):
        packed(path, all_of, memory, starts)
        memory[starts[1] : starts[1] + 4].view(np.float32)[:] += 1  # a weight of the second convolution

    monkeypatch.setattr(library, "_pack", wrong)
    done = command("verify", path)
    assert done.exit_code == 1
    assert re.search(r"c1 Conv: .* of the largest in \d+ of 252 numbers is more than 0.001, first of", done.stderr)
    assert f"convgen verify {path}" in done.stderr


def test_verify_tells_what_must_be_equal(tmp_path, monkeypatch):
    path = quantised(tmp_path)
    told = json.loads(command("verify", path, "--json", "--no-chains").stdout)  # what chains hold nobody sees
    sorts = {one["value"]: one["sort"] for one in told["values"]}
    assert sorts["q"] == sorts["p"] == "exact"
    assert sorts["k"] == "told"  # a sigmoid rounds otherwise
    assert all(one["differing"] == 0 for one in told["values"] if one["sort"] == "exact")
    monkeypatch.setattr(along, "evaluate", lambda *given: {name: array ^ 1 if name == "q" else array
                                                           for name, array in evaluate(*given).items()})
    done = command("verify", path, "--no-chains")
    assert done.exit_code == 1
    assert re.search(r"QLinearConv: 1 in \d+ of 336 numbers is more than 0, first of 1 of", done.stderr)


def test_verify_compares_a_value_of_no_axis(tmp_path):
    """As a scale that is made of the input."""
    path = saved(tmp_path, [("ReduceMax", ["x"], "s", {"keepdims": 0}), ("Sigmoid", ["s"], "r", {}),
                            ("Mul", ["x", "r"], "y", {})], {"x": (F, [2, 3])}, {"y": (F, [2, 3])}, {})
    done = command("verify", path, "--json")
    assert done.exit_code == 0, done.output
    assert 1 in [one["count"] for one in json.loads(done.stdout)["values"]]


def test_verify_rounds_values_of_halfs(tmp_path):
    """Products in f32, each rounded to f16 as it is stored, have the same bits."""
    path = saved(tmp_path, [("Mul", ["x", "s"], "m", {}), ("Relu", ["m"], "y", {})],
                 {"x": (TensorProto.FLOAT16, [3, 50])}, {"m": (TensorProto.FLOAT16, [3, 50]),
                                                         "y": (TensorProto.FLOAT16, [3, 50])}, {"s": np.float16(0.02)})
    done = command("verify", path, "--json")
    assert done.exit_code == 0, done.output
    assert {(one["sort"], one["differing"]) for one in json.loads(done.stdout)["values"]} == {("exact", 0)}


def test_a_network_that_crashes_is_told(tmp_path, monkeypatch):
    save = networks.save
    text = "void lost(void) { __builtin_trap(); }\nvoid net_watch(void (*hook)(int, int)) { (void)hook; }\n"
    crashing = compilers.shared("lost", text)

    def lost(net, folder):
        saved = save(net, folder)
        built = msgspec.structs.replace(saved.built, path=str(crashing), function="lost")
        return msgspec.structs.replace(saved, built=built)

    monkeypatch.setattr(networks, "save", lost)
    done = command("verify", tiny(tmp_path))
    assert done.exit_code == CrashError.exit_code


def test_options_of_layers(tmp_path):
    path = tiny(tmp_path)
    done = command("verify", path, "--mode", "bound")
    assert done.exit_code == 2
    assert "mode must stand with --each-layer for a model (mode='bound')" in done.stderr
    done = command("verify", path, "--mode", "bound", "--each-layer")
    assert done.exit_code == 0, done.output
    assert "bound" in done.stdout


# --- bench ---

FAKES = {
    "same": """
    net = convgen.load_network(network.file)
    given = list(network.inputs.values())
    yield Setup('on %d' % threads, lambda calls: net.time(calls, *given), lambda: joined(net(*given)))""",
    "wrong": """
    yield Setup('one', clock(lambda: None), lambda: joined(network.outputs.values()))""",
    "refuses": """
    raise UnsupportedError('no such operators')
    yield""",
    # each output is two above convgen's; and with nothing optimised, one below
    "near": """
    net = convgen.load_network(network.file)
    made = lambda: joined(net(*network.inputs.values()))
    yield Setup('two above', clock(made), lambda: made() + 2)


def unoptimised(network, threads):
    return joined(convgen.load_network(network.file)(*network.inputs.values())) - 1""",
}


@pytest.fixture
def fakes(monkeypatch, tmp_path):
    """Made-up libraries that read models, and one that does not."""
    table = {"layers": Rival("fake_layers", ("numpy",), "numpy")}
    for name, body in FAKES.items():
        (tmp_path / f"fake_{name}.py").write_text(
            "import convgen\nfrom convgen.errors import UnsupportedError\n"
            "from convgen.benchmark.rivals.problem import Setup, clock, joined\n\n\n"
            f"def version():\n    return '7'\n\n\ndef networks(network, threads):{body}\n")
        table[name] = Rival(f"fake_{name}", ("numpy",), name)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(":")]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(rivals, "RIVALS", table)
    monkeypatch.setattr(rivals, "NETWORKS", dict.fromkeys(FAKES, ("ONNX",)))


@pytest.mark.optimised
def test_bench_beside_libraries_that_read_models(fakes, tmp_path):
    words = ("bench", tiny(tmp_path), "--against", "same,wrong,near,refuses,layers", "--repeats", 2)
    done = command(*words, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["network"] == "tiny"
    assert told["own"]["setup"] == f"{len(told['steps'])} steps"
    assert len(told["own"]["seconds"]) == 2
    (same,) = told["rivals"]
    assert (same["name"], same["version"], same["setup"], same["error"]) == ("same", "7", "on 1", 0.0)
    assert told["best"] == "same"
    assert 0.3 < told["median_ratio"] < 3
    assert {one["name"]: one["kind"] for one in told["left_out"]} == {
        "wrong": "failed", "near": "failed", "refuses": "unsupported", "layers": "unsupported"}
    reasons = {one["name"]: one["reason"] for one in told["left_out"]}
    assert "differs from convgen (output 0: 1 of the largest number)" in reasons["wrong"]
    assert reasons["layers"] == "reads no ONNX file, and its package has no converter"
    assert abs(sum(one["share"] for one in told["steps"]) - 1) < 1e-6
    assert abs(sum(one["seconds"] for one in told["kinds"]) - sum(one["seconds"] for one in told["steps"])) < 1e-9
    shown = command(*words).stdout
    for line in ("best rival's time by convgen's", "left out: layers", "convolution 3x3", "slowest steps"):
        assert line in shown


@pytest.mark.optimised
def test_bench_of_a_quantised_network_beside_libraries_that_round_elsewhere(fakes, tmp_path):
    """One that differs from itself as much, which is told; not one without an own way to tell."""
    done = command("bench", quantised(tmp_path), "--against", "same,wrong,near", "--repeats", 1)
    assert done.exit_code == 0, done.output
    told = " ".join(done.stdout.split())
    assert "outputs of same differ from convgen's by 0 of the largest number, typically 0 " in told
    assert re.search(r"outputs of near differ from convgen's by 0.0[12]\d* of the largest number, typically 0.\d+;"
                     r" from its own with nothing optimised by 0.0[12]\d* of the", told)
    assert "left out: wrong: failed: one: differs from convgen (output 0: 1 of the largest number)" in told
    document = json.loads(command("bench", quantised(tmp_path), "--against", "near", "--repeats", 1, "--json").stdout)
    (near,) = document["rivals"]
    assert near["likeness"]["itself"]["largest"] > near["likeness"]["convgen"]["largest"] > 0.01


def test_steps_as_figures(tmp_path):
    net = convgen.load_network(tiny(tmp_path))
    steps, kinds = networks_bench.timed(net, [0.001] * len(net.steps))
    first = next(one for one in steps if one.kind == "convolution 3x3")
    assert first.gflops == pytest.approx(2e-9 * 9 * 7 * 8 * 27 / 0.001)
    pool = next(one for one in steps if one.kind == "MaxPool")
    assert pool.gflops is None
    assert pool.gbs == pytest.approx(1e-9 * 2 * 8 * 63 * 4 / 0.001)
    ones = next(one for one in kinds if one.kind == "convolution 1x1")
    assert ones.steps == 2
    assert ones.seconds == pytest.approx(0.002)
    assert [one.seconds for one in kinds] == sorted((one.seconds for one in kinds), reverse=True)
