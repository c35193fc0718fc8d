"""The sums of a kernel of integers for all inputs at once: its text, run with intervals in place of numbers.

The file is compiled as C++ in which an integer knows between what it lies (include/intervals/). The input is the whole
range of its type, weights are known, and the bias is whatever the file's head admits. How large sums must at least be
follows from the weights: a run in which none comes so far has lost its intervals, and proves nothing. Of a file with
weights inside these are the weights, and its head says how far their sums go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...layer.array import Array
from ...layer.element import S32, S64
from ...layer.outline import numbered
from ...layer.spec import ConvSpec
from ...plan.proof import Integers, ends, inputs, weight_ends
from ...run.arrays import laid
from .. import exactness, oracle
from ..joined import joined
from .contract import HEADERS, Embedded, Subject, called, declarations, samples, spaces
from .integers import layer

PART = np.dtype([("low", "<i8"), ("high", "<i8"), ("width", "u1"), ("part", "u1"), ("byte", "u1")], align=True)
MACS = 2e6  # of the largest layers that are run
NUMBERS = ("int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t")


class Claim(NamedTuple):
    """What the head says of a layer's sums in magnitude: of products, of which a promise leaves none to the bias; of
    the bias."""

    products: int
    bias: int
    promised: bool

    def most(self, spec: ConvSpec) -> int:
        """What sums are said to stay within; those of products alone, of inputs as they lie, within twice that."""
        return max(self.products + self.bias, self.products * (2 if spec.input_zero else 1))

    def admitted(self, products: Integers) -> Integers:
        """The largest bias in the direction of such sums."""
        return np.full_like(products, self.bias) if not self.promised else self.products - products


PROMISE = re.compile(r"weights[^;]* within (\d+), whatever x is")
LIMIT = re.compile(r"\|v(?: - bias)?\| <= [\d *]+ = (\d+)(?:, \|bias\| must be <= (\d+))?")


def claims(subject: Subject) -> list[Claim]:
    """The proofs of a file's head, of each layer; UnsupportedError where it has none."""
    head = re.sub(r"\n \* +", " ", subject.source.partition("*/")[0]).partition("Proof ")[2]
    told = re.split(r"layer \d+: ", head)[1:] if subject.spec.chained else [head]
    found = []
    for one in told:
        if promise := PROMISE.search(one):
            found.append(Claim(int(promise[1]), 0, promised=True))
        elif limit := LIMIT.search(one):
            found.append(Claim(int(limit[1]), int(limit[2] or 0), promised=False))
    if len(found) != len(subject.spec.parts):
        raise UnsupportedError("algebra cannot read this file: it has no proof in its head")
    return found


def most(subject: Subject) -> int:
    """What sums of all layers are said to stay within."""
    return max(one.most(part) for one, part in zip(claims(subject), subject.spec.parts, strict=True))


def embedded_claim(source: str) -> tuple[int, int]:
    """Between what sums lie by the head of a file with weights inside; UnsupportedError where it does not say."""
    found = re.search(r"Proof +(-?\d+) <= v <= (-?\d+) in channel", source.partition("*/")[0])
    if not found:
        raise UnsupportedError("algebra cannot read this file: it has no proof in its head")
    return int(found[1]), int(found[2])


def reads(subject: Subject) -> bool:
    """Whether sums of a file can be told: in C, of 32 or 64 bits, that are not meant to wrap, of layers that are not
    too large, which hand bytes to each other."""
    parts, wraps = subject.spec.parts, "modulo 2^32" in subject.source
    alike = {part.arithmetic.sum for part in parts} in ({S32}, {S64})
    bytes_between = all(part.arithmetic.output.bytes == 1 for part in parts[:-1])
    return alike and bytes_between and subject.spec.macs <= MACS and not wraps and not subject.opencl


def program(subject: Subject, count: int, embedded: Embedded | None = None) -> dict[str, str]:
    """kernel.cpp, whose integers have intervals, and proof.cpp, which runs it `count` times. embedded: packed by that
    file, which weights.cpp has as it lies there, and not by the kernel's own."""
    name, spec = subject.name, subject.spec
    slots: dict[str, int] = {array.role: slot for slot, array in enumerate(spec.arrays)}
    rows = [f"{{{array.bytes}, {int(array.role.rstrip('0123456789') in ('input', 'bias'))}}}," for array in spec.arrays]
    for role, size in spaces(subject).sizes.items():
        slots[role] = len(rows)
        rows.append(f"{{{size}, 0}},")
    calls = called(subject, slots)
    packing = {"kernel": ["#define call_pack own_pack"] * bool(embedded), "proof": list[str]()}
    texts = dict[str, str]()
    if embedded:
        texts["weights.cpp"] = f'#include "{embedded.name}.c"\n'
        packing["proof"] = [f'extern "C" const void *{embedded.name}_packed(void);',
                            f"static void call_given() {{ memcpy(base_of({slots['packed']}), {embedded.name}_packed(),"
                            f" {name}_PACKED_BYTES); }}", "#define call_pack call_given"]
    largest = max(abs(end) for part in spec.parts for end in weight_ends(part))
    sums = (f"#define SUM_BYTES {spec.parts[0].arithmetic.sum.bytes}\n#define FACTOR {largest}\n"
            f"#define CHAINED {int(spec.chained)}")
    kernel = ['extern "C" void *base_of(int slot);', sums, "#include <vectors.h>", '#include "compilers.h"',
              *(f"#include <{header}>" for header in HEADERS if f"<{header}>" in subject.source),
              *(f"typedef Number<{number}> {number}_;" for number in NUMBERS),
              *(f"#define {number} {number}_" for number in NUMBERS),
              "#define int Counter", "#define char Number<char>",
              f'#include "{name}.c"', "#undef int", *packing["kernel"], *calls, ""]
    proof = ['#include "base.h"', sums, '#include "numbers.h"', f'#include "{name}.h"',
             f"enum {{ ARRAYS = {len(rows)}, LAYER = {len(spec.arrays)}, DATA_COUNT = {count}, WORKERS = 1 }};",
             f"#define BLOCKS {-(-samples(spec) // spec.iw)}\n#define STREAM {spec.iw}" if spec.streamed else
             f"enum {{ PHASES = {name}_PHASES }};",
             "struct Given { /* parts: whether the ends of its numbers are given */",
             "    size_t bytes;", "    bool parts;", "};",
             "static const Given GIVEN[ARRAYS] = {", *rows, "};",
             *declarations(calls), 'extern "C" void *base_of(int slot);',
             *packing["proof"], '#include <run.h>', ""]
    return {"kernel.cpp": "\n".join(kernel), "proof.cpp": "\n".join(proof), **texts}


def text(source: str) -> str:
    """The file, with what a class cannot stand for said otherwise: a type's name of two words, an index of an array."""
    return re.sub(r"\[((?:[^][]|\[[^][]*\])+)\]", r"[(ptrdiff_t)(\1)]", source.replace("unsigned char", "uint8_t"))


def draw(spec: ConvSpec, seed: int) -> Iterator[list[exactness.Arrays]]:
    """Of each layer, weights of their whole range, and such that are all at an end of it."""
    rng = np.random.default_rng([seed, 7])
    yield [exactness.drawn(part, rng) for part in spec.parts]
    for end in (0, 1):
        yield [exactness.drawn(part, rng) | {"weights": exactness.kept(part, np.full(part.weights_shape, of[end]))}
               for part in spec.parts for of in (weight_ends(part),)]


def write(subject: Subject, path: Path, seed: int) -> tuple[int, int, int]:
    """The data as run.h reads it: how many runs they are; the least and the largest that a sum of them can be."""
    spec, told = subject.spec, claims(subject)
    count = least = largest = 0
    with open(path, "wb") as file:
        for drawn in draw(spec, seed):
            count += 1
            limits: dict[str, tuple[Integers, Integers]] = {"input": _input(spec.parts[0])}
            for number, (part, arrays, claim) in enumerate(zip(spec.parts, drawn, told, strict=True)):
                if part.bias:
                    arrays["bias"] = exactness.within(part, arrays["weights"], arrays["bias"])
                (down, up), (least_of, largest_of) = products(part, arrays), ends(part, arrays["weights"])
                low, high = -claim.admitted(-least_of), claim.admitted(largest_of)
                least = min(least, *(down + low * part.bias))
                largest = max(largest, *(up + high * part.bias))
                limits[numbered("bias", number) if spec.chained else "bias"] = low, high
            arrays = joined(spec, drawn) if spec.chained else drawn[0]
            for array in spec.arrays:
                memory: NDArray[np.uint8] = np.zeros(array.bytes, np.uint8)
                if not array.written:
                    laid(array, memory)[...] = arrays[array.role]
                file.write(memory.tobytes())
                if array.role in limits:
                    file.write(_parts(array, memory, *limits[array.role]).tobytes())
    return count, int(least), int(largest)


def write_inputs(subject: Subject, path: Path, seed: int) -> None:
    """The data of one run whose packed weights are given: the input is whatever its type holds."""
    spec, rng = subject.spec, np.random.default_rng([seed, 8])
    none = np.zeros(spec.oc, np.int64)
    limits = {"input": _input(spec), "bias": (none, none)}
    with open(path, "wb") as file:
        for array in spec.arrays:
            memory: NDArray[np.uint8] = np.zeros(array.bytes, np.uint8)
            if array.role == "input":
                laid(array, memory)[...] = exactness.whole(rng, array.element, array.shape)
            file.write(memory.tobytes())
            if array.role in limits:
                file.write(_parts(array, memory, *limits[array.role]).tobytes())


def products(spec: ConvSpec, arrays: exactness.Arrays) -> tuple[Integers, Integers]:
    """For each channel the least and the largest sum of products that one of its outputs may be, padding among them."""
    spec = layer(spec)
    if spec.residual:  # which is no part of sums
        spec = spec.replace(residual=False, residual_scale=msgspec.UNSET, residual_zero=msgspec.UNSET)
    low, high = (np.full(spec.input_shape, end) for end in _input(spec))
    taps = arrays["weights"].astype(np.int64)
    up, down = np.maximum(taps, spec.weight_zero), np.minimum(taps, spec.weight_zero)
    none = {role: array for role, array in arrays.items() if role != "residual"}
    none |= {"bias": np.zeros(spec.oc, np.int64)} if spec.bias else {}

    def sums(x: Integers, w: Integers) -> Integers:
        found = oracle.convolve(spec, **none | {"input": x, "weights": w}).v
        return oracle.channels_first(spec, found).swapaxes(0, 1).reshape(spec.oc, -1).astype(np.int64)

    return (sums(low, up) + sums(high, down)).min(axis=1), (sums(high, up) + sums(low, down)).max(axis=1)


def _input(spec: ConvSpec) -> tuple[Integers, Integers]:
    """All that an input may be."""
    low, high = (np.asarray(x + spec.input_zero) for x in inputs(spec))
    return low, high


def _parts(array: Array, memory: NDArray[np.uint8], low: Integers, high: Integers) -> NDArray[np.void]:
    """[bytes]: what numbers.h knows of each, of numbers that lie between these; those beside the layer's own are what
    they are."""
    size, known = array.element.bytes, memory.view(array.element.dtype)
    parts = np.zeros(memory.size, PART)
    parts["part"], parts["byte"] = np.arange(memory.size) % size, memory
    for name, end in (("low", low), ("high", high)):
        side = known.copy()
        inside = np.minimum(np.maximum(end, array.element.smallest), array.element.largest)
        laid(array, side.view(np.uint8))[...] = inside
        parts[name] = np.repeat(side.astype(np.int64), size)
    parts["width"] = size * (parts["low"] != parts["high"])
    return parts
