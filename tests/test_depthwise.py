"""Depthwise patches: one function for those inside, at the edges, and the smaller ones."""

from __future__ import annotations

import itertools
import re

import msgspec
import pytest
import tools
from test_tiling import ROWS, axis_of, reads, width

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled.depthwise import distinct
from convgen.algorithms.tiled.window import Window, Windows, reach
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.plan.tiling import Segment
from convgen.planner.rank import best
from convgen.run.native import must_run_here
from convgen.verification.report import run_mode


def test_reach_is_the_part_of_a_window_that_lies_on_the_input():
    for spec in ROWS:
        axis = axis_of(spec)
        for start in range(width(spec)):
            for size in {1, 2, 5, width(spec) - start} & set(range(1, width(spec) - start + 1)):
                segment = Segment(start, 1, size, size)
                extent = (size - 1) * spec.sw + (spec.kw - 1) * spec.dw + 1
                begin = start * spec.sw - spec.left
                assert list(range(*reach(axis, segment))) == [c for c in range(extent) if 0 <= begin + c < spec.iw]
                assert reach(axis, segment, copied=True) == (0, extent)
                taps = {m * spec.sw + k * spec.dw for m in range(size) for k in range(spec.kw)
                        if reads(spec, start + m, k)}
                assert taps <= set(range(*reach(axis, segment)))


def test_distinct_inputs_are_counted_without_a_look_at_each():
    for spec in ROWS:
        axis = axis_of(spec)
        for outputs in (1, 2, 3, 8):
            taps = itertools.product(range(outputs), range(axis.k))
            assert distinct(axis, outputs) == len({o * axis.s + k * axis.d for o, k in taps})


FAMILIES = [[Window(rows, columns, top, bottom, left, right) for rows, columns, top, bottom, left, right in family]
            for family in (
                [(3, 2, 0, 5, 0, 4)],
                [(3, 2, 1, 5, 0, 4), (3, 2, 0, 5, 0, 4), (2, 2, 0, 3, 0, 4)],
                [(2, 2, 2, 6, 1, 4), (2, 2, 1, 6, 0, 4), (2, 1, 0, 5, 0, 2), (1, 1, 0, 1, 0, 1)],
                [(1, 1, 3, 3, 0, 3), (1, 1, 0, 3, 0, 0)])]


def holds(condition, window):
    """Whether a condition in C holds for a window; none never does."""
    if condition is None:
        return False
    return eval(condition.replace("&&", "and") or "True", {}, window._asdict())


@pytest.mark.parametrize("family", FAMILIES, ids=len)
def test_conditions_say_what_each_patch_has(family):
    windows = Windows(family)
    for window in family:
        for index in range(7):
            assert holds(windows.row(index), window) == (window.top <= index < window.bottom)
            assert holds(windows.column(index), window) == (window.left <= index < window.right)
        for row, column in itertools.product(range(3), range(2)):
            assert holds(windows.output(row, column), window) == (row < window.rows and column < window.columns)
        for first, end, index in itertools.product(("top", "left"), ("bottom", "right"), range(7)):
            begin = getattr(window, first)
            if begin <= index < getattr(window, end):
                term, number = windows.behind(first, index, 10)
                told = eval(term[0], {}, window._asdict()) * term[1] if term else 0
                assert told + number == (index - begin) * 10


def test_what_all_patches_have_is_not_asked():
    windows = Windows(FAMILIES[1])
    for index in range(1, 3):
        assert windows.row(index) == ""
    assert windows.column(3) == windows.output(1, 1) == ""
    assert windows.column(4) is None
    assert windows.constants() == ()
    assert windows.row(0) == "top == 0"
    assert windows.row(3) == "bottom > 3"
    assert windows.constants() == ("top", "bottom")


def source(target, nr, **fields):
    spec = ConvSpec(**{"ic": 24, "g": 24, "oc": 24, "ih": 20, "iw": 20, "kh": 3, "kw": 3, "padding": "half", **fields})
    plan = next(plan for plan in ALGORITHMS["depthwise"].plans(spec, NAMED[target]) if (plan.mr, plan.nr) == (3, nr))
    return render(plan).source


@pytest.mark.parametrize(("target", "nr", "fields", "patches", "kinds"), [
    ("x86-64-v3", 2, {"layout": "nhwc"}, 1, 9),  # 3 rows at the top and inside, 2 below; columns so too
    ("x86-64-v3", 2, {"layout": "nhwc", "ic": 21, "g": 21, "oc": 21}, 2, 18),  # whole vectors of channels, and a part
    ("x86-64-v3", 3, {"layout": "nhwc", "padding": "valid"}, 1, 0),  # 18 x 18: all alike
    ("x86-64-v3", 2, {}, 2, 6),  # vectors of pixels that begin before the row, and one that ends behind it
    ("scalar", 2, {"layout": "nhwc"}, 1, 9),
])
def test_edges_share_a_function(target, nr, fields, patches, kinds):
    text = source(target, nr, **fields)
    bodies = re.findall(r"^static (?:FOLDED )?void (\w+)\([^;]*?\)\n\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    sums = [name for name, body in bodies if name.startswith(("tile_", "patch_")) and "acc0_0" in body]
    calls = {name: body for name, body in bodies if name.startswith("tile_") and "patch_" in body}
    assert len(sums) == patches
    assert len(calls) == kinds
    assert len(set(calls.values())) == len(calls)  # no two are the same


# --- channels first, by vectors of channels ---

CHANNELS_FIRST = {
    "inside the image": {"g": 19, "ih": 9, "iw": 11, "k": 3},
    "longer than the image": {"g": 21, "ih": 6, "iw": 7, "k": 13},
    "strided and dilated": {"g": 16, "ih": 13, "iw": 12, "k": 3, "s": 2, "d": 2},
    "slopes": {"g": 9, "ih": 7, "iw": 6, "k": 4, "activation": "prelu"},
    "a residual": {"g": 13, "ih": 9, "iw": 9, "k": 5, "residual": True, "activation": "silu"},
    "halfs": {"g": 10, "ih": 8, "iw": 20, "k": 3, "dtype": "f16"},
}


@pytest.mark.parametrize("name", CHANNELS_FIRST)
def test_channels_first_by_vectors_of_channels(name):
    """A copy has channels last, and outputs change places: of patches at every edge, of a last vector in part."""
    tools.require(tools.any_c())
    fields = dict(CHANNELS_FIRST[name])
    g, k, s, d = fields.pop("g"), fields.pop("k"), fields.pop("s", 1), fields.pop("d", 1)
    spec = ConvSpec(g=g, ic=g, oc=g, kh=k, kw=k, sh=s, sw=s, dh=d, dw=d, padding="half", layout="nchw", **fields)
    plans = [plan for plan in ALGORITHMS["depthwise"].plans(spec, NAMED["x86-64-v3"]) if plan.lanes == "oc"]
    large = max(plans, key=lambda plan: (plan.mr * plan.nr, plan.mr))
    for plan in {large, max(plans, key=lambda plan: plan.nr)}:
        assert plan.choices.source == "unpadded"
        kernel = render(plan)
        must_run_here(plan.target, spec)
        conv = kernel.compile()
        for mode in ("exact", "bound", "guard"):
            check = run_mode(conv, mode)
            assert check.ok, f"{plan.label}, {mode}: {check.detail}"


@pytest.mark.parametrize(("before", "after"), [
    ("r0_0 = _mm256_loadu_ps(from)", "r0_0 = _mm256_loadu_ps(from + 1)"),
    ("some_lanes(0, count)", "some_lanes(0, count - 1)"),
    ("from + c * 99 + 3,", "from + c * 99 + 2,")], ids=["row", "last output", "last pixels"])
@tools.needs(tools.any_c)
def test_squares_that_are_wrong_are_seen(before, after):
    """A row of one, the last of its outputs, and where the last square of a row of pixels begins."""
    spec = ConvSpec(g=19, ic=19, oc=19, ih=9, iw=11, kh=3, kw=3, padding="half", layout="nchw")
    plans = [plan for plan in ALGORITHMS["depthwise"].plans(spec, NAMED["x86-64-v3"]) if plan.lanes == "oc"]
    kernel = render(max(plans, key=lambda plan: plan.nr))
    must_run_here(kernel.plan.target, spec)
    assert before in kernel.source
    wrong = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after))
    assert not run_mode(wrong.compile(opt="O1"), "bound").ok


def test_a_long_kernel_on_a_small_image_takes_vectors_of_channels():
    """Most of what vectors of pixels would read there is padding. Few channels fill no vector."""
    def lanes(k, g=384):
        return best(ConvSpec(g=g, ic=g, oc=g, ih=14, iw=14, kh=k, kw=k, padding="same-upper"), "x86-64-v4").lanes

    assert [lanes(k) for k in (3, 5, 13, 31)] == ["ow", "ow", "oc", "oc"]
    assert lanes(13, g=8) == "ow"
