"""A proof of a kernel that sums integers: its C++, and the data that it runs on.

The kernel's file is compiled with the numbers that C gives it, and with calls before each access of memory, which the
compiler puts there (include/integers/). What its outputs must be, bit for bit, is computed here, by the oracle. Sums of
products are linear in the inputs and in the weights, so random ones find what is not the layer: SOUNDNESS.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...layer.spec import ConvSpec
from ...layer.stream import whole
from ...plan.proof import ends, inputs, most, proof, weight_ends
from ...run.arrays import laid
from .. import exactness
from ..joined import joined, results
from . import activations, contract, opencl
from .contract import Subject, samples

ANY, LARGEST = "any numbers", "the largest products"
EDGES = "edges of rounding"
DRAWINGS = {"ties": exactness.ties, "small sums": exactness.ties, EDGES: exactness.edges}
SCALES, SMALL_SCALES = "any scales", f"{LARGEST}, and the smallest scales"  # whose constants may leave 32 bits
ODD_SCALES = (SCALES, SMALL_SCALES)
POWERS = (-33, -31, -30, -16, -1, 0, 1, 15, 29, 30, 31, 33)  # of these, about
SMALLEST = (-30, -31, -32)  # of those that make a half or a one of the largest sums
SHOWN = 64  # the output that the largest sum becomes
TYPES = {"f32": "float", "s64": "int64_t"}


def program(subject: Subject, names: list[str]) -> dict[str, str]:
    """kernel.cpp, compiled with calls before each access, and proof.cpp, where these go. names: of the data."""
    name, output = subject.name, subject.spec.arithmetic.output
    extra = opencl.spaces(subject) if subject.opencl else contract.spaces(subject)
    at = contract.places(subject, extra)
    if subject.opencl:
        groups, functions = opencl.groups(subject, at), opencl.called(subject, at.called)
        machine, own = ['#include "opencl.h"', *groups], opencl.launches(subject) + groups
        phases = str(opencl.phases(subject))
    else:
        machine, functions = list[str](), contract.called(subject, at.called)
        own, phases = [f'#include "{name}.h"'], f"{name}_PHASES"
    kernel = ["#include <stddef.h>", "#include <stdint.h>", "#include <string.h>",
              'extern "C" void *__tsan_memcpy(void *, const void *, size_t);', "#define memcpy __tsan_memcpy",
              'extern "C" void *__tsan_memset(void *, int, size_t);', "#define memset __tsan_memset",
              'extern "C" void *base_of(int slot);', '#include "compilers.h"', *machine, f'#include "{name}.c"',
              *functions, ""]
    proof = ['#include "base.h"', "typedef unsigned char Cell;", "#define UNIT 1", '#include "arrays.h"',
             f"typedef {TYPES.get(output.name, output.c)} Shown;", *own,
             *contract.constants(subject, at, extra, phases), f"#define DATA_COUNT {len(names)}",
             f"#define MODULAR {int('modulo 2^32' in subject.source)}",
             "static const char *const DATA[] = {" + ", ".join(f'"{one}"' for one in names) + "};",
             "static const bool ODD[] = {" + ", ".join(str(int(one in ODD_SCALES)) for one in names) + "};",
             '#include "given.h"', "static const Given GIVEN[ARRAYS] = {", *at.rows, "};",
             *contract.declarations(functions), *at.lines, '#include "hooks.h"', '#include "run.h"', ""]
    return {"kernel.cpp": "\n".join(kernel), "proof.cpp": "\n".join(proof)}


def layer(spec: ConvSpec) -> ConvSpec:
    """What is computed: of a stream the layer that all of its samples are."""
    return whole(spec, samples(spec)) if spec.streamed else spec


def draw(spec: ConvSpec, seed: int, few: bool) -> Iterator[tuple[str, exactness.Arrays]]:
    """Data, in words and by role: any numbers, each as often; whole ranges, their ends more often; a few weights of 1
    and -1, whose sums outputs show by halves or whole; large sums where outputs step; inputs and weights that are all
    at an end of their ranges, where every part of a sum is as large as it can be, once with the smallest scales that
    leave something of it; and scales whose shifts are at their ends. few: one of each kind."""
    rng = np.random.default_rng([seed, 6])
    kinds = ((ANY, 4), ("whole ranges", 2), ("ties", 2), ("small sums", 2), *[(EDGES, 2)] * exactness.steps(spec))
    for kind, draws in kinds:
        for _ in range(1 if few else draws):
            arrays = DRAWINGS.get(kind, exactness.drawn)(spec, rng)
            if kind == ANY:
                arrays["input"] = _uniform(rng, inputs(spec), spec.input_shape).astype(arrays["input"].dtype)
                arrays["input"] += arrays["input"].dtype.type(spec.input_zero)
                arrays["weights"] = exactness.kept(spec, _uniform(rng, weight_ends(spec), spec.weights_shape))
                if spec.bias:
                    arrays["bias"] = exactness.within(spec, arrays["weights"], arrays["bias"])
            if kind == "small sums" and "scale" in arrays:
                arrays["scale"] = np.ones_like(arrays["scale"])
            yield kind, arrays
    if spec.arithmetic.scaled:
        arrays = exactness.drawn(spec, rng)
        powers = np.resize(rng.permutation(POWERS), spec.oc)
        of = arrays["scale"].dtype
        below = np.nextafter(np.exp2(powers).astype(of), of.type(0))  # which fewer bits round to that power
        others = np.exp2(powers - rng.uniform(0, 1, spec.oc)).astype(of)
        arrays["scale"] = np.where(rng.random(spec.oc) < exactness.BELOW, below, others)
        yield SCALES, arrays
    furthest: list[exactness.Arrays] = []
    for x in inputs(spec):
        for w in weight_ends(spec):
            arrays = exactness.drawn(spec, rng)
            arrays["input"] = np.full_like(arrays["input"], x + spec.input_zero)
            arrays["weights"] = exactness.kept(spec, np.full(spec.weights_shape, w))
            if spec.bias:
                end = np.full(spec.oc, proof(spec).bias * (1 if x * w > 0 else -1))
                arrays["bias"] = exactness.within(spec, arrays["weights"], end)
            if "scale" in arrays:
                largest = max(int(np.abs(end).max()) for end in ends(spec, arrays["weights"]))
                arrays["scale"] = np.full_like(arrays["scale"], SHOWN / (most(spec) if spec.bias else max(1, largest)))
            yield LARGEST, arrays
            furthest.append(arrays)
    for arrays in furthest[-2:] if spec.arithmetic.scaled and spec.bias else ():  # such sums of either sign, too
        powers = np.resize(rng.permutation(SMALLEST), spec.oc)
        yield SMALL_SCALES, arrays | {"scale": (np.exp2(powers) * (1 - 2.0**-10)).astype(spec.scale.dtype)}


def joint(spec: ConvSpec, seed: int, few: bool) -> Iterator[tuple[str, exactness.Arrays]]:
    """The same of a layer, or of a chain, whose layers have data of one kind at a time. Behind the first, a layer reads
    what the one before gives: where products are the largest, the end of its range that these bring it to."""
    if not spec.chained:
        yield from draw(spec, seed, few)
        return
    drawn: list[dict[str, list[exactness.Arrays]]] = [{} for _ in spec.parts]
    for at, part in enumerate(spec.parts):
        for kind, arrays in draw(part, seed + at, few):
            drawn[at].setdefault(kind, []).append(arrays)
    for kind in dict.fromkeys(itertools.chain(*drawn)):
        own = [of.get(kind, of[ANY]) for of in drawn]
        if kind != LARGEST:
            for i in range(max(map(len, own))):
                yield kind, joined(spec, [of[i % len(of)] for of in own])
            continue
        for x, *weights in itertools.product((0, 1), repeat=1 + len(own)):
            chosen = []
            for of, w in zip(own, weights, strict=True):
                chosen.append(of[2 * x + w])
                x = int(x == w)
            beyond = [{"scale": np.ones_like(arrays["scale"])} for arrays in chosen[:-1]]
            yield kind, joined(spec, [a | b for a, b in zip(chosen, [*beyond, {}], strict=True)])


def _uniform(rng: np.random.Generator, ends: tuple[int, int], shape: tuple[int, ...]) -> NDArray[np.int64]:
    return rng.integers(ends[0], ends[1] + 1, shape)


def outputs(spec: ConvSpec, arrays: exactness.Arrays) -> NDArray[Any]:
    """What must come out of a file whose activation doubles its argument, where floats compute it."""
    if all(map(activations.judged, spec.parts)):
        return results(spec, arrays)[-1].y
    y = results(spec.replace(activation="none"), arrays)[-1].y
    return y + y


def write(spec: ConvSpec, path: Path, seed: int, few: bool) -> list[str]:
    """The data and what must come out, as run.h reads it; what it is, in words."""
    names, spec = [], layer(spec)
    with open(path, "wb") as file:
        for name, arrays in joint(spec, seed, few):
            names.append(name)
            arrays = arrays | {"output": outputs(spec, arrays)}
            for array in spec.arrays:
                memory: NDArray[np.uint8] = np.full(array.bytes, 0xA5, np.uint8)
                laid(array, memory)[...] = arrays[array.role]
                file.write(memory.tobytes())
    return names

