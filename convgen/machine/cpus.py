"""How a program finds out that a CPU has what a row of the ISA table needs: data, no logic."""

from __future__ import annotations

import functools
from typing import NamedTuple

from .isa import Isa


class Feature(NamedTuple):
    """family: the architecture. An x86-64 tells of it in bit `bit` of `register` of CPUID's answer to `leaf`;
    saved: bits of XCR0, the registers that the operating system must keep for it. leaf 0: all have it."""

    family: str
    leaf: int = 0
    register: str = "eax"
    bit: int = 0
    saved: int = 0


# Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 14.3 and 15.2
YMM = 0x06  # XMM and YMM registers
ZMM = 0xE6  # and mask registers, and ZMM

# by archspec's name
FEATURES = {
    "avx2": Feature("x86-64", 7, "ebx", 5, YMM),
    "fma": Feature("x86-64", 1, "ecx", 12, YMM),
    "avx512f": Feature("x86-64", 7, "ebx", 16, ZMM),
    "asimd": Feature("aarch64"),
    "wasm-simd128": Feature("wasm32"),  # an engine without it does not load the program
}

# macros, one of which a compiler defines for the family
MACROS = {"x86-64": ("__x86_64__", "__i386__", "_M_X64"), "aarch64": ("__aarch64__",), "wasm32": ("__wasm__",)}

# what platform.machine() says, in lower case
MACHINES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "aarch64", "arm64": "aarch64"}


def family(row: Isa) -> str:
    """The architecture of a row; empty for C without vectors, which is for any."""
    return next((FEATURES[name].family for name in row.features), "")


@functools.cache
def cpu_features() -> frozenset[str]:
    """Feature names of this CPU, as archspec spells them."""
    import archspec.cpu

    cpu = archspec.cpu.host()
    # archspec lists no feature for an aarch64 that it does not know, but each of them has this one
    always = {"asimd"} if cpu.family.name == "aarch64" else set()
    return frozenset(cpu.features) | always
