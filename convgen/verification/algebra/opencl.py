"""The C++ around an OpenCL file: its kernels, launched as its head says, work-item by work-item.

The text is compiled as C++, with two things that this has no word for said otherwise: vectors' literals and lanes.
Arrays of a work-group become arrays that are watched as the caller's are, so what items leave each other between two
barriers is checked as what tasks do in a phase.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

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


# a row of a table of constants, each of which is two floats: the nearest, and what that leaves
FLOAT = r"(-?[\d.]+(?:e[-+]?\d+)?)f"
PAIRS = re.compile(rf"^(    \{{)({FLOAT}, {FLOAT}(?:, {FLOAT}, {FLOAT})*)(\}},)$", re.MULTILINE)
LEAVES = 2.0**-45  # of a constant, two floats: as nobody can say it better with a number of 24 bits and its rest
LONGEST = 24  # the logarithm of parts of a turn


def _words(lines: str) -> str:
    """A pattern of these lines, at any depth and without comments behind them; <name> is an expression of one line."""
    words = (re.sub(r"<(\w+)>", r"(?P<\1>[^;\\n]+)", re.escape(line.strip())) for line in lines.strip().splitlines())
    return r"(?: /\*.*\*/)?\n *".join(words)


# Numbers of two floats each, high and low, where nothing is contracted. What a sum loses is known exactly (D. Knuth,
# The Art of Computer Programming 2, 4.2.2, theorem B), and what a product does, by fma; so both together are off by
# some units of 2^-46 of the largest term, and high is what rounds them. These lines are read as what they are for, in
# double, and no others: what stands there otherwise is read as it stands, and each of its roundings counts.
PRODUCTS = re.compile(_words("""
    #pragma OPENCL FP_CONTRACT OFF
    const float first = a[0] * b[0];
    const float second = c[0] * d[0];
    const float sum = first + second;
    const float taken = sum - first;
    float low = (first - (sum - taken)) + (second - taken);
    low += fma(a[0], b[0], -first) + fma(c[0], d[0], -second);
    low += (a[0] * b[1] + a[1] * b[0]) + (c[0] * d[1] + c[1] * d[0]);
    to[0] = sum + low;
    to[1] = low - (to[0] - sum);"""))
SUMS = re.compile(_words("#pragma OPENCL FP_CONTRACT OFF") + r"(?P<before>(?:(?!\n\})[\s\S])*?)" + _words("""
    float high = 0.0f;
    float low = 0.0f;
    """) + r"(?P<loops>(?:\n *(?:for \([^\n]*\) \{|const ptrdiff_t [^;\n]*;))+\n *)" + _words("""
    const float factor = <factor>;
    const float weight = <weight>;
    const float term = factor * weight;
    const float sum = high + term;
    const float taken = sum - high;
    low += (high - (sum - taken)) + (term - taken) + fma(factor, weight, -term);
    high = sum;""") + r"(?P<ends>(?:\n *\})+\n *)" + _words("""
    const float divisor = <divisor>;
    const float u = high / divisor;
    <packed> = u + (fma(-u, divisor, high) + low) / divisor;"""))

MEANT = {PRODUCTS: "two_floats(a, b, c, d, to);",
         SUMS: r"""\g<before>double high = 0.0;
            \g<loops>const float weight = \g<weight>;
            high += product_of(\g<factor>) * weight;\g<ends>\g<packed> = (float)(high / product_of(\g<divisor>));"""}


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


class Head(NamedTuple):
    """What a file's head says: launches in their order, the bytes of arrays, and of workspace those that each
    work-item, or each group of such, has alone."""

    launches: list[Launch]
    sizes: dict[str, int]
    each: int

    @property
    def groups(self) -> int:
        """Work-groups of the largest launch of a proof: one more than there are tasks (items.h)."""
        return max(launch.tasks for launch in self.launches) + 1


def head(source: str) -> Head:
    """UnsupportedError where it does not say that."""
    text = re.sub(r"\n \* +", " ", source.partition("*/")[0])
    found = re.findall(r"(\w+)\(([^()]*)\)(?:, once)?: global size (\d+)(?: x (\d+), local size \d+)?", text)
    sizes = re.search(r" Bytes +((?:\w+ \d+,? ?)+)(?:(?:\+ (\d+) )?for each work- ?(?:item|group))?", text)
    if not found or not sizes:
        raise UnsupportedError("algebra cannot read this file: its head says no launches")
    launches = [Launch(name, takes.split(", "), int(tasks), int(items or 0)) for name, takes, tasks, items in found]
    bytes_of, each = {name: int(size) for name, size in re.findall(r"(\w+) (\d+)", sizes[1])}, int(sizes[2] or 0)
    if not each and sizes[0].endswith(("item", "group")):  # there is no other
        bytes_of["workspace"], each = 0, bytes_of["workspace"]
    return Head(launches, bytes_of, each)


def misstated(subject: Subject) -> str:
    """How a size that the head states is not that of the layer's array, or which array a kernel takes that there is
    not; empty where there is nothing to tell."""
    launches, sizes, _ = head(subject.source)
    for own in subject.spec.arrays:
        if (told := sizes.get(own.role, "not there")) != own.bytes:
            return f"wrong: bytes of {own.role} in the head, {told}, expected {own.bytes}"
    for launch in launches:
        if other := {role for role in launch.takes if not role.startswith(NONE)} - {*sizes, *NUMBERS}:
            return f"wrong: {launch.function} takes {', '.join(sorted(other))}, of which the head says no size"
    return ""


def text(subject: Subject) -> str:
    """The file as C++: `(float4)(x, y)` is `float4(x, y)`, `a.s01` is `a.swizzled(0, 1)`, a vector of less alignment
    is a type of its own, and the n-th array of a work-group is a pointer to one of proof.cpp's. Streams of floats copy
    words, which are numbers. Two floats that are a cosine are it, rounded, and what that leaves: both are held to it.
    What is computed in two floats is computed in double."""
    def lanes(found: re.Match[str]) -> str:
        places = [str(int(place, 16)) for place in found[1]]
        return f".s({places[0]})" if len(places) == 1 else f".swizzled({', '.join(places)})"

    source = re.sub(rf"\(({TYPES})(\d+)\)\(", r"\1\2(", subject.source)
    source = re.sub(r"typedef (\w+) (\w+) __attribute__\(\(aligned\(\d+\)\)\);", r"typedef \1::Anywhere \2;", source)
    source = re.sub(r"(?<=\w)\.s([0-9a-f]+)\b", lanes, source)
    source = re.sub(r"(?<=\w)\.(lo|hi)\b", lambda found: f".half({int(found[1] == 'hi')})", source)
    if not subject.spec.arithmetic.exact:
        source = re.sub(r"(?<=__global )uint\b", "float", re.sub(r"\(uint\)(?=\(at < )", "(float)", source))
        source = PAIRS.sub(_cosines, source)
        source = SUMS.sub(_in_double, PRODUCTS.sub(_in_double, source))
    numbers = iter(range(len(source)))
    return LOCAL.sub(lambda found: f"    {found[1]}{found[2]} *const {found[3]} ="
                                   f" ({found[1]}{found[2]} *)base_of(LOCALS + {next(numbers)});", source)


def _in_double(found: re.Match[str]) -> str:
    """What is meant, in as many lines."""
    meant = found.expand(MEANT[found.re])
    meant = re.sub(r"(?<=product_of\()[^()]+", lambda factors: factors[0].replace(" * ", ", "), meant)
    return meant + "\n" * (found[0].count("\n") - meant.count("\n"))


def _cosines(row: re.Match[str]) -> str:
    """A row of pairs as C++; as it is, if any is no cosine."""
    numbers = re.findall(FLOAT, row[2])
    pairs = [_cosine(np.float32(high), np.float32(low)) for high, low in zip(numbers[::2], numbers[1::2], strict=True)]
    return row[0] if None in pairs else f"{row[1]}{', '.join(filter(None, pairs))}}},"


def _cosine(high: np.float32, low: np.float32) -> str | None:
    """What two floats are together, as C++, and what the first leaves: the cosine of so many of 2^m parts of a turn, of
    the least m; None for what is none to LEAVES, or where the first is not the float that is nearest."""
    whole = float(high) + float(low)
    if abs(whole) > 1 or np.float32(whole) != high:
        return None
    for m in range(2, LONGEST + 1):
        part = 2 * math.pi / 2**m
        k = round(math.acos(whole) / part)
        exact = math.cos(k * part) if abs(whole) > 0.5 else math.sin((2**m // 4 - k) * part)  # where each is accurate
        if abs(exact - whole) <= LEAVES * abs(whole):
            return f"cosine_of({k}, {m}), rest_of(cosine_of({k}, {m}))"
    return None


def spaces(subject: Subject) -> Spaces:
    found = head(subject.source)
    sizes = found.sizes | {"workspace": found.sizes["workspace"] + found.each * found.groups}
    own = {role: str(size) for role, size in sizes.items() if role in ("packed", "workspace", "state")}
    return Spaces(own, str(ALIGN), str(found.sizes["workspace"]), workers=found.groups)


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
    found = head(subject.source).launches
    return len(found) - _packs(found)


def _packs(found: list[Launch]) -> bool:
    return found[0].function.endswith("_pack")


def called(subject: Subject, slots: dict[str, int]) -> list[str]:
    """Functions that launch a kernel with its arrays."""
    return [f'extern "C" void call_{launch.function}() {{ {launch.function}('
            + ", ".join(f"{role}_now" if role in NUMBERS else array(kind, slots.get(role, -1))
                        for kind, role in zip(_kinds(subject.source, launch), launch.takes, strict=True)) + "); }"
            for launch in head(subject.source).launches]


def launches(subject: Subject) -> list[str]:
    """What items.h asks for."""
    found, spec = head(subject.source).launches, subject.spec
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
    computed = layers(subject, at)
    return "\n".join([
        *before(subject, "opencl.h"), *groups(subject, at), "#define half Word", "#define char Byte",
        f'#include "{subject.name}.c"', *called(subject, at.called), *AFTER, *launches(subject),
        *constants(subject, at, extra, phases(subject)), "static const Given GIVEN[ARRAYS] = {", *at.rows, "};",
        *computed, *at.lines, '#include "run.h"', ""])


def _kinds(source: str, launch: Launch) -> list[str]:
    """The types of a kernel's parameters."""
    found = re.search(rf"^(?:__kernel .*\n?)?.*\bvoid {launch.function}\(([^)]*)\)\n\{{", source, re.MULTILINE)
    if not found or found[1].count(",") + 1 != len(launch.takes):
        raise UnsupportedError(f"algebra cannot read this file: its head says otherwise what {launch.function} takes")
    return [parameter.rpartition("*")[0] + "*" for parameter in found[1].split(",")]
