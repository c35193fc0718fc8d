"""What a function says of its parameters: what each points to, and how far apart things lie there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 112


def apart(strides: Iterable[tuple[str, int]]) -> str:
    """``; pixels 64 apart, rows 3584``, leaving out what there is one of, or what is contiguous (stride 0 or 1)."""
    told = [f"{name} {stride}" for name, stride in strides if stride > 1]
    return "; " + ", ".join([f"{told[0]} apart", *told[1:]]) if told else ""


def lines(text: Iterable[str]) -> list[str]:
    """A comment's lines: one for each parameter, longer ones wrapped."""
    return [line for one in text if one for line in textwrap.wrap(one, WIDTH, subsequent_indent="  ")]
