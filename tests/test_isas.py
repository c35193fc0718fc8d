"""Every operation of every row of the ISA table, in C or on an OpenCL device, against what it means, bit for bit."""

from __future__ import annotations

import functools
import mmap
import os
from ctypes import CDLL, c_int, c_size_t, c_void_p
from types import SimpleNamespace
from typing import Any, NamedTuple

import cffi
import emulated
import msgspec
import numpy as np
import pytest
import tools

from convgen import isolate
from convgen.emit.dialect import LANGUAGES
from convgen.errors import CrashError
from convgen.layer import element, rounding
from convgen.machine import devices, noted
from convgen.machine.cpus import cpu_features
from convgen.machine.isa import DOTS, NEEDED, OPERANDS, OPTIONAL
from convgen.machine.meaning import FAR, OPERATIONS, Operation, products
from convgen.machine.rows import C_ROWS, ISAS, OPENCL_ROWS, STORED, words
from convgen.machine.rows.scalar import SCALAR
from convgen.run import compilers
from convgen.run.arrays import PAGE, empty

pytestmark = pytest.mark.optimised

F32 = np.float32
# NaNs that no operation makes; of integers, some number
CANARY = {8: np.uint64(0x7FC0BEEF00000A5A), 4: np.uint32(0x7FC0BEEF), 2: np.uint16(0x7FBE), 1: np.uint8(0xA5)}
CONSTANTS = ("0.0f", "-0.0f", "1.0f", "-0.1f", "1e-40f", "3.40282347e+38f", "12582912.0f")
WHOLE = ("0", "-128", "255", "-2147483647", "2147483647")
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-Wno-unused-function",
          "-ffp-contract=off")  # the scalar row's a * b + c rounds twice, also where the machine has an FMA
ALIGNED = ("load_aligned", "store_aligned")  # that want an address to suit a whole vector
OWN = ("spill", "reload")  # of arrays of the function's own
PARTS = ("load_part", "store_tail", "load_few", "store_few")
ROUNDED = ("add", "sub", "mul", "div", "fma", "fnma", "in_f32", "both_in_f32")  # what a NaN looks like is left open
SCALES = ("scale_tflite", "scale_tflite_single", "scale_wide")
# what a row that has another element in memory does in its own way
STORAGE = [name for name, operation in OPERATIONS.items() if "p" in operation.operands and name not in OWN]


# --- what is tried ---


class Case(NamedTuple):
    """An operation, and the operands that are neither vectors nor addresses."""

    operation: Operation
    values: dict[str, Any]

    @property
    def name(self):
        return "_".join(map(str, (self.operation.name, *self.values.values())))


def values_of(isa, name):
    """All that an operation's operands can be, but for vectors and addresses."""
    lanes = isa.lanes
    if name in ("get", "put"):
        return [{"i": i} for i in range(lanes)]
    if name == "set1":
        return [{"x": x} for x in (WHOLE if isa.sums.whole else CONSTANTS)]
    if name == "load_part":
        if isa.sums.whole:  # residuals, of which the first lanes are there
            return [{"first": 0, "end": end} for end in range(1, lanes)] if lanes > 1 else [{"first": 0, "end": 1}]
        return [{"first": first, "end": end} for first in range(lanes) for end in range(first + 1, lanes + 1)]
    if name == "load_few":
        return [{"n": n} for n in range(1, lanes + 1)]
    if name == "broadcast_grouped":
        outputs = [o for o in (1, 2, 4, 8, 16) if o <= lanes]
        return [{"o": o, "i": i, "j": j} for o in outputs for i in range(1, o + 1) for j in range(i)]
    if name == "halve":
        return [{"n": n} for n in (1, 2, 4, 8) if n < lanes]
    return [{"n": n} for n in range(1, lanes)] if "n" in OPERANDS[name] else [{}]


def ways(isa, io):
    """How inputs get into lanes, of a row of products: (operation, its operands) of each that io has."""
    values = {"load_part": [{"first": 0, "end": end} for end in range(1, isa.lanes)],
              "broadcast_grouped": [{"o": o, "i": i, "j": i - 1} for o in (2, 4, 8) for i in (1, o) if o < isa.lanes]}
    return [(name, one) for name in ("load", *filter(io.has, OPTIONAL["products"])) for one in values.get(name, [{}])]


def cases(isa, io):
    """Of a row, or of what another has in memory. Products are told by their sums: what they load and broadcast, nobody
    else can read."""
    names = [name for name in OPERATIONS if name in isa.offered]
    if isa.kind == "products":
        return [Case(OPERATIONS["zero"], {}),
                *(Case(OPERATIONS["fma"], {"way": way, **values}) for way, values in ways(isa, io))]
    if io is not isa:
        names = [name for name in names if name in STORAGE and name in io.offered]
    return [Case(OPERATIONS[name], values) for name in names for values in values_of(isa, name)]


def types(isa, io, operation):
    """Elements of the arrays that go in, and of the one that comes out. Of products io has the inputs in memory."""
    if isa.kind == "products":
        return (io.memory, isa.memory, isa.sums), isa.sums
    given = made = isa.sums
    if operation.name in ("rint", "to_f32"):
        given, made = (element.F32, made) if operation.name == "rint" else (given, element.F32)
    elif "p" in operation.operands and operation.name not in OWN:
        given, made = (given, io.memory) if operation.writes else (io.memory, made)
    return (given, isa.sums, isa.sums), made


LETTERS = {"a": "a", "b": "b", "c": "c", "m": "b", "s": "c"}  # a vector operand -> the array that it comes from


def taken(io, values, p):
    """The C of inputs of products, in one of the ways."""
    way = values["way"]
    operands = {**values, "p": p, "a": io.load(p) if "a" in OPERANDS[way] else ""}
    return getattr(io, way)(*(operands[operand] for operand in OPERANDS[way]))


def statements(isa, io, case):
    """The C of one case, for a vector of numbers from a + i (and b + i, c + i) to out + i."""
    operation, name, lanes = case.operation, case.operation.name, range(isa.lanes)
    vectors = [operand for operand in operation.operands if operand in LETTERS]
    row = isa.f32 if name == "rint" else isa
    loaded = {operand: row.load(f"{LETTERS[operand]} + i") for operand in vectors}
    if isa.kind == "products":
        loaded = {"a": taken(io, case.values, f"a + i * {isa.deep}"), "b": isa.load(f"b + i * {isa.deep}"),
                  "c": isa.numbers.load("c + i")} if vectors else {}
        io = isa
    lines = [f"const {row.vector} v{operand} = {value}" for operand, value in loaded.items()]
    lines += [f"(void)v{operand}" for operand in vectors]  # one lane has no use for both of two vectors
    operands = {"p": "out + i" if operation.writes else "a + i", "f": FUNCTIONS.get(name, negated).__name__,
                **case.values, **{operand: f"v{operand}" for operand in vectors}}
    before, after = [], []
    if name in ("get", "put"):
        index = f"i + {case.values['i']}"
        operands |= {"p": "out" if operation.writes else "a", "i": index, "a": isa.get("a", index)}
        lines = []
    elif name == "spill":
        before, after = [f"{isa.named(isa.sums)} own[{isa.lanes}]"], [f"out[i + {k}] = own[{k}]" for k in lanes]
        operands["p"] = "own"
    elif name == "reload":
        before = [f"{isa.named(isa.sums)} own[{isa.lanes}]", *(f"own[{k}] = a[i + {k}]" for k in lanes)]
        operands["p"] = "own"
    elif name in ("load_few", "store_few"):
        before = [f"volatile int few = {case.values['n']}", "(void)few"]  # no literal
        operands["n"] = "few"
    value = getattr(io, name)(*(operands[operand] for operand in operation.operands))
    if not operation.writes:
        row = isa.f32 if name == "to_f32" else isa.numbers
        value = row.put("out", operands["i"], value) if name == "get" else row.store("out + i", value)
    return [*before, *lines, value, *after]


def functions(isa, io, word):
    """Definitions of op_0, op_1 and so on, one a case; `word` is the type of a count."""
    helpers, inline = isa.f32.helpers | isa.numbers.helpers | isa.helpers | io.helpers, LANGUAGES[isa.dialect].inline
    space = LANGUAGES[isa.dialect].spaces["global"]
    text = [*helpers.values()]
    if isa.kind == "floats":
        text += [f"{inline}{isa.vector} negated({isa.vector} a)", "{", f"    return {isa.sub(isa.zero(), 'a')};", "}",
                 f"{inline}{isa.vector} less({isa.vector} a, {isa.vector} b)", "{", f"    return {isa.sub('a', 'b')};",
                 "}"]
    for number, case in enumerate(cases(isa, io)):
        given, made = types(isa, io, case.operation)
        given, made = dict(zip("abc", map(isa.named, given), strict=True)), isa.named(made)
        text += [f"{inline}void op_{number}(const {space}void *in_a, const {space}void *in_b, const {space}void *in_c,"
                 f" {space}void *to, {word} count)",
                 "{", *(f"    const {space}{of} *{letter} = in_{letter};" for letter, of in given.items()),
                 f"    {space}{made} *out = to;",
                 "    (void)a, (void)b, (void)c;", f"    for ({word} i = 0; i < count; i += {isa.lanes}) {{",
                 *(f"        {line};" for line in statements(isa, io, case)), "    }", "}"]
    return text


def c_source(isa, io):
    """Source and prototypes of call_0 and so on, one a case."""
    head = "void call_{}(const void *a, const void *b, const void *c, void *out, ptrdiff_t count)"
    heads = [head.format(number) for number in range(len(cases(isa, io)))]
    text = [f"#include <{name}>" for name in ("stddef.h", *io.include)]
    told = isa.target if not isa.flags else ""
    if told:
        text += ["#ifdef __clang__",
                 f'#pragma clang attribute push(__attribute__((target("{told}"))), apply_to = function)',
                 "#else", f'#pragma GCC target("{told}")', "#endif"]
    text += functions(isa, io, "ptrdiff_t")
    for number, line in enumerate(heads):
        text += [f"{line};", line, "{", f"    op_{number}(a, b, c, out, count);", "}"]
    text += ["#ifdef __clang__", "#pragma clang attribute pop", "#endif"] * bool(told)
    return "\n".join(text) + "\n", "\n".join(f"{line};" for line in heads)


def cl_source(isa, io):
    """One kernel, which takes the number of a case: a kernel each takes long to build."""
    text = [tools.DOTS] * (DOTS in isa.requires) + functions(isa, io, "int")
    # a type of a number would promise that addresses suit it
    pointers = ", ".join(f"const __global uchar *{letter}" for letter in "abc") + ", __global uchar *out"
    text += [f"__kernel void operation({pointers}, int count, int chosen)", "{", "    switch (chosen) {",
             *(f"    case {k}: op_{k}(a, b, c, out, count); break;" for k in range(len(cases(isa, io)))), "    }", "}"]
    return "\n".join(text) + "\n"


# --- where it is tried ---


class Library:
    """The cases of a row as Python functions of arrays. io: what it has in memory, if that is another row."""

    def __init__(self, isa, io):
        self.isa, self.io = isa, io
        self.numbers = {case.name: number for number, case in enumerate(cases(isa, io))}

    def made(self, case):
        """NumPy's type of what comes out."""
        return dtype(types(self.isa, self.io, case.operation)[1])

    def __call__(self, case, arrays, out):
        """out; what lies behind it stays."""
        behind = filled(self.isa.lanes, out.dtype)
        got = self.run(case, arrays, np.concatenate([out, behind]), len(out))
        assert got[len(out) :].tobytes() == behind.tobytes(), f"{case.name} wrote after the last vector"
        return got[: len(out)]

    def at_the_edges(self, jobs):
        """For each (case, source, size, before) one vector from an array to one of `size` numbers, both before pages
        that cannot be touched; None where that crashed. before: as many numbers in front of the source, which stands
        behind such a page instead."""
        return [self.at_the_edge(case, source, size) for case, source, size, _ in jobs]


class Here(Library):
    """A row of this CPU, in a shared library."""

    def __init__(self, isa, io, cc, opt):
        super().__init__(isa, io)
        source, prototypes = c_source(isa, io)
        kernel = SimpleNamespace(name=f"row_{io.name}", source=source, header="", flags=io.flags, headers=io.include)
        self.ffi = cffi.FFI()
        self.ffi.cdef(prototypes.replace("ptrdiff_t", "intptr_t"))
        self.library = self.ffi.dlopen(str(compilers.build(kernel, cc, opt, openmp=False, extra=STRICT)))

    def call(self, case, addresses, count):
        """addresses: of the arrays, out last."""
        *given, out = (self.ffi.cast("void *", address) for address in addresses)
        given += [self.ffi.NULL] * (3 - len(given))
        getattr(self.library, f"call_{self.numbers[case.name]}")(*given, out, count)

    def run(self, case, arrays, out, count):
        """All arrays start at an odd number."""
        arrays, out = [odd(array) for array in arrays], odd(out)
        self.call(case, [array.ctypes.data for array in (*arrays, out)], count)
        return out

    def at_the_edges(self, jobs):
        """In a process of their own; where that crashed, in one each."""
        placed = []
        for case, source, size, before in jobs:
            source = behind_a_wall(source) if before else before_a_wall(source)
            target = before_a_wall(filled(size, self.made(case)))
            placed.append((case, [source.ctypes.data - before * source.itemsize, target.ctypes.data], source, target))
        child = os.fork()
        if child == 0:
            for case, addresses, *_ in placed:
                self.call(case, addresses, 1)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return [target for *_, target in placed]
        return [self.at_the_edges([job])[0] for job in jobs] if len(jobs) > 1 else [None]


class Emulated(Library):
    """A row of another machine, emulated."""

    def __init__(self, isa, io, machine, cc, opt, folder):
        super().__init__(isa, io)
        source, prototypes = c_source(isa, io)
        names = [f"call_{number}" for number in self.numbers.values()]
        self.called = emulated.functions(machine)(folder, machine, cc, source, prototypes, names, f"-{opt}",
                                                  *io.flags, *STRICT)

    def run(self, case, arrays, out, count):
        return self.called(f"call_{self.numbers[case.name]}", arrays, out, count)

    def at_the_edge(self, case, source, size):
        return self.run(case, [source], filled(size, self.made(case)), 1)


class OnDevice(Library):
    """A row of an OpenCL device."""

    def __init__(self, isa, io, key):
        super().__init__(isa, io)
        self.key = key
        self.cl = cl = devices.opencl()
        _, device = devices.handle(key)
        self.context = cl.Context([device])
        self.queue = cl.CommandQueue(self.context)
        options = ["-cl-std=CL1.2"]
        if device.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT:
            options.append("-cl-fp32-correctly-rounded-divide-sqrt")
        if io is not isa:  # what rows do with other elements without optimisation, they do as the others
            options.append("-cl-opt-disable")
        self.kernel = cl.Kernel(cl.Program(self.context, cl_source(isa, io)).build(options), "operation")

    def run(self, case, arrays, out, count):
        """All arrays start at an odd number where the device works in place, but for operations that ask for more."""
        place = even if case.operation.name in ALIGNED else odd
        return self.launch(case, [place(array) for array in (*arrays, out)], count)

    def launch(self, case, arrays, count):
        """What the last of the arrays becomes, which the device works on in place."""
        flags = self.cl.mem_flags.READ_WRITE | self.cl.mem_flags.USE_HOST_PTR
        *given, out = (self.cl.Buffer(self.context, flags, hostbuf=array.view(np.uint8)) for array in arrays)
        given += [given[0] if given else out] * (3 - len(given))
        self.kernel(self.queue, (1,), (1,), *given, out, np.int32(count), np.int32(self.numbers[case.name]))
        self.cl.enqueue_copy(self.queue, got := np.empty(arrays[-1].nbytes, np.uint8), out)
        return got.view(arrays[-1].dtype)

    def at_the_edge(self, case, source, size):
        payload = [self.isa.name, self.io.name, self.key, case.name, source.tobytes().hex(), size]
        try:
            given = isolate.call(f"{__name__}:at_the_edge", payload, 60)
        except CrashError:
            return None
        return np.frombuffer(bytes.fromhex(given), self.made(case))


ALL = ISAS | STORED
NUMBERS = {row.totals.name: row.totals for row in ISAS.values() if row.totals}
TAKEN = {one.name: one for row in ISAS.values() for given in row.given.values()
         for one in (given.copied, given.in_place) if one}
EACH = ALL | NUMBERS
on_device = functools.cache(lambda isa, io, key: OnDevice(EACH[isa], (TAKEN | EACH)[io], key))


def at_the_edge(payload):
    """The same as Here's, in another process. A device that works on copies cannot touch the pages."""
    isa, io, key, name, source, size = payload
    library = on_device(isa, io, key)
    case = next(case for case in cases(library.isa, library.io) if case.name == name)
    given = dtype(types(library.isa, library.io, case.operation)[0][0])
    arrays = [np.frombuffer(bytes.fromhex(source), given), filled(size, library.made(case))]
    return library.launch(case, [before_a_wall(array) for array in arrays], 1).tobytes().hex()


def dtype(of):
    """NumPy's type of an element."""
    if of is element.BF16:
        pytest.importorskip("ml_dtypes")
    return np.dtype(of.numpy)


def filled(count, kind):
    """Numbers that nobody has written."""
    return np.full(count, CANARY[kind.itemsize]).view(kind)


def odd(array):
    """A copy at an address that is a multiple of a number's bytes, and not of two."""
    block, size = np.empty(len(array) + 3, array.dtype), array.itemsize
    start = 1 if block.ctypes.data % (2 * size) == 0 else 0
    block[start : start + len(array)] = array
    return block[start : start + len(array)]


def even(array):
    """A copy at an address that suits all vectors."""
    copy = empty((array.nbytes,), PAGE, np.dtype(np.uint8)).view(array.dtype)
    copy[:] = array
    return copy


def pages():
    """Two, shared with child processes, and an empty one before and behind that cannot be touched."""
    page = mmap.PAGESIZE
    memory = np.frombuffer(mmap.mmap(-1, 4 * page), np.uint8)
    protect = CDLL(None).mprotect
    protect.argtypes = [c_void_p, c_size_t, c_int]
    for wall in (0, 3 * page):
        assert protect(memory.ctypes.data + wall, page, 0) == 0
    return memory[page : 3 * page]


def before_a_wall(array):
    copy = pages()[-array.nbytes :].view(array.dtype)
    copy[:] = array
    return copy


def behind_a_wall(array):
    copy = pages()[: array.nbytes].view(array.dtype)
    copy[:] = array
    return copy


def builds(pairs):
    """(row, what it has in memory, compiler, optimisation, machine) for each pair: here, or emulated, or skipped. Rows
    whose operations are another row's, letter by letter, are that row."""
    seen = set()
    for isa, io in pairs:
        if isa.dialect == "opencl":
            for info in tools.devices():
                yield pytest.param((isa, io, info.key, None, None), id=f"{io.name}-{info.key}")
            continue
        away = emulated.runner(isa)
        operations = repr((isa.ops, isa.helpers, io.ops, io.helpers, away))
        if operations in seen:
            continue
        seen.add(operations)
        lacks = not away and not set(io.features) <= cpu_features()
        mark = pytest.mark.skipif(lacks, reason=f"this CPU lacks one of {io.features}")
        # what rows do with other elements at one level, they do at the others; zig's compiler is clang
        levels = ("O3", "O0") if io is isa else ("O1", "O3")
        found = emulated.compilers(away) if away else tools.CC
        first = {cc != "gcc": cc for cc in reversed(found)}
        usual = {*zip((first[kind] for kind in sorted(first)), levels if io is isa else levels[:1], strict=False)}
        for cc in found:
            for opt in levels:
                always = (cc, opt) in usual
                yield pytest.param((isa, io, cc, opt, away), id=f"{io.name}-{cc}-{opt}",
                                   marks=[mark] if always else [mark, pytest.mark.sweep])


def build(request, tmp_path_factory):
    isa, io, cc, opt, away = request.param
    if isa.dialect == "opencl":
        return on_device(isa.name, io.name, cc)
    if away:
        return Emulated(isa, io, away, cc, opt, tmp_path_factory.mktemp("row"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
        return Here(isa, io, cc, opt)


ROWS = [*C_ROWS.values(), *OPENCL_ROWS.values()]


@pytest.fixture(scope="module", params=builds((row, row) for row in ROWS))
def library(request, tmp_path_factory):
    """A row whose memory has what it computes with."""
    return build(request, tmp_path_factory)


def computing(io):
    """The row that a row with another element in memory, or with stores past the caches, computes as."""
    return EACH[io.name.removesuffix("_past").removesuffix(f"_{io.memory.name}").removesuffix("_f32")]


@pytest.fixture(scope="module", params=builds((computing(io), io) for io in STORED.values()))
def storage(request, tmp_path_factory):
    """A row that has something else in memory."""
    return build(request, tmp_path_factory)


def sums():
    """(row of products, row of inputs) in each way that inputs are taken."""
    for row in ISAS.values():
        sources = [source for given in row.given.values() for source in (given.copied, given.in_place) if source]
        yield from ((row, source) for source in {source.name: source for source in sources}.values())


@pytest.fixture(scope="module", params=builds([*((row, row) for row in NUMBERS.values()), *sums()]))
def whole(request, tmp_path_factory):
    """A row of integers, or of products of them."""
    return build(request, tmp_path_factory)


# --- data ---

SPECIAL = np.array(
    [0.0, 1e-45, 1e-40, 1.17549421e-38, 1.17549435e-38, 3e-38, 1e-20, 0.1, 0.5, 1 - 2**-24, 1.0,
     1 + 2**-23, 1.5, 2.0, 3.0, 4097.0, 2.0**24, 2.0**25, 1e20, 1.7e38, 3.40282347e38, np.inf, np.nan], F32)
SPECIAL = np.concatenate([SPECIAL, -SPECIAL])


def operands(count):
    """`count` arrays that meet in every combination of special values, and in random bit patterns."""
    grid = np.meshgrid(*[SPECIAL] * count, indexing="ij")
    rng = np.random.default_rng(count)
    arrays = []
    for values in grid:
        wild = rng.integers(0, 2**32, 4096, dtype=np.uint32).view(F32)
        tame = (rng.normal(size=4096) * 2.0 ** rng.integers(-3, 4, 4096)).astype(F32)
        arrays.append(np.concatenate([values.ravel(), wild, tame]))
    return arrays


@functools.cache
def every(of):
    """Every number of an element of one byte or two."""
    return np.arange(256**of.bytes).astype(f"u{of.bytes}").view(dtype(of))


@functools.cache
def around(of):
    """Floats around every number of an element, where rounding changes its mind, and any others."""
    numbers = np.sort(every(of).astype(np.float64))
    near = numbers[np.isfinite(numbers)]
    beyond = 2 * near[-1] - near[-2]  # what would be the next, if it were not infinite
    near = np.concatenate([[-beyond], near, [beyond]])
    middles = ((near[:-1] + near[1:]) / 2).astype(F32)
    steps = [np.nextafter(middles, F32(side)) for side in (-np.inf, np.inf)]
    return np.concatenate([numbers.astype(F32), middles, *steps, *operands(1)])


def shifted():
    """What pow2 takes."""
    return (np.arange(-126, 128) + 1.5 * 2.0**23).astype(F32)


LARGEST = 2**31 - 1
WHOLES = np.array([0, 1, 2, 3, 5, 127, 128, 255, 256, 32767, 2**24 - 1, 2**24 + 1, 2**24 + 3, 2**30 - 1, 2**30,
                   2**30 + 1, LARGEST - 1, LARGEST])
WHOLES = np.concatenate([WHOLES, -WHOLES, [-LARGEST - 1]])
MULTIPLIERS = np.array([2**30, 2**30 + 1, 3 << 29, LARGEST - 1, LARGEST, 0])  # 0 is of channels that are none


def integers(name):
    """Numbers that meet in every combination, and random ones of any length in bits."""
    rng = np.random.default_rng(5)
    random = rng.integers(-LARGEST - 1, LARGEST + 1, 20_000) >> rng.integers(0, 31, 20_000)
    if name in SCALES:
        m = np.where(rng.random(20_000) < 0.2, 2**30, rng.integers(2**30, 2**31, 20_000))
        grid = np.meshgrid(WHOLES, MULTIPLIERS, np.arange(-31, 31), indexing="ij")
        found = [np.concatenate([one.ravel(), more]) for one, more in
                 zip(grid, (random, m, rng.integers(-31, 31, 20_000)), strict=True)]
    else:
        grid = np.meshgrid(WHOLES, WHOLES, indexing="ij")
        found = [np.concatenate([one.ravel(), more]) for one, more in zip(grid, (random, random[::-1]), strict=True)]
    # sums stay in 32 bits
    return [(one >> (name in ("add", "halve"))).astype(np.int32) for one in found]


@functools.cache
def longs(name):
    """The same in 64 bits, of sums; and around the middles between neighbours of f32."""
    rng = np.random.default_rng(8)
    middles = np.array([((2**24 + odd) << shift) + beside for odd in (1, 3, 2**23 + 1) for shift in range(1, 22)
                        for beside in (-1, 0, 1)]) >> 1
    numbers = np.concatenate([WHOLES, [2**46, 2**47 - 1, 1 - 2**47, 2**17 - 1, 2**17, 2**17 + 1, -2**17 - 1], middles,
                              -middles])
    random = rng.integers(1 - 2**47, 2**47, 20_000) >> rng.integers(0, 47, 20_000)
    if name == "scale_wide":
        m = rng.integers(2**14, 2**15, 20_000)
        grid = np.meshgrid(numbers, [2**14, 2**14 + 1, 2**15 - 1, 0], np.arange(-31, 31), indexing="ij")
        return [np.concatenate([one.ravel(), more]) for one, more in
                zip(grid, (random, m, rng.integers(-31, 31, 20_000)), strict=True)]
    grid = np.meshgrid(numbers, numbers, indexing="ij")
    return [np.concatenate([one.ravel(), more]) for one, more in zip(grid, (random, random[::-1]), strict=True)]


def halves():
    """Floats that rint takes: halves, what lies beside them, and any others."""
    rng = np.random.default_rng(6)
    near = np.concatenate([np.arange(-300, 300), 2**22 - np.arange(1, 9), np.arange(8) - 2**22]).astype(F32) + F32(0.5)
    near = near[np.abs(near) < 2**22]
    beside = [np.nextafter(near, F32(side)) for side in (-np.inf, np.inf)]
    return np.concatenate([near, *beside, rng.uniform(-2**22, 2**22, 4096).astype(F32), F32([0, -0.0, 1e-40])])


def multiplied(row, source):
    """Inputs, weights and sums of so many vectors: the ends of their ranges in every combination, and random ones."""
    rng, vectors = np.random.default_rng(7), 4096
    low, high = int(source.memory.smallest), int(source.memory.largest)
    long = row.sums is element.S64
    if source.memory is element.S16 and not long:  # of 8 bits, less a zero point
        low, high = -255, 255
    most = 127 if row.memory.bytes == 1 or long else 255 + 255
    x = rng.integers(low, high + 1, (vectors, row.lanes, row.deep))
    w = rng.integers(-most - 1, most + 1, (vectors, row.lanes, row.deep))
    x = np.where(rng.random(x.shape) < 0.5, np.where(rng.random(x.shape) < 0.5, low, high), x)
    w = np.where(rng.random(w.shape) < 0.5, np.where(rng.random(w.shape) < 0.5, -most - 1, most), w)
    x[0], w[0], x[1], w[1] = low, -most - 1, high, -most - 1
    x[2], w[2], x[3], w[3] = low, most, high, most
    c = rng.integers(-2**30, 2**30, (vectors, row.lanes)) << (16 if long else 0)
    return [x.astype(source.memory.numpy), w.astype(row.memory.numpy), c.astype(row.sums.numpy)]


@functools.cache
def data(name, lanes, given, made):
    """Whole vectors for an operation, between elements."""
    if name == "rint":
        arrays = [halves()]
    elif given is element.S32 and (made is given or made is element.F32):
        arrays = integers(name)[:len(set(OPERANDS[name]) & set(LETTERS)) or 1]
    elif given is element.S64 and (made is given or made is element.F32):
        arrays = longs(name)[:len(set(OPERANDS[name]) & set(LETTERS)) or 1]
    elif given.whole or made.whole:
        arrays = [every(given if given.bytes < made.bytes else made)]
    elif name == "pow2":
        arrays = [shifted()]
    elif given is made:
        arrays = operands(1 if "p" in OPERANDS[name] else len(set(OPERANDS[name]) & set("abc")))
    else:
        arrays = [around(made) if given is element.F32 else every(given)]
    return [np.resize(array, -(-len(array) // lanes) * lanes) for array in arrays]


def negated(a):
    return F32(0) - a


def less(a, b):
    return a - b


FUNCTIONS = {"in_f32": negated, "both_in_f32": less}  # operation -> what it is given


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


def want(isa, case, arrays, out, means=None):
    """What `out` becomes: what the operation writes there, or gives."""
    operation, into = case.operation, out.copy().reshape(-1, isa.lanes)
    vectors = [array.reshape(-1, isa.lanes) for array in arrays]
    taken = [operand for operand in operation.operands if operand in LETTERS]
    operands = {"f": FUNCTIONS.get(operation.name), **case.values, **dict(zip(taken, vectors, strict=False))}
    operands["p"] = into if operation.writes else vectors[0] if vectors else None
    if operation.name == "put":
        operands["a"] = vectors[0][:, case.values["i"]]
    given = (means or operation.means)(*(operands[operand] for operand in operation.operands))
    if operation.name == "get":
        into[:, case.values["i"]] = given
    elif given is not None:
        into[...] = given
    return into.ravel()


# --- the tests ---


def bits(array):
    return array.view(f"u{array.itemsize}")


def assert_same(got, want, case, exact=True):
    """Equal bits; unless `exact`, any NaN for a NaN, whose payload IEEE leaves open, but for numbers left alone."""
    same = bits(got) == bits(want)
    if not exact:
        same |= np.isnan(got) & np.isnan(want) & (bits(want) != CANARY[want.itemsize])
    assert same.all(), (case.name, [(got[i], want[i], i) for i in np.flatnonzero(~same)[:5]])


def check(library, name):
    """All cases of an operation, on all data."""
    isa, io = library.isa, library.io
    for case in cases(isa, io):
        if case.operation.name != name:
            continue
        (given, *_), made = types(isa, io, case.operation)
        arrays = data(name, isa.lanes, given, made)
        if made.whole and given is not made:
            arrays = [array.astype(given.numpy) for array in arrays]
        out = filled(len(arrays[0]) if arrays else 2 * isa.lanes, dtype(made))
        got = library(case, arrays, out)
        if io.flushes and name in words.STORES:
            arrays = [np.where(np.abs(a) < 2.0**-126, np.copysign(F32(0), a), a) for a in arrays]
        right = want(isa, case, arrays, out)
        if name in ("fma", "fnma") and (isa.fused or isa.dialect == "opencl"):
            once = want(isa, case, arrays, out, fused if name == "fma" else lambda a, b, c: fused(-a, b, c))
            right = once if isa.fused else np.where(bits(got) == bits(once), once, right)  # as the device likes
        if name in SCALES:
            got, right = (np.clip(one, -FAR, FAR) for one in (got, right))
        assert_same(got, right, case, exact=name not in ROUNDED and given is made)
        if not made.whole and made not in (given, element.F32):
            written = np.isnan(got) & (bits(right) != CANARY[got.itemsize])
            assert (bits(got)[written] & 1 << made.mantissa - 2).all(), f"{case.name} gives a NaN that signals"


@pytest.mark.parametrize("name", OPERATIONS)
@np.errstate(all="ignore")
def test_an_operation_does_what_it_means(library, name):
    check(library, name)


@pytest.mark.parametrize("name", STORAGE)
@np.errstate(all="ignore")
def test_memory_of_another_element(storage, name):
    check(storage, name)


def test_integers(whole):
    row, source = whole.isa, whole.io
    if row.kind in ("integers", "longs"):
        for name in OPERATIONS:
            check(whole, name)
        return
    zero, *each = cases(row, source)
    x, w, c = multiplied(row, source)
    out = filled(c.size, c.dtype)
    assert not whole(zero, [], out).any()
    # what is added in place is part of how a copy is made
    added = next((given.offset or 0 for given in row.given.values() if source is given.in_place is not given.copied), 0)
    for case in each:
        operation = OPERATIONS[case.values["way"]]
        words = np.moveaxis(x.astype(np.int64), 1, -1)  # lanes last
        values = {operand: case.values.get(operand, words) for operand in operation.operands}
        right = products(np.moveaxis(np.broadcast_to(operation.means(**values), words.shape), -1, 1) + added, w, c)
        assert_same(whole(case, [x.ravel(), w.ravel(), c.ravel()], out), right.astype(row.sums.numpy).ravel(), case)


@pytest.mark.parametrize("rule", [rule for rule in rounding.RULES.values() if rule.integers],
                         ids=lambda rule: rule.operation)
def test_operations_mean_the_rules(rule):
    """Of scales that are a multiplier and a shift."""
    a, m, s = integers(rule.operation)
    scale = np.where(m == 0, 2.0**-40, np.ldexp(m.astype(np.float64), s - 31))
    found = OPERATIONS[rule.operation].means(a, m, s)
    assert np.array_equal(np.clip(found, -FAR, FAR), np.clip(rule.round(a.astype(np.int64), scale), -FAR, FAR))


def test_scale_wide_means_the_rule_of_long_sums():
    """m of 15 bits is what is left of a multiplier of 31: the whole ones, those next to them, and the largest."""
    a, m, s = longs("scale_wide")
    wide = np.minimum((m << 16) + np.random.default_rng(9).integers(-2**15, 2**15, m.shape), 2**31 - 1)
    wide = np.where(m == 2**14, 2**30, wide)
    scale = np.where(m == 0, 2.0**-40, np.ldexp(wide.astype(np.float64), s - 31))
    rule = rounding.rule("tflite", element.S64)
    assert rule == rounding.rule("tflite-single", element.S64)
    found = OPERATIONS["scale_wide"].means(a, m, s)
    assert np.array_equal(found, np.clip(rule.round(a, scale), -FAR, FAR))


def check_edges(library):
    """Lanes that are not asked for lie in a page that cannot be touched."""
    isa, io, jobs, right = library.isa, library.io, [], []
    for case in cases(isa, io):
        operation, values = case.operation, case.values
        first, end = values.get("first", 0), values["end"] if "end" in values else values.get("n")
        if operation.name not in PARTS or (first and not isinstance(library, Here)):
            continue
        (given, *_), made = types(isa, io, operation)
        given, made = dtype(given), dtype(made)
        whole = (1 + np.arange(isa.lanes)).astype(given)
        source, size = (whole, end) if operation.writes else (whole[:end], isa.lanes)
        for before in dict.fromkeys((0, first)):
            jobs.append((case, source[before:], size, before))
            right.append(want(isa, case, [whole], filled(isa.lanes, made))[:size])
    for (case, *_), got, wanted in zip(jobs, library.at_the_edges(jobs), right, strict=True):
        assert got is not None, f"{case.name} crashed"
        assert_same(got, wanted, case)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process to crash in")


@needs_fork
def test_parts_of_vectors_touch_nothing_else(library):
    check_edges(library)


@needs_fork
def test_parts_of_another_element_touch_nothing_else(storage):
    check_edges(storage)


@np.errstate(all="ignore")
def test_the_data_tells_a_fused_fma_from_two_roundings():
    a, b, c = operands(3)
    assert (fused(a, b, c)[-4096:] != (a * b + c)[-4096:]).mean() > 0.05
    e = F32(2.0**-12)  # (1 + e)(1 − e) − 1 = −e², which two roundings lose
    one = np.ones(1, F32)
    assert fused(one + e, one - e, -one) == -e * e


def test_operations_mean_what_rows_offer():
    assert {name: operation.operands for name, operation in OPERATIONS.items()} == OPERANDS


@pytest.mark.parametrize("row", (ISAS | NUMBERS).values(), ids=ISAS | NUMBERS)
def test_every_operation_is_tried(row):
    tried = {case.operation.name for case in cases(row, row)}
    if row.kind == "products":
        assert tried == {"zero", "fma"}
        tried |= {way for way, _ in ways(row, row)}  # of which they are made
    assert tried == set(row.offered) - ({"store_tail", "store_few", "splice"} if row.lanes == 1 else set())


# --- the rows check themselves ---


def without(op):
    return {name: text for name, text in SCALAR.ops.items() if name != op}


BROKEN = [
    *(({"ops": without(op)}, f"lacks {op}") for op in NEEDED["floats"]),
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
        with pytest.raises(TypeError, match="argument"):
            SCALAR.fma(*wrong)
    with pytest.raises(AttributeError):
        _ = SCALAR.fmadd


def test_extend_merges_operations_and_helpers_and_leaves_the_row_alone():
    wider = SCALAR.extend(name="wide", ops={"add": "plus({a}, {b})"}, helpers={"plus": "…"})
    assert wider.ops == {**SCALAR.ops, "add": "plus({a}, {b})"}
    assert wider.helpers == {**SCALAR.helpers, "plus": "…"}
    assert SCALAR.add("a", "b") == "a + b"


@pytest.mark.parametrize("row", EACH.values(), ids=EACH)
def test_rows_are_consistent(row):
    assert EACH[row.name] is row
    assert row.name.endswith(f"_{row.memory.name}") == (
        row.memory is not row.sums or row.kind in ("integers", "longs"))
    assert row.lanes & (row.lanes - 1) == 0
    assert not row.target or row.flags or row.family.name == "aarch64"  # no flag means the same to all compilers
    assert bool(set(row.requires) - {DOTS}) == (row.lanes > 1 if row.dialect == "c" else row.sums is element.F16)
    sources = [source for one, source in sums() if one is row] or [row]
    isa = computing(row) if row.kind == "weights" else row
    lines = [text for source in sources for case in cases(isa, source) for text in statements(isa, source, case)]
    lines += [row.matrix.begin, f"{row.matrix.stack}("] if row.matrix else []
    lines += [f"{name}(" for name in (row.transpose, *(given.transpose for given in row.given.values())) if name]
    known = {name for one in EACH.values() for name in one.helpers}
    for op in STORAGE if row.name in STORED else row.ops:
        missing = known.intersection(noted.calls(row.ops.get(op, ""))) - row.helpers.keys()
        assert not missing, f"{op} calls what its row does not have: {missing}"
    for name, text in row.helpers.items():
        assert f" {name}(" in text
        assert text.endswith("}\n")
        callers = [*lines, *(other for other in row.helpers.values() if other is not text)]
        assert any(f"{name}(" in caller for caller in callers), f"nothing calls {name}"
