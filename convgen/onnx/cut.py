"""What negative pads cut off an input before it is convolved: ends of its spatial axes."""

from __future__ import annotations

from typing import NamedTuple

Ends = tuple[int, ...]  # of the spatial axes, as ONNX has pads: before each, then after each


def slices(cut: Ends) -> list[slice]:
    """Of the spatial axes: all but what is cut off."""
    rank = len(cut) // 2
    return [slice(before or None, -after or None) for before, after in zip(cut[:rank], cut[rank:], strict=True)]


class Read(NamedTuple):
    """A value of which a layer reads all but what is cut off; all of it where that is empty."""

    value: str
    cut: Ends = ()

    @property
    def said(self) -> str:
        """As NumPy writes it."""
        ranges = [f"{'' if one.start is None else one.start}:{'' if one.stop is None else one.stop}"
                  for one in slices(self.cut)]
        return f"{self.value}[..., {', '.join(ranges)}]" if any(self.cut) else self.value
