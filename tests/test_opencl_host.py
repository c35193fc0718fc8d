"""The host code of OpenCL kernels: built by C compilers, run by itself, against the same kernel through pyopencl."""

from __future__ import annotations

import ast
import re
import subprocess

import msgspec
import numpy as np
import pytest
import tools

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.emit.texts import c_strings
from convgen.errors import InputError
from convgen.machine import devices
from convgen.machine.target import NAMED
from convgen.packaging import output
from convgen.planner.rank import best
from convgen.verification import exactness

FOUND = tools.devices()
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror")


needs_opencl = tools.needs(tools.opencl_header)
needs_device = tools.needs_device

# name: layer, target, algorithm, whether a plan of it will do
CASES = {
    "dense": ({"ic": 35, "oc": 37, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
              "opencl-cpu", "direct", lambda plan: True),
    "no_bias": ({"ic": 5, "oc": 6, "ih": 20, "iw": 30, "kh": 3, "kw": 3, "bias": False, "activation": "relu"},
                "opencl-cpu", "direct", lambda plan: plan.choices.source == "copy"),
    "depthwise": ({"ic": 21, "oc": 21, "g": 21, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "layout": "nhwc"}, "opencl-cpu",
                  "depthwise", lambda plan: True),
    "phases": ({"ic": 16, "oc": 24, "ih": 13, "iw": 17, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
                "residual": True, "activation": "silu"}, "opencl-cpu", "winograd", lambda plan: not plan.choices.fused),
    # more of it for all tasks than caches hold: fewer workers
    "scratch": ({"n": 2, "ic": 32, "oc": 32, "ih": 64, "iw": 64, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
                "opencl-cpu", "winograd", lambda plan: plan.choices.fused),
    "for_gpus": ({"ic": 8, "oc": 70, "ih": 9, "iw": 9, "kw": 1, "residual": True, "activation": "relu"},
                 "opencl-gpu", None, None),
    "transforms": ({"ic": 9, "oc": 10, "ih": 9, "iw": 10, "kh": 3, "kw": 3, "padding": "half", "residual": True},
                   "opencl-gpu", "winograd", lambda plan: plan.choices.m == 4),
    "spectra": ({"ic": 2, "oc": 3, "iw": 400, "kw": 70, "residual": True, "activation": "relu"}, "opencl-cpu",
                "fourier", lambda plan: not plan.choices.fused),
    "shared_spectra": ({"ic": 2, "oc": 3, "iw": 400, "kw": 70, "residual": True, "layout": "nwc"}, "opencl-gpu",
                       "fourier", lambda plan: plan.mr == 2),
    "slopes": ({"ic": 5, "oc": 19, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
                "bias": False, "activation": "prelu"}, "opencl-cpu", "direct", lambda plan: True),
    "halfs": ({"ic": 8, "oc": 19, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "padding": "half", "dtype": "f16",
               "layout": "nhwc", "residual": True}, "opencl-cpu", "direct", lambda plan: plan.choices.source == "copy"),
    "integers": ({"ic": 8, "oc": 19, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "padding": "half", "dtype": "u8:s8:s8",
                  "layout": "nhwc", "bias": False, "input_zero": 3, "output_zero": 7, "rounding": "tflite"},
                 "opencl-cpu", None, None),
    "plain_integers": ({"ic": 3, "oc": 5, "ih": 9, "iw": 9, "kw": 1, "dtype": "s8:s16:f32"}, "opencl-gpu",
                       "reference", lambda plan: True),
}
each = pytest.mark.parametrize("name", CASES)


def kernel_of(name):
    """The kernel of a case, under its case's name: the first plan that will do."""
    fields, target, algorithm, fits = CASES[name]
    spec, target = ConvSpec(**fields), NAMED[target]
    if algorithm is None:
        return render(best(spec, target), name)
    return render(next(filter(fits, ALGORITHMS[algorithm].plans(spec, target))), name)


def run(folder, *command):
    """What a command prints."""
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, f"{' '.join(command)}\n{found.stdout[-3000:]}{found.stderr[-3000:]}"
    return found.stdout


# --- the texts ---


@tools.needs(tools.binutils, "nm")
@needs_opencl
@each
def test_no_warning_and_only_the_documented_symbols(name, tmp_path):
    kernel = kernel_of(name)
    output.write(tmp_path, output.files(kernel))
    for cc in tools.CC:
        run(tmp_path, cc, "-std=c99", "-O2", *WARNINGS, "-c", f"{name}_opencl.c")
        lines = run(tmp_path, "nm", f"{name}_opencl.o").splitlines()
        defined = {line.split()[-1] for line in lines if line.split()[-2] in "TDBRVWC"}
        needed = {line.split()[-1] for line in lines if line.split()[-2] == "U"}
        assert defined == {f"{name}_opencl_{what}" for what in
                           ("create", "log", "pack", "pack_host", "enqueue", "release")}
        assert all(symbol.startswith("cl") or symbol in {"_GLOBAL_OFFSET_TABLE_", "memset", "memcpy"}
                   for symbol in needed), needed


@tools.needs(tools.binutils, "nm")
@needs_opencl
@pytest.mark.parametrize("cc", tools.CXX)
def test_headers_in_cpp(cc, tmp_path):
    lines = []
    for name in CASES:
        kernel = kernel_of(name)
        output.write(tmp_path, output.files(kernel))
        lines += [f'#include "{name}_opencl.h"', f'#include "{name}_opencl.h"']  # twice: guarded
        lines += [f'static_assert({name}_opencl_PACKED_BYTES == {kernel.packed_bytes}, "");',
                  f"cl_int end({name}_opencl &layer) {{ return {name}_opencl_release(&layer); }}"]
    (tmp_path / "all.cpp").write_text("\n".join(lines))
    run(tmp_path, cc, "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "all.cpp")
    unknown = {line.split()[-1] for line in run(tmp_path, "nm", "-u", "all.o").splitlines()}
    assert {f"{name}_opencl_release" for name in CASES} <= unknown  # C names, not mangled ones


@each
def test_the_text_of_the_kernel_is_in_the_file(name):
    kernel = kernel_of(name)
    block = kernel.host.partition("source[] = {\n")[2].partition("\n};\n")[0]
    lines = [line.strip().removesuffix(",") for line in block.splitlines()]
    assert "".join(ast.literal_eval(line.replace(r"\?", "?")) for line in lines) == kernel.source


def test_strings_of_c(tmp_path):
    """Of any text: quotes, trigraphs, lines longer than a string may be."""
    text = 'a "b" \\n ??/ ???=\n\n' + "x" * 9001 + "\nend"
    (tmp_path / "main.c").write_text(
        f"#include <stdio.h>\nstatic const char *const text[] = {{{', '.join(c_strings(text))}}};\n"
        "int main(void)\n{\n    for (size_t i = 0; i < sizeof text / sizeof text[0]; ++i) {\n"
        "        fputs(text[i], stdout);\n    }\n    return 0;\n}\n")
    for cc in tools.CC:
        run(tmp_path, cc, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "main.c", "-o", "main")
        assert run(tmp_path, "./main") == text


def test_what_the_manifest_tells():
    for name in CASES:
        kernel = kernel_of(name)
        files = output.files(kernel)
        assert list(files) == [f"{name}.cl", f"{name}_opencl.h", f"{name}_opencl.c", f"{name}.json"]
        assert output.single(kernel) == kernel.source
        told = msgspec.json.decode(files[f"{name}.json"])
        assert told["flags"] == ["-cl-std=CL1.2"]
        assert [function["tasks"] for function in told["functions"][1:]] == list(kernel.phases)
        assert [function["name"] for function in told["functions"]] == \
            [f"{name}_{what}" for what in ("pack", *range(len(kernel.phases)))]
        assert not told.get("extensions")
        assert not re.search(r"\bdouble\b|fp64", kernel.source), "a device need not have doubles"
    plain = output.files(render(best(ConvSpec(**CASES["dense"][0]), NAMED["scalar"])))
    assert not {"functions", "extensions"} & set(msgspec.json.decode([*plain.values()][-1]))


@needs_device
@each
def test_the_manifest_tells_what_the_compiler_sees(name):
    import pyopencl as cl

    kernel = kernel_of(name)
    context = cl.Context([devices.handle(FOUND[0].key)[1]])
    built = cl.Program(context, kernel.source).build([*kernel.flags, "-cl-kernel-arg-info"])
    for function in kernel.functions:
        seen = cl.Kernel(built, function.name)
        names = [seen.get_arg_info(at, cl.kernel_arg_info.NAME) for at in range(seen.num_args)]
        types = [seen.get_arg_info(at, cl.kernel_arg_info.TYPE_NAME) for at in range(seen.num_args)]
        assert [re.sub(r".*\b(\w+) \*.*?(\w+)$", r"\1 \2", told) for told in function.arguments] == \
            [f"{of.rstrip('*')} {name}" for of, name in zip(types, names, strict=True)]


@each
def test_files_reproduce_and_drift_is_found(name, tmp_path):
    texts = output.files(kernel_of(name), ("one", "two"))
    output.write(tmp_path, texts)
    (stored,) = output.stored(tmp_path)
    assert stored.drift == []
    assert output.files(stored.kernel, ("one", "two")) == texts
    for file in list(texts)[:3]:
        path = tmp_path / file
        path.write_text(texts[file].replace("SPDX", "spdx", 1))
        (stored,) = output.stored(tmp_path)
        assert len(stored.drift) == 1
        assert stored.drift[0].startswith(f"{file} differs from what its plan gives, first in line ")
        path.unlink()
        (stored,) = output.stored(tmp_path)
        assert stored.drift == [f"{file} is missing"]
        path.write_text(texts[file])
    (tmp_path / f"{name}.json").write_text("{}")
    with pytest.raises(InputError, match="manifest must be as convgen wrote it"):
        list(output.stored(tmp_path))
    (tmp_path / f"{name}.cl").unlink()
    assert list(output.stored(tmp_path)) == [], "some other JSON file"


# --- running ---

# Counts the calls that the host code makes, and what they leave alive; makes call number fail_at fail.
FAULTS = """
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#define FAULT (-4444)
extern int calls, fail_at, live, chained;
extern cl_event previous;

static inline int fails(void)
{
    return ++calls == fail_at;
}

static inline cl_int launched(cl_command_queue queue, cl_kernel kernel, cl_uint dims, const size_t *offset,
    const size_t *global, const size_t *local, cl_uint waits, const cl_event *list, cl_event *event)
{
    if (fails()) {
        return FAULT;
    }
    chained += waits == 1 && *list == previous;
    const cl_int error = clEnqueueNDRangeKernel(queue, kernel, dims, offset, global, local, waits, list, event);
    live += error == CL_SUCCESS;
    previous = *event;
    return error;
}

#define MADE(error, call) (fails() ? (*(error) = FAULT, NULL) : (++live, call))
#define ENDED(call) (--live, call, fails() ? FAULT : CL_SUCCESS)
#define DONE(call) (fails() ? FAULT : call)
#define clCreateProgramWithSource(a, b, c, d, e) MADE(e, clCreateProgramWithSource(a, b, c, d, e))
#define clCreateKernel(a, b, e) MADE(e, clCreateKernel(a, b, e))
#define clCreateBuffer(a, b, c, d, e) MADE(e, clCreateBuffer(a, b, c, d, e))
#define clReleaseProgram(a) ENDED(clReleaseProgram(a))
#define clReleaseKernel(a) ENDED(clReleaseKernel(a))
#define clReleaseMemObject(a) ENDED(clReleaseMemObject(a))
#define clReleaseEvent(a) ENDED(clReleaseEvent(a))
#define clGetDeviceInfo(...) DONE(clGetDeviceInfo(__VA_ARGS__))
#define clGetKernelWorkGroupInfo(...) DONE(clGetKernelWorkGroupInfo(__VA_ARGS__))
#define clGetMemObjectInfo(...) DONE(clGetMemObjectInfo(__VA_ARGS__))
#define clBuildProgram(...) DONE(clBuildProgram(__VA_ARGS__))
#define clSetKernelArg(...) DONE(clSetKernelArg(__VA_ARGS__))
#define clEnqueueWriteBuffer(...) DONE(clEnqueueWriteBuffer(__VA_ARGS__))
#define clEnqueueNDRangeKernel(...) launched(__VA_ARGS__)
#define clWaitForEvents(...) DONE(clWaitForEvents(__VA_ARGS__))
"""

# Makes any device say that it is no CPU.
GPU = """
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

static inline cl_int told(cl_device_id device, cl_device_info what, size_t size, void *value, size_t *used)
{
    const cl_int error = clGetDeviceInfo(device, what, size, value, used);
    if (what == CL_DEVICE_TYPE) {
        *(cl_device_type *)value = CL_DEVICE_TYPE_GPU;
    }
    return error;
}

#define clGetDeviceInfo(...) told(__VA_ARGS__)
"""

# Makes kernels say that they allow groups of 8.
SMALL = """
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

static inline cl_int allowed(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,
    void *value, size_t *used)
{
    const cl_int error = clGetKernelWorkGroupInfo(kernel, device, what, size, value, used);
    *(size_t *)value = 8;
    return error;
}

#define clGetKernelWorkGroupInfo(...) allowed(__VA_ARGS__)
"""

# main VERSION DEVICE MODE. LAYER is the layer's prefix, ADDED its residual or nothing.
MAIN = r"""
#include "LAYER.h"
#if defined(LAYER_SLOPES_BYTES)
#define MORE_BYTES LAYER_SLOPES_BYTES
#elif defined(LAYER_SCALE_BYTES)
#define MORE_BYTES LAYER_SCALE_BYTES
#endif
#ifdef MORE_BYTES
#define MORE(array) , array
#else
#define MORE_BYTES 0
#define MORE(array)
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int calls, fail_at, live, chained;
cl_event previous;

static cl_context context;
static cl_device_id device;
static cl_command_queue queue;
static LAYER layer;
static void *x, *w, *b, *a, *r, *y;
static cl_mem input, residual, output;

static void expect(cl_int error, const char *what)
{
    if (error != CL_SUCCESS) {
        printf("%s: error %d\n", what, error);
        exit(1);
    }
}

static void *load(const char *path, size_t bytes)
{
    void *array = malloc(bytes + 1);
    FILE *file = fopen(path, "rb");
    if (file != NULL && fread(array, 1, bytes, file) != bytes) {
        exit(2);
    }
    return array;
}

static void find(const char *version, const char *name)
{
    cl_platform_id platforms[16];
    cl_device_id devices[16];
    cl_uint platform_count = 0, device_count = 0;
    char text[1000];
    expect(clGetPlatformIDs(16, platforms, &platform_count), "platforms");
    for (cl_uint p = 0; p < platform_count; ++p) {
        clGetPlatformInfo(platforms[p], CL_PLATFORM_VERSION, sizeof text, text, NULL);
        if (strstr(text, version) == NULL) {
            continue;
        }
        expect(clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 16, devices, &device_count), "devices");
        for (cl_uint d = 0; d < device_count; ++d) {
            clGetDeviceInfo(devices[d], CL_DEVICE_NAME, sizeof text, text, NULL);
            if (strstr(text, name) != NULL) {
                device = devices[d];
                return;
            }
        }
    }
    puts("device not found");
    exit(3);
}

static cl_mem buffer(size_t bytes, const void *data)
{
    cl_int error;
    cl_mem made = clCreateBuffer(context, data ? CL_MEM_COPY_HOST_PTR : 0, bytes + !bytes, (void *)data, &error);
    expect(error, "buffer");
    return made;
}

static void create(void)
{
    const cl_int error = LAYER_create(&layer, context, device);
    if (error == CL_BUILD_PROGRAM_FAILURE) {
        static char log[100000];
        size_t needed = 0;
        expect(LAYER_log(&layer, 0, NULL, &needed), "length of the log");
        expect(LAYER_log(&layer, sizeof log, log, NULL), "log");
        printf("refused, %d: %s\n", needed == strlen(log) + 1, log);
        expect(LAYER_release(&layer), "release");
        exit(0);
    }
    expect(error, "create");
}

/* One thing after the other. */
static void in_order(void)
{
    create();
    expect(LAYER_pack_host(&layer, queue, w, b MORE(a)), "pack");
    expect(LAYER_enqueue(&layer, queue, input, ADDED output, 0, NULL, NULL), "enqueue");
    expect(clEnqueueReadBuffer(queue, output, CL_TRUE, 0, LAYER_OUTPUT_BYTES, y, 0, NULL, NULL), "read");
    printf("workers %zu\n", layer.workers);
}

/* Nothing starts before all is enqueued; only events say what comes first. */
static void out_of_order(void)
{
    const cl_mem weights = buffer(LAYER_WEIGHTS_BYTES, w), bias = buffer(LAYER_BIAS_BYTES, b);
    const cl_mem more = buffer(MORE_BYTES, a);
    const cl_mem late = buffer(LAYER_INPUT_BYTES, NULL);
    cl_event gate, ready[2], done;
    cl_int error;
    create();
    gate = clCreateUserEvent(context, &error);
    expect(clEnqueueWriteBuffer(queue, late, CL_FALSE, 0, LAYER_INPUT_BYTES, x, 1, &gate, &ready[0]), "write");
    expect(LAYER_pack(&layer, queue, weights, LAYER_BIAS ? bias : NULL MORE(more), 1, &gate,
                      &ready[1]), "pack");
    expect(LAYER_enqueue(&layer, queue, late, ADDED output, 2, ready, &done), "enqueue");
    expect(clEnqueueReadBuffer(queue, output, CL_FALSE, 0, LAYER_OUTPUT_BYTES, y, 1, &done, NULL), "read");
    expect(clSetUserEventStatus(gate, CL_COMPLETE), "open");
    expect(clFinish(queue), "finish");
}

static void misuse(void)
{
    const cl_mem tiny = buffer(LAYER_INPUT_BYTES - 4, NULL);
    cl_event event = NULL;
    create();
    printf("%d ", LAYER_enqueue(&layer, queue, input, ADDED output, 0, NULL, &event) == CL_INVALID_OPERATION);
    expect(LAYER_pack_host(&layer, queue, w, b MORE(a)), "pack");
    printf("%d ", LAYER_enqueue(&layer, queue, tiny, ADDED output, 0, NULL, &event) == CL_INVALID_BUFFER_SIZE);
    printf("%d ", LAYER_enqueue(&layer, queue, input, ADDED NULL, 0, NULL, &event) == CL_INVALID_MEM_OBJECT);
    printf("%d ", LAYER_pack(&layer, queue, NULL, NULL MORE(NULL), 0, NULL, &event) ==
           CL_INVALID_MEM_OBJECT);
    printf("%d ", event == NULL);
    expect(LAYER_release(&layer), "release");
    expect(LAYER_release(&layer), "release again");
    printf("%d\n", LAYER_log(&layer, 0, NULL, NULL) == CL_INVALID_PROGRAM);
    exit(0);
}

/* For each call: what the functions give when it fails, and what is left. */
static void faults(void)
{
    do {
        cl_event done = NULL;
        cl_int error;
        calls = live = chained = 0;
        ++fail_at;
        error = LAYER_create(&layer, context, device);
        if (error == CL_SUCCESS) {
            error = LAYER_pack_host(&layer, queue, w, b MORE(a));
        }
        if (error == CL_SUCCESS) {
            error = LAYER_enqueue(&layer, queue, input, ADDED output, 0, NULL, fail_at % 2 ? &done : NULL);
        }
        clFinish(queue);
        if (done != NULL) {
            --live;
            clReleaseEvent(done);
        }
        const cl_int end = LAYER_release(&layer);
        printf("%d %d %d\n", fail_at, error ? error : end, live);
    } while (calls >= fail_at);
    printf("chained %d\n", chained);
    exit(0);
}

int main(int argc, char **argv)
{
    cl_int error;
    if (argc < 4) {
        return 4;
    }
    find(argv[1], argv[2]);
    if (strcmp(argv[3], "find") == 0) {
        return 0;
    }
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
    expect(error, "context");
    queue = clCreateCommandQueue(context, device, *argv[3] == 'o' ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0, &error);
    expect(error, "queue");
    x = load("input.bin", LAYER_INPUT_BYTES);
    w = load("weights.bin", LAYER_WEIGHTS_BYTES);
    b = load("bias.bin", LAYER_BIAS * LAYER_BIAS_BYTES);
    a = load("more.bin", MORE_BYTES);
    r = load("residual.bin", LAYER_OUTPUT_BYTES);
    y = malloc(LAYER_OUTPUT_BYTES);
    input = buffer(LAYER_INPUT_BYTES, x);
    residual = buffer(LAYER_OUTPUT_BYTES, r);
    output = buffer(LAYER_OUTPUT_BYTES, NULL);
    switch (*argv[3]) {
    case 'i':
        in_order();
        break;
    case 'o':
        out_of_order();
        break;
    case 'f':
        faults();
        break;
    default:
        misuse();
    }
    FILE *file = fopen("output.bin", "wb");
    fwrite(y, 1, LAYER_OUTPUT_BYTES, file);
    fclose(file);
    expect(LAYER_release(&layer), "release");
    return 0;
}
"""


def program(kernel, folder, *flags):
    """The command that runs a kernel's host code on the first device, but for its mode."""
    output.write(folder, output.files(kernel), force=True)
    text = MAIN.replace("LAYER", f"{kernel.name}_opencl").replace("ADDED", "residual," * kernel.spec.residual)
    (folder / "main.c").write_text(text)
    (folder / "faults.h").write_text(FAULTS)
    (folder / "gpu.h").write_text(GPU)
    (folder / "small.h").write_text(SMALL)
    run(folder, tools.CC[0], "-std=c99", "-D_GNU_SOURCE", "-DCL_TARGET_OPENCL_VERSION=120", "-c", "main.c")
    run(folder, tools.CC[0], "-std=c99", *flags, "-c", f"{kernel.name}_opencl.c")
    run(folder, tools.CC[0], "main.o", f"{kernel.name}_opencl.o", "-lOpenCL", "-o", "main")
    _, device = devices.handle(FOUND[0].key)
    command = "./main", device.platform.version, device.name
    if "device not found" in subprocess.run([*command, "find"], cwd=folder, capture_output=True, text=True).stdout:
        pytest.skip("the system's OpenCL loader must know the device that pyopencl's knows")
    return command


def arrays(kernel, folder):
    """Random x, w, b, r, and by role what else is packed, also as files for the program."""
    spec, rng = kernel.spec, np.random.default_rng(5)
    shapes = {"input": spec.input_shape, "weights": spec.weights_shape, "bias": (spec.oc,) if spec.bias else None,
              "residual": spec.output_shape if spec.residual else None,
              "slopes": (spec.oc,) if spec.slopes else None}
    made = exactness.drawn(spec, rng) if spec.arithmetic.exact else {
        name: rng.standard_normal(shape).astype(spec.arithmetic.input.dtype) for name, shape in shapes.items() if shape}
    more = {role: made.pop(role) for role in ("scale", "slopes") if role in made}
    for name, array in (*made.items(), *(("more", array) for array in more.values())):
        array.tofile(folder / f"{name}.bin")
    return (*(made.get(role) for role in ("input", "weights", "bias", "residual")), more)


@pytest.mark.sampled(every=4)
@needs_device
@needs_opencl
@each
def test_bits_are_those_of_pyopencl(name, tmp_path):
    kernel = kernel_of(name)
    x, w, b, r, more = arrays(kernel, tmp_path)
    conv = kernel.compile(device=FOUND[0].key)
    conv.pack(w, b, **more)
    want = conv(x, r)
    for mode, workers, *flags in (("in order", conv.groups()), ("out of order", 0),
                                  ("in order", max(kernel.phases), "-include", "gpu.h")):
        (tmp_path / "output.bin").unlink(missing_ok=True)
        said = run(tmp_path, *program(kernel, tmp_path, *flags), mode)
        assert (tmp_path / "output.bin").read_bytes() == want.tobytes(), (mode, flags)
        assert said == (f"workers {workers}\n" if workers else "")


@pytest.mark.sampled(every=2)
@needs_device
@needs_opencl
@pytest.mark.parametrize("name", ["no_bias", "phases", "slopes"])
def test_every_error_is_handed_back_and_nothing_leaks(name, tmp_path):
    kernel = kernel_of(name)
    arrays(kernel, tmp_path)
    *lines, chained = run(tmp_path, *program(kernel, tmp_path, "-include", "faults.h"), "faults").splitlines()
    found = [tuple(map(int, line.split())) for line in lines]
    calls = len(found) - 1
    assert calls > 20
    assert found == [(at, -4444 if at <= calls else 0, 0) for at in range(1, calls + 2)]
    assert chained == f"chained {len(kernel.phases) - 1}"


@needs_device
@needs_opencl
def test_a_refused_build_hands_back_its_log(tmp_path):
    kernel = kernel_of("dense")
    broken = msgspec.structs.replace(kernel, host=kernel.host.replace("get_global_id", "get_globla_id"))
    said = run(tmp_path, *program(broken, tmp_path), "in order")
    assert said.startswith("refused, 1: ")
    assert "get_globla_id" in said


@needs_device
@needs_opencl
def test_misuse_is_told(tmp_path):
    kernel = kernel_of("phases")
    arrays(kernel, tmp_path)
    assert run(tmp_path, *program(kernel, tmp_path), "misuse") == "1 1 1 1 1 1\n"


@needs_device
@needs_opencl
def test_groups_are_of_what_a_kernel_allows(tmp_path):
    """Which may be less than the device does: smaller groups, or a status that says so."""
    kernel = kernel_of("dense")
    x, w, b, *_ = arrays(kernel, tmp_path)
    conv = kernel.compile(device=FOUND[0].key)
    conv.pack(w, b)
    run(tmp_path, *program(kernel, tmp_path, "-include", "gpu.h", "-include", "small.h"), "in order")
    assert (tmp_path / "output.bin").read_bytes() == conv(x).tobytes()
    together = kernel_of("for_gpus")
    arrays(together, tmp_path)
    command = program(together, tmp_path, "-include", "small.h")
    found = subprocess.run([*command, "in order"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout) == (1, "create: error -54\n"), "CL_INVALID_WORK_GROUP_SIZE"


@each
def test_the_text_says_how_to_launch(name):
    """All that the manifest tells, to whom has but NAME.cl."""
    kernel = kernel_of(name)
    head = " ".join(line.strip(" *") for line in kernel.source.partition("*/")[0].splitlines())
    told = msgspec.json.decode(output.files(kernel)[f"{name}.json"])
    at = 0
    for function, phase in zip(told["functions"], ["pack", *range(len(kernel.phases))], strict=True):
        at = head.index(f"{name}_{phase}(", at)
        size = str(function["tasks"])
        if function["items"] > 1:
            size += f" x {function['items']}, local size {function['items']}"
        assert re.match(rf"[^:]*: global size {size}\b", head[at:])
    for what, count in told["bytes"].items():
        if what not in ("workspace", "scratch", "flash", "ram", "code", "constants") and count:
            assert f"{what} {count}" in head, what
    assert ("NULL for bias" in head) == (not kernel.spec.bias)
    assert ("with a scratch of its own" in kernel.source) == (kernel.scratch_bytes > 0 and kernel.items[0] == 1)
    assert ("The layer has no bias" in kernel.header) == (not kernel.spec.bias)


def test_one_folder_for_c_and_opencl(tmp_path):
    spec = ConvSpec(**CASES["dense"][0])
    kernels = [render(best(spec, NAMED[target]), name) for target, name in (("scalar", "c"), ("opencl-cpu", "cl"))]
    for kernel in kernels:
        output.write(tmp_path, output.files(kernel))
    assert {stored.kernel.name: stored.drift for stored in output.stored(tmp_path)} == \
        {kernel.name: [] for kernel in kernels}
