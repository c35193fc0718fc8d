"""The plain loop nest: batch, output pixels, output channel, kernel, input channel. For reading."""

from __future__ import annotations

from collections.abc import Iterator

from ..layer.array import Role
from ..layer.element import F32
from ..layer.spec import Axis, ConvSpec
from ..machine.noted import Rows
from ..machine.rows import ISAS
from ..machine.target import Target
from ..plan.choices import Choices
from ..plan.plan import Loop, Plan
from ..plan.program import Phase, Program, View, affine, packing_parameters
from ..plan.work import Visits, Work
from .numerics import Direct
from .reading import AS_IT_IS, Reading
from .space import Space
from .tiled.geometry import input_strides, output_strides
from .weights import weight_address

NAME = "reference"
AUTOMATIC = False  # for reading and for tests
APPROXIMATE = False
CHOICES = Choices


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    return None if target.row.sums is F32 else f"the reference sums in f32 (isa={target.isa})"


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """The only plan: there is nothing to decide."""
    yield Plan(spec=spec, target=target, algorithm=NAME)


SPACE = Space(unfit, tiles, lambda tile: [()])
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes}


def numerics(plan: Plan) -> Direct:
    """A product and its additions; the bias starts the sum; the residual."""
    return Direct(roundings=plan.spec.terms + 1 + plan.spec.residual)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    """No loops to show: they are always the same, and the plan lists none."""
    return []


def visits(plan: Plan) -> tuple[Visits, ...]:
    """None: it is for reading, and nothing is weighed."""
    return ()


def work(plan: Plan) -> Work:
    return Work((), (), (), (), 0.0)


def registers(plan: Plan) -> int:
    """A sum, an input, a weight."""
    return 3


def tile(plan: Plan) -> str:
    return "1 pixel x 1 channel"


def reading(plan: Plan) -> Reading:
    return AS_IT_IS


def passes(plan: Plan) -> str:
    return "copy"


def explain(plan: Plan) -> str:
    return ""


def tasks(plan: Plan) -> int:
    """One task for each image."""
    return plan.spec.n


class ReferenceView(View, frozen=True, kw_only=True):
    """axes: those that the layer has. *_index: places in the arrays, in C; window: where in the input, for each axis;
    group: the first input channel of an output's group, empty where there is one group. bias_at, slopes_at: of
    what is packed. numbers: (role, where) of what has a number for each channel there."""

    axes: list[Axis]
    input_index: str
    output_index: str
    weights_index: str
    group: str
    window: dict[str, str]
    bias_at: int
    slopes_at: int
    numbers: list[tuple[Role, int]]

    @property
    def statements(self) -> int:
        """A loop for each axis of the output and of the kernel, and their bounds."""
        return 6 * len(self.axes)


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/reference prints."""
    s = plan.spec
    x = input_strides(s)
    y = output_strides(s)
    axes = [a for a in s.axes if a.i > 1 or a.o > 1 or a.k > 1 or a.before or a.after]
    pitch = {"d": (x.d, y.d), "h": (x.h, y.h), "w": (x.w, y.w)}
    row = rows.of(ISAS["scalar" if plan.target.row.dialect == "c" else "cl1"])
    view = ReferenceView(
        axes=axes,
        input_index=affine("", ("n", x.n) if s.n > 1 else 0, ("c" if s.g > 1 else "ic", x.c),
                              *((f"i{a.name}", pitch[a.name][0]) for a in axes)),
        output_index=affine("", ("n", y.n) if s.n > 1 else 0, ("oc", y.c),
                               *((f"o{a.name}", pitch[a.name][1]) for a in axes)),
        weights_index=weight_address(s, "oc", "ic", [f"k{a.name}" for a in axes]),
        group=affine("", (f"(oc / {s.ocg})", s.icg)) if s.g > 1 else "",
        window={a.name: affine("", (f"o{a.name}", a.s), (f"k{a.name}", a.d), -a.before) for a in axes},
        bias_at=s.oc * s.terms, slopes_at=s.oc * (s.terms + s.bias),
        numbers=[(role, s.oc * (s.terms + at)) for at, role in enumerate(s.per_channel)])
    arguments = (*["task"] * (s.n > 1), "input", "packed", *["residual"] * s.residual, "output")
    return Program(row=row, template="reference/reference.c.j2", pack="reference/pack.c.j2", view=view,
                   phases=(Phase("compute_task", s.n, "images", arguments),),
                   parameters=packing_parameters(s, row, "void"),
                   packed=s.oc * (s.terms + len(s.per_channel)))
