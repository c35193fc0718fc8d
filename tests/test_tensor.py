"""Matrix instructions of NVIDIA's GPUs, and the kernels made of them: emulated, any device runs both."""

from __future__ import annotations

import re
import subprocess

import msgspec
import numpy as np
import pytest
import tools

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.emit.dialect import LANGUAGES
from convgen.errors import InputError, UnsupportedError
from convgen.machine import devices
from convgen.machine.rows.nvidia import ADDRESSES, F16, MATRIX_ROWS, TF32, spread, spread_in_c
from convgen.machine.target import NAMED
from convgen.planner.rank import best, rank

needs_device = tools.needs_device
SM80 = NAMED["opencl-sm80"]
TENSOR = ALGORITHMS["tensor"]
ROWS = list(MATRIX_ROWS.values())


# --- the rows ---

@pytest.mark.parametrize(("row", "a", "b", "d"), [  # of lane 5, as the PTX manual's figures have them
    (F16, [(1, 2), (1, 3), (9, 2), (9, 3), (1, 10), (1, 11), (9, 10), (9, 11)], [(2, 1), (3, 1), (10, 1), (11, 1)],
     [(1, 2), (1, 3), (9, 2), (9, 3)]),
    (TF32, [(1, 1), (9, 1), (1, 5), (9, 5)], [(1, 1), (5, 1)], [(1, 2), (1, 3), (9, 2), (9, 3)]),
], ids=["f16", "tf32"])
def test_fragments_are_those_of_the_manual(row, a, b, d):
    assert [row.a(5, i, part) for i in range(4) for part in range(row.each)] == a
    assert [row.b(5, i, part) for i in range(2) for part in range(row.each)] == b
    assert [row.d(5, i) for i in range(4)] == d


@pytest.mark.parametrize("change", [{"k": 4}, {"memory": F16.memory}, {"name": TF32.name.replace("k8", "k4")}])
def test_a_row_checks_itself(change):
    with pytest.raises(AssertionError):
        msgspec.structs.replace(TF32, **change)


def test_spread_is_a_permutation_and_the_same_in_c():
    assert sorted(map(spread, range(64))) == list(range(64))
    assert [eval(spread_in_c("r").replace("/", "//")) for r in range(64)] == list(map(spread, range(64)))


def bits(row, values):
    """Words of numbers, [..., each] in the lowest bits first."""
    kind = np.dtype(row.memory.numpy)
    return np.ascontiguousarray(np.asarray(values, kind)).view(np.uint32)[..., 0]


def run(row, kernel, *arrays, out):
    """What a kernel of one warp, made of a row's helpers, writes."""
    import pyopencl as cl

    _, device = devices.handle(tools.devices()[0].key)
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    language = LANGUAGES["opencl"]
    source = "\n".join(row.helpers.values()) + kernel
    program = cl.Program(context, source).build(list(language.flags))
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
    buffers = [cl.Buffer(context, flags, hostbuf=array) for array in (*arrays, out)]
    program.test(queue, (32,), (32,), *buffers)
    cl.enqueue_copy(queue, out, buffers[-1])
    return out


MULTIPLY = """
__kernel __attribute__((reqd_work_group_size(32, 1, 1)))
void test(__global const uint4 *a, __global const uint4 *b, __global float8 *d)
{
    __local uint held[256] __attribute__((aligned(16)));
    const int lane = (int)get_local_id(0);
    share(held, lane, a[lane]);
    share(held + 128, lane, b[lane]);
    meet();
    d[lane] = multiply(d[lane], a[lane], b[lane], held, held + 128, lane);
}
"""


@needs_device
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.memory.name)
def test_what_stands_for_the_instruction_is_a_matrix_product(row):
    rng = np.random.default_rng(1)
    a, b, c = (rng.integers(-9, 10, shape).astype(np.float32) for shape in ((16, row.k), (row.k, 16), (16, 16)))
    parts = range(row.each)
    own_a = bits(row, [[[a[row.a(lane, i, part)] for part in parts] for i in range(4)] for lane in range(32)])
    own_b = bits(row, [[[b[:, 8 * (i // 2) :][row.b(lane, i % 2, part)] for part in parts] for i in range(4)]
                       for lane in range(32)])
    # columns of both products in turn: spread() of where they come from
    places = [[(row.d(lane, i)[0], 8 * j + row.d(lane, i)[1]) for half in (0, 2) for j in (0, 1)
               for i in (half, half + 1)] for lane in range(32)]
    assert [[spread(column) % 4 for _, column in own] for own in places] == [[0, 1, 2, 3] * 2] * 32
    out = np.array([[c[place] for place in own] for own in places], np.float32)
    got = run(row, MULTIPLY, own_a, own_b, out=out)
    want = a @ b + c
    assert np.array_equal(got, [[want[place] for place in own] for own in places])


FRAGMENTS = """
__kernel __attribute__((reqd_work_group_size(32, 1, 1)))
void test(__global const uint4 *rows, __global uint4 *out)
{
    __local uint tile[256] __attribute__((aligned(16)));
    const int lane = (int)get_local_id(0);
    for (int j = 0; j < 2; ++j) {
        const int row = lane / 4 + 8 * j;
        const int quarter = lane % 4;
        __global const void *from = rows + row * 4 + quarter;
        copy(tile + row * 16 + (quarter ^ row / 2 % 4) * 4, from, row != 7);
    }
    end_copies();
    wait_for_copies_0();
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 0; step < 2; ++step) {
        out[lane * 4 + step] = fragment_of_rows(tile, step, lane);
        out[lane * 4 + 2 + step] = fragment_of_columns(tile, step, lane);
    }
}
"""


@needs_device
def test_fragments_come_from_turned_rows():
    tile = np.arange(1, 257, dtype=np.uint32).reshape(16, 16)
    got = run(F16, FRAGMENTS, tile, out=np.zeros((32, 4, 4), np.uint32))
    tile[7] = 0  # was not inside
    for lane in range(32):
        for step in range(2):
            words = tile[:, 8 * step : 8 * step + 8]
            assert [*got[lane, step]] == [words[row, column // 2] for row, column in (F16.a(lane, i) for i in range(4))]
            assert [*got[lane, 2 + step]] == [words[8 * j + column, row // 2] for j in (0, 1)
                                              for row, column in (F16.b(lane, i) for i in range(2))]


@pytest.mark.parametrize("what", ADDRESSES)
def test_ldmatrix_is_given_the_addresses_of_the_same_fragments(what):
    """It takes eight rows of four words from the addresses of lanes 8 i to 8 i + 7; lane l gets, in register i, word
    l % 4 of row l / 4 (PTX ISA, ldmatrix)."""
    def given(lane):
        return [eval(text.replace("/", "//"), {"lane": lane}) for text in ADDRESSES[what]]

    for lane in range(32):
        for i in range(4):
            row, quarter = given(8 * i + lane // 4)
            word = 4 * quarter + lane % 4
            if what == "rows":
                assert (row, word) == (F16.a(lane, i)[0], F16.a(lane, i)[1] // 2)
            else:
                assert (word, row) == (F16.b(lane, i % 2)[0] // 2, F16.b(lane, i % 2)[1] + 8 * (i // 2))


ROUND = """
__kernel void test(__global const uint *a, __global uint *out)
{
    out[get_global_id(0)] = to_tf32(a[get_global_id(0)]);
}
"""


@needs_device
def test_operands_are_rounded_to_eleven_bits():
    one = np.float32(1).view(np.uint32)
    numbers = [one, one + 0xFFF, one + 0x1000, one + 0x1FFF, one + 0x3000, 0x80000000 | (one + 0x1000), 0, 0x7F800000,
               0xFF800000, 0x00001000, 0x3FFFFFFF]
    want = [one, one, one + 0x2000, one + 0x2000, one + 0x4000, 0x80000000 | (one + 0x2000), 0, 0x7F800000,
            0xFF800000, 0x00002000, 0x40000000]
    given = np.array(numbers + [0x7F800001] * (32 - len(numbers)), np.uint32)
    got = run(TF32, ROUND, given, out=np.zeros(32, np.uint32))
    assert [*got[: len(want)]] == want
    assert np.isnan(got[len(want) :].view(np.float32)).all()


# --- the kernels ---

SQUARE = {"kh": 3, "kw": 3, "padding": "half"}
LAYERS = {  # how the input comes, and where tiles end, differ
    "pointwise": {"ic": 32, "oc": 48, "ih": 7, "iw": 9, "kw": 1, "layout": "nhwc", "n": 2},
    "chunks in one tap": {"ic": 32, "oc": 37, "ih": 9, "iw": 11, **SQUARE, "layout": "nhwc", "residual": True},
    "slots in one tap": {"ic": 24, "oc": 40, "ih": 9, "iw": 11, **SQUARE, "layout": "nhwc", "n": 2,
                         "activation": "relu6"},
    "numbers": {"ic": 35, "oc": 40, "ih": 9, "iw": 11, **SQUARE, "layout": "nhwc", "n": 2, "weights_layout": "ohwi"},
    "three channels": {"ic": 3, "oc": 16, "ih": 16, "iw": 15, "kh": 5, "kw": 5, "padding": "half", "layout": "nhwc",
                       "flip": True, "sh": 2, "sw": 2},
    "planes": {"ic": 32, "oc": 37, "ih": 9, "iw": 11, **SQUARE, "n": 3, "residual": True, "activation": "silu"},
    "planes, strided": {"ic": 5, "oc": 36, "ih": 8, "iw": 16, **SQUARE, "sh": 2, "sw": 2},
    "planes, pointwise": {"ic": 32, "oc": 40, "ih": 8, "iw": 8, "kw": 1, "n": 2, "activation": "relu"},
    "groups": {"ic": 32, "oc": 24, "g": 2, "id": 3, "ih": 5, "iw": 6, "kd": 2, **SQUARE, "dh": 2, "layout": "ndhwc",
               "n": 2},
    "groups of planes": {"ic": 64, "oc": 48, "g": 2, "ih": 5, "iw": 6, **SQUARE, "dw": 2, "n": 2, "bias": False},
    "one pixel": {"ic": 20, "oc": 7, "iw": 1, "kw": 1, "layout": "nwc"},
}


def plans(name, dtype, number):
    """Some of a layer's plans. PoCL 3.1 fails on the largest tiles of warps: it frees constant expressions that it
    still needs, when there is much code."""
    found = [plan for plan in TENSOR.plans(ConvSpec(**LAYERS[name], dtype=dtype), SM80) if plan.mr * plan.nr <= 8]
    assert found, name
    return found[:: max(1, len(found) // number)][:number]


@needs_device
@pytest.mark.parametrize("dtype", MATRIX_ROWS)
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    for plan in plans(name, dtype, 1):
        report = verify(render(plan).compile(), ["exact", "bound", "properties"])
        assert report.ok, report


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize("dtype", MATRIX_ROWS)
@pytest.mark.parametrize("name", LAYERS)
def test_tiles(name, dtype):
    for plan in plans(name, dtype, 8):
        report = verify(render(plan).compile(), ["exact", "bound"])
        assert report.ok, report


DENSE = {"ic": 64, "oc": 64, "ih": 28, "iw": 28, **SQUARE, "n": 8}


def test_only_devices_that_report_them_use_matrix_instructions():
    older = msgspec.structs.replace(SM80, device=msgspec.structs.replace(SM80.device, capability=75))
    for dtype in MATRIX_ROWS:
        spec = ConvSpec(**DENSE, dtype=dtype)
        assert any(TENSOR.plans(spec, SM80))
        for target in (NAMED["opencl-gpu"], NAMED["opencl-cpu"], NAMED["x86-64-v3"], older):
            assert not any(TENSOR.plans(spec, target))


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_f16_takes_them_and_f32_only_where_rounded_operands_are_admitted(layout):
    spec = ConvSpec(**DENSE, layout=layout)
    assert best(spec.replace(dtype="f16"), SM80).algorithm == "tensor"
    assert best(spec, SM80).algorithm != "tensor"
    admitted = rank(spec, SM80, max_error=1e-3)
    assert admitted[0].plan.algorithm == "tensor"
    assert {"implicit", "tensor"} <= {estimate.plan.algorithm for estimate in admitted}, "the portable one beside it"
    assert "--max-error" in render(admitted[0].plan).source
    assert best(ConvSpec(**{**DENSE, "g": 64}, layout=layout, dtype="f16"), SM80).algorithm != "tensor"


@pytest.mark.parametrize("terms", [1, 64, 4608])
def test_the_error_of_rounded_operands_is_as_expected(terms):
    """Of some 10^5 outputs on normal data; of one product it is the worst case."""
    rng = np.random.default_rng(2)

    def rounded(x):
        return ((x.view(np.uint32) + 0x1000) & 0xFFFFE000).view(np.float32).astype(np.float64)

    worst = 0.0
    for _ in range(16):
        x, w = (rng.standard_normal((n, terms)).astype(np.float32) for n in (200, 30))
        error = rounded(x) @ rounded(w).T - x.astype(np.float64) @ w.astype(np.float64).T
        worst = max(worst, float((np.abs(error) / (np.abs(x) @ np.abs(w).T)).max()))
    spec = ConvSpec(ic=terms, oc=4, iw=4, kw=1, layout="nwc")
    plan = next(TENSOR.plans(spec, SM80))
    assert 0.6 < worst / TENSOR.numerics(plan).expected_error < 1.1
    assert worst < render(plan).bound.gamma
    assert TENSOR.numerics(msgspec.structs.replace(plan, spec=spec.replace(dtype="f16"))).expected_error == 0


@pytest.mark.parametrize(("change", "reason"), [
    ({"mr": 4}, r"loops\[5\] must be local oc by 32"),
    ({"mr": 3}, r"mr must be 8, 4 or 2 \(mr=3\)"),
    ({"loops": ()}, r"loops\[0\] must be group g by 1"),
    ({"target": NAMED["opencl-gpu"]}, "needs a GPU with matrix instructions"),
    ({"target": msgspec.structs.replace(SM80, device=msgspec.structs.replace(SM80.device, group=16))}, "work-group"),
    ({"target": msgspec.structs.replace(SM80, device=msgspec.structs.replace(SM80.device, local_bytes=100))}, "local"),
])
def test_illegal_plans_say_why(change, reason):
    plan = next(plan for plan in TENSOR.plans(ConvSpec(**DENSE), SM80) if plan.mr == 8)
    assert TENSOR.check(plan) is None
    with pytest.raises(InputError, match=reason):
        render(msgspec.structs.replace(plan, **change))


@needs_device
def test_a_device_that_lacks_the_instruction_is_told_so():
    from convgen.run import opencl

    info, device = devices.handle(tools.devices()[0].key)
    kernel = render(plans("pointwise", "f16", 1)[0])
    with pytest.raises(UnsupportedError, match=r"needs instructions.*capability 8 .*7\.5"):
        opencl.Conv(kernel, msgspec.structs.replace(info, capability=75), device)


def to_ptx(kernel, folder):
    """What clang makes of a kernel when it is told that it is NVIDIA's compiler."""
    (folder / "k.cl").write_text(kernel.source)
    done = subprocess.run([tools.ptx_compiler(kernel.spec.dtype), *tools.NVIDIA, folder / "k.cl", "-o", "-"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


@pytest.mark.parametrize("dtype", [pytest.param(dtype, marks=tools.needs(tools.ptx, dtype)) for dtype in MATRIX_ROWS])
def test_nvidia_gets_the_instructions(dtype, tmp_path):
    plan = next(plan for plan in TENSOR.plans(ConvSpec(**DENSE, layout="nhwc", dtype=dtype), SM80) if plan.mr == 8)
    ptx = to_ptx(render(plan), tmp_path)
    blocks = plan.mr // 2 * plan.nr
    assert ptx.count(MATRIX_ROWS[dtype].name) == 2 * 2 * blocks  # two for a block of a step, two steps
    assert ptx.count("ldmatrix.sync.aligned.m8n8.x4.shared.b16") == 2 * (plan.mr // 2 + plan.nr)
    assert "cp.async.cg.shared.global" in ptx
    assert "EMULATED" not in ptx
    loaded = re.findall(r"ldmatrix\S* \{(.*?)\}", ptx)
    for sums, a, b, added in re.findall(r"mma\.sync\S* \{(.*?)\}, \{(.*?)\}, \{(.*?)\}, \{(.*?)\}", ptx):
        assert sums == added
        if dtype == "f16":  # as it was loaded, two columns of blocks each
            assert a in loaded
            assert any(words.startswith(f"{b},") or words.endswith(f", {b}") for words in loaded)
