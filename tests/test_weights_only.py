"""Layers whose weights alone are narrow: s8 with a scale, f16, bf16; input, sums and output are f32. They are packed as
f32, or as they are given, whichever the planner takes for the faster."""

from __future__ import annotations

import itertools
import json

import msgspec
import numpy as np
import pytest
import test_opencl
import tools
from click.testing import CliRunner
from test_package import packaged

from convgen import ConvSpec, generate, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands import package as packaging
from convgen.commands.main import main
from convgen.errors import InputError, VerificationError
from convgen.layer.element import ARITHMETICS, ELEMENTS, WEIGHTS_ONLY
from convgen.layer.network import DistinctLayer, Network, Use
from convgen.machine.isa import words_of
from convgen.machine.rows import C_ROWS, OPENCL_ROWS
from convgen.machine.target import NAMED
from convgen.packaging import files as package
from convgen.plan.written import written
from convgen.planner import rank as planner
from convgen.planner.size import sizes
from convgen.tuning.records import plan_text, read_plan
from convgen.verification import draws, golden, oracle
from convgen.verification.report import run_mode

DTYPES = ("f32:s8:f32", "f32:f16:f32", "f32:bf16:f32")
HERE = [name for name in ("scalar", "cortex-m4", "x86-64-v3", "x86-64-v4") if NAMED[name].runs_here()]
VECTORS = [name for name in HERE if NAMED[name].row.lanes > 1] or HERE
each_dtype = pytest.mark.parametrize("dtype", DTYPES)

DENSE = {"ic": 24, "oc": 33, "ih": 7, "iw": 9, "kh": 3, "kw": 3, "padding": "half"}
HEAD = {"ic": 2048, "oc": 1000, "ih": 1, "iw": 1, "kh": 1, "kw": 1, "layout": "nhwc"}


def spec_of(dtype="f32:s8:f32", **fields):
    return ConvSpec(**{**DENSE, **fields}, dtype=dtype)


# --- the layer ---


def test_the_names_of_types():
    assert {name for name, of in ARITHMETICS.items() if of in WEIGHTS_ONLY} == set(DTYPES)
    found = {name: (of.weights_only, of.has_scale, of.scaled, of.exact) for name, of in ARITHMETICS.items()}
    assert [name for name, flags in found.items() if flags[0]] == ["f32:s8:f32"]
    assert found["f32:s8:f32"] == (True, True, False, False)
    assert found["f32:f16:f32"] == found["f32"] == (False,) * 4
    assert found["u8:s8:u8"] == (False, True, True, True)


@pytest.mark.parametrize("weights_layout", ["oihw", "hwio", "ohwi"])
def test_its_definition(weights_layout):
    """That of the layer of f32 with the weights that integers stand for."""
    spec = spec_of(weights_layout=weights_layout, residual=True, g=3, activation="relu")
    arrays = draws.normals(spec, np.random.default_rng(0))
    assert {role: array.dtype.name for role, array in arrays.items()} == {
        "input": "float32", "weights": "int8", "bias": "float32", "scale": "float32", "residual": "float32"}
    axis = weights_layout.index("o")
    across = np.moveaxis(np.broadcast_to(arrays["scale"], (*[1] * (arrays["weights"].ndim - 1), spec.oc)), -1, axis)
    real = arrays["weights"].astype(np.float64) * across
    plain = {role: array for role, array in arrays.items() if role != "scale"}
    for got, want in zip(oracle.convolve(spec, **arrays),
                         oracle.convolve(spec.replace(dtype="f32"), **plain | {"weights": real}), strict=True):
        assert np.array_equal(got, want)


def test_what_a_caller_hands_over():
    kernel = generate(spec_of(activation="prelu"), "x86-64-v3", "direct", records=False)
    taken = "const int8_t *weights, const float *bias, const float *scale, const float *slopes, void *packed"
    assert f"_pack({taken});" in kernel.header
    assert "const float *input, const void *packed, float *output" in kernel.header
    assert "scale: of each output channel, a positive normal number of f32: w stands for scale w" in kernel.header
    assert "S = sum |x||scale w| + |bias|" in kernel.source
    assert "--dtype f32:s8:f32 " in kernel.source
    halves = generate(spec_of("f32:f16:f32"), "x86-64-v3", records=False)
    assert "_pack(const uint16_t *weights, const float *bias, void *packed);" in halves.header
    assert "-mf16c" in halves.flags


def test_every_row_reads_such_weights():
    for row, of in itertools.product((*C_ROWS.values(), *OPENCL_ROWS.values()), WEIGHTS_ONLY):
        held = words_of(row, of.weights)
        assert (held.memory, held.sums, held.lanes) == (of.weights, row.sums, row.lanes)


@pytest.mark.parametrize(("scale", "told"), [
    (0.0, "0"), (-0.5, "-0.5"), (np.nan, "nan"), (np.inf, "inf"), (1e-40, "1e-40")])
def test_scales_that_are_none(scale, told):
    conv = generate(spec_of(), "scalar", records=False).compile()
    arrays = draws.normals(conv.kernel.spec, np.random.default_rng(0))
    for given, where in ((scale, ""), (np.where(np.arange(33) == 7, scale, 1), r"\[7\]")):
        with pytest.raises(InputError, match=rf"scale must be positive normal numbers of f32 \(scale{where}={told}\)"):
            conv.pack(arrays["weights"], arrays["bias"], given)


def test_scales_are_given_where_there_are_some():
    rng = np.random.default_rng(0)
    conv = generate(spec_of(bias=False), "scalar", records=False).compile()
    arrays = draws.normals(conv.kernel.spec, rng)
    with pytest.raises(InputError, match=r"scale must be given \(scale=None\)"):
        conv.pack(arrays["weights"])
    with pytest.raises(InputError, match=r"weights must be int8 in native byte order \(weights.dtype=<f4\)"):
        conv.pack(arrays["weights"].astype(np.float32), None, 1.0)
    conv.pack(arrays["weights"], None, 0.25)  # one for all
    want = oracle.convolve(conv.kernel.spec, arrays["input"], arrays["weights"], scale=np.full(33, 0.25, np.float32))
    assert np.allclose(conv(arrays["input"]), want.y, rtol=1e-4, atol=1e-4 * want.s.max())
    for dtype in ("f32", "f32:f16:f32"):
        conv = generate(spec_of(dtype, bias=False), "scalar", records=False).compile()
        with pytest.raises(InputError, match=r"scale must be None, the layer has none \(scale is given\)"):
            conv.pack(draws.normals(conv.kernel.spec, rng)["weights"], None, 0.25)
    with pytest.raises(InputError, match=r"output_scale must not be given unless outputs are quantised"):
        spec_of(output_scale=0.5)


# --- kernels ---


@pytest.mark.sampled
@pytest.mark.parametrize(("dtype", "target"), [
    (dtype, target) if (dtype, target) in (("f32:s8:f32", VECTORS[0]), ("f32:f16:f32", VECTORS[-1])) else
    pytest.param(dtype, target, marks=pytest.mark.sweep) for dtype in DTYPES for target in HERE])
@pytest.mark.parametrize("name", test_opencl.LAYERS)
def test_layers_in_c(name, target, dtype):
    report = verify(generate(ConvSpec(**test_opencl.LAYERS[name], dtype=dtype), target, records=False).compile())
    assert report.ok, report


MANY = [
    DENSE | {"residual": True, "activation": "prelu"}, DENSE | {"layout": "nhwc", "bias": False},
    {"ic": 20, "oc": 20, "g": 20, "ih": 9, "iw": 21, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
    {"ic": 32, "oc": 32, "g": 8, "ih": 6, "iw": 9, "kh": 3, "kw": 3, "layout": "nhwc", "weights_layout": "ohwi"},
    {"ic": 100, "oc": 3, "ih": 4, "iw": 9, "kh": 1, "kw": 1, "layout": "nhwc"},
    {"ic": 128, "oc": 40, "ih": 1, "iw": 7, "kh": 1, "kw": 1, "layout": "nhwc", "residual": True},
]


def kinds(spec, target, all_sources=False):
    """A plan of each kind: by algorithm, lanes, whether sums are blocked, and how weights are packed; by size of
    transforms and source of input too, if all are asked for."""
    found = {}
    for algorithm in ALGORITHMS.values():
        for plan in algorithm.plans(spec, NAMED[target]):
            own = written(plan)
            key = plan.algorithm, plan.lanes, own.as_given, any(loop.dim == "ic" for loop in plan.loops[:-4])
            key += (own.source, own.m) if all_sources else ()
            if key not in found or found[key].mr < plan.mr < 8:
                found[key] = plan
    return list(found.values())


@pytest.mark.sampled
@pytest.mark.parametrize(("dtype", "every"), [
    ("f32:s8:f32", False), *(pytest.param(dtype, True, marks=pytest.mark.sweep) for dtype in DTYPES)])
@pytest.mark.parametrize("layer", MANY, ids=lambda layer: str(ConvSpec(**layer).descriptor))
def test_every_kind_of_plan(layer, dtype, every):
    spec = ConvSpec(**layer, dtype=dtype)
    plans = kinds(spec, VECTORS[-1], every)
    assert {written(plan).as_given for plan in plans} == {True, msgspec.UNSET}
    for plan in plans:
        conv = render(plan).compile()
        for mode in ("exact", "bound"):
            check = run_mode(conv, mode)
            assert check.ok, f"{plan.label} {written(plan)}: {check}"


@pytest.mark.sampled
@tools.needs_device
@each_dtype
@pytest.mark.parametrize("target", ["opencl-cpu", "opencl-gpu"])
@pytest.mark.parametrize("name", ["dense", "depthwise", "activated"])
def test_layers_in_opencl(name, target, dtype):
    spec = ConvSpec(**test_opencl.LAYERS[name], dtype=dtype)
    for algorithm, limit in ((None, 1e-6), (None, 0.0), ("reference", 0.0)):
        kernel = generate(spec, target, algorithm, max_error=limit, records=False)
        assert not getattr(kernel.plan.choices, "as_given", False)
        report = verify(kernel.compile())
        assert report.ok, report


def test_exact_data_has_scales_of_several_sizes():
    """Else a kernel could mistake one channel's for another's."""
    spec = spec_of()
    scales = [draws.integers(spec, np.random.default_rng(0))["scale"]]
    scales += [golden.arrays(spec, golden.recipe(planner.best(spec, "scalar", "direct")))["scale"]]
    for scale in scales:
        assert len(set(scale)) == 2
        assert (np.frexp(scale)[0] == 0.5).all()


def as_given(spec, target, algorithm, **wanted):
    """A plan that packs weights so."""
    return next(plan for plan in ALGORITHMS[algorithm].plans(spec, NAMED[target]) if plan.choices.as_given
                and all(getattr(plan, field) == value for field, value in wanted.items()))


def scaled(spec, target, algorithm):
    """A plan that packs them as f32."""
    return next(plan for plan in ALGORITHMS[algorithm].plans(spec, NAMED[target])
                if not getattr(plan.choices, "as_given", False))


@pytest.mark.parametrize(("made", "old", "new"), [
    (lambda: scaled(spec_of(), "scalar", "direct"), "* scale[", "* scale[0 * "),
    (lambda: scaled(spec_of(), "scalar", "winograd"), "* scale[", "* scale[0 * "),
    (lambda: scaled(spec_of(), "scalar", "reference"), "* scale[i / 216]", "* scale[i % 33]"),
    (lambda: as_given(spec_of(g=3), "scalar", "direct", lanes="oc"), "*numbers++ = scale[g * 11",
     "*numbers++ = scale[0 * 11"),
    (lambda: as_given(spec_of(layout="nhwc"), "scalar", "direct", lanes="oc"), "* *(scale", "* *(bias"),
    (lambda: as_given(spec_of(oc=7, layout="nhwc"), VECTORS[0], "dot"), "(y0, _mm256_loadu_ps(scale)",
     "(y0, _mm256_loadu_ps(bias)"),
    (lambda: as_given(spec_of(layout="nhwc"), VECTORS[0], "direct", lanes="oc"), "_mm256_cvtepi8_epi32",
     "_mm256_cvtepu8_epi32"),
], ids=["scaled", "transformed", "reference", "channel", "epilogue", "dot", "signs"])
def test_verify_sees_what_is_scaled_wrong(made, old, new):
    plan = made()
    if not plan.target.runs_here():
        pytest.skip("this CPU lacks the instructions")
    kernel = render(plan)
    assert old in kernel.source
    planted = msgspec.structs.replace(kernel, source=kernel.source.replace(old, new))
    report = verify(planted.compile(), ["exact", "bound"])
    assert not any(check.ok for check in report.checks if "not possible" not in check.detail), report


# --- the plan ---


@pytest.mark.sampled
@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4", "aarch64", "wasm32"])
@each_dtype
def test_a_head_reads_weights_as_they_are_given(dtype, target):
    """It multiplies each of its 2 million weights once."""
    spec = ConvSpec(**HEAD, dtype=dtype)
    plan, before = (generate(one, target, records=False).plan for one in (spec, spec.replace(dtype="f32")))
    if (target, dtype) != ("wasm32", "f32:f16:f32"):  # which widens f16 by many instructions
        assert plan.choices.as_given
        assert sizes(plan).packed < 0.6 * sizes(before).packed
    kernel = render(as_given(spec, target, "direct"))
    numbers = 4 * 1000 * (2 if dtype == "f32:s8:f32" else 1)
    assert kernel.packed_bytes < spec.arithmetic.weights.bytes * 2048 * 1024 + numbers * 1.1


def test_so_does_a_layer_whose_flash_counts():
    spec = ConvSpec(ic=32, oc=24, ih=3, kh=1, layout="nhwc", dtype="f32:s8:f32")
    assert generate(spec, "cortex-m4", optimize="size", records=False).plan.choices.as_given
    assert not generate(spec, "cortex-m4", optimize="speed", records=False).plan.choices.as_given


@each_dtype
def test_a_layer_of_many_pixels_does_not(dtype):
    spec = ConvSpec(ic=64, oc=64, ih=56, iw=56, kh=3, kw=3, padding="half", layout="nhwc", dtype=dtype)
    plan = planner.best(spec, "x86-64-v3")
    assert (plan.algorithm, plan.choices.as_given) == ("winograd", False)
    assert not planner.best(spec, "x86-64-v3", "direct").choices.as_given


def test_who_packs_weights_as_they_are_given():
    found = set()
    for layer, dtype, target in itertools.product(MANY, (*ELEMENTS, *DTYPES), ("x86-64-v3", "opencl-cpu")):
        spec = ConvSpec(**layer, dtype=dtype)
        found |= {(plan.algorithm, dtype, target) for name, algorithm in ALGORITHMS.items() if name != "tensor"
                  for plan in algorithm.plans(spec, NAMED[target]) if getattr(plan.choices, "as_given", False)}
    assert found == set(itertools.product(("direct", "dot"), DTYPES, ("x86-64-v3",)))


def test_files_say_so_where_it_is_so():
    spec = ConvSpec(**HEAD, dtype="f32:s8:f32")
    plan = planner.best(spec, "x86-64-v3")
    assert json.loads(plan_text(plan))["as_given"] is True
    assert read_plan(plan_text(plan), spec, plan.target) == plan
    other = next(one.plan for one in planner.rank(spec, "x86-64-v3") if not one.plan.choices.as_given)
    assert "as_given" not in plan_text(other)
    assert read_plan(plan_text(other), spec, plan.target) == other
    assert "weights in s8" in render(plan).source
    with pytest.raises(InputError, match=r"as_given must be False \(as_given=True\)"):
        read_plan(plan_text(plan), spec.replace(dtype="f32"), plan.target)


def test_bounds_count_what_a_scale_rounds():
    """Of each weight when it is packed; of a sum, and then of the bias."""
    spec = spec_of(layout="nhwc")
    rounds = {dtype: ALGORITHMS["direct"].numerics(scaled(spec.replace(dtype=dtype), "x86-64-v3", "direct")).roundings
              for dtype in ("f32", *DTYPES)}
    terms = rounds["f32"]
    assert rounds == {"f32": terms, "f32:s8:f32": terms + 1, "f32:f16:f32": terms, "f32:bf16:f32": terms}
    for dtype, bias, more in (("f32:s8:f32", True, 2), ("f32:s8:f32", False, 1), ("f32:f16:f32", True, 0)):
        plan = as_given(spec.replace(dtype=dtype, bias=bias), "x86-64-v3", "direct")
        assert ALGORITHMS["direct"].numerics(plan).roundings == terms + more
    for name, target in (("winograd", "x86-64-v3"), ("reference", "scalar"), ("implicit", "opencl-gpu"),
                         ("winograd", "opencl-gpu"), ("depthwise", "x86-64-v3")):
        layer = spec.replace(g=24, oc=24) if name == "depthwise" else spec
        plan, plain = (scaled(layer.replace(dtype=dtype), target, name) for dtype in ("f32:s8:f32", "f32"))
        more = ALGORITHMS[name].numerics(plan).roundings - ALGORITHMS[name].numerics(plain).roundings
        assert more == 1, name


# --- downstream ---

LAYERS = {
    "dense": {**DENSE, "dtype": "f32:s8:f32", "residual": True, "activation": "silu"},
    "wide": {"ic": 16, "oc": 24, "ih": 12, "iw": 12, "kh": 3, "kw": 3, "padding": "half", "dtype": "f32:s8:f32",
             "layout": "nhwc"},
    "head": {"ic": 300, "oc": 40, "ih": 1, "iw": 1, "kh": 1, "kw": 1, "dtype": "f32:s8:f32", "layout": "nhwc"},
    "halves": {**DENSE, "dtype": "f32:f16:f32"},
    "words": {**DENSE, "dtype": "f16"},
    "up": {"g": 2, "ic": 6, "oc": 10, "ih": 6, "iw": 9, "kh": 3, "kw": 4, "sh": 2, "sw": 2, "padding": "same",
           "dtype": "f32:s8:f32", "op": "transposed", "residual": True},
}


def network(weights, optimize, layers=tuple(LAYERS)):
    rng, parts = np.random.default_rng(1), []
    for label in layers:
        spec = ConvSpec(**LAYERS[label])
        arrays = {role: array for role, array in draws.normals(spec, rng).items() if role not in ("input", "residual")}
        parts.append(DistinctLayer(label, spec, (Use(label, **arrays) if weights else Use(label),)))
    return packaged(Network("net", tuple(parts)), "scalar", "embed" if weights else "none", optimize=optimize)


@pytest.mark.skipif(not tools.CC, reason="needs a C compiler")
@pytest.mark.parametrize(("weights", "optimize"), [(False, "size"), (True, "speed")], ids=["layers", "convolutions"])
def test_packages_and_their_self_test(weights, optimize):
    files = package.files(network(weights, optimize))
    lines = selftest_of(files)
    assert len(lines) == len(LAYERS) * (1 + weights) + 1
    assert all(line.startswith("ok") for line in lines)
    if weights:
        return
    files, path = package.files(network(weights, optimize, ("head",))), "src/net_head_scalar.c"
    broken = files[path].replace("* *(scale", "* 0.5f * *(scale")
    assert broken != files[path]
    with pytest.raises(VerificationError, match="FAILED scalar: net_head"):
        selftest_of({**files, path: broken})


def selftest_of(files):
    return packaging.selftest("net", files, NAMED["scalar"], opt="O1")


def test_weights_in_the_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = ConvSpec.parse("ic5ih4oc9kh1", dtype="f32:s8:f32", layout="nhwc")
    arrays = draws.normals(spec, np.random.default_rng(0))
    for role in ("weights", "bias", "scale"):
        np.save(f"{role}.npy", arrays[role])
    words = ["generate", 'ic5ih4oc9kh1n"end"', "--layout", "nhwc", "--dtype", "f32:s8:f32", "--target", "scalar", "-o",
             "out", "--weights", "weights.npy", "--bias", "bias.npy"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "scale must be given" in done.output
    done = CliRunner().invoke(main, [*words, "--scale", "scale.npy"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"end.c", "end_layer.c"}
    assert "scale" in (tmp_path / "out" / "end_layer.h").read_text()


def test_a_type_that_there_is_not():
    with pytest.raises(InputError, match="dtype must be one of f32, f16, bf16, or types of input, weights and"):
        spec_of("f32:s8:s8")
