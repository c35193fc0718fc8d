"""Streams of integers: the bits of the whole layer's rule however they are cut, on each kind of row, behind a past that
stands for 0; and in libraries."""

from __future__ import annotations

import emulated
import msgspec
import numpy as np
import pytest
import tools
from test_emitted import every_compiler, needs_nm, together
from test_streams_packaged import LAYERS as PACKAGED
from test_streams_packaged import library

from convgen import ConvSpec, generate, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands import package as packaging
from convgen.errors import VerificationError
from convgen.layer.stream import whole
from convgen.machine.target import NAMED
from convgen.packaging import files as package
from convgen.verification.report import run_mode
from convgen.verification.streams import EXACT

# name -> a layer, without its layout
LAYERS = {
    "dense": {"ic": 8, "oc": 8, "kw": 3, "dw": 2, "stream": 11, "dtype": "u8:s8:u8", "input_zero": 3, "output_zero": 7},
    "odd": {"ic": 5, "oc": 9, "kw": 4, "stream": 13, "dtype": "s8:s8:s8", "input_zero": -5, "rounding": "tflite",
            "activation": "relu"},  # a window is one run of channels
    "strided": {"ic": 3, "oc": 10, "kw": 4, "sw": 3, "dw": 2, "stream": 13, "dtype": "u8:s8:f32", "input_zero": 128,
                "activation": "tanh"},
    "grouped": {"g": 3, "ic": 9, "oc": 27, "kw": 3, "stream": 16, "dtype": "s8:s8:s32", "bias": False},
    "depthwise": {"g": 9, "ic": 9, "oc": 9, "kw": 5, "stream": 17, "dtype": "s8:s8:s8", "input_zero": -128,
                  "rounding": "tflite-single"},
    "table": {"ic": 4, "oc": 5, "kw": 2, "stream": 6, "dtype": "s8:s8:s8", "activation": "silu", "sum_scale": 0.05,
              "output_scale": 0.05},
    "residual": {"ic": 3, "oc": 9, "kw": 3, "sw": 2, "stream": 12, "dtype": "u8:s8:u8", "residual": True,
                 "residual_scale": 0.5, "input_zero": 9},
    "slices": {"ic": 3, "oc": 9, "kw": 3, "stream": 12, "dtype": "s8:s8:s8", "in_stride": 4, "out_stride": 16},
    "long": {"ic": 2, "oc": 6, "kw": 9, "stream": 8, "dtype": "s16:s8:s16"},  # sums in 64 bits
}
X86 = ("scalar", "x86-64-v3", "x86-64-v4-vnni")


def layer(name, layout):
    return ConvSpec(**LAYERS[name], causal=True, layout=layout)


def plans_of(spec, target):
    """Those of all rows by which the target may sum."""
    for machine in NAMED[target].summing(spec.arithmetic):
        for name in ("direct", "depthwise"):
            yield from ALGORITHMS[name].plans(spec, machine)


def right(conv, modes=EXACT):
    for mode in modes:
        check = run_mode(conv, mode)
        assert check.ok, f"{conv.kernel.title}, {mode}: {check.detail}"


@pytest.mark.sampled
@pytest.mark.parametrize("layout", ["nwc", "ncw"])
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("target", X86)
def test_layers(target, name, layout):
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")
    right(generate(layer(name, layout), target, records=False).compile(opt="O1"))


@pytest.mark.parametrize("name", ["dense", "odd", "depthwise"])
@pytest.mark.parametrize(("target", "machine"), [("aarch64-dotprod", "aarch64"), ("cortex-m4", "cortex-m4")])
def test_other_machines(target, machine, name, monkeypatch):
    tools.require(emulated.lacking(machine))
    monkeypatch.setenv("CONVGEN_RUNNER", " ".join(emulated.emulator(machine)))
    for layout in ("nwc", "ncw"):
        right(generate(layer(name, layout), target, records=False).compile(None, "O1"), ("exact", "guard"))


@pytest.mark.sweep
@pytest.mark.parametrize("name", LAYERS)
def test_all_kinds_of_plans(name):
    for target in X86:
        if NAMED[target].runs_here():
            found = {}
            for layout in ("nwc", "ncw"):
                for plan in plans_of(layer(name, layout), target):
                    order = tuple(loop.dim for loop in plan.loops)
                    kind = (layout, plan.algorithm, plan.target.row.name, plan.choices.source, order, plan.nr > 1)
                    found.setdefault(kind, plan)
            for plan in found.values():
                report = verify(render(plan).compile(opt="O1"))
                assert report.ok, report


def test_rings_hold_what_products_take():
    """Bytes where a row reads these in place; else numbers of 16 bits, all channels of a sample together."""
    for target, sources in (("x86-64-v4-vnni", {"input", "copy"}), ("x86-64-v3", {"copy"})):
        assert {plan.choices.source for plan in plans_of(layer("dense", "nwc"), target)} == sources
    bytes_of = {target: generate(layer("dense", "ncw"), target, records=False).state_bytes
                for target in ("scalar", "cortex-m4")}
    assert bytes_of["cortex-m4"] - 64 == 2 * -(-(2 * 15 * 8 + 2) // 32) * 32


@pytest.mark.parametrize(("before", "after"), [
    ("ring[i] = 3;", "ring[i] = 0;"),  # a past of what does not stand for 0
    ("copy_samples(ring, from + before * 8, samples - before)", "copy_samples(ring, from, samples - before)"),
    ("copy_samples(ring + next * 8 + 120, from, before)", "copy_samples(ring + next * 8 + 112, from, before)"),
])
def test_a_wrong_ring_is_seen(before, after):
    kernel = generate(layer("dense", "nwc"), "scalar", records=False)
    assert before in kernel.source
    broken = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after))
    assert not verify(broken.compile(opt="O0"), ["exact", "properties"]).ok


def test_the_bits_of_the_whole_layer():
    """Which another kernel computes, on other data than verify's."""
    spec = layer("odd", "nwc")
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (1, 60, 5)).astype(np.int8)
    w, b = rng.integers(-127, 128, spec.weights_shape).astype(np.int8), rng.integers(-999, 999, 9).astype(np.int32)
    scale = rng.uniform(0.001, 0.01, 9)
    y = []
    for one in (spec, whole(spec, 60)):
        conv = generate(one, "scalar", records=False).compile(opt="O1")
        conv.pack(w, b, scale)
        y.append(conv(x))
    np.testing.assert_array_equal(*y)
    assert len(np.unique(y[0])) > 50


@needs_nm
@every_compiler
@pytest.mark.parametrize("target", X86[:2])
def test_no_warning(target, cc, tmp_path):
    kernels = [generate(layer(name, "ncw"), target, name=f"stream_{name}", records=False) for name in LAYERS]
    together(kernels, tmp_path, cc, "-O1", "-ffreestanding")


@tools.needs(tools.any_c)
@pytest.mark.parametrize("weights", ["none", "embed"])
def test_a_library_tests_them_by_their_checksums(weights, monkeypatch):
    monkeypatch.setattr("test_streams_packaged.LAYERS", {
        **PACKAGED, **{name: {**LAYERS[name], "layout": "ncw"} for name in ("dense", "table")}})
    made = dict(package.files(library(("dense", "table"), "scalar", weights)))
    lines = packaging.selftest("lib", made, NAMED["scalar"], opt="O1")
    # of a table's outputs some are looked at, not the sum of all
    assert sum(line.endswith("exact: ok") for line in lines) == 2 + (weights == "embed"), lines
    path = next(path for path in made if path.endswith("dense_scalar.c"))
    made[path] = made[path].replace("ring[i] = 3;", "ring[i] = 4;")
    with pytest.raises(VerificationError):
        packaging.selftest("lib", made, NAMED["scalar"], opt="O1")
