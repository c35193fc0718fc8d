"""Pooling: what is done to the numbers of a window, which the reduced axes of a nest count.

    y[n, c, p] = R over k of x[n, c, p·s + k·d − pad]
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from ...layer.building import Shape
from ...layer.element import Element
from ...layer.names import show
from ...layer.steps import Index, Operand, spread
from ...layer.terms import Argument, term
from ..graph import Node
from .builder import Builder, Operator, unused_outputs


class Window(NamedTuple):
    """Along an axis: inputs, taps, stride, dilation, pads, and outputs."""

    i: int
    k: int
    s: int
    d: int
    before: int
    after: int
    o: int

    @property
    def counts(self) -> list[int]:
        """Of the taps of each output, those within the input."""
        return self._between(self.before, self.before + self.i)

    @property
    def padded(self) -> list[int]:
        """The same within the input or its pads."""
        return self._between(0, self.before + self.i + self.after)

    def _between(self, first: int, end: int) -> list[int]:
        """Of the taps of each output, those at places from first on and before end, of the padded input."""
        return [max(0, min(self.k, -(-(end - at) // self.d)) - max(0, -(-(first - at) // self.d)))
                for at in range(0, self.o * self.s, self.s)]


def windows(node: Node, shape: Shape) -> list[Window]:
    """Of each spatial axis."""
    rank = len(shape) - 2
    if rank < 1:
        raise InputError(f"it must have spatial axes (input {shape})")

    def numbers(field: str, default: int, count: int) -> tuple[int, ...]:
        found: tuple[int, ...] = node.get(field, tuple, (default,) * count)
        if len(found) != count or not all(isinstance(one, int) for one in found):
            raise InputError(f"{field} must be {count} integers ({field}={show(found)})")
        return found

    kernel, pads = numbers("kernel_shape", 0, rank), numbers("pads", 0, 2 * rank)
    strides, dilations = numbers("strides", 1, rank), numbers("dilations", 1, rank)
    mode, up = node.get("auto_pad", str, "NOTSET"), bool(node.get("ceil_mode", int, 0))
    if mode not in ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"):
        raise InputError(f"auto_pad must be NOTSET, SAME_UPPER, SAME_LOWER or VALID (auto_pad={show(mode)})")
    if min(*kernel, *strides, *dilations) < 1 or min(pads) < 0:
        raise InputError(f"kernel_shape, strides and dilations must be at least 1, and pads at least 0 (kernel_shape="
                         f"{list(kernel)}, strides={list(strides)}, dilations={list(dilations)}, pads={list(pads)})")
    return [_window(i, k, s, d, before, after, mode, up) for i, k, s, d, before, after in
            zip(shape[2:], kernel, strides, dilations, pads[:rank], pads[rank:], strict=True)]


def _window(i: int, k: int, s: int, d: int, before: int, after: int, mode: str, up: bool) -> Window:
    reach = (k - 1) * d + 1
    if mode.startswith("SAME"):
        o = -(-i // s)
        total = max(0, (o - 1) * s + reach - i)
        before = total // 2 if mode == "SAME_UPPER" else total - total // 2
        return Window(i, k, s, d, before, total - before, o)
    before, after = (0, 0) if mode == "VALID" else (before, after)
    free = i + before + after - reach
    if free < 0:
        raise InputError(f"kernel_shape must not be larger than the padded input (kernel {reach}, input"
                         f" {i + before + after})")
    o = -(-free // s) + 1 if up else free // s + 1
    if up and (o - 1) * s >= i + before:  # a window must begin within the input or the pad before it
        o -= 1
    return Window(i, k, s, d, before, after, o)


def window_operand(name: str, found: list[Window], outside: float | None) -> Operand:
    axes = len(found) + 2
    index = [Index(-one.before, ((2 + at, one.s), (axes + at, one.d))) for at, one in enumerate(found)]
    reaches = any(one.before or (one.o - 1) * one.s + (one.k - 1) * one.d - one.before >= one.i for one in found)
    return Operand(name, (Index(0, ((0, 1),)), Index(0, ((1, 1),)), *index), outside if reaches else None)


def _extents(net: Builder, node: Node) -> tuple[list[Window], Shape, Shape]:
    """Windows, the output's shape, and the reduced axes."""
    shape = net.shape(node.input(0))
    found = windows(node, shape)
    return found, (*shape[:2], *(one.o for one in found)), tuple(one.k for one in found)


def lowest(element: Element) -> float:
    return element.smallest if element.whole else -math.inf


def _largest(net: Builder, node: Node) -> None:
    unused_outputs(net, node)
    name, (found, axes, reduced) = node.input(0), _extents(net, node)
    element = net.element(name)
    root = term("largest", window_operand(name, found, lowest(element)))
    net.nest(node.output, element, axes, root, reduced)


def _average(net: Builder, node: Node) -> None:
    name, (found, axes, reduced) = node.input(0), _extents(net, node)
    counts = [one.padded if node.get("count_include_pad", int, 0) else one.counts for one in found]
    count: Argument = float(math.prod(reduced))
    if any({*along} != {one.k} for along, one in zip(counts, found, strict=True)):
        whole = functools.reduce(np.multiply.outer, map(np.asarray, counts))
        held = net.hold(f"{node.output}_counts", whole.astype(net.element(name).dtype))
        count = spread(held, net.shape(held), 2)
    net.nest(node.output, net.element(name), axes, term("div", term("sum", window_operand(name, found, 0.0)), count),
             reduced)


def _norm(net: Builder, node: Node) -> None:
    """LpPool: (Σ |x|^p)^(1/p)"""
    name, (found, axes, reduced) = node.input(0), _extents(net, node)
    p = float(node.get("p", int, 2))
    x = window_operand(name, found, 0.0)
    powers = {1.0: term("abs", x), 2.0: term("mul", x, x)}
    total = term("sum", powers.get(p, term("pow", term("abs", x), p)))
    roots = {1.0: total, 2.0: term("sqrt", total)}
    net.nest(node.output, net.element(name), axes, roots.get(p, term("pow", total, 1 / p)), reduced)


OPERATORS: dict[str, Operator] = {"MaxPool": _largest, "AveragePool": _average, "LpPool": _norm}
