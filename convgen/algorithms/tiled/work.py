"""The work of a tiled plan: its tiles, the memory its loops touch, its copy."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from ...layer.spec import Axis
from ...plan.plan import Plan
from ...plan.work import Access, Again, Footprint, Pass, Visits, Volumes, Work
from ..split import splits
from .exact import BLOCK
from .geometry import CLIPS, COPIES, OWN, SKIPS, Geometry, Strides

SCATTER = 1.5  # cycles an output element costs when lanes are not neighbours in memory
TRANSPOSE = 1.5  # the same when channels and pixels change places (Sapphire Rapids: 2)
SQUARES = 1.0, 0.4  # the same of floats, in squares (Sapphire Rapids; Zen 5); of an output element too
NARROW = 6  # pixels of a row of outputs, fewer than which take as long: each channel takes a store (Zen 5)
BLOCKS = 0.15  # cycles an element costs in such blocks
FEW = 4  # channels that compilers put side by side in vectors, as fast
SHUFFLED = 0.7  # cycles a vector that is shuffled, spilled and reloaded, or stored
HALVED = 2.8  # times as long, where shuffles, loads and stores are two of halves (Zen 4)
DIMS = ("n", "g", "oc", "ic", "od", "oh", "ow", "kd", "kh", "kw")
PLACES = {dim: place for place, dim in enumerate(DIMS)}
LOOKED_UP = 6.0  # cycles for a tile's pixels of a channel, whose page is another than that of the channel before
GATHER = 1.2  # cycles an element of the copy costs when columns are dealt to phases
NOTHING = Footprint(0, ())

Count = TypeVar("Count", int, np.ndarray)  # of one part of a layer, or of many


def work(g: Geometry, runs: tuple[Visits, ...], once: bool) -> Work:
    """What the planner needs to know of a plan; once: its tiles read no line again."""
    return ordered(g, alike(g, runs, once))


def alike(g: Geometry, runs: tuple[Visits, ...], once: bool) -> Work:
    """The work of all plans of a kind, without what the order of the loops decides."""
    s, plan = g.spec, g.plan
    elements = s.n * s.oc * s.od * s.oh * s.ow
    halved = HALVED if plan.target.halves else 1.0
    scatter = BLOCKS if g.transposes and min(plan.mr, plan.nr * g.row.lanes) >= BLOCK else \
        SQUARES[bool(plan.target.adds)] * max(1.0, NARROW / plan.nr) \
        if g.squares and plan.lanes == "oc" and g.vector_dim != "oc" else \
        min(SCATTER, halved * squared(plan.mr, g.row.lanes)) if g.pixels_in_squares(plan.mr) else SCATTER
    taken = scatter if g.pixels_in_squares(plan.mr) else SCATTER
    epilogue = 0.0 if g.contiguous else (scatter + taken * s.residual) * elements
    return Work(
        visits=runs,
        trips=(),
        arrays=(),
        passes=(),
        epilogue=epilogue,
        once=once,
        phases=1 + (g.choices.source in ("copy", "widened", "unpadded", "columns")),
        whole=whole(g),
        orders=Touching(g),
    )


def ordered(g: Geometry, found: Work) -> Work:
    """The work of a plan of which all but that is known."""
    outer = len(g.plan.loops) - 4
    return found._replace(trips=tuple([g.trips(i) for i in range(outer)]), arrays=arrays(g, outer), passes=passes(g),
                          dealt=dealt(g.plan))


def squared(pixels: int, lanes: int) -> float:
    """Cycles that an output costs where so many pixels of a vector of channels are transposed in registers: a shuffle
    of each vector for each bit of a lane, what spills and reloads it, and a store. (Zen 5 takes half a cycle for each,
    or less, beside the products of other tiles.)"""
    return SHUFFLED * (lanes.bit_length() + 1) / min(pixels, lanes)


def dealt(plan: Plan) -> int:
    """How many of the outermost loops are tasks."""
    return len(list(itertools.takewhile(lambda loop: loop.bind == "task", plan.loops)))


def visits(g: Geometry) -> tuple[Visits, ...]:
    """Every tile with how often it runs; the loads of a term are the algorithm's to say."""
    s, own = g.spec, g.choices
    others = [d for d in ("n", "g", "od", "oh", "oc") if d not in (g.rows_dim, g.vector_dim)]
    often = g.stages * math.prod(g.tiles(dim) if dim in g.segments else g.extents[dim] for dim in others)
    kernel = s.kd * s.kh
    found = []
    along = g.segments.get(g.rows_dim) or (g.along(g.rows_dim, {}),)
    for rows, vectors in itertools.product(along, g.segments[g.vector_dim]):
        pixels = rows if g.rows_dim == "ow" else vectors
        # rows of the kernel on padding are skipped; the share that is left, over the whole output
        share = math.prod(_inside(axis) for axis in s.axes[:2]) if own.source in CLIPS else 1.0
        columns: float = s.kw
        if pixels.taps:
            whole = max(1, *(hi for _, hi in pixels.taps)) if g.vector_dim == g.plan.lanes == "ow" else pixels.size
            columns = sum((hi - lo) / whole for lo, hi in pixels.taps)
        columns *= g.joined_columns
        steps = (g.steps if g.merged else -(-g.depth // g.deep) * columns) * kernel * share
        found.append(Visits(often * rows.number * vectors.number, rows.size, vectors.size,
                            steps, g.rounds(steps), 0, g.source.itemsize * g.row_step))
    return tuple(found)


def _inside(axis: Axis) -> float:
    """Share of the (output, kernel) positions of an axis whose tap lies on the input."""
    hits = 0
    for tap in range(axis.k):
        offset = axis.before - tap * axis.d
        low = max(0, -(-offset // axis.s))
        high = min(axis.o, -(-(axis.i + offset) // axis.s))
        hits += max(0, high - low)
    return hits / (axis.o * axis.k)


@functools.lru_cache(maxsize=2048)
def _region(pitch: Strides, size: int, extent: Strides) -> Footprint:
    """A part of a feature map of elements of `size` bytes, of that extent along each dimension; one of which tiles of
    many kinds ask."""
    axes = [(extent.n, pitch.n), (extent.d, pitch.d), (extent.h, pitch.h)]
    if pitch.c != 1:
        neighbours, axes = extent.w, [*axes, (extent.c, pitch.c)]
    elif extent.c == pitch.w:  # whole pixels
        neighbours = extent.w * extent.c
    else:
        neighbours, axes = extent.c, [*axes, (extent.w, pitch.w)]
    return Footprint(size * neighbours, tuple((count, size * step) for count, step in axes if count > 1))


def _window(extent: Count, a: Axis) -> Count:
    """Inputs along an axis that so many outputs read."""
    return (extent - 1) * a.s + (a.k - 1) * a.d + 1


def _again(g: Geometry, tile: dict[str, int]) -> Again | None:
    """A row of a tile's window in all its channels, which each kernel column reads; where vectors span groups, each
    channel of these. tile: extents of the tile."""
    s, across = g.spec, g.spec.axes[2]
    if g.spans_groups and g.icp > g.deep:
        _, channels, *_, columns = _read(g, tile)
        row = Strides(tile["n"], channels, 1, 1, columns)
        return Again(_region(g.input, g.source.itemsize, row), g.icp // g.deep, s.kd * s.kh)
    if g.order[-1] != "ic" or g.merged or s.kw == 1 or g.input.c == 1:
        return None
    row = Strides(tile["n"], tile["g"] * tile["ic"], 1, 1, min(_window(tile["ow"], across), across.padded))
    return Again(_region(g.input, g.source.itemsize, row), s.kw, s.kd * s.kh)


def arrays(g: Geometry, outer: int) -> tuple[Access, ...]:
    loops, own = g.plan.loops, g.choices
    extent = dict.fromkeys(DIMS, 0)  # of each dimension, that the loops from a depth inwards cover
    for at in reversed(range(len(loops))):
        extent[loops[at].dim] = g.trips(at) * loops[at].step
    covered = [extent.copy()]
    for loop in loops[:outer]:
        extent[loop.dim] = min(extent[loop.dim], loop.step)
        covered.append(extent.copy())

    @functools.cache
    def inside(depth: int) -> tuple[Footprint, ...]:
        return _touched(g, covered[depth])

    def touching(array: int) -> Callable[[int], Footprint]:
        return lambda depth: inside(depth)[array]

    def moving(names: tuple[str, ...]) -> list[bool]:
        return [loop.dim in names for loop in loops[:outer]]

    of_weights, of_input, of_output = map(moving, _moved_by(g))
    copied = []
    if own.source in OWN:
        tasks = [loop.bind == "task" for loop in loops[:outer]]
        copied = [_copied(g, tasks, moving(("n", "g", "oh", "oc")))]
        of_input = [moves and not task for moves, task in zip(of_input, tasks, strict=True)]  # one array for all tasks
    return (
        Access("weights", touching(0), of_weights.__getitem__, ahead=asked(g)),
        Access("input", touching(1), of_input.__getitem__, ahead=_asked_in_time(g, outer), again=_again(g, extent)),
        Access("output", touching(2), of_output.__getitem__, _written(g)),
        *[Access("sums", touching(3), of_output.__getitem__, 2)] * g.waits,
        *copied,
    )


def _asked_in_time(g: Geometry, outer: int) -> bool:
    """Whether tiles ask for lines of the input that come before they are read. Of the next tile along the row they do
    where whole pixels are read before that one; not where some channels of a pixel lie in another page than those of
    the next."""
    if g.next is None or g.plan.lanes == "ow":
        return g.asks
    moving = [loop.dim for depth, loop in enumerate(g.plan.loops[:outer]) if g.trips(depth) > 1]
    return moving[-1:] == ["oc"] and moving.count("oc") == 1


def _moved_by(g: Geometry) -> tuple[tuple[str, ...], ...]:
    """The loops that change which weights, which inputs and which outputs those inside them touch."""
    across = ("oc",) if g.spans_groups else ()
    return ("g", "oc", "ic"), ("n", "g", "od", "oh", "ow", "ic", *across), ("n", "g", "oc", "od", "oh", "ow")


def _written(g: Geometry) -> float:
    """How often outputs are moved: a line is fetched to be written, and goes back."""
    if g.io.fence:
        return 1 + g.spec.residual
    return 2 / g.stages if g.waits else 3 if g.stages > 1 or g.spec.residual else 2


class Touching(NamedTuple):
    """What the loops of a kind of plans touch: see Orders."""

    g: Geometry

    @property
    def alike(self) -> Hashable:
        """All but the tile and the blocks of the reduction; but sums wait for each other, or do not, and some tiles
        take other weights than most, such as in pairs."""
        return msgspec.structs.replace(self.g.plan, mr=1, nr=1, loops=()), self.g.waits, self.g.terms

    def volumes(self, kinds: Sequence[tuple[Touching, Sequence[Plan]]]) -> Volumes:
        """What the loops of plans touch, at least: nothing of what tasks copy for themselves, and no more of an extent
        than there is. Orders with fewer loops than others get some that run once."""
        g, often = self.g, [len(plans) for _, plans in kinds]
        outer = [[(PLACES[loop.dim], loop.step, loop.bind == "task") for loop in plan.loops[:-4]]
                 for _, plans in kinds for plan in plans]
        most = max(map(len, outer))
        dims, steps, tasks = np.array([loops + loops[-1:] * (most - len(loops)) for loops in outer]).T
        around = [one.g.around(plans[0].loops) for one, plans in kinds]
        covered = [np.array([[extents[dim] for extents in around] for dim in DIMS]).repeat(often, axis=1)]
        trips, orders, left = np.empty_like(steps), np.arange(len(outer)), covered[0].copy()
        for depth, step in enumerate(steps):  # covered: by the loops from a depth inwards
            here, inside = (dims[depth], orders), covered[-1].copy()
            trips[depth] = -(-left[here] // step)
            left[here] = step
            inside[here] = np.minimum(inside[here], step)
            covered.append(inside)
        c = dict(zip(DIMS, np.array(covered).transpose(1, 0, 2), strict=True))
        read = np.zeros_like(c["n"]) if g.choices.source in OWN else \
            g.source.itemsize * c["ow"] * c["ic"] if g.choices.source == "panels" else \
            (g.io if g.choices.source == "near" else g.source).itemsize * math.prod(_read(g, c))
        touched = [_weighed(g, c), read, g.io.itemsize * math.prod(_made(g, c))]
        moved_by = [*_moved_by(g)]
        if g.waits:
            touched.append(g.row.itemsize * math.prod(_waiting(g, c)))
            moved_by.append(moved_by[-1])
        moves = np.array([[dim in names for dim in DIMS] for names in moved_by])[:, dims]
        weights = [(1.0, 1.0, _written(one.g), 2.0)[: len(touched)] for one, _ in kinds]
        tiles = covered[-1][:, np.cumsum([0, *often[:-1]])].T.tolist()
        visited = [[(one.bytes, one.size) for one in _visited(own.g, dict(zip(DIMS, tile, strict=True)))]
                   for (own, _), tile in zip(kinds, tiles, strict=True)]
        runs, sizes = np.array(visited).T.repeat(often, axis=2)
        return Volumes(trips, np.array(touched), moves, np.array(weights).T.repeat(often, axis=1), runs, sizes,
                       np.where(tasks, trips, 1).prod(axis=0))


def whole(g: Geometry) -> tuple[Footprint, ...]:
    """What all of the layer touches of each array. Of what tasks copy, and of their copies, the order of the loops
    decides how much there is; and how much tiles skip of inputs that strides pass over."""
    weights, read, *made = _touched(g, {dim: g.extents[dim] for dim in DIMS})
    if g.choices.source in OWN:
        return weights, NOTHING, *made, NOTHING
    return weights, NOTHING if any(axis.s > _window(1, axis) for axis in g.spec.axes) else read, *made


def _copied(g: Geometry, tasks: list[bool], moves: list[bool]) -> Access:
    """The input, of which each task first copies some rows, or some channels."""
    s, outer = g.spec, dealt(g.plan)
    extent, inside = {"n": s.n, "g": s.g, "oh": s.oh, "oc": s.oc}, list[Footprint]()
    for loop in (None, *g.plan.loops[:outer]):
        if loop is not None and loop.dim in extent:
            extent[loop.dim] = loop.step
        part = Strides(extent["n"], extent["oc"], s.id, s.ih, s.iw) if g.choices.source == "slice" else \
            Strides(extent["n"], extent["g"] * s.icg, 1, min(_window(extent["oh"], s.axes[1]), s.ih), s.iw)
        inside.append(_region(g.given, g.io.itemsize, part))
    inside += [NOTHING] * (len(tasks) - outer)
    return Access("given", inside.__getitem__, moves.__getitem__, alone=True)


def _touched(g: Geometry, extent: dict[str, int]) -> tuple[Footprint, ...]:
    """What a part of the layer touches of weights, input, output and sums that wait: the same parts come in many orders
    of loops, which decide how many rows a task copies."""
    key = (*extent.values(), g.outputs)
    if key not in g.touched:
        sums = [_sums(g, extent)] * g.waits
        g.touched[key] = _weights(g, extent), _source(g, extent), _output(g, extent), *sums
    return g.touched[key]


def _visited(g: Geometry, tile: dict[str, int]) -> tuple[Footprint, ...]:
    """The same of a tile, of whose input nothing counts that it has asked for, and what it comes back to but once."""
    weights, read, *others = _touched(g, tile)
    again = _again(g, tile)
    return weights, NOTHING if g.asks else again.footprint if again else read, *others


def _weights(g: Geometry, c: dict[str, int]) -> Footprint:
    return Footprint(_weighed(g, c), ())


def _source(g: Geometry, c: dict[str, int]) -> Footprint:
    if g.choices.source == "panels":  # one run of memory
        return Footprint(g.source.itemsize * c["ow"] * c["ic"], ())
    if g.choices.source == "band":
        c = {**c, "n": 1, "g": 1, "oh": min(c["oh"], g.outputs)}
    if g.choices.source == "slice":
        c = {**c, "n": 1, "oc": min(c["oc"], g.row.lanes)}
    pitch, size = (g.given, g.io.itemsize) if g.choices.source == "near" else (g.input, g.source.itemsize)
    return _region(pitch, size, Strides(*_read(g, c)))


def _output(g: Geometry, c: dict[str, int]) -> Footprint:
    return _region(g.output, g.io.itemsize, Strides(*_made(g, c)))


def _sums(g: Geometry, c: dict[str, int]) -> Footprint:
    return _region(g.waiting, g.row.itemsize, Strides(*_waiting(g, c)))


# bytes of weights, and the extents of a part's input, output and sums that wait: channels, planes, rows, columns


def _weighed(g: Geometry, c: dict[str, Count]) -> Count:
    s, lanes = g.spec, g.row.lanes if g.plan.lanes == "oc" else 1
    each = g.terms if g.deep > 1 else c["ic"] * s.kd * s.kh * s.kw
    size: Count = g.weights.itemsize * -(-c["oc"] // lanes) * lanes * each * c["g"]
    return size


def _read(g: Geometry, c: dict[str, Count]) -> tuple[Count, ...]:
    s = g.spec
    channels = -(-c["oc"] * g.icp // s.ocg) if g.spans_groups else c["g"] * c["ic"]
    d, h, w = (_window(c[f"o{axis.name}"], axis) for axis in s.axes)
    if g.spans_groups and g.choices.source in SKIPS:  # patches of small maps reach far into padding, which lies nowhere
        d, h, w = (_least(size, axis.i) for size, axis in zip((d, h, w), s.axes, strict=True))
    return c["n"], channels, d, h, _least(w, s.axes[2].padded)


def _made(g: Geometry, c: dict[str, Count]) -> tuple[Count, ...]:
    run = _least(c["ow"], g.spec.ow) * (1 if g.output.c == 1 else g.output.w)  # from the first to the last of a row
    return c["n"], c["g"] * _least(c["oc"], g.channels), c["od"], c["oh"], run


def _waiting(g: Geometry, c: dict[str, Count]) -> tuple[Count, ...]:
    channels = c["g"] * -(-_least(c["oc"], g.channels) // g.row.lanes) * g.row.lanes
    return c["n"], channels, c["od"], c["oh"], _least(c["ow"], g.spec.ow)


def _least(count: Count, limit: int) -> Count:
    """The smaller of the two."""
    least: Count = min(count, limit) if isinstance(count, int) else np.minimum(count, limit)
    return least


def asked(g: Geometry) -> bool:
    """Whether weights are asked for before they are read: all pixels go by one panel before the next."""
    return g.ahead is not None and not any(
        g.trips(depth) > 1 and loop.dim in ("n", "od", "oh", "ow") and any(
            g.trips(inner) > 1 and g.plan.loops[inner].dim in ("g", "oc") for inner in range(depth, len(g.plan.loops)))
        for depth, loop in enumerate(g.plan.loops))


def in_runs(work: Work) -> Work:
    """The same of arrays whose short rows follow each other: parts of lines that neighbouring rows share are counted
    once."""
    def joined(access: Access) -> Access:
        return access._replace(footprint=lambda depth: _joined(access.footprint(depth)))
    return work._replace(arrays=tuple(map(joined, work.arrays)), whole=tuple(map(_joined, work.whole)), orders=None)


def _joined(footprint: Footprint) -> Footprint:
    """Runs without gaps between them as one."""
    size, apart = footprint.bytes, list[tuple[int, int]]()
    for count, stride in sorted(footprint.axes, key=lambda axis: axis[1]):
        if stride <= size and not apart:
            size += (count - 1) * stride
        else:
            apart.append((count, stride))
    return Footprint(size, tuple(apart))


def passes(g: Geometry) -> tuple[Pass, ...]:
    """The sweeps before the nest."""
    if g.choices.source not in COPIES or g.choices.source == "near":
        return ()
    s = g.spec
    if g.choices.source == "panels":
        pixels = s.n * s.ic * s.ow
        moved = (1 + g.io.widening[0] + LOOKED_UP / g.plan.nr) / g.row.lanes
        return (Pass("pack", pixels, moved, g.io.itemsize * pixels),)
    if g.choices.source == "slice":
        numbers = s.n * s.ic * s.id * s.ih * s.iw
        return (Pass("copy", numbers, (2 + g.io.widening[0]) / g.row.lanes, 0),)
    bands = -(-s.oh // g.outputs) if g.choices.source == "band" else 1
    count = g.workspace or g.scratch * s.n * s.g * bands
    whole = _in_vectors(g)
    if g.choices.source == "widened":
        return (Pass("copy", count, whole, (g.row.itemsize + g.io.itemsize) * count),)
    turned = s.channels_last != (g.plan.lanes != "ow") and s.ic > 1
    if g.choices.source == "local":  # from and to near caches, as the tiles need it
        return (Pass("copy", count, max(_dealt(g, whole), 2 * whole), 0),)
    filled = g.plan.lanes != "ow" and g.icp != s.icg and not g.merged  # each group's channels, in a loop of their own
    scattered = turned or filled
    row = s.iw if g.choices.source in ("copy", "columns") else s.id * s.ih * s.iw
    channels = s.ic if g.icp == s.icg else s.icg  # that are neighbours in both
    blocks = g.exact and ((g.row.given[s.arithmetic.input.name].transpose and min(channels, row) >= BLOCK)
                          or (s.ic <= FEW and g.source.itemsize == g.io.itemsize))
    if g.choices.source == "band":
        least = s.n * s.g * s.oh * min(s.sh, (s.kh - 1) * s.dh + 1) * g.input.h  # no rows twice
        return (Pass("copy", count, GATHER if scattered else _dealt(g, whole), 0, least=least),)
    cycles = _dealt(g, whole) if not scattered else GATHER if g.plan.lanes == "ow" else BLOCKS if blocks else \
        min(TRANSPOSE, SQUARES[bool(g.plan.target.adds)] * max(1.0, g.row.lanes / row)) \
        if turned and g.squares and s.ic >= g.row.lanes else TRANSPOSE
    moved = g.source.itemsize * count + g.io.itemsize * s.n * s.ic * s.id * s.ih * s.iw
    return (Pass("copy", count, cycles, moved),)


def _dealt(g: Geometry, whole: float) -> float:
    """Cycles of an element whose columns are dealt to phases, if it takes `whole` where they are not."""
    if g.plan.lanes != "ow" or g.spec.sw == 1:
        return whole
    vectors = g.interleaver is not None if g.exact else splits(g.row, g.spec.sw)
    return g.spec.sw.bit_length() * whole if g.spec.sw == 2 or vectors else GATHER


def _in_vectors(g: Geometry) -> float:
    """Cycles that an element costs where vectors are copied: of all the copy, or of each pixel's channels, where others
    lie between these."""
    s, vector = g.spec, 1 + g.io.widening[0]
    if not s.channels_last or g.given.w == s.ic:
        return vector / g.source.lanes
    vectors, tail = divmod(s.ic, g.source.lanes)
    return (vectors * vector + tail * GATHER + 1) / s.ic
