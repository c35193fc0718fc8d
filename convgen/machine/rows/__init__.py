"""The ISA table: one file a machine, gathered here."""

from __future__ import annotations

from ...layer.element import F32
from ..isa import ISAS, STORED, Isa, stored
from ..target import NAMED
from . import arm, cortex, nvidia, opencl, scalar, wasm, x86

__all__ = ["C_ROWS", "ISAS", "MACHINES", "OPENCL_ROWS", "STORED", "Isa", "stored"]

MACHINES = (x86.MACHINE, arm.MACHINE, wasm.MACHINE, scalar.MACHINE, cortex.MACHINE, opencl.MACHINE, nvidia.MACHINE)

ISAS.update((row.name, row) for machine in MACHINES for row in (*machine.rows, *machine.products))
STORED.update((row.name, row) for machine in MACHINES for row in machine.stored)
NAMED.update((target.name, target) for machine in MACHINES for target in machine.targets)

C_ROWS = {row.name: row for row in ISAS.values() if row.dialect == "c" and row.kind == "floats"}
OPENCL_ROWS = {row.name: row for row in ISAS.values() if row.dialect == "opencl" and row.sums is F32}
