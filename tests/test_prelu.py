"""An activation with a slope for each output channel: an array of the caller's more, wherever arrays go."""

from __future__ import annotations

import itertools
import re

import msgspec
import numpy as np
import pytest
import tools

from convgen import ConvSpec, generate
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.emit import render as emit
from convgen.errors import InputError
from convgen.layer.activation import Activation
from convgen.layer.call import packing, running
from convgen.layer.formats import NamedSpec, load_layers, schema, spec_name, to_toml
from convgen.machine.find import find
from convgen.machine.host import host
from convgen.packaging import output
from convgen.planner.describe import bound_text, command, describe
from convgen.run import build
from convgen.verification import compare, draws, golden, oracle
from convgen.verification.report import run_mode, verify

F32 = np.float32
MODES = ("exact", "bound", "properties", "guard")
BASE = {"ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half", "activation": "prelu"}
SPEC = ConvSpec(ic=5, oc=19, layout="nhwc", **BASE)
# layers for each algorithm, with tails of channels and of pixels
LAYERS = {
    "nchw": {"ic": 5, "oc": 19, "residual": True},
    "nhwc": {"ic": 5, "oc": 19, "layout": "nhwc", "residual": True},
    "no-bias": {"ic": 5, "oc": 19, "layout": "nhwc", "bias": False},
    "groups": {"ic": 8, "oc": 10, "g": 2},
    "blocked": {"ic": 64, "oc": 40, "ih": 5, "iw": 7, "kh": 1, "kw": 1, "padding": "valid", "layout": "nhwc"},
    "depthwise-nchw": {"ic": 7, "oc": 14, "g": 7, "iw": 21, "bias": False},
    "depthwise-nhwc": {"ic": 19, "oc": 19, "g": 19, "layout": "nhwc"},
    "grouped": {"ic": 24, "oc": 24, "g": 6, "layout": "nhwc", "bias": False},
    "dot": {"ic": 33, "oc": 3, "layout": "nhwc"},
    "channels": {"ic": 19, "oc": 21, "layout": "nhwc"},
    "pixels": {"ic": 19, "oc": 21, "bias": False},
    "vectors": {"ic": 8, "oc": 20, "ih": 8, "iw": 8},  # of pixels, as Winograd's for GPUs stores them
}
ONLY = {"grouped": "grouped", "dot": "dot", "depthwise-nchw": "depthwise", "depthwise-nhwc": "depthwise",
        "channels": "winograd", "pixels": "winograd"}


def layer(name, **changes):
    return ConvSpec(**{**BASE, **LAYERS[name], **changes})


def kinds(spec, target):
    """A plan of each kind that a target has: of each algorithm but `tensor`, by where it reads and what lanes are."""
    found = {}
    for algorithm, plan in ((name, plan) for name, one in ALGORITHMS.items() for plan in one.plans(spec, target)):
        blocked = any(loop.dim == "ic" and loop.step > 1 for loop in plan.loops)
        if algorithm != "tensor" and (plan.nr > 1 or algorithm in ("depthwise", "dot", "reference")):
            found.setdefault((algorithm, plan.lanes, getattr(plan.choices, "source", ""), blocked,
                              getattr(plan.choices, "fused", False)), plan)
    return list(found.values())


# --- the layer ---


@pytest.mark.parametrize(("bias", "residual"), list(itertools.product([True, False], repeat=2)))
def test_slopes_are_an_array_and_a_parameter(bias, residual):
    spec = SPEC.replace(bias=bias, residual=residual)
    slopes = spec.array("slopes")
    assert slopes is not None
    assert (slopes.shape, slopes.layout, slopes.when, slopes.written) == ((19,), "o", "pack", False)
    assert list(map(str, packing(spec))) == [
        "const float *weights", "const float *bias", "const float *slopes", "void *packed"]
    taken = [one.array for one in (*packing(spec), *running(spec)) if one.array is not None]
    assert tuple(taken) == spec.arrays
    assert spec.per_channel == (*["bias"] * bias, "slopes")
    assert spec.bytes == spec.replace(activation="relu").bytes + 4 * 19


def test_other_layers_have_none():
    spec = SPEC.replace(activation="leaky-relu")
    assert spec.array("slopes") is None
    assert not spec.slopes
    assert "slopes" not in " ".join(map(str, packing(spec)))


def test_slopes_are_of_the_weights_element():
    assert str(packing(SPEC.replace(dtype="bf16"))[2]) == "const uint16_t *slopes"


def test_texts_round_trip():
    named = NamedSpec(SPEC, "one")
    assert "activation = \"prelu\"" in to_toml([(named, "")])
    assert msgspec.json.decode(msgspec.json.encode(SPEC), type=ConvSpec) == SPEC
    assert re.fullmatch(schema()["$defs"]["forward"]["properties"]["activation"]["pattern"], "prelu")
    assert spec_name(SPEC).endswith("_prelu")
    assert "prelu" in describe(SPEC)[1]
    kernel = generate(SPEC, "scalar", records=False)
    assert "--activation 'prelu'" in command("generate", kernel.plan)
    with pytest.raises(InputError, match="prelu takes 0 parameters, got 1"):
        Activation.parse("prelu(0.2)")


def test_a_file_of_layers_is_read_again(tmp_path):
    (tmp_path / "layers.toml").write_text(to_toml([(NamedSpec(SPEC, "one"), "as it was")]))
    assert load_layers(str(tmp_path / "layers.toml")) == [NamedSpec(SPEC, "one")]


def test_a_kernel_is_found_again_by_its_manifest(tmp_path):
    kernel = generate(SPEC, "scalar", records=False)
    output.write(tmp_path, output.files(kernel))
    (found,) = output.stored(tmp_path)
    assert (found.kernel.spec, found.drift) == (SPEC, [])
    manifest = msgspec.json.decode((tmp_path / f"{kernel.name}.json").read_bytes())
    assert manifest["bytes"]["slopes"] == 4 * 19


def test_what_is_stated():
    """The bound is for slopes up to 1; the header tells their size."""
    kernel = generate(SPEC, "scalar", records=False)
    text = bound_text(SPEC, kernel.bound)
    assert "the activation adds u (0 + 1 (|v| + g S))" in text
    assert "for |slopes| <= 1, else times the largest" in text
    assert f"#define {kernel.name}_SLOPES_BYTES 76\n" in kernel.header
    assert "/* Once: weights, bias and slopes into the order the kernel reads. */" in kernel.header


# --- what is right ---


@pytest.mark.parametrize("layout", ["nchw", "nhwc", "ncw", "ndhwc"])
def test_the_oracle_multiplies_what_is_below_zero(layout):
    """By a loop over the outputs."""
    axes = {"nchw": "hw", "nhwc": "hw", "ncw": "w", "ndhwc": "dhw"}[layout]
    extents = {f"{kind}{axis}": 5 if kind == "i" else 2 for axis in axes for kind in "ik"}
    spec = ConvSpec(n=2, ic=3, oc=4, layout=layout, activation="prelu", **extents)
    arrays = draws.normals(spec, np.random.default_rng(0))
    y, v, s = oracle.convolve(spec, **arrays)
    plain = {role: array for role, array in arrays.items() if role != "slopes"}
    assert (v == oracle.convolve(spec.replace(activation="none"), **plain).y).all()
    assert (s == oracle.convolve(spec.replace(activation="none"), **plain).s).all()
    for at in np.ndindex(v.shape):
        channel = at[-1] if spec.channels_last else at[1]
        assert y[at] == (v[at] if v[at] >= 0 else float(arrays["slopes"][channel]) * v[at])
    with pytest.raises(InputError, match="slopes must have shape"):
        oracle.convolve(spec, **plain)


def test_slopes_that_are_drawn_differ_and_suit_the_bound():
    rng = np.random.default_rng(1)
    for arrays in (draws.normals(SPEC, rng), draws.integers(SPEC, rng)):
        slopes = arrays["slopes"]
        assert slopes.dtype == F32
        assert (np.abs(slopes) <= 1).all()
        assert (slopes != 0).all()
        assert len(set(slopes.tolist())) > 8
    assert (draws.integers(SPEC, rng)["slopes"] * 8 % 1 == 0).all()
    made = golden.recipe(generate(SPEC, "scalar", records=False).plan)
    drawn = golden.arrays(SPEC, made)["slopes"]
    assert (drawn * 8 % 1 == 0).all()
    assert ((drawn != 0) & (np.abs(drawn) <= 1)).all()


def test_data_of_other_layers_is_what_it_was():
    """Nothing is drawn for slopes that a layer has not."""
    spec = SPEC.replace(activation="relu")
    first, second = (draws.integers(spec, np.random.default_rng(3)) for _ in range(2))
    rng = np.random.default_rng(3)
    draws.integers(spec, rng)
    assert all((first[role] == second[role]).all() for role in first)
    again = np.random.default_rng(3)
    for array in sorted(spec.arrays, key=lambda array: array.role != "input"):
        if not array.written:
            again.integers(-8, 8, array.shape)
    assert rng.integers(2**31) == again.integers(2**31)


# --- kernels ---


@pytest.mark.sampled(every=5)
@pytest.mark.parametrize("target", ["scalar", "x86-64-v3", "host"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_of_plan(name, target):
    machine = find(target)
    if not machine.runs_here():
        pytest.skip(f"this CPU is not {target}")
    spec = layer(name)
    plans = kinds(spec, machine)
    if name in ONLY and not (target == "scalar" and name not in ("channels", "pixels")):
        assert ONLY[name] in {plan.algorithm for plan in plans}
    for plan in plans:
        report = verify(render(plan).compile(opt="O1"), MODES)
        assert report.ok, report


@pytest.mark.sampled
@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("name", ["nchw", "nhwc", "depthwise-nchw", "dot"])
def test_other_elements(name, dtype):
    pytest.importorskip("ml_dtypes")
    for plan in kinds(layer(name, dtype=dtype), host())[:4]:
        report = verify(render(plan).compile(opt="O1"), ("exact", "bound"))
        assert report.ok, report


@pytest.mark.sampled(every=5)
@tools.needs_device
@pytest.mark.parametrize("target", ["opencl-cpu", "opencl-gpu"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_of_plan_on_a_device(name, target):
    for plan in kinds(layer(name), find(target)):
        report = verify(render(plan).compile(), ("exact", "bound"))
        assert report.ok, (plan.label, report)


def in_halfs():
    """A kernel whose sums are halfs."""
    target = find("opencl-cpu")
    halved = msgspec.structs.replace(target, device=msgspec.structs.replace(target.device, half=True)).halved
    return emit.render(next(plan for plan in ALGORITHMS["direct"].plans(layer("nhwc", dtype="f16"), halved)
                            if plan.lanes == "oc"))


def test_sums_of_halfs_meet_slopes_in_f32():
    code = in_halfs().source.partition("*/")[2]
    slopes = r"convert_float8\(vload8\(0, slopes\)\)"
    assert re.search(rf"convert_half8\(activate\(convert_float8\(acc0_0\), {slopes}\)\)", code)


@pytest.mark.sampled
@tools.needs_device
@pytest.mark.parametrize(("name", "dtype"), list(itertools.product(["nchw", "nhwc", "groups"], ["f16", "f32"])))
def test_matrix_instructions(name, dtype):
    """Emulated; small tiles, as in test_tensor.py."""
    plans = ALGORITHMS["tensor"].plans(layer(name, dtype=dtype), find("opencl-sm80"))
    for plan in [plan for plan in plans if plan.mr * plan.nr <= 8][:2]:
        report = verify(render(plan).compile(), ("exact", "bound", "properties"))
        assert report.ok, (plan.label, report)


def test_python_takes_slopes():
    kernel = generate(SPEC, "scalar", records=False)
    conv = kernel.compile(opt="O1")
    arrays = draws.normals(SPEC, np.random.default_rng(2))
    x, w, b, slopes = (arrays[role] for role in ("input", "weights", "bias", "slopes"))
    conv.pack(w, b, slopes=slopes)
    y = conv(x)
    conv.pack(weights=w, bias=b, slopes=slopes)
    assert (conv(x) == y).all()
    conv.pack(w, b, slopes=np.ones(19, F32))
    plain = generate(SPEC.replace(activation="none"), "scalar", records=False).compile(opt="O1")
    plain.pack(w, b)
    assert (conv(x) == plain(x)).all()
    with pytest.raises(InputError, match=r"slopes must be given \(slopes=None\)"):
        conv.pack(w, b)
    with pytest.raises(InputError, match=r"slopes must have shape \(19,\)"):
        conv.pack(w, b, slopes=slopes[:-1].copy())
    with pytest.raises(InputError, match="slopes must be None, the layer has none"):
        plain.pack(w, b, slopes=slopes)


def test_slopes_beyond_one_scale_the_bound():
    """"else times the largest": as the head comment says."""
    conv = generate(SPEC, "scalar", records=False).compile(opt="O1")
    arrays = draws.normals(SPEC, np.random.default_rng(4))
    arrays["slopes"] = F32(40) * arrays["slopes"]
    compare.pack(conv, arrays)
    y, v, s = oracle.convolve(SPEC, **arrays)
    error = np.abs(compare.run(conv, arrays) - y)
    largest = float(np.abs(arrays["slopes"]).max())
    assert (error <= largest * conv.kernel.bound.allowed(v, s, y)).all()
    assert largest > 30


# --- mistakes ---

WRONG = {
    "the next channel's": (r"\(slopes( \+ \d+)?\)", lambda found: f"({found[0][1:-1]} + 1)"),
    "the first channel's": (r"\(slopes \+ \d+\)", lambda found: "(slopes)"),
    "the bias": (r"\*slopes = packed \+ \d+", lambda found: "*slopes = bias"),
}


@pytest.mark.parametrize("mistake", WRONG)
@pytest.mark.parametrize("name", ["nchw", "nhwc"])
def test_a_wrong_slope_is_found(name, mistake, monkeypatch):
    """By each mode that compares with the oracle."""
    plan = next(plan for plan in ALGORITHMS["direct"].plans(layer(name), find("x86-64-v3"))
                if plan.nr > 1 and plan.mr > 1 and plan.lanes == ("oc" if name == "nhwc" else "ow"))
    if not plan.target.runs_here():
        pytest.skip("this CPU is not x86-64-v3")
    kernel = emit.render(plan)
    wrong, count = re.subn(WRONG[mistake][0], WRONG[mistake][1], kernel.source)
    assert count
    conv = build.compile(msgspec.structs.replace(kernel, source=wrong), opt="O1")
    for mode in ("exact", "bound"):
        assert not run_mode(conv, mode).ok
