"""Implicit matrix product by the matrix instructions of NVIDIA's GPUs (machine/rows/nvidia.py), "tensor cores".

As implicit.py, Y = W · X with tiles of output channels × pixels by work-groups; here a warp of 32 items has a part
of the tile in registers, 8 mr rows × 16 nr columns, and the tile of the other operands goes through a ring of
buffers in local memory, filled by copies that no item waits for before it must:

    wait for chunk c; start to copy chunk c + stages - 1; multiply chunk c

lanes = "oc": rows are pixels, columns channels; lanes = "ow": the reverse. Both operands lie in local memory with the
sum innermost, 16 words of a chunk a row, whose quarters are permuted so that neither the copies nor the loads of eight
rows at once meet in a bank. Numbers that cannot be copied 16 bytes at a time, since they are no neighbours in
memory, pass through registers.

Integers are multiplied as they lie, whatever stands for 0 among them, which the bias makes up for (tiled/exact.py).
What is copied in the place of padding is then 16 bytes of that, which are packed behind the weights.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.rows.nvidia import BLOCK, ROW, SLOT, WARP_LANES
from ...machine.target import Target
from ...plan.bound import UNIT_ROUNDOFF
from ...plan.choices import Choices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Access, Footprint, Visits, Work
from ..numerics import Direct, Growth, Rounded
from ..reading import AS_IT_IS, Reading
from ..space import Space
from . import implicit, tensor_view
from .numbers import LANES, LARGEST, matrix_row, tensor_numbers

NAME = "tensor"
AUTOMATIC = True
APPROXIMATE = True
CHOICES = Choices

KEPT = 144  # sums, and numbers on their way to local memory, that an item may have in its 255 registers
NEAR, ALONE = 4.0, 12.0  # instructions for one of the latter: with a tap that others have too, with its own
DRAWS = 4.4  # standard deviations of the worst of some 10^5 outputs


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None. Of the rows that multiply bytes only NVIDIA's has some: one is enough."""
    row, matrix, device = target.row, matrix_row(spec), target.device
    if not (matrix and device and target.is_gpu and device.capability >= matrix.capability and row.lanes == LANES
            and row.sums is matrix.sums and (row.sums is F32 or row.capability)):
        return f"tensor needs a GPU with matrix instructions for {spec.dtype} (target={target.name})"
    return implicit.unfit(spec, target)


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None: what the device has, and how items share what they load."""
    s, spec, device = tensor_numbers(plan), plan.spec, plan.target.device
    assert device is not None
    if s.items > device.group:
        return f"a work-group must not exceed {device.group} items ({s.items})"
    if 4 * s.stages * s.buffer > device.local_bytes:
        return f"tiles must fit local memory ({4 * s.stages * s.buffer} > {device.local_bytes} bytes)"
    if not spec.channels_last and s.columns % s.items and s.items % s.columns:
        return f"items and pixels must divide one another (items={s.items}, pixels={s.columns})"
    kept = 4 * plan.mr * plan.nr + s.through
    if kept > KEPT:
        return f"an item must not have more than {KEPT} sums and numbers of the input ({kept})"
    if max(math.prod(spec.input_shape), math.prod(spec.output_shape), s.packed_words) > LARGEST:
        return "arrays must have fewer than 2^31 elements"
    return None


def numerics(plan: Plan) -> Direct:
    """Products of operands that are rounded to what the instruction takes. Integers do not round."""
    if plan.spec.arithmetic.exact:
        return Direct(roundings=0)
    significand = tensor_numbers(plan).matrix.significand
    up = 1 + tensor_numbers(plan).matrix.operand_roundings / 2 * UNIT_ROUNDOFF
    return Rounded(roundings=_roundings(plan), expected_error=_expected_error(plan), significand=significand,
                   growth=Growth(up, up, up**2))


def _roundings(plan: Plan) -> int:
    """Those of the operands, of each addition of whole instructions, of bias and residual."""
    s = tensor_numbers(plan)
    products = -(-s.terms // s.matrix.k) * s.matrix.k
    return s.matrix.operand_roundings + s.matrix.roundings * products + plan.spec.bias + plan.spec.residual


def _expected_error(plan: Plan) -> float:
    """The largest error to expect of rounded operands among some 10^5 outputs on normal data, relative to their
    sum |x||w|: that of a product has a standard deviation of 0.58 of one rounding; those of a sum cancel."""
    most = tensor_numbers(plan).matrix.operand_roundings * UNIT_ROUNDOFF
    return min(most, DRAWS * 0.29 * most / (math.sqrt(plan.spec.terms) * 2 / math.pi))


def tasks(plan: Plan) -> int:
    """Work-groups."""
    return tensor_numbers(plan).tasks


def registers(plan: Plan) -> int:
    """Vectors of an item: sums, the fragments of one step, and what passes through registers."""
    s = tensor_numbers(plan)
    return plan.mr * plan.nr + plan.mr // 2 + plan.nr + s.through // s.slot


def tile(plan: Plan) -> str:
    s = tensor_numbers(plan)
    return (f"{s.columns} pixels x {s.channels} channels by {s.down * s.across} warps, {s.chunk} terms at a time,"
            f" {s.stages} buffers; a warp has {s.warp_rows} x {s.warp_columns}")


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    return tensor_numbers(plan).nest


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: what a warp has of a tile."""
    for mr, nr in ((8, 4), (8, 2), (4, 4), (4, 2), (4, 1), (2, 2), (2, 1)):
        yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc" if spec.channels_last else "ow", mr=mr, nr=nr)


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Groups, tiles of whole warps, chunks of the sum, warps, taps."""
    wide, high, chunk = BLOCK * tile.nr, 8 * tile.mr, 4 * ROW // tile.spec.itemsize
    for down, across in itertools.product((1, 2, 4, 8), repeat=2):
        if 2 <= down * across <= 8:
            yield implicit.shared(tile.lanes, (across * wide, wide), (down * high, high), chunk)


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes}


def visits(plan: Plan) -> tuple[Visits, ...]:
    """One visit for each chunk of a work-item. A warp loads its rows and columns once for all of its items; what
    passes through registers takes instructions."""
    s, target = tensor_numbers(plan), plan.target
    loads = (s.warp_rows + s.warp_columns) / (WARP_LANES * SLOT * s.matrix.each)
    through = s.through * (ALONE if s.grain == 1 else NEAR) / s.chunk
    return (Visits(tasks(plan) * s.items, plan.mr, plan.nr, s.depth, s.chunks, loads, 0, through,
                   speed=s.matrix.rate / (target.row.lanes * target.fma_rate), ahead=s.stages - 1),)


def work(plan: Plan) -> Work:
    """Memory traffic: each work-group loads its tiles of weights and input once."""
    s, size = tensor_numbers(plan), plan.spec.itemsize

    def array(name: str, numbers: int) -> Access:
        return Access(name, lambda depth: Footprint(max(1, size * numbers), ()), lambda depth: True)

    return Work(visits(plan), (tasks(plan),), (
        array("weights", s.channels * s.depth), array("input", s.columns * s.depth),
        array("output", s.channels * s.columns)), (), 0.0)


def reading(plan: Plan) -> Reading:
    return AS_IT_IS


def passes(plan: Plan) -> str:
    return "copy"


def explain(plan: Plan) -> str:
    return ""


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/opencl/tensor.cl.j2 prints."""
    return tensor_view.program(plan, rows)
