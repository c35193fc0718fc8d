"""Architectures, and how a program finds out that a CPU has what a row of the ISA table needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Feature(NamedTuple):
    """An x86-64 tells of it in bit `bit` of `register` of CPUID's answer to `leaf` and `subleaf`; saved: bits of XCR0,
    the registers that the operating system must keep for it. leaf 0: every CPU of the family has it."""

    leaf: int = 0
    register: str = "eax"
    bit: int = 0
    saved: int = 0
    subleaf: int = 0

    @property
    def test(self) -> str:
        """C that asks for it; empty where every CPU of the family has it."""
        return f"has({self.leaf}, {self.subleaf}, {self.register}, {self.bit}, 0x{self.saved:x}u)" if self.leaf else ""


class Capability(NamedTuple):
    """What an operating system tells of an aarch64: Linux in a bit of AT_HWCAP, word 1, or of AT_HWCAP2, word 2; macOS
    by name; Windows by number."""

    word: int
    bit: int
    name: str
    number: int

    @property
    def test(self) -> str:
        """C that asks for it."""
        return f'has({self.word}, {self.bit}, "hw.optional.arm.{self.name}", {self.number})'


class Family(NamedTuple):
    """An architecture. features: of its CPUs, by archspec's name. macros: one of which a compiler defines for it.
    machines: what platform.machine() says on it, in lower case. compilers: commands that usually build programs for it
    on other machines. probe: the template that prints has(), which features are asked for by; headers: those that it
    needs, each with the systems that have it, in C; msvc: those of MSVC."""

    name: str
    features: Mapping[str, Feature | Capability]
    macros: tuple[str, ...]
    machines: tuple[str, ...]
    compilers: tuple[str, ...] = ()
    probe: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    msvc: tuple[str, ...] = ()


ANY = Family("", {}, (), ())  # of what runs anywhere
