"""Matrix instructions of NVIDIA's GPUs, and the kernels made of them: emulated, any device runs both."""

from __future__ import annotations

import re
import subprocess

import msgspec
import numpy as np
import pytest
import tools
from exact_layers import LAYERS as EXACT_LAYERS
from exact_layers import check

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.emit.dialect import LANGUAGES
from convgen.errors import InputError, UnsupportedError
from convgen.layer.element import F16, S32
from convgen.machine import devices
from convgen.machine.rows.nvidia import ADDRESSES, BYTES, HALFS, MATRIX_ROWS, TF32, spread, spread_in_c
from convgen.machine.target import NAMED
from convgen.packaging import embed
from convgen.planner.rank import best, rank
from convgen.verification import exactness
from convgen.verification.report import run_mode

needs_device = tools.needs_device
SM80 = NAMED["opencl-sm80"]
TENSOR = ALGORITHMS["tensor"]
ROWS = list(MATRIX_ROWS.values())
FLOATS = ("f32", "f16")


# --- the rows ---

@pytest.mark.parametrize(("row", "a", "b", "d"), [  # of lane 5, as the PTX manual's figures have them
    (HALFS, [(1, 2), (1, 3), (9, 2), (9, 3), (1, 10), (1, 11), (9, 10), (9, 11)], [(2, 1), (3, 1), (10, 1), (11, 1)],
     [(1, 2), (1, 3), (9, 2), (9, 3)]),
    (TF32, [(1, 1), (9, 1), (1, 5), (9, 5)], [(1, 1), (5, 1)], [(1, 2), (1, 3), (9, 2), (9, 3)]),
    (BYTES[0], [(1, 4), (1, 5), (1, 6), (1, 7), (9, 4), (9, 5), (9, 6), (9, 7),
                (1, 20), (1, 21), (1, 22), (1, 23), (9, 20), (9, 21), (9, 22), (9, 23)],
     [(4, 1), (5, 1), (6, 1), (7, 1), (20, 1), (21, 1), (22, 1), (23, 1)], [(1, 2), (1, 3), (9, 2), (9, 3)]),
], ids=["f16", "tf32", "bytes"])
def test_fragments_are_those_of_the_manual(row, a, b, d):
    assert [row.a(5, i, part) for i in range(4) for part in range(row.each)] == a
    assert [row.b(5, i, part) for i in range(2) for part in range(row.each)] == b
    assert [row.d(5, i) for i in range(4)] == d


@pytest.mark.parametrize("change", [
    {"k": 4}, {"rows": F16, "columns": F16}, {"columns": F16}, {"sums": S32}, {"name": TF32.name.replace("k8", "k4")}])
def test_a_row_checks_itself(change):
    with pytest.raises(AssertionError):
        msgspec.structs.replace(TF32, **change)


def test_spread_is_a_permutation_and_the_same_in_c():
    assert sorted(map(spread, range(64))) == list(range(64))
    assert [eval(spread_in_c("r").replace("/", "//")) for r in range(64)] == list(map(spread, range(64)))


def bits(element, values):
    """Words of numbers, [..., each] in the lowest bits first."""
    return np.ascontiguousarray(np.asarray(values, element.dtype)).view(np.uint32)[..., 0]


def drawn(rng, element, shape):
    """Numbers whose products are exact: of integers all there are."""
    least, largest = (element.smallest, element.largest) if element.whole else (-9, 9)
    return rng.integers(int(least), int(largest) + 1, shape)


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
void test(__global const uint4 *a, __global const uint4 *b, __global SUMS *d)
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
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rows.name}:{row.columns.name}")
def test_what_stands_for_the_instruction_is_a_matrix_product(row):
    rng = np.random.default_rng(1)
    a, b = drawn(rng, row.rows, (16, row.k)), drawn(rng, row.columns, (row.k, 16))
    c = rng.integers(-9, 10, (16, 16))
    parts = range(row.each)
    own_a = bits(row.rows, [[[a[row.a(lane, i, part)] for part in parts] for i in range(4)] for lane in range(32)])
    own_b = bits(row.columns, [[[b[:, 8 * (i // 2) :][row.b(lane, i % 2, part)] for part in parts] for i in range(4)]
                               for lane in range(32)])
    # columns of both products in turn: spread() of where they come from
    places = [[(row.d(lane, i)[0], 8 * j + row.d(lane, i)[1]) for half in (0, 2) for j in (0, 1)
               for i in (half, half + 1)] for lane in range(32)]
    assert [[spread(column) % 4 for _, column in own] for own in places] == [[0, 1, 2, 3] * 2] * 32
    out = np.array([[c[place] for place in own] for own in places], row.sums.dtype)
    got = run(row, MULTIPLY.replace("SUMS", row.vector), own_a, own_b, out=out)
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
    got = run(HALFS, FRAGMENTS, tile, out=np.zeros((32, 4, 4), np.uint32))
    tile[7] = 0  # was not inside
    for lane in range(32):
        for step in range(2):
            words = tile[:, 8 * step : 8 * step + 8]
            assert [*got[lane, step]] == [words[row, column // 2]
                                          for row, column in (HALFS.a(lane, i) for i in range(4))]
            assert [*got[lane, 2 + step]] == [words[8 * j + column, row // 2] for j in (0, 1)
                                              for row, column in (HALFS.b(lane, i) for i in range(2))]


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
                assert (row, word) == (HALFS.a(lane, i)[0], HALFS.a(lane, i)[1] // 2)
            else:
                assert (word, row) == (HALFS.b(lane, i % 2)[0] // 2, HALFS.b(lane, i % 2)[1] + 8 * (i // 2))


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


# Of integers too what padding reads as, the rule, the order of the operands and the types of all arrays differ.
INTEGERS = {
    "a slot in the place of padding": {"dtype": "u8:s8:u8", "ic": 64, "oc": 37, "ih": 9, "iw": 11, **SQUARE,
                                       "layout": "nhwc", "input_zero": 131, "output_zero": 255},
    "groups of slots": {"dtype": "s8:s8:s8", "g": 2, "n": 2, "ic": 96, "oc": 38, "ih": 9, "iw": 8, **SQUARE, "sh": 2,
                        "dw": 2, "layout": "nhwc", "input_zero": -128, "output_zero": -128, "rounding": "tflite",
                        "activation": "relu6", "output_scale": 0.05, "weights_layout": "ohwi", "bias": False},
    "zeros in the place of padding": {"dtype": "s8:s8:f32", "ic": 16, "oc": 24, "ih": 6, "iw": 7, **SQUARE,
                                      "layout": "nhwc", "activation": "relu"},
    "a table, no padding": {"dtype": "u8:s8:s8", "ic": 64, "oc": 40, "ih": 6, "iw": 7, "kh": 2, "kw": 2,
                            "layout": "nhwc", "input_zero": 3, "activation": "silu", "sum_zero": -3, "sum_scale": 0.06,
                            "output_scale": 0.03, "output_zero": -100},
    "moved weights, residual": {"dtype": "u8:u8:u8", "ic": 32, "oc": 24, "ih": 6, "iw": 7, "kh": 1, "kw": 1, "n": 2,
                                "layout": "nhwc", "input_zero": 7, "weights_zero": 128, "residual": True,
                                "residual_zero": 255, "residual_scale": 0.7},
    "bytes": {"dtype": "u8:s8:s32", "ic": 9, "oc": 9, "ih": 9, "iw": 11, **SQUARE, "sw": 2, "layout": "nhwc", "n": 2,
              "input_zero": 255, "bias": False},
    "bytes of a slice": {"dtype": "u8:s8:u8", "ic": 32, "oc": 6, "ih": 5, "iw": 5, "kh": 1, "kw": 2, "left": 1,
                         "in_stride": 37, "out_stride": 8, "layout": "nhwc", "input_zero": 128, "flip": True},
    "planes": {"dtype": "u8:s8:s8", "ic": 64, "oc": 37, "ih": 9, "iw": 11, **SQUARE, "n": 3, "input_zero": 255,
               "output_zero": -128, "rounding": "tflite-single"},
    "planes, signed": {"dtype": "s8:s8:u8", "g": 2, "ic": 10, "oc": 20, "ih": 8, "iw": 16, **SQUARE, "sh": 2, "sw": 2,
                       "input_zero": -5, "rounding": "tflite", "weights_layout": "hwio"},
    "planes of floats": {"dtype": "s8:s8:f32", "ic": 32, "oc": 40, "ih": 8, "iw": 8, "kw": 1, "n": 2,
                         "activation": "relu6", "input_zero": 127},
}


def plans_of(spec, target=SM80):
    return [plan for one in target.summing(spec.arithmetic) for plan in TENSOR.plans(spec, one)]


def plans(spec, number):
    """Some of a layer's plans. PoCL 3.1 fails on the largest tiles of warps: it frees constant expressions that it
    still needs, when there is much code."""
    found = [plan for plan in plans_of(spec) if plan.mr * plan.nr <= 8]
    assert found, spec
    return found[:: max(1, len(found) // number)][:number]


@pytest.mark.sampled
@needs_device
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    for plan in plans(ConvSpec(**LAYERS[name], dtype=dtype), 1):
        report = verify(render(plan).compile(), ["exact", "bound", "properties"])
        assert report.ok, report


@pytest.mark.sampled
@needs_device
@pytest.mark.parametrize("name", INTEGERS)
def test_layers_of_integers(name):
    """The rule's bits, sums at their ends too; no byte beside the arrays is touched."""
    (plan,) = plans(ConvSpec(**INTEGERS[name]), 1)
    conv = render(plan).compile(device=tools.devices()[0].key)
    check(conv)
    for mode in ("overflow", "guard"):
        outcome = run_mode(conv, mode)
        assert outcome.ok, outcome.detail


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", LAYERS)
def test_tiles(name, dtype):
    for plan in plans(ConvSpec(**LAYERS[name], dtype=dtype), 8):
        report = verify(render(plan).compile(), ["exact", "bound"])
        assert report.ok, report


SUMMED = INTEGERS | {f"exact: {name}": fields for name, fields in EXACT_LAYERS.items() if plans_of(ConvSpec(**fields))}


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize("name", SUMMED)
def test_tiles_of_integers(name):
    for plan in plans(ConvSpec(**SUMMED[name]), 8):
        check(render(plan).compile())


@needs_device
def test_packed_in_c_as_on_the_device(monkeypatch):
    """What stands for 0, bias and scales behind the weights too."""
    monkeypatch.setattr(embed, "check_sums", lambda kernel: None)
    spec = ConvSpec(**INTEGERS["groups of slots"])
    kernel = render(plans(spec, 1)[0])
    arrays = exactness.drawn(spec, np.random.default_rng(2))
    conv = kernel.compile()
    conv.restore(embed.Packer([kernel])(kernel, {role: arrays[role] for role in ("weights", "scale")}))
    np.testing.assert_array_equal(conv(arrays["input"]), exactness.right(spec, arrays))


DENSE = {"ic": 64, "oc": 64, "ih": 28, "iw": 28, **SQUARE, "n": 8}


def test_only_devices_that_report_them_use_matrix_instructions():
    older = msgspec.structs.replace(SM80, device=msgspec.structs.replace(SM80.device, capability=75))
    for dtype in (*FLOATS, "u8:s8:u8", "s8:s8:s32"):
        spec = ConvSpec(**DENSE, dtype=dtype)
        assert plans_of(spec)
        for target in (NAMED["opencl-gpu"], NAMED["opencl-cpu"], NAMED["x86-64-v3"], older):
            assert not plans_of(spec, target)


def test_only_bytes_are_multiplied_and_of_the_rows_for_them_one_is_enough():
    assert {plan.target.isa for plan in plans_of(ConvSpec(**DENSE, dtype="u8:s8:u8"))} == {"cl4_dp4a_s8"}
    for dtype in ("u8:s16:u8", "bf16"):
        assert not plans_of(ConvSpec(**DENSE, dtype=dtype))


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_integers_take_them_unasked_but_where_each_channel_is_alone(layout):
    spec = ConvSpec(**DENSE, dtype="u8:s8:u8", layout=layout, input_zero=3)
    plan = best(spec, SM80)
    assert plan.algorithm == "tensor"
    assert TENSOR.numerics(plan).expected_error == TENSOR.numerics(plan).roundings == 0
    assert "--max-error" not in render(plan).source
    assert best(spec.replace(g=64), SM80).algorithm != "tensor"


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
    kernel = render(plans(ConvSpec(**LAYERS["pointwise"], dtype="f16"), 1)[0])
    with pytest.raises(UnsupportedError, match=r"needs instructions.*capability 8 .*7\.5"):
        opencl.Conv(kernel, msgspec.structs.replace(info, capability=75), device)


def probe(dtype):
    """What a clang must make PTX of for such a layer: integers are nothing special."""
    return dtype if dtype in FLOATS else "f32"


def to_ptx(kernel, folder):
    """What clang makes of a kernel when it is told that it is NVIDIA's compiler."""
    (folder / "k.cl").write_text(kernel.source)
    done = subprocess.run([tools.ptx_compiler(probe(kernel.spec.dtype)), *tools.NVIDIA, folder / "k.cl", "-o", "-"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


@pytest.mark.parametrize(("dtype", "layout", "types"), [
    pytest.param(*case, marks=tools.needs(tools.ptx, probe(case[0]))) for case in (
        ("f32", "nhwc", "m16n8k8.row.col.f32.tf32.tf32.f32"), ("f16", "nhwc", "m16n8k16.row.col.f32.f16.f16.f32"),
        ("u8:s8:u8", "nhwc", "m16n8k32.row.col.s32.u8.s8.s32"), ("u8:s8:u8", "nchw", "m16n8k32.row.col.s32.s8.u8.s32"),
        ("s8:s8:s32", "nhwc", "m16n8k32.row.col.s32.s8.s8.s32"))])
def test_nvidia_gets_the_instructions(dtype, layout, types, tmp_path):
    plan = next(plan for plan in plans_of(ConvSpec(**DENSE, layout=layout, dtype=dtype)) if plan.mr == 8)
    ptx = to_ptx(render(plan), tmp_path)
    blocks = plan.mr // 2 * plan.nr
    assert ptx.count("mma.sync.aligned.") == ptx.count(f"mma.sync.aligned.{types} ") == \
        2 * 2 * blocks  # two for a block of a step, two steps
    assert ptx.count("ldmatrix.sync.aligned.m8n8.x4.shared.b16") == 2 * (plan.mr // 2 + plan.nr)
    assert "cp.async.cg.shared.global" in ptx
    assert "EMULATED" not in ptx
    loaded = re.findall(r"ldmatrix\S* \{(.*?)\}", ptx)
    for sums, a, b, added in re.findall(r"mma\.sync\S* \{(.*?)\}, \{(.*?)\}, \{(.*?)\}, \{(.*?)\}", ptx):
        assert sums == added
        if dtype != "f32":  # as it was loaded, two columns of blocks each
            assert a in loaded
            assert any(words.startswith(f"{b},") or words.endswith(f", {b}") for words in loaded)
