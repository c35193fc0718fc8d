"""Chains in whole networks and in packages: which convolutions become one kernel, and that all goes on as it was."""

from __future__ import annotations

import functools
import json
import subprocess

import numpy as np
import pytest
import tools
from click.testing import CliRunner

pytest.importorskip("onnx")
from test_network_runs import F, U, draw, request, saved

import convgen
from convgen import networks
from convgen.commands import whole
from convgen.commands.main import main
from convgen.commands.package import make
from convgen.commands.whole import Asked
from convgen.layer.spec import ConvSpec
from convgen.layer.steps import Convolve
from convgen.machine.find import find
from convgen.onnx.network import find_model
from convgen.packaging import files as package
from convgen.packaging.network.chains import inside
from convgen.packaging.network.passes import laid_out
from convgen.tuning.choose import Tuned, predicted
from convgen.verification.networks import evaluate

X = (1, 8, 16, 16)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))


def block(folder):
    """A block that widens, with a residual, whose output two read."""
    return saved(folder, [
        ("Conv", ["x", "w0", "b0"], "wide", {}), ("Relu", ["wide"], "wider", {}),
        ("Conv", ["wider", "w1"], "depth", {"pads": [1, 1, 1, 1], "group": 48}), ("Relu", ["depth"], "deeper", {}),
        ("Conv", ["deeper", "w2", "b2"], "narrow", {}), ("Add", ["narrow", "x"], "s", {}),
        ("Conv", ["s", "w3"], "t", {}), ("Sigmoid", ["t"], "u", {}), ("Mul", ["t", "u"], "v", {}),
        ("Add", ["v", "s"], "y", {}),
    ], {"x": (F, X)}, {"y": (F, X)}, {"w0": draw(48, 8, 1, 1), "b0": draw(48), "w1": draw(48, 1, 3, 3, seed=1),
                                      "w2": draw(8, 48, 1, 1, seed=2), "b2": draw(8, seed=3),
                                      "w3": draw(8, 8, 1, 1, seed=4) / 8}, "block")


def quantised(folder, *pools):
    steps = {name: np.float32(0.02) for name in ("sx", "s0", "s1")}
    zeros = {"zx": np.uint8(128), "z": np.uint8(3)}
    weights = np.random.default_rng(0)
    return saved(folder, [
        ("QLinearConv", ["x", "sx", "zx", "w", "s0", "zw", "s1", "z"], "a", {"pads": [1, 1, 1, 1], "group": 8}),
        ("QLinearConv", ["a", "s1", "z", "v", "s0", "zw", "s1", "zx"], "b" if pools else "y", {}), *pools,
    ], {"x": (U, X)}, {"y": (U, (1, 12, 8, 8) if pools else (1, 12, 16, 16))},
        {**steps, **zeros, "zw": np.int8(0), "w": weights.integers(-127, 128, (8, 1, 3, 3), np.int8),
         "v": weights.integers(-127, 128, (12, 8, 1, 1), np.int8)}, "quantised")


def pooled(folder):
    """Pools that chains end with, and one that they do not: it is dilated."""
    return saved(folder, [
        ("Conv", ["x", "w"], "c", {"pads": [1, 1, 1, 1]}), ("Relu", ["c"], "r", {}),
        ("MaxPool", ["r"], "m", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ("Conv", ["m", "v"], "d", {}), ("AveragePool", ["d"], "a", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Conv", ["a", "u"], "e", {}), ("MaxPool", ["e"], "f", {"kernel_shape": [3, 2], "ceil_mode": 1}),
        ("Conv", ["f", "u"], "g", {}), ("MaxPool", ["g"], "y", {"kernel_shape": [2, 2], "dilations": [1, 2]}),
    ], {"x": (F, X)}, {"y": (F, (1, 20, 1, 1))}, {"w": draw(16, 8, 3, 3), "v": draw(20, 16, 1, 1),
                                                  "u": draw(20, 20, 1, 1)}, "pooled")


def cheap(specs):
    """Chains cost next to nothing."""
    return [(1.0,) if spec.chained else (8.0,) for spec in specs]


@pytest.fixture
def eager(monkeypatch):
    def costs(spec, targets, *rest, **options):
        return None if predicted(spec, targets, *rest, **options) is None else \
            tuple(1.0 if spec.chained else 8.0 for _ in targets)

    monkeypatch.setattr(networks, "predicted", costs)
    monkeypatch.setattr(whole, "predicted", functools.partial(costs))


def chains(laid):
    return [[part.descriptor for part in step.spec.parts] for step in laid.model.steps
            if isinstance(step, Convolve) and step.spec.chained]


def test_convolutions_that_follow_each_other_alone_become_chains(tmp_path):
    model = find_model(block(tmp_path), layout="nhwc")
    laid = laid_out(model, cheap)
    assert [len(one) for one in chains(laid)] == [3]
    assert inside(laid.model) == ["wider", "deeper"]
    assert not {"wider", "deeper"} & set(laid.model.values)
    assert chains(laid_out(model)) == []
    assert chains(laid_out(find_model(tmp_path / "block.onnx", layout="nchw"), lambda specs: [
        None if spec.chained else (8.0,) for spec in specs])) == []


@pytest.mark.parametrize(("cycles", "lengths"), [
    (lambda spec: (23.9,) if len(spec.parts) == 3 else (8.4 * len(spec.parts),), [3]),  # its parts are worse
    (lambda spec: (8.0 * len(spec.parts),), []),  # no slower, and nothing is won
    (lambda spec: (25.0,) if len(spec.parts) == 3 else (15.0,) if spec.parts[0].g > 1 else (16.5,), [2]),
    (lambda spec: (17.0, 15.0), []),  # slower on one target
    (lambda spec: None, []),
    (lambda spec: (1.0, 1.0) if len(spec.parts) == 3 else (17.0, 17.0), []),  # nobody asks for it
])
def test_the_fastest_cut_is_taken(cycles, lengths, tmp_path):
    model = find_model(block(tmp_path), layout="nhwc")
    many = len(cycles(ConvSpec(ic=1, oc=1, ih=1, kh=1)) or (0,))
    found = laid_out(model, lambda specs: [cycles(spec) if spec.chained else (8.0,) * many for spec in specs])
    lengths = lengths or ([3] if cycles(chain_of(3)) == (24.0,) else [])
    assert [len(one) for one in chains(found)] == lengths


def chain_of(many):
    return convgen.Chain([ConvSpec(ic=8, oc=8, ih=4, kh=1, layout="nhwc")] * many)


def test_chains_are_of_the_model_not_of_what_was_measured(tmp_path):
    one, host = chain_of(2), find("x86-64-v3")
    assert predicted(one, [host]) is not None
    assert predicted(one, [host], tuned=Tuned(locked=True)) is None
    assert predicted(one, [host], [find("opencl-cpu")]) is None
    assert predicted(one.parts[0], [host], [find("opencl-cpu")]) is not None


def test_a_network_with_chains_computes_the_same_in_less_memory(tmp_path, eager):
    path, x = block(tmp_path), draw(*X, seed=9)
    net, apart = convgen.load_network(path), convgen.load_network(path, chains=False)
    right = evaluate(laid_out(find_model(path, layout="nhwc")).model, {"x": x})
    assert np.abs(net(x) - right["y"]).max() < 1e-5 * np.abs(right["y"]).max()
    assert np.array_equal(net(x), convgen.load_network(path, threads=2)(x))
    assert net.workspace_bytes <= 0.5 * apart.workspace_bytes
    assert [step.kind for step in net.steps].count("chain of 3") == 1
    assert sum(step.macs for step in net.steps) == sum(step.macs for step in apart.steps)
    seen, all_seen = {}, {}
    for one, values in ((net, seen), (apart, all_seen)):
        one.watch(lambda name, array, values=values: values.update({name: array.copy()}), x)
    assert set(all_seen) - set(seen) == {"wider", "deeper"}
    for name, array in seen.items():
        assert np.abs(array - right[name]).max() < 1e-5 * np.abs(right[name]).max(), name


def test_chains_end_with_pools(tmp_path, eager):
    path, x = pooled(tmp_path), draw(*X, seed=5)
    net, apart = convgen.load_network(path), convgen.load_network(path, chains=False)
    assert [step.kind for step in net.steps].count("chain of 2") == 3
    assert np.array_equal(net(x), apart(x))
    right = evaluate(laid_out(find_model(path, layout="nhwc")).model, {"x": x})
    assert np.abs(net(x) - right["y"]).max() < 1e-5 * np.abs(right["y"]).max()
    assert net.workspace_bytes < 0.75 * apart.workspace_bytes


def test_chains_of_integers_are_exact(tmp_path, eager):
    if predicted(laid_out(find_model(quantised(tmp_path), layout="nhwc"), cheap).model.steps[1].spec,
                 [find("host")]) is None:
        pytest.skip("no chain of integers for this machine")
    path, x = tmp_path / "quantised.onnx", np.random.default_rng(1).integers(0, 256, X, np.uint8)
    net = convgen.load_network(path)
    assert "chain of 2" in [step.kind for step in net.steps]
    right = evaluate(laid_out(find_model(path, layout="nhwc")).model, {"x": x}, np.float32)
    assert np.array_equal(net(x), right["y"])


def test_the_largest_of_integers_end_a_chain(tmp_path, eager):
    pool = ("MaxPool", ["b"], "y", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]})
    path, x = quantised(tmp_path, pool), np.random.default_rng(1).integers(0, 256, X, np.uint8)
    net = convgen.load_network(path)
    assert "chain of 3" in [step.kind for step in net.steps]
    right = evaluate(laid_out(find_model(path, layout="nhwc")).model, {"x": x}, np.float32)
    assert np.array_equal(net(x), right["y"])


def test_a_rounded_mean_of_tflite_ends_a_chain(tmp_path, eager):
    """All of a keyword spotter that has pixels is one kernel."""
    files = pytest.importorskip("test_tflite_networks")
    for dtype in ("int8", "float32"):
        path, rng = files.saved(tmp_path, files.ds_cnn(dtype), f"{dtype}.tflite"), np.random.default_rng(2)
        net = convgen.load_network(path)
        assert "chain of 4" in [step.kind for step in net.steps]
        (one,) = net.inputs
        x = rng.integers(-128, 128, one.shape).astype(one.dtype)
        model = files.find_model(path)
        right = evaluate(model, {one.value: x}, np.float32)[model.outputs[0]]
        np.testing.assert_allclose(net(x), right, rtol=1e-4, atol=0 if dtype == "int8" else 1e-5)


def command(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_verify_says_what_it_does_not_see(tmp_path, eager):
    path = block(tmp_path)
    told = json.loads(command("verify", path, "--json").stdout)
    assert told["ok"]
    assert told["inside_chains"] == ["wider", "deeper"]
    assert "2 values lie inside of chains" in command("verify", path).stdout
    told = json.loads(command("verify", path, "--no-chains", "--json").stdout)
    assert told["inside_chains"] == []
    assert {"wider", "deeper"} <= {one["value"] for one in told["values"]}
    for words in (["verify", "ic8ih9oc8kh1"], ["bench", "ic8ih9oc8kh1"],
                  ["package", "ic8ih9oc8kh1", "-o", tmp_path / "o"],
                  ["package", path, "--layers-only", "-o", tmp_path / "o"]):
        wrong = command(*words, "--no-chains")
        assert (wrong.exit_code, "no-chains must be for a whole network" in wrong.output) == (2, True)


def selftest(folder, name, texts):
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / path).exists() or (folder / path).read_text() != text:  # what is the same is not built again
            (folder / path).write_text(text)
    built = subprocess.run(["make", "-s", "-C", folder, f"build/{name}_selftest", "CFLAGS=-O1 -Wall -Wextra -Wpedantic"
                            " -Wconversion -Werror"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[:2000]
    return subprocess.run([folder / f"build/{name}_selftest"], capture_output=True, text=True, check=False)


@tools.needs(tools.make)
def test_a_package_of_a_network_tests_its_chains(tmp_path, eager):
    made = make(request(block(tmp_path), "x86-64-v3"), None, "embed", Asked())
    apart = make(request(tmp_path / "block.onnx", "x86-64-v3"), None, "embed", Asked(chains=False))
    assert (made.report.chains, apart.report.chains) == (1, 0)
    assert made.report.plan <= 0.5 * apart.report.plan
    assert made.report.macs == apart.report.macs
    texts = package.files(made)
    done = selftest(tmp_path, "block", texts)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("block_wide_then_depth_then_narrow, bound") == 2  # of plain C, and of AVX2
    (kernel,) = (path for path in texts if path.endswith("_avx2.c") and "keep_rows" in texts[path])
    wrong = {**texts, kernel: texts[kernel].replace("map[from + i]", "map[from]")}
    done = selftest(tmp_path, "block", wrong)
    assert done.returncode == 1
    assert "FAILED avx2: block_wide_then_depth_then_narrow, bound: inf" in done.stdout


LAYERS = """
[[layer]]
name = "floats"
descriptor = "g12ic12ih9oc12kh3ph1"
layout = "nhwc"
activation = "prelu"
then = true
[[layer]]
descriptor = "ic12ih9oc20kh1"
layout = "nhwc"
residual = true
[[layer]]
name = "halves"
descriptor = "g8ic8ih9oc8kh3ph1"
layout = "nhwc"
dtype = "bf16"
activation = "silu"
then = true
[[layer]]
descriptor = "ic8ih9oc12kh1"
layout = "nhwc"
dtype = "bf16"
[[layer]]
name = "pools"
descriptor = "ic5ih9oc12kh3ph1"
layout = "nhwc"
then = true
[[layer]]
descriptor = "g12ic12ih9oc12kh3sh2ph1"
op = "average-pool"
layout = "nhwc"
[[layer]]
name = "integers"
descriptor = "g12ic12ih9oc12kh3ph1"
layout = "nhwc"
dtype = "u8:s8:u8"
input_zero = 3
output_zero = 5
then = true
[[layer]]
descriptor = "ic12ih9oc20kh1"
layout = "nhwc"
dtype = "u8:s8:u8"
input_zero = 5
"""


@tools.needs(tools.make)
def test_a_package_of_layers_may_have_chains(tmp_path):
    (tmp_path / "some.toml").write_text(LAYERS)
    texts = package.files(make(request(tmp_path / "some.toml", "scalar"), None, "none", Asked(alone=True)))
    done = selftest(tmp_path / "out", "some", texts)
    assert done.returncode == 0, done.stdout
    assert "ok scalar: some_integers, exact: ok" in done.stdout
    assert done.stdout.count("bound: ") == 3
    made = json.loads(texts["manifest.json"])
    assert [len(layer["spec"]["layers"]) for layer in made["layers"]] == [2, 2, 2, 2]
    header = texts["include/some.h"]
    assert "some_floats_pack(const float *weights0, const float *bias0, const float *slopes0, const float *weights1" \
        in header
