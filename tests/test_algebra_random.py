"""Proofs of random kernels of every kind: any plan of any algorithm on any row that algebra reads, floats, words of 16
bits and integers, forward, transposed, gradients, streams and chains, in C and in OpenCL.

CONVGEN_SWEEP says how many the sweep proves, a fifth of it (1000 by default); CONVGEN_SEED which ones: those after it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest
import test_integers
import tools
from test_algebra import cxx, subject
from test_chains import block, dense, pair, pooling
from test_random import random_spec

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.errors import ConvgenError, InputError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.plan.kernel import Kernel
from convgen.verification.algebra.proof import prove, refusal

pytestmark = tools.needs(cxx)

CHUNK, QUICK = 20, 6
SWEEP, SEED = (int(os.environ.get(name, other)) for name, other in (("CONVGEN_SWEEP", "5000"), ("CONVGEN_SEED", "0")))
MOST = 2_000_000  # multiply-adds, of which all outputs are proven
FLOATS = ("scalar", "x86-64-v3", "x86-64-v4", "aarch64", "wasm32")
INTEGERS = (*FLOATS, "x86-64-v3-vnni", "x86-64-v4-vnni", "x86-64-v4-amx", "aarch64-dotprod", "aarch64-i8mm")
DEVICES = ("opencl-cpu", "opencl-gpu")
KINDS = {"floats": 10, "words": 4, "weights": 2, "integers": 8, "streams": 3, "integers' streams": 2, "chains": 3,
         "devices": 3, "devices' integers": 2}
"""What a kernel is of, and how often."""


def floats(rnd: random.Random, dtype: str = "f32") -> ConvSpec:
    return random_spec(rnd).replace(dtype=dtype)


def integers(rnd: random.Random) -> ConvSpec:
    return ConvSpec(**test_integers.fields(rnd))


def stream(rnd: random.Random, dtype: str) -> ConvSpec:
    g = rnd.choice((1, 1, 2, 5))
    ic, oc = (g * rnd.choice((1, 2, 3, 8, 9)) for _ in "io")
    fields = {"g": g, "ic": ic, "oc": oc, "kw": rnd.choice((1, 2, 3, 5, 9, 33)),
              "stream": rnd.choice((1, 4, 7, 16, 29)),
              "dw": rnd.choice((1, 1, 2, 7)), "sw": rnd.choice((1, 1, 2, 3)), "bias": rnd.random() < 0.7,
              "residual": rnd.random() < 0.2, "flip": rnd.random() < 0.1, "layout": rnd.choice(("ncw", "nwc")),
              "activation": rnd.choice(("none", "relu", "clip(-1,2)") + ("prelu", "tanh") * (dtype[0] != "s")),
              "dtype": dtype}
    if dtype in ("u8:s8:u8", "s8:s8:s8"):
        zeros = (0, 3, 127) + (255, 131) * (dtype[0] == "u") + (-5, -128) * (dtype[0] == "s")
        fields |= {"input_zero": rnd.choice(zeros), "output_zero": rnd.choice(zeros), "output_scale": 0.03}
        fields |= {"residual_scale": 0.5} if fields["residual"] else {}
    if dtype == "s8:s8:s32":
        fields |= {"activation": "none", "residual": False}
    return ConvSpec(causal=True, **fields)


def chain(rnd: random.Random) -> ConvSpec:
    c, h, oc = rnd.choice((3, 5, 8, 16, 19)), rnd.choice((4, 5, 9, 12)), rnd.choice((1, 7, 8, 17))
    kind, dtype = rnd.randrange(4), rnd.choice(("f32", "f32", "f16", "bf16", "u8:s8:u8", "s8:s8:s8"))
    if kind == 0:
        return pair(c, h, oc, rnd.choice((1, 2)), dtype, rnd.choice(("none", "relu", "relu6")))
    if kind == 1:
        return block(rnd.choice((3, 8, 13)), c, h, oc, rnd.choice((1, 2)), dtype)
    if kind == 2:
        return dense(dtype)
    k = rnd.choice((2, 3))
    return pooling(c, h, oc, k, rnd.choice((1, 2)), rnd.randrange(k - 1), rnd.choice(("max-pool", "average-pool")),
                   rnd.choice(("f32", "f16", "bf16")))


FLOAT_TYPES, INTEGER_TYPES = ("f32", "f32", "f16"), ("u8:s8:u8", "s8:s8:s8", "s8:s8:s32")
LAYERS: dict[str, Callable[[random.Random], ConvSpec]] = {
    "floats": floats, "words": lambda rnd: floats(rnd, rnd.choice(("f16", "bf16"))),
    "weights": lambda rnd: floats(rnd, f"f32:{rnd.choice(('f16', 'bf16', 's8'))}:f32"), "integers": integers,
    "streams": lambda rnd: stream(rnd, rnd.choice(FLOAT_TYPES)),
    "integers' streams": lambda rnd: stream(rnd, rnd.choice(INTEGER_TYPES)), "chains": chain,
    "devices": lambda rnd: floats(rnd, rnd.choice(("f32", "f16"))), "devices' integers": integers}


def kernel_of(seed: int) -> Kernel:
    """The kernel of a seed."""
    rnd = random.Random(f"proven {seed}")
    while True:
        kind = rnd.choice([kind for kind, often in KINDS.items() for _ in range(often)])
        try:
            spec = LAYERS[kind](rnd)
            target = find(rnd.choice(DEVICES if "devices" in kind else INTEGERS if spec.arithmetic.exact else FLOATS))
            if spec.macs > MOST:
                continue
            if kind == "chains":
                kernel = generate(spec, target)
            else:
                plans = [[plan for row in target.summing(spec.arithmetic) for plan in ALGORITHMS[name].plans(spec, row)]
                         for name in ALGORITHMS]
                some = [those for those in plans if those]
                if not some:
                    continue
                kernel = render(rnd.choice(rnd.choice(some)))
        except ConvgenError as error:
            if not isinstance(error, InputError):
                raise
            continue  # no layer, or none of this type
        if not refusal(subject(kernel)):
            return kernel


def prove_some(first: int, count: int) -> None:
    for seed in range(first, first + count):
        kernel = kernel_of(seed)
        proof = prove(subject(kernel), seed)
        assert not proof.finding, f"seed {seed}: {kernel.spec!r}\n{kernel.plan.loops}\n{proof.finding}"


def test_a_few() -> None:
    prove_some(0, QUICK)


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(SEED, SEED + SWEEP // 5, CHUNK))
def test_many(first: int) -> None:
    prove_some(first, CHUNK)
