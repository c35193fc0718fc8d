"""Whole layers that sum integers, by the rows of other machines: built by a cross compiler, run emulated or in an
engine, the oracle's bits. The operations of the rows have their tests in test_isas.py."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import emulated
import numpy as np
import pytest

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import InputError
from convgen.machine.isa import ISAS
from convgen.machine.target import NAMED
from convgen.plan.written import written
from convgen.verification import exactness
from convgen.verification.report import run_mode

# Tails of channels and of pixels, zero points at both ends and between, every rule.
LAYERS = {
    "dense": {"ic": 7, "ih": 5, "iw": 9, "oc": 13, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
              "dtype": "u8:s8:u8", "input_zero": 131, "output_zero": 3, "rounding": "tflite", "activation": "relu6",
              "output_scale": 0.05},
    "pointwise": {"ic": 16, "ih": 4, "iw": 5, "oc": 18, "kh": 1, "kw": 1, "layout": "nhwc", "dtype": "s8:s8:s8",
                  "input_zero": -128, "output_zero": 127, "activation": "relu"},
    "planes": {"ic": 5, "ih": 7, "iw": 11, "oc": 6, "kh": 3, "kw": 2, "padding": "half", "sw": 2, "dtype": "s8:s8:u8",
               "input_zero": 127, "output_zero": 255, "rounding": "tflite-single"},
    "wide": {"g": 2, "ic": 6, "ih": 5, "iw": 10, "oc": 10, "kh": 1, "kw": 3, "padding": "half", "dtype": "u8:s16:f32",
             "input_zero": 255},
    "long": {"ic": 33, "ih": 5, "iw": 9, "oc": 13, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
             "dtype": "s16:s8:s16", "rounding": "tflite", "output_zero": -7},
    "long, real": {"g": 2, "ic": 6, "ih": 5, "iw": 10, "oc": 10, "kh": 1, "kw": 3, "padding": "half",
                   "dtype": "s16:s8:f32", "input_zero": 32767, "residual": True},
    "phases": {"ic": 5, "ih": 4, "iw": 9, "oc": 13, "kh": 2, "kw": 5, "sh": 3, "sw": 2, "op": "transposed",
               "dtype": "u8:s8:u8", "input_zero": 77, "output_zero": 3, "rounding": "tflite"},
    "sums": {"ic": 10, "ih": 3, "iw": 7, "oc": 9, "kh": 2, "kw": 1, "layout": "nhwc", "dtype": "u8:s8:s32",
             "bias": False},
}
CORES = {"cortex-m4": ("cortex-m4", "cortex-m7", "cortex-m0")}  # whose plain C runs on one of them
WASI = (sys.executable, str(Path(__file__).with_name("wasi.py")))


def settings():
    """(machine, target) for each that has rows of its own, or plain C of its own."""
    for name, machine in emulated.MACHINES.items():
        lacks = emulated.lacking(name)
        skip = pytest.mark.skipif(bool(lacks), reason=str(lacks))
        for target in CORES.get(name, machine.targets):
            rare = [pytest.mark.sweep] * (target == "scalar" and name != "riscv64")
            yield pytest.param(name, target, marks=[skip, *rare], id=f"{name}-{target}")


each = pytest.mark.parametrize(("machine", "target"), [*settings()])


def kinds(spec, target):
    """The first plan of each row, by each way of reading."""
    found = {}
    for one in NAMED[target].summing(spec.arithmetic):
        for plan in ALGORITHMS["direct"].plans(spec, one):
            found.setdefault((one.isa, plan.lanes, written(plan).source), plan)
    return list(found.values())


def conv(plan, machine, opt=""):
    """A kernel as a program of its own. Without optimisation for an engine, which compiles what it gets again."""
    opt = opt or ("O2" if emulated.emulator(machine) else "O0")
    cc = emulated.compilers(machine)[0]
    command = shlex.join(emulated.MACHINES[machine].compilers[cc])
    return emulated.product.compile(render(plan), command, opt, emulated.emulator(machine) or WASI)


def check(made, arrays):
    """The oracle's bits."""
    made.pack(arrays["weights"], arrays.get("bias"), arrays.get("scale"))
    got, want = made(arrays["input"], arrays.get("residual")), exactness.right(made.kernel.spec, arrays)
    assert np.array_equal(got, want), (made.kernel.plan, np.argwhere(got != want)[:5])


@each
@pytest.mark.parametrize("half", [0, pytest.param(1, marks=pytest.mark.sweep)])
def test_layers(machine, target, half):
    """A plan of each layer, others of others; no byte outside is touched. Every second layer, other ones on the next
    target, and those between."""
    turn = list(NAMED).index(target)
    for number, (name, fields) in [*enumerate(LAYERS.items())][(turn + half) % 2 :: 2]:
        spec = ConvSpec(**fields)
        plans = kinds(spec, target)
        made = conv(plans[(turn + number) % len(plans)], machine)
        check(made, exactness.drawn(spec, np.random.default_rng(number)))
        done = run_mode(made, "guard")
        assert done.ok, f"{name}: {done.detail}"


@pytest.mark.sampled
@each
@pytest.mark.parametrize(("dtype", "rounding"), [("s8:s8:s8", "tflite"), ("s8:s8:s8", "tflite-single"),
                                                 ("s16:s8:s16", "tflite")])
def test_scales_at_both_ends(machine, target, dtype, rounding):
    """All shifts, the largest multiplier and the least; scales of which nothing is left, and by which all is cut."""
    scales = np.array([2.0**-126, 2.0**-33, 2.0**-32, 2.0**-31, 1 - 2.0**-32, 1 - 2.0**-54, 1.0, 1.5, 2.0**29,
                       2.0**30, 2.0**31, 2.0**64, 3.4e38, *np.exp2(-np.arange(1.0, 31))])
    spec = ConvSpec(ic=4, ih=3, iw=5, oc=len(scales), kh=1, kw=1, layout="nhwc", dtype=dtype, rounding=rounding)
    arrays = exactness.drawn(spec, np.random.default_rng(1)) | {"scale": scales}
    far = 2**30 if dtype == "s8:s8:s8" else 2**46
    arrays["bias"][:] = np.resize([0, far, -far, 1, -1], spec.oc)
    check(conv(kinds(spec, target)[0], machine), arrays)


def drawn(rng):
    """A random layer; None where its fields do not suit each other."""
    given, out = rng.choice(["u8", "s8"]), rng.choice(["u8", "s8", "u8", "s8", "s32", "f32"])
    weights = rng.choice(["s8", "s8", "s16"])
    if rng.random() < 0.2:
        given, weights, out = "s16", "s8", rng.choice(["s16", "s16", "f32"])
    ends = {"u8": (0, 255), "s8": (-128, 127), "s16": (-32768, 32767)}
    g = int(rng.choice([1, 1, 1, 2, 3]))
    fields = {"g": g, "ic": g * int(rng.choice([1, 3, 4, 8, 20])), "oc": g * int(rng.choice([1, 5, 16, 17, 33])),
              "ih": int(rng.integers(1, 12)), "iw": int(rng.integers(1, 30)), "kh": int(rng.integers(1, 4)),
              "kw": int(rng.integers(1, 4)), "sh": int(rng.integers(1, 3)), "sw": int(rng.integers(1, 3)),
              "top": int(rng.integers(0, 2)), "left": int(rng.integers(0, 3)), "right": int(rng.integers(0, 2)),
              "layout": str(rng.choice(["nchw", "nhwc"])), "bias": bool(rng.random() < 0.7),
              "dtype": f"{given}:{weights}:{out}",
              "input_zero": int(rng.choice([*ends[given], rng.integers(*ends[given])]))}
    if out in ends:
        fields |= {"output_zero": int(rng.choice([*ends[out], 0])), "output_scale": 0.05,
                   "activation": str(rng.choice(["none", "relu", "relu6"])),
                   "rounding": str(rng.choice(["half-even", "tflite", "tflite-single"]))}
    try:
        return ConvSpec(**fields)
    except InputError:
        return None


@pytest.mark.sweep
@each
def test_random_layers(machine, target):
    """10^5 outputs."""
    rng, count = np.random.default_rng(5), 0
    while count < 100_000:
        if spec := drawn(rng):
            arrays = exactness.drawn(spec, rng)
            for plan in kinds(spec, target):
                check(conv(plan, machine), arrays)
                count += exactness.right(spec, arrays).size


def test_every_machine_sums_integers():
    """No target for C is without products of bytes, and of 16 bits."""
    for name, target in NAMED.items():
        if target.device is None:
            for dtype in ("u8:s8:u8", "s8:s8:s8", "s8:s16:f32"):
                spec = ConvSpec(ic=8, ih=4, iw=4, oc=8, kh=3, kw=3, dtype=dtype)
                assert target.summing(spec.arithmetic), name
                assert all(ISAS[one.isa].f32 is target.row for one in target.summing(spec.arithmetic))
