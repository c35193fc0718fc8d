"""Streams in libraries and with weights inside: what a self-test sees of them, whose state is whose, and what is built
of the files."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import tools
from test_cli import place  # noqa: F401  (a fixture)
from test_cli import run as convgen
from test_emitted import WARNINGS
from test_package import packaged, run, save

from convgen import ConvSpec, generate
from convgen.commands import package as packaging
from convgen.errors import VerificationError
from convgen.layer.network import DistinctLayer, Network, Use
from convgen.machine.target import NAMED
from convgen.packaging import files as package

V3 = "x86-64-v3"
LAYERS = {
    "dilated": {"ic": 8, "oc": 8, "kw": 3, "dw": 9, "stream": 29, "layout": "nwc", "activation": "tanh"},
    "strided": {"ic": 3, "oc": 10, "kw": 4, "sw": 3, "dw": 2, "stream": 13, "layout": "ncw", "activation": "relu"},
    "room": {"ic": 1, "oc": 1, "kw": 300, "stream": 64, "layout": "nwc"},
    "stereo": {"g": 2, "ic": 2, "oc": 2, "kw": 600, "stream": 64, "layout": "ncw", "residual": True},
    "added": {"ic": 3, "oc": 5, "kw": 3, "sw": 2, "stream": 11, "layout": "ncw", "residual": True},
    "slices": {"ic": 3, "oc": 5, "kw": 3, "stream": 11, "layout": "nwc", "in_stride": 7, "out_stride": 8},
    "halfs": {"ic": 8, "oc": 3, "kw": 3, "stream": 11, "layout": "nwc", "dtype": "f16", "bias": False},
}
PLAIN = {"plain": {"ic": 8, "oc": 8, "kw": 3, "iw": 40, "layout": "nwc"}}


def use(label, spec):
    rng = np.random.default_rng(1)
    return Use(label, **{array.role: (rng.standard_normal(array.shape) / 4).astype(array.element.dtype)
                         for array in spec.arrays if array.when == "pack"})


@cache
def library(labels, targets, weights="none"):
    parts = [(label, ConvSpec(**LAYERS[label], causal=True) if label in LAYERS else ConvSpec(**PLAIN[label]))
             for label in labels]
    found = Network("lib", tuple(DistinctLayer(label, spec, (use(label, spec),)) for label, spec in parts))
    return packaged(found, targets, weights)


def needs(target):
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")


@tools.needs(tools.any_c)
@pytest.mark.parametrize("weights", [pytest.param("none", marks=pytest.mark.sweep), "embed"])
def test_a_library_tests_its_streams(weights, tmp_path):
    """Beside a plain layer; clean under every warning."""
    needs(V3)
    made = package.files(library((*LAYERS, *PLAIN), V3, weights))
    lines = packaging.selftest("lib", made, NAMED[V3], opt="O1")
    names = [*(f"lib_{'layer_' * (weights == 'embed')}{label}" for label in (*LAYERS, *PLAIN)),
             *(f"lib_{label}" for label in (*LAYERS, *PLAIN) if weights == "embed")]
    assert [line.partition(",")[0] for line in lines if line.startswith("ok ")] == [
        *(f"ok {isa}: {name}" for isa in ("scalar", "avx2") for name in names)]
    save(tmp_path, made)
    for source in [*(tmp_path / "src").iterdir(), *(tmp_path / "test").iterdir()]:
        if source.suffix == ".c":
            flags = NAMED[V3].row.flags if "avx2" in source.name else ()
            run(tools.CC[-1], "-std=c99", "-O1", *WARNINGS, *flags, "-Iinclude", "-Isrc", "-fsyntax-only", source,
                cwd=tmp_path)


@tools.needs(tools.any_c)
@pytest.mark.parametrize(("label", "before", "after"), [
    ("dilated", "behind < 47 ? behind : behind - 47", "behind < 46 ? behind : behind - 46"),
    ("strided", "head->due = due + count * 3 - samples", "head->due = count * 3 - samples"),
    ("room", "head->filled = 0;\n        }", "head->filled = 1;\n        }"),
    ("strided", "    return (int)count;", "    return (int)count - 1;"),
])
def test_a_self_test_sees_wrong_streams(label, before, after):
    """Planted bugs, of which the last is in what NAME tells alone."""
    target = V3 if label == "room" else "scalar"
    needs(target)
    made = dict(package.files(library((label,), target)))
    path = f"src/lib_{label}_{NAMED[target].isa}.c"
    assert before in made[path]
    made[path] = made[path].replace(before, after)
    with pytest.raises(VerificationError):
        packaging.selftest("lib", made, NAMED[target], opt="O0")


MAIN = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib.h"

int main(void)
{
    void *state = aligned_alloc(lib_ALIGN, lib_room_STATE_BYTES);
    void *workspace = aligned_alloc(lib_ALIGN, (lib_room_WORKSPACE_BYTES(1) + 63) / 64 * 64);
    float x[lib_room_STREAM], y[lib_room_STREAM];
    memset(x, 0, sizeof x);
    memset(state, 0, lib_room_STATE_BYTES);
    for (int isa = 0; isa < lib_ISAS; ++isa) {
        lib_force(isa);
        printf("%d ", lib_room(x, 5, y, state, workspace));
        lib_room_reset(state);
        printf("%d %d %d ", lib_room(x, 5, y, state, workspace), lib_room(x, 0, y, state, workspace),
               lib_room(x, 65, y, state, workspace));
        printf("%d\\n", lib_layer_room(x, 64, lib_room_packed(), y, state, workspace));
    }
    return 0;
}
"""


@tools.needs(tools.any_c)
def test_a_state_is_of_one_instruction_set(tmp_path):
    """It has the bytes of the largest, and a kernel of another refuses it; the layer's own takes it."""
    needs(V3)
    made = library(("room",), V3, "embed")
    sizes = [kernel.state_bytes for kernel in made.layers[0].kernels]
    assert len(set(sizes)) > 1
    save(tmp_path, package.files(made))
    assert f"#define lib_layer_room_STATE_BYTES {max(sizes)}\n" in (tmp_path / "include/lib.h").read_text()
    (tmp_path / "main.c").write_text(MAIN)
    run("make", "CC=" + tools.CC[0], "CFLAGS=-O1", cwd=tmp_path)
    run(tools.CC[0], "-std=c11", "-Iinclude", "main.c", "build/liblib.a", "-lm", "-o", "main", cwd=tmp_path)
    assert run("./main", cwd=tmp_path).splitlines() == ["-2 5 -1 -1 64"] * 2


WITHIN = """
#include <stdio.h>
#include "taps.h"

static _Alignas(taps_ALIGN) char state[taps_STATE_BYTES];
static _Alignas(taps_ALIGN) char workspace[taps_WORKSPACE_BYTES(1)];

int main(void)
{
    float x[taps_STREAM * taps_IC] = {0.0f}, y[taps_STREAM * taps_OC];
    int samples = 0;
    printf("%d\\n", taps(x, 1, y, state, workspace));
    taps_reset(state);
    for (int i = 0; scanf("%f", &x[i % taps_IC + samples * taps_IC]) == 1; ++i) {
        samples += i % taps_IC == taps_IC - 1;
        if (samples == 7) {
            const int count = taps(x, samples, y, state, workspace);
            for (int j = 0; j < count * taps_OC; ++j) {
                printf("%a\\n", (double)y[j]);
            }
            samples = 0;
        }
    }
    return 0;
}
"""


@tools.needs(tools.any_c)
def test_a_stream_with_its_weights_computes(place):  # noqa: F811
    """Files of two commands, which verify knows; the bits of the kernel that takes weights."""
    spec = ConvSpec(ic=3, oc=5, kw=4, dw=3, causal=True, stream=16, layout="nwc")
    given = use("taps", spec).arrays
    np.savez("taps.npz", **given)
    words = ("ic3oc5kw4dw2", "--causal", "--stream", "16", "--layout", "nwc", "--target", "scalar", "--name", "taps")
    convgen("generate", *words, "--weights", "taps.npz", "-o", "out")
    assert "taps_layer" in convgen("verify", "out", "--mode", "exact").stdout
    folder = place / "out"
    (folder / "main.c").write_text(WITHIN)
    for cc in tools.CC:
        run(cc, "-std=c11", "-O1", *WARNINGS, "-Dtaps_layer_NO_PACK", "main.c", "taps.c", "taps_layer.c", "-o", "main",
            cwd=folder)
    x = np.random.default_rng(0).integers(-9, 9, (1, 49, 3)).astype(np.float32)
    (folder / "x").write_text("\n".join(map(str, x.ravel())))
    first, *y = run("sh", "-c", "./main < x", cwd=folder).splitlines()
    assert first == "-2"
    conv = generate(spec, "scalar").compile(opt="O1")
    conv.pack(given["weights"], given["bias"])
    np.testing.assert_array_equal(np.array([float.fromhex(one) for one in y], np.float32), conv(x).ravel())
