"""Depthwise layers of integers: what vectors of bytes do, and layers on both sides of every tile, word and vector."""

from __future__ import annotations

import subprocess
from ctypes import CDLL, c_void_p

import emulated
import numpy as np
import pytest
import tools
from exact_layers import check

from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled import masks
from convgen.api import render
from convgen.layer.element import S8, U8
from convgen.layer.spec import ConvSpec
from convgen.machine import meaning
from convgen.machine.cpus import cpu_features
from convgen.machine.noted import Rows
from convgen.machine.rows import ISAS
from convgen.machine.rows.words import fits
from convgen.machine.target import NAMED
from convgen.planner.rank import rank
from convgen.verification.report import run_mode

DEPTHWISE = ALGORITHMS["depthwise"]
ROWS = {name: row for name, row in ISAS.items()
        if row.bytewise and row.lanes > 1 and set(row.features) <= cpu_features()}
HERE = {"avx512bf16_s8", "avx512bf16_s16"} ^ ROWS.keys()  # the same instructions as another row's
ZERO = 3
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")

pytestmark = tools.needs(tools.c, "gcc")


# --- what the operations on bytes mean ---


def cases(row, byte):
    """(name, expression in C of bytes p and sums q, what it gives, its meaning) of each operation and its operands."""
    lanes, deep = byte.lanes, row.deep
    letters = "abcd"
    take = [f"p + {at * lanes}" for at in range(4)]
    loaded = dict(zip(letters, map(byte.load, take), strict=True))
    sums = {name: row.numbers.load(f"q + {at * row.lanes}") for at, name in enumerate(letters)}
    for n in {1, 2, 3, 5, 7, 11, 15, 16, 17, 31, lanes // 2 + 13, lanes - 1} - {lanes}:
        yield f"load_part {n}", byte.load_part("p", 0, n), "bytes", \
            lambda p, q, n=n: meaning.load_part(p[:lanes], 0, n)
        yield f"over {n}", byte.over(loaded["a"], loaded["b"], n), "bytes", \
            lambda p, q, n=n: meaning.over(p[:lanes], p[lanes : 2 * lanes], n)
    for k in range(4):
        yield f"neighbours {k}", byte.neighbours(*loaded.values(), k), "words", \
            lambda p, q, k=k: meaning.neighbours(*p[: 4 * lanes].reshape(4, -1), k)
        yield f"lengthen {k}", byte.lengthen(loaded["a"], k), "sums", \
            lambda p, q, k=k: meaning.lengthen(p[:lanes], k)
        yield f"in_order {k}", byte.in_order(*sums.values(), k), "sums", \
            lambda p, q, k=k: meaning.in_order(*q.reshape(4, -1), k)
        for s, d in ((s, d) for s in (1, 2) for d in range(1, 13) if fits(deep, s, d)):
            yield f"spread {s} {d} {k}", byte.spread("p", s, d, k), "words", \
                lambda p, q, s=s, d=d, k=k: meaning.spread(p[: 4 * lanes], s, d, k)
        if byte.has("spread_inside"):
            inside = np.random.default_rng(k).random((row.lanes, 4)) < 0.6
            mask = hex(masks.mask(inside[:, :deep], deep))
            for d in (d for d in range(1, 13) if fits(deep, 1, d)):
                yield f"spread inside {d} {k}", byte.spread_inside("p", d, k, f"UINT64_C({mask})", byte.set1("77")), \
                    "words", lambda p, q, d=d, k=k, inside=inside: \
                    meaning.spread_inside(p[: 4 * lanes], d, k, inside, 77)
    yield "reload", byte.reload("p"), "bytes", lambda p, q: p[:lanes]
    yield "halves", byte.halves(loaded["a"]), "bytes", lambda p, q: meaning.halves(p[:lanes])
    for n in (1, 2, 4):
        yield f"weave {n}", byte.weave(loaded["a"], n), "bytes", lambda p, q, n=n: meaning.weave(p[:lanes], n)
    for k in range(lanes // 16):
        yield f"store_sixteen {k}", f"({byte.store_sixteen('out', loaded['a'], k)}, {row.numbers.load('out')})", \
            "bytes", lambda p, q, k=k: stored(np.zeros(lanes, np.uint8), p[:lanes], k)
    if byte.has("load_over"):
        flip = 128 * (byte.name.endswith("flipped"))
        for first, end in ((0, lanes), (0, 1), (1, lanes), (lanes - 1, lanes), (3, 40)):
            yield f"load_over {first} {end}", byte.load_over("p", first, end, byte.set1("77")), "bytes", \
                lambda p, q, first=first, end=end, flip=flip: meaning.load_over(
                    p[:lanes] ^ flip, first, end, np.full(lanes, 77, np.uint8))
    for odd, operation in enumerate((byte.deinterleave_even, byte.deinterleave_odd)):
        yield f"every second {odd}", operation(loaded["a"], loaded["b"]), "bytes", \
            lambda p, q, odd=odd: p[odd : 2 * lanes : 2]
    for x in (0, 255, -128):
        yield f"narrow {x}", byte.narrow(*sums.values(), x), "outputs", \
            lambda p, q, x=x: meaning.narrow(*q.reshape(4, -1), x)


def stored(p, a, k):
    meaning.store_sixteen(p, a, k)
    return p


@pytest.mark.sampled
@pytest.mark.parametrize("element", [U8, S8], ids=lambda element: element.name)
@pytest.mark.parametrize("name", sorted(HERE))
def test_operations_on_bytes(name, element, tmp_path):
    rows = Rows()
    isa = ISAS[name]
    row = rows.of(isa)
    byte = rows.of(isa.bytewise[element.name].in_place if element is U8 else isa.bytewise[U8.name].copied)
    out = rows.of(isa.bytewise[element.name].in_place)
    found = [case for case in cases(row, byte) if not case[0].startswith("narrow")] + \
        [case for case in cases(row, out) if case[0].startswith(("narrow", "reload", "load_over"))]
    bodies = [f"void case_{at}(const uint8_t *p, const int32_t *q, int32_t *out)\n{{ (void)p; (void)q;"
              f" {row.numbers.store('out', value)}; }}" for at, (_, value, _, _) in enumerate(found)]
    known = {**row.helpers, **row.numbers.helpers, **byte.helpers, **out.helpers}
    text = "\n".join([*(f"#include <{header}>" for header in row.include), "#include <stddef.h>",
                      *rows.helpers(known, ()).values(), *bodies])
    source, made = tmp_path / "bytes.c", tmp_path / "bytes.so"
    source.write_text(text)
    strict = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    subprocess.run(["gcc", "-std=c99", "-O0", "-fPIC", "-shared", *strict, *row.flags, "-o", made, source], check=True)
    rng = np.random.default_rng(0)
    p = rng.integers(0, 256, 16 * byte.lanes).astype(np.uint8)
    q = np.where(rng.random(byte.lanes) < 0.5, rng.integers(-400, 400, byte.lanes),
                 rng.integers(-2**31, 2**31, byte.lanes)).astype(np.int32)
    loaded = CDLL(str(made))
    for at, (said, _, kind, means) in enumerate(found):
        result = np.zeros(byte.lanes // 4, np.int32)
        getattr(loaded, f"case_{at}")(*(c_void_p(array.ctypes.data) for array in (p, q, result)))
        right = np.asarray(means(p, q))
        if kind == "words":
            got = result.view(np.uint16 if row.deep == 2 else np.uint8).reshape(-1, row.deep)
            right = right[:, : row.deep]
        elif kind == "outputs":
            got, right = result.view(element.dtype), np.clip(right, element.smallest, element.largest)
        else:
            got = result if kind == "sums" else result.view(np.uint8)
        np.testing.assert_array_equal(got, right.reshape(got.shape) if kind != "sums" else right, f"{name} {said}")


# --- layers ---


def layer(channels, layout="nhwc", **fields):
    given = {"dtype": "u8:s8:u8", "ic": channels, "oc": channels, "g": channels, "ih": 7, "iw": 9, "kh": 3, "kw": 3,
             "padding": "half", "input_zero": ZERO, "output_zero": 131, "layout": layout}
    return ConvSpec(**{**given, **fields})


ADDED = {"residual": True, "residual_zero": 7, "residual_scale": 0.7}
TABLED = {"activation": "silu", "sum_zero": 3, "sum_scale": 0.06, "output_scale": 0.03}
SIGNED = {"dtype": "u8:s8:s8", "output_zero": -100}
LAYERS = {
    "a vector less one": layer(31), "a vector": layer(32), "a vector and one": layer(33), "two": layer(64),
    "two and some": layer(80, dtype="s8:s8:s8", input_zero=-128, output_zero=-128, activation="relu"),
    "words of four": layer(17, kw=4, left=2, right=1, padding=None), "of five": layer(16, kh=5, kw=5),
    "of seven": layer(5, kh=1, kw=7, weights_layout="hwio"),
    "dilated": layer(18, dh=2, dw=2, dtype="s8:s8:u8", input_zero=127), "sparse": layer(20, sh=2, sw=2),
    "sparse and dilated": layer(9, sw=3, dw=2, dtype="u8:s16:s8", output_zero=5),
    "tflite": layer(40, rounding="tflite", activation="relu6", output_scale=0.05),
    "once": layer(40, rounding="tflite-single", bias=False), "s32": layer(70, dtype="u8:s8:s32", output_zero=0),
    "f32": layer(35, dtype="s8:s8:f32", input_zero=9, output_zero=0, activation="relu"),
    "rows of padding": layer(20, ih=1, iw=5), "padding of 0": layer(48, input_zero=0, bias=False), "planes": layer(
        16, "ndhwc", id=3, kd=2, input_zero=0), "planes of padding": layer(20, "ndhwc", id=3, kd=3),
    "slices": layer(20, in_stride=25, out_stride=22, dtype="s8:s8:s8", input_zero=-7, output_zero=1),
    "first": layer(3, "nchw"), "first, short rows": layer(32, "nchw", ih=14, iw=14),
    "first, rows of vectors": layer(2, "nchw", ih=9, iw=63), "first, long": layer(2, "nchw", ih=3, iw=150, kh=5, kw=5),
    "first, sparse": layer(3, "nchw", iw=66, sh=2, sw=2, padding=None, right=1, bottom=1),
    "first, sparse s32": layer(3, "nchw", iw=40, sh=2, sw=2, dtype="s8:s8:s32", output_zero=0),
    "first, sparse and dilated": layer(4, "nchw", iw=23, sw=2, dw=4, sh=3, n=2),
    "first, by three": layer(2, "nchw", iw=41, sw=3, dtype="s8:s8:s8", input_zero=-4, output_zero=0),
    "first, several outputs": layer(3, "nchw", oc=6, dtype="u8:s16:f32", output_zero=0),
    "first, tflite": layer(3, "nchw", rounding="tflite", iw=31),
    "first, nothing but padding": layer(2, "nchw", ih=1, iw=1, padding=None, top=2, left=3, bottom=1, right=1),
    "residual": layer(33, **ADDED), "residual, signed": layer(47, **ADDED, **SIGNED, activation="relu"),
    "residual, f32": layer(70, dtype="u8:s8:f32", output_zero=0, residual=True),
    "table": layer(40, **TABLED, rounding="tflite"), "table, signed": layer(66, **ADDED, **SIGNED, **TABLED),
    "first, residual": layer(3, "nchw", **ADDED),
    "first, residual, signed": layer(32, "nchw", ih=14, **ADDED, **SIGNED),
    "first, residual by rows": layer(2, "nchw", ih=9, iw=63, **ADDED, **SIGNED, **TABLED),
    "first, residual, sparse": layer(3, "nchw", iw=66, sh=2, sw=2, padding=None, right=1, **ADDED),
    "first, residual, several f32": layer(3, "nchw", oc=6, dtype="u8:s8:f32", output_zero=0, residual=True),
    "first, table": layer(5, "nchw", **TABLED, rounding="tflite-single"),
}
TARGETS = [name for name in ("x86-64-v3", "x86-64-v4", "x86-64-v4-vnni", "scalar") if NAMED[name].runs_here()]


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize(("name", "target"), [(name, TARGETS[at % len(TARGETS)]) for at, name in enumerate(LAYERS)])
def test_layers(name, target):
    """By one of the larger tiles, on each target and row of products in turn; no byte beside the arrays is touched."""
    spec = LAYERS[name]
    if target == "scalar" and not spec.channels_last:
        target = TARGETS[0]
    targets = NAMED[target].summing(spec.arithmetic)
    plans = list(DEPTHWISE.plans(spec, targets[len(name) % len(targets)]))
    for read in dict.fromkeys(plan.choices.source for plan in plans):
        of = [plan for plan in plans if plan.choices.source == read]
        conv = render(of[-1 - len(name) % 3 % len(of)]).compile(opt="O1")
        check(conv)
        outcome = run_mode(conv, "guard")
        assert outcome.ok, (read, outcome.detail)


ARM = ("aarch64", "aarch64-dotprod", "aarch64-i8mm")


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("name", "target"), [
    pytest.param(name, ARM[at % len(ARM)], marks=[pytest.mark.sweep] * (at % 4 > 0))
    for at, name in enumerate(LAYERS) if LAYERS[name].arithmetic.weights is S8])
def test_layers_emulated(name, target):
    """The same on vectors of 16 bytes, whose words of two lie apart from those of four, by warnings that are errors."""
    tools.require(emulated.lacking("aarch64"))
    spec = LAYERS[name]
    machines = [one for one in NAMED[target].summing(spec.arithmetic) if spec.arithmetic.input.name in one.row.bytewise]
    plans = list(DEPTHWISE.plans(spec, machines[-1]))
    for read in dict.fromkeys(plan.choices.source for plan in plans):
        of = [plan for plan in plans if plan.choices.source == read]
        plan = of[-1 - len(name) % 3 % len(of)]
        conv = emulated.conv(render(plan), "aarch64", emulated.compilers("aarch64")[0], "O1", *STRICT)
        check(conv)
        outcome = run_mode(conv, "guard")
        assert outcome.ok, (read, outcome.detail)


WRAPPED = {
    "half a vector": layer(3, "nchw", ih=4, iw=8), "a vector": layer(2, "nchw", ih=4, iw=16), "a vector and one": layer(
        2, "nchw", ih=5, iw=13), "one word of the last quarter": layer(2, "nchw", ih=11, iw=7),
    "masks that repeat": layer(2, "nchw", ih=40, iw=14), "masks that do not": layer(2, "nchw", ih=9, iw=63),
    "two words a row": layer(2, "nchw", kh=1, kw=5, dtype="s8:s8:s8", input_zero=0, output_zero=-128),
    "four": layer(2, "nchw", kh=3, kw=13, ih=5, iw=20, input_zero=0), "dilated": layer(2, "nchw", iw=17, dw=3, dh=2),
    "all on the left": layer(2, "nchw", padding=None, left=2, top=2), "none above": layer(
        2, "nchw", padding=None, left=1, right=1, dtype="s8:s8:u8", input_zero=-128),
    "narrower than its kernel": layer(2, "nchw", ih=30, iw=2, kh=5, kw=5, dtype="u8:s16:u8"),
    "s32": layer(2, "nchw", ih=3, iw=31, dtype="u8:s8:s32", output_zero=0),
    "residual": layer(2, "nchw", iw=15, **ADDED, **SIGNED),
    "residual, f32": layer(3, "nchw", oc=6, iw=10, dtype="u8:s8:f32", output_zero=0, residual=True),
    "tflite": layer(3, "nchw", rounding="tflite", iw=31), "table": layer(5, "nchw", **TABLED),
}


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", WRAPPED)
def test_rows_that_follow_each_other(name):
    """Where masks are there, by words of two bytes and of four."""
    spec = WRAPPED[name]
    for target in {"x86-64-v4", "x86-64-v4-vnni"} & set(TARGETS):
        for machine in NAMED[target].summing(spec.arithmetic):
            assert masks.wraps(spec, machine.row)
            (plan, *_) = DEPTHWISE.plans(spec, machine)
            conv = render(plan).compile(opt="O1")
            assert conv.kernel.source.count("gather_rows") == 0 < conv.kernel.source.count("masks[")
            check(conv)
            outcome = run_mode(conv, "guard")
            assert outcome.ok, outcome.detail


def test_layers_whose_rows_do_not_follow_each_other():
    row = ISAS["avx512vnni_s8"]
    for spec in (layer(2, "nchw", sh=2), layer(2, "nchw", padding=None), layer(2, "nchw", ih=200, iw=149, kw=5)):
        assert not masks.wraps(spec, row)
    assert not masks.wraps(layer(2, "nchw"), ISAS["avx2_s16"])


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_whether_the_output_may_be_the_residual(layout):
    """Channels first, vectors write beyond a row what the next one is still to add."""
    spec = layer(2, layout, ih=9, iw=63, **ADDED)
    (plan, *_) = DEPTHWISE.plans(spec, NAMED["x86-64-v3"].summing(spec.arithmetic)[0])
    assert render(plan).over_residual == (layout == "nhwc")


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("target", [*(name for name in TARGETS if name != "scalar"), *ARM])
def test_planners_choose_it(target, layout):
    for spec in (layer(64, layout, ih=28, iw=28), layer(64, layout, ih=14, iw=14, kh=5, kw=5),
                 layer(64, layout, ih=28, iw=28, **ADDED), layer(64, layout, ih=28, iw=28, **TABLED)):
        best = rank(spec, NAMED[target])[0].plan
        assert best.algorithm == "depthwise"
        assert best.target.row.deep == max(one.row.deep for one in NAMED[target].summing(spec.arithmetic))


def test_layers_that_are_not_for_it():
    target = NAMED["x86-64-v4-vnni"].summing(layer(8).arithmetic)[0]
    planes = layer(16, "ndhwc", id=3, kd=3)  # tiles would skip planes of padding, which is not 0
    assert {plan.choices.source for plan in DEPTHWISE.plans(planes, target)} == {"copy"}
    assert not list(DEPTHWISE.plans(layer(8, "ncdhw", id=3, kd=3), target))
    assert list(DEPTHWISE.plans(layer(8, "ncdhw", id=1), target))
    assert not list(DEPTHWISE.plans(layer(8, "ncdhw", id=1, sd=2, padding=((1, 0), (1, 1), (1, 1))), target))
    assert not list(DEPTHWISE.plans(layer(8, oc=16), target))
    longer = layer(8, "nchw", dtype="s16:s8:s16", input_zero=0, output_zero=0)
    for name in TARGETS:
        assert not [plan for one in NAMED[name].summing(longer.arithmetic) for plan in DEPTHWISE.plans(longer, one)]
