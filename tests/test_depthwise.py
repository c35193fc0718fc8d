"""Depthwise patches: one function for those inside, at the edges, and the smaller ones."""

from __future__ import annotations

import itertools
import re

import pytest
from test_tiling import ROWS, axis_of, reads, width

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled.window import Window, Windows, reach
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.plan.tiling import Segment


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
