"""Integers q that stand for s·(q − z), made of floats or of each other, and floats of them (quantize.cc,
dequantize.cc)."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedError
from ...layer.element import F32
from ...layer.names import brief
from ...layer.terms import term
from .builder import BYTES, NONE, Builder, Node, Operator, Real
from .fixed import Integers, away_term, factor, scaled_here, tabled, whole_of


def _quantise(net: Builder, node: Node) -> None:
    """Of a float: round(x / s) + z, ties away from zero. Of an integer: by a factor."""
    name, y = node.input(0), net.real(node.output)
    if net.element(name) in BYTES:
        return tabled(net, node, _again)
    if net.element(name) is not F32:
        raise UnsupportedError(f"its input must be f32, s8 or u8 ({brief(name)} is {net.element(name).name})")
    low, high = y.element.smallest - y.zero, y.element.largest - y.zero
    x = term("div", whole_of(net, name), float(y.scale))
    root = y.made(away_term(term("min", term("max", x, low - 1), high + 1)), NONE)
    net.nest(node.output, y.element, net.shape(name), root)
    return None


def _again(q: Integers, x: Real, y: Real) -> Integers:
    return scaled_here(q - x.zero, factor(float(x.scale) / float(y.scale))) + y.zero


def _dequantise(net: Builder, node: Node) -> None:
    name = node.input(0)
    if net.element(name).rounds:  # f16, which f32 holds
        net.nest(node.output, F32, net.shape(name), term("mul", whole_of(net, name), 1.0))
        return
    x = net.real(name)
    root = term("mul", term("to-float", x.less(whole_of(net, name))), float(np.float32(x.scale)))
    net.nest(node.output, F32, net.shape(name), root)


OPERATORS: dict[str, Operator] = {"QUANTIZE": _quantise, "DEQUANTIZE": _dequantise}
