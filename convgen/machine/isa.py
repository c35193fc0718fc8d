"""A row of the ISA table: what a vector instruction set looks like in C, or a vector type in OpenCL C.

A row gives types, counts and one expression per operation; templates speak only the neutral names
below. A row checks itself when it is built.
"""

from __future__ import annotations

import string
from typing import Any, Literal

import msgspec

from .family import ANY, Family

Dialect = Literal["c", "opencl"]

# operation -> its operands. p is a `scalar *`, i an index, n a number of lanes (1 … lanes − 1), first and end
# are lanes (0 <= first < end <= lanes), x a C float constant, the rest vectors; but for get and put, which take a
# number: of the type that is computed with; f is a name.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "get": ("p", "i"),  # p[i]
    "put": ("p", "i", "a"),  # p[i] = a
    "load": ("p",),  # lanes numbers from any address
    "fetch": ("p",),  # load, from an address that is a multiple of what it loads
    "store": ("p", "a"),
    "place": ("p", "a"),  # store, to an address that is a multiple of what it stores
    "stash": ("p", "a"),  # store, to an array of the function's own, of what is computed with
    "recall": ("p",),  # load, from such an array
    # lanes first to end - 1 from p + first to p + end - 1, nothing else is touched; the others are 0
    "load_part": ("p", "first", "end"),
    "store_tail": ("p", "a", "n"),
    # the first n lanes, n no literal; load_few may be asked for all of them
    "load_few": ("p", "n"),
    "store_few": ("p", "a", "n"),
    "broadcast": ("p",),  # *p in every lane
    "set1": ("x",),
    "zero": (),
    "add": ("a", "b"),
    "sub": ("a", "b"),
    "mul": ("a", "b"),
    "div": ("a", "b"),
    "fma": ("a", "b", "c"),  # a·b + c
    "max": ("a", "b"),  # b where either is NaN
    "min": ("a", "b"),  # b where either is NaN
    "evens": ("a", "b"),  # lanes 0, 2, … of a, then of b
    "odds": ("a", "b"),  # lanes 1, 3, … of a, then of b
    "shift": ("a", "b", "n"),  # lanes n, n + 1, … of a, then of b
    # lane l is lane (l / o) * i + j of a: input channel j of the group that output channel l is in,
    # when groups have i input and o output channels and a holds the inputs of whole groups
    "spread": ("a", "o", "i", "j"),
    "in_f32": ("f", "a"),  # f(a), f being a function of the vector of as many floats
    "pow2": ("a",),  # in f32 only: 2^k from a = k + 1.5·2^23, whose low mantissa bits hold k
}


class Isa(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``ops[name]`` is a format string over the operands of OPERATIONS[name].

    registers: vector registers a kernel may fill. fused: fma rounds once. target: what gcc and clang
    call the instruction set in ``target("…")``, empty where it is always on. requires: macros that a
    compiler defines which has it on. family: the architecture; features: what its CPU must have.
    helpers: C functions the expressions call, by name; a file gets the ones it uses. dialect: the language.
    scalar: the type in memory of what is loaded and stored. floats: where something else than floats is computed
    with, the row of as many.
    masked: whether a part of a vector is loaded as fast as a whole one.
    """

    name: str
    lanes: int
    registers: int
    fused: bool
    vector: str
    ops: dict[str, str]
    target: str = ""
    flags: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    family: Family = ANY
    features: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    helpers: dict[str, str] = {}
    dialect: Dialect = "c"
    scalar: str = "float"
    masked: bool = False
    floats: Isa | None = None

    def __post_init__(self) -> None:
        for op, operands in OPERATIONS.items():
            assert op in self.ops, f"row {self.name} lacks {op}"
            used = {field for _, field, _, _ in string.Formatter().parse(self.ops[op])
                    if field is not None}
            assert used <= set(operands), f"row {self.name}: {op} uses {used}, has {operands}"
        extra = set(self.ops) - set(OPERATIONS)
        assert not extra, f"row {self.name}: unknown operations {extra}"
        unknown = set(self.features) - self.family.features.keys()
        assert not unknown, f"row {self.name}: unknown features {unknown} of {self.family.name}"
        assert self.registers >= 4, f"row {self.name}: {self.registers} registers are too few"

    @property
    def arithmetic(self) -> str:
        """The type that is computed with."""
        return "f32" if self.floats is None else "f16"

    @property
    def f32(self) -> Isa:
        """The row of as many floats: itself, as a rule."""
        return self.floats or self

    @property
    def itemsize(self) -> int:
        """Bytes of one number in memory."""
        return {"float": 4, "half": 2}[self.scalar]

    def __getattr__(self, op: str) -> Any:
        """``row.fma("a", "b0", "acc0_0")``: the C expression of one operation."""
        if op not in OPERATIONS:
            raise AttributeError(op)
        operands = OPERATIONS[op]

        def expression(*values: object) -> str:
            return self.ops[op].format(**dict(zip(operands, values, strict=True)))

        return expression

    def extend(self, **changes: Any) -> Isa:
        """A row that differs from this one in some fields; ``ops`` and ``helpers`` are merged, and
        helpers that no operation calls any more are left out."""
        ops = {**self.ops, **changes.get("ops", {})}
        helpers = {**self.helpers, **changes.get("helpers", {})}
        called = "".join(ops.values())
        changes |= {"ops": ops, "helpers": {name: c for name, c in helpers.items() if f"{name}(" in called}}
        return msgspec.structs.replace(self, **changes)


ISAS: dict[str, Isa] = {}  # every row by its name; rows/ fills it
