"""A layer as an ONNX model: for the rivals that read those."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from .problem import Problem, fused

OPSET, XOR_OPSET, IR = 17, 18, 8  # old enough for every reader, new enough for HardSwish


def model(problem: Problem, activations: tuple[str, ...], unsigned: bool = False) -> bytes:
    """x -> Conv -> activation -> y, or x -> QLinearConv -> Clip -> y; between two Transposes when the layout is
    channels-last.

    UnsupportedError unless the activation is one of `activations`. unsigned: signed integers are made unsigned ones
    first, 128 above them, and outputs signed again.
    """
    exact = problem.spec.arithmetic.exact
    whole = np.dtype(np.uint8) if unsigned else problem.x.dtype
    bias = {} if problem.b is None else {"b": problem.b}
    constants = (_quantised(problem, whole) if exact else {"w": problem.w}) | bias
    nodes: list[onnx.NodeProto] = []
    last = "x"

    def append(operator: str, inputs: tuple[str, ...] = (), **attributes: object) -> None:
        nonlocal last
        name = f"v{len(nodes)}"
        nodes.append(helper.make_node(operator, [last, *inputs], [name], **attributes))
        last = name

    rank = len(problem.axes)
    if unsigned:
        append("Cast", to=helper.np_dtype_to_tensor_dtype(whole))
        append("BitwiseXor", ("half",))
    if problem.spec.channels_last:
        append("Transpose", perm=[0, rank + 1, *range(1, rank + 1)])
    transposed = problem.spec.transposed
    ends = problem.cropped if transposed else problem.after
    append("QLinearConv" if exact else "ConvTranspose" if transposed else "Conv", tuple(constants),
           strides=problem.strides, dilations=problem.dilations, pads=problem.before + ends, group=problem.spec.g,
           kernel_shape=problem.w.shape[2:], **{"output_padding": problem.added} if transposed else {})
    name, params = fused(problem, ("none", *activations))
    known = problem.spec.act.row.onnx
    limits = problem.clamp if exact else {"relu6": (0.0, 6.0), "clip": params}.get(name)
    if limits:  # Clip's limits are inputs
        moved = [end + 128 * unsigned for end in limits]
        scalars = dict(zip(("lower", "upper"), (np.asarray(end, whole) for end in moved), strict=True))
        constants |= scalars
        append("Clip", tuple(scalars))
    elif exact:
        pass  # QLinearConv cuts its outputs to their type anyway
    elif known is not None:
        append(known.name, (), **dict(zip(map(str, known.params), params, strict=True)))
    if problem.spec.channels_last:
        append("Transpose", perm=[0, *range(2, rank + 2), 1])
    if unsigned:
        append("BitwiseXor", ("half",))
        append("Cast", to=helper.np_dtype_to_tensor_dtype(problem.x.dtype))
        constants["half"] = np.asarray(128, whole)
    nodes[-1].output[0] = "y"

    kind = helper.np_dtype_to_tensor_dtype(problem.x.dtype)
    graph = helper.make_graph(
        nodes, "layer",
        [helper.make_tensor_value_info("x", kind, problem.x.shape)],
        [helper.make_tensor_value_info("y", kind, problem.output_shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )  # fmt: skip
    opset = helper.make_opsetid("", XOR_OPSET if unsigned else OPSET)
    made = helper.make_model(graph, opset_imports=[opset], ir_version=IR)
    data: bytes = made.SerializeToString()
    return data


def _quantised(problem: Problem, whole: np.dtype[Any]) -> dict[str, NDArray[Any]]:
    """The constants of QLinearConv but for the bias, in the order of its inputs. Only weights have a scale for each
    channel. whole: the type of inputs and outputs, which may lie 128 above the layer's."""
    spec, steps = problem.spec, problem.steps
    before, after = (zero + 128 * (whole != problem.x.dtype) for zero in (spec.input_zero, spec.output_zero))
    found = {
        "x_scale": np.float32(steps.input), "x_zero": whole.type(before),
        "w": problem.w, "w_scale": steps.weights, "w_zero": np.zeros(spec.oc, problem.w.dtype),
        "y_scale": np.float32(steps.output), "y_zero": whole.type(after),
    }  # fmt: skip
    return {name: np.asarray(array) for name, array in found.items()}
