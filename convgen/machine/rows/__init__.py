"""The ISA table: one file a machine, gathered here."""

from __future__ import annotations

from ...errors import UnsupportedError
from ...layer.element import F32
from ..isa import ISAS, Isa
from ..target import NAMED
from . import arm, nvidia, opencl, scalar, wasm, x86

__all__ = ["C_ROWS", "ISAS", "MACHINES", "OPENCL_ROWS", "STORED", "Isa", "stored"]

MACHINES = (x86.MACHINE, arm.MACHINE, wasm.MACHINE, scalar.MACHINE, opencl.MACHINE, nvidia.MACHINE)

ISAS.update((row.name, row) for machine in MACHINES for row in machine.rows)
NAMED.update((target.name, target) for machine in MACHINES for target in machine.targets)

C_ROWS = {row.name: row for row in ISAS.values() if row.dialect == "c"}
OPENCL_ROWS = {row.name: row for row in ISAS.values() if row.dialect == "opencl" and row.sums is F32}

# those that compute as a row does, and have another element in memory: row_element
STORED = {row.name: row for machine in MACHINES for row in machine.stored}


def stored(row: Isa, dtype: str) -> Isa:
    """`row`, but for what lies in memory: arrays of dtype. UnsupportedError where it has no such words."""
    if row.memory.name == dtype:
        return row
    if (name := f"{row.name}_{dtype}") not in STORED:
        raise UnsupportedError(f"isa {row.name} has no arrays of {dtype} (dtype={dtype})")
    return STORED[name]
