"""The emitted C itself: clean under every warning, free of libc, silent under sanitizers, tidy text."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import msgspec
import pytest
import tools

from convgen import ConvSpec, generate
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.emit.sizes import ENDINGS
from convgen.layer import element
from convgen.layer.activation import ACTIVATIONS
from convgen.machine.target import NAMED
from convgen.plan import plan
from convgen.plan.written import written

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror")
V3, SCALAR = "x86-64-v3", "scalar"


def blocks(dim, stages):
    """Plans that cut `dim` into `stages` blocks or more, the last one smaller where it can be."""
    def chosen(plan):
        loops = [(loop, trips) for loop, trips in ALGORITHMS[plan.algorithm].nest(plan) if loop.dim == dim]
        return len(loops) == 2 and loops[0][1] >= stages
    return chosen


def reads(lanes, source, least=2):
    """Plans with these lanes and this source of input, and a tile of at least so many rows."""
    return lambda plan: (plan.lanes, plan.choices.source) == (lanes, source) and plan.mr >= least


def wide(plan):
    """Plans with tiles of several vectors."""
    return plan.nr > 1


def transformed(m, fused):
    """Plans with tiles of m outputs, in one phase or three."""
    return lambda plan: (plan.choices.m, plan.choices.fused) == (m, fused) and plan.mr > 1


def given(plan):
    """Plans that pack weights as they are given."""
    return plan.choices.as_given


def spectra(size_h, size_w, pairs, channels):
    """Plans with blocks of this size, in which so many pairs meet so many output channels at once."""
    return lambda plan: (plan.choices.size_h, plan.choices.size_w, plan.mr, plan.nr) == (
        size_h, size_w, pairs, channels)


def both(*chosen):
    return lambda plan: all(test(plan) for test in chosen)


# name -> (layer, target, algorithm, which plan)
CASES = {
    "edges-tails": (
        {"ic": 5, "ih": 7, "iw": 15, "oc": 19, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "activation": "relu"}, V3, "direct", reads("oc", "edges")),
    "edges-3d-dilated": (
        {"ic": 3, "id": 4, "ih": 5, "iw": 9, "oc": 8, "kd": 2, "kh": 3, "kw": 3, "dd": 2, "dh": 2, "dw": 3,
         "front": 1, "back": 2, "top": 2, "bottom": 1, "left": 4, "right": 1, "layout": "ndhwc", "n": 2,
         "activation": "relu6"}, V3, "direct", reads("oc", "edges")),
    "edges-channels-first-residual": (
        {"ic": 4, "ih": 6, "iw": 8, "oc": 11, "kh": 3, "kw": 5, "padding": "half", "residual": True,
         "activation": "clip(-0.5,0.7)"}, V3, "direct", reads("oc", "edges")),
    "copy-oc-transposed": (
        {"ic": 11, "ih": 6, "iw": 9, "oc": 17, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": "same-upper",
         "residual": True, "activation": "leaky-relu(0.1)"}, V3, "direct", reads("oc", "copy", least=4)),
    "copy-ow-phases": (
        {"ic": 3, "ih": 9, "iw": 31, "oc": 10, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": "half", "n": 2,
         "bias": False, "activation": "hard-swish"}, V3, "direct", reads("ow", "copy")),
    "copy-ow-spread": (
        {"ic": 3, "ih": 5, "iw": 21, "oc": 7, "kh": 3, "kw": 3, "dw": 2, "padding": "half", "layout": "nhwc",
         "residual": True, "activation": "tanh"}, V3, "direct", reads("ow", "copy")),
    "input-ow-tails": (
        {"ic": 6, "ih": 4, "iw": 23, "oc": 9, "kh": 2, "kw": 3, "residual": True, "flip": True,
         "weights_layout": "ohwi", "activation": "sigmoid"}, V3, "direct", reads("ow", "input")),
    "reduction-blocked": (
        {"ic": 96, "ih": 6, "iw": 7, "oc": 40, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "residual": True, "activation": "silu"}, V3, "direct",
        both(reads("oc", "copy"), blocks("ic", 3), blocks("oh", 2))),
    "reduction-blocked-ow": (
        {"ic": 64, "ih": 5, "iw": 27, "oc": 10, "kw": 3, "left": 1, "right": 1}, V3, "direct",
        both(reads("ow", "copy"), blocks("ic", 2))),
    "reduction-blocked-apart": (
        {"g": 2, "ic": 192, "ih": 6, "iw": 7, "oc": 58, "kh": 5, "kw": 5, "padding": "half", "n": 2, "residual": True,
         "activation": "silu"}, V3, "direct", both(reads("oc", "edges"), blocks("ic", 3), wide)),
    "reduction-blocked-apart-copy": (
        {"ic": 160, "ih": 9, "iw": 8, "oc": 70, "kh": 4, "kw": 4, "sh": 2, "sw": 2, "padding": "same-upper",
         "activation": "prelu", "bias": False}, V3, "direct", both(reads("oc", "copy"), blocks("ic", 5), wide)),
    "pointwise-blocks": (
        {"ic": 24, "ih": 13, "iw": 13, "oc": 88, "kw": 1, "layout": "nhwc", "n": 2, "activation": "gelu"},
        V3, "direct", both(reads("oc", "input"), blocks("ow", 3))),
    "panels-of-channels": (
        {"ic": 8, "ih": 5, "iw": 6, "oc": 152, "kh": 3, "kw": 3, "layout": "nhwc"}, V3, "direct",
        both(reads("oc", "input"), blocks("oc", 3))),
    "groups-1d": (
        {"g": 3, "ic": 12, "iw": 20, "oc": 27, "kw": 5, "sw": 2, "left": 3, "right": 0, "layout": "nwc",
         "flip": True, "activation": "silu"}, V3, "direct", reads("oc", "edges")),
    "depthwise": (
        {"g": 10, "ic": 10, "ih": 6, "iw": 9, "oc": 10, "kh": 3, "kw": 3, "padding": "half"}, V3, "direct",
        reads("ow", "copy", least=1)),
    "depthwise-channels": (
        {"g": 19, "ic": 19, "ih": 7, "iw": 12, "oc": 19, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": "half",
         "layout": "nhwc", "activation": "relu6"}, V3, "depthwise", reads("oc", "edges")),
    "depthwise-rows": (
        {"g": 5, "ic": 5, "ih": 9, "iw": 43, "oc": 10, "kh": 3, "kw": 5, "sh": 2, "sw": 2, "padding": "half",
         "n": 2, "residual": True}, V3, "depthwise", reads("ow", "edges")),
    "depthwise-rows-dealt": (
        {"g": 3, "ic": 3, "ih": 7, "iw": 35, "oc": 3, "kh": 3, "kw": 3, "sw": 3, "dw": 2, "padding": "half"},
        V3, "depthwise", reads("ow", "local")),
    "dot": (
        {"ic": 21, "ih": 5, "iw": 13, "oc": 3, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "residual": True, "activation": "tanh"}, V3, "dot", reads("ic", "edges")),
    "dot-flat": (
        {"ic": 70, "ih": 5, "iw": 13, "oc": 2, "kh": 1, "kw": 1, "layout": "nhwc"}, V3, "dot", reads("ic", "input")),
    "grouped": (
        {"g": 7, "ic": 14, "ih": 6, "iw": 9, "oc": 28, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
        V3, "grouped", reads("oc", "edges")),
    "winograd-edges-tails": (
        {"g": 2, "ic": 38, "ih": 9, "iw": 14, "oc": 42, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "n": 2,
         "residual": True, "activation": "hard-swish"}, V3, "winograd", transformed(4, True)),
    "winograd-turned": (
        {"ic": 19, "id": 2, "ih": 11, "iw": 15, "oc": 21, "kd": 1, "kh": 5, "kw": 5, "padding": "half",
         "residual": True, "activation": "leaky-relu(0.2)"}, V3, "winograd", transformed(2, True)),
    "winograd-narrow": (
        {"ic": 16, "ih": 6, "iw": 7, "oc": 16, "kh": 3, "kw": 3, "padding": "half"}, V3, "winograd",
        transformed(2, True)),
    "winograd-phases": (
        {"ic": 16, "ih": 8, "iw": 20, "oc": 24, "kh": 1, "kw": 3, "left": 1, "layout": "nhwc", "flip": True,
         "bias": False}, V3, "winograd", transformed(4, False)),
    "winograd-phases-turned": (
        {"ic": 16, "ih": 12, "iw": 18, "oc": 16, "kh": 3, "kw": 3}, V3, "winograd", transformed(6, False)),
    "winograd-one-tile": (  # smaller than a tile could be
        {"ic": 8, "ih": 5, "iw": 5, "oc": 8, "kh": 3, "kw": 3, "layout": "nhwc", "residual": True}, V3, "winograd",
        lambda plan: plan.choices.m == 4 and plan.choices.fused),
    "winograd-beyond": (  # windows of padding alone
        {"ic": 8, "ih": 3, "iw": 9, "oc": 8, "kh": 2, "kw": 3, "bottom": 3, "left": 1, "right": 1, "layout": "nhwc"},
        V3, "winograd", transformed(2, True)),
    "winograd-line": (
        {"g": 2, "ic": 18, "iw": 15, "oc": 16, "kw": 4, "activation": "relu"}, V3, "winograd", transformed(4, False)),
    "fourier-phases": (  # the kernel in parts, the last of them cut; an odd number of pairs
        {"g": 2, "ic": 4, "iw": 330, "oc": 4, "kw": 43, "padding": "half", "n": 2, "residual": True,
         "activation": "silu"}, V3, "fourier", spectra(1, 64, 2, 2)),
    "fourier-one-block": (
        {"ic": 1, "iw": 40, "oc": 1, "kw": 33, "bias": False, "flip": True}, V3, "fourier", spectra(1, 64, 1, 1)),
    "fourier-lines": (  # rows of an image by themselves, of which pairs are made
        {"ic": 2, "ih": 5, "iw": 50, "oc": 3, "kh": 1, "kw": 33, "left": 40, "activation": "prelu",
         "layout": "nhwc"}, V3, "fourier", spectra(1, 128, 1, 1)),
    "fourier-tiles": (
        {"g": 3, "ic": 3, "ih": 27, "iw": 30, "oc": 6, "kh": 9, "kw": 10, "padding": "half", "activation": "relu"},
        V3, "fourier", spectra(16, 32, 1, 2)),
    "fourier-images": (  # one block each, in pairs of which the last has one
        {"ic": 2, "ih": 9, "iw": 10, "oc": 2, "kh": 9, "kw": 9, "padding": "half", "n": 3, "residual": True},
        V3, "fourier", spectra(32, 32, 1, 1)),
    "fourier-scalar": (
        {"g": 2, "ic": 2, "iw": 90, "oc": 2, "kw": 32, "top": 0, "left": 3, "n": 2}, SCALAR, "fourier",
        spectra(1, 32, 2, 1)),
    "slopes-oc": (
        {"ic": 5, "ih": 7, "iw": 9, "oc": 19, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "residual": True,
         "bias": False, "activation": "prelu"}, V3, "direct", reads("oc", "edges")),
    "slopes-ow": (
        {"g": 2, "ic": 4, "ih": 5, "iw": 21, "oc": 14, "kh": 3, "kw": 3, "padding": "half", "activation": "prelu"}, V3,
        "direct", reads("ow", "copy")),
    "slopes-blocked": (
        {"ic": 96, "ih": 5, "iw": 7, "oc": 40, "kw": 1, "layout": "nhwc", "activation": "prelu"}, V3, "direct",
        both(reads("oc", "input"), blocks("ic", 2))),
    "slopes-dot": (
        {"ic": 18, "ih": 6, "iw": 7, "oc": 3, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "activation": "prelu"}, V3, "dot", lambda plan: plan.mr > 1),
    "slopes-depthwise": (
        {"g": 7, "ic": 7, "ih": 9, "iw": 21, "oc": 14, "kh": 3, "kw": 3, "padding": "half", "activation": "prelu"}, V3,
        "depthwise", lambda plan: plan.mr > 1),
    "slopes-winograd": (
        {"ic": 10, "ih": 9, "iw": 11, "oc": 22, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "activation": "prelu"}, V3, "winograd", transformed(2, fused=True)),
    "slopes-winograd-phases": (
        {"ic": 10, "ih": 9, "iw": 13, "oc": 22, "kh": 3, "kw": 3, "padding": "half", "residual": True,
         "activation": "prelu"}, V3, "winograd", transformed(4, fused=False)),
    "slices-copy": (
        {"ic": 5, "ih": 7, "iw": 9, "oc": 19, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "in_stride": 8,
         "out_stride": 20, "residual": True}, V3, "direct", reads("oc", "copy")),
    "slices-dot": (
        {"ic": 21, "ih": 5, "iw": 13, "oc": 3, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "in_stride": 22,
         "out_stride": 7, "residual": True}, V3, "dot", reads("ic", "edges")),
    "slices-channels-first": (
        {"n": 2, "ic": 4, "ih": 6, "iw": 8, "oc": 11, "kh": 3, "kw": 5, "padding": "half", "in_stride": 5,
         "out_stride": 12}, V3, "direct", reads("oc", "edges")),
    "slices-winograd": (
        {"ic": 10, "ih": 9, "iw": 11, "oc": 22, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "in_stride": 16,
         "out_stride": 24}, V3, "winograd", transformed(2, fused=True)),
    "weights-edges": (
        {"ic": 5, "ih": 7, "iw": 9, "oc": 19, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc", "residual": True,
         "activation": "prelu", "dtype": "f32:s8:f32"}, V3, "direct", both(reads("oc", "edges"), given)),
    "weights-ow": (
        {"g": 2, "ic": 4, "ih": 5, "iw": 21, "oc": 14, "kh": 3, "kw": 3, "padding": "half", "dtype": "f32:s8:f32"}, V3,
        "direct", both(reads("ow", "copy"), given)),
    "weights-blocked": (
        {"ic": 96, "ih": 5, "iw": 7, "oc": 40, "kw": 1, "layout": "nhwc", "dtype": "f32:s8:f32"}, V3, "direct",
        both(reads("oc", "input"), blocks("ic", 2), given)),
    "weights-dot": (
        {"ic": 18, "ih": 6, "iw": 7, "oc": 3, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "activation": "prelu", "dtype": "f32:s8:f32"}, V3, "dot", lambda plan: plan.mr > 1 and given(plan)),
    "weights-f16": (
        {"ic": 21, "ih": 3, "iw": 7, "oc": 13, "kw": 1, "layout": "nhwc", "dtype": "f32:f16:f32"}, V3, "direct",
        both(reads("oc", "input"), given)),
    "weights-bf16-dot": (
        {"ic": 21, "ih": 3, "iw": 7, "oc": 2, "kw": 1, "layout": "nhwc", "bias": False, "dtype": "f32:bf16:f32"}, V3,
        "dot", lambda plan: plan.mr > 1 and given(plan)),
    "weights-scaled": (
        {"g": 2, "ic": 10, "ih": 6, "iw": 9, "oc": 38, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "dtype": "f32:s8:f32"}, V3, "direct", lambda plan: plan.mr > 1 and not given(plan)),
    "weights-winograd": (
        {"g": 2, "ic": 38, "ih": 9, "iw": 14, "oc": 42, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "dtype": "f32:s8:f32"}, V3, "winograd", transformed(4, fused=True)),
    "weights-reference": (
        {"ic": 3, "ih": 6, "iw": 6, "oc": 4, "kh": 3, "kw": 3, "layout": "nhwc", "weights_layout": "ohwi",
         "dtype": "f32:s8:f32"}, SCALAR, "reference", lambda plan: True),
    "scalar": (
        {"ic": 5, "ih": 6, "iw": 7, "oc": 6, "kh": 3, "kw": 2, "top": 1, "left": 1, "residual": True,
         "layout": "nhwc", "activation": "gelu"}, SCALAR, "direct", reads("oc", "edges")),
    "scalar-copy": (
        {"g": 2, "ic": 6, "ih": 6, "iw": 7, "oc": 4, "kh": 3, "kw": 3, "padding": "half",
         "activation": "sigmoid"}, SCALAR, "direct", reads("oc", "copy")),
    "scalar-long-rows": (  # long enough for compilers to want memset and memcpy
        {"ic": 48, "ih": 3, "iw": 60, "oc": 4, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "weights_layout": "ohwi"}, SCALAR, "direct", reads("oc", "copy")),
    "transposed-edges": (
        {"op": "transposed", "ic": 5, "ih": 5, "iw": 7, "oc": 19, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": "same",
         "layout": "nhwc", "residual": True, "activation": "relu"}, V3, "direct", reads("oc", "edges")),
    "transposed-copy-spread": (
        {"op": "transposed", "ic": 3, "ih": 5, "iw": 9, "oc": 5, "kh": 4, "kw": 4, "sh": 2, "sw": 2, "padding": "same",
         "residual": True, "n": 2}, V3, "direct", reads("ow", "copy")),
    "transposed-empty": (
        {"op": "transposed", "ic": 4, "ih": 4, "iw": 9, "oc": 6, "kh": 2, "kw": 1, "sh": 3, "sw": 2, "bottom": -2,
         "layout": "nhwc", "activation": "silu", "weights_layout": "ihwo"}, SCALAR, "direct", reads("oc", "edges")),
    "transposed-depthwise": (
        {"op": "transposed", "g": 11, "ic": 11, "ih": 9, "iw": 20, "oc": 11, "kh": 4, "kw": 4, "sh": 2, "sw": 2,
         "padding": "same", "residual": True}, V3, "depthwise", reads("ow", "edges")),
    "transposed-beside": (  # phases along a row as channels of one layer, more of some than of others
        {"op": "transposed", "ic": 6, "ih": 4, "iw": 9, "oc": 3, "kh": 3, "kw": 5, "sh": 2, "sw": 3, "top": 1,
         "layout": "nhwc", "residual": True, "activation": "prelu"}, V3, "direct", reads("oc", "edges")),
    "col2im-pixels": (  # tasks that multiply rows of their neighbours too, rows of zeros, channels in several vectors
        {"op": "transposed", "n": 2, "ic": 6, "ih": 9, "iw": 7, "oc": 5, "kh": 5, "kw": 4, "sh": 2, "sw": 3, "top": 1,
         "left": 2, "layout": "nhwc", "residual": True, "activation": "prelu", "in_stride": 9}, V3, "col2im",
        lambda plan: plan.lanes == "oc" and plan.mr > 1 and plan.loops[2].step < 10),
    "col2im-planes": (  # parts of the output channels, phases that change places
        {"op": "transposed", "ic": 6, "ih": 9, "iw": 11, "oc": 6, "kh": 3, "kw": 5, "sh": 2, "sw": 2, "padding": "same",
         "flip": True, "residual": True, "activation": "silu", "weights_layout": "hwoi", "out_stride": 8}, V3,
        "col2im", lambda plan: plan.lanes == "ow" and plan.mr > 1 and plan.loops[1].step == 3),
    "col2im-scalar": (  # more phases than are written out; outputs that no tap reaches
        {"op": "transposed", "ic": 3, "iw": 9, "oc": 2, "kw": 7, "sw": 9, "bias": False}, SCALAR, "col2im",
        lambda plan: plan.lanes == "ow"),
    "weights-transposed": (
        {"op": "transposed", "g": 2, "ic": 6, "ih": 4, "iw": 9, "oc": 10, "kh": 3, "kw": 1, "sh": 2, "sw": 2,
         "padding": "same", "layout": "nhwc", "residual": True, "dtype": "f32:s8:f32"}, V3, "direct",
        both(reads("oc", "edges"), given)),
    "weights-transposed-scaled": (
        {"op": "transposed", "ic": 5, "ih": 4, "iw": 9, "oc": 10, "kh": 4, "kw": 4, "sh": 2, "sw": 2, "padding": "same",
         "dtype": "f32:s8:f32"}, V3, "direct", lambda plan: not given(plan)),
    "weights-transposed-reference": (
        {"op": "transposed", "g": 2, "ic": 4, "ih": 5, "iw": 6, "oc": 6, "kh": 3, "kw": 3, "sh": 2, "sw": 3,
         "dtype": "f32:s8:f32"}, SCALAR, "reference", lambda plan: True),
    "transposed-reference": (
        {"op": "transposed", "ic": 4, "ih": 5, "iw": 6, "oc": 6, "kh": 3, "kw": 3, "sh": 2, "sw": 3, "top": 1,
         "weights_layout": "hwoi"}, SCALAR, "reference", lambda plan: True),
    "reference": (
        {"n": 2, "g": 2, "ic": 4, "id": 3, "ih": 5, "iw": 6, "oc": 6, "kd": 2, "kh": 3, "kw": 3, "sw": 2,
         "dh": 2, "front": 1, "bottom": 2, "left": 1, "flip": True, "residual": True, "layout": "ndhwc",
         "activation": "tanh"}, SCALAR, "reference", lambda plan: True),
    "reference-1d": (
        {"ic": 3, "iw": 6, "oc": 2, "kw": 3, "bias": False}, V3, "reference", lambda plan: True),
}


@functools.cache
def emitted(name):
    """The kernel of a case, under its case's name: the first plan that is as the case wants it. It stands for larger
    ones, so that it starts threads too."""
    fields, target, algorithm, wanted = CASES[name]
    spec, target = ConvSpec(**fields), NAMED[target]
    with mock.patch.object(plan, "BRIEF", 0):
        return render(next(filter(wanted, ALGORITHMS[algorithm].plans(spec, target))), name.replace("-", "_"))


each = pytest.mark.parametrize("name", CASES)
every_compiler = pytest.mark.parametrize("cc", tools.CC)
needs_nm = tools.needs(tools.binutils, "nm")


def save(kernel, folder, **more):
    """NAME.c, NAME.h and other files in a folder."""
    (folder / f"{kernel.name}.c").write_text(kernel.source)
    (folder / f"{kernel.name}.h").write_text(kernel.header)
    for name, text in more.items():
        (folder / name.replace("_", ".")).write_text(text)


def run(folder, *command, **more):
    """Output of a command; the test fails with it when the command does."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def symbols(text):
    return {line.split()[-1] for line in text.splitlines() if line.strip()}


# --- what compilers say ---


def build(kernel, folder, cc, opt, *flags):
    """Compiles with every warning an error; the symbols that the object defines, and those it needs."""
    save(kernel, folder)
    run(folder, cc, "-std=c99", opt, *flags, *WARNINGS, *kernel.flags, "-c", f"{kernel.name}.c")
    listings = (run(folder, "nm", *what, f"{kernel.name}.o") for what in (("-g", "--defined-only"), ("-u",)))
    return [symbols(listing) for listing in listings]


def together(kernels, folder, cc, opt, *flags):
    """The same of several as one file, for which a compiler reads the header of the machine's instructions once: of a
    small kernel, that takes it two thirds of the time."""
    for kernel in kernels:
        save(kernel, folder)
    unit = "".join(f'#include "{kernel.name}.c"\n' for kernel in kernels)
    (folder / "unit.c").write_text(unit)
    machine = dict.fromkeys(flag for kernel in kernels for flag in kernel.flags)
    run(folder, cc, "-std=c99", opt, *flags, *WARNINGS, *machine, "-c", "unit.c")
    listings = (run(folder, "nm", *what, "unit.o") for what in (("-g", "--defined-only"), ("-u",)))
    return [symbols(listing) for listing in listings]


def public(kernels):
    return {kernel.name + suffix for kernel in kernels for suffix in ("", "_pack", "_tasks", "_task")}


def batches(names, machine, size=10):
    """Parameters `names`: some at a time, for which machine(name) is the same."""
    alike = {}
    for name in names:
        alike.setdefault(machine(name), []).append(name)
    some = [group[at : at + size] for group in alike.values() for at in range(0, len(group), size)]
    return pytest.mark.parametrize("names", some, ids=lambda names: names[0])


@pytest.mark.sampled
@needs_nm
@every_compiler
@batches(CASES, lambda name: CASES[name][1])
def test_no_warning_no_libc_and_only_the_documented_symbols(names, cc, tmp_path):
    """Not even memset or memcpy, which a compiler may make of a loop or of an initialiser."""
    kernels = [emitted(name) for name in names]
    defined, needed = together(kernels, tmp_path, cc, "-O2", "-ffreestanding")
    assert defined == public(kernels)
    assert needed <= {"_GLOBAL_OFFSET_TABLE_"}


@needs_nm
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("name", ["scalar-long-rows", "copy-oc-transposed", "reference"])
def test_gcc_needs_no_libc_even_where_it_knows_one(name, tmp_path):
    """What the pragma in the file is for."""
    _, needed = build(emitted(name), tmp_path, "gcc", "-O3")
    assert needed <= {"_GLOBAL_OFFSET_TABLE_"}


@pytest.mark.sampled
@needs_nm
@every_compiler
@pytest.mark.parametrize(("algorithm", "channels"), [
    ("direct", {"ic": 3, "oc": 16}), ("depthwise", {"g": 16, "ic": 16, "oc": 16}), ("dot", {"ic": 16, "oc": 2}),
    ("grouped", {"g": 8, "ic": 16, "oc": 16})])
def test_no_warning_where_all_is_padding(algorithm, channels, cc, tmp_path):
    """The only row of outputs sees rows above the input: no product is left, and no name for one."""
    spec = ConvSpec(**channels, ih=1, iw=9, kh=2, kw=3, sh=3, top=2, bottom=1, left=1, right=1, layout="nhwc")
    build(render(next(ALGORITHMS[algorithm].plans(spec, NAMED[V3])), "k"), tmp_path, cc, "-O1", "-ffreestanding")


@pytest.mark.sweep
@needs_nm
@pytest.mark.parametrize("opt", ["-O0", "-O2", "-O3"])
@every_compiler
@each
def test_no_warning_at_any_level(name, cc, opt, tmp_path):
    """Freestanding, and where a compiler knows more: memset, OpenMP."""
    _, needed = build(emitted(name), tmp_path, cc, opt, "-ffreestanding")
    assert needed <= {"_GLOBAL_OFFSET_TABLE_"}
    tools.require(tools.openmp(cc))
    build(emitted(name), tmp_path, cc, opt, "-fopenmp")


@needs_nm
@pytest.mark.parametrize("cc", tools.CXX)
@pytest.mark.parametrize("standard", ["c++11", "c++20"])
def test_headers_in_cpp(cc, standard, tmp_path):
    tools.require(tools.cpp(cc, standard))
    lines = []
    for name in CASES:
        save(emitted(name), tmp_path)
        header = emitted(name).name
        lines += [f'#include "{header}.h"', f'#include "{header}.h"']  # twice: guarded
        lines += [f"static_assert({header}_WORKSPACE_BYTES(4) % sizeof(float) == 0, \"\");"]
        lines += [f"size_t count_{header}() {{ return {header}_tasks(0); }}"]
    (tmp_path / "all.cpp").write_text("\n".join(lines))
    run(tmp_path, cc, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "all.cpp")
    calls = {symbol for symbol in symbols(run(tmp_path, "nm", "-u", "all.o")) if symbol.endswith("_tasks")}
    assert calls == {f"{emitted(name).name}_tasks" for name in CASES}  # C names, not mangled ones


@every_compiler
def test_no_flag_is_needed_for_the_instruction_set(cc, tmp_path):
    kernel = emitted("edges-tails")
    save(kernel, tmp_path)
    run(tmp_path, cc, "-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", f"{kernel.name}.c")
    assert "#error \"compile this file with -mavx2 -mfma\"" in kernel.source  # for any other compiler


@every_compiler
def test_a_file_for_another_machine_says_so_first(cc, tmp_path):
    """Not its intrinsics' header."""
    save(emitted("edges-tails"), tmp_path)
    done = subprocess.run([cc, "-std=c99", "-U__x86_64__", "-E", "edges_tails.c"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    first = next(line for line in done.stderr.splitlines() if "error" in line)
    assert "this file is for x86-64" in first


# --- memory, as tools that watch it see it ---

ARRAYS = """
#define _POSIX_C_SOURCE 200112L
#include "@.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exactly `bytes` bytes, so that a tool sees the first one before or after them. */
static void *block(size_t bytes)
{
    void *p = NULL;
    if (bytes && posix_memalign(&p, @_ALIGN, bytes)) {
        exit(2);
    }
    return p;
}

static float *filled(size_t bytes, unsigned seed)
{
    float *p = block(bytes);
    for (size_t i = 0; i < bytes / sizeof(float); ++i) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    for (size_t i = bytes - bytes % sizeof(float); i < bytes; ++i) {
        ((unsigned char *)p)[i] = 1; /* bytes that are no whole float */
    }
    return p;
}
"""

MAIN = ARRAYS + """
int main(void)
{
    float *input = filled(@_INPUT_BYTES, 1), *weights = filled(@_WEIGHTS_BYTES, 2), *scale = filled(SCALE_BYTES, 6);
    float *bias = filled(@_BIAS_BYTES, 3), *residual = filled(@_OUTPUT_BYTES, 4), *slopes = filled(SLOPES_BYTES, 5);
    float *one = block(@_OUTPUT_BYTES), *other = block(@_OUTPUT_BYTES);
    void *packed = block(@_PACKED_BYTES), *workspace = block(@_WORKSPACE_BYTES(1));
    const int workers[] = {1, 3, 20, 0, -5}; /* 20: more than most layers here have tasks */
    size_t run = 0;
    memset(one, 0xff, @_OUTPUT_BYTES);
    SMALL
    @_pack((const void *)weights, bias, SCALE SLOPES packed);
    free(weights);
    free(bias);
    free(scale);
    free(slopes);
    for (int phase = 0; phase < @_PHASES; ++phase) {
        for (size_t task = @_tasks(phase); task-- > 0; ++run) {
            @_task(phase, task, 0, input, packed, RESIDUAL one, workspace);
        }
    }
    free(workspace);
    if (@_tasks(-1) || @_tasks(@_PHASES)) {
        puts("tasks of no phase");
        return 1;
    }
    for (size_t i = 0; i < sizeof workers / sizeof workers[0]; ++i) {
        workspace = block(@_WORKSPACE_BYTES(workers[i]));
        memset(other, 0xff, @_OUTPUT_BYTES);
        @(input, packed, RESIDUAL other, workspace, workers[i]);
        free(workspace);
        if (memcmp(one, other, @_OUTPUT_BYTES)) {
            puts("workers differ from tasks");
            return 1;
        }
    }
    for (size_t i = 0; i < @_OUTPUT_BYTES / sizeof(float); ++i) {
        /* beside a slice, NaN as before */
        if (i % PITCH < RUN ? !(one[i] > -1e6f && one[i] < 1e6f) : one[i] == one[i]) {
            puts("not a sum, or no place for one");
            return 1;
        }
    }
    free(input);
    free(residual);
    free(one);
    free(other);
    free(packed);
    printf("%d tasks", (int)run);
    return 0;
}
"""


# Prints the workers that did something, which their own parts of the workspace show.
WHO = ARRAYS + """
int main(int argc, char **argv)
{
    enum { MOST = 8, FRESH = 0xa5 };
    const size_t scratch = @_WORKSPACE_BYTES(2) - @_WORKSPACE_BYTES(1), shared = @_WORKSPACE_BYTES(1) - scratch;
    float *input = filled(@_INPUT_BYTES, 1), *residual = filled(@_OUTPUT_BYTES, 2), *output = block(@_OUTPUT_BYTES);
    float *packed = filled(@_PACKED_BYTES, 3);
    unsigned char *workspace = block(@_WORKSPACE_BYTES(MOST));
    memset(workspace, FRESH, @_WORKSPACE_BYTES(MOST));
    @(input, packed, RESIDUAL output, workspace, atoi(argv[argc - 1]));
    (void)residual;
    for (int worker = 0; worker < MOST; ++worker) {
        size_t same = 0;
        while (same < scratch && workspace[shared + (size_t)worker * scratch + same] == FRESH) {
            ++same;
        }
        if (same < scratch) {
            printf("%d ", worker);
        }
    }
    return 0;
}
"""


# As worker 0, and as one whose part of the workspace begins 2^31 floats on: memory that is there once it is touched.
FAR = ARRAYS + """
#include <sys/mman.h>

int main(void)
{
    const size_t scratch = @_WORKSPACE_BYTES(2) - @_WORKSPACE_BYTES(1);
    const int workers[] = {0, (int)((((size_t)4 << 31) + scratch - 1) / scratch)};
    float *input = filled(@_INPUT_BYTES, 1), *residual = filled(@_OUTPUT_BYTES, 2);
    float *packed = filled(@_PACKED_BYTES, 3), *outputs[] = {block(@_OUTPUT_BYTES), block(@_OUTPUT_BYTES)};
    void *workspace = mmap(NULL, @_WORKSPACE_BYTES(workers[1] + 1), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (workspace == MAP_FAILED) {
        puts("no room");
        return 0;
    }
    (void)residual;
    for (int run = 0; run < 2; ++run) {
        for (int phase = 0; phase < @_PHASES; ++phase) {
            for (size_t task = 0; task < @_tasks(phase); ++task) {
                @_task(phase, task, workers[run], input, packed, RESIDUAL outputs[run], workspace);
            }
        }
    }
    puts(memcmp(outputs[0], outputs[1], @_OUTPUT_BYTES) ? "differ" : "same");
    return 0;
}
"""


# Half floats and bytes out of floats: not all are numbers.
SMALL = "for (size_t i = 0; i < @_WEIGHTS_BYTES; ++i) ((unsigned char *)weights)[i] &= 0x3b;"


def program(kernel, folder, cc, *flags, text=MAIN):
    """A program around the kernel. The usual one runs it task by task backwards, then whole, by some numbers of
    workers, and compares the bits."""
    for role in ("slopes", "scale"):
        there, name = kernel.spec.array(role) is not None, role.upper()
        text = text.replace(f"{name}_BYTES", f"@_{name}_BYTES" if there else "0").replace(
            f"{name} ", f"{role}, " * there)
    text = text.replace("SMALL", SMALL * (kernel.spec.arithmetic.weights is not element.F32))
    run_of, pitch = kernel.spec.array("output").runs
    text = text.replace("PITCH", str(pitch)).replace("RUN", str(run_of))
    main = text.replace("@", kernel.name).replace("RESIDUAL ", "residual, " * kernel.spec.residual)
    save(kernel, folder, main_c=main)
    linked(kernel, folder, cc, *flags)


def linked(kernel, folder, cc, *flags):
    """The program `main` of main.c and the kernel."""
    flags = ("-std=c99", "-g", *flags, *kernel.flags)
    run(folder, cc, *flags, "-c", f"{kernel.name}.c")
    run(folder, cc, *flags, "-o", "main", "main.c", f"{kernel.name}.o")


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("cc", [
    pytest.param(cc, marks=[pytest.mark.sweep] * (cc != tools.CC[0])) for cc in tools.CC])
@each
def test_address_and_undefined_behaviour_sanitizers_are_silent(name, cc, tmp_path):
    """Each workspace is of the bytes that its workers need; OpenMP, where there is one, would like to have eight."""
    tools.require(tools.sanitizers(cc))
    kernel = emitted(name)
    if not kernel.plan.target.runs_here():
        pytest.skip(f"this CPU lacks the instructions of {kernel.plan.target.isa}")
    openmp = () if tools.openmp(cc, *tools.SANITIZERS) else ("-fopenmp",)
    program(kernel, tmp_path, cc, "-O0", *tools.SANITIZERS, *openmp)
    (tmp_path / "leaks").write_text("leak:libomp\n")  # clang's runtime keeps what its threads have
    said = run(tmp_path, "./main", env={**tools.EIGHT, "LSAN_OPTIONS": "suppressions=leaks:print_suppressions=0"})
    assert re.fullmatch(r"[1-9]\d* tasks", said)


@every_compiler
@pytest.mark.parametrize("name", ["depthwise-rows-dealt", "winograd-edges-tails"])
def test_the_call_says_how_many_threads_there_are(name, cc, tmp_path):
    tools.require(tools.openmp(cc))
    kernel = emitted(name)
    if not kernel.plan.target.runs_here():
        pytest.skip(f"this CPU lacks the instructions of {kernel.plan.target.isa}")
    program(kernel, tmp_path, cc, "-O1", "-fopenmp", text=WHO)
    for workers in (1, 2, 3):
        said = run(tmp_path, "./main", str(workers), env=tools.EIGHT)
        assert said.split() == [str(worker) for worker in range(workers)]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
@tools.needs(tools.any_c)
@pytest.mark.parametrize("name", ["depthwise-rows-dealt", "winograd-narrow", "winograd-phases-turned"])
def test_the_last_of_many_workers_finds_its_part_of_the_workspace(name, tmp_path):
    tools.require(tools.sanitizers(tools.CC[0]))
    kernel = emitted(name)
    if not kernel.plan.target.runs_here():
        pytest.skip(f"this CPU lacks the instructions of {kernel.plan.target.isa}")
    program(kernel, tmp_path, tools.CC[0], "-O0", "-D_DEFAULT_SOURCE", *tools.SANITIZERS, text=FAR)
    said = run(tmp_path, "./main", env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    if said == "no room\n":
        pytest.skip("memory must be given out before it is there")
    assert said == "same\n"


@tools.needs(tools.valgrind)
@pytest.mark.parametrize("name", [
    "copy-oc-transposed",
    *(pytest.param(name, marks=pytest.mark.sweep) for name in CASES if name != "copy-oc-transposed"),
])
def test_valgrind_is_silent(name, tmp_path):
    """Memory never written is never used: not in workspace, packed weights, or output."""
    kernel = emitted(name)
    if not kernel.plan.target.runs_here():
        pytest.skip(f"this CPU lacks the instructions of {kernel.plan.target.isa}")
    program(kernel, tmp_path, tools.CC[0], "-O2")
    said = run(tmp_path, "valgrind", "--error-exitcode=9", "--leak-check=full", "-q", "./main")
    assert re.fullmatch(r"[1-9]\d* tasks", said)


# --- the text ---


@each
def test_text_is_tidy(name):
    kernel = emitted(name)
    for text in (kernel.source, kernel.header):
        assert text.isascii()
        assert text.endswith("}\n") or text.endswith("#endif\n")
        assert not re.search(r"[\t\r]| $|\n\n\n", text, re.MULTILINE)
        assert "SPDX-License-Identifier: 0BSD" in text
    code = re.sub(r"/\*.*?\*/|__attribute__\(\(\w+\)\)", "", kernel.source, flags=re.DOTALL)
    for line in code.splitlines():
        assert not re.search(r"[\[( ]0 \* |\* 1\b(?!\.)|\+ 0[);,\]]|\(\(\w+( \+ \w+)*\)\)|\[\([^)]*\)\]", line), line
    indents = {len(line) - len(line.lstrip(" ")) for line in code.splitlines() if line.strip()}
    assert all(indent % 4 == 0 for indent in indents)
    assert not re.search(r"\b(malloc|free|memset|memcpy|printf|expf?|tanhf?|erff?)\s*\(", code)
    assert kernel.source.count("{") == kernel.source.count("}")


@each
def test_text_says_nothing_of_the_machine_or_the_day(name):
    kernel = emitted(name)
    text = kernel.source + kernel.header
    assert not re.search(r"\b20[23]\d\b|\d:\d\d|/(home|root|tmp|usr|var|work)/", text)
    for private in (Path.home(), Path.cwd(), os.uname().nodename, sys.executable):
        assert str(private) not in text


@needs_nm
@every_compiler
def test_avx512_compiles_anywhere(cc, tmp_path):
    layers = ({"ic": 20, "ih": 9, "iw": 19, "oc": 40, "kh": 3, "kw": 3, "padding": "half"},
              {"ic": 40, "ih": 9, "iw": 19, "oc": 40, "g": 10, "kh": 3, "kw": 3, "layout": "nhwc"},
              {"ic": 40, "ih": 9, "iw": 41, "oc": 40, "g": 40, "kh": 3, "kw": 3, "sw": 2})
    plans = [plan for fields in layers for algorithm in ALGORITHMS.values()
             for plan in list(algorithm.plans(ConvSpec(**fields, activation="gelu"), NAMED["x86-64-v4"]))[::97]]
    kernels = [render(plan, f"k{at}") for at, plan in enumerate(plans)]
    together([msgspec.structs.replace(kernel, flags=()) for kernel in kernels], tmp_path, cc, "-O1")


@pytest.mark.sampled
@needs_nm
@every_compiler
@pytest.mark.parametrize("target", [V3, SCALAR])
def test_every_activation_compiles_without_a_warning(cc, target, tmp_path):
    specs = [ConvSpec(ic=8, iw=9, oc=8, kw=3, activation=name) for name in ACTIVATIONS]
    kernels = [generate(spec, target, name=f"k{at}", records=False) for at, spec in enumerate(specs)]
    together(kernels, tmp_path, cc, "-O0")


def digest():
    """A hash of every case's text."""
    texts = [emitted(name).source + emitted(name).header for name in CASES]
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def test_same_plan_same_bytes_in_another_process():
    said = run(Path(__file__).parent, sys.executable, "-c", "import test_emitted; print(test_emitted.digest())",
               env={**os.environ, "PYTHONHASHSEED": "4242"})
    assert said.strip() == digest()


def test_every_kind_of_plan_is_here():
    """A case that lost its point, because the plans changed, would show here."""
    plans = [emitted(name).plan for name in CASES]
    specs = [plan.spec for plan in plans]
    assert {(p.lanes, written(p).source) for p in plans} == {
        ("oc", "input"), ("oc", "edges"), ("oc", "copy"), ("ow", "input"), ("ow", "edges"), ("ow", "copy"),
        ("ow", "local"), ("ic", "edges"), ("ic", "input")}
    assert {p.target.isa for p in plans} == {"avx2", "scalar"}
    others = {"implicit", "tensor", "modular", "matrix", "gradient", "implicit_gradient", "chain",
              "pooling"}  # not here
    assert {p.algorithm for p in plans} == set(ALGORITHMS) - others
    assert len({s.act.name for s in specs}) > 9  # and all of them below
    assert {s.rank for s in specs} == {1, 2, 3}
    assert {s.weights_layout for s in specs} == {"oihw", "hwio", "ohwi", "iohw", "hwoi", "ihwo"}
    for field in ("bias", "residual", "flip"):
        assert {getattr(s, field) for s in specs} == {True, False}
    tiles = "".join(emitted(name).source for name in CASES)
    assert all(f"{stage}(const float *x" in tiles for stage in ("_first", "_next", "_last"))


# --- the machine code ---


def innermost(kernel, folder, *flags):
    """The instructions of the innermost loop with most FMAs, as gcc has it."""
    save(kernel, folder)
    run(folder, "gcc", "-std=c99", "-O3", *flags, *kernel.flags, "-c", "k.c")
    listing = run(folder, "objdump", "-d", "--no-show-raw-insn", "k.o")
    code = [(int(at, 16), text) for at, text in re.findall(r"^ +([0-9a-f]+):\t(.*)$", listing, re.MULTILINE)]
    loops = []
    for at, text in code:
        jump = re.match(r"j\w+ +([0-9a-f]+) ", text)
        if jump and int(jump[1], 16) <= at:
            loops.append([t for a, t in code if int(jump[1], 16) <= a <= at])
    return max((loop for loop in loops if sum(t.startswith("j") for t in loop) == 1),
               key=lambda loop: sum("vfmadd" in t for t in loop))


@tools.needs(tools.binutils, "objdump", "gcc")
def test_the_inner_loop_is_fmas_that_stay_in_registers(tmp_path):
    """6 × 16 of a 3 × 3 layer: the innermost loop is unroll · 12 FMAs, its accumulators in registers."""
    spills = 2  # an array of accumulators: 12 a term
    spec = ConvSpec(ic=64, ih=56, iw=56, oc=64, kh=3, kw=3, padding="half", layout="nhwc")
    plan = next(plan for plan in ALGORITHMS["direct"].plans(spec, NAMED[V3])
                if (plan.mr, plan.nr, plan.lanes, plan.choices.source) == (6, 2, "oc", "copy"))
    kernel, unroll = render(plan, "k"), plan.choices.unroll
    loop = innermost(kernel, tmp_path)
    assert sum("vfmadd" in text for text in loop) == unroll * 12
    assert len([text for text in loop if re.search(r"mm\d+,.*\(%r[sb]p", text)]) <= spills
    assert len(loop) <= unroll * (12 + 6 + 2) + 6 + spills  # FMAs, broadcasts, loads, and the loop


@tools.needs(tools.binutils, "objdump", "gcc")
@pytest.mark.parametrize(("lanes", "mr", "nr"), [("ow", 5, 5), ("ow", 3, 7), ("oc", 3, 7)])
def test_vectors_that_few_rows_multiply_are_read_once(lanes, mr, nr, tmp_path):
    """Of 5 × 80 pixels gcc would read most vectors again for each row, of 3 × 112 all of them."""
    spec = ConvSpec(ic=64, ih=15, iw=15, oc=112, kh=1, kw=1, layout="nchw" if lanes == "ow" else "nhwc")
    plan = next(plan for plan in ALGORITHMS["direct"].plans(spec, NAMED["x86-64-v4"])
                if (plan.mr, plan.nr, plan.lanes) == (mr, nr, lanes))
    loop = innermost(render(plan, "k"), tmp_path)
    sums = [text for text in loop if "vfmadd" in text]
    assert len(sums) >= mr * nr
    assert sum("(" in text for text in sums) <= len(sums) // 20  # a spill, perhaps


@tools.needs(tools.binutils, "objdump", "gcc")
@pytest.mark.parametrize("activation", ["silu", "hard-swish", "gelu"])
def test_an_activation_leaves_the_inner_loop_its_registers(activation, tmp_path):
    """Inlined by gcc -fPIC into the function of a task, its constants would stay in registers around the loop."""
    spec = ConvSpec(ic=192, ih=80, iw=80, oc=64, kh=1, kw=1, layout="nhwc", activation=activation)
    kernel = generate(spec, "x86-64-v4", "direct", "k", records=False)
    assert kernel.source.count("#define APART") == 3 * kernel.source.count("#undef APART") == 3
    loop = innermost(kernel, tmp_path, "-fPIC")
    fused = sum("vfmadd" in text for text in loop)
    on_stack = sum(re.search(r"\(%r[sb]p\)", text) is not None for text in loop)
    assert fused >= 28
    assert 6 * on_stack <= fused  # 31 of 32 registers are in use: gcc spills some; inlined, it is every other or more


# layer, target, algorithm, tile (mr, nr), function: what a tile of the whole kernel multiplies
STRAIGHT = {
    "depthwise": ({"g": 64, "ic": 64, "ih": 56, "iw": 56, "oc": 64, "kh": 3, "kw": 3, "padding": "half",
                   "layout": "nhwc"}, V3, "depthwise", (3, 3), "tile_3x3x8", 9 * 9),
    "dot": ({"ic": 32, "ih": 16, "iw": 16, "oc": 2, "kh": 1, "kw": 1, "layout": "nhwc"}, "x86-64-v4", "dot", (8, 2),
            "tile_8x2x16", 2 * 16),
}


@tools.needs(tools.binutils, "objdump", "gcc")
@pytest.mark.parametrize("name", STRAIGHT)
def test_straight_tiles_stay_in_registers(name, tmp_path):
    """A tile without loops: every product once, and nothing of it on the stack."""
    fields, target, algorithm, tile, function, products = STRAIGHT[name]
    plan = next(plan for plan in ALGORITHMS[algorithm].plans(ConvSpec(**fields), NAMED[target])
                if (plan.mr, plan.nr) == tile)
    kernel = render(plan, "k")
    save(kernel, tmp_path)
    run(tmp_path, "gcc", "-std=c99", "-O3", "-fno-inline", "-fno-ipa-cp", *kernel.flags, "-c", "k.c")
    listing = run(tmp_path, "objdump", "-d", "--no-show-raw-insn", "k.o")
    code = re.search(rf"<k_{function}_>:\n((?:.+\n)*)", listing)[1]
    fused = len(re.findall("vfmadd", code))
    plain = len(re.findall("vmulps", code))  # products that start from zero
    assert fused + plain == products
    assert not re.search(r"\tj", code)  # conditions on constants are gone
    assert not re.search(r"mm\d+.*\(%r[sb]p|\(%r[sb]p.*mm\d+", code)


# --- speed that a compiler must be allowed ---


@tools.needs(tools.binutils, "objdump", "gcc")
@tools.needs(tools.c, "gcc", "-march=x86-64-v3")
@pytest.mark.parametrize("algorithm", ["direct", "winograd"])
def test_plain_code_is_fused_where_the_cpu_can_whatever_the_standard(algorithm, tmp_path):
    """-std=c99 alone turns that off in gcc: Makefile, CMake and Meson ask for it."""
    spec = ConvSpec(ic=16, oc=32, ih=14, iw=14, kh=3, kw=3, padding="half", layout="nhwc")
    save(generate(spec, "scalar", algorithm, "k", max_error=1e-5, records=False), tmp_path)
    found = []
    for flags in (("-std=c99",), ("-std=gnu99",), ("-std=c99", "-ffp-contract=fast")):
        run(tmp_path, "gcc", *flags, "-O3", "-march=x86-64-v3", "-Wall", "-Wextra", "-Werror", "-c", "k.c")
        found.append(run(tmp_path, "objdump", "-d", "--no-show-raw-insn", "k.o").count("vfmadd"))
    assert found[0] > 50
    assert found == found[:1] * 3


# --- what a header says in numbers ---

STATED = """
#include "@.h"
#if @_IC != IC_ || @_OC != OC_ || @_IW != IW_ || @_KW != KW_ || @_OW != OW_ || @_BIAS != BIAS_
#error "extents"
#elif @_RESIDUAL != RESIDUAL_
#error "extents"
#endif
#if @_OUTPUT_BYTES > 1000000 || @_WORKSPACE_BYTES(1) < 1 || @_WORKSPACE_BYTES(2) - @_WORKSPACE_BYTES(1) > 100000000
#error "sizes"
#endif
unsigned char packed[@_PACKED_BYTES], workspace[@_WORKSPACE_BYTES(1)];
NUMBER input[@_INPUT_BYTES / sizeof(NUMBER)], bias[@_BIAS_BYTES / sizeof(NUMBER)];
size_t user(int workers);
size_t user(int workers)
{
    return sizeof packed + sizeof workspace + sizeof input + sizeof bias + (size_t)@_WORKSPACE_BYTES(workers);
}
"""
GEOMETRY = {
    "edges-3d-dilated": "G=1 N=2 SD=1 SW=1 DD=2 DH=2 DW=3 FRONT=1 BACK=2 TOP=2 BOTTOM=1 LEFT=4 RIGHT=1",
    "reference": "G=2 SH=1 SW=2 DH=2 DW=1 FRONT=1 BACK=0 BOTTOM=2 TOP=0 LEFT=1 RIGHT=0",
    "reference-1d": "G=1 SW=1 DW=1 LEFT=0 RIGHT=0",
}


@tools.needs(tools.any_c)
@pytest.mark.parametrize("name", GEOMETRY)
def test_macros_say_all_of_a_layers_geometry(name, tmp_path):
    """For callers that assert it: strides, dilations, pads of either side, groups; of the axes that the layer has."""
    kernel = emitted(name)
    save(kernel, tmp_path)
    lines = [f'#include "{kernel.name}.h"']
    for wanted in GEOMETRY[name].split():
        macro, number = wanted.split("=")
        lines += [f"#if !defined({kernel.name}_{macro}) || {kernel.name}_{macro} != {number}", f'#error "{wanted}"',
                  "#endif"]
    (tmp_path / "user.c").write_text("\n".join(lines) + "\n")
    run(tmp_path, tools.CC[0], "-std=c99", "-fsyntax-only", "user.c")
    assert ("_FRONT" in kernel.header) == ("FRONT" in GEOMETRY[name])
    stated = re.findall(rf"^#define {kernel.name}(_\w+)", kernel.header, re.MULTILINE)
    assert set(stated) <= set(ENDINGS)


WITHOUT = ("scalar", "reference-1d", "slopes-dot", "dot-flat")  # bias, workspace, residual or none of them


@every_compiler
@pytest.mark.parametrize("name", WITHOUT)
def test_macros_are_numbers_for_the_preprocessor_and_never_0(name, cc, tmp_path):
    """No array declared from them is empty, which -Wpedantic would tell."""
    kernel = emitted(name)
    save(kernel, tmp_path)
    spec = kernel.spec
    text = STATED.replace("NUMBER", spec.arithmetic.input.c)
    for macro, value in (("IC_", spec.ic), ("OC_", spec.oc), ("IW_", spec.iw), ("KW_", spec.kw), ("OW_", spec.ow),
                         ("BIAS_", int(spec.bias)), ("RESIDUAL_", int(spec.residual))):
        text = text.replace(f"!= {macro}", f"!= {value}")
    (tmp_path / "user.c").write_text(text.replace("@", kernel.name))
    run(tmp_path, cc, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "user.c")
    assert ("_RESIDUAL_BYTES" in kernel.header) == spec.residual
    assert "size_t)" not in kernel.header.partition("_ALIGN")[0]


def test_the_head_counts_the_workspace_of_a_worker():
    """Also where all of it is a worker's own."""
    kernel = emitted("winograd-edges-tails")
    assert kernel.workspace_bytes == 0 < kernel.scratch_bytes
    each = kernel.scratch_bytes
    assert f", {each} of workspace for a worker, {each} more for each other\n" in kernel.source
    macro = f"_WORKSPACE_BYTES(workers) (0ull + {each}ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))\n"
    assert macro in kernel.header
