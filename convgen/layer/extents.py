"""Extents of a layer that follow from others: the width that is the height, pads that a word stands for, outputs.

Each function takes a spec that is being made, and `put`, which sets a field of it.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from ..errors import InputError
from .causal import causal_pads, check_causal
from .descriptor import LIMIT, PADS
from .names import show

if TYPE_CHECKING:
    from .spec import ConvSpec

PaddingName = Literal["valid", "half", "same", "same-upper", "same-lower", "full"]
PADDINGS: tuple[str, ...] = get_args(PaddingName)
Padding = PaddingName | int | Sequence[int | Sequence[int]]  # or for all axes; for each; (before, after) for each
EVERY_PAD = tuple(field for pair in PADS.values() for field in pair)


class Axis(msgspec.Struct, frozen=True):
    """One spatial axis of a layer: extents of input, output and kernel, stride, dilation, pads."""

    name: str
    i: int
    o: int
    k: int
    s: int
    d: int
    before: int
    after: int

    @property
    def padded(self) -> int:
        """Extent of the input with its zero padding."""
        return self.before + self.i + self.after


def infer_width(spec: ConvSpec, put: Any) -> None:
    """Without extents of its own the width takes all of the next higher axis."""
    names = {axis: [*(kind + axis for kind in "iksdo"), *pads] for axis, pads in PADS.items()}
    above = next((axis for axis in "hd" if getattr(spec, f"i{axis}") is not None), None)
    if above is not None and spec.iw is None and spec.kw is None and spec.ow is None:
        if above == "d" and spec.kh is not None:
            raise InputError(f"ih must be given with kh (kh={show(spec.kh)})")
        for name, other in zip(names["w"], names[above], strict=True):
            own, value = getattr(spec, name), getattr(spec, other)
            if own is not None and own != value:
                raise InputError(f"iw must be given with {name} ({name}={show(own)})")
            put(name, value)
            if above == "d":
                put(name.replace("w", "h"), value)
    for field in ("iw", "kw"):
        if getattr(spec, field) is None:
            raise InputError(f"{field} must be given" + " (or ih and kh)" * (above is None))


def least(spec: ConvSpec, field: str) -> int:
    """The least number that an output's extent or a pad may be."""
    if field not in EVERY_PAD:
        return 1
    axis = next((axis for axis, pads in PADS.items() if field == pads[1]), None)
    if axis is None or not spec.transposed:
        return 0
    s, d = (getattr(spec, f"{kind}{axis}") for kind in "sd")
    return 1 - max(int(s), int(d))


def resolve_padding(spec: ConvSpec, put: Any) -> None:
    """The six pads, of what `padding` says, or of a causal layer."""
    if spec.streamed or spec.causal is True:
        stream = None if spec.stream is msgspec.UNSET else spec.stream
        check_causal(spec.layout, transposed=spec.transposed, stream=stream, n=spec.n, iw=spec.iw)
        left, right = causal_pads(spec.kw, spec.dw, padding=spec.padding, left=spec.left, right=spec.right)
        put("left", left)
        put("right", right)
    put("causal", msgspec.UNSET)
    given = [field for field in EVERY_PAD if getattr(spec, field) is not None]
    if spec.padding is None:
        for field in EVERY_PAD:
            put(field, getattr(spec, field) or 0)
        return
    if given:
        raise InputError(
            f"padding and {given[0]} must not both be given"
            f" (padding={show(spec.padding)}, {given[0]}={getattr(spec, given[0])})"
        )
    mode, pairs = _padding(spec, spec.padding)
    for index, (axis, (first, last)) in enumerate(PADS.items()):
        i, k, s, d = (getattr(spec, f"{field}{axis}") for field in "iksd")
        reach = (k - 1) * d
        total = reach + 1 - s if spec.transposed else max(0, (-(-i // s) - 1) * s + reach + 1 - i)
        half = max(0, total) // 2
        upper = half, total - half
        lower = max(0, total) - half
        before, after = pairs[index] if pairs else {
            "valid": (0, 0),
            "half": (reach // 2, reach // 2),
            "same": upper,
            "same-upper": upper,
            "same-lower": (lower, total - lower),
            "full": (reach, reach),
        }[mode]
        put(first, before)
        put(last, after)
    put("padding", None)


def _padding(spec: ConvSpec, given: Any) -> tuple[str, list[tuple[int, int]]]:
    """A mode; or (before, after) of every axis."""
    pairs = [one if isinstance(one, list | tuple) else (one, one)
             for one in (given if isinstance(given, list | tuple) else [given] * spec.rank)]
    if isinstance(given, str) and given.lower() in PADDINGS:
        return given.lower(), []
    lowest = [[least(spec, pad) for pad in pads] for pads in [*PADS.values()][3 - spec.rank :]]
    if len(pairs) == spec.rank and all(len(pair) == 2 and all(map(_pad, pair, lows))
                                       for pair, lows in zip(pairs, lowest, strict=True)):
        return "", [(0, 0)] * (3 - spec.rank) + [(int(before), int(after)) for before, after in pairs]
    each = f"one for each of {spec.rank} axes, or " if spec.rank > 1 else "or "
    each += "((before, after), …)"
    names = ", ".join(PADDINGS)
    raise InputError(f"padding must be one of {names}; or an integer of at least 0, {each} (padding={show(given)})")


def resolve_output(spec: ConvSpec, put: Any) -> None:
    """The output's extents."""
    for axis, (first, last) in PADS.items():
        extent = _scattered(spec, axis, first, last) if spec.transposed else _windows(spec, axis, first, last)
        told = getattr(spec, f"o{axis}")
        if told is not None and told != extent:
            raise InputError(
                f"o{axis} must be what the other fields give (o{axis}={told}, derived {extent})"
            )
        put(f"o{axis}", extent)


def _windows(spec: ConvSpec, axis: str, first: str, last: str) -> int:
    """Outputs along an axis: the windows that fit the padded input."""
    i, k, s, d = (getattr(spec, f"{field}{axis}") for field in "iksd")
    padded: int = i + getattr(spec, first) + getattr(spec, last)
    if padded >= LIMIT:
        raise InputError(f"padded i{axis} must be less than 2^31 (got {padded})")
    room = padded - (k - 1) * d - 1
    if room < 0:
        raise InputError(
            f"k{axis} with its dilation must fit the padded input"
            f" (k{axis}={k}, d{axis}={d}, spans {(k - 1) * d + 1}; i{axis} padded is {padded})"
        )
    extent: int = room // s + 1
    return extent


def _scattered(spec: ConvSpec, axis: str, first: str, last: str) -> int:
    """The same of a transposed layer: what all inputs add to, less the pads."""
    i, k, s, d, before, after = (getattr(spec, field) for field in
                                 (f"i{axis}", f"k{axis}", f"s{axis}", f"d{axis}", first, last))
    whole: int = (i - 1) * s + (k - 1) * d + 1
    extent: int = whole - before - after
    if not 0 < extent < LIMIT:
        raise InputError(f"{first} and {last} must leave 1 to 2^31 - 1 outputs ({first}={before}, {last}={after};"
                         f" without them {whole})")
    places = ((max(0, -(-(before - tap) // s)), tap) for tap in range(0, k * d, d))  # the first input, for each tap
    if not any(q < i and q * s + tap - before < extent for q, tap in places):
        raise InputError(f"{first} and {last} must leave outputs that an input reaches ({first}={before},"
                         f" {last}={after}, i{axis}={i}, k{axis}={k}, s{axis}={s}, d{axis}={d})")
    return extent


def _pad(value: object, lowest: int) -> bool:
    """Whether it can be one."""
    return hasattr(value, "__index__") and not isinstance(value, bool) and lowest <= operator.index(value) < LIMIT
