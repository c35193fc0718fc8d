"""The plain loop nest: batch, output pixels, output channel, kernel, input channel. For reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..isas import ISAS
from ..plan import Plan
from ..spec import ConvSpec
from ..target import Target
from .geometry import map_strides, weight_strides
from .nest import Phase, affine
from .space import Space

NAME = "reference"
TEMPLATE = "reference/reference.c.j2"


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    return None if target.row.arithmetic == "f32" else f"the reference sums in f32 (isa={target.isa})"


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """It has nothing to decide."""
    yield Plan(spec=spec, target=target, algorithm=NAME)


SPACE = Space(unfit, tiles, lambda tile: [()])
plans, check = SPACE.plans, SPACE.check


def roundings(plan: Plan) -> int:
    """A product and its additions; the bias starts the sum; the residual."""
    return plan.spec.terms + 1 + plan.spec.residual


def expected_error(plan: Plan) -> float:
    return 0.0


def amplification(plan: Plan) -> float:
    return 1.0


def tasks(plan: Plan) -> int:
    """Images."""
    return plan.spec.n


def packed_floats(plan: Plan) -> int:
    """The weights as they are, then the bias."""
    spec = plan.spec
    return spec.oc * (spec.terms + spec.bias)


def workspace_floats(plan: Plan) -> tuple[int, int]:
    return 0, 0


def view(plan: Plan) -> dict[str, Any]:
    """Context of templates/reference/reference.c.j2."""
    s = plan.spec
    x = map_strides(s, s.ic, s.id, s.ih, s.iw)
    y = map_strides(s, s.oc, s.od, s.oh, s.ow)
    o, i, tap = weight_strides(s)
    axes = [a for a in s.axes if a.i > 1 or a.o > 1 or a.k > 1 or a.before or a.after]
    pitch = {"d": (x.d, y.d, s.kh * s.kw * tap), "h": (x.h, y.h, s.kw * tap), "w": (x.w, y.w, tap)}

    def k(axis: str, extent: int) -> str:
        return f"({extent - 1} - k{axis})" if s.flip else f"k{axis}"

    return {
        "isa": ISAS["scalar" if plan.target.row.dialect == "c" else "cl1"],
        "axes": axes,
        "input_index": affine("", ("n", x.n) if s.n > 1 else 0, ("c" if s.g > 1 else "ic", x.c),
                              *((f"i{a.name}", pitch[a.name][0]) for a in axes)),
        "output_index": affine("", ("n", y.n) if s.n > 1 else 0, ("oc", y.c),
                               *((f"o{a.name}", pitch[a.name][1]) for a in axes)),
        "weights_index": affine("", ("oc", o), ("ic", i),
                                *((k(a.name, a.k), pitch[a.name][2]) for a in axes)),
        "group": affine("", (f"(oc / {s.ocg})", s.icg)) if s.g > 1 else "",
        "window": {a.name: affine("", (f"o{a.name}", a.s), (f"k{a.name}", a.d), -a.before) for a in axes},
        "bias_at": s.oc * s.terms,
        "phases": [Phase("compute_task", s.n, "images")],
    }
