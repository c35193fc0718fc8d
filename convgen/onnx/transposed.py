"""ConvTranspose: which outputs there are. Its weights are [ic][oc / group][kernel].

Without output_shape, an axis has (i − 1)·s + (k − 1)·d + 1 + output_padding outputs, less both pads; with it, or with
auto_pad, which means i·s outputs, the pads are what is left over, where as many are wanted as there are or fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputError
from ..layer.descriptor import PADS
from ..layer.names import show
from .graph import Node

OPERATOR = "ConvTranspose"

Numbers = Callable[[str, int, int], tuple[int, ...]]  # of a field: as many integers as said, or a default for each


def pads(node: Node, fields: dict[str, Any], axes: str, numbers: Numbers) -> dict[str, int]:
    """The pads of the layer whose other fields these are; numbers reads attributes."""
    rank, mode = len(axes), node.get("auto_pad", str, "NOTSET")
    if mode not in ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"):
        raise InputError(f"auto_pad must be NOTSET, SAME_UPPER, SAME_LOWER or VALID (auto_pad={show(mode)})")
    added, told = numbers("output_padding", 0, rank), numbers("output_shape", 0, rank)
    given = numbers("pads", 0, 2 * rank) if mode == "NOTSET" else (0,) * (2 * rank)
    found: dict[str, int] = {}
    for at, axis in enumerate(axes):
        i, k, s, d = (fields[f"{kind}{axis}"] for kind in "iksd")
        if not 0 <= added[at] < max(s, d):
            raise InputError("output_padding must be at least 0 and less than stride or dilation"
                             f" (output_padding={added[at]}, stride={s}, dilation={d})")
        whole, before, after = (i - 1) * s + (k - 1) * d + 1, given[at], given[rank + at] - added[at]
        outputs = told[at] if "output_shape" in node.attributes else i * s * mode.startswith("SAME")
        if outputs:
            total = max(0, whole + added[at] - outputs)
            before = total // 2 if mode == "SAME_UPPER" else total - total // 2
            after = whole - outputs - before
        found |= zip(PADS[axis], (before, after), strict=True)
    return found
