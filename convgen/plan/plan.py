"""A plan: every decision about one kernel, and no code.

``loops`` is the loop order of the emitted code, outermost first. A dimension may appear twice: a
block, then the loop inside the block. The reduction dimensions (ic, kd, kh, kw) come last, inside
the register tile of ``mr`` broadcast rows × ``nr`` vectors.
"""

from __future__ import annotations

import functools
from typing import Literal, TypeVar

import msgspec

from .. import notebook
from ..layer.outside import Natural
from ..layer.spec import ConvSpec
from ..machine.target import Target
from .choices import Choices, Known

Bind = Literal["seq", "task", "group", "local"]
Dim = Literal["n", "g", "oc", "od", "oh", "ow", "ic", "kd", "kh", "kw", "phase"]
Lanes = Literal["oc", "ow", "ic"]
Kind = TypeVar("Kind", bound=Choices)

BRIEF = 6_000  # cycles of one thread in which two would have started, shared the work and met (Zen 5)
REDUCED: tuple[Dim, ...] = ("ic", "kd", "kh", "kw")  # dimensions that are summed over


# A planner makes thousands of loops and plans, which are in no circles: garbage collection need not visit them.


class Loop(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """One loop: ``for dim in steps of step``. A "task" loop is split over threads, a "group" loop over OpenCL's
    work-groups, a "local" one over the work-items of each."""

    dim: Dim
    step: Natural
    bind: Bind = "seq"


class Plan(msgspec.Struct, frozen=True, kw_only=True, gc=False, cache_hash=True):
    """The decisions.

    lanes: the dimension that fills the SIMD lanes: "oc", "ow" or "ic"; partial sums of what is summed over are added
    up at the end. mr, nr: register tile, rows × vectors. choices: what only this algorithm decides. stages: of a chain,
    the plan of each of its layers for a band of rows.
    """

    spec: ConvSpec
    target: Target
    algorithm: str
    lanes: Lanes = "oc"
    mr: Natural = 1
    nr: Natural = 1
    loops: tuple[Loop, ...] = ()
    choices: Known = Choices()
    stages: tuple[Plan, ...] = ()

    def __repr__(self) -> str:
        return f"<convgen.Plan {self.label} for {self.target.name}, {self.spec!r}>"

    def _repr_html_(self) -> str:
        loops = (f"{'  ' * depth}for {loop.dim} by {loop.step}{', ' * (loop.bind != 'seq')}"
                 f"{'' if loop.bind == 'seq' else f'a {loop.bind} each'}" for depth, loop in enumerate(self.loops))
        return notebook.table(f"plan {self.label}", [
            ("layer", self.spec), ("target", f"{self.target.name}, {self.target.isa}"), ("algorithm", self.algorithm),
            ("lanes", self.lanes), ("tile", f"{self.mr} rows x {self.nr} vectors"),
            ("choices", ", ".join(f"{name} {value}" for name, value in msgspec.structs.asdict(self.choices).items())),
        ], note="\n".join(loops))  # fmt: skip

    def own(self, kind: type[Kind]) -> Kind:
        """The choices, for those who know their kind: the plan's algorithm."""
        assert isinstance(self.choices, kind)
        return self.choices

    @property
    def kind(self) -> Plan:
        """The plan but for the order of the loops around its tiles. Those of the reduction remain, with its blocks:
        what they are, micro-kernels follow from."""
        return _kind(self)

    @property
    def coded(self) -> Plan:
        """The plan but for the order and the counts of its loops: plans that have this in common have about as much
        code. Blocks of the reduction remain: each has micro-kernels of its own."""
        loops = tuple(loop for loop in self.loops if loop.dim == "ic" and loop.step > 1)
        return msgspec.structs.replace(self, loops=loops, choices=self.choices.coded)

    @property
    def cooperative(self) -> bool:
        """Whether the work-items of a group do a task together."""
        return any(loop.bind == "local" for loop in self.loops)

    @property
    def brief(self) -> bool:
        """Whether one thread of a CPU is done before more would have started and met again: at two vectors of products
        a cycle, or two numbers where nothing is tiled, and 40 bytes of what must move."""
        row = self.target.row
        at_once = row.lanes * row.deep if self.loops else 1
        return self.spec.macs / (2 * at_once) + self.spec.bytes / 40 < BRIEF

    @property
    def family(self) -> str:
        """Its algorithm, with the size of transforms: ``direct``, ``winograd4``."""
        return self.algorithm + self.choices.mark

    @property
    def label(self) -> str:
        """The plan in a word: ``direct_avx2_6x16``, ``direct_avx2_w4x24`` with lanes over ow."""
        if not self.loops or self.stages:
            return f"{self.family}_{self.target.isa}"
        lead = {"oc": "", "ow": "w", "ic": "c"}[self.lanes]
        columns = self.nr * (1 if self.lanes == "ic" else self.target.row.lanes)
        return f"{self.family}_{self.target.isa}_{lead}{self.mr}x{columns}"


@functools.lru_cache(maxsize=4)  # of a plan, several ask in a row
def _kind(plan: Plan) -> Plan:
    return msgspec.structs.replace(plan, loops=tuple([loop for loop in plan.loops if loop.dim in REDUCED]))
