"""Streams in OpenCL: layers on a device however they are cut, planted bugs, the host's code, libraries, buffers of the
caller's."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pytest
import test_streams
import test_streams_integers
import tools
from test_opencl_host import WARNINGS, needs_opencl
from test_package import run, save
from test_package_opencl import needs_loader
from test_streams_packaged import library

from convgen import ConvSpec, generate, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands import package as packaging
from convgen.errors import InputError, UnsupportedError, VerificationError
from convgen.machine.target import NAMED
from convgen.packaging import files as package
from convgen.verification.report import known_of, run_mode

CPU, GPU = "opencl-cpu", "opencl-gpu"
LAYERS = {name: ConvSpec(**fields, causal=True, layout=layout)
          for kind, known in (("", test_streams.LAYERS), ("integers ", test_streams_integers.LAYERS))
          for own, fields in known.items() for layout in ("nwc", "ncw") for name in (f"{kind}{own} {layout}",)}
QUICK = (("sparse nwc", CPU), ("slices nwc", CPU), ("halfs ncw", CPU), ("integers odd nwc", CPU),
         ("strided ncw", GPU), ("integers dense nwc", GPU))
PAIRED = ConvSpec(g=6, ic=12, oc=12, kw=3, stream=14, causal=True, layout="nwc")
needs_device = tools.needs_device


def right(conv, modes=None):
    for mode in modes or known_of(conv.kernel.spec):
        check = run_mode(conv, mode)
        assert check.ok, f"{conv.kernel.title}, {mode}: {check.detail}"


@needs_device
@pytest.mark.parametrize(("name", "target"), [
    pytest.param(name, target, marks=() if (name, target) in QUICK else pytest.mark.sweep, id=f"{target} {name}")
    for name in LAYERS for target in (CPU, GPU)])
def test_layers(name, target):
    right(generate(LAYERS[name], target, records=False).compile())


@needs_device
@pytest.mark.parametrize(("algorithm", "name"), [
    ("implicit", "strided ncw"), ("implicit", "integers dense nwc"), ("grouped", "paired nwc")])
def test_each_algorithm(algorithm, name):
    """Those which work-groups share too: whose items do the tasks of some phases together, of others alone."""
    spec = LAYERS.get(name, PAIRED)
    plan = next(plan for machine in NAMED[GPU].summing(spec.arithmetic)
                for plan in ALGORITHMS[algorithm].plans(spec, machine))
    right(render(plan).compile(), ("exact", "properties", "guard"))


@needs_device
def test_a_scratch_of_each_work_item():
    spec = ConvSpec(g=5, ic=5, oc=40, kw=3, sw=3, dw=7, stream=4, causal=True, layout="ncw")
    plan = next(plan for plan in ALGORITHMS["depthwise"].plans(spec, NAMED[CPU]) if plan.choices.source == "local")
    kernel = render(plan)
    assert kernel.scratch_bytes
    assert verify(kernel.compile(), ["exact", "guard"]).ok  # in another process, which may crash


# What is wrong, and the mode that sees it.
PLANTED = (
    ("const ptrdiff_t at = i + due * 1;", "const ptrdiff_t at = i;", "exact"),  # the window begins too early
    ("past[i] = kept[i];", "past[i] = past[i];", "exact"),  # the past stays
    ("i < end; ++i", "i < 5; ++i", "guard"),  # outputs that are none of the block's
    ("const ptrdiff_t at = i + samples * 1;", "const ptrdiff_t at = i + 13;", "properties"),  # of whole blocks alone
)


@needs_device
@pytest.mark.parametrize(("before", "after", "mode"), PLANTED)
def test_a_wrong_stream_is_seen(before, after, mode):
    kernel = generate(LAYERS["strided ncw"], CPU, records=False)
    assert before in kernel.source
    conv = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after)).compile()
    assert not verify(conv, [mode]).ok  # in another process: some write beyond arrays


def test_what_is_not_there():
    """A filter that is long is summed all the same, but in parts; nobody makes windows in C."""
    long = ConvSpec(ic=1, oc=1, kw=300, stream=64, causal=True)
    with pytest.raises(UnsupportedError):
        generate(long, CPU, "fourier")
    kernel = generate(LAYERS["integers dense nwc"], CPU, records=False)
    assert "a stream in blocks of up to 11 samples" in kernel.source
    assert "state is filled with 3 before the first block" in kernel.source
    foreign = msgspec.structs.replace(next(ALGORITHMS["implicit"].plans(LAYERS["strided ncw"], NAMED[GPU])),
                                      target=NAMED["scalar"])
    with pytest.raises(InputError, match="implicit has no plan for streams in C"):
        render(foreign)


# --- buffers of the caller's ---


@needs_device
def test_blocks_on_the_device():
    """From buffer to buffer, with two streams in turns; the bits of arrays that go there and back."""
    import pyopencl as cl

    spec = LAYERS["strided residual nwc"]
    conv = generate(spec, CPU, records=False).compile()
    rng = np.random.default_rng(0)
    conv.pack(rng.standard_normal(spec.weights_shape, np.float32), rng.standard_normal(spec.oc, np.float32))
    x = rng.standard_normal((1, 25, spec.ic), np.float32)
    added = rng.standard_normal((1, 13, spec.oc), np.float32)
    there = [cl.Buffer(conv.context, 0, array.bytes) for array in spec.arrays if array.when == "run"]
    given, residual, output = there
    states = [conv.state(), conv.state()]
    assert conv.enqueue(conv.queue, given, output, residual, state=states[0], samples=1) == -2
    for state in states:
        conv.start(state)
    assert conv.enqueue(conv.queue, given, output, residual, state=states[0], samples=spec.stream + 1) == -1
    made, done, block = 0, 0, np.empty((spec.ow, spec.oc), np.float32)
    found = []
    for samples in (5, 9, 1, 1, 9):
        more = added[0, made : made + spec.ow]
        cl.enqueue_copy(conv.queue, residual, more.copy()).wait()
        for state, sign in zip(states, (1, -1), strict=True):
            cl.enqueue_copy(conv.queue, given, sign * x[0, done : done + samples]).wait()
            count = conv.enqueue(conv.queue, given, output, residual, state=state, samples=samples)
            if sign > 0:
                cl.enqueue_copy(conv.queue, block, output).wait()
                found.append(block[:count].copy())
            conv.queue.finish()
        made, done = made + count, done + samples
    np.testing.assert_array_equal(np.concatenate(found)[np.newaxis], conv(x, added))


# --- the host's code, and libraries ---


@cache
def made(labels, target, weights="none"):
    return package.files(library(labels, target, weights))


@needs_opencl
def test_the_hosts_code_is_clean(tmp_path):
    save(tmp_path, made(("added", "halfs", "plain"), CPU, "embed"))
    for source in sorted((*tmp_path.glob("src/*.c"), *tmp_path.glob("test/*.c"))):
        for cc in tools.CC:
            run(cc, "-std=c99", "-O1", *WARNINGS, "-Iinclude", "-fsyntax-only", source, cwd=tmp_path)


@needs_loader
def test_a_library_tests_its_streams():
    """Beside a plain layer, with weights inside too."""
    lines = packaging.selftest("lib", made(("strided", "plain"), CPU, "embed"), NAMED[CPU], opt="O0")
    assert [line.split(": ")[1].partition(",")[0] for line in lines if line.startswith("ok p")] == \
        [f"lib_{part}{label}" for part in ("layer_", "") for label in ("strided", "plain")]


@needs_loader
@pytest.mark.parametrize(("before", "after"), [
    ("stream->due += lib_strided_opencl_outputs(stream, samples) * 3 - samples;", ""),
    ("(samples - stream->due + 2) / 3", "(samples - stream->due + 3) / 3"),
    ("{samples, stream->due}", "{samples, 0}"),
])
def test_a_self_test_sees_wrong_hosts(before, after):
    files, path = dict(made(("strided",), CPU)), "src/lib_strided_opencl.c"
    assert before in files[path]
    files[path] = files[path].replace(before, after)
    with pytest.raises(VerificationError):
        packaging.selftest("lib", files, NAMED[CPU], opt="O0")


REFUSALS = """
#include <stdio.h>
#include "lib_strided_opencl.h"

int main(void)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int error;
    lib_strided_opencl layer;
    lib_strided_opencl_stream stream = {NULL, 0};
    float w[lib_strided_opencl_WEIGHTS_BYTES / 4] = {0}, b[lib_strided_opencl_BIAS_BYTES / 4] = {0};
    clGetPlatformIDs(1, &platform, NULL);
    clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL);
    const cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
    const cl_command_queue queue = clCreateCommandQueue(context, device, 0, &error);
    const cl_mem x = clCreateBuffer(context, 0, lib_strided_opencl_INPUT_BYTES, NULL, &error);
    const cl_mem y = clCreateBuffer(context, 0, lib_strided_opencl_OUTPUT_BYTES, NULL, &error);
    printf("%d ", lib_strided_opencl_create(&layer, context, device));
    printf("%d ", lib_strided_opencl_pack_host(&layer, queue, w, b));
    printf("%d ", lib_strided_opencl_reset(queue, &stream, 0, NULL, NULL) == CL_INVALID_MEM_OBJECT);
    stream.state = clCreateBuffer(context, 0, lib_strided_opencl_STATE_BYTES, NULL, &error);
    printf("%d ", lib_strided_opencl_reset(queue, &stream, 0, NULL, NULL));
    printf("%d ", lib_strided_opencl_enqueue(&layer, queue, &stream, x, 0, y, 0, NULL, NULL) == CL_INVALID_VALUE);
    printf("%d ", lib_strided_opencl_enqueue(&layer, queue, &stream, x, 14, y, 0, NULL, NULL) == CL_INVALID_VALUE);
    printf("%d ", stream.due);
    for (int samples = 1; samples < 4; ++samples) {
        printf("%d ", lib_strided_opencl_outputs(&stream, samples));
        printf("%d ", lib_strided_opencl_enqueue(&layer, queue, &stream, x, samples, y, 0, NULL, NULL));
    }
    printf("%d\\n", lib_strided_opencl_release(&layer));
    return 0;
}
"""


@needs_loader
def test_what_the_host_refuses(tmp_path):
    save(tmp_path, made(("strided",), CPU))
    (tmp_path / "main.c").write_text(REFUSALS)
    run(tools.CC[0], "-std=c99", "-O1", "-Iinclude", "main.c", "src/lib_strided_opencl.c", "-lOpenCL", "-o", "main",
        cwd=tmp_path)
    assert run("./main", cwd=tmp_path) == "0 0 1 0 1 1 0 1 0 0 0 1 0 0\n"
