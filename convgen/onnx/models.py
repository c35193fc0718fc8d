"""The convolutions of an ONNX model, with all that a generated kernel can do folded in.

    network = load("model.onnx", batch=1, dims={"height": 224}, layout="nhwc")

A layer of convgen is y = act(conv(x) + b + r), so a Conv takes in

    before it   Pad by zeros, of the spatial axes; what a negative pad cuts off is a slice that the layer does not read
    behind it   what scales or shifts channels by constants (BatchNormalization, Mul, Div, Add, Sub), into weights and
                bias: s·(w∗x + b) + t = (s·w)∗x + (s·b + t), computed in float64; then the sum with an array of the
                output's shape, the residual; then an activation, whose slopes, if it takes some, are constants

as long as nobody else reads what lies between. One that sums integers has what is before and behind it of
quantised.py. An initializer is a constant, also where the model lets callers override it. Each convolution says which
values of the model it reads, adds and makes.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import InputError, UnsupportedError
from ..layer.descriptor import PADS
from ..layer.element import ELEMENTS, F32, Element
from ..layer.names import show, to_identifier
from ..layer.network import DistinctLayer, Network, Use
from ..layer.spec import LAYOUTS, ConvSpec
from . import transposed
from .blocks import DOMAIN
from .file import BLOCK, read
from .fold import Chain, fold, small
from .graph import FLOAT, FLOATS, Graph, Node
from .liveness import Step, steps
from .proto import brief, inner_graphs
from .quantised import OPERATORS, Integers, as_conv, between, operands

CONVOLUTIONS = ("Conv", transposed.OPERATOR, *OPERATORS)
TYPES = {11: "f64"}  # that a Conv may have besides those of layers
OTHER = "not a convolution"  # why most nodes are in no layer
QUANTISING = ("DequantizeLinear", "QuantizeLinear")
# what may be in a model in place of a Conv, and why it is none of our layers
LATER = ("DeformConv",)
PRODUCTS = ("MatMul", "Gemm", "MatMulInteger", "QLinearMatMul", "Einsum")
BLOCKED = (f"its channels are in ONNX Runtime's blocks, of a size that the model does not tell: give --set {BLOCK}=16"
           f" if a CPU with AVX-512 or an ARM saved it, else --set {BLOCK}=8; or take the model that it was made of")
MENTIONED = 8  # of the reasons why something is missing
NAMED = 4  # of what is missing for the same reason
# bytes that the weights of all layers together may take beyond what the files hold: layers may share weights, and
# constants may be computed
SPARE = 2**30


class Found(NamedTuple):
    """The network, and how many nodes of each operator went into its layers besides Conv, and into none. skipped: those
    that users are told of, as the convolutions of any kind that are none of its layers. steps: in an order in which
    they can run, with the bytes that must be kept."""

    network: Network
    folded: dict[str, int]
    left: dict[str, int]
    skipped: tuple[Left, ...]
    steps: tuple[Step, ...] = ()


class Left(NamedTuple):
    """A node that is in no layer. outer: the operator of the node in whose graph it is, if it is in one."""

    name: str
    op: str
    reason: str
    outer: str = ""

    @property
    def convolution(self) -> bool:
        return "Conv" in self.op

    @property
    def told(self) -> bool:
        """Whether a user is told of it by name: a convolution, or what keeps one from being all of integers."""
        return self.convolution or (self.op in QUANTISING and self.reason != OTHER)

    @property
    def line(self) -> str:
        return f"{brief(self.name)} {brief(self.op)}: {self.reason}"


def load(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
         layout: str | None = None, dtype: str | None = None, skip: bool = False) -> Network:
    """The convolutions of the file, each different layer once, with weights and bias as the layers need them.

    batch: extent 0 of each input of three or more axes, in place of the model's. dims: of symbolic extents, by name.
    layout: "nchw", ONNX's own, or "nhwc", of each layer's rank; weights are OIHW in both. dtype: of all layers, "f32",
    "f16" or "bf16", to which weights are rounded; else each has the model's own, integers where it is quantised.
    skip: go on without a Conv of which something is wrong or missing. InputError for a file that is wrong or an extent
    that is missing, UnsupportedError where no Conv can be generated.
    """
    return find(path, batch=batch, dims=dims, layout=layout, dtype=dtype, skip=skip).network


def find(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
         layout: str | None = None, dtype: str | None = None, weights: bool = True, skip: bool = False) -> Found:
    """The same with what was folded; without `weights` the layers' arrays are not computed."""
    if layout is not None and layout.lower() not in ("nchw", "nhwc"):
        raise InputError(f"layout must be nchw or nhwc (layout={show(layout)})")
    if dtype is not None and dtype not in ELEMENTS:
        raise InputError(f"dtype must be one of {', '.join(ELEMENTS)} (dtype={show(dtype)})")
    graph = read(path, batch, dims)
    try:
        return _network(graph, (layout or "nchw").lower(), dtype, weights, skip)
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{brief(str(path))}: {error}") from None


def summary(found: Found) -> str:
    """In one line: how many layers, what is in them, what is not."""
    parts = found.network.parts
    count = sum(len(part.uses) for part in parts)
    return (f"{found.network.name}: {count} convolution{'s' * (count > 1)}, {len(parts)} different; folded in:"
            f" {_counts(found.folded)}; left: {_counts(found.left)}")


def told(found: Found) -> Iterator[str]:
    """What a user should know of an import, in lines: what is missing and why, each reason once, and the summary."""
    reasons: dict[tuple[str, str], list[Left]] = {}
    for one in found.skipped:
        reasons.setdefault((one.op, one.reason), []).append(one)
    groups = list(reasons.values())
    for same in groups[:MENTIONED]:
        names = ", ".join(brief(one.name) for one in same[:NAMED]) + ", …" * (len(same) > NAMED)
        yield f"without {same[0].line}" if len(same) == 1 else \
            f"without {len(same)} {brief(same[0].op)} ({names}): {same[0].reason}"
    if more := sum(map(len, groups[MENTIONED:])):
        yield f"without {more} more"
    yield summary(found)


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(numbers.items())) or "nothing"


def _network(graph: Graph, layout: str, dtype: str | None, weights: bool, skip: bool) -> Found:
    taken: dict[int, str] = {}  # index of a node -> why it is not folded, empty where it is
    chains: list[Chain] = []
    cuts: list[Left] = []
    before: list[list[int]] = []  # each of them, the Pad
    for index in reversed(range(len(graph.nodes))):  # so that of two summed layers the later one adds the other's
        node = graph.nodes[index]
        if node.op not in CONVOLUTIONS or node.domain:
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
        if source.cut:
            cuts.append(Left(node.name, "Slice", f"its pads are negative, and it reads {brief(source.reads)}"))
        chains.append(chain)
        before.append(list(source.pad))
    chains.reverse()
    before.reverse()
    left = [*cuts[::-1], *_left(graph, taken)]
    skipped = tuple(one for one in left if one.told)
    if not chains:
        raise UnsupportedError(_none(left))
    names = Names()
    parts: dict[ConvSpec, list[Use]] = {}
    together: dict[str, list[int]] = {}  # name of a layer -> its nodes
    total = 0
    for chain, pad in zip(chains, before, strict=True):
        spec = chain.spec
        spec = spec.replace(layout=LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")], weights_layout=spec.weights_layout,
                            dtype=dtype or spec.dtype)
        name = names.unique(chain.node.name)
        if weights and chain.fixed:
            graph.array(chain.weights)
            total += 4 * math.prod(spec.weights_shape)
            if total > graph.read_bytes + SPARE:
                raise InputError(f"weights of all layers must not exceed those in the files by {SPARE >> 30} GiB"
                                 f" (reached at Conv {brief(chain.node.name)})")
        together[name] = [*pad, *chain.taken]
        use = chain.use(name, spec.arithmetic.weights if weights else None)
        parts.setdefault(spec, []).append(use.folding(_said(graph.nodes[index]) for index in together[name]
                                                      if graph.nodes[index] is not chain.node))
    folded = Counter(graph.nodes[index].op for index, reason in taken.items() if not reason)
    folded.subtract({op: folded[op] for op in CONVOLUTIONS})
    found = tuple(DistinctLayer(uses[0].name, spec, tuple(uses)) for spec, uses in parts.items())
    network = Network(to_identifier(graph.name), found, tuple(one.line for one in left))
    return Found(network, dict(+folded), dict(Counter(one.op for one in left)), skipped, steps(graph, together))


def _said(node: Node) -> str:
    return f"{brief(node.name)} {node.title}"


def _none(left: Sequence[Left]) -> str:
    """Why there is no layer, and what the model has instead."""
    near = [one for one in left if one.convolution]
    kinds = Counter(f"{one.op} inside {one.outer}" if one.outer else one.op
                    for one in left if one.convolution or one.op in PRODUCTS)
    if not near:
        return f"model must hold a Conv (it has none{', but ' * bool(kinds)}{_counts(kinds) if kinds else ''})"
    return f"model must hold a Conv that can be imported (it has {_counts(kinds)}; {near[0].line})"


class Names:
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


def _left(graph: Graph, taken: dict[int, str]) -> Iterator[Left]:
    """What is in no layer. Constants are left out."""
    for index, node in enumerate(graph.nodes):
        if taken.get(index) == "" or graph.constant.issuperset(node.outputs) or node.op == "Constant":
            continue
        yield Left(node.name, node.title, taken.get(index) or _reason(node))
        yield from _inner(node, node.graphs)


def _reason(node: Node) -> str:
    if "Conv" in node.op and node.domain:
        return BLOCKED if node.domain == DOMAIN else "not an operator of ONNX"
    return "not supported yet" if node.op in LATER and not node.domain else OTHER


def _inner(outer: Node, graphs: tuple[Any, ...]) -> Iterator[Left]:
    """The convolutions of the graphs inside a node."""
    for node in (node for graph in graphs for node in graph.node):
        if "Conv" in node.op_type:
            name = str(node.name or next(iter(node.output), ""))
            yield Left(name, node.op_type, f"inside a graph of {outer.op} {brief(outer.name)}", outer.op)
        yield from _inner(outer, inner_graphs(node))


# --- a layer ---

Ends = tuple[int, ...]  # of the spatial axes, as ONNX has pads: before each, then after each

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
    def reads(self) -> str:
        return _sliced(self.value, self.ends)


def _chain(graph: Graph, index: int, dtype: str | None) -> tuple[_Source, Chain, dict[int, str]]:
    """A layer without what follows it; and the nodes before a Conv by which it would have been one of integers, with
    the reason why it is not. dtype: as the user wants it."""
    node = graph.nodes[index]
    if node.op in OPERATORS:
        if dtype is not None:
            raise UnsupportedError(f"its data are integers (dtype={dtype})")
        conv = as_conv(node)
        spec, cut = layer(conv, _known(graph, conv.input(0)), _known(graph, conv.input(1)), F32)
        of = operands(graph, node, spec.oc)
        source = _padded(graph, conv, spec, cut, int(of.x.zero[0])) or _Source(spec, of.x.name, cut, {}, any(cut))
        return source, Integers(graph, index, source.spec, source.reads, of), {}
    source = _source(graph, node)
    maker = None if dtype is not None else graph.maker(source.value)
    try:
        found = between(graph, node, source.value, source.spec) if maker is not None else None
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
    spec, cut = layer(node, _known(graph, node.input(0)), _known(graph, node.input(1)), element)
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


def slices(cut: Ends) -> list[slice]:
    """Of the spatial axes: all but what is cut off."""
    rank = len(cut) // 2
    return [slice(before or None, -after or None) for before, after in zip(cut[:rank], cut[rank:], strict=True)]


def _sliced(name: str, cut: Ends) -> str:
    """A value without what is cut off, as NumPy writes it."""
    ranges = [f"{'' if one.start is None else one.start}:{'' if one.stop is None else one.stop}" for one in slices(cut)]
    return f"{name}[..., {', '.join(ranges)}]" if any(cut) else name


def _known(graph: Graph, name: str) -> tuple[int, ...]:
    shape = graph.shape(name)
    if shape is not None:
        return shape
    if graph.free:
        missing = ", ".join(f"{option} (of input {brief(value)})" for option, value in graph.free[:8])
        raise InputError(f"the shape of {brief(name)} must be known; give {missing}")
    if wrong := graph.wrong(name):
        raise InputError(f"the shape of {brief(name)} must be known, but {wrong}")
    value = graph.values.get(name)
    axes = ["AXIS"] if value is None or value.shape is None else [
        str(axis) for axis, extent in enumerate(value.shape) if extent is None]
    missing = ", ".join(f"--set {brief(f'{name}.{axis}')}=EXTENT" for axis in axes[:8])
    raise InputError(f"the shape of {brief(name)} must be known, and cannot be inferred; give {missing}, or"
                     " --skip-unsupported to go on without what needs it")


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
    left = f"its zeros are those of Conv {brief(node.name)}, which reads {brief(source.reads)}" if any(cut) else ""
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
