"""The C++ around an OpenCL file: its kernels, launched as its head says, work-item by work-item.

The text is compiled as C++, with two things that this has no word for said otherwise: vectors' literals and lanes.
Arrays of a work-group become arrays that are watched as the caller's are, so what items leave each other between two
barriers is checked as what tasks do in a phase.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...errors import UnsupportedError
from ...layer.element import F16, F32
from ...layer.spec import ConvSpec
from .contract import Subject, given, known, layers, rows_of, unit

NONE = "NULL for "  # before a name, of an array that the layer has not
ALIGN = 128  # bytes, of buffers: the least that OpenCL allows a device
WIDTHS = {element.opencl: element.bytes for element in (F32, F16)}
LOCAL = re.compile(r"^ +__local (float|half)(\d*) (\w+)\[(\d+)\](?: __attribute__\(\(aligned\(\d+\)\)\))?;$",
                   re.MULTILINE)


class Launch(NamedTuple):
    """A kernel of the file: what it takes, how many work-groups have a task each, and of how many items; 0: of any."""

    function: str
    takes: list[str]
    tasks: int
    items: int


def refusal(spec: ConvSpec) -> str | None:
    """Why a layer's OpenCL file cannot be read, or None."""
    if spec.arithmetic.exact or spec.streamed or spec.chained:
        return f"algebra reads OpenCL of single layers of floats alone (dtype={spec.dtype})"
    if not known(spec.act):
        return f"algebra reads OpenCL without activations that are no clamps (activation={spec.activation})"
    return None


def head(source: str) -> tuple[list[Launch], dict[str, int]]:
    """What a file's head says: launches in their order, and the bytes of arrays. UnsupportedError where it does not."""
    text = re.sub(r"\n \* +", " ", source.partition("*/")[0])
    found = re.findall(r"(\w+)\(([^()]*)\)(?:, once)?: global size (\d+)(?: x (\d+), local size \d+)?", text)
    sizes = re.search(r" Bytes +((?:\w+ \d+,? ?)+)", text)
    if not found or not sizes:
        raise UnsupportedError("algebra cannot read this file: its head says no launches")
    if "two_products(" in source:
        raise UnsupportedError("algebra cannot read this file: its roots are two floats each, of which one is what the"
                               " other leaves, and no number of a field")
    launches = [Launch(name, takes.split(", "), int(tasks), int(items or 0)) for name, takes, tasks, items in found]
    return launches, {name: int(size) for name, size in re.findall(r"(\w+) (\d+)", sizes[1])}


def misstated(subject: Subject) -> str:
    """How a size that the head states is not that of the layer's array, or which array a kernel takes that there is
    not; empty where there is nothing to tell."""
    launches, sizes = head(subject.source)
    for array in subject.spec.arrays:
        if (told := sizes.get(array.role, "not there")) != array.bytes:
            return f"wrong: bytes of {array.role} in the head, {told}, expected {array.bytes}"
    for launch in launches:
        if other := {role for role in launch.takes if not role.startswith(NONE)} - set(sizes):
            return f"wrong: {launch.function} takes {', '.join(sorted(other))}, of which the head says no size"
    return ""


def compensates(source: str) -> bool:
    """Whether sums of the file take their own roundings back, which no count of these knows: what packs for Winograd's
    transforms has f32 alone."""
    return re.search(r"\((\w+) - \((\w+) - (\w+)\)\) \+ \(\w+ - \3\)", source) is not None


def text(source: str) -> str:
    """The file as C++: `(float4)(x, y)` is `float4(x, y)`, `a.s01` is `a.swizzled(0, 1)`, a vector of less alignment
    is a type of its own, and the n-th array of a work-group is a pointer to one of proof.cpp's."""
    def lanes(found: re.Match[str]) -> str:
        places = [str(int(place, 16)) for place in found[1]]
        return f".s({places[0]})" if len(places) == 1 else f".swizzled({', '.join(places)})"

    source = re.sub(r"\((float|int|half)(\d+)\)\(", r"\1\2(", source)
    source = re.sub(r"typedef (\w+) (\w+) __attribute__\(\(aligned\(\d+\)\)\);", r"typedef \1::Anywhere \2;", source)
    source = re.sub(r"(?<=\w)\.s([0-9a-f]+)\b", lanes, source)
    numbers = iter(range(len(source)))
    return LOCAL.sub(lambda found: f"    {found[1]}{found[2]} *const {found[3]} ="
                                   f" ({found[1]}{found[2]} *)arrays[LOCALS + {next(numbers)}].base;", source)


def program(subject: Subject) -> str:
    """The C++ around text(subject.source), which lies beside it as NAME.c."""
    name, spec = subject.name, subject.spec
    launches, sizes = head(subject.source)
    slots: dict[str, int] = {array.role: slot for slot, array in enumerate(spec.arrays)} | {"packed": -1}
    rows = rows_of(name, spec, ALIGN)
    for role in ("packed", "workspace"):
        if role in sizes:
            slots[role] = len(rows)
            rows.append(given(name, role, 4, ALIGN, written=role == "workspace", size=sizes[role]))
    lines, inputs = layers(subject, spec, slots, len(rows), bounded=not compensates(subject.source))
    rows += inputs
    constants: dict[str, int | str] = {
        **{role.upper(): slots.get(role, -1) for role in ("packed", "workspace", "bias_gradient")},
        "WORKERS": 1, "RUNS": '"items.h"', "SHARED": sizes["workspace"]}
    first = len(rows)
    for number, (kind, lanes, _, count) in enumerate(LOCAL.findall(subject.source)):
        width = WIDTHS[kind]
        rows.append(given(name, f"array {number} of the group", width, ALIGN, written=True,
                          size=int(count) * int(lanes or 1) * width))
    packs = "packed" in sizes and launches[0].function == f"{name}_pack"
    constants |= {"ARRAYS": len(rows), "PHASES": len(launches) - packs}
    kinds = {launch.function: _kinds(subject.source, launch) for launch in launches}
    calls = [f"static void call_{launch.function}() {{ {launch.function}("
             + ", ".join(f"({kind})" + ("0" if role.startswith(NONE) else f"arrays[{slots[role]}].base")
                         for kind, role in zip(kinds[launch.function], launch.takes, strict=True)) + "); }"
             for launch in launches]
    table = [f"    {{{launch.tasks}, {launch.items}, call_{launch.function}}}," for launch in launches]
    return "\n".join([
        f"#define UNIT {unit(spec)}", *(f'#include "{file}"' for file in ("field.h", "memory.h")),
        "#include <type_traits>", '#include "opencl.h"', f"#define LOCALS {first}",
        "#define float Num", "#define half Half", f'#include "{name}.c"', "#undef float", "#undef half",
        *(f"#define {key} {value}" for key, value in constants.items()),
        "static const Given GIVEN[ARRAYS] = {", *rows, "};", *lines, *calls,
        "static void call_pack();", '#include "run.h"',
        "static const Launch LAUNCHES[] = {", *table, "};",
        f"static const Launch &launch_of(int phase) {{ return LAUNCHES[phase + {int(packs)}]; }}", ""])


def _kinds(source: str, launch: Launch) -> list[str]:
    """The types of a kernel's parameters in C++."""
    found = re.search(rf"^(?:__kernel .*\n?)?.*\bvoid {launch.function}\(([^)]*)\)\n\{{", source, re.MULTILINE)
    if not found or found[1].count(",") + 1 != len(launch.takes):
        raise UnsupportedError(f"algebra cannot read this file: its head says otherwise what {launch.function} takes")
    return ["Half *" if F16.opencl in parameter else "void *" if "void" in parameter else "Num *"
            for parameter in found[1].split(",")]
