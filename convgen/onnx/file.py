"""An ONNX file as a graph. A model may come from anybody: nothing that the file claims is believed.

    graph = read("model.onnx", batch=1, dims={"height": 224})

What runs through onnx's own C++ (functions inlined, shapes inferred) does so in another process, of bounded memory
and time, and without the large tensors; these are read when somebody asks for their values, from the file or from
others in its folder.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConvgenError, InputError
from ..layer.names import brief
from . import blocks, shapes, tensors
from .extents import fix, substitute
from .graph import Graph
from .proto import domain, library, text

BLOCK = "nchwc"  # among the extents, in place of a symbol
MAX_FILE = 2**31 - 1  # bytes: what protobuf reads


def read(path: str | os.PathLike[str], batch: int | None = None, dims: Mapping[str, int] = {}) -> Graph:
    """The main graph of the file, its functions inlined.

    batch: extent 0 of each input of three or more axes. dims: other extents, by the names that extents.py tells.
    InputError for what is wrong with the file, MissingToolError without the package onnx.
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
        block = _block(model.graph, dims)
        given = fix(onnx, model.graph, {name: value for name, value in dims.items() if name != BLOCK})
        extents = substitute(model.graph, batch, given)
        large = _take_tensors(onnx, model.graph, path.parent)
        bare = model.SerializeToString()
        if len(bare) > shapes.MAX_GRAPH:
            raise InputError(f"graph without its large tensors must not exceed {shapes.MAX_GRAPH >> 20} MiB"
                             f" (it has {len(bare)} bytes)")
        complete = onnx.ModelProto()
        found = shapes.inferred(bare, opset, extents.told, block)
        complete.ParseFromString(found.model)
        return Graph(path.stem, path.parent, complete, large, opset, extents, found.wrong)
    except UnicodeDecodeError:
        raise InputError(f"{where}: names must be UTF-8") from None
    except ConvgenError as error:
        raise type(error)(f"{where}: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        with tensors.regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE:
                raise InputError(f"model must not exceed 2 GiB ({brief(str(path))}: {size} bytes)")
            data: bytes = file.read(size)
            return data
    except (OSError, ValueError) as error:
        raise InputError(f"model must be readable ({brief(str(path))}: {tensors.reason(error)})") from None


def _opset(model: Any, newest: int) -> int:
    found = [entry.version for entry in model.opset_import if domain(entry.domain) == ""]
    if not model.HasField("graph") or not found:
        raise InputError("model must have a graph and an opset of ONNX's own operators")
    if not 1 <= max(found) <= newest:
        raise InputError(f"opset must be from 1 to {newest}, which the installed onnx knows (opset={max(found)})")
    return int(max(found))


def _block(graph: Any, dims: Mapping[str, int]) -> int:
    """The channels of a block, where that is told; 0 otherwise."""
    told = dims.get(BLOCK, 0)
    if BLOCK in dims and (told not in blocks.SIZES or all(node.domain != blocks.DOMAIN for node in graph.node)):
        raise InputError(f"{BLOCK} must be {' or '.join(map(str, blocks.SIZES))}, for a model with channels in blocks"
                         f" ({BLOCK}={told})")
    return told


def _take_tensors(onnx: Any, graph: Any, folder: Path) -> dict[str, Any]:
    """The large tensors, taken out of the graph, to which they become inputs: inference needs their shapes only."""
    taken: dict[str, Any] = {}

    def keep(name: str, tensor: Any) -> bool:
        tensors.check(tensor)
        small: bool = math.prod(tensor.dims) <= shapes.MAX_SMALL
        if small and tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor.raw_data = tensors.read(tensor, folder).tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
        if not small:
            taken[name] = tensor
        return small

    def keep_node(node: Any) -> bool:
        constant = node.op_type == "Constant" and domain(node.domain) == "" and len(node.output) == 1
        if not constant or len(node.attribute) != 1 or node.attribute[0].name != "value":
            return True
        return keep(text(node.output[0]), node.attribute[0].t)

    fresh = type(graph)()
    fresh.initializer.extend(tensor for tensor in graph.initializer if keep(text(tensor.name), tensor))
    fresh.node.extend(filter(keep_node, graph.node))
    fresh.input.extend(value for value in graph.input if text(value.name) not in taken)
    fresh.input.extend(onnx.helper.make_tensor_value_info(name, tensor.data_type, list(tensor.dims))
                       for name, tensor in taken.items())
    for field in ("initializer", "node", "input"):
        graph.ClearField(field)
    graph.MergeFrom(fresh)
    return taken
