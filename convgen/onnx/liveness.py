"""The memory that a graph takes from step to step: a value lives from the step that makes it to the last that reads it.

A step is a node, or all the nodes that one layer does, whose inner values are never in memory. Constants, weights among
them, are not counted: they are there from the beginning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .graph import Graph

# bytes of a number, by ONNX's number of its type; of f32 where the type is not known
BYTES = {2: 1, 3: 1, 4: 2, 5: 2, 7: 8, 9: 1, 10: 2, 11: 8, 13: 8, 16: 2}
FLOAT_BYTES = 4


class Step(NamedTuple):
    """op: of the node, the first of several. layer: whether convgen does it. made: bytes of its outputs. live: of all
    values that are needed while it runs, its outputs among them."""

    name: str
    op: str
    layer: bool
    made: int
    live: int


def steps(graph: Graph, layers: Mapping[str, Sequence[int]]) -> tuple[Step, ...]:
    """In the order of the graph; layers: by name, their nodes, which run as one where the last stands."""
    of_layer = {index: name for name, nodes in layers.items() for index in nodes}
    order: list[tuple[str, tuple[int, ...], bool]] = []
    for index, node in enumerate(graph.nodes):
        if (name := of_layer.get(index)) is not None:
            if index == max(layers[name]):
                order.append((name, tuple(sorted(layers[name])), True))
        elif not graph.constant.issuperset(node.outputs):
            order.append((node.name, (index,), False))
    place = {index: step for step, (_, nodes, _) in enumerate(order) for index in nodes}
    first, last = _lives(graph, place, len(order))
    change = [0] * (len(order) + 1)
    made = [0] * len(order)
    for name, begin in first.items():
        size = _bytes(graph, name)
        change[max(begin, 0)] += size
        change[last[name] + 1] -= size
        if begin >= 0:
            made[begin] += size
    found, live = [], 0
    for step, (name, nodes, layer) in enumerate(order):
        live += change[step]
        op = "Conv" if layer else graph.nodes[nodes[0]].op
        found.append(Step(name, op, layer, made[step], live))
    return tuple(found)


def _lives(graph: Graph, place: Mapping[int, int], count: int) -> tuple[dict[str, int], dict[str, int]]:
    """The step that makes each value, -1 for the graph's inputs, and the last that needs it; none for what stays inside
    of a step."""
    first: dict[str, int] = {}
    for index, step in place.items():
        for name in filter(None, graph.nodes[index].outputs):
            if name in graph.kept or any(place.get(reader) != step for reader in graph.readers.get(name, ())):
                first[name] = step
    last = {name: count - 1 if name in graph.kept else
            max((place[reader] for reader in graph.readers.get(name, ()) if reader in place), default=step)
            for name, step in first.items()}
    for name, readers in graph.readers.items():  # inputs of the graph: nobody makes them
        if graph.maker(name) is None and name not in graph.constant:
            first[name] = -1
            last[name] = max((place[reader] for reader in readers if reader in place), default=0)
    return first, last


def _bytes(graph: Graph, name: str) -> int:
    """Of a value; 0 where its extents are not known."""
    shape = graph.shape(name)
    value = graph.values.get(name)
    return 0 if shape is None or value is None else math.prod(shape) * BYTES.get(value.type, FLOAT_BYTES)
