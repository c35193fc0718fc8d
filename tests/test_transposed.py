"""Transposed layers: their definition, phases, kernels, and what of them is wrong."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import random
import subprocess
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import test_weights_zero
import tools
from click.testing import CliRunner

import convgen
from convgen.algorithms import ALGORITHMS, lowering
from convgen.algorithms.tiled import direct
from convgen.algorithms.tiled.phased import Phased
from convgen.algorithms.weights import channel_of, weight_address
from convgen.api import generate, render
from convgen.benchmark import data
from convgen.benchmark.rivals import problem, worker
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.fields import WEIGHTS_LAYOUTS
from convgen.layer.formats import NamedSpec, load_layers, spec_name, to_descriptor, to_toml
from convgen.layer.spec import BY_INPUT, Axis, ConvSpec
from convgen.machine.find import find
from convgen.packaging.embed import Packer
from convgen.plan import proof
from convgen.plan.plan import Plan
from convgen.planner.rank import rank
from convgen.verification import draws, exactness, oracle, whole
from convgen.verification.report import verify

SUITE = Path(__file__).parent / "transposed.toml"


def up(**fields) -> ConvSpec:
    """4×4, stride 2, as many outputs as inputs times 2, unless told otherwise."""
    return ConvSpec(**{"ic": 6, "oc": 4, "ih": 5, "iw": 7, "kh": 4, "kw": 4, "sh": 2, "sw": 2, "padding": "same",
                       "op": "transposed", **fields})


# --- the layer ---

EXTENTS = {  # fields of an axis -> its outputs, the pads at the end
    "no pads": ({"iw": 5, "kw": 3, "sw": 2, "padding": None}, 11, 0),
    "pads": ({"iw": 5, "kw": 3, "sw": 2, "left": 1, "right": 1, "padding": None}, 9, 1),
    "more outputs": ({"iw": 5, "kw": 3, "sw": 2, "left": 1, "right": 0, "padding": None}, 10, 0),
    "outputs that no input reaches": ({"iw": 5, "kw": 2, "sw": 3, "right": -2, "padding": None}, 16, -2),
    "dilation": ({"iw": 5, "kw": 3, "sw": 2, "dw": 3, "padding": None}, 15, 0),
    "same": ({"iw": 5, "kw": 4, "sw": 2, "padding": "same"}, 10, 1),
    "same, an odd pad": ({"iw": 5, "kw": 5, "sw": 2, "padding": "same"}, 10, 2),
    "same, before": ({"iw": 5, "kw": 5, "sw": 2, "padding": "same-lower"}, 10, 1),
    "same, a kernel below the stride": ({"iw": 5, "kw": 1, "sw": 3, "padding": "same-upper"}, 15, -2),
    "both ends": ({"iw": 5, "kw": 3, "sw": 2, "padding": [(1, -1)]}, 11, -1),
}


@pytest.mark.parametrize("name", EXTENTS)
def test_extents(name):
    fields, outputs, after = EXTENTS[name]
    spec = ConvSpec(ic=2, oc=3, op="transposed", **fields)
    assert (spec.ow, spec.right) == (outputs, after)
    assert spec.replace(bias=False).ow == outputs


WRONG = {
    "op": ({"op": "backward"}, "op must be one of forward, transposed, backward-data, backward-weights, max-pool,"
                               " average-pool (op='backward')"),
    "pads": ({"top": 12, "padding": None}, "top and bottom must leave 1 to 2^31 - 1 outputs (top=12, bottom=0; without"
                                           " them 12)"),
    "unreached outputs": ({"kh": 1, "ih": 2, "sh": 3, "top": 1, "bottom": 1, "padding": None},
                          "top and bottom must leave outputs that an input reaches (top=1, bottom=1, ih=2, kh=1, sh=3"),
    "at the end": ({"bottom": -2, "padding": None}, "bottom must be at least -1 and below 2^31 (bottom=-2)"),
    "in front": ({"top": -1, "padding": None}, "top must be at least 0 and below 2^31 (top=-1)"),
    "of a forward layer": ({"op": "forward", "bottom": -1, "padding": None}, "bottom must be at least 0"),
    "outputs": ({"oh": 11}, "oh must be what the other fields give (oh=11, derived 10)"),
    "groups": ({"g": 4}, "groups must divide ic (g=4, ic=6)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong(name):
    fields, message = WRONG[name]
    with pytest.raises(InputError) as caught:
        up(**fields)
    assert message in str(caught.value)


def test_what_follows_from_the_fields():
    spec = up(g=2)
    assert (spec.weights_layout, spec.weights_shape) == ("iohw", (6, 2, 4, 4))
    assert up(g=2, weights_layout="hwoi").weights_shape == (4, 4, 2, 6)
    assert spec.terms == 3 * 2 * 2  # of 4 × 4 taps, every second one meets in an output
    assert up(dh=2, dw=3).terms == 6 * 4 * 2  # a dilation of 2 keeps all in one phase
    assert spec.macs == 5 * 7 * 6 * 2 * 16
    assert spec_name(spec) == "transposed_f32_nchw_4x4s2p1_g2_6x5x7_4"
    assert spec_name(up(kh=3, kw=3, padding=[(1, -1), (1, 1)])) == "transposed_f32_nchw_3x3s2p1qm1x1_6x5x7_4"
    assert up(op="forward", padding=1) == ConvSpec(ic=6, oc=4, ih=5, iw=7, kh=4, kw=4, sh=2, sw=2, padding=1)


@pytest.mark.parametrize("fields", [{}, {"padding": [(1, -1), (2, 0)]}, {"dh": 2, "layout": "nhwc"},
                                    {"kh": 1, "kw": 1}, {"weights_layout": "hwoi", "flip": True}], ids=str)
def test_texts_give_the_layer_back(fields, tmp_path):
    spec = up(**fields)
    text = to_descriptor(spec)
    told = {name: getattr(spec, name) for name in ("layout", "weights_layout", "flip")}
    assert ConvSpec.parse(text, op="transposed", **told) == spec
    assert eval(repr(spec)) == spec
    path = tmp_path / "layers.toml"
    path.write_text(to_toml([(NamedSpec(spec, "up"), "")]))
    assert load_layers(str(path)) == [NamedSpec(spec, "up")]


@pytest.mark.parametrize(("text", "message"), [
    ("ic3iw5oc2ow13kw4sw2pw1", r"ow must agree with iw (ow=13, iw=5 and p=1 give at most 12)"),
    ("ic3iw50oc2ow20kw4sw2", r"ow must agree with iw (ow=20, iw=50 would leave out 41 outputs at the end; the kernel"),
])
def test_descriptors_that_disagree(text, message):
    with pytest.raises(InputError) as caught:
        ConvSpec.parse(text, op="transposed")
    assert message in str(caught.value)


def drawn(seed: int) -> ConvSpec:
    """A layer of anything, and small."""
    pick = random.Random(seed)
    while True:
        rank, g = pick.choice((1, 2, 2, 3)), pick.choice((1, 1, 2))
        layouts = (("ncw", "nwc"), ("nchw", "nhwc"), ("ncdhw", "ndhwc"))[rank - 1]
        fields = {"g": g, "ic": g * pick.choice((1, 2)), "oc": g * pick.choice((1, 3)), "n": pick.choice((1, 2)),
                  "layout": pick.choice(layouts), "weights_layout": pick.choice(WEIGHTS_LAYOUTS),
                  "flip": pick.random() < 0.3}
        for axis, first, last in (("d", "front", "back"), ("h", "top", "bottom"), ("w", "left", "right"))[3 - rank:]:
            s, d, k = pick.randint(1, 4), pick.randint(1, 3), pick.randint(1, 5)
            fields |= {f"i{axis}": pick.randint(1, 5), f"k{axis}": k, f"s{axis}": s, f"d{axis}": d,
                       first: pick.randint(0, 2), last: pick.randint(1 - max(s, d), 2)}
        try:
            return ConvSpec(**fields, op="transposed")
        except InputError:  # no outputs are left
            continue


@pytest.mark.parametrize("seed", range(12))
def test_the_oracle_is_the_definition(seed):
    """Weights by their places in memory, as weight_address has them; inputs and outputs by the letters of layouts."""
    spec, rng = drawn(seed), np.random.default_rng(seed)
    x, w, b = (rng.integers(-9, 9, shape).astype(np.float32) for shape in
               (spec.input_shape, spec.weights_shape, (spec.oc,)))
    letters = [spec.layout.index(letter) for letter in "ncdhw" if letter in spec.layout]
    first = x.transpose(letters).reshape(spec.n, spec.ic, *spec.input_extents)
    place = compile(weight_address(spec, "oc", "ic", ("kd", "kh", "kw")).replace("/", "//"), "weight", "eval")
    y = np.zeros((spec.n, spec.oc, *spec.output_extents)) + b[:, None, None, None]
    for oc, ic, *tap in itertools.product(range(spec.oc), range(spec.icg), *(range(a.k) for a in spec.axes)):
        weight = w.ravel()[eval(place, dict(zip(("oc", "ic", "kd", "kh", "kw"), (oc, ic, *tap), strict=True)))]
        c = oc // spec.ocg * spec.icg + ic
        for q in itertools.product(*map(range, spec.input_extents)):
            p = [at * a.s + k * a.d - a.before for a, at, k in zip(spec.axes, q, tap, strict=True)]
            if all(0 <= one < a.o for a, one in zip(spec.axes, p, strict=True)):
                y[:, oc, p[0], p[1], p[2]] += weight * first[:, c, q[0], q[1], q[2]]
    found = oracle.convolve(spec, x, w, b).y.transpose(letters).reshape(y.shape)
    np.testing.assert_array_equal(found, y)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_transpose(seed):
    """⟨A y, x⟩ = ⟨y, Aᵀ x⟩, where A is the forward layer of the same fields, whose weights are the same array."""
    spec, rng = drawn(seed), np.random.default_rng(seed)
    spec = spec.replace(bias=False, weights_layout="iohw", **{pad: max(0, getattr(spec, pad))
                                                              for pad in ("back", "bottom", "right")})
    back = {f"{kind}{axis}": getattr(spec, f"{other}{axis}") for axis in "dhw"
            for kind, other in ("io", "kk", "ss", "dd")}
    pads = {pad: getattr(spec, pad) for pad in ("front", "back", "top", "bottom", "left", "right")}
    forward = ConvSpec(n=spec.n, g=spec.g, ic=spec.oc, oc=spec.ic, **back, **pads, bias=False, layout=spec.layout,
                       weights_layout="oihw", flip=spec.flip)
    x, w, y = (rng.integers(-9, 9, shape).astype(np.float32) for shape in
               (spec.input_shape, spec.weights_shape, spec.output_shape))
    one = (oracle.convolve(forward, y, w).y * x).sum()
    assert one == (y * oracle.convolve(spec, x, w).y).sum()


# --- phases ---


def products(axis: Axis):
    """(output, tap, input) of the definition."""
    return sorted((q * axis.s + k * axis.d - axis.before, k, q) for q in range(axis.i) for k in range(axis.k)
                  if 0 <= q * axis.s + k * axis.d - axis.before < axis.o)


def computed(axis: Axis):
    """The same of the phases, and every output that one of them has."""
    found, outputs = [], []
    for line in lowering._lines(axis):
        for number, t in itertools.product(range(line.number), range(line.outputs)):
            p, tap = line.first + number * line.step + t * axis.s, line.tap + number * line.tap_step
            outputs.append(p)
            for j in range(line.taps):
                q = line.start + t + j * line.dilation
                if line.low <= q < line.high:
                    found.append((p, tap + (line.taps - 1 - j) * line.apart, q))
    return sorted(found), sorted(outputs)


@pytest.mark.parametrize("seed", range(60))
def test_phases_have_each_product_once(seed):
    for axis in drawn(seed).axes:
        found, outputs = computed(axis)
        assert found == products(axis)
        assert outputs == list(range(axis.o))


@pytest.mark.parametrize(("fields", "nests"), [
    ({}, 4), ({"kh": 2, "kw": 2, "padding": None}, 1), ({"kh": 16, "kw": 16, "sh": 8, "sw": 8}, 4),
    ({"kh": 3, "kw": 3, "padding": None}, 4), ({"kh": 1, "kw": 1}, 4), ({"sh": 1, "sw": 1, "kh": 1, "kw": 1}, 1),
], ids=str)
def test_phases_that_are_alike_share_a_nest(fields, nests):
    assert len(lowering.phases(up(**fields))) == nests


@pytest.mark.parametrize(("fields", "lanes", "channels"), [
    ({"oc": 3, "kw": 16, "sw": 8, "padding": None}, 8, [24]),  # 3 vectors for 8
    ({"oc": 3, "kw": 16, "sw": 8}, 8, [12, 12]),
    ({"oc": 3, "kw": 5, "sw": 3, "padding": None}, 8, [6, 3]),
    ({"oc": 1, "kw": 5, "sw": 3, "layout": "nchw", "padding": None}, 8, [2, 1]),
    ({"oc": 8, "kw": 16, "sw": 8}, 8, [8, 8]),  # full already
    ({"oc": 3, "kw": 16, "sw": 8}, 1, [3, 3]),
    ({"oc": 3, "kw": 16, "sw": 8, "out_stride": 4}, 8, [3, 3]),  # others' channels lie between
    ({"oc": 3, "kw": 16, "sw": 8, "layout": "nchw"}, 8, [3, 3]),
    ({"oc": 4, "ic": 4, "g": 2, "kw": 16, "sw": 8}, 8, [4, 4]),
], ids=str)
def test_phases_fill_vectors(fields, lanes, channels):
    """Those along a row, whose outputs are neighbours."""
    spec = up(**{"kh": 1, "sh": 1, "layout": "nhwc", **fields})
    assert [phase.spec.oc for phase in lowering.phases(spec, lanes)] == channels


def test_stride_1_is_a_forward_layer():
    spec = up(sh=1, sw=1, kh=3, kw=3, padding=[(0, 1), (2, 1)])
    plain = lowering.forward(spec)
    assert (plain.top, plain.bottom, plain.left, plain.right, plain.flip) == (2, 1, 0, 1, True)
    assert plain.output_shape == spec.output_shape
    assert lowering.forward(spec.replace(padding=[(0, 1), (3, 1)])) is None  # some inputs reach no output


# --- kernels ---

ODD = {"ic": 5, "oc": 19, "ih": 6, "iw": 11}
WIDE = {"ic": 16, "oc": 24, "ih": 6, "iw": 9}
KERNELS = {  # layer, target, algorithm
    "same": (ODD, "x86-64-v3", "direct"),
    "all that a layer has": ({**WIDE, "residual": True, "activation": "prelu", "n": 2, "layout": "nhwc",
                              "in_stride": 19, "out_stride": 29}, "x86-64-v3", "direct"),
    "phases of several sizes": ({**ODD, "kh": 3, "kw": 5, "sh": 2, "sw": 3, "padding": [(1, -1), (2, 0)],
                                 "layout": "nhwc", "residual": True}, "x86-64-v3", "direct"),
    "outputs that no tap reaches": ({**ODD, "kh": 2, "kw": 1, "sh": 3, "sw": 2, "activation": "relu"}, "x86-64-v3",
                                    "direct"),
    "dilation": ({**ODD, "kh": 3, "kw": 3, "sh": 3, "sw": 4, "dh": 2, "dw": 6, "padding": 1}, "x86-64-v3", "direct"),
    "long": ({"ic": 8, "oc": 3, "ih": 1, "iw": 20, "kh": 1, "kw": 16, "sh": 1, "sw": 8}, "x86-64-v3", "direct"),
    "groups": ({**ODD, "g": 2, "ic": 6, "oc": 10, "weights_layout": "hwoi", "flip": True}, "x86-64-v3", "direct"),
    "volume": ({"ic": 3, "oc": 9, "id": 3, "ih": 4, "iw": 5, "kd": 3, "kh": 3, "kw": 3, "sd": 2, "padding": 1},
               "x86-64-v3", "direct"),
    "plain C": ({**ODD, "bias": False, "layout": "nhwc"}, "scalar", "direct"),
    "one phase after the other": ({**ODD, "kw": 6, "sw": 3}, "scalar", "direct"),
    "cropped inputs": ({**ODD, "kh": 1, "kw": 1, "sh": 1, "sw": 2, "padding": [(1, 2), (3, 1)]}, "x86-64-v3", "direct"),
    "f16": ({**ODD, "dtype": "f16"}, "x86-64-v3", "direct"),
    "products, pixels": ({"ic": 5, "oc": 3, "ih": 6, "iw": 11, "layout": "nhwc", "activation": "sigmoid", "n": 2},
                         "x86-64-v3", "col2im"),
    "products, planes": ({**ODD, "residual": True, "activation": "prelu"}, "x86-64-v3", "col2im"),
    "products, phases of several sizes": ({**ODD, "kh": 3, "kw": 5, "sh": 2, "sw": 3, "padding": [(1, -1), (2, 0)],
                                           "layout": "nhwc", "residual": True, "flip": True}, "x86-64-v3", "col2im"),
    "products, no overlap": ({**ODD, "kh": 2, "kw": 2, "padding": None}, "x86-64-v3", "col2im"),
    "products, outputs that no tap reaches": ({**ODD, "kh": 2, "kw": 1, "sh": 3, "sw": 2}, "x86-64-v3", "col2im"),
    "products, cropped inputs": ({**ODD, "kh": 3, "kw": 3, "padding": [(5, 2), (4, 3)]}, "x86-64-v3", "col2im"),
    "products, long": ({"ic": 8, "oc": 1, "ih": 1, "iw": 20, "kh": 1, "kw": 64, "sh": 1, "sw": 16, "padding": None},
                       "x86-64-v3", "col2im"),
    "products, plain C": ({**ODD, "oc": 3, "bias": False, "layout": "nhwc"}, "scalar", "col2im"),
    "depthwise": ({"g": 19, "ic": 19, "oc": 19, "ih": 5, "iw": 11, "layout": "nhwc"}, "x86-64-v3", "depthwise"),
    "depthwise, channels first": ({"g": 3, "ic": 3, "oc": 3, "ih": 9, "iw": 21, "kh": 3, "residual": True},
                                  "x86-64-v3", "depthwise"),
    "definition": ({**ODD, "g": 1, "kh": 3, "dw": 2, "residual": True}, "scalar", "reference"),
    "stride 1": ({**ODD, "sh": 1, "sw": 1}, "x86-64-v3", "direct"),
    "stride 1, Winograd": ({**WIDE, "ih": 13, "kh": 3, "kw": 3, "sh": 1, "sw": 1}, "x86-64-v3", "winograd"),
    "phases beside each other, one alone": ({"ic": 1, "oc": 1, "ih": 1, "iw": 2, "kh": 1, "kw": 4, "sh": 1, "sw": 3,
                                             "padding": 0, "layout": "nhwc"}, "x86-64-v3", "direct"),
    "stride 1, groups": ({"g": 8, "ic": 32, "oc": 32, "ih": 7, "iw": 9, "kh": 3, "kw": 3, "sh": 1, "sw": 1,
                          "layout": "nhwc"}, "x86-64-v3", "grouped"),
}


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("name", KERNELS)
@tools.needs(tools.c, "cc")
def test_kernels(name):
    """The plan that is predicted to be the best, and another one."""
    fields, target, algorithm = KERNELS[name]
    plans = [one.plan for one in rank(up(**fields), target, algorithm)]
    for plan in dict.fromkeys((plans[0], plans[len(plans) // 2])):
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, f"{plan!r}: {report}"


BESIDE = {
    "all phases": {"oc": 3, "kh": 1, "kw": 16, "sh": 1, "sw": 8, "padding": None},
    "more of some sizes": {"oc": 3, "kh": 3, "kw": 8, "sw": 5, "padding": [(1, 0), (0, 1)], "residual": True,
                           "activation": "prelu", "flip": True, "weights_layout": "hwoi"},
    "one channel": {"oc": 1, "kh": 1, "kw": 32, "sh": 1, "sw": 16, "n": 2, "residual": True, "activation": "relu",
                    "padding": None, "layout": "nchw"},
    "a panel after the other": {"oc": 21, "kw": 8, "sw": 4, "flip": True, "padding": None},
}


@pytest.mark.parametrize("name", BESIDE)
@tools.needs(tools.c, "cc")
def test_phases_beside_each_other(name):
    spec = up(**{**ODD, "layout": "nhwc", **BESIDE[name]})
    plans = [one.plan for one in rank(spec, "x86-64-v3", "direct") if one.plan.lanes == "oc"]
    assert lowering.phases(spec, 8)[0].spec.oc > spec.oc
    for plan in dict.fromkeys((plans[0], plans[len(plans) // 2])):
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, f"{plan!r}: {report}"


@pytest.mark.parametrize("fields", [{"layout": "nhwc"}, {"kh": 3, "sw": 1, "kw": 3}], ids=str)
@tools.needs(tools.c, "cc")
def test_a_reduction_in_blocks(fields):
    """The sums stay in the output between them: its lanes must be neighbours."""
    spec = up(**{**ODD, "ic": 64, "residual": True, "activation": "relu", **fields})
    plan = next(one.plan for one in rank(spec, "x86-64-v3", "direct")
                if any(loop.dim == "ic" and loop.step > 1 for loop in one.plan.loops))
    report = verify(render(plan).compile(opt="O1"))
    assert report.ok, report


@pytest.mark.parametrize("target", ["scalar", "x86-64-v3"])
def test_no_reduction_in_blocks_where_lanes_lie_apart(target):
    """Of a phase that has one output of each channel these are neighbours by themselves, not in the layer's output."""
    spec = ConvSpec(ic=64, oc=15, iw=1, kw=3, sw=3, op="transposed", layout="ncw")
    plans = list(ALGORITHMS["direct"].plans(spec, find(target)))
    assert plans
    assert not [plan for plan in plans if any(loop.dim == "ic" and loop.step > 1 for loop in plan.loops)]


JOINED = {  # layer, target, algorithm: all phases of a row in a tile
    "depthwise": ({}, "x86-64-v3", "depthwise"),
    "channels last": ({"layout": "nhwc"}, "x86-64-v4", "depthwise"),
    "one lane": ({"layout": "nhwc", "kw": 3}, "scalar", "depthwise"),
    "taps that some phases lack": ({"kw": 5, "kh": 3, "left": 2, "right": 1, "padding": None, "residual": True,
                                    "activation": "silu"}, "x86-64-v4", "depthwise"),
    "a phase without taps": ({"kw": 1, "right": -1, "padding": None, "n": 2, "flip": True}, "x86-64-v4", "depthwise"),
    "four": ({"kw": 9, "sw": 4, "left": 2, "right": 3, "padding": None, "iw": 21, "weights_layout": "hwoi"},
             "x86-64-v4", "depthwise"),
    "a few lanes": ({"iw": 3}, "x86-64-v4", "depthwise"),
    "four, a few lanes": ({"iw": 3, "kw": 6, "sw": 4, "left": 1, "right": 1, "padding": None}, "x86-64-v3",
                          "depthwise"),
    "a long kernel": ({"kh": 9, "kw": 24, "iw": 40}, "x86-64-v3", "depthwise"),
    "a multiplier": ({"oc": 18, "flip": True, "weights_layout": "hwio"}, "x86-64-v3", "depthwise"),
    "planes": ({"layout": "ncdhw", "id": 3, "kd": 3, "sd": 2}, "x86-64-v3", "depthwise"),
    "half": ({"dtype": "f16"}, "x86-64-v3", "depthwise"),
    "dense": ({**ODD, "g": 1, "kh": 3, "kw": 2, "sh": 3, "padding": None}, "x86-64-v4", "direct"),
    "dense, four": ({**ODD, "g": 1, "kh": 1, "kw": 8, "sh": 1, "sw": 4, "padding": None, "residual": True,
                     "flip": True}, "x86-64-v3", "direct"),
    "groups": ({**WIDE, "g": 4, "kw": 4, "left": 2, "right": 2, "padding": None, "weights_layout": "hwoi"}, "x86-64-v3",
               "direct"),
}


@pytest.mark.parametrize("name", JOINED)
def test_phases_of_a_row_in_a_tile(name):
    fields, target, algorithm = JOINED[name]
    spec = up(**{"ic": 9, "oc": 9, "g": 9, "ih": 6, "iw": 19, **fields})
    plans = [one.plan for one in rank(spec, target, algorithm) if one.plan.choices.joined > 1]
    assert {plan.choices.joined for plan in plans} == {spec.sw}
    for plan in {plan.mr: plan for plan in plans}.values() if name == "depthwise" else plans[:1]:
        kernel = render(plan)
        assert "spread" not in kernel.source  # of whole vectors
        if find(target).runs_here():
            report = verify(kernel.compile(opt="O1"), ("exact", "bound", "guard"))
            assert report.ok, report


@pytest.mark.parametrize(("fields", "target", "algorithm"), [
    ({"dw": 3}, "x86-64-v3", "depthwise"),  # taps that are no neighbours
    ({"right": -1, "padding": None}, "x86-64-v3", "depthwise"),  # phases of several lengths
    ({"g": 1}, "x86-64-v3", "direct"),  # products with weights that there are not would be NaN where inputs are
    ({"g": 1, "kw": 2, "padding": None}, "opencl-cpu", "direct"),
], ids=str)
def test_phases_that_no_tile_holds_together(fields, target, algorithm):
    spec = up(**{"ic": 9, "oc": 9, "g": 9, "ih": 6, "iw": 19, **fields})
    assert {one.plan.choices.joined for one in rank(spec, target, algorithm)} == {1}


@pytest.mark.parametrize("target", ["opencl-cpu", "opencl-gpu"])
@pytest.mark.parametrize("fields", [{**WIDE, "layout": "nhwc"}, {**ODD, "kh": 3, "residual": True},
                                    {**ODD, "oc": 3, "kw": 8, "sw": 4, "layout": "nhwc"}], ids=str)
@tools.needs_device
def test_opencl(target, fields):
    report = verify(generate(up(**fields), target, records=False).compile(device="opencl"))
    assert report.ok, report


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(200))
def test_any_layer_by_any_algorithm(seed):
    spec = drawn(seed)
    for target, name in itertools.product(("x86-64-v3", "scalar"), ALGORITHMS):
        plans = list(ALGORITHMS[name].plans(spec, find(target)))
        for plan in plans[:: len(plans) // 2 + 1]:
            report = verify(render(plan).compile(opt="O1"))
            assert report.ok, f"{plan!r}: {report}"


@pytest.mark.sweep
@pytest.mark.parametrize("layer", load_layers(str(SUITE)), ids=lambda layer: layer.name)
@pytest.mark.parametrize("last", [False, True])
def test_the_suite(layer, last):
    spec = layer.spec.replace(layout={1: ("ncw", "nwc"), 2: ("nchw", "nhwc")}[layer.spec.rank][last])
    report = verify(generate(spec, records=False).compile(), ("exact", "bound", "guard"), timeout=600)
    assert report.ok, report


def test_equal_functions_are_one():
    """All four phases of 4 × 4 at a stride of 2 are 2 × 2; read from a copy they are the same."""
    plans = (one.plan for one in rank(up(**WIDE, layout="nhwc"), "x86-64-v3", "direct"))
    source = render(next(plan for plan in plans if plan.choices.source == "copy")).source
    assert source.count("static void tile_") == 1
    assert source.count("static void compute_phase") == 1
    assert source.count("static float *pack_panel") == 1


@tools.needs(tools.c, "cc")
def test_a_header_says_what_it_is(tmp_path):
    """Pads may be negative, which macros hold in parentheses."""
    kernel = generate(up(padding=[(1, -1), (1, 1)]), "scalar", name="k", records=False)
    kernel.save(tmp_path)
    (tmp_path / "use.c").write_text('#include "k.h"\nint sum[3 -k_BOTTOM == 4 && k_TRANSPOSED ? 1 : -1];\n')
    subprocess.run([tools.CC[0], "-std=c99", "-fsyntax-only", "use.c"], cwd=tmp_path, check=True)
    assert "TRANSPOSED" not in generate(up(op="forward"), "scalar", name="k", records=False).header


@pytest.mark.parametrize("fields", [
    {"kh": 1, "sh": 1, "kw": 4096, "sw": 1024, "iw": 300, "oc": 3},  # a row's products take more scratch than there is
    {"kh": 2, "kw": 64, "sw": 1}, {"g": 2}, {"dh": 2}, {"dtype": "f16"}, {"sh": 1, "sw": 1}, {"op": "forward"},
    {"layout": "nhwc", "out_stride": 5}], ids=str)
def test_what_is_no_product(fields):
    assert not list(ALGORITHMS["col2im"].plans(up(**fields), convgen.machine.find.find("x86-64-v3")))


def test_what_no_target_has():
    with pytest.raises(UnsupportedError, match="algorithm winograd has no plan for this layer"):
        generate(up(), "x86-64-v3", "winograd")


# --- of integers ---

INTEGERS = {  # fields beside the layer's -> their type, its zero points and what becomes of sums
    "u8": {"dtype": "u8:s8:u8", "input_zero": 77, "output_zero": 3, "rounding": "tflite", "activation": "relu"},
    "u8, weights with a zero point": {"dtype": "u8:u8:u8", "input_zero": 200, "weights_zero": 100, "residual": True,
                                      "residual_scale": 0.5, "residual_zero": 9},
    "s8, a table": {"dtype": "s8:s8:s8", "input_zero": -128, "rounding": "tflite-single", "activation": "silu",
                    "output_scale": 0.05, "sum_scale": 0.03, "sum_zero": 5},
    "s16": {"dtype": "s16:s8:s16", "rounding": "tflite", "output_zero": -7},
    "s16, real": {"dtype": "s16:s8:f32", "input_zero": 32767, "residual": True, "activation": "sigmoid"},
    "sums": {"dtype": "s8:s8:s32", "input_zero": 5, "bias": False},
}


@pytest.mark.parametrize("seed", range(12))
def test_the_oracle_of_integers_is_that_of_reals(seed):
    """Of inputs and weights less their zero points: what no input reaches has no zero point to be added."""
    spec, rng = drawn(seed).replace(dtype="u8:u8:s32", input_zero=77, weights_zero=100), np.random.default_rng(seed)
    arrays = exactness.drawn(spec, rng)
    real = spec.replace(dtype="f32", input_zero=0, weights_zero=0)
    found = oracle.convolve(spec, **arrays).v
    x, w = arrays["input"].astype(np.float32) - 77, arrays["weights"].astype(np.float32) - 100
    np.testing.assert_array_equal(found, oracle.convolve(real, x, w, arrays["bias"].astype(np.float64)).v)


@pytest.mark.parametrize("seed", range(12))
def test_the_largest_sums_are_those_of_a_phase(seed):
    """The proof's ends, by the definition: the products of each output of a layer that reads all its taps."""
    spec, rng = drawn(seed).replace(dtype="u8:u8:s32", input_zero=77, weights_zero=100, bias=False), \
        np.random.default_rng(seed)
    big = {f"i{axis.name}": axis.k * axis.d + 2 for axis in spec.axes if axis.i > 1 or axis.k > 1}
    none = dict.fromkeys(("front", "back", "top", "bottom", "left", "right"), 0)
    spec = spec.replace(n=1, **big, **none)
    weights = exactness.drawn(spec, rng)["weights"]
    taps = oracle.cross_weights(spec, weights).astype(np.int64) - 100
    made = []
    for signs in (taps > 0, taps < 0):  # an input of 255 where a weight has this sign, else of 0
        low, high = (oracle.convolve(spec, np.full(spec.input_shape, x, np.uint8), oracle.from_cross(
            spec, np.where(one, taps, 0) + 100).astype(np.uint8)).v for x, one in ((0, ~signs), (255, signs)))
        sums = np.moveaxis(low + high, -1 if spec.channels_last else 1, 0).reshape(spec.oc, -1)
        made.append((sums.min(1), sums.max(1)))
    (_, largest), (least, _) = made
    for end, found in zip(proof.ends(spec, weights), (least, largest), strict=True):
        np.testing.assert_array_equal(end, found)
    assert spec.terms * 155 * 178 >= max(largest.max(), -least.min())


@pytest.mark.parametrize("seed", range(12))
def test_outputs_that_are_driven(seed):
    """What meets in an output along an axis, by the definition; and of those that are driven, none shares an input."""
    for axis in drawn(seed).axes:
        met = {o: [(k, q) for p, k, q in products(axis) if p == o] for o in range(axis.o)}
        assert all([*zip(*whole._met(axis, o, True), strict=True)] == found for o, found in met.items())
        driven = [q for o in whole._apart(axis, True) for _, q in met[o]]
        assert len(driven) == len({*driven}) > 0


def test_outputs_that_are_driven_where_none_reads_an_input():
    """A window on padding alone, which only forward layers have."""
    axis = ConvSpec(ic=1, oc=1, iw=1, kw=1, sw=2, left=1).axes[2]
    assert whole._apart(axis, False) == [0]
    assert whole._met(axis, 0, False) == (range(0), range(0))


STRIDE_1 = {"ic": 16, "oc": 24, "ih": 6, "iw": 9, "kh": 3, "kw": 3, "sh": 1, "sw": 1, "layout": "nhwc"}
DEPTHWISE = STRIDE_1 | {"g": 16, "oc": 16}
FORWARD = {  # type, layer, algorithm, of layers that are forward ones; and the definition, of any
    "direct": ("u8, weights with a zero point", STRIDE_1, "direct"),
    "long": ("s16", STRIDE_1, "direct"),
    "modular": ("u8", STRIDE_1, "modular"),
    "dot": ("sums", STRIDE_1 | {"oc": 3}, "dot"),
    "depthwise": ("s8, a table", DEPTHWISE, "depthwise"),
    "depthwise, channels first": ("u8", DEPTHWISE | {"layout": "nchw"}, "depthwise"),
    "definition": ("u8, weights with a zero point", {"g": 2, "kh": 3, "dw": 2}, "reference"),
    "definition of long sums": ("s16, real", {"sh": 3, "kh": 2}, "reference"),
}


@pytest.mark.parametrize("name", FORWARD)
@tools.needs(tools.c, "cc")
def test_layers_of_integers_that_are_forward_ones(name):
    kind, fields, algorithm = FORWARD[name]
    report = verify(generate(up(**fields, **INTEGERS[kind]), "x86-64-v3", algorithm, records=False).compile(opt="O1"))
    assert report.ok, report


PHASES = {  # type, layer, target, how tiles read and vectors lie; None of any plan
    "bytes": ("u8", {**ODD, "layout": "nhwc"}, "x86-64-v4-vnni", ("avx512vnni_s8", "oc", "copy")),
    "bytes of pixels": ("u8", ODD, "x86-64-v4-vnni", ("avx512vnni_s8", "ow", "copy")),
    "in place": ("sums", {**WIDE, "layout": "nhwc", "input_zero": -128}, "x86-64-v4-vnni", ("avx512vnni_s8", "oc",
                                                                                           "edges")),
    "words": ("u8, weights with a zero point", {**WIDE, "layout": "nhwc"}, "x86-64-v3", ("avx2_s16", "oc", "copy")),
    "groups, reversed": ("s8, a table", {**ODD, "g": 2, "ic": 6, "oc": 10, "weights_layout": "hwoi", "flip": True},
                         "x86-64-v3", ("avx2_s16", "ow", "copy")),
    "phases alike": ("u8", {**ODD, "kh": 2, "kw": 5, "sh": 3, "padding": None, "weights_layout": "ohwi"}, "x86-64-v3",
                     None),
    "no tap": ("s8, a table", {**ODD, "kh": 2, "kw": 1, "sh": 3, "layout": "nhwc", "bias": False}, "x86-64-v3", None),
    "dilation": ("u8", {**ODD, "kh": 3, "kw": 3, "sh": 3, "sw": 4, "dh": 2, "dw": 6, "padding": 1}, "x86-64-v3", None),
    "long": ("s16", {**ODD, "layout": "nhwc"}, "x86-64-v3", ("avx2_s16", "oc", "copy")),
    "long, of pixels": ("s16, real", {**ODD, "kw": 5, "sw": 3}, "x86-64-v3", None),
    "volume": ("u8", {"ic": 3, "oc": 9, "id": 3, "ih": 4, "iw": 5, "kd": 3, "kh": 3, "kw": 3, "sd": 2, "padding": 1},
               "x86-64-v3", None),
    "plain C": ("u8", {**ODD, "kh": 3, "kw": 3, "n": 2, "layout": "nhwc", "in_stride": 7, "out_stride": 23}, "scalar",
                None),
    "depthwise": ("u8", {"g": 19, "ic": 19, "oc": 19, "ih": 5, "iw": 11, "layout": "nhwc"}, "x86-64-v3", None),
    "one channel": ("u8", {**ODD, "oc": 1, "kh": 3, "sh": 2, "kw": 5, "sw": 3}, "scalar", None),
}


def planned(spec, target, wanted):
    """The plan that is predicted to be the best of those on such a row, whose tiles read so."""
    return next(one.plan for one in rank(spec, target) if wanted in (
        None, (one.plan.target.isa, one.plan.lanes, one.plan.choices.source)))


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", PHASES)
@tools.needs(tools.c, "cc")
def test_phases_of_integers(name):
    kind, fields, target, wanted = PHASES[name]
    spec = up(**{**INTEGERS[kind], **fields})
    if not find(target).runs_here(spec.arithmetic):
        pytest.skip(f"needs {target}")
    plan = planned(spec, target, wanted)
    report = verify(render(plan).compile(opt="O1"))
    assert report.ok, f"{plan!r}: {report}"


@pytest.mark.parametrize(("zero", "sources"), [(0, {"edges", "copy"}), (77, {"copy"})])
def test_padding_that_stands_for_another_number_is_not_skipped(zero, sources):
    """The first phase, by which tiles are chosen, has none here; another has."""
    spec = up(**{**WIDE, "kh": 1, "kw": 2, "sh": 1, "dw": 3, "padding": [(0, 0), (0, 3)], "layout": "nhwc"},
              dtype="u8:s8:u8", input_zero=zero)
    first, second = lowering.phases(spec)
    assert (first.spec.padded, second.spec.padded) == (False, True)
    machine = next(one for one in find("x86-64-v4-vnni").summing(spec.arithmetic) if one.isa == "avx512vnni_s8")
    assert {plan.choices.source for plan in ALGORITHMS["direct"].plans(spec, machine)} == sources


@pytest.mark.parametrize("target", ["opencl-cpu", "opencl-gpu"])
@tools.needs_device
def test_phases_of_integers_in_opencl(target):
    spec = up(**{**INTEGERS["u8"], **ODD, "kh": 2, "kw": 5, "sh": 3, "padding": None})
    report = verify(generate(spec, target, records=False).compile(device="opencl"))
    assert report.ok, report


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(100))
def test_any_layer_of_integers(seed):
    """A plan of each row, by each way of reading."""
    pick = random.Random(seed)
    spec = drawn(seed).replace(**INTEGERS[pick.choice([*INTEGERS])])
    plans = [one.plan for target in ("x86-64-v3", "x86-64-v4-vnni", "scalar") if find(target).runs_here(spec.arithmetic)
             for one in rank(spec, target)]
    found = {(plan.target.isa, plan.algorithm, plan.lanes, plan.choices.source): plan for plan in pick.sample(
        plans, len(plans))}
    for plan in found.values():
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, f"{plan!r}: {report}"


@pytest.mark.parametrize(("kind", "biases"), [("u8", 4), ("s16", 1)])
def test_a_bias_for_each_phase_with_a_zero_point(kind, biases):
    """The scales are shared, as is the bias where nothing is subtracted from it."""
    plan = planned(up(**{**INTEGERS[kind], **ODD, "layout": "nhwc"}), "x86-64-v3", ("avx2_s16", "oc", "copy"))
    first, second = Phased(direct.APART, direct.tiles, gaps=False).parts(plan)[0].g.sections[0]
    size = first.at * 2 + biases * 24 * plan.spec.arithmetic.bias.bytes  # 19 channels in vectors of 8
    assert (first.role, second.role) == ("bias", "scale")
    assert second.at * 2 == -(-size // 64) * 64


# --- with what other layers have ---

GROUPS = {"ic": 6, "oc": 10, "g": 2, "iw": 9, "kh": 3, "kw": 5, "residual": True, "activation": "relu"}
NARROW = {
    "groups": (GROUPS, "direct"), "channels last": ({**GROUPS, "layout": "nhwc", "weights_layout": "hwoi"}, "direct"),
    "outputs that no tap reaches": ({**ODD, "kh": 2, "kw": 1, "sh": 3, "layout": "nhwc"}, "direct"),
    "phases beside each other": ({**ODD, "oc": 3, "kw": 8, "sw": 4, "layout": "nhwc", "padding": None}, "direct"),
    "no bias": ({**WIDE, "bias": False, "activation": "prelu"}, "direct"),
    "depthwise": ({"g": 19, "ic": 19, "oc": 19, "ih": 5, "iw": 11, "layout": "nhwc"}, "depthwise"),
    "stride 1, Winograd": ({**WIDE, "g": 2, "ih": 13, "kh": 3, "kw": 3, "sh": 1, "sw": 1}, "winograd"),
    "definition": ({**GROUPS, "weights_layout": "hwoi"}, "reference"),
}


@pytest.mark.sampled
@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("dtype", ["f32:s8:f32", "f32:f16:f32"])
@tools.needs(tools.c, "cc")
def test_weights_alone(name, dtype):
    """Packed as f32, each times its channel's scale; or as they are given, where an algorithm does."""
    fields, algorithm = NARROW[name]
    plans: dict[bool, Plan] = {}
    for one in rank(up(**fields, dtype=dtype), "scalar" if algorithm == "reference" else "x86-64-v3", algorithm):
        plans.setdefault(getattr(one.plan.choices, "as_given", False), one.plan)
    assert set(plans) == ({False, True} if algorithm == "direct" else {False})
    for plan in plans.values():
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, f"{plan!r}: {report}"


@pytest.mark.parametrize("layout", WEIGHTS_LAYOUTS)
@pytest.mark.parametrize("op", ["forward", "transposed"])
def test_the_channel_of_a_weight(op, layout):
    """By its number in the array; and the scale that the oracle multiplies it by."""
    spec = ConvSpec(ic=4, oc=6, g=2, iw=5, kw=3, op=op, weights_layout=layout, dtype="f32:s8:f32")
    scale = np.arange(1, 7, dtype=np.float32)
    real = oracle.real_weights(spec, np.ones(spec.weights_shape, np.int8), scale).ravel()
    channel, place = (compile(text.replace("/", "//"), "text", "eval") for text in
                      (channel_of(spec, "i"), weight_address(spec, "oc", "ic", ["kw"])))
    numbers = {eval(place, dict(zip(("oc", "ic", "kw"), one, strict=True))): one[0]
               for one in itertools.product(range(6), range(2), range(3))}
    channels = [numbers[i] for i in range(real.size)]
    assert channels == [eval(channel, {"i": i}) for i in range(real.size)] == list(real - 1)


@pytest.mark.sampled
@pytest.mark.parametrize("layout", BY_INPUT)
@pytest.mark.parametrize("way", [way for way in test_weights_zero.PACKED if way != "reference"])
@tools.needs(tools.any_c)
def test_integers_with_weights_by_input_channels(way, layout):
    """Of a forward layer, whose weights have a zero point: packed they are those of any other layout."""
    algorithm, target, row, fields = test_weights_zero.PACKED[way]
    spec = ConvSpec(**{**fields, "dtype": "u8:u8:u8", "weights_zero": 128, "weights_layout": "oihw"})
    other = spec.replace(weights_layout=layout)
    one, same = (render(test_weights_zero.plan(each, algorithm, target, row), "k") for each in (spec, other))
    arrays = exactness.drawn(spec, np.random.default_rng(0))
    arrays.pop("input")
    moved = oracle.from_cross(other, oracle.cross_weights(spec, arrays["weights"]))
    assert Packer([one])(one, arrays) == Packer([same])(same, arrays | {"weights": moved})


@pytest.mark.parametrize("layout", BY_INPUT)
@pytest.mark.parametrize("algorithm", ["direct", "reference"])
@tools.needs(tools.c, "cc")
def test_a_layer_of_integers(algorithm, layout):
    spec = ConvSpec(ic=8, oc=12, g=2, ih=6, iw=9, kh=3, kw=3, padding=1, dtype="u8:u8:u8", weights_layout=layout,
                    input_zero=77, weights_zero=100, residual=True, residual_scale=0.5)
    report = verify(generate(spec, "x86-64-v3", algorithm, records=False).compile(opt="O1"))
    assert report.ok, report


# --- who calls them ---

CONVS = {1: convgen.conv_transpose1d, 2: convgen.conv_transpose2d, 3: convgen.conv_transpose3d}


@pytest.mark.parametrize(("rank", "given"), [
    (1, {"stride": 2}), (2, {"stride": (2, 3), "padding": 1, "output_padding": (1, 2)}),
    (2, {"stride": 2, "padding": "same", "layout": "nhwc"}), (3, {"groups": 2, "dilation": 2}),
], ids=str)
@tools.needs(tools.c, "cc")
def test_functions(rank, given):
    rng, last, g = np.random.default_rng(5), "layout" in given, given.get("groups", 1)
    x = rng.standard_normal((1, *[5] * rank, 4) if last else (1, 4, *[5] * rank), np.float32)
    w, b = rng.standard_normal((4, 3, *[3] * rank), np.float32), rng.standard_normal(3 * g, np.float32)
    y = CONVS[rank](x, w, b, target="scalar", **given)
    strides, more = (given.get(name, of) for name, of in (("stride", 1), ("output_padding", 0)))
    strides, more = (one if isinstance(one, tuple) else (one,) * rank for one in (strides, more))
    pads = {f"{kind}{axis}": s for axis, s in zip("dhw"[3 - rank:], strides, strict=True) for kind in "s"}
    pad = given.get("padding", 0)
    spec = ConvSpec(ic=4, oc=3 * g, g=g, op="transposed", **pads, layout=given.get("layout", "nc" + "dhw"[3 - rank:]),
                    padding=pad if isinstance(pad, str) else [(pad, pad - one) for one in more],
                    **{f"{kind}{axis}": value for axis in "dhw"[3 - rank:] for kind, value in
                       (("i", 5), ("k", 3), ("d", given.get("dilation", 1)))})
    np.testing.assert_allclose(y, oracle.convolve(spec, x, w, b).y, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("given", "message"), [
    ({"output_padding": 2, "stride": 2}, "output_padding must be less than stride or dilation (output_padding=2, str"),
    ({"output_padding": 1, "stride": 2, "padding": "same"}, "output_padding must be 0 where padding is a name"),
    ({"groups": 3}, "groups must divide w's input channels (groups=3; w.shape=(4, 3, 3, 3), iohw: 4)"),
    ({"weights_layout": "hwoi"}, "w must have as many input channels as x (w.shape=(4, 3, 3, 3), hwoi: 3; x.shape"),
    ({"padding": 4}, "top and bottom must leave 1 to 2^31 - 1 outputs"),
])
def test_arguments_that_are_wrong(given, message):
    with pytest.raises(InputError) as caught:
        convgen.conv_transpose2d(np.ones((1, 4, 5, 5), np.float32), np.ones((4, 3, 3, 3), np.float32), **given)
    assert message in str(caught.value)


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_the_command_of_a_kernel_makes_it_again(tmp_path):
    kernel = generate(up(), "x86-64-v3", records=False)
    command = next(line for line in kernel.source.splitlines() if "convgen generate" in line)
    words = command.split("convgen ")[1].removesuffix(" -o .").split()
    result = run(*words, "--no-records", "-o", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert (tmp_path / f"{kernel.name}.c").read_text() == kernel.source


@pytest.mark.parametrize(("options", "code", "message"), [
    (["--dtype", "s8:s8:s8", "--algorithm", "modular"], 3, "algorithm modular has no plan for this layer"),
    (["--op", "sideways"], 2, "op must be one of forward, transposed"),
    (["--algorithm", "dot"], 3, "algorithm dot has no plan for this layer"),
])
def test_exit_codes(options, code, message):
    result = run("plan", "ic6ih5oc4oh10kh4sh2ph1", "--op", "transposed", "--target", "x86-64-v3", *options)
    assert result.exit_code == code
    assert message in result.stderr


def test_explain_shows_the_phases():
    """And what a product is of, and how many of its numbers meet in an output."""
    told = ("plan", "ic6ih5oc4oh10kh4sh2ph1", "--op", "transposed", "--target", "x86-64-v3", "--explain")
    for algorithm, words in (("direct", "for phase: 4 times, a task each"), ("col2im", "4 of its numbers an output")):
        result = run(*told, "--algorithm", algorithm)
        assert result.exit_code == 0
        assert words in result.stdout


@pytest.mark.parametrize("rival", ["torch", "onnxruntime", "openvino"])
@pytest.mark.parametrize("fields", [{}, {"g": 2, "layout": "nhwc", "kh": 3, "padding": [(1, 0), (1, 1)]},
                                    {"ih": None, "kh": None, "sh": None, "layout": "ncw"}], ids=str)
def test_rivals_compute_the_same(rival, fields):
    if importlib.util.find_spec(rival) is None:
        pytest.skip(f"needs the package {rival}")
    spec = up(**fields)
    arrays = draws.normals(spec, np.random.default_rng(2))
    given = problem.make(spec, arrays["input"], arrays["weights"], arrays["bias"])
    wanted = oracle.convolve(spec, **arrays)
    module = importlib.import_module(f"convgen.benchmark.rivals.{rival}")
    for setup in module.setups(given, 1):
        setup.time(1)
        got = setup.output().reshape(wanted.y.shape)
        assert (np.abs(got - wanted.y) <= 1e-5 * wanted.s).all(), setup.name


@pytest.mark.parametrize("dtype", ["f32", "s8:s8:s8"])
@pytest.mark.parametrize("fields", [{}, {"kh": 2, "kw": 3, "padding": None}], ids=str)
def test_litert_computes_the_same(dtype, fields):
    """XNNPACK of integers rounds half to even, as the layer does."""
    pytest.importorskip("ai_edge_litert", reason="needs the package ai-edge-litert")
    spec = up(**fields, layout="nhwc", dtype=dtype)
    arrays = data.draw(spec, np.random.default_rng(2))
    given = problem.make(spec, *(arrays.get(role) for role in ("input", "weights", "bias", "scale")))
    wanted = oracle.convolve(spec, **arrays)
    (setup,) = importlib.import_module("convgen.benchmark.rivals.litert").setups(given, 1)
    setup.time(1)
    got = setup.output().reshape(wanted.y.shape)
    assert (np.abs(got.astype(np.float64) - wanted.y) <= 1e-5 * wanted.s * (dtype == "f32")).all(), setup.name


class Silent:
    """A library; OPS is each test's own."""

    DTYPES = ("f32", "u8:s8:u8")
    OPS: ClassVar = {}


@pytest.mark.parametrize(("module", "dtype"), [("torch", "u8:s8:u8"), ("ncnn", "f32")])
def test_rivals_that_know_none(module, dtype, monkeypatch):
    """Those that would compute a forward layer are not asked."""
    monkeypatch.setattr(worker.importlib, "import_module", lambda name: Silent)
    monkeypatch.setattr(Silent, "OPS", {"transposed": ("f32",)} if module == "torch" else {})
    with pytest.raises(UnsupportedError, match=f"transposed layers are not measured in {dtype}"):
        worker._offered(worker.Job(module, up(dtype=dtype), "", 1, None), {})
