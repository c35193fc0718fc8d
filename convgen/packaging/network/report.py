"""What a network takes, step by step: NAME_report.json, and the table of `package --report`.

RAM is what lives in the arena while a step runs, with what its convolution computes in. Whatever the order in which
values are placed, the arena is never smaller than the largest of these: how close the plan comes to that is told. A
chain is one step: of the maps between its layers it needs the rows that it holds, and no more. So the least is that of
the steps as they are; with fewer layers in chains it would be more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from ...layer.steps import Convolve, Model, Nest, Step
from ...version import __version__
from .program import Line, Whole


class Row(NamedTuple):
    """A call. macs: products that are summed. weights: bytes that no earlier call reads. ram: bytes, for one worker."""

    call: str
    does: str
    macs: int
    weights: int
    ram: int


class Report(NamedTuple):
    """Bytes. plan, least: of RAM between inputs and outputs, for one worker, and what no plan is below. inputs,
    outputs: the caller's arrays. chains: how many steps are chains. weights: that the network reads on the best CPU;
    stored: for all CPUs. code: of convolutions, estimated, on all of them; 0 where nobody does."""

    rows: tuple[Row, ...]
    plan: int
    least: int
    inputs: int
    outputs: int
    chains: int
    weights: int
    stored: int
    code: int

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @property
    def closeness(self) -> float:
        """How many times the least the plan takes."""
        return self.plan / self.least if self.least else 1.0


def report(model: Model, whole: Whole, packed: Mapping[str, int], constants: Mapping[str, int], stored: int,
           code: int) -> Report:
    """packed: bytes of weights of a convolution, by the name of its use; constants: of other arrays, by value."""
    left = dict(constants)
    rows = tuple(_row(line, model.steps[line.step], whole, packed, left) for line in whole.calls)
    return Report(rows, whole.bytes(1), max((row.ram for row in rows), default=0),
                  sum(one.bytes for one in whole.inputs), sum(one.bytes for one in whole.outputs),
                  sum(isinstance(step, Convolve) and step.spec.chained for step in model.steps),
                  sum(row.weights for row in rows), stored, code)


def _row(line: Line, step: Step, whole: Whole, packed: Mapping[str, int], left: dict[str, int]) -> Row:
    scratch = line.workspace[1] if line.workspace else None
    weights = sum(left.pop(value, 0) for value in step.values)
    if isinstance(step, Convolve):
        weights += packed[step.use.name]
    return Row(line.text.partition("(")[0], line.comment, macs(step), weights,
               whole.live[line.step] + (scratch.shared + scratch.each if scratch else 0))


def macs(step: Step) -> int:
    """Products that are summed."""
    if isinstance(step, Convolve):
        return step.spec.macs
    called = [call.function for call in step.calls] if isinstance(step, Nest) else []
    if not isinstance(step, Nest) or "mul" not in called or "sum" not in called[called.index("mul"):]:
        return 0
    products = 1
    for extent in (*step.axes, *step.reduced):
        products *= extent
    return products


def as_json(name: str, found: Report) -> str:
    document: dict[str, Any] = {
        "SPDX-License-Identifier": "0BSD",
        "about": f"what {name}_run takes, in bytes; written by convgen {__version__}",
        "name": name,
        "macs": found.macs,
        "ram": {"plan": found.plan, "least": found.least, "inputs": found.inputs, "outputs": found.outputs,
                "chains": found.chains},
        "flash": {"weights": found.weights, "stored": found.stored, "code": found.code},
        "steps": [row._asdict() for row in found.rows],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
