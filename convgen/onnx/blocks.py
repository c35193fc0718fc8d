"""Channels in blocks, as ONNX Runtime saves them for one CPU, in ONNX's own order.

With all of its optimisations ONNX Runtime gives values [N, C, H, W] as [N, C/B, H, W, B], where B is 8 or 16, and has
operators of a domain of their own for them:

    ReorderInput (x)      x in blocks
    ReorderOutput (x)     x in none, with so many channels as it says; blocks may have more
    Conv (x, w, b, z)     a FusedConv, of x in blocks, or in none where it has less than B channels
    MaxPool, …            ONNX's

What a value means does not depend on its order, and so they are read as ONNX's operators of values in no blocks.
Weights are constants in an order of their own, filled up with zeros: [O/B, I/B, H, W, B of I, B of O]; or
[O/B, I, H, W, B of O] where x is in none, and for a depthwise Conv. Nodes bring them into ONNX's, and cut off what lies
beyond the channels, where these are told; elsewhere the zeros stay, as channels that nobody needs.

B follows from channels that fill no block of 16, or more of one than of 8; otherwise the file does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .proto import attribute, text
from .spellings import RUNTIME, Writer

DOMAIN = "com.microsoft.nchwc"
SIZES = (8, 16)
POOLS = ("MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool")

Shape = Callable[[str], tuple[int, ...] | None]  # of a value, None unless every extent is known


class Blocks:
    """Of a graph. told: B, as the user says; 0 where that is not said. size: B; 0 where it is not known. inside: values
    in blocks. channels: of those, where they are told. plain: x, by the name of x in blocks."""

    def __init__(self, graph: Any, shape: Shape, told: int) -> None:
        self.shape, self.plain = shape, dict[str, str]()
        nodes = [node for node in graph.node if node.domain == DOMAIN]
        self.inside = {text(name) for node in nodes if node.op_type != "ReorderOutput" for name in node.output}
        self.channels = {text(node.input[0]): _given(node).get("channels", 0) for node in nodes
                         if node.op_type == "ReorderOutput" and node.input}
        pairs = [pair for node in nodes for pair in self._alike(node)]
        while fresh := {b: self.channels[a] for a, b in pairs if a in self.channels and b not in self.channels}:
            self.channels |= fresh
        found = {size for node in nodes if node.op_type == "Conv" for size in self._sizes(node)}
        self.size = found.pop() if len(found) == 1 else 0 if found else told

    def _alike(self, node: Any) -> Iterator[tuple[str, str]]:
        """Values that have as many channels as each other, both ways."""
        names = [text(name) for name in (*node.input[:1], *node.output[:1], *node.input[3:4])]
        if node.op_type in POOLS or (node.op_type == "Conv" and self._depthwise(node)):
            yield from [(a, b) for a in names[:2] for b in names[:2] if a != b]
        if node.op_type == "Conv":
            yield from [(a, b) for a in names[1:] for b in names[1:] if a != b and a and b]

    def _depthwise(self, node: Any) -> bool:
        weights = self.shape(text(node.input[1])) or (0, 0)
        return weights[1] == 1 and _given(node).get("group", 1) == weights[0]

    def _sizes(self, node: Any) -> Iterator[int]:
        """What a Conv says of B."""
        outer, inner, *_ = self.shape(text(node.input[1])) or (0, 0)
        blocked = text(node.input[0]) in self.inside and not self._depthwise(node)
        known = self.channels.get(text(node.output[0]), outer)
        if outer % 16 or (blocked and inner % 16):
            yield 8
        if -(-known // 8) * 8 < outer or (not blocked and inner >= 8):
            yield 16

    def respelled(self, node: Any, taken: set[str]) -> list[Any] | None:
        """The nodes that a node means; None for one that has no blocks, or where B or a shape is not known."""
        if node.domain != DOMAIN or not self.size or not node.input or len(node.output) != 1:
            return None
        write, given = Writer(node, taken), _given(node)
        inputs = [self.plain.get(name, name) for name in map(text, node.input)]
        if node.op_type == "ReorderInput" and not given.get("channels_last", 0):
            self.plain[write.end] = inputs[0]
            return []
        if node.op_type in ("ReorderInput", "ReorderOutput"):
            order = (0, 3, 1, 2) if node.op_type == "ReorderInput" else (0, 2, 3, 1)
            last = given.get("channels_last", 0)
            return [write("Transpose", inputs[0], last=True, perm=order) if last else
                    write("Identity", inputs[0], last=True)]
        if node.op_type in POOLS:
            return [write(node.op_type, *inputs, last=True, **given)]
        made = list(self._conv(node, write, inputs, given)) if node.op_type == "Conv" else []
        return made or None

    def _conv(self, node: Any, write: Writer, inputs: list[str], given: dict[str, Any]) -> Iterator[Any]:
        """A FusedConv, and before it the nodes that make its weights and bias; nothing where shapes are not known."""
        x, weights = self.shape(inputs[0]), self.shape(inputs[1])
        if x is None or weights is None or weights[0] % self.size:
            return
        outer, inner, *kernel = weights
        depthwise, size = self._depthwise(node), self.size
        few = depthwise or text(node.input[0]) not in self.inside
        blocked = [outer // size, inner, *kernel, size] if few else \
            [outer // size, inner // size, *kernel, size, size]
        axes = [0, len(blocked) - 1, *range(1, len(blocked) - 1)] if few else \
            [0, len(blocked) - 1, 1, len(blocked) - 2, *range(2, len(blocked) - 2)]
        count = x[1] if depthwise else self.channels.get(write.end, outer)
        depth = inner if few or given.get("group", 1) > 1 else x[1]
        numbers = {name: write.integers(*values) for name, values in {
            "blocked": blocked, "whole": weights, "start": (0, 0), "ends": (count, depth), "axes": (0, 1),
            "first": (0,), "count": (count,)}.items()}
        yield from numbers.values()
        at = {name: made.output[0] for name, made in numbers.items()}
        apart = write("Reshape", inputs[1], at["blocked"])
        turned = write("Transpose", apart.output[0], perm=axes)
        whole = write("Reshape", turned.output[0], at["whole"])
        cut = write("Slice", whole.output[0], at["start"], at["ends"], at["axes"])
        yield from (apart, turned, whole, cut)
        rest = inputs[2:]
        if rest and rest[0]:
            bias = write("Slice", rest[0], at["first"], at["count"], at["first"])
            yield bias
            rest[0] = bias.output[0]
        own = given | ({"group": count} if depthwise else {})
        yield write("FusedConv", inputs[0], cut.output[0], *rest, last=True, domain=RUNTIME, **own)


def _given(node: Any) -> dict[str, Any]:
    return {text(one.name): attribute(one) for one in node.attribute}
