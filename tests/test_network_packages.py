"""Networks as libraries: each small one computes what ONNX says, whatever the compiler, the instruction set and the
number of workers. Its sources are one unit, as a program that includes them has them."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time

import cffi
import numpy as np
import onnx
import pytest
import test_networks
import tools
from click.testing import CliRunner
from emulated import emulator, hosted
from onnx.reference import ReferenceEvaluator

from convgen.algorithms import MAX_ERROR
from convgen.commands import package as command
from convgen.commands.main import main
from convgen.commands.request import Request
from convgen.commands.whole import Asked
from convgen.machine.target import NAMED
from convgen.onnx import shapes
from convgen.packaging import blob, files
from convgen.packaging.network import memory
from convgen.verification.networks import evaluate

TARGET = "x86-64-v3" if NAMED["x86-64-v3"].runs_here() else "scalar"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
WORKERS = 3
KEPT = []  # libraries: OpenMP's threads outlive the calls

MORE = {
    "joins in joins": """(float[1,8,8,8] x, float[4,8,3,3] u, float[4,12,3,3] v, float[6,16,1,1] w)
        => (float[1,22,8,8] y) {
        a = Conv<pads=[1,1,1,1]>(x, u) c = Concat<axis=1>(x, a) d = Conv<pads=[1,1,1,1]>(c, v)
        e = Concat<axis=1>(c, d) f = Conv(e, w) g = Relu(f) y = Concat<axis=1>(e, g) }""",
    "pools that reach beyond": """(float[1,6,9,10] x, float[6,6,1,1] w) => (float[1,6,5,5] y, float[1,6,5,5] z) {
        a = Conv(x, w) y = MaxPool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1, pads=[0,0,1,1]>(a)
        z = AveragePool<kernel_shape=[2,2], strides=[2,2], ceil_mode=1>(a) }""",
    "classes": """(float[1,6,5,5] x, float[6,1,3,3] w, float[10,6] v, float[10] b) => (float[1,10] y) {
        a = Conv<pads=[1,1,1,1], group=6>(x, w) c = Clip(a) d = GlobalAveragePool(c) e = Flatten(d)
        f = Gemm<transB=1>(e, v, b) y = Softmax(f) }""",
    "larger images": """(float[1,4,5,6] x, float[6,4,1,1] w) => (float[1,6,10,12] y, float[1,6,10,12] z) {
        s = Constant<value_floats=[1.0,1.0,2.0,2.0]>() a = Conv(x, w) y = Resize<mode="nearest">(a, , s)
        z = Resize<mode="linear">(a, , s) }""",
    "two of each": """(float[1,4,6,6] x, float[1,4,6,6] x2, float[4,4,3,3] w) => (float[1,4,6,6] y, float[1,4,6,6] z) {
        a = Conv<pads=[1,1,1,1]>(x, w) y = Add(a, x2) z = Softmax<axis=1>(y) }""",
    "two images": """(float[2,8,7,7] x, float[8,8,3,3] w, float[8] b) => (float[2,8,7,7] y) {
        a = Conv<pads=[1,1,1,1]>(x, w, b) c = Relu(a) d = Conv<pads=[1,1,1,1]>(c, w, b) y = Add(d, x) }""",
    "an output that goes on": """(float[3,70] x, float[3,70] x2) => (float[3,70] y, float[3,70] z) {
        y = Add(x, x2) a = Neg(y) c = Exp(a) z = ReduceSum<keepdims=1>(c) }""".replace(
            "float[3,70] z", "float[1,1] z"),
    "names": """(float[1,4] xworkers, float[1,4] x, float[1,4] xint) => (float[1,4] workspace, float[1,4] step0) {
        workspace = Add(xworkers, x) step0 = Mul(workspace, xint) }""",
}
EXACT = {
    "integers": """(uint8[1,6,9,9] x, float sx, uint8 zx, int8[8,6,3,3] w, float[8] sw, int8[8] zw, float sy, uint8 zy,
        int8[8,1,3,3] v, float sv, int8 zv) => (uint8[1,8,4,4] y) {
        a = QLinearConv<pads=[1,1,1,1]>(x, sx, zx, w, sw, zw, sy, zy)
        c = QLinearConv<pads=[1,1,1,1], group=8>(a, sy, zy, v, sv, zv, sy, zy)
        y = MaxPool<kernel_shape=[3,3], strides=[2,2]>(c) }""",
}
NETS = {**{name: text for name, (text, _) in test_networks.NETS.items()}, **MORE, **EXACT}
LIMITS = {"halves are rounded twice": 2e-3}


def planned(folder, name, model, layout="auto", weights="embed", **options):
    """The package of a model, and its files."""
    path = folder / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    request = Request((str(path),), {"layout": layout}, {}, TARGET, None, MAX_ERROR, records=False)
    made = command.make(request, name, weights, Asked(**options))
    return made, files.files(made)


def written(folder, texts):
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    unit = [path for path in texts if path.startswith("src/") and path.endswith(".c")]
    (folder / "unit.c").write_text("".join(f'#include "{path}"\n' for path in unit))
    return folder


def compiled(folder, cc, *flags, out="unit.o"):
    done = subprocess.run([*cc.split(), *STRICT, "-Iinclude", "-Isrc", *flags, "unit.c", "-o", out], cwd=folder,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{folder.name}: {done.stderr[:3000]}"


@pytest.fixture(scope="module")
def infers():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "inferred", shapes.infer_here)
        yield


@pytest.fixture(scope="module")
def library(tmp_path_factory, infers):
    """A network in a layout, built where it is wanted: its package, its model and its inputs, its folder."""
    place = tmp_path_factory.mktemp("networks")
    openmp = [] if tools.openmp("gcc") else ["-fopenmp"]

    @functools.cache
    def get(name, layout):
        model, inputs = test_networks.parsed(NETS[name], 17 if name in MORE else 20)
        folder = place / f"net{list(NETS).index(name)}_{layout}"
        folder.mkdir()
        package, texts = planned(folder, folder.name, model, layout)
        compiled(written(folder, texts), "gcc", "-O0", "-fPIC", "-shared", *openmp, out="unit.so")
        for cc in [one for one in tools.CC if one.startswith("clang")][:1]:
            compiled(folder, cc, "-fsyntax-only")
        return package, model, inputs, folder

    return get


def loaded(package, folder, set_weights=False):
    """The functions of a library."""
    ffi, name, whole = cffi.FFI(), package.name, package.whole
    arrays = ", ".join(["void *"] * (len(whole.inputs) + len(whole.outputs)))
    memory = "" if package.storage.workers else ", void *workspace"
    ffi.cdef(f"void {name}_run({arrays}{memory}, int workers); int {name}_force(int isa);")
    if not package.storage.workers:
        ffi.cdef(f"size_t {name}_workspace_bytes(int workers);")
    if set_weights:
        ffi.cdef(f"int {name}_set_weights(const void *blob, size_t bytes);")
    KEPT.append(ffi.dlopen(str(folder / "unit.so")))
    return ffi, KEPT[-1]


def aligned(count):
    """Bytes of 0xFF, aligned."""
    whole = np.full(count + 128, 0xFF, np.uint8)
    start = -whole.ctypes.data % 64
    return whole[start : start + count]


def ran(package, ffi, library, inputs, isa, workers):
    """Outputs; what is beyond them and beyond the workspace is as it was."""
    whole, model = package.whole, package.network.model
    library_force = getattr(library, f"{package.name}_force")
    if library_force(isa):
        pytest.skip("another CPU")
    given = [np.ascontiguousarray(inputs[name]) for name in model.inputs]
    kept = [array.copy() for array in given]
    outputs = [aligned(one.bytes + 64) for one in whole.outputs]
    pointers = [ffi.cast("void *", array.ctypes.data) for array in (*given, *outputs)]
    memory = []
    if not package.storage.workers:
        size = getattr(library, f"{package.name}_workspace_bytes")(workers)
        assert size == max(whole.bytes(workers), whole.arena.bytes)
        memory = [aligned(size + 64)]
    getattr(library, f"{package.name}_run")(*pointers, *(ffi.cast("void *", one.ctypes.data) for one in memory),
                                            workers)
    assert all((array == before).all() for array, before in zip(given, kept, strict=True))
    assert all((one[-64:] == 0xFF).all() for one in (*outputs, *memory))
    values = [model.values[name] for name in model.outputs]
    return [array[:-64].view(value.element.dtype).reshape(value.shape)
            for array, value in zip(outputs, values, strict=True)]


BOTH = ("residual", "joined", *(name for name, text in {**MORE, **EXACT}.items() if "Conv" in text))
CASES = [(name, "nhwc") for name in NETS] + [(name, "nchw") for name in BOTH]


@pytest.mark.sampled
@pytest.mark.parametrize(("name", "layout"), CASES)
def test_a_network_computes_what_onnx_says(name, layout, library):
    package, model, inputs, folder = library(name, layout)
    ffi, functions = loaded(package, folder)
    if name in EXACT:
        found = evaluate(package.network.model, inputs, np.float32)
        wanted = [found[output] for output in package.network.model.outputs]
    else:
        wanted = ReferenceEvaluator(model).run(None, inputs)
    for isa in range(len(package.targets)):
        alone = ran(package, ffi, functions, inputs, isa, 1)
        together = ran(package, ffi, functions, inputs, isa, WORKERS)
        for y, again, want in zip(alone, together, wanted, strict=True):
            assert y.tobytes() == again.tobytes(), "the number of workers shows"
            most = np.abs(want.astype(np.float64)).max()
            limit = 0.0 if want.dtype.kind in "iu" else LIMITS.get(name, 2e-6) * most
            np.testing.assert_allclose(y.astype(np.float64), want.astype(np.float64), 0, limit)


@tools.needs(tools.binutils, "nm", "gcc")
def test_no_object_has_data_that_is_written(library):
    """But for the choice of an instruction set, once."""
    *_, folder = library("joins in joins", "nhwc")
    compiled(folder, "gcc", "-O1", "-fno-pic", "-c", out="plain.o")
    said = subprocess.check_output(["nm", folder / "plain.o"], text=True)
    assert re.findall(r" [bBdDC] (\S+)", said) in ([f"{folder.name}_chosen"], [])


@pytest.mark.sampled(every=2)
@tools.needs(tools.sanitizers, "gcc")
@pytest.mark.parametrize("name", ["joins in joins", "larger images", "pools that reach beyond"])
def test_under_sanitizers(name, library):
    package, *_, folder = library(name, "nhwc")
    test = folder / "test" / f"{package.name}_selftest.c"
    done = subprocess.run(["gcc", "-std=c99", "-O0", "-g", *tools.SANITIZERS, "-Iinclude", "-Isrc", "unit.c", str(test),
                           "-lm", "-o", "sanitized"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = subprocess.run([folder / "sanitized"], capture_output=True, text=True, check=False,
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert (said.returncode, said.stderr) == (0, ""), said.stdout
    assert f"ok scalar: {package.name}_run" in said.stdout


@tools.needs(hosted, "aarch64", "aarch64-linux-gnu-gcc", "-static")
def test_on_another_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVGEN_RUNNER_AARCH64", "")  # which --run sets
    model, _ = test_networks.parsed(NETS["joins in joins"])
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    done = CliRunner().invoke(main, ["package", str(tmp_path / "net.onnx"), "--target", "aarch64", "--layout", "nhwc",
                                     "--run", emulator("aarch64")[0], "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.stderr
    assert "self-test passed: 3 layers, scalar, neon" in done.stderr


# --- memory ---


def test_weights_in_a_file(tmp_path, infers):
    """Mapped; and refused where anything is wrong."""
    model, inputs = test_networks.parsed(NETS["classes"])
    package, texts = planned(tmp_path, "net", model, "nhwc", "blob", arena="static", threads=2)
    compiled(written(tmp_path, texts), "gcc", "-O0", "-fPIC", "-shared", out="unit.so")
    ffi, functions = loaded(package, tmp_path, set_weights=True)
    data = np.frombuffer(texts["net.weights"], np.uint8)
    place = aligned(len(data))

    def given(changes=(), start=0, less=0):
        place[:] = data
        for at in changes:
            place[at] ^= 4
        return functions.net_set_weights(ffi.cast("void *", place.ctypes.data + start), len(data) - less)

    names = ("UNALIGNED", "SHORT", "FOREIGN", "ORDER", "OTHER", "DAMAGED")
    code = {name: int(re.search(rf"_WEIGHTS_{name} (\d)", texts["include/net.h"])[1]) for name in names}
    assert given(start=32) == code["UNALIGNED"]
    assert given(less=1) == code["SHORT"]
    assert given([3]) == code["FOREIGN"]
    assert given([32]) == code["ORDER"]
    assert given([36]) == given([40]) == given([48]) == given([56]) == code["OTHER"]
    assert {given([at]) for at in range(64, len(data), 97)} == {code["DAMAGED"]}
    assert given() == 0
    for isa in range(len(package.targets)):
        for workers in (1, 2, 5):
            (y,) = ran(package, ffi, functions, inputs, isa, workers)
            np.testing.assert_allclose(y, ReferenceEvaluator(model).run(None, inputs)[0], 1e-5)


def test_sums_of_weights_are_fletchers():
    words = np.random.default_rng(0).integers(0, 2**32, 3_000_001, np.uint32)
    first = second = 0
    for word in words[:2000].tolist():
        first, second = (first + word) % 2**64, (second + first + word) % 2**64
    assert blob.sums(words[:2000].tobytes()) == (first, second)
    whole = words.tolist()
    firsts = sum(whole), sum((len(whole) - at) * word for at, word in enumerate(whole))
    assert blob.sums(words.tobytes()) == tuple(one % 2**64 for one in firsts)


def test_a_section_for_weights(tmp_path, infers):
    model, _ = test_networks.parsed(NETS["residual"])
    _, texts = planned(tmp_path, "net", model, "nhwc", section=".flash_rodata")
    compiled(written(tmp_path, texts), "gcc", "-O0", "-c")
    assert b".flash_rodata" in (tmp_path / "unit.o").read_bytes()


def test_the_report_adds_up(library):
    package, _, _, folder = library("residual", "nhwc")
    found = json.loads((folder / f"{package.name}_report.json").read_text())
    assert found["macs"] == sum(step["macs"] for step in found["steps"]) == 81 * 8 * (8 * 9 + 8)
    assert found["ram"]["inputs"] == found["ram"]["outputs"] == 4 * 8 * 81
    assert found["ram"]["least"] == max(step["ram"] for step in found["steps"]) <= found["ram"]["plan"]
    packed = [len(one.packed[-1]) for one in package.convolutions]
    assert found["flash"]["weights"] == sum(packed) <= found["flash"]["stored"]


def test_buffers_that_live_at_once_lie_apart():
    rng = np.random.default_rng(0)
    for _ in range(50):
        starts = rng.integers(0, 2000, 60)
        buffers = [memory.Buffer(str(at), int(size), int(start), int(start + length)) for at, (start, size, length)
                   in enumerate(zip(starts, rng.integers(1, 4000, 60), rng.integers(0, 900, 60), strict=True))]
        found = memory.arena(buffers)
        live = memory.live(buffers, 3000)
        assert found.least == max(live) <= found.bytes
        for step in range(0, 3000, 37):
            there = [one for one in buffers if one.first <= step <= one.last]
            assert live[step] == sum(-(-one.bytes // 64) * 64 for one in there)
            ends = sorted((found.offsets[one.name], found.offsets[one.name] + one.bytes) for one in there)
            assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ends))


def test_what_steps_need_above_their_values_is_weighed():
    """Largest first puts the long-lived buffer of 320 bytes above that of 448, and what step 0 needs above both."""
    buffers = [memory.Buffer("long", 320, 0, 1), memory.Buffer("late", 448, 1, 1)]
    assert memory.arena(buffers).offsets["late"] == 0
    assert memory.arena(buffers, [640, 0]).offsets == {"long": 0, "late": 320}


def test_an_order_is_mended_where_it_takes_more_than_the_least():
    """A dense block: a map that lasts; in it, layers of an array that grows, then a smaller one, with which a kernel
    needs memory. Each order of lengths and sizes puts one of the smaller ones above the larger."""
    buffers, above = [memory.Buffer("first", 3200, 0, 1), memory.Buffer("joined", 3200, 1, 13)], [0, 0]
    for at, size in enumerate([1216, 1600, 2432, 2816]):
        step = 3 * at + 2
        buffers += [memory.Buffer(f"long {at}", size, step, step + 1),
                    memory.Buffer(f"short {at}", 1600, step + 1, step + 2)]
        above += [0, 0, 640]
    found = memory.arena(buffers, above)
    tops = memory.tops(buffers, found.offsets, len(above))
    assert max(top + more for top, more in zip(tops, above, strict=True)) == found.least == 3200 + 1600 + 2816


# --- the command ---


def invoke(*words):
    done = CliRunner().invoke(main, ["package", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def saved(folder, text):
    model, _ = test_networks.parsed(text)
    (folder / "net.onnx").write_bytes(model.SerializeToString())
    return folder / "net.onnx"


def test_outputs_that_nothing_makes(tmp_path):
    """An input, a constant, one that is given twice, none that is computed: copies."""
    path = saved(tmp_path, """(float[1,4] x, float[1,4] xdead, float[1,4] c)
        => (float[1,4] x, float[1,4] c, float[1,4] y, float[1,4] y) { y = Relu(x) }""")
    code, _, said = invoke(path, "--target", "scalar", "-o", tmp_path / "out")
    assert code == 0, said
    assert "net_run(const float *x, float *x_2, float *c, float *y, float *y_2, void *workspace, int workers)" in \
        (tmp_path / "out/include/net.h").read_text()
    graph = onnx.helper.make_graph([], "g", *[[onnx.helper.make_tensor_value_info("x", 1, [2, 3])]] * 2)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path)
    code, _, said = invoke(path, "--target", "scalar", "-o", tmp_path / "empty")
    assert code == 0, said


@pytest.mark.parametrize(("words", "code", "said"), [
    (["--weights", "none"], 2, "weights must be in the library of a network (weights=none); --layers-only"),
    (["--threads", "2"], 2, "threads must come with a static arena, whose size they decide (threads=2)"),
    (["--section", "no blanks"], 2, "section must be a section's name for the linker (section='no blanks')"),
    (["--section", ".a", "--weights", "blob"], 2, "section must be of weights in the code (section=.a, weights=blob)"),
    (["--layers-only", "--cut", "d"], 2, "cut must be for a whole network (cut='d')"),
    (["--layers-only", "--arena", "static"], 2, "arena must be for a whole network (arena='static')"),
    (["--cut", "nobody"], 2, "cut must name values of the model (nobody)"),
    (["--stop-at", "Exp"], 2, "stop_at must name operators of the model (Exp)"),
    (["--skip-unsupported"], 2, "skip-unsupported must stand with layers-only"),
    (["--target", "opencl-cpu"], 3, "network must be for CPUs to become one function (target=opencl-cpu); --layers"),
    (["--dtype", "f16"], 3, "dtype must be what the model's values are of for a whole network (dtype=f16, x is f32)"),
])  # fmt: skip
def test_what_is_refused(words, code, said, tmp_path):
    path = saved(tmp_path, NETS["residual"])
    got, _, told = invoke(path, "--target", "scalar", "-o", tmp_path / "out", *words)
    assert (got, said in told, len(told.splitlines())) == (code, True, 1), told
    assert not (tmp_path / "out").exists()


def disagreeing(nodes, outputs, info=(), inputs=(("x", 1, [1, 3, 6, 6]),)):
    def told(arrays):
        return [onnx.helper.make_tensor_value_info(*one) for one in arrays]

    weights = onnx.numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "w")
    graph = onnx.helper.make_graph([onnx.helper.make_node(op, taken, [made]) for op, taken, made in nodes], "g",
                                   told(inputs), told(outputs), [weights], value_info=told(info))
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


RELU, FINE = ("Relu", ["x"], "y"), ("y", 1, [1, 3, 6, 6])


@pytest.mark.parametrize(("model", "said"), [
    (disagreeing([("Add", ["x", "b"], "a"), ("Relu", ["a"], "b")], [("b", 1, None)]), "nodes must come after those"),
    (disagreeing([RELU, ("Neg", ["x"], "y")], [FINE]), "values must have one maker (y, by Neg y)"),
    (disagreeing([("Conv", ["x", "w"], "a"), ("Relu", ["a"], "y")], [("y", 1, None)], [("a", 1, [1, 4, 9, 9])]),
     "a must have the shape that its node gives ((1, 4, 4, 4), and the model says (1, 4, 9, 9))"),
    (disagreeing([("Relu", ["x"], "a"), ("Neg", ["a"], "y")], [FINE], [("a", 1, [3, 6, 6])]),
     "a must have the shape that its node gives ((1, 3, 6, 6), and the model says (3, 6, 6))"),
    (disagreeing([RELU], [("y", onnx.TensorProto.INT64, [1, 3, 6, 6])]),
     "y must be of the type that its node gives (f32, and the model says s64)"),
    (disagreeing([RELU], [("y", onnx.TensorProto.INT8, None)]),
     "y must be of the type that its node gives (f32, and the model says s8)"),
    (disagreeing([("Conv", ["x", "w"], "y")], [("y", 1, None)], inputs=[("x", 11, [1, 3, 6, 6])]),
     "Conv y: operands must be of one type (x is f64, w is f32)"),
    (disagreeing([RELU], []), "model must have outputs (it has none)"),
    (disagreeing([RELU], [("q", 1, [1, 3, 6, 6])]), "outputs must be values that nodes make, inputs or constants (q)"),
    (disagreeing([RELU], [FINE], inputs=[("x", 1, [1, 3, 6, 6])] * 2),
     "inputs must have different names (x is 2 of them)"),
])  # fmt: skip
def test_models_that_contradict_themselves(model, said, tmp_path):
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    code, _, told = invoke(tmp_path / "net.onnx", "--target", "scalar", "-o", tmp_path / "out")
    assert (code, said in told, len(told.splitlines())) == (2, True, 1), told
    assert not (tmp_path / "out").exists()


def test_operators_that_are_missing_are_listed_with_ways_out(tmp_path):
    path = saved(tmp_path, """(float[1,8,9,9] x, float[8,8,3,3] w) => (int64[4,N] y) {
        a = Conv(x, w) c = Relu(a) y = NonZero(c) }""")
    words = path, "--target", "scalar", "--layout", "nhwc", "--no-verify", "-o", tmp_path / "out"
    code, _, said = invoke(*words)
    assert (code, "left: 1 NonZero" in said) == (3, True), said
    assert "--stop-at OPERATOR or --cut VALUE" in said
    for more in (["--stop-at", "NonZero"], ["--cut", "c"]):
        code, out, said = invoke(*words, *more, "--force", "--report")
        assert code == 0, said
        assert re.search(r"net_a +c Relu +0\.03", out), out
        assert "net_run(const float *x, float *c," in (tmp_path / "out/include/net.h").read_text()


def test_the_layout_is_the_faster_one(tmp_path):
    path = saved(tmp_path, NETS["joins in joins"])
    _, _, said = invoke(path, "--target", "x86-64-v3", "--no-verify", "-o", tmp_path / "out")
    layout = re.search(r"layout (\w+): convolutions are predicted to take (\d\.\d\d) times", said)
    assert layout is not None
    assert float(layout[2]) >= 1.0
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert {one["spec"]["layout"] for one in manifest["layers"]} == {layout[1]}


def chain_of(count, made, shape, constants=()):
    """A model of nodes that each read the one before: made(at) gives (operator, other inputs, attributes)."""
    nodes = []
    for at in range(count):
        op, more, attributes = made(at)
        nodes.append(onnx.helper.make_node(op, [f"v{at}", *more], [f"v{at + 1}"], **attributes))
    ends = [onnx.helper.make_tensor_value_info(f"v{at}", 1, shape) for at in (0, count)]
    graph = onnx.helper.make_graph(nodes, "many", [ends[0]], [ends[1]], [*constants])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def test_many_nodes_take_bounded_time(tmp_path, infers):
    """As few as show a loop in a loop. What is alike has one function, but for those that write over what they read."""
    model = chain_of(1500, lambda at: ("Softmax" if at % 50 else "Relu", (), {}), [1, 4])
    before = time.process_time()
    made, _ = planned(tmp_path, "net", model)
    assert time.process_time() - before < 4
    assert made.whole.arena.bytes <= 512
    assert len(made.whole.calls) > 5000
    assert len(made.whole.functions) < 30


def test_many_convolutions_take_bounded_time(tmp_path, infers):
    weights = onnx.numpy_helper.from_array(np.ones((4, 4, 1, 1), np.float32), "w")
    model = chain_of(1000, lambda at: ("Conv", ("w",), {}), [1, 4, 3, 3], [weights])
    before = time.process_time()
    made, _ = planned(tmp_path, "net", model)
    assert time.process_time() - before < 4
    assert sum(len(layer.part.uses) for layer in made.layers) > 100


@functools.cache
def slow_writer():
    return """
import sys, time
from pathlib import Path
from convgen.packaging import output, undo
place = undo.place
def slow(fresh, path, steps):
    place(fresh, path, steps)
    print(path.name, flush=True)
    time.sleep(10)
undo.place = slow
output.write(Path(sys.argv[1]), {"a.c": "new\\n", "b.c": "new\\n"}, force=True)
"""


@pytest.mark.parametrize("old", [None, "old\n"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_package_leaves_what_was_there(old, number, tmp_path):
    folder = tmp_path / "out"
    if old is not None:
        folder.mkdir()
        (folder / "a.c").write_text(old)
    process = subprocess.Popen([sys.executable, "-c", slow_writer(), str(folder)], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == b"a.c\n"
    process.send_signal(number)
    process.wait(20)
    process.stdout.close()
    if old is None:
        assert not folder.exists()
    else:
        assert {path.name: path.read_text() for path in folder.iterdir()} == {"a.c": old}
