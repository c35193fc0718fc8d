"""The shapes of a model's values, and its small constants, in a process of bounded memory and time.

    infer(model)    functions inlined, shapes inferred by onnx; then node by node, in order:
                        a constant, where all it reads are constants, or only a shape of what it reads: its value
                        If with a constant condition: the nodes of its branch
                        an operator of ONNX Runtime, of channels in blocks or not: those of ONNX that it means
                        another whose outputs' shapes are unknown: inferred from what is known by then
                    and DequantizeLinear goes behind what only moves numbers before a layer,
                    and each Conv gets one of its own, in place of one that others read too

so that a shape that follows from computed numbers, as the pads that exporters compute, is known to all nodes behind.
Behind a node whose extents contradict each other none is known. DequantizeLinear is left as it is whatever it reads:
it says what integers stand for.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import resource
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..errors import CrashError, InputError
from ..isolate import Worker
from ..layer.names import brief, unused
from . import behind, tensors
from .agree import disagreement
from .blocks import DOMAIN, Blocks
from .constants import NotComputable, evaluable, evaluate
from .extents import Told
from .proto import attribute, captured, domain, inner_graphs, library, own_names, rename, text
from .spellings import SINCE, respelled
from .tensors import Array

MAX_GRAPH = 64 * 2**20  # bytes of a model without its large tensors
MAX_SMALL = 1024  # elements of a tensor that stays in the graph: shapes, axes, per-channel values
INFER_BYTES = 4 * 2**30  # of the process that infers shapes
INFER_SECONDS = 60.0
DEQUANTIZE = "DequantizeLinear"
INT64 = 7  # ONNX's number of the type that shapes have
MAX_WRONG = 256  # nodes of which it is told what is wrong


class Payload(msgspec.Struct):
    """What the process gets. block: of channels, 0 where that is not told."""

    model: bytes
    opset: int
    told: Told
    block: int


class Inferred(msgspec.Struct):
    """The model with its values' types, its functions and constant branches inlined, its small constants computed.
    wrong: by a value that cannot have a shape, what is wrong with the node that makes it."""

    model: bytes
    wrong: dict[str, str]


def inferred(model: bytes, opset: int, told: Told, block: int) -> Inferred:
    """By `infer_here`, in another process."""
    worker = Worker(quiet=True)
    try:
        found = worker.call(f"{__name__}:infer", Payload(model, opset, told, block), INFER_SECONDS)
    except CrashError as error:
        raise InputError(f"model must let shapes be inferred in {INFER_BYTES >> 30} GiB and {INFER_SECONDS:g} s"
                         f" ({error})") from None
    finally:
        worker.kill()
    return msgspec.convert(found, Inferred, strict=False)


def infer(payload: dict[str, Any]) -> Inferred:
    """For the worker process: see `inferred`."""
    with contextlib.suppress(OSError, ValueError):  # without a limit where the system has none
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + INFER_BYTES, resource.RLIM_INFINITY))
    given = msgspec.convert(payload, Payload, strict=False)
    return infer_here(given.model, given.opset, given.told, given.block)


def infer_here(data: bytes, opset: int, told: Told, block: int) -> Inferred:
    """The same, wherever it is called."""
    onnx = library()
    try:
        model = onnx.ModelProto()
        model.ParseFromString(data)
        if model.functions:
            importlib.import_module("onnx.inliner")
            model = onnx.inliner.inline_local_functions(model)
        model = onnx.shape_inference.infer_shapes(model, data_prop=True)
        walk = _Walk(onnx, model, opset, told, block)
        walk.run()
        made: bytes = model.SerializeToString()
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"model must let shapes be inferred ({brief(' '.join(str(error).split())[:80])})") from None
    if len(made) > MAX_GRAPH:
        raise InputError(f"graph with its functions inlined must not exceed {MAX_GRAPH >> 20} MiB")
    return Inferred(made, walk.wrong)


class _Walk:
    """From the first node to the last. types: of values, as far as known. data: of small constants, as tensors;
    made: those of them that the walk has computed, which become initializers. taken: names of values. wrong: as
    Inferred has it; lost: values whose shapes follow from what is wrong."""

    def __init__(self, onnx: Any, model: Any, opset: int, told: Told, block: int) -> None:
        self.onnx, self.model, self.graph, self.opset, self.told = onnx, model, model.graph, opset, told
        self.types: dict[str, Any] = {}
        self.data: dict[str, Any] = {}
        self.made = dict[str, Any]()
        self.wrong, self.lost = dict[str, str](), set[str]()
        self.taken = {text(value.name) for value in self.graph.input} | own_names(self.graph)
        for value in (*self.graph.input, *self.graph.value_info, *self.graph.output):
            if value.type.HasField("tensor_type"):
                self.types[text(value.name)] = value.type
        for tensor in self.graph.initializer:
            self._initial(tensor)
        self.blocks = Blocks(self.graph, self._shape, block)

    def _initial(self, tensor: Any) -> None:
        name = text(tensor.name)
        self.types[name] = self.onnx.helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))
        if math.prod(tensor.dims) <= MAX_SMALL and tensor.data_location != 1:
            self.data[name] = tensor

    def run(self) -> None:
        """Change the model, in place."""
        waiting, nodes = deque(self.graph.node), []
        while waiting:
            node = waiting.popleft()
            inside = respelled(node, self.taken)
            if inside is None:
                inside = self._branch(node) if node.domain != DOMAIN else self.blocks.respelled(node, self.taken)
            if inside is not None:
                waiting.extendleft(reversed(inside))
            elif not self._computed(node):
                self._infer(node)
                self._agree(node)
                nodes.append(node)
        if self.opset >= behind.SINCE:
            nodes = behind.moved_behind(self.graph, nodes, self.types, self._shape, self.taken)
        nodes = list(self._apart(nodes))
        used = {name for node in nodes for name in (*node.input, *captured(inner_graphs(node)))}
        used |= {value.name for value in self.graph.output}
        fresh = type(self.graph)()
        fresh.node.extend(nodes)
        fresh.initializer.extend(tensor for name, tensor in self.made.items() if name in used)
        known = {text(value.name) for value in (*self.graph.input, *self.graph.output, *self.graph.initializer)}
        for name, kind in self.types.items():
            if name not in known:
                fresh.value_info.add(name=name).type.CopyFrom(kind)
        for value in self.graph.output:
            if text(value.name) in self.types:
                value.type.CopyFrom(self.types[value.name])
        for field in ("node", "value_info"):
            self.graph.ClearField(field)
        self.graph.MergeFrom(fresh)

    def _apart(self, nodes: list[Any]) -> Iterator[Any]:
        """The same nodes, with a DequantizeLinear for each Conv whose input it makes."""
        readers = Counter(name for node in nodes for name in (*node.input, *captured(inner_graphs(node))))
        readers.update(value.name for value in self.graph.output)
        makers: dict[str, Any] = {}
        for node in nodes:
            name = node.input[0] if node.op_type == "Conv" and not domain(node.domain) and node.input else ""
            if name in makers and readers[name] > 1:
                readers[name] -= 1
                again = type(node)()
                again.CopyFrom(makers[name])
                again.output[0] = node.input[0] = unused(name, self.taken)
                if name in self.types:
                    self.types[again.output[0]] = self.types[name]
                yield again
            yield node
            if node.op_type == DEQUANTIZE and not domain(node.domain) and len(node.output) == 1:
                makers[text(node.output[0])] = node

    # --- constants ---

    def _computed(self, node: Any) -> bool:
        """Whether a node is a small constant, whose value is known from now on."""
        if node.op_type == DEQUANTIZE or not evaluable(text(node.op_type), domain(node.domain), inner_graphs(node)):
            return False
        try:
            inputs = self._arrays(node)
            if inputs is None or not self._small(node):
                return False
            made = evaluate(node, inputs, self.opset)
        except (InputError, NotComputable, ValueError):
            return False
        for name, array in zip(map(text, node.output), made, strict=False):
            if name:
                tensor = self.onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
                self.made[name] = tensor
                self._initial(tensor)
        return True

    def _arrays(self, node: Any) -> list[Array | None] | None:
        """What it reads, if all of that is known; of an array whose shape is asked for, only the shape."""
        if node.op_type in ("Shape", "Size") and node.input:
            shape = self._shape(text(node.input[0]))
            return None if shape is None else [np.broadcast_to(np.int8(0), shape)]
        if any(name and name not in self.data for name in node.input):
            return None
        return [tensors.read(self.data[name], Path()) if name else None for name in map(text, node.input)]

    def _small(self, node: Any) -> bool:
        """Whether it makes little, in types that can be read; what the file says of that is not believed."""
        for name in node.output:
            self.types.pop(name, None)
        self._infer(node)
        shapes = [self._shape(name) for name in node.output if name]
        return all(shape is not None and math.prod(shape) <= MAX_SMALL for shape in shapes) and all(
            self.types[name].tensor_type.elem_type in tensors.KNOWN for name in node.output if name)

    # --- shapes ---

    def _shape(self, name: str) -> tuple[int, ...] | None:
        """None unless every extent is known."""
        kind = self.types.get(name)
        if kind is None or not kind.tensor_type.HasField("shape"):
            return None
        extents = kind.tensor_type.shape.dim
        if any(one.WhichOneof("value") != "dim_value" or one.dim_value < 0 for one in extents):
            return None
        return tuple(int(one.dim_value) for one in extents)

    def _infer(self, node: Any) -> None:
        """The types of what it makes, where these are not known and those of all that it reads are."""
        missing = [name for name in map(text, node.output) if name and self._shape(name) is None]
        inputs = [name for name in map(text, node.input) if name]
        if missing and not inner_graphs(node) and all(name in self.types for name in inputs):
            with contextlib.suppress(Exception):  # of an operator that onnx does not know, or a node that is wrong
                opset = max(self.opset, SINCE.get(node.op_type, 0))
                schema = self.onnx.defs.get_schema(node.op_type, opset, domain(node.domain))
                found = self.onnx.shape_inference.infer_node_outputs(
                    schema, node, {name: self.types[name] for name in inputs},
                    {name: self.data[name] for name in inputs if name in self.data}, None,
                    list(self.model.opset_import), self.model.ir_version)
                for name, kind in found.items():
                    if name in missing and kind.HasField("tensor_type"):
                        self._merge(name, kind)
        for name in map(text, node.output):
            if name in self.told:
                self._tell(name, self.told[name])

    def _agree(self, node: Any) -> None:
        """Forget the shapes of what it makes, if these contradict what it reads, or that has lost its own."""
        outputs = [name for name in map(text, node.output) if name]
        lost = not self.lost.isdisjoint(node.input)
        if not lost and not domain(node.domain) and outputs:
            target = self.data.get(text(node.input[1])) if len(node.input) > 1 else None
            numbers = None if target is None or target.data_type != INT64 else \
                tuple(map(int, tensors.read(target, Path()).ravel()))
            wrong = disagreement(node.op_type, {text(one.name): attribute(one) for one in node.attribute},
                                 [self._shape(text(name)) for name in node.input], [self._shape(outputs[0])], numbers)
            lost = bool(wrong)
            if lost and len(self.wrong) < MAX_WRONG:
                self.wrong[outputs[0]] = f"{node.op_type} {brief(text(node.name) or outputs[0])} {wrong}"
        if lost:
            self.lost.update(outputs)
            for name in outputs:
                kind = self.types.get(name)
                self.types[name] = self.onnx.helper.make_tensor_type_proto(
                    1 if kind is None else kind.tensor_type.elem_type, None)

    def _merge(self, name: str, kind: Any) -> None:
        """What was known of a value, extent by extent, and what is known now."""
        old = self.types.get(name)
        if old is not None and old.tensor_type.HasField("shape") and kind.tensor_type.HasField("shape"):
            before, after = old.tensor_type.shape.dim, kind.tensor_type.shape.dim
            for was, now in zip(before, after, strict=False) if len(before) == len(after) else ():
                if was.WhichOneof("value") == "dim_value" and now.WhichOneof("value") != "dim_value":
                    now.dim_value = was.dim_value
        if old is None or kind.tensor_type.HasField("shape"):
            if old is not None and old.tensor_type.elem_type:  # as the model claims: whoever makes steps checks it
                kind.tensor_type.elem_type = old.tensor_type.elem_type
            self.types[name] = kind

    def _tell(self, name: str, axes: Mapping[int, int]) -> None:
        """What the user says of a value. One of no known rank has as many axes as are told, if these are the first."""
        kind = self.types.setdefault(name, self.onnx.helper.make_tensor_type_proto(1, None))
        tensor = kind.tensor_type
        if not tensor.HasField("shape"):
            if sorted(axes) != list(range(len(axes))):
                raise InputError(f"the axes of {brief(name)} must all be told, since their number is not known"
                                 f" (told: {', '.join(map(str, sorted(axes)))})")
            for _ in axes:
                tensor.shape.dim.add()
        for axis, extent in axes.items():
            if axis >= len(tensor.shape.dim):
                raise InputError(f"{brief(name)} must have the axis ({brief(name)}.{axis}={extent}, of"
                                 f" {len(tensor.shape.dim)} axes)")
            one = tensor.shape.dim[axis]
            if one.WhichOneof("value") == "dim_value" and one.dim_value not in (extent, -1):
                raise InputError(f"{brief(name)}.{axis} must agree with the model ({extent}, and not"
                                 f" {one.dim_value})")
            one.dim_value = extent

    # --- branches ---

    def _branch(self, node: Any) -> list[Any] | None:
        """The nodes of the branch that an If of ONNX always takes, if it is known, with names that nobody else has."""
        condition = self.data.get(node.input[0]) if len(node.input) == 1 else None
        if node.op_type != "If" or domain(node.domain) or condition is None or condition.data_type != 9:
            return None
        taken = "then_branch" if tensors.read(condition, Path()).any() else "else_branch"
        graph = next((one.g for one in node.attribute if one.name == taken and one.HasField("g")), None)
        if graph is None or graph.input or graph.sparse_initializer or len(graph.output) != len(node.output):
            return None
        inside = own_names(graph)
        names = {name: unused(name, self.taken) for name in sorted(inside & self.taken)}
        self.taken |= inside
        rename(graph, names)
        for tensor in graph.initializer:
            self.graph.initializer.add().CopyFrom(tensor)
            self._initial(tensor)
        for value in graph.value_info:
            if value.type.HasField("tensor_type"):
                self.types.setdefault(text(value.name), value.type)
        ends = [self.onnx.helper.make_node("Identity", [inner.name], [outer])
                for inner, outer in zip(graph.output, node.output, strict=True) if outer]
        return [*graph.node, *ends]
