"""Arithmetic that is proven by trying all numbers there are.

What a nest makes of one or two arrays of 8 bits has at most 65,536 different results. Where they stay the same, bit for
bit, with a product in the place of a quotient, x · f for x / c with f next to 1/c, the product is taken: a division
takes as long as ten of them. (A sum of two quantised arrays, quantised again, as residual networks have it.)
Nests of the same numbers are tried once; a model of more different ones than TRIALS keeps further divisions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .element import Element
from .functions import apply
from .steps import Call, Model, Nest

MOST = 2  # arrays of 8 bits that a nest reads
TRIALS = 500  # different nests of a model, of about 10 ms each; networks have some dozens
QUOTIENT = "div"


def tried(model: Model) -> Model:
    """The same results by nests without divisions, where there is proof."""
    known = dict[str, tuple[Call, ...]]()
    steps = tuple(_tried(step, model, known) if isinstance(step, Nest) else step for step in model.steps)
    return model._replace(steps=steps)


def _tried(nest: Nest, model: Model, known: dict[str, tuple[Call, ...]]) -> Nest:
    """known: by what a nest computes as it is written, the calls that are proven for it."""
    elements = [model.values[operand.value].element for operand in nest.operands]
    divided = [at for at, call in enumerate(nest.calls) if call.function == QUOTIENT]
    if nest.reduced or not 0 < len(elements) <= MOST or len(divided) != 1 \
            or not all(one.whole and one.bytes == 1 for one in (*elements, model.values[nest.makes].element)) \
            or any(call.table for call in nest.calls):
        return nest
    (at,) = divided
    _, divisor = nest.calls[at].arguments
    if not isinstance(divisor, float) or not divisor:
        return nest
    written = repr(([one.name for one in elements], nest.calls))
    if written not in known and len(known) < TRIALS:
        known[written] = _proven(elements, nest.calls, at, float(divisor))
    return nest._replace(calls=known.get(written, nest.calls))


def _proven(elements: list[Element], calls: tuple[Call, ...], at: int, divisor: float) -> tuple[Call, ...]:
    """The calls with a product at the place of the quotient; as they are where none gives the same."""
    wanted = _all(elements, calls)
    near = np.float32(1) / np.float32(divisor)
    for factor in (near, np.nextafter(near, np.float32(0)), np.nextafter(near, np.float32(2) * near)):
        product = Call("mul", (calls[at].arguments[0], float(factor)))
        found = (*calls[:at], product, *calls[at + 1 :])
        if np.isfinite(factor) and (_all(elements, found) == wanted).all():
            return found
    return calls


def _all(elements: list[Element], calls: tuple[Call, ...]) -> NDArray[np.int64]:
    """What calls make of all the numbers that operands can be; floats are those of f32."""
    grid = np.meshgrid(*(np.arange(one.smallest, one.largest + 1) for one in elements), indexing="ij")
    found = [axis.astype(np.int64) for axis in grid]
    with np.errstate(all="ignore"):
        for call in calls:
            met = [found[one] for one in call.arguments if isinstance(one, int)]
            real = any(one.dtype.kind == "f" for one in met)
            made = apply(call.function, tuple(
                found[one] if isinstance(one, int) else
                np.asarray(one, np.int64 if not real and one.is_integer() else np.float32) for one in call.arguments))
            found.append(made.astype(np.float32) if made.dtype.kind == "f" else made)
    return np.asarray(found[-1], np.int64)
