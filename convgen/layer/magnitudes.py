"""The largest magnitudes that a layer will meet, as its user knows them."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from ..errors import InputError
from .names import show

RULE = "range must be the largest |input| and the largest |weight|, two finite numbers above 0"


def check_range(given: Any, exact: bool) -> tuple[float, float] | msgspec.UnsetType:
    """What `range` says as a finished spec has it. exact: whether sums are integers, which have their own proof.
    InputError for what are no two magnitudes."""
    if given is None or given is msgspec.UNSET:
        return msgspec.UNSET
    if not isinstance(given, list | tuple) or len(given) != 2 or not all(map(_magnitude, given)):
        raise InputError(f"{RULE} (range={show(given)})")
    if exact:
        raise InputError(f"range must not be given where sums are integers (range={show(given)})")
    return float(given[0]), float(given[1])


def read_range(text: str) -> tuple[float, float]:
    """Of X,W as the command line has it."""
    try:
        x, w = map(float, text.split(","))
    except ValueError:
        raise InputError(f"{RULE}, as 1e30,0.5 (range={show(text)})") from None
    return x, w


def _magnitude(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf \
            and float(value) > 0
    except OverflowError:  # an integer beyond all floats
        return False
