"""Winograd kernels on layers that have every kind of edge, and the algebra that checks them."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest
from plans import altered

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.winograd.codelets import codelet
from convgen.algorithms.winograd.numbers import numbers, part_of
from convgen.algorithms.winograd.toomcook import transforms
from convgen.api import render
from convgen.machine.host import host
from convgen.machine.target import NAMED
from convgen.verification import filtering, oracle
from convgen.verification.report import MODES, run_mode

WINOGRAD = ALGORITHMS["winograd"]
HERE = host() if host().row.lanes > 1 else NAMED["x86-64-v3"]
ODD = {"ic": 35, "oc": 37, "ih": 11, "iw": 18}  # tails in channels, partial tiles both ways

# name -> (layer, outputs of a tile along an axis that is transformed)
LAYERS = {
    "F(2x2,3x3)": ({**ODD, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "residual": True}, 2),
    "F(4x4,3x3)": ({**ODD, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "activation": "relu6"}, 4),
    "F(4x4,3x3)-first": ({**ODD, "kh": 3, "kw": 3, "padding": "half", "residual": True, "activation": "silu"}, 4),
    "F(6x6,3x3)": ({**ODD, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "flip": True}, 6),
    "F(6x6,3x3)-first": ({**ODD, "kh": 3, "kw": 3, "top": 2, "right": 1, "bias": False}, 6),
    "F(2x2,5x5)": ({**ODD, "kh": 5, "kw": 5, "padding": "half", "layout": "nhwc", "n": 2}, 2),
    "F(4x4,5x5)": ({**ODD, "kh": 5, "kw": 5, "padding": "half", "weights_layout": "ohwi"}, 4),
    "F(4,3)-rows": ({**ODD, "kh": 1, "kw": 3, "left": 1, "layout": "nhwc", "activation": "sigmoid"}, 4),
    "F(4,7)-columns": ({**ODD, "kh": 7, "kw": 1, "padding": "half"}, 2),
    "F(6,3)-1d": ({"ic": 35, "oc": 37, "iw": 40, "kw": 3, "padding": "half", "layout": "nwc"}, 6),
    "groups": ({"ic": 64, "oc": 70, "g": 2, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "padding": "half",
                "layout": "nhwc"}, 4),
    "planes": ({**ODD, "id": 3, "kd": 1, "kh": 3, "kw": 3, "padding": "half", "layout": "ndhwc"}, 2),
    # the last window ends one pixel beyond the image
    "whole-tiles-4x4": ({"ic": 16, "oc": 16, "ih": 8, "iw": 12, "kh": 3, "kw": 3, "padding": "half",
                         "layout": "nhwc"}, 4),
    # the last tiles are smaller ones, which share products with the others
    "nested": ({"ic": 16, "oc": 16, "ih": 14, "iw": 13, "kh": 3, "kw": 3, "padding": "half", "n": 2,
                "layout": "nhwc", "residual": True}, 4),
    "nested-first": ({"ic": 40, "oc": 24, "ih": 7, "iw": 15, "kh": 3, "kw": 3, "padding": "half", "n": 2,
                      "activation": "relu"}, 4),
    "nested-5x5": ({"ic": 16, "oc": 16, "ih": 9, "iw": 6, "kh": 5, "kw": 5, "layout": "nhwc"}, 4),
    "nested-planes": ({"ic": 32, "oc": 32, "id": 2, "ih": 11, "iw": 8, "kd": 1, "kh": 3, "kw": 3, "g": 2, "n": 2,
                       "padding": "half", "layout": "ndhwc"}, 6),
    # tasks share the output channels
    "parts": ({"ic": 35, "oc": 64, "ih": 7, "iw": 9, "kh": 3, "kw": 3, "padding": "half", "n": 2, "layout": "nhwc",
               "residual": True, "activation": "relu"}, 4),
    "parts-first": ({"ic": 35, "oc": 64, "ih": 7, "iw": 6, "kh": 3, "kw": 3, "padding": "half", "n": 2,
                     "residual": True}, 2),
    # planes whose lines lie in one set of L1
    "crowded-first": ({"ic": 19, "oc": 37, "ih": 32, "iw": 32, "kh": 3, "kw": 3, "padding": "half", "residual": True,
                       "activation": "prelu"}, 4),
    "crowded-halfs": ({"ic": 16, "oc": 16, "ih": 64, "iw": 34, "kh": 3, "kw": 3, "top": 1, "bottom": 1, "n": 2,
                       "dtype": "f16", "activation": "relu"}, 2),
    "one-tile": ({"ic": 16, "oc": 16, "ih": 3, "iw": 2, "kh": 3, "kw": 3, "padding": "half"}, 4),
}


def some_plans(name, often):
    """A few plans of a layer: different blocks, tiles, phases."""
    fields, m = LAYERS[name]
    spec = ConvSpec(**fields)
    plans = [plan for plan in WINOGRAD.plans(spec, HERE) if plan.choices.m == m]
    assert plans, name
    whole = next((plan for plan in plans if plan.choices.fused and nested(plan)), plans[-1])
    apart = [plan for plan in plans if part_of(plan)]
    picked = [*plans[:: max(1, len(plans) // often)][:often], whole,
              next(plan for plan in plans if not plan.choices.fused),
              *apart[:1], *apart[-1:]]
    return list(dict.fromkeys(picked))


def nested(plan):
    t = numbers(plan)
    return t.h.nested or t.w.nested


@pytest.mark.sampled(every=3)
@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    for plan in some_plans(name, 2):
        report = verify(render(plan).compile(opt="O1"), list(MODES))
        assert report.ok, report
        figures = {check.mode: check.figure for check in report.checks}
        assert 0.001 < figures["bound"] <= 1, "a bound that means something"


@pytest.mark.sweep
@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
@pytest.mark.parametrize(("m", "k"), [(2, 3), (4, 3), (6, 3), (2, 5), (4, 5)])
def test_a_million_outputs_within_the_bound(m, k):
    spec = ConvSpec(ic=256, oc=128, ih=64, iw=64, kh=k, kw=k, padding="half", layout="nhwc")
    plan = next(plan for plan in WINOGRAD.plans(spec, HERE)
                if plan.choices.m == m and plan.choices.fused and plan.mr > 3)
    conv = render(plan).compile()
    for seed in range(2):  # two kinds of data of 524,288 outputs each
        check = run_mode(conv, "bound", seed)
        assert check.ok, check


def small(k, m, layout="nhwc", ends=False, **more):
    spec = ConvSpec(ic=16, oc=16, ih=7, iw=9, kh=k, kw=k, padding="half", layout=layout, **more)
    return next(plan for plan in WINOGRAD.plans(spec, HERE) if plan.choices.m == m and nested(plan) == ends)


def test_nested_layers_nest():
    for name in LAYERS:
        plans = some_plans(name, 2)
        assert not name.startswith("nested") or {plan.choices.fused for plan in plans if nested(plan)} == {False, True}


def test_parts_of_the_output_channels():
    """Halves and quarters in whole vectors, where tiles are few; never of groups, or where phases follow each other."""
    spec = ConvSpec(ic=32, oc=12 * HERE.row.lanes, ih=7, iw=9, kh=3, kw=3, padding="half", layout="nhwc")
    plans = list(WINOGRAD.plans(spec, HERE))
    assert {part_of(plan) for plan in plans} == {0, 6 * HERE.row.lanes, 3 * HERE.row.lanes}
    assert all(WINOGRAD.tasks(plan) == spec.oc // part_of(plan) for plan in plans if part_of(plan))
    for other in (spec.replace(oc=spec.oc + 2), spec.replace(g=2), spec.replace(ih=200), spec.replace(n=64)):
        assert not any(part_of(plan) for plan in WINOGRAD.plans(other, HERE)), other
    plan = next(plan for plan in plans if part_of(plan))

    def parted(size, **changes):
        loops = tuple(msgspec.structs.replace(loop, step=size) if loop.dim == "oc" and loop.bind == "task" else loop
                      for loop in plan.loops)
        return WINOGRAD.check(msgspec.structs.replace(plan, loops=loops, **changes))

    assert parted(part_of(plan)) is None
    for size in (spec.oc, 5 * HERE.row.lanes, 3):
        assert f"(loops[2]='task oc by {size}')" in parted(size)
    assert "(loops[2]='task oc by" in parted(part_of(plan), spec=spec.replace(g=2))


@pytest.mark.parametrize(("layout", "m", "k", "ends"), [
    ("nhwc", 2, 3, False), ("nhwc", 4, 3, False), ("nhwc", 4, 5, False), ("nchw", 2, 5, True), ("nhwc", 4, 3, True)])
def test_magnitudes_are_sums_over_the_transforms(layout, m, k, ends):
    """One output by loops over the definition."""
    plan = small(k, m, layout, ends)
    spec = plan.spec
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in (spec.input_shape, spec.weights_shape))
    got = oracle.channels_first(spec, filtering.magnitudes(plan, x, w))
    (h, v), pad = filtering.lines(plan), k // 2
    padded = np.pad(oracle.channels_first(spec, x)[0, :, 0].astype(float), ((0, 0), (pad, 20), (pad, 20)))
    taps = oracle.cross_weights(spec, w)[:, :, 0].astype(float)
    g_h, g_v = (line.g / line.over[:, None] for line in (h, v))
    for oc, y, column in ((0, 0, 0), (3, 5, 8), (15, 6, 2)):
        (ty, i), (tx, j) = divmod(y, m), divmod(column, m)
        want = 0.0
        for ic, p, q in itertools.product(range(spec.ic), range(h.f.n), range(h.f.n)):
            u = abs(g_h[p] @ taps[oc, ic] @ g_v[q])
            d = abs(padded[ic, ty * m : ty * m + h.f.n, tx * m : tx * m + h.f.n])
            want += h.a[ty, i, p] * v.a[tx, j, q] * u * (h.b[ty, p] @ d @ v.b[tx, q])
        assert got[0, oc, 0, y, column] == pytest.approx(want, rel=1e-9)


def test_magnitudes_are_no_less_than_a_direct_sums():
    for k, m in ((3, 2), (3, 4), (3, 6), (5, 4)):
        plan = small(k, m)
        rng = np.random.default_rng(1)
        arrays = [rng.standard_normal(shape).astype(np.float32) for shape in (
            plan.spec.input_shape, plan.spec.weights_shape, (plan.spec.oc,))]
        assert (filtering.magnitudes(plan, *arrays) >= oracle.convolve(plan.spec, *arrays).s * (1 - 1e-9)).all()


def test_a_nan_reaches_its_tiles_and_no_others():
    plan = small(3, 4)
    seen = filtering.touched(plan, (0, 0, 0, 0, 0))
    assert seen[0, :4, :4].all()
    assert np.count_nonzero(seen) == 4 * 4 * plan.spec.oc
    seen = filtering.touched(small(3, 4, ends=True), (0, 0, 0, 0, 6))  # 9 columns are 4 + 4 + 1
    assert not seen[0, :, 8].any()
    seen = filtering.touched(plan, (0, 0, 0, 4, 4))  # the last of one window: only its last output sees that
    assert seen[0, 3:, 3:8].all()
    assert np.count_nonzero(seen) == 4 * 5 * plan.spec.oc


@pytest.mark.parametrize(("values", "unit"), [([1.0, 3.0], 1), ([0.5, 2.0], 0.5), ([0.0], 1), ([0.75, 0.0], 0.25)])
def test_grain(values, unit):
    assert filtering.grain(np.array(values)) == unit


def test_plans_say_how_they_transform():
    plan = small(3, 4)
    kernel = render(plan)
    assert plan.label.count("winograd4") == 1
    assert kernel.bound.amplification == pytest.approx(97.35, rel=1e-3)
    for text in (kernel.source, kernel.header):
        assert "times that of a direct sum" in " ".join(text.split()).replace(" * ", " ")
    other = altered(plan, m=2, loops=small(3, 2).loops)
    assert render(other).source != kernel.source


def test_roundings_count_every_tile():
    """On the longest path through both transforms, which is shorter than the longest of each."""
    whole, ends = (WINOGRAD.numerics(small(3, 4, ends=ends)).roundings for ends in (False, True))
    t, fused = transforms(4, 3), HERE.row.fused
    into = codelet(t.bt).roundings(fused)
    both = max(codelet(t.at).roundings(fused, into))
    assert max(into) < both < max(into) + max(codelet(t.at).roundings(fused))
    assert whole == 16 + 1 + 1 + 2 * both
    assert ends >= whole


@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
def test_lines_of_planes_that_crowd_a_set_are_written_one_channel_after_another():
    near = msgspec.structs.replace(HERE.caches[0], size=16 << 10, ways=4)  # 64 sets
    small = msgspec.structs.replace(HERE, caches=(near, *HERE.caches[1:]))
    spec = ConvSpec(ic=16, oc=19, ih=32, iw=32, kh=3, kw=3, padding="half", residual=True, activation="relu")
    plan = next(plan for plan in WINOGRAD.plans(spec, small) if plan.choices.fused)
    assert numbers(plan).staged
    assert not numbers(next(iter(WINOGRAD.plans(spec.replace(ih=33), small)))).staged
    report = verify(render(plan).compile(opt="O0"), ("exact", "bound", "guard"))
    assert report.ok, report
