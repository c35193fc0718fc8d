"""The functions of a tiled program: its micro-kernels and their variants, each of them once, and the views that print
them."""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from ...machine.isa import Isa
from ...plan.program import Node, Parameter, View, statements
from .copying import Copying
from .microkernel import Reduction, Tile
from .packing import Packing


class Variant(NamedTuple):
    """A function of its own for some of the tiles that another function serves, called with these constants, which
    leave so many statements of it."""

    name: str
    comment: str
    patch: Tile
    constants: list[int]
    statements: int


def compiled(tiles: list[Tile], variants: list[Variant]) -> int:
    """Statements of micro-kernels. A tile that calls give constants is compiled for each of them, and not by itself."""
    return sum(tile.statements for tile in tiles if not tile.constants) + sum(one.statements for one in variants)


def one_by_one(tiles: list[Tile], lanes: int) -> int:
    """Statements that compilers make of loops over outputs which lie apart: about one for three."""
    return sum(len(tile.results) for tile in tiles if not tile.put) * lanes // 3


class Kept(NamedTuple):
    """What the loop nests of plans of one kind have in common, by where a micro-kernel stands. sums: of all stages of
    its reduction; tiles: the function; left: its statements, where calls give it constants."""

    sums: dict[Hashable, Reduction]
    tiles: dict[Hashable, Tile]
    left: dict[Hashable, int]


Functions = dict[str, Tile | Variant]  # of all nests of a program, by name; equal ones of several nests are one
Made = TypeVar("Made", Tile, Variant)


def known(functions: Functions, made: Made) -> Made:
    """The function among them that equals this one; itself, under a name of its own, where there is none."""
    names = itertools.chain([made.name], (f"{made.name}_{number}" for number in itertools.count(2)))
    for name in names:
        own = made._replace(name=name)
        if functions.setdefault(name, own) == own:
            return own
    raise AssertionError  # names do not end


class NestsView(View, frozen=True, kw_only=True):
    """What templates print of one nest of loops or several.

    tiles: the micro-kernels, and their variants; row_stride, lane_stride: numbers between the outputs of neighbouring
    rows and lanes, which are `contiguous` where they are neighbours in memory; by_channel: whether the lanes of output
    vectors are channels. copy: the copy that they read, if any. pack: NAME_pack. numbers: what has a number for each
    channel, behind the packed weights: its type, its name, and where it begins, in C; packed_numbers: of one such
    array. transposes: whether outputs of 8 bits, whose rows and not lanes are neighbours, are stored by blocks of
    8 × 8. narrowed: where a vector of outputs is made of the sums of several, the row that stores it. rescales: whether
    sums are of weights that a scale makes real, which is multiplied now, before the bias is added.
    """

    tiles: list[Tile]
    variants: list[Variant]
    lanes: int
    by_channel: bool
    row_stride: int
    lane_stride: int
    contiguous: bool
    copy: Copying | None
    pack: Packing
    numbers: list[tuple[str, str, str]]
    packed_numbers: int
    transposes: bool
    narrowed: Isa | None
    rescales: bool

    @property
    def statements(self) -> int:
        return compiled(self.tiles, self.variants) + self.squares + self.around

    @property
    def printed(self) -> int:
        return sum(tile.printed for tile in self.tiles) + self.squares + self.around

    @property
    def looped(self) -> int:
        return self.around + (0 if self.contiguous else one_by_one(self.tiles, self.lanes))

    @property
    def unpacked(self) -> int:
        """Those of patches, whose vectors have one column each."""
        return sum(one.statements for one in self.variants)

    @property
    def squares(self) -> int:
        """Statements of the functions that transpose."""
        copied = self.copy.squares if self.copy else ()
        found = {one.name: one for one in itertools.chain(copied, *(tile.squares for tile in self.tiles))}
        return sum(one.statements for one in found.values())

    @property
    def around(self) -> int:
        """Statements beside the micro-kernels, and what transposes for them."""
        raise NotImplementedError


class TiledView(NestsView, frozen=True, kw_only=True):
    """What templates/tiled prints of one nest: the same; and

    places: the loop variables of a task; nodes: what it does. panel_parameters: of what packs a panel. waiting: where
    sums lie that wait for the next block of the reduction, in C; empty where none do.
    """

    places: list[tuple[str, str, str]]
    nodes: list[Node]
    panel_parameters: tuple[Parameter, ...]
    waiting: str

    @property
    def around(self) -> int:
        copied = self.copy.statements if self.copy else 0
        return statements(self.nodes) + self.pack.statements + copied
