"""An ONNX graph: nodes in order, shapes, constants."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from ..layer.element import BF16, F16, F32
from ..layer.names import brief, show
from . import tensors
from .constants import VIEWS, NotComputable, evaluable, evaluate
from .extents import Extents
from .proto import attribute, captured, domain, inner_graphs, text
from .tensors import Array

FLOATS = {1: F32, 10: F16, 16: BF16}  # the elements of layers by ONNX's number
FLOAT = 1
MAX_COMPUTED = 2**28  # elements that nodes read and make, all together, to compute constants


class Value(NamedTuple):
    """An array that nodes pass on: ONNX's number of its element type, 0 if unknown; extents, None where unknown."""

    type: int
    shape: tuple[int | None, ...] | None


class Node(NamedTuple):
    """name: of the node, or of its first output. domain: empty for ONNX's own operators. Inputs and outputs whose name
    is empty are not given. proto: the node in onnx's own type."""

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]  # as Python values
    graphs: tuple[Any, ...] = ()  # the bodies of If, Loop and such
    proto: Any = None

    def input(self, index: int) -> str:
        return self.inputs[index] if index < len(self.inputs) else ""

    @property
    def output(self) -> str:
        """The first one."""
        return self.outputs[0] if self.outputs else ""

    def get(self, name: str, kind: type, default: Any) -> Any:
        """An attribute of type int, float, str or tuple (of integers); InputError for one of another."""
        value = self.attributes.get(name, default)
        if value is not default and not isinstance(value, kind):
            raise InputError(f"{name} must be of type {kind.__name__} ({name}={show(value)})")
        return value

    @property
    def title(self) -> str:
        """Its operator, with the domain."""
        return ".".join(filter(None, (self.domain, self.op)))


class Graph:
    """nodes: in an order in which they can run. readers: of each value, the nodes' indices, a node as often as it
    reads it; outputs and what inner graphs read are in `kept`. inputs, outputs: the model's, in its order, without
    initializers. constant: values that are the same in every run.
    free: what options must give for inputs to have known extents: (option, input). read_bytes: of constants that the
    files were found to hold. wrong: as shapes.Inferred has it."""

    def __init__(self, name: str, folder: Path, model: Any, large: dict[str, Any], opset: int,
                 extents: Extents, wrong: Mapping[str, str]) -> None:
        self.name, self.opset, self.free, self._wrong = name, opset, extents.free, wrong
        self._folder, self._known = folder, dict[str, Array]()
        self._computed = self.read_bytes = 0
        graph = model.graph
        self.nodes = [_node(proto) for proto in graph.node]
        self.values = dict(_values(graph))
        self._tensors = {text(t.name): t for t in graph.initializer} | large
        self.values |= {key: Value(t.data_type, tuple(t.dims)) for key, t in self._tensors.items()}
        self.inputs = tuple(name for value in graph.input if (name := text(value.name)) not in self._tensors)
        self.outputs = tuple(text(value.name) for value in graph.output)
        self._given = {*self.inputs, *self._tensors, *(text(t.values.name) for t in graph.sparse_initializer)}
        self._link()
        extents.check(self._makers)
        self.constant: set[str] = {"", *self._tensors}
        for node in self.nodes:
            if self.constant.issuperset(node.inputs) and self._computable(node):
                self.constant.update(node.outputs)

    def _computable(self, node: Node) -> bool:
        """Of constant inputs: whether what it makes is, in a type that can be read, of a size that is known."""
        return evaluable(node.op, node.domain, node.graphs) and all(
            self.shape(name) is not None and self.values[name].type in tensors.KNOWN
            for name in filter(None, (*node.inputs, *node.outputs)))

    def end(self, outputs: tuple[str, ...]) -> None:
        """The graph gives these values, and nodes that they do not need are left out."""
        needed, nodes = set(outputs), list[Node]()
        for node in reversed(self.nodes):
            if not needed.isdisjoint(filter(None, node.outputs)):
                needed.update(node.inputs, captured(node.graphs))
                nodes.append(node)
        self.nodes, self.outputs = nodes[::-1], outputs
        self._link()

    def _link(self) -> None:
        """Who makes and who reads each value; InputError unless every node comes after those whose values it reads."""
        made, self.kept = set(self._given), set(self.outputs)
        self.readers: dict[str, list[int]] = {}
        self._makers: dict[str, int] = {}
        for index, node in enumerate(self.nodes):
            inner = set(captured(node.graphs))
            for name in (*node.inputs, *inner):
                if name and name not in made:
                    raise InputError("nodes must come after those whose outputs they read"
                                     f" ({brief(node.op)} {brief(node.name)} reads {brief(name)})")
            for name in filter(None, node.inputs):
                self.readers.setdefault(name, []).append(index)
            self.kept |= inner
            for name in filter(None, node.outputs):
                if name in made:
                    raise InputError(f"values must have one maker ({brief(name)}, by {brief(node.op)}"
                                     f" {brief(node.name)})")
                self._makers[name] = index
                made.add(name)

    def shape(self, name: str) -> tuple[int, ...] | None:
        """None unless every extent is known."""
        value = self.values.get(name)
        if value is None or value.shape is None or any(extent is None for extent in value.shape):
            return None
        return tuple(extent for extent in value.shape if extent is not None)

    def known(self, name: str) -> tuple[int, ...]:
        """Its shape; InputError that says how to give it."""
        shape = self.shape(name)
        if shape is not None:
            return shape
        if self.free:
            missing = ", ".join(f"{option} (of input {brief(value)})" for option, value in self.free[:8])
            raise InputError(f"the shape of {brief(name)} must be known; give {missing}")
        if wrong := self.wrong(name):
            raise InputError(f"the shape of {brief(name)} must be known, but {wrong}")
        value = self.values.get(name)
        axes = ["AXIS"] if value is None or value.shape is None else [
            str(axis) for axis, extent in enumerate(value.shape) if extent is None]
        missing = ", ".join(f"--set {brief(f'{name}.{axis}')}=EXTENT" for axis in axes[:8])
        raise InputError(f"the shape of {brief(name)} must be known, and cannot be inferred; give {missing}, or"
                         " --skip-unsupported to go on without what needs it")

    def kind(self, name: str) -> int:
        """ONNX's number of its element type, 0 if unknown."""
        return self.values[name].type if name in self.values else 0

    def wrong(self, name: str) -> str:
        """Why the shape of a value is not known: what is wrong with the last node before it of which that is told."""
        pending, seen = [name], {name}
        for one in pending if self._wrong else ():
            if one in self._wrong:
                return self._wrong[one]
            maker = self.maker(one)
            fresh = [before for before in (maker.inputs if maker else ()) if before not in seen]
            pending += fresh
            seen.update(fresh)
        return ""

    def maker(self, name: str) -> Node | None:
        index = self._makers.get(name)
        return None if index is None else self.nodes[index]

    def index(self, name: str) -> int:
        """Of the node that makes a value."""
        return self._makers[name]

    def array(self, name: str) -> Array:
        """The value of a constant, which may not be written. InputError when the file lacks what it claims."""
        pending = [name]
        while pending:  # not by recursion: a chain may be as long as the file allows
            last = pending[-1]
            if last in self._known:
                pending.pop()
            elif last in self._tensors:
                self._known[last] = tensors.read(self._tensors[last], self._folder)
                self.read_bytes += self._known[last].nbytes
            else:
                node = self.nodes[self._makers[last]]
                missing = [name for name in node.inputs if name and name not in self._known]
                if missing:
                    pending += missing
                    continue
                self._evaluate(node)
        return self._known[name]

    def _evaluate(self, node: Node) -> None:
        inputs = [self._known[name] if name else None for name in node.inputs]
        if node.op not in VIEWS:
            self._computed += max(math.prod(self.shape(name) or ()) for name in (*node.inputs, *node.outputs) if name)
        if self._computed > MAX_COMPUTED:
            raise InputError(f"constants that nodes make must not exceed {MAX_COMPUTED} elements ({brief(node.name)})")
        try:
            made = evaluate(node.proto, inputs, self.opset)
        except NotComputable as reason:
            raise InputError(f"{node.op} {brief(node.name)} must be computable ({brief(str(reason))})") from None
        for name, array in zip(node.outputs, made, strict=False):
            if array.shape != self.shape(name):
                raise InputError(f"{node.op} {brief(node.name)} must make an array of its shape"
                                 f" ({array.shape}, and not {self.shape(name)})")
            self._known[name] = array


def _node(proto: Any) -> Node:
    outputs = tuple(map(text, proto.output))
    name = text(proto.name) or next(filter(None, outputs), "")
    attributes = {text(one.name): attribute(one) for one in proto.attribute}
    return Node(name, text(proto.op_type), domain(proto.domain), tuple(map(text, proto.input)), outputs,
                attributes, inner_graphs(proto), proto)


def _values(graph: Any) -> Iterator[tuple[str, Value]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        if value.type.HasField("tensor_type"):
            tensor = value.type.tensor_type
            shape = None
            if tensor.HasField("shape"):
                shape = tuple(int(e.dim_value) if e.WhichOneof("value") == "dim_value" and e.dim_value >= 0 else None
                              for e in tensor.shape.dim)
            yield text(value.name), Value(tensor.elem_type, shape)
