"""What the templates of both matrix products print: the arguments and places of a work-group, and packing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.program import Let, Node, Parameter, View, affine, reads, writes
from ..tiled import exact
from ..weights import weight_address
from .epilogue import Epilogue, numbers_at
from .numbers import Tiles
from .window import Window


class GroupView(View, frozen=True, kw_only=True):
    """Of a tile by a work-group, in C.

    group_parameters: of compute_task. panel: the number of a task's panel among those of all groups; group: its
    group; panel_start: its first channel, in its group; numbers_of_item: (type, role, where) of bias, scales and
    slopes of an item's first channel, behind the packed weights. tile_start: the first pixel. constants: (name,
    value) of an item. epilogue: what follows the sums.
    """

    group_parameters: tuple[Parameter, ...]
    panel: str
    group: str
    panel_start: str
    numbers_of_item: list[tuple[str, str, str]]
    tile_start: str
    constants: list[tuple[str, str]]
    epilogue: Epilogue


class Packing(NamedTuple):
    """What NAME_pack does. taps: (name, value) of the kernel's indices at a tap; weight: one, in C. numbers:
    (where, value) of bias and slopes, which follow the weights; behind: of integers, what packs these. items: rows that
    work-items share."""

    taps: list[tuple[str, str]]
    weight: str
    numbers: list[tuple[int, str]]
    items: int
    behind: Sequence[Node] = ()


def group_parameters(spec: ConvSpec, row: Isa, io: Isa) -> tuple[Parameter, ...]:
    """The parameters of compute_task."""
    return (Parameter("size_t", "task"), reads(row.named(spec.arithmetic.input), "input"), reads(row.scalar, "packed"),
            *[reads(io.scalar, "residual")] * spec.residual, writes(io.scalar, "output"),
            Parameter(row.word, "shared", "local", written=True))


def group_of_panel(t: Tiles) -> str:
    return "panel" + f" / {t.panels}" * (t.panels > 1)


def start_of_panel(t: Tiles) -> str:
    return affine("", ("panel" + f" % {t.panels}" * (t.spec.g > 1), t.channels if t.panels > 1 else 0))


def weight_at(window: Window) -> str:
    """Where a weight lies among the caller's."""
    return weight_address(window.spec, "oc", "ic", window.taps)


def packed_numbers(t: Tiles, io: Isa, weights: int) -> list[tuple[int, str]]:
    """(where, value) of bias and slopes, `weights` of what is packed being first: the caller's number of a channel."""
    return [(at, io.get(role, f"at / {t.width} * {t.spec.ocg} + in_group")) for role, at in numbers_at(t, weights)]


def packed_behind(t: Tiles, row: Isa, first: Sequence[Node] = ()) -> list[Node]:
    """Of integers: packs what follows the weights, `first` and then what has a number for each channel. Items take
    turns."""
    s = t.spec
    nodes = [*first, *exact.packed_numbers(s, row, t.sections[0], s.g, s.ocg, t.width, t.zero, shared=True)]
    return [Let("size_t ", "turn", "0"), *nodes] if nodes else []
