"""DequantizeLinear behind what only chooses and moves numbers, where a layer reads that.

    DequantizeLinear → MaxPool → Conv      becomes      MaxPool → DequantizeLinear → Conv

whose layer sums integers, as the other could not. With one scale for all, which is positive, the largest of s·(q − z)
is s·(the largest q − z), bit for bit. Networks that were trained for quantisation have this: nobody quantises anew what
a MaxPool has chosen, and ONNX Runtime moves such nodes likewise (qdq_propagation.cc).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..layer.names import unused
from .proto import captured, domain, inner_graphs, text

MOVES = ("DepthToSpace", "Flatten", "MaxPool", "Reshape", "Slice", "SpaceToDepth", "Squeeze", "Transpose", "Unsqueeze")
LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
SINCE = 12  # the opset from which MaxPool takes integers

Shape = Callable[[str], tuple[int, ...] | None]


def moved_behind(graph: Any, nodes: Sequence[Any], types: dict[str, Any], shape: Shape, taken: set[str]) -> list[Any]:
    """The nodes of a graph (of onnx's type) in their order. types: of values, to which those of new ones are added;
    shape: of one, None where it is not known; taken: names, likewise."""
    wanted = _wanted(nodes)
    constant = {text(tensor.name) for tensor in graph.initializer}
    made = {text(name) for node in nodes for name in node.output}
    makers: dict[str, Any] = {}
    found: list[Any] = []
    for node in nodes:
        before = makers.get(text(node.input[0])) if _moves(node) else None
        if before is not None and text(node.output[0]) in wanted:
            whole, real = unused(text(node.output[0]), taken), text(node.output[0])
            types[whole] = type(types[real])()
            types[whole].CopyFrom(types[real])
            types[whole].tensor_type.elem_type = types[text(before.input[0])].tensor_type.elem_type
            early, late = type(node)(), type(node)()
            early.CopyFrom(node)
            early.input[0], early.output[0] = before.input[0], whole
            late.CopyFrom(before)
            late.input[0], late.output[0] = whole, real
            found += [early, late]
        else:
            found.append(node)
        last = found[-1]
        known = last.op_type == "DequantizeLinear" and not domain(last.domain) and len(last.input) > 1
        if known and {text(last.input[0]), text(last.output[0])} <= types.keys() \
                and shape(text(last.input[1])) in ((), (1,)) and text(last.input[1]) not in made \
                and text(last.input[0]) not in constant:
            makers[text(last.output[0])] = last
    return list(_read(graph, found, makers))


def _moves(node: Any) -> bool:
    return node.op_type in MOVES and not domain(node.domain) and bool(node.input) and \
        sum(bool(name) for name in node.output) == 1 == len(node.output)


def _wanted(nodes: Sequence[Any]) -> set[str]:
    """What layers read, perhaps moved."""
    wanted: set[str] = set()
    for node in reversed(nodes):
        if node.op_type in LAYERS and not domain(node.domain):
            wanted.update(map(text, node.input[:2]))
        elif _moves(node) and text(node.output[0]) in wanted:
            wanted.add(text(node.input[0]))
    return wanted


def _read(graph: Any, nodes: Sequence[Any], makers: dict[str, Any]) -> Iterator[Any]:
    """Without the nodes of `makers` that nobody reads any more."""
    readers = Counter(text(name) for node in nodes for name in (*node.input, *captured(inner_graphs(node))))
    readers.update(text(value.name) for value in graph.output)
    for node in nodes:
        if readers[text(node.output[0])] or text(node.output[0]) not in makers:
            yield node
