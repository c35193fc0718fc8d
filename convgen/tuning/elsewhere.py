"""A program that tunes where there is no Python: the candidates of layers in C, which it checks, times and compares.

It prints the best plan of each layer as a line of a records file: what `records import` reads, and a lock. The numbers
that it computes on are drawn from small tables by a function that is here and there; what some outputs are then, and
within which bounds, is known here beforehand, from the oracle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..algorithms import MAX_ERROR
from ..emit.render import render
from ..emit.sources import digest
from ..emit.texts import templates, tidy
from ..errors import UnsupportedError
from ..layer.call import Parameter, packing, running
from ..layer.element import Element
from ..layer.formats import spec_name
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.kernel import Kernel
from ..planner.cost import Estimate
from ..planner.rank import rank, with_best
from ..planner.size import limit
from ..run.arrays import ALIGN
from ..verification import compare, draws, exactness, whole
from ..version import __version__
from .lock import HEADER
from .records import OPT, plan_text, spec_text, target_text
from .search import Search
from .tuner import Effort

CHOICES = 256  # numbers in a table
LOOKS = 48  # outputs that are checked
NAME, SCRIPT = "tune", "build.sh"


class Data(NamedTuple):
    """An array that is drawn: the table's name, its numbers' bits in rows, their type; where it
    lies in memory, and how many are drawn."""

    table: str
    word: str
    numbers: list[list[str]]
    offset: int
    drawn: int
    seed: int


class Candidate(NamedTuple):
    """A kernel: its arguments, what outputs may be as ordered integers, and two pieces of its line."""

    name: str
    label: str
    packing: str
    running: str
    low: list[int]
    high: list[int]
    plan: str
    prediction: str


class Subject(NamedTuple):
    """A layer. output: where it lies; size: bytes of an output; kind: how they are ordered; places: those looked at."""

    name: str
    function: str
    spec: str
    data: list[Data]
    output: int
    size: int
    kind: str
    places: list[int]
    candidates: list[Candidate]


def check(spec: ConvSpec) -> None:
    """UnsupportedError for a layer that such programs cannot tune yet."""
    what = "chains" if spec.chained else "streams" if spec.streamed else \
        "gradients of weights" if spec.op == "backward-weights" else ""
    if what:
        raise UnsupportedError(f"bundle must be of layers alone: {what} cannot be in it yet")


def files(layers: Sequence[ConvSpec], target: Target, effort: Effort, seed: int = 0, algorithm: str | None = None,
          max_error: float = MAX_ERROR, max_code: int | None = None) -> dict[str, str]:
    """Name and text of each file of the program. Candidates are those that tuning would try before it knows any time:
    the model's best of each kind, and a sample of the rest."""
    texts, flags, subjects, most = dict[str, str](), dict[str, tuple[str, ...]](), list[Subject](), 0
    for number, spec in enumerate(layers):
        check(spec)
        ranked = with_best(rank(spec, target, algorithm, max_error, max_code), effort.best)
        search = Search(ranked, effort.best, effort.sample, 0, seed, limit(target, max_code))
        predicted = {estimate.plan: estimate for estimate in ranked}
        chosen = [predicted[plan] for plan in search.next({}, len(ranked))]
        kernels = [render(one.plan, f"layer{number}_{at}") for at, one in enumerate(chosen)]
        for kernel in kernels:
            texts |= kernel.files
            flags[kernel.name] = kernel.flags
        subject, bytes_ = _subject(spec, number, target, kernels, chosen, np.random.default_rng(seed))
        subjects.append(subject)
        most = max(most, bytes_)
    main = templates().get_template("harness/tune.c.j2").render(
        version=__version__, header=msgspec.json.encode(HEADER).decode(), target=target.name, bytes=most,
        layers=subjects)
    return {f"{NAME}.c": tidy(main), **texts, SCRIPT: _script(flags)}


def _script(flags: dict[str, tuple[str, ...]]) -> str:
    """What builds it."""
    lines = [f"$CC -std=c99 -{OPT} {' '.join([*own, '-c'])} {name}.c" for name, own in flags.items()]
    return "\n".join([
        "#!/bin/sh", f"# {SCRIPT}, written by convgen {__version__}",
        f"# Builds ./{NAME}; CC=COMPILER names another compiler, LDFLAGS more to link it by.",
        f"# Then: ./{NAME} 'NAME OF THE MACHINE' > tuned.lock", "set -e", 'cd "$(dirname "$0")"', 'CC="${CC:-cc}"',
        *lines, f"$CC -std=c99 -{OPT} $LDFLAGS {NAME}.c {' '.join(f'{name}.o' for name in flags)} -o {NAME}", ""])


# --- a layer ---


def _subject(spec: ConvSpec, number: int, target: Target, kernels: Sequence[Kernel], chosen: Sequence[Estimate],
             rng: np.random.Generator) -> tuple[Subject, int]:
    """A layer's part of the program, and the memory that it takes."""
    offsets, end = dict[str, int](), 0
    sizes: dict[str, int] = {array.role: array.bytes for array in spec.arrays}
    sizes |= {"packed": max(one.packed_bytes for one in kernels),
              "workspace": max(one.workspace_bytes + one.scratch_bytes for one in kernels)}
    for name, size in sizes.items():
        offsets[name] = end
        end += -(-size // ALIGN) * ALIGN + ALIGN
    arrays, data = _drawn(spec, f"layer{number}", offsets, rng)
    output = next(array for array in spec.arrays if array.role == "output")
    looked = [np.unravel_index(int(at), output.shape)
              for at in sorted(rng.choice(output.count, min(LOOKS, output.count), replace=False))]
    candidates = [Candidate(
        kernel.name, kernel.plan.label, _arguments(packing(spec), offsets), _arguments(running(spec), offsets),
        *_allowed(kernel, arrays, output.element, looked), *_line(kernel, one.cycles))
        for kernel, one in zip(kernels, chosen, strict=True)]
    places = [sum(int(at) * stride for at, stride in zip(place, output.strides, strict=True)) for place in looked]
    begin = "{" + _piece(spec=msgspec.Raw(spec_text(spec).encode()), target=target_text(target))
    return Subject(spec_name(spec), f"layer{number}", begin, data, offsets["output"], output.element.bytes,
                   _kind(output.element), places, candidates), end


def _arguments(parameters: Sequence[Parameter], offsets: dict[str, int]) -> str:
    return ", ".join(f"at({offsets[one.name]})" if one.name in offsets else "NULL" for one in parameters)


def _line(kernel: Kernel, cycles: float) -> tuple[str, str]:
    """The pieces of its line that are known here, but for the layer's."""
    return (_piece(plan=msgspec.Raw(plan_text(kernel.plan).encode()), convgen=__version__, printer=digest()),
            _piece(predicted=float(f"{cycles:.6g}")))


def _piece(**fields: object) -> str:
    return msgspec.json.encode(fields).decode()[1:-1]


# --- numbers ---


def _hashed(count: int, seed: int) -> NDArray[np.uint32]:
    """What drawn() of the program gives for each number."""
    x = (np.arange(count, dtype=np.uint32) + np.uint32(seed)) * np.uint32(2654435761)
    x ^= x >> np.uint32(15)
    x *= np.uint32(2246822519)
    return (x ^ x >> np.uint32(13)) % np.uint32(CHOICES)


def _drawn(spec: ConvSpec, prefix: str, offsets: dict[str, int],
           rng: np.random.Generator) -> tuple[compare.Arrays, list[Data]]:
    """What the layer takes, by role, and how the program makes it. UnsupportedError for a layer that promises of its
    weights what such numbers do not keep."""
    models, arrays, data = draws.normals(spec, rng), compare.Arrays(), list[Data]()
    for at, array in enumerate(one for one in spec.arrays if not one.written):
        model = models[array.role].reshape(-1)
        table = rng.choice(model, CHOICES)
        seed = at << 24
        flat = table[_hashed(array.span, seed)]
        arrays[array.role] = np.lib.stride_tricks.as_strided(
            flat, array.shape, [stride * array.element.bytes for stride in array.strides])
        bits = table.view(f"u{array.element.bytes}")
        texts = [f"{int(one)}u" for one in bits] if array.element.bytes < 8 else [f"{int(one)}ull" for one in bits]
        data.append(Data(f"{prefix}_{array.role}", f"uint{8 * array.element.bytes}_t",
                         [texts[row : row + 8] for row in range(0, CHOICES, 8)], offsets[array.role], array.span, seed))
    if spec.arithmetic.exact:
        kept = np.array_equal(exactness.kept(spec, arrays["weights"].astype(np.int64) - spec.weight_zero),
                              arrays["weights"])
        bias = arrays.get("bias")
        if not kept or (bias is not None and not np.array_equal(exactness.within(spec, arrays["weights"], bias), bias)):
            raise UnsupportedError("bundle must be of layers whose weights are free: random ones exceed the largest sum"
                                   f" ({spec_name(spec)})")
    return arrays, data


def _allowed(kernel: Kernel, arrays: compare.Arrays, element: Element,
             looked: Sequence[tuple[np.intp, ...]]) -> tuple[list[int], list[int]]:
    """The least and the largest that outputs may be, as ordered integers."""
    y, v, s = compare.reference(kernel, arrays)
    want, allowed = whole.outputs(kernel.spec, v, arrays) if kernel.spec.arithmetic.exact else \
        (y, kernel.bound.allowed(v, s, y))
    allowed = np.broadcast_to(allowed, want.shape)

    def end(sign: float) -> list[int]:
        ends = np.array([want[at] + sign * allowed[at] if allowed[at] else want[at] for at in looked])
        return _ordered(ends if element.whole else element.nearest(ends.astype(np.float64)), element)

    return end(-1.0), end(1.0)


def _ordered(values: NDArray[np.float64], element: Element) -> list[int]:
    """As ordered() of the program."""
    if element.whole:
        return [int(value) for value in values]
    bits = [int(one) for one in values.astype(element.dtype).view(f"u{element.bytes}")]
    sign = 1 << (8 * element.bytes - 1)
    return [-(one ^ sign) if one & sign else one for one in bits]


def _kind(element: Element) -> str:
    return "FLOATS" if not element.whole else "SIGNED" if element.signed else "UNSIGNED"
