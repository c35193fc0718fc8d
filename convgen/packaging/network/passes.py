"""From the steps of a model to those that are printed."""

from __future__ import annotations

from ...layer.fuse import fused
from ...layer.steps import Model
from .orders import Arranged, arranged
from .outputs import made
from .slices import sliced


def laid_out(model: Model) -> Arranged:
    """Its steps fused, each output an array of its own, each value in an order, pieces inside of what they are joined
    to."""
    return sliced(arranged(made(fused(model))))
