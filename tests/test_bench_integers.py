"""bench of layers that sum integers: their data, libraries in integers, which of them are exact, and what is told."""

from __future__ import annotations

import itertools
import json
import re

import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner

from convgen import api, isolate
from convgen.benchmark import contest, data, rivals, timing
from convgen.benchmark.contest import Arena, Figure, Match
from convgen.benchmark.peaks import Peaks
from convgen.benchmark.rivals import RIVALS, Rival, instructions, problem, worker
from convgen.benchmark.rivals.problem import Setup, clock
from convgen.benchmark.rivals.worker import Difference
from convgen.commands import bench as command
from convgen.commands.main import main
from convgen.errors import ConvgenError, UnsupportedError, VerificationError
from convgen.layer.fields import LAYOUTS
from convgen.layer.quantisation import CLAMPS
from convgen.layer.spec import ConvSpec
from convgen.machine.cpus import cpu_features
from convgen.machine.host import host
from convgen.machine.target import NAMED
from convgen.verification import oracle

DENSE = {"ic": 16, "oc": 24, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half"}
SPEC = ConvSpec(**DENSE, layout="nhwc", dtype="u8:s8:u8", input_zero=7, output_zero=100)
SIGNED = ConvSpec(**DENSE, layout="nhwc", dtype="s8:s8:s8")
TINY = "ic16ih9iw11oc24kh3kw3ph1pw1"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    """A cache that many tests share."""
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.delenv("CC", raising=False)


# --- data ---


@pytest.mark.parametrize("spec", [
    SPEC, SIGNED, SIGNED.replace(input_zero=-128), SPEC.replace(rounding="tflite"), SPEC.replace(bias=False),
    SPEC.replace(dtype="s8:s8:f32", output_zero=0), SPEC.replace(dtype="u8:s8:s32", output_zero=0),
    SPEC.replace(g=16, oc=16), SPEC.replace(layout="nchw", activation="relu")], ids=lambda spec: spec.dtype)
def test_data_are_what_quantisers_make(spec):
    """Weights are symmetric, inputs use their range, and outputs theirs: few are cut, none is far from the others."""
    spec = spec.replace(ih=40, iw=40)
    arrays = data.draw(spec, np.random.default_rng(0))
    assert {role: array.dtype for role, array in arrays.items()} == {
        array.role: array.element.dtype for array in spec.arrays if not array.written}
    x, w, of = arrays["input"], arrays["weights"], spec.arithmetic
    assert -127 <= w.min() < -115
    assert 115 < w.max() <= 127
    symmetric = of.input.signed and not spec.input_zero
    assert (x.min(), x.max()) == (-127 if symmetric else of.input.smallest, of.input.largest)
    y = oracle.convolve(spec, **arrays).y.astype(np.float64)
    if of.quantised:
        low, high = spec.limits
        cut = np.mean((y == low) | (y == high))
        assert 0.001 < cut < (0.6 if spec.activation == "relu" else 0.3)
        assert 25 < y.std() < 90
    elif of.scaled:
        assert 0.5 < y.std() < 2


def test_what_floats_are_measured_on_is_as_before():
    spec = ConvSpec(**DENSE)
    drawn = data.draw(spec, np.random.default_rng(3))
    assert drawn["input"].dtype == np.float32
    assert abs(float(drawn["input"].std()) - 1) < 0.05


@pytest.mark.parametrize("zero", [0, 7])
def test_steps_make_the_layer_again(zero):
    """What a library is told of the real numbers gives back every scale, bit for bit."""
    spec = SPEC.replace(input_zero=zero, activation="relu6", output_scale=2.0**-4)
    arrays = data.draw(spec, np.random.default_rng(0))
    made = problem.make(spec, arrays["input"], arrays["weights"], arrays["bias"], arrays["scale"])
    steps = made.steps
    assert steps.output == 2.0**-4
    assert np.array_equal(np.float32(steps.input) * steps.weights / np.float32(steps.output), arrays["scale"])
    assert np.array_equal(np.rint(made.real_bias / steps.bias.astype(np.float64)), arrays["bias"])
    assert made.clamp == (100, 196)
    assert made._replace(spec=spec.replace(output_zero=0, activation="relu")).clamp is None


# --- who is exact ---

FAKE = """
import numpy as np
from convgen.benchmark.rivals.problem import Setup, clock
from convgen.verification import oracle

DTYPES = ("f32", "u8:s8:u8", "s8:s8:s8")

def version():
    return "1.2"

def sums(layer, w=None):
    spec = layer.spec.replace(weights_layout="oihw", rounding="half-even")
    made = oracle.convolve(spec, layer.x, layer.w if w is None else w, layer.b, scale=layer.scale)
    return spec, made

def right(layer):
    return sums(layer)[1].y

def otherwise(layer):  # ties and what is near them go up
    spec, made = sums(layer)
    y = made.v.astype(np.float32) * layer.scale
    near = np.abs(y - np.floor(y) - 0.5) < 1e-6
    return np.clip(np.where(near, np.ceil(y), np.rint(y)) + spec.output_zero, *spec.limits)

def symmetric(layer):
    return np.maximum(right(layer), -127)

def saturated(layer):  # one sum in 20 is too small
    spec, made = sums(layer)
    v = np.where(np.random.default_rng(0).random(made.v.shape) < 0.05, made.v * 0.5, made.v)
    return np.clip(np.rint(v * layer.scale) + spec.output_zero, *spec.limits)

def reversed_(layer):
    return sums(layer, layer.w[..., ::-1].copy())[1].y

def off_by_one(layer):
    y = right(layer).astype(np.int64)
    y.reshape(-1)[5] += 1 if y.reshape(-1)[5] < layer.spec.limits[1] else -1
    return y

def setups(layer, threads):
    for name, make in FOUND:
        yield Setup(name, clock(lambda: None), lambda make=make: make(layer))

FOUND = [%s]
"""
FAKES = {name: [name] for name in ("right", "otherwise", "symmetric", "saturated", "reversed_", "off_by_one")}
FAKES |= {"both": ["saturated", "right"], "neither": ["off_by_one", "saturated"]}


@pytest.fixture
def fakes(monkeypatch, tmp_path):
    """Made-up libraries of integers; and convgen's own f32."""
    table = {}
    for name, offered in FAKES.items():
        listed = ", ".join(f"({one!r}, {one})" for one in offered)
        (tmp_path / f"whole_{name}.py").write_text(FAKE % listed)
        table[name] = Rival(f"whole_{name}", ("numpy",), name)
    table |= {name: rival for name, rival in RIVALS.items() if rival.in_f32}
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(rivals, "RIVALS", table)


def prepared(monkeypatch, tmp_path, name, spec):
    """What a rival's process says of a layer, here."""
    monkeypatch.setattr(worker, "_trial", lambda setup, cores: 1e-3)
    job = worker.Job(f"whole_{name}", spec, str(contest._store(spec, tmp_path)), 1, None)
    return worker.prepare(msgspec.to_builtins(job))


@pytest.mark.parametrize("name", ["right", "otherwise", "symmetric"])
def test_exact_sums(monkeypatch, tmp_path, fakes, name):
    """The rule's bits; another way to round what is near the middle; a range that ends at −127."""
    found = prepared(monkeypatch, tmp_path, name, SIGNED.replace(ih=50, iw=50))
    (difference,) = found.differences.values()
    assert difference.exact
    assert difference.largest == (name == "symmetric")
    assert (difference.share > 0) == bool(difference.largest)
    assert found.errors[name] < 0.02


@pytest.mark.parametrize("name", ["saturated", "off_by_one"])
def test_sums_that_are_not_exact_are_told_and_measured(monkeypatch, tmp_path, fakes, name):
    found = prepared(monkeypatch, tmp_path, name, SPEC)
    difference = found.differences[name]
    assert not difference.exact
    if name == "off_by_one":
        assert (difference.largest, difference.share) == (1, pytest.approx(1 / (9 * 11 * 24)))
        assert str(difference) == "not exact, ±1 in 0.042%"
    else:
        assert difference.largest > 10
        assert 0.02 < difference.share < 0.06
    assert found.tried[name]


def test_what_has_nothing_to_do_with_the_layer_is_wrong(monkeypatch, tmp_path, fakes):
    with pytest.raises(VerificationError, match=r"reversed_: wrong result \(not exact, ±[0-9]+ in [0-9.]+% of outputs"):
        prepared(monkeypatch, tmp_path, "reversed_", SPEC)


def test_an_exact_set_up_is_taken_before_a_faster_one(monkeypatch, tmp_path, fakes):
    both = prepared(monkeypatch, tmp_path, "both", SPEC)
    assert list(both.differences) == list(both.errors) == list(both.tried) == ["right"]
    assert re.match(r"not exact, ±[0-9]+ in [0-9.]+%", both.refused["saturated"])
    neither = prepared(monkeypatch, tmp_path, "neither", SPEC)
    assert set(neither.differences) == {"off_by_one", "saturated"}


def test_the_kernel_itself_has_the_rules_bits(monkeypatch, tmp_path, fakes):
    kernel = api.generate(SPEC, records=False)
    with Arena(["right"], 1, 1) as arena:
        assert arena.compare(kernel).own.difference == Difference(0, 0.0, True)
    body = re.search(rf"void {kernel.name}\([^;]*?\)\s*{{", kernel.source).end()
    source = f"{kernel.source[:body]}output[0] = 1; return;{kernel.source[body:]}"
    wrong = msgspec.structs.replace(kernel, source=source)
    with Arena(["right"], 1, 1) as arena, pytest.raises(VerificationError, match="wrong result"):
        arena.compare(wrong)
    arrays = data.draw(SPEC, np.random.default_rng(0))
    truth = oracle.convolve(SPEC, **arrays)
    y = truth.y.copy()
    y.reshape(-1)[3] ^= 1
    job = worker.Job(rivals.OWN_MODULE, SPEC, "", 1, None, kernel, "")
    with pytest.raises(ConvgenError, match=r"wrong result \(not exact, ±1 in"):
        worker._check_integers(Setup("one", clock(lambda: None), lambda: y), job, arrays | truth._asdict())


# --- what is told ---


def test_bench_against_on_the_terminal(fakes):
    words = ["bench", TINY, "--layout", "nhwc", "--dtype", "u8:s8:u8", "--input-zero", "7", "--no-records", "--repeats",
             "2", "--against", "right,saturated,f32,f32-direct"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    assert lines[0] == ("u8:s8:u8: input u8, zero point 7; weights s8 in ±127, zero point 0; output u8, zero point 0;"
                        " rounding half-even")
    assert "Gop/s" in lines[2]
    outputs = {line.split()[0]: line for line in lines[3:8]}
    assert " equal " in outputs["convgen"]
    assert " equal " in outputs["right"]
    assert " not exact, ±" in outputs["saturated"]
    assert " real " in outputs["f32"]
    assert " real " in outputs["f32-direct"]
    assert "winograd" not in outputs["f32-direct"]
    assert re.search(r"\n~ not exact, and no best rival: saturated: up to [0-9.]+% of outputs", said.stdout)
    assert re.search(r"Gop/s of products of integers", said.stdout)


def test_bench_against_as_json(fakes):
    words = ["bench", TINY, "--layout", "nhwc", "--dtype", "s8:s8:s8", "--no-records", "--repeats", "2", "--json",
             "--against", "saturated,symmetric,f32"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    (layer,) = json.loads(said.stdout)["layers"]
    assert [layer[field] for field in ("dtype", "input_zero", "output_zero", "rounding")] == [
        "s8:s8:s8", 0, 0, "half-even"]
    found = {one["name"]: one for one in layer["rivals"]}
    assert {name: one["peer"] for name, one in found.items()} == {"saturated": False, "symmetric": True, "f32": False}
    assert found["f32"]["difference"] is None
    assert found["saturated"]["difference"]["exact"] is False
    assert layer["best"] == "symmetric"
    assert layer["ratio"] == pytest.approx(found["symmetric"]["min_s"] / layer["min_s"])
    assert layer["own"]["difference"] == {"largest": 0, "share": 0.0, "exact": True}


def test_a_layer_in_f32_has_no_rival_in_f32(fakes):
    result = api.bench(ConvSpec(**DENSE), against=["right", "f32"], repeats=1, limits=Peaks(1.0, 1.0))
    assert [one.name for one in result.absent] == ["f32"]
    assert result.absent[0].reason == "the layer is in f32 itself"


def test_from_python(fakes):
    result = api.bench(api.generate(SPEC, records=False), against=["right", "f32"], repeats=1)
    assert {one.name: one.peer for one in result.rivals} == {"right": True, "f32": False}
    assert re.search(r"ms, [0-9.e+]+ Gop/s, right ", repr(result))
    assert 0 < result.measured.fma_share < 1.5


def test_tables_of_many(capsys):
    def figure(name, seconds, difference=None, peer=True):
        return Figure(name, "9", "as it comes", 3, (seconds,), 0.0, {"as it comes": 1.0}, {}, difference, peer)

    kernel = api.generate(SPEC, records=False)
    right, near, wrong = Difference(0, 0.0, True), Difference(1, 0.002, True), Difference(90, 0.1, False)
    others = [[figure("onnxruntime", 2.0, right), figure("ncnn", 0.5, wrong, peer=False)],
              [figure("onnxruntime", 8.0, near), figure("ncnn", 9.0, near), figure("f32", 1.0, peer=False)]]
    matches = [Match(figure("convgen", 1.0, right), tuple(one), (), kernel) for one in others]
    rows = [timing.measured(one.kernel, one.own.timing, Peaks(1e-3, 1e-3), (name,))
            for one, name in zip(matches, ("first", "second"), strict=True)]
    command.put_matches(rows, matches)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[3] == "0.0~"
    assert lines[1].split()[-3:] == ["onnxruntime", "2.00", "2.00"]
    assert lines[2].split()[-3:] == ["onnxruntime", "8.00", "8.00"]
    assert "geometric mean of the ratio 4.000, of least times 4.000" in lines
    assert "exact sums, rounded otherwise: onnxruntime: up to 0.2% of outputs differ, by up to 1 (second)" in lines
    assert "~ not exact, and no best rival: ncnn: up to 10% of outputs differ, by up to 90 (first)" in lines


def test_the_peak_of_integers_is_the_rows():
    kernel = api.generate(SPEC, "x86-64-v3", records=False)
    target = kernel.plan.target
    row = timing.measured(kernel, timing.Timing(1, (1.0,)), Peaks(100.0, 1.0))
    assert timing.peak(kernel, Peaks(100.0, 1.0)) == pytest.approx(100 * target.row.deep)
    assert row.fma_share == pytest.approx(2e-9 * kernel.spec.macs / timing.peak(kernel, Peaks(100.0, 1.0)))


# --- the same instructions ---


@pytest.mark.parametrize(("target", "told"), [
    ("x86-64-v3", {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "FBGEMM_ENABLE_INSTRUCTIONS": "AVX2"}),
    ("x86-64-v3-vnni", {"ONEDNN_MAX_CPU_ISA": "AVX2_VNNI", "ATEN_CPU_CAPABILITY": "avx2",
                        "FBGEMM_ENABLE_INSTRUCTIONS": "AVX2"}),
    ("x86-64-v4", {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "ATEN_CPU_CAPABILITY": "avx512",
                   "FBGEMM_ENABLE_INSTRUCTIONS": "AVX512"}),
    ("scalar", None),
])
def test_what_holds_libraries_to_a_target(target, told):
    assert instructions.settings(NAMED[target], instructions.TORCH) == told
    assert instructions.settings(NAMED[target], instructions.OPENVINO) == (
        told and {"ONEDNN_MAX_CPU_ISA": told["ONEDNN_MAX_CPU_ISA"]})
    assert instructions.settings(NAMED[target], ()) is None


def test_a_target_with_all_instructions_holds_nobody():
    assert not instructions.held(host())
    assert instructions.held(NAMED["scalar"]) == bool(host().row.features)


def test_who_cannot_be_held_is_left_out(monkeypatch, fakes):
    seen = []
    monkeypatch.setattr(instructions, "held", lambda target: True)
    monkeypatch.setattr(isolate, "Worker", lambda environment, quiet: seen.append(environment) or 1 / 0)
    monkeypatch.setitem(rivals.RIVALS, "tame", rivals.RIVALS["right"]._replace(variables=("ONEDNN_MAX_CPU_ISA",)))
    with Arena(["right", "tame", "f32"], 1, 1, NAMED["x86-64-v3"]) as arena:
        assert [(one.name, one.reason) for one in arena._absent] == [
            ("right", "cannot be held to the instructions of x86-64-v3")]
        for name in ("convgen", "tame", "f32"):
            with pytest.raises(ZeroDivisionError):
                arena._ask(name, "prepare", None, 1)
    assert [one.get("ONEDNN_MAX_CPU_ISA") for one in seen] == [None, "AVX2", None]


def test_same_instructions_on_the_command_line(monkeypatch, fakes):
    said = CliRunner().invoke(main, ["bench", TINY, "--same-instructions"])
    assert said.exit_code == 2, said.output
    assert "same-instructions must stand with against, for a target in C (against=None, target=host)" in said.stderr
    monkeypatch.setattr(instructions, "held", lambda target: True)
    words = ["bench", TINY, "--same-instructions", "--against", "right", "--repeats", "1", "--no-records", "--target",
             "scalar"]
    said = CliRunner().invoke(main, words)
    assert "left out: right: cannot be held to the instructions of scalar" in said.stdout


# --- the libraries themselves ---

LAYERS = {
    "dense": DENSE,
    "pointwise": {**DENSE, "kh": 1, "kw": 1, "bias": False},
    "strided": {**DENSE, "sh": 2, "sw": 2, "ih": 10, "iw": 14},
    "uneven": {**DENSE, "padding": None, "top": 0, "bottom": 1, "left": 2, "right": 0, "sh": 2, "sw": 2},
    "dilated": {**DENSE, "dh": 2, "dw": 2},
    "depthwise": {**DENSE, "g": 16, "oc": 16},
    "grouped": {**DENSE, "g": 4},
    "first": {**DENSE, "ic": 3},
    "head": {**DENSE, "ic": 32, "oc": 2, "kh": 1, "kw": 1},
    "flipped": {**DENSE, "flip": True},
    "batch": {**DENSE, "n": 2},
    "solid": {"ic": 4, "oc": 8, "id": 5, "ih": 6, "iw": 7, "kd": 3, "kh": 3, "kw": 3, "padding": "half"},
    **{name: {**DENSE, "activation": name, "output_scale": 2.0**-4} for name in ("relu", "relu6", "clip(-1,2)")},
}
ZEROS = {"symmetric": (0, 0), "zeros": (7, 100)}
LIBRARIES = ("onnxruntime", "torch", "openvino", "ncnn", "litert", "mnn")
# library -> (what it cannot do, by layout, type, zero points or layer)
LACKS = {
    "torch": {"s8:s8:s8", "relu6", "clip(-1,2)"},
    "openvino": {"s8:s8:s8 zeros"},
    "ncnn": {"u8:s8:u8", "nhwc", "zeros", "grouped", "batch", "solid"},
    "litert": {"u8:s8:u8", "nchw", "solid", "clip(-1,2)"},
    "mnn": {"grouped", "solid"},
}
INEXACT = {"ncnn": {"depthwise"}}  # whose requantisation is off by more than its rounding
SATURATES = {"torch": {"depthwise"}}  # in FBGEMM, which is then refused for oneDNN
FEW = ("dense", "uneven", "depthwise", "grouped", "first")  # of a library's second layout, and with zero points


def cases(name):
    """(spec, what a library may lack of it) of all layers in one layout, and of a few in more ways."""
    for dtype, layout, zeros in itertools.product(("u8:s8:u8", "s8:s8:s8"), ("nchw", "nhwc"), ZEROS):
        whole = (layout, zeros) == ("nchw" if name == "ncnn" else "nhwc", "symmetric")
        for title, fields in LAYERS.items():
            if whole or title in FEW:
                before, after = ZEROS[zeros]
                spec = ConvSpec(**fields, dtype=dtype, input_zero=before, output_zero=after)
                yield spec.replace(layout=LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")]), {
                    layout, dtype, zeros, title, f"{dtype} {zeros}"}


def test_clamps_are_what_is_tried():
    assert {name.split("(")[0] for name in LAYERS} >= set(CLAMPS) - {"none"}


@pytest.mark.parametrize("name", LIBRARIES)
def test_library(tmp_path, name):
    """It computes every layer that it should, in integers, exactly; else it says what it lacks."""
    if why := rivals.missing(name):
        pytest.skip(why)
    process = isolate.Worker({"OMP_NUM_THREADS": "1"}, quiet=True)
    wrong = []
    try:
        for spec, parts in cases(name):
            payload = {"module": RIVALS[name].module, "spec": msgspec.to_builtins(spec), "threads": 1, "device": None,
                       "data": str(contest._store(spec, tmp_path))}
            lacks = LACKS.get(name, set()) & parts
            try:
                made = process.call("convgen.benchmark.rivals.worker:prepare", payload, 60)
                told = all(one["exact"] for one in made["differences"].values())
                right = not lacks and told != bool(INEXACT.get(name, set()) & parts)
                right &= bool(made["refused"]) <= bool(SATURATES.get(name, set()) & parts)
            except UnsupportedError as error:
                told, right = str(error), bool(lacks)
            if not right:
                wrong.append((sorted(parts), told))
    finally:
        process.kill()
    assert wrong == []


@pytest.mark.parametrize("name", ["torch", "openvino"])
def test_saturating_sums_are_told(tmp_path, name):
    """Without VNNI, oneDNN adds two products in 16 bits, which cut what is larger."""
    if why := rivals.missing(name):
        pytest.skip(why)
    target = NAMED["x86-64-v3"]
    if not set(target.row.features) <= cpu_features():
        pytest.skip("this CPU lacks AVX2")
    process = isolate.Worker(instructions.settings(target, RIVALS[name].variables), quiet=True)
    payload = {"module": RIVALS[name].module, "spec": msgspec.to_builtins(SPEC), "threads": 1, "device": None,
               "data": str(contest._store(SPEC, tmp_path))}
    try:
        made = process.call("convgen.benchmark.rivals.worker:prepare", payload, 60)
    finally:
        process.kill()
    assert made["differences"]
    for difference in made["differences"].values():
        assert not difference["exact"]
        assert difference["largest"] > 10
