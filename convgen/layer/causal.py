"""What a layer must be to be causal, or a stream: the checks of spec.py, on numbers, before there is a spec.

    y[o, p] = act( b[o] + Σ_{c, k} w[o, c, k] · x[c, p·s + (k − K + 1)·d] )       K taps; x before its first sample: 0

A causal layer is one whose pads are the reach of its kernel, (K − 1)·d, in front, and none behind: no output reads a
later input.
"""

from __future__ import annotations

from ..errors import InputError
from .names import show


def reach(kernel: int, dilation: int) -> int:
    """Samples of the past that a kernel reads."""
    return (kernel - 1) * dilation


def check_causal(layout: str, *, op: str, stream: int | None, n: int, iw: int) -> None:
    """InputError for a layer that cannot be causal, or, where stream is its largest block, that cannot be a stream."""
    what = "causal" if stream is None else "stream"
    if len(layout) != len("nwc"):
        raise InputError(f"{what} must be of a 1-D layer (layout={layout})")
    if op == "transposed" or (stream is not None and op != "forward"):  # a causal layer has gradients
        raise InputError(f"{what} must be of a forward layer (op={op})")
    if stream is not None and n != 1:
        raise InputError(f"stream must be of one image (n={n}, stream={stream})")
    if stream is not None and iw != stream:
        raise InputError(f"iw must be left to stream (iw={iw}, stream={stream})")


def causal_pads(kw: int, dw: int, *, padding: object, left: int | None, right: int | None) -> tuple[int, int]:
    """The pads of a causal layer, left and right. InputError where others are given."""
    if padding is not None:
        raise InputError(f"padding must be left to a causal layer (padding={show(padding)})")
    pads = reach(kw, dw), 0
    for field, rule, given, wanted in zip(("left", "right"), ("(kw - 1) dw", "0"), (left, right), pads, strict=True):
        if given not in (None, wanted):
            raise InputError(f"{field} must be {rule} of a causal layer ({field}={given}, kw={kw}, dw={dw})")
    return pads
