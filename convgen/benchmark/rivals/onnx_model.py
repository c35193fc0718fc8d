"""A layer as an ONNX model: for the rivals that read those."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from .problem import Problem, fused

OPSET, IR = 17, 8  # old enough for every reader, new enough for HardSwish


def model(problem: Problem, activations: tuple[str, ...]) -> bytes:
    """x -> Conv -> activation -> y, or x -> QLinearConv -> Clip -> y; between two Transposes when the layout is
    channels-last.

    UnsupportedError unless the activation is one of `activations`.
    """
    exact = problem.spec.arithmetic.exact
    constants = _quantised(problem) if exact else {"w": problem.w} | ({} if problem.b is None else {"b": problem.b})
    nodes: list[onnx.NodeProto] = []
    last = "x"

    def append(operator: str, inputs: tuple[str, ...] = (), **attributes: object) -> None:
        nonlocal last
        name = f"v{len(nodes)}"
        nodes.append(helper.make_node(operator, [last, *inputs], [name], **attributes))
        last = name

    rank = len(problem.axes)
    if problem.spec.channels_last:
        append("Transpose", perm=[0, rank + 1, *range(1, rank + 1)])
    append("QLinearConv" if exact else "Conv", tuple(constants), strides=problem.strides, dilations=problem.dilations,
           pads=problem.before + problem.after, group=problem.spec.g, kernel_shape=problem.w.shape[2:])
    name, params = fused(problem, ("none", *activations))
    known = problem.spec.act.row.onnx
    ends = problem.clamp if exact else {"relu6": (0.0, 6.0), "clip": params}.get(name)
    if ends:  # Clip's limits are inputs
        scalars = dict(zip(("lower", "upper"), (np.asarray(end, problem.x.dtype) for end in ends), strict=True))
        constants |= scalars
        append("Clip", tuple(scalars))
    elif exact:
        pass  # QLinearConv cuts its outputs to their type anyway
    elif known is not None:
        append(known.name, (), **dict(zip(map(str, known.params), params, strict=True)))
    if problem.spec.channels_last:
        append("Transpose", perm=[0, *range(2, rank + 2), 1])
    nodes[-1].output[0] = "y"

    kind = helper.np_dtype_to_tensor_dtype(problem.x.dtype)
    graph = helper.make_graph(
        nodes, "layer",
        [helper.make_tensor_value_info("x", kind, problem.x.shape)],
        [helper.make_tensor_value_info("y", kind, problem.output_shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    data: bytes = made.SerializeToString()
    return data


def _quantised(problem: Problem) -> dict[str, NDArray[Any]]:
    """The constants of QLinearConv, in the order of its inputs. Only weights have a scale for each channel."""
    spec, steps = problem.spec, problem.steps
    found = {
        "x_scale": np.float32(steps.input), "x_zero": spec.arithmetic.input.dtype.type(spec.input_zero),
        "w": problem.w, "w_scale": steps.weights, "w_zero": np.zeros(spec.oc, problem.w.dtype),
        "y_scale": np.float32(steps.output), "y_zero": spec.arithmetic.output.dtype.type(spec.output_zero),
    }  # fmt: skip
    return {name: np.asarray(array) for name, array in found.items()} | ({} if problem.b is None else {"b": problem.b})
