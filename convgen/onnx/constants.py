"""The value of a node whose inputs are constants.

Operators that only look at their input otherwise are done here, without copies; the others by onnx's reference
evaluator, one node at a time. Only those are that compute elementwise, move elements or reduce axes, always with the
same result: in time and memory in proportion to what they read and make, which the caller bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..layer.descriptor import LIMIT
from .proto import attribute, domain, text
from .tensors import MAX_AXES, Array, read


class NotComputable(Exception):
    """The reason, in a few words."""


# --- views ---


def _constant(given: dict[str, Any]) -> Array:
    for key, dtype in (("value_float", np.float32), ("value_int", np.int64), ("value_floats", np.float32),
                       ("value_ints", np.int64)):
        if key in given:
            return np.asarray(given[key], dtype)
    return read(given["value"], Path())


def _filled(given: dict[str, Any], shape: Array) -> Array:
    """ConstantOfShape: one element, seen as often as asked for."""
    tensor = given.get("value")
    value = np.zeros(1, np.float32) if tensor is None else read(tensor, Path())
    if value.size != 1 or shape.size > MAX_AXES or math.prod(map(int, shape)) >= LIMIT:
        raise ValueError(f"{value.size} values for the shape {list(shape[:MAX_AXES])}")
    return np.broadcast_to(value.reshape(()), tuple(map(int, shape)))


def _axes(given: dict[str, Any], axes: Array | None) -> tuple[int, ...]:
    return tuple(int(axis) for axis in (given.get("axes", ()) if axes is None else axes.ravel()))


def _reshape(given: dict[str, Any], x: Array, shape: Array) -> Array:
    wanted = [int(extent) for extent in shape]
    if not given.get("allowzero", 0):
        wanted = [x.shape[axis] if extent == 0 else extent for axis, extent in enumerate(wanted)]
    return x.reshape(wanted)


VIEWS: dict[str, Any] = {
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Identity": lambda given, x: x[...],
    "Unsqueeze": lambda given, x, axes=None: np.expand_dims(x, _axes(given, axes)),
    "Squeeze": lambda given, x, axes=None: np.squeeze(x, _axes(given, axes) or None),
    "Reshape": _reshape,
    "Transpose": lambda given, x: np.transpose(x, given.get("perm")),
}

# --- by the reference evaluator ---

_EVALUATED = frozenset({
    "Abs", "Add", "And", "Cast", "CastLike", "Ceil", "Clip", "Concat", "DequantizeLinear", "Div", "Equal", "Exp",
    "Expand", "Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Greater", "GreaterOrEqual", "Less",
    "LessOrEqual", "Log", "Max", "Mean", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pad", "Pow", "QuantizeLinear",
    "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "ReduceSumSquare", "Relu", "Round", "ScatterElements", "ScatterND", "Shape", "Sigmoid", "Sign",
    "Size", "Slice", "Split", "Sqrt", "Sub", "Sum", "Tanh", "Tile", "Trilu", "Where", "Xor",
})  # fmt: skip
# those whose older versions the evaluator lacks, and which the newest includes
NEWEST_WILL_DO = ("DequantizeLinear", "QuantizeLinear")


def evaluable(op: str, domain: str, inner: Sequence[Any]) -> bool:
    """Whether a node's value may be computed from those of its inputs."""
    return not domain and not inner and (op in VIEWS or op in _EVALUATED)


def implementation(op: str, opset: int) -> Any:
    """The reference evaluator's class for an operator of ONNX. Any exception: it has none."""
    from onnx.reference.ops import load_op  # slow to import

    return load_op("", op, None if lacks(op, opset) else opset)


def lacks(op: str, opset: int) -> bool:
    """Whether the evaluator has only newer versions of an operator, the newest of which will do."""
    from onnx.reference.ops import load_op  # slow to import

    if op not in NEWEST_WILL_DO:
        return False
    try:
        load_op("", op, opset)
    except Exception:
        return True
    return False


def evaluate(node: Any, inputs: Sequence[Array | None], opset: int) -> list[Array]:
    """The arrays that a node (of onnx's type) makes, which may not be written; NotComputable with the reason."""
    given = {text(one.name): attribute(one) for one in node.attribute}
    op = text(node.op_type)
    try:
        with np.errstate(all="ignore"):
            made = [VIEWS[op](given, *inputs)] if op in VIEWS else _evaluated(node, inputs, opset)
            arrays = [np.asarray(array) for array in made]
    except Exception as error:  # whatever the evaluator meets in a file that may say anything
        raise NotComputable(" ".join(str(error).split())) from None
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _evaluated(node: Any, inputs: Sequence[Array | None], opset: int) -> Sequence[Array]:
    if any(one.name == "broadcast" for one in node.attribute):
        raise ValueError("broadcast as before opset 7")
    plain = type(node)()
    plain.CopyFrom(node)
    plain.domain = domain(node.domain)
    parameters = {"log": lambda *_: None, "opsets": {"": opset}, "verbose": 0, "new_ops": {}, "existing_functions": {},
                  "evaluator_cls": None}
    made: Sequence[Array] = implementation(node.op_type, opset)(plain, parameters).run(*inputs)
    return made
