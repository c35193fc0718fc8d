"""A kernel: the texts of its files, and everything that a caller must know of them, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..layer.spec import ConvSpec
from .bound import Bound
from .plan import Plan
from .sizes import Sizes, arrays_of

Chooser = Literal["model", "lock", "records", ""]  # who chose a plan: the planner, or tuning; or whoever printed it

LOCK = "convgen.lock"  # the file of a project's plans


class Function(msgspec.Struct, frozen=True):
    """A __kernel of NAME.cl: its arguments as declared, the tasks that workers share, the work-items of a worker."""

    name: str
    arguments: tuple[str, ...]
    tasks: int
    items: int


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """Generated code: the texts of its files, the plan behind them, the bytes its arrays take.

    source, header: of NAME.c and NAME.h; for OpenCL of NAME.cl and NAME_opencl.h, host: of NAME_opencl.c. endings: what
    follows NAME in the names of these files. include: the line of the source that brings the header in; none in OpenCL.
    headers: those of the compiler that the source includes for the machine's instructions.
    phases: the number of tasks of each. state_bytes: of a stream, whose kernel has no phases. flags: of the build.
    chosen_by: who chose the plan. origin: where it was measured to be the best; empty when the cost model chose it.
    over_residual: whether the output may be the residual's own array. code_bytes: of machine code compiled for size,
    about; fast_bytes: the same for speed, at most; lines: of the file in C, about. optimize: what the plan was chosen
    for, where that is not what suits the target. max_code: the limit of code that was asked for, 0 if none was.
    For OpenCL: functions: what NAME.cl defines, packing first, if any; extensions: what the device must have; items:
    work-items that do a task of each phase together; packers: work-items that may share NAME_pack;
    capability: ten times the compute capability that an NVIDIA GPU must have.
    """

    name: str
    source: str
    header: str
    endings: tuple[str, ...]
    plan: Plan
    bound: Bound
    phases: tuple[int, ...]
    packed_bytes: int
    workspace_bytes: int  # shared by all threads
    scratch_bytes: int  # for each thread, behind that
    flags: tuple[str, ...]
    state_bytes: int = 0
    code_bytes: int = 0
    fast_bytes: int = 0
    lines: int = 0
    optimize: str = ""
    max_code: int = 0
    chosen_by: Chooser = ""
    origin: str = ""
    over_residual: bool = False
    include: str = ""
    headers: tuple[str, ...] = ()
    host: str = ""
    functions: tuple[Function, ...] = ()
    extensions: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    packers: int = 1
    capability: int = 0

    def __repr__(self) -> str:
        return f"<convgen.Kernel {self.name}, {len(self.source)} characters, {self.packed_bytes} bytes packed>"

    @property
    def files(self) -> dict[str, str]:
        """Name and text of each, the kernel's own first."""
        texts = (self.source, self.header, self.host)
        return {self.name + ending: text for ending, text in zip(self.endings, texts, strict=False)}

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.code_bytes, self.packed_bytes, self.workspace_bytes + self.scratch_bytes + self.state_bytes,
                     *arrays_of(self.spec), self.fast_bytes, self.lines)

    @property
    def spec(self) -> ConvSpec:
        return self.plan.spec

    @property
    def title(self) -> str:
        """For people: what C calls it, and its plan in a word."""
        return f"{self.name} ({self.plan.label})"

    def including(self, text: str) -> str:
        """The source with other text in the place of the line that includes its header."""
        return self.source.replace(self.include, text, 1) if self.include else self.source
