"""What a shell offers while a command is typed: names of files and folders, and the values that options know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from ..algorithms import ALGORITHMS
from ..benchmark.rivals import RIVALS
from ..layer.activation import ACTIVATIONS
from ..layer.element import ARITHMETICS
from ..layer.fields import LAYOUTS, OPS, WEIGHTS_LAYOUTS
from ..machine.target import NAMED
from ..planner.objective import OBJECTIVES
from ..run.compilers import OPTS
from ..verification.report import NAMES

VALUES: Mapping[str, Iterable[str]] = {  # by the names of parameters
    "target": ("host", "opencl", *NAMED), "algorithm": ALGORITHMS, "layout": ("nchw", "nhwc", *LAYOUTS),
    "weights_layout": WEIGHTS_LAYOUTS, "op": OPS, "activation": ACTIVATIONS, "dtype": ARITHMETICS,
    "optimize": OBJECTIVES, "mode": NAMES, "opt": OPTS, "against": RIVALS,
}  # fmt: skip
PLACES = {"DIR": "dir", "FILE": "file", "SPEC": "file", "MODEL": "file"}  # by what a metavar has in it


class Offered(StringParamType):
    """Text, of which some is known; kind: as click calls it."""

    def __init__(self, values: Iterable[str], kind: str) -> None:
        self.values, self.kind = list(dict.fromkeys(values)), kind

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        if self.kind != "plain":
            return [CompletionItem(incomplete, type=self.kind)]
        before, comma, last = incomplete.rpartition(",")  # of several values the last
        return [CompletionItem(before + comma + value) for value in self.values if value.startswith(last)]


def attach(command: click.Command) -> None:
    """Tell the parameters of a command what to offer."""
    for parameter in command.params:
        if type(parameter.type) is not StringParamType or parameter.name is None:
            continue
        word = (parameter.metavar or parameter.name).upper()
        kind = next((kind for part, kind in PLACES.items() if part in word), "plain")
        if parameter.name in VALUES or kind != "plain":
            parameter.type = Offered(VALUES.get(parameter.name, ()), "plain" if parameter.name in VALUES else kind)
    for inner in getattr(command, "commands", {}).values():
        attach(inner)
