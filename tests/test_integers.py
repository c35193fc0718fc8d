"""Layers that sum integers, drawn at random over every field: each way to compute them gives the rule's bits.

CONVGEN_SWEEP says how many layers the sweep tries: a fifth of it (1000 by default), in many ways each; CONVGEN_SEED
which ones: those after this number.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import numpy as np
import pytest
import tools

from convgen.algorithms import ALGORITHMS, promises
from convgen.algorithms.winograd import modular
from convgen.api import render
from convgen.errors import InputError, UnsupportedError
from convgen.layer.element import ARITHMETICS
from convgen.layer.fields import WEIGHTS_LAYOUTS
from convgen.layer.rounding import RULES
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED
from convgen.plan.proof import proof
from convgen.verification import exactness, oracle

CHUNK, QUICK = 4, 12
SWEEP = int(os.environ.get("CONVGEN_SWEEP", "5000"))
SEED = int(os.environ.get("CONVGEN_SEED", "10000"))
HERE = [name for name, target in NAMED.items() if target.device is None and target.runs_here() and target.at_home]
NAMES = ("direct", "depthwise", "grouped", "dot", "matrix", "modular", "reference")
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20, 31, 32, 33, 40, 64)
TYPES = [name for name, one in ARITHMETICS.items() if one.exact and name != "s16:s16:s32"]  # which is for transforms


def fields(rnd: random.Random) -> dict[str, object]:
    """Of one layer: zero points at the ends of their range as often as inside it."""
    dtype = rnd.choice(TYPES)
    of = ARITHMETICS[dtype]
    g = rnd.choice((1, 1, 1, 2, 3))
    ic, oc = rnd.choice(CHANNELS), rnd.choice(CHANNELS)
    kind = rnd.random()
    if kind < 0.2:
        g, ic, oc = rnd.choice(CHANNELS[1:]), 1, 1
    elif kind < 0.3:
        g, ic, oc = rnd.choice((4, 8, 16)), *rnd.choice(((4, 4), (8, 8), (2, 4), (4, 8)))
    elif kind < 0.5:
        g, ic, oc = 1, rnd.choice((16, 18, 32, 34, 64)), rnd.choice((16, 17, 33, 40))
    found: dict[str, object] = {
        "dtype": dtype, "n": rnd.choice((1, 1, 2)), "g": g, "ic": g * ic, "oc": g * oc, "bias": rnd.random() < 0.7,
        "flip": rnd.random() < 0.1, "layout": rnd.choice(("nchw", "nhwc")),
        "weights_layout": rnd.choice(WEIGHTS_LAYOUTS), "input_zero": zero(rnd, of.input),
    }
    if of.weights.bytes == of.input.bytes == 1:  # no products of 16 bits by 9 are summed
        found["weights_zero"] = rnd.choice((0, int(of.weights.largest + 1) // 2 % 128, zero(rnd, of.weights)))
    for axis, pads in (("h", ("top", "bottom")), ("w", ("left", "right"))):
        found[f"i{axis}"] = rnd.choice((1, 2, 3, 5, 7, 8, 9, 14, 17))
        found[f"k{axis}"] = rnd.choice((1, 3, 3, 2, 5))
        found[f"s{axis}"] = 1 if kind > 0.4 else rnd.choice((1, 1, 2, 3))
        found[f"d{axis}"] = 1 if kind > 0.4 else rnd.choice((1, 1, 2))
        found |= {pad: rnd.choice((0, 1, 1, 2)) for pad in pads}
    if of.quantised:
        found |= {"output_zero": zero(rnd, of.output), "rounding": rnd.choice([*RULES]),
                  "activation": rnd.choice(("none", "relu", "relu6", "clip(-1,2)")), "output_scale": 0.03}
    if of.scaled and rnd.random() < 0.3:
        found["residual"] = True
        if of.quantised:
            found |= {"rounding": "half-even", "residual_zero": zero(rnd, of.output),
                      "residual_scale": rnd.choice((0.5, 1.0, 0.7, 0.013))}
    if of.quantised and of.output.bytes == 1 and rnd.random() < 0.15:
        found |= {"activation": rnd.choice(("silu", "sigmoid", "hard-swish", "gelu")), "sum_scale": 0.05,
                  "sum_zero": zero(rnd, of.output)}
    rare(rnd, found)
    return found


def rare(rnd: random.Random, found: dict[str, object]) -> None:
    """What few layers have: transposed ones, a third dimension, slices of larger tensors."""
    kind = rnd.random()
    if kind < 0.1:
        found["op"] = "transposed"
    elif kind < 0.2:
        found |= {"layout": {"nchw": "ncdhw", "nhwc": "ndhwc"}[str(found["layout"])], "id": rnd.choice((1, 2, 5)),
                  "kd": rnd.choice((1, 2, 3)), "sd": rnd.choice((1, 2)), "front": rnd.choice((0, 1))}
    elif kind < 0.3 and found["layout"] == "nhwc":
        found |= {"in_stride": int(str(found["ic"])) + rnd.choice((1, 16)),
                  "out_stride": int(str(found["oc"])) + rnd.choice((1, 16))}


def zero(rnd, element):
    low, high = int(element.smallest), int(element.largest)
    return rnd.choice((low, high, 0, rnd.randint(low, high)))


def layers(first: int):
    """CHUNK of them, with what they are drawn by."""
    rnd = random.Random(first)
    count = 0
    while count < CHUNK:
        try:
            spec = ConvSpec(**fields(rnd))
        except InputError:  # the kernel is larger than the padded input
            continue
        count += 1
        yield spec, rnd


def ways(spec, rnd):
    """For each target here, its rows of products, each algorithm and where it reads the input: one plan."""
    for name in HERE:
        for target in NAMED[name].summing(spec.arithmetic):
            for algorithm in NAMES:
                plans = {}
                for plan in ALGORITHMS[algorithm].plans(spec, target):
                    plans.setdefault((plan.lanes, *(getattr(plan.choices, field, 0) for field in ("source", "m"))),
                                     []).append(plan)
                yield from map(rnd.choice, plans.values())


def laid(spec, arrays, role):
    """An array as a slice, where the spec says that it is one."""
    if role not in arrays:
        return None
    given = arrays[role]
    tensor = np.zeros(spec.array(role).tensor, given.dtype)
    part = tensor[tuple(map(slice, given.shape))]
    part[...] = given
    return part


def check(spec, plan, arrays, want):
    conv = render(plan).compile(opt="O1")
    conv.pack(arrays["weights"], arrays.get("bias"), arrays.get("scale"))
    made = conv(laid(spec, arrays, "input"), laid(spec, arrays, "residual"))
    np.testing.assert_array_equal(made, want, f"{plan.label} {plan.choices} {spec!r}")


def hold(first: int, share: float) -> Counter[str]:
    """Compares a share of the ways; how many outputs of each row that were."""
    outputs: Counter[str] = Counter()
    for spec, rnd in layers(first):
        arrays = exactness.drawn(spec, np.random.default_rng(first))
        want = exactness.right(spec, arrays)
        for plan in ways(spec, rnd):
            if rnd.random() < share:
                check(spec, plan, arrays, want)
                outputs[plan.target.isa] += want.size
    return outputs


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("first", range(0, QUICK, CHUNK))
def test_random_layers(first: int) -> None:
    assert hold(first, 0.25)


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(SEED, SEED + SWEEP // 5, CHUNK))
def test_many_random_layers(first: int) -> None:
    hold(first, 0.5)


# --- Winograd modulo 2^32 ---


def ends(spec):
    """Arrays whose sums are as large as they can be: all that a layer multiplies at the end of its range."""
    _, low, high = spec.input_zero, int(spec.arithmetic.input.smallest), int(spec.arithmetic.input.largest)
    x = np.full(spec.input_shape, high if high - spec.input_zero >= spec.input_zero - low else low)
    w = np.full(spec.weights_shape, -128)
    w[..., ::2] = 127  # of hwio: every other output channel
    return {"input": x.astype(spec.arithmetic.input.dtype), "weights": w.astype(np.int8),
            "bias": np.zeros(spec.oc, np.int32)}


@pytest.mark.parametrize("m", modular.SIZES)
def test_sums_at_their_ends_come_through_what_overflows(m: int) -> None:
    """As many channels as there may be: the largest sum is just below what is left of 32 bits."""
    fit = (ic for ic in range(2, 6000, 2)
           if not modular.admits(ConvSpec(dtype="u8:s8:s32", ic=ic + 2, oc=16, ih=6, kh=3), m))
    spec = ConvSpec(dtype="u8:s8:s32", ic=next(fit), oc=17, ih=6, kh=3, padding="same", layout="nhwc")
    assert modular.admits(spec, m)
    assert proof(spec).products > 0.95 * 2 ** (31 - {2: 2, 3: 2, 4: 6}[m])
    arrays = ends(spec)
    want = oracle.convolve(spec, **arrays).y
    assert np.abs(want).max() == proof(spec).products
    for target in HERE:
        for machine in NAMED[target].summing(spec.arithmetic):
            plan = next((one for one in modular.plans(spec, machine) if one.choices.m == m), None)
            if plan is not None:
                check(spec, plan, arrays, want)


def test_a_promise_admits_larger_tiles() -> None:
    spec = ConvSpec(dtype="u8:s8:u8", ic=256, oc=256, ih=14, kh=3, padding="same")
    assert [modular.admits(spec, m) for m in modular.SIZES] == [True, True, False]
    assert modular.admits(spec.replace(largest_sum=2**25 - 1), 4)
    assert not modular.admits(spec.replace(largest_sum=2**25), 4)
    assert promises(spec) == [2**25 - 1, 2**29 - 1]
    assert promises(spec.replace(kh=1, kw=1)) == promises(spec.replace(sh=2)) == []


@pytest.mark.parametrize("m", modular.SIZES)
def test_weights_of_16_bits_leave_the_transform_no_room(m: int) -> None:
    spec = ConvSpec(dtype="u8:s16:u8", ic=32, oc=32, ih=9, kh=3)
    assert not modular.admits(spec, m)
    assert modular.admits(spec.replace(dtype="u8:s8:u8"), m)


@tools.needs(tools.c, "gcc")
def test_a_promise_that_weights_break_is_refused() -> None:
    spec = ConvSpec(dtype="u8:s8:s32", ic=16, oc=16, ih=6, kh=3, padding="same", largest_sum=10_000, layout="nhwc")
    target = next(one for name in HERE for one in NAMED[name].summing(spec.arithmetic) if one.row.deep == 2)
    conv = render(next(iter(modular.plans(spec, target)))).compile(opt="O1")
    with pytest.raises(InputError, match="sums must stay in largest_sum, 10000 "):
        conv.pack(np.ones(spec.weights_shape, np.int8), np.zeros(16, np.int32))


def test_layers_that_it_is_not_for() -> None:
    target = NAMED["x86-64-v3"].summing(ARITHMETICS["u8:s8:u8"])[0]
    for change in ({"g": 2}, {"sh": 2}, {"dw": 2}, {"kh": 1, "kw": 1}, {"ic": 17}):
        spec = ConvSpec(**{"dtype": "u8:s8:u8", "ic": 32, "oc": 32, "ih": 9, "iw": 9, "kh": 3, "kw": 3} | change)
        assert not list(modular.plans(spec, target)), change
    with pytest.raises(UnsupportedError):
        proof(ConvSpec(dtype="s16:s16:s32", ic=2, oc=1, ih=1, kh=1))
