"""Splits of an extent into register tiles, by brute force."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import pytest

from convgen import ConvSpec, generate
from convgen.algorithms.tiled.clip import clip
from convgen.layer.spec import Axis
from convgen.plan.tiling import (
    Edge,
    balanced,
    edge_segments,
    largest_parts,
    row_segments,
    touched,
    vector_segments,
    within,
)
from convgen.planner.rank import rank

EXTENTS = range(1, 71)
MOST = (1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 30, 100)


def parts_of(extent, most):
    """Sizes of all the balanced parts."""
    return [run.size for run in balanced(extent, most) for _ in range(run.number)]


def inside(axis, start, size):
    first, last = within(axis, (size - 1) * axis.s + 1)
    return first <= start <= last


def tiles_of(segments):
    """(start, segment) of every single tile, in order."""
    return [(s.start + k * s.width, s) for s in segments for k in range(s.number)]


def assert_side_by_side(segments):
    """No gap and no overlap, from 0 on; `end` is where the next one starts."""
    at = 0
    for segment in segments:
        assert segment.start == at
        assert segment.number >= 1
        assert segment.width >= 1
        at += segment.number * segment.width
        assert segment.end == at


@pytest.mark.parametrize("most", MOST)
def test_balanced_parts_are_few_and_nearly_equal(most):
    for extent in EXTENTS:
        parts = parts_of(extent, most)
        assert sum(parts) == extent
        assert len(parts) == -(-extent // most)
        assert min(parts) >= 1
        assert max(parts) <= most
        assert max(parts) - min(parts) <= 1
        assert parts == sorted(parts, reverse=True)


def test_largest_parts_are_those_of_balanced_splits():
    for extent, most in itertools.product(EXTENTS, MOST):
        sizes = {max(parts_of(extent, size)) for size in range(1, most + 1)}
        assert largest_parts(extent, most) == sorted(sizes)
    assert len(largest_parts(2**31, 2**31)) < 100_000, "few, where nobody can count"


def test_balanced_example():
    assert parts_of(14, 6) == [5, 5, 4]
    assert [run.start for run in balanced(14, 6)] == [0, 10]


def test_extents_that_nobody_can_walk_through():
    """Signals of many samples are planned at once: what is equal is counted, not made."""
    many = 2**50
    axis = Axis("w", many, many, 5, 1, 1, 2, 2)
    assert [segment.edge is None for segment in edge_segments(axis, 7)] == [False, True, True, False]
    assert vector_segments(many + 3, 7, 8)[-1].end >= many + 3
    assert row_segments(many, 7)[-1].end == many


def test_long_kernels_are_planned_without_their_tiles_at_the_padding(monkeypatch):
    """Of which there are half a million for every plan that is refused for them."""
    made = []
    own = Edge.__init__
    monkeypatch.setattr(Edge, "__init__", lambda self, *given: (made.append(1), own(self, *given))[1])
    for layout in ("ncw", "nwc"):
        spec = ConvSpec(g=8, ic=8, oc=8, iw=10**7, kw=1001, dw=512, padding="half", layout=layout)
        assert rank(spec, "x86-64-v3")
    assert len(made) < 100


@pytest.mark.parametrize("most", MOST)
def test_row_segments_are_the_balanced_parts_in_at_most_two_groups(most):
    for extent in EXTENTS:
        segments = row_segments(extent, most)
        assert_side_by_side(segments)
        assert [segment.size for _, segment in tiles_of(segments)] == parts_of(extent, most)
        assert len({segment.size for segment in segments}) == len(segments) <= 2
        assert all(s.width == s.size and s.tail == 0 and s.taps is None for s in segments)


@pytest.mark.parametrize("lanes", [1, 2, 4, 8, 16])
def test_vector_segments_use_every_lane_once(lanes):
    for extent, most in itertools.product(EXTENTS, MOST):
        segments = vector_segments(extent, most, lanes)
        assert_side_by_side(segments)
        tiles = tiles_of(segments)
        assert [segment.size for _, segment in tiles] == parts_of(-(-extent // lanes), most)
        used = []
        for start, segment in tiles:
            assert segment.width == segment.size * lanes
            assert segment.taps is None
            assert 0 <= segment.tail < lanes
            last = segment.tail or lanes  # lanes used of the last vector
            used += range(start, start + (segment.size - 1) * lanes + last)
        assert used == list(range(extent)), (extent, most)
        assert all(s.tail == 0 for s in segments[:-1])
        assert segments[-1].tail == extent % lanes
        if segments[-1].tail:
            assert segments[-1].number == 1


def reads(spec, pixel, kw):
    """Whether kernel column kw of an output pixel falls on the input, by the definition."""
    return 0 <= pixel * spec.sw + kw * spec.dw - spec.left < spec.iw


ROWS = [SimpleNamespace(iw=iw, kw=kw, sw=sw, dw=dw, left=left, right=right)
        for iw in (1, 2, 5, 8, 19) for kw in (1, 2, 3, 5) for sw in (1, 2, 3) for dw in (1, 2, 4)
        for left in (0, 1, 4) for right in (0, 1, 5) if iw + left + right > (kw - 1) * dw]


def width(spec):
    return (spec.iw + spec.left + spec.right - (spec.kw - 1) * spec.dw - 1) // spec.sw + 1


def axis_of(spec):
    return Axis("w", spec.iw, width(spec), spec.kw, spec.sw, spec.dw, spec.left, spec.right)


def test_taps_are_the_pixels_each_kernel_column_reaches():
    for spec in ROWS:
        axis = axis_of(spec)
        for start in range(width(spec)):
            for size in {1, 2, 3, 6, width(spec) - start} & set(range(1, width(spec) - start + 1)):
                reach = [[m for m in range(size) if reads(spec, start + m, kw)] for kw in range(spec.kw)]
                taps = Edge(axis, start, size).taps
                assert inside(axis, start, size) == all(len(rows) == size for rows in reach), (spec, start, size)
                assert [list(range(*rows)) for rows in taps] == reach, (spec, start, size)
                assert all(0 <= low <= high <= size for low, high in taps)


def value(expression, known):
    """Of an integer expression in C, which divides no negative number."""
    condition, _, choices = expression.partition(" ? ")
    if choices:
        yes, _, no = choices.partition(" : ")
        return value(yes if eval(condition, {}, known) else no, known)
    return eval(expression.replace("/", "//"), {}, known)


def test_clips_are_the_kernel_rows_that_meet_the_input():
    for spec in ROWS:
        if spec.left or spec.right:
            clipped = clip(axis_of(spec))
            rows = []
            for ow in range(width(spec)):
                known = {"ow": ow}
                for let in clipped.lets():
                    known[let.name] = value(let.value, known)
                begin, end = value(clipped.begin, known), value(clipped.end, known)
                assert list(range(begin, end)) == [kw for kw in range(spec.kw) if reads(spec, ow, kw)], (spec, ow)
                place = {**known, "x": 0, "kw": begin}
                if begin < end:
                    assert value(clipped.place("x", 10), place) == 10 * (ow * spec.sw + begin * spec.dw - spec.left)
                rows.append((known.get("iw", int(clipped.start) if clipped.start != "iw" else None), begin, end))
            for name, found in zip((clipped.start, clipped.begin, clipped.end), zip(*rows, strict=True), strict=True):
                assert name.isidentifier() == (len(set(found)) > 1), spec  # a variable only where rows differ


@pytest.mark.parametrize("most", [1, 2, 5, 6, 14])
def test_edge_segments_are_the_balanced_tiles_with_those_at_the_padding_apart(most):
    for spec in ROWS:
        axis = axis_of(spec)
        extent = width(spec)
        segments = edge_segments(axis, most)
        assert touched(axis, most) == sum(segment.edge is not None for segment in segments)
        assert_side_by_side(segments)
        tiles = tiles_of(segments)
        assert [segment.size for _, segment in tiles] == parts_of(extent, most)
        for start, segment in tiles:
            edge = None if inside(axis, start, segment.size) else Edge(axis, start, segment.size).taps
            assert segment.taps == edge
            assert segment.width == segment.size
            assert segment.tail == 0
            assert segment.taps is None or segment.number == 1
        for one, other in itertools.pairwise(segments):  # what can be one loop is one loop
            assert one.size != other.size or one.taps is not None or other.taps is not None


LONG = {  # kernels with far more taps than an image has pixels
    "one channel": {"ic": 1, "oc": 1, "iw": 48000, "kw": 20000},
    "channels last": {"ic": 8, "oc": 32, "iw": 48000, "kw": 20000, "layout": "nwc"},
    "few outputs": {"ic": 8, "oc": 2, "iw": 48000, "kw": 20000, "layout": "nwc"},
    "groups": {"ic": 32, "oc": 32, "g": 8, "iw": 48000, "kw": 20000, "layout": "nwc"},
    "depthwise": {"ic": 32, "oc": 32, "g": 32, "iw": 48000, "kw": 4097},
    "both ways": {"ic": 3, "oc": 8, "ih": 512, "iw": 512, "kh": 255, "kw": 255},
}


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4", "scalar", "opencl-gpu"])
@pytest.mark.parametrize("name", LONG)
def test_a_long_kernel_is_planned_at_once_and_printed_short(name, target):
    """Its tiles at the padding are very many: none of their taps is computed for plans that are none, and no file
    writes them all out."""
    start = time.process_time()
    kernel = generate(ConvSpec(padding="half", **LONG[name]), target, records=False)
    assert time.process_time() - start < 3  # 0.1 s, and was up to two minutes
    assert len(kernel.source) < 500_000
