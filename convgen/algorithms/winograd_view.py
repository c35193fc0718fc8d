"""What the templates of Winograd's algorithm print: calls, addresses, parameters, transforms."""

from __future__ import annotations

import math
from typing import Any

from ..codelets import codelet
from ..plan import Plan
from .arrange import packing, panels
from .geometry import Strides, map_strides, weight_strides
from .loopnest import View
from .microkernel import Reduction
from .nest import Phase, affine, unrank
from .winograd_numbers import numbers


def context(plan: Plan) -> dict[str, Any]:
    """The context of templates/winograd/winograd.c.j2."""
    t, s = numbers(plan), plan.spec
    products: list[dict[str, Any]] = []
    micro: dict[str, Any] = {}
    for count, g in t.products.items():
        context = View(g, Reduction, packing).context()
        products.append({"count": count, "nest": context["nest_nodes"]})
        micro |= {tile.name: tile for tile in context["tiles"]}
    x, y = map_strides(s, s.ic, s.id, s.ih, s.iw), map_strides(s, s.oc, s.od, s.oh, s.ow)
    o, i, tap = weight_strides(s)
    rows = unrank([*t.tasks[:3], ("th", t.h.tiles, "row of tiles")])
    if plan.fused:
        phases = [Phase("compute_task", math.prod(trips for _, trips, _ in t.tasks), "blocks of tiles")]
    else:
        lines = s.n * s.g * s.od * t.h.tiles
        phases = [Phase("input_task", lines, "rows of tiles, transformed"),
                  Phase("multiply_task", s.g * t.points, "products, one for each position"),
                  Phase("output_task", lines, "rows of tiles, transformed back")]
    weight_at = affine("", ("oc", o), ("ic", i), *(
        (f"({k - 1} - k{a})" if s.flip else f"k{a}", stride)
        for a, k, stride in (("h", s.kh, s.kw * tap), ("w", s.kw, tap))))
    first = next(iter(t.products.values()))
    strided, lanes = s.channels_last, t.row.lanes
    residual, bias = ["const float *residual"] * s.residual, ["const float *bias"] * s.bias
    place = ["ptrdiff_t oh", *["ptrdiff_t ow"] * strided, "ptrdiff_t count"]
    if strided:
        window, out = x, y
        tile_parameters = ["const float *m", *bias, *residual, "float *output", *["ptrdiff_t rows"] * t.h.partial,
                           *["ptrdiff_t columns_left"] * t.w.partial]
    else:
        pixels = t.w.tiles * t.w.f.m
        window = Strides(0, 1, 0, t.window_pixels * t.near, t.near)
        out = Strides(0, t.h.f.m * pixels, 0, pixels * lanes, lanes)  # [vector of channels][row][pixel][lane]
        tile_parameters = ["const float *m", *bias, "float *output"]

    def cut(extent: int) -> list[tuple[int, int, int]]:
        """(begin, end, lanes in use) of whole vectors along an extent, and of what is left."""
        return parts(extent, lanes)

    def blocks(channels: int) -> list[tuple[int, int, int]]:
        """(begin, end, size) of blocks of channels that are turned round together, and of what is left."""
        return parts(channels, t.near)

    def turns(channels: int, pixels: int) -> set[str]:
        """The ways in which blocks of an array that is turned round are cut."""
        return {"whole" if (c, p) == (lanes, lanes) else "part"
                for *_, c in cut(channels) for *_, p in cut(pixels)}

    read = min(s.iw, t.window_pixels - s.left)
    into, back = turns(s.icg, read), turns(s.ocg, s.ow)

    def origin(strides: Strides, channels: int) -> list[tuple[str, int]]:
        return [("n", strides.n if s.n > 1 else 0), ("g", channels * strides.c if s.g > 1 else 0),
                ("od", strides.d if s.od > 1 else 0)]

    def input_arguments(oh: str, v: str) -> list[str]:
        return [affine("input", *origin(x, s.icg)), oh, *["ow0"] * strided, "tiles_w", v, *["window"] * (not strided)]

    def output_arguments(oh: str, m: str) -> list[str]:
        at = origin(y, s.ocg)
        added = [affine("packed", s.g * t.u_floats, ("g", t.width if s.g > 1 else 0))] * s.bias
        added += [affine("residual", *at)] * s.residual
        return [m, *added, affine("output", *at), oh, *["ow0"] * strided, "tiles_w", *["window"] * (not strided)]

    def first_tile(scratch: int, channels: int, plane: int = 0) -> str:
        row = t.w.tiles * channels
        return affine("workspace", ("g", scratch if s.g > 1 else 0), plane, ("th", row if t.h.tiles > 1 else 0),
                      ("od", t.h.tiles * row if s.od > 1 else 0), ("n", s.od * t.h.tiles * row if s.n > 1 else 0))

    return {
        "affine": affine, "cut": cut, "weight_at": weight_at,
        "panels": panels(first, affine("weights", ("g", s.ocg * o if s.g > 1 else 0))),
        "output_parameters": tile_parameters,
        "row_parameters": ["const float *m", *bias, *residual, "float *output", *place,
                           *["float *window"] * (not strided)],
        "input_arguments": input_arguments, "output_arguments": output_arguments, "first_tile": first_tile,
        "strided": strided, "window": window, "out": out, "read": read,
        "turns": {"turn": into, "turn_last": back}, "blocks": blocks,
        "bias_at": s.g * t.u_floats, "levels": lanes.bit_length() - 1,
        "task_arguments": ["worker", "input", "packed", *["residual"] * s.residual, "output", "workspace"],
        "plain": first.spec, "edges": s.padded or t.h.partial or t.w.partial,
        "t": t, "x": x, "y": y, "products": products, "tiles": list(micro.values()), "phases": phases,
        "places": unrank(t.tasks) if plan.fused else rows,
        "codes": {"into_h": codelet(t.h.f.bt), "into_w": codelet(t.w.f.bt),
                  "from_h": codelet(t.h.f.at), "from_w": codelet(t.w.f.at)},
        "lanes": t.row.lanes, "tails": {"input": s.icg % t.row.lanes, "output": s.ocg % t.row.lanes},
        "tile_parameters": ["const float *x", "const float *w", "float *output"],
        "by_channel": True, "contiguous": True, "row_stride": t.width, "lane_stride": 1,
    }


def parts(extent: int, size: int) -> list[tuple[int, int, int]]:
    """(begin, end, size) of whole parts of an extent, and of what is left."""
    whole = extent - extent % size
    return [part for part in ((0, whole, size), (whole, extent, extent - whole)) if part[0] < part[1]]
