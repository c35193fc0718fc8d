"""Fourier transforms in OpenCL: by vectors, for CPUs, and by groups of work-items, for GPUs. Any device runs both."""

from __future__ import annotations

import itertools
import math

import msgspec
import numpy as np
import pytest
import tools
from plans import altered, explained
from test_algebra import cxx, subject
from test_fourier import LAYERS, plans_of

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.fourier import gpu_view
from convgen.algorithms.fourier.accurate import TWO_FLOATS
from convgen.algorithms.fourier.butterflies import reversed_bits
from convgen.algorithms.fourier.numbers import numbers
from convgen.api import generate, render
from convgen.errors import InputError, UnsupportedError
from convgen.machine.target import NAMED
from convgen.plan.plan import Plan
from convgen.planner.rank import best
from convgen.verification.algebra.proof import prove
from convgen.verification.report import run_mode

needs_device = tools.needs_device
FOURIER = ALGORITHMS["fourier"]
CPU, GPU = NAMED["opencl-cpu"], NAMED["opencl-gpu"]
MODES = ["bound", "properties", "guard"]
QUICK = ("two-parts", "grouped", "last", "rows", "tile-images", "single")
CASES = [pytest.param(name, target, id=f"{name}-{target.name}", marks=[pytest.mark.sweep] * (name not in QUICK))
         for name in LAYERS for target in (CPU, GPU) if list(plans_of(name, target, some=False))]


@pytest.mark.sampled(every=3)
@needs_device
@pytest.mark.parametrize(("name", "target"), CASES)
def test_layers(name, target):
    plans = plans_of(name, target)
    for plan in dict.fromkeys([plans[0], plans[-1]]):
        report = verify(render(plan).compile(), MODES)
        assert report.ok, report
        assert 1e-3 < report.checks[0].figure <= 0.5, "a bound that means something"


BUGS = {  # a root that is off by little, a pair's second block, a product's sign, a frequency, the way back
    "root": ("    *im = y[at][0];", "    *im = 1.0001f * y[at][0];"),
    "second": ("        z[j * 2 + 1] = (uint)column1 <", "        z[j * 2 + 1] = (uint)column0 <"),
    "sign": ("re0_0 = re0_0 - x0.s1 * w0.s1", "re0_0 = re0_0 + x0.s1 * w0.s1"),
    "frequency": ("for (ptrdiff_t f = item; f < 256;", "for (ptrdiff_t f = item; f < 255;"),
    "tasks": ("transform_back(shared, packed, item);", "if (task != 1) transform_back(shared, packed, item);"),
}


@needs_device
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug):
    kernel = render(plans_of("two-parts", GPU)[0])
    right, wrong = BUGS[bug]
    assert right in kernel.source
    conv = msgspec.structs.replace(kernel, source=kernel.source.replace(right, wrong)).compile()
    assert not run_mode(conv, "bound").ok


@needs_device
@pytest.mark.parametrize("name", ["one-block", "tiles"])
def test_packed_roots_are_rounded_once_and_spectra_are_those_of_the_weights(name):
    """Beside NumPy's, in double, their indices with bits reversed."""
    import pyopencl as cl

    plan = plans_of(name, GPU)[0]
    t, spec, conv = numbers(plan), plan.spec, render(plan).compile()
    weights = np.random.default_rng(5).standard_normal(spec.weights_shape).astype(np.float32)
    conv.pack(weights, np.zeros(spec.oc, np.float32))
    packed = np.empty(conv.kernel.packed_bytes // 4, np.float32)
    cl.enqueue_copy(conv.queue, packed, conv._packed)
    packed = packed.astype(np.float64)
    got = packed[: t.turns_at].reshape(spec.oc, t.h.size, t.w.size, 2) @ [1, 1j]
    taps = np.zeros(got.shape)
    taps[:, : spec.kh, : spec.kw] = weights.reshape(spec.oc, spec.kh, spec.kw)
    rows, columns = ([reversed_bits(at, size) for at in range(size)] for size in (t.h.size, t.w.size))
    want = np.conj(np.fft.fft2(taps))[:, rows][:, :, columns] / t.points
    error = np.linalg.norm(got - want, axis=(1, 2)) / np.linalg.norm(want, axis=(1, 2))
    assert error.max() < 2.0**-24 * math.log2(t.points)
    roots = packed[t.roots_at : t.roots_at + 2 * t.roots].reshape(-1, 2) @ [1, 1j]
    exact = np.exp(2j * np.pi * np.round(np.angle(roots) * t.size / (2 * np.pi)) / t.size)
    for part in (np.real, np.imag):
        assert (np.abs(part(roots - exact)) <= 2.0**-24 * np.abs(part(exact)) + 1e-15).all()


def test_powers_are_of_two_floats():
    for words in TWO_FLOATS.powers(1 << 16):
        high, low, im_high, im_low = (float(np.float32(word[:-1])) for word in words)
        assert (np.float32(high + low), np.float32(im_high + im_low)) == (high, im_high)
        assert (high + low) ** 2 + (im_high + im_low) ** 2 == pytest.approx(1.0, abs=2.0**-46)


# --- room ---


@pytest.fixture
def tight(monkeypatch):
    """Room for one row of blocks."""
    monkeypatch.setattr(gpu_view, "ROOM", 1)
    monkeypatch.setattr(gpu_view, "SHARE", 1e-9)


@needs_device
@pytest.mark.parametrize("name", ["grouped", "tile-images"])
def test_rows_of_blocks_pass_through_the_phases_in_turn(tight, name):
    plan = plans_of(name, GPU)[-1]
    kernel = render(plan)
    t = numbers(plan)
    assert len(kernel.phases) == 2 * t.lines > 2
    assert kernel.workspace_bytes == 4 * t.spec.ic * t.slots * t.plane
    report = verify(kernel.compile(), MODES)
    assert report.ok, report


def test_spectra_take_half_of_a_feature_map_where_they_can():
    for layout in ("nchw", "nhwc"):
        spec = ConvSpec(n=32, ic=64, oc=64, ih=224, iw=224, kh=9, kw=9, padding="half", layout=layout)
        plan = best(spec, GPU, "fourier")
        kernel = render(plan)
        assert kernel.workspace_bytes <= spec.bytes // 4
        assert len(kernel.phases) > 2
    depthwise = render(best(ConvSpec(g=64, ic=64, oc=64, ih=56, iw=56, kh=31, kw=31, padding="half"), GPU))
    assert (depthwise.plan.algorithm, depthwise.workspace_bytes, len(depthwise.phases)) == ("fourier", 0, 1)


def test_groups_fit_what_a_device_has():
    spec = ConvSpec(**LAYERS["large"][0])
    small = msgspec.structs.replace(GPU, device=msgspec.structs.replace(GPU.device, local_bytes=16384, group=64))
    sizes = {(plan.choices.size_h * plan.choices.size_w, plan.mr, plan.nr) for plan in FOURIER.plans(spec, small)}
    assert max(points * mr * nr for points, mr, nr in sizes) == 2048
    assert all(items <= 64 for plan in FOURIER.plans(spec, small) for items in render(plan).items)


# --- which plans there are ---


@pytest.mark.parametrize("target", ["opencl-cpu", "opencl-gpu", "opencl-sm80"])
def test_the_planner_takes_it_for_long_kernels_alone(target):
    signal = {"ic": 1, "oc": 1, "iw": 1 << 18}
    tile = {"g": 96, "ic": 96, "oc": 96, "ih": 56, "iw": 56, "padding": "half"}
    for fields, wanted in (({**signal, "kw": 4096}, True), ({**tile, "kh": 31, "kw": 31}, True),
                           ({**signal, "kw": 8}, False), ({**signal, "iw": 40, "kw": 32}, False),
                           ({**tile, "kh": 7, "kw": 7}, False)):
        spec = ConvSpec(**fields)
        assert (best(spec, target).algorithm == "fourier") == wanted, fields
        assert best(spec, target, max_error=0).algorithm != "fourier"


def test_plans_go_through_json_and_say_what_they_do():
    for name, target in itertools.product(("two-parts", "tiles", "square"), (CPU, GPU)):
        for plan in plans_of(name, target):
            assert FOURIER.check(plan) is None
            assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
    assert "times fewer operations" in explained(ConvSpec(**LAYERS["large"][0]), GPU, "fourier")
    kernel = render(plans_of("square", GPU)[0])
    assert "pairs of blocks of the input, transformed), then" in kernel.source.partition("*/")[0]
    assert kernel.items[0] <= kernel.items[1]


@pytest.mark.parametrize(("change", "reason"), [
    ({"fused": True}, "fused must be False"), ({"size_w": 300}, "size_w must be"), ({"mr": 3}, "mr must be")])
def test_a_plan_that_was_changed_is_none(change, reason):
    changed = altered(plans_of("two-parts", GPU)[0], **change)
    assert reason in FOURIER.check(changed)
    with pytest.raises(InputError, match=reason):
        render(changed)


# --- proofs ---


@pytest.mark.parametrize("target", [CPU, GPU], ids=lambda target: target.name)
@pytest.mark.parametrize("name", ["two-parts", "columns", "planes"])
@tools.needs(cxx)
def test_transforms_are_proven(name, target):
    """Also where work-items have a part of the workspace alone, and whose heads break lines in a word."""
    for plan in dict.fromkeys(plans_of(name, target)[:: len(plans_of(name, target)) - 1 or 1]):
        kernel = render(plan)
        proof = prove(subject(kernel))
        assert not proof.finding
        assert proof.outputs == kernel.spec.array("output").count
        assert 0.7 * kernel.bound.roundings < proof.roundings <= kernel.bound.roundings


@tools.needs(cxx)
def test_a_barrier_that_compilers_call_from_several_places():
    """What items wait at is what the text has: of a longer layer, which the proof's compiler optimises."""
    spec = ConvSpec(n=3, ic=3, oc=2, iw=769, kw=64, left=1, layout="nwc", bias=False)
    plan = next(plan for plan in FOURIER.plans(spec, GPU) if (plan.choices.size_w, plan.choices.fused) == (128, False))
    assert not prove(subject(render(plan))).finding


PLANTED = {  # in the place of what, in the text of a target
    "a root's sign": (GPU, "(float)(-im)", "(float)(im)"),
    "a root of another pass": (GPU, "put_root(j * 2,", "put_root(j * 3,"),
    "a tap less": (GPU, "kw = first; kw < end", "kw = first + 1; kw < end"),
    "a bin's neighbour": (GPU, "(weights + term * 512 + f * 2)", "(weights + term * 512 + f * 2 + 2)"),
    "a bin less": (CPU, "f < 512; f += 16", "f < 496; f += 16"),
    "a part's product": (CPU, "re0_0 = re0_0 - b0 * d0", "re0_0 = re0_0 + b0 * d0"),
    "what a float leaves": (CPU, "9.66254299e-10f", "-9.66254299e-10f"),
    "another cosine": (GPU, "0.0490676761f, -1.73993431e-09f", "0.0490676687f, 0.0f"),
    "what a sum loses": (GPU, "(second - taken)", "(second + taken)"),
    "what a product loses": (GPU, " + fma(c[0], d[0], -second)", ""),
    "what another number leaves": (GPU, "{powers[bit][0], powers[bit][1]}", "{powers[bit][0], powers[bit][3]}"),
    "what a float leaves, forgotten": (GPU, "{powers[bit][0], powers[bit][1]}", "{powers[bit][0], 0.0f}"),
    "contracted": (GPU, "#pragma OPENCL FP_CONTRACT OFF\n", ""),
    "another point": (GPU, "spectrum[at] = shared[at];", "spectrum[at] = shared[at ^ 1];"),
    "another's workspace": (CPU, "(ptrdiff_t)worker * 1056", "(ptrdiff_t)worker * 1055"),
}


@pytest.mark.parametrize("name", PLANTED)
@tools.needs(cxx)
def test_planted_bugs_are_refuted(name):
    target, right, wrong = PLANTED[name]
    kernel = render(plans_of("two-parts", target)[0])
    assert right in kernel.source
    assert prove(subject(kernel, source=kernel.source.replace(right, wrong))).finding


def test_layers_that_have_none():
    """Streams, types other than f32, and what has no blocks anywhere."""
    spec = ConvSpec(**LAYERS["two-parts"][0])
    for change, target in itertools.product(({"dtype": "f16"}, {"sw": 2}, {"kw": 31}), (CPU, GPU)):
        assert not list(FOURIER.plans(spec.replace(**change), target)), change
    for target in (CPU, GPU):
        with pytest.raises(UnsupportedError, match="fourier has no plan for this layer"):
            generate(ConvSpec(ic=1, oc=1, kw=300, stream=64, causal=True), target, "fourier")
