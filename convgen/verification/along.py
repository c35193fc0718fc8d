"""How the error of a network grows along it: each of its values beside what NumPy makes of the same inputs.

    exact   made of inputs and constants by integers, and by floats that round once for each operation: the same bits
    real    floats that round otherwise, as sums do: near what f64 gives, in shares of the value's largest number
    told    integers that are made of real ones, which may lie one apart, and all that is made of them: not judged
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..layer.activation import Activation
from ..layer.functions import FUNCTIONS, REDUCTIONS
from ..layer.steps import Convolve, Model, Nest, Step
from .networks import evaluate

Sort = Literal["exact", "real", "told"]
ORDER: tuple[Sort, ...] = ("exact", "real", "told")

# Of the largest number of a value: each layer has a bound of its own, and this is for the errors of all together.
TOLERANCE = 1e-3

# functions of floats that round once at most, in C as in NumPy
ONCE = {"add", "sub", "mul", "div", "max", "min", "neg", "abs", "sign", "floor", "ceil", "round", "round-small", "sqrt",
        "choose", "to-float", "to-whole", "look-up", "look-up-real", "scale-tflite",
        "scale-away"}


class Error(msgspec.Struct, frozen=True):
    """Of a value. error: the largest difference; of real numbers as a share of the largest of them. differing: how many
    numbers differ. ok: whether they may."""

    value: str
    title: str
    sort: Sort
    error: float
    differing: int
    count: int
    ok: bool


class Reference:
    """What the network's values must be on some inputs."""

    def __init__(self, model: Model, inputs: Mapping[str, NDArray[Any]]) -> None:
        self._sorts = sorts(model)
        self._titles = dict(zip((step.makes for step in model.steps), model.titles, strict=True))
        exact = tuple(step for step in model.steps if self._sorts[step.makes] == "exact")  # made of each other
        self._exact = evaluate(model._replace(steps=exact), inputs, np.float32)
        self._real = evaluate(model, inputs) if len(exact) < len(model.steps) else self._exact

    def wanted(self, value: str) -> NDArray[Any]:
        """What the value must be."""
        return (self._exact if self._sorts[value] == "exact" else self._real)[value]

    def compare(self, value: str, found: NDArray[Any]) -> Error:
        sort, wanted = self._sorts[value], self.wanted(value)
        same = (found == wanted) | (np.isnan(found.astype(np.float64)) & np.isnan(wanted.astype(np.float64)))
        with np.errstate(invalid="ignore"):  # Inf - Inf
            off = np.where(same, 0.0, np.abs(found.astype(np.float64) - wanted))
        largest = float(np.max(off, initial=0.0))
        share = largest / float(np.max(np.abs(wanted), initial=0.0) or 1.0) if wanted.dtype.kind == "f" else largest
        ok = sort == "told" or share <= (TOLERANCE if sort == "real" else 0.0)  # neither, where it is NaN
        return Error(value, self._titles[value], sort, share, int(np.count_nonzero(off)), off.size, ok)


def sorts(model: Model) -> dict[str, Sort]:
    """Of each value."""
    found: dict[str, Sort] = dict.fromkeys((*model.inputs, *model.constants), "exact")
    for step in model.steps:
        before: Sort = max((found[name] for name in step.values), key=ORDER.index, default="exact")
        sort: Sort = max(before, _rounding(step, model), key=ORDER.index)
        found[step.makes] = "told" if sort == "real" and model.values[step.makes].element.whole else sort
    return found


def _rounding(step: Step, model: Model) -> Sort:
    """Whether a step rounds as NumPy does."""
    if isinstance(step, Convolve):
        exact = (spec.arithmetic.exact and spec.arithmetic.output.whole and spec.act.row.exact
                 for spec in step.spec.parts)
        return "exact" if all(exact) else "real"
    if not isinstance(step, Nest):
        return "exact"
    whole = all(model.values[name].element.whole for name in (*step.values, step.makes))
    return "exact" if all(_once(call.function, whole) for call in step.calls) else "real"


def _once(name: str, whole: bool) -> bool:
    if name in REDUCTIONS:
        return whole or name not in ("sum", "product")
    row = FUNCTIONS.get(name)
    if row is None:
        return Activation.parse(name).row.exact
    return whole or name in ONCE or row.result == "truth"
