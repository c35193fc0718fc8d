"""All of a TFLite model between inputs and outputs, as the steps of a network.

    model = find_model("model.tflite")

Convolutions and products are layers, with all folded in that fold.py finds; each other operator of the main graph
becomes the steps that the table of its operator makes (operators/). Operators that no output needs are left out, and so
are constants and inputs that no step reads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from ..errors import InputError, UnsupportedError
from ..layer.element import ELEMENTS
from ..layer.ends import Missing, Operation, ends
from ..layer.fields import LAYOUTS
from ..layer.names import brief, show, to_identifier
from ..layer.network import Use
from ..layer.rounding import parts
from ..layer.steps import Convolve, Model, spread
from ..layer.terms import term
from ..onnx.models import Names
from .file import read
from .fold import fold
from .graph import Graph
from .layers import KINDS, Layer, layer
from .operators import OPERATORS
from .operators.builder import Builder, Node
from .operators.fixed import whole_of
from .products import PRODUCT, Product, product


def find_model(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
               layout: str | None = None, dtype: str | None = None, stop_at: Collection[str] = (),
               cut: Collection[str] = ()) -> Model:
    """layout, dtype: of layers, as models.load has them. cut: tensors at which the network ends, in place of the
    model's outputs; stop_at: operators before which it ends. batch, dims: none, since a converter fixes all extents.
    InputError for a file that is wrong, UnsupportedError with the operators that convgen does not have, and how many
    there are of each.
    """
    if layout is not None and layout.lower() not in ("nchw", "nhwc"):
        raise InputError(f"layout must be nchw or nhwc (layout={show(layout)})")
    if dtype is not None and dtype not in ELEMENTS:
        raise InputError(f"dtype must be one of {', '.join(ELEMENTS)} (dtype={show(dtype)})")
    for field, value in (("batch", batch), ("set", next(iter(dims), None))):
        if value is not None:
            raise InputError(f"{field} must be left to ONNX models: the extents of a whole TFLite model are fixed"
                             f" ({field}={show(value)})")
    graph = Graph(read(path))
    try:
        return model(graph, (layout or "nhwc").lower(), dtype, stop_at, cut)
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{brief(str(path))}: {error}") from None


def model(graph: Graph, layout: str, dtype: str | None, stop_at: Collection[str] = (),
          cut: Collection[str] = ()) -> Model:
    """The same of a graph."""
    net = Builder(graph)
    nodes = [net.node(index) for index in range(len(graph.operators))]
    constants = {name for number, name in enumerate(net.names) if graph.tensors[number].data is not None}
    inputs, outputs = (tuple(map(net.name, one)) for one in (graph.inputs, graph.outputs))
    outputs = ends([Operation((node.kind,), node.inputs, node.outputs) for node in nodes], {*inputs, *constants},
                   outputs, stop_at, cut)
    graph.kept = frozenset(number for number, name in enumerate(net.names) if name in outputs)
    needed = _needed(graph, net, _layers(graph, dtype), outputs)
    inputs = tuple(name for name in inputs if name in needed.values)
    for name in inputs:
        net.begin(name)
    missing, names = Missing(), Names()
    for index, found in needed.units:
        node = nodes[index]
        near = next(filter(None, node.outputs), "").partition(";")[0]
        net.title = f"{brief(near)} {node.kind}"
        try:
            if isinstance(found, Product):
                _multiply(net, node, found, layout, dtype, names)
            elif isinstance(found, Exception):
                raise found
            elif node.kind not in OPERATORS or not node.outputs:
                missing.add(node.kind, near, "")
            elif "" in (*node.inputs, *node.outputs):
                raise InputError(f"it must leave no input or output out (inputs={show(node.inputs)})")
            else:
                OPERATORS[node.kind](net, node)
        except UnsupportedError as error:
            missing.add(node.kind, near, str(error))
        except KeyError:
            if not missing.count:  # else what it reads was not made, of which that tells
                raise InputError(f"{node.kind} {brief(near)}: it must read what is made before it") from None
        except InputError as error:
            raise InputError(f"{node.kind} {brief(near)}: {error}") from None
    if missing.count:
        raise UnsupportedError(missing.said)
    return net.model(to_identifier(graph.name), inputs, outputs)


class _Layers(NamedTuple):
    """made: by the tensor that they make; a convolution is a product of which nothing is left to do. refused: why an
    operator is none, by its number."""

    made: dict[int, Product]
    refused: dict[int, Exception]


def _layers(graph: Graph, dtype: str | None) -> _Layers:
    taken: dict[int, str] = {}
    found = _Layers({}, {})
    for index in reversed(range(len(graph.operators))):  # so that of two summed layers the later one adds the other's
        kind = graph.operators[index].kind
        if kind not in (*KINDS, PRODUCT):
            continue
        floats = dtype is not None
        try:
            one = product(graph, index, floats=floats) if kind == PRODUCT else \
                Product(layer(graph, index, floats=floats), None)
            one = one._replace(layer=fold(graph, one.layer, taken))
        except (InputError, UnsupportedError) as error:
            found.refused[index] = error
            continue
        taken |= dict.fromkeys(one.layer.taken, "")
        found.made[one.layer.makes] = one
    return found


class _Needed(NamedTuple):
    """units: operators in order, each with the layer whose last it is, or why it is none. values: all that are read or
    given, constants left out."""

    units: tuple[tuple[int, Product | Exception | None], ...]
    values: set[str]


def _needed(graph: Graph, net: Builder, found: _Layers, outputs: tuple[str, ...]) -> _Needed:
    units = list[tuple[int, Product | Exception | None]]()
    values = {*outputs}
    for index in reversed(range(len(graph.operators))):
        operator = graph.operators[index]
        made = [number for number in operator.outputs if net.name(number) in values]
        if not made or graph.unpacks(index):
            continue
        one = found.made.get(made[0])
        units.append((index, one if one is not None else found.refused.get(index)))
        reads = operator.inputs if one is None else (one.layer.reads, one.layer.adds)
        values.update(net.name(number) for number in reads if number >= 0 and graph.tensors[number].data is None)
    produced = {number for operator in graph.operators for number in operator.outputs}
    known = produced.union(graph.inputs)
    for number, name in enumerate(net.names):
        if name in values and number not in known and graph.tensors[number].data is None:
            raise InputError(f"a tensor must be an input, a constant, or what an operator makes ({brief(name)})")
    return _Needed(tuple(units[::-1]), values)


def _multiply(net: Builder, node: Node, found: Product, layout: str, dtype: str | None, names: Names) -> None:
    """The step of a layer, and of what its sums become."""
    if found.scale is None:
        _convolve(net, found.layer, net.name(found.layer.makes), layout, dtype, names)
        return
    sums = net.hidden(node.output)
    _convolve(net, found.layer, sums, layout, dtype, names)
    shape, y = net.shape(sums), net.real(node.output)
    each = [spread(net.hold(f"{node.output}_scale", part.astype(np.int32)), part.shape, len(shape) - 1)
            for part in parts(found.scale)]
    root = y.made(term("scale-away", whole_of(net, sums), *each), node.activation)
    net.nest(node.output, y.element, shape, root)


def _convolve(net: Builder, found: Layer, y: str, layout: str, dtype: str | None, names: Names) -> None:
    """y: the value that it makes. A product is a layer of rows, in the order of its axes."""
    x, makes = net.name(found.reads), net.name(found.makes)
    spec = found.spec.replace(dtype=dtype or found.spec.dtype)
    shapes = net.shape(x), net.made(makes)[1]
    orders = tuple(tuple(range(len(shape))) for shape in shapes)
    if spec.input_shape == shapes[0] and layout == "nchw":
        spec = spec.replace(layout=LAYOUTS[spec.rank - 1], weights_layout=spec.weights_layout)
        orders = tuple((0, len(order) - 1, *order[1:-1]) for order in orders)
    arrays = found.arrays(spec.arithmetic.weights)
    use = Use(names.unique(makes.partition(";")[0]), arrays["weights"], arrays["bias"], scale=arrays["scale"])
    adds = net.name(found.adds)
    if math.prod(shapes[0]) != math.prod(spec.input_shape):
        raise InputError(f"input must have the shape {spec.input_shape} ({brief(x)} has {shapes[0]})")
    net.put(Convolve(y, x, adds, spec, use, (orders[0], orders[1])), spec.arithmetic.output, shapes[1])
