"""convgen plan: what a layer costs, and the plan chosen for it."""

from __future__ import annotations

import click

from ..machine.find import find
from ..planner import explain as reasons
from ..planner.describe import complexity_lines, describe, plan_lines
from ..planner.rank import estimate, rank
from ..tuning.records import choice
from .console import put, put_json, put_table, put_wrapped
from .request import Request, clock, json_option, layer_options


@click.command()
@layer_options()
@click.option("--explain", is_flag=True, help="Predicted costs, why other plans lost, and what the words mean.")
@json_option
def plan(request: Request, explain: bool, as_json: bool) -> None:
    """Show what a layer costs and the plan chosen for it."""
    target, algorithm, max_error = find(request.target), request.algorithm, request.max_error
    layers = request.layers()
    found = [choice(spec, target, algorithm, max_error=max_error) if request.records else None for spec in layers]
    best = [estimate(measured.plan) if measured else rank(spec, target, algorithm, max_error)[0]
            for spec, measured in zip(layers, found, strict=True)]
    if as_json:
        put_json({"layers": [
            {"names": names, "measured": measured is not None, **reasons.summary(one)}
            for names, measured, one in zip(layers.values(), found, best, strict=True)
        ]})  # fmt: skip
        return
    hz = clock(target)
    for (spec, names), measured, one in zip(layers.items(), found, best, strict=True):
        for line in [*[""] * (one is not best[0]), *[", ".join(names)] * bool(names)]:
            put(line)
        if explain:
            for block in reasons.explain(spec, target, algorithm, max_error, measured and measured.plan, hz):
                _put_block(block)
            continue
        how = ", chosen by measurement" * (measured is not None)
        lines = [*describe(spec), *complexity_lines(spec), f"plan {one.plan.label} for target {target.name}{how}",
                 *(f"  {line}" for line in plan_lines(one.plan))]
        put_wrapped("\n".join([*lines, *([reasons.prediction(one, hz)] if one.cycles else [])]), 2)


def _put_block(block: str | reasons.Table) -> None:
    if isinstance(block, str):
        put_wrapped(block, 2)
    else:
        put_table(block.head, block.rows, block.least, block.chosen)
