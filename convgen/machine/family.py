"""Architectures, and how a program finds out that a CPU has what a row of the ISA table needs."""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """An x86-64 tells of it in bit `bit` of `register` of CPUID's answer to `leaf` and `subleaf`; saved: bits of XCR0,
    the registers that the operating system must keep for it. leaf 0: every CPU of the family has it."""

    leaf: int = 0
    register: str = "eax"
    bit: int = 0
    saved: int = 0
    subleaf: int = 0


class Family(NamedTuple):
    """An architecture. features: of its CPUs, by archspec's name. macros: one of which a compiler defines for it.
    machines: what platform.machine() says on it, in lower case. compilers: commands that usually build programs for it
    on other machines."""

    name: str
    features: dict[str, Feature]
    macros: tuple[str, ...]
    machines: tuple[str, ...]
    compilers: tuple[str, ...] = ()


ANY = Family("", {}, (), ())  # of what runs anywhere
