"""Layers made of other layers: what lowering a convolution gives is a forward convolution again."""

from __future__ import annotations

import functools

from ..layer.spec import ConvSpec


@functools.lru_cache(maxsize=256)
def flatten(spec: ConvSpec) -> ConvSpec:
    """A 1×1 layer without strides or padding is a matrix product: its pixels form one long row."""
    if any(a.k != 1 or a.s != 1 or a.before or a.after for a in spec.axes):
        return spec
    pixels = spec.id * spec.ih * spec.iw
    row = {"id": 1, "ih": 1, "dd": 1, "dh": 1, "dw": 1, "weights_layout": spec.weights_layout}
    if spec.channels_last:
        return spec.replace(n=1, iw=spec.n * pixels, layout="nwc", **row)
    return spec.replace(iw=pixels, layout="ncw", **row)


def rows_product(terms: int, channels: int, rows: int) -> ConvSpec:
    """A matrix product, rows × terms by terms × channels, as a 1×1 layer: its rows are pixels, channels last."""
    return ConvSpec(ic=terms, oc=channels, iw=rows, kw=1, layout="nwc", bias=False)
