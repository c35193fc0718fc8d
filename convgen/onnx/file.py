"""An ONNX file as a graph: nodes in order, shapes, constants. Nothing that the file claims is believed.

    graph = read("model.onnx", batch=1, dims={"height": 224})

What runs through onnx's own C++ (functions inlined, shapes inferred) does so in another process, of bounded memory
and time, and without the large tensors; these are read when somebody asks for their values, from the file or from
others in its folder.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import os
import resource
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import ConvgenError, CrashError, InputError, MissingToolError
from ..isolate import Worker
from ..layer.names import show
from ..layer.spec import LIMIT

MAX_FILE = 2**31 - 1  # bytes: what protobuf reads
MAX_GRAPH = 64 * 2**20  # bytes of a model without its large tensors
MAX_SMALL = 1024  # elements of a tensor that stays in the graph: shapes, axes, per-channel values
MAX_AXES = 64  # of an array: what NumPy takes
MAX_COMPUTED = 2**28  # elements of all constants together that nodes make
INFER_BYTES = 4 * 2**30  # of the process that infers shapes
INFER_SECONDS = 60.0

Array = NDArray[Any]


class Value(NamedTuple):
    """An array that nodes pass on: ONNX's number of its element type, 0 if unknown; extents, None where unknown."""

    type: int
    shape: tuple[int | None, ...] | None


class Node(NamedTuple):
    """name: of the node, or of its first output. domain: empty for ONNX's own operators. Inputs and outputs whose name
    is empty are not given."""

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]  # as Python values
    graphs: tuple[Any, ...]  # the bodies of If, Loop and such

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


class Graph:
    """nodes: in an order in which they can run. readers: of each value, the nodes' indices, a node as often as it
    reads it; outputs and what inner graphs read are in `kept`. free: what options must give for inputs to have known
    extents: (option, input). read_bytes: of constants that the files were found to hold."""

    def __init__(self, name: str, folder: Path, model: Any, tensors: dict[str, Any], opset: int,
                 free: tuple[tuple[str, str], ...]) -> None:
        self.name, self.opset, self.free = name, opset, free
        self._folder, self._tensors, self._known = folder, tensors, dict[str, Array]()
        self._computed = self.read_bytes = 0
        graph = model.graph
        self.nodes = [_node(proto) for proto in graph.node]
        self.values = dict(_values(graph))
        self._tensors = {_text(t.name): t for t in graph.initializer} | tensors
        self.values |= {key: Value(t.data_type, tuple(t.dims)) for key, t in self._tensors.items()}
        self.kept = {_text(value.name) for value in graph.output}
        self.readers: dict[str, list[int]] = {}
        self._makers: dict[str, int] = {}
        self._link({_text(value.name) for value in graph.input} | self._tensors.keys()
                   | {_text(t.values.name) for t in graph.sparse_initializer})
        self.constant: set[str] = {"", *self._tensors}
        for node in self.nodes:
            if (node.op in _EVALUATED and not node.domain and len(node.outputs) == 1
                    and self.constant.issuperset(node.inputs)):
                self.constant.add(node.output)

    def _link(self, made: set[str]) -> None:
        """Who makes and who reads each value; InputError unless every node comes after those whose values it reads."""
        for index, node in enumerate(self.nodes):
            inner = set(_captured(node.graphs))
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
                self._known[last] = _read(self._tensors[last], self._folder)
                self.read_bytes += self._known[last].nbytes
            else:
                node = self.nodes[self._makers[last]]
                missing = [name for name in node.inputs if name and name not in self._known]
                if missing:
                    pending += missing
                    continue
                self._known[last] = self._evaluate(node)
        return self._known[name]

    def _evaluate(self, node: Node) -> Array:
        inputs = [self._known[name] if name else None for name in node.inputs]
        try:
            with np.errstate(all="ignore"):
                made: Array = np.asarray(_EVALUATED[node.op](node, *inputs))
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, MemoryError) as error:
            raise InputError(f"{node.op} {brief(node.name)} must be computable ({brief(str(error))})") from None
        if made.base is None:
            self._computed += made.size
        if self._computed > MAX_COMPUTED:
            raise InputError(f"constants that nodes make must not exceed {MAX_COMPUTED} elements ({brief(node.name)})")
        made.flags.writeable = False
        return made


def brief(text: str) -> str:
    """A name of the file for a line of a message."""
    return text if text and text.isprintable() and len(text) <= 80 else show(text)


def library() -> Any:
    """The module onnx; MissingToolError without it."""
    try:
        import onnx
    except ImportError:
        raise MissingToolError("reading ONNX files needs the package onnx (pip install 'convgen[onnx]')") from None
    return onnx


# --- reading ---


def read(path: str | os.PathLike[str], batch: int | None = None, dims: Mapping[str, int] = {}) -> Graph:
    """The main graph of the file, its functions inlined.

    batch: extent 0 of each input of three or more axes. dims: of symbolic extents, by their names; INPUT.AXIS names
    one that has none. InputError for what is wrong with the file, MissingToolError without the package onnx.
    """
    onnx = library()
    path = Path(path)
    where = brief(str(path))
    model = onnx.ModelProto()
    try:
        model.ParseFromString(_bytes(path))
    except Exception as error:  # of protobuf, which has several implementations
        raise InputError(f"model must be an ONNX file ({where}: {brief(' '.join(str(error).split())[:80])})") from None
    try:
        opset = _opset(model, onnx.defs.onnx_opset_version())
        free = _substitute(model.graph, batch, dims)
        tensors = _take_tensors(onnx, model.graph, path.parent)
        bare = model.SerializeToString()
        if len(bare) > MAX_GRAPH:
            raise InputError(f"graph without its large tensors must not exceed {MAX_GRAPH >> 20} MiB"
                             f" (it has {len(bare)} bytes)")
        complete = onnx.ModelProto()
        complete.ParseFromString(_inferred(bare))
        return Graph(path.stem, path.parent, complete, tensors, opset, free)
    except UnicodeDecodeError:
        raise InputError(f"{where}: names must be UTF-8") from None
    except ConvgenError as error:
        raise type(error)(f"{where}: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        with _regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE:
                raise InputError(f"model must not exceed 2 GiB ({brief(str(path))}: {size} bytes)")
            data: bytes = file.read(size)
            return data
    except (OSError, ValueError) as error:
        raise InputError(f"model must be readable ({brief(str(path))}: {_reason(error)})") from None


def _regular(path: Path) -> Any:
    """The file, opened without waiting for anybody; OSError unless it is a plain one."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "not a plain file")
    return os.fdopen(handle, "rb")


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _opset(model: Any, newest: int) -> int:
    found = [entry.version for entry in model.opset_import if _domain(entry.domain) == ""]
    if not model.HasField("graph") or not found:
        raise InputError("model must have a graph and an opset of ONNX's own operators")
    if not 1 <= max(found) <= newest:
        raise InputError(f"opset must be from 1 to {newest}, which the installed onnx knows (opset={max(found)})")
    return int(max(found))


def _domain(text: str) -> str:
    return "" if text == "ai.onnx" else _text(text)


def _text(value: str | bytes) -> str:
    """What protobuf's newer implementations give as bytes is not UTF-8."""
    if isinstance(value, bytes):
        raise InputError(f"names must be UTF-8 (name={show(value)})")
    return value


def _substitute(graph: Any, batch: int | None, dims: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Put extents where inputs have symbols, in place. What remains: (option that gives it, input)."""
    made = {_text(tensor.name) for tensor in graph.initializer}
    given = {name: _extent(name, value) for name, value in dims.items()}
    rest, known, fixed = dict[str, str](), dict[str, int](), False
    batched = []
    for value in graph.input:
        if _text(value.name) in made or not value.type.HasField("tensor_type"):
            continue
        extents = value.type.tensor_type.shape.dim
        for axis, extent in enumerate(extents):
            name = _text(extent.dim_param) or f"{value.name}.{axis}"
            first = axis == 0 and len(extents) >= 3
            symbolic = extent.WhichOneof("value") != "dim_value" or extent.dim_value < 0
            if first and batch is not None:
                batched.append(value.name)
                told = _extent("batch", batch)
                if given.get(name, told) != told:
                    raise InputError(f"batch and {name} must agree (batch={batch}, {name}={given[name]})")
                fixed = fixed or (not symbolic and extent.dim_value != told)
                known |= {name: told} if symbolic else {}
                extent.dim_value = told
            elif symbolic and name in given | known:
                known[name] = extent.dim_value = (given | known)[name]
            elif symbolic:
                extent.ClearField("dim_value")
                rest["--batch" if first else f"--set {name}"] = value.name
    unknown = [name for name in given if name not in known]
    if unknown:
        options = ", ".join(option.removeprefix("--set ") for option in rest) or "none"
        raise InputError(f"dimension must be a symbol of the model's inputs ({unknown[0]}={given[unknown[0]]};"
                         f" symbols: {brief(options)})")
    if batch is not None and not batched:
        raise InputError(f"batch must be for a model with an input of three or more axes (batch={batch})")
    for value in (*graph.input, *graph.value_info, *graph.output):  # a symbol has one meaning in all of them
        for extent in value.type.tensor_type.shape.dim if value.type.HasField("tensor_type") else ():
            if extent.dim_param in known:
                extent.dim_value = known[extent.dim_param]
    if fixed:  # what the file says of other values was for another batch
        del graph.value_info[:]
        for value in graph.output:
            if value.type.HasField("tensor_type"):
                value.type.tensor_type.ClearField("shape")
    return tuple(rest.items())


def _extent(name: str, value: int) -> int:
    if not isinstance(value, int) or not 1 <= value < LIMIT:
        raise InputError(f"{name} must be at least 1 and below 2^31 ({name}={show(value)})")
    return value


def _take_tensors(onnx: Any, graph: Any, folder: Path) -> dict[str, Any]:
    """The large tensors, taken out of the graph, to which they become inputs: inference needs their shapes only."""
    taken: dict[str, Any] = {}

    def keep(name: str, tensor: Any) -> bool:
        _check(tensor)
        small: bool = math.prod(tensor.dims) <= MAX_SMALL
        if small and tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor.raw_data = _read(tensor, folder).tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
        if not small:
            taken[name] = tensor
        return small

    def keep_node(node: Any) -> bool:
        constant = node.op_type == "Constant" and _domain(node.domain) == "" and len(node.output) == 1
        if not constant or len(node.attribute) != 1 or node.attribute[0].name != "value":
            return True
        return keep(_text(node.output[0]), node.attribute[0].t)

    fresh = type(graph)()
    fresh.initializer.extend(tensor for tensor in graph.initializer if keep(_text(tensor.name), tensor))
    fresh.node.extend(filter(keep_node, graph.node))
    fresh.input.extend(value for value in graph.input if _text(value.name) not in taken)
    fresh.input.extend(onnx.helper.make_tensor_value_info(name, tensor.data_type, list(tensor.dims))
                       for name, tensor in taken.items())
    for field in ("initializer", "node", "input"):
        graph.ClearField(field)
    graph.MergeFrom(fresh)
    return taken


# --- shapes ---


def _inferred(model: bytes) -> bytes:
    """The model with its functions inlined and its values' types, worked out in a process that may die of it."""
    worker = Worker(quiet=True)
    try:
        text = worker.call(f"{__name__}:infer", {"model": model}, INFER_SECONDS)
    except CrashError as error:
        raise InputError(f"model must let shapes be inferred in {INFER_BYTES >> 30} GiB and {INFER_SECONDS:g} s"
                         f" ({error})") from None
    finally:
        worker.kill()
    return msgspec.convert(text, bytes)


def infer(payload: dict[str, str]) -> bytes:
    """For the worker process: see `_inferred`."""
    with contextlib.suppress(OSError, ValueError):  # without a limit where the system has none
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + INFER_BYTES, resource.RLIM_INFINITY))
    return infer_here(msgspec.convert(payload["model"], bytes))


def infer_here(data: bytes) -> bytes:
    """The same, wherever it is called."""
    onnx = library()
    try:
        model = onnx.ModelProto()
        model.ParseFromString(data)
        if model.functions:
            importlib.import_module("onnx.inliner")
            model = onnx.inliner.inline_local_functions(model)
        made: bytes = onnx.shape_inference.infer_shapes(model, data_prop=True).SerializeToString()
    except Exception as error:
        raise InputError(f"model must let shapes be inferred ({brief(' '.join(str(error).split())[:80])})") from None
    if len(made) > MAX_GRAPH:
        raise InputError(f"graph with its functions inlined must not exceed {MAX_GRAPH >> 20} MiB")
    return made


# --- parts of a graph ---


def _node(proto: Any) -> Node:
    outputs = tuple(map(_text, proto.output))
    name = _text(proto.name) or next(filter(None, outputs), "")
    attributes = {_text(one.name): _attribute(one) for one in proto.attribute}
    return Node(name, _text(proto.op_type), _domain(proto.domain), tuple(map(_text, proto.input)), outputs,
                attributes, inner_graphs(proto))


def inner_graphs(proto: Any) -> tuple[Any, ...]:
    """The bodies of If, Loop and such."""
    return tuple(graph for one in proto.attribute
                 for graph in (*([one.g] if one.HasField("g") else []), *one.graphs))


def _attribute(proto: Any) -> Any:
    """The value, by the field that the type names; a tensor as its message."""
    match proto.type:
        case 1:
            return float(proto.f)
        case 2:
            return int(proto.i)
        case 3:
            return bytes(proto.s).decode("utf-8", "replace")
        case 4:
            return proto.t
        case 6:
            return tuple(proto.floats)
        case 7:
            return tuple(proto.ints)
    return None


def _captured(graphs: Sequence[Any]) -> Iterator[str]:
    """What inner graphs read of the outer ones. protobuf limits how deep they nest."""
    for graph in graphs:
        own = {value.name for value in (*graph.input, *graph.initializer)}
        own |= {tensor.values.name for tensor in graph.sparse_initializer}
        own |= {name for node in graph.node for name in node.output}
        for node in graph.node:
            for name in (*node.input, *_captured(inner_graphs(node))):
                if name and name not in own:
                    yield _text(name)
        yield from (_text(value.name) for value in graph.output if value.name not in own)


def _values(graph: Any) -> Iterator[tuple[str, Value]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        if value.type.HasField("tensor_type"):
            tensor = value.type.tensor_type
            shape = None
            if tensor.HasField("shape"):
                shape = tuple(int(e.dim_value) if e.WhichOneof("value") == "dim_value" and e.dim_value >= 0 else None
                              for e in tensor.shape.dim)
            yield _text(value.name), Value(tensor.elem_type, shape)


# --- constants ---

_TYPES: dict[int, np.dtype[Any]] = {  # by ONNX's number
    1: np.dtype("<f4"), 2: np.dtype("u1"), 3: np.dtype("i1"), 6: np.dtype("<i4"), 7: np.dtype("<i8"),
    9: np.dtype("?"), 10: np.dtype("<f2"), 11: np.dtype("<f8"),
}  # fmt: skip
_FIELDS = {1: "float_data", 2: "int32_data", 3: "int32_data", 6: "int32_data", 7: "int64_data", 9: "int32_data",
           11: "double_data"}  # fmt: skip


def _check(tensor: Any) -> None:
    """InputError when the file lacks what the extents claim."""
    name = brief(_text(tensor.name))
    if len(tensor.dims) > MAX_AXES:
        raise InputError(f"tensor {name} must have at most {MAX_AXES} axes (it claims {len(tensor.dims)})")
    if any(extent < 0 for extent in tensor.dims):
        raise InputError(f"tensor {name} must have extents of at least 0 ({show(list(tensor.dims))})")
    if math.prod(tensor.dims) >= LIMIT:
        raise InputError(f"tensor {name} must have fewer than 2^31 elements (it claims {show(list(tensor.dims))})")
    least = 4 if tensor.data_type == 1 else 1 / 8  # bytes of an element in any form
    if tensor.data_location != 1 and math.prod(tensor.dims) * least > tensor.ByteSize():
        raise InputError(f"tensor {name} must hold what it claims ({show(list(tensor.dims))} in"
                         f" {tensor.ByteSize()} bytes)")


def _read(tensor: Any, folder: Path) -> Array:
    """The values, as a view of the file where they lie in one of their own."""
    _check(tensor)
    name, shape = brief(_text(tensor.name)), tuple(tensor.dims)
    if tensor.data_type not in _TYPES:
        raise InputError(f"tensor {name} must be of a known type (data_type={tensor.data_type})")
    dtype = _TYPES[tensor.data_type]
    count = math.prod(shape)
    if tensor.data_location == 1:
        array = _external(tensor, name, folder, dtype, count)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
        array = np.frombuffer(raw, dtype) if len(raw) == count * dtype.itemsize else np.empty(0, dtype)
    elif tensor.data_type in _FIELDS:
        array = np.asarray(getattr(tensor, _FIELDS[tensor.data_type]), dtype)
    else:
        array = np.empty(0, dtype)
    if array.size != count:
        raise InputError(f"tensor {name} must hold what it claims ({show(list(shape))})")
    return array.reshape(shape)


def _external(tensor: Any, name: str, folder: Path, dtype: np.dtype[Any], count: int) -> Array:
    """A tensor in a file beside the model: there, or below, and nowhere else."""
    entries = {_text(entry.key): _text(entry.value) for entry in tensor.external_data}
    location = entries.get("location", "")
    numbers = {}
    for key, default in (("offset", 0), ("length", count * dtype.itemsize)):
        text = entries.get(key, str(default))
        if not text.isascii() or not text.isdigit() or len(text) > 19:
            raise InputError(f"tensor {name}: {key} must be a number ({key}={show(text)})")
        numbers[key] = int(text)
    inside, outside = folder.resolve(), None
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        outside = (inside / location).resolve()
    if not location or outside is None or not outside.is_relative_to(inside):
        raise InputError(f"tensor {name}: external data must lie in the model's folder (location={show(location)})")
    try:
        with _regular(outside) as file:
            size = os.fstat(file.fileno()).st_size
            if numbers["length"] != count * dtype.itemsize or numbers["offset"] + numbers["length"] > size:
                raise InputError(f"tensor {name}: external data must hold what it claims ({count} elements at"
                                 f" {numbers['offset']} of {size} bytes)")
            if not count:
                return np.empty(0, dtype)
            return np.memmap(file, dtype, "r", numbers["offset"], (count,))
    except (OSError, ValueError) as error:
        raise InputError(f"tensor {name}: external data must be readable ({show(location)}:"
                         f" {_reason(error)})") from None


def _constant(node: Node) -> Array:
    for key, dtype in (("value_float", np.float32), ("value_int", np.int64), ("value_floats", np.float32),
                       ("value_ints", np.int64)):
        if key in node.attributes:
            return np.asarray(node.attributes[key], dtype)
    return _read(node.attributes["value"], Path())


def _filled(node: Node, shape: Array) -> Array:
    """ConstantOfShape: one element, seen as often as asked for."""
    tensor = node.attributes.get("value")
    value = np.zeros(1, np.float32) if tensor is None else _read(tensor, Path())
    if value.size != 1 or shape.size > MAX_AXES or math.prod(map(int, shape)) >= LIMIT:
        raise ValueError(f"{value.size} values for the shape {list(shape[:MAX_AXES])}")
    return np.broadcast_to(value.reshape(()), tuple(map(int, shape)))


def _axes(node: Node, given: Array | None) -> tuple[int, ...]:
    axes = node.get("axes", tuple, ()) if given is None else given.ravel()
    return tuple(int(axis) for axis in axes)


def _reshape(node: Node, x: Array, shape: Array) -> Array:
    wanted = [int(extent) for extent in shape]
    if not node.get("allowzero", int, 0):
        wanted = [x.shape[axis] if extent == 0 else extent for axis, extent in enumerate(wanted)]
    return x.reshape(wanted)


def _each(node: Node, *operands: Array, operation: Any) -> Array:
    if "broadcast" in node.attributes or "axis" in node.attributes:  # before opset 7
        raise ValueError("broadcast as before opset 7")
    if math.prod(np.broadcast_shapes(*(operand.shape for operand in operands))) > MAX_COMPUTED:
        raise ValueError("too many elements")
    made: Array = functools.reduce(operation, operands) if len(operands) > 1 else operation(*operands)
    return made


# operators that make constants of constants
_EVALUATED: dict[str, Any] = {
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Identity": lambda node, x: x[...],
    "Unsqueeze": lambda node, x, axes=None: np.expand_dims(x, _axes(node, axes)),
    "Squeeze": lambda node, x, axes=None: np.squeeze(x, _axes(node, axes) or None),
    "Reshape": _reshape,
    "Transpose": lambda node, x: np.transpose(x, node.get("perm", tuple, None)),
    "Add": functools.partial(_each, operation=np.add),
    "Sub": functools.partial(_each, operation=np.subtract),
    "Mul": functools.partial(_each, operation=np.multiply),
    "Sqrt": functools.partial(_each, operation=np.sqrt),
    "Neg": functools.partial(_each, operation=np.negative),
    "Reciprocal": functools.partial(_each, operation=np.reciprocal),
}
