"""What memory costs a loop nest: the bytes that come into each cache, and the lines that are waited for.

Traffic into a cache follows from the loop nest: find the innermost loops whose data fits; what they touch is loaded
once for every iteration of the loops around them, except by an array that those loops do not move. (Y. Yang et al.,
Interstellar, 2020, section 3, says the same in its own words.)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..machine.target import Cache, Target
from ..plan.work import STREAMS, Access, Footprint, Pass, Volumes, Work

EXPOSED = (0.05, 0.25, 0.3)  # share of the traffic into L1, L2, L3 that the micro-kernels do not hide
USABLE = 0.8  # share of a cache that a working set may count on
# The same of the second one, beyond each of which a third of what is read again comes from the third. (Sapphire Rapids
# reads a panel again and again at 180 GB/s if it takes 0.65 of L2, at 140 if 0.75, at 90 if 0.9, at 75 if all of it.)
SECOND = (0.7, 0.85, 1.0)
# The same of the third: how much others have of it nobody knows, so that of two plans that are as fast the one that
# leans on less of it is taken. (Zen 5, 32 MiB among neighbours: 25 MB of weights that pixels pass by again and again.)
THIRD = (0.5, 0.8)
SHARED = 0.5  # of the last one that streams may count on: others use it too
COPIED = 0.7  # of the rate at which a cache delivers, that at which it takes part in a copy (measured: L2 0.65, L3 1)
STALL = 4.0  # cycles for a cache line that crowded sets send back to L2
PARTLY = 25.0  # times STALL, for one that is written in parts: it is fetched for each of them, and stores wait for that
# Tiles that read no line again (`once`), timed on a Zen 5, depthwise. Cycles for each of their lines beyond those that
# fill FILLED of the ways of the sets which they map to: of lines that prefetchers bring, others have driven out some
# before they are read (2 and 4 KiB from pixel to pixel, tiles of 9 to 81 lines: 1.8 to 3). And how many times as long
# as the next cache delivers it, a line takes that comes into L1.
DRIVEN, FILLED, BROUGHT = 3.0, 2 / 3, 1.3
# Cycles for a line that comes into L1, and into L2, without its neighbour: no prefetcher has fetched it. (The second on
# a Zen 4, depthwise, 16 of 2,064 channels at once, in L3: 2 to 8.)
ALONE = (4.0, 4.0)
START = 20.0  # cycles for the start of a run of lines in memory, where runs are too many for prefetchers
PAGE = 4096  # bytes; what a machine gives a program unless it asks for more
PAGES = 64  # whose addresses are kept where loads find them at once (Zen 3 to 5: 64 to 96, Sapphire Rapids: 96)
ACROSS = 0.25  # of a lookup, for runs that lie less than a page apart, but FAR, where vectors lie across lines
FAR = 1024  # bytes from which on no prefetcher goes from one run to the next
LOOKUP = 6.0  # cycles that loads from another page take longer (Sapphire Rapids: 3 to 8, products going on meanwhile)
FOLLOWED = 64  # runs of memory that prefetchers follow side by side
# Cycles for each of the first two lines of a run, which no prefetcher brings: into L1, and into L2. (Sapphire Rapids,
# layers of 1 × 1: 0.2 to 1, 4 to 15.)
UNASKED = (0.2, 6.0)
# The same, into L1 to L3, of tiles that read no line again: of runs whose lines lie in all sets alike, and how many
# times more of runs that lie in one set of CROWD. (Zen 5, depthwise, panels of 2 to 16 lines.)
UNASKED_ONCE, MORE, CROWD = (0.5, 0.25, 4.0), 4.0, 16
# Cycles for a line that comes into L1 while its loops come back to as much as L2 holds; up to ROOM of that it costs
# none. (Sapphire Rapids, blocks of weights of 0.13 to 0.6 of L2, which pixels pass by: 0 to 1.2.)
EVICTED, ROOM = 0.5, 0.1
# A line, one here and one there, that L2 has lost is waited for LOST times as long as the next cache takes to deliver
# it: none is lost up to KEPT of what L2 holds, all are beyond that and as much as it holds. (Sapphire Rapids,
# transforms of Winograd: 8 to 20 cycles.)
LOST, KEPT = 1.5, 0.6
# Cycles for the first lines of a page that comes from memory. (Zen 5, 16 depthwise layers of 14 to 150 MB: the plan
# chosen by this takes 1.23 times as long as the best measured, 1.33 without.)
TURNED = 300.0
RUN = 3  # neighbouring lines of which those that a prefetcher brings are read before crowded sets evict them


class Level(NamedTuple):
    """What one level of the memory hierarchy costs: bytes moved, cycles, and cycles in which lines are waited for."""

    moved: float
    cycles: float
    late: float


def least(work: Work, of: Volumes, target: Target) -> list[tuple[Level, ...]]:
    """What each level costs at least, in each of the orders."""
    before = np.concatenate([np.ones((1, of.trips.shape[1])), of.trips.cumprod(axis=0, dtype=float)])
    turns = of.moves & (of.trips > 1)
    loaded = [of.bytes[:, 0].astype(float)]  # of each array, where the loops from a depth inwards fit
    for depth in range(len(of.trips)):
        loaded.append(np.where(turns[:, depth], of.bytes[:, depth] * before[depth], loaded[-1]))
    loaded.append(of.bytes[:, -1] * before[-1])
    caches, counted = target.caches, np.array(loaded)
    counted = np.minimum.accumulate(counted[::-1])[::-1]  # caches may hold less than their size
    counted[0] = 0.0
    moved = (of.weights * counted).sum(axis=1)
    # of many runs that a tile reads side by side, as in `_unasked`
    many = (of.runs > 0) & (of.visited >= FOLLOWED * of.runs)
    first = many * np.minimum(1.0, 2 / np.maximum(1, -(-of.runs // caches[0].line)))
    unasked = (counted * first).sum(axis=1) / caches[0].line
    touched, orders = of.bytes.sum(axis=0), np.arange(moved.shape[1])
    most = len(of.trips) + (not work.once)  # as in `loads`
    found = []
    for level, (cache, rate) in enumerate(zip(caches, rates(target), strict=True)):
        fits = [np.minimum((touched > cache.size * share).sum(axis=0), most) for share in _usable(work, level)]
        cycles, late = (sum(each[depth, orders] for depth in fits) / len(fits) for each in (moved, unasked))
        cycles *= (BROUGHT if work.once and level == 0 else 1.0) / rate
        late *= 0.0 if work.once or level >= len(UNASKED) else UNASKED[level]
        found.append([Level(0.0, *one) for one in zip(cycles.tolist(), late.tolist(), strict=True)])
    return list(zip(*found, strict=True))


@functools.lru_cache(maxsize=64)
def rates(target: Target) -> tuple[float, ...]:
    """Bytes a cycle that come into each cache, from the next one or from memory."""
    return (*[cache.rate for cache in target.caches[1:]], *[target.memory_rate] * bool(target.caches))


def unavoidable(work: Work, level: int, target: Target) -> Level:
    """Traffic into the cache of a level that no order of the loops avoids: each array once, but for as much of what is
    read again as the cache holds all of."""
    moved = 0.0
    for nest in work.nests:
        size, shares = sum(one.size for one in nest.whole), _usable(nest, level)
        passing = sum(size > target.caches[level].size * share for share in shares) / len(shares)
        if passing:
            each = sum(array.weight * one.size for array, one in zip(nest.arrays, nest.whole, strict=True))
            moved += nest.repeats * passing * each
    return Level(moved, moved / rates(target)[level], 0.0)


def traffic(nests: Sequence[tuple[Work, Touched]], level: int, target: Target, together: int) -> Level:
    """Traffic into the cache of a level, of all nests of a plan. together: bytes that these touch."""
    cache, rate = target.caches[level], rates(target)[level]
    moved = waited = late = 0.0
    for nest, inside in nests:
        each = [loads(nest, inside, cache.size * share, cache, together) for share in _usable(nest, level)]
        loaded = [sum(counts) / len(each) for counts in zip(*each, strict=True)]
        if level == 0:
            loaded = [count * _returns(array, cache) for array, count in zip(nest.arrays, loaded, strict=True)]
        brought = sum(array.weight * count for array, count in zip(nest.arrays, loaded, strict=True))
        moved += nest.repeats * brought
        if level == 0:
            waited += nest.repeats * nest.once * (BROUGHT - 1) * brought / rate
        if level < len(ALONE):
            waited += nest.repeats * ALONE[level] * _unprefetched(nest, loaded, target.caches[0], level)
        if nest.once and level < len(UNASKED_ONCE):
            late += nest.repeats * UNASKED_ONCE[level] * _unasked(nest, loaded, target.caches[0])
        elif not nest.once and level < len(UNASKED):
            late += nest.repeats * UNASKED[level] * _unasked(nest, loaded, target.caches[0])
            late += nest.repeats * _evicted(inside, loaded, target.caches) * (level == 0)
        if level == len(target.caches) - 1:
            waited += nest.repeats * _unfollowed(nest, inside, cache)
            late += nest.repeats * nest.once * _turned(nest, loaded)
        alone = sum(count for array, count in zip(nest.arrays, loaded, strict=True) if array.alone)
        late += nest.repeats * (1 - exposed(len(target.caches))[level]) * alone / rate
    return Level(moved, moved / rate + waited, late)


def together(nests: Sequence[Work]) -> int:
    """Bytes that nests which run one after another touch, at least: the weights of all, which each has for itself, and
    what else one of them touches. 0 for one nest, which knows what it touches."""
    if len(nests) == 1:
        return 0
    weights = others = 0
    for nest in nests:
        sizes = [(array.name == "weights", array.footprint(0).size) for array in nest.arrays]
        weights += nest.repeats * sum(size for own, size in sizes if own)
        others = max(others, sum(size for own, size in sizes if not own))
    return weights + others


def _usable(nest: Work, level: int) -> tuple[float, ...]:
    """Shares of a cache that a working set may count on, each for as much of what is read again."""
    if level == 0 and (nest.kept or nest.once):
        return (nest.kept or 1.0,)
    return (SECOND, THIRD)[level - 1] if 0 < level < 3 else (USABLE,)


def swept(size: int, target: Target) -> float:
    """Cycles to move what a copy reads and writes: it exceeds L1; of the rest each cache keeps what it holds."""
    cycles, near = 0.0, 0
    for cache in target.caches[1:]:
        held = max(near, min(size, cache.size))
        cycles, near = cycles + (held - near) / (COPIED * cache.rate), held
    return cycles + (size - near) / target.memory_rate


def scattered(step: Pass, target: Target) -> float:
    """Cycles in which a pass waits for lines that L2 has lost since they were written."""
    if not step.scattered or len(target.caches) < 2:
        return 0.0
    rate = target.caches[2].rate if len(target.caches) > 2 else target.memory_rate
    return LOST * min(1.0, max(0.0, step.among / target.caches[1].size - KEPT)) * step.scattered / rate


def exposed(levels: int) -> tuple[float, ...]:
    """EXPOSED for a machine with that many caches; the last one faces memory."""
    return (*EXPOSED[: levels - 1], EXPOSED[-1])[:levels]


class Touched:
    """What the loops of a nest touch from each depth inwards, outermost first: of each array, and bytes of all."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.sizes = dict[int, int]()  # by the depth, as far as anybody has asked
        self.taken = dict[tuple[int, int], int]()  # bytes of a cache, by its sets and the depth
        self.loaded = dict[tuple[int, int], list[int]]()  # by a depth whose data fits, and a cache's line

    def size(self, depth: int) -> int:
        """Bytes that the loops from a depth inwards touch."""
        known = self.sizes.get(depth)
        if known is None:
            known = self.sizes[depth] = sum([array.footprint(depth).size for array in self.work.arrays])
        return known

    def fits(self, depth: int, capacity: float, cache: Cache) -> bool:
        """Whether what the loops from a depth inwards touch fits so many bytes of a cache."""
        if self.size(depth) > capacity:
            return False
        sets, line = cache.sets, cache.line
        taken = self.taken.get((sets, depth))
        if taken is None:
            each = [(one := array.footprint(depth)).occupied(sets, line) - one.size for array in self.work.arrays]
            crowded = max(each) if self.work.once else sum(each)  # in sets that other arrays do not crowd too
            taken = self.taken[sets, depth] = self.size(depth) + crowded
        return taken <= capacity


def loads(work: Work, inside: Touched, capacity: float, cache: Cache, together: int = 0) -> list[int]:
    """Bytes that each array brings into `capacity` bytes of a cache; 0 for all where the whole layer stays in it, since
    it is still there when the layer is called again. together: bytes of all nests, where there are several."""
    depth = len(work.trips) + (not work.once)  # nothing fits, not even one visit of a tile; but see _driven
    while depth and inside.fits(depth - 1, capacity, cache):
        depth -= 1
    if not depth and together <= capacity:
        return [0] * len(work.arrays)
    known = inside.loaded.get((depth, cache.line))
    if known is None:
        known = inside.loaded[depth, cache.line] = [_load(array, work.trips, depth, cache.line)
                                                    for array in work.arrays]
    return known


def _load(array: Access, trips: tuple[int, ...], depth: int, line: int) -> int:
    """Bytes of one array when the loops from `depth` inwards fit: it stays over the loops that do
    not move it; over the first loop that does, neighbouring windows share what they can."""
    if depth > len(trips):
        return array.footprint(len(trips)).lines(line) * math.prod(trips)
    outer = depth - 1
    while outer >= 0 and not (array.moves(outer) and trips[outer] > 1):
        outer -= 1
    if outer < 0:
        return array.footprint(depth).lines(line)
    return array.footprint(outer).lines(line) * math.prod(trips[:outer])


def _pages(footprint: Footprint) -> int:
    """Pages that a footprint lies in: what lies less than one apart is in one run of them."""
    apart, reach = 1, footprint.bytes
    for count, stride in sorted(footprint.axes, key=lambda axis: axis[1]):
        if stride < PAGE or stride <= reach:
            reach += (count - 1) * stride
        else:
            apart *= count
    return apart * -(-reach // PAGE)


def _jumps(footprint: Footprint, line: int) -> float:
    """How often who goes through a footprint jumps to a page that nothing foresees; neighbouring ones are foreseen."""
    reach, total = footprint.bytes, 0.0
    for count, stride in sorted(footprint.axes, key=lambda axis: axis[1]):
        far = 1.0 if stride >= PAGE else ACROSS * (stride > FAR and stride % line > 0)
        total = (total + far * (stride > reach)) * count
        reach += (count - 1) * stride
    return total


def lookups(work: Work, line: int) -> float:
    """Cycles in which a tile looks up pages whose addresses were lost since the visit before: where it goes over more
    of them than are kept, such as from plane to plane of the input with each channel."""
    visit = [array.footprint(len(work.trips)) for array in work.arrays]
    lost = 1 - PAGES / max(PAGES, sum(map(_pages, visit)))
    return LOOKUP * lost * sum(_jumps(one, line) for one in visit) * math.prod(work.trips) if lost else 0.0


def of_a_tile(work: Work, target: Target) -> float:
    """Cycles that each visit of a tile loses at least, by crowded sets and by pages, in any order of the loops. Which
    sets are crowded is not worth finding out of tiles that come back to their lines."""
    crowded = conflicts(work, target.caches) if work.once else 0.0
    return (crowded + lookups(work, target.line)) / math.prod(work.trips)


def _returns(array: Access, cache: Cache) -> int:
    """How often a tile loads a line that it comes back to: each time, where what it reads meanwhile takes all of L1."""
    if array.again is None or 2 * array.again.footprint.lines(cache.line) <= cache.size * USABLE:  # see _conflicts
        return 1
    return array.again.often if array.again.footprint.occupied(cache.sets, cache.line) > cache.size else 1


def _unprefetched(work: Work, loaded: list[float], cache: Cache, level: int) -> float:
    """Lines that the cache of a level waits for one by one: where the innermost loop that moves an array goes no
    further than a line before it jumps. Where it goes over two neighbouring lines, prefetchers keep up, unless the
    lines of one visit crowd the sets of L1, `cache`, that they map to."""
    line, lines = cache.line, 0.0
    for array, count in zip(work.arrays, loaded, strict=True):
        inner = [depth for depth, trips in enumerate(work.trips) if trips > 1 and array.moves(depth)]
        run = array.footprint(inner[-1] if inner else 0).bytes
        if array.ahead:
            continue
        if run <= line or (not level and run < RUN * line
                           and array.footprint(len(work.trips)).occupied(cache.sets, line) > cache.size):
            lines += array.weight * count / line
    return lines


def _unasked(work: Work, loaded: list[float], near: Cache) -> float:
    """The first two lines of each run that is loaded: prefetchers bring the others, and know nothing of where the next
    run is. Of tiles that read no line again, those count MORE whose runs crowd few sets of L1, the cache `near`."""
    lines = 0.0
    for array, count in zip(work.arrays, loaded, strict=True):
        run = _followed(work, array)
        if count and run and not array.ahead:
            more = MORE * _crowded(work, array, near) if work.once else 0.0
            lines += count / near.line * min(1.0, 2 / -(-run // near.line)) * (1 + more)
    return lines


def _turned(work: Work, loaded: list[float]) -> float:
    """Cycles in which tiles that read no line again wait for the first lines of pages of the input: no prefetcher goes
    from one page to the next. It waits for all rows at once that it reads side by side."""
    cycles = 0.0
    for array, count in zip(work.arrays, loaded, strict=True):
        regions, reach = array.footprint(_innermost(work, array)).regions
        if array.name == "input" and regions > 1 and not array.ahead:
            cycles += TURNED * count / min(reach, PAGE) / regions
    return cycles


def _crowded(work: Work, array: Access, cache: Cache) -> float:
    """How much the lines that the innermost loop touches crowd few sets of a cache: 0 if they lie in all alike, 1 if
    in one of CROWD or fewer."""
    touched = array.footprint(_innermost(work, array))
    return min(1.0, (touched.occupied(cache.sets, cache.line) / touched.size - 1) / (CROWD - 1))


def _innermost(work: Work, array: Access) -> int:
    """The innermost loop that moves an array."""
    return next((depth for depth in reversed(range(len(work.trips))) if work.trips[depth] > 1 and array.moves(depth)),
                0)


def _evicted(inside: Touched, loaded: list[float], caches: tuple[Cache, ...]) -> float:
    """Cycles that L1 waits for lines that L2 has lost, although all that its loops come back to would fit: the more of
    L2 that takes, the more of it makes room for what passes by."""
    if len(caches) < 2:
        return 0.0
    sizes = map(inside.size, range(len(inside.work.trips) + 1))
    share = next((size for size in sizes if size <= caches[1].size), caches[1].size) / caches[1].size
    return EVICTED * max(0.0, share - ROOM) * sum(loaded) / caches[0].line


def _followed(work: Work, array: Access) -> int:
    """Bytes that lie side by side where a nest reads them, before it jumps: what each visit of a tile reads of each of
    many runs, or all that the innermost loop that moves an array adds to few of them; 0 where nothing jumps."""
    visit = array.again.footprint if array.again else array.footprint(len(work.trips))
    if visit.bytes and visit.size >= FOLLOWED * visit.bytes:
        return visit.bytes
    regions, reach = array.footprint(_innermost(work, array)).regions
    return reach if regions > 1 else 0


def _unfollowed(work: Work, inside: Touched, last: Cache) -> float:
    """Cycles that memory is waited for where a tile reads many runs of lines side by side, such as the pixels of each
    channel: prefetchers follow some, and begin anew with each run of the others. (With 64 channels of 512² pixels, on a
    Zen 5: 14 to 27 cycles.) Where the innermost loop fills the gaps between runs, as that over channels does between
    pixels, they are one; what is shorter than RUN lines even then, no prefetcher follows, nor so many rows of pixels
    that a tile goes along, although the loop fills their gaps (512 channels of 112², stride 2, Zen 4: 33 rows half as
    fast as 15). Of arrays that the last cache does not keep, beside what others have in it."""
    cycles, room = 0.0, last.size * SHARED
    for array, count in zip(work.arrays, loads(work, inside, room, last), strict=True):
        run = array.footprint(len(work.trips))
        regions, reach = array.footprint(_innermost(work, array)).regions
        rows = run.size // run.bytes if run.bytes > last.line else 0
        lost = max(regions, rows) >= STREAMS or (regions > 1 and reach < RUN * last.line)
        if lost and not array.ahead and array.footprint(0).size >= room:
            cycles += START * count / (run.bytes or reach)
    return cycles


def conflicts(work: Work, caches: tuple[Cache, ...]) -> float:
    """Cycles lost to conflict misses: a tile's data would fit L1, but maps to so few of its sets that it evicts what
    it needs again, and waits for L2, where no prefetcher helps."""
    if not caches:
        return 0.0
    cache = caches[0]
    if work.once:
        return DRIVEN * sum(_driven(array.footprint(len(work.trips)), cache) for array in work.arrays) \
            * math.prod(work.trips)
    usable = cache.size * USABLE
    lost = 0.0
    for array in work.arrays:
        run = array.again.footprint if array.again else array.footprint(len(work.trips))
        lines, taken = run.lines(cache.line), run.occupied(cache.sets, cache.line)
        if 2 * lines <= usable < taken and array.again:
            lost += array.again.runs * array.again.often * lines * max(0.0, 1 - cache.size / taken)
        elif 2 * lines <= usable < taken:
            lost += lines * (PARTLY if array.weight > 1 and run.bytes % cache.line else 1.0)
    return STALL * lost / cache.line * math.prod(work.trips)


def _driven(visit: Footprint, cache: Cache) -> float:
    """Lines that are driven out of a cache before a tile reads them."""
    taken = visit.occupied(cache.sets, cache.line)
    return visit.size / cache.line * max(0.0, 1 - FILLED * cache.size / taken) if taken else 0.0
