"""What templates/streaming prints of a stream: its state, and NAME itself."""

from __future__ import annotations

import msgspec

from ...plan.program import Program
from ..tiled.loopnest import TiledView
from .nest import Blocks
from .ring import HEAD, Ring


class StreamView(TiledView, frozen=True, kw_only=True):
    """And what is behind the tiles: the ring. head: numbers of the input's type before it."""

    ring: Ring
    head: int


def program_of(program: Program, g: Blocks) -> Program:
    """The program of a stream, whose tiles are those of `program`. It has no phases: no threads share a block."""
    fields = msgspec.structs.asdict(program.view)
    view = StreamView(**fields, ring=g.ring, head=HEAD // g.ring.size)
    return msgspec.structs.replace(
        program, template="streaming/stream.c.j2", view=view, phases=(), state=g.ring.bytes)
