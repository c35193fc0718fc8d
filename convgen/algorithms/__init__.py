"""The algorithms: which plans exist, and their programs.

Each is an Algorithm (protocol.py), and stands in the table below; nobody else goes by its name. `tiled/` has register
tiles in a loop nest, `matmul/` tiles of a matrix product that work-groups share, `winograd/` minimal filtering,
`fourier/` products of spectra, `col2im/` products that are added where the kernels of transposed layers overlap,
`gradient/` sums over pixels, for gradients of weights, `streaming/` what is called block by block, `chain/` layers that
follow each other, band by band; lowering.py the layers that others are made of; transposed.py computes transposed ones
by it, and streams.

Imports: errors, layer, machine, plan.
"""

from __future__ import annotations

import functools
import math
from typing import cast

import msgspec

from ..errors import InputError
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..plan.plan import Plan
from ..plan.written import Written
from . import reference
from .chain import chain, pooling
from .col2im import col2im
from .forms import Both, Forms
from .fourier import fourier
from .fourier import gpu as fourier_gpu
from .gradient import gradient
from .gradient import implicit as implicit_gradient
from .matmul import implicit, tensor
from .protocol import Algorithm
from .streaming import depthwise as streaming_depthwise
from .streaming import direct as streaming_direct
from .streaming import fourier as streaming_fourier
from .streaming import windowed
from .streaming.windowed import Windowed
from .tiled import depthwise, direct, dot, flat, grouped, inplace, interleaved, matrix
from .tiled.phased import Phased
from .transposed import Transposable
from .winograd import gpu as winograd_gpu
from .winograd import modular, winograd

DEPTHWISE = Forms(depthwise.ALGORITHM,
                  Forms(interleaved.ALGORITHM, Both(flat.ALGORITHM, inplace.ALGORITHM, inplace.there),
                        lambda spec, target: not spec.channels_last),
                  lambda spec, target: target.row.sums.whole)

PHASED: dict[str, Algorithm] = {  # by name, of transposed layers with strides
    direct.NAME: Phased(direct.APART, functools.partial(direct.tiles, seen=direct.itself), gaps=False),
    depthwise.NAME: Phased(depthwise.ALGORITHM, depthwise.tiles, gaps=True),
    winograd.NAME: cast(Algorithm, winograd)}

STREAMED: dict[str, Algorithm] = {  # by name, of streams
    direct.NAME: Forms(streaming_direct.ALGORITHM, Windowed(direct.ALGORITHM), windowed.there),
    depthwise.NAME: Forms(streaming_depthwise.ALGORITHM, Windowed(DEPTHWISE), windowed.there),
    streaming_fourier.NAME: cast(Algorithm, streaming_fourier),
    **{one.NAME: Windowed(one) for one in cast(tuple[Algorithm, ...], (grouped.ALGORITHM, implicit))}}

ALGORITHMS: dict[str, Algorithm] = {
    algorithm.NAME: Transposable(algorithm, PHASED.get(algorithm.NAME), STREAMED.get(algorithm.NAME))
    for algorithm in cast(tuple[Algorithm, ...], (
        direct.ALGORITHM, dot.ALGORITHM, DEPTHWISE, grouped.ALGORITHM, matrix.ALGORITHM,
        Forms(winograd, winograd_gpu, lambda spec, target: target.is_gpu), modular,
        Forms(fourier, fourier_gpu, lambda spec, target: target.is_gpu), implicit, tensor))
} | {algorithm.NAME: algorithm for algorithm in cast(tuple[Algorithm, ...], (
    col2im, gradient, implicit_gradient, chain, pooling, reference))}


def of(plan: Plan | Written) -> Algorithm:
    """The algorithm of a plan; InputError where there is none of that name."""
    if plan.algorithm not in ALGORITHMS:
        raise InputError(f"algorithm must be one of {', '.join(ALGORITHMS)} (algorithm={show(plan.algorithm)})")
    return ALGORITHMS[plan.algorithm]


def check(plan: Plan) -> None:
    """InputError for a plan that its algorithm does not list for its layer and target."""
    if reason := of(plan).check(plan):
        raise InputError(f"plan: {reason}")


def read(written: Written, what: str = "plan") -> Plan:
    """The plan that a file holds; InputError, which begins with `what`, for one that its algorithm does not list."""
    algorithm = of(written)
    plan = written.plan(algorithm.CHOICES)
    if written.layers:
        layers = (read(one, f"{what}: stages[{at}]") for at, one in enumerate(written.layers))
        plan = msgspec.structs.replace(plan, stages=tuple(layers))
    if reason := written.foreign(algorithm.CHOICES) or algorithm.check(plan):
        raise InputError(f"{what}: {reason}")
    return plan


def promises(spec: ConvSpec) -> list[int]:
    """Of a layer that sums integers, the least first: what its sums may be promised to stay within, in magnitude, for
    there to be plans that there are not else."""
    return sorted(modular.promises(spec))


MAX_ERROR = 1e-6  # the limit of expected_error, unless told: admits F(4x4, 3x3), 1.0e-6, not F(6x6, 3x3), 4.4e-6


def check_max_error(value: float) -> None:
    """InputError for what is no limit of expected_error."""
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise InputError(f"max_error must be a finite number, at least 0 (max_error={value!r:.60})")
