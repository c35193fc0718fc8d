"""What lies between convolutions: nests drawn at random, as C, against their meaning in NumPy.

All functions of a seed are one file, built once, as strictly as kernels are.
"""

from __future__ import annotations

import random

import cffi
import numpy as np
import pytest

from convgen.layer.element import F16, F32, F64, S8, S32, S64, U8
from convgen.layer.steps import Call, Index, Model, Nest, Operand, Value
from convgen.machine.isa import ISAS
from convgen.machine.target import NAMED
from convgen.packaging.network import nests, printed
from convgen.packaging.network.memory import Arena
from convgen.packaging.network.orders import Lie, strides
from convgen.packaging.network.program import Whole
from convgen.run import compilers
from convgen.verification.networks import evaluate

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
FLOAT_CALLS = ("add", "sub", "max", "min")
WHOLE_CALLS = ("add", "sub", "max", "min")
SUMS = ("sum", "largest", "least", "where-largest")


class Draw:
    """A nest, its values and the orders in which these lie."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        rank, self.values, self.orders = rng.randint(0, 4), {}, {}
        self.axes = tuple(rng.choice((1, 2, 3, 5, 8, 17, 130)) if axis + 1 == rank else rng.randint(1, 5)
                          for axis in range(rank))
        self.reduced = tuple(rng.choice((1, 2, 3, 16, 37)) for _ in range(rng.choice((0, 0, 1, 2))))
        self.extents = (*self.axes, *self.reduced)
        element = rng.choice((F32, F32, F32, F16, F64, U8, S8, S32, S64))
        operands = tuple(self.operand(at, element) for at in range(rng.randint(1, 3)))
        calls = self.calls(len(operands), element)
        finds = calls and calls[-1].function.startswith("where")
        self.value("y", Value(S64 if finds else element, self.axes))
        self.nest = Nest("y", self.axes, operands, calls, self.reduced)

    @property
    def lies(self):
        return {name: Lie(order, strides(self.values[name], order), name) for name, order in self.orders.items()}

    def value(self, name: str, value: Value) -> None:
        order = list(range(len(value.shape)))
        self.rng.shuffle(order)
        self.values[name], self.orders[name] = value, tuple(order)

    def operand(self, at: int, element) -> Operand:
        """Every axis of the nest is read along some axis, or along none."""
        rng, places, shape = self.rng, [], []
        axes = [axis for axis in range(len(self.extents)) if rng.random() < 0.8]
        rng.shuffle(axes)
        outside = rng.choice((None, 0.0, 3.0, *[-np.inf] * (not element.whole)))
        while axes:
            taken = [axes.pop() for _ in range(min(len(axes), rng.choice((1, 1, 2))))]
            steps = tuple((axis, rng.choice((1, 1, 2, 3))) for axis in taken)
            reach = sum(step * (self.extents[axis] - 1) for axis, step in steps)
            if rng.random() < 0.2:
                shape.append(rng.randint(1, 6))
                places.append(Index(by=self.told(f"t{at}_{len(shape)}", taken)))
                continue
            if rng.random() < 0.2:
                extent = rng.randint(1, 6)
                low = 0 if outside is None else -1
                shape.append(extent)
                places.append(Index(0, steps, tuple(rng.randint(low, extent - 1) for _ in range(reach + 1))))
            elif outside is None:
                start = rng.randint(0, 2)
                shape.append(start + reach + 1 + rng.randint(0, 2))
                places.append(Index(start, steps))
            else:
                shape.append(max(1, reach - rng.randint(0, 3)))
                places.append(Index(rng.randint(-2, 1), steps))
        name = f"x{at}"
        self.value(name, Value(element, tuple(shape)))
        return Operand(name, tuple(places), outside)

    def told(self, name: str, axes: list[int]) -> Operand:
        """Whole numbers that tell places, also such as there are not."""
        self.value(name, Value(self.rng.choice((S32, S64)), tuple(self.extents[axis] for axis in axes)))
        return Operand(name, tuple(Index(0, ((axis, 1),)) for axis in axes))

    def calls(self, count: int, element) -> tuple[Call, ...]:
        rng, names = self.rng, WHOLE_CALLS if element.whole else FLOAT_CALLS
        found: list[Call] = []
        last = 0
        for at in (*range(1, count), *[0] * rng.randint(0, 1)):
            found.append(Call(rng.choice(names), (last, at)))
            last = count + len(found) - 1
        if self.reduced:
            found.append(Call(rng.choice(SUMS), (last,)))
            last = count + len(found) - 1
            if not found[-1].function.startswith("where") and rng.random() < 0.5:
                found.append(Call("add", (last, 2.0)))
                if not element.whole and rng.random() < 0.5:
                    found.append(Call("relu", (last + 1,)))
        elif not found and rng.random() < 0.5 and not element.whole:
            found.append(Call(rng.choice(("relu", "sigmoid", "clip(-1,2)", "tanh")), (0,)))
        return tuple(found)

    def array(self, name: str):
        """Small whole numbers, which sums of f32 and of integers hold."""
        value = self.values[name]
        low = 0 if not value.element.signed else -3
        draw = np.random.default_rng(self.rng.randrange(1 << 30))
        return draw.integers(low, 4, value.shape).astype(value.element.dtype)

    def in_memory(self, name: str, array):
        return np.ascontiguousarray(array.transpose(self.orders[name]))


def built(functions, isa):
    """A library of the functions, which are static in the file: each gets one that calls it."""
    whole = Whole((), (), tuple(functions), (), (), Arena({}, 0, 0), ())
    text = printed.for_isa("net", ISAS[isa], whole, ())
    text = text.replace('#include "net.h"\n', "#include <stddef.h>\n").replace('#include "net_kernels.h"\n', "")
    calls, declared = [], []
    head, _, tail = text.partition(f"void net_run_{isa}(")
    for one in functions:
        types = [declaration.rpartition(" ")[0].removesuffix("*restrict").strip() for declaration in one.parameters]
        arguments = ", ".join(f"a{at}" for at in range(len(types)))
        proto = f"void call_{one.name}({', '.join(f'{kind} *a{at}' for at, kind in enumerate(types))})"
        declared.append(proto + ";")
        calls.append(f"{proto};\n{proto}\n{{\n    {one.name}({arguments}, 1);\n}}\n")
    rest = tail[tail.index("\n}\n") + 3 :]
    ffi = cffi.FFI()
    ffi.cdef("\n".join(declared))
    path = compilers.shared("nests", head + "".join(calls) + rest, opt="O3", extra=STRICT)
    return ffi, ffi.dlopen(str(path))


def isas():
    return [isa for isa, target in (("scalar", "scalar"), ("avx2", "x86-64-v3"), ("avx512", "x86-64-v4"))
            if NAMED[target].runs_here()]


def alone(draw: Draw, name: str) -> tuple[nests.Function, list[str]]:
    """The function of a nest that shares it with no other, and the values that it takes."""
    functions = nests.Functions()
    _, taken = functions.call(draw.nest, name, draw.values, draw.lies)
    return functions.made[0], taken


@pytest.mark.parametrize("isa", isas())
def test_nests_compute_what_they_mean(isa):
    draws = [Draw(seed) for seed in range(100)]
    made = [alone(draw, f"nest{at}") for at, draw in enumerate(draws)]
    ffi, library = built([one for one, _ in made], isa)
    for draw, (one, taken) in zip(draws, made, strict=True):
        given = {name: draw.array(name) for name in draw.nest.values}
        model = Model("", draw.values, tuple(given), ("y",), {}, (draw.nest,))
        with np.errstate(all="ignore"):
            wanted = evaluate(model, given)["y"]
        value = draw.values["y"]
        output = np.full([value.shape[axis] for axis in draw.orders["y"]], 77, value.element.dtype)
        arrays = [draw.in_memory(name, given[name]) if name in given else output for name in taken]
        pointers = [ffi.cast(declaration.rpartition("*")[0] + "*", array.ctypes.data)
                    for array, declaration in zip(arrays, one.parameters, strict=True)]
        getattr(library, f"call_{one.name}")(*pointers)
        found = output.transpose(np.argsort(draw.orders["y"])).astype(np.float64)
        with np.errstate(all="ignore"):
            rounded = wanted.astype(value.element.dtype).astype(np.float64)
        tolerance = 1e-5 if any("(" in call.function or call.function in ("sigmoid", "tanh")
                                for call in draw.nest.calls) else 0.0
        if value.element is F16:
            tolerance *= 200
        np.testing.assert_allclose(found, rounded, rtol=tolerance, atol=tolerance, err_msg=f"{draw.nest}")


def test_strides_are_those_of_the_order():
    assert strides(Value(F32, (2, 3, 4)), (0, 2, 1)) == (12, 1, 3)
