"""The arrays of a layer, and the parameters of a kernel's functions in C."""

from __future__ import annotations

import itertools

import pytest

from convgen.layer.call import packing, running
from convgen.layer.spec import ConvSpec

SPEC = ConvSpec(ic=4, ih=5, iw=6, oc=8, kh=3, kw=3, padding="half", layout="nhwc")


@pytest.mark.parametrize(("bias", "residual"), list(itertools.product([True, False], repeat=2)))
def test_a_bias_is_always_a_parameter_and_a_residual_where_there_is_one(bias, residual):
    spec = SPEC.replace(bias=bias, residual=residual)
    assert list(map(str, packing(spec))) == ["const float *weights", "const float *bias", "void *packed"]
    assert list(map(str, running(spec))) == [
        "const float *input", "const void *packed", *["const float *residual"] * residual, "float *output",
        "void *workspace"]
    taken = [one.array for one in (*packing(spec), *running(spec)) if one.array is not None]
    assert tuple(taken) == spec.arrays
    assert (spec.array("bias") in taken) == bias


def test_an_array_knows_its_numbers():
    weights, bias, x, y = SPEC.arrays
    assert [(array.role, array.shape, array.layout) for array in SPEC.arrays] == [
        ("weights", (3, 3, 4, 8), "hwio"), ("bias", (8,), "o"), ("input", (1, 5, 6, 4), "nhwc"),
        ("output", (1, 5, 6, 8), "nhwc")]
    assert (weights.count, weights.bytes, bias.bytes) == (288, 1152, 32)
    assert [array.when for array in (weights, x)] == ["pack", "run"]
    assert [array.written for array in (x, y)] == [False, True]
    assert SPEC.replace(dtype="f16").arrays[0].bytes == 576


def test_words_of_f16_in_c():
    assert str(running(SPEC.replace(dtype="f16"))[0]) == "const uint16_t *input"
