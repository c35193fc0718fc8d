"""Kernels under Oclgrind, which knows each byte that a work-item may touch: it must have nothing to say.

Oclgrind ends with 0 whatever it finds, so its log is read. Each kernel runs twice there. As it is, for accesses
outside of buffers and data races. Then for the use of what was never written: there Oclgrind 21.10 crashes on a
vector literal made of shorter vectors (LLVM's shufflevector with undefined lanes), so the row says shuffle2 instead,
and does not know what optimisation makes of some divisions (LLVM's freeze), so there is none.

This file is also the program that runs there: test_oclgrind.py CASE. One each, since Oclgrind's knowledge of private
memory outlives a kernel.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import msgspec
import numpy as np
import pytest
import tools
from plans import chooses

from convgen.algorithms.winograd import gpu_view
from convgen.algorithms.winograd.numbers import part_of
from convgen.api import render
from convgen.emit.texts import templates
from convgen.layer.spec import ConvSpec
from convgen.machine.rows import ISAS, STORED
from convgen.machine.target import NAMED
from convgen.plan.kernel import Kernel
from convgen.planner import rank as planner
from convgen.run import build
from convgen.verification import compare, draws, oracle, whole
from convgen.verification.report import run_mode


def case(lanes, algorithm, where=lambda plan: True, kind="cpu", **layer):
    """Lanes of the row, the algorithm, which of its plans, the layer."""
    return lanes, algorithm, where, kind, layer


HALF = {"padding": "half"}
SQUARE = {"kh": 3, "kw": 3, **HALF}
NHWC = {"layout": "nhwc"}
def small(plan):
    """Whether its tile fits what Oclgrind has of local memory."""
    return (plan.mr, plan.nr) == (2, 1) and plan.loops[1].step + plan.loops[2].step <= 64


CASES = {
    # sums
    "dense": case(4, "direct", ic=5, oc=6, ih=5, iw=5, **SQUARE, **NHWC),
    "edges": case(8, "direct", chooses(source="edges"), ic=8, oc=9, ih=5, iw=9, **SQUARE, **NHWC),
    "tails": case(16, "direct", ic=3, oc=19, ih=4, iw=7, kh=2, kw=3, **NHWC, activation="relu6"),
    "one": case(1, "direct", ic=3, oc=3, ih=4, iw=5, **SQUARE, activation="clip(-1,2)"),
    "pixels": case(8, "direct", lambda p: p.lanes == "ow", ic=3, oc=5, ih=4, iw=11, kw=1, residual=True),
    "channels": case(8, "direct", lambda p: p.lanes == "oc", ic=3, oc=9, ih=5, iw=6, **SQUARE,
                     activation="leaky-relu(0.1)"),
    "copied": case(4, "direct", chooses(source="copy"), ic=5, oc=5, ih=5, iw=6, **SQUARE),
    "strided": case(8, "direct", ic=4, oc=9, ih=9, iw=12, **SQUARE, sh=2, sw=2, **NHWC, bias=False),
    "strided rows": case(4, "direct", ic=3, oc=5, ih=9, iw=11, **SQUARE, sh=2, sw=2, activation="tanh"),
    "dilated": case(8, "direct", ic=3, oc=8, ih=9, iw=9, **SQUARE, dh=2, dw=2, **NHWC, flip=True),
    "lopsided": case(4, "direct", ic=3, oc=5, ih=6, iw=6, kh=3, kw=3, top=2, right=1, n=2, **NHWC),
    "line": case(4, "direct", ic=4, oc=5, iw=14, kw=3, **HALF, layout="nwc", activation="silu"),
    "line of rows": case(8, "direct", ic=3, oc=4, iw=13, kw=3, **HALF, activation="hard-swish"),
    "cube": case(4, "direct", ic=2, oc=5, id=3, ih=4, iw=5, kd=3, **SQUARE, layout="ndhwc"),
    "cube of planes": case(8, "direct", ic=2, oc=3, id=3, ih=4, iw=9, kd=2, **SQUARE),
    "few": case(8, "dot", ic=18, oc=3, iw=10, kw=1, layout="nwc", activation="sigmoid"),
    "few near": case(4, "dot", ic=9, oc=2, ih=4, iw=5, **SQUARE, **NHWC, residual=True),
    "groups": case(8, "grouped", ic=16, oc=16, g=4, ih=4, iw=5, **SQUARE, **NHWC),
    "groups of rows": case(4, "direct", ic=8, oc=12, g=4, ih=5, iw=5, **SQUARE),
    "depthwise": case(8, "depthwise", ic=11, oc=11, g=11, ih=6, iw=6, **SQUARE, **NHWC),
    "depthwise rows": case(4, "depthwise", ic=3, oc=3, g=3, ih=6, iw=11, **SQUARE, residual=True),
    "depthwise halves": case(8, "depthwise", ic=2, oc=2, g=2, ih=9, iw=19, **SQUARE, sh=2, sw=2, activation="gelu"),
    "transposed": case(4, "direct", op="transposed", ic=3, oc=5, ih=3, iw=4, **SQUARE, sh=2, sw=2, **NHWC),
    # transforms
    "phases": case(4, "winograd", chooses(m=2, fused=False), ic=5, oc=6, ih=5, iw=6, **SQUARE, **NHWC),
    "fused": case(8, "winograd", chooses(m=4, fused=True), ic=9, oc=9, ih=6, iw=6, **SQUARE, **NHWC),
    "parts": case(4, "winograd", lambda p: part_of(p) and p.choices.m == 4, ic=5, oc=8, ih=5, iw=6, **SQUARE, **NHWC),
    "phases of planes": case(8, "winograd", chooses(m=4, fused=False), ic=9, oc=10, ih=6, iw=7, **SQUARE),
    "fused planes": case(4, "winograd", chooses(m=2, fused=True), ic=5, oc=5, ih=4, iw=5, **SQUARE,
                         residual=True),
    "wide planes": case(16, "winograd", chooses(m=2), ic=17, oc=17, ih=4, iw=4, **SQUARE, activation="relu"),
    "large kernel": case(4, "winograd", chooses(m=2), ic=4, oc=5, ih=4, iw=5, kh=5, kw=5, **HALF, **NHWC),
    "one axis": case(4, "winograd", chooses(m=6), ic=4, oc=4, iw=13, kw=3, **HALF, layout="nwc"),
    "spectra": case(4, "fourier", chooses(fused=True), g=2, ic=2, oc=2, ih=11, iw=12, kh=9, kw=9, **HALF,
                    activation="relu"),
    "spectra of phases": case(4, "fourier", chooses(fused=False, size_w=32), ic=2, oc=1, iw=40, kw=34, residual=True),
    # loops
    "reference": case(1, "reference", ic=4, oc=6, g=2, id=2, ih=3, iw=4, kd=2, **SQUARE, n=2, residual=True,
                      activation="gelu"),
    # of integers
    "bytes": case(8, "direct", ic=5, oc=9, ih=5, iw=6, **SQUARE, **NHWC, dtype="u8:s8:u8", input_zero=3, output_zero=9),
    "bytes in place": case(4, "direct", chooses(source="input"), ic=8, oc=5, ih=4, iw=5, kw=1, **NHWC, bias=False,
                           dtype="s8:s8:f32", input_zero=3, activation="relu"),
    "shorts": case(4, "direct", lambda p: p.lanes == "oc", ic=3, oc=6, ih=4, iw=5, **SQUARE, dtype="s8:s16:s8",
                   rounding="tflite", input_zero=-128),
    "shorts of pixels": case(8, "direct", lambda p: p.lanes == "ow", ic=3, oc=5, ih=4, iw=11, kw=1, dtype="u8:s16:s32"),
    "integers one by one": case(1, "reference", ic=4, oc=6, g=2, ih=3, iw=4, **SQUARE, n=2, dtype="u8:s8:u8",
                                rounding="tflite-single", input_zero=200),
    "long sums": case(1, "reference", ic=4, oc=6, g=2, ih=3, iw=4, **SQUARE, n=2, dtype="s16:s8:s16",
                      rounding="tflite", input_zero=-5),
    # a GPU's: work-items that share
    "shared bytes": case(4, "implicit", kind="gpu", ic=6, oc=9, ih=5, iw=6, **SQUARE, **NHWC, dtype="u8:s8:u8",
                         input_zero=3, residual=True, residual_scale=0.5),
    "shared bytes of planes": case(4, "implicit", kind="gpu", ic=5, oc=9, ih=5, iw=6, **SQUARE, sh=2, n=2,
                                   dtype="s8:s8:s8", input_zero=3, rounding="tflite"),
    "shared packing of bytes": case(4, "direct", kind="gpu", ic=5, oc=9, ih=4, iw=5, **SQUARE, **NHWC, dtype="s8:s8:s8",
                                    rounding="tflite", input_zero=7),
    "shared": case(4, "implicit", kind="gpu", ic=5, oc=9, ih=5, iw=6, **SQUARE, **NHWC, activation="silu"),
    # instructions that a warp executes together, emulated
    "matrix": case(4, "tensor", small, kind="sm80", ic=8, oc=9, ih=5, iw=6, **SQUARE, **NHWC, activation="relu"),
    "matrix of halfs": case(4, "tensor", small, kind="sm80", dtype="f16", ic=16, oc=20, ih=5, iw=6, **SQUARE, **NHWC,
                            residual=True),
    "matrix of bytes": case(4, "tensor", small, kind="sm80", ic=16, oc=9, ih=5, iw=6, **SQUARE, **NHWC,
                            dtype="u8:s8:u8", input_zero=3),
    "matrix of planes of bytes": case(4, "tensor", small, kind="sm80", ic=5, oc=9, ih=5, iw=6, n=2, **SQUARE, sh=2,
                                      dtype="s8:s8:s8", input_zero=3, rounding="tflite"),
    "matrix of planes": case(4, "tensor", small, kind="sm80", dtype="f16", ic=5, oc=9, ih=5, iw=6, n=2, **SQUARE, sh=2),
    "shared planes": case(4, "implicit", kind="gpu", ic=5, oc=9, ih=5, iw=6, **SQUARE, sh=2, residual=True),
    "shared packing": case(4, "depthwise", kind="gpu", ic=9, oc=9, g=9, ih=5, iw=5, **SQUARE, **NHWC),
    "transformed": case(4, "winograd", chooses(m=2), "gpu", ic=5, oc=6, ih=5, iw=6, **SQUARE, **NHWC,
                        activation="relu"),
    "transformed planes": case(4, "winograd", chooses(m=4), "gpu", ic=4, oc=5, ih=5, iw=8, **SQUARE,
                               residual=True),
    "shared spectra": case(4, "fourier", chooses(size_w=16), "gpu", g=2, ic=2, oc=2, ih=11, iw=12, kh=9, kw=9, **HALF,
                           activation="relu"),
    "shared spectra of phases": case(4, "fourier", chooses(size_w=64), "gpu", ic=2, oc=2, iw=90, kw=40, residual=True),
}
CASES |= {  # arrays of halfs
    f"{name}, halfs": (*CASES[name][:4], {**CASES[name][4], "dtype": "f16"})
    for name in ("tails", "pixels", "copied", "few near", "groups", "depthwise halves", "fused", "fused planes", "one",
                 "reference", "shared", "shared planes")}
ONCE = "once"  # packed and called, of what rounds whatever it is given
QUICK = ("tails, halfs", "shorts", "dense", "shared", "transformed planes")
RACES = ("--data-races",)
UNWRITTEN = ("--uninitialized", "--build-options", "-cl-opt-disable")
SUM, STORE = "float sum = packed[", "        output["
FAULTS = [  # case, what is planted, what Oclgrind says of it
    ("reference", SUM, f"const float stray = input[1000];\n        {SUM}stray > 2.0f ? 0 : ", RACES, "Invalid read"),
    ("reference", STORE, f"        output[1000] = sum;\n{STORE}", RACES, "Invalid write"),
    ("reference", SUM, f"output[0] = output[1];\n        {SUM}", UNWRITTEN, "Uninitialized value"),
    ("shared", "barrier(CLK_LOCAL_MEM_FENCE);", "", RACES, "data race"),
]


def kernel_of(name):
    lanes, algorithm, where, kind, layer = CASES[name]
    target = msgspec.structs.replace(NAMED[f"opencl-{kind}"], isa=f"cl{lanes}")
    ranked = planner.rank(ConvSpec(**layer), target, algorithm, max_error=1.0)
    return render(next(estimate.plan for estimate in ranked if where(estimate.plan)))


def without_literals(row):
    """The row without literals of vectors."""
    def across(match):
        chosen = [int(lane, 16) + row.lanes * (name == "b") for name, lane in re.findall(r"([ab])\.s(.)", match[1])]
        return f"return shuffle2(a, b, (uint{row.lanes})({', '.join(map(str, chosen))}));"

    def joined(match):
        lanes = int(match[1])
        return f"return shuffle2(load_part{match[2]}, (uint{lanes})({', '.join(map(str, range(lanes)))}));"

    helpers = {}
    for name, text in row.helpers.items():
        text = re.sub(r"return \(float(\d+)\)\(load_part(.*)\);", joined, text)
        if "of two vectors" in text:
            text = re.sub(r"return \(float.*?\)\((.*)\);", across, text)
        helpers[name] = text
    return msgspec.structs.replace(row, helpers=helpers)


def main(name):
    """Run a case, or the kernel in a file, on whatever device is there, and print what verify makes of it."""
    if "OCLGRIND_UNINITIALIZED" in os.environ:
        altered = {row.name: without_literals(row) for row in ISAS.values()
                   if row.dialect == "opencl" and row.lanes > 1 and row.kind == "floats"}
        for table in (ISAS, STORED):  # those of integers know their floats
            for row in [row for row in table.values() if row.floats and row.floats.name in altered]:
                table[row.name] = msgspec.structs.replace(row, floats=altered[row.floats.name])
        ISAS.update(altered)
        del whole.DRAWINGS["ties"]  # Oclgrind forgets that a kernel has written the third buffer of packed weights
    if name in CASES:
        kernel = kernel_of(name)
    else:
        with open(name, "rb") as file:
            kernel = msgspec.json.decode(file.read(), type=Kernel)
    conv, mode = build.compile(kernel), os.environ.get("MODE", "exact")
    if mode == ONCE:
        print(json.dumps([near(conv), "one call"]))
        return
    check = run_mode(conv, mode)
    print(json.dumps([check.ok, check.detail]))


def near(conv):
    """Whether the outputs of one call are what they should be, but for roundings."""
    arrays = draws.normals(conv.kernel.spec, np.random.default_rng(0))
    compare.pack(conv, arrays)
    result = oracle.convolve(conv.kernel.spec, **arrays)
    return bool((np.abs(compare.run(conv, arrays) - result.y) < 1e-5 * (1 + result.s)).all())


def under_oclgrind(tmp_path, name, *options, mode="exact"):
    """Whether the result is right, the detail, and the log."""
    log = tmp_path / "log"
    log.unlink(missing_ok=True)
    done = subprocess.run(
        ["oclgrind", "--log", log, *options, sys.executable, __file__, name], text=True, capture_output=True,
        timeout=600, check=False, env={**os.environ, "MODE": mode},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return *json.loads(done.stdout), log.read_text()


needs_oclgrind = tools.needs(tools.oclgrind)


@pytest.mark.sampled
@needs_oclgrind
@pytest.mark.parametrize("options", [RACES, UNWRITTEN], ids=["accesses", "unwritten"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.sweep] * (name not in QUICK)) for name in CASES])
def test_oclgrind_is_silent(name, options, tmp_path):
    ok, detail, log = under_oclgrind(tmp_path, name, *options, mode=ONCE if CASES[name][1] == "fourier" else "exact")
    assert log == "", log[:4000]
    assert ok, detail


@needs_oclgrind
@pytest.mark.parametrize(("name", "old", "new", "options", "said"), FAULTS, ids=[fault[-1] for fault in FAULTS])
def test_oclgrind_reports_a_planted_fault(tmp_path, name, old, new, options, said):
    *_, log = under_oclgrind(tmp_path, planted(tmp_path, kernel_of(name), old, new), *options)
    assert said in log
    assert kernel_of(name).name in log


def planted(tmp_path, kernel, old, new):
    """A file with the kernel, altered."""
    assert old in kernel.source
    path = tmp_path / "kernel.json"
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(kernel, source=kernel.source.replace(old, new))))
    return str(path)


@needs_oclgrind
@pytest.mark.parametrize(("new", "said"), [
    (SUM, "arrays before an unmapped page, "),
    (f"output[-1] = 1.0f;\n        {SUM}", "unmapped page: bytes beside the output were written"),
    (f"((__global float *)input)[0] = 1.0f;\n        {SUM}", "the input were written"),
    (f"{SUM}-1] + packed[", "outputs wrong"),
], ids=["none", "beside", "input", "read"])
def test_guard_on_a_device_that_works_on_copies(tmp_path, new, said):
    path = planted(tmp_path, kernel_of("reference"), SUM, new)
    ok, detail, _ = under_oclgrind(tmp_path, path, mode="guard")
    assert said in detail
    assert ok == (new == SUM)


def test_the_cases_cover_every_template():
    templates.cache_clear()
    for name in CASES:
        kernel_of(name)
    used = {name for _, name in templates().cache}
    # of C files, or not kernels
    others = re.compile(r"probe/|common/(file|compilers|entry|limit|registers|sizes)|opencl/(host|weighted|in_c)"
                        "|package/|harness/|page/|tiled/(hot|flat|blocks|narrow|long|split)|winograd/modular|fourier/power|col2im/"
                        "|gradient/|streaming/|chain/|network/|README")
    assert {name for name in templates().list_templates() if not others.match(name)} <= used


if __name__ == "__main__":
    main(sys.argv[1])


@needs_oclgrind
@pytest.mark.parametrize("options", [RACES, UNWRITTEN], ids=["accesses", "unwritten"])
@pytest.mark.sweep
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_blocks_of_tiles(tmp_path, monkeypatch, layout, options):
    """The last of which has fewer tiles than the workspace has room for."""
    monkeypatch.setattr(gpu_view, "ROOM", 1)
    monkeypatch.setattr(gpu_view, "SHARE", 1.0)
    spec = ConvSpec(ic=5, oc=6, ih=5, iw=6, **SQUARE, layout=layout, residual=True)
    gpu_view.shape.cache_clear()
    ranked = planner.rank(spec, msgspec.structs.replace(NAMED["opencl-gpu"], isa="cl4"), "winograd", max_error=1.0)
    kernel = render(next(one.plan for one in ranked if one.plan.choices.m == 2))
    gpu_view.shape.cache_clear()
    assert len(kernel.phases) > 3
    assert kernel.phases[-1] < kernel.phases[2]
    path = tmp_path / "kernel.json"
    path.write_bytes(msgspec.json.encode(kernel))
    ok, detail, log = under_oclgrind(tmp_path, path, *options)
    assert ok, detail
    assert log == ""
