"""Normalisations: y = (x − mean) / √(variance + ε), times a scale, plus a shift; and by the sum of neighbours."""

from __future__ import annotations

import math

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape, at, identity
from ...layer.steps import Index, Operand
from ...layer.terms import Argument, Term, term
from ..graph import Node
from .builder import Builder, Operator, unused_outputs
from .reducing import ROWS, all_of, along, extents, kept, one_of, reduce


def _epsilon(node: Node, default: float = 1e-5) -> float:
    return float(np.float32(node.get("epsilon", float, default)))


def _mean_and_variance(net: Builder, near: str, x: str, axes: Shape) -> tuple[str, str]:
    """Of these axes, which become 1: two passes, since x² − mean² would cancel."""
    shape, element = net.shape(x), net.element(x)
    mean = reduce(net, net.hidden(near), x, axes, ROWS["ReduceMean"])
    less = term("sub", along(x, shape, axes), one_of(mean, shape, axes))
    count = float(math.prod(extents(shape, axes)))
    variance = net.nest(net.hidden(near), element, kept(shape, axes),
                        term("div", term("sum", term("mul", less, less)), count), extents(shape, axes))
    return mean, variance


def _scaled(normal: Argument, scale: Argument | None, shift: Argument | None) -> Term:
    made = normal if scale is None else term("mul", normal, scale)
    made = made if shift is None else term("add", made, shift)
    assert isinstance(made, Term)
    return made


def _normal(net: Builder, near: str, x: str, axes: Shape, epsilon: float) -> Term:
    """(x − mean) / √(variance + ε)"""
    shape = net.shape(x)
    mean, variance = (one_of(one, shape, axes) for one in _mean_and_variance(net, near, x, axes))
    return term("div", term("sub", all_of(x, shape), mean), term("sqrt", term("add", variance, epsilon)))


def _batch(net: Builder, node: Node) -> None:
    """By constants: y = x·s + t."""
    unused_outputs(net, node)
    name = node.input(0)
    shape, count = net.shape(name), len(net.shape(name))
    trains = node.get("training_mode", int, 0) or (net.graph.opset < 7 and not node.get("is_test", int, 0))
    if trains or not node.get("spatial", int, 1):
        raise UnsupportedError("it must not train")
    if len(node.inputs) != 5 or count < 2 or any(net.shape(one) != shape[1:2] for one in node.inputs[1:]):
        raise InputError(f"scale, bias, mean and variance must be one number for each channel (input {shape})")
    arrays = [net.array(one) for one in node.inputs[1:]]
    epsilon = _epsilon(node)
    if any(array is None for array in arrays):
        gamma, beta, mean, variance = (net.operand(one, 1) for one in node.inputs[1:])
        normal = term("div", term("sub", all_of(name, shape), mean), term("sqrt", term("add", variance, epsilon)))
        root = _scaled(normal, gamma, beta)
    else:
        g, b, m, v = (array.astype(np.float64) for array in arrays if array is not None)
        scale = g / np.sqrt(v + epsilon)
        held = [net.hold(f"{node.output}_{what}", array.astype(net.element(name).dtype))
                for what, array in (("scale", scale), ("shift", b - m * scale))]
        root = _scaled(all_of(name, shape), *(net.operand(one, 1) for one in held))
    net.nest(node.output, net.element(name), shape, root)


def _instance(net: Builder, node: Node) -> None:
    name = node.input(0)
    shape = net.shape(name)
    root = _normal(net, node.output, name, tuple(range(2, len(shape))), _epsilon(node))
    net.nest(node.output, net.element(name), shape,
             _scaled(root, *(net.operand(one, 1) for one in node.inputs[1:3])))


def _layer(net: Builder, node: Node) -> None:
    """Its mean and 1/√(variance + ε) too, where they are read."""
    name = node.input(0)
    shape, element = net.shape(name), net.element(name)
    axes = tuple(range(at(node.get("axis", int, -1), len(shape)), len(shape)))
    epsilon = _epsilon(node)
    mean, variance = (one_of(one, shape, axes) for one in _mean_and_variance(net, node.output, name, axes))
    deviation = term("sqrt", term("add", variance, epsilon))
    more: tuple[Operand | Term, ...] = mean, term("div", 1.0, deviation)
    for makes, root in zip(node.outputs[1:], more, strict=False):
        if makes:
            net.nest(makes, element, kept(shape, axes), root)
    normal = term("div", term("sub", all_of(name, shape), mean), deviation)
    net.nest(node.output, element, shape, _scaled(normal, *(_given(net, node, place, len(shape)) for place in (1, 2))))


def _given(net: Builder, node: Node, place: int, axes: int) -> Operand | float | None:
    return net.last(node.input(place), axes) if node.input(place) else None


def _rms(net: Builder, node: Node) -> None:
    """RMSNormalization: x / √(mean of x² + ε)"""
    name = node.input(0)
    shape, element = net.shape(name), net.element(name)
    axes = tuple(range(at(node.get("axis", int, -1), len(shape)), len(shape)))
    x = along(name, shape, axes)
    square = net.nest(net.hidden(node.output), element, kept(shape, axes),
                      term("div", term("sum", term("mul", x, x)), float(math.prod(extents(shape, axes)))),
                      extents(shape, axes))
    root = term("sqrt", term("add", one_of(square, shape, axes), _epsilon(node)))
    net.nest(node.output, element, shape,
             _scaled(term("div", all_of(name, shape), root), _given(net, node, 1, len(shape)), None))


def _group(net: Builder, node: Node) -> None:
    """Of groups of neighbouring channels; before opset 21 with a scale and a shift for each of them."""
    name, groups = node.input(0), node.get("num_groups", int, 1)
    shape, element = net.shape(name), net.element(name)
    if groups < 1 or len(shape) < 2 or shape[1] % groups:
        raise InputError(f"num_groups must divide the channels (num_groups={groups}, input {shape})")
    apart = (shape[0], groups, shape[1] // groups, *shape[2:])
    x = net.reshape(net.hidden(node.output), name, apart)
    normal = _normal(net, node.output, x, tuple(range(2, len(apart))), _epsilon(node))
    operands: list[Operand | float] = []
    for one in node.inputs[1:3]:
        if net.shape(one) not in ((groups,), (shape[1],)):
            raise InputError(f"scale and bias must be a number for each channel or group ({net.shape(one)})")
        inner = 1 if net.shape(one) == (groups,) else shape[1] // groups
        split = net.reshape(net.hidden(node.output), one, (groups, inner))
        operands.append(net.operand(split, 1))
    made = net.nest(net.hidden(node.output), element, apart, _scaled(normal, *operands))
    net.reshape(node.output, made, shape)


def _mean_variance(net: Builder, node: Node) -> None:
    name = node.input(0)
    shape = net.shape(name)
    axes = tuple(sorted(at(axis, len(shape), "axes") for axis in node.get("axes", tuple, (0, 2, 3))))
    net.nest(node.output, net.element(name), shape, _normal(net, node.output, name, axes, 1e-9))


def _local(net: Builder, node: Node) -> None:
    """LRN: x / (bias + alpha / size · Σ x²)^beta, of neighbouring channels, where nothing is beyond the last."""
    name, size = node.input(0), node.get("size", int, 1)
    shape = net.shape(name)
    alpha, beta = node.get("alpha", float, 1e-4), node.get("beta", float, 0.75)
    index = identity(len(shape))
    index[1] = Index(-((size - 1) // 2), ((1, 1), (len(shape), 1)))
    near = Operand(name, tuple(index), 0.0)
    total = term("sum", term("mul", near, near))
    under = term("add", term("mul", total, alpha / size), node.get("bias", float, 1.0))
    net.nest(node.output, net.element(name), shape, term("div", all_of(name, shape), term("pow", under, beta)), (size,))


def _unit(net: Builder, node: Node) -> None:
    """LpNormalization: x over the norm of an axis; 0 where that is 0."""
    name, p = node.input(0), node.get("p", int, 2)
    shape, element = net.shape(name), net.element(name)
    axes = (at(node.get("axis", int, -1), len(shape)),)
    norm = reduce(net, net.hidden(node.output), name, axes, ROWS["ReduceL1" if p == 1 else "ReduceL2"])
    under = one_of(norm, shape, axes)
    root = term("choose", term("equal", under, 0.0), under, term("div", all_of(name, shape), under))
    net.nest(node.output, element, shape, root)


OPERATORS: dict[str, Operator] = {
    "BatchNormalization": _batch, "InstanceNormalization": _instance, "LayerNormalization": _layer,
    "RMSNormalization": _rms, "GroupNormalization": _group, "MeanVarianceNormalization": _mean_variance, "LRN": _local,
    "LpNormalization": _unit,
}  # fmt: skip
