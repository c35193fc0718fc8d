"""Kernels by Fourier transforms: layers on both sides of every block, codelets, and the norms that bound errors."""

from __future__ import annotations

import itertools
import math
import re

import msgspec
import numpy as np
import pytest
from plans import altered

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.fourier.butterflies import codelet, passes, reversed_bits, roots_of
from convgen.algorithms.fourier.numbers import numbers, parts_of
from convgen.api import generate, render
from convgen.errors import InputError, UnsupportedError
from convgen.machine.host import host
from convgen.machine.target import NAMED
from convgen.planner.rank import best
from convgen.run import native
from convgen.verification import compare, draws, oracle, spectra
from convgen.verification.report import MODES, run_mode

FOURIER = ALGORITHMS["fourier"]
HERE = host() if host().row.lanes > 1 else NAMED["x86-64-v3"]
SIGNAL = {"ic": 1, "oc": 1, "iw": 700, "kw": 64}

# name -> (layer, (size_h, size_w) of blocks; what vectors do not allow is left out)
LAYERS = {
    "one-block": ({**SIGNAL, "iw": 200}, (1, 256)),
    "a-block-less": ({**SIGNAL, "iw": 2 * 192 + 63}, (1, 256)),  # whole blocks, whole vectors
    "a-block-more": ({**SIGNAL, "iw": 2 * 192 + 64, "bias": False}, (1, 256)),
    "half-a-block": ({**SIGNAL, "kw": 129}, (1, 256)),  # the longest kernel that is one part
    "two-parts": ({**SIGNAL, "kw": 130, "padding": "half", "residual": True}, (1, 256)),
    "whole-parts": ({**SIGNAL, "kw": 384, "left": 383, "flip": True}, (1, 256)),
    "long": ({**SIGNAL, "iw": 3000, "kw": 1000, "padding": "half", "activation": "silu"}, (1, 512)),
    "longer": ({**SIGNAL, "iw": 5000, "kw": 500, "right": 7}, (1, 4096)),
    "padding": ({**SIGNAL, "iw": 33, "left": 300, "right": 500}, (1, 256)),
    "dense": ({**SIGNAL, "ic": 5, "oc": 6, "n": 2, "activation": "relu"}, (1, 512)),
    "grouped": ({**SIGNAL, "g": 2, "ic": 6, "oc": 4, "kw": 300, "n": 3, "residual": True}, (1, 256)),
    "depthwise": ({**SIGNAL, "g": 5, "ic": 5, "oc": 5, "padding": "half", "activation": "prelu"}, (1, 512)),
    "last": ({**SIGNAL, "g": 3, "ic": 3, "oc": 6, "layout": "nwc", "padding": "half", "residual": True}, (1, 256)),
    "slices": ({**SIGNAL, "ic": 2, "oc": 2, "layout": "nwc", "in_stride": 5, "out_stride": 3}, (1, 256)),
    "lines": ({"ic": 2, "oc": 2, "ih": 5, "iw": 99, "kh": 1, "kw": 40, "right": 3}, (1, 256)),
    "images": ({**SIGNAL, "iw": 100, "n": 3}, (1, 256)),
    "tiles": ({"g": 3, "ic": 3, "oc": 3, "ih": 37, "iw": 40, "kh": 9, "kw": 11, "padding": "half"}, (16, 32)),
    "columns": ({"g": 2, "ic": 2, "oc": 4, "ih": 30, "iw": 20, "kh": 9, "kw": 16, "left": 3, "bias": False}, (16, 16)),
    "single": ({"ic": 2, "oc": 2, "ih": 17, "iw": 19, "kh": 16, "kw": 16, "top": 1, "residual": True}, (16, 16)),
    "square": ({"ic": 3, "oc": 4, "ih": 20, "iw": 23, "kh": 10, "kw": 10, "n": 2, "residual": True,
                "activation": "sigmoid"}, (32, 32)),
    "rows": ({"g": 2, "ic": 2, "oc": 4, "ih": 50, "iw": 12, "kh": 9, "kw": 9, "top": 4, "left": 8, "flip": True,
              "weights_layout": "hwio"}, (16, 32)),
    "tile-images": ({"ic": 2, "oc": 2, "ih": 12, "iw": 12, "kh": 12, "kw": 12, "padding": "half", "n": 3}, (32, 32)),
    "planes": ({"ic": 2, "oc": 2, "id": 2, "ih": 15, "iw": 16, "kd": 1, "kh": 9, "kw": 9, "layout": "ndhwc"}, (16, 16)),
    "large": ({"g": 2, "ic": 2, "oc": 2, "ih": 56, "iw": 70, "kh": 31, "kw": 31, "padding": "half"}, (64, 64)),
}


def plans_of(name, target=HERE, some=True):
    """Of a layer, with its blocks: with and without a phase for spectra, one pair at a time and two. some: whether
    there must be any."""
    fields, size = LAYERS[name]
    spec = ConvSpec(**fields)
    plans = [plan for plan in FOURIER.plans(spec, target) if (plan.choices.size_h, plan.choices.size_w) == size]
    assert plans or not some, name
    return plans


@pytest.mark.sampled(every=2)
@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    plans = plans_of(name)
    for plan in dict.fromkeys([plans[0], plans[-1]]):
        report = verify(render(plan).compile(opt="O1"), list(MODES))
        assert report.ok, report
        figures = {check.mode: check.figure for check in report.checks}
        assert 1e-3 < figures["bound"] <= 0.5, "a bound that means something"


@pytest.mark.parametrize("name", ["two-parts", "grouped", "tiles"])
def test_layers_without_vectors(name):
    plan = plans_of(name, NAMED["scalar"])[-1]
    report = verify(render(plan).compile(opt="O1"), list(MODES))
    assert report.ok, report


@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
def test_a_planted_bug_is_caught():
    """A root that is off by little, a block that begins one pixel late, a product's sign."""
    kernel = render(plans_of("two-parts")[0])
    for right, wrong in (("const double product = *re", "const double product = 1.0001 * *re"),
                         ("transform(z, packed, spectrum);\n}", "z[0] = 0.0f;\n    transform(z, packed, spectrum);\n}"),
                         ("fnmadd", "fmadd")):
        assert right in kernel.source
        planted = msgspec.structs.replace(kernel, source=kernel.source.replace(right, wrong))
        assert not run_mode(native.compile(planted, opt="O1"), "bound").ok, right


@pytest.mark.sweep
@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
@pytest.mark.parametrize("name", LAYERS)
def test_every_plan_of_every_layer(name):
    spec = ConvSpec(**LAYERS[name][0])
    for plan in FOURIER.plans(spec, HERE):
        report = verify(render(plan).compile(opt="O1"), ["bound", "properties", "guard"])
        assert report.ok, report


# --- transforms ---


@pytest.mark.parametrize("radix", [2, 4, 8])
def test_codelets_are_transforms(radix):
    code = codelet(radix)
    values = {f"x{at}": number for at, number in enumerate(np.random.default_rng(radix).standard_normal(2 * radix))}
    points = np.array([complex(values[f"x{2 * n}"], values[f"x{2 * n + 1}"]) for n in range(radix)])
    for op in code.ops:
        values[op.name] = sum(values[name] * float(factor) for name, factor in op.terms)
    got = [complex(values[code.outputs[2 * q]], values[code.outputs[2 * q + 1]]) for q in range(radix)]
    order = [reversed_bits(q, radix) for q in range(radix)]
    np.testing.assert_allclose(got, np.fft.fft(points)[order], atol=1e-12)


def test_codelets_take_as_few_operations_as_are_known():
    assert [len(codelet(radix).ops) for radix in (2, 4, 8)] == [4, 16, 56]


@pytest.mark.parametrize("size", [4, 8, 16, 32, 64, 128, 1024, 1 << 16])
def test_passes_are_transforms(size):
    """Each does what numbers say of it, in NumPy; those of a table lie one after the other."""
    x = np.random.default_rng(size).standard_normal((size, 2)) @ [1, 1j]
    want, found = np.fft.fft(x)[[reversed_bits(n, size) for n in range(size)]], passes(size)
    table = 0
    for step in found:
        order = [reversed_bits(q, step.radix) for q in range(step.radix)]
        blocks = np.fft.fft(x.reshape(step.blocks, step.radix, step.turns), axis=1)[:, order]
        x = (blocks * np.exp(-2j * np.pi * np.outer(order, np.arange(step.turns)) / step.points)).ravel()
        assert (step.table, step.roots) == ((table, step.radix - 1) if step.turns > 1 else (0, 0))
        table += step.turns * step.roots
    np.testing.assert_allclose(x, want, atol=1e-9)
    assert roots_of(found) == table
    assert len(found) == math.ceil(math.log2(size) / 3)


@pytest.mark.parametrize("size", [64, 256, 4096])
def test_a_transform_in_f32_is_off_by_no_more_than_its_roundings(size):
    """Those that passes count, in norms."""
    found = passes(size)
    x = np.random.default_rng(size).standard_normal((size, 2)).astype(np.float32) @ np.array([1, 1j], np.complex64)
    y = x.astype(np.complex64)
    for step in found:
        for half in [step.points >> level for level in range(1, step.radix.bit_length())]:
            pairs = y.reshape(-1, 2, half)
            roots = np.exp(-1j * np.pi * np.arange(half) / half).astype(np.complex64)
            y = np.stack([pairs[:, 0] + pairs[:, 1], (pairs[:, 0] - pairs[:, 1]) * roots], 1).ravel()
    want = np.fft.fft(x.astype(np.complex128))[[reversed_bits(n, size) for n in range(size)]]
    error = np.linalg.norm(y - want) / np.linalg.norm(want)
    levels = size.bit_length() - 1
    assert levels <= sum(step.roundings for step in found) <= 4 * levels
    assert 0.05 * 2.0**-24 < error < sum(step.roundings for step in found) * 2.0**-24


# --- numbers and norms ---


@pytest.mark.parametrize(("kernel", "outputs"), [(12, 21), (15, 16), (16, 16), (17, 16)])
def test_blocks_of_a_plane_begin_where_vectors_do(kernel, outputs):
    """Where that takes no more blocks: 3 of 21 columns of outputs, not 4 of 16; 4 of 16, as of 18."""
    spec = ConvSpec(ic=2, oc=2, g=2, ih=56, iw=56, kh=kernel, kw=kernel, padding="same")
    plan = next(plan for plan in ALGORITHMS["fourier"].plans(spec, NAMED["x86-64-v4"])
                if (plan.choices.size_h, plan.choices.size_w) == (32, 32))
    assert numbers(plan).w.step == outputs
    if kernel == 16:
        assert run_mode(render(plan).compile(opt="O1"), "bound").ok


def test_parts_of_long_kernels():
    assert [parts_of(taps, 256) for taps in (1, 129, 130, 256, 257)] == [
        (1, 1), (1, 129), (2, 128), (2, 128), (3, 128)]


@pytest.mark.parametrize("name", LAYERS)
def test_norms_are_those_of_pairs_of_blocks(name):
    """As the definition says it, output by output, for some."""
    plan = plans_of(name)[0]
    t, spec, rng = numbers(plan), plan.spec, np.random.default_rng(1)
    arrays = draws.normals(spec, rng)
    s = oracle.channels_first(spec, spectra.magnitudes(plan, **arrays))
    x, w = oracle.channels_first(spec, arrays["input"]), oracle.cross_weights(spec, arrays["weights"])
    apart = {dim: t.apart * (t.paired == dim) for dim in ("n", "bh", "b")}

    def block(n, c, d, row, column):
        """Numbers of one, from row and column on; there is none behind the last image."""
        if n >= spec.n:
            return np.zeros(1)
        cut = [slice(max(0, start), max(0, start + size)) for start, size in ((row, t.h.size), (column, t.w.size))]
        return x[n, c, d, cut[0], cut[1]]

    for _ in range(6):
        n, o, d, h, v = (int(rng.integers(extent)) for extent in s.shape)
        first = {"n": n, "bh": h // t.h.step, "b": v // t.w.step}
        if t.paired:
            first[t.paired] %= t.apart
        total = 0.0
        for c, part in itertools.product(range(spec.icg), range(t.parts)):
            both = [block(first["n"] + k * apart["n"], o // spec.ocg * spec.icg + c, d,
                          (first["bh"] + k * apart["bh"]) * t.h.step - t.h.before,
                          (first["b"] + k * apart["b"] + part) * t.w.step - t.w.before)
                    for k in range(2 if t.paired else 1)]
            if t.paired == "bh" and first["bh"] + t.apart >= t.h.blocks:
                both.pop()
            taps = w[o, c][..., part * t.taps : (part + 1) * t.taps]
            total += math.sqrt(sum(np.sum(one.astype(float)**2) for one in both)) * np.linalg.norm(taps.astype(float))
        total += sum(abs(float(arrays["bias"][o])) for _ in [0] if spec.bias)
        total += sum(abs(float(oracle.channels_first(spec, arrays["residual"])[n, o, d, h, v]))
                     for _ in [0] if spec.residual)
        assert s[n, o, d, h, v] == pytest.approx(total, rel=1e-6)


def test_norms_are_no_less_than_what_they_bound():
    for name in LAYERS:
        plan = plans_of(name)[0]
        arrays = draws.normals(plan.spec, np.random.default_rng(0))
        assert (spectra.magnitudes(plan, **arrays) >= np.abs(oracle.convolve(plan.spec, **arrays).v)).all()


@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
@pytest.mark.parametrize(("name", "share"), [
    ("one-block", 4), ("two-parts", 4), ("longer", 4), ("dense", 4), ("square", 4), ("whole-parts", 40)])
def test_the_expected_error_is_the_one_that_is_met(name, share):
    """Of the worst output on normal data, nearly: these layers have few. Where padding is long, that is the one output
    that reads a single number.
    """
    plan = next(plan for plan in FOURIER.plans(ConvSpec(**{**LAYERS[name][0], "bias": False, "residual": False,
                                                           "activation": "none"}), HERE)
                if plan.choices.size_w == LAYERS[name][1][1])
    arrays = draws.normals(plan.spec, np.random.default_rng(0))
    conv = render(plan).compile()
    compare.pack(conv, arrays)
    result = oracle.convolve(plan.spec, **arrays)
    error = (np.abs(compare.run(conv, arrays) - result.y) / result.s).max()
    assert FOURIER.numerics(plan).expected_error / share < error < FOURIER.numerics(plan).expected_error


# --- which plans there are ---


def test_layers_that_have_none():
    """Strides, dilations, other types and kernels that are short have other algorithms; so have small cores."""
    spec = ConvSpec(**SIGNAL)
    assert FOURIER.check(next(iter(FOURIER.plans(spec, HERE)))) is None
    for change in ({"sw": 2}, {"dw": 2}, {"dtype": "f16"}, {"kw": 31}):
        assert not list(FOURIER.plans(spec.replace(**change), HERE)), change
    assert not list(FOURIER.plans(spec, NAMED["cortex-m4"]))
    with pytest.raises(UnsupportedError):
        generate(spec, "cortex-m4", "fourier", records=False)
    image = ConvSpec(**LAYERS["tiles"][0])
    for change in ({"kh": 8}, {"ih": 60, "sh": 2}, {"kh": 1, "kw": 40, "top": 1}):
        assert not list(FOURIER.plans(image.replace(**change), HERE)), change


def test_a_plan_that_was_changed_is_none():
    plan = next(plan for plan in FOURIER.plans(ConvSpec(**SIGNAL), HERE) if plan.choices.fused)
    for change in ({"size_w": 300}, {"size_w": 16}, {"size_h": 16}, {"fused": False}):
        changed = altered(plan, **change)
        if changed.choices.fused:
            assert FOURIER.check(changed), change
            with pytest.raises(InputError):
                render(changed)


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4", "aarch64", "wasm32", "scalar"])
def test_the_planner_takes_it_for_long_kernels_alone(target):
    for fields, wanted in (
            ({**SIGNAL, "iw": 1 << 16, "kw": 1024}, True), ({**SIGNAL, "iw": 1 << 18, "kw": 1 << 15}, True),
            ({"g": 8, "ic": 8, "oc": 8, "ih": 56, "iw": 56, "kh": 31, "kw": 31, "padding": "half"}, True),
            ({**SIGNAL, "iw": 1 << 16, "kw": 8}, False), ({**SIGNAL, "iw": 40, "kw": 32}, False),
            ({"g": 8, "ic": 8, "oc": 8, "ih": 9, "iw": 9, "kh": 9, "kw": 9}, False)):
        spec = ConvSpec(**fields)
        assert (best(spec, target).algorithm == "fourier") == wanted, fields
        assert best(spec, target, max_error=0).algorithm != "fourier"


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4"])
def test_kernels_are_small(target):
    """However large the transform is: passes are loops."""
    texts = [render(next(plan for plan in FOURIER.plans(ConvSpec(**{**SIGNAL, "iw": 4 * size, "kw": size // 4}),
                                                        NAMED[target]) if plan.choices.size_w == size)).source
             for size in (1024, 1 << 16)]
    assert len(texts[1]) < 1.4 * len(texts[0]) < 140_000
    assert all(len(re.findall(r"^static void forward_", text, re.MULTILINE)) <= 6 for text in texts)
