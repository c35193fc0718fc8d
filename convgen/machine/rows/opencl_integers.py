"""OpenCL's vectors of integers: products of 8 bits, four a lane, or of 16 bits, two a lane; both exact.

A device need not have arithmetic in double, so scales in f64 come as their bits (layer/element.py).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ...layer.element import S8, S16, S32, S64, U8, Element
from ..isa import DOTS, Given, Isa

# The function that stores the first n lanes of a vector of some lanes; of 0, as many as it is told.
Tail = Callable[[Element, int, int], str]


def _type(number: str, lanes: int) -> str:
    return number if lanes == 1 else f"{number}{lanes}"


def _tflite(lanes: int) -> dict[str, str]:
    """The functions of TFLite's rules, by name; s > 0 shifts to the left. Without conditions: what holds is 1, but -1
    in a vector."""
    v, wide, bits = _type("int", lanes), _type("long", lanes), _type("uint", lanes)
    return {
        "shift_left": f"""\
/* a * 2^s where s > 0, else a; cut to 32 bits, or nearly. */
static {v} shift_left({v} a, {v} s)
{{
    const {v} left = max(s, ({v})(0));
    return clamp(a, ({v})(INT_MIN) >> left, ({v})(INT_MAX) >> left) << left;
}}
""",
        "scale_tflite": f"""\
/* a m 2^(s - 31), rounded twice: to integers after m, ties up; after 2^s, ties away from zero. */
static {v} scale_tflite({v} a, {v} m, {v} s)
{{
    const {wide} product = convert_{wide}(shift_left(a, s)) * convert_{wide}(m) + ((long)1 << 30);
    const {v} high = convert_{v}(product >> 31);
    const {v} right = max(-s, ({v})(0));
    const {v} mask = as_{v}((({bits})(1) << as_{bits}(right)) - 1);
    const {v} middle = (mask >> 1) + (mask & 1) - (high >> 31 & mask & 1); /* less one of negative numbers */
    return (high >> right) + as_{v}((as_{bits}(high & mask) + as_{bits}(middle)) >> as_{bits}(right));
}}
""",
        "scale_tflite_single": f"""\
/* a m 2^(s - 31), rounded once, ties up. */
static {v} scale_tflite_single({v} a, {v} m, {v} s)
{{
    const {wide} n = convert_{wide}(31 - min(s, ({v})(0)));
    const {wide} product = convert_{wide}(shift_left(a, s)) * convert_{wide}(m);
    return convert_{v}((product + (({wide})(1) << (n - 1))) >> n);
}}
""",
    }


def _rint(lanes: int) -> str:
    v = _type("int", lanes)
    return f"""\
/* To the nearest integer, ties to even, of |a| < 2^22: beside 1.5 * 2^23 numbers are whole. */
static {v} rint_f32({_type("float", lanes)} a)
{{
    return as_{v}(a + 12582912.0f) - 0x4b400000;
}}
"""


def numbers(row: Isa, tail: Tail) -> dict[str, Isa]:
    """The row of s32 beside a row of floats, and the same with bytes in memory, by element. tail: makes the text of
    what stores a part of a vector."""
    lanes = row.lanes
    v = _type("int", lanes)
    every = f"({v})({{0}})"
    whole = msgspec.structs.replace(
        row, name=f"{row.name}_s32", kind="integers", memory=S32, sums=S32, floats=row, vector=v, widening=(0.0, 0.0),
        ops={
            "get": "{p}[{i}]", "put": "{p}[{i}] = {a}",
            **({"load": "*({p})", "store": "*({p}) = {a}", "store_tail": "*({p}) = {a}", "spill": "*({p}) = {a}",
                "reload": "*({p})"} if lanes == 1 else
               {"load": f"vload{lanes}(0, {{p}})", "store": f"vstore{lanes}({{a}}, 0, {{p}})",
                "store_tail": f"store_s32_tail{lanes}_{{n}}({{p}}, {{a}})",
                "store_few": f"store_s32_few{lanes}({{p}}, {{a}}, {{n}})",
                "spill": f"vstore{lanes}({{a}}, 0, {{p}})", "reload": f"vload{lanes}(0, {{p}})"}),
            "broadcast": every.format("*({p})"), "set1": every.format("{x}"), "zero": every.format("0"),
            "add": "{a} + {b}", "max": "max({a}, {b})", "min": "min({a}, {b})",
            "to_f32": f"convert_{_type('float', lanes)}({{a}})", "rint": "rint_f32({a})",
            "scale_tflite": "scale_tflite({a}, {m}, {s})", "scale_tflite_single": "scale_tflite_single({a}, {m}, {s})",
        },
        helpers={**{f"store_s32_tail{lanes}_{n}": tail(S32, lanes, n) for n in range(1, lanes)},
                 **({f"store_s32_few{lanes}": tail(S32, lanes, 0)} if lanes > 1 else {}),
                 "rint_f32": _rint(lanes), **_tflite(lanes)})
    return {S32.name: whole, **{element.name: _bytes(whole, element, tail) for element in (U8, S8)}}


def _bytes(whole: Isa, element: Element, tail: Tail) -> Isa:
    """Numbers that fit."""
    lanes, number, what = whole.lanes, element.opencl, f"{element.name}_tail{whole.lanes}"
    ops, helpers = {"put": f"{{p}}[{{i}}] = ({number})({{a}})"}, dict[str, str]()
    if lanes == 1:
        ops |= dict.fromkeys(("store", "store_tail"), f"*({{p}}) = ({number})({{a}})") | {"load_part": "*({p})"}
    else:
        ops |= {"load": f"convert_int{lanes}(vload{lanes}(0, {{p}}))",
                "load_part": f"load_{element.name}_{lanes}_{{end}}({{p}})",
                "load_few": f"load_{element.name}_few{lanes}({{p}}, {{n}})",
                "store": f"store_{element.name}_{lanes}({{p}}, {{a}})",
                "store_tail": f"store_{what}_{{n}}({{p}}, {{a}})",
                "store_few": f"store_{element.name}_few{lanes}({{p}}, {{a}}, {{n}})"}
        helpers = {f"store_{element.name}_{lanes}": f"""\
/* Some devices' vstore{lanes} stores one by one. */
static void store_{element.name}_{lanes}(__global {number} *p, int{lanes} a)
{{
    typedef {number}{lanes} anywhere __attribute__((aligned(1)));
    *(__global anywhere *)p = convert_{number}{lanes}(a);
}}
""", **{f"store_{what}_{n}": tail(element, lanes, n) for n in range(1, lanes)},
            f"store_{element.name}_few{lanes}": tail(element, lanes, 0),
            f"load_{element.name}_few{lanes}": _few(element, lanes),
            **{f"load_{element.name}_{lanes}_{n}": _first(element, lanes, n) for n in range(1, lanes)}}
    return whole.extend(name=f"{whole.name}_{element.name}", memory=element, ops=ops, helpers=helpers)


def _first(element: Element, lanes: int, n: int) -> str:
    """What loads the first n lanes, and zeros."""
    listed = ", ".join(f"p[{lane}]" if lane < n else "0" for lane in range(lanes))
    return f"""\
/* The first {n} number{"s" * (n > 1)}, and zeros. */
static int{lanes} load_{element.name}_{lanes}_{n}(const __global {element.opencl} *p)
{{
    return (int{lanes})({listed});
}}
"""


def _few(element: Element, lanes: int) -> str:
    """What loads as many lanes as it is told, and zeros."""
    listed = ", ".join(f"n > {lane} ? p[{lane}] : 0" for lane in range(lanes))
    return f"""\
/* The first n numbers, and zeros. */
static int{lanes} load_{element.name}_few{lanes}(const __global {element.opencl} *p, int n)
{{
    return (int{lanes})({listed});
}}
"""


def plain(totals: Isa, weights: Element) -> Isa:
    """One product at a time, of numbers as they lie."""
    row = msgspec.structs.replace(
        totals, name=f"{_base(totals)}_{weights.name}", kind="products", memory=weights, totals=totals, helpers={},
        ops={"load": "*({p})", "broadcast": "*({p})", "zero": "0", "fma": "{a} * {b} + {c}"})
    rows = {element.name: msgspec.structs.replace(row, name=f"{row.name}_{element.name}", memory=element)
            for element in (U8, S8)}
    return msgspec.structs.replace(row, given={name: Given(one, one) for name, one in rows.items()})


def longs(row: Isa) -> tuple[Isa, Isa]:
    """Products of s16 by s8 with sums in 64 bits, beside a row of one float; and the sums with s16 in memory."""
    totals = msgspec.structs.replace(
        row, name=f"{row.name}_s64", kind="longs", memory=S64, sums=S64, floats=row, vector="long",
        ops={
            "get": "{p}[{i}]", "put": "{p}[{i}] = {a}", "store": "*({p}) = {a}", "store_tail": "*({p}) = {a}",
            "spill": "*({p}) = {a}", **dict.fromkeys(("load", "load_part", "reload", "broadcast"), "*({p})"),
            "set1": "{x}", "zero": "0", "add": "{a} + {b}", "max": "max({a}, {b})", "min": "min({a}, {b})",
            "to_f32": "convert_float({a})", "rint": "rint_f32({a})", "scale_wide": "scale_wide({a}, {m}, {s})",
        },
        helpers={"rint_f32": _rint(1), "scale_wide": """\
/* a m 2^(s - 15), rounded once, ties up; |a| < 2^47, m < 2^15. With s > 14 no output is as large as 2^17 gives. */
static long scale_wide(long a, long m, long s)
{
    const long down = max(15 - s, (long)1);
    const long cut = s < 15 ? a : clamp(a, (long)-131072, (long)131072);
    return (((cut * m) << max(s - 14, (long)0)) + ((long)1 << (down - 1))) >> down;
}
"""})
    products = msgspec.structs.replace(
        totals, name=f"{row.name}_long_s8", kind="products", memory=S8, totals=totals,
        ops={"load": "*({p})", "broadcast": "*({p})", "zero": "0", "fma": "(int)({a}) * (int)({b}) + {c}"}, helpers={})
    inputs = msgspec.structs.replace(products, name=f"{products.name}_s16", memory=S16)
    stored = totals.extend(name=f"{totals.name}_s16", memory=S16,
                           ops={op: totals.ops[op].replace("{a}", "(short)({a})")
                                for op in ("put", "store", "store_tail")})
    return msgspec.structs.replace(products, given={S16.name: Given(inputs, inputs)}), stored


def _base(totals: Isa) -> str:
    return totals.name.removesuffix("_s32")


# By lanes: the macro that says that a CPU multiplies and adds pairs of shorts, and clang's name of that.
_MADD = {4: ("__SSE2__", "__builtin_ia32_pmaddwd128"), 8: ("__AVX2__", "__builtin_ia32_pmaddwd256"),
         16: ("__AVX512BW__", "__builtin_ia32_pmaddwd512")}


def _by_shorts(of: str, a: str, lanes: int) -> str:
    """An expression of shorts, `{a}`, over vectors of so many words: those of shorts end at 16."""
    n = min(lanes, 8)
    parts = [f"as_int{n}({of.format(a=f'as_short{2 * n}({part})')})"
             for part in ([a] if lanes == n else [f"{a}.lo", f"{a}.hi"])]
    return parts[0] if len(parts) == 1 else f"(int{lanes})({', '.join(parts)})"


def _pairs(lanes: int) -> str:
    """What multiplies shorts. Compilers make it of plain C in the simplest cases only."""
    v, (macro, madd) = _type("int", lanes), _MADD[lanes]
    return f"""\
/* The sum of two products of shorts in each lane. */
static {v} multiply_pairs({v} a, {v} b)
{{
#if defined(__clang__) && defined({macro})
    typedef short shorts __attribute__((vector_size({4 * lanes})));
    typedef int ints __attribute__((vector_size({4 * lanes})));
    union {{ {v} own; shorts pairs; ints sums; }} x, y, sum;
    x.own = a;
    y.own = b;
    sum.sums = {madd}(x.pairs, y.pairs);
    return sum.own;
#else
    return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}}
"""


def _sum_bytes(lanes: int) -> dict[str, str]:
    v, bits, (macro, _) = _type("int", lanes), _type("uint", lanes), _MADD[lanes]
    return {"multiply_pairs": _pairs(lanes), "add_bytes": f"""\
/* sum + the four products of bytes in each lane, those of x without a sign, those of w with one. */
static {v} add_bytes({v} x, {v} w, {v} sum)
{{
#if defined(__clang__) && defined({macro})
    const {v} even = {_by_shorts("{a} << (short)8 >> (short)8", "w", lanes)};
    const {v} odd = {_by_shorts("{a} >> (short)8", "w", lanes)};
    return sum + multiply_pairs(x & 0x00ff00ff, even) + multiply_pairs(x >> 8 & 0x00ff00ff, odd);
#else
    sum += (w << 24 >> 24) * (x & 255);
    sum += (w << 16 >> 24) * (x >> 8 & 255);
    sum += (w << 8 >> 24) * (x >> 16 & 255);
    return sum + (w >> 24) * as_{v}(as_{bits}(x) >> 24);
#endif
}}
"""}


def _words(lanes: int, deep: int) -> dict[str, str]:
    """Vectors of packed numbers, and of a copy's, lie at multiples of a word; one word may lie anywhere."""
    v = _type("int", lanes)
    return {"load": f"vload{lanes}(0, (const __global int *)({{p}}))",
            "broadcast": f"({v})(as_int(vload{deep}(0, {{p}})))", "zero": f"({v})(0)"}


def fours(totals: Isa) -> list[Isa]:
    """Four bytes a lane: in steps that any device has; by a device's dot products; by an instruction of NVIDIA's."""
    lanes = totals.lanes
    ops = {**_words(lanes, 4), "fma": "add_bytes({a}, {b}, {c})"}
    row = msgspec.structs.replace(
        totals, name=f"{_base(totals)}_s8", kind="products", memory=S8, deep=4, products=4.0, totals=totals, ops=ops,
        registers=totals.registers - 3, helpers=_sum_bytes(lanes))
    own = msgspec.structs.replace(row, registers=totals.registers, products=1.0)
    dots = msgspec.structs.replace(own, name=f"{_base(totals)}_dot_s8", requires=(DOTS,), flags=("-cl-std=CL3.0",),
                                   helpers={"add_bytes": _dots(lanes, "dot_4x8packed_us_int({x}, {w})")})
    dp4a = msgspec.structs.replace(own, name=f"{_base(totals)}_dp4a_s8", capability=61, helpers={
        "dot_bytes": _DP4A, "add_bytes": _dots(lanes, "dot_bytes({x}, {w})")})
    return [_given(one) for one in (row, dots, dp4a)]


def _given(row: Isa) -> Isa:
    """With its ways to take bytes: vectors of the caller's lie anywhere."""
    parts = [f"as_int4(vload16({at}, {{p}}))" for at in range(row.lanes // 4)]
    own = {"load": parts[0] if len(parts) == 1 else f"({row.vector})({', '.join(parts)})"}
    read = {"broadcast": row.ops["broadcast"], **own}
    flipped = {op: f"({text} ^ (int)0x80808080)" for op, text in read.items()}
    copied = msgspec.structs.replace(row, name=f"{row.name}_u8", memory=U8)
    unsigned = copied.extend(name=f"{row.name}_any_u8", ops=own)
    signed = row.extend(name=f"{row.name}_any_s8", ops=flipped)
    return msgspec.structs.replace(row, given={U8.name: Given(copied, unsigned), S8.name: Given(copied, signed, 128)})


def _dots(lanes: int, dot: str) -> str:
    """The same function, by one that multiplies a word; dot: its call."""
    v = _type("int", lanes)
    calls = (dot.format(x=f"as_uint(x.s{lane:x})", w=f"as_uint(w.s{lane:x})") for lane in range(lanes))
    listed = ",\n        ".join(calls)
    return f"""\
/* sum + the four products of bytes in each lane, those of x without a sign, those of w with one. */
static {v} add_bytes({v} x, {v} w, {v} sum)
{{
    return sum + ({v})(
        {listed});
}}
"""


_DP4A = """\
/* The instruction is NVIDIA's; other compilers get the same in plain OpenCL C, for tests. */
static int dot_bytes(uint x, uint w)
{
#ifdef __NV_CL_C_VERSION
    int sum;
    __asm__("dp4a.u32.s32 %0, %1, %2, 0;" : "=r"(sum) : "r"(x), "r"(w));
    return sum;
#else
    const int4 products = convert_int4(as_uchar4(x)) * convert_int4(as_char4(w));
    return products.s0 + products.s1 + products.s2 + products.s3;
#endif
}
"""


def pairs(totals: Isa) -> Isa:
    """Two shorts a lane: each input less its zero point."""
    lanes = totals.lanes
    ops = {**_words(lanes, 2), "fma": "{c} + multiply_pairs({a}, {b})"}
    row = msgspec.structs.replace(
        totals, name=f"{_base(totals)}_s16", kind="products", memory=S16, deep=2, products=2.0, totals=totals, ops=ops,
        registers=totals.registers - 1, helpers={"multiply_pairs": _pairs(lanes)})
    return msgspec.structs.replace(row, given=dict.fromkeys((U8.name, S8.name), Given(row, offset=None)))
