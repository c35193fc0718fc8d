"""The rows of the ISA table for OpenCL's vector types.

Lanes that are known when a kernel is printed are named one by one (`a.s0022`): compilers make one shuffle of
that, while shuffle() goes through memory on some devices.
"""

from __future__ import annotations

from .isa import Isa


def _row(lanes: int, registers: int) -> Isa:
    """floatN. `a * b + c` may round once or twice, as the device likes: OpenCL contracts by default, and fma()
    is a slow call where the hardware has none."""
    vector = f"float{lanes}"
    return Isa(
        name=f"cl{lanes}",
        dialect="opencl",
        lanes=lanes,
        registers=registers,
        fused=False,
        vector=vector,
        ops={
            "load": f"load_all{lanes}({{p}})" if lanes > 4 else f"vload{lanes}(0, {{p}})",
            "store": f"store_all{lanes}({{p}}, {{a}})" if lanes > 4 else f"vstore{lanes}({{a}}, 0, {{p}})",
            "stash": f"vstore{lanes}({{a}}, 0, {{p}})",
            "recall": f"vload{lanes}(0, {{p}})",
            "load_part": f"load_part{lanes}_{{first}}_{{end}}({{p}})",
            "store_tail": f"store_tail{lanes}_{{n}}({{p}}, {{a}})",
            "load_few": f"load_few{lanes}({{p}}, {{n}})",
            "store_few": f"store_few{lanes}({{p}}, {{a}}, {{n}})",
            "broadcast": f"({vector})(*({{p}}))",
            "set1": f"({vector})({{x}})",
            "zero": f"({vector})(0.0f)",
            "add": "{a} + {b}",
            "sub": "{a} - {b}",
            "mul": "{a} * {b}",
            "div": "{a} / {b}",
            "fma": "{a} * {b} + {c}",
            "max": "select({b}, {a}, isgreater({a}, {b}))",
            "min": "select({b}, {a}, isless({a}, {b}))",
            "evens": "evens({a}, {b})",
            "odds": "odds({a}, {b})",
            "shift": "shift_{n}({a}, {b})",
            "spread": "spread_{o}_{i}_{j}({a})",
            "pow2": f"as_{vector}((as_int{lanes}({{a}}) << 23) + 0x3f800000)",
        },
        helpers={
            **{f"load_all{n}": _load_all(n) for n in (8, 16) if n <= lanes},
            **{f"store_all{n}": _store_all(n) for n in (8, 16) if n <= lanes},
            **{f"load_part{lanes}_{first}_{end}": _load_part(lanes, first, end)
               for first in range(lanes) for end in range(first + 1, lanes + 1)},
            **{f"store_tail{lanes}_{n}": _store_tail(lanes, n) for n in range(1, lanes)},
            f"load_few{lanes}": _load_few(lanes),
            f"store_few{lanes}": _store_few(lanes),
            "evens": _across("evens", "Lanes 0, 2 and so on", lanes, range(0, 2 * lanes, 2)),
            "odds": _across("odds", "Lanes 1, 3 and so on", lanes, range(1, 2 * lanes, 2)),
            **{f"shift_{n}": _across(f"shift_{n}", f"Lanes {n}, {n + 1} and so on", lanes, range(n, n + lanes))
               for n in range(1, lanes)},
            **{f"spread_{o}_{i}_{j}": _spread(lanes, o, i, j) for o in (1, 2, 4, 8, 16) if lanes % o == 0
               for i in range(1, o + 1) for j in range(i)},
        },
    )


def _lanes(*lanes: int) -> str:
    """A selection of lanes: ``.s01ef``."""
    return ".s" + "".join(f"{lane:x}" for lane in lanes)


def _load_all(n: int) -> str:
    return f"""\
/* Some devices' vload{n} loads parts, and makes whatever follows a work of parts. */
static inline float{n} load_all{n}(const float *p)
{{
    typedef float{n} anywhere __attribute__((aligned(4)));
    return *(const __global anywhere *)p;
}}
"""


def _store_all(n: int) -> str:
    return f"""\
/* Some devices' vstore{n} stores parts, which are slow to load as a whole again. */
static inline void store_all{n}(float *p, float{n} a)
{{
    typedef float{n} anywhere __attribute__((aligned(4)));
    *(__global anywhere *)p = a;
}}
"""


def _half(n: int) -> int:
    """The largest power of two below n + 1: two vectors of so many lanes hold n."""
    return 1 << n.bit_length() - 1


def _load_part(lanes: int, first: int, end: int) -> str:
    """Two vectors that may overlap."""
    n, size = end - first, _half(end - first)
    part = "" if size == 1 else str(size)

    def load(at: int) -> str:
        return f"p[{at}]" if size == 1 else f"load_all8(p + {at})" if size == 8 else f"vload{size}(0, p + {at})"

    def lane(number: int) -> str:
        if not first <= number < end:
            return "0.0f"
        at, name = (number - first, "a") if number - first < size else (number - end + size, "b")
        return name + (_lanes(at) if size > 1 else "")

    lines = [f"const float{part} a = {load(first)};"]
    if n > size:
        lines.append(f"const float{part} b = {load(end - size)};")
    if n == lanes:
        lines.append("return a;")
    else:
        lines.append(f"return (float{lanes})({', '.join(map(lane, range(lanes)))});")
    body = "\n    ".join(lines)
    return f"""\
/* Lanes {first} to {end - 1}, and zeros. */
static inline float{lanes} load_part{lanes}_{first}_{end}(const float *p)
{{
    {body}
}}
"""


def _store_tail(lanes: int, n: int) -> str:
    """Two vectors that may overlap."""
    size = _half(n)
    places = dict.fromkeys((0, n - size))
    if size == 1:
        lines = [f"p[{at}] = a{_lanes(at)};" for at in places]
    else:
        store = "store_all8({p}, {a});" if size == 8 else f"vstore{size}({{a}}, 0, {{p}});"
        lines = [store.format(p=f"p + {at}" if at else "p", a=f"a{_lanes(*range(at, at + size))}") for at in places]
    body = "\n    ".join(lines)
    return f"""\
/* The first {n} lane{"s" * (n > 1)}. */
static inline void store_tail{lanes}_{n}(float *p, float{lanes} a)
{{
    {body}
}}
"""


def _load_few(lanes: int) -> str:
    values = ", ".join(f"n > {lane} ? p[{lane}] : 0.0f" for lane in range(lanes))
    return f"""\
/* The first n lanes, and zeros. */
static inline float{lanes} load_few{lanes}(const float *p, int n)
{{
    return (float{lanes})({values});
}}
"""


def _store_few(lanes: int) -> str:
    stores = "\n".join(f"    if (n > {lane}) {{\n        p[{lane}] = a{_lanes(lane)};\n    }}" for lane in range(lanes))
    return f"""\
/* The first n lanes. */
static inline void store_few{lanes}(float *p, float{lanes} a, int n)
{{
{stores}
}}
"""


def _across(name: str, what: str, lanes: int, chosen: range) -> str:
    """Each lane by its name: halves of vectors, joined, are three shuffles to some compilers."""
    values = ", ".join(f"a{_lanes(lane)}" if lane < lanes else f"b{_lanes(lane - lanes)}" for lane in chosen)
    return f"""\
/* {what} of two vectors one after the other. */
static inline float{lanes} {name}(float{lanes} a, float{lanes} b)
{{
    return (float{lanes})({values});
}}
"""


def _spread(lanes: int, o: int, i: int, j: int) -> str:
    return f"""\
/* For each lane of output channels, {o} to a group: input channel {j} of the {i} of its group. */
static inline float{lanes} spread_{o}_{i}_{j}(float{lanes} a)
{{
    return a{_lanes(*(lane // o * i + j for lane in range(lanes)))};
}}
"""


# Registers are those of the CPUs that have such vectors.
VECTOR_ROWS = (_row(4, 16), _row(8, 16), _row(16, 32))
