"""Copies that direct makes of integers: those whose channels come first as pixels with channels side by side, the same
without the padding, and rows that are padded, without rows of padding."""

import itertools

import pytest
import tools
from exact_layers import check

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled import clip
from convgen.algorithms.tiled.direct import geometry
from convgen.api import render
from convgen.machine.find import find
from convgen.planner.rank import best
from convgen.run import compilers
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
# Strides by which columns are dealt level by level, the last of them to some phases alone.
INTERLEAVED |= {
    f"{iw} columns by {sw}, {left} to the left": {**WIDE, "iw": iw, "left": left, "right": 2, "sw": sw, "kw": kw}
    for iw, sw, left, kw in ((256, 4, 0, 3), (331, 4, 3, 7), (518, 8, 1, 8), (1100, 16, 0, 16), (1039, 16, 9, 17))}
# Rows that fill no vector, or leave most of the last of several: in parts, where these are moved as fast.
PARTLY = {
    **{f"{iw} columns by {sw}, {left} to the left": {**WIDE, "iw": iw, "left": left, "right": 3, "sw": sw}
       for iw, sw, left in ((1, 1, 1), (15, 1, 0), (16, 1, 1), (17, 1, 2), (56, 1, 1), (63, 1, 70), (5, 2, 1),
                            (112, 2, 1), (13, 4, 3), (224, 4, 3), (230, 4, 0), (24, 8, 2), (40, 16, 15))},
    "signed, short": {**WIDE, "iw": 30, "dtype": "s8:s8:s32", "input_zero": -3, "left": 1, "ic": 9},
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
# Bytes with a sign, and a zero point: dilation, strides, both ends, one alone; an input shorter than its kernel,
# and rows of outputs that see nothing but padding; all layouts of weights, groups, planes, slices, no bias.
DILATED = {"ic": 10, "oc": 19, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "dh": 2, "dw": 2, "padding": "half",
           "dtype": "s8:s8:s8", "layout": "nhwc"}
COLUMNS = {
    "dilated": DILATED,
    "zero point": {**DILATED, "dtype": "u8:s8:u8", "input_zero": 100, "layout": "nchw", "bias": False},
    "short": {**DILATED, "ih": 3, "g": 2, "oc": 20, "flip": True, "weights_layout": "oihw"},
    "by 2": {**DILATED, "kh": 5, "kw": 2, "dh": 1, "sh": 2, "padding": ((3, 1), (0, 1)), "weights_layout": "hwoi",
             "dtype": "s8:s8:f32"},
    "nothing but padding": {**DILATED, "ih": 2, "padding": ((7, 6), (1, 1)), "weights_layout": "iohw", "n": 2},
    "one row": {**DILATED, "ih": 1, "activation": "relu", "residual": True, "residual_scale": 0.5},
    "planes": {**DILATED, "id": 3, "kd": 2, "padding": ((0, 0), (2, 2), (2, 2)), "layout": "ndhwc"},
    "slices": {**DILATED, "in_stride": 12, "out_stride": 23, "ic": 8, "rounding": "tflite"},
}
TARGETS = ("x86-64-v3", "x86-64-v3-vnni", "x86-64-v4", "x86-64-v4-vnni")


def plans(fields, target):
    """Of direct, for a machine that is here."""
    spec = ConvSpec(**fields)
    if not find(target).runs_here(spec.arithmetic):
        pytest.skip(f"needs {target}")
    return ALGORITHMS["direct"].plans(spec, find(target).summing(spec.arithmetic)[0])


def interleaved(fields, target):
    """A kernel with a copy in vectors is right, and stays inside of its arrays."""
    one = next(one for one in plans(fields, target) if one.lanes == "ow" and one.choices.source == "copy")
    assert geometry(one).interleaver
    conv = render(one).compile(opt="O1")
    check(conv)
    assert verify(conv, ["guard"]).ok


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", [target for target in TARGETS if "vnni" in target])
@pytest.mark.parametrize("name", INTERLEAVED)
def test_interleaved(name, target):
    interleaved(INTERLEAVED[name], target)


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("iw", [128, 64, 32])
def test_rows_that_leave_nothing_to_fill(iw):
    """Compilers find nothing that nobody uses."""
    one = next(one for one in plans({**WIDE, "ic": 8, "iw": iw, "kw": 1}, "x86-64-v4-vnni")
               if one.lanes == "ow" and one.choices.source == "copy")
    compilers.build(render(one), "gcc", "O0", extra=("-Wall", "-Wextra", "-Werror"))


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("name", PARTLY)
def test_interleaved_in_parts(name):
    interleaved(PARTLY[name], "x86-64-v4-vnni")


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", UNPADDED)
def test_unpadded(name, target):
    *_, one = (one for one in plans(UNPADDED[name], target) if one.choices.source == "unpadded")
    conv = render(one).compile(opt="O1")
    check(conv)
    assert verify(conv, ["guard"]).ok


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", [target for target in TARGETS if "vnni" in target])
@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name, target):
    """Rows of padding are skipped, each class of outputs with a bias of its own: the bits of the rule."""
    *_, one = (one for one in plans(COLUMNS[name], target) if one.choices.source == "columns")
    conv = render(one).compile(opt="O1")
    check(conv)
    assert verify(conv, ["guard", "overflow"]).ok


def _as_in_c(own, start):
    """The ends that the emitted code computes."""
    def value(text):
        if " ? " not in text:
            return eval(text.replace("/", "//"), {"ih": start})
        condition, rest = text.split(" ? ", 1)
        return value(rest.split(" : ", 1)[not value(condition)])

    values = {let.name: let.value for let in own.lets()}
    return [value(values.get(end, end)) for end in (own.begin, own.end)]


def test_classes_of_rows():
    """Of each row of outputs the rows of the kernel that lie on the input, by a number that its clip gives."""
    for i, k, s, d, before, after in itertools.product((1, 2, 5, 9), (1, 2, 3, 5), (1, 2, 3), (1, 2, 4), (0, 1, 3, 9),
                                                       (0, 2, 9)):
        if i + before + after < (k - 1) * d + 1 or before + after == 0:
            continue
        axis = ConvSpec(ic=1, oc=1, ih=i, iw=1, kh=k, kw=1, sh=s, dh=d, top=before, bottom=after).axes[1]
        found, own = clip.ranges(axis), clip.clip(axis)
        names, added = own.number()
        for o in range(axis.o):
            start = o * s - before
            on = [tap for tap in range(k) if 0 <= start + tap * d < i]
            here = {f"kh_{what}": value for what, value in zip(("begin", "end"), _as_in_c(own, start), strict=True)}
            first, past = found[sum(here[name] * times for name, times in names) + added]
            assert [*range(first, past)] == on


def test_padding_that_stands_for_another_number_is_not_skipped():
    """Bytes are multiplied as they are: what padding adds is part of the bias; but rows of it are, by such rows."""
    fields = {**SMALL, "input_zero": 1}
    machine = find("x86-64-v4-vnni").summing(ConvSpec(**fields).arithmetic)[0]
    sources = {one.choices.source for one in ALGORITHMS["direct"].plans(ConvSpec(**fields), machine)}
    assert sources == {"columns", "copy", "band"}
    for other in ({**fields, "top": 0}, {**fields, "id": 3, "kd": 2, "front": 1}):
        sources = {one.choices.source for one in ALGORITHMS["direct"].plans(ConvSpec(**other), machine)}
        assert sources <= {"copy", "band"}


def test_the_planner_takes_columns_where_many_rows_are_padding():
    spec = ConvSpec(ic=256, oc=256, ih=28, iw=28, kh=3, kw=3, dh=2, dw=2, padding="half", layout="nhwc")
    assert best(spec.replace(dtype="s8:s8:s8"), "x86-64-v4-vnni").choices.source == "columns"
    assert best(spec.replace(dtype="u8:s8:u8"), "x86-64-v4-vnni").choices.source == "edges"
