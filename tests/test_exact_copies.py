"""Copies that direct makes of integers whose channels come first: pixels with channels side by side, and the same
without the padding."""

import pytest
import tools
from exact_layers import check

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled.direct import geometry
from convgen.api import render
from convgen.machine.find import find
from convgen.verification.report import verify

WIDE = {"ic": 3, "oc": 5, "ih": 3, "kh": 2, "kw": 3, "top": 1, "input_zero": 9, "dtype": "u8:s8:u8"}
SMALL = {"ic": 10, "oc": 19, "ih": 6, "iw": 9, "kh": 3, "kw": 3, "top": 1, "left": 1, "right": 2, "dtype": "u8:s8:u8"}

# Rows as long as a vector, shorter and longer by one, two vectors; columns that are odd in number or begin so; blocks
# of channels that are not full.
INTERLEAVED = {
    **{f"{iw} columns, {left} to the left": {**WIDE, "iw": iw, "left": left, "right": 1}
       for iw, left in ((64, 0), (65, 1), (127, 2), (128, 3))},
    **{f"{iw} columns by 2, {left} to the left": {**WIDE, "iw": iw, "left": left, "sw": 2}
       for iw, left in ((128, 0), (129, 1), (131, 2), (190, 3), (257, 0))},
    "signed": {**WIDE, "iw": 131, "sw": 2, "dtype": "s8:s8:s32", "input_zero": -3, "left": 1},
    "7 channels": {**WIDE, "iw": 130, "sw": 2, "ic": 7, "left": 1},
    "groups of 5": {**WIDE, "iw": 129, "ic": 10, "oc": 4, "g": 2, "n": 2},
    "dilated": {**WIDE, "iw": 140, "dw": 3, "left": 4, "right": 4},
}
# Short rows, which are transposed as one; channels and pixels that leave tails; strides, dilation, planes, slices.
UNPADDED = {
    "6 x 9": SMALL,
    "7 x 7": {**SMALL, "ih": 7, "iw": 7, "ic": 16},
    "4 x 3 x 5": {**SMALL, "id": 4, "ih": 3, "iw": 5, "kd": 2, "front": 1, "ic": 9},
    "by 2": {**SMALL, "sh": 2, "sw": 2, "iw": 17},
    "dilated": {**SMALL, "dh": 2, "dw": 2, "iw": 14, "bottom": 2},
    "groups": {**SMALL, "ic": 18, "oc": 20, "g": 2, "n": 2},
    "slices": {**SMALL, "ic": 8, "in_stride": 12, "out_stride": 23, "n": 2},
    "16 bits": {**SMALL, "dtype": "s8:s16:s8"},
}
TARGETS = ("x86-64-v3", "x86-64-v3-vnni", "x86-64-v4", "x86-64-v4-vnni")


def plans(fields, target):
    """Of direct, for a machine that is here."""
    spec = ConvSpec(**fields)
    if not find(target).runs_here(spec.arithmetic):
        pytest.skip(f"needs {target}")
    return ALGORITHMS["direct"].plans(spec, find(target).summing(spec.arithmetic)[0])


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", [target for target in TARGETS if "vnni" in target])
@pytest.mark.parametrize("name", INTERLEAVED)
def test_interleaved(name, target):
    one = next(one for one in plans(INTERLEAVED[name], target) if one.lanes == "ow")
    assert geometry(one).interleaver
    conv = render(one).compile(opt="O1")
    check(conv)
    assert verify(conv, ["guard"]).ok


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", UNPADDED)
def test_unpadded(name, target):
    *_, one = (one for one in plans(UNPADDED[name], target) if one.choices.source == "unpadded")
    conv = render(one).compile(opt="O1")
    check(conv)
    assert verify(conv, ["guard"]).ok


def test_padding_that_stands_for_another_number_is_not_skipped():
    """Bytes are multiplied as they are: what padding adds is part of the bias."""
    fields = {**SMALL, "input_zero": 1}
    machine = find("x86-64-v4-vnni").summing(ConvSpec(**fields).arithmetic)[0]
    sources = {one.choices.source for one in ALGORITHMS["direct"].plans(ConvSpec(**fields), machine)}
    assert sources == {"copy"}
