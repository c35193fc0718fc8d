"""Element types: each row says of its numbers what NumPy does, and bounds take it from there."""

from __future__ import annotations

import sys

import ml_dtypes
import numpy as np
import pytest

from convgen.errors import MissingToolError
from convgen.layer import element
from convgen.layer.element import ELEMENTS, F32
from convgen.plan.bound import Bound

each = pytest.mark.parametrize("row", ELEMENTS.values(), ids=list(ELEMENTS))


@each
def test_a_row_says_what_numpy_does(row):
    facts = ml_dtypes.finfo(row.dtype)
    assert row.dtype.itemsize == row.bytes
    assert (row.mantissa, row.largest, row.least) == (
        facts.nmant + 1, float(facts.max), float(facts.smallest_subnormal))


@each
def test_rounding_moves_a_number_by_no_more_than_it_says(row):
    """In halves of a step: just as far, where it is not too small to count."""
    middle = np.array([1 + 2.0**-row.mantissa, row.least / 2])
    moved = np.abs(middle.astype(row.dtype).astype(np.float64) - middle)
    assert moved[0] == row.roundoff
    assert moved[1] == row.least / 2
    assert row.underflow in (0.0, moved[1])
    assert row.rounds == (np.float32(1 + 2.0**-23).astype(row.dtype) != np.float32(1 + 2.0**-23))


@each
def test_the_nearest_number_is_found_in_one_rounding(row):
    """Around the middle of neighbours, and of what has none: nearer than f32 tells."""
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**(8 * row.bytes), 5000, np.uint64).astype(f"u{row.bytes}")
    with np.errstate(invalid="ignore"):  # some are no numbers
        near, far = (b.view(row.dtype).astype(np.float64) for b in (bits & ~bits.dtype.type(1), bits | 1))  # near: even
    finite = np.isfinite(near) & np.isfinite(far)
    near, far = near[finite], far[finite]
    for own in (near, far):
        np.testing.assert_array_equal(row.nearest(own), own)
    middle = (near + far) / 2
    np.testing.assert_array_equal(row.nearest(middle), near)
    np.testing.assert_array_equal(row.nearest(middle + (far - near) * 2.0**-26), far)
    np.testing.assert_array_equal(row.nearest(middle + (near - far) * 2.0**-26), near)
    step = row.largest * row.roundoff * 2 / (2 - 2 * row.roundoff)  # the last
    values = np.array([row.largest + step * 0.49, row.largest + step * 0.5, -row.largest * 2, -np.inf])
    np.testing.assert_array_equal(row.nearest(values), [row.largest, np.inf, -np.inf, -np.inf])
    values = np.array([-0.0, row.least / 2, row.least * 0.51, 5e-324])
    np.testing.assert_array_equal(row.nearest(values), [0, 0, row.least, 0])
    assert np.signbit(row.nearest(np.array([-0.0])))[0]
    assert np.isnan(row.nearest(np.array([np.nan])))[0]


def test_f32_counts_no_underflow_and_f16_does():
    assert (F32.underflow, ELEMENTS["f16"].underflow) == (0.0, 2.0**-25)


def test_a_type_that_numpy_lacks_needs_a_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(MissingToolError, match="float3 needs the package ml_dtypes"):
        element._dtype("float3")


def test_bounds_count_the_roundings_of_sums_and_of_storing():
    u, half = 2.0**-24, 2.0**-11
    d = 10
    assert Bound(d).allowed(3.0, 5.0, 2.0) == d * u / (1 - d * u) * 5.0
    stored = Bound(d, dtype="f16").allowed(3.0, 5.0, 2.0)
    error = d * u / (1 - d * u) * 5.0
    assert stored == error + half * (2.0 + error) + 2.0**-25
    sums = Bound(d, arithmetic="f16").allowed(3.0, 5.0, 2.0)
    assert sums == d * half / (1 - d * half) * 5.0 + d * 2.0**-25
