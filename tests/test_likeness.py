"""Whether a library's outputs of a network are convgen's: of floats within a tolerance, of integers as near as it is to
itself with nothing optimised."""

from __future__ import annotations

import numpy as np
import pytest

from convgen.benchmark.rivals.likeness import Apart, Likeness, judge
from convgen.errors import ConvgenError

WANTED = np.linspace(-1, 1, 400)
SIZES = (100, 300)
STEP = np.where(np.arange(400) % 2, 0.03, -0.03)  # everywhere, a step of the last quantisation


def never():
    raise AssertionError("nobody had to ask")


def at(place, by, of=WANTED):
    moved = of.copy()
    moved[place] += by
    return moved


NEAR = {  # what it gives, what it gives with nothing optimised, how far it is from convgen in the worst output
    "equal": (WANTED, None, 0.0),
    "as floats round": (WANTED + 1e-6, None, 1e-6),
    "a step, as from itself": (WANTED + STEP, WANTED, 0.03),
    "less than from itself": (WANTED + STEP, WANTED - STEP, 0.03),
    "only one output is apart": (at(0, 0.05), at(0, -0.05), 0.05),
}


@pytest.mark.parametrize("name", NEAR)
def test_what_is_near_enough(name):
    got, itself, most = NEAR[name]
    found = judge(got, WANTED, SIZES, never if itself is None else lambda: itself)
    assert found.convgen.largest == pytest.approx(most, rel=0.1)
    assert (found.itself is None) == (itself is None)


FAR = {  # likewise, and a part of the message
    "floats": (WANTED + STEP, None, "differs from convgen (output 0: 0.03 of the largest number)"),
    "farther than from itself": (WANTED + 2 * STEP, WANTED + STEP, "from its own with nothing optimised by"),
    "typically farther": (WANTED + STEP, at(slice(100, -1), STEP[100:-1], at(-1, 0.3)), "(output 1)"),
    "in the largest difference": (at(201, 0.1), WANTED + STEP, "(output 1)"),
    "no rounding, which no step carries so far": (-WANTED, WANTED, "from its own"),
    "another output is farther": (at(0, 0.2), at(300, 0.2, at(0, 0.2)), "(output 0)"),
    "not a number": (at(3, np.nan), WANTED, "differs from convgen (output 0: nan"),
    "not a number with nothing optimised": (WANTED + STEP, at(slice(None), np.nan), "nan"),
}


@pytest.mark.parametrize("name", FAR)
def test_what_is_another_network(name):
    got, itself, message = FAR[name]
    with pytest.raises(ConvgenError) as caught:
        judge(got, WANTED, SIZES, None if itself is None else lambda: itself)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_told():
    assert str(Likeness(Apart(0.05, 0.0447))) == "differ from convgen's by 0.05 of the largest number, typically 0.045"
    assert str(Likeness(Apart(0.05, 0.04), Apart(0.1, 0.0754))).endswith(
        "; from its own with nothing optimised by 0.1 of the largest number, typically 0.075")
