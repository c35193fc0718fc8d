"""Where a weight lies in the caller's array."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from convgen import ConvSpec
from convgen.algorithms.weights import weight_address

LETTERS = "oidhw"


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("layout", ["oihw", "hwio", "ohwi"])
def test_the_address_is_that_of_the_layout(layout: str, flip: bool) -> None:
    spec = ConvSpec(g=2, ic=6, oc=4, id=5, ih=5, iw=5, kd=2, kh=3, kw=4, weights_layout=layout, flip=flip)
    extents = dict(zip(LETTERS, (spec.oc, spec.icg, spec.kd, spec.kh, spec.kw), strict=True))
    order = layout.replace("h", "dh")
    number = np.arange(np.prod([*extents.values()])).reshape([extents[letter] for letter in order])
    weights = np.transpose(number, [order.index(letter) for letter in LETTERS])
    if flip:
        weights = weights[:, :, ::-1, ::-1, ::-1]
    address = weight_address(spec, "oc", "ic", ("kd", "kh", "kw"))
    for place in itertools.product(*map(range, weights.shape)):
        assert eval(address, dict(zip(("oc", "ic", "kd", "kh", "kw"), place, strict=True))) == weights[place]


def test_indices_that_are_no_variables_are_zero() -> None:
    spec = ConvSpec(ic=3, oc=4, ih=5, iw=5, kh=1, kw=3, weights_layout="hwio")
    assert weight_address(spec, "(oc0 + j)", "c", ["kw"]) == "(oc0 + j) + c * 4 + kw * 12"
