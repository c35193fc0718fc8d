"""The rows of the ISA table for OpenCL: its vector types, and a float for devices without vectors."""

from __future__ import annotations

from .isa import Isa


def _row(lanes: int, registers: int) -> Isa:
    """floatN. `a * b + c` may round once or twice, as the device likes: OpenCL contracts by default, and fma()
    is a slow call where the hardware has none."""
    half, vector = lanes // 2, f"float{lanes}"
    pieces = [n for n in (2, 4, 8, 16) if n <= lanes]
    counts = ", ".join(f"{lane} / o * i + j" for lane in range(lanes))
    return Isa(
        name=f"cl{lanes}",
        dialect="opencl",
        lanes=lanes,
        registers=registers,
        fused=False,
        vector=vector,
        ops={
            "load": f"vload{lanes}(0, {{p}})",
            "store": f"store_all{lanes}({{p}}, {{a}})" if lanes > 4 else f"vstore{lanes}({{a}}, 0, {{p}})",
            "stash": f"vstore{lanes}({{a}}, 0, {{p}})",
            "load_part": f"load_part{lanes}({{p}}, {{first}}, {{end}})",
            "store_tail": f"store_first{lanes}({{p}}, {{a}}, {{n}})",
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
            "evens": f"({vector})(({{a}}).even, ({{b}}).even)",
            "odds": f"({vector})(({{a}}).odd, ({{b}}).odd)",
            "spread": "spread_lanes({a}, {o}, {i}, {j})",
            "pow2": f"as_{vector}((as_int{lanes}({{a}}) << 23) + 0x3f800000)",
        },
        helpers={
            **{f"load_part{n}": _load_part(n) for n in pieces},
            **({f"store_all{lanes}": _store_all(lanes)} if lanes > 4 else {}),
            **{f"store_first{n}": _store_first(n) for n in pieces},
            "spread_lanes": f"""\
/* For lane l of a vector of output channels, o to a group: input channel j of the i of its group. */
static inline {vector} spread_lanes({vector} a, int o, int i, int j)
{{
    return shuffle(a, (uint{lanes})({counts}));
}}
""",
        },
    ) if half else _scalar(registers)


def _store_all(n: int) -> str:
    return f"""\
typedef float{n} anywhere{n} __attribute__((aligned(4)));
/* Some devices' vstore{n} stores parts, which are slow to load as a whole again. */
static inline void store_all{n}(float *p, float{n} a)
{{
    *(__global anywhere{n} *)p = a;
}}
"""


def _load_part(n: int) -> str:
    """Halves of halves, down to floats."""
    half = n // 2
    if half > 1:
        parts = f"load_part{half}(p, first, end), load_part{half}(p + {half}, first - {half}, end - {half})"
    else:
        parts = "(first <= 0 && end > 0 ? p[0] : 0.0f), (first <= 1 && end > 1 ? p[1] : 0.0f)"
    return f"""\
/* Lanes first to end - 1 and zeros; both are constants at every call, so no branch is left. */
static inline float{n} load_part{n}(const float *p, int first, int end)
{{
    if (first <= 0 && end >= {n}) {{
        return vload{n}(0, p);
    }}
    if (first >= {n} || end <= 0) {{
        return (float{n})(0.0f);
    }}
    return (float{n})({parts});
}}
"""


def _store_first(n: int) -> str:
    half = n // 2
    if half > 1:
        parts = f"""\
    store_first{half}(p, a.lo, n);
    store_first{half}(p + {half}, a.hi, n - {half});"""
    else:
        parts = "    p[0] = a.s0;"  # the last one is there when both are
    return f"""\
/* The first n lanes; n is a constant at every call, so no branch is left. */
static inline void store_first{n}(float *p, float{n} a, int n)
{{
    if (n >= {n}) {{
        vstore{n}(a, 0, p);
        return;
    }}
    if (n <= 0) {{
        return;
    }}
{parts}
}}
"""


def _scalar(registers: int) -> Isa:
    return Isa(
        name="cl1",
        dialect="opencl",
        lanes=1,
        registers=registers,
        fused=False,
        vector="float",
        ops={
            "load": "*({p})",
            "store": "*({p}) = {a}",
            "stash": "*({p}) = {a}",
            # one lane has no tail; the expressions are there because every row has them
            "load_part": "*({p})",
            "store_tail": "*({p}) = {a}",
            "broadcast": "*({p})",
            "set1": "{x}",
            "zero": "0.0f",
            "add": "{a} + {b}",
            "sub": "{a} - {b}",
            "mul": "{a} * {b}",
            "div": "{a} / {b}",
            "fma": "{a} * {b} + {c}",
            "max": "select({b}, {a}, isgreater({a}, {b}))",
            "min": "select({b}, {a}, isless({a}, {b}))",
            "evens": "{a}",
            "odds": "{b}",
            "spread": "{a}",
            "pow2": "as_float((as_int({a}) << 23) + 0x3f800000)",
        },
    )


# Registers are those of the CPUs that have such vectors; a GPU's work-item has many.
OPENCL_ROWS = {row.name: row for row in (_row(1, 128), _row(4, 16), _row(8, 16), _row(16, 32))}
