"""How NAME_pack makes spectra of weights, and the roots that transforms take."""

from __future__ import annotations

from ...layer.element import c_float
from ...machine.isa import Isa
from ...plan.program import IN_TURN, Call, For, If, Let, Node, Statement, affine
from ..weights import weight_address
from ..winograd.index import Index, product, term
from .accurate import accurate
from .blocks import loop
from .butterflies import reversed_bits
from .numbers import Numbers
from .told import Told, told


class Packing:
    """Of a plan. In OpenCL work-items do in turn what they may share."""

    def __init__(self, t: Numbers, row: Isa) -> None:
        self.t, self.row, self.s = t, row, t.spec
        made = accurate(row)
        assert made is not None
        self.made, self.shared = made, row.dialect == "opencl"

    @property
    def packers(self) -> int:
        """Work-items that have something to do."""
        return self.s.oc * self.t.terms if self.shared else 1

    @property
    def powers(self) -> list[list[str]]:
        """Of the root of the longest transform."""
        return self.made.powers(self.t.size)

    def _in_turn(self, nodes: list[Node]) -> list[Node]:
        return [If(IN_TURN, nodes)] if self.shared and nodes else nodes

    # --- weights ---

    @property
    def transforms(self) -> list[dict[str, Index]]:
        """Of a block: lines of `length` points, which lie `step` apart, as the lines lie `apart`."""
        t = self.t
        if t.flat:
            return [{"length": t.points, "step": 1, "lines": 1, "apart": 0}]
        return [{"length": t.rows, "step": t.columns, "lines": t.columns, "apart": 1},
                {"length": t.columns, "step": 1, "lines": t.rows, "apart": t.columns}]

    @property
    def told(self) -> Told:
        return told(self.transforms)

    @property
    def half(self) -> Index:
        """Of a line."""
        length = self.told.inside["length"]
        return length // 2 if isinstance(length, int) else f"{length} / 2"

    def point(self, index: str) -> str:
        """Point `index` of a line, as transform_weights says it."""
        line, step = product("line", self.told.inside["apart"]), self.told.inside["step"]
        inner = product(f"({index})" if " " in index and step != 1 else index, step)
        return f"{line} + {inner}" if self.told.inside["lines"] != 1 else str(inner)

    @property
    def place(self) -> str:
        """Where a point of a block of weights lies: as its spectrum will, vectors `pitch` apart."""
        t = self.t
        if t.lanes == 1:
            return affine("", ("point", t.pitch))
        band = affine("", (f"point / {t.columns * t.lanes}", t.columns), (f"point % {t.columns}", 1))
        return f"({band}) * {t.pitch} + point / {t.columns} % {t.lanes}"

    def weights(self) -> list[Node]:
        """The spectrum of each part of the taps of each channel."""
        turns: list[Node] = [Let("size_t ", "turn", "0")] * self.shared
        return turns + loop("oc", self.s.oc, lambda oc: loop("ic", self.s.icg, lambda ic: loop(
            "part", self.t.parts, lambda part: self._in_turn(self._block(oc, ic, part)))))

    def _block(self, oc: Index, ic: Index, part: Index) -> list[Node]:
        t, lanes, channels = self.t, self.t.lanes, self.t.channels_at_once
        tile = [term(oc, t.terms * t.spectrum)] if channels == 1 else \
            [(f"{oc} / {channels}", channels * t.terms * t.spectrum), (f"{oc} % {channels}", t.channel_pitch)]
        z = affine("out", *tile, term(ic, t.term_pitch * t.parts), term(part, t.term_pitch))
        o, i = (index if isinstance(index, str) else "" for index in (oc, ic))
        there = weight_address(self.s, o, i, ["kw"] if t.flat else ["kh", "kw"])
        alone = there.count("(") == 1 and (there[0], there[-1]) == ("(", ")")
        weight = self.row.get("weights", there[1:-1] if alone else there)
        return [Let(f"{self.row.in_memory} *", "z", z),
                For("point", "0", str(t.points), 1, "", [
                    Statement("z[place_of(point)] = 0.0f;"), Statement(f"z[place_of(point) + {lanes}] = 0.0f;")]),
                *self._taps(part, f"{c_float(1 / t.points)} * {weight}"),
                *self.transformed()]

    def transformed(self) -> list[Node]:
        """A block in place."""
        return [Call("transform_weights", ["z", *self.told.of(one)]) for one in self.transforms]

    def _taps(self, part: Index, value: str) -> list[Node]:
        """The taps of a part, at the beginning of a block."""
        t, s = self.t, self.s
        if not t.flat:
            return [For("kh", "0", str(s.kh), 1, "", [For("kw", "0", str(s.kw), 1, "", [
                Statement(f"z[place_of(kh * {t.columns} + kw)] = {value};")])])]
        if t.parts == 1:
            return [For("kw", "0", str(s.kw), 1, "", [Statement(f"z[place_of(kw)] = {value};")])]
        end = f"first + {t.taps}"
        cut: list[Node] = [Let("const ptrdiff_t ", "end", f"{end} < {s.kw} ? {end} : {s.kw}")] * (s.kw % t.taps > 0)
        return [Let("const ptrdiff_t ", "first", affine("", term(part, t.taps))), *cut,
                For("kw", "first", "end" if cut else end, 1, "", [Statement(f"z[place_of(kw - first)] = {value};")])]

    # --- roots ---

    @property
    def put(self) -> Told:
        """How far apart the parts of a root lie."""
        tables: list[dict[str, Index]] = [{"apart": 1}] * (self.t.roots > 0)
        turns: list[dict[str, Index]] = [{"apart": self.t.lanes}] * self.t.turned
        return told([*turns, *tables] or [{"apart": 1}])

    def turns(self) -> list[Node]:
        """Those of a row, whose index in the transform of columns is `reversed`."""
        return self._in_turn([For("lane", "0", str(self.t.lanes), 1, "", [self._turn()])])

    def _turn(self) -> Node:
        lanes = self.t.lanes
        place = affine("out", ("row", 2 * lanes), ("lane", 1), self.t.turns_at)
        return Call("put_root", ["lane * reversed", place, *self.put.of({"apart": lanes})])

    def tables(self) -> list[Node]:
        """Those of each pass: exp(-2 pi i j k / M) for j < turns and each k of the outputs but the first."""
        nodes: list[Node] = []
        for step in (step for step in self.t.passes if step.turns > 1):
            at = self.t.roots_at + 2 * step.table
            nodes.append(For("j", "0", str(step.turns), 1, "", self._in_turn([
                Call("put_root", [affine("", ("j", reversed_bits(q, step.radix) * (self.t.size // step.points))),
                                  affine("out", ("j", 2 * step.roots), at + 2 * q - 2), *self.put.of({"apart": 1})])
                for q in range(1, step.radix)])))
        return nodes

    def numbers(self) -> list[Node]:
        """Bias and slopes."""
        def copied(role: str, place: int) -> list[Node]:
            return loop("oc", self.s.oc, lambda oc: [
                Statement(f"out[{affine('', term(oc), place)}] = {self.row.get(role, oc)};")])

        places = {"bias": self.t.bias_at, "slopes": self.t.slopes_at}
        return self._in_turn([node for role in self.s.per_channel for node in copied(role, places[role])])
