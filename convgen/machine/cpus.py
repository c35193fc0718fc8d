"""What the CPU of this machine has."""

from __future__ import annotations

import functools

from .isa import ISAS


@functools.cache
def cpu_features() -> frozenset[str]:
    """Feature names of this CPU, as archspec spells them."""
    import archspec.cpu
    from archspec.cpu.detect import detected_info

    cpu = archspec.cpu.host()
    # A CPU that archspec does not know, and any in a virtual machine that hides some feature of it, is taken for an
    # older one: what the operating system tells counts too, and what each of the family has.
    rows = [row for row in ISAS.values() if cpu.family.name in row.family.machines]
    always = {name for row in rows for name in row.features if not row.family.features[name].test}
    return frozenset(cpu.features) | frozenset(detected_info().features) | always
