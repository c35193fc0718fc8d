"""A layer as an ONNX model: for the rivals that read those."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .problem import Problem, fused

OPSET, IR = 17, 8  # old enough for every reader, new enough for HardSwish

def model(problem: Problem, activations: tuple[str, ...]) -> bytes:
    """x -> Conv -> activation -> y; between two Transposes when the layout is channels-last.

    UnsupportedError unless the activation is one of `activations`.
    """
    constants = {"w": problem.w} | ({} if problem.b is None else {"b": problem.b})
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
    append("Conv", tuple(constants), strides=problem.strides, dilations=problem.dilations,
           pads=problem.before + problem.after, group=problem.spec.g, kernel_shape=problem.w.shape[2:])
    name, params = fused(problem, ("none", *activations))
    known = problem.spec.act.row.onnx
    if name in ("relu6", "clip"):  # Clip's limits are inputs
        scalars = dict(zip(("lower", "upper"), map(np.float32, params or (0.0, 6.0)), strict=True))
        constants |= {key: np.asarray(value) for key, value in scalars.items()}
        append("Clip", tuple(scalars))
    elif known is not None:
        append(known.name, (), **dict(zip(map(str, known.params), params, strict=True)))
    if problem.spec.channels_last:
        append("Transpose", perm=[0, *range(2, rank + 2), 1])
    nodes[-1].output[0] = "y"

    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "layer",
        [helper.make_tensor_value_info("x", kind, problem.x.shape)],
        [helper.make_tensor_value_info("y", kind, problem.output_shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    data: bytes = made.SerializeToString()
    return data
