"""What templates/streaming prints of a stream: its state, and NAME itself."""

from __future__ import annotations

import msgspec

from ...machine.isa import Isa
from ...plan.program import Node, Parameter, Program, indices, reads, writes
from ..fourier.transform import Butterfly, Transforms
from ..tiled.loopnest import TiledView
from ..winograd.index import Index, term
from .nest import Blocks
from .partitions import Partitions, TailPacking
from .ring import HEAD, Ring

NEXT = ("next", "where the next sample goes")
DUE = ("due", "samples before the one of the next output")
FILLED = ("filled", "samples of the block that is not yet whole")
OLDEST = ("oldest", "the place of the oldest spectrum")


class StreamView(TiledView, frozen=True, kw_only=True):
    """And what is behind the tiles: the ring. head: numbers of the input's type before it. held: behind that, in all.
    counters: what a state begins with besides, with what each is."""

    ring: Ring
    head: int
    held: int
    counters: list[tuple[str, str]]


class PartsView(StreamView, frozen=True, kw_only=True):
    """Of a filter in parts, p: their transforms, as templates/fourier has them, and spectra: how those of the taps are
    packed. points: where those of a block are put, back: where they come back; given: what the transforms get."""

    p: Partitions
    t: object
    butterflies: list[Butterfly]
    squares: dict[str, Index]
    stages: list[list[tuple[int, int]]]
    bodies: dict[str, list[Node]]
    signatures: dict[str, tuple[Parameter, ...]]
    spectra: TailPacking
    term: object
    points: str
    back: str
    given: dict[str, str]


def program_of(program: Program, g: Blocks) -> Program:
    """The program of a stream, whose tiles are those of `program`. It has no phases: no threads share a block."""
    ring = g.ring
    view = StreamView(
        **msgspec.structs.asdict(program.view), ring=ring, head=HEAD // ring.size, held=ring.rows * ring.pitch,
        counters=[NEXT, *[DUE] * (g.spec.sw > 1)])
    return msgspec.structs.replace(
        program, template="streaming/stream.c.j2", pack="tiled/pack.c.j2", view=view, phases=(), state=ring.bytes)


def program_in_parts(program: Program, p: Partitions, row: Isa) -> Program:
    """The same of a filter whose newest taps `program` sums."""
    t, transforms, pack = p.t, Transforms(p.t), TailPacking(p, row)
    f, z = row.scalar, [writes(row.scalar, "z")] * (t.lanes > 1)
    squares = transforms.squares.names
    signatures: dict[str, tuple[Parameter, ...]] = {
        **{one.name: (writes(f, "z"), *indices(one.told.names), *[reads(f, "roots")] * (one.step.roots > 0))
           for one in transforms.butterflies.values()},
        "transpose": (reads(f, "from"), *indices(name for name in squares if name == "from_apart"), writes(f, "to"),
                      *indices(name for name in squares if name == "to_apart")),
        "transform": (*z, reads(f, "packed"), writes(f, "spectrum")),
        "transform_back": (writes(f, "spectrum"), reads(f, "packed"), *z),
        "transform_weights": (writes(f, "z"), *indices(pack.told.names)),
        "put_root": (*indices(["k"]), writes(f, "to"), *indices(pack.put.names)),
    }
    own = ["z"] * (t.lanes > 1)
    view = PartsView(
        points="z" if own else "spectrum", back="z" if own else "products",
        given={"transform": ", ".join([*own, "packed", "spectrum"]),
               "transform_back": ", ".join(["products", "packed", *own])},
        **msgspec.structs.asdict(program.view), ring=p.ring, head=HEAD // p.ring.size, held=p.held,
        counters=[NEXT, FILLED, OLDEST], p=p, t=t, butterflies=list(transforms.butterflies.values()),
        squares=transforms.squares.inside, stages=transforms.stages(),
        bodies={"transform": transforms.nodes("forward"), "transform_back": transforms.nodes("inverse")},
        signatures=signatures, spectra=pack, term=term)
    return msgspec.structs.replace(
        program, template="streaming/parts.c.j2", pack="streaming/parts_pack.c.j2", view=view, phases=(),
        packed=p.packed, workspace=2 * t.plane, state=HEAD + p.ring.size * p.held, hot=program.hot)
