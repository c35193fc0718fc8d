"""Products of a matrix with a constant one as layers: a 1×1 layer of one image, nwc, whose pixels are the rows of what
is multiplied, whatever axes they have.

    Gemm(A, W, C), MatMul(A, W)    y[…, o] = Σ_k A[…, k]·w[k, o] + c[o]: pixels are all axes of A but k
    Gemm(W, B, C), MatMul(W, B)    y[…, o, n] = Σ_k w[o, k]·B[…, k, n] + c[o]: pixels are all axes of B but k

Transposed operands differ in the order in which they lie, or in which the constant is packed. Products of integers
(MatMulInteger, QLinearMatMul, or of values that are dequantised) are those of the first kind, as convolutions of
integers are.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.element import ELEMENTS, F32, Element
from ..layer.names import brief
from ..layer.spec import ConvSpec
from .cut import Read
from .fold import Chain, Orders, exactly, per_channel
from .graph import FLOATS, Graph, Node
from .quantised import Integers, Operands, between, operands

FLOAT = ("Gemm", "MatMul")
INTEGER = {"MatMulInteger": 1, "QLinearMatMul": 3}  # and the place of the second operand
OPERATORS = (*FLOAT, *INTEGER)


class Geometry(NamedTuple):
    """x, w: the value that is multiplied, and the constant. last: whether that is the second operand, so that output
    channels come last. swapped: whether the constant is [k, o]. inward, outward: the order in which the axes of input
    and output lie. shape: of the output."""

    x: str
    w: str
    last: bool
    swapped: bool
    inward: tuple[int, ...]
    outward: tuple[int, ...]
    shape: tuple[int, ...]
    spec: ConvSpec

    @property
    def axis(self) -> int:
        """Of output channels in the constant."""
        return int(self.swapped)

    def packed(self, array: NDArray[Any]) -> NDArray[Any]:
        """The constant as the weights of the layer."""
        return np.ascontiguousarray((array.T if self.swapped else array)[..., np.newaxis])


def constant(graph: Graph, node: Node) -> bool:
    """Whether an operand is, and all else that a product of integers is told."""
    place = INTEGER.get(node.op, 1)
    if node.op in INTEGER:
        return graph.constant.issuperset(node.inputs[1:])
    return any(node.input(at) in graph.constant for at in (0, place))


def product(graph: Graph, index: int, dtype: str | None) -> tuple[Chain, dict[int, str]]:
    """A product without what follows it; and the nodes before it by which it would have been one of integers, with the
    reason why it is not. dtype: as the user wants it."""
    node = graph.nodes[index]
    if node.op in INTEGER:
        given = _geometry(graph, node, INTEGER[node.op], F32)
        return IntegerProduct(graph, index, given, operands(graph, node, given.spec.oc)), {}
    given = _geometry(graph, node, 1, _element(graph, node))
    maker = graph.maker(given.x) if dtype is None and given.last else None
    plain = node.op == "MatMul" or (all(node.get(field, float, 1.0) == 1 for field in ("alpha", "beta"))
                                    and graph.shape(node.input(2)) in (None, (given.spec.oc,)))
    if maker is None or not plain:
        return Product(graph, index, given), {}
    try:
        found = between(graph, node, given.x, given.spec, given.axis)
        if found is None:
            return Product(graph, index, given), {}
        integers = IntegerProduct(graph, index, given, found)
    except UnsupportedError as error:
        return Product(graph, index, given), {graph.index(given.x): str(error)}
    return integers, {}


def _element(graph: Graph, node: Node) -> Element:
    kinds = {graph.kind(name) for name in node.inputs if name}
    if len(kinds) > 1 or not kinds <= FLOATS.keys():
        raise UnsupportedError(f"its data must be {', '.join(ELEMENTS)}, all of one type")
    return FLOATS[kinds.pop()]


def _geometry(graph: Graph, node: Node, second: int, element: Element) -> Geometry:
    """second: the place of the second operand."""
    names = node.input(0), node.input(second)
    last = names[1] in graph.constant
    x, w = names if last else names[::-1]
    turned = [node.op == "Gemm" and bool(node.get(field, int, 0)) for field in ("transA", "transB")]
    x_turned, w_turned = turned if last else turned[::-1]
    given, matrix = graph.known(x), graph.known(w)
    if len(matrix) != 2 or not given or (len(given) < 2 and not last):
        raise UnsupportedError(f"it must multiply by a constant matrix ({brief(w)} {matrix})")
    swapped = last != w_turned
    oc, depth = matrix[::-1] if swapped else matrix
    inward, outward = _order(len(given), last=last != x_turned), _order(len(given), last=last)
    *pixels, summed = (given[axis] for axis in inward)
    if summed != depth:
        told = ", ".join(f"{brief(name)} {graph.known(name)}" for name in names)
        raise InputError(f"operands must have as many numbers to sum ({told})")
    made = (*pixels, oc)
    spec = ConvSpec(ic=depth, oc=oc, iw=math.prod(pixels), kw=1, layout="nwc", weights_layout="oihw",
                    dtype=element.name, bias=node.op == "Gemm" and bool(node.input(2)))
    return Geometry(x, w, last, swapped, inward, outward,
                    tuple(made[outward.index(axis)] for axis in range(len(made))), spec)


def _order(axes: int, *, last: bool) -> tuple[int, ...]:
    """In which channels are innermost: they are the last axis, or the one before it."""
    order = [*range(axes)]
    if not last:
        order[-2:] = order[:-3:-1]
    return tuple(order)


class Product(Chain):
    """Of floats."""

    def __init__(self, graph: Graph, index: int, given: Geometry) -> None:
        self.start(graph, index, Read(given.x))
        self.given, self.weights, self.spec = given, given.w, given.spec.replace(bias=False)
        gemm, oc = self.node.op == "Gemm", given.spec.oc
        self.scale = np.full(oc, self.node.get("alpha", float, 1.0) if gemm else 1.0)
        self.shift = np.zeros(oc)
        if gemm and self.node.input(2):
            self._add(self.node.input(2), self.node.get("beta", float, 1.0))

    def _add(self, c: str, factor: float) -> None:
        """What a Gemm adds: a bias, or a residual."""
        if (values := per_channel(self, c)) is not None:
            self.shift = factor * values
            self.spec = self.spec.replace(bias=True)
        elif factor == 1 and c not in self.graph.constant and self.graph.shape(c) == self.shape:
            self.spec, self.adds = self.spec.replace(residual=True), c
        else:
            raise UnsupportedError(f"{brief(c)} has neither the output's shape nor one constant for each channel")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.given.shape

    @property
    def channel(self) -> int:
        return self.given.outward[-1]

    def laid(self, layout: str, dtype: str | None) -> tuple[ConvSpec, Orders]:
        return self.spec.replace(dtype=dtype or self.spec.dtype), (self.given.inward, self.given.outward)

    def _weights(self) -> NDArray[Any]:
        return self.given.packed(exactly(self.graph, self.weights, self.graph.known(self.weights), "weights"))


class IntegerProduct(Integers):
    """Of integers."""

    def __init__(self, graph: Graph, index: int, given: Geometry, of: Operands) -> None:
        self.given = given
        super().__init__(graph, index, given.spec, Read(of.x.name), of)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.given.shape

    @property
    def channel(self) -> int:
        return self.given.outward[-1]

    @property
    def axis(self) -> int:
        return self.given.axis

    def laid(self, layout: str, dtype: str | None) -> tuple[ConvSpec, Orders]:
        return self.spec, (self.given.inward, self.given.outward)

    def _weights(self) -> NDArray[Any]:
        return self.given.packed(super()._weights())
