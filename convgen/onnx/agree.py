"""Whether the extents of what a node reads and makes can be.

A model may have extents baked into it, as the shape that a Reshape gives: these stay what they were when --batch or
--set change those of the inputs. onnx infers shapes from them all the same, and layers behind would contradict layers
before. Each rule says what must hold, and what does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Shape = tuple[int, ...]
Known = Sequence[Shape | None]  # of inputs or outputs; None where an extent is not known, or there is no such array

BAKED = "extents are baked into the model: export it with a dynamic batch and dynamic axes"


def disagreement(op: str, given: Mapping[str, Any], inputs: Known, outputs: Known, target: Shape | None) -> str:
    """What is wrong with a node of ONNX, empty where nothing can be seen to be. given: its attributes. target: the
    numbers of a second input of which that is known."""
    rule = RULES.get(op)
    return rule(given, inputs, outputs, target) if rule is not None and inputs and outputs else ""


def _elements(given: Mapping[str, Any], inputs: Known, outputs: Known, target: Shape | None) -> str:
    x, y = inputs[0], outputs[0]
    if x is not None and y is None and target is not None and -1 in target:  # onnx has found no extent for the −1
        kept = [x[axis] if extent == 0 and axis < len(x) else extent for axis, extent in enumerate(target)]
        rest = math.prod(extent for extent in kept if extent != -1)
        if rest < 1 or math.prod(x) % rest:
            return f"must keep the number of elements ({x} has {math.prod(x)}, not a multiple of {kept}); its {BAKED}"
    if x is None or y is None or math.prod(x) == math.prod(y):
        return ""
    return f"must keep the number of elements ({x} has {math.prod(x)}, and {y} has {math.prod(y)}); its {BAKED}"


def _joined(given: Mapping[str, Any], inputs: Known, outputs: Known, target: Shape | None) -> str:
    shapes = [shape for shape in inputs if shape is not None]
    axis = given.get("axis", 1)
    if not shapes or not isinstance(axis, int) or not -len(shapes[0]) <= axis < len(shapes[0]):
        return ""
    others = {shape[: axis % len(shape)] + shape[axis % len(shape) + 1 :] for shape in shapes if shape}
    if len({len(shape) for shape in shapes}) == len(others) == 1:
        return ""
    return f"must join arrays that differ along axis {axis} alone ({_listed(shapes)})"


def _broadcast(given: Mapping[str, Any], inputs: Known, outputs: Known, target: Shape | None) -> str:
    shapes = [shape for shape in inputs if shape is not None]
    axes = max(map(len, shapes), default=0)
    aligned = [(1,) * (axes - len(shape)) + shape for shape in shapes]
    if "broadcast" in given or all(len({*extents} - {1}) <= 1 for extents in zip(*aligned, strict=True)):
        return ""
    return f"must have inputs of extents that are equal or 1 ({_listed(shapes)})"


def _expanded(given: Mapping[str, Any], inputs: Known, outputs: Known, target: Shape | None) -> str:
    wrong = _broadcast(given, [inputs[0], target], outputs, None)
    return f"{wrong}; its {BAKED}" if wrong else ""


def _images(given: Mapping[str, Any], inputs: Known, outputs: Known, target: Shape | None) -> str:
    """A Resize to extents of which the first is the batch."""
    x, y = inputs[0], outputs[0]
    if x is None or y is None or len(x) < 3 or x[:1] == y[:1]:
        return ""
    return f"must keep the number of images ({x} becomes {y}); its {BAKED}"


def _listed(shapes: Sequence[Shape]) -> str:
    shown = list(dict.fromkeys(map(str, shapes)))
    return ", ".join(shown[:4]) + ", …" * (len(shown) > 4)


RULES: dict[str, Callable[[Mapping[str, Any], Known, Known, Shape | None], str]] = {
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"), _elements),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow", "Sum", "Mean", "Max", "Min", "Where"), _broadcast),
    "Concat": _joined,
    "Expand": _expanded,
    "Resize": _images,
}
