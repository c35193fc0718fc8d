"""Text forms of a layer: benchdnn descriptors, TOML and JSON files, their JSON Schema.

A descriptor is oneDNN's one-line form of a convolution, as its benchmark driver benchdnn reads it
(``mb1ic64ih56oc64oh56kh3ph1n"resnet_50:res2a"``); see `parse_descriptor` for the rules.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from ..errors import ConvgenError, InputError
from .activation import ACTIVATIONS
from .element import ARITHMETICS
from .names import MAX_NAME, layer_name, show
from .spec import LAYOUTS, LIMIT, PADDINGS, WEIGHTS_LAYOUTS, Axis, ConvSpec

MAX_BYTES = 16 * 2**20  # of a layers file


class NamedSpec(msgspec.Struct, frozen=True):
    """A spec and the name its user gave it (``resnet_50:res2a``), None when there is none."""

    spec: ConvSpec
    name: str | None = None


# --- descriptors ---

_FIELD = re.compile(r"(g|mb|[io]c|[iokspd][dhw])([0-9]*)")
_TAIL = re.compile(  # a name, quoted or not; *N, inside or after it, counts repeats and is dropped
    r'(?:n(?:"([^"]*?)(?:\*[0-9]+)?"|([^"]*?)))?(?:\*[0-9]+)?', re.DOTALL
)
_DESCRIPTOR = re.compile(r"_*(?:(?:g|mb|[io]c|[iokspd][dhw])[0-9]+_*)+(?:[n*]|\Z)")


def parse_descriptor(text: str) -> NamedSpec:
    """Read ``[g#][mb#]ic#id#ih#iw#oc#od#oh#ow#kd#kh#kw#sd#sh#sw#pd#ph#pw#dd#dh#dw#n"name"``.

    benchdnn's rules. Fields come in any order, ``_`` between them means nothing. Of depth, height
    and width, an axis without extents (i, o, k) takes all values of the next higher one; with none
    higher the layer lacks it: ``iw kw`` alone is 1-D. An axis with extents needs i and k; its s is 1
    and its d, counted from 0, is 0. Without o the pad p (0) holds on both sides; with o, the pad
    after the input is what o needs, and a missing p is half of the total. Two differences: a missing
    mb is 1, and an o so large that its last outputs would read pads alone is taken for a mistake.
    InputError names the field, or the character where reading stopped.
    """
    given, name = _split(text.strip())
    for field in ("ic", "oc"):
        if field not in given:
            raise InputError(f"{field} must be given (descriptor {show(text)})")
    fields: dict[str, Any] = {"n" if key == "mb" else key: given[key] for key in given.keys() & _WHOLE}
    above: dict[str, int] = {}  # the next higher axis, complete; empty when the layer has none
    for axis, (first, last) in _PADS.items():
        own = {kind: given[kind + axis] for kind in "ioksdp" if kind + axis in given}
        if own.keys() & set("iok"):
            above = _complete(axis, own)
            _ask(axis, above, own)
        else:
            for kind, number in own.items():  # harmless where it repeats a default
                if number != (above or {"s": 1, "d": 0, "p": 0})[kind]:
                    raise InputError(f"i{axis} must be given with {kind}{axis} ({kind}{axis}={number})")
        if above:
            fields |= {kind + axis: above[kind] for kind in "ioks" if kind in above}
            fields |= {f"d{axis}": above["d"] + 1, first: above["p"], last: above["after"]}
    if not above:
        raise InputError(f"iw and kw (or ih and kh) must be given (descriptor {show(text)})")
    return NamedSpec(ConvSpec(**fields), name)


def to_descriptor(spec: ConvSpec, name: str | None = None) -> str | None:
    """The canonical descriptor of a layer's extents; `parse_descriptor` gives them back.

    Layout, bias, activation and such have no place in it. None when no descriptor has these pads:
    uneven ones with more after the input than the last output reads.
    """
    axes = [(axis.name, _told(axis)) for axis in spec.axes[3 - spec.rank :]]
    if not all(told for _, told in axes):
        return None
    if all(told == axes[0][1] for _, told in axes):
        axes = axes[:1]  # a square or a cube: the other axes repeat the first

    def put(kind: str, unless: int | None = None) -> str:
        told = [(axis, numbers[kind]) for axis, numbers in axes if kind in numbers]
        if all(number == unless for _, number in told):
            return ""
        return "".join(f"{kind}{axis}{number}" for axis, number in told)

    head = (f"g{spec.g}" if spec.g > 1 else "") + (f"mb{spec.n}" if spec.n > 1 else "")
    body = f"ic{spec.ic}{put('i')}oc{spec.oc}{put('o')}{put('k')}{put('s', 1)}{put('p')}{put('d', 0)}"
    return head + body + ("" if name is None else f'n"{layer_name(name)}"')


_PADS = {"d": ("front", "back"), "h": ("top", "bottom"), "w": ("left", "right")}
_WHOLE = {"g", "mb", "ic", "oc"}  # fields of the whole layer, not of an axis


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
            raise InputError(f"descriptor must be fields such as ic64 or kh3 ({here})")
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


def _complete(axis: str, own: dict[str, int]) -> dict[str, int]:
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
    total = (o - 1) * s + span - i
    pad = own.get("p", max(total, 0) // 2)
    after = total - pad
    rule = f"o{axis} must agree with i{axis} (o{axis}={o}, i{axis}={i}"
    even = (i + 2 * pad - span) // s + 1
    meant = f"; did you mean {even}?" if even > 0 else ""
    if after <= -s:  # from there to 0, the last stride just leaves input unread
        raise InputError(f"{rule} and p{axis}={pad} give at least {(i + pad - span) // s + 1}{meant})")
    if after >= span and not ("p" in own and after <= pad):  # outputs that no input reaches
        raise InputError(f"{rule} would need {after} pads at the end; the kernel spans {span}{meant})")
    return {"i": i, "o": o, "k": k, "s": s, "d": d, "p": pad, "after": max(after, 0)}


def _ask(axis: str, whole: dict[str, int], own: dict[str, int]) -> None:
    """Warn of outputs that leave out a pad which the input's other side has: legal, but more often a slip."""
    i, k, s, pad = (whole[kind] for kind in "iksp")
    even = (i + 2 * pad - (k - 1) * (whole["d"] + 1) - 1) // s + 1
    if {"o", "p"} <= own.keys() and whole["o"] < even and whole["o"] != -(-i // s):
        warnings.warn(f"o{axis}={whole['o']} leaves {whole['after']} pads at the end, where p{axis}={pad} on both sides"
                      f" gives o{axis}={even}: is that meant?", stacklevel=3)


def _told(axis: Axis) -> dict[str, int]:
    """What a descriptor must give for `_complete` to find this axis again; empty when nothing does."""
    own = {"i": axis.i, "o": axis.o, "k": axis.k, "s": axis.s, "p": axis.before, "d": axis.d - 1}
    for told in (own, {kind: own[kind] for kind in "ikspd"}):
        with contextlib.suppress(InputError):
            if _complete(axis.name, told)["after"] == axis.after:
                return told
    return {}


# --- files ---

_REQUIRED = ("ic", "oc", "iw", "kw")
_ENTRY = (*ConvSpec.__struct_fields__, "name", "descriptor")
_TOKEN = re.compile(r'#.*|(?:"[^"]*"|\S)+')


def load_layers(source: str) -> list[NamedSpec]:
    """The layers of `source`: a descriptor, a file, or ``-`` for standard input; at least one.

    A .toml or .json file holds one table of ConvSpec's fields, or a list of them (``[[layer]]``, a
    JSON array); an entry may also have a ``name``, and a ``descriptor`` that its fields amend. Any
    other text is descriptors with ``#`` comments, unless it begins like TOML or JSON. InputError
    names the file, and the line or layer in it.
    """
    if _DESCRIPTOR.match(source.strip()):
        return [parse_descriptor(source)]
    suffix = os.path.splitext(source)[1].lower()
    if source != "-" and not os.path.exists(source):
        if "/" in source or os.sep in source or suffix in (".toml", ".json", ".txt"):
            raise InputError(f"layers file must exist ({show(source)})")
        with _located(f"{show(source)} is neither a file nor a descriptor"):
            return [parse_descriptor(source)]
    short = source if source.isprintable() and len(source) <= 80 else show(source)
    label = "stdin" if source == "-" else short
    text = _read(source, label)
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line and line[0] != "#"), "")
    if suffix == ".toml" or (suffix != ".json" and re.match(r"\[+[a-z]|[a-z_]+\s*=", first)):
        layers = _from_entries(_decode(tomllib.loads, text, label), label)
    elif suffix == ".json" or first.startswith(("{", "[")):
        layers = _from_entries(_decode(msgspec.json.decode, text, label), label)
    else:
        layers = _from_lines(text, label)
    if not layers:
        raise InputError(f"layers file must hold at least one layer ({label})")
    return layers


def _read(source: str, label: str) -> str:
    try:
        with contextlib.ExitStack() as stack:
            file = sys.stdin.buffer if source == "-" else stack.enter_context(open(source, "rb"))
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"layers file must be readable ({label}: {error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"layers file must not exceed {MAX_BYTES >> 20} MiB ({label})")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"layers file must be UTF-8 ({label}, byte {error.start})") from None


def _decode(decode: Callable[[str], Any], text: str, label: str) -> Any:
    try:
        return decode(text)
    except RecursionError:
        raise InputError(f"{label}: layers file must not nest so deep") from None
    except (ValueError, msgspec.DecodeError) as error:  # ValueError: tomllib's, and endless integers
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{label}: layers file must be valid TOML or JSON ({reason})") from None


@contextlib.contextmanager
def _located(where: str) -> Iterator[None]:
    """Put `where` in front of any error raised inside."""
    try:
        yield
    except ConvgenError as error:
        raise type(error)(f"{where}: {error}") from None


def _from_lines(text: str, label: str) -> list[NamedSpec]:
    layers = []
    for number, line in enumerate(text.split("\n"), 1):
        for token in _TOKEN.findall(line):
            if token.startswith("#"):
                break
            with _located(f"{label}:{number}"):
                if token.startswith("-"):
                    raise InputError(f"layers file must not hold benchdnn's options ({show(token)})")
                layers.append(parse_descriptor(token))
    return layers


def _from_entries(data: Any, label: str) -> list[NamedSpec]:
    if isinstance(data, dict) and "layer" in data:
        for key in data:
            if key != "layer":
                raise InputError(f"{label}: {show(key)} must not stand beside layer")
        data = data["layer"]
    layers = []
    for number, entry in enumerate(data if isinstance(data, list) else [data], 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        with _located(f"{label}: layer {number}" + (f" ({show(name)})" if name else "")):
            layers.append(_from_entry(entry))
    return layers


def _from_entry(entry: Any) -> NamedSpec:
    if not isinstance(entry, dict):
        raise InputError(f"a layer must be a table of fields (got {show(entry)})")
    fields = {key: value for key, value in entry.items() if value is not None}  # null means not given
    unknown = next((key for key in fields if key not in _ENTRY), None)
    if unknown is not None:
        near = difflib.get_close_matches(unknown[:20], _ENTRY, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"unknown field {show(unknown)}{hint} (its value is {show(fields[unknown])})")
    name, descriptor = fields.pop("name", None), fields.pop("descriptor", None)
    if descriptor is None:
        for field in ("ic", "oc"):
            if field not in fields:
                raise InputError(f"{field} must be given")
        layer = NamedSpec(ConvSpec(**_inferred(fields)))
    elif isinstance(descriptor, str):
        layer = parse_descriptor(descriptor)
        layer = NamedSpec(layer.spec.replace(**fields), layer.name)
    else:
        raise InputError(f"descriptor must be text (descriptor={show(descriptor)})")
    return layer if name is None else NamedSpec(layer.spec, layer_name(name))


def _inferred(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with what a descriptor infers: an axis without extents takes all that the next higher one has; where
    outputs are given and no pads, these are what the outputs need."""
    found, above = dict(fields), ""
    for axis in _PADS:
        names = _of_axis(axis)
        if any(kind + axis in fields for kind in "iok"):
            own = {kind: found.get(kind + axis, 1) for kind in "ioksd"}
            padded = {"padding", *_PADS[axis]} & fields.keys()
            if f"o{axis}" in fields and not padded and all(map(_count, own.values())):
                whole = _complete(axis, own | {"d": own["d"] - 1})
                found |= zip(_PADS[axis], (whole["p"], whole["after"]), strict=True)
            above = axis
        elif above:
            for name, other in zip(names, _of_axis(above), strict=True):
                if name in fields and fields[name] != found.get(other):
                    raise InputError(f"i{axis} must be given with {name} ({name}={show(fields[name])})")
                if other in found:
                    found[name] = found[other]
    for field in ("iw", "kw"):
        if field not in found:
            raise InputError(f"{field} must be given" + " (or ih and kh)" * (not above))
    return found


def _of_axis(axis: str) -> list[str]:
    """The fields of an axis."""
    return [*(kind + axis for kind in "ioksd"), *_PADS[axis]]


def _count(value: object) -> bool:
    return type(value) is int and 0 < value < LIMIT


def to_toml(layers: Iterable[tuple[NamedSpec, str]]) -> str:
    """A file that `load_layers` gives the layers back from; before each the text said about it, as a comment."""
    return "\n".join("\n".join(_entry_lines(layer, remark)) + "\n" for layer, remark in layers)


def _entry_lines(layer: NamedSpec, remark: str) -> Iterator[str]:
    """The extents, and what else is not as it would be if it were left out."""
    spec = layer.spec
    plain = ConvSpec(ic=1, oc=1, iw=1, kw=1, layout=spec.layout)
    told = {"ic", "oc", "layout", *(kind + axis.name for axis in spec.axes[3 - spec.rank :] for kind in "ik")}
    yield from (f"# {line}" for line in remark.splitlines())
    yield "[[layer]]"
    if layer.name is not None:
        yield f"name = {_quoted(layer_name(layer.name))}"
    for field in ConvSpec.__struct_fields__:
        value = getattr(spec, field)
        if field in ("od", "oh", "ow") or (value == getattr(plain, field) and field not in told):
            continue
        yield f"{field} = {_quoted(value) if isinstance(value, str) else str(value).lower()}"


def _quoted(text: str) -> str:
    """A basic string of TOML, which reads JSON's escapes."""
    return msgspec.json.encode(text).decode()


def schema() -> dict[str, Any]:
    """JSON Schema of a layers file: one layer, an array of them, or a table whose ``layer`` is one."""
    fields = msgspec.json.schema(ConvSpec)["$defs"]["ConvSpec"]["properties"]
    number = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
    calls = [
        name + (rf"(\({','.join([number] * len(row.defaults))}\))?" if row.defaults else "")
        for name, row in ACTIVATIONS.items()
    ]
    for field, known in fields.items():
        if known.get("type") == "integer":
            least = 0 if field in ("front", "back", "top", "bottom", "left", "right") else 1
            known |= {"minimum": least, "maximum": LIMIT - 1}
        if field not in _REQUIRED and "type" in known:
            known["type"] = [known["type"], "null"]  # null: as if not given
    fields["activation"]["pattern"] = f"^({'|'.join(calls)})$"
    fields["padding"] = {"enum": [*PADDINGS, None]}
    fields["layout"] = {"enum": [*LAYOUTS, None]}
    fields["weights_layout"] = {"enum": [*WEIGHTS_LAYOUTS, None]}
    fields["dtype"] = {"enum": [*ARITHMETICS, None], "default": "f32"}
    fields["name"] = {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_NAME}
    fields["descriptor"] = {"type": "string", "description": "benchdnn's form, which other fields amend"}
    several = {"type": "array", "items": {"$ref": "#/$defs/layer"}, "minItems": 1}
    table = {"type": "object", "properties": {"layer": several}, "required": ["layer"]}
    layer = {"type": "object", "properties": fields, "additionalProperties": False,
             "anyOf": [{"required": ["descriptor"]}, *_extents()]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "convgen layers",
        "anyOf": [{"$ref": "#/$defs/layer"}, several, {**table, "additionalProperties": False}],
        "$defs": {"layer": layer},
    }


def _extents() -> Iterator[dict[str, Any]]:
    """What a layer without a descriptor must have: i and k of its lowest axis, or of a higher one, which it then takes
    them from."""
    for higher, lower in (("w", ""), ("h", "w"), ("d", "hw")):
        none = {kind + axis: {"enum": [None]} for axis in lower for kind in "iok"}
        yield {"required": ["ic", "oc", f"i{higher}", f"k{higher}"], "properties": none}


def spec_name(spec: ConvSpec) -> str:
    """``conv_f32_nhwc_3x3s1p1_64x56x56_64``: the layer in a C identifier."""

    def each(values: list[int]) -> str:
        """One number when all agree, else joined by x."""
        return str(values[0]) if len(set(values)) == 1 else "x".join(map(str, values))

    axes = spec.axes[3 - spec.rank :]
    befores, afters = [a.before for a in axes], [a.after for a in axes]
    kernel = "x".join(str(a.k) for a in axes) + "s" + each([a.s for a in axes])
    kernel += "p" + each(befores) + ("" if befores == afters else "q" + each(afters))
    if any(a.d > 1 for a in axes):
        kernel += "d" + each([a.d for a in axes])
    words = ["conv", spec.dtype, spec.layout, kernel]
    if spec.n > 1:
        words.append(f"n{spec.n}")
    if spec.g > 1:
        words.append(f"g{spec.g}")
    words += ["x".join(map(str, (spec.ic, *(a.i for a in axes)))), str(spec.oc)]
    if spec.weights_layout != ("hwio" if spec.channels_last else "oihw"):
        words.append(spec.weights_layout)
    words += [word for flag, word in (
        (spec.input_channels > spec.ic, f"in{spec.input_channels}"),
        (spec.output_channels > spec.oc, f"out{spec.output_channels}"),
        (not spec.bias, "nobias"), (spec.residual, "residual"), (spec.flip, "flip")) if flag]
    if spec.activation != "none":
        text = spec.activation.replace("(-", "_m").replace(",-", "_m").replace("e-", "em").replace(".", "p")
        words.append(re.sub(r"[^a-z0-9]+", "_", text).strip("_"))
    return "_".join(words)
