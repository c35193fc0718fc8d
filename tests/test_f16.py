"""Arrays of f16 and bf16: right in C and on the devices of this machine. Sums of halfs."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path

import msgspec
import numpy as np
import pytest
import test_opencl
import test_random
import tools

from convgen import ConvSpec, generate, verify
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled.tiled import walk_error
from convgen.api import render
from convgen.errors import InputError, UnsupportedError
from convgen.layer import element
from convgen.layer.element import ARITHMETICS, ELEMENTS
from convgen.layer.formats import load_layers
from convgen.machine.rows import C_ROWS, ISAS, stored
from convgen.machine.target import NAMED
from convgen.plan.bound import Bound
from convgen.plan.written import written
from convgen.planner import rank as planner
from convgen.tuning.records import plan_text, read_plan
from convgen.verification import draws
from convgen.verification.report import run_mode

FOUND = tools.devices()
KEYS = [info.key for info in FOUND]
needs_device = tools.needs_device
F16 = np.float16
WORDS = tuple(name for name in ELEMENTS if name != "f32")
TINY = {"ic": 8, "oc": 12, "ih": 7, "iw": 9, "kh": 3, "kw": 3, "padding": "half", "dtype": "f16"}


def computes_in_f16(target="opencl-cpu"):
    """A named target on a device that has halfs."""
    target = NAMED[target]
    return msgspec.structs.replace(target, device=msgspec.structs.replace(target.device, half=True))


def shrunk(spec):
    """As the layer, with fewer channels and pixels."""
    g = min(spec.g, 19)
    icg, ocg = min(spec.icg, 24), min(spec.ocg, 40)
    return ConvSpec(ic=g * icg, oc=g * ocg, g=g, ih=min(spec.ih, 15), iw=min(spec.iw, 18), kh=spec.kh, kw=spec.kw,
                    sh=spec.sh, sw=spec.sw, dh=spec.dh, dw=spec.dw, top=spec.top, bottom=spec.bottom, left=spec.left,
                    right=spec.right, layout=spec.layout, activation=spec.activation, dtype="f16")


SUITE = {f"{layer.name}-{layout}": layer.spec.replace(layout=layout)
         for layer in load_layers(str(Path(__file__).parent / "suite.toml")) for layout in ("nchw", "nhwc")}


# --- rows ---

@pytest.mark.parametrize("row", C_ROWS.values(), ids=C_ROWS)
def test_each_row_of_c_has_words(row):
    assert stored(row, ARITHMETICS["f32"]) is row
    for dtype in WORDS:
        words = stored(row, ARITHMETICS[dtype])
        assert (words.name, words.memory.name) == (f"{row.name}_{dtype}", dtype)
        assert (words.lanes, words.sums) == (row.lanes, row.sums)
        assert set(words.features) >= set(row.features)
        assert words.widening[0] > 0


def test_an_element_that_a_row_lacks_is_told():
    row = next(row for row in ISAS.values() if row.floats)
    with pytest.raises(UnsupportedError, match=rf"isa {row.name} has no arrays of bf16 \(dtype=bf16\)"):
        stored(row, ARITHMETICS["bf16"])


# --- kernels in C ---

def operations(target):
    """Those of what kernels of these elements are made of; many targets differ in their rows of integers alone."""
    words = [stored(target.row, ARITHMETICS[dtype]) for dtype in WORDS]
    return repr([(row.ops, row.helpers) for row in (target.row, *words)])


HERE = [*{operations(target): name for name, target in reversed(NAMED.items()) if target.runs_here()}.values()][::-1]
VECTORS = [name for name in HERE if NAMED[name].row.lanes > 1] or HERE


@pytest.mark.sampled
@pytest.mark.parametrize("dtype", WORDS)
@pytest.mark.parametrize("target", HERE)
@pytest.mark.parametrize("name", test_opencl.LAYERS)
def test_layers_in_c(name, target, dtype):
    spec = ConvSpec(**test_opencl.LAYERS[name], dtype=dtype)
    kernels = {kernel.title: kernel for algorithm, limit in ((None, 1e-6), (None, 0.0), ("reference", 0.0))
               for kernel in [generate(spec, target, algorithm, max_error=limit, records=False)]}
    for kernel in kernels.values():
        report = verify(kernel.compile())
        assert report.ok, report


@pytest.mark.sampled
@pytest.mark.parametrize("dtype", WORDS)
@pytest.mark.parametrize("first", range(0, 20, test_random.CHUNK))
def test_random_layers_in_c(first, dtype):
    """Any plan of any algorithm."""
    for seed in range(first, first + test_random.CHUNK):
        rnd = random.Random(seed)
        spec = test_random.random_spec(rnd).replace(dtype=dtype)
        target = NAMED[rnd.choice(HERE)]
        found = [list(algorithm.plans(spec, target)) for algorithm in ALGORITHMS.values()]
        kernel = render(rnd.choice(rnd.choice([some for some in found if some])))
        report = verify(kernel.compile(opt="O1"), ("exact", "bound", "guard"), seed=seed)
        assert report.ok, f"seed {seed}: {spec}\n{kernel.plan.loops}\n{report}"


@pytest.mark.sampled(every=7)
@pytest.mark.parametrize("dtype", WORDS)
@pytest.mark.parametrize("name", SUITE)
def test_the_suite_made_small_in_c(name, dtype):
    conv = generate(shrunk(SUITE[name]).replace(dtype=dtype), VECTORS[-1], records=False).compile(opt="O1")
    for mode in ("exact", "bound"):
        check = run_mode(conv, mode)
        assert check.ok, check


@pytest.mark.sweep
@pytest.mark.parametrize("dtype", WORDS)
@pytest.mark.parametrize("name", SUITE)
def test_suite_in_c(name, dtype):
    conv = generate(SUITE[name].replace(dtype=dtype), "host", records=False).compile()
    report = verify(conv, ["exact", "bound"], timeout=600)
    assert report.ok, report


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("each", ["in turn", pytest.param("all", marks=pytest.mark.sweep)])
@pytest.mark.parametrize("source", ["input", "edges", "copy", "local", "widened", "near"])
def test_every_source_in_c(source, each):
    """Each way to read the input, of each algorithm that has it; layers on one target in turn, or on all."""
    layers = [{**TINY, "ic": 24, "oc": 33, "layout": layout, "padding": padding}
              for layout in ("nchw", "nhwc") for padding in ("half", "valid")]
    layers += [{**TINY, "ic": 40, "oc": 40, "g": 40, "iw": 37, "sw": sw, "layout": layout}
               for layout in ("nchw", "nhwc") for sw in (1, 2, 3)]
    layers += [{**TINY, "ic": 32, "oc": 32, "g": 8, "layout": "nhwc"}]
    layers += [{**TINY, "ic": ic, "oc": oc, "kh": 1, "kw": 1, "layout": "nhwc", "n": 2}
               for ic, oc in ((5, 9), (24, 49))]
    seen = set()
    turns = zip(layers, itertools.cycle(VECTORS), strict=False)
    for layer, target in turns if each == "in turn" else itertools.product(layers, VECTORS):
        for name, algorithm in ALGORITHMS.items():
            plans = algorithm.plans(ConvSpec(**layer), NAMED[target])
            plan = next((plan for plan in plans if written(plan).source == source), None)
            if plan is not None:
                seen.add(name)
                report = verify(render(plan).compile(opt="O1"), ("exact", "guard"))
                assert report.ok, f"{plan.label}: {report}"
    assert seen


@pytest.mark.parametrize(("dtype", "old", "new"), [
    ("f16", "_MM_FROUND_TO_NEAREST_INT", "3"), ("bf16", "0x7fff)", "0)"), ("bf16", "0x10000)", "0x20000)")])
@pytest.mark.skipif("x86-64-v4" not in HERE, reason="needs AVX-512")
def test_verify_sees_what_c_rounds_wrong(dtype, old, new):
    spec = ConvSpec(**{**TINY, "ic": 64, "oc": 32, "layout": "nhwc", "dtype": dtype})
    kernel = generate(spec, "x86-64-v4", max_error=0, records=False)
    assert old in kernel.source
    planted = msgspec.structs.replace(kernel, source=kernel.source.replace(old, new))
    report = verify(planted.compile(), ["exact", "bound"])
    assert not all(check.ok for check in report.checks)


@pytest.mark.parametrize("dtype", WORDS)
def test_the_header_of_c_tells_the_type(dtype):
    kernel = generate(ConvSpec(**{**TINY, "dtype": dtype}), "x86-64-v3", max_error=0, records=False)
    assert kernel.name.startswith(f"conv_{dtype}_")
    assert f"/* uint16_t holds {dtype}, " in kernel.header
    assert "#include <stdint.h>" in kernel.header
    assert "_pack(const uint16_t *weights, const uint16_t *bias, void *packed);" in kernel.header
    assert f"_INPUT_BYTES {2 * 8 * 7 * 9}\n" in kernel.header
    assert "--dtype " + dtype in kernel.source
    assert ("-mf16c" in kernel.flags) == (dtype == "f16")


@pytest.mark.parametrize("dtype", WORDS)
def test_numpy_arrays_are_of_the_layers_type(dtype):
    element = ELEMENTS[dtype]
    conv = generate(ConvSpec(**{**TINY, "dtype": dtype}), "scalar", records=False).compile()
    arrays = draws.normals(conv.kernel.spec, np.random.default_rng(0))
    with pytest.raises(InputError, match=f"weights must be {element.numpy} in native byte order"):
        conv.pack(arrays["weights"].astype(np.float32), arrays["bias"])
    conv.pack(arrays["weights"], arrays["bias"])
    y = conv(arrays["input"], threads=3)
    assert y.dtype == element.dtype
    assert y.tobytes() == conv(arrays["input"]).tobytes()


# --- kernels in OpenCL C ---
@pytest.mark.sampled
@needs_device
@pytest.mark.parametrize("target", ["opencl-cpu", "opencl-gpu"])
@pytest.mark.parametrize("name", test_opencl.LAYERS)
def test_layers(name, target):
    spec = ConvSpec(**test_opencl.LAYERS[name], dtype="f16")
    for algorithm, limit in ((None, 1e-6), (None, 0.0), ("reference", 0.0)):
        report = verify(generate(spec, target, algorithm, max_error=limit, records=False).compile())
        assert report.ok, report


@pytest.mark.sampled(every=3)
@needs_device
@pytest.mark.parametrize("name", SUITE)
def test_the_suite_made_small(name):
    conv = generate(shrunk(SUITE[name]), "opencl-cpu", records=False).compile()
    for mode in ("exact", "bound"):
        check = run_mode(conv, mode)
        assert check.ok, check


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", SUITE)
def test_suite(name, key):
    conv = generate(SUITE[name].replace(dtype="f16"), key, records=False).compile()
    report = verify(conv, ["exact", "bound"], timeout=600)
    assert report.ok, report


@pytest.mark.sampled(every=2)
@needs_device
@pytest.mark.parametrize("first", range(0, 40, test_random.CHUNK))
def test_random_layers(first):
    """Any plan of any algorithm."""
    for seed in range(first, first + test_random.CHUNK):
        rnd = random.Random(seed)
        spec = test_random.random_spec(rnd).replace(dtype="f16")
        target = NAMED[rnd.choice(["opencl-cpu", "opencl-gpu"])]
        found = [list(algorithm.plans(spec, target)) for algorithm in ALGORITHMS.values()]
        kernel = render(rnd.choice(rnd.choice([some for some in found if some])))
        report = verify(kernel.compile(), ("exact", "bound", "guard"), seed=seed)
        assert report.ok, f"seed {seed}: {spec}\n{kernel.plan.loops}\n{report}"


@needs_device
@pytest.mark.parametrize(("old", "new"), [("_rte(", "_rtz("), ("_rte(a,", "_rte(a * 1.002f,"), ("_rte(a,", "_rte(-a,")])
def test_verify_sees_what_is_rounded_wrong(old, new):
    """Towards zero: integers of more than 11 bits tell, and errors of a unit."""
    spec = ConvSpec(**{**TINY, "ic": 64, "layout": "nhwc"})
    kernel = generate(spec, "opencl-cpu", max_error=0, records=False)
    assert old in kernel.source
    planted = msgspec.structs.replace(kernel, source=kernel.source.replace(old, new))
    report = verify(planted.compile(), ["exact", "bound"])
    assert [check.ok for check in report.checks] == [False, False]


@needs_device
def test_arrays_are_of_the_layers_type():
    import pyopencl.array

    conv = generate(ConvSpec(**TINY), KEYS[0], records=False).compile()
    arrays = draws.normals(conv.kernel.spec, np.random.default_rng(0))
    x, w, b = arrays["input"], arrays["weights"], arrays["bias"]
    with pytest.raises(InputError, match="weights must be float16 in native byte order"):
        conv.pack(w.astype(np.float32), b)
    conv.pack(w, b)
    y = conv(x)
    assert y.dtype == F16
    there = conv(pyopencl.array.to_device(conv.queue, x))
    assert there.dtype == F16
    assert there.get().tobytes() == y.tobytes()
    with pytest.raises(InputError, match="x must be a NumPy array, or a C-contiguous float16 pyopencl array"):
        conv(pyopencl.array.to_device(conv.queue, x.astype(np.float32)))
    with pytest.raises(InputError, match=r"x must be float16 .*use x.astype\(np.float16\)"):
        conv(x.astype(np.float32))


def test_no_sum_waits_in_the_output():
    """Where it would be rounded from one block of the reduction to the next."""
    spec = {"ic": 512, "oc": 64, "ih": 7, "iw": 7, "kw": 1, "layout": "nhwc"}
    plan = next(plan for plan in ALGORITHMS["direct"].plans(ConvSpec(**spec), NAMED["opencl-cpu"])
                if any(loop.dim == "ic" and loop.step > 1 for loop in plan.loops))
    halfs = msgspec.structs.replace(plan, spec=ConvSpec(**spec, dtype="f16"))
    with pytest.raises(InputError, match="a blocked reduction keeps its sums in the output, where f16 would round"):
        render(halfs)


def test_bound_counts_the_rounding_of_the_output():
    f32, f16 = Bound(10), Bound(10, dtype="f16")
    error = f32.allowed(3.0, 5.0, 3.0)
    assert error == pytest.approx(10 * 2**-24 * 5, rel=1e-5)
    assert f16.allowed(3.0, 5.0, 3.0) == error + 2**-11 * (3 + error) + 2**-25
    own = Bound(10, arithmetic="f16", dtype="f16")
    assert own.gamma == pytest.approx(10 * 2**-11 / (1 - 10 * 2**-11))
    assert own.allowed(3.0, 5.0, 3.0) > own.gamma * 5 + 10 * 2**-25 + 2**-11 * 3


def words(kernel):
    """The text without its line breaks."""
    return " ".join(kernel.source.replace("\n *", " ").split())


def test_the_kernel_tells_its_type():
    kernel = generate(ConvSpec(**TINY), "opencl-cpu", max_error=0, records=False)
    assert kernel.name.startswith("conv_f16_")
    assert " --dtype f16 " in kernel.source
    assert "rounding an output e off to f16 adds 2^-11 (|y| + e) + 2^-25" in words(kernel)
    assert kernel.extensions == ()
    assert f"_INPUT_BYTES {2 * 8 * 7 * 9}\n" in kernel.header
    assert "const cl_half *weights" in kernel.header


# --- sums in f16 ---

SHORT = {**TINY, "kh": 1, "kw": 3, "layout": "nhwc"}
LONG = {"ic": 2048, "oc": 12, "iw": 9, "kw": 1, "dtype": "f16"}


def test_only_a_device_with_halfs_and_a_caller_who_admits_it_gets_sums_in_f16():
    spec, half = ConvSpec(**SHORT), computes_in_f16()
    used = {limit: {e.plan.target.isa for e in planner.rank(spec, half, max_error=limit)} for limit in (0, 1e-6, 1e-2)}
    assert used == {0: {"cl8"}, 1e-6: {"cl8"}, 1e-2: {"cl8", "cl8h"}}
    assert {e.plan.target.isa for e in planner.rank(spec, NAMED["opencl-cpu"], max_error=1e-2)} == {"cl8"}
    assert {e.plan.target.isa for e in planner.rank(spec.replace(dtype="f32"), half, max_error=1e-2)} == {"cl8"}
    assert {e.plan.target.isa for e in planner.rank(ConvSpec(**LONG), half, max_error=1e-2)} == {"cl8"}


def test_who_sums_in_f16():
    """Plain sums only; never of arrays of floats, nor so long that no bound holds."""
    found = set()
    for layer in (*test_opencl.LAYERS.values(), {**TINY, "ic": 32, "oc": 32}):
        for kind in ("opencl-cpu", "opencl-gpu"):
            target = computes_in_f16(kind).halved
            assert target.halved is None
            found |= {name for name, algorithm in ALGORITHMS.items() if name != "reference"
                      for plan in algorithm.plans(ConvSpec(**{**layer, "dtype": "f16"}), target)}
            for algorithm in ALGORITHMS.values():
                assert not any(algorithm.check(plan) is None
                               for plan in algorithm.plans(ConvSpec(**{**layer, "dtype": "f32"}), target))
    assert found == {"direct", "dot", "depthwise", "grouped"}
    plan = next(ALGORITHMS["direct"].plans(ConvSpec(**SHORT), computes_in_f16().halved))
    with pytest.raises(InputError, match=r"sums in f16 must have fewer than 1023 terms \(2048\)"):
        render(msgspec.structs.replace(plan, spec=ConvSpec(**LONG)))


def in_halfs():
    """A plan that sums in f16."""
    ranked = planner.rank(ConvSpec(**SHORT, activation="gelu"), computes_in_f16(), max_error=1e-2)
    return next(estimate.plan for estimate in ranked if estimate.plan.target.isa == "cl8h")


def test_the_text_of_sums_in_f16():
    kernel = render(in_halfs())
    code = kernel.source.partition("*/")[2]
    assert code.lstrip().startswith("#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n")
    assert kernel.extensions == ("cl_khr_fp16",)
    assert kernel.packed_bytes == 2 * (24 * 16 + 16)
    assert "vload_half" not in code
    assert "convert_half8(activate(convert_float8(" in code
    assert kernel.bound.arithmetic == kernel.bound.dtype == "f16"
    assert "u = 2^-11, and 25 2^-25 more; the activation adds 2^-24 (" in words(kernel)
    assert "_cl8h_" in kernel.plan.label


@needs_device
def test_a_device_without_halfs_is_not_asked():
    info = next((info for info in FOUND if not info.half), None)
    if info is None:
        pytest.skip("needs a device that computes in no halfs")
    with pytest.raises(UnsupportedError, match="kernel computes in half, the device does not"):
        render(in_halfs()).compile(device=info.key)


@pytest.mark.parametrize("info", [info for info in FOUND if info.half], ids=lambda info: info.key)
@pytest.mark.parametrize("name", test_opencl.LAYERS)
def test_sums_in_f16_are_right(name, info):
    target, spec = info.target.halved, ConvSpec(**test_opencl.LAYERS[name], dtype="f16")
    for algorithm in ALGORITHMS.values():
        found = [plan for plan in algorithm.plans(spec, target) if algorithm.check(plan) is None]
        for plan in found[:: max(1, len(found) // 2)]:
            report = verify(render(plan).compile())
            assert report.ok, report


def test_a_record_keeps_the_arithmetic():
    plan, half = in_halfs(), computes_in_f16()
    assert read_plan(plan_text(plan), plan.spec, half) == plan
    with pytest.raises(InputError, match="arithmetic must be of the target"):
        read_plan(plan_text(plan), plan.spec, NAMED["opencl-cpu"])


@pytest.mark.parametrize("terms", [9, 64, 576])
def test_errors_to_expect(terms):
    """Those of sums one after the other in NumPy's f16, in 10^5 outputs, are near what is told and never far above."""
    rng = np.random.default_rng(0)
    total, exact, magnitude = np.zeros(100_000, F16), np.zeros(100_000), np.zeros(100_000)
    for _ in range(terms):
        x, w = rng.standard_normal((2, 100_000), np.float32).astype(F16)
        total = total + x * w
        product = x.astype(np.float64) * w
        exact, magnitude = exact + product, magnitude + np.abs(product)
    worst = np.max(np.abs(total - exact) / magnitude)
    assert 0.4 < worst / walk_error(terms, element.F16.roundoff) < 1.5
    assert math.isfinite(walk_error(1, element.F16.roundoff))


def test_halved_rows_have_as_many_lanes():
    halved = [row for row in ISAS.values() if row.floats and row.kind == "floats"]
    assert [row.floats.name for row in halved] == ["cl4", "cl8", "cl16"]
    assert all(row.lanes == row.floats.lanes and row.memory is row.sums is element.F16 for row in halved)
