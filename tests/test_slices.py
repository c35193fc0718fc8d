"""Inputs and outputs that are slices of a tensor's channels, and outputs that are their residual."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from plans import chooses

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.benchmark.rivals import worker
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.formats import NamedSpec, load_layers, schema, spec_name, to_toml
from convgen.machine.host import host
from convgen.machine.noted import Rows
from convgen.machine.target import NAMED
from convgen.planner.describe import options
from convgen.planner.rank import best
from convgen.run import compilers
from convgen.tuning.records import read_spec, spec_text
from convgen.verification import oracle
from convgen.verification.report import verify

PLAIN = ConvSpec(n=2, ic=6, oc=10, ih=5, iw=7, kh=3, kw=3, padding="half", layout="nhwc")
SLICED = PLAIN.replace(in_stride=9, out_stride=16)



def invoke(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


# --- the spec ---


@pytest.mark.parametrize(("changes", "said"), [
    ({"in_stride": 5}, "in_stride must be at least ic (in_stride=5, ic=6)"),
    ({"out_stride": 9}, "out_stride must be at least oc (out_stride=9, oc=10)"),
    ({"in_stride": 0}, "in_stride must be at least 1 and below 2^31 (in_stride=0)"),
    ({"out_stride": 16.0}, "out_stride must be an integer (out_stride=16.0)"),
    ({"out_stride": 2**30}, "output must have fewer than 2^31 elements (got 75161927680)"),
])
def test_strides_that_cannot_be(changes, said):
    with pytest.raises(InputError, match=re.escape(said)):
        PLAIN.replace(**changes)


def test_a_stride_that_is_the_layers_own_says_nothing():
    assert PLAIN.replace(in_stride=6, out_stride=10) == PLAIN.replace(in_stride=None) == PLAIN
    assert not PLAIN.sliced
    assert SLICED.sliced
    assert "stride" not in msgspec.json.encode(PLAIN).decode() + spec_text(PLAIN) + to_toml([(NamedSpec(PLAIN), "")])
    assert SLICED.replace(in_stride=6, out_stride=10) == PLAIN


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_arrays_lie_as_numpys_slices_do(layout):
    spec = SLICED.replace(layout=layout, residual=True)
    for role, channels in (("input", 9), ("residual", 16), ("output", 16)):
        array = spec.array(role)
        tensor = np.zeros(array.tensor, np.float32)
        part = tensor[tuple(map(slice, array.shape))]
        assert array.tensor[layout.index("c")] == channels
        assert part.strides == tuple(4 * stride for stride in array.strides)
        first, end = (at - part.ctypes.data for at in np.lib.array_utils.byte_bounds(part))
        assert array.bytes == end - first
        run, pitch = array.runs
        where = np.flatnonzero((part.fill(1), tensor)[1].ravel())
        assert np.array_equal(where, np.arange(array.count) // run * pitch + np.arange(array.count) % run)
    assert spec.bytes == spec.replace(in_stride=6, out_stride=10).bytes


def test_files_options_and_names_say_them(tmp_path):
    path = tmp_path / "layers.toml"
    path.write_text(to_toml([(NamedSpec(SLICED, "a"), "")]))
    assert load_layers(str(path)) == [NamedSpec(SLICED, "a")]
    path.write_text('descriptor = "mb2ic6ih5oc10kh3ph1iw7kw3pw1"\nlayout = "nhwc"\nin_stride = 9\nout_stride = 16\n')
    assert load_layers(str(path))[0].spec == SLICED
    assert read_spec(spec_text(SLICED)) == SLICED
    assert msgspec.convert(msgspec.to_builtins(SLICED), ConvSpec) == SLICED
    for field in ("in_stride", "out_stride"):
        assert schema()["$defs"]["forward"]["properties"][field]["minimum"] == 1
    assert spec_name(SLICED) == "conv_f32_nhwc_3x3s1p1_n2_6x5x7_10_in9_out16"
    said = " ".join(options(best(SLICED, "scalar")))
    assert "--in-stride 9 --out-stride 16" in said


def test_commands_take_them():
    done = invoke("plan", "ic6ih5oc10kh3ph1", "--layout", "nhwc", "--in-stride", "9", "--out-stride", "16", "--target",
                  "scalar", "--explain")
    assert done.exit_code == 0
    assert "input nhwc 1 x 5 x 5 x 6 of 9 channels, output 1 x 5 x 5 x 10 of 16 channels" in done.stdout
    done = invoke("plan", "ic6ih5oc10kh3ph1", "--out-stride", "9")
    assert (done.exit_code, done.stderr.strip()) == (2, "convgen: out_stride must be at least oc (out_stride=9, oc=10)")


# --- kernels ---

ODD = {"in_stride": 71, "out_stride": 77, "residual": True, "n": 2}
EVEN = ODD | {"in_stride": 72, "out_stride": 76}
PIXELS = {"ic": 36, "oc": 37, "ih": 5, "iw": 9}
SQUARE = PIXELS | {"kh": 3, "kw": 3, "padding": "half"}
ONE = PIXELS | {"kh": 1, "kw": 1}
GROUPS = {"ic": 40, "oc": 40, "ih": 7, "iw": 19, "kh": 3, "kw": 3, "padding": "half"}


def blocks(plan):
    """Whether the reduction is cut into blocks, between which sums stay in the output."""
    return any(loop.dim == "ic" and loop.step > 1 for loop in plan.loops)


# what -> algorithm, layout, fields, which of its plans
KINDS = {
    "in place": ("direct", "nhwc", ONE, chooses(source="input")),
    "edges": ("direct", "nhwc", SQUARE, chooses(source="edges")),
    "a copy": ("direct", "nhwc", SQUARE, lambda plan: plan.lanes == "oc" and plan.choices.source == "copy"),
    "phases": ("direct", "nhwc", SQUARE | {"sw": 2}, lambda plan: plan.lanes == "ow"),
    "a transposed copy": ("direct", "nchw", SQUARE, lambda plan: plan.lanes == "oc" and plan.choices.source == "copy"),
    "pixels": ("direct", "nchw", ONE, lambda plan: plan.lanes == "ow" and plan.choices.source == "input"),
    "widened": ("direct", "nhwc", SQUARE | {"dtype": "f16"}, chooses(source="widened")),
    "widened channels": ("direct", "nchw", SQUARE | {"dtype": "bf16"}, chooses(source="widened")),
    "near": ("direct", "nhwc", ONE | {"dtype": "bf16"}, chooses(source="near")),
    "stages": ("direct", "nhwc", ONE | {"ic": 64}, blocks),
    "stages apart": ("direct", "nchw", SQUARE | {"ic": 64, "kh": 5, "kw": 5},
                     lambda plan: blocks(plan) and plan.lanes == "oc" and plan.nr > 1),
    "dot": ("dot", "nhwc", SQUARE | {"oc": 3}, lambda plan: plan.mr > 1),
    "dot in f16": ("dot", "nhwc", ONE | {"oc": 2, "dtype": "f16"}, lambda plan: plan.mr > 2),
    "depthwise": ("depthwise", "nhwc", GROUPS | {"g": 40}, lambda plan: plan.mr > 1),
    "depthwise rows": ("depthwise", "nchw", GROUPS | {"g": 40}, lambda plan: plan.mr > 1),
    "depthwise copies": ("depthwise", "nchw", GROUPS | {"g": 40, "sw": 3}, chooses(source="local")),
    "grouped": ("grouped", "nhwc", GROUPS | {"g": 10}, lambda plan: plan.mr > 1),
    "winograd": ("winograd", "nhwc", SQUARE, chooses(fused=True)),
    "winograd, three phases": ("winograd", "nhwc", SQUARE | {"dtype": "f16"}, chooses(fused=False)),
    "winograd rows": ("winograd", "nchw", SQUARE, chooses(fused=True)),
    "reference": ("reference", "nhwc", SQUARE, lambda plan: True),
    "reference rows": ("reference", "nchw", SQUARE | {"dtype": "f16"}, lambda plan: True),
}


def picked(algorithm, spec, target, chosen):
    """A plan that is not the first or last of its kind, which tend to be the plainest."""
    plans = [plan for plan in ALGORITHMS[algorithm].plans(spec, target) if chosen(plan)]
    assert plans
    return plans[len(plans) // 2]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_kernel(kind):
    algorithm, layout, fields, chosen = KINDS[kind]
    kernel = render(picked(algorithm, ConvSpec(layout=layout, **fields | ODD), host(), chosen))
    assert kernel.over_residual == (kind != "stages")
    report = verify(kernel.compile(opt="O0"), ("exact", "guard"))
    assert report.ok, report


ON_DEVICES = {
    "direct": ("direct", "opencl-cpu", "nhwc", SQUARE, chooses(source="edges")),
    "dot": ("dot", "opencl-cpu", "nhwc", SQUARE | {"oc": 3}, lambda plan: plan.mr > 1),
    "implicit": ("implicit", "opencl-gpu", "nhwc", SQUARE, lambda plan: True),
    "implicit rows": ("implicit", "opencl-gpu", "nchw", SQUARE | {"dtype": "f16"}, lambda plan: True),
    "tensor": ("tensor", "opencl-sm80", "nhwc", SQUARE | {"dtype": "f16", "ic": 32}, lambda plan: plan.mr == 2),
    "winograd": ("winograd", "opencl-gpu", "nhwc", SQUARE, lambda plan: True),
    "winograd rows": ("winograd", "opencl-gpu", "nchw", SQUARE | {"iw": 8}, lambda plan: True),
}

@pytest.mark.sampled(every=2)
@tools.needs_device
@pytest.mark.parametrize(("kind", "slices"), [
    *((kind, ODD) for kind in ON_DEVICES), ("implicit", EVEN), ("tensor", EVEN)])
def test_every_kind_of_kernel_on_a_device(kind, slices):
    algorithm, target, layout, fields, chosen = ON_DEVICES[kind]
    plan = picked(algorithm, ConvSpec(layout=layout, **fields | slices), NAMED[target], chosen)
    report = verify(render(plan).compile(), ("bound", "guard"))
    assert report.ok, report


@pytest.mark.parametrize(("algorithm", "target", "dtype"), [
    ("implicit", "opencl-gpu", "f32"), ("tensor", "opencl-sm80", "f16")])
def test_a_gpus_vectors_lie_at_multiples_of_their_size_or_there_are_none(algorithm, target, dtype):
    spec = ConvSpec(layout="nhwc", **SQUARE | {"ic": 32, "oc": 40, "dtype": dtype})

    def whole(**slices):
        """Whether pixels of input, and of output, are read and written in vectors."""
        plan = picked(algorithm, spec.replace(**slices), NAMED[target], lambda plan: True)
        view = ALGORITHMS[algorithm].program(plan, Rows()).view
        return view.t.wide, view.t.aligned

    assert whole() == whole(in_stride=64, out_stride=44) == (True, True)
    assert whole(in_stride=33) == (False, True)
    assert whole(out_stride=41) == (True, False)


def test_the_planner_knows_what_a_copy_of_single_pixels_costs():
    spec = ConvSpec(ic=9, oc=64, ih=28, iw=28, kh=3, kw=3, padding="half", layout="nhwc")
    target = NAMED["x86-64-v3"]

    def passes(**slices):
        plan = picked("direct", spec.replace(**slices), target, KINDS["a copy"][3])
        return [step.cycles for step in ALGORITHMS["direct"].work(plan).passes]

    assert passes(in_stride=9) == passes(out_stride=99) == [1 / 8]
    assert passes(in_stride=10) == [pytest.approx((1 + 1.2 + 1) / 9)]
    assert passes(ic=64, in_stride=99) == [pytest.approx(1 / 8, rel=0.2)]


# --- calls from Python ---


def drawn(spec, seed=0):
    rng = np.random.default_rng(seed)
    return {array.role: rng.standard_normal(array.shape).astype(np.float32)
            for array in spec.arrays if not array.written}


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_a_concatenation_without_a_copy(layout):
    """As DenseNet has it: every layer reads all channels before its own, and adds some."""
    whole, at = 24, layout.index("c")
    first = ConvSpec(n=2, ic=8, oc=8, ih=6, iw=6, kh=3, kw=3, padding="half", layout=layout)
    shape = (2, 6, 6, whole) if layout == "nhwc" else (2, whole, 6, 6)
    tensor = np.random.default_rng(1).standard_normal(shape).astype(np.float32)

    def channels(begin, end):
        return tensor[..., begin:end] if layout == "nhwc" else tensor[:, begin:end]

    copies = [channels(0, 8).copy()]
    for begin in (8, 16):
        spec = first.replace(ic=begin, in_stride=whole, out_stride=whole)
        conv, arrays = generate(spec, records=False).compile(opt="O1"), drawn(spec, begin)
        conv.pack(arrays["weights"], arrays["bias"])
        y = conv(channels(0, begin), out=channels(begin, begin + 8))
        assert y.base is tensor
        arrays["input"] = np.concatenate(copies, at)
        copies.append(oracle.convolve(spec, **arrays).y.astype(np.float32))
    assert np.allclose(tensor, np.concatenate(copies, at), atol=1e-4)


def conv_of(spec, device):
    conv = generate(spec, device, records=False).compile()
    arrays = drawn(spec)
    conv.pack(arrays["weights"], arrays["bias"])
    return conv, arrays


TARGETS = ["host", pytest.param("opencl", marks=tools.needs_device)]


@pytest.mark.parametrize("target", TARGETS)
def test_calls_take_views_that_fit_and_say_what_else_would(target):
    conv, arrays = conv_of(SLICED, target)
    tensor, out = np.zeros((2, 5, 7, 9), np.float32), np.full((2, 5, 7, 16), 7, np.float32)
    x = tensor[..., 2:8]
    x[...] = arrays["input"]
    y = conv(x, out=out[..., 5:15])
    assert np.allclose(y, oracle.convolve(SLICED, **arrays).y, atol=1e-4)
    assert (out[..., :5] == 7).all()
    assert (out[..., 15:] == 7).all()
    assert np.array_equal(conv(x), y)
    for bad, said in (
        ({"x": arrays["input"]}, "x must be a slice of the channels of a C-contiguous array of shape (2, 5, 7, 9),"
                                 " such as tensor[..., :6] (x.strides=(840, 168, 24, 4))"),
        ({"x": np.zeros((2, 5, 7, 12), np.float32)[..., ::2]}, "x must be a slice"),
        ({"x": tensor}, "x must have shape (2, 5, 7, 6)"),
        ({"x": x, "out": np.zeros((2, 5, 7, 10), np.float32)}, "out must be a slice of the channels"),
    ):
        with pytest.raises(InputError, match=re.escape(said)):
            conv(**bad)


def test_out_may_lie_between_the_channels_of_x_but_not_among_them():
    spec = ConvSpec(ic=4, oc=4, ih=3, iw=3, kh=1, kw=1, layout="nhwc", in_stride=12, out_stride=12)
    conv, _ = conv_of(spec, "host")
    tensor = np.zeros((1, 3, 3, 12), np.float32)
    conv(tensor[..., :4], out=tensor[..., 4:8])
    with pytest.raises(InputError, match="out must not overlap x"):
        conv(tensor[..., :4], out=tensor[..., 3:7])


# --- over the residual ---


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("strides", [{}, {"out_stride": 16}], ids=["whole", "slice"])
def test_the_output_may_be_the_residual(target, strides):
    conv, arrays = conv_of(PLAIN.replace(residual=True, **strides), target)
    tensor = np.zeros((2, 5, 7, strides.get("out_stride", 10)), np.float32)
    residual = tensor[..., :10]
    residual[...] = arrays["residual"]
    want = conv(arrays["input"], residual=residual).copy()
    got = conv(arrays["input"], residual=residual, out=residual)
    assert got is residual
    assert np.array_equal(got, want)


def test_the_output_must_be_the_residual_as_a_whole():
    conv, arrays = conv_of(ConvSpec(ic=4, oc=4, ih=3, iw=3, kh=1, kw=1, layout="nhwc", residual=True), "host")
    memory = np.zeros(40, np.float32)
    with pytest.raises(InputError, match="out must not overlap residual, unless it is the same array"):
        conv(arrays["input"], residual=memory[:36].reshape(1, 3, 3, 4), out=memory[4:].reshape(1, 3, 3, 4))


def blocked():
    """A kernel that keeps sums in the output between the blocks of its reduction."""
    spec = ConvSpec(layout="nhwc", **ONE | {"ic": 64}, residual=True)
    return render(picked("direct", spec, host(), blocks))


def test_a_blocked_reduction_needs_the_residual_to_the_end():
    kernel = blocked()
    conv, arrays = kernel.compile(opt="O1"), drawn(kernel.spec)
    conv.pack(arrays["weights"], arrays["bias"])
    residual = arrays["residual"]
    with pytest.raises(InputError, match="out must not be the residual with a plan that keeps sums in the output"):
        conv(arrays["input"], residual=residual, out=residual)
    assert not np.allclose(conv(arrays["input"], residual=residual), oracle.convolve(
        kernel.spec, **arrays | {"residual": residual * 0}).y, atol=1e-3)


def test_headers_say_it():
    plain = generate(PLAIN.replace(residual=True), "scalar", "direct", records=False)
    assert f"#define {plain.name}_OUTPUT_MAY_BE_RESIDUAL 1\n" in plain.header
    assert "but residual may be the same array." in plain.header
    kept = blocked()
    assert f"#define {kept.name}_OUTPUT_MAY_BE_RESIDUAL 0\n" in kept.header
    assert "No array may overlap output." in kept.header
    assert "but residual may be" not in kept.header
    assert "MAY_BE_RESIDUAL" not in generate(PLAIN, "scalar", records=False).header
    sliced = generate(SLICED, "scalar", records=False)
    assert f"#define {sliced.name}_IN_STRIDE 9\n#define {sliced.name}_OUT_STRIDE 16\n" in sliced.header
    assert "   output: the first of 10 of a tensor's 16 channels; pixels are 16 numbers apart.\n" in sliced.header


def test_opencl_does_not_promise_what_callers_may_break():
    def declared(**changes):
        source = generate(PLAIN.replace(**changes), "opencl-cpu", "direct", records=False).source
        (line,) = re.findall(r"__kernel void \w+_0\((.*)\)", source)
        return {text.split()[-1].lstrip("*"): "restrict" in text for text in line.split(", ")}
    assert declared() == {"input": True, "packed": True, "output": True, "workspace": True}
    assert declared(residual=True) == {"input": True, "packed": True, "residual": False, "output": False,
                                       "workspace": True}


# --- what people make of them ---


def test_a_c_program_writes_into_a_concatenation(tmp_path):
    spec = ConvSpec(ic=3, oc=2, ih=4, iw=4, kh=1, kw=1, layout="nhwc", in_stride=8, out_stride=8, bias=False)
    kernel = generate(spec, "scalar", name="part", records=False)
    for name, text in kernel.files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.c").write_text("""
#include "part.h"
#include <stdio.h>
#include <stdlib.h>
#if part_IN_STRIDE != 8 || part_OUT_STRIDE != 8
#error
#endif
int main(void)
{
    static float tensor[16][8], packed[part_PACKED_BYTES / 4 + 16], scratch[1024];
    static const float weights[3][2] = {{1, 2}, {10, 20}, {100, 200}};
    int wrong = part_INPUT_BYTES != (15 * 8 + 3) * 4 || part_OUTPUT_BYTES != (15 * 8 + 2) * 4;
    for (int p = 0; p < 16; ++p)
        for (int c = 0; c < 8; ++c)
            tensor[p][c] = (float)(p + c);
    part_pack(weights[0], 0, packed);
    part(&tensor[0][1], packed, &tensor[0][5], scratch, 1);
    for (int p = 0; p < 16; ++p)
        for (int c = 0; c < 8; ++c)
            wrong |= tensor[p][c] != (float)(c == 5 || c == 6 ? (c - 4) * (111 * p + 321) : p + c);
    printf("%d\\n", wrong);
    return 0;
}
""")
    assert kernel.workspace_bytes + kernel.scratch_bytes <= 4096
    subprocess.run([*compilers.find_compiler().command, "-O1", "part.c", "main.c", "-o", "main"], cwd=tmp_path,
                   check=True)
    assert subprocess.check_output([tmp_path / "main"], text=True) == "0\n"


def test_a_package_tests_itself_with_slices(tmp_path):
    path = tmp_path / "layers.toml"
    specs = [SLICED.replace(residual=True), SLICED.replace(layout="nchw", dtype="f16"), PLAIN]
    path.write_text(to_toml([(NamedSpec(spec, f"layer{at}"), "") for at, spec in enumerate(specs)]))
    done = invoke("package", str(path), "--name", "slices", "--target", "scalar", "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.stderr
    assert "self-test passed: 3 layers" in done.stderr
    text = Path(tmp_path / "out/include/slices.h").read_text()
    assert "slices_layer0_OUT_STRIDE 16" in text
    assert "slices_layer0_OUTPUT_MAY_BE_RESIDUAL 1" in text


def test_others_say_that_they_cannot():
    job = worker.Job(module="", spec=SLICED, data="", threads=1, device=None, kernel=None, where="")
    with pytest.raises(UnsupportedError, match="no slices of larger tensors"):
        worker._offered(job, {})
    pytest.importorskip("torch")
    from convgen.torch import kernels

    with pytest.raises(UnsupportedError, match="no slices of channels"):
        kernels.register(generate(SLICED, records=False))


def test_a_manifest_remembers_them(tmp_path):
    made = invoke("generate", "ic6ih5oc10kh3ph1", "--layout", "nhwc", "--in-stride", 9, "--target", "scalar", "--name",
                  "part", "-o", tmp_path)
    assert made.exit_code == 0, made.stderr
    done = invoke("verify", tmp_path)
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "part" in done.stdout


@tools.needs_device
def test_a_devices_arrays_may_be_slices_too():
    import pyopencl.array as arrays

    spec = ConvSpec(ic=32, oc=32, ih=4, iw=5, kh=3, kw=3, padding="half", layout="nhwc", in_stride=96, out_stride=128,
                    residual=True)
    conv, given = conv_of(spec, "opencl")
    origin = conv.info.align // 4
    if origin > 32:
        pytest.skip(f"parts of a buffer begin at multiples of {origin} numbers (device={conv.info.name})")
    x, out = (np.full((1, 4, 5, channels), 7, np.float32) for channels in (96, 128))
    x[..., 32:64], out[..., 64:96] = given["input"], given["residual"]
    there, kept = (arrays.to_device(conv.queue, tensor) for tensor in (x, out))
    part = kept[..., 64:96]
    y = conv(there[..., 32:64], residual=part, out=part)
    assert y is part
    got = kept.get()
    assert np.allclose(got[..., 64:96], oracle.convolve(spec, **given).y, atol=1e-4)
    assert (got[..., :64] == 7).all()
    assert (got[..., 96:] == 7).all()
    fresh = conv(there[..., 32:64], residual=part)
    assert fresh.strides == part.strides
    for bad in (there[..., 33:65], arrays.zeros(conv.queue, (1, 4, 5, 32), np.float32)):
        with pytest.raises(InputError, match="x must be a NumPy array, or a slice of a"):
            conv(bad, residual=part, out=kept[..., 96:])
