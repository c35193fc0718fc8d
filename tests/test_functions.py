"""The functions of networks that are no expressions: their C, against float64."""

from __future__ import annotations

import re

import cffi
import numpy as np
import pytest
from scipy import special

from convgen.layer.functions import FUNCTIONS, REDUCTIONS
from convgen.layer.routines import ROUTINES
from convgen.machine.isa import ISAS
from convgen.machine.noted import Rows
from convgen.run import compilers

pytestmark = pytest.mark.optimised

F32 = np.float32
U = 2.0**-24
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffreestanding")
ALL = np.arange(0, 2**32, 2**12 - 3, dtype=np.uint64).astype(np.uint32).view(F32)  # every some-thousandth of all floats
ALL = ALL[np.isfinite(ALL)]


def between(low, high):
    """What lies there of all floats, and an even sweep."""
    return np.concatenate([ALL[(low <= ALL) & (high >= ALL)], np.linspace(low, high, 50001).astype(F32)])


NORMAL, LARGEST = 2.0**-126, 3.4e38
POSITIVE = between(NORMAL, LARGEST)
# name -> arguments, what it is in float64, its error in u relative to the result, and in u besides
MEASURED = {
    "floor": (ALL, np.floor, 0, 0), "ceil": (ALL, np.ceil, 0, 0), "round": (ALL, np.rint, 0, 0),
    "sqrt": (between(0, LARGEST), np.sqrt, 1.1, 0),
    "exp": (between(-87, 88), np.exp, 4, 0),
    "log": (np.concatenate([between(1e-45, LARGEST), between(0.5, 2)]), np.log, 3, 0),
    "erf": (ALL, special.erf, 5, 0),
    "sin": (between(-4096, 4096), np.sin, 3, 3), "cos": (between(-4096, 4096), np.cos, 3, 3),
    "tan": (between(-1.5, 1.5), np.tan, 6, 3),
    "atan": (ALL, np.arctan, 4, 0), "asin": (between(-1, 1), np.arcsin, 7, 0),
    "acos": (between(-1, 1), np.arccos, 7, 0),
    "sinh": (between(-87, 87), np.sinh, 8, 0), "cosh": (between(-87, 87), np.cosh, 6, 0),
    "asinh": (between(-1e18, 1e18), np.arcsinh, 8, 0), "acosh": (between(1, 1e18), np.arccosh, 8, 0),
    "atanh": (between(-0.9999, 0.9999), np.arctanh, 9, 0),
}  # fmt: skip


@pytest.fixture(scope="module")
def library():
    """A loop over each routine: calls[name](a, b, y, count)."""
    row = Rows()
    plain = row.of(ISAS["scalar"])
    texts, loops = {}, []
    for name, routines in ROUTINES.items():
        for one in routines:
            parameters = ", ".join(f"float {parameter}" for parameter in one.parameters)
            lines = "\n".join(one.code(plain))
            texts[one.name] = f"static inline float {one.name}({parameters})\n{{\n{lines}\n}}\n"
        loops.append(f"void all_{name}(const float *a, const float *b, float *y, int count)\n{{\n"
                     f"for (int i = 0; i < count; i++) {{ const float p = a[i], q = b[i]; (void)q;\n"
                     f"y[i] = {FUNCTIONS[name].c.format('p', 'q')}; }}\n}}\n")
    ffi = cffi.FFI()
    declared = [loop.partition("\n")[0] + ";" for loop in loops]
    ffi.cdef("\n".join(declared))
    helpers = row.helpers(plain.helpers, ()).values()
    text = "\n".join(["#include <stdint.h>", *helpers, *texts.values(), *declared, *loops])
    path = compilers.shared("functions", text, opt="O3", extra=(*STRICT, "-ffp-contract=off", "-nostdlib"))
    return ffi, ffi.dlopen(str(path))


def called(library, name, a, b=None):
    ffi, functions = library
    a = np.ascontiguousarray(a, F32)
    b = a if b is None else np.ascontiguousarray(np.broadcast_to(b, a.shape), F32)
    y = np.empty_like(a)
    getattr(functions, f"all_{name}")(*(ffi.cast("float *", array.ctypes.data) for array in (a, b, y)), a.size)
    return y


def test_every_routine_is_measured():
    assert MEASURED.keys() | {"pow", "mod", "fmod"} == ROUTINES.keys()


@pytest.mark.parametrize("name", MEASURED)
def test_error(name, library):
    given, value, relative, absolute = MEASURED[name]
    found = called(library, name, given).astype(np.float64)
    with np.errstate(all="ignore"):
        true = value(given.astype(np.float64))
    wrong = np.abs(found - true)
    allowed = U * (relative * np.maximum(np.abs(true), NORMAL) + absolute)
    worst = np.argmax(wrong - allowed)
    print(f"{name}: {np.max(wrong[allowed > 0] / allowed[allowed > 0], initial=0) * max(relative, 1):.2f} u")
    assert wrong[worst] <= allowed[worst], (given[worst], found[worst], true[worst])


def test_power(library):
    rng = np.random.default_rng(0)
    a = np.concatenate([2 ** rng.uniform(-40, 40, 50000), rng.uniform(0.5, 2, 20000)]).astype(F32)
    b = rng.uniform(-2, 2, a.size).astype(F32)
    found, true = called(library, "pow", a, b).astype(np.float64), np.power(a.astype(np.float64), b)
    allowed = 5 + 5 * np.abs(b * np.log(a.astype(np.float64)))
    assert (np.abs(found - true) <= U * allowed * true).all()
    cases = [(0, 0, 1), (0, 2, 0), (0, -1, np.inf), (-2, 3, -8), (-2, 2, 4), (-2, -1, -0.5), (-2, 0.5, np.nan),
             (1, 9, 1), (-3, 0, 1), (2, 10, 1024)]
    a, b, true = np.array(cases, F32).T
    np.testing.assert_allclose(called(library, "pow", a, b), true, 1e-6)


def test_remainders(library):
    rng = np.random.default_rng(0)
    a, b = rng.integers(-999, 999, 9999), rng.integers(1, 99, 9999) * rng.choice((-1, 1), 9999)
    np.testing.assert_array_equal(called(library, "mod", a, b), np.mod(a, b))
    np.testing.assert_array_equal(called(library, "fmod", a, b), np.fmod(a, b))


@pytest.mark.parametrize(("name", "given", "wanted"), [
    ("sqrt", [0, np.inf, -1, np.nan], [0, np.inf, np.nan, np.nan]),
    ("log", [0, np.inf, -1, 1, np.nan], [-np.inf, np.inf, np.nan, 0, np.nan]),
    ("exp", [0, 100, -200], [1, np.inf, 0]),
    ("round", [0.5, 1.5, 2.5, -0.5, -1.5, 1e9], [0, 2, 2, 0, -2, 1e9]),
    ("erf", [0, 30, -30], [0, 1, -1]),
    ("atan", [np.inf, -np.inf], [np.pi / 2, -np.pi / 2]),
    ("acos", [-1, 1], [np.pi, 0]),
])
def test_ends(library, name, given, wanted):
    np.testing.assert_allclose(called(library, name, given), wanted, 1e-6, 1e-37)


def test_functions_are_of_as_many_arguments_as_they_say():
    for name, row in FUNCTIONS.items():
        places = {int(place) for place in re.findall(r"\{(\d)\}", row.c)}
        assert places == set(range(row.arguments)), name
    assert not FUNCTIONS.keys() & REDUCTIONS.keys()


def test_routines_stand_after_those_that_they_call():
    for name, routines in ROUTINES.items():
        seen = set()
        for one in routines:
            text = "\n".join(one.code(ISAS["scalar"]))
            called_here = {other.name for rest in ROUTINES.values() for other in rest
                           if re.search(rf"\b{other.name}\(", text)}
            assert called_here <= seen, (name, one.name)
            seen.add(one.name)
