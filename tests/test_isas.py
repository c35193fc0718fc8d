"""Every operation of every row of the ISA table, in C or on an OpenCL device, against NumPy, bit for bit."""

from __future__ import annotations

import functools
import mmap
import os
import re
from ctypes import CDLL, c_int, c_size_t, c_void_p
from types import SimpleNamespace

import cffi
import emulated
import msgspec
import numpy as np
import pytest
import tools

from convgen import compilers, devices, isolate, native
from convgen.errors import CrashError
from convgen.isas import C_ROWS, ISAS, OPENCL_ROWS, OPERATIONS, SCALAR
from convgen.render import LANGUAGES
from convgen.target import cpu_features

F32 = np.float32
CANARY = np.uint32(0x7FC0BEEF)  # a NaN that no operation makes
CONSTANTS = ("0.0f", "-0.0f", "1.0f", "-0.1f", "1e-40f", "3.40282347e+38f", "12582912.0f")
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-Wno-unused-function",
          "-ffp-contract=off")  # the scalar row's a * b + c rounds twice, also where the machine has an FMA
ALIGNED = ("fetch", "place")  # that want an address to suit a whole vector
VECTOR_OPS = ("add", "sub", "mul", "div", "fma", "max", "min", "evens", "odds", "pow2")  # vectors in and out


def parts(lanes):
    """(first, end) of every run of lanes."""
    return [(first, end) for first in range(lanes) for end in range(first + 1, lanes + 1)]


def statements_of(row):
    """Operation -> statements: out[i …] = operation(a[i …], b[i …], c[i …])."""
    a, b, c = (row.load(f"{p} + i") for p in "abc")
    n_tails = range(1, row.lanes)
    bodies = {
        "load": [row.store("out + i", a)],
        "stash": [f"float own[{row.lanes}]", row.stash("own", a),
                  *(f"out[i + {k}] = own[{k}]" for k in range(row.lanes))],
        "recall": [f"float own[{row.lanes}]", *(f"own[{k}] = a[i + {k}]" for k in range(row.lanes)),
                   row.store("out + i", row.recall("own"))],
        "get": [row.put("out", f"i + {k}", row.get("a", f"i + {k}")) for k in range(row.lanes)],
        "fetch": [row.store("out + i", row.fetch("a + i"))],
        "place": [f"const {row.vector} va = {a}", row.place("out + i", "va")],
        "broadcast": [row.store("out + i", row.broadcast("a + i"))],
        "zero": [row.store("out + i", row.zero())],
        **{f"set1_{k}": [row.store("out + i", row.set1(x))] for k, x in enumerate(CONSTANTS)},
        **{f"load_part_{first}_{end}": [row.store("out + i", row.load_part("a + i", first, end))]
           for first, end in parts(row.lanes)},
        **{f"store_tail_{n}": [f"const {row.vector} va = {a}", row.store_tail("out + i", "va", n)]
           for n in n_tails},
        **{f"load_few_{n}": [row.store("out + i", row.load_few("a + i", n))] for n in range(1, row.lanes + 1)},
        **{f"store_few_{n}": [f"const {row.vector} va = {a}", row.store_few("out + i", "va", n)]
           for n in n_tails},
    }
    for o, i, j in group_shapes(row.lanes):
        spread = row.spread("va", o, i, j)
        bodies[f"spread_{o}_{i}_{j}"] = [f"const {row.vector} va = {a}", row.store("out + i", spread)]
    for n in n_tails:
        bodies[f"shift_{n}"] = [f"const {row.vector} va = {a}", f"const {row.vector} vb = {b}",
                                row.store("out + i", row.shift("va", "vb", n))]
    for op in VECTOR_OPS:
        operands = OPERATIONS[op]
        loads = [f"const {row.vector} v{p} = {x}" for p, x in zip("abc", (a, b, c), strict=True)]
        value = getattr(row, op)(*(f"v{p}" for p in operands))
        unused = [f"(void)v{p}" for p in operands]  # one lane has no use for both of two vectors
        bodies[op] = [*loads[: len(operands)], *unused, row.store("out + i", value)]
    return bodies


def c_source(row):
    """One function an operation, all of one type."""
    bodies = statements_of(row)
    parameters = "const float *a, const float *b, const float *c, float *out, ptrdiff_t count"
    text = [f"#include <{name}>" for name in ("stddef.h", *row.include)]
    text += row.helpers.values()
    for name, statements in bodies.items():
        text += [f"void op_{name}({parameters})", "{", "    (void)a, (void)b, (void)c;",
                 f"    for (ptrdiff_t i = 0; i < count; i += {row.lanes}) {{",
                 *(f"        {statement};" for statement in statements), "    }", "}"]
    prototypes = [f"void op_{name}({parameters});" for name in bodies]
    return "\n".join(text) + "\n", "\n".join(prototypes)


def cl_source(row):
    """One kernel, which takes the number of an operation, and the names of them: a kernel each takes long to build."""
    bodies = statements_of(row)
    parameters = "const float *a, const float *b, const float *c, float *out, int count"
    text = list(row.helpers.values())
    for name, statements in bodies.items():
        text += [f"static void op_{name}({parameters})", "{", f"    for (int i = 0; i < count; i += {row.lanes}) {{",
                 *(f"        {statement};" for statement in statements), "    }", "}"]
    text += [f"__kernel void operation({parameters}, int chosen)", "{", "    switch (chosen) {",
             *(f"    case {k}: op_{name}(a, b, c, out, count); break;" for k, name in enumerate(bodies)), "    }", "}"]
    return LANGUAGES["opencl"].spell("\n".join(text) + "\n"), list(bodies)


def group_shapes(lanes):
    """(outputs, inputs, channel) of every group that `spread` serves in a vector of `lanes`."""
    outputs = [o for o in (1, 2, 4, 8, 16) if o <= lanes and lanes % o == 0]
    return [(o, i, j) for o in outputs for i in range(1, o + 1) for j in range(i)]


class Operations:
    """The operations of a row as Python functions of f32 arrays."""

    def __init__(self, row):
        self.row = row

    def __call__(self, name, *arrays):
        """out, whole vectors; what lies behind them is still there."""
        count = len(arrays[0]) if arrays else self.row.lanes
        assert count % self.row.lanes == 0
        out = np.full(count + self.row.lanes, CANARY).view(F32)
        out = self.run(name, arrays, out, count)
        assert (out[count:].view(np.uint32) == CANARY).all(), "wrote after the last vector"
        return out[:count]


class Library(Operations):
    """A row of this CPU, in a shared library."""

    def __init__(self, row, cc, opt):
        super().__init__(row)
        source, prototypes = c_source(row)
        kernel = SimpleNamespace(name=f"row_{row.name}", source=source, header="", flags=row.flags)
        path = compilers.build(kernel, cc, opt, openmp=False, extra=STRICT)
        self.ffi = cffi.FFI()
        self.ffi.cdef(prototypes.replace("ptrdiff_t", "intptr_t"))
        self.library = self.ffi.dlopen(str(path))

    def run(self, name, arrays, out, count):
        """All arrays start at an odd float."""
        arrays, out = [odd(array) for array in arrays], odd(out)
        pointers = [self.ffi.from_buffer("float[]", array) for array in arrays]
        pointers += [self.ffi.NULL] * (3 - len(pointers))
        getattr(self.library, f"op_{name}")(*pointers, self.ffi.from_buffer("float[]", out), count)
        return out

    def at_the_edge(self, name, a, size):
        """One vector of an operation from `a` to `size` floats, both before pages that cannot be
        touched; None where the operation crashed, in a process of its own."""
        source, target = before_a_wall(a), before_a_wall(np.zeros(size, F32))
        child = os.fork()
        if child == 0:
            null = self.ffi.NULL
            pointers = [self.ffi.from_buffer("float[]", array) for array in (source, target)]
            getattr(self.library, f"op_{name}")(pointers[0], null, null, pointers[1], 1)
            os._exit(0)
        return target if os.waitpid(child, 0)[1] == 0 else None


class Emulated(Operations):
    """A row of another machine, emulated."""

    def __init__(self, row, machine, cc, opt, folder):
        super().__init__(row)
        source, prototypes = c_source(row)
        names = re.findall(r"op_\w+", prototypes)
        self.called = emulated.functions(machine)(folder, machine, cc, source, prototypes, names, f"-{opt}",
                                                  *row.flags, *STRICT)

    def run(self, name, arrays, out, count):
        return self.called(f"op_{name}", arrays, out, count)

    def at_the_edge(self, name, a, size):
        return self.run(name, [a], np.zeros(size, F32), 1)


class OnDevice(Operations):
    """A row of an OpenCL device."""

    def __init__(self, row, key):
        super().__init__(row)
        self.key = key
        self.cl = cl = devices.opencl()
        _, device = devices.handle(key)
        self.context = cl.Context([device])
        self.queue = cl.CommandQueue(self.context)
        source, self.names = cl_source(row)
        options = ["-cl-std=CL1.2"]
        if device.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT:
            options.append("-cl-fp32-correctly-rounded-divide-sqrt")
        self.kernel = cl.Kernel(cl.Program(self.context, source).build(options), "operation")

    def run(self, name, arrays, out, count):
        """All arrays start at an odd float where the device works in place, but for operations that ask for more."""
        flags = self.cl.mem_flags.READ_WRITE | self.cl.mem_flags.USE_HOST_PTR
        *arrays, out = map(even if name in ALIGNED else odd, (*arrays, out))
        self.launch(name, [self.cl.Buffer(self.context, flags, hostbuf=array) for array in arrays],
                    result := self.cl.Buffer(self.context, flags, hostbuf=out), count)
        self.cl.enqueue_copy(self.queue, got := np.empty_like(out), result)
        return got

    def launch(self, name, buffers, out, count):
        arguments = [*buffers, *[buffers[0] if buffers else out] * (3 - len(buffers)), out]
        self.kernel(self.queue, (1,), (1,), *arguments, np.int32(count), np.int32(self.names.index(name)))
        self.queue.finish()

    def at_the_edge(self, name, a, size):
        payload = [self.row.name, self.key, name, a.tolist(), size]
        try:
            return np.array(isolate.call(f"{__name__}:at_the_edge", payload, 60))
        except CrashError:
            return None


on_device = functools.cache(lambda row, key: OnDevice(OPENCL_ROWS[row], key))


def at_the_edge(payload):
    """The same as Library's, in another process. A device that works on copies cannot touch the pages."""
    row, key, name, a, size = payload
    library = on_device(row, key)
    source, target = before_a_wall(np.array(a, F32)), before_a_wall(np.zeros(size, F32))
    flags = library.cl.mem_flags.READ_WRITE | library.cl.mem_flags.USE_HOST_PTR
    buffers = [library.cl.Buffer(library.context, flags, hostbuf=array) for array in (source, target)]
    library.launch(name, buffers[:1], buffers[1], 1)
    got = np.empty_like(target)
    library.cl.enqueue_copy(library.queue, got, buffers[1])
    return got.tolist()


def odd(array):
    """A copy at an address that is a multiple of 4 and not of 8."""
    block = np.empty(len(array) + 3, F32)
    start = 1 if block.ctypes.data % 8 == 0 else 0
    block[start : start + len(array)] = array
    return block[start : start + len(array)]


def even(array):
    """A copy at an address that suits all vectors."""
    copy = native.empty(array.shape, native.PAGE)
    copy[:] = array
    return copy


def before_a_wall(array):
    """A copy, shared with child processes, before a page that cannot be touched."""
    page = mmap.PAGESIZE
    memory = np.frombuffer(mmap.mmap(-1, 2 * page), np.uint8)
    protect = CDLL(None).mprotect
    protect.argtypes = [c_void_p, c_size_t, c_int]
    assert protect(memory.ctypes.data + page, page, 0) == 0
    copy = memory[page - array.nbytes : page].view(F32)
    copy[:] = array
    return copy


def builds():
    """(row, compiler, optimisation) for every row: here, or emulated, or skipped."""
    for row in C_ROWS.values():
        away = emulated.runner(row)
        lacks = not away and not set(row.features) <= cpu_features()
        mark = pytest.mark.skipif(lacks, reason=f"this CPU lacks one of {row.features}")
        for cc in emulated.compilers(away) if away else tools.CC:
            for opt in ("O0", "O3"):
                yield pytest.param((row, cc, opt, away), id=f"{row.name}-{cc}-{opt}", marks=mark)
    for info in tools.devices():
        for row in OPENCL_ROWS.values():
            yield pytest.param((row, info.key, None, None), id=f"{row.name}-{info.key}")


@pytest.fixture(scope="module", params=builds())
def library(request, tmp_path_factory):
    row, cc, opt, away = request.param
    if row.dialect == "opencl":
        return on_device(row.name, cc)
    if away:
        return Emulated(row, away, cc, opt, tmp_path_factory.mktemp("row"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVGEN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        return Library(row, cc, opt)


def bits(array):
    return np.asarray(array, F32).view(np.uint32)


def assert_same(got, want):
    """Equal bits; any NaN for a NaN, whose payload IEEE leaves open."""
    same = (bits(got) == bits(want)) | (np.isnan(got) & np.isnan(want))
    assert same.all(), [(got[i], np.asarray(want)[i], i) for i in np.flatnonzero(~same)[:5]]


SPECIAL = np.array(
    [0.0, 1e-45, 1e-40, 1.17549421e-38, 1.17549435e-38, 3e-38, 1e-20, 0.1, 0.5, 1 - 2**-24, 1.0,
     1 + 2**-23, 1.5, 2.0, 3.0, 4097.0, 2.0**24, 2.0**25, 1e20, 1.7e38, 3.40282347e38, np.inf, np.nan], F32)
SPECIAL = np.concatenate([SPECIAL, -SPECIAL])


def operands(count, lanes):
    """`count` arrays that meet in every combination of special values, and in random bit patterns."""
    grid = np.meshgrid(*[SPECIAL] * count, indexing="ij")
    rng = np.random.default_rng(count)
    arrays = []
    for values in grid:
        wild = rng.integers(0, 2**32, 4096, dtype=np.uint32).view(F32)
        tame = (rng.normal(size=4096) * 2.0 ** rng.integers(-3, 4, 4096)).astype(F32)
        array = np.concatenate([values.ravel(), wild, tame])
        arrays.append(array[: len(array) // lanes * lanes])
    return arrays


def fused(a, b, c):
    """a·b + c rounded to f32 once: exact product in f64, the sum rounded to odd, then to f32.

    Rounding to odd first makes the second rounding right (Boldo and Melquiond, Emulation of FMA
    and correctly rounded sums, 2008): 53 >= 24 + 2.
    """
    p, q = a.astype(np.float64) * b.astype(np.float64), c.astype(np.float64)
    s = p + q
    t = s - p
    error = (p - (s - t)) + (q - t)  # TwoSum: s + error is the exact sum
    inexact = np.isfinite(s) & (error != 0) & (s.view(np.int64) % 2 == 0)
    s[inexact] = np.nextafter(s[inexact], np.copysign(np.inf, error[inexact]))
    return s.astype(F32)


WANT = {
    "add": lambda row, a, b: a + b,
    "sub": lambda row, a, b: a - b,
    "mul": lambda row, a, b: a * b,
    "div": lambda row, a, b: a / b,
    "fma": lambda row, a, b, c: fused(a, b, c) if row.fused else a * b + c,
}


@pytest.mark.parametrize("op", WANT)
@np.errstate(all="ignore")
def test_arithmetic_rounds_once(library, op):
    arrays = operands(len(OPERATIONS[op]), library.row.lanes)
    got, want = library(op, *arrays), WANT[op](library.row, *arrays)
    if op == "fma" and library.row.dialect == "opencl":  # the device may round once
        want = np.where(bits(got) == bits(fused(*arrays)), got, want)
    assert_same(got, want)


@np.errstate(all="ignore")
def test_the_data_tells_a_fused_fma_from_two_roundings():
    a, b, c = operands(3, 1)
    assert (fused(a, b, c)[-4096:] != (a * b + c)[-4096:]).mean() > 0.05
    e = F32(2.0**-12)  # (1 + e)(1 − e) − 1 = −e², which two roundings lose
    one = np.ones(1, F32)
    assert fused(one + e, one - e, -one) == -e * e


@pytest.mark.parametrize(("op", "compare"), [("max", np.greater), ("min", np.less)])
def test_max_and_min_give_b_where_either_is_nan_or_both_are_zero(library, op, compare):
    a, b = operands(2, library.row.lanes)
    with np.errstate(invalid="ignore"):
        want = np.where(compare(a, b), a, b)
    assert (bits(library(op, a, b)) == bits(want)).all()


def test_evens_and_odds_deal_two_vectors(library):
    a, b = np.arange(library.row.lanes, dtype=F32), 100 + np.arange(library.row.lanes, dtype=F32)
    both = np.concatenate([a, b])
    assert_same(library("evens", a, b), both[::2])
    assert_same(library("odds", a, b), both[1::2])


def test_shift_reads_across_two_vectors(library):
    lanes = library.row.lanes
    a, b = np.arange(lanes, dtype=F32), 100 + np.arange(lanes, dtype=F32)
    for n in range(1, lanes):
        assert_same(library(f"shift_{n}", a, b), np.concatenate([a, b])[n : n + lanes])


def test_spread_gives_each_lane_its_groups_channel(library):
    lanes = library.row.lanes
    a = np.sqrt(2 + np.arange(lanes, dtype=F32))  # every byte counts: some rows move bytes
    for o, i, j in group_shapes(lanes):
        want = a[[lane // o * i + j for lane in range(lanes)]]
        assert_same(library(f"spread_{o}_{i}_{j}", a), want)


def test_pow2_over_every_normal_exponent(library):
    k = np.arange(-126, 128)
    k = np.concatenate([k, np.zeros(-len(k) % library.row.lanes, int)])
    shifted = (k + 1.5 * 2.0**23).astype(F32)
    assert (bits(library("pow2", shifted)) == bits(np.exp2(k.astype(np.float64)))).all()


@pytest.mark.parametrize("op", ["get", "load", "fetch", "stash", "recall", "place"])
def test_load_and_store_any_bits_at_any_address(library, op):
    (a,) = operands(1, library.row.lanes)
    assert (bits(library(op, a)) == bits(a)).all()


def test_every_operation_is_tried():
    tried = {re.sub(r"(_-?\d+)+$", "", name) for name in statements_of(ISAS["avx2"])} | {"store", "put"}
    assert tried == set(OPERATIONS) - {"in_f32"}, "which calls a function: test_f16.py has it"


def test_broadcast_and_constants_fill_every_lane(library):
    lanes = library.row.lanes
    (a,) = operands(1, lanes)
    assert (bits(library("broadcast", a)) == bits(np.repeat(a[::lanes], lanes))).all()
    assert (bits(library("zero")) == 0).all()
    for k, text in enumerate(CONSTANTS):
        assert (bits(library(f"set1_{k}")) == bits(F32(text[:-1]))).all(), text


def test_load_part_reads_its_lanes_and_zeros(library):
    lanes = library.row.lanes
    (a,) = operands(1, lanes)
    lane = np.arange(len(a)) % lanes
    for first, end in parts(lanes):
        want = np.where((first <= lane) & (lane < end), bits(a), 0)
        assert (bits(library(f"load_part_{first}_{end}", a)) == want).all(), (first, end)
        if not first:
            assert (bits(library(f"load_few_{end}", a)) == want).all(), end


def test_store_tail_writes_the_first_n_lanes_only(library):
    lanes = library.row.lanes
    (a,) = operands(1, lanes)
    for n in range(1, lanes):
        want = np.where(np.arange(len(a)) % lanes < n, bits(a), CANARY)
        for name in ("store_tail", "store_few"):
            assert (bits(library(f"{name}_{n}", a)) == want).all(), (name, n)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process to crash in")
def test_tails_touch_no_page_after_the_last_lane(library):
    """n floats before a page that cannot be touched."""
    lanes = library.row.lanes
    for n in range(1, lanes):
        a = 1 + np.arange(n, dtype=F32)
        for name, size in ((f"load_part_0_{n}", lanes), (f"load_few_{n}", lanes), (f"store_tail_{n}", n),
                           (f"store_few_{n}", n)):
            source = a if "load" in name else np.resize(a, lanes)
            out = library.at_the_edge(name, source, size)
            assert out is not None, f"{name} crashed"
            assert (out == [*a, *[0] * (size - n)]).all(), name


# --- the rows check themselves ---


def without(op):
    return {name: text for name, text in SCALAR.ops.items() if name != op}


BROKEN = [
    *(({"ops": without(op)}, f"lacks {op}") for op in OPERATIONS),
    ({"ops": {**SCALAR.ops, "fma": "{a} * {b} + {d}"}}, "fma uses"),
    ({"ops": {**SCALAR.ops, "zero": "{x}"}}, "zero uses"),
    ({"ops": {**SCALAR.ops, "fmadd": "0"}}, "unknown operations"),
    ({"registers": 3}, "too few"),
]


@pytest.mark.parametrize(("changes", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_wrong_row_cannot_be_built(changes, said):
    with pytest.raises(AssertionError, match=said):
        msgspec.structs.replace(SCALAR, **changes)


def test_an_operation_takes_exactly_its_operands():
    assert SCALAR.fma("a", "b0", "acc0_0") == "a * b0 + acc0_0"
    for wrong in (("a", "b"), ("a", "b", "c", "d")):
        with pytest.raises(ValueError, match="argument"):
            SCALAR.fma(*wrong)
    with pytest.raises(AttributeError):
        _ = SCALAR.fmadd


def test_extend_merges_operations_and_helpers_and_leaves_the_row_alone():
    wider = SCALAR.extend(name="wide", ops={"add": "plus({a}, {b})"}, helpers={"plus": "…"})
    assert wider.ops == {**SCALAR.ops, "add": "plus({a}, {b})"}
    assert wider.helpers == {**SCALAR.helpers, "plus": "…"}
    assert SCALAR.add("a", "b") == "a + b"


@pytest.mark.parametrize("row", ISAS.values(), ids=ISAS)
def test_rows_are_consistent(row):
    assert ISAS[row.name] is row
    assert row.lanes & (row.lanes - 1) == 0
    assert not row.target or row.flags
    assert bool(row.requires) == ((row.lanes > 1 and row.dialect == "c") or row.arithmetic == "f16")
    statements = [text for body in statements_of(row).values() for text in body]
    for name, text in row.helpers.items():
        assert f" {name}(" in text
        assert text.endswith("}\n")
        callers = [*statements, *(other for other in row.helpers.values() if other is not text)]
        assert any(f"{name}(" in caller for caller in callers), f"nothing calls {name}"
