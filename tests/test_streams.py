"""Layers that are called block by block: specs, kernels on both sides of every tile and of the ring's end, calls that
must not compute, and the examples."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from test_emitted import WARNINGS, every_compiler, needs_nm, run, save, together

from convgen import ConvSpec, generate, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands.main import main
from convgen.errors import InputError
from convgen.layer.formats import NamedSpec, load_layers, parse_descriptor, spec_name, to_toml
from convgen.layer.stream import whole
from convgen.machine.host import host
from convgen.machine.target import NAMED
from convgen.verification import oracle
from convgen.verification.draws import normals
from convgen.verification.report import run_mode
from convgen.verification.spectra import magnitudes
from convgen.verification.streams import MODES

sys.path.insert(0, str(Path(__file__).resolve().parent / "examples"))
import amplifier
import equaliser
import room

V3 = NAMED["x86-64-v3"]
PLAIN = {"ic": 8, "oc": 8, "kw": 3, "causal": True, "stream": 64}

# name -> a layer, without its layout
LAYERS = {
    "dilated": {"ic": 8, "oc": 8, "kw": 3, "dw": 9, "stream": 29, "activation": "tanh"},  # 29 = 12 + 12 + 4 + 1
    "strided": {"ic": 3, "oc": 10, "kw": 4, "sw": 3, "dw": 2, "stream": 13, "activation": "prelu"},
    "sparse": {"ic": 2, "oc": 3, "kw": 2, "sw": 11, "stream": 4, "bias": False},  # most blocks give no output
    "grouped": {"g": 3, "ic": 12, "oc": 27, "kw": 3, "stream": 16, "activation": "relu"},
    "depthwise": {"g": 9, "ic": 9, "oc": 9, "kw": 5, "dw": 2, "stream": 17},
    "filter": {"ic": 1, "oc": 1, "kw": 70, "stream": 47, "flip": True},
    "bank": {"ic": 1, "oc": 10, "kw": 33, "stream": 20},
    "pointwise": {"ic": 5, "oc": 19, "kw": 1, "stream": 8, "activation": "silu"},  # keeps nothing of the past
    "one-by-one": {"ic": 4, "oc": 8, "kw": 3, "dw": 5, "stream": 1},
    "halfs": {"ic": 8, "oc": 8, "kw": 3, "dw": 2, "stream": 11, "dtype": "f16"},
    "weights": {"ic": 8, "oc": 8, "kw": 3, "dw": 2, "stream": 11, "dtype": "f32:s8:f32"},
    "residual": {"ic": 8, "oc": 8, "kw": 3, "dw": 2, "stream": 21, "residual": True, "activation": "tanh"},
    "residual of one": {"ic": 1, "oc": 3, "kw": 5, "sw": 1, "stream": 13, "residual": True},  # in vectors of samples
    "short residual": {"g": 3, "ic": 12, "oc": 12, "kw": 2, "stream": 5, "residual": True},  # rows shorter than vectors
    "strided residual": {"ic": 3, "oc": 5, "kw": 4, "sw": 2, "stream": 9, "residual": True},
    "slices": {"ic": 11, "oc": 9, "kw": 3, "stream": 14, "in_stride": 21, "out_stride": 16, "residual": True},
    "rows of two tiles": {"ic": 2, "oc": 17, "kw": 2, "stream": 21},
}


HAND = """
[[layer]]
name = "one"
ic = 8
oc = 8
kw = 3
dw = 4
sw = 3
causal = true
stream = 64
layout = "nwc"
"""


def layer(name, layout):
    return ConvSpec(**LAYERS[name], causal=True, layout=layout)


# --- what may be asked for ---


def test_a_stream_is_the_layer_of_its_first_block(tmp_path):
    spec = ConvSpec(**PLAIN, dw=4, sw=3, layout="nwc")
    assert (spec.iw, spec.ow, spec.left, spec.right, spec.streamed) == (64, 22, 8, 0, True)
    assert spec == eval(repr(spec)) == spec.replace(stream=64)
    assert spec.replace(kw=5).left == 16
    assert whole(spec, 100) == ConvSpec(ic=8, oc=8, kw=3, dw=4, sw=3, iw=100, left=8, layout="nwc")
    assert spec_name(spec).endswith("_stream")
    path = tmp_path / "layers.toml"
    for text in (to_toml([(NamedSpec(spec, "one"), "")]), HAND):
        path.write_text(text)
        assert load_layers(str(path)) == [NamedSpec(spec, "one")]
    assert parse_descriptor("ic8iw99oc8kw3dw3").spec.replace(causal=True, stream=64, sw=3, layout="nwc") == spec
    assert parse_descriptor("ic8oc8kw3dw3sw3", causal=True, stream=64).spec.replace(layout="nwc") == spec
    assert ConvSpec.parse("ic8iw7oc8kw3dw3sw3", stream=64, layout="nwc") == spec
    assert ConvSpec(ic=1, oc=1, iw=9, kw=4, causal=True) == ConvSpec(ic=1, oc=1, iw=9, kw=4, left=3)


@pytest.mark.parametrize(("fields", "told"), [
    ({"stream": 0}, "stream must be at least 1 and below 2^31 (stream=0)"),
    ({"stream": "all"}, "stream must be an integer (stream='all')"),
    ({"n": 2}, "stream must be of one image (n=2, stream=64)"),
    ({"left": 1}, "left must be (kw - 1) dw of a causal layer (left=1, kw=3, dw=1)"),
    ({"right": 2}, "right must be 0 of a causal layer (right=2, kw=3, dw=1)"),
    ({"padding": "half"}, "padding must be left to a causal layer (padding='half')"),
    ({"iw": 32}, "iw must be left to stream (iw=32, stream=64)"),
    ({"causal": False}, "stream must be of a causal layer (causal=false, stream=64)"),
    ({"causal": 2}, "causal must be true or false (causal=2)"),
    *(({"op": op}, f"stream must be of a forward layer (op={op})")
      for op in ("transposed", "backward-data", "backward-weights")),
    ({"stream": None, "iw": 8, "op": "transposed"}, "causal must be of a forward layer (op=transposed)"),
    ({"stream": None, "iw": 8, "ih": 8, "kh": 3}, "causal must be of a 1-D layer (layout=nchw)"),
])
def test_what_is_no_stream(fields, told):
    with pytest.raises(InputError) as error:
        ConvSpec(**PLAIN | fields)
    assert str(error.value) == told


def test_a_descriptor_with_another_pad():
    for text in ("ic8iw64oc8kw3pw1", "ic8iw64oc8kw3dw3pw2"):
        for more in ({"causal": True}, {"stream": 64}):
            with pytest.raises(InputError, match=r"pw must be left to a causal layer, or be its reach, [28] \(pw="):
                parse_descriptor(text, **more)
    assert parse_descriptor("ic8iw64oc8kw3pw2", stream=64) == parse_descriptor("ic8oc8kw3pw0", stream=64)


def test_the_command_line(tmp_path):
    words = ["ic8oc8kw3dw1", "--causal", "--stream", "48", "--layout", "nwc", "--target", "scalar"]
    done = CliRunner().invoke(main, ["generate", *words, "--name", "taps", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    header = (tmp_path / "taps.h").read_text()
    assert "#define taps_STREAM 48\n" in header
    manifest = json.loads((tmp_path / "taps.json").read_text())
    assert f"#define taps_STATE_BYTES {manifest['bytes']['state']}\n" in header
    again = CliRunner().invoke(main, ["generate", "--from", str(tmp_path), "--check"])
    assert again.exit_code == 0, again.output
    for more, code in ((["--stream", "0"], 2), (["--batch", "2"], 2), (["--target", "opencl-cpu"], 0)):
        assert CliRunner().invoke(main, ["plan", *words, *more]).exit_code == code
    assert CliRunner().invoke(main, ["plan", *words, "--explain"]).exit_code == 0


# --- kernels ---


def plans_of(spec, target):
    """The planner's choice, and one for each lanes and order of loops."""
    found = {}
    for plan in (*ALGORITHMS["direct"].plans(spec, target), *ALGORITHMS["depthwise"].plans(spec, target)):
        found.setdefault((plan.algorithm, plan.lanes, tuple(loop.dim for loop in plan.loops), plan.nr > 1), plan)
    return [generate(spec, target, records=False).plan, *found.values()]


@pytest.mark.sampled
@pytest.mark.parametrize("layout", ["nwc", "ncw"])
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("target", ["x86-64-v3", "scalar"])
def test_layers(target, name, layout):
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")
    kernel = generate(layer(name, layout), target, records=False)
    conv = kernel.compile(opt="O1")
    for mode in MODES:
        check = run_mode(conv, mode)
        assert check.ok, f"{kernel.title}, {mode}: {check.detail}"


# name -> a filter, target, points of a transform
FILTERS = {
    "two-parts": ({"kw": 98, "stream": 64}, "x86-64-v3", 64),  # whole ones, and one piece a block
    "odd": ({"kw": 300, "stream": 21, "flip": True, "bias": False, "activation": "relu"}, "x86-64-v3", 128),
    "many-a-call": ({"kw": 150, "stream": 200, "layout": "ncw"}, "x86-64-v3", 64),
    "scalar": ({"kw": 90, "stream": 7, "activation": "silu"}, "scalar", 32),
    "one-lane": ({"kw": 26, "stream": 5, "flip": True}, "scalar", 16),
    "residual": ({"kw": 150, "stream": 100, "residual": True, "activation": "relu"}, "x86-64-v3", 64),
    "stereo": ({"g": 2, "ic": 2, "oc": 2, "kw": 150, "stream": 100, "activation": "prelu", "layout": "ncw"},
               "x86-64-v3", 64),
    "channels": ({"g": 3, "ic": 3, "oc": 3, "kw": 30, "stream": 21, "residual": True, "flip": True, "layout": "ncw",
                  "weights_layout": "ohwi"}, "scalar", 16),
    "residual of one lane": ({"kw": 26, "stream": 21, "residual": True, "layout": "nwc"}, "scalar", 16),
}


def filter_of(name, called="parts"):
    fields, target, size = FILTERS[name]
    spec = ConvSpec(**{"ic": 1, "oc": 1, "causal": True, **fields})
    plan = next(plan for plan in ALGORITHMS["fourier"].plans(spec, NAMED[target]) if plan.choices.size_w == size)
    return render(plan, called)


@pytest.mark.parametrize("name", FILTERS)
def test_filters_in_parts(name):
    kernel = filter_of(name)
    if not kernel.plan.target.runs_here():
        pytest.skip("this CPU lacks the instructions")
    conv = kernel.compile(opt="O1")
    for mode in MODES:
        check = run_mode(conv, mode)
        assert check.ok, f"{kernel.title}, {mode}: {check.detail}"
    assert 1e-3 < run_mode(conv, "bound").figure < 0.5, "a bound that means something"


def test_a_wrong_part_is_seen():
    """Planted bugs: the oldest spectrum is not the one that goes; taps at the place before; tails of another block."""
    kernel = filter_of("one-lane")
    for right, wrong in (
            ("head->oldest = head->oldest + 1 <", "head->oldest = head->oldest + 0 <"),
            ("z[place_of(kw - first + 1)]", "z[place_of(kw - first)]"),
            ("tails + head->filled", "tails")):
        assert right in kernel.source, right
        broken = msgspec.structs.replace(kernel, source=kernel.source.replace(right, wrong))
        assert not verify(broken.compile(opt="O0"), ["bound"]).ok, wrong


@pytest.mark.parametrize("pattern", [
    r"(taps) \+ c \* \d+", r"(ring) \+ c \* \d+", r"(input) \+ c \* 21", r"(bias) \+= 1"])
def test_a_channel_of_another_filter_is_seen(pattern):
    """What belongs to each channel is not that of the first."""
    kernel = filter_of("channels")
    source, count = re.subn(pattern, r"\1", kernel.source)
    assert count == 1
    assert not verify(msgspec.structs.replace(kernel, source=source).compile(opt="O0"), ["bound"]).ok


@pytest.mark.sweep
@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4", "scalar"])
@pytest.mark.parametrize(("kw", "stream"), [(40, 9), (200, 64), (1000, 64), (4096, 64), (777, 1000)])
def test_filters_in_all_parts(kw, stream, target):
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")
    for plan in ALGORITHMS["fourier"].plans(ConvSpec(ic=1, oc=1, kw=kw, causal=True, stream=stream), NAMED[target]):
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, report


def test_a_residual_counts_in_the_bound():
    """It is added to the tails, and rounds with them: also where it is larger than they are."""
    plan = filter_of("channels").plan
    arrays = normals(whole(plan.spec, 40), np.random.default_rng(0))
    x, w, added = (arrays[role] for role in ("input", "weights", "residual"))
    np.testing.assert_allclose(magnitudes(plan, x, w, residual=added), magnitudes(plan, x, w) + np.abs(added))


def test_filters_that_are_summed_directly():
    """Several channels whose samples are neighbours, or whose taps are not, and what mixes channels."""
    fields = {"g": 2, "ic": 2, "oc": 2, "kw": 300, "stream": 64, "causal": True, "layout": "ncw"}
    assert next(ALGORITHMS["fourier"].plans(ConvSpec(**fields), V3), None)
    for other in ({"layout": "nwc"}, {"weights_layout": "hwio"}, {"g": 1}, {"oc": 4}, {"dw": 2}, {"sw": 2}):
        assert next(ALGORITHMS["fourier"].plans(ConvSpec(**fields | other), V3), None) is None, other


@pytest.mark.sweep
@pytest.mark.parametrize("layout", ["nwc", "ncw"])
@pytest.mark.parametrize("name", LAYERS)
def test_all_kinds_of_plans(name, layout):
    for plan in plans_of(layer(name, layout), host()):
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, report


@pytest.mark.parametrize("name", ["dilated", "strided"])
def test_another_machine(name, monkeypatch):
    tools.require(tools.c("aarch64-linux-gnu-gcc", "-static", emulator=("qemu-aarch64",)))
    monkeypatch.setenv("CONVGEN_RUNNER_AARCH64", "qemu-aarch64")
    for layout in ("nwc", "ncw"):
        conv = generate(layer(name, layout), "aarch64").compile("aarch64-linux-gnu-gcc", "O1")
        for mode in ("exact", "guard"):
            check = run_mode(conv, mode)
            assert check.ok, check.detail


@pytest.mark.parametrize("dtype", ["f32", "s8:s8:s8"])
def test_depthwise_ones_fill_their_vectors(dtype):
    """The planner takes plans that have no vector for each channel alone."""
    spec = ConvSpec(g=64, ic=64, oc=64, kw=9, causal=True, stream=64, layout="nwc", dtype=dtype)
    kernel = generate(spec, "x86-64-v3", records=False)
    assert kernel.plan.algorithm == "depthwise"
    visits = ALGORITHMS["depthwise"].visits(kernel.plan)
    assert sum(visit.number * visit.rows * visit.vectors for visit in visits) == 64 * 64 // 8


def test_fast_math_changes_nothing_by_the_cut():
    """Also where products and sums are one instruction only if a compiler likes."""
    spec = layer("dilated", "nwc")
    kernel = generate(spec, "scalar")
    rng = np.random.default_rng(0)
    x = rng.standard_normal(whole(spec, 200).input_shape).astype(np.float32)
    conv = kernel.compile("gcc", "Ofast")
    conv.pack(rng.standard_normal(spec.weights_shape).astype(np.float32), np.ones(spec.oc, np.float32))
    y = conv(x)
    for seed in range(3):
        np.testing.assert_array_equal(conv.run_in_order(x, seed), y)


def test_a_wrong_ring_is_seen():
    """Planted bugs: a ring that is one sample short; a second copy that is not written; tails in another place."""
    kernel = generate(layer("dilated", "nwc"), "scalar")
    for right, wrong in (
            ("behind < 47 ? behind : behind - 47", "behind < 46 ? behind : behind - 46"),
            ("copy_samples(ring, from + before * 8,", "copy_samples(ring + 8, from + before * 8,"),
            ("next < 18 ? next + 29", "next < 17 ? next + 29")):
        assert right in kernel.source, right
        broken = msgspec.structs.replace(kernel, source=kernel.source.replace(right, wrong))
        assert not verify(broken.compile(opt="O0"), ["exact", "properties"]).ok, wrong


# --- calls ---


def test_streams_in_python():
    spec = layer("strided", "ncw")
    conv = generate(spec).compile()
    weights, bias = np.ones(spec.weights_shape, np.float32), np.zeros(spec.oc, np.float32)
    stream = conv.stream()
    with pytest.raises(InputError, match="weights must be packed"):
        stream(np.ones((1, 3, 5), np.float32))
    conv.pack(weights, bias, slopes=bias)
    x = np.random.default_rng(0).integers(-9, 9, (1, 3, 40)).astype(np.float32)
    want = oracle.convolve(whole(spec, 40), input=x, weights=weights, bias=bias, slopes=bias).v
    want = np.maximum(want, 0)
    parts = [stream(x[..., :7]), stream(x[..., 7:7]), stream(x[..., 7:].astype(np.float64), copy=True)]
    assert [part.shape[-1] for part in parts] == [3, 0, 11]
    np.testing.assert_array_equal(np.concatenate(parts, 2), want)
    stream.reset()
    np.testing.assert_array_equal(stream(x), want)
    for wrong in (x.astype(np.float64), x[0], x[:, :2], "x"):
        with pytest.raises(InputError, match="x must "):
            stream(wrong)
    with pytest.raises(InputError, match="blocks must have 1 to 13 samples"):
        stream.cut(x, iter([14]))
    with pytest.raises(InputError, match="residual must be None"):
        conv(x, residual=x)
    assert conv.time(x[..., :13].copy()) > 0


@needs_nm
@every_compiler
def test_no_warning_and_no_libc(cc, tmp_path):
    layers = [name for name in ("strided", "bank", "halfs", "odd", "one-lane") if name in LAYERS]
    kernels = [generate(layer(name, layout), V3, name=f"stream_{name.replace('-', '_')}_{layout}")
               for name in layers for layout in ("nwc", "ncw")]
    kernels += [filter_of(name, name.replace("-", "_")) for name in ("odd", "one-lane")]
    defined, needed = together(kernels, tmp_path, cc, "-O1", "-ffreestanding")
    assert (defined, needed) == ({kernel.name + end for kernel in kernels for end in ("", "_pack", "_reset")}, set())


MAIN = """
#include <stdio.h>
#include "taps.h"
#include "other.h"

static char state[taps_STATE_BYTES + taps_ALIGN];
static char packed[taps_PACKED_BYTES + taps_ALIGN];
static char workspace[taps_WORKSPACE_BYTES(1) + taps_ALIGN];
static char others[other_STATE_BYTES + other_ALIGN];

static void *aligned(char *memory)
{
    return memory + (taps_ALIGN - (size_t)memory % taps_ALIGN) % taps_ALIGN;
}

int main(void)
{
    float block[taps_STREAM], weights[taps_KW] = {1.0f, 10.0f, 100.0f}, bias[1] = {0.5f};
    taps_pack(weights, bias, aligned(packed));
    printf("%d ", taps(block, 1, aligned(packed), block, aligned(state), aligned(workspace)));
    other_reset(aligned(others));
    printf("%d ", taps(block, 1, aligned(packed), block, aligned(others), aligned(workspace)));
    taps_reset(aligned(state));
    printf("%d %d\\n", taps(block, 0, aligned(packed), block, aligned(state), aligned(workspace)),
           taps(block, taps_STREAM + 1, aligned(packed), block, aligned(state), aligned(workspace)));
    for (int sample = 1; sample <= 4; ++sample) { /* in place */
        block[0] = (float)sample;
        const int count = taps(block, 1, aligned(packed), block, aligned(state), aligned(workspace));
        printf("%d: %g\\n", count, (double)block[0]);
    }
    return 0;
}
"""


@tools.needs(tools.any_c)
@pytest.mark.parametrize("target", ["scalar", "x86-64-v3"])
def test_a_program_in_c(target, tmp_path):
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")
    fields = {"ic": 1, "oc": 1, "kw": 3, "causal": True, "stream": 8}
    taps, other = (generate(ConvSpec(**fields, dw=dilation), target, name=name)
                   for name, dilation in (("taps", 1), ("other", 2)))
    save(other, tmp_path)
    save(taps, tmp_path, main_c=MAIN)
    cc = next(cc for cc in tools.CC if not tools.c(cc))
    run(tmp_path, cc, "-std=c99", "-O2", *WARNINGS, "main.c", "taps.c", "other.c", "-o", "main")
    assert run(tmp_path, "./main").splitlines() == [
        "-2 -2 -1 -1", "1: 100.5", "1: 210.5", "1: 321.5", "1: 432.5"]


REFUSED = """
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "parts.h"
#include "other.h"

enum { STATE, INPUT, OUTPUT, PACKED, WORKSPACE, ARRAYS };
static const size_t bytes[ARRAYS] = {parts_STATE_BYTES, parts_INPUT_BYTES, parts_OUTPUT_BYTES, parts_PACKED_BYTES,
                                     parts_WORKSPACE_BYTES(1)};
static unsigned char *arrays[ARRAYS], *before[ARRAYS];
static void *others;

/* What a call gives that must change none of its arrays. */
static int refused(int samples)
{
    int given;
    for (int i = 0; i < ARRAYS; ++i) {
        memcpy(before[i], arrays[i], bytes[i]);
    }
    given = parts((const void *)arrays[INPUT], samples, arrays[PACKED], (void *)arrays[OUTPUT], arrays[STATE],
                  arrays[WORKSPACE]);
    for (int i = 0; i < ARRAYS; ++i) {
        given = memcmp(before[i], arrays[i], bytes[i]) ? 99 : given;
    }
    return given;
}

int main(void)
{
    const int wrong[] = {0, -1, INT_MIN, parts_STREAM + 1, INT_MAX}, right[] = {1, parts_STREAM};
    for (int i = 0; i < ARRAYS; ++i) {
        before[i] = malloc(bytes[i]);
        if (posix_memalign((void **)&arrays[i], parts_ALIGN, bytes[i]) || !before[i]) {
            return 2;
        }
        memset(arrays[i], 0x5a, bytes[i]);
    }
    if (posix_memalign(&others, other_ALIGN, other_STATE_BYTES)) {
        return 2;
    }
    other_reset(others);
    printf("%d %d", refused(right[0]), refused(right[1])); /* never reset */
    parts_reset(arrays[STATE]);
    for (int i = 0; i < 5; ++i) {
        printf(" %d", refused(wrong[i]));
    }
    memcpy(arrays[STATE], others, bytes[STATE] < other_STATE_BYTES ? bytes[STATE] : other_STATE_BYTES);
    printf(" %d %d", refused(right[0]), refused(right[1]));
    return 0;
}
"""


CALLED = {  # name -> a stream
    "summed directly": lambda: generate(ConvSpec(**PLAIN, dw=3), "scalar", name="parts"),
    "in vectors": lambda: generate(ConvSpec(**PLAIN, dw=3), V3, name="parts"),
    "integers": lambda: generate(ConvSpec(**PLAIN, dtype="s8:s8:s8"), "scalar", name="parts"),
    "in parts": lambda: filter_of("one-lane"),
}


@tools.needs(tools.any_c)
@pytest.mark.parametrize("name", CALLED)
def test_refused_calls_write_nothing(name, tmp_path):
    """Arrays that are as long as the header says, on a heap that notices what lies outside."""
    kernel = CALLED[name]()
    if not kernel.plan.target.runs_here():
        pytest.skip("this CPU lacks the instructions")
    other = generate(kernel.spec.replace(kw=4), "scalar", name="other", algorithm="direct")
    save(other, tmp_path)
    save(kernel, tmp_path, main_c=REFUSED)
    cc = tools.CC[0]
    watched = () if tools.sanitizers(cc) else tools.SANITIZERS
    run(tmp_path, cc, "-std=c99", "-D_POSIX_C_SOURCE=200112L", "-O0", *watched, *WARNINGS, *kernel.flags, "main.c",
        "parts.c", "other.c", "-o", "main")
    assert run(tmp_path, "./main") == "-2 -2 -1 -1 -1 -1 -1 -2 -2"


IN_PLACE = """
#include <stdio.h>
#include "wave.h"

static _Alignas(wave_ALIGN) char state[wave_STATE_BYTES], packed[wave_PACKED_BYTES];
static _Alignas(wave_ALIGN) char workspace[wave_WORKSPACE_BYTES(1)];

int main(void)
{
    float block[wave_IW], weights[wave_KW] = {1.0f, 10.0f}, bias[1] = {0.0f};
    wave_pack(weights, bias, packed);
    wave_reset(state);
    for (int done = 0; done < 20; done += wave_STREAM) {
        for (int i = 0; i < wave_STREAM; ++i) {
            block[i] = (float)(done + i + 1);
        }
        const int count = wave(block, wave_STREAM, packed, block, block, state, workspace);
        for (int i = 0; i < count; ++i) {
            printf("%g ", (double)block[i]);
        }
    }
    return wave_OUTPUT_MAY_BE_RESIDUAL != 1;
}
"""


@tools.needs(tools.any_c)
@pytest.mark.parametrize("target", ["scalar", "x86-64-v3"])
def test_all_in_place(target, tmp_path):
    """Input, residual and output are one array, as between the layers of WaveNet; blocks end within vectors."""
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")
    spec = ConvSpec(ic=1, oc=1, kw=2, causal=True, stream=10, residual=True)
    save(generate(spec, target, name="wave"), tmp_path, main_c=IN_PLACE)
    cc = next(cc for cc in tools.CC if not tools.c(cc))
    run(tmp_path, cc, "-std=c11", "-O2", *WARNINGS, "main.c", "wave.c", "-o", "main",
        *generate(spec, target).flags)
    assert run(tmp_path, "./main").split() == [str(12 * n - 1) for n in range(1, 21)]


def test_residuals_in_python():
    spec = layer("strided residual", "nwc")
    conv = generate(spec, "scalar", records=False).compile(opt="O1")
    conv.pack(np.zeros(spec.weights_shape, np.float32), np.zeros(5, np.float32))
    x, r = np.zeros((1, 12, 3), np.float32), np.arange(30, dtype=np.float32).reshape(1, 6, 5)
    stream = conv.stream()
    assert [stream.outputs(samples) for samples in (0, 1, 2, 12)] == [0, 1, 1, 6]
    y = np.concatenate([stream(x[:, :5], r[:, :3]), stream(x[:, 5:], r[:, 3:])], axis=1)
    np.testing.assert_array_equal(y, r)
    for wrong, told in ((None, "residual must be given"), (r[:, :5], "residual must have as many samples as there are"),
                        (r.astype(np.float64), "residual must be a NumPy array of float32"), (x, "residual must have")):
        with pytest.raises(InputError, match=told):
            stream(x, wrong)


# --- examples ---


def test_the_equaliser():
    stream = equaliser.equaliser()
    for centre, wanted in list(zip(equaliser.CENTRES, equaliser.GAINS, strict=True))[2:]:
        assert abs(equaliser.gain(stream, centre) - wanted) < 1, centre


def test_the_room():
    taps = room.response()
    conv = room.room(taps)
    x = np.random.default_rng(2).standard_normal(9000).astype(np.float32)
    want = np.convolve(x.astype(np.float64), taps.astype(np.float64))[: len(x)]
    heard = conv(x.reshape(1, -1, 1)).ravel()
    assert np.abs(heard - want).max() < 1e-4 * np.abs(want).max()
    np.testing.assert_array_equal(conv.run_in_order(x.reshape(1, -1, 1), 3).ravel(), heard)
    assert heard[0] == np.float32(x[0] * taps[0]), "no latency"
    assert conv.kernel.plan.algorithm == "fourier" or host().row.lanes == 1
    assert room.share_of_real_time(conv) < 0.03


@pytest.mark.parametrize("channels", [8, 16])
def test_the_amplifier(channels):
    """The stack is that of whole layers, and has the same bits however it is cut."""
    stack = amplifier.Amplifier(channels, opt="O1")
    x = np.random.default_rng(3).standard_normal((1, 1500, channels)).astype(np.float32)
    heard = amplifier.play(stack, x, [64] * 23 + [28])
    np.testing.assert_array_equal(amplifier.play(stack, x, [1, 63, 17, 40, 29] * 10), heard)
    want = x.astype(np.float64)
    for conv, (weights, bias) in zip(stack.layers, stack.weights, strict=True):
        found = oracle.convolve(whole(conv.kernel.spec, 1500), input=want, weights=weights, bias=bias)
        want = want + np.tanh(found.v)
    assert np.abs(heard - want).max() < 1e-3
