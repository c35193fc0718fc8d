"""The ISA table: one file a machine, gathered here."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..isa import ISAS, Isa
from ..target import NAMED
from . import arm, nvidia, opencl, scalar, wasm, x86

__all__ = ["C_ROWS", "HALVED", "ISAS", "MACHINES", "OPENCL_ROWS", "STORED", "Isa", "stored"]

MACHINES = (x86.MACHINE, arm.MACHINE, wasm.MACHINE, scalar.MACHINE, opencl.MACHINE, nvidia.MACHINE)

ISAS.update((row.name, row) for machine in MACHINES for row in machine.rows)
NAMED.update((target.name, target) for machine in MACHINES for target in machine.targets)

C_ROWS = {row.name: row for row in ISAS.values() if row.dialect == "c"}
OPENCL_ROWS = {row.name: row for row in ISAS.values() if row.dialect == "opencl" and row.arithmetic == "f32"}

# (row, type of a layer's arrays): the row that computes alike, and brings these arrays in and out
STORED = {(row.name.removesuffix("_f16"), "f16"): row for machine in MACHINES for row in machine.stored}
# row of floats -> that of as many halfs
HALVED = {row.floats.name: row for row in ISAS.values() if row.floats}


def stored(row: Isa, dtype: str) -> Isa:
    """`row`, but for what lies in memory: arrays of dtype. UnsupportedError where it has no such words."""
    if dtype == row.arithmetic == "f32":
        return row
    if (row.name, dtype) not in STORED:
        raise UnsupportedError(f"dtype {dtype} needs an OpenCL target, such as opencl-cpu (isa={row.name})")
    return STORED[row.name, dtype]
