"""How far a result may lie from the true value, and for which magnitudes."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from ..layer.element import ELEMENTS, F32, KNOWN, Element

UNIT_ROUNDOFF = F32.roundoff  # u


class Range(msgspec.Struct, frozen=True):
    """The largest magnitudes for which no number on the way to an output overflows: of x and of w by themselves (where
    weights alone are integers, of scale w), the one times the other, and what bias and residual may add up to."""

    input: float
    weights: float
    product: float
    added: float

    def holds(self, x: float, w: float) -> bool:
        """Whether it does for |x| and |w| up to these, whatever their signs and places."""
        return x <= self.input and w <= self.weights and x * w <= self.product

    @property
    def conditions(self) -> list[str]:
        """In words, for |x| <= X and |w| <= W; without those that all numbers of a type keep."""
        types = {element.largest for element in ELEMENTS.values()}
        alone = [f"{name} <= {most:.3g}" for name, most in (("X", self.input), ("W", self.weights))
                 if most not in types]
        return [*alone, f"X W <= {self.product:.3g}"]


class Bound(msgspec.Struct, frozen=True):
    """How far a result may lie from the true value.

    With S = Σ|x||w| + |b| + |r|, v the true value before the activation, u = 2^-24, here and of sums in f32, and
    γ_d = d·u / (1 − d·u) (Higham, Accuracy and Stability of Numerical Algorithms, eq. 3.4),

        |y − ŷ| <= lipschitz·γ_d·S + u·(absolute + relative·(|v| + γ_d·S))

    roundings is d, the longest chain of roundings from an input to the sum; the second part is
    the activation's own error; both are for slopes up to 1 in magnitude, where it takes some, and times the largest for
    others. Where data is transformed, S is Σ |Aᵀ|(|U| ⊙ |Bᵀ||x||B|)|A| + |b| + |r|,
    and for |x| ≤ X, |w| ≤ W that is at most amplification·X·W for each of the layer's terms. norms: that S is
    Σ ‖x‖‖w‖ + |b| + |r|, over pairs of blocks of the input and parts of the kernel. arithmetic: the
    type of the sums, 2^-11 being f16's u, which may also be off by 2^-25 in each step. dtype: that of ŷ in memory;
    storing it may round once more (stored). range: for which magnitudes all this holds; unset of integers, of which
    none overflows. Numbers near zero have no part in it: where steps in f32 lie below 2^-126, each may be off by as
    much more. before: of a chain, the bounds of the layers before the last, whose outputs are its input; see allowed.
    """

    roundings: int
    lipschitz: float = 1.0
    absolute: float = 0.0
    relative: float = 0.0
    amplification: float = 1.0
    norms: bool | msgspec.UnsetType = msgspec.UNSET  # files have it where it is so
    arithmetic: str = "f32"
    dtype: str = "f32"
    range: Range | msgspec.UnsetType = msgspec.UNSET  # of manifests that do not tell, too
    before: tuple[Bound, ...] | msgspec.UnsetType = msgspec.UNSET  # unset of a layer

    @property
    def sums(self) -> Element:
        """What the sums are of."""
        return KNOWN[self.arithmetic]

    @property
    def memory(self) -> Element:
        """What ŷ is of."""
        return KNOWN[self.dtype]

    @property
    def gamma(self) -> float:
        """γ_d: how far rounding can carry the sum, as a share of S."""
        share = self.roundings * self.sums.roundoff
        return share / (1 - share) if share < 1 else math.inf

    def allowed(self, v: Any, s: Any, y: Any, brought: Any = 0.0) -> Any:
        """The largest error of outputs y whose sums are v and S; numbers or arrays.

        brought: where the input is what another layer computed, off by up to e, what that makes of the sum: E = Σ e|w|.
        The sum of what is computed has S + E in the place of S, and is off by E more.
        """
        sums = self.gamma * (s + brought) + self.roundings * self.sums.underflow + brought
        own = self.absolute + self.relative * (abs(v) + sums)
        return self.stored(y, self.lipschitz * sums + UNIT_ROUNDOFF * own)

    def stored(self, y: Any, error: Any) -> Any:
        """The largest error in memory of outputs y that are off by up to `error`."""
        if not self.memory.rounds:
            return error
        return error + self.memory.roundoff * (abs(y) + error) + self.memory.underflow
