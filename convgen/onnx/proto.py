"""What the messages of an ONNX file say, in Python; nothing that the file claims is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError, MissingToolError
from ..layer.names import show


def library() -> Any:
    """The module onnx; MissingToolError without it."""
    try:
        import onnx
    except ImportError:
        raise MissingToolError("reading ONNX files needs the package onnx (pip install 'convgen[onnx]')") from None
    return onnx


def text(value: str | bytes) -> str:
    """What protobuf's newer implementations give as bytes is not UTF-8."""
    if isinstance(value, bytes):
        raise InputError(f"names must be UTF-8 (name={show(value)})")
    return value


def type_name(kind: int) -> str:
    """What ONNX calls the type of that number: "uint16"; of none, the number."""
    names = library().TensorProto.DataType
    return str(names.Name(kind)).lower() if kind in names.values() else str(kind)


def domain(name: str) -> str:
    return "" if name == "ai.onnx" else text(name)


def inner_graphs(proto: Any) -> tuple[Any, ...]:
    """The bodies of If, Loop and such."""
    return tuple(graph for one in proto.attribute
                 for graph in (*([one.g] if one.HasField("g") else []), *one.graphs))


def attribute(proto: Any) -> Any:
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
        case 8:
            return tuple(bytes(one).decode("utf-8", "replace") for one in proto.strings)
    return None


def captured(graphs: Sequence[Any]) -> Iterator[str]:
    """What inner graphs read of the outer ones. protobuf limits how deep they nest."""
    for graph in graphs:
        own = own_names(graph) | {value.name for value in graph.input}
        for node in graph.node:
            for name in (*node.input, *captured(inner_graphs(node))):
                if name and name not in own:
                    yield text(name)
        yield from (text(value.name) for value in graph.output if value.name not in own)


def own_names(graph: Any) -> set[str]:
    """Of the values that a graph makes."""
    return ({text(tensor.name) for tensor in graph.initializer}
            | {text(tensor.values.name) for tensor in graph.sparse_initializer}
            | {text(name) for node in graph.node for name in node.output if name})


def rename(graph: Any, names: Mapping[str, str]) -> None:
    """Give values of a graph other names, in place, also where graphs inside read them."""
    if not names:
        return
    for one in (*graph.initializer, *graph.value_info, *graph.output):
        one.name = names.get(one.name, one.name)
    for node in graph.node:
        for field in (node.input, node.output):
            field[:] = [names.get(name, name) for name in field]
        for inner in inner_graphs(node):
            own = own_names(inner) | {value.name for value in inner.input}
            rename(inner, {old: new for old, new in names.items() if old not in own})
