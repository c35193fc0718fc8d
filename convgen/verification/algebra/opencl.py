"""The C++ around an OpenCL file: its kernels, launched as its head says, work-item by work-item.

The text is compiled as C++, with two things that this has no word for said otherwise: vectors' literals and lanes.
Arrays of a work-group become arrays that are watched as the caller's are, so what items leave each other between two
barriers is checked as what tasks do in a phase.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...errors import UnsupportedError
from .contract import (
    AFTER,
    ALIGN,
    Places,
    Spaces,
    Subject,
    array,
    before,
    constants,
    given,
    layers,
    places,
)

NONE = "NULL for "  # before a name, of an array that the layer has not
NUMBERS = ("samples", "due")  # what a stream's kernels are given
TYPES = "half|float|u?char|u?short|u?int|u?long"
WIDTHS = {"half": 2, "float": 4, "char": 1, "short": 2, "int": 4, "long": 8}
LOCAL = re.compile(rf"^ +__local ({TYPES})(\d*) (\w+)\[(\d+(?: \+ EMULATED \* \d+)?)\]"
                   r"(?: __attribute__\(\(aligned\(\d+\)\)\))?;$", re.MULTILINE)


class Launch(NamedTuple):
    """A kernel of the file: what it takes, how many work-groups have a task each, and of how many items; 0: of any."""

    function: str
    takes: list[str]
    tasks: int
    items: int


def refusal(subject: Subject) -> str | None:
    """Why a layer's OpenCL file cannot be read, or None."""
    if "to_tf32" in subject.source or ("EMULATED" in subject.source and not subject.spec.arithmetic.exact):
        return "algebra has no meaning for matrix instructions of floats, whose words of 32 bits hold parts of them"
    return None


def head(source: str) -> tuple[list[Launch], dict[str, int]]:
    """What a file's head says: launches in their order, and the bytes of arrays; of scratch, those of each work-item.
    UnsupportedError where it does not."""
    text = re.sub(r"\n \* +", " ", source.partition("*/")[0])
    found = re.findall(r"(\w+)\(([^()]*)\)(?:, once)?: global size (\d+)(?: x (\d+), local size \d+)?", text)
    sizes = re.search(r" Bytes +((?:\w+ \d+, )+)workspace(?: (\d+)\b(?! for))?(?: \+)?(?: (\d+) for each)?", text)
    if not found or not sizes:
        raise UnsupportedError("algebra cannot read this file: its head says no launches")
    if "two_products(" in source:
        raise UnsupportedError("algebra cannot read this file: its roots are two floats each, of which one is what the"
                               " other leaves, and no number of a field")
    launches = [Launch(name, takes.split(", "), int(tasks), int(items or 0)) for name, takes, tasks, items in found]
    return launches, {**{name: int(size) for name, size in re.findall(r"(\w+) (\d+)", sizes[1])},
                      "workspace": int(sizes[2] or 0), "scratch": int(sizes[3] or 0)}


def misstated(subject: Subject) -> str:
    """How a size that the head states is not that of the layer's array, or which array a kernel takes that there is
    not; empty where there is nothing to tell."""
    launches, sizes = head(subject.source)
    for own in subject.spec.arrays:
        if (told := sizes.get(own.role, "not there")) != own.bytes:
            return f"wrong: bytes of {own.role} in the head, {told}, expected {own.bytes}"
    for launch in launches:
        if other := {role for role in launch.takes if not role.startswith(NONE)} - {*sizes, *NUMBERS}:
            return f"wrong: {launch.function} takes {', '.join(sorted(other))}, of which the head says no size"
    return ""


def compensates(source: str) -> bool:
    """Whether sums of the file take their own roundings back, which no count of these knows: what packs for Winograd's
    transforms has f32 alone."""
    return re.search(r"\((\w+) - \((\w+) - (\w+)\)\) \+ \(\w+ - \3\)", source) is not None


def text(subject: Subject) -> str:
    """The file as C++: `(float4)(x, y)` is `float4(x, y)`, `a.s01` is `a.swizzled(0, 1)`, a vector of less alignment
    is a type of its own, and the n-th array of a work-group is a pointer to one of proof.cpp's. Streams of floats copy
    words, which are numbers."""
    def lanes(found: re.Match[str]) -> str:
        places = [str(int(place, 16)) for place in found[1]]
        return f".s({places[0]})" if len(places) == 1 else f".swizzled({', '.join(places)})"

    source = re.sub(rf"\(({TYPES})(\d+)\)\(", r"\1\2(", subject.source)
    source = re.sub(r"typedef (\w+) (\w+) __attribute__\(\(aligned\(\d+\)\)\);", r"typedef \1::Anywhere \2;", source)
    source = re.sub(r"(?<=\w)\.s([0-9a-f]+)\b", lanes, source)
    source = re.sub(r"(?<=\w)\.(lo|hi)\b", lambda found: f".half({int(found[1] == 'hi')})", source)
    if not subject.spec.arithmetic.exact:
        source = re.sub(r"(?<=__global )uint\b", "float", re.sub(r"\(uint\)(?=\(at < )", "(float)", source))
    numbers = iter(range(len(source)))
    return LOCAL.sub(lambda found: f"    {found[1]}{found[2]} *const {found[3]} ="
                                   f" ({found[1]}{found[2]} *)base_of(LOCALS + {next(numbers)});", source)


def spaces(subject: Subject) -> Spaces:
    """Each work-item has a scratch of its own, behind what all share."""
    launches, sizes = head(subject.source)
    own = {role: str(size) for role, size in sizes.items() if role in ("packed", "workspace", "state")}
    if scratch := sizes.get("scratch", 0):
        own["workspace"] += f" + {scratch} * WORKERS"
    items = max(launch.tasks for launch in launches) + 1  # see run_launches of items.h
    return Spaces(own, str(ALIGN), str(sizes["workspace"]), items if scratch else 1)


def groups(subject: Subject, at: Places) -> list[str]:
    """LOCALS, the first array of a work-group; their rows are added to those of GIVEN."""
    first = len(at.rows)
    for number, (kind, lanes, _, count) in enumerate(LOCAL.findall(subject.source)):
        width = WIDTHS[kind.removeprefix("u")]
        size = sum(map(int, count.replace("EMULATED * ", "").split(" + "))) * int(lanes or 1) * width
        cell = 1 if subject.spec.arithmetic.exact else width
        at.rows.append(given(f"array {number} of the group", size, cell, ALIGN, written=True))
    return [f"#define LOCALS {first}"]


def phases(subject: Subject) -> int:
    """How many launches a call has."""
    found = head(subject.source)[0]
    return len(found) - _packs(found)


def _packs(found: list[Launch]) -> bool:
    return found[0].function.endswith("_pack")


def called(subject: Subject, slots: dict[str, int]) -> list[str]:
    """Functions that launch a kernel with its arrays."""
    return [f'extern "C" void call_{launch.function}() {{ {launch.function}('
            + ", ".join(f"{role}_now" if role in NUMBERS else array(kind, slots.get(role, -1))
                        for kind, role in zip(_kinds(subject.source, launch), launch.takes, strict=True)) + "); }"
            for launch in head(subject.source)[0]]


def launches(subject: Subject) -> list[str]:
    """What items.h asks for."""
    found, spec = head(subject.source)[0], subject.spec
    table = [f"    {{{launch.tasks}, {launch.items}, call_{launch.function}}}," for launch in found]
    of = spec.arithmetic.input
    bytes_of_zero = (spec.input_zero % 2 ** (8 * of.bytes)).to_bytes(of.bytes, "little")
    silence = ", ".join(map(str, bytes_of_zero)) if of.whole else "NOTHING, UNKNOWN"
    return [*(f'extern "C" void call_{launch.function}();' for launch in found), "#define LAUNCHED",
            "struct Launch { /* a work-group a task; items of 0: of any size, so of one item */",
            "    size_t tasks, items;", "    void (*call)();", "};",
            "static const Launch LAUNCHES[] = {", *table, "};",
            f"static const Launch &launch_of(int phase) {{ return LAUNCHES[phase + {int(_packs(found))}]; }}",
            *[f"static const Cell SILENCE[] = {{{silence}}}; /* before the first sample */"] * spec.streamed]


def program(subject: Subject) -> str:
    """The C++ around text(subject), of a file of floats, which lies beside it as NAME.c."""
    extra = spaces(subject)
    at = places(subject, extra)
    computed = layers(subject, at, bounded=not compensates(subject.source))
    return "\n".join([
        *before(subject, "opencl.h"), *groups(subject, at), "#define half Word", f'#include "{subject.name}.c"',
        *called(subject, at.called), *AFTER, *launches(subject),
        *constants(subject, at, extra, phases(subject)), "static const Given GIVEN[ARRAYS] = {", *at.rows, "};",
        *computed, *at.lines, '#include "run.h"', ""])


def _kinds(source: str, launch: Launch) -> list[str]:
    """The types of a kernel's parameters."""
    found = re.search(rf"^(?:__kernel .*\n?)?.*\bvoid {launch.function}\(([^)]*)\)\n\{{", source, re.MULTILINE)
    if not found or found[1].count(",") + 1 != len(launch.takes):
        raise UnsupportedError(f"algebra cannot read this file: its head says otherwise what {launch.function} takes")
    return [parameter.rpartition("*")[0] + "*" for parameter in found[1].split(",")]
