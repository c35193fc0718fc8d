"""convgen plan: what a layer costs, and the plan chosen for it."""

from __future__ import annotations

import click

from ..packaging.output import totals
from ..planner import explain as reasons
from ..planner.apart import apart, verdict
from ..planner.describe import complexity_lines, describe, plan_lines, sizes_lines
from ..planner.objective import choose, objective_for
from ..planner.rank import estimate, rank
from ..planner.size import sizes
from .console import put, put_json, put_table, put_wrapped
from .request import Request, clock, json_option, layer_options


@click.command()
@layer_options(run=False, threads=True)
@click.option("--explain", is_flag=True, help="Predicted costs, why other plans lost, and what the words mean.")
@json_option
def plan(request: Request, explain: bool, as_json: bool) -> None:
    """Show what a layer costs and the plan chosen for it."""
    target, algorithm, max_error = request.machine, request.algorithm, request.max_error
    layers = request.layers()
    found = request.chosen(layers)
    objective = objective_for(target, request.optimize)
    best = [estimate(chosen.plan) if chosen.origin else
            choose(rank(spec, target, algorithm, max_error, request.max_code), objective, request.max_code)
            for spec, chosen in zip(layers, found, strict=True)]
    if as_json:
        put_json({"layers": [
            {"names": names, "chosen_by": chosen.by, "origin": chosen.origin, **reasons.summary(one),
             "bytes": totals(sizes(one.plan))}
            for names, chosen, one in zip(layers.values(), found, best, strict=True)
        ]})  # fmt: skip
        return
    hz = clock(target)
    for (spec, names), chosen, one in zip(layers.items(), found, best, strict=True):
        for line in [*[""] * (one is not best[0]), *[", ".join(names)] * bool(names)]:
            put(line)
        how = f", chosen by the {chosen.by}" + f", measured on {chosen.origin}" * bool(chosen.origin)
        if explain:
            measured = chosen.plan if chosen.origin else None
            for block in reasons.explain(spec, target, algorithm, max_error, objective, measured, hz, how,
                                         request.max_code):
                _put_block(block)
            continue
        lines = [*describe(spec), *complexity_lines(spec), f"plan {one.plan.label} for target {target.name}{how}",
                 *(f"  {line}" for line in plan_lines(one.plan)), *[reasons.prediction(one, hz)] * bool(one.cycles),
                 *[verdict(one, apart(one.plan, max_error, request.max_code)) for _ in one.plan.stages[:1]],
                 *sizes_lines(sizes(one.plan), inside=False)]
        put_wrapped("\n".join(lines), 2)


def _put_block(block: str | reasons.Table) -> None:
    if isinstance(block, str):
        put_wrapped(block, 2)
    else:
        put_table(block.head, block.rows, block.least, block.chosen)
