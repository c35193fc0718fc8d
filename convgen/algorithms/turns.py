"""Vectors whose numbers come one after the other in turns: of a and b, a0 b0 a1 b1 …

Of 2^n vectors n times those of the first half are interleaved with those of the other, which makes as many vectors.
"""

from __future__ import annotations

from ..machine.isa import Isa


def in_turns(row: Isa, held: list[str], prefix: str, wanted: int = 0) -> tuple[list[tuple[str, str]], list[str]]:
    """What has to be made of the vectors `held`, a power of two of them: names, each with its value in C; and which of
    these have the numbers, from the first on. wanted: so many vectors of them; 0 for all."""
    count = len(held)
    stages = count.bit_length() - 1
    kept = [list(range(wanted or count))]  # vectors of each stage that the next one takes
    for _ in range(stages - 1):
        kept.insert(0, sorted({at // 2 + half for at in kept[0] for half in (0, count // 2)}))
    made: list[tuple[str, str]] = []
    for letter, needed in zip("bcdefgh", kept, strict=False):
        turns = {at: (row.interleave_high if at % 2 else row.interleave_low)(held[at // 2], held[at // 2 + count // 2])
                 for at in needed}
        made += [(f"{prefix}{letter}{at}", value) for at, value in turns.items()]
        held = [f"{prefix}{letter}{at}" for at in range(count)]
    return made, held[: len(kept[-1])]


def interleaves(row: Isa) -> bool:
    """Whether a row of the ISA table has what that takes."""
    return row.lanes > 1 and "interleave_low" in row.ops
