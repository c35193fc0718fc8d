"""The convolutions of a graph as layers, each with what is folded into it. The later of two summed layers adds the
other's outputs."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import InputError, UnsupportedError
from ..layer.descriptor import PADS
from ..layer.element import ELEMENTS, F32, Element
from ..layer.fields import LAYOUTS
from ..layer.names import brief, show
from ..layer.spec import ConvSpec
from . import products, transposed
from .cut import Ends, Read
from .fold import Chain, fold, small
from .graph import FLOAT, FLOATS, Graph, Node
from .quantised import OPERATORS, Integers, as_conv, between, operands

CONVOLUTIONS = ("Conv", transposed.OPERATOR, *OPERATORS)
TYPES = {11: "f64"}  # that a Conv may have besides those of layers


class Layers(NamedTuple):
    """chains: in the order of the graph. pads: of each, the Pad before it, if that is part of it. taken: by the index
    of a node why it is in no layer, "" where it is in one. cuts: of those whose own pads are negative."""

    chains: tuple[Chain, ...]
    pads: tuple[tuple[int, ...], ...]
    taken: dict[int, str]
    cuts: tuple[Chain, ...]


def layers(graph: Graph, dtype: str | None, *, skip: bool = False, whole: bool = False) -> Layers:
    """dtype: of all layers of floats; else each has the model's own. skip: go on without one of which something is
    wrong or missing. whole: of a network, which takes matrix products too, and only layers whose arrays are constant.
    """
    taken: dict[int, str] = {}
    found: list[tuple[Chain, tuple[int, ...], bool]] = []
    operators = (*CONVOLUTIONS, *products.OPERATORS) if whole else CONVOLUTIONS
    for index in reversed(range(len(graph.nodes))):
        node = graph.nodes[index]
        if node.op not in operators or node.domain or (whole and not _constant(graph, node)):
            continue
        try:
            source, chain, refused = _chain(graph, index, dtype)
            refused |= fold(chain, taken)
        except UnsupportedError as error:
            taken[index] = str(error)
            continue
        except InputError as error:
            if not skip:
                raise InputError(f"{node.op} {brief(node.name)}: {error}") from None
            taken[index] = str(error)
            continue
        taken |= dict.fromkeys(chain.taken, "") | source.pad | refused
        found.append((chain, tuple(source.pad), source.cut))
    found.reverse()
    return Layers(tuple(chain for chain, _, _ in found), tuple(pad for _, pad, _ in found), taken,
                  tuple(chain for chain, _, cut in found if cut))


def _constant(graph: Graph, node: Node) -> bool:
    """Whether all that a layer would pack is constant."""
    return products.constant(graph, node) if node.op in products.OPERATORS else \
        graph.constant.issuperset(node.inputs[1:])


_PADS = tuple(PADS.values())


class _Source(NamedTuple):
    """A layer without what follows it. value: what it is of, but for what is cut off. pad: the index of the Pad before
    it, if its zeros are the layer's, with what is left of it, "" for nothing. cut: whether pads of its own cut."""

    spec: ConvSpec
    value: str
    ends: Ends
    pad: dict[int, str]
    cut: bool

    @property
    def reads(self) -> Read:
        return Read(self.value, self.ends)


def _chain(graph: Graph, index: int, dtype: str | None) -> tuple[_Source, Chain, dict[int, str]]:
    """A layer without what follows it; and the nodes before a Conv by which it would have been one of integers, with
    the reason why it is not. dtype: as the user wants it."""
    node = graph.nodes[index]
    if node.op in products.OPERATORS:
        chain, refused = products.product(graph, index, dtype)
        return _Source(chain.spec, chain.reads.value, (), {}, False), chain, refused
    if node.op in OPERATORS:
        if dtype is not None:
            raise UnsupportedError(f"its data are integers (dtype={dtype})")
        conv = as_conv(node)
        spec, cut = layer(conv, graph.known(conv.input(0)), graph.known(conv.input(1)), F32)
        of = operands(graph, node, spec.oc)
        source = _padded(graph, conv, spec, cut, int(of.x.zero[0])) or _Source(spec, of.x.name, cut, {}, any(cut))
        return source, Integers(graph, index, source.spec, source.reads, of), {}
    source = _source(graph, node)
    maker, axis = None if dtype is not None else graph.maker(source.value), int(source.spec.transposed)
    try:
        found = between(graph, node, source.value, source.spec, axis) if maker is not None else None
        if maker is None or found is None:
            return source, Chain(graph, index, source.spec, source.reads), {}
        integers = Integers(graph, index, source.spec, source._replace(value=found.x.name).reads, found)
    except UnsupportedError as error:
        return source, Chain(graph, index, source.spec, source.reads), {graph.index(source.value): str(error)}
    alone = source.value not in graph.kept and len(graph.readers[source.value]) == 1
    integers.taken += [graph.index(source.value)] * alone
    return source, integers, {}


def _source(graph: Graph, node: Node) -> _Source:
    kinds = {name: kind for name in node.inputs[:3] if name and (kind := graph.kind(name))}
    for name, kind in kinds.items():
        if kind not in FLOATS:
            raise UnsupportedError(f"its data must be {', '.join(ELEMENTS)} (the type of {brief(name)} is"
                                   f" {TYPES.get(kind, kind)})")
    if len({*kinds.values()}) > 1:
        told = ", ".join(f"{brief(name)} is {FLOATS[kind].name}" for name, kind in kinds.items())
        raise UnsupportedError(f"its data must be of one type ({told})")
    if not node.input(0) or not node.input(1) or not node.output:
        raise InputError(f"it must have input, weights and output (inputs={show(node.inputs)})")
    element = FLOATS[next(iter(kinds.values()), FLOAT)]
    spec, cut = layer(node, graph.known(node.input(0)), graph.known(node.input(1)), element)
    padded = None if spec.transposed else _padded(graph, node, spec, cut)
    return padded or _Source(spec, node.input(0), cut, {}, any(cut))


def layer(node: Node, x: tuple[int, ...], w: tuple[int, ...], element: Element) -> tuple[ConvSpec, Ends]:
    """What a Conv or a ConvTranspose does with an input and weights of these shapes, in ONNX's layout, of these
    numbers, and what negative pads cut off the input first."""
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
    transposes = node.op == transposed.OPERATOR
    if transposes and w[0] != x[1]:
        raise InputError(f"weights must have ic input channels (weights {w}, input {x})")
    if not transposes and w[1] * groups != x[1]:
        raise InputError(f"weights must have ic / group input channels (weights {w}, input {x}, group={show(groups)})")
    fields: dict[str, Any] = {"n": x[0], "ic": x[1], "oc": w[1] * groups if transposes else w[0], "g": groups,
                              "layout": LAYOUTS[rank - 1], "bias": bool(node.input(2)), "dtype": element.name}
    for axis, i, k, s, d in zip("dhw"[3 - rank :], x[2:], w[2:], numbers("strides", 1), numbers("dilations", 1),
                                strict=True):
        fields |= {f"i{axis}": i, f"k{axis}": k, f"s{axis}": s, f"d{axis}": d}
    if transposes:
        own: dict[str, Any] = transposed.pads(node, fields, "dhw"[3 - rank :], numbers)
        return ConvSpec(**fields, **own, op="transposed"), (0,) * (2 * rank)
    mode = node.get("auto_pad", str, "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        return ConvSpec(**fields, padding=mode.lower().replace("_", "-")), (0,) * (2 * rank)
    if mode != "NOTSET":
        raise InputError(f"auto_pad must be NOTSET, SAME_UPPER, SAME_LOWER or VALID (auto_pad={show(mode)})")
    pads = numbers("pads", 0, 2 * rank)
    cut = tuple(max(-pad, 0) for pad in pads)
    return ConvSpec(**fields | _extents(x, cut) | _fields(tuple(max(pad, 0) for pad in pads))), cut


def _extents(x: tuple[int, ...], cut: Ends) -> dict[str, int]:
    rank = len(x) - 2
    return {f"i{axis}": x[2 + at] - cut[at] - cut[rank + at] for at, axis in enumerate("dhw"[3 - rank :])}


def _fields(pads: Ends) -> dict[str, int]:
    rank = len(pads) // 2
    return {name: pads[at + rank * end] for at, pair in enumerate(_PADS[3 - rank :]) for end, name in enumerate(pair)}


def _padded(graph: Graph, node: Node, spec: ConvSpec, cut: Ends, zero: int = 0) -> _Source | None:
    """With the Pad before it, if it is one by zeros that nobody else reads. What that cuts off is cut off first.
    zero: what stands for it."""
    name = node.input(0)
    pad = graph.maker(name)
    if pad is None or pad.op != "Pad" or pad.domain or name in graph.kept or len(graph.readers[name]) > 1:
        return None
    rank = spec.rank
    x, found = graph.shape(pad.input(0)), _zeros(graph, pad, rank + 2, zero)
    if x is None or len(x) != rank + 2 or found is None:
        return None
    before, after = found[: rank + 2], found[rank + 2 :]
    if any((*before[:2], *after[:2])):
        return None
    outer = before[2:] + after[2:]
    own = [getattr(spec, field) for pair in zip(*_PADS[3 - rank :], strict=True) for field in pair]
    total = [max(p, 0) + q - c for p, q, c in zip(outer, own, cut, strict=True)]
    cut = tuple(max(-p, 0) + max(-t, 0) for p, t in zip(outer, total, strict=True))
    spec = spec.replace(**_extents(x, cut), **_fields(tuple(max(t, 0) for t in total)))
    source = _Source(spec, pad.input(0), cut, {}, False)
    left = f"its zeros are those of Conv {brief(node.name)}, which reads {brief(source.reads.said)}" if any(cut) else ""
    return source._replace(pad={graph.index(name): left})


def _zeros(graph: Graph, pad: Node, axes: int, zero: int) -> tuple[int, ...] | None:
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
    if value != zero or len(pads) != 2 * len(places) or len(set(places)) != len(places):
        return None
    found = [0] * (2 * axes)
    for number, axis in enumerate(places):
        found[axis], found[axes + axis] = pads[number], pads[len(places) + number]
    return tuple(found)
