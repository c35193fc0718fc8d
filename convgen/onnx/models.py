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
from ..layer.element import ELEMENTS
from ..layer.names import brief, show, to_identifier
from ..layer.network import DistinctLayer, Network, Use
from ..layer.spec import ConvSpec
from .blocks import DOMAIN
from .file import BLOCK, read
from .graph import Graph, Node
from .layers import CONVOLUTIONS, layers
from .liveness import Step, steps
from .proto import inner_graphs

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
    chains, pads, taken, cuts = layers(graph, dtype, skip=skip)
    left = [*(Left(one.node.name, "Slice", f"its pads are negative, and it reads {brief(one.reads.said)}")
              for one in cuts), *_left(graph, taken)]
    skipped = tuple(one for one in left if one.told)
    if not chains:
        raise UnsupportedError(_none(left))
    names = Names()
    parts: dict[ConvSpec, list[Use]] = {}
    together: dict[str, list[int]] = {}  # name of a layer -> its nodes
    total = 0
    for chain, pad in zip(chains, pads, strict=True):
        spec, _ = chain.laid(layout, dtype)
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
