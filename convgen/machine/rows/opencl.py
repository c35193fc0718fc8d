"""The rows of the ISA table for OpenCL's vector types.

Lanes that are known when a kernel is printed are named one by one (`a.s0022`): compilers make one shuffle of
that, while shuffle() goes through memory on some devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ...layer.element import BF16, F16, F32, S8, S16, S32, U8, Element
from ..isa import Isa
from ..target import KIB, Device, Machine, Target, caches_of
from . import opencl_integers
from .scalar import SCALAR
from .words import LOADS, STORES, in_bytes


class Memory(NamedTuple):
    """How arrays of an element are read and written, to be computed with as numbers of the element `sums`: what helpers
    have in their names, and expressions of one number, p[i], and of a vector of n. aligned, set_aligned: where the
    address suits it. helpers: what these call for vectors of up to n. whole: other loads and stores, for vectors of
    so many lanes."""

    element: Element
    sums: Element
    mark: str
    one: str
    set_one: str
    vector: str
    aligned: str
    set_vector: str
    set_aligned: str
    helpers: Callable[[int], dict[str, str]]
    whole: dict[int, tuple[str, str]]

    @property
    def scalar(self) -> str:
        """The type in memory."""
        return self.element.opencl

    @property
    def number(self) -> str:
        """The type that is computed with."""
        return self.sums.opencl

    @property
    def zero(self) -> str:
        return "0.0f" if self.sums is F32 else f"({self.number})0.0f"

    def get(self, p: str, i: object) -> str:
        return self.one.format(p=p, i=i)

    def put(self, p: str, i: object, a: str) -> str:
        return self.set_one.format(p=p, i=i, a=a)

    def load(self, n: int, p: str) -> str:
        return self.whole.get(n, (self.vector, ""))[0].format(n=n, p=p)

    def load_aligned(self, n: int, p: str) -> str:
        return self.aligned.format(n=n, p=p)

    def store(self, n: int, p: str, a: str) -> str:
        return self.whole.get(n, ("", self.set_vector))[1].format(n=n, p=p, a=a)

    def store_aligned(self, n: int, p: str, a: str) -> str:
        return self.set_aligned.format(n=n, p=p, a=a)


def _row(lanes: int, registers: int, memory: Memory, floats: Isa | None = None) -> Isa:
    """floatN, or halfN. `a * b + c` may round once or twice, as the device likes: OpenCL contracts by default, and
    fma() is a slow call where the hardware has none."""
    number, mark = memory.number, memory.mark
    vector, own, in_floats = f"{number}{lanes}", memory.element is memory.sums, memory.sums is F32
    floated = f"convert_float{lanes}"
    return Isa(
        name=f"cl{lanes}" + ("" if in_floats else "h") + ("" if own else f"_{memory.element.name}"),
        memory=memory.element,
        sums=memory.sums,
        dialect="opencl",
        code=0.0,
        lanes=lanes,
        registers=registers,
        fused=False,
        vector=vector,
        requires=() if in_floats else ("cl_khr_fp16",),
        floats=floats,
        # three numbers of a vector become another type while one is loaded; one alone does, and is spread
        widening=(0.0, 0.0) if own else (lanes / 3 - 1, 3),
        ops={
            "get": memory.get("{p}", "{i}"),
            "put": memory.put("{p}", "{i}", "{a}"),
            "load": memory.load(lanes, "{p}"),
            "load_aligned": memory.load_aligned(lanes, "{p}"),
            "store": memory.store(lanes, "{p}", "{a}"),
            "store_aligned": memory.store_aligned(lanes, "{p}", "{a}"),
            "spill": f"vstore{lanes}({{a}}, 0, {{p}})",
            "reload": f"vload{lanes}(0, {{p}})",
            "load_part": f"load{mark}_part{lanes}_{{first}}_{{end}}({{p}})",
            "store_tail": f"store{mark}_tail{lanes}_{{n}}({{p}}, {{a}})",
            "load_few": f"load{mark}_few{lanes}({{p}}, {{n}})",
            "store_few": f"store{mark}_few{lanes}({{p}}, {{a}}, {{n}})",
            "broadcast": f"({vector})({'*({p})' if own else memory.get('{p}', 0)})",
            "set1": f"({vector})({{x}})" if in_floats else f"({vector})(({number})({{x}}))",
            "zero": f"({vector})({memory.zero})",
            "in_f32": "{f}({a})" if in_floats else f"convert_{vector}({{f}}({floated}({{a}})))",
            "both_in_f32": "{f}({a}, {b})" if in_floats else
            f"convert_{vector}({{f}}({floated}({{a}}), {floated}({{b}})))",
            "add": "{a} + {b}",
            "sub": "{a} - {b}",
            "mul": "{a} * {b}",
            "div": "{a} / {b}",
            "fma": "{a} * {b} + {c}",
            "fnma": "{c} - {a} * {b}",
            "max": "select({b}, {a}, isgreater({a}, {b}))",
            "min": "select({b}, {a}, isless({a}, {b}))",
            "deinterleave_even": "evens({a}, {b})",
            "deinterleave_odd": "odds({a}, {b})",
            "interleave_low": "low_turns({a}, {b})",
            "interleave_high": "high_turns({a}, {b})",
            "splice": "shift_{n}({a}, {b})",
            "broadcast_grouped": "spread_{o}_{i}_{j}({a})",
            "pow2": f"as_{vector}((as_int{lanes}({{a}}) << 23) + 0x3f800000)",
        },
        helpers={
            **memory.helpers(lanes),
            **{f"load{mark}_part{lanes}_{first}_{end}": _load_part(memory, lanes, first, end)
               for first in range(lanes) for end in range(first + 1, lanes + 1)},
            **{f"store{mark}_tail{lanes}_{n}": _store_tail(memory, lanes, n) for n in range(1, lanes)},
            f"load{mark}_few{lanes}": _load_few(memory, lanes),
            f"store{mark}_few{lanes}": _store_few(memory, lanes),
            "evens": _across("evens", "Lanes 0, 2 and so on", vector, lanes, range(0, 2 * lanes, 2)),
            "odds": _across("odds", "Lanes 1, 3 and so on", vector, lanes, range(1, 2 * lanes, 2)),
            **{f"{half}_turns": _across(f"{half}_turns", f"Lanes in turns, the {half} half,", vector, lanes,
                                        [lane + of * lanes for lane in range(first, first + lanes // 2)
                                         for of in range(2)])
               for half, first in (("low", 0), ("high", lanes // 2))},
            **{f"shift_{n}": _across(f"shift_{n}", f"Lanes {n}, {n + 1} and so on", vector, lanes, range(n, n + lanes))
               for n in range(1, lanes)},
            **{f"spread_{o}_{i}_{j}": _spread(vector, lanes, o, i, j) for o in (1, 2, 4, 8, 16) if lanes % o == 0
               for i in range(1, o + 1) for j in range(i)},
        },
    )


def _lanes(*lanes: int) -> str:
    """A selection of lanes: ``.s01ef``."""
    return ".s" + "".join(f"{lane:x}" for lane in lanes)


def _alls(lanes: int) -> dict[str, str]:
    """Loads and stores of whole vectors of floats."""
    sizes = [n for n in (8, 16) if n <= lanes]
    return {f"load_all{n}": f"""\
/* Some devices' vload{n} loads parts, and makes whatever follows a work of parts. */
static float{n} load_all{n}(const __global float *p)
{{
    typedef float{n} anywhere __attribute__((aligned(4)));
    return *(const __global anywhere *)p;
}}
""" for n in sizes} | {f"store_all{n}": f"""\
/* Some devices' vstore{n} stores parts, which are slow to load as a whole again. */
static void store_all{n}(__global float *p, float{n} a)
{{
    typedef float{n} anywhere __attribute__((aligned(4)));
    *(__global anywhere *)p = a;
}}
""" for n in sizes}


def _halfs(lanes: int) -> dict[str, str]:
    """Loads and stores of vectors of halfs at any address."""
    texts = {n: _halfs_of(n) for n in (2, 4, 8, 16) if n <= lanes}
    return {f"{verb}_half{n}": text for n, pair in texts.items() for verb, text in pair.items()}


def _halfs_of(n: int) -> dict[str, str]:
    """One by one; or all at once, by way of a variable, since some
    devices' vload_halfN and vstore_halfN want an aligned address."""
    if n <= 4:
        loads = ", ".join(HALF.get("p", lane) for lane in range(n))
        stores = "\n    ".join(f"{HALF.put('p', lane, f'a{_lanes(lane)}')};" for lane in range(n))
        return {"load": f"""\
static float{n} load_half{n}(const __global half *p)
{{
    return (float{n})({loads});
}}
""", "store": f"""\
static void store_half{n}(__global half *p, float{n} a)
{{
    {stores}
}}
"""}
    return {"load": f"""\
/* Some devices' vload_half{n} wants an aligned address. */
static float{n} load_half{n}(const __global half *p)
{{
    typedef ushort{n} anywhere __attribute__((aligned(2)));
    const ushort{n} bits = *(const __global anywhere *)p;
    return vload_half{n}(0, (const __private half *)&bits);
}}
""", "store": f"""\
/* Some devices' vstore_half{n} wants an aligned address. */
static void store_half{n}(__global half *p, float{n} a)
{{
    typedef ushort{n} anywhere __attribute__((aligned(2)));
    ushort{n} bits;
    vstore_half{n}_rte(a, 0, (__private half *)&bits);
    *(__global anywhere *)p = bits;
}}
"""}


def _half(n: int) -> int:
    """The largest power of two below n + 1: two vectors of so many lanes hold n."""
    return 1 << n.bit_length() - 1


def _load_part(memory: Memory, lanes: int, first: int, end: int) -> str:
    """Two vectors that may overlap."""
    number, n, size = memory.number, end - first, _half(end - first)
    part = "" if size == 1 else str(size)

    def load(at: int) -> str:
        return memory.load(size, f"p + {at}") if size > 1 else memory.get("p", at)

    def lane(number: int) -> str:
        if not first <= number < end:
            return memory.zero
        at, name = (number - first, "a") if number - first < size else (number - end + size, "b")
        return name + (_lanes(at) if size > 1 else "")

    lines = [f"const {number}{part} a = {load(first)};"]
    if n > size:
        lines.append(f"const {number}{part} b = {load(end - size)};")
    if n == lanes:
        lines.append("return a;")
    else:
        lines.append(f"return ({number}{lanes})({', '.join(map(lane, range(lanes)))});")
    body = "\n    ".join(lines)
    return f"""\
/* Lanes {first} to {end - 1}, and zeros. */
static {number}{lanes} load{memory.mark}_part{lanes}_{first}_{end}(const __global {memory.scalar} *p)
{{
    {body}
}}
"""


def _store_tail(memory: Memory, lanes: int, n: int) -> str:
    """Two vectors that may overlap."""
    size = _half(n)
    places = dict.fromkeys((0, n - size))
    if size == 1:
        lines = [f"{memory.put('p', at, f'a{_lanes(at)}')};" for at in places]
    else:
        lines = [f"{memory.store(size, f'p + {at}' if at else 'p', f'a{_lanes(*range(at, at + size))}')};"
                 for at in places]
    body = "\n    ".join(lines)
    return f"""\
/* The first {n} lane{"s" * (n > 1)}. */
static void store{memory.mark}_tail{lanes}_{n}(__global {memory.scalar} *p, {memory.number}{lanes} a)
{{
    {body}
}}
"""


def _load_few(memory: Memory, lanes: int) -> str:
    number = memory.number
    values = ", ".join(f"n > {lane} ? {memory.get('p', lane)} : {memory.zero}" for lane in range(lanes))
    return f"""\
/* The first n lanes, and zeros. */
static {number}{lanes} load{memory.mark}_few{lanes}(const __global {memory.scalar} *p, int n)
{{
    return ({number}{lanes})({values});
}}
"""


def _store_few(memory: Memory, lanes: int) -> str:
    stores = "\n".join(f"    if (n > {lane}) {{\n        {memory.put('p', lane, f'a{_lanes(lane)}')};\n    }}"
                       for lane in range(lanes))
    return f"""\
/* The first n lanes. */
static void store{memory.mark}_few{lanes}(__global {memory.scalar} *p, {memory.number}{lanes} a, int n)
{{
{stores}
}}
"""


def _across(name: str, what: str, vector: str, lanes: int, chosen: Iterable[int]) -> str:
    """Each lane by its name: halves of vectors, joined, are three shuffles to some compilers."""
    values = ", ".join(f"a{_lanes(lane)}" if lane < lanes else f"b{_lanes(lane - lanes)}" for lane in chosen)
    return f"""\
/* {what} of two vectors one after the other. */
static {vector} {name}({vector} a, {vector} b)
{{
    return ({vector})({values});
}}
"""


def _spread(vector: str, lanes: int, o: int, i: int, j: int) -> str:
    return f"""\
/* For each lane of output channels, {o} to a group: input channel {j} of the {i} of its group. */
static {vector} spread_{o}_{i}_{j}({vector} a)
{{
    return a{_lanes(*(lane // o * i + j for lane in range(lanes)))};
}}
"""


def _bf16s(lanes: int) -> dict[str, str]:
    """Conversions of one number, and of vectors; and loads and stores of one, called as those of a half."""
    return {name: text for n in (1, 2, 4, 8, 16) if n <= lanes for name, text in _bf16s_of(n).items()} | {
        "load_bf16": """\
static float load_bf16(size_t i, const __global ushort *p)
{
    return float_from_bf16(p[i]);
}
""", "store_bf16": """\
static void store_bf16(float a, size_t i, __global ushort *p)
{
    p[i] = bf16_from_float(a);
}
"""}


def _bf16s_of(n: int) -> dict[str, str]:
    """As integers. A NaN stays one."""
    size = "" if n == 1 else str(n)
    word = "isnan(a) ? {1} : {0}" if n == 1 else "select({0}, {1}, isnan(a))"
    return {f"float{size}_from_bf16": f"""\
static float{size} float{size}_from_bf16(ushort{size} a)
{{
    return as_float{size}(convert_uint{size}(a) << 16);
}}
""", f"bf16_from_float{size}": f"""\
/* To the nearest, ties to even. */
static ushort{size} bf16_from_float{size}(float{size} a)
{{
    const uint{size} bits = as_uint{size}(a);
    const uint{size} rounded = bits + 0x7fff + (bits >> 16 & 1);
    return convert_ushort{size}(({word.format("rounded", "bits | 0x00400000")}) >> 16);
}}
"""}


FLOAT = Memory(F32, F32, "", "{p}[{i}]", "{p}[{i}] = {a}", "vload{n}(0, {p})",
               "*(const __global float{n} *)({p})", "vstore{n}({a}, 0, {p})", "*(__global float{n} *)({p}) = {a}",
               _alls, {n: (f"load_all{n}({{p}})", f"store_all{n}({{p}}, {{a}})") for n in (8, 16)})
# Part of OpenCL whether or not a device computes with halfs. Rounded to the nearest, ties to even.
HALF = Memory(F16, F32, "_half", "vload_half({i}, {p})", "vstore_half_rte({a}, {i}, {p})", "load_half{n}({p})",
              "vloada_half{n}(0, {p})", "store_half{n}({p}, {a})", "vstorea_half{n}_rte({a}, 0, {p})", _halfs, {})
BFLOAT = Memory(BF16, F32, "_bf16", "load_bf16({i}, {p})", "store_bf16({a}, {i}, {p})",
                "float{n}_from_bf16(vload{n}(0, {p}))", "float{n}_from_bf16(*(const __global ushort{n} *)({p}))",
                "vstore{n}(bf16_from_float{n}({a}), 0, {p})", "*(__global ushort{n} *)({p}) = bf16_from_float{n}({a})",
                _bf16s, {})
# Where a device computes with halfs.
OWN_HALF = Memory(F16, F16, "", "{p}[{i}]", "{p}[{i}] = {a}", "vload{n}(0, {p})",
                  "*(const __global half{n} *)({p})", "vstore{n}({a}, 0, {p})", "*(__global half{n} *)({p}) = {a}",
                  lambda _: {}, {})

# Registers are those of the CPUs that have such vectors.
VECTOR_ROWS = (_row(4, 16, FLOAT), _row(8, 16, FLOAT), _row(16, 32, FLOAT))
STORED_ROWS = tuple(_row(row.lanes, row.registers, memory) for memory in (HALF, BFLOAT) for row in VECTOR_ROWS)
HALF_ROWS = tuple(_row(row.lanes, row.registers, OWN_HALF, row) for row in VECTOR_ROWS)

# OpenCL's floats, one by one: for the plain loop nest.
CL1 = SCALAR.extend(
    name="cl1",
    dialect="opencl",
    code=0.0,
    registers=128,
    include=(),
    ops={
        "max": "select({b}, {a}, isgreater({a}, {b}))",
        "min": "select({b}, {a}, isless({a}, {b}))",
        "pow2": "as_float((as_int({a}) << 23) + 0x3f800000)",
    },
)

# Its floats, with something else in memory.
CL1_STORED = tuple(
    CL1.extend(
        name=f"cl1_{memory.element.name}",
        memory=memory.element,
        ops={
            "get": memory.get("{p}", "{i}"),
            "put": memory.put("{p}", "{i}", "{a}"),
            **dict.fromkeys(LOADS, memory.get("{p}", "0")),
            **dict.fromkeys(STORES, memory.put("{p}", "0", "{a}")),
        },
        helpers=memory.helpers(1),
    )
    for memory in (HALF, BFLOAT)
)

# Its floats, of weights in bytes, which are read when they are packed.
BYTES = tuple(in_bytes(row, (1, 1), {}) for row in (CL1, *VECTOR_ROWS))

# Integers: of sums as they are, and where outputs are bytes, as those.
WHOLE = {
    element.name: Memory(
        element, S32, f"_{element.name}", "{p}[{i}]", f"{{p}}[{{i}}] = ({element.opencl})({{a}})", "vload{n}(0, {p})",
        "", f"vstore{{n}}({'{a}' if element is S32 else f'convert_{element.opencl}{{n}}({{a}})'}, 0, {{p}})",
        "", lambda _: {}, {})
    for element in (S32, U8, S8)
}
def _part_of_integers(element: Element, lanes: int, n: int) -> str:
    """The function that stores the first n lanes; of 0, as many as it is told."""
    memory = WHOLE[element.name]
    return _store_tail(memory, lanes, n) if n else _store_few(memory, lanes)


INTEGERS = {row.name: opencl_integers.numbers(row, _part_of_integers)
            for row in (CL1, *VECTOR_ROWS)}
LONG, LONG_STORED = opencl_integers.longs(CL1)
PRODUCTS = (
    LONG, *(opencl_integers.plain(INTEGERS[CL1.name][S32.name], weights) for weights in (S8, S16)),
    *(one for row in VECTOR_ROWS for totals in (INTEGERS[row.name][S32.name],)
      for one in (*opencl_integers.fours(totals), opencl_integers.pairs(totals))),
)


def gpu(name: str, device: Device) -> Target:
    """A GPU of ordinary compute units: 128 FMAs a cycle each, and 16 bytes from memory."""
    return Target(name=name, isa="cl4", device=device, fma_rate=32.0, memory_rate=16.0 * device.units,
                  caches=caches_of(32, 512, 8192))


MACHINE = Machine(
    rows=(CL1, *VECTOR_ROWS, *HALF_ROWS),
    stored=(*CL1_STORED, *STORED_ROWS, *BYTES, LONG_STORED,
            *(row for rows in INTEGERS.values() for name, row in rows.items() if name != S32.name)),
    products=PRODUCTS,
    targets=(
        Target(name="opencl-cpu", isa="cl8", caches=caches_of(32, 512, 8192),
               device=Device("cpu", 4, 32 * KIB, 1024, half=False, double=True)),
        gpu("opencl-gpu", Device("gpu", 32, 32 * KIB, 256, half=False, double=False)),
    ),
)
