"""A plan: every decision about one kernel, and no code.

``loops`` is the loop order of the emitted code, outermost first. A dimension may appear twice: a
block, then the loop inside the block. The reduction dimensions (ic, kd, kh, kw) come last, inside
the register tile of ``mr`` broadcast rows × ``nr`` vectors.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal

import msgspec

from .outside import Natural
from .spec import ConvSpec
from .target import Target

Bind = Literal["seq", "task", "group", "local"]
Dim = Literal["n", "g", "oc", "od", "oh", "ow", "ic", "kd", "kh", "kw"]
Lanes = Literal["oc", "ow", "ic"]
Source = Literal["input", "edges", "copy", "local"]


class Loop(msgspec.Struct, frozen=True):
    """One loop: ``for dim in steps of step``. A "task" loop is split over threads, a "group" loop over OpenCL's
    work-groups, a "local" one over the work-items of each."""

    dim: Dim
    step: Natural
    bind: Bind = "seq"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The decisions.

    lanes: the dimension that fills the SIMD lanes: "oc" or "ow", or "ic", whose partial sums are
    added up at the end. mr, nr: register tile, rows × vectors. unroll: reduction steps in straight
    line. source: where the tile reads its input, the caller's array ("input"), that array with
    edge tiles that skip the padding exactly ("edges"), a zero-padded copy in the order the tile
    reads it ("copy"), or such a copy of one channel in a thread's own scratch ("local").
    """

    spec: ConvSpec
    target: Target
    algorithm: str
    lanes: Lanes = "oc"
    mr: Natural = 1
    nr: Natural = 1
    unroll: Natural = 1
    source: Source = "input"
    loops: tuple[Loop, ...] = ()
    m: Natural = 0
    fused: bool = False

    @property
    def together(self) -> bool:
        """Whether the work-items of a group do a task together."""
        return any(loop.bind == "local" for loop in self.loops)

    @property
    def label(self) -> str:
        """The plan in a word: ``direct_avx2_6x16``, ``direct_avx2_w4x24`` with lanes over ow."""
        if not self.loops:
            return f"{self.algorithm}_{self.target.isa}"
        lead = {"oc": "", "ow": "w", "ic": "c"}[self.lanes]
        columns = self.nr * (1 if self.lanes == "ic" else self.target.row.lanes)
        return f"{self.algorithm}{self.m or ''}_{self.target.isa}_{lead}{self.mr}x{columns}"


UNIT_ROUNDOFF = 2.0**-24  # u, of f32
# How far rounding to a type moves a number: relative to it, and where it is subnormal (not counted in f32).
ROUNDING = {"f32": (UNIT_ROUNDOFF, 0.0), "f16": (2.0**-11, 2.0**-25)}


class Bound(msgspec.Struct, frozen=True):
    """How far a result may lie from the true value.

    With S = Σ|x||w| + |b| + |r|, v the true value before the activation, u = 2^-24, here and of sums in f32, and
    γ_d = d·u / (1 − d·u) (Higham, Accuracy and Stability of Numerical Algorithms, eq. 3.4),

        |y − ŷ| <= lipschitz·γ_d·S + u·(absolute + relative·(|v| + γ_d·S))

    roundings is d, the longest chain of roundings from an input to the sum; the second part is
    the activation's own error. Where data is transformed, S is Σ |Aᵀ|(|U| ⊙ |Bᵀ||x||B|)|A| + |b| + |r|,
    and for |x| ≤ X, |w| ≤ W that is at most amplification·X·W for each of the layer's terms. arithmetic: the
    type of the sums, 2^-11 being f16's u, which may also be off by 2^-25 in each step. dtype: that of ŷ in memory;
    storing it may round once more (stored).
    """

    roundings: int
    lipschitz: float = 1.0
    absolute: float = 0.0
    relative: float = 0.0
    amplification: float = 1.0
    arithmetic: str = "f32"
    dtype: str = "f32"

    @property
    def gamma(self) -> float:
        """γ_d: how far rounding can carry the sum, as a share of S."""
        share = self.roundings * ROUNDING[self.arithmetic][0]
        return share / (1 - share) if share < 1 else math.inf

    def allowed(self, v: Any, s: Any, y: Any) -> Any:
        """The largest error of outputs y whose sums are v and S; numbers or arrays."""
        sums = self.gamma * s + self.roundings * ROUNDING[self.arithmetic][1]
        own = self.absolute + self.relative * (abs(v) + sums)
        return self.stored(y, self.lipschitz * sums + UNIT_ROUNDOFF * own)

    def stored(self, y: Any, error: Any) -> Any:
        """The largest error in memory of outputs y that are off by up to `error`."""
        if self.dtype == "f32":  # the type of what is stored
            return error
        relative, least = ROUNDING[self.dtype]
        return error + relative * (abs(y) + error) + least


def kernel_name(plan: Plan) -> str:
    """``conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16``: the layer, then the plan.

    Says every field in which two layers can differ, so two kernels of one name are one kernel.
    """
    return f"{spec_name(plan.spec)}__{plan.label}"


def spec_name(spec: ConvSpec) -> str:
    """``conv_f32_nhwc_3x3s1p1_64x56x56_64``: the layer in a C identifier."""

    def each(values: list[int]) -> str:
        """One number when all agree, else joined by x."""
        return str(values[0]) if len(set(values)) == 1 else "x".join(map(str, values))

    axes = spec.axes[3 - spec.rank :]
    befores, afters = [a.before for a in axes], [a.after for a in axes]
    kernel = "x".join(str(a.k) for a in axes) + "s" + each([a.s for a in axes])
    kernel += "p" + each(befores) + ("" if befores == afters else "q" + each(afters))
    if any(a.d > 1 for a in axes):
        kernel += "d" + each([a.d for a in axes])
    words = ["conv", spec.dtype, spec.layout, kernel]
    if spec.n > 1:
        words.append(f"n{spec.n}")
    if spec.g > 1:
        words.append(f"g{spec.g}")
    words += ["x".join(map(str, (spec.ic, *(a.i for a in axes)))), str(spec.oc)]
    if spec.weights_layout != ("hwio" if spec.channels_last else "oihw"):
        words.append(spec.weights_layout)
    words += [word for flag, word in (
        (not spec.bias, "nobias"), (spec.residual, "residual"), (spec.flip, "flip")) if flag]
    if spec.activation != "none":
        text = spec.activation.replace("(-", "_m").replace(",-", "_m").replace("e-", "em").replace(".", "p")
        words.append(re.sub(r"[^a-z0-9]+", "_", text).strip("_"))
    return "_".join(words)
