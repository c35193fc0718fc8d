"""The emitted C of layers that sum integers: clean under every warning, free of libc, silent under sanitizers while
each sum is as far from 0 as it may be."""

from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest
import tools
from test_emitted import batches, every_compiler, linked, needs_nm, public, run, save, symbols, together

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.emit.sizes import ENDINGS
from convgen.machine.target import NAMED
from convgen.verification import oracle, whole

V3, VNNI, SCALAR = "x86-64-v3", "x86-64-v4-vnni", "scalar"
PLAIN = {"ic": 11, "ih": 6, "iw": 9, "oc": 19, "kh": 3, "kw": 3, "padding": 1, "layout": "nhwc"}
FIRST = {"layout": "nchw"}
APART = {**FIRST, "g": 11, "oc": 11}
UP = {"op": "transposed", "sh": 2, "sw": 2}

# name -> (fields, target, the row of products, algorithm)
CASES = {
    "pairs": ({"dtype": "u8:s8:u8", "input_zero": 7, "output_zero": 128, "activation": "relu"}, V3, "avx2_s16",
              "direct"),
    "pairs-tflite": ({"dtype": "s8:s8:s8", "input_zero": -128, "rounding": "tflite"}, V3, "avx2_s16", "direct"),
    "pairs-once": ({"dtype": "s8:s8:s8", "rounding": "tflite-single", "bias": False}, V3, "avx2_s16", "direct"),
    "pairs-channels-first": ({"dtype": "u8:s8:s32", "input_zero": 3, **FIRST}, V3, "avx2_s16", "direct"),
    "pairs-a-row": ({"dtype": "u8:s8:u8", "ic": 16, "oc": 20, **FIRST}, V3, "avx2_s16", "direct"),
    "pairs-real": ({"dtype": "s8:s16:f32", "activation": "relu", "out_stride": 21, "sw": 2}, V3, "avx2_s16", "direct"),
    "fours": ({"dtype": "u8:s8:u8", "input_zero": 255}, VNNI, "avx512vnni_s8", "direct"),
    "fours-offset": ({"dtype": "s8:s8:s8", "rounding": "tflite", "output_zero": -128, **FIRST}, VNNI, "avx512vnni_s8",
                     "direct"),
    "ones": ({"dtype": "u8:s8:u8", "input_zero": 7}, SCALAR, "scalar_s8", "direct"),
    "ones-tflite": ({"dtype": "s8:s16:s8", "rounding": "tflite", "input_zero": 127}, SCALAR, "scalar_s16", "direct"),
    "ones-once": ({"dtype": "s8:s8:u8", "rounding": "tflite-single", "g": 11, "oc": 22, **FIRST}, SCALAR, "scalar_s8",
                  "direct"),
    "woven-pairs": ({**APART, "dtype": "s8:s8:s8", "input_zero": -128, "ih": 14, "iw": 14}, V3, "avx2_s16",
                    "depthwise"),
    "woven-pairs-unpadded": ({**APART, "dtype": "u8:s8:u8", "iw": 16, "kh": 1, "kw": 1, "padding": 0}, V3, "avx2_s16",
                             "depthwise"),
    "woven-fours": ({**APART, "dtype": "s8:s8:s8", "iw": 40, "sh": 2, "sw": 2}, VNNI, "avx512vnni_s8", "depthwise"),
    "in-place": ({**APART, "dtype": "s8:s8:u8", "input_zero": 5, "iw": 70}, VNNI, "avx512vnni_s8", "depthwise"),
    "long-pairs": ({"dtype": "s16:s8:s16", "rounding": "tflite"}, V3, "avx2_s16", "direct"),
    "long-channels-first": ({"dtype": "s16:s8:f32", "activation": "relu", "bias": False, **FIRST}, V3, "avx2_s16",
                            "direct"),
    "long-ones": ({"dtype": "s16:s8:s16", "rounding": "tflite-single", "input_zero": -32768, **FIRST}, SCALAR,
                  "scalar_long_s8", "direct"),
    "long-plain": ({"dtype": "s16:s8:s16"}, SCALAR, "scalar", "reference"),
    "plain": ({"dtype": "u8:s8:s8", "input_zero": 7, "rounding": "tflite"}, SCALAR, "scalar", "reference"),
    "pairs-of-u8": ({"dtype": "u8:u8:u8", "input_zero": 7}, V3, "avx2_s16", "direct"),
    "ones-less-128": ({"dtype": "s8:u8:s8", "weights_zero": 128, "input_zero": 5}, SCALAR, "scalar_s8", "direct"),
    "ones-more-128": ({"dtype": "u8:s8:s32", "weights_zero": -128, "g": 11, "oc": 22}, SCALAR, "scalar_s16", "direct"),
    "phases-fours": ({**UP, "dtype": "u8:s8:u8", "input_zero": 77}, VNNI, "avx512vnni_s8", "direct"),
    "phases-pairs": ({**UP, "dtype": "s8:s8:s8", "input_zero": -128, "rounding": "tflite", "g": 11, "oc": 22, **FIRST},
                     V3, "avx2_s16", "direct"),
    "phases-ones": ({**UP, "dtype": "u8:u8:f32", "weights_zero": 128, "input_zero": 5, "kh": 2, "sh": 3}, SCALAR,
                    "scalar_s8", "direct"),
    "phases-long": ({**UP, "dtype": "s16:s8:s16", "rounding": "tflite"}, V3, "avx2_s16", "direct"),
    "plain-less-255": ({"dtype": "u8:u8:f32", "weights_zero": 255, "input_zero": 7}, SCALAR, "scalar", "reference"),
}
each = pytest.mark.parametrize("name", CASES)


@functools.cache
def emitted(name):
    fields, target, row, algorithm = CASES[name]
    spec = ConvSpec(**{**PLAIN, **fields})
    plans = ALGORITHMS[algorithm].plans(spec, msgspec.structs.replace(NAMED[target], isa=row))
    plan = list(plans)[-1] if name == "in-place" else next(plans)
    return render(plan, name.replace("-", "_"))


@pytest.mark.sampled
@needs_nm
@every_compiler
@batches(CASES, lambda name: CASES[name][1:3])
def test_no_warning_no_libc_and_only_the_documented_symbols(names, cc, tmp_path):
    kernels = [emitted(name) for name in names]
    defined, needed = together(kernels, tmp_path, cc, "-O2", "-ffreestanding")
    assert defined == public(kernels)
    assert needed <= {"_GLOBAL_OFFSET_TABLE_"}


@needs_nm
@pytest.mark.parametrize("cc", tools.CXX)
def test_headers_in_cpp(cc, tmp_path):
    tools.require(tools.cpp(cc, "c++17"))
    lines = []
    for name in CASES:
        kernel = emitted(name)
        save(kernel, tmp_path)
        lines += [f'#include "{kernel.name}.h"', f'#include "{kernel.name}.h"']
        lines += [f"size_t count_{kernel.name}() {{ return {kernel.name}_tasks(0); }}"]
    (tmp_path / "all.cpp").write_text("\n".join(lines))
    run(tmp_path, cc, "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "all.cpp")
    calls = {symbol for symbol in symbols(run(tmp_path, "nm", "-u", "all.o")) if symbol.endswith("_tasks")}
    assert calls == {f"{emitted(name).name}_tasks" for name in CASES}


@each
def test_headers_say_all_sizes_and_what_scales_are(name):
    kernel = emitted(name)
    arrays = {array.role: array.bytes for array in kernel.spec.arrays}
    for role, size in arrays.items():
        assert f"#define {kernel.name}_{role.upper()}_BYTES {size}\n" in kernel.header
        assert f"_{role.upper()}_BYTES" in ENDINGS
    assert ("scale: of each output channel, a positive normal number" in kernel.header) == ("scale" in arrays)


# Packs, then runs, with arrays of their own size; the bytes that must come out. {name: [C type, numbers]}.
MAIN = """
#include "@.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *block(size_t bytes, const void *from)
{
    void *p = NULL;
    if (posix_memalign(&p, @_ALIGN, bytes)) {
        exit(2);
    }
    return from ? memcpy(p, from, bytes) : memset(p, 0xff, bytes);
}

int main(void)
{
    void *input = block(sizeof x, x), *w = block(sizeof weights, weights), *b = block(sizeof bias, bias);
    void *s = block(sizeof scale, scale), *packed = block(@_PACKED_BYTES, NULL), *output = block(@_OUTPUT_BYTES, NULL);
    void *workspace = block(@_WORKSPACE_BYTES(1), NULL);
    @_pack(w, b, SCALE packed);
    @(input, packed, output, workspace, 1);
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof want; ++i) {
        wrong += ((unsigned char *)output)[i] != want[i];
    }
    printf("%d wrong", (int)wrong);
    free(input), free(w), free(b), free(s), free(packed), free(output), free(workspace);
    return wrong != 0;
}
"""


def static(name, kind, numbers):
    return f"static const {kind} {name}[] = {{{', '.join(map(str, numbers))}}};\n"


@pytest.mark.sampled(every=3)
@tools.needs(tools.any_c)
@pytest.mark.parametrize("sense", [0, 1], ids=["largest", "least"])
@each
def test_sanitizers_are_silent_at_the_ends_of_sums(name, sense, tmp_path):
    cc = tools.CC[0]
    tools.require(tools.sanitizers(cc))
    kernel, rng = emitted(name), np.random.default_rng(0)
    if not kernel.plan.target.runs_here():
        pytest.skip(f"this CPU lacks the instructions of {kernel.plan.target.isa}")
    spec = kernel.spec
    weights = whole.at_ends(spec, rng)
    taps = whole.taps_of(spec, weights).reshape(spec.oc, -1)
    drive = list(whole.drives(spec, weights, taps))[sense]
    arrays = whole.driven(spec, rng, taps, drive, next(whole.shares(spec)))[0] | {"weights": weights}
    if spec.bias:
        arrays["bias"] = drive.bias.astype(spec.arithmetic.bias.dtype)
    if spec.arithmetic.scaled:
        arrays["scale"] = drive.scale.astype(spec.scale.dtype)
    output = spec.array("output")
    want = np.full(output.span * output.element.bytes, 0xff, np.uint8).view(output.element.dtype)
    strides = [output.element.bytes * step for step in output.strides]
    np.lib.stride_tricks.as_strided(want, output.shape, strides)[...] = oracle.convolve(spec, **arrays).y
    kinds = {array.role: array.element.c for array in spec.arrays}
    texts = [static("x", kinds["input"], arrays["input"].ravel()), static("weights", kinds["weights"], weights.ravel()),
             static("bias", spec.arithmetic.bias.c, arrays.get("bias", np.zeros(1, int)).ravel()),
             static("scale", kinds.get("scale", "float"), arrays.get("scale", np.ones(1)).ravel()),
             static("want", "unsigned char", want.view(np.uint8))]
    main = MAIN.replace("SCALE ", "s, " * spec.arithmetic.scaled)
    main = "#define _POSIX_C_SOURCE 200112L\n" + main.replace("int main", "\n".join(texts) + "\nint main", 1)
    save(kernel, tmp_path, main_c=main.replace("@", kernel.name))
    linked(kernel, tmp_path, cc, "-O0", *tools.SANITIZERS)
    assert run(tmp_path, "./main") == "0 wrong"
