"""Text forms of a layer: benchdnn descriptors, TOML and JSON files, their JSON Schema.

A descriptor is oneDNN's one-line form of a convolution, as its benchmark driver benchdnn reads it
(``mb1ic64ih56oc64oh56kh3ph1n"resnet_50:res2a"``); see `descriptor.read` for the rules.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import os
import re
import struct
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from ..errors import ConvgenError, InputError
from . import descriptor
from .activation import ACTIVATIONS
from .chain import Chain
from .descriptions import DESCRIPTIONS
from .descriptor import LIMIT
from .element import ARITHMETICS
from .extents import PADDINGS
from .fields import LAYOUTS, OPS, WEIGHTS_LAYOUTS, check_op
from .names import MAX_NAME, fitting, layer_name, show
from .outline import ENDS
from .outside import contents
from .quantisation import Quantisation
from .rounding import RULES
from .spec import ConvSpec

MAX_BYTES = 4 * 2**20  # of a layers file
MAX_LAYERS = 10_000  # in one
MAX_LINE = 2**16  # characters of a line of descriptors
MAX_PARTS = 32  # of a key in TOML; those of layers have one
DIR = "--dir="  # benchdnn's option, which a file of descriptors may hold: of those behind it


class NamedSpec(msgspec.Struct, frozen=True):
    """A spec and the name its user gave it (``resnet_50:res2a``), None when there is none."""

    spec: ConvSpec
    name: str | None = None


def parse_descriptor(text: str, op: str | None = None, causal: bool | None = None,
                     stream: int | None = None) -> NamedSpec:
    """The layer of a descriptor, as `descriptor.read` reads it, of an operation, which is forward if not told. causal,
    stream: as ConvSpec has them."""
    known = check_op(op)
    fields, name = descriptor.read(text, transposed=known == "transposed", causal=causal, stream=stream)
    fields |= {"op": known, "causal": causal, "stream": stream}
    return NamedSpec(ConvSpec(**fields), name)


def to_descriptor(spec: ConvSpec, name: str | None = None) -> str | None:
    """spec.descriptor with a name, which `parse_descriptor` gives back too."""
    text = spec.descriptor
    return text if name is None or text is None else f'{text}n"{layer_name(name)}"'


_EXTENTS = {"n", "g", "ic", "oc", *(kind + axis for kind in "iksdo" for axis in "dhw"),
            *(pad for pads in descriptor.PADS.values() for pad in pads)}


def amended_text(like: ConvSpec, spec: ConvSpec) -> str | None:
    """A layer as `amended` reads it, where options say all else that a layer `like` has; None where no descriptor has
    its pads."""
    text = spec.descriptor
    if text is None:
        return None
    fields = [field for field in ConvSpec.__struct_fields__ if field not in (*_EXTENTS, *ENDS, "padding", "layers")]
    given = parse_descriptor(text).spec
    told = {field: getattr(like, field) for field in fields}
    given = given.replace(**{field: value for field, value in told.items() if value != getattr(given, field)})
    words = [f"{field}={str(value).lower() if isinstance(value, bool) else value}" for field in (*fields, *ENDS)
             if (value := getattr(spec, field)) != getattr(given, field)]
    return " ".join([text, *words])


# --- files ---

_REQUIRED = ("ic", "oc", "iw", "kw")
_FIELDS = tuple(field for field in ConvSpec.__struct_fields__ if field != "layers")  # of one layer
_ENTRY = (*_FIELDS, "name", "descriptor", "then")
# What other libraries call a field; its own name is not near.
_ELSEWHERE = {
    "g": ("group", "groups"), "n": ("batch", "batch_size", "mb"), "dtype": ("type", "element", "precision"),
    "ic": ("in_channels", "input_channels", "channels_in"), "activation": ("act", "relu", "nonlinearity"),
    "oc": ("out_channels", "output_channels", "filters", "features", "channels_out"),
    "ih and iw": ("height", "width", "input_shape", "input_size"), "kh and kw": ("k", "kernel", "kernel_size"),
    "sh and sw": ("s", "stride", "strides"), "dh and dw": ("d", "dilation", "dilations", "dilation_rate"),
    "padding, or top, bottom, left and right": ("p", "pad", "pads", "ph", "pw"),
}
_MEANT = {other: field for field, others in _ELSEWHERE.items() for other in others}
_PADS = tuple(pad for pads in descriptor.PADS.values() for pad in pads)
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)"""
                       f"{{{MAX_PARTS}}}")
_TOKEN = re.compile(r'#.*|(?:"[^"]*"|\S)+')


def load_layers(source: str, op: str | None = None, causal: bool | None = None,
                stream: int | None = None) -> list[NamedSpec]:
    """The layers of `source`: a descriptor, a file, or ``-`` for standard input; at least one. op, causal, stream: what
    descriptors are read as, which cannot say it.

    A .toml or .json file holds one table of ConvSpec's fields, or a list of them (``[[layer]]``, a
    JSON array); an entry may also have a ``name``, and a ``descriptor`` that its fields amend, and with ``then = true``
    it is a chain with the next one, whose name is the first that an entry has. Any
    other text is descriptors with ``#`` comments and benchdnn's ``--dir=BWD_D``, unless it begins like TOML or JSON.
    InputError names the file, and the line or layer in it.
    """
    if descriptor.looks_like(source.strip()):
        return [parse_descriptor(source, op, causal, stream)]
    suffix = os.path.splitext(source)[1].lower()
    if source != "-" and not os.path.exists(source):
        if "/" in source or os.sep in source or re.fullmatch(r"\.[a-z]\w*", suffix):
            raise InputError(f"layers file must exist ({show(source)})")
        with _located(f"{show(source)} is neither a file, a folder nor a descriptor"):
            return [parse_descriptor(source, op, causal, stream)]
    short = source if source.isprintable() and len(source) <= 80 else show(source)
    label = "stdin" if source == "-" else short
    text = _read(source, label)
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line and line[0] != "#"), "")
    if suffix == ".toml" or (suffix != ".json" and re.match(r"\[+[a-z]|[a-z_]+\s*=", first)):
        layers = _from_entries(_decode(_toml, text, label), label)
    elif suffix == ".json" or first.startswith(("{", "[")):
        layers = _from_entries(_decode(msgspec.json.decode, text, label), label)
    else:
        layers = _from_lines(text, label, functools.partial(parse_descriptor, op=op, causal=causal, stream=stream))
    if not layers:
        raise InputError(f"layers file must hold at least one layer ({label})")
    return layers


def _read(source: str, label: str) -> str:
    data = contents(source, "layers file", MAX_BYTES, label)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"layers file must be UTF-8 ({label}, byte {error.start})") from None


def _toml(text: str) -> Any:
    """tomllib keeps every beginning of a key with dots, of which a long one has gigabytes."""
    if _LONG_KEY.search(text):
        raise ValueError(f"keys must have at most {MAX_PARTS} parts")
    return tomllib.loads(text)


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


def _from_lines(text: str, label: str, parse: Callable[..., NamedSpec]) -> list[NamedSpec]:
    layers, changes, op = list[NamedSpec](), dict[str, Any](), dict[str, str]()
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            raise InputError(f"{label}:{number}: a line must have at most {MAX_LINE} characters ({len(line)})")
        for token in _TOKEN.findall(line):
            if token.startswith("#"):
                break
            with _located(f"{label}:{number}"):
                if token.startswith(DIR):
                    changes = descriptor.direction(token.removeprefix(DIR))
                    op = {"op": changes["op"]} if "op" in changes else {}
                    continue
                if token.startswith("-"):
                    raise InputError(f"layers file must not hold benchdnn's options but {DIR[:-1]} ({show(token)})")
                _check_count(len(layers) + 1)
                layer = parse(token, **op)
                layers.append(NamedSpec(layer.spec.replace(**changes), layer.name) if changes else layer)
    return layers


def _check_count(layers: int) -> None:
    if layers > MAX_LAYERS:
        raise InputError(f"layers file must hold at most {MAX_LAYERS} layers")


def _from_entries(data: Any, label: str) -> list[NamedSpec]:
    if isinstance(data, dict) and "layer" in data:
        for key in data:
            if key != "layer":
                place = f": it belongs into each layer, or is --{key.replace('_', '-')} for all" * (key in _ENTRY)
                raise InputError(f"{label}: {show(key)} must not stand beside layer{place}")
        data = data["layer"]
    layers, begun = list[NamedSpec](), list[NamedSpec]()
    for number, entry in enumerate(data if isinstance(data, list) else [data], 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        with _located(f"{label}: layer {number}" + (f" ({show(name)})" if name else "")):
            _check_count(number)
            then = entry.get("then", False) if isinstance(entry, dict) else False
            if not isinstance(then, bool):
                raise InputError(f"then must be true or false (then={show(then)})")
            begun.append(_from_entry(entry))
            if not then:
                layers.append(chained(begun))
                begun = []
    if begun:
        raise InputError(f"{label}: then must have a layer behind it (layer {number}: then=true)")
    return layers


def chained(layers: Sequence[NamedSpec]) -> NamedSpec:
    """The chain of some layers; one alone is itself."""
    if len(layers) == 1:
        return layers[0]
    return NamedSpec(Chain(layer.spec for layer in layers), next((one.name for one in layers if one.name), None))


def amended(text: str) -> tuple[NamedSpec, dict[str, Any]]:
    """The layer of a descriptor, and fields that are amended behind it: ``ic96ih56oc24oh56kh1 activation=none``."""
    descriptor, *words = text.split()
    fields: dict[str, Any] = {}
    for word in words:
        field, _, value = word.partition("=")
        if field not in _FIELDS or not value:
            raise InputError(f"then must be a descriptor with fields of a layer as FIELD=VALUE behind ({show(word)})")
        try:
            fields[field] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            fields[field] = value  # a word
    return parse_descriptor(descriptor, *(fields.get(field) for field in ("op", "causal", "stream"))), fields


def _from_entry(entry: Any) -> NamedSpec:
    if not isinstance(entry, dict):
        raise InputError(f"a layer must be a table of fields (got {show(entry)})")
    fields = {key: value for key, value in entry.items() if value is not None}  # null means not given
    unknown = next((key for key in fields if key not in _ENTRY), None)
    if unknown is not None:
        near = [_MEANT[unknown]] if unknown in _MEANT else difflib.get_close_matches(unknown[:20], _ENTRY, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"unknown field {show(unknown)}{hint} (its value is {show(fields[unknown])}; fields:"
                         " n g ic oc ih iw kh kw sh sw dh dw padding …, see convgen schema)")
    name, descriptor = fields.pop("name", None), fields.pop("descriptor", None)
    fields.pop("then", None)
    if descriptor is None:
        for field in ("ic", "oc"):
            if field not in fields:
                raise InputError(f"{field} must be given")
        layer = NamedSpec(ConvSpec(**_inferred(fields)))
    elif isinstance(descriptor, str):
        layer = parse_descriptor(descriptor, *(fields.get(field) for field in ("op", "causal", "stream")))
        layer = NamedSpec(layer.spec.replace(**fields), layer.name)
    else:
        raise InputError(f"descriptor must be text (descriptor={show(descriptor)})")
    return layer if name is None else NamedSpec(layer.spec, layer_name(name))


def _inferred(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with what a descriptor infers: an axis without extents takes all that the next higher one has; where
    outputs are given and no pads, these are what the outputs need."""
    found, above = dict(fields), ""
    for axis in descriptor.PADS:
        names = _of_axis(axis)
        if any(kind + axis in fields for kind in "iok"):
            own = {kind: found.get(kind + axis, 1) for kind in "ioksd"}
            padded = {"padding", *descriptor.PADS[axis]} & fields.keys()
            if f"o{axis}" in fields and not padded and all(map(_count, own.values())):
                transposed = fields.get("op") == "transposed"
                whole = descriptor.complete(axis, own | {"d": own["d"] - 1}, transposed=transposed)
                found |= zip(descriptor.PADS[axis], (whole["p"], whole["after"]), strict=True)
            above = axis
        elif above:
            for name, other in zip(names, _of_axis(above), strict=True):
                if name in fields and fields[name] != found.get(other):
                    raise InputError(f"i{axis} must be given with {name} ({name}={show(fields[name])})")
                if other in found:
                    found[name] = found[other]
    for field in ("iw", "kw"):
        if field not in found and not (field == "iw" and "stream" in found):
            raise InputError(f"{field} must be given" + " (or ih and kh)" * (not above))
    return found


def _of_axis(axis: str) -> list[str]:
    """The fields of an axis."""
    return [*(kind + axis for kind in "ioksd"), *descriptor.PADS[axis]]


def _count(value: object) -> bool:
    return type(value) is int and 0 < value < LIMIT


def to_toml(layers: Iterable[tuple[NamedSpec, str]]) -> str:
    """A file that `load_layers` gives the layers back from; before each the text said about it, as a comment."""
    return "\n".join("\n".join(_entry_lines(layer, remark)) + "\n" for layer, remark in layers)


def _entry_lines(layer: NamedSpec, remark: str) -> Iterator[str]:
    """The extents, and what else is not as it would be if it were left out."""
    spec = layer.spec
    if spec.chained:
        for at, part in enumerate(spec.parts):
            yield from _entry_lines(NamedSpec(part, layer.name if at == 0 else None), remark if at == 0 else "")
            yield from ["then = true"] * (at < len(spec.parts) - 1)
        return
    plain = ConvSpec(ic=1, oc=1, iw=1, kw=1, layout=spec.layout, op=spec.op)
    told = {"op", "ic", "oc", "layout", *(kind + axis.name for axis in spec.axes[3 - spec.rank :] for kind in "ik")}
    yield from (f"# {line}" for line in remark.splitlines())
    yield "[[layer]]"
    if layer.name is not None:
        yield f"name = {_quoted(layer_name(layer.name))}"
    for field in _FIELDS:
        value = getattr(spec, field)
        plainly = value == getattr(plain, field) and field not in told
        if field in ("od", "oh", "ow") or value is msgspec.UNSET or plainly:
            continue
        yield f"{field} = {_quoted(value) if isinstance(value, str) else _number(value)}"


def _number(value: object) -> str:
    """A number, or several, or a truth."""
    return f"[{', '.join(map(_number, value))}]" if isinstance(value, tuple) else str(value).lower()


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
    fields = {field: fields[field] for field in _FIELDS}
    for field, known in fields.items():
        if known.get("type") == "integer":
            least = 0 if field in _PADS else 1
            zero = field.endswith("_zero")
            known |= {"minimum": -128, "maximum": 255} if zero else {"minimum": least, "maximum": LIMIT - 1}
        if field not in _REQUIRED and "type" in known:
            known["type"] = [known["type"], "null"]  # null: as if not given
    fields["activation"]["pattern"] = f"^({'|'.join(calls)})$"
    fields["padding"] = _padding(0)
    fields["layout"] = {"enum": [*LAYOUTS, None]}
    fields["weights_layout"] = {"enum": [*WEIGHTS_LAYOUTS, None]}
    fields["op"] = {"enum": [op for op in OPS if op != "transposed"] + [None], "default": OPS[0]}
    fields["rounding"] = {"enum": [*RULES, None], "default": Quantisation().rounding}
    fields["dtype"] = {"enum": [*ARITHMETICS, None], "default": "f32"}
    magnitude = {"type": "number", "exclusiveMinimum": 0}
    fields["range"] = {"type": ["array", "null"], "items": magnitude, "minItems": 2, "maxItems": 2}
    for field, text in DESCRIPTIONS.items():
        fields[field]["description"] = text
    fields["name"] = {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_NAME,
                      "description": "what the layer is called; names its kernel too"}
    fields["then"] = {"type": ["boolean", "null"], "default": False,
                      "description": "whether the next layer takes what this one gives, in one kernel: a chain"}
    fields["descriptor"] = {"type": "string", "description": "benchdnn's form, which other fields amend"}
    several = {"type": "array", "items": {"$ref": "#/$defs/layer"}, "minItems": 1}
    table = {"type": "object", "properties": {"layer": several}, "required": ["layer"]}
    layer = {"type": "object", "properties": fields, "additionalProperties": False,
             "anyOf": [{"required": ["descriptor"]}, *_extents()]}
    behind = {pad: fields[pad] | {"minimum": 1 - LIMIT} for pad in _PADS[1::2]}
    other = {"op": {"enum": ["transposed"], "description": fields["op"]["description"]}}
    transposed = layer | {"properties": fields | behind | other | {"padding": _padding(1 - LIMIT)}, "required": ["op"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "convgen layers",
        "anyOf": [{"$ref": "#/$defs/layer"}, several, {**table, "additionalProperties": False}],
        "$defs": {"layer": {"anyOf": [{"$ref": f"#/$defs/{op}"} for op in ("forward", "transposed")]},
                  "forward": layer, "transposed": transposed},
    }


def _padding(least: int) -> dict[str, Any]:
    """Of pads, of which those at the end are at least `least`."""
    before, after = ({"type": "integer", "minimum": low, "maximum": LIMIT - 1} for low in (0, least))
    pads = {"type": "array", "items": after, "minItems": 2, "maxItems": 2}
    return {"anyOf": [{"enum": [*PADDINGS, None]}, before,
                      {"type": "array", "items": {"anyOf": [before, pads]}, "minItems": 1, "maxItems": 3}]}


def _extents() -> Iterator[dict[str, Any]]:
    """What a layer without a descriptor must have: i and k of its lowest axis, or of a higher one, which it then takes
    them from."""
    for higher, lower in (("w", ""), ("h", "w"), ("d", "hw")):
        none = {kind + axis: {"enum": [None]} for axis in lower for kind in "iok"}
        yield {"required": ["ic", "oc", f"i{higher}", f"k{higher}"], "properties": none}
    yield {"required": ["ic", "oc", "kw", "stream"], "properties": {"stream": {"type": "integer"}}}  # iw follows


def _bits(number: float) -> str:
    """Of the f32 nearest to a number, in hexadecimal digits."""
    return struct.pack(">f", number).hex()


def _signed(number: int) -> str:
    """As part of a C identifier."""
    return f"{'m' * (number < 0)}{abs(number)}"


def _residual(spec: ConvSpec) -> str:
    """The zero point and the bits of the scale of a quantised one."""
    given = spec.quantisation
    if not given.residual_scale:
        return ""
    return f"{_signed(given.residual_zero)}x{_bits(given.residual_scale)}"


def _tabled(spec: ConvSpec) -> str:
    """The zero point and the bits of both scales of outputs from a table."""
    given = spec.quantisation
    return f"q{_signed(given.sum_zero)}x{struct.pack('>ff', given.sum_scale, given.output_scale).hex()}"


def _range(spec: ConvSpec) -> str:
    """Both magnitudes, as parts of a C identifier."""
    if isinstance(spec.range, msgspec.UnsetType):
        return ""
    texts = (repr(most).removesuffix(".0").replace("e+", "e").replace("e-", "em") for most in spec.range)
    return f"range{'_'.join(texts)}".replace(".", "p")


def spec_name(spec: ConvSpec) -> str:
    """``conv_f32_nhwc_3x3s1p1_64x56x56_64``: the layer in a C identifier; ``transposed_f32_…``, ``backward_data_f32_…``
    of such; of a chain ``chain_f32_nhwc_3x3s1p1_g96_96x56x56_96_then_1x1s1p0_96x56x56_24``."""

    if spec.chained:
        first, *rest = map(spec_name, spec.parts)
        shared = "_" + "_".join(first.split("_")[1:3])  # of every layer
        return fitting("_then_".join([first.replace("conv_", "chain_", 1),
                                      *(name.replace(shared, "", 1).removeprefix("conv_") for name in rest)]))

    def each(values: Sequence[int | str]) -> str:
        """One number when all agree, else joined by x."""
        return str(values[0]) if len(set(values)) == 1 else "x".join(map(str, values))

    axes = spec.axes[3 - spec.rank :]
    befores, afters = [a.before for a in axes], [a.after for a in axes]
    kernel = "x".join(str(a.k) for a in axes) + "s" + each([a.s for a in axes])
    kernel += "p" + each(befores) + ("" if befores == afters else "q" + each([_signed(after) for after in afters]))
    if any(a.d > 1 for a in axes):
        kernel += "d" + each([a.d for a in axes])
    operation = "conv" if spec.operation == OPS[0] else spec.operation.replace("-", "_")
    words = [operation, spec.dtype.replace(":", ""), spec.layout, kernel]
    if spec.n > 1:
        words.append(f"n{spec.n}")
    if spec.g > 1 and not spec.pooled:
        words.append(f"g{spec.g}")
    words += ["x".join(map(str, (spec.ic, *(a.i for a in axes)))), str(spec.oc)]
    if spec.weights_layout != spec.default_weights_layout:
        words.append(spec.weights_layout)
    words += [word for flag, word in (
        (spec.in_stride is not msgspec.UNSET, f"in{spec.in_stride}"),
        (spec.out_stride is not msgspec.UNSET, f"out{spec.out_stride}"),
        (spec.input_zero, f"x{_signed(spec.input_zero)}"), (spec.weight_zero, f"w{_signed(spec.weight_zero)}"),
        (spec.output_zero, f"y{_signed(spec.output_zero)}"),
        (spec.output_scale, f"scale{_bits(spec.output_scale)}"),
        (spec.rounding != "half-even", spec.rounding.replace("-", "_")), (spec.promise, f"sum{spec.promise}"),
        (not spec.bias and not spec.pooled and spec.operation != "backward-data", "nobias"),
        (spec.residual, "residual" + _residual(spec)), (spec.flip, "flip"), (spec.tabled, _tabled(spec)),
        (spec.streamed, "stream"), (spec.range is not msgspec.UNSET, _range(spec))) if flag]
    if spec.activation != "none":
        text = spec.activation.replace("(-", "_m").replace(",-", "_m").replace("e-", "em").replace(".", "p")
        words.append(re.sub(r"[^a-z0-9]+", "_", text).strip("_"))
    return "_".join(words)
