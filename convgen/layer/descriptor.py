"""A layer's extents in a line: benchdnn's descriptors, as ``mb1ic64ih56oc64oh56kh3ph1n"resnet_50:res2a"``.

Here they are numbers by name; formats and ConvSpec.parse make layers of them.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from .causal import reach
from .names import layer_name, show

LIMIT = 2**31  # elements of an array, and extents: index arithmetic then fits 32-bit machines

_FIELD = re.compile(r"(g|mb|[io]c|[iokspd][dhw])([0-9]*)")
_TAIL = re.compile(  # a name, quoted or not; *N, inside or after it, counts repeats and is dropped
    r'(?:n(?:"([^"]*?)(?:\*[0-9]+)?"|([^"]*?)))?(?:\*[0-9]+)?', re.DOTALL
)
# benchdnn's --dir: the operation, and whether there is a bias; None: as the layer says.
DIRS = {"FWD_B": ("forward", True), "FWD_D": ("forward", False), "FWD_I": ("forward", False),
        "BWD_D": ("backward-data", None), "BWD_W": ("backward-weights", False), "BWD_WB": ("backward-weights", True)}

PADS = {"d": ("front", "back"), "h": ("top", "bottom"), "w": ("left", "right")}  # of each axis

_PAD = re.compile("p|" + "|".join(pad for pads in PADS.values() for pad in pads))

_WHOLE = {"g", "mb", "ic", "oc"}  # fields of the whole layer, not of an axis
_DESCRIPTOR = re.compile(r"_*(?:(?:g|mb|[io]c|[iokspd][dhw])[0-9]+_*)+(?:[n*]|\Z)")


def looks_like(text: str) -> bool:
    """Whether it begins as a descriptor, not as the name of a file."""
    return _DESCRIPTOR.match(text) is not None


def read(text: str, *, transposed: bool = False, causal: object = None,
         stream: object = None) -> tuple[dict[str, Any], str | None]:
    """Read ``[g#][mb#]ic#id#ih#iw#oc#od#oh#ow#kd#kh#kw#sd#sh#sw#pd#ph#pw#dd#dh#dw#n"name"``: the fields of a
    ConvSpec, and the name.

    benchdnn's rules. Fields come in any order, ``_`` between them means nothing. Of depth, height
    and width, an axis without extents (i, o, k) takes all values of the next higher one; with none
    higher the layer lacks it: ``iw kw`` alone is 1-D. An axis with extents needs i and k; its s is 1
    and its d, counted from 0, is 0. Without o the pad p (0) holds on both sides; with o, the pad
    after the input is what o needs, and a missing p is half of the total. Two differences: a missing
    mb is 1, and an o so large that its last outputs would read pads alone is taken for a mistake. transposed: the
    layer is, as those of its deconvolutions are. causal, stream: as a spec has them; what follows from them, outputs,
    and iw of a stream, is not read, and pw must be what follows, or 0.
    InputError names the field, or the character where reading stopped.
    """
    given, name = _split(text.strip())
    follows = bool(causal) or type(stream) is int
    if follows:
        reached = reach(given.get("kw", 1), given.get("dw", 0) + 1)
        if given.get("pw", 0) not in (0, reached):
            raise InputError(f"pw must be left to a causal layer, or be its reach, {reached} (pw={given['pw']})")
        given = {field: number for field, number in given.items() if field not in ("ow", "pw")}
    if type(stream) is int:
        given["iw"] = stream
    for field in ("ic", "oc"):
        if field not in given:
            raise InputError(f"{field} must be given (descriptor {show(text)})")
    fields: dict[str, Any] = {"n" if key == "mb" else key: given[key] for key in given.keys() & _WHOLE}
    above: dict[str, int] = {}  # the next higher axis, complete; empty when the layer has none
    for axis, (first, last) in PADS.items():
        own = {kind: given[kind + axis] for kind in "ioksdp" if kind + axis in given}
        if own.keys() & set("iok"):
            above = complete(axis, own, transposed=transposed)
            if asked := "" if transposed or follows else _doubt(axis, above, own):
                warnings.warn(asked, stacklevel=2)
        else:
            for kind, number in own.items():  # harmless where it repeats a default
                if number != (above or {"s": 1, "d": 0, "p": 0})[kind]:
                    raise InputError(f"i{axis} must be given with {kind}{axis} ({kind}{axis}={number})")
        if above:
            fields |= {kind + axis: above[kind] for kind in "ioks" if kind in above}
            fields |= {f"d{axis}": above["d"] + 1, first: above["p"], last: above["after"]}
    if not above:
        raise InputError(f"iw and kw (or ih and kh) must be given (descriptor {show(text)})")
    if follows:
        fields = {field: number for field, number in fields.items() if field not in PADS["w"]}
    return fields, name


def direction(text: str) -> dict[str, Any]:
    """The fields of a ConvSpec that benchdnn's --dir stands for, as BWD_D; InputError for others."""
    if text.upper() not in DIRS:
        raise InputError(f"dir must be one of {', '.join(DIRS)} (dir={show(text)})")
    op, bias = DIRS[text.upper()]
    return {"op": op} | ({} if bias is None else {"bias": bias})


def _split(text: str) -> tuple[dict[str, int], str | None]:
    """A descriptor's numbers by field, and its name."""
    given: dict[str, int] = {}
    at = 0
    while at < len(text) and text[at] not in "n*":
        if text[at] == "_":
            at += 1
            continue
        here = f"character {at + 1} starts {show(text[at:])}"
        match = _FIELD.match(text, at)
        if match is None:
            raise InputError(f"descriptor must be fields such as ic64 or kh3 ({here}){_meant(text[at:])}")
        field, digits = match.groups()
        if not digits:
            raise InputError(f"{field} must be followed by digits ({here})")
        if field in given:
            raise InputError(f"{field} must be given once ({field}={given[field]}, then {here})")
        least = 0 if field[0] in "pd" else 1
        number = int(digits) if len(digits) <= 20 else LIMIT
        if not least <= number < LIMIT:
            raise InputError(f"{field} must be at least {least} and below 2^31 ({field}={digits[:40]})")
        given[field] = number
        at = match.end()
    tail = _TAIL.fullmatch(text, at)
    if tail is None:
        here = f"character {at + 1} starts {show(text[at:])}"
        raise InputError(f'descriptor must end with n"name" ({here})')
    name = tail[1] or tail[2]
    return given, layer_name(name) if name else None


def _meant(rest: str) -> str:
    """A hint for who looks for the pads behind the input."""
    hint = ("; pads are pd, ph, pw, before the input; those after it follow from od, oh, ow, and files have front,"
            " back, top, bottom, left and right")
    return hint if _PAD.match(rest) else ""


def complete(axis: str, own: dict[str, int], *, transposed: bool = False) -> dict[str, int]:
    """All numbers of an axis: those given, the missing s, d and p, and `after`, the pad at the end."""
    for kind in "ik":
        if kind not in own:
            told = ", ".join(f"{k}{axis}={number}" for k, number in own.items())
            raise InputError(f"{kind}{axis} must be given with {told}")
    i, k, s, d = own["i"], own["k"], own.get("s", 1), own.get("d", 0)
    span = (k - 1) * (d + 1) + 1
    if "o" not in own:
        pad = own.get("p", 0)
        return {"i": i, "k": k, "s": s, "d": d, "p": pad, "after": pad}
    o = own["o"]
    rule = f"o{axis} must agree with i{axis} (o{axis}={o}, i{axis}={i}"
    if transposed:
        return {**own, "s": s, "d": d, **_left_out((i - 1) * s + span - o, own, s, d + 1, span, rule)}
    total = (o - 1) * s + span - i
    pad = own.get("p", max(total, 0) // 2)
    after = total - pad
    even = (i + 2 * pad - span) // s + 1
    meant = f"; did you mean {even}?" if even > 0 else ""
    if after <= -s:  # from there to 0, the last stride just leaves input unread
        raise InputError(f"{rule} and p{axis}={pad} give at least {(i + pad - span) // s + 1}{meant})")
    if after >= span and not ("p" in own and after <= pad):  # outputs that no input reaches
        raise InputError(f"{rule} would need {after} pads at the end; the kernel spans {span}{meant})")
    return {"i": i, "o": o, "k": k, "s": s, "d": d, "p": pad, "after": max(after, 0)}


def _left_out(total: int, own: dict[str, int], s: int, d: int, span: int, rule: str) -> dict[str, int]:
    """The pads of a transposed layer that leave out so many outputs."""
    pad = own.get("p", max(total, 0) // 2)
    after = total - pad
    if after <= -max(s, d):  # outputs behind all that any input reaches
        raise InputError(f"{rule} and p={pad} give at most {own['o'] + after + max(s, d) - 1})")
    if after >= span and not ("p" in own and after <= pad):  # inputs that add to no output
        raise InputError(f"{rule} would leave out {after} outputs at the end; the kernel spans {span})")
    return {"p": pad, "after": after}


def _doubt(axis: str, whole: Mapping[str, int], own: Mapping[str, int]) -> str:
    """What to ask about outputs that leave out a pad which the input's other side has: legal, but more often a slip."""
    i, k, s, pad = (whole[kind] for kind in "iksp")
    even = (i + 2 * pad - (k - 1) * (whole["d"] + 1) - 1) // s + 1
    if {"o", "p"} <= own.keys() and whole["o"] < even and whole["o"] != -(-i // s):
        return (f"o{axis}={whole['o']} leaves {whole['after']} pads at the end, where p{axis}={pad} on both sides gives"
                f" o{axis}={even}: is that meant?")
    return ""


def write(head: Mapping[str, int], axes: Sequence[tuple[str, Mapping[str, int]]], *,
          transposed: bool = False) -> str | None:
    """The canonical descriptor of numbers that `read` gives back and has no question about; None when no descriptor has
    these pads: uneven ones with more after the input than the last output reads, or fewer than before it.

    head: g, n, ic, oc. axes: the name of each that the layer has, and its i, o, k, s, d (1 is none), p and after, the
    pads before and after the input. transposed: for `read` of a transposed layer.
    """
    told = [(axis, _told(axis, numbers, transposed)) for axis, numbers in axes]
    if not all(numbers for _, numbers in told):
        return None
    if all(numbers == told[0][1] for _, numbers in told):
        told = told[:1]  # a square or a cube: the other axes repeat the first

    def put(kind: str, unless: int | None = None) -> str:
        known = [(axis, numbers[kind]) for axis, numbers in told if kind in numbers]
        if all(number == unless for _, number in known):
            return ""
        return "".join(f"{kind}{axis}{number}" for axis, number in known)

    first = (f"g{head['g']}" if head["g"] > 1 else "") + (f"mb{head['n']}" if head["n"] > 1 else "")
    return f"{first}ic{head['ic']}{put('i')}oc{head['oc']}{put('o')}{put('k')}{put('s', 1)}{put('p')}{put('d', 0)}"


def _told(axis: str, numbers: Mapping[str, int], transposed: bool) -> dict[str, int]:
    """What a descriptor must give for `complete` to find this axis again; empty when nothing does."""
    own = {kind: numbers[kind] for kind in "iokspd"} | {"d": numbers["d"] - 1}
    for told in (own, {kind: own[kind] for kind in "ikspd"}):
        with contextlib.suppress(InputError):
            whole = complete(axis, told, transposed=transposed)
            if whole["after"] == numbers["after"] and (transposed or not _doubt(axis, whole, told)):
                return told
    return {}
