"""What a Winograd plan for GPUs means in numbers, and what its templates print."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from ...layer.spec import ConvSpec
from ...machine.rows import ISAS, stored
from ...plan.plan import Loop, Plan
from ...plan.program import Phase, affine
from ..matmul import implicit
from ..tiled.geometry import map_strides, weight_strides
from .codelets import Codelet, codelet
from .numbers import Split, numbers
from .toomcook import Transforms


class Store(NamedTuple):
    """A statement in C, if ``inside`` where that is not empty."""

    inside: str
    text: str


class Transform(NamedTuple):
    """A tile of one channel through the code of its columns, then of its rows. places: (type and variable, C
    expression) of a work-item. loaded: the elements [row][column] in C. stored: what is stored of each row."""

    places: list[tuple[str, str]]
    columns: Codelet
    rows: Codelet
    loaded: list[list[str]]
    stored: list[list[Store]]

    @property
    def names(self) -> list[list[str]]:
        """Of the elements between the two."""
        return [[f"c{i}_{j}" for j in range(self.rows.inputs)] for i in range(len(self.stored))]


def product(spec: ConvSpec, h: Transforms, w: Transforms) -> ConvSpec:
    """The layer of 1 × 1 that all products are: its groups are positions × groups, its pixels the tiles of all
    images; whole vectors of them, where they are neighbours in memory. InputError where it would be too large."""
    points, tiles = h.n * w.n, spec.n * spec.od * -(-spec.oh // h.m) * -(-spec.ow // w.m)
    pitch = tiles if spec.channels_last else -(-tiles // implicit.LANES) * implicit.LANES
    return ConvSpec(g=points * spec.g, ic=points * spec.ic, oc=points * spec.oc, iw=pitch, kw=1, bias=False,
                    layout="nwc" if spec.channels_last else "ncw")


class Shape:
    """The numbers of a plan."""

    def __init__(self, plan: Plan) -> None:
        t, s = numbers(plan), plan.spec
        self.plan, self.spec, self.h, self.w, self.points = plan, s, t.h, t.w, t.points
        self.tiles = s.n * s.od * t.h.tiles * t.w.tiles
        spec = product(s, t.h.f, t.w.f)
        loops = [Loop(loop.dim, loop.step // t.w.f.m if loop.dim == "ow" else loop.step, loop.bind)
                 for loop in plan.loops if loop.bind != "seq" or loop.dim not in ("oh", "ow")]
        self.inner = Plan(spec=spec, target=plan.target, algorithm=implicit.NAME, lanes=plan.lanes, mr=plan.mr,
                          nr=plan.nr, loops=tuple(loops))
        self.pitch = spec.iw  # tiles as they lie
        self.io = stored(ISAS["cl1"], s.dtype)
        self.v_floats, self.m_floats = spec.ic * self.pitch, spec.oc * self.pitch

    @property
    def aligned(self) -> bool:
        """Whether a row of a tile's outputs is a vector at a multiple of its size."""
        return not self.spec.channels_last and self.w.f.m == implicit.LANES and self.spec.ow % implicit.LANES == 0


shape = functools.lru_cache(maxsize=1024)(Shape)


def context(plan: Plan) -> dict[str, Any]:
    """The context of templates/opencl/winograd.cl.j2: that of the products, and what is around them."""
    t, s = shape(plan), plan.spec
    of_products = implicit.shape(t.inner)
    # packed weights of all groups at one position
    plane = s.g * of_products.panels * of_products.chunks * of_products.chunk * of_products.channels
    added = ["packed"] * s.bias + ["residual"] * s.residual
    return implicit.view(t.inner) | {
        "product": t.inner.spec, "single": ISAS["cl1"], "into": _into(t), "back": _back(t, t.points * plane),
        "finish": plan.target.row if t.aligned else ISAS["cl1"],
        "bias_after": t.points * plane, "v_floats": t.v_floats,
        "output_parameters": ["size_t task", *["const float *packed"] * s.bias,
                              *[f"const {t.io.scalar} *residual"] * s.residual, f"{t.io.scalar} *output",
                              "const float *workspace"],
        "pack": "opencl/winograd_pack.cl.j2", "weights": _weights(t, plane), "packers": plane,
        "phases": [
            Phase("input_task", s.ic * t.pitch, "tiles of a channel, transformed", arguments=("input", "workspace")),
            Phase("compute_task", implicit.tasks(t.inner), "tiles of the products at all positions",
                  of_products.items, 2 * of_products.buffer, ("workspace", "packed", f"workspace + {t.v_floats}")),
            Phase("output_task", s.oc * t.tiles, "tiles of a channel, transformed back",
                  arguments=(*added, "output", "workspace")),
        ],
    }


def _numbers_of_tile(t: Shape, channels: int, tiles: int) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Which channel and tile a task is, neighbours in memory being neighbours; and what the tile's digits are called:
    image, plane, row, column; none for extents of one."""
    s = t.spec
    last, first = ("channel", "tile") if s.channels_last else ("tile", "channel")
    whole = channels if s.channels_last else tiles
    values = [(last, f"(int)task % {whole}"), (first, f"(int)task / {whole}")]
    number = "tile"
    if tiles > t.tiles:  # those beyond the last are like it
        number = "real"
        values.append((number, f"min(tile, {t.tiles - 1})"))
    digits = implicit.digits_of({"n": s.n, "od": s.od, "th": t.h.tiles, "tw": t.w.tiles}, number)
    return values + digits, {name: name for name, _ in digits}


def _integers(values: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"int {name}", value) for name, value in values]


def _into(t: Shape) -> Transform:
    """From the input to V."""
    s, h, w = t.spec, t.h, t.w
    x = map_strides(s, s.ic, s.id, s.ih, s.iw)
    places, at = _numbers_of_tile(t, s.ic, t.pitch)
    places += [("ih", affine("", (at.get("th", ""), h.f.m), -h.axis.before)),
               ("iw", affine("", (at.get("tw", ""), w.f.m), -w.axis.before)),
               ("from", affine("", (at.get("n", ""), x.n), ("channel", x.c), (at.get("od", ""), x.d), ("ih", x.h),
                               ("iw", x.w)))]
    to, position = _place(t, s.ic)
    places.append(("to", to))

    def loaded(i: int, j: int) -> str:
        value = t.io.get("input", affine("from", i * x.h + j * x.w))
        inside = " && ".join(filter(None, (_reads(h, i), _reads(w, j))))
        return f"{inside} ? {value} : 0.0f" if inside else value

    code = codelet(w.f.bt)
    return Transform(
        _integers(places), codelet(h.f.bt), code, [[loaded(i, j) for j in range(w.f.n)] for i in range(h.f.n)],
        [[Store("", f"workspace[{affine('to', (i * w.f.n + j) * position)}] = {name};")
          for j, name in enumerate(code.outputs)] for i in range(h.f.n)])


def _back(t: Shape, bias_at: int) -> Transform:
    """From M to the output."""
    s, h, w = t.spec, t.h, t.w
    y = map_strides(s, s.oc, s.od, s.oh, s.ow)
    places, at = _numbers_of_tile(t, s.oc, t.tiles)
    places += [(f"o{axis.axis.name}", affine("", (at.get(f"t{axis.axis.name}", ""), axis.f.m))) for axis in (h, w)]
    start, position = _place(t, s.oc)
    places += [("from", start),
               ("to", affine("", (at.get("n", ""), y.n), ("channel", y.c), (at.get("od", ""), y.d), ("oh", y.h),
                             ("ow", y.w)))]

    declared = _integers(places) + [("float bias", f"packed[{bias_at} + channel]")] * s.bias

    def finished(value: str, residual: str) -> str:
        value += " + bias" * s.bias + f" + {residual}" * s.residual
        return f"activate({value})" if s.act.name != "none" else value

    def written(i: int) -> list[Store]:
        """Row i of a tile."""
        row = [affine("to", i * y.h + j * y.w) for j in range(w.f.m)]
        names = [str(name) for name in code.outputs]
        if t.aligned:
            vectors = stored(t.plan.target.row, s.dtype)
            value = finished(f"(float4)({', '.join(names)})", vectors.fetch(affine("residual + to", i * y.h)))
            return [Store(_writes(h, i), vectors.place(affine("output + to", i * y.h), value) + ";")]
        return [Store(" && ".join(filter(None, (_writes(h, i), _writes(w, j)))),
                      t.io.put("output", at, finished(name, t.io.get("residual", at))) + ";")
                for j, (at, name) in enumerate(zip(row, names, strict=True))]

    code = codelet(w.f.at)
    return Transform(
        declared, codelet(h.f.at), code,
        [[f"m[{affine('from', (i * w.f.n + j) * position)}]" for j in range(w.f.n)] for i in range(h.f.n)],
        [written(i) for i in range(h.f.m)])


def _place(t: Shape, channels: int) -> tuple[str, int]:
    """Where a tile of a channel lies in V or M at the first position, in C; elements to the next position."""
    if t.spec.channels_last:
        return affine("", ("tile", t.points * channels), ("channel", 1)), channels
    return affine("", ("channel", t.pitch), ("tile", 1)), channels * t.pitch


def _reads(split: Split, i: int) -> str:
    """The condition, in C, for row or column i of a window to lie inside the input; nothing where it always does."""
    axis = split.axis
    first, last = i - axis.before, (split.tiles - 1) * split.f.m + i - axis.before
    place = f"(i{axis.name} + {i})" if i else f"i{axis.name}"
    return "" if first >= 0 and last < axis.i else f"(uint){place} < {axis.i}"


def _writes(split: Split, i: int) -> str:
    """The same of a tile's outputs."""
    axis = split.axis
    inside = (split.tiles - 1) * split.f.m + i < axis.o
    return "" if inside else f"{affine(f'o{axis.name}', i)} < {axis.o}"


def _weights(t: Shape, plane: int) -> dict[str, Any]:
    """What NAME_pack does: elements of one position's panels, [group][panel][input channel][output channel]."""
    s, of_products = t.spec, implicit.shape(t.inner)
    o, i, tap = weight_strides(s)
    at = affine("", ("oc", o), ("ic", i), *(
        (f"({k - 1} - k{axis})" if s.flip else f"k{axis}", pitch)
        for axis, k, pitch in (("h", s.kh, s.kw * tap), ("w", s.kw, tap))))
    panels, channels = of_products.panels, of_products.channels
    in_group = ("panel" + f" % {panels}" * (s.g > 1), channels if panels > 1 else 0)
    group = ("panel" + f" / {panels}" * (panels > 1), s.ocg if s.g > 1 else 0)
    return {
        "layer": s, "plane": plane, "channels": channels, "oc": affine("", group, ("in_group", 1)),
        "in_group": affine("", in_group, (f"(int)at % {channels}", 1)),
        "depth": of_products.chunks * of_products.chunk, "h": t.h.f, "w": t.w.f, "points": t.points,
        "type": t.io.scalar, "element": t.io.get("weights", at), "bias": t.io.get("bias", "oc"),
    }
