"""Proofs of OpenCL files: every algorithm, work-item by work-item, streams, and planted bugs."""

from __future__ import annotations

import re

import pytest
import tools
from test_algebra import BACK, CHANNELS, FIRST, PLAIN, UP, WEIGHTS, cxx, run, subject

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.errors import UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.verification.algebra.proof import prove

pytestmark = tools.needs(cxx)

COPIED = ConvSpec.parse("g5ic5ih8iw17oc15kh4kw2sh3sw3ph3pw1", layout="nchw")  # to a scratch of each work-item
HALVES, TILED = PLAIN.replace(dtype="f16"), PLAIN.replace(layout="nchw")
PROVEN = [("direct", "opencl-cpu", FIRST), ("direct", "opencl-gpu", UP.replace(activation="none")),
          ("direct", "opencl-cpu", HALVES), ("implicit", "opencl-gpu", PLAIN), ("implicit", "opencl-gpu", HALVES),
          ("direct", "opencl-cpu", PLAIN.replace(dtype="bf16", activation="gelu")),
          ("direct", "opencl-gpu", BACK), ("winograd", "opencl-gpu", TILED), ("depthwise", "opencl-cpu", CHANNELS),
          ("depthwise", "opencl-cpu", COPIED), ("winograd", "opencl-cpu", FIRST.replace(dtype="f32:s8:f32")),
          ("implicit_gradient", "opencl-gpu", WEIGHTS), ("reference", "opencl-gpu", FIRST)]


def kernel_of(algorithm, target, spec):
    """Of a plan in the middle, or of the best, "", of whatever algorithm."""
    if not algorithm:
        return generate(spec, find(target))
    plans = list(ALGORITHMS[algorithm].plans(spec, find(target)))
    return render(plans[len(plans) // 2])


@pytest.mark.parametrize(("algorithm", "target", "spec"), PROVEN,
                         ids=[f"{algorithm}-{target}-{i}" for i, (algorithm, target, _) in enumerate(PROVEN)])
def test_kernels_are_proven(algorithm, target, spec):
    kernel = kernel_of(algorithm, target, spec)
    proof = prove(subject(kernel))
    assert not proof.finding
    assert proof.outputs == next(array.count for array in spec.arrays if array.written)
    assert 0 <= kernel.bound.roundings - proof.roundings <= 3


BYTES = ConvSpec.parse("ic6ih5oc7kh3ph1", layout="nhwc", dtype="u8:s8:u8")
SIGNED = BYTES.replace(dtype="s8:s8:s8", input_zero=3)
INTEGERS = [("opencl-cpu", BYTES.replace(activation="relu")), ("opencl-gpu", SIGNED.replace(rounding="tflite")),
            ("opencl-cpu", SIGNED.replace(residual=True, residual_scale=0.5)),
            ("opencl-gpu", BYTES.replace(dtype="s16:s8:s16", rounding="tflite")),
            ("opencl-gpu", BYTES.replace(dtype="u8:s8:f32", activation="silu")),
            ("opencl-cpu", ConvSpec.parse("g16ic16ih5oc16kh3ph1", layout="nhwc", dtype="u8:s8:u8")),
            ("opencl-sm80", BYTES.replace(ic=32, oc=16)),
            ("opencl-sm80", BYTES.replace(ic=32, oc=16, dtype="s8:s8:s32"))]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("target", "spec"), INTEGERS, ids=[f"{target}-{i}" for i, (target, _) in enumerate(INTEGERS)])
def test_kernels_of_integers_are_proven(target, spec):
    proof = prove(subject(generate(spec, find(target))))
    assert not proof.finding
    assert proof.outputs == spec.array("output").count


def stream(**fields):
    return ConvSpec(**{"ic": 3, "oc": 5, "kw": 3, "stream": 7, "causal": True, "layout": "nwc"} | fields)


STREAMS = [("opencl-cpu", stream(residual=True, out_stride=6)), ("opencl-gpu", stream(sw=3, kw=2, activation="prelu")),
           ("opencl-cpu", stream(dtype="f16", layout="ncw", dw=3)),
           ("opencl-gpu", stream(dtype="u8:s8:u8", input_zero=3, output_zero=7)),
           ("opencl-cpu", stream(dtype="s8:s8:s8", rounding="tflite", sw=2))]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("target", "spec"), STREAMS, ids=[f"{target}-{i}" for i, (target, _) in enumerate(STREAMS)])
def test_streams_are_proven(target, spec):
    assert not prove(subject(generate(spec, find(target)))).finding


PAIRS, FOURS = ("", "opencl-cpu", BYTES), ("", "opencl-gpu", BYTES)
TILES, PAST = ("", "opencl-sm80", BYTES.replace(ic=32, oc=16)), ("", "opencl-cpu", stream(sw=2))
SCRATCH = ("depthwise", "opencl-cpu", COPIED)
WEIGHED = ("winograd", "opencl-gpu", TILED)
SHARED, LANES = ("implicit", "opencl-gpu", PLAIN), ("direct", "opencl-cpu", FIRST.replace(residual=False))
BUGS = {
    "a barrier dropped": (SHARED, r"\n +barrier\(CLK_LOCAL_MEM_FENCE\);", "", "while another task uses it: array 0"),
    "a barrier that some reach": (SHARED, r"(const int item = .*;)", r"\1 if (item > 5) barrier(CLK_LOCAL_MEM_FENCE);",
                                  "a barrier that not all items of a group reach"),
    "half of the memory": (SHARED, r"c % 2 \* \d+", "0", "raced, read while another task writes it: array 0"),
    "memory too short": (SHARED, r"(float shared\[)\d+", r"\g<1>200", "outside the array: array 0"),
    "all items write": (SHARED, r"shared\[term0 \* \d+ \+ pixel0\]", "shared[0]",
                        "while another task uses it: array 0"),
    "tasks that are not shared": (LANES, r"task \+= get_(global_size|num_groups)\(0\)", "task += 100000",
                                  "made of what nobody wrote: output"),
    "tasks that all items do": (LANES, r"(size_t task = )get_\w+_id\(0\)", r"\g<1>0", "raced, written while another"),
    "another item's scratch": (SCRATCH, r"\(ptrdiff_t\)worker \*", "(ptrdiff_t)(worker + 1) *",
                               "of another worker: workspace"),
    "lanes of another place": (LANES, r"(acc0_0 = .*\+ )acc0_0;", r"\1acc1_0;", "wrong: output"),
    "a sum that leaves 32 bits": (PAIRS, r"\(a >> 16\) \* \(b >> 16\)", "(a >> 16) * (b >> 16) * 65536",
                                 "leaves its type"),
    "a byte's sign": (FOURS, r"x >> 8 & 255", "x << 16 >> 24", "wrong, "),
    "bytes of another lane": (FOURS, r"sum \+= \(w << 8 >> 24\)", "sum += (w << 24 >> 24)", "wrong, "),
    "words raced": (FOURS, r"\n +barrier\(CLK_LOCAL_MEM_FENCE\);", "", "while another task uses it: array 0"),
    "words off by a byte": (PAIRS, r"vload8\(0, \(const __global int \*\)\(w_kh\)\)",
                            "vload8(0, (const __global int *)((const __global char *)w_kh + 1))", "misaligned: packed"),
    "a matrix's rows": (TILES, r"row\[1\]", "row[0]", "wrong, "),
    "a warp that does not meet": (TILES, r"(static void meet\(void\)\n\{\n#if EMULATED\n).*", r"\1",
                                  "while another task"),
    "a sample of the past": (PAST, r"at < 6 \? past\[at\]", "at < 3 ? past[at]", "outside the array: input of a block"),
    "samples before that of an output": (PAST, r"i \+ due \* 3", "i", "wrong: output"),
    "what a product loses": (WEIGHED, r" \+ fma\(factor, weight, -term\)", "", "beyond the bound, roundings"),
    "sums that may be contracted": (WEIGHED, r"#pragma OPENCL FP_CONTRACT OFF\n", "", "beyond the bound, roundings"),
    "a divisor that is not whole": (WEIGHED, r"(over_g_w\[\d\] = \{[^,]*, )\d+.0f", r"\g<1>2.5f", "wrong: output"),
    "a size in the head": (LANES, r"input 5184", "input 5180", "bytes of input in the head, 5180, expected 5184"),
}


@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    what, pattern, other, told = BUGS[name]
    kernel = kernel_of(*what)
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding


def test_names_longer_than_a_line_are_read():
    long = PLAIN.replace(layout="ncdhw", id=3, kd=2, dh=2, dw=3, in_stride=9, out_stride=17, residual=True, flip=True,
                         weights_layout="ohwi", activation="hard-sigmoid(0.2,0.5)", top=3, left=2)
    kernel = generate(long, find("opencl-gpu"))
    assert len(kernel.name) > 90
    assert not prove(subject(kernel)).finding


def test_check_and_verify_read_opencl(tmp_path):
    generate(PLAIN, find("opencl-gpu")).save(tmp_path / "out")
    assert "891 outputs over GF(2^61 - 1)" in run("check", tmp_path / "out").stdout
    assert "ok" in run("verify", "ic2iw6oc3kw2", "--target", "opencl-cpu", "--mode", "algebra").stdout


def test_what_cannot_be_read_yet_is_told():
    halves = ConvSpec.parse("ic32ih5oc16kh3ph1", layout="nhwc", dtype="f16")
    with pytest.raises(UnsupportedError, match="no meaning for matrix instructions of floats"):
        prove(subject(generate(halves, find("opencl-sm80"))))
