"""All of an ONNX model between inputs and outputs, as the steps of a network.

    model = find_model("model.onnx", batch=1)

Convolutions and products with constants are layers, with all folded in that layers.py finds; each other node becomes
the steps that the table of its operator makes (operators/). Nodes that no output needs are left out, and so are
constants and inputs that no step reads.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from ..errors import InputError, UnsupportedError
from ..layer.building import identity
from ..layer.element import ELEMENTS
from ..layer.ends import Missing, Operation, ends
from ..layer.names import brief, show, to_identifier
from ..layer.steps import Convolve, Index, Model
from .cut import Read, slices
from .file import read
from .fold import Chain
from .graph import Graph
from .layers import layers
from .models import Names
from .operators import OPERATORS
from .operators.builder import ELEMENTS as KINDS
from .operators.builder import Builder


def find_model(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
               layout: str | None = None, dtype: str | None = None, stop_at: Collection[str] = (),
               cut: Collection[str] = ()) -> Model:
    """batch, dims, layout, dtype: as models.load has them; dtype is that of layers. cut: values at which the network
    ends, in place of the model's outputs. stop_at: operators before which it ends: its outputs are what their nodes
    read, and outputs of the model that do not need them. InputError for a file that is wrong, UnsupportedError with the
    operators that convgen does not have, and how many nodes are of each.
    """
    if layout is not None and layout.lower() not in ("nchw", "nhwc"):
        raise InputError(f"layout must be nchw or nhwc (layout={show(layout)})")
    if dtype is not None and dtype not in ELEMENTS:
        raise InputError(f"dtype must be one of {', '.join(ELEMENTS)} (dtype={show(dtype)})")
    graph = read(path, batch, dims)
    try:
        return model(graph, (layout or "nchw").lower(), dtype, stop_at, cut)
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{brief(str(path))}: {error}") from None


def model(graph: Graph, layout: str, dtype: str | None, stop_at: Collection[str] = (),
          cut: Collection[str] = ()) -> Model:
    """The same of a graph, of which only what is needed is left."""
    for name, count in Counter(graph.inputs).items():
        if count > 1:
            raise InputError(f"inputs must have different names ({brief(name)} is {count} of them)")
    operations = [Operation((node.op, node.title), node.inputs, node.outputs) for node in graph.nodes]
    graph.end(ends(operations, {*graph.inputs, *graph.constant}, graph.outputs, stop_at, cut))
    net = Builder(graph)
    needed = _Units(graph, dtype).needed(graph.outputs)
    inputs = tuple(name for name in graph.inputs if name in needed.values)
    for name in inputs:
        net.begin(name)
    missing = Missing()
    names = Names()
    for index, unit in needed.units:
        node = graph.nodes[index]
        net.title = f"{brief(node.name)} {node.title}"
        try:
            if isinstance(unit, Chain):
                _convolve(net, unit, layout, dtype, names)
            elif node.domain or node.op not in OPERATORS:
                missing.add(node.title, node.name, needed.refused.get(index, ""))
            else:
                OPERATORS[node.op](net, node)
        except UnsupportedError as error:
            missing.add(node.title, node.name, needed.refused.get(index) or str(error))
        except KeyError as lacking:
            if lacking.args == ("",):
                raise InputError(f"{node.title} {brief(node.name)}: it must be given all that it reads"
                                 f" (inputs={show(node.inputs)})") from None
            if not missing.count:  # what it reads was not made, of which that tells
                raise
        except InputError as error:
            raise InputError(f"{node.title} {brief(node.name)}: {error}") from None
    if missing.count:
        raise UnsupportedError(missing.said)
    for name in graph.outputs:
        element, claimed = net.element(name), KINDS.get(graph.kind(name))
        if dtype is None and claimed is not None and claimed is not element:
            raise InputError(f"{brief(name)} must be of the type that its node gives ({element.name}, and the model"
                             f" says {claimed.name})")
    return net.model(to_identifier(graph.name), inputs, graph.outputs)


class _Needed(NamedTuple):
    """units: by the index of the node that makes the last of its values, in order. values: all that are needed.
    refused: by the index of a node, why it is no layer."""

    units: tuple[tuple[int, Chain | None], ...]
    values: set[str]
    refused: dict[int, str]


class _Units:
    """A layer with its nodes, or a node alone."""

    def __init__(self, graph: Graph, dtype: str | None) -> None:
        self.graph = graph
        found = layers(graph, dtype, whole=True)
        self.chains = {chain.end: chain for chain in found.chains}
        self.refused = {index: reason for index, reason in found.taken.items() if reason}

    def needed(self, outputs: tuple[str, ...]) -> _Needed:
        graph, units = self.graph, list[tuple[int, Chain | None]]()
        values = {name for name in outputs if name not in graph.constant}
        for index in reversed(range(len(graph.nodes))):
            node = graph.nodes[index]
            made = values.intersection(node.outputs)
            if not made:
                continue
            chain = self.chains.get(node.output)
            units.append((index, chain))
            reads = node.inputs if chain is None else (chain.reads.value, chain.adds)
            values.update(name for name in reads if name and name not in graph.constant)
        return _Needed(tuple(units[::-1]), values, self.refused)


def _convolve(net: Builder, chain: Chain, layout: str, dtype: str | None, names: Names) -> None:
    """The step of a layer; before it, one that cuts off what it does not read. What the model says of values inside of
    it, which have the shape of its end, must be so."""
    own = net.graph.index(chain.node.output)
    for name in (net.graph.nodes[index].output for index in chain.taken if index >= own):
        if net.graph.shape(name) not in (None, chain.shape):
            raise InputError(f"{brief(name)} must have the shape that its node gives ({chain.shape}, and the model says"
                             f" {net.graph.shape(name)})")
    reads = chain.reads.value
    if any(chain.reads.cut):
        reads = _slice(net, chain.reads, chain.end)
    spec, orders = chain.laid(layout, dtype)
    use = chain.use(names.unique(chain.node.name), spec.arithmetic.weights)
    net.put(Convolve(chain.end, reads, chain.adds, spec, use, orders), spec.arithmetic.output, chain.shape)


def _slice(net: Builder, reads: Read, near: str) -> str:
    shape, index = net.shape(reads.value), identity(len(net.shape(reads.value)))
    made = [*shape]
    for axis, one in enumerate(slices(reads.cut), 2):
        places = range(shape[axis])[one]
        made[axis], index[axis] = len(places), Index(places.start, ((axis, 1),))
    return net.move(net.hidden(near), reads.value, tuple(made), index)
