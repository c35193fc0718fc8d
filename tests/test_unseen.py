"""Faults that were planted and that no test saw, a test for each: threads without OpenMP, data that can be written,
digits, defaults, what a dispatcher asks for."""

from __future__ import annotations

import re
import struct
import subprocess

import pytest
import tools

import convgen
from convgen.emit.texts import templates
from convgen.layer.element import c_float
from convgen.layer.spec import ConvSpec
from convgen.machine.rows import x86
from convgen.verification import report

NHWC = {"layout": "nhwc"}

# layers, their other fields, algorithm: what workers have of the workspace for themselves differs
KERNELS = {
    "direct": ("ic20ih12oc40kh3ph1", {}, None),
    "winograd, channels first": ("ic16ih21oc32kh3ph1", {}, "winograd"),
    "winograd, channels last": ("ic16ih21oc32kh3ph1", NHWC, "winograd"),
    "depthwise": ("g40ic40ih12oc40kh3ph1", NHWC, None),
    "transposed": ("ic8ih9iw9oc20kh4kw4sh2sw2", {"op": "transposed"}, None),
    "one by one": ("ic40ih9oc50kh1", {}, None),
}

# Threads of the caller's own: in each phase, the tasks in turn; phases follow each other behind a barrier.
THREADS = """
#include "@.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 3 };
static float *input, *output, *packed;
static void *workspace;
static pthread_barrier_t barrier;

static void *block(size_t bytes)
{
    void *p = NULL;
    return posix_memalign(&p, @_ALIGN, bytes ? bytes : 1) ? (exit(2), p) : p;
}

static float *filled(size_t bytes, unsigned seed)
{
    float *p = block(bytes);
    for (size_t i = 0; i < bytes / sizeof(float); ++i) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return p;
}

static void *work(void *argument)
{
    const int worker = *(const int *)argument;
    for (int phase = 0; phase < @_PHASES; ++phase) {
        for (size_t task = (size_t)worker; task < @_tasks(phase); task += WORKERS) {
            @_task(phase, task, worker, input, packed, output, workspace);
        }
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(void)
{
    float *weights = filled(@_WEIGHTS_BYTES, 2), *bias = filled(@_BIAS_BYTES, 3);
    pthread_t threads[WORKERS];
    int numbers[WORKERS];
    input = filled(@_INPUT_BYTES, 1);
    packed = block(@_PACKED_BYTES);
    @_pack(weights, bias, packed);
    float *one = output = block(@_OUTPUT_BYTES);
    workspace = block(@_WORKSPACE_BYTES(1));
    @(input, packed, output, workspace, 1);
    free(workspace);
    output = block(@_OUTPUT_BYTES);
    workspace = block(@_WORKSPACE_BYTES(WORKERS));
    pthread_barrier_init(&barrier, NULL, WORKERS);
    for (int i = 0; i < WORKERS; ++i) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < WORKERS; ++i) {
        pthread_join(threads[i], NULL);
    }
    puts(memcmp(one, output, @_OUTPUT_BYTES) ? "differ" : "same");
    free(one);
    free(output);
    free(workspace);
    free(packed);
    free(input);
    free(weights);
    free(bias);
    return 0;
}
"""


def kernel_of(name):
    text, fields, algorithm = KERNELS[name]
    first = {key: fields[key] for key in ("op", "layout") if key in fields}
    spec = ConvSpec.parse(text, **first)
    return convgen.generate(spec, "x86-64-v3", algorithm=algorithm, name="k")


def built(folder, kernel, *flags):
    (folder / "k.c").write_text(kernel.source)
    (folder / "k.h").write_text(kernel.header)
    (folder / "main.c").write_text(THREADS.replace("@", "k"))
    command = ["gcc", "-std=gnu99", "-g", "-O1", "-pthread", *flags, *kernel.flags, "-o", "main", "main.c", "k.c"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if "-fsanitize=thread" in flags and "cannot find" in made.stderr:
        pytest.skip("gcc has no libtsan")
    assert made.returncode == 0, made.stderr
    return subprocess.run(["./main"], cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("flags", [
    pytest.param(("-fsanitize=thread",), id="races"),
    pytest.param(("-fsanitize=address,undefined",), id="bounds", marks=pytest.mark.sweep),
])
@pytest.mark.parametrize("name", KERNELS)
def test_threads_of_the_callers_own(name, flags, tmp_path):
    """Each workspace is of the bytes that the header says. Strips of two workers that overlapped by 64 bytes, and an
    array that was `static`, went unseen: OpenMP's own threads hide races from ThreadSanitizer."""
    kernel = kernel_of(name)
    if not kernel.plan.target.runs_here():
        pytest.skip("this CPU has no AVX2")
    assert max(kernel.phases) > 1
    done = built(tmp_path, kernel, *flags)
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    assert not done.stderr
    assert done.stdout == "same\n"


@tools.needs(tools.c, "gcc")
@tools.needs(tools.binutils, "nm")
@pytest.mark.parametrize("name", KERNELS)
def test_no_object_has_data_that_can_be_written(name, tmp_path):
    """Which would not be re-entrant."""
    kernel = kernel_of(name)
    (tmp_path / "k.c").write_text(kernel.source)
    (tmp_path / "k.h").write_text(kernel.header)
    subprocess.run(["gcc", "-std=c99", "-O0", *kernel.flags, "-c", "k.c"], cwd=tmp_path, check=True)
    listed = subprocess.run(["nm", "k.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert not re.findall(r" [bBcCdDgGsS] (\w+)", listed)


@pytest.mark.parametrize("target", ["scalar", "x86-64-v3", "x86-64-v4", "armv8-a", "wasm-simd128"])
def test_a_header_asks_for_lines_of_the_cache(target):
    """16 was enough for every address that malloc gave, and for no aligned load of 64 bytes."""
    if target not in convgen.machine.target.NAMED:
        pytest.skip("another name here")
    header = convgen.generate(ConvSpec.parse("ic16ih9oc16kh3ph1"), target, name="k").header
    (stated,) = re.findall(r"#define k_ALIGN (\d+)", header)
    row = convgen.machine.target.NAMED[target].row
    assert int(stated) >= 64
    assert int(stated) % (row.lanes * 4) == 0


# --- what a dispatcher asks for ---


def test_features_ask_for_the_registers_that_they_use():
    """The operating system may keep those of AVX and not those of AVX-512: a machine whose XCR0 says so crashed."""
    for name, feature in x86.X86_64.features.items():
        wanted = x86.TMM if name.startswith("amx") else x86.ZMM if name.startswith("avx512") else x86.YMM
        assert feature.saved == wanted, name
    assert x86.ZMM & 0xE0 == 0xE0
    assert x86.YMM == 6


PROBE = """
#include <stdio.h>
%s
int main(void)
{
    printf("%%d %%d %%d\\n", has(1, 0, ecx, 27, 0x6), has(1, 0, ecx, 27, 0xe6), has(1, 0, ecx, 27, 0x600e6));
    return 0;
}
"""


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize(("kept", "found"), [(0x0, "0 0 0"), (0x2, "0 0 0"), (0x7, "1 0 0"), (0x67, "1 0 0"),
                                             (0xE7, "1 1 0"), (0x600E7, "1 1 1")])
def test_the_dispatcher_takes_what_the_system_keeps(kept, found, tmp_path):
    """CPUID's answer has every bit; XCR0 has those given."""
    text = templates().get_template("package/cpuid.c.j2").render()
    text = re.sub(r"__asm__ volatile\(.*\);", f"low = {kept:#x}; high = 0; (void)high;", text)
    text = re.sub(r"return __get_cpuid_count\(.*\);", "for (int i = 0; i < 4; ++i) answer[i] = ~0u;\n"
                  "    return (int)(leaf + subleaf + 1);", text)
    (tmp_path / "main.c").write_text(PROBE % text)
    subprocess.run(["gcc", "-std=c99", "-Wall", "-o", "main", "main.c"], cwd=tmp_path, check=True)
    assert subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True).stdout.strip() == found


# --- digits and defaults ---

NINE = 0.123456791  # f32 that seven or eight digits make another of


@pytest.mark.parametrize("activation", [f"leaky-relu({NINE})", f"clip(-{NINE},1.23456788)", f"elu({NINE})"])
@pytest.mark.parametrize("target", ["scalar", "x86-64-v3", "opencl-gpu"])
def test_parameters_are_printed_with_nine_digits(activation, target):
    text = convgen.generate(ConvSpec.parse("ic8ih9oc8kh3ph1").replace(activation=activation), target).source
    numbers = {struct.pack("f", float(number)) for number in re.findall(r"\b[0-9]+\.[0-9]+(?=f\b)", text)}
    assert struct.pack("f", NINE) in numbers
    assert f"{NINE:.7g}f" not in text


@pytest.mark.parametrize("bits", [0x3DFCD6EA, 0x3F9E0651, 0x00000001, 0x7F7FFFFF, 0x3EAAAAAB, 0x80800000])
def test_a_literal_gives_the_float_back(bits):
    (value,) = struct.unpack("f", struct.pack("I", bits))
    assert struct.pack("f", float(c_float(value).removesuffix("f"))) == struct.pack("I", bits)


def test_leaky_relu_of_onnx_has_the_slope_that_onnx_says(tmp_path):
    onnx = pytest.importorskip("onnx")
    import numpy as np

    from convgen.onnx import models

    of, floats = onnx.helper, onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(np.ones((2, 4, 3, 3), np.float32), "w")
    nodes = [of.make_node("Conv", ["x", "w"], ["c"]), of.make_node("LeakyRelu", ["c"], ["y"])]
    graph = of.make_graph(nodes, "g", [of.make_tensor_value_info("x", floats, [1, 4, 9, 9])],
                          [of.make_tensor_value_info("y", floats, None)], [weights])
    onnx.save(of.make_model(graph, opset_imports=[of.make_opsetid("", 17)]), tmp_path / "m.onnx")
    (part,) = models.load(tmp_path / "m.onnx").parts
    name, slope = re.fullmatch(r"([\w-]+)\((.*)\)", part.spec.activation).groups()
    assert name == "leaky-relu"
    assert np.float32(slope) == np.float32(0.01)


# --- groups that vectors cut ---


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize(("groups", "inputs", "outputs"), [(5, 1, 3), (3, 2, 5), (9, 1, 2), (17, 1, 3), (7, 3, 2)])
def test_every_group_reads_its_own_inputs(layout, groups, inputs, outputs):
    """The last group of a vector took the inputs of the first: seen where groups fill no vector, and each has several
    outputs."""
    spec = ConvSpec.parse(f"g{groups}ic{groups * inputs}ih6oc{groups * outputs}kh3ph1").replace(layout=layout)
    conv = convgen.generate(spec).compile(opt="O1")
    for mode in ("exact", "properties"):
        found = report.run_mode(conv, mode)
        assert found.ok, found.detail
