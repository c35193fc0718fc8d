"""Streams in OpenCL, by the kernels of whole layers: each block and the past before it are put side by side in
workspace, a window of the input, of which a layer without padding makes the block's outputs.

    gather     window ← the past, the block, and what stands for 0 behind it;   kept ← the past of the next block
    …          the phases of the layer that a window is, with its outputs in workspace too
    hand on    output ← as many as the block gives;   state ← kept

So a stream has the plans, and on GPUs the tiles, of whole layers. Outputs behind a shorter block's are computed too, of
what stands for 0, but not handed on. Every output is one chain of sums in the order of the weights, wherever it lies in
a window: a stream has the same bits however it is cut. With a stride the window begins where that of the next output
does, `due` samples on, which the host counts: kernels take no more than that and the samples of the block as numbers,
and the state is the past alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ...layer import stream
from ...layer.array import Array, Role
from ...layer.causal import reach
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.plan import Plan
from ...plan.program import Inner, Phase, Program, View
from ...plan.work import Pass, Work
from ..delegate import Delegate
from ..protocol import Algorithm
from ..reading import Reading
from .ring import LINE

DIALECT = "opencl"
CHUNK = 1024  # numbers that a task of CPUs copies, or one with a scratch; of a GPU one: neighbours lie together
COPIED = 0.3  # cycles of a number that is copied
WORDS = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong"}  # by bytes: what numbers are copied as, whatever they mean
LEAST = 4  # bytes of a state, where nothing of the past is kept
GATHERS = ("task", "input", "state", "workspace", "samples", "due")
HANDS_ON = ("task", "output", "state", "workspace", "samples", "due")


def there(spec: ConvSpec, target: Target) -> bool:
    """Whether a stream's kernels are these."""
    return target.row.dialect == DIALECT


@functools.lru_cache(maxsize=1024)
def layer(spec: ConvSpec) -> ConvSpec:
    """The layer that a window and its outputs are."""
    return spec.replace(stream=msgspec.UNSET, in_stride=msgspec.UNSET, iw=reach(spec.kw, spec.dw) + spec.iw, left=0)


def of_window(plan: Plan) -> Plan:
    """The plan of that layer."""
    return msgspec.structs.replace(plan, spec=layer(plan.spec))


class Side(NamedTuple):
    """Rows of samples in one of the arrays: channels last there is one row, of all channels of each sample; channels
    first one for each channel. unit: numbers from a sample to the next, of which `own` are the layer's. samples: of the
    largest block. word: what a number is copied as."""

    rows: int
    unit: int
    own: int
    samples: int
    word: str

    @property
    def pitch(self) -> int:
        """Numbers from one row to the next."""
        return self.unit * self.samples


def _side(spec: ConvSpec, role: Role, channels: int) -> Side:
    array: Array = next(one for one in spec.arrays if one.role == role)
    samples = array.shape[array.layout.index("w")]
    if spec.channels_last:
        return Side(1, array.tensor[-1], channels, samples, WORDS[array.element.bytes])
    return Side(channels, 1, 1, samples, WORDS[array.element.bytes])


class Window:
    """The numbers of a stream's kernels."""

    def __init__(self, spec: ConvSpec, chunk: int) -> None:
        """chunk: numbers that a task copies."""
        past = reach(spec.kw, spec.dw)
        self.taken, self.given = _side(spec, "input", spec.ic), _side(spec, "output", spec.oc)
        own = self.own = self.taken.own  # numbers of a sample in a row of the window
        self.past, self.length = past * own, (past + spec.iw) * own  # of a row
        self.chunk = chunk
        self.gathers = -(-self.length // self.chunk)  # tasks of a row
        self.moves = -(-self.past // self.chunk)  # the same of its past
        self.gives = -(-self.given.pitch // self.chunk)  # the same of the output
        self.empty = str(stream.empty(spec) % (1 << 8 * spec.arithmetic.input.bytes))  # as a word
        # in workspace, in bytes
        size, made = spec.arithmetic.input.bytes, next(one for one in spec.arrays if one.role == "output")
        self.state = max(LEAST, self.taken.rows * self.past * size)
        self.kept_at = _lines(self.taken.rows * self.length * size)
        self.made_at = self.kept_at + _lines(self.taken.rows * self.past * size)
        self.held = self.made_at + _lines(made.bytes)

    def phases(self, program: Program, spec: ConvSpec, itemsize: int) -> tuple[Phase, ...]:
        """Those of the layer between the two that copy. itemsize: bytes of a number in workspace."""
        of = {array.role: array.element.opencl for array in spec.arrays}
        put = {"input": f"(const __global {of['input']} *)workspace",
               "output": f"(__global {of['output']} *)((__global uchar *)workspace + {self.made_at})",
               "workspace": f"workspace + {self.held // itemsize}"}
        usual = ("task", "input", "packed", *["residual"] * spec.residual, "output")
        told = [phase._replace(arguments=tuple(put.get(name, name) for name in phase.arguments or usual))
                for phase in program.phases]
        gathers = self.taken.rows * self.gathers
        hands = self.given.rows * self.gives + self.taken.rows * self.moves
        return (Phase("gather_task", gathers, "the past and the block, side by side", GATHERS), *told,
                Phase("hand_on_task", hands, "outputs, and the past of the next block", HANDS_ON))


def _lines(size: int) -> int:
    return -(-size // LINE) * LINE


class WindowView(View, frozen=True, kw_only=True):
    """What templates/streaming/windowed.cl.j2 prints."""

    window: Window


class Windowed(Delegate, frozen=True):
    """An algorithm of whole layers, of streams in OpenCL."""

    def form(self, plan: Plan) -> tuple[Algorithm, Plan]:
        return self.inner, of_window(plan)

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        if there(spec, target):
            for plan in self.inner.plans(layer(spec), target):
                yield msgspec.structs.replace(plan, spec=spec)

    def check(self, plan: Plan) -> str | None:
        if not there(plan.spec, plan.target):
            return f"{self.NAME} has no plan for streams in C"
        return super().check(plan)

    def reading(self, plan: Plan) -> Reading:
        return Reading("window", "the past and the block side by side")

    def passes(self, plan: Plan) -> str:
        return "window"

    def work(self, plan: Plan) -> Work:
        """And what is copied: into the window, to the next past and back, and the outputs. Of GPUs that is left out: it
        is the same for all plans, and their model would count the launches for those alone whose items cooperate."""
        spec, found = plan.spec, super().work(plan)
        if plan.target.is_gpu:
            return found._replace(phases=found.phases + 2)
        into = spec.ic * (3 * reach(spec.kw, spec.dw) + spec.iw)
        numbers = into + spec.oc * spec.ow
        copied = Pass("window", numbers, COPIED, 2 * spec.itemsize * numbers)
        return found._replace(passes=(*found.passes, copied), phases=found.phases + 2)

    def program(self, plan: Plan, rows: Rows) -> Program:
        own = of_window(plan)
        program = self.inner.program(own, rows)
        window = Window(plan.spec, CHUNK if program.scratch or not plan.target.is_gpu else 1)
        itemsize = (program.workspace_of or program.row).itemsize
        return msgspec.structs.replace(
            program, template="streaming/windowed.cl.j2", inner=Inner(own, program), state=window.state,
            phases=window.phases(program, plan.spec, itemsize), over_residual=True,
            workspace=window.held // itemsize + program.workspace,
            view=WindowView(window=window))
