"""The convolutions of an ONNX model, with all that a generated kernel can do folded in.

    network = load("model.onnx", batch=1, dims={"height": 224}, layout="nhwc")

A layer of convgen is y = act(conv(x) + b + r), so a Conv takes in

    before it   Pad by zeros, of the spatial axes
    behind it   what scales or shifts channels by constants (BatchNormalization, Mul, Div, Add, Sub), into weights and
                bias: s·(w∗x + b) + t = (s·w)∗x + (s·b + t), computed in float64; then the sum with an array of the
                output's shape, the residual; then an activation, whose slopes, if it takes some, are constants

as long as nobody else reads what lies between. An initializer is a constant, also where the model lets callers
override it.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import InputError, UnsupportedError
from ..layer.names import show, to_identifier
from ..layer.network import DistinctLayer, Network, Use
from ..layer.spec import LAYOUTS, ConvSpec
from .file import Graph, Node, brief, inner_graphs, read
from .fold import Chain, fold, small
from .liveness import Step, steps

FLOAT = 1  # ONNX's number of f32
TYPES = {10: "f16", 11: "f64", 16: "bf16"}  # of others that a Conv may have
LATER = ("ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv")
# bytes that the weights of all layers together may take beyond what the files hold: layers may share weights, and
# constants may be computed
SPARE = 2**30


class Found(NamedTuple):
    """The network, and how many nodes of each operator went into its layers besides Conv, and into none; and its steps
    in an order in which they can run, with the bytes that must be kept."""

    network: Network
    folded: dict[str, int]
    left: dict[str, int]
    steps: tuple[Step, ...] = ()


def load(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
         layout: str | None = None) -> Network:
    """The convolutions of the file, each different layer once, with weights and bias as the layers need them.

    batch: extent 0 of each input of three or more axes, in place of the model's. dims: of symbolic extents, by name.
    layout: "nchw", ONNX's own, or "nhwc", of each layer's rank; weights are OIHW in both. InputError for a file that
    is wrong or an extent that is missing, UnsupportedError where no Conv can be generated.
    """
    return find(path, batch=batch, dims=dims, layout=layout).network


def find(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
         layout: str | None = None, weights: bool = True) -> Found:
    """The same with what was folded; without `weights` the layers' arrays are not computed."""
    if layout is not None and layout.lower() not in ("nchw", "nhwc"):
        raise InputError(f"layout must be nchw or nhwc (layout={show(layout)})")
    graph = read(path, batch, dims)
    try:
        return _network(graph, (layout or "nchw").lower(), weights)
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{brief(str(path))}: {error}") from None


def summary(found: Found) -> str:
    """In one line: how many layers, what is in them, what is not."""
    parts = found.network.parts
    count = sum(len(part.uses) for part in parts)
    return (f"{found.network.name}: {count} convolution{'s' * (count > 1)}, {len(parts)} different; folded in:"
            f" {_counts(found.folded)}; left: {_counts(found.left)}")


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(numbers.items())) or "nothing"


def _network(graph: Graph, layout: str, weights: bool) -> Found:
    taken: dict[int, str] = {}  # index of a node -> why it is not folded, empty where it is
    chains: list[Chain] = []
    before: list[list[int]] = []  # each of them, the Pad
    for index in reversed(range(len(graph.nodes))):  # so that of two summed layers the later one adds the other's
        node = graph.nodes[index]
        if node.op != "Conv" or node.domain:
            continue
        try:
            spec, pad = _layer(graph, node)
            chain = Chain(graph, index, spec)
            refused = fold(chain, taken)
        except UnsupportedError as error:
            taken[index] = str(error)
            continue
        except InputError as error:
            raise InputError(f"Conv {brief(node.name)}: {error}") from None
        taken |= dict.fromkeys((*chain.taken, *pad), "") | refused
        chains.append(chain)
        before.append(pad)
    chains.reverse()
    before.reverse()
    left = list(_left(graph, taken))
    if not chains:
        near = [_line(*rest) for rest in left if rest[1] in ("Conv", *LATER)]
        raise UnsupportedError(near[0] if near else "model must hold a Conv (it has none)")
    names = _Names()
    parts: dict[ConvSpec, list[Use]] = {}
    together: dict[str, list[int]] = {}  # name of a layer -> its nodes
    total = 0
    for chain, pad in zip(chains, before, strict=True):
        spec = chain.spec
        spec = spec.replace(layout=LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")], weights_layout="oihw")
        name = names.unique(chain.node.name)
        if weights and chain.scale is not None:
            graph.array(chain.node.input(1))
            total += 4 * math.prod(spec.weights_shape)
            if total > graph.read_bytes + SPARE:
                raise InputError(f"weights of all layers must not exceed those in the files by {SPARE >> 30} GiB"
                                 f" (reached at Conv {brief(chain.node.name)})")
        together[name] = [*pad, *chain.taken]
        parts.setdefault(spec, []).append(chain.use(name) if weights else Use(name))
    folded = Counter(graph.nodes[index].op for index, reason in taken.items() if not reason)
    folded.subtract({"Conv": folded["Conv"]})
    found = tuple(DistinctLayer(uses[0].name, spec, tuple(uses)) for spec, uses in parts.items())
    network = Network(to_identifier(graph.name), found, tuple(_line(*rest) for rest in left))
    return Found(network, dict(+folded), dict(Counter(op for _, op, _ in left)), steps(graph, together))


class _Names:
    """C identifiers, different also where a file system does not tell capitals from others."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._last: Counter[str] = Counter()

    def unique(self, text: str) -> str:
        base = name = to_identifier(text)
        while name.lower() in self._given:
            self._last[base] += 1
            name = f"{base}_{self._last[base] + 1}"
        self._given.add(name.lower())
        return name


def _line(name: str, op: str, reason: str) -> str:
    return f"{brief(name)} {brief(op)}: {reason}"


def _left(graph: Graph, taken: dict[int, str]) -> Iterator[tuple[str, str, str]]:
    """What is in no layer: node, operator, reason. Constants are left out."""
    for index, node in enumerate(graph.nodes):
        if taken.get(index) == "" or graph.constant.issuperset(node.outputs):
            continue
        later = node.op in LATER and not node.domain
        reason = "not supported yet" if later else taken.get(index, "not a convolution")
        yield node.name, ".".join(filter(None, (node.domain, node.op))), reason
        yield from _inner(node, node.graphs)


def _inner(outer: Node, graphs: tuple[Any, ...]) -> Iterator[tuple[str, str, str]]:
    """The convolutions of the graphs inside a node."""
    for node in (node for graph in graphs for node in graph.node):
        if node.op_type in ("Conv", *LATER):
            name = str(node.name or next(iter(node.output), ""))
            yield name, node.op_type, f"inside a graph of {outer.op} {brief(outer.name)}"
        yield from _inner(outer, inner_graphs(node))


# --- a layer ---

_PADS = (("front", "back"), ("top", "bottom"), ("left", "right"))


def _layer(graph: Graph, node: Node) -> tuple[ConvSpec, list[int]]:
    """The layer without what follows it, and the index of the Pad before it, if that can be folded."""
    for name in node.inputs[:3]:
        kind = graph.values[name].type if name in graph.values else 0
        if name and kind not in (0, FLOAT):
            raise UnsupportedError(f"its data must be f32 (the type of {brief(name)} is {TYPES.get(kind, kind)})")
    if not node.input(0) or not node.input(1) or not node.output:
        raise InputError(f"it must have input, weights and output (inputs={show(node.inputs)})")
    return _padded(graph, node, layer(node, _known(graph, node.input(0)), _known(graph, node.input(1))))


def layer(node: Node, x: tuple[int, ...], w: tuple[int, ...]) -> ConvSpec:
    """What a Conv does with an input and weights of these shapes, in ONNX's layout."""
    rank = len(x) - 2
    if not 1 <= rank <= 3:
        raise UnsupportedError(f"it must have 1 to 3 spatial axes (its input has {len(x)} axes)")
    if len(w) != len(x):
        raise InputError(f"weights must have as many axes as the input (weights {w}, input {x})")

    def numbers(field: str, default: int, count: int = rank) -> tuple[int, ...]:
        found: tuple[int, ...] = node.get(field, tuple, (default,) * count)
        if len(found) != count or not all(isinstance(value, int) for value in found):
            raise InputError(f"{field} must be {count} integers ({field}={show(found)})")
        return found

    kernel = node.get("kernel_shape", tuple, w[2:])
    if kernel != w[2:]:
        raise InputError(f"kernel_shape must agree with the weights (kernel_shape={show(kernel)}, weights {w})")
    groups = node.get("group", int, 1)
    if w[1] * groups != x[1]:
        raise InputError(f"weights must have ic / group input channels (weights {w}, input {x}, group={show(groups)})")
    fields: dict[str, Any] = {"n": x[0], "ic": x[1], "oc": w[0], "g": groups, "layout": LAYOUTS[rank - 1],
                              "bias": bool(node.input(2))}
    for axis, i, k, s, d in zip("dhw"[3 - rank :], x[2:], w[2:], numbers("strides", 1), numbers("dilations", 1),
                                strict=True):
        fields |= {f"i{axis}": i, f"k{axis}": k, f"s{axis}": s, f"d{axis}": d}
    mode = node.get("auto_pad", str, "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        return ConvSpec(**fields, padding=mode.lower().replace("_", "-"))
    if mode != "NOTSET":
        raise InputError(f"auto_pad must be NOTSET, SAME_UPPER, SAME_LOWER or VALID (auto_pad={show(mode)})")
    pads = numbers("pads", 0, 2 * rank)
    if min(pads) < 0:
        raise UnsupportedError(f"its pads must be at least 0 (pads={show(pads)})")
    return ConvSpec(**fields | _pads(pads[:rank], pads[rank:]))


def _pads(before: tuple[int, ...], after: tuple[int, ...]) -> dict[str, int]:
    names = _PADS[3 - len(before) :]
    return {name: pad for pair, pads in zip(names, zip(before, after, strict=True), strict=True)
            for name, pad in zip(pair, pads, strict=True)}


def _known(graph: Graph, name: str) -> tuple[int, ...]:
    shape = graph.shape(name)
    if shape is not None:
        return shape
    if graph.free:
        told = ", ".join(f"{option} (of input {brief(value)})" for option, value in graph.free[:8])
        raise InputError(f"the shape of {brief(name)} must be known; give {told}")
    raise UnsupportedError(f"the shape of {brief(name)} cannot be inferred")


def _padded(graph: Graph, node: Node, spec: ConvSpec) -> tuple[ConvSpec, list[int]]:
    """The layer with the Pad before it, if it is one by zeros that nobody else reads."""
    name = node.input(0)
    pad = graph.maker(name)
    if pad is None or pad.op != "Pad" or pad.domain or name in graph.kept or len(graph.readers[name]) > 1:
        return spec, []
    x, found = graph.shape(pad.input(0)), _zeros(graph, pad, spec.rank + 2)
    if x is None or len(x) != spec.rank + 2 or found is None:
        return spec, []
    first, last = found[: spec.rank + 2], found[spec.rank + 2 :]
    if any((*first[:2], *last[:2])) or min(*first, *last) < 0:
        return spec, []
    more = _pads(first[2:], last[2:])
    extents = dict(zip(("id", "ih", "iw")[3 - spec.rank :], x[2:], strict=True))
    total = {field: pads + getattr(spec, field) for field, pads in more.items()}
    return spec.replace(**extents, **total), [graph.index(name)]


def _zeros(graph: Graph, pad: Node, axes: int) -> tuple[int, ...] | None:
    """Before each axis, then after each; None unless they are constant, and zeros are what is put there."""
    if pad.get("mode", str, "constant") != "constant":
        return None
    if pad.input(1):  # opset 11 on
        if not graph.constant.issuperset(pad.inputs[1:]):
            return None
        pads = tuple(int(value) for value in small(graph, pad.input(1)))
        value = small(graph, pad.input(2))[0] if pad.input(2) else 0.0
        places = [int(axis) % axes for axis in small(graph, pad.input(3))] if pad.input(3) else list(range(axes))
    else:
        pads = pad.get("pads", tuple, pad.get("paddings", tuple, ()))
        value, places = pad.get("value", float, 0.0), list(range(axes))
    if value != 0 or len(pads) != 2 * len(places) or len(set(places)) != len(places):
        return None
    found = [0] * (2 * axes)
    for number, axis in enumerate(places):
        found[axis], found[axes + axis] = pads[number], pads[len(places) + number]
    return tuple(found)
