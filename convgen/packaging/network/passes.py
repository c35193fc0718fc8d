"""From the steps of a model to those that are printed."""

from __future__ import annotations

from collections.abc import Sequence

from ...layer.fuse import fused
from ...layer.steps import Model
from ...layer.tried import tried
from .chains import Ask, chained
from .orders import Arranged, arranged
from .outputs import made
from .slices import sliced


def merged(models: Sequence[Model], ask: Ask | None = None) -> list[Model]:
    """Each in fewer steps. ask: what layers and chains are predicted to take, None for no chains."""
    found = [tried(fused(model)) for model in models]
    return found if ask is None else chained(found, ask)


def placed(model: Model) -> Arranged:
    """Of a merged model: each output an array of its own, each value in an order, pieces inside of what they are joined
    to."""
    return sliced(arranged(made(model)))


def laid_out(model: Model, ask: Ask | None = None) -> Arranged:
    """All of this."""
    (found,) = merged([model], ask)
    return placed(found)
