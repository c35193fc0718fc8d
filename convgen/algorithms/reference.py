"""The plain loop nest: batch, output pixels, output channel, kernel, input channel. For reading."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from ..layer.array import Role
from ..layer.element import F32
from ..layer.spec import Axis, ConvSpec
from ..machine.isa import PLAIN, Isa, exact_rows, words_of
from ..machine.noted import Rows
from ..machine.rows import ISAS, stored
from ..machine.target import Target
from ..plan.choices import Choices
from ..plan.plan import Loop, Plan
from ..plan.program import Node, Phase, Program, View, affine, packing_parameters
from ..plan.work import Visits, Work
from .numerics import Direct
from .reading import AS_IT_IS, Reading
from .space import Space
from .tiled import exact
from .tiled.geometry import input_strides, output_strides
from .weights import channel_of, real_weight, weight_address
from .weights import weight as of_weights

NAME = "reference"
AUTOMATIC = False  # for reading and for tests
APPROXIMATE = False
CHOICES = Choices


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if spec.op == "backward-weights":
        return f"op must not be backward-weights for {NAME} (op={spec.op})"
    if spec.chained:
        return "the reference is of one layer"
    if spec.streamed:
        return "the reference is of whole layers"
    if target.row.sums is not F32:
        return f"the reference sums by plain numbers (isa={target.isa})"
    return exact.unfit(spec, target) if spec.arithmetic.exact else None


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """The only plan: there is nothing to decide."""
    yield Plan(spec=spec, target=target, algorithm=NAME)


SPACE = Space(unfit, tiles, lambda tile: [()])
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes}


def numerics(plan: Plan) -> Direct:
    """A product and its additions; the bias starts the sum, or a 0 does; the residual; a weight times its scale.
    Integers do not round."""
    spec, of = plan.spec, plan.spec.arithmetic
    return Direct(roundings=0 if of.exact else spec.terms + spec.bias + spec.residual + of.weights_only)


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
    """axes: those that the layer has. *_index: places in the arrays, in C; window: where in the input, for each axis,
    times over[axis], by which it must be divisible;
    weights: how many;
    group: the first input channel of an output's group, empty where there is one group. weight: what is packed of
    number i of the weights; taken: what an input is multiplied as. start: what a sum starts from. slopes_at: of what is
    packed. numbers: (role, where) of what has a number for each channel there.

    Of integers, sections: the type, the role and the place of what has a number for each channel; behind: how it is
    packed.
    """

    axes: list[Axis]
    output_index: str
    weights_index: str
    weights: int
    group: str
    window: dict[str, str]
    over: dict[str, int]
    weight: str
    taken: str
    start: str
    slopes_at: int
    numbers: list[tuple[Role, int]]
    sections: list[tuple[str, Role, str]]
    behind: list[Node]

    @property
    def statements(self) -> int:
        """A loop for each axis of the output and of the kernel, and their bounds."""
        return 6 * len(self.axes)


def plain(plan: Plan) -> Isa:
    """The row of single numbers; of integers, multiplied as they are less their zero point."""
    row, of = ISAS[PLAIN[plan.target.row.dialect]], plan.spec.arithmetic
    if not of.exact:
        return row
    products = exact_rows(row, of)[0]
    return msgspec.structs.replace(products, given={of.input.name: products.given[of.input.name]._replace(offset=None)})


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/reference prints."""
    s, row = plan.spec.computed, rows.of(plain(plan))
    x, y = input_strides(s), output_strides(s)
    axes = [a for a in s.axes if a.i > 1 or a.o > 1 or a.k > 1 or a.before or a.after]
    pitch = {"d": (x.d, y.d), "h": (x.h, y.h), "w": (x.w, y.w)}
    input_index = affine("", ("n", x.n) if s.n > 1 else 0, ("c" if s.g > 1 else "ic", x.c),
                         *((f"i{a.name}", pitch[a.name][0]) for a in axes))
    weights = math.prod(s.weights_shape)
    if s.arithmetic.exact:
        found, packed = exact.sections(s, row, weights, s.oc, exact.operands(s, row).zero)
        sections = [(row.space + section.element, section.role, exact.view_of(section, row)) for section in found]
        behind = exact.packed_numbers(s, row, found, 1, s.oc, s.oc, exact.operands(s, row).zero)
        taken = affine(f"input[{input_index}]", -s.input_zero)
        weight, taken, start = of_weights(s, row, "i"), f"({taken})" if s.input_zero else taken, "bias[oc]"
    else:
        sections, behind, packed = [], [], weights + s.oc * len(s.per_channel)
        io = rows.of(stored(row, s.arithmetic))
        weight = real_weight(s, rows.of(words_of(row, s.arithmetic.weights)), "i", channel_of(s, "i"))
        taken, start = io.get("input", input_index), f"packed[{weights} + oc]"
    view = ReferenceView(
        axes=axes,
        output_index=affine("", ("n", y.n) if s.n > 1 else 0, ("oc", y.c),
                               *((f"o{a.name}", pitch[a.name][1]) for a in axes)),
        weights_index=weight_address(s, "oc", "ic", [f"k{a.name}" for a in axes]),
        group=affine("", (f"(oc / {s.ocg})", s.icg)) if s.g > 1 else "",
        weights=weights,
        window={a.name: affine(f"o{a.name} - {affine('', (f'k{a.name}', a.d))}", a.before) if s.transposed else
                affine("", (f"o{a.name}", a.s), (f"k{a.name}", a.d), -a.before) for a in axes},
        over={a.name: a.s if s.transposed else 1 for a in axes},
        weight=weight, taken=taken, start=start if s.bias else row.zero(), slopes_at=weights + s.oc * s.bias,
        numbers=[] if s.arithmetic.exact else
        [(role, weights + s.oc * at) for at, role in enumerate(s.per_channel)],
        sections=sections, behind=behind)
    arguments = (*["task"] * (s.n > 1), "input", "packed", *["residual"] * s.residual, "output")
    return Program(row=row, template="reference/reference.c.j2", pack="reference/pack.c.j2", view=view,
                   phases=(Phase("compute_task", s.n, "images", arguments),),
                   parameters=packing_parameters(s, row, "void"), packed=packed)
