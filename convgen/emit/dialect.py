"""Where C and OpenCL C differ, as data."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..machine.isa import Dialect
from ..plan.program import Parameter


class Language(msgspec.Struct, frozen=True):
    """A dialect. files: for each field of Kernel that holds a text, what follows NAME in the name of its file, and the
    template. spaces: qualifiers of pointers into each space of addresses. entry: what precedes a function that the
    caller calls; apart: one that is not to be inlined, for inner loops that would spill what lives around them;
    inline: one that is. always: one that must be, in OpenCL: PoCL halves wide vectors in functions of their own, and
    has work-groups share what these know of local memory. table: what precedes an array of constants. unrolled: a loop
    whose turns are to load side by side, where compilers do not see to that unasked. u64: unsigned integers of 64
    bits; bits_of: the statements that declare the bits of the f64 `scale`, as such. flags: of every build. in_c: the
    template of what lets C read code without vectors; none for C itself.
    """

    files: dict[str, tuple[str, str]]
    spaces: dict[str, str]
    entry: str = ""
    apart: str = ""
    inline: str = "static inline "
    always: str = "static "
    constant: str = "static const "
    unrolled: str = ""
    u64: str = "uint64_t"
    bits_of: tuple[str, ...] = (
        "union { double f; uint64_t u; } own;", "own.f = scale;", "const uint64_t bits = own.u;")
    flags: tuple[str, ...] = ()
    in_c: str = ""

    def declare(self, parameter: Parameter) -> str:
        """A parameter as a function's head has it: ``const float *x``, ``ptrdiff_t width``."""
        if parameter.space is None:
            return f"{parameter.type} {parameter.name}"
        const = "" if parameter.written else "const "
        return f"{const}{self.spaces[parameter.space]}{parameter.type} *{parameter.name}"

    def declared(self, parameters: Iterable[Parameter]) -> str:
        """The parameters of a function, separated by commas."""
        return ", ".join(map(self.declare, parameters))


LANGUAGES: dict[Dialect, Language] = {
    "c": Language({"source": (".c", "common/file.c.j2"), "header": (".h", "common/file.h.j2")},
                  {"global": "", "local": ""}),
    # whatever a kernel points to is the caller's; only NAME.cl says so in every declaration
    "opencl": Language(
        {"source": (".cl", "opencl/file.cl.j2"), "header": ("_opencl.h", "opencl/host.h.j2"),
         "host": ("_opencl.c", "opencl/host.c.j2")},
        {"global": "__global ", "local": "__local "},
        entry="__kernel ", apart="__attribute__((noinline)) ", inline="static ",
        always="static inline __attribute__((always_inline)) ", constant="const ",
        unrolled="#pragma unroll", u64="ulong", bits_of=("const ulong bits = scale;",),
        flags=("-cl-std=CL1.2",), in_c="opencl/in_c.h.j2"),
}
