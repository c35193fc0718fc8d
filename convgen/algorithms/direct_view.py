"""What the templates of `direct` print: every address, extent and loop, as text and numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .direct import Geometry
from .direct_data import copying, packing
from .nest import Advance, Block, Call, For, If, Let, Node, Phase, Step, Steps, affine, unrank
from .tiling import Segment


class Tile(NamedTuple):
    """One micro-kernel function. vectors, rows: its register tile. width: outputs along the
    vectors. valid: lanes used in the last vector (0: all). stage: "" when it sums everything at once, else "_first", "_next"
    or "_last" block of the reduction."""

    name: str
    rows: int
    vectors: int
    width: int
    valid: int
    stage: str
    body: list[Node]
    comment: str

    def valid_lanes(self, v: int) -> int:
        """Lanes to store of vector v; 0: all."""
        return self.valid if v == self.vectors - 1 else 0


class Reduced(NamedTuple):
    """One loop of the reduction: extent, input stride (None: not affine), elements of packed weights."""

    dim: str
    extent: int
    stride: int | None
    inner: int


class View:
    def __init__(self, g: Geometry) -> None:
        self.g, self.plan, self.spec, self.row = g, g.plan, g.spec, g.row
        s = self.spec
        self.edges = self.plan.source == "edges"
        # rows (and planes) of the kernel that fall on padding are skipped at run time
        self.clip = [axis for axis in s.axes[:2] if self.edges and (axis.before or axis.after)]
        self.tiles: dict[tuple[Any, ...], Tile] = {}

    def context(self) -> dict[str, Any]:
        g, s = self.g, self.spec
        tasks = [(self._variable(i), g.trips(i), loop)
                 for i, loop in enumerate(self.plan.loops) if loop.bind == "task"]
        nest = self._enter(len(tasks), 0, {})
        copy = copying(g) if self.plan.source == "copy" else None
        compute = Phase("compute_task", math.prod(trips for _, trips, _ in tasks),
                        " x ".join(self._comment(loop.dim, loop.step) for _, trips, loop in tasks if trips > 1)
                        or "all of it")
        return {
            "g": g,
            "places": unrank([(name, trips, self._comment(loop.dim, loop.step))
                              for name, trips, loop in tasks]),
            "phases": [*([Phase("copy_task", copy["tasks"], "the padded copy")] if copy else []), compute],
            "tasks": compute.tasks,
            "nest_nodes": nest,
            "tiles": list(self.tiles.values()),
            "lanes": self.row.lanes,
            "by_channel": self.plan.lanes == "oc",
            "row_stride": g.output.w if self.plan.lanes == "oc" else g.output.c,
            "lane_stride": g.output.c if self.plan.lanes == "oc" else g.output.w,
            "tile_parameters": self._parameters(),
            "contiguous": g.contiguous,
            "order": g.order,
            "pack": packing(g),
            "copy": copy,
            "bias_at": s.g * g.ocg_packed * s.terms,
        }

    def _parameters(self) -> list[str]:
        """Parameters of every tile function, in the order `_visit` passes them."""
        ranges = [f"ptrdiff_t {name}" for axis in self.clip
                  for name in (f"i{axis.name}", f"k{axis.name}_begin", f"k{axis.name}_end")]
        names = ["w"] + ["bias"] * self.spec.bias + ["residual"] * self.spec.residual
        return ["const float *x", *ranges, *(f"const float *{name}" for name in names), "float *output"]

    # --- the loop nest around the tiles ---

    def _variable(self, index: int) -> str:
        """Name of a loop variable: oh, oc0 for an innermost loop, oh1, oc1 for a block around it."""
        loop = self.plan.loops[index]
        if any(other.dim == loop.dim for other in self.plan.loops[index + 1 :]):
            return "ic0" if loop.dim == "ic" else f"{loop.dim}1"
        if loop.dim not in self.g.segments:
            return loop.dim
        return f"{loop.dim}_tile" if loop.bind == "task" else f"{loop.dim}0"

    def _comment(self, dim: str, step: int) -> str:
        what = {"n": "images", "g": "groups", "od": "output planes", "oh": "output rows",
                "ow": "pixels", "oc": "output channels", "ic": "input channels"}[dim]
        return f"{what}, {step} at a time" if step > 1 else what

    def _enter(self, tasks: int, depth: int, at: dict[str, Any]) -> list[Node]:
        """What a task does: where its loop over tiles is itself split into tasks, find the tile."""
        if depth == tasks:
            dims = [loop.dim for loop in self.plan.loops]
            windows = [node for dim in dims[:tasks] if dim not in dims[tasks:] for node in self._window(dim)]
            return [*windows, *self._nest(tasks, at)]
        dim = self.plan.loops[depth].dim
        if self._variable(depth) != f"{dim}_tile":
            return self._enter(tasks, depth + 1, at)
        nodes: list[Node] = []
        segments = self.g.segments[dim]
        first = 0
        for segment in segments:
            last = first + segment.number
            inner = {**at, dim: segment}
            if segment.number == 1:
                inner[f"{dim} start"] = segment.start
            body = self._enter(tasks, depth + 1, inner)
            if segment.number > 1:
                place = affine("", (f"{dim}_tile", segment.width), segment.start - first * segment.width)
                body.insert(0, Let("const ptrdiff_t ", f"{dim}0", place))
            tests = [f"{dim}_tile >= {first}"] * (first > 0) + \
                    [f"{dim}_tile < {last}"] * (last < self.g.tiles(dim))
            nodes += [If(" && ".join(tests), body)] if tests else body
            first = last
        return nodes

    def _nest(self, depth: int, at: dict[str, Any]) -> list[Node]:
        """Loops from `depth` inwards; `at` maps a dimension to the segment chosen outside."""
        loop = self.plan.loops[depth]
        dims = [other.dim for other in self.plan.loops]
        if depth >= len(dims) - 4:
            return self._visit(at)
        var, dim = self._variable(depth), loop.dim
        blocks = [i for i in range(depth) if dims[i] == dim]
        comment = self._comment(dim, loop.step)
        if dim == "ic":
            return self._stages(depth, at)
        if dim in dims[depth + 1 : -4]:  # a block; the loop inside does the work
            return [For(var, "0", str(self.g.trips(depth)), 1, comment, self._nest(depth + 1, at))]
        if dim in self.g.segments:
            return self._segments(depth, at, loop.step, blocks)
        extent = int(getattr(self.spec, dim))
        if not blocks:
            window = self._window(dim)
            body = [*window, *self._nest(depth + 1, at)]
            if extent > 1:
                return [For(var, "0", str(extent), 1, comment, body)]
            return [Block(body)] if window else body
        block = self.plan.loops[blocks[-1]].step
        begin = affine("", (f"{dim}1", block))
        end = affine("", (f"{dim}1", block), block)
        lets: list[Node] = []
        if extent % block:
            lets = [Let("const ptrdiff_t ", f"{dim}_end", f"{end} < {extent} ? {end} : {extent}")]
            end = f"{dim}_end"
        body = [*self._window(dim), *self._nest(depth + 1, at)]
        node = For(var, begin, end, 1, comment, body)
        return [Block([*lets, node])] if lets else [node]

    def _segments(self, depth: int, at: dict[str, Any], step: int, blocks: list[int]) -> list[Node]:
        """The loop over register tiles of ow or oc: one loop a segment of equal tiles."""
        dim = self.plan.loops[depth].dim
        nodes: list[Node] = []
        first = 0
        for segment in self.g.segments[dim]:
            inner = {**at, dim: segment}
            last = first + segment.number
            name = f"{dim}0"
            comment = f"{self._comment(dim, segment.width)}"
            if blocks:
                # tile numbers of this block that fall into this segment
                chunk = self.plan.loops[blocks[-1]].step // step
                total = self.g.tiles(dim)
                low, high = affine("", (f"{dim}1", chunk)), affine("", (f"{dim}1", chunk), chunk)
                begin = f"{low} > {first} ? {low} : {first}" if first else low
                end = f"{high} < {last} ? {high} : {last}" if last < total or total % chunk else high
                tile = f"{dim}_tile"
                place = Let("const ptrdiff_t ", name,
                            affine("", (tile, segment.width), segment.start - first * segment.width))
                lets: list[Node] = []
                if end != high:
                    lets.append(Let("const ptrdiff_t ", f"{dim}_end", end))
                    end = f"{dim}_end"
                if begin != low:
                    lets.append(Let("const ptrdiff_t ", f"{dim}_begin", begin))
                    begin = f"{dim}_begin"
                loop = For(tile, begin, end, 1, comment, [place, *self._nest(depth + 1, inner)])
                nodes += [Block([*lets, loop])] if lets else [loop]
            elif segment.number == 1:
                inner[f"{dim} start"] = segment.start
                nodes += self._nest(depth + 1, inner)
            else:
                nodes.append(For(name, str(segment.start), str(segment.end), segment.width, comment,
                                 self._nest(depth + 1, inner)))
            first = last
        return nodes

    def _stages(self, depth: int, at: dict[str, Any]) -> list[Node]:
        """Blocks of the reduction: the first starts the sums, the last finishes them."""
        kc, stages = self.g.kc, self.g.stages
        first = self._nest(depth + 1, {**at, "stage": "_first", "ic start": 0})
        last = self._nest(depth + 1, {**at, "stage": "_last", "ic start": (stages - 1) * kc})
        if stages == 2:
            return [*first, *last]
        middle = For("ic0", str(kc), str((stages - 1) * kc), kc, self._comment("ic", kc),
                     self._nest(depth + 1, {**at, "stage": "_next"}))
        return [*first, middle, *last]

    def _window(self, dim: str) -> list[Node]:
        """Inside loop od or oh: where its window begins, and which kernel rows meet the input."""
        axis = next((axis for axis in self.clip if f"o{axis.name}" == dim), None)
        if axis is None:
            return []
        a, d, low = axis.name, axis.d, f"i{axis.name}"
        room = affine("", axis.i - 1 + d) + f" - {low}"
        reach = (axis.k - 1) * d  # offset of the last kernel row
        first, end = (f"(-{low} + {d - 1}) / {d}", f"({room}) / {d}") if d > 1 else (f"-{low}", room)
        return [
            Let("const ptrdiff_t ", low, affine("", (dim, axis.s) if axis.o > 1 else 0, -axis.before)),
            Let("const ptrdiff_t ", f"k{a}_begin", f"{low} < 0 ? {first} : 0"),
            Let("const ptrdiff_t ", f"k{a}_end",
                f"{low} < {axis.i - reach} ? {axis.k} : {low} < {axis.i} ? {end} : 0"),
        ]

    # --- one visit of a tile: its arguments ---

    def _visit(self, at: dict[str, Any]) -> list[Node]:
        s, g = self.spec, self.g
        pixels, channels = at["ow"], at["oc"]
        stage = at.get("stage", "")

        def place(dim: str, stride: int) -> tuple[str, int] | int:
            """The term of a dimension: a variable times its stride, or a constant where it is known."""
            known = at.get(f"{dim} start")
            if known is not None:
                return int(known) * stride
            extent = g.stages if dim == "ic" else g.tiles(dim) if dim in g.segments else getattr(s, dim)
            return (f"{dim}0" if dim in ("ow", "oc", "ic") else dim, stride) if extent > 1 else 0

        x_terms = [place("n", g.input.n), place("g", s.icg * g.input.c), place("ic", g.input.c)]
        ranges = []
        for axis, stride in ((s.axes[0], g.input.d), (s.axes[1], g.input.h)):
            if axis not in self.clip:
                # a copy holds its padding, so window row o·s is there; an unpadded input too
                x_terms.append(place(f"o{axis.name}", axis.s * stride))
                continue
            ranges += [f"i{axis.name}", f"k{axis.name}_begin", f"k{axis.name}_end"]
        if not (self.edges and pixels.taps):
            x_terms.append(place("ow", g.column))
            if self.edges:
                x_terms.append(-s.left * g.input.w)
        stage_base = [place("ic", s.kd * s.kh * s.kw * channels.width)]
        w_terms = [place("g", g.ocg_packed * s.terms), place("oc", s.terms), *stage_base]
        b_terms = [place("g", g.ocg_packed), place("oc", 1)]
        y_terms = [place("n", g.output.n), place("g", s.ocg * g.output.c), place("oc", g.output.c),
                   place("od", g.output.d), place("oh", g.output.h), place("ow", g.output.w)]
        args = [affine("input", *x_terms), *ranges, affine("weights", *w_terms)]
        if s.bias:
            args.append(affine("bias", *b_terms))
        if s.residual:
            args.append(affine("residual", *y_terms))
        args.append(affine("output", *y_terms))
        return [Call(self._tile(pixels, channels, stage).name, args)]

    # --- the micro-kernels ---

    def _tile(self, pixels: Segment, channels: Segment, stage: str) -> Tile:
        by_channel = self.plan.lanes == "oc"
        rows, vectors = (pixels, channels) if by_channel else (channels, pixels)
        start = pixels.start if pixels.taps else -1
        key = (rows.size, vectors.size, vectors.tail, stage, pixels.taps, start)
        if key not in self.tiles:
            width = (vectors.size - 1) * self.row.lanes + (vectors.tail or self.row.lanes)
            name = f"tile_{rows.size}x{width}" + (f"_at{start}" if pixels.taps else "") + stage
            what = ("pixels", "channels") if by_channel else ("channels", "pixels")
            comment = f"{rows.size} {what[0]} x {width} {what[1]}"
            if pixels.taps:
                comment += f" at the edge, from pixel {start}"
            tail = 0 if by_channel or self.plan.source == "copy" else vectors.tail
            body = self._reduction(rows.size, vectors.size, tail, pixels)
            self.tiles[key] = Tile(name, rows.size, vectors.size, width, vectors.tail, stage, body, comment)
        return self.tiles[key]

    def _reduction(self, rows: int, vectors: int, tail: int, pixels: Segment) -> list[Node]:
        """The loops over taps and input channels, adjacent ones merged where addresses allow."""
        g, s = self.g, self.spec
        width = vectors * self.row.lanes if self.plan.lanes == "oc" else rows
        count = {"kd": s.kd, "kh": s.kh, "kw": s.kw, "ic": g.kc}
        stride: dict[str, int | None] = {"kd": s.dd * g.input.d, "kh": s.dh * g.input.h,
                                         "kw": g.tap(1) if s.kw > 1 else 0, "ic": g.input.c}
        if pixels.taps or any(g.tap(k) != k * g.tap(1) for k in range(s.kw)):
            stride["kw"] = None  # each kernel column is written out, with its own offset and rows
        clipped = {f"k{axis.name}" for axis in self.clip}
        loops: list[Reduced] = []
        inner = width
        for dim in reversed(g.order):
            if count[dim] > 1 or dim in clipped or stride[dim] is None:
                merge = loops and dim not in clipped and loops[0].dim not in clipped
                step = stride[dim]
                if merge and step is not None and step == (loops[0].stride or 0) * loops[0].extent:
                    loops[0] = Reduced(f"{dim}_{loops[0].dim}", count[dim] * loops[0].extent,
                                       loops[0].stride, loops[0].inner)
                else:
                    loops.insert(0, Reduced(dim, count[dim], step, inner))
            inner *= count[dim]
        self.rows, self.vectors, self.tail, self.width, self.pixels = rows, vectors, tail, width, pixels
        offset = (pixels.start * s.sw - s.left) * g.input.w if pixels.taps else 0
        return _trim(self._reduce(loops, clipped, "x", "w", offset, (0, rows)))

    def _reduce(self, loops: list[Reduced], clipped: set[str], x: str, w: str, offset: int,
                reach: tuple[int, int]) -> list[Node]:
        if reach[0] == reach[1]:  # nothing but padding here: step over these weights
            return [Advance(w, math.prod(loop.extent for loop in loops) * self.width)]
        if not loops:
            return [self._steps(x, w, [offset], reach), Advance(w, self.width)]
        loop, rest = loops[0], loops[1:]
        if loop.dim in clipped:
            axis = loop.dim[1]
            pitch = {"d": self.g.input.d, "h": self.g.input.h}[axis]
            dilation = getattr(self.spec, f"d{axis}")
            at = f"(i{axis} + {affine('', (loop.dim, dilation))})"
            running = f"w_{loop.dim}"
            inside: list[Node] = [
                Let("const float *", f"x_{loop.dim}", f"{x} + {at} * {pitch}"),
                Let("const float *", running, affine(w, (loop.dim, loop.inner))),
            ]
            inside += _trim(self._reduce(rest, clipped, f"x_{loop.dim}", running, offset, reach))
            comment = f"kernel {'rows' if axis == 'h' else 'planes'} that meet the input"
            return [For(loop.dim, f"{loop.dim}_begin", f"{loop.dim}_end", 1, comment, inside),
                    Advance(w, loop.extent * loop.inner)]
        total = math.prod(other.extent for other in loops)
        fixed = self.pixels.taps is None and not any(other.dim in clipped for other in loops)
        if fixed and total <= self.plan.unroll:  # all of it in a straight line
            offsets = [offset]
            for other in loops:
                offsets = [o + self._offset(other, k) for o in offsets for k in range(other.extent)]
            return [self._steps(x, w, offsets, reach), Advance(w, total * self.width)]
        if loop.stride is None:
            nodes: list[Node] = []
            for k in range(loop.extent):
                rows = self.pixels.taps[k] if self.pixels.taps else reach
                body = self._reduce(rest, clipped, x, w, offset + self.g.tap(k), rows)
                if isinstance(body[0], Steps):
                    body[0] = body[0]._replace(comment=f"kernel column {k}")
                nodes += body
            return nodes
        var = loop.dim
        place = Let("const float *", f"x_{var}", affine(x, (var, loop.stride)))
        if rest:
            body = self._reduce(rest, clipped, f"x_{var}", w, offset, reach)
            return [For(var, "0", str(loop.extent), 1, self._reduced(var), [place, *body])]
        unroll = min(self.plan.unroll, loop.extent)
        main = loop.extent - loop.extent % unroll
        offsets = [offset + k * loop.stride for k in range(unroll)]
        nodes = [For(var, "0", str(main), unroll, self._reduced(var),
                     [place, self._steps(f"x_{var}", w, offsets, reach), Advance(w, unroll * self.width)])]
        if main < loop.extent:
            offsets = [offset + k * loop.stride for k in range(main, loop.extent)]
            nodes += [self._steps(x, w, offsets, reach), Advance(w, (loop.extent - main) * self.width)]
        return nodes

    def _offset(self, loop: Reduced, k: int) -> int:
        return self.g.tap(k) if loop.stride is None else k * loop.stride

    def _reduced(self, dim: str) -> str:
        names = {"kd": "kernel planes", "kh": "kernel rows", "kw": "kernel columns", "ic": "input channels"}
        return " x ".join(names[part] for part in dim.split("_"))

    def _steps(self, x: str, w: str, offsets: list[int], reach: tuple[int, int]) -> Steps:
        """Straight-line terms reading the input at x + offset and the weights from w on."""
        lanes = self.row.lanes
        steps = []
        for k, offset in enumerate(offsets):
            if self.plan.lanes == "oc":
                b = [affine(w, k * self.width + v * lanes) for v in range(self.vectors)]
                a = [(m, affine(x, offset + m * self.g.column)) for m in range(*reach)]
            else:
                b = [affine(x, offset + v * lanes) for v in range(self.vectors)]
                a = [(m, affine(w, k * self.width + m)) for m in range(*reach)]
            steps.append(Step(b, a, self.tail))
        return Steps(steps)


def _trim(nodes: list[Node]) -> list[Node]:
    """Without the last steps of a pointer that nothing reads any more."""
    while nodes and isinstance(nodes[-1], Advance):
        nodes = nodes[:-1]
    return nodes
