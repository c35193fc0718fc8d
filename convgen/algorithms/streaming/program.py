"""What templates/streaming prints of a stream: its state, and NAME itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ...machine.isa import Isa
from ...plan.program import (
    For,
    Let,
    Node,
    Parameter,
    Program,
    Statement,
    View,
    affine,
    indices,
    reads,
    statements,
    writes,
)
from ..fourier.transform import Butterfly, Transforms
from ..fourier.view import PACKING, code_of, looped
from ..tiled import exact
from ..tiled.functions import TiledView
from ..tiled.microkernel import Tile
from ..tiled.packing import Packing
from ..winograd.index import Index, term
from .nest import Blocks
from .partitions import Partitions, TailPacking
from .ring import HEAD, Ring

CALLS = 60  # statements of NAME, NAME_reset and what fills the ring, about
NEXT = ("next", "where the next sample goes")
DUE = ("due", "samples before the one of the next output")
FILLED = ("filled", "samples of the block that is not yet whole")
OLDEST = ("oldest", "the place of the oldest spectrum")


class Keeping(NamedTuple):
    """How samples get into a ring. ring, taken: types of its numbers and of the caller's, in C. body: copies `samples`
    of a row, from `from` to `to`. empty: the statement that makes number i of a ring stand for 0."""

    ring: str
    taken: str
    body: list[Node]
    empty: str


def keeping(g: Blocks) -> Keeping:
    """What a block's samples become in the ring: themselves; or, of integers, what products take."""
    spec, ring = g.plan.spec, g.ring
    dense = ring.step == ring.sample == (spec.ic if ring.rows == 1 else 1)  # samples follow each other, there and here
    count = Let("const ptrdiff_t ", "count", affine("", ("samples", ring.sample)))
    if not g.exact:
        lanes = g.io.lanes
        body: list[Node] = [count, Let("const ptrdiff_t ", "whole", f"count - count % {lanes}"),
                            *_numbers(g, "whole", "count")] if lanes > 1 else [count, *_numbers(g, "0", "count")]
        if not dense:  # a slice of each sample
            body = [For("n", "0", "samples", 1, "", [
                Let(f"{g.io.in_memory} *", "sample", affine("to", ("n", ring.sample))),
                Let(f"const {g.io.in_memory} *", "given", affine("from", ("n", ring.step))),
                *_numbers(g, str(spec.ic // lanes * lanes if lanes > 1 else 0), str(spec.ic), "sample", "given")])]
        return Keeping(g.io.in_memory, g.io.in_memory, body, f"{g.io.put('ring', 'i', '0.0f')};")
    taken, copied = g.row.named(spec.arithmetic.input), g.choices.source == "copy"
    empty = f"ring[i] = {g.zero if copied else spec.input_zero};"

    def moved(to: str, place: str) -> list[Node]:
        there, given = f"to[{to}]", f"from[{place}]"
        return [Statement(exact.moved(spec, g.row, there, given) if copied else f"{there} = {given};")]

    if dense:
        return Keeping(g.source.in_memory, taken, [count, For("i", "0", "count", 1, "", moved("i", "i"))], empty)
    apart = 1 if spec.channels_last else ring.block
    group, channel = "g" if spec.g > 1 else "", "c" if spec.icg > 1 else ""
    to = affine("", ("i", ring.sample), (group, g.icp), (channel, 1))
    place = affine("", ("i", ring.step), (group, spec.icg * apart), (channel, apart))
    nodes = moved(to, place)
    nodes = [For("c", "0", str(spec.icg), 1, "", nodes)] if channel else nodes
    nodes = [For("g", "0", str(spec.g), 1, "", nodes)] if group else nodes
    return Keeping(g.source.in_memory, taken, [For("i", "0", "samples", 1, "", nodes)], empty)


def _numbers(g: Blocks, whole: str, count: str, to: str = "to", taken: str = "from") -> list[Node]:
    """Copies so many floats, of which so many are in whole vectors."""
    io = g.io
    vectors: list[Node] = [Statement(f"{io.store(f'{to} + i', io.load(f'{taken} + i'))};")]
    rest: list[Node] = [Statement(f"{io.put(to, 'i', io.get(taken, 'i'))};")]
    return [*([For("i", "0", whole, io.lanes, "", vectors)] if whole != "0" else []),
            *([For("i", whole, count, 1, "", rest)] if whole != count else [])]


class Held(View, frozen=True, kw_only=True):
    """What all templates/streaming print: tiles as templates/tiled has them, and the state behind them.

    head: numbers of the ring's type before it. held: behind that, in all. counters: what a state begins with
    besides, with what each is. signatures: parameters of functions, by name; NAME's are of `entry_point`.
    """

    tiles: list[Tile]
    lanes: int
    by_channel: bool
    row_stride: int
    lane_stride: int
    contiguous: bool
    nodes: list[Node]
    panel_parameters: tuple[Parameter, ...]
    numbers: list[tuple[str, str, str]]
    packed_numbers: int
    transposes: bool
    narrowed: Isa | None
    rescales: bool
    ring: Ring
    keeping: Keeping
    head: int
    held: int
    counters: list[tuple[str, str]]
    signatures: dict[str, tuple[Parameter, ...]]

    @property
    def statements(self) -> int:
        """Of the tiles, the loops around them, and the calls."""
        return sum(tile.statements for tile in self.tiles) + statements(self.nodes) + CALLS


class StreamView(Held, frozen=True, kw_only=True):
    """Of sums alone. pack: NAME_pack."""

    pack: Packing

    @property
    def statements(self) -> int:
        return super().statements + self.pack.statements


class PartsView(Held, frozen=True, kw_only=True):
    """Of a filter in parts, p: their transforms, as templates/fourier has them. taps, pack: how the newest taps are
    packed, and the spectra of the others. points: where those of a block are put, back: where they come back; given:
    what the transforms get."""

    p: Partitions
    t: object
    butterflies: list[Butterfly]
    squares: dict[str, Index]
    stages: list[list[tuple[int, int]]]
    bodies: dict[str, list[Node]]
    taps: Packing
    pack: TailPacking
    term: object
    points: str
    back: str
    given: dict[str, str]

    @property
    def statements(self) -> int:
        return super().statements + self.unpacked + PACKING + sum(map(statements, self.bodies.values()))

    @property
    def unpacked(self) -> int:
        return code_of(self.butterflies, self.p.t.passes).passes

    @property
    def again(self) -> int:
        return code_of(self.butterflies, self.p.t.passes).again

    @property
    def looped(self) -> int:
        return looped(self.statements - self.unpacked - sum(tile.statements for tile in self.tiles), self.p.lanes)


def program_of(program: Program, g: Blocks) -> Program:
    """The program of a stream, whose tiles are those of `program`. It has no phases: no threads share a block."""
    ring = g.ring
    view = StreamView(
        **_held(program), pack=_tiled(program).pack, ring=ring, keeping=keeping(g), head=HEAD // ring.size,
        held=ring.rows * ring.pitch,
        counters=[NEXT, *[DUE] * (g.spec.sw > 1)], signatures=_signatures(g, residual=g.spec.residual))
    return msgspec.structs.replace(
        program, template="streaming/stream.c.j2", pack="tiled/pack.c.j2", view=view, phases=(), state=ring.bytes)


def _tiled(program: Program) -> TiledView:
    """What the tiles of a program are printed from."""
    assert isinstance(program.view, TiledView)
    return program.view


def _held(program: Program) -> dict[str, Any]:
    """The fields of it that a stream has too."""
    view = _tiled(program)
    return {name: getattr(view, name) for name in Held.__struct_fields__ if name in view.__struct_fields__}


def _signatures(g: Blocks, *, residual: bool) -> dict[str, tuple[Parameter, ...]]:
    """Of what every stream has. residual: whether the caller gives one; of a filter in parts, sums have tails."""
    io, taken = g.io.scalar, keeping(g).taken
    added, apart = reads(io, "residual"), [writes(io, "workspace")] * (g.plan.lanes == "ow")
    return {
        "compute_block": (reads(g.source.scalar, "input"), *indices(["count"]), reads(g.weights.scalar, "packed"),
                          *[added] * g.plan.spec.residual, writes(io, "output"), *apart),
        "entry_point": (reads(taken, "input"), Parameter("int", "samples"), reads("void", "packed"),
                        *[added] * residual, writes(io, "output"), writes("void", "state"),
                        writes("void", "workspace")),
    }


def program_in_parts(program: Program, p: Partitions, g: Blocks, row: Isa) -> Program:
    """The same of a filter whose newest taps `program` sums."""
    t, transforms, pack = p.t, Transforms(p.t), TailPacking(p, row)
    f, z = row.scalar, [writes(row.scalar, "z")] * (t.lanes > 1)
    squares = transforms.squares.names
    signatures: dict[str, tuple[Parameter, ...]] = {
        **_signatures(g, residual=p.spec.residual),
        "pack_tail": (reads(f, "weights"), writes(f, "out")),
        "filter_piece": (reads("stream_head", "head"), writes(f, "ring"), reads(f, "input"), *indices(["count"]),
                         reads(f, "packed"), *[reads(f, "residual")] * p.spec.residual, writes(f, "output"),
                         writes(f, "z")),
        "multiply": (reads(f, "spectra"), *indices(["oldest"]), reads(f, "weights"), writes(f, "products")),
        "make_tails": (reads(f, "samples"), writes(f, "spectra"), *indices(["oldest"]), reads(f, "packed"),
                       writes(f, "tails"), writes(f, "z")),
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
        **_held(program), ring=p.ring, keeping=keeping(g), head=HEAD // p.ring.size, held=p.spec.oc * p.held,
        counters=[NEXT, FILLED, OLDEST], p=p, t=t, butterflies=list(transforms.butterflies.values()),
        squares=transforms.squares.inside, stages=transforms.stages(),
        bodies={"transform": transforms.nodes("forward"), "transform_back": transforms.nodes("inverse")},
        signatures=signatures, taps=_tiled(program).pack, pack=pack, term=term)
    return msgspec.structs.replace(
        program, template="streaming/parts.c.j2", pack="streaming/parts_pack.c.j2", view=view, phases=(),
        packed=p.spec.oc * p.packed, workspace=2 * t.plane, state=HEAD + p.ring.size * p.spec.oc * p.held,
        hot=program.hot)
