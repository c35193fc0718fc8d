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
from ...layer.spec import ConvSpec
from ...plan.proof import Integers, ends, inputs, weight_ends
from ...run.arrays import laid
from .. import exactness, oracle
from .contract import HEADERS, Embedded, Subject, called, samples
from .integers import layer

MACS = 2e6  # of the largest layers that are run
NUMBERS = ("int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t")


class Claim(NamedTuple):
    """What the head says of sums in magnitude: of products, of which a promise leaves none to the bias; of the bias."""

    products: int
    bias: int
    promised: bool

    def most(self, spec: ConvSpec) -> int:
        """What sums are said to stay within; those of inputs as they lie, of a promise, within twice that."""
        return self.products * (2 if spec.input_zero else 1) if self.promised else self.products + self.bias

    def admitted(self, products: Integers) -> Integers:
        """The largest bias in the direction of such sums."""
        return np.full_like(products, self.bias) if not self.promised else self.products - products


def claim(source: str) -> Claim:
    """The proof of a file's head; UnsupportedError where it has none."""
    head = re.sub(r"\n \* +", " ", source.partition("*/")[0])
    if found := re.search(r"Proof +weights.* within (\d+), whatever x is", head):
        return Claim(int(found[1]), 0, promised=True)
    if found := re.search(r"Proof +\|v(?: - bias)?\| <= [\d *]+ = (\d+)(?:, \|bias\| must be <= (\d+))?", head):
        return Claim(int(found[1]), int(found[2] or 0), promised=False)
    raise UnsupportedError("algebra cannot read this file: it has no proof in its head")


def embedded_claim(source: str) -> tuple[int, int]:
    """Between what sums lie by the head of a file with weights inside; UnsupportedError where it does not say."""
    found = re.search(r"Proof +(-?\d+) <= v <= (-?\d+) in channel", source.partition("*/")[0])
    if not found:
        raise UnsupportedError("algebra cannot read this file: it has no proof in its head")
    return int(found[1]), int(found[2])


def reads(subject: Subject) -> bool:
    """Whether sums of a file can be told: of 32 or 64 bits, that are not meant to wrap, of one layer that is not too
    large."""
    spec, wraps = subject.spec, "modulo 2^32" in subject.source
    return (spec.arithmetic.sum in (S32, S64) and not spec.chained and spec.macs <= MACS and not wraps)


def program(subject: Subject, count: int, embedded: Embedded | None = None) -> dict[str, str]:
    """kernel.cpp, whose integers have intervals, and proof.cpp, which runs it `count` times. embedded: packed by that
    file, which weights.cpp has as it lies there, and not by the kernel's own."""
    name, spec = subject.name, subject.spec
    slots: dict[str, int] = {array.role: slot for slot, array in enumerate(spec.arrays)}
    rows = [f"{{{array.bytes}, {_width(array)}, {int(array.element.smallest < 0)}}}," for array in spec.arrays]
    for role in ("packed", "workspace", "state"):
        there = f"{name}_{role.upper()}_BYTES" in subject.header
        size = f"{name}_{role.upper()}_BYTES" + "(1)" * (role == "workspace")
        slots[role] = len(rows) if there else -1
        rows += [f"{{{size}, 0, 0}},"] * there
    calls = called(subject, slots, lambda kind, slot: f"({kind})" + (f"bases[{slot}]" if slot >= 0 else "0"))
    packing = {"kernel": ["#define call_pack own_pack"] * bool(embedded), "proof": list[str]()}
    texts = dict[str, str]()
    if embedded:
        texts["weights.cpp"] = f'#include "{embedded.name}.c"\n'
        packing["proof"] = [f'extern "C" const void *{embedded.name}_packed(void);',
                            f"static void call_given() {{ memcpy(bases[{slots['packed']}], {embedded.name}_packed(),"
                            f" {name}_PACKED_BYTES); }}", "#define call_pack call_given"]
    shared = [re.sub("^static ", 'extern "C" ', line) for line in calls]
    sums = f"#define SUM_BYTES {spec.arithmetic.sum.bytes}\n#define FACTOR {max(map(abs, weight_ends(spec)))}"
    kernel = ['extern "C" unsigned char *bases[];', sums, "#include <vectors.h>", '#include "compilers.h"',
              *(f"#include <{header}>" for header in HEADERS if f"<{header}>" in subject.source),
              *(f"typedef Number<{number}> {number}_;" for number in NUMBERS),
              *(f"#define {number} {number}_" for number in NUMBERS),
              "#define int Counter", "#define char Number<char>",
              f'#include "{name}.c"', "#undef int", *packing["kernel"], *shared, ""]
    proof = ['#include "base.h"', sums, '#include "numbers.h"', f'#include "{name}.h"',
             'extern "C" char __executable_start;',
             f"enum {{ ARRAYS = {len(rows)}, LAYER = {len(spec.arrays)}, DATA_COUNT = {count} }};",
             f"#define BLOCKS {-(-samples(spec) // spec.iw)}\n#define STREAM {spec.iw}" if spec.streamed else
             f"enum {{ PHASES = {name}_PHASES }};",
             "struct Given { /* width: of a number whose ends are given, or 0 */",
             "    size_t bytes, width;", "    bool negative;", "};",
             "static const Given GIVEN[ARRAYS] = {", *rows, "};",
             *(f"{line};" for line in shared if line.startswith("extern")), 'extern "C" unsigned char *bases[];',
             *packing["proof"], '#include <run.h>', ""]
    return {"kernel.cpp": "\n".join(kernel), "proof.cpp": "\n".join(proof), **texts}


def text(source: str) -> str:
    """The file, with what a class cannot stand for said otherwise: a type's name of two words, an index of an array."""
    return re.sub(r"\[((?:[^][]|\[[^][]*\])+)\]", r"[(ptrdiff_t)(\1)]", source.replace("unsigned char", "uint8_t"))


def _width(array: Array) -> int:
    """The bytes of a number whose ends are given."""
    return array.element.bytes if array.role in ("input", "bias") else 0


def draw(spec: ConvSpec, seed: int) -> Iterator[exactness.Arrays]:
    """Weights of their whole range, and such that are all at an end of it."""
    rng = np.random.default_rng([seed, 7])
    yield exactness.drawn(spec, rng)
    for w in weight_ends(spec):
        yield exactness.drawn(spec, rng) | {"weights": exactness.kept(spec, np.full(spec.weights_shape, w))}


def write(subject: Subject, path: Path, seed: int) -> tuple[int, int, int]:
    """The data as run.h reads it: how many runs they are; the least and the largest that a sum of them can be."""
    spec, told = subject.spec, claim(subject.source)
    count = least = largest = 0
    every = layer(spec)
    if spec.residual:  # which is no part of sums
        every = every.replace(residual=False, residual_scale=msgspec.UNSET, residual_zero=msgspec.UNSET)
    with open(path, "wb") as file:
        for arrays in draw(spec, seed):
            count += 1
            if spec.bias:
                arrays["bias"] = exactness.within(spec, arrays["weights"], arrays["bias"])
            taken = {role: array for role, array in arrays.items() if role != "residual"}
            (down, up), (least_of, largest_of) = products(every, taken), ends(spec, arrays["weights"])
            low, high = -told.admitted(-least_of), told.admitted(largest_of)
            least, largest = min(least, *(down + low * spec.bias)), max(largest, *(up + high * spec.bias))
            for array in spec.arrays:
                memory: NDArray[np.uint8] = np.zeros(array.bytes, np.uint8)
                if not array.written:
                    laid(array, memory)[...] = arrays[array.role]
                file.write(memory.tobytes())
                if _width(array):
                    file.write(_ends(spec, array, memory, low, high).tobytes())
    return count, int(least), int(largest)


def write_inputs(subject: Subject, path: Path, seed: int) -> None:
    """The data of one run whose packed weights are given: the input is whatever its type holds."""
    spec, rng = subject.spec, np.random.default_rng([seed, 8])
    none = np.zeros(spec.oc, np.int64)
    with open(path, "wb") as file:
        for array in spec.arrays:
            memory: NDArray[np.uint8] = np.zeros(array.bytes, np.uint8)
            if array.role == "input":
                laid(array, memory)[...] = exactness.whole(rng, array.element, array.shape)
            file.write(memory.tobytes())
            if _width(array):
                file.write(_ends(spec, array, memory, none, none).tobytes())


def products(spec: ConvSpec, arrays: exactness.Arrays) -> tuple[Integers, Integers]:
    """For each channel the least and the largest sum of products that one of its outputs may be, padding among them."""
    low, high = (np.full(spec.input_shape, x + spec.input_zero) for x in inputs(spec))
    taps = arrays["weights"].astype(np.int64)
    up, down = np.maximum(taps, spec.weight_zero), np.minimum(taps, spec.weight_zero)
    none = arrays | ({"bias": np.zeros(spec.oc, np.int64)} if spec.bias else {})

    def sums(x: Integers, w: Integers) -> Integers:
        found = oracle.convolve(spec, **none | {"input": x, "weights": w}).v
        return oracle.channels_first(spec, found).swapaxes(0, 1).reshape(spec.oc, -1).astype(np.int64)

    return (sums(low, up) + sums(high, down)).min(axis=1), (sums(high, up) + sums(low, down)).max(axis=1)


def _ends(spec: ConvSpec, array: Array, memory: NDArray[np.uint8], low: Integers, high: Integers) -> Integers:
    """[numbers in memory, 2]: ends of the layer's own; others are what they are."""
    numbers = memory.view(array.element.dtype).astype(np.int64)
    found, of = np.stack([numbers, numbers], axis=-1), array.element
    if array.role == "input":
        low, high = (np.asarray(x + spec.input_zero) for x in inputs(spec))
    for which, end in enumerate((low, high)):
        side = numbers.astype(of.dtype)
        laid(array, side.view(np.uint8))[...] = np.minimum(np.maximum(end, of.smallest), of.largest)
        found[:, which] = side
    return found
