"""Products of a matrix with a constant one as layers: a 1×1 layer of one image, nwc, whose pixels are the rows of what
is multiplied, whatever axes they have.

    Gemm(A, W, C), MatMul(A, W)    y[…, o] = Σ_k A[…, k]·w[k, o] + c[o]: pixels are all axes of A but k
    Gemm(W, B, C), MatMul(W, B)    y[…, o, n] = Σ_k w[o, k]·B[…, k, n] + c[o]: pixels are all axes of B but k

Transposed operands differ in the order in which they lie, or in which the constant is packed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.element import ELEMENTS
from ..layer.spec import ConvSpec
from .cut import Read
from .fold import Chain, Orders, exactly, per_channel
from .graph import FLOATS, Graph
from .proto import brief

OPERATORS = ("Gemm", "MatMul")


class Product(Chain):
    """As a Chain. last: whether the constant is the second operand, so that output channels come last. turned: whether
    what is multiplied, and then whether the constant, are transposed first."""

    def __init__(self, graph: Graph, index: int) -> None:
        node = graph.nodes[index]
        self.last = node.input(1) in graph.constant
        x, self.weights = node.inputs[:2] if self.last else node.inputs[1::-1]
        self.start(graph, index, Read(x))
        gemm = node.op == "Gemm"
        turned = [bool(gemm and node.get(field, int, 0)) for field in ("transA", "transB")]
        self.turned, self._packed_turned = turned if self.last else turned[::-1]
        given, constant = graph.known(x), graph.known(self.weights)
        if len(constant) != 2 or not given or (len(given) < 2 and not self.last):
            raise UnsupportedError(f"it must multiply by a constant matrix ({brief(self.weights)} {constant})")
        oc, depth = constant[::-1] if self.last != self._packed_turned else constant
        self._inward = self._order(len(given), last=self.last != self.turned)
        lying = [given[axis] for axis in self._inward]
        if lying[-1] != depth:
            raise InputError(f"operands must have as many numbers to sum ({node.input(0)} {graph.known(node.input(0))},"
                             f" {node.input(1)} {graph.known(node.input(1))})")
        made = [*lying[:-1], oc]
        outward = self._order(len(given), last=self.last)
        self._shape = tuple(made[outward.index(axis)] for axis in range(len(made)))
        self._outward = outward
        self.spec = ConvSpec(ic=depth, oc=oc, iw=math.prod(lying[:-1]), kw=1, layout="nwc", weights_layout="oihw",
                             bias=False, dtype=self._dtype())
        self.scale = np.full(oc, node.get("alpha", float, 1.0) if gemm else 1.0)
        self.shift = np.zeros(oc)
        if gemm and node.input(2):
            self._add(node.input(2), node.get("beta", float, 1.0))

    def _order(self, axes: int, *, last: bool) -> tuple[int, ...]:
        """In which the channels are innermost: they are the last axis, or the one before it."""
        order = [*range(axes)]
        if not last:
            order[-2:] = order[:-3:-1]
        return tuple(order)

    def _dtype(self) -> str:
        kinds = {self.graph.kind(name) for name in self.node.inputs if name}
        if len(kinds) > 1 or not kinds <= FLOATS.keys():
            raise UnsupportedError(f"its data must be {', '.join(ELEMENTS)}, all of one type")
        return FLOATS[kinds.pop()].name

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
        return self._shape

    @property
    def channel(self) -> int:
        return self._outward[-1]

    def laid(self, layout: str, dtype: str | None) -> tuple[ConvSpec, Orders]:
        return self.spec.replace(dtype=dtype or self.spec.dtype), (self._inward, self._outward)

    def _weights(self) -> NDArray[Any]:
        array = exactly(self.graph, self.weights, self.graph.known(self.weights), "weights")
        return (array.T if self.last != self._packed_turned else array)[..., np.newaxis].copy()
