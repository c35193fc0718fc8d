"""Instructions for matrices, and layers by them: on a CPU that has them, and by what their manual says (tiles.h) on any
with the vectors that make outputs of their sums."""

import dataclasses
from pathlib import Path

import cffi
import numpy as np
import pytest
import tools
from exact_layers import check

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.layer.element import S8, U8
from convgen.machine.find import find
from convgen.machine.isa import ISAS
from convgen.machine.matrix import shapes
from convgen.planner import rank
from convgen.run import compilers, native

ROW = ISAS["amx_s8"]
TARGET = "x86-64-v4-amx"
EMULATED = f"gcc -include {Path(__file__).with_name('tiles.h')}"
WAYS = {"here": (TARGET, None), "by its manual": ("x86-64-v4-vnni", EMULATED)}


@dataclasses.dataclass(frozen=True)
class Way:
    """How programs with such instructions are built, by the command cc."""

    cc: str | None


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    """Those that this machine has."""
    needs, cc = WAYS[request.param]
    spec = ConvSpec(ic=64, oc=64, ih=4, iw=4, kh=1, kw=1, dtype="u8:s8:u8", layout="nhwc")
    if not find(needs).runs_here(spec.arithmetic):
        pytest.skip(f"needs {needs}")
    return Way(cc)


def program(element, rows, words):
    """C of a function: sums += a b, of a matrix of so many rows of words, and one of so many rows of 16 words."""
    matrix = ROW.matrix
    table = shapes([(rows, 16), (rows, words), (words, 16)])
    body = [f"static const uint8_t shapes[64] = {{{', '.join(map(str, table))}}};", matrix.begin.format(p="shapes"),
            matrix.load.format(t=0, p="sums", n=64), matrix.load.format(t=1, p="a", n="stride"),
            matrix.load.format(t=2, p="b", n=64), matrix.product(element.name, 0, 1, 2),
            matrix.store.format(t=0, p="sums", n=64), matrix.zero.format(t=0),
            matrix.store.format(t=0, p="nothing", n=64), matrix.end]
    target = f'#pragma GCC target("{ROW.target}")'
    return "\n".join([
        '#include "matrix_test.h"', "#include <immintrin.h>", target, *(ROW.helpers[name] for name in matrix.helpers),
        "void multiply(int32_t *sums, const void *a, ptrdiff_t stride, const int8_t *b, int32_t *nothing)",
        "{", *body, "}", ""])


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("element", [U8, S8], ids=lambda one: one.name)
@pytest.mark.parametrize(("rows", "words"), [(16, 16), (16, 5), (7, 16), (3, 1)])
def test_a_product_of_matrices(way, element, rows, words):
    header = "#include <stddef.h>\n#include <stdint.h>\n"
    path = compilers.shared("matrix_test", program(element, rows, words), header, ROW.flags, way.cc)
    ffi = cffi.FFI()
    ffi.cdef("void multiply(int32_t *sums, const void *a, ptrdiff_t stride, const int8_t *b, int32_t *nothing);")
    library = ffi.dlopen(str(path))
    rng = np.random.default_rng(rows)
    numbers = np.iinfo(element.numpy)
    a = rng.integers(numbers.min, numbers.max + 1, (rows, 4 * words + 8), element.numpy)
    a[0], a[-1] = numbers.min, numbers.max
    b = rng.integers(-128, 128, (words, 16, 4), np.int8)
    sums = rng.integers(-2**31, 2**31, (rows, 16), np.int32)
    nothing = np.ones((rows, 16), np.int32)
    given = a[:, : 4 * words].reshape(rows, words, 4).astype(np.int64)
    wanted = (sums + np.einsum("mki,kvi->mv", given, b.astype(np.int64))).astype(np.int32)
    library.multiply(ffi.from_buffer("int32_t[]", sums), ffi.from_buffer(a), a.strides[0],
                     ffi.from_buffer("int8_t[]", b), ffi.from_buffer("int32_t[]", nothing))
    assert (sums == wanted).all()
    assert not nothing.any()


def test_shapes_stand_where_the_manual_says():
    table = shapes([(16, 16), (7, 3)])
    assert (len(table), table[0], sum(table)) == (64, 1, 1 + 64 + 12 + 16 + 7)
    assert (table[16], table[18], table[48], table[49]) == (64, 12, 16, 7)


SQUARE = {"kh": 3, "kw": 3, "padding": "half"}
WIDE = {"kh": 3, "kw": 2, "top": 1, "left": 2, "right": 1}

# both sides of 16 pixels, of 16 and of 64 channels, of 64 bytes of a sum; rows that follow each other, and do not;
# parts of a tile that overlap; sums that start from a bias, and do not
LAYERS = {
    "whole": {"dtype": "u8:s8:u8", "ic": 64, "oc": 64, "ih": 8, "iw": 8, "kh": 1, "kw": 1},
    "one pixel": {"dtype": "u8:s8:u8", "ic": 128, "oc": 48, "ih": 1, "iw": 1, "kh": 1, "kw": 1},
    "17 pixels": {"dtype": "s8:s8:s8", "ic": 68, "oc": 17, "ih": 1, "iw": 17, "kh": 1, "kw": 1, "input_zero": -128},
    "a sheet": {"dtype": "u8:s8:u8", "ic": 64, "oc": 80, "ih": 9, "iw": 14, **SQUARE, "input_zero": 3},
    "a narrow sheet": {"dtype": "s8:s8:f32", "n": 2, "ic": 12, "oc": 17, "ih": 7, "iw": 1, "kh": 3, "kw": 5, "left": 1,
                       "right": 3, "bottom": 1},
    "no padding": {"dtype": "u8:s8:s32", "ic": 20, "oc": 33, "ih": 9, "iw": 18, "kh": 3, "kw": 1, "bias": False},
    "strides": {"dtype": "u8:s8:s8", "ic": 65, "oc": 31, "ih": 11, "iw": 37, **WIDE, "sh": 2, "sw": 2,
                "input_zero": 200, "output_zero": -9, "rounding": "tflite"},
    "a stride of 3": {"dtype": "u8:s8:u8", "n": 2, "ic": 40, "oc": 48, "ih": 14, "iw": 23, "kh": 7, "kw": 3, "sh": 3,
                      "sw": 2, "padding": "half", "input_zero": 9},
    "strided, channels first": {"dtype": "s8:s8:s8", "n": 2, "ic": 64, "oc": 33, "ih": 9, "iw": 12, "sh": 2, "sw": 2,
                                **SQUARE, "layout": "nchw"},
    "pixels behind the last window": {"dtype": "u8:s8:u8", "ic": 16, "oc": 33, "ih": 9, "iw": 16, "kh": 3, "kw": 3,
                                      "sh": 3, "sw": 3, "top": 2, "bottom": 1, "left": 1, "right": 3},
    "rows side by side": {"dtype": "u8:s8:u8", "ic": 3, "oc": 64, "ih": 12, "iw": 35, "kh": 7, "kw": 7, "sh": 2,
                          "sw": 2, "padding": "half", "input_zero": 7, "weights_layout": "hwio"},
    "three side by side": {"dtype": "s8:s8:s8", "n": 2, "ic": 4, "oc": 17, "ih": 9, "iw": 18, "kh": 2, "kw": 5, "sh": 3,
                           "sw": 1, "top": 2, "bottom": 1, "right": 4, "flip": True, "input_zero": -5},
    "dilation": {"dtype": "s8:s8:s8", "ic": 24, "oc": 16, "ih": 12, "iw": 20, **WIDE, "dh": 2, "dw": 2,
                 "rounding": "tflite-single", "activation": "relu"},
    "groups": {"dtype": "u8:s8:u8", "n": 2, "g": 3, "ic": 48, "oc": 192, "ih": 5, "iw": 33, **SQUARE},
    "planes": {"dtype": "u8:s8:u8", "ic": 16, "oc": 24, "id": 4, "ih": 5, "iw": 19, "kd": 2, **SQUARE,
               "layout": "ndhwc"},
    "over its residual": {"dtype": "s8:s8:s8", "ic": 63, "oc": 64, "ih": 7, "iw": 21, "kh": 1, "kw": 1,
                          "residual": True, "residual_scale": 0.5, "output_zero": 64},
    "channels first": {"dtype": "u8:s8:u8", "n": 2, "ic": 68, "oc": 75, "ih": 9, "iw": 14, **SQUARE, "input_zero": 3,
                       "layout": "nchw"},
    "channels first, a row": {"dtype": "s8:s8:s8", "ic": 64, "oc": 64, "ih": 5, "iw": 21, "kh": 1, "kw": 1, "sw": 2,
                              "layout": "nchw"},
    "channels first, words": {"dtype": "u8:s8:s32", "ic": 16, "oc": 20, "ih": 3, "iw": 40, **WIDE, "layout": "nchw"},
    "a table": {"dtype": "u8:s8:u8", "ic": 32, "oc": 64, "ih": 6, "iw": 6, **SQUARE, "activation": "silu",
                "sum_scale": 0.06, "output_scale": 0.05, "output_zero": 10},
}


def each(spec, seen):
    """A plan of each tile that is not seen yet, and of each way to read the input."""
    machine = find(TARGET).summing(spec.arithmetic)[-1]
    found = {(one.mr, one.nr, one.choices.source): one for one in ALGORITHMS["matrix"].plans(spec, machine)}
    return [one for key, one in found.items() if key not in seen]


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("name", LAYERS)
def test_layers(way, name):
    fields = {"layout": "nhwc", **LAYERS[name]}
    plans = each(ConvSpec(**fields), ())
    assert plans
    widest = max(plans, key=lambda one: one.nr)  # whose bytes are made of four vectors, where there are as many
    for one in dict.fromkeys([widest, *plans[:: max(1, len(plans) // 4)]]):
        check(native.compile(render(one), way.cc, "O1"))


@pytest.mark.parametrize("fields", [LAYERS["a sheet"], LAYERS["whole"]], ids=["a sheet", "whole"])
def test_dense_layers_take_it(fields):
    wide = {**fields, "ih": 28, "iw": 28, "ic": 128, "oc": 128}
    assert rank.best(ConvSpec(**{"layout": "nhwc", **wide}), TARGET).algorithm == "matrix"


def test_nothing_else_takes_its_row():
    spec = ConvSpec(ic=64, oc=64, ih=14, iw=14, dtype="u8:s8:u8", layout="nhwc", **SQUARE)
    machine = find(TARGET).summing(spec.arithmetic)[-1]
    assert machine.row is ROW
    assert [name for name, one in ALGORITHMS.items() if name != "reference" and any(one.plans(spec, machine))] == \
        ["matrix"]
