"""A row of the ISA table: what a vector instruction set looks like in C, or a vector type in OpenCL C.

A row gives types, counts and one expression per operation; templates speak only the neutral names
of operations. A row checks itself when it is built.
"""

from __future__ import annotations

import inspect
import string
from typing import Literal, NamedTuple

import msgspec

from ..errors import UnsupportedError
from ..layer.element import F32, Arithmetic, Element
from .family import ANY, Family
from .matrix import Index, Matrix

Dialect = Literal["c", "opencl"]
Objective = Literal["speed", "network", "size", "balanced"]

DOTS = "cl_khr_integer_dot_product"  # OpenCL's extension


class Arch(NamedTuple):
    """What MSVC has for a row: the word behind /arch:, and the macros that it defines then, which are fewer than other
    compilers define."""

    name: str
    macros: tuple[str, ...]


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """The operations of a row: the C of each. meaning.py says what they do.

    p is a `scalar *`, i an index, n a number of lanes (1 … lanes − 1), first and end are lanes
    (0 <= first < end <= lanes), x a C float constant, f a name; a, b, c are vectors, but for put, which takes what
    get gives: a number of the type that is computed with.

    ops: a format string over the operands of each.
    """

    ops: dict[str, str]

    def expression(self, op: str, /, **operands: Index) -> str:
        """The C of one operation."""
        return self.ops[op].format(**operands)

    # numbers

    def get(self, p: str, i: Index) -> str:
        return self.expression("get", p=p, i=i)

    def put(self, p: str, i: Index, a: str) -> str:
        return self.expression("put", p=p, i=i, a=a)

    # vectors

    def load(self, p: str) -> str:
        return self.expression("load", p=p)

    def load_aligned(self, p: str) -> str:
        return self.expression("load_aligned", p=p)

    def store(self, p: str, a: str) -> str:
        return self.expression("store", p=p, a=a)

    def store_aligned(self, p: str, a: str) -> str:
        return self.expression("store_aligned", p=p, a=a)

    def spill(self, p: str, a: str) -> str:
        return self.expression("spill", p=p, a=a)

    def reload(self, p: str) -> str:
        return self.expression("reload", p=p)

    # parts of vectors

    def load_part(self, p: str, first: Index, end: Index) -> str:
        return self.expression("load_part", p=p, first=first, end=end)

    def store_tail(self, p: str, a: str, n: Index) -> str:
        return self.expression("store_tail", p=p, a=a, n=n)

    def load_few(self, p: str, n: Index) -> str:
        return self.expression("load_few", p=p, n=n)

    def store_few(self, p: str, a: str, n: Index) -> str:
        return self.expression("store_few", p=p, a=a, n=n)

    # the same number in every lane

    def broadcast(self, p: str) -> str:
        return self.expression("broadcast", p=p)

    def set1(self, x: str) -> str:
        return self.expression("set1", x=x)

    def zero(self) -> str:
        return self.expression("zero")

    # arithmetic

    def add(self, a: str, b: str) -> str:
        return self.expression("add", a=a, b=b)

    def sub(self, a: str, b: str) -> str:
        return self.expression("sub", a=a, b=b)

    def mul(self, a: str, b: str) -> str:
        return self.expression("mul", a=a, b=b)

    def div(self, a: str, b: str) -> str:
        return self.expression("div", a=a, b=b)

    def fma(self, a: str, b: str, c: str) -> str:
        return self.expression("fma", a=a, b=b, c=c)

    def fnma(self, a: str, b: str, c: str) -> str:
        return self.expression("fnma", a=a, b=b, c=c)

    def max(self, a: str, b: str) -> str:
        return self.expression("max", a=a, b=b)

    def min(self, a: str, b: str) -> str:
        return self.expression("min", a=a, b=b)

    def pow2(self, a: str) -> str:
        return self.expression("pow2", a=a)

    def in_f32(self, f: str, a: str) -> str:
        return self.expression("in_f32", f=f, a=a)

    def both_in_f32(self, f: str, a: str, b: str) -> str:
        return self.expression("both_in_f32", f=f, a=a, b=b)

    # lanes

    def deinterleave_even(self, a: str, b: str) -> str:
        return self.expression("deinterleave_even", a=a, b=b)

    def deinterleave_odd(self, a: str, b: str) -> str:
        return self.expression("deinterleave_odd", a=a, b=b)

    def interleave_low(self, a: str, b: str) -> str:
        return self.expression("interleave_low", a=a, b=b)

    def interleave_high(self, a: str, b: str) -> str:
        return self.expression("interleave_high", a=a, b=b)

    def splice(self, a: str, b: str, n: Index) -> str:
        return self.expression("splice", a=a, b=b, n=n)

    def broadcast_grouped(self, a: str, o: Index, i: Index, j: Index) -> str:
        return self.expression("broadcast_grouped", a=a, o=o, i=i, j=j)

    # integers

    def shl(self, a: str, n: Index) -> str:
        return self.expression("shl", a=a, n=n)

    def sra(self, a: str, n: Index) -> str:
        return self.expression("sra", a=a, n=n)

    def halve(self, a: str, b: str, n: Index) -> str:
        return self.expression("halve", a=a, b=b, n=n)

    def to_f32(self, a: str) -> str:
        return self.expression("to_f32", a=a)

    def rint(self, a: str) -> str:
        return self.expression("rint", a=a)

    def scale_tflite(self, a: str, m: str, s: str) -> str:
        return self.expression("scale_tflite", a=a, m=m, s=s)

    def scale_tflite_single(self, a: str, m: str, s: str) -> str:
        return self.expression("scale_tflite_single", a=a, m=m, s=s)

    def scale_wide(self, a: str, m: str, s: str) -> str:
        return self.expression("scale_wide", a=a, m=m, s=s)

    # bytes, four times as many as sums fill the lanes; k: which quarter of them

    def neighbours(self, a: str, b: str, c: str, d: str, k: Index) -> str:
        return self.expression("neighbours", a=a, b=b, c=c, d=d, k=k)

    def lengthen(self, a: str, k: Index) -> str:
        return self.expression("lengthen", a=a, k=k)

    def spread(self, p: str, s: Index, d: Index, k: Index) -> str:
        return self.expression("spread", p=p, s=s, d=d, k=k)

    def spread_inside(self, p: str, d: Index, k: Index, inside: str, padding: str) -> str:
        return self.expression("spread_inside", p=p, d=d, k=k, inside=inside, padding=padding)

    def load_over(self, p: str, first: Index, end: Index, a: str) -> str:
        return self.expression("load_over", p=p, first=first, end=end, a=a)

    def over(self, a: str, b: str, n: Index) -> str:
        return self.expression("over", a=a, b=b, n=n)

    def halves(self, a: str) -> str:
        return self.expression("halves", a=a)

    def weave(self, a: str, n: Index) -> str:
        return self.expression("weave", a=a, n=n)

    def store_sixteen(self, p: str, a: str, k: Index) -> str:
        return self.expression("store_sixteen", p=p, a=a, k=k)

    def in_order(self, a: str, b: str, c: str, d: str, k: Index) -> str:
        return self.expression("in_order", a=a, b=b, c=c, d=d, k=k)

    def narrow(self, a: str, b: str, c: str, d: str, x: Index) -> str:
        return self.expression("narrow", a=a, b=b, c=c, d=d, x=x)


# operation -> the names of its operands
OPERANDS = {name: tuple(inspect.signature(method).parameters)[1:] for name, method in vars(Operations).items()
            if inspect.isfunction(method) and name != "expression"}


_INTEGER = ("shl", "sra", "halve", "to_f32", "rint", "scale_tflite", "scale_tflite_single", "scale_wide")
_NUMBERS = ("get", "put", "load", "store", "store_tail", "spill", "reload", "broadcast", "set1", "zero", "add", "max",
            "min", "to_f32", "rint")
_COMPLEX = ("fnma",)  # products of complex numbers
_BYTES = ("neighbours", "lengthen", "spread", "over", "halves", "in_order", "narrow")
_MASKED = ("spread_inside", "load_over")  # bytes, by a mask of 64 bits
_WOVEN = ("weave", "store_sixteen")  # bytes, of sums that several outputs have in a lane

# The operations that each kind of row has: floats as numbers; weights, integers that are read as floats; integers as
# numbers, of 32 bits or longer; products of integers, which are sums of several; bytes, which are made products of
# where they lie, and of sums.
NEEDED = {
    "floats": tuple(name for name in OPERANDS if name not in (*_INTEGER, *_COMPLEX, *_BYTES, *_MASKED, *_WOVEN)),
    "weights": ("get",),
    "integers": (*_NUMBERS, "scale_tflite", "scale_tflite_single"),
    "longs": (*_NUMBERS, "scale_wide"),
    "products": ("load", "zero", "fma"),
    "shorts": ("load", "store", "add", "sub", "shl", "set1"),
    "bytes": ("load", "load_part", "store", "store_tail", "spill", "reload", "set1", "max", "min", "deinterleave_even",
              "deinterleave_odd", *_BYTES),
}
# Those that it may have besides: algorithms that need them ask `has`. Parts of vectors of products are lanes too.
OPTIONAL = {
    "floats": _COMPLEX,
    "weights": ("load", "broadcast"),
    "integers": ("load_part", "halve", "sub", "mul", "shl", "sra", "load_few", "store_few"),
    "longs": ("load_part",),
    "shorts": (),
    "bytes": (*_MASKED, *_WOVEN),
    "products": ("load_part", "broadcast", "broadcast_grouped"),
}
Kind = Literal["floats", "weights", "integers", "longs", "products", "shorts", "bytes"]


class Given(NamedTuple):
    """How a row of products takes inputs of an element. copied: the row that reads them in a copy; in_place: where they
    lie, if it does that too. offset: what is added to each, to be what it multiplies; None: its zero point is
    subtracted. transpose: a helper (to, to_apart, from, from_apart, added) that copies 8 × 8 of them, number i of row j
    as number j of row i."""

    copied: Isa
    in_place: Isa | None = None
    offset: int | None = 0
    transpose: str = ""


class Isa(Operations, frozen=True, kw_only=True):
    """One row.

    registers: vector registers a kernel may fill. fused: fma rounds once. target: what gcc and clang
    call the instruction set in ``target("…")``, empty where it is always on. requires: macros that a
    compiler defines which has it on. msvc: the same for MSVC. family: the architecture; features: what its CPU
    must have. helpers: C functions the expressions call, by name; a file gets the ones it uses. dialect: the language.
    memory: of the numbers that are loaded and stored. sums: of those computed with. floats: where these are no f32,
    the row of as many that are.
    kind: what its vectors hold. deep: products that a lane adds in one step, of neighbours in memory. totals: of
    products, the row of their sums as numbers; shorts: the row of numbers of 16 bits, modulo 2^16, if there is one;
    given: how they take inputs, by element; bytewise: by vectors of bytes; wordwise: where words are loaded as they
    lie, one behind the other. matrix: where they are of whole matrices, the instructions for these. products:
    instructions of fma. pace: fma_rate and fma_latency of its own, where they are not the target's. transpose: of
    integers of 8 bits, the helper that transposes 8 × 8 of them (see Given). folds: whether sums take operands from
    memory, which gcc may read again for each. ordered: whether gcc must keep the order of statements. unvectorised:
    whether it must make no vectors of loops: of plain C's, which move numbers or hold straight-line sums, these are up
    to 25 times the code, and slower.
    prefetch: the C that asks for the memory at p, empty where there is none or nobody measured that it helps;
    prefetch_far: the same for what is read much later, so that it does not take the first cache; p is one word.
    fence: of a row whose stores go past the caches, the C that must come before others read what they wrote.
    masked: whether a part of a vector is loaded as fast as a whole one; masks: whether it is stored so, too.
    widening: instructions that make what is computed with of what is loaded, for a vector and for a number in all
    lanes. flushes: whether vectors are stored with zeros for numbers below f32's least normal one. doubles: whether
    there is arithmetic in double. capability: ten times the compute capability that an NVIDIA GPU must have.
    refuses: when a file is not to be compiled, in C, and what the compiler says then. code: bytes of a statement,
    once it is compiled for size, about. fast: the same for speed, at most: of what every kernel has; of a statement
    that is written out; of one in a loop, which compilers unroll and make vectors of. most_code: bytes that a
    plan's code may so have for the planner to choose it unasked. objective: what plans are chosen by, unless told.
    """

    name: str
    lanes: int
    registers: int
    fused: bool
    vector: str
    target: str = ""
    flags: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    msvc: Arch | None = None
    family: Family = ANY
    features: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    helpers: dict[str, str] = {}
    dialect: Dialect = "c"
    memory: Element = F32
    sums: Element = F32
    prefetch: str = ""
    prefetch_far: str = ""
    fence: str = ""
    masked: bool = False
    masks: bool = False
    widening: tuple[float, float] = (0.0, 0.0)
    flushes: bool = False
    folds: bool = False
    ordered: bool = False
    unvectorised: bool = False
    doubles: bool = True
    floats: Isa | None = None
    kind: Kind = "floats"
    deep: int = 1
    transpose: str = ""
    totals: Isa | None = None
    shorts: Isa | None = None
    given: dict[str, Given] = {}
    bytewise: dict[str, Given] = {}
    wordwise: dict[str, Given] = {}
    matrix: Matrix | None = None
    short: Isa | None = None
    products: float = 1.0
    pace: tuple[float, int] | None = None
    capability: int = 0
    refuses: tuple[str, str] = ("", "")
    code: float = 4.0
    fast: tuple[float, float, float] = (2500.0, 6.0, 40.0)
    most_code: int = 64 << 10
    objective: Objective = "speed"

    def __post_init__(self) -> None:
        for op in self.offered:
            operands = OPERANDS[op]
            assert op in self.ops, f"row {self.name} lacks {op}"
            used = {field for _, field, _, _ in string.Formatter().parse(self.ops[op])
                    if field is not None}
            assert used <= set(operands), f"row {self.name}: {op} uses {used}, has {operands}"
        extra = set(self.ops) - set(self.offered)
        assert not extra, f"row {self.name}: unknown operations {extra}"
        unknown = set(self.features) - self.family.features.keys()
        assert not unknown, f"row {self.name}: unknown features {unknown} of {self.family.name}"
        assert (self.floats is None) == (self.sums is F32), f"row {self.name}: floats must be given for other sums"
        assert self.registers >= 4, f"row {self.name}: {self.registers} registers are too few"

    def has(self, op: str) -> bool:
        """Whether there is such an operation."""
        return op in self.ops

    @property
    def offered(self) -> tuple[str, ...]:
        """Its operations."""
        return (*NEEDED[self.kind], *filter(self.has, OPTIONAL[self.kind]))

    @property
    def arithmetic(self) -> str:
        """The name of the type that is computed with."""
        return self.sums.name

    @property
    def f32(self) -> Isa:
        """The row of as many floats: itself, as a rule."""
        return self.floats or self

    @property
    def numbers(self) -> Isa:
        """The row of its sums as numbers: itself, unless it multiplies integers."""
        return self.totals or self

    @property
    def space(self) -> str:
        """What precedes the type of what pointers of a function point to: in OpenCL memory is an address space."""
        return {"c": "", "opencl": "__global "}[self.dialect]

    @property
    def in_memory(self) -> str:
        """The type of what pointers of a function point to: numbers in memory."""
        return self.space + self.scalar

    @property
    def scalar(self) -> str:
        """The type of numbers in memory, as the dialect calls it."""
        return self.named(self.memory)

    @property
    def word(self) -> str:
        """The type of what a step multiplies of one side, in memory that work-items share."""
        return self.named(self.sums) if self.kind == "products" else self.scalar

    def named(self, element: Element) -> str:
        """The type of numbers of an element, as the dialect calls it."""
        return element.c if self.dialect == "c" else element.opencl

    @property
    def itemsize(self) -> int:
        """Bytes of one number in memory."""
        return self.memory.bytes

    def extend(self, *, ops: dict[str, str], helpers: dict[str, str] | None = None, **fields: object) -> Isa:
        """A row that differs from this one in some fields, operations and helpers; helpers of this one that nothing
        calls any more are left out."""
        ops, given = self.ops | ops, helpers or {}
        called, kept = "".join([*ops.values(), *given.values()]), given
        for name, text in reversed(self.helpers.items()):  # a helper stands behind those it calls
            if f"{name}(" in called:
                called, kept = called + text, {name: text} | kept
        return msgspec.structs.replace(self, ops=ops, helpers=kept, **fields)


ISAS: dict[str, Isa] = {}  # every row by its name; rows/ fills it
PLAIN: dict[Dialect, str] = {"c": "scalar", "opencl": "cl1"}  # the rows of one number at a time
# Those that compute as such a row, and have another element in memory: row_element; row_f32_element of integers that
# are read as floats. And row_past, whose stores go past the caches where a cache line begins.
STORED: dict[str, Isa] = {}


def stored(row: Isa, arithmetic: Arithmetic) -> Isa:
    """What computes as `row` does with outputs of a layer in memory. UnsupportedError where it has no such words."""
    if arithmetic.exact:
        return words_of(exact_rows(row, arithmetic)[0].numbers, arithmetic.output)
    return words_of(row, arithmetic.output)


def built_with(row: Isa, arithmetic: Arithmetic) -> Isa:
    """The row that says what a CPU and a compiler must have for a layer: the one of its products, or of what lies in
    memory."""
    return exact_rows(row, arithmetic)[0] if arithmetic.exact else words_of(row, arithmetic.weights)


def words_of(row: Isa, element: Element) -> Isa:
    """`row`, but for what lies in memory: numbers of that element. UnsupportedError where it has none."""
    if row.memory is element:
        return row
    if row.kind in ("integers", "longs") and row.f32.memory is element:
        return row.f32
    if (name := f"{row.name}{'_f32' * (element.whole and row.sums is F32)}_{element.name}") not in STORED:
        raise UnsupportedError(f"isa {row.name} has no arrays of {element.name} (dtype={element.name})")
    return STORED[name]


def past(row: Isa) -> Isa | None:
    """`row`, but with stores that go past the caches, if it has such: of vectors that are a cache line."""
    return STORED.get(f"{row.name}_past")


def products_on(row: Isa) -> list[Isa]:
    """The rows of products of integers on the machine of a row of floats; and those without vectors for its language
    whose sums are of another type."""
    def of(machine: Isa) -> list[Isa]:
        return [one for one in ISAS.values() if one.kind == "products" and one.floats is machine]

    own = of(row)
    sums = {one.sums.name for one in own}
    return own + [one for one in of(ISAS[PLAIN[row.dialect]]) if one.sums.name not in sums]


def exact_rows(row: Isa, arithmetic: Arithmetic) -> list[Isa]:
    """The rows of products of a layer's integers on the machine of a row, which may be one of them; UnsupportedError
    where there are none."""
    rows = [row] if row.kind == "products" else products_on(row)
    found = [one for one in rows if arithmetic.input.name in one.given and one.sums.bytes <= arithmetic.sum.bytes
             and one.memory.mantissa >= arithmetic.weights.mantissa]
    if not found:
        named = f"{arithmetic.input.name}:{arithmetic.weights.name}"
        raise UnsupportedError(f"isa {row.name} has no products of integers of these types (dtype={named}:…)")
    return found
