"""The arithmetic of an activation, by numbers: a field has none of its bits, nor of its roundings.

The file's own function, with what it calls, is compiled against the model of the machine that integers run on
(include/integers/), whose floats are floats, and applied to numbers of the whole range of f32. What it gives must be
the table's value (layer/activation.py) to within the table's error. That it is applied to the right sums, the field
proves; of a layer that sums integers a run in which the function doubles its argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...layer.activation import Activation
from ...layer.spec import ConvSpec
from ...plan.bound import UNIT_ROUNDOFF
from . import opencl
from .contract import HEADERS, Subject, known

SLOPES = (-0.9, 0.3, 0.0, 1.5, 0.01, -2.0, 0.7)  # of a function that takes them, in turns
LEAST = 2.0**-126  # below it the spacing of f32 is coarser than any relative error
STEP = 2**13  # of the bit patterns of numbers
BENDS = (0.0, 0.1, 1.0, 3.0, 5.0, 6.0, 10.0, 20.0, 87.3, 88.4, 89.0)  # around where formulas change
FUNCTION = re.compile(r"^static (?:inline )?(\w+) (\w+)\(([^)]*)\)\n\{.*?^\}$", re.MULTILINE | re.DOTALL)

Numbers = NDArray[np.float32]


def functions(subject: Subject) -> Iterator[tuple[Activation, str]]:
    """The activations of a file that a run does not judge, and what their functions' names begin with."""
    spec = subject.spec
    for at, layer in enumerate(spec.parts):
        if not judged(layer):
            yield layer.act, f"{subject.name}_layer{at}" if spec.chained else subject.name


def judged(layer: ConvSpec) -> bool:
    """Whether a run compares what its activation gives: of floats a clip; behind integers all but what is computed in
    floats and rounds."""
    return layer.arithmetic.output.whole or layer.act.row.exact if layer.arithmetic.exact else known(layer.act)


def program(subject: Subject, prefix: str) -> str:
    """C++ that applies the function to the numbers of the file `x`, with the slopes of the file `s`, and writes `y`."""
    own, *called = _called(opencl.text(subject) if subject.opencl else subject.source, prefix)
    slopes = ", slopes" if own[3].count(",") else ""
    machine = ['#include "opencl.h"', 'extern "C" void aligned(const void *, int) {}'] if subject.opencl else \
        [*(f"#include <{header}>" for header in HEADERS if f"<{header}>" in subject.source), '#include "floats.h"']
    return "\n".join([
        "#include <math.h>", "#include <stdio.h>", "#include <stdlib.h>", '#include "compilers.h"',
        *machine, *(one[0] for one in sorted([own, *called], key=re.Match.start)),
        "int main()", "{", f"    {own[1]} v, slopes;",
        '    FILE *x = fopen("x", "rb"), *s = fopen("s", "rb"), *y = fopen("y", "wb");',
        "    while (fread(&v, sizeof v, 1, x) == 1 && fread(&slopes, sizeof slopes, 1, s) == 1) {",
        f"        v = activate(v{slopes});", "        fwrite(&v, sizeof v, 1, y);", "    }",
        "    return fclose(y);", "}", ""])


def _called(source: str, prefix: str) -> list[re.Match[str]]:
    """The function `activate` of a file, and those that it calls, and so on."""
    begin = max(0, source.find(f"#define activate {prefix}_activate_"))
    own = next((found for found in FUNCTION.finditer(source, begin) if found[2] == "activate"), None)
    if not own:
        raise UnsupportedError("algebra cannot read this file: it has no function activate")
    before = {found[2]: found for found in FUNCTION.finditer(source, 0, own.start())}
    found = [own]
    for one in found:
        found += [before.pop(name) for name in re.findall(r"\b(\w+)\(", one[0]) if name in before]
    return found


def stood_in(subject: Subject) -> Subject:
    """The file with something else for each activation that a run does not judge (stand_in.h), so that outputs tell
    that it was applied once, to the right sum. Without the functions that only the file's own calls; lines keep their
    numbers."""
    source = subject.source
    for _, prefix in functions(subject):
        own, *called = _called(source, prefix)
        gone = {one.start(): one for one in [own, *called]}
        rest = _without(source, gone)
        for one in called:
            if re.search(rf"\b{one[2]}\(", rest):
                del gone[one.start()]
        names = ", ".join(parameter.rpartition(" ")[2] for parameter in own[3].split(", "))
        body = f"#include <stand_in.h>\nstatic inline {own[1]} activate({own[3]}) {{ return stand_in({names}); }}\n"
        source = _without(source, gone, {own.start(): body})
    return subject._replace(source=source)


def _without(source: str, gone: Mapping[int, re.Match[str]], instead: Mapping[int, str] = MappingProxyType({})) -> str:
    """A text with functions left out, or with others in their place; lines keep their numbers."""
    def put(one: re.Match[str]) -> str:
        other = instead.get(one.start(), "")
        return other + "\n" * (one[0].count("\n") - other.count("\n")) if one.start() in gone else one[0]

    return FUNCTION.sub(put, source)


def numbers() -> tuple[Numbers, Numbers]:
    """Of all magnitudes, around where formulas change, and evenly about 0; NaN. As many as fill vectors. And a slope
    for each."""
    wide = np.arange(0, 2**32, STEP, dtype=np.uint64).astype(np.uint32)
    around = (np.array(BENDS, np.float32).view(np.uint32)[:, None] + np.arange(-64, 65)).astype(np.uint32).ravel()
    every = np.concatenate([wide, around & 0x7FFFFFFF, around | 0x80000000]).view(np.float32)
    even = np.concatenate([np.linspace(-reach, reach, 2**15).astype(np.float32) for reach in (1, 10, 100)])
    every = np.concatenate([np.array([np.nan], np.float32), every[np.isfinite(every)], even])
    every = np.resize(every, -(-every.size // 64) * 64)
    return every, np.resize(SLOPES, every.size).astype(np.float32)


def finding(act: Activation, x: Numbers, slopes: Numbers, y: Numbers) -> str:
    """The first number of which the function gives what the table does not; empty where there is none."""
    with np.errstate(all="ignore"):
        real = np.float32 if act.row.exact else np.float64
        wanted: NDArray[Any] = act.value(x.astype(real), *[slopes.astype(real)] * act.slopes)
        _, absolute, relative = act.error
        allowed = 0.0 if act.row.exact else UNIT_ROUNDOFF * (absolute + relative * np.abs(x.astype(np.float64))) + LEAST
        beyond = np.abs(wanted) > np.finfo(np.float32).max
        wanted = np.where(beyond, np.copysign(np.inf, wanted), wanted)
        right = (y == wanted) | (np.isnan(y) & np.isnan(wanted)) | (np.abs(y - wanted.astype(np.float64)) <= allowed)
    if right.all():
        return ""
    at = int(np.argmin(right))
    limit = np.broadcast_to(allowed, x.shape)[at]
    return f"wrong: activate({x[at]:.9g}) is {y[at]:.9g}, {act} {wanted[at]:.9g}" + f" ± {limit:.3g}" * bool(limit)
