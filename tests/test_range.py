"""Magnitudes: what the head of a kernel says that it holds is held, and plans that hold less than a layer will meet are
left out."""

from __future__ import annotations

import math
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from plans import explained

from convgen.algorithms import ALGORITHMS
from convgen.algorithms.numerics import Growth
from convgen.algorithms.winograd import winograd
from convgen.algorithms.winograd.codelets import codelet
from convgen.algorithms.winograd.toomcook import POINTS, transforms
from convgen.api import Kernel, generate, render
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.formats import NamedSpec, load_layers, to_toml
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED
from convgen.plan.bound import Range
from convgen.planner.bounds import bound_of
from convgen.planner.rank import check, rank
from convgen.tuning import database, records
from convgen.verification import checks, compare, extremes, oracle
from convgen.verification.compare import Wrong

LAYER = ConvSpec(ic=16, oc=16, ih=14, kh=3, padding="half", layout="nhwc")
LONG = ConvSpec(ic=4, oc=4, iw=300, kw=64, padding="half")


def plan_of(spec, family, target="x86-64-v3", **own):
    algorithm = "winograd" if family.startswith("winograd") else "fourier" if family.startswith("fourier") else family
    return next(plan for plan in ALGORITHMS[algorithm].plans(spec, NAMED[target]) if plan.family.startswith(family)
                and all(getattr(plan.choices, name) == value for name, value in own.items()))


# --- what is said ---


def test_growth_is_what_matrices_do_where_no_paths_cancel():
    """For |x| <= 1, an output is at most the sum of its row's magnitudes; and some number on the way may be more."""
    for m, r in POINTS:
        f = transforms(m, r)
        for matrix in (f.bt, f.at):
            outputs, most = codelet(matrix).growth([Fraction(1)] * len(matrix[0]))
            assert all(output >= sum(map(abs, row)) for output, row in zip(outputs, matrix, strict=True))
            assert most >= max(outputs)
    assert codelet(transforms(2, 3).bt).growth([Fraction(1)] * 4)[1] == 2


@pytest.mark.parametrize("family", ["winograd2", "winograd4", "winograd6"])
def test_transforms_overflow_sixteen_times_beyond_their_range_at_most(family):
    """Signs that let an element of V reach its largest exist: the range is no smaller than it must be."""
    plan = plan_of(LAYER, family)
    numbers = winograd.numbers(plan)
    reached = max(sum(map(abs, row)) for row in numbers.h.f.bt) ** 2
    growth = winograd.numerics(plan).growth
    assert reached <= growth.input <= 1.001 * reached
    sums = max(sum(abs(a) * sum(map(abs, g)) * sum(map(abs, b)) for a, g, b in
                   zip(row, numbers.h.f.g, numbers.h.f.bt, strict=True)) for row in numbers.h.f.at) / 3
    assert float(sums) ** 2 <= growth.sums <= 16 * float(sums) ** 2


@pytest.mark.parametrize(("spec", "family", "range"), [
    (LAYER.replace(bias=False), "direct", Range(2.0**128 - 2.0**104, 2.0**128 - 2.0**104, 2.36e36, 0.0)),
    (LAYER, "direct", Range(2.0**128 - 2.0**104, 2.0**128 - 2.0**104, 1.18e36, 1.7e38)),
    (LAYER.replace(dtype="f16"), "direct", Range(65504.0, 65504.0, 227.0, 3.27e4)),
    (LAYER.replace(dtype="f16", activation="relu6"), "direct", Range(65504.0, 65504.0, 1.18e36, 1.7e38)),
    (LAYER.replace(dtype="f16", activation="leaky-relu(-4)"), "direct", Range(65504.0, 65504.0, 56.8, 8.18e3)),
], ids=lambda value: value if isinstance(value, str) else "")
def test_ranges_of_direct_sums(spec, family, range):
    """What memory holds counts too, but where an activation ends it; bias and residual have half."""
    assert bound_of(plan_of(spec, family)).range == range


def test_integers_have_a_proof_instead():
    kernel = generate(LAYER.replace(dtype="u8:s8:s32"), "x86-64-v3")
    assert kernel.bound.range is msgspec.UNSET
    assert " Range " not in kernel.source


def test_sums_that_are_scaled_in_the_end_must_not_overflow_before():
    spec = LAYER.replace(dtype="f32:s8:f32")
    scaled, given = (bound_of(plan_of(spec, "direct", as_given=as_given)).range for as_given in (False, True))
    assert scaled.input == 2.0**128 - 2.0**104
    assert given.input == pytest.approx(2.0**128 / (128 * spec.terms), rel=0.01)


def test_heads_manifests_and_explanations_say_it():
    kernel = render(plan_of(LAYER, "winograd4"))
    text = " ".join(kernel.source.replace("*", "").split())
    said = "nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36,"
    assert f"Range {said}" in text
    assert said in " ".join(kernel.header.split())
    assert "nothing overflows where |x| <= X and |w| <= W, X W <= " in explained(LAYER, "x86-64-v3", "direct")
    assert "X <= 6.94e+36" in kernel.bound.range.conditions


# --- and held ---

EDGES = {
    "direct": (LAYER, "direct"), "reference": (LAYER, "reference"), "winograd2": (LAYER, "winograd2"),
    "winograd4": (LAYER.replace(residual=True, activation="silu"), "winograd4"),
    "winograd6": (LAYER.replace(layout="nchw", bias=False), "winograd6"), "fourier": (LONG, "fourier"),
    "f16": (LAYER.replace(dtype="f16", activation="leaky-relu(2)"), "winograd4"),
    "bf16": (LAYER.replace(dtype="bf16", bias=False), "direct"), "s8": (LAYER.replace(dtype="f32:s8:f32"), "direct"),
}


def largest(kernel):
    conv = Kernel.compile(kernel)
    for what, arrays in checks.largest(conv, np.random.default_rng(3)):
        for compared in checks.compared(what, conv, arrays):
            compare.expect(*compared)


def claiming(kernel, **factors):
    """The kernel with a range that is so many times as large."""
    range = msgspec.structs.replace(kernel.bound.range, **{
        field: times * getattr(kernel.bound.range, field) for field, times in factors.items()})
    return msgspec.structs.replace(kernel, bound=msgspec.structs.replace(kernel.bound, range=range))


@pytest.mark.parametrize("name", EDGES)
def test_nothing_overflows_at_the_end_of_a_range(name):
    """And what claims four times as much is caught."""
    spec, family = EDGES[name]
    plan = plan_of(spec, family, **({"as_given": True} if name == "s8" else {}))
    kernel = render(plan)
    largest(kernel)
    with pytest.raises(Wrong, match="the largest magnitudes: "):
        largest(claiming(kernel, product=4.0 if "winograd" not in family or name == "f16" else 64.0))


def test_transforms_that_forget_their_growth_are_caught(monkeypatch):
    kernel = render(plan_of(LAYER, "winograd4"))
    monkeypatch.setattr(winograd, "_growth", lambda plan: Growth())
    planted = render(kernel.plan)
    assert planted.bound.range.input == 2.0**128 - 2.0**104
    with pytest.raises(Wrong):
        largest(planted)


@pytest.mark.parametrize("target", ["x86-64-v3", "cortex-m4"])
def test_what_weights_become_has_a_range(target):
    """Where there is no double, they are summed in two floats before they are divided."""
    spec = LAYER.replace(ih=4, bias=False)
    plan = plan_of(spec, "winograd4", target)
    held, f = bound_of(plan).range, winograd.numbers(plan).h.f
    rows = f.g if target == "x86-64-v3" else [row for row, _ in f.g_over]
    assert held.weights * float(max(sum(map(abs, row)) for row in rows)) ** 2 == pytest.approx(2.0**128, rel=0.01)


def test_the_largest_data_adds_up():
    """Else a range that is too large would not be seen."""
    kernel = render(plan_of(LAYER, "direct"))
    held = kernel.bound.range
    arrays = extremes.largest(LAYER, held, np.random.default_rng(0))
    assert np.abs(arrays["input"]).max() * np.abs(arrays["weights"]).max() == pytest.approx(held.product, rel=1e-3)
    found = oracle.convolve(LAYER, **arrays)
    assert np.abs(found.v).max() == pytest.approx(LAYER.terms * held.product + held.added, rel=1e-2)


# --- what a layer will meet ---


@pytest.mark.parametrize("dtype", ["f32", "f16", "bf16", "f32:s8:f32"])
def test_the_largest_data_is_finite_in_its_types(dtype):
    """Also what is added to sums in f32, where memory holds less."""
    spec = LAYER.replace(dtype=dtype, residual=True, activation="tanh")
    held = generate(spec, "x86-64-v3", records=False).bound.range
    for role, numbers in extremes.largest(spec, held, np.random.default_rng(0)).items():
        assert np.isfinite(np.asarray(numbers, spec.array(role).element.dtype)).all(), role


def test_plans_that_hold_less_are_left_out():
    """Inputs of 1e37 and weights of 1e-3 are too much for transforms, not for direct sums."""
    spec = LAYER.replace(ic=64, oc=64, ih=56)
    assert generate(spec, "x86-64-v3").plan.family == "winograd4"
    assert generate(spec.replace(range=(1e30, 1.0)), "x86-64-v3").plan.family == "winograd4"
    assert generate(spec.replace(range=(1e37, 1e-3)), "x86-64-v3").plan.family == "winograd2"
    met = spec.replace(range=(2e38, 1e-3))
    assert generate(met, "x86-64-v3").plan.family == "direct"
    assert all(one.plan.algorithm != "winograd" for one in rank(met, "x86-64-v3"))
    text = explained(met, "x86-64-v3")
    assert "winograd4 is left out: it overflows unless X <= 6.94e+36, " in text
    for algorithm, range in (("winograd", met.range), (None, (1e38, 1.0)), ("reference", (1e38, 1.0))):
        for ask in (check, rank):
            with pytest.raises(UnsupportedError, match=r"overflows unless .*X W <= .* \(range=\de\+38,"):
                ask(spec.replace(range=range), "x86-64-v3", algorithm)


def test_plans_of_files_and_records_must_hold_it():
    spec = LAYER.replace(range=(1e38, 1e-3))
    plan = msgspec.structs.replace(plan_of(LAYER, "winograd4"), spec=spec)
    with pytest.raises(InputError, match=r"^plan: winograd4 overflows unless X <= "):
        render(plan)
    record = database.Record(spec="", target="t", device="d", compiler="c", threads=1, convgen="0", printer="",
                            plan=records.plan_text(plan), status="ok")
    assert not list(records.admitted([record], spec, plan.target, None, 1.0))
    assert list(records.admitted([record], LAYER, plan.target, None, 1.0))


def test_a_command_with_a_range_makes_the_file_again():
    kernel = generate(LAYER.replace(range=(1e37, 0.001)), "x86-64-v3")
    assert "--range 1e+37,0.001 " in kernel.source
    assert kernel.name.endswith("_range1e37_0p001")
    done = CliRunner().invoke(main, ["plan", "ic16ih14oc16kh3ph1", "--layout", "nhwc", "--target", "x86-64-v3",
                                     "--range", "1e+37,0.001", "--no-lock"])
    assert done.exit_code == 0
    done = CliRunner().invoke(main, ["plan", "ic16ih14oc16kh3ph1", "--target", "x86-64-v3", "--range", "1e38,1e5"])
    assert done.exit_code == 3


def test_layers_in_files_have_ranges(tmp_path):
    spec = LAYER.replace(range=(1e37, 1))
    path = tmp_path / "layers.toml"
    path.write_text(to_toml([(NamedSpec(spec), "")]))
    assert "range = [1e+37, 1.0]" in path.read_text()
    assert [layer.spec for layer in load_layers(str(path))] == [spec]


@pytest.mark.parametrize("wrong", [5, "12", (1,), (1, 2, 3), (0, 1), (1, -1), (1, math.inf), (math.nan, 1), (True, 1),
                                   (1, "2"), (1, 10**400), {1, 2}], ids=str)
def test_ranges_that_are_none(wrong):
    with pytest.raises(InputError, match=r"range must be the largest .input. and the largest .weight., two finite"):
        LAYER.replace(range=wrong)


def test_integers_take_no_range():
    with pytest.raises(InputError, match="range must not be given where sums are integers"):
        LAYER.replace(dtype="u8:s8:u8", range=(1.0, 1.0))
    done = CliRunner().invoke(main, ["plan", "ic16ih14oc16kh3ph1", "--range", "1"])
    assert done.exit_code == 2


def test_gradients_of_weights_and_of_a_bias_stay_finite():
    """The one sums products of two arrays, the other one of the arrays."""
    spec = LAYER.replace(op="backward-weights", n=2)
    kernel = generate(spec, "scalar", records=False)
    held = kernel.bound.range
    assert "where |x| <= X and |dy| <= W, W <=" in kernel.source
    conv = kernel.compile(opt="O1")
    x, dy = (np.empty(conv.kernel.spec.array(role).tensor, np.float32) for role in ("input", "output_gradient"))
    for largest in (held.weights, held.product):
        dy[...], x[...] = largest, held.product / largest
        made = conv(x, dy)
        assert all(np.isfinite(array).all() for array in made)
        assert max(np.abs(array).max() for array in made) > 1e37
