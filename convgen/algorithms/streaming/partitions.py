"""Long filters of a stream in parts of Q taps: the newest Q are summed directly, so that nothing is late, the others by
spectra of what came before (W. Gardner, Efficient convolution without input-output delay, 1995; parts of one size).

    y[t] = Σ_{k < Q} w[k] x[t − k]  +  tail[t]          k counts from the newest tap

A block of Q samples that a call completes is transformed with the one before it, and its spectrum joins those that the
state holds, of as many blocks as there are parts. Their products with the spectra of the parts, summed and transformed
back, are the tails of the next Q outputs: all that these read of samples before their own block's but what the direct
sums read. With P parts of the taps that are left, of which zeros go before the oldest,

    x block s: samples s·Q … (s + 2)·Q − 1          part p: taps at places 1 … Q of a block, p = P − 1 the newest

and the tails of block b are the first Q numbers of F⁻¹ Σ_p X_{b − 1 − P + p} ⊙ conj(W_p). Where there are several
channels, each has a filter, packed numbers and a part of the state by itself.
"""

from __future__ import annotations

import functools

import msgspec

from ...layer.element import c_float
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.choices import FourierChoices, TiledChoices
from ...plan.plan import Lanes, Loop, Plan
from ...plan.program import TAPS, For, Let, Node, Statement
from ..fourier.numbers import Numbers
from ..fourier.packing import Packing
from ..tiled import direct
from ..weights import Taps
from .nest import Blocks
from .ring import Ring, ring_of

LINE = 16  # floats of a cache line


class Partitions:
    """The numbers of a plan, whose choice is the points of a transform, two parts."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.spec, self.row = plan, plan.spec, plan.target.row
        self.one = plan.spec.replace(g=1, ic=1, oc=1)  # the filter of a channel
        self.size = plan.own(FourierChoices).size_w
        self.part = self.size // 2
        self.head = self._head()
        self.t = self._tail()
        self.parts, self.lanes = self.t.parts, self.t.lanes
        self.before = self.parts * self.part - self.left  # zeros before the oldest tap
        # the state of a channel, behind its ring
        self.spectra_at = self.ring.pitch
        self.tails_at = self.spectra_at + self.parts * self.t.plane
        self.held = self.tails_at + -(-(self.part + self.lanes) // LINE) * LINE
        # packed, of a channel: the newest taps, the spectra and the roots
        g = self.blocks
        self.spectra_packed = -(-g.packed // LINE) * LINE
        self.packed = self.spectra_packed + self.t.packed

    @property
    def left(self) -> int:
        """The older taps."""
        return self.spec.kw - self.part

    def _head(self) -> Plan:
        """Of the newest taps, whose sums are added to the tails."""
        spec, row = self.one, self.row
        lanes: Lanes = "ow" if row.lanes > 1 else "oc"
        newest = spec.replace(kw=self.part, residual=True)
        inner = TAPS if lanes == "oc" else (TAPS[-1], *TAPS[:-1])
        ones = (Loop("n", 1), Loop("g", 1), Loop("od", 1), Loop("oh", 1))
        step = self.plan.nr * row.lanes if lanes == "ow" else self.plan.mr
        loops = (*ones, Loop("oc", 1), Loop("ow", step), *inner)
        return msgspec.structs.replace(
            self.plan, spec=newest, algorithm=direct.NAME, lanes=lanes, loops=loops,
            choices=TiledChoices(unroll=max(direct.UNROLL, 8)))

    def _tail(self) -> Numbers:
        """Of all the others, as a layer by itself of as many outputs as a part has taps."""
        spec = ConvSpec(ic=1, oc=1, kw=self.left, iw=self.left + self.part - 1, layout="ncw", bias=False)
        return Numbers(Plan(spec=spec, target=self.plan.target, algorithm=self.plan.algorithm, lanes="ow", mr=1, nr=1,
                            choices=self.plan.choices))

    @functools.cached_property
    def ring(self) -> Ring:
        """It holds two parts, whatever a block adds to them at a time."""
        most = min(self.part, self.spec.iw)
        return ring_of(self.one.replace(kw=2 * self.part + 1, stream=most), self.row.lanes, self.row.itemsize)

    @functools.cached_property
    def blocks(self) -> Blocks:
        """The tiles of the newest taps, which are the last of the kernel, or of one that is flipped the first."""
        g = Blocks(self.head, "oc" if self.head.lanes == "ow" else "ow")
        older = 0 if self.spec.flip else self.left
        own = g.taps
        taps = Taps(own.o, own.i, own.g, own.strides, first=older * own.strides["kw"])
        made = g.placed(g.given, g.input, g.output, taps)
        assert isinstance(made, Blocks)
        return made


partitions = functools.lru_cache(maxsize=256)(Partitions)


class TailPacking(Packing):
    """The spectra of the older taps."""

    def __init__(self, p: Partitions, row: Isa) -> None:
        super().__init__(p.t, row)
        self.p = p

    def weights(self) -> list[Node]:
        p, t = self.p, self.t
        tap = f"{p.spec.kw - 1} - kw" if p.spec.flip else "kw"
        value = f"{c_float(1 / t.points)} * weights[{tap}]"
        return [For("part", "0", str(t.parts), 1, "", [
            Let(f"{self.row.in_memory} *", "z", f"out + part * {2 * t.lanes}"),
            For("point", "0", str(t.points), 1, "", [
                Statement("z[place_of(point)] = 0.0f;"), Statement(f"z[place_of(point) + {t.lanes}] = 0.0f;")]),
            Let("const ptrdiff_t ", "first", f"part * {p.part} - {p.before}"),
            For("kw", "first > 0 ? first : 0", f"first + {p.part}", 1, "",
                [Statement(f"z[place_of(kw - first + 1)] = {value};")]),
            *self.transformed()])]
