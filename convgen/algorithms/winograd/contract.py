"""What the parameters of Winograd's functions are, in words."""

from __future__ import annotations

from ...plan.program import Parameter
from ..tiled.contract import lines
from ..tiled.geometry import Strides
from .numbers import Numbers


def contracts(t: Numbers, window: Strides, out: Strides,
              signatures: dict[str, tuple[Parameter, ...]]) -> dict[str, list[str]]:
    """A line for each parameter. window, out: strides of what transforms read and write."""
    pixels, outputs = (f"pixels {map.w} apart, rows {map.h}" for map in (window, out))
    v, m = (f"the tile at the first position; positions {plane} apart, rows of them {t.w.f.n * plane}"
            for plane in (t.v_plane, t.m_plane))
    last = "the last tile, which is smaller than the others"
    step = f"{t.rows.step}x{t.columns.step}"
    phased = f" of a phase, {step} apart in the layer's" * (t.phases > 1)
    row = {"oh": f"the first row of outputs{phased}", "ow": "the first column", "count": "tiles of the row",
           "last": last}
    said = {
        "transform_inside": {"window": f"its first pixel; {pixels}", "channels": "of the window", "v": v},
        "transform_output": {
            "m": m, "bias": "of the first channel", "slopes": "of the first channel", "residual": "as output",
            "output": "the image" if t.phases > 1 and t.given.channels_last else f"the first pixel; {outputs}",
            "row": "of the layer's output, where the tile's first is, or would be", "column": "the same",
            "rows": "outputs down", "columns_left": "outputs across, from the tile's first to the last of the row"},
        "input_row": {
            **row, "input": "the image, the group's first channel", "v": f"the first tile; tiles {t.depth} apart",
            "window": f"room for the row's windows, some channels at a time; {pixels}"},
        "output_row": {
            **row, "m": f"the first tile; tiles {t.width} apart", "bias": "of the group's first channel",
            "slopes": "of the group's first channel", "residual": "as output",
            "output": "the image, the group's first channel",
            "window": f"room for the row's outputs, some channels at a time; {outputs}"},
        "multiply": {
            "p": "the position", "tiles": "of the block", "v": f"the first position; positions {t.v_plane} apart",
            "weights": f"the same of U; positions {t.u_plane} apart", "m": f"as v; positions {t.m_plane} apart"},
        "product": {"input": f"tiles {t.depth} apart", "weights": "panels of the position",
                    "output": f"tiles {t.width} apart"},
        "pack_panel": {
            "weights": "the group's", "scale": "of the group's first channel",
            "phase": "of the outputs, row by row", "oc0": "the panel's first output channel",
            "width": "its output channels",
            "out": f"the panel at the first position, ic, then output channels; positions {t.u_plane} apart"},
    }
    return {name: lines(f"{parameter.name}: {words[parameter.name]}." for parameter in signatures[name])
            for name, words in said.items()}
