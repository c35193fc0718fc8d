"""What the CPU of this machine has."""

from __future__ import annotations

import functools

from .isa import ISAS


@functools.cache
def cpu_features() -> frozenset[str]:
    """Feature names of this CPU, as archspec spells them."""
    import archspec.cpu

    cpu = archspec.cpu.host()
    # archspec lists no features for a CPU that it does not know, but each has those of its whole family
    rows = [row for row in ISAS.values() if cpu.family.name in row.family.machines]
    always = {name for row in rows for name in row.features if not row.family.features[name].leaf}
    return frozenset(cpu.features) | always
