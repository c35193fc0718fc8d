"""Matrix instructions of GPUs, one row each: what they are, which number lies in which lane's register, and what
they are in OpenCL C: inline PTX where NVIDIA's compiler reads it, and the same in plain words for any other.

An instruction works on registers of 32 bits, each with one number, two or four, that the 32 lanes of a warp hold
together. In registers all rows are alike (PTX ISA, "Matrix Fragments for mma.m16n8k8" for tf32, ".m16n8k16" for f16,
".m16n8k32" for bytes):

    D[16][8] += A[16][8 words] · B[8 words][8]
    lane l has A[l/4 + 8 (i % 2)][l%4 + 4 (i / 2)]   in register i of 4
               B[l%4 + 4 i][l/4]                      in register i of 2
               D[l/4 + 8 (i / 2)][2 (l % 4) + i % 2]  in register i of 4

so that kernels need to know words alone. They multiply 16 rows by 16 columns at a time, two instructions side by side;
column 8 j + 2 q + b of the two belongs to column 4 q + 2 j + b of the result (`spread`), which leaves each lane four
columns that are neighbours in memory.
"""

from __future__ import annotations

import msgspec

from ...layer import element
from ..target import KIB, Device, Machine
from .opencl import gpu

WARP_LANES = 32  # of a warp, which executes an instruction as one
M, N, WORDS = 16, 8, 8  # rows and columns of D; words of each that a product sums over
BLOCK = 2 * N  # columns that `multiply` takes at once
SLOT = 4  # words that are copied and loaded as one: 16 bytes
ROW = 16  # words of a row of a tile in local memory


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """One instruction.

    name: as PTX spells it. rows, columns: of the arrays whose numbers it multiplies, as rows of A and columns of B.
    sums: of D. k: numbers of a row of A. capability: ten times the compute capability that has it. rate: products a
    cycle of a compute unit of the first GPUs that had it. significand: bits that operands keep of theirs; 0: all.
    helpers: C functions by name.
    """

    name: str
    rows: element.Element
    columns: element.Element
    sums: element.Element
    k: int
    capability: int
    rate: int
    significand: int = 0
    helpers: dict[str, str]

    def __post_init__(self) -> None:
        assert self.k == WORDS * self.each, f"{self.name}: {self.k} numbers are not {WORDS} words of {self.each}"
        assert f".m{M}n{N}k{self.k}.row.col.{self.sums.name}." in self.name, \
            f"{self.name} must be of m{M}n{N}k{self.k} and of {self.sums.name}"
        assert self.rows.bytes == self.columns.bytes, f"{self.name}: both operands must have numbers of one size"
        for what, rows, columns, places in (
            ("A", M, self.k, [self.a(lane, i, part) for lane in range(WARP_LANES) for i in range(4)
                              for part in range(self.each)]),
            ("B", self.k, N, [self.b(lane, i, part) for lane in range(WARP_LANES) for i in range(2)
                              for part in range(self.each)]),
            ("D", M, N, [self.d(lane, i) for lane in range(WARP_LANES) for i in range(4)]),
        ):
            assert sorted(places) == [(row, column) for row in range(rows) for column in range(columns)], \
                f"{self.name}: the fragments of {what} must hold each of its {rows} x {columns} numbers once"

    @property
    def bits(self) -> int:
        """Of a number."""
        return 8 * self.rows.bytes

    @property
    def each(self) -> int:
        """Numbers in a word."""
        return 32 // self.bits

    @property
    def number(self) -> str:
        """The integer in C that has the bits of a number."""
        return {32: "uint", 16: "ushort", 8: "uchar"}[self.bits]

    @property
    def vector(self) -> str:
        """The type in C of the eight sums that `multiply` gives a lane."""
        return f"{self.sums.opencl}8"

    @property
    def zero(self) -> str:
        """C: eight sums of nothing."""
        return f"({self.vector})({'0' if self.sums.whole else '0.0f'})"

    def a(self, lane: int, i: int, part: int = 0) -> tuple[int, int]:
        """(row, column) in A of a lane's register i; of the number `part` in it, the lowest bits first."""
        return lane // 4 + 8 * (i % 2), (lane % 4 + 4 * (i // 2)) * self.each + part

    def b(self, lane: int, i: int, part: int = 0) -> tuple[int, int]:
        """(row, column) in B."""
        return (lane % 4 + 4 * i) * self.each + part, lane // 4

    def d(self, lane: int, i: int) -> tuple[int, int]:
        """(row, column) in D."""
        return lane // 4 + 8 * (i // 2), 2 * (lane % 4) + i % 2

    @property
    def roundings(self) -> int:
        """Roundings to nearest, of u = 2^-24, that the addition of one product may err as much as, at most.

        Products are exact. They are added four or more at once with the sum so far: each significand is shifted to
        the exponent of the largest and truncated to at least 24 bits, the result as well (M. Fasi, N. J. Higham,
        M. Mikaitis and S. Pranesh, Numerical behavior of NVIDIA tensor cores, 2021, section 3.1). So four products
        err by six truncations of 2 u at most."""
        return 3

    @property
    def operand_roundings(self) -> int:
        """Roundings of 2^-24 that those of both factors are worth."""
        return 2 * 2 ** (24 - self.significand) if self.significand else 0

    def rounded(self, bits: str) -> str:
        """C: a number's bits as the instruction wants them."""
        return f"to_tf32({bits})" if self.significand else bits

    def rounded_words(self, words: str) -> str:
        """C: four words as the instruction wants them."""
        return f"to_tf32_4({words})" if self.significand else words


def spread(row: int) -> int:
    """The column of the result, of 16, that belongs to row `row` of the tile in local memory that B comes from."""
    return row // BLOCK * BLOCK + row % 8 // 2 * 4 + row % BLOCK // 8 * 2 + row % 2


def spread_in_c(row: str) -> str:
    """The same in C."""
    return f"{row} / 16 * 16 + {row} % 8 / 2 * 4 + {row} % 16 / 8 * 2 + {row} % 2"


_MEET = """\
/* Matrix instructions are NVIDIA's. Other compilers get the same in plain OpenCL C, for tests: slow, but right. */
#ifdef __NV_CL_C_VERSION
#define EMULATED 0
#else
#define EMULATED 1
#endif

/* The items of a warp hold operands together: where instructions are emulated, they must exchange them. */
static void meet(void)
{
#if EMULATED
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
}
"""

_SHARE = """\
static void share(__local uint *all, int lane, uint4 own)
{
#if EMULATED
    ((__local uint4 *)all)[lane] = own;
#endif
}
"""

_COPY = """\
/* 16 bytes from global to local memory, on their way until wait_for_copies; zeros unless `inside`. */
static void copy(__local uint *to, const __global void *from, bool inside)
{
#if EMULATED
    *(__local uint4 *)to = inside ? *(const __global uint4 *)from : (uint4)(0);
#else
    __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                     : : "r"((uint)(size_t)to), "l"((ulong)from), "r"(inside ? 16 : 0) : "memory");
#endif
}
"""

_END_COPIES = """\
/* Copies since the last end are a group. */
static void end_copies(void)
{
#if !EMULATED
    __asm__ volatile("cp.async.commit_group;" : : : "memory");
#endif
}
"""


def _wait(groups: int) -> str:
    return f"""\
/* Until all but the last {groups} groups of an item's copies are there. */
static void wait_for_copies_{groups}(void)
{{
#if !EMULATED
    __asm__ volatile("cp.async.wait_group {groups};" : : : "memory");
#endif
}}
"""


# (row, quarter of the step) whose address a lane gives ldmatrix: lanes 8 i to 8 i + 7 those of what becomes register i
ADDRESSES = {"rows": ("lane % 16", "lane / 16"), "columns": ("lane / 16 * 8 + lane % 8", "lane / 8 % 2")}


def _fragment(what: str, order: str, words: str) -> str:
    row, quarter = ADDRESSES[what]
    return f"""\
/* Of 16 rows of 16 words, whose quarter s lies at s ^ (row / 2 % 4): words 8 `step` to 8 `step` + 7, as the 32 items of
 * a warp hold them for {what}. Item l has words l % 4 and 4 + l % 4 of rows l / 4 and 8 + l / 4: {order}. */
static uint4 fragment_of_{what}(const __local uint *tile, int step, int lane)
{{
#if EMULATED
    const __local uint *upper = tile + lane / 4 * 16 + lane % 4;
    const __local uint *lower = upper + 128;
    const int left = ((2 * step) ^ (lane / 8 % 4)) * 4;
    const int right = ((2 * step + 1) ^ (lane / 8 % 4)) * 4;
    return (uint4)({words});
#else
    const int row = {row};
    const __local uint *quarter = tile + row * 16 + ((2 * step + {quarter}) ^ (row / 2 % 4)) * 4;
    uint a;
    uint b;
    uint c;
    uint d;
    __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{%0, %1, %2, %3}}, [%4];"
                     : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"((uint)(size_t)quarter) : "memory");
    return (uint4)(a, b, c, d);
#endif
}}
"""


_FRAGMENT_OF_ROWS = _fragment("rows", "the rows of the first, then of the second",
                              "upper[left], lower[left], upper[right], lower[right]")
_FRAGMENT_OF_COLUMNS = _fragment("columns", "the words of the first, then of the second",
                                 "upper[left], upper[right], lower[left], lower[right]")


# what inline assembly calls registers of floats and of integers
REGISTERS = {"float": "f", "int": "r"}


def _multiply(name: str, number: str) -> str:
    held = REGISTERS[number]
    return f"""\
/* 16 rows of A, two times 8 columns of B, 8 words of either; item l of a warp has columns 4 (l % 4) to 4 (l % 4) + 3 of
 * row l / 4, then of the row 8 below. all_a, all_b: what the whole warp shares, where that is needed. */
static {number}8 multiply({number}8 sum, uint4 a, uint4 b, const __local uint *all_a, const __local uint *all_b,
                              int lane)
{{
#if EMULATED
    for (int word = 0; word < 8; ++word) {{
        const __local uint *row = all_a + lane / 4 * 16 + word % 4 * 4 + word / 4 * 2;
        const __local uint *column = all_b + lane % 4 * 32 + word % 4 * 4 + word / 4;
        const uint4 columns = (uint4)(column[0], column[16], column[2], column[18]);
        sum.lo = add_products(sum.lo, row[0], columns);
        sum.hi = add_products(sum.hi, row[1], columns);
    }}
    return sum;
#else
    {number} p0 = sum.s0, p1 = sum.s1, p2 = sum.s2, p3 = sum.s3;
    {number} q0 = sum.s4, q1 = sum.s5, q2 = sum.s6, q3 = sum.s7;
    __asm__ volatile("{name} "
                     "{{%0, %1, %2, %3}}, {{%4, %5, %6, %7}}, {{%8, %9}}, {{%0, %1, %2, %3}};"
                     : "+{held}"(p0), "+{held}"(p1), "+{held}"(q0), "+{held}"(q1)
                     : "r"(a.s0), "r"(a.s1), "r"(a.s2), "r"(a.s3), "r"(b.s0), "r"(b.s1));
    __asm__ volatile("{name} "
                     "{{%0, %1, %2, %3}}, {{%4, %5, %6, %7}}, {{%8, %9}}, {{%0, %1, %2, %3}};"
                     : "+{held}"(p2), "+{held}"(p3), "+{held}"(q2), "+{held}"(q3)
                     : "r"(a.s0), "r"(a.s1), "r"(a.s2), "r"(a.s3), "r"(b.s2), "r"(b.s3));
    return ({number}8)(p0, p1, p2, p3, q0, q1, q2, q3);
#endif
}}
"""


_TF32_PRODUCTS = """\
#if EMULATED
static float4 add_products(float4 sum, uint a, uint4 b)
{
    return sum + as_float(a) * as_float4(b);
}
#endif
"""

_F16_PRODUCTS = """\
#if EMULATED
static float4 add_products(float4 sum, uint a, uint4 b)
{
    const ushort2 x = as_ushort2(a);
    const ushort8 y = as_ushort8(b);
    const float low = vload_half(0, (const __private half *)&x);
    const float high = vload_half(1, (const __private half *)&x);
    const float8 columns = vload_half8(0, (const __private half *)&y);
    return sum + low * columns.even + high * columns.odd;
}
#endif
"""

# of a word, or a vector of words, the byte that begins at bit i
BYTE = {element.U8: "as_{number}({word} >> i & 255)", element.S8: "as_{number}({word} << (24 - i)) >> 24"}


def _byte_products(rows: element.Element, columns: element.Element) -> str:
    return f"""\
#if EMULATED
static int4 add_products(int4 sum, uint a, uint4 b)
{{
    for (int i = 0; i < 32; i += 8) {{
        const int x = {BYTE[rows].format(number="int", word="a")};
        const int4 y = {BYTE[columns].format(number="int4", word="b")};
        sum += x * y;
    }}
    return sum;
}}
#endif
"""


_TO_TF32 = """\
/* A float's bits, rounded to 11 significant ones: to the nearest, ties away from zero. */
static uint to_tf32(uint a)
{
#if EMULATED
    return (a & 0x7fffffff) > 0x7f800000 ? a : (a + 0x1000) & 0xffffe000;
#else
    uint rounded;
    __asm__("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(as_float(a)));
    return rounded;
#endif
}
"""

_TO_TF32_4 = """\
static uint4 to_tf32_4(uint4 a)
{
    return (uint4)(to_tf32(a.s0), to_tf32(a.s1), to_tf32(a.s2), to_tf32(a.s3));
}
"""


def _helpers(name: str, number: str, products: str, **others: str) -> dict[str, str]:
    """In the order of their definitions."""
    return {"meet": _MEET, "share": _SHARE, "copy": _COPY, "end_copies": _END_COPIES,
            **{f"wait_for_copies_{groups}": _wait(groups) for groups in range(4)},
            "fragment_of_rows": _FRAGMENT_OF_ROWS, "fragment_of_columns": _FRAGMENT_OF_COLUMNS, **others,
            "add_products": products, "multiply": _multiply(name, number)}


_TF32 = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"

TF32 = MatrixRow(
    name=_TF32, rows=element.F32, columns=element.F32, sums=element.F32, k=8, capability=80, rate=512, significand=11,
    helpers=_helpers(_TF32, "float", _TF32_PRODUCTS, to_tf32=_TO_TF32, to_tf32_4=_TO_TF32_4))

_F16 = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"

HALFS = MatrixRow(
    name=_F16, rows=element.F16, columns=element.F16, sums=element.F32, k=16, capability=80, rate=1024,
    helpers=_helpers(_F16, "float", _F16_PRODUCTS))


def _bytes(rows: element.Element, columns: element.Element) -> MatrixRow:
    """Without .satfinite sums wrap: whole ones, with their bias, fit (plan/proof.py), whatever parts of them do."""
    name = f"mma.sync.aligned.m16n8k32.row.col.s32.{rows.name}.{columns.name}.s32"
    return MatrixRow(name=name, rows=rows, columns=columns, sums=element.S32, k=32, capability=80, rate=2048,
                     helpers=_helpers(name, "int", _byte_products(rows, columns)))


# By what it multiplies: weights are rows or columns.
BYTES = (_bytes(element.U8, element.S8), _bytes(element.S8, element.U8), _bytes(element.S8, element.S8))
MATRIX_ROWS = {(row.rows.name, row.columns.name): row for row in (TF32, HALFS, *BYTES)}

MACHINE = Machine(
    targets=(gpu("opencl-sm80", Device("gpu", 96, 48 * KIB, 1024, half=True, double=True, capability=80)),),
)
