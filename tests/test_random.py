"""Random layers through the whole pipeline: planned, printed, compiled, verified.

Extents stand on both sides of every tile: 1, lanes − 1, lanes, lanes + 1, and more than a tile.
CONVGEN_SWEEP says how many layers the sweep tries (5000 by default).
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
import tools

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.errors import InputError
from convgen.layer.activation import ACTIVATIONS
from convgen.layer.extents import PADDINGS
from convgen.layer.fields import WEIGHTS_LAYOUTS
from convgen.layer.spec import ConvSpec
from convgen.machine import target
from convgen.machine.find import find
from convgen.verification.report import verify

CHUNK = 10
QUICK = 200
SWEEP = int(os.environ.get("CONVGEN_SWEEP", "5000"))
CHANNELS = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 33, 40, 64, 96)
EXTENTS = (1, 2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 17, 25)
OPS = (*["forward"] * 8, "transposed", "transposed", "backward-data", "backward-weights")
LAYOUTS = {1: ("ncw", "nwc"), 2: ("nchw", "nhwc"), 3: ("ncdhw", "ndhwc")}


def random_spec(rnd: random.Random) -> ConvSpec:
    while True:
        rank = rnd.choice((1, 2, 2, 2, 3))
        g = rnd.choice((1, 1, 1, 2, 3, 4))
        ic, oc = rnd.choice(CHANNELS), rnd.choice(CHANNELS)
        if rnd.random() < 0.25:  # depthwise, with or without a multiplier, and other small groups
            g = rnd.choice(CHANNELS[1:])
            ic, oc = rnd.choice(((1, 1), (1, 1), (1, 2), (1, 3), (2, 2), (4, 4), (2, 4), (3, 4), (4, 2), (8, 8)))
        fields: dict[str, Any] = {
            "n": rnd.choice((1, 1, 2, 3)),
            "g": g,
            "ic": g * ic,
            "oc": g * oc,
            "bias": rnd.random() < 0.7,
            "residual": rnd.random() < 0.3,
            "flip": rnd.random() < 0.2,
            "activation": rnd.choice(("none", *ACTIVATIONS)),
            "layout": rnd.choice(LAYOUTS[rank]),
            "weights_layout": rnd.choice(WEIGHTS_LAYOUTS),
        }
        for axis in "dhw"[3 - rank :]:
            fields[f"i{axis}"] = rnd.choice(EXTENTS if axis == "w" else EXTENTS[:8])
            fields[f"k{axis}"] = rnd.choice((1, 1, 2, 3, 3, 4, 5, 7))
            fields[f"s{axis}"] = rnd.choice((1, 1, 1, 2, 3))
            fields[f"d{axis}"] = rnd.choice((1, 1, 1, 2, 3))
        if rnd.random() < 0.3:
            fields["padding"] = rnd.choice(PADDINGS)
        else:
            pads = (("front", "back"), ("top", "bottom"), ("left", "right"))[3 - rank :]
            fields.update({pad: rnd.choice((0, 0, 1, 1, 2, 3)) for pair in pads for pad in pair})
        for field, channels in (("in_stride", g * ic), ("out_stride", g * oc)):
            if rnd.random() < 0.25:
                fields[field] = channels + rnd.choice((1, 3, 4, 8, 13, 32))
        fields["op"] = rnd.choice(OPS)
        if fields["op"].startswith("backward"):
            fields |= {"activation": "none", "residual": False}
        try:
            spec = ConvSpec(**fields)
        except InputError:
            continue  # the kernel does not fit
        if spec.macs < 20_000_000:
            return spec


def c_targets() -> list[str]:
    return [name for name, machine in target.NAMED.items() if machine.runs_here()]


OPENCL_TARGETS = ["opencl", "opencl-cpu", "opencl-gpu"]  # the first device as what it is, as any CPU, and as a GPU


def try_chunk(first: int, count: int, names: list[str]) -> None:
    """`count` random layers, each with the planner's choice or with any legal plan for one of the targets."""
    for seed in range(first, first + count):
        rnd = random.Random(seed)
        spec = random_spec(rnd)
        machine = find(rnd.choice(names))
        match rnd.randrange(4):
            case 0:
                kernel = generate(spec, machine)
            case 1 if spec.op != "backward-weights" and rnd.random() < 0.3:
                kernel = generate(spec, machine, "reference")
            case _:
                plans = [list(ALGORITHMS[name].plans(spec, machine)) for name in ALGORITHMS if name != "reference"]
                kernel = render(rnd.choice(rnd.choice([some for some in plans if some])))
        options = {} if machine.device else {"opt": "O1"}
        report = verify(kernel.compile(**options), ("exact", "bound", "guard"), seed=seed)
        if not report.ok and machine.device is not None:
            # PoCL 3.1 frees constant expressions that it still needs, when there is much code, and now and then builds
            # something else: a kernel that is wrong is wrong however often it is built.
            report = verify(kernel.compile(**options), ("exact", "bound", "guard"), seed=seed)
        assert report.ok, f"seed {seed}: {spec}\n{kernel.plan.loops}\n{report}"


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("first", range(0, QUICK, CHUNK))
def test_random_layers(first: int) -> None:
    try_chunk(first, CHUNK, c_targets())


@pytest.mark.sampled(every=5)
@tools.needs_device
@pytest.mark.parametrize("first", range(0, QUICK // 2, CHUNK))
def test_random_layers_on_a_device(first: int) -> None:
    try_chunk(first, CHUNK, OPENCL_TARGETS)


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(10_000, 10_000 + SWEEP, CHUNK))
def test_many_random_layers(first: int) -> None:
    try_chunk(first, CHUNK, c_targets())


@pytest.mark.sweep
@tools.needs_device
@pytest.mark.parametrize("first", range(10_000, 10_000 + SWEEP, CHUNK))
def test_many_random_layers_on_a_device(first: int) -> None:
    try_chunk(first, CHUNK, OPENCL_TARGETS)
