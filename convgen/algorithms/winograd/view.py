"""What the templates of Winograd's algorithm print: calls, addresses, parameters, transforms."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...machine.rows import stored
from ...plan.plan import Plan
from ...plan.program import Phase, affine, unrank
from ..tiled.arrange import packing, panels
from ..tiled.geometry import Strides, map_strides, weight_strides
from ..tiled.loopnest import View
from ..tiled.microkernel import Reduction
from .codelets import Codelet, codelet
from .numbers import Numbers, Run, numbers, part_of
from .toomcook import Transforms


class Part(NamedTuple):
    """Tiles of one kind, the transforms of which have names that end in `name`."""

    name: str
    h: Transforms
    w: Transforms

    @property
    def codes(self) -> dict[str, Codelet]:
        return {"into_h": codelet(self.h.bt), "into_w": codelet(self.w.bt),
                "from_h": codelet(self.h.at), "from_w": codelet(self.w.at)}


def tile_parts(t: Numbers) -> list[list[Part]]:
    """Rows of tiles that differ, all but the last and the last; in each, tiles that differ."""
    downs = [("", t.h.f), ("_bottom", t.h.last)][: 1 + t.h.nested]
    acrosses = [("", t.w.f), ("_right", t.w.last)][: 1 + t.w.nested]
    return [[Part(down + across, h, w) for across, w in acrosses] for down, h in downs]


def indices(t: Numbers) -> list[tuple[str, str]]:
    """(variable, C expression): the number of a row's first tile, and that of its last one, where it lies apart
    (Numbers.runs). A row is number i of its block, or th of its image."""
    rows, columns = t.h.tiles - t.h.nested, t.w.tiles - t.w.nested
    if t.plan.fused and not t.w.nested:
        return [("first", "i * tiles_w")]
    if t.plan.fused and t.h.blocks > 1:
        return [("first", f"tiles_h + i * {columns}"), ("last", "i")]
    if t.plan.fused:
        images, image, row = 1, [], "i"
    else:
        images, row = t.spec.n * t.spec.od, "th" if t.h.tiles > 1 else ""
        image = [("od" if t.spec.od > 1 else "", 1), ("n" if t.spec.n > 1 else "", t.spec.od)]
    above, below = images * rows, images * rows * t.w.tiles  # tiles before the first, and before the nested row

    def at(stride: int, start: int, end: int) -> str:
        """`stride` tiles a row from `start` on; those of the nested row, if not next, from `end` on."""
        usual = affine("", *((name, rows * times * stride) for name, times in image), (row, stride), start)
        if not t.h.nested or stride * rows + start == end:
            return usual
        return f"{row} < {rows} ? {usual} : {affine('', *((name, times * stride) for name, times in image), end)}"

    first = at(columns, above * t.w.nested, below)
    return [("first", first)] + [("last", at(1, 0, below + images * columns))] * t.w.nested


def selects(t: Numbers, run: Run) -> str:
    """The condition for a run's products and tiles, in C; empty where it is the only one."""
    sizes = {other.tiles for other in t.runs}
    conditions = [f"tiles == {run.tiles}"] * (len(sizes) > 1)
    for axis, share, at in ((t.h, run.rows, "i"), (t.w, run.columns, "j")):
        conditions += [f"{at} {'>=' if share.start else '<'} {axis.last.n}"] * axis.nested
    return " && ".join(conditions)


def context(plan: Plan) -> dict[str, Any]:
    """The context of templates/winograd/winograd.c.j2."""
    t, s = numbers(plan), plan.spec
    products: list[dict[str, Any]] = []
    micro: dict[str, Any] = {}
    for count, g in t.products.items():
        context = View(g, Reduction, packing).context()
        products.append({"count": count, "nest": context["nest_nodes"],
                         "runs": [(selects(t, run), run.first) for run in t.runs if run.number == count]})
        micro |= {tile.name: tile for tile in context["tiles"]}
    x, y = map_strides(s, s.ic, s.id, s.ih, s.iw), map_strides(s, s.oc, s.od, s.oh, s.ow)
    o, i, tap = weight_strides(s)
    rows = unrank([*t.tasks[:3], ("th", t.h.tiles, "row of tiles")])
    if plan.fused:
        what = "blocks of tiles" + " x parts of the output channels" * (part_of(plan) > 0)
        phases = [Phase("compute_task", math.prod(trips for _, trips, _ in t.tasks), what)]
    else:
        lines = s.n * s.g * s.od * t.h.tiles
        phases = [Phase("input_task", lines, "rows of tiles, transformed"),
                  Phase("multiply_task", s.g * t.points, "products, one for each position"),
                  Phase("output_task", lines, "rows of tiles, transformed back")]
    weight_at = affine("", ("oc", o), ("ic", i), *(
        (f"({k - 1} - k{a})" if s.flip else f"k{a}", stride)
        for a, k, stride in (("h", s.kh, s.kw * tap), ("w", s.kw, tap))))
    first = next(iter(t.products.values()))
    strided, row, io, lanes = s.channels_last, t.row, stored(t.row, s.dtype), t.row.lanes
    outside = io if strided else row  # where transforms find pixels and leave them: the caller's arrays, or a window
    levels = lanes.bit_length() - 1
    residual = [f"const {io.scalar} *residual"] * s.residual
    bias = [f"const {row.scalar} *bias"] * s.bias
    place = ["ptrdiff_t oh", *["ptrdiff_t ow"] * strided, "ptrdiff_t count"]
    if strided:
        window, out = x, y
        tile_parameters = ["const float *m", *bias, *residual, f"{io.scalar} *output",
                           *["ptrdiff_t rows"] * t.h.partial, *["ptrdiff_t columns_left"] * t.w.partial]
    else:
        pixels = t.w.reach
        window = Strides(0, 1, 0, t.window_pixels * t.near, t.near)
        out = Strides(0, t.h.f.m * pixels, 0, pixels * lanes, lanes)  # [vector of channels][row][pixel][lane]
        tile_parameters = ["const float *m", *bias, "float *output"]

    places = indices(t)

    def cut(extent: int) -> list[tuple[int, int, int]]:
        """(begin, end, lanes in use) of whole vectors along an extent, and of what is left."""
        return parts(extent, lanes)

    def blocks(channels: int) -> list[tuple[int, int, int]]:
        """(begin, end, size) of blocks of channels that are turned round together, and of what is left."""
        return parts(channels, t.near)

    def turns(channels: int, pixels: int) -> list[tuple[int, int]]:
        """The sizes of the squares in which blocks of an array are turned round."""
        return sorted({(c, p) for *_, size in blocks(channels) for *_, c in cut(size) for *_, p in cut(pixels)})

    read = min(s.iw, t.window_pixels - s.left)
    def shuffled(columns: int) -> list[list[int]]:
        """The vectors that each stage must make, for so many columns in the end."""
        kept = [list(range(columns))]
        while len(kept) < levels:
            kept.insert(0, sorted({2 * i % lanes + odd for i in kept[0] for odd in (0, 1)}))
        return kept[:levels]

    into, back = turns(s.icg, read), [(p, c) for c, p in turns(t.channels, s.ow)]

    def origin(strides: Strides, channels: int) -> list[tuple[str, int]]:
        return [("n", strides.n if s.n > 1 else 0), ("g", channels * strides.c),
                ("od", strides.d if s.od > 1 else 0)]

    def row_at(base: str, channels: int) -> list[str]:
        return [f"{base} + {name} * {channels}" for name, _ in places]

    def input_arguments(oh: str, v: str) -> list[str]:
        at = origin(x, s.icg if s.g > 1 else 0)
        return [affine("input", *at), oh, *["ow0"] * strided, "tiles_w", *row_at(v, t.depth),
                *["window"] * (not strided)]

    def output_arguments(oh: str, m: str) -> list[str]:
        at = origin(y, t.channels if t.groups > 1 else 0)
        added = [affine("packed", t.groups * t.u_floats, ("g", t.width if t.groups > 1 else 0))] * s.bias
        added += [affine("residual", *at)] * s.residual
        return [*row_at(m, t.width), *added, affine("output", *at), oh, *["ow0"] * strided, "tiles_w",
                *["window"] * (not strided)]


    return {
        "affine": affine, "cut": cut, "weight_at": weight_at,
        "panels": panels(first, affine("weights", ("g", t.channels * o if t.groups > 1 else 0))),
        "output_parameters": tile_parameters,
        "into_parameters": ["float *v", *["float *last"] * t.w.nested, *["float *window"] * (not strided)],
        "row_parameters": ["const float *m", *["const float *last"] * t.w.nested, *bias, *residual,
                           f"{io.scalar} *output", *place,
                           *["float *window"] * (not strided)],
        "input_arguments": input_arguments, "output_arguments": output_arguments,
        "strided": strided, "window": window, "out": out, "read": read,
        "turns": {"turn": into, "turn_last": back}, "blocks": blocks, "outside": outside,
        "sides": {"turn": (io, row), "turn_last": (row, io)},  # where a turn reads, and where it writes
        "bias_at": t.groups * t.u_floats, "levels": levels, "shuffled": shuffled,
        "task_arguments": ["worker", "input", "packed", *["residual"] * s.residual, "output", "workspace"],
        "plain": first.spec, "edges": s.padded or t.h.partial or t.w.partial,
        "t": t, "x": x, "y": y, "products": products, "tiles": list(micro.values()), "phases": phases,
        "places": unrank(t.tasks) if plan.fused else rows,
        "rows_of_parts": tile_parts(t), "indices": places, "group": ("g", t.scratch if s.g > 1 else 0),
        "sizes": len({run.tiles for run in t.runs}),
        "lanes": t.row.lanes, "tails": {"input": s.icg % t.row.lanes, "output": t.channels % t.row.lanes},
        "tile_parameters": ["const float *x", "const float *w", "float *output"],
        "by_channel": True, "contiguous": True, "row_stride": t.width, "lane_stride": 1,
    }


def parts(extent: int, size: int) -> list[tuple[int, int, int]]:
    """(begin, end, size) of whole parts of an extent, and of what is left."""
    whole = extent - extent % size
    return [part for part in ((0, whole, size), (whole, extent, extent - whole)) if part[0] < part[1]]
